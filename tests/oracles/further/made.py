"""An entry in the format of a file of oracles."""

import math
from collections.abc import Mapping
from typing import Any


def entry(
    name: str,
    kind: str,
    parameters: Mapping[str, Any],
    expected: Mapping[str, Any],
    *,
    how: str,
    system: str = "",
    digits: int = 9,
    **more: Any,
) -> dict[str, Any]:
    """One entry, its answers rounded to the digits vouched for."""
    return {
        "id": f"{kind}-{name}",
        "kind": kind,
        "system": system or kind,
        "parameters": dict(parameters),
        "expected": rounded(dict(expected), digits),
        "digits": digits,
        "source": "worked out for this project",
        "how_computed": how,
        **more,
    }


def rounded(value: Any, digits: int) -> Any:
    """Every number of nested mappings and lists to some significant digits."""
    if isinstance(value, Mapping):
        return {key: rounded(part, digits) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(part, digits) for part in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    number = float(value)
    return 0.0 if number == 0 else round(number, digits - 1 - math.floor(math.log10(abs(number))))
