"""Amounts of a metric as people write them: "30 min" of a wait in minutes, "2 %" of a utilisation, "20 trucks"."""

import re

from sim.scenario import units

_PER_UNIT = {"min": 60_000, "h": 3_600_000}  # [ms]
_COUNT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(?:trucks?|vehicles?)?")
_EXAMPLES = {"min": "30 min", "h": "100 h", "km": "0.5 km", "1": "0.02", "trucks": "20 trucks",
             "trucks/day": "10 trucks/day", "VND": "50 million VND"}  # fmt: skip


def amount(text: str, unit: str) -> float:
    """The amount above 0 in the unit of a metric. Raises ValueError with the reason."""
    try:
        found = _in_unit(text.strip(), unit)
    except ValueError:
        found = 0.0
    if not found > 0:
        raise ValueError(f"must be an amount above 0 in {_named(unit)}; write for example {_EXAMPLES[unit]}")
    return found


def _in_unit(text: str, unit: str) -> float:
    if unit in _PER_UNIT:
        return units.duration(text) / _PER_UNIT[unit]
    if unit == "trucks/day":
        return units.rate_per_hour(text) * 24
    if unit == "km":
        return units.kilometres(text)
    if unit == "VND":
        return units.dong(text)
    if unit == "1":
        return units.share(text)
    count = _COUNT.fullmatch(text)
    return float(count[1]) if count else 0.0


def _named(unit: str) -> str:
    return {"1": "shares of 1", "min": "a unit of time", "h": "a unit of time"}.get(unit, unit)
