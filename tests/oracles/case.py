"""Scenario files of the ordinary format, written from a few mappings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

HOUR = Fraction(3_600_000)
MINUTE = Fraction(60_000)
_WIDTH = 116


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A scenario as text, the files beside it, and what one unit of the entry's time is there."""

    name: str
    text: str
    files: Mapping[str, str] = field(default_factory=dict)
    unit: Fraction = HOUR  # [ms]


def scenario(
    name: str, title: str, *, length: str, stations: Mapping[str, Any], routes: Mapping[str, Any],
    flows: Mapping[str, Any], files: Mapping[str, str] | None = None, unit: Fraction = HOUR,
    start: str = "2025-01-01", period: Mapping[str, Any] | None = None, **parts: Any,
) -> Case:  # fmt: skip
    """A case in the ordinary format; `parts` are further sections, such as cargoes."""
    head = {"kind": "scenario", "format": 1, "title": title}
    time = {"period": {"zone": "UTC", "start": start, "length": length} | dict(period or {})}
    body = head | time | parts | {"stations": stations, "routes": routes, "flows": flows}
    lines = [line for key, value in body.items() for line in _section(key, value)]
    return Case(name=name, text="\n".join(lines) + "\n", files=files or {}, unit=unit)


def span(value: Fraction | float, unit: Fraction = HOUR) -> str:
    """A duration of so many units of an entry, in hours if that can be written exactly, else in ms."""
    if isinstance(value, float):
        return f"{value * float(unit / HOUR):.12g} h"
    for name, size in (("min", MINUTE), ("h", HOUR), ("s", Fraction(1000))):
        if size in (unit, HOUR):
            plain = decimal(value * unit / size)
            if plain is not None:
                return f"{plain} {name}"
    return f"{decimal(value * unit) or float(value * unit)} ms"


def decimal(value: Fraction) -> str | None:
    """A fraction as a decimal number of at most nine places, or None if it is none."""
    scaled = value * 10**9
    if scaled.denominator != 1:
        return None
    sign = "-" if scaled < 0 else ""
    whole, rest = divmod(abs(scaled.numerator), 10**9)
    return f"{sign}{whole}" + (f".{rest:09d}".rstrip("0") if rest else "")


def per_hour(rate: float) -> str:
    """A rate per unit of an entry whose unit is the hour."""
    return f"{float(rate):.12g} trucks/h"


def waiting(places: Any) -> dict[str, int]:
    """Waiting places of a station; none are stated if there is no limit."""
    return {} if places in (None, "unlimited") else {"waiting_places": int(places)}


def exponential(rate: Any) -> dict[str, str]:
    """The exponential law of a rate per hour."""
    return {"law": "exponential", "mean": span(1 / float(Fraction(str(rate))))}


def table(columns: Mapping[str, Sequence[Any]]) -> str:
    """A CSV file of columns."""
    rows = [list(columns), *zip(*columns.values(), strict=True)]
    return "".join(",".join(str(cell) for cell in row) + "\n" for row in rows)


def _section(key: str, value: Any, indent: str = "") -> list[str]:
    line = f"{indent}{key}: {_inline(value)}"
    if not isinstance(value, Mapping | list | tuple) or (indent and len(line) <= _WIDTH) or key == "period":
        return [line]
    if isinstance(value, Mapping):
        return [f"{indent}{key}:", *(row for k, v in value.items() for row in _section(k, v, indent + "  "))]
    return [f"{indent}{key}:", *(f"{indent}  - {_inline(item)}" for item in value)]


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inline(v) for v in value) + "]"
    if isinstance(value, str) and any(mark in value for mark in ":,{}[]#\"'"):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
