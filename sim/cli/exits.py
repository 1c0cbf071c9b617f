"""How the program ends: every failure becomes a sentence on standard error and the exit code of the contract."""

import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO

import typer

from sim.cli.usage import in_plain_words
from sim.signals import on_signals

INTERNAL, FILE_SYSTEM, LIMIT, INTERRUPTED = 1, 3, 4, 130
_INTERRUPTED = "interrupted; nothing was written"
ISSUES = "please report it with this file"


@contextmanager
def exit_codes(asked: Mapping[str, Any]) -> Iterator[None]:
    """Turn whatever goes wrong in the block into its message and exit code; `asked` may gain "json_errors" in it."""
    heard: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        heard.append(number)
        raise KeyboardInterrupt

    try:
        with on_signals(interrupt):
            yield
            if sys.stdout is not None:  # None = the caller closed it
                sys.stdout.flush()
    except typer.BadParameter as error:
        raise in_plain_words(error) from None
    except (typer.Exit, typer.Abort, typer.TyperException):
        raise
    except BrokenPipeError:
        _silence(sys.stdout)
        raise typer.Exit(0) from None
    except KeyboardInterrupt:
        say(_INTERRUPTED, as_json=bool(asked.get("json_errors")))
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:  # noqa: BLE001 -- the last line of defence: no traceback may reach the user
        code = _explained(error, as_json=bool(asked.get("json_errors")), interrupted=bool(heard))
        if code == INTERRUPTED:
            end_at_once()
        raise typer.Exit(code) from None


def end_at_once() -> NoReturn:
    """End now, after Ctrl-C: an ordinary end of the interpreter waits for threads that work on."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(INTERRUPTED)


def _explained(error: Exception, *, as_json: bool, interrupted: bool) -> int:
    """Say what happened; the exit code. A library that is interrupted may make an error of its own of it."""
    from sim.engine.limits import LimitReached
    from sim.scenario.faults import ScenarioFaults, shown, to_json

    if isinstance(error, ScenarioFaults):
        _print(to_json(error.faults) if as_json else str(error))
        return error.exit_code
    if isinstance(error, LimitReached):
        say(str(error), as_json=as_json)
        return LIMIT
    if isinstance(error, MemoryError):
        say("out of memory; fewer --workers or a shorter period need less", as_json=as_json)
        return LIMIT
    if isinstance(error, OSError):
        say(_file_fault(error), as_json=as_json)
        return FILE_SYSTEM
    code = getattr(error, "exit_code", None)
    if isinstance(code, int):
        say(str(error), as_json=as_json)
        return code
    if interrupted:
        say(_INTERRUPTED, as_json=as_json)
        return INTERRUPTED
    what = shown(f"{type(error).__name__}: {error}", 300)
    say(f"internal error: {what}; {ISSUES}: {_crash_file(error)}", as_json=as_json)
    return INTERNAL


def say(message: str, *, as_json: bool = False) -> None:
    """A failure on standard error."""
    if as_json:
        fault = {"severity": "error", "file": "", "line": 0, "column": 0, "path": "", "message": message, "hint": ""}
        message = json.dumps({"errors": 1, "warnings": 0, "faults": [fault]}, ensure_ascii=False, indent=1)
    _print(message if as_json else f"error: {message}")


def _print(text: str) -> None:
    """The text on standard error; if nobody reads it, the exit code still says what happened."""
    try:
        print(text, file=sys.stderr, flush=True)
    except BrokenPipeError:
        _silence(sys.stderr)


def _file_fault(error: OSError) -> str:
    from sim.scenario.faults import shown

    where = f'"{shown(str(error.filename), 300)}": ' if error.filename else ""
    return f"{where}{error.strerror or error}"


def _crash_file(error: Exception) -> Path:
    """Path of a new file with the traceback."""
    handle, name = tempfile.mkstemp(prefix="cuakhau-crash-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    return Path(name)


def _silence(stream: TextIO) -> None:
    """Nobody reads on; let the interpreter's last flush go nowhere."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
