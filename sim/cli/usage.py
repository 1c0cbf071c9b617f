"""What an option cannot be, in the program's own words rather than those of the libraries that read it."""

from typing import Any

import typer


def in_plain_words(error: typer.BadParameter) -> typer.BadParameter:
    """The refusal of an option, with what it must be and what it was."""
    told = getattr(error.__cause__, "errors", None)
    if told is None:
        return error
    from sim.scenario.faults import quoted

    found = told()[0]
    if found["type"] == "value_error":  # a choice; it names them
        message = str(found["ctx"]["error"])
    else:
        message = f"must be a whole number{_ends(error.param)}, got {quoted(found['input'])}"
    return typer.BadParameter(message, ctx=error.ctx, param=error.param, param_hint=error.param_hint)


def _ends(option: Any) -> str:
    """ " from 1 to 256", as far as an option says."""
    low, high = (getattr(option, end, None) for end in ("min", "max"))
    if high is None:
        return "" if low is None else f" of at least {low:,}"
    return f" from {low or 0:,} to {high:,}"
