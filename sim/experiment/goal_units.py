"""Amounts of a search file in the unit of the metric they belong to."""

import re

from sim.scenario import units

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,2})?")
_COUNTED = ("", "trucks", "truck", "vehicles", "vehicle")


def in_unit(text: str, unit: str) -> float:
    """The number that a text such as "15 min", "2 h" or "450 trucks" is in a unit of UNITS. Raises ValueError."""
    raw = text.strip()
    if unit in ("min", "h"):
        return units.duration(raw) / units.MS[unit]
    if unit == "trucks/day":
        return units.rate_per_hour(raw) * 24
    if unit == "km":
        return units.kilometres(raw)
    if unit == "VND":
        return units.dong(raw)
    if unit == "1" and raw.endswith("%"):
        return plain(raw[:-1]) / 100
    number, _, word = raw.partition(" ")
    if unit == "trucks" and word.strip() not in _COUNTED:
        raise ValueError(f'counts "{word.strip()}"; write trucks')
    return plain(number if unit == "trucks" else raw)


def plain(text: str) -> float:
    """A bare number. Raises ValueError."""
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError("must be a number")
    return float(text)


def percent(text: str) -> float | None:
    """0.1 of "10 %"; None of anything else."""
    raw = text.strip()
    return plain(raw[:-1]) / 100 if raw.endswith("%") else None


def priced(text: str) -> tuple[float, str]:
    """What a price or weight multiplies by, and the unit it gives: ("" = that of what it multiplies). ValueError."""
    raw = text.strip()
    return (units.dong(raw), "VND") if raw.endswith("VND") else (plain(raw), "")


def said(value: float, unit: str) -> str:
    """A number of a metric in words, as a board reads it."""
    size = abs(value)
    if unit == "VND":
        for scale, word in ((1e9, "bn VND"), (1e6, "million VND")):
            if size >= scale:
                return f"{digits(value / scale)} {word}"
    if unit == "min" and size >= 120:
        return f"{digits(value / 60)} h"
    return digits(value) + (f" {unit}" if unit not in ("", "1") else "")


def digits(value: float) -> str:
    """A number to three digits, or whole."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value + 0.0:.3g}"
