"""Values between two ends: numbers with one unit, or mappings of them that are blended key by key."""

import math
import re
from collections.abc import Mapping

from sim.scenario.sweep_schema import Level, Span
from sim.scenario.yaml_text import Node, Scalar, Table

_QUANTITY = re.compile(r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?)\s*(.*?)\s*")


def quantity(text: str) -> tuple[float, str] | None:
    """Number and unit of "800 vehicles/day"; None of a text that is no one number with at most a unit after it."""
    found = _QUANTITY.fullmatch(text)
    return (float(found[1]), found[2]) if found and not re.search(r"\d", found[2]) else None


def quantities(node: Node, path: str = "") -> tuple[dict[str, float], set[str]] | None:
    """The numbers of a value by the path below it, and their units; None if anything in it is no quantity."""
    if isinstance(node, Scalar):
        found = quantity(node.text)
        return ({path: found[0]}, {found[1]}) if found else None
    if not isinstance(node, Table) or not node.entries:
        return None
    numbers: dict[str, float] = {}
    units: set[str] = set()
    for key, entry in node.entries.items():
        part = quantities(entry.node, f"{path}.{key}")
        if part is None:
            return None
        numbers |= part[0]
        units |= part[1]
    return numbers, units


def drawn(span: Span, share: float) -> Level:
    """The level below which this share of the span's law lies; 0 <= share <= 1."""
    low, high = span.low.get("", 0.0), span.high.get("", 1.0)
    if span.is_whole:
        return _level(span, {"": min(high, math.floor(low + (high - low + 1) * share))})
    return _level(span, _numbers(span, _along(span, low, high, share)))


def evenly(span: Span, steps: int) -> tuple[Level, ...]:
    """This many levels from one end to the other, evenly apart; by a log-uniform law, in even ratios."""
    shares = [i / (steps - 1) for i in range(steps)] if steps > 1 else [0.0]
    low, high = span.low.get("", 0.0), span.high.get("", 1.0)
    places = [_along(span, low, high, share) if span.law == "log-uniform" else share for share in shares]
    found = [_numbers(span, place) for place in places]
    if span.is_whole:
        found = [{"": float(round(numbers[""]))} for numbers in found]
    return tuple({level.label: level for level in (_level(span, numbers) for numbers in found)}.values())


def _along(span: Span, low: float, high: float, share: float) -> float:
    """How far from low (0) to high (1) the quantile of a share lies."""
    if span.law == "log-uniform":
        return float((low * (high / low) ** share - low) / (high - low))
    if span.law == "triangular" and span.mode is not None:
        middle = (span.mode - low) / (high - low)
        return math.sqrt(share * middle) if share < middle else 1 - math.sqrt((1 - share) * (1 - middle))
    return share


def _numbers(span: Span, place: float) -> dict[str, float]:
    return {key: (1 - place) * span.low[key] + place * span.high[key] for key in span.low} | (
        {} if "" in span.low else {"blend": place}
    )


def _level(span: Span, numbers: Mapping[str, float]) -> Level:
    """The level with these numbers; of a blend also the number "blend", which is its label and no setting."""
    own = {key: written(value, span.unit) for key, value in numbers.items() if key != "blend"}
    number = numbers.get("", numbers.get("blend", 0.0))
    settings = {path + key: text for path in span.paths for key, text in own.items()}
    label = own.get("", written(number, ""))
    return Level(label=label, number=float(f"{number:.12g}"), settings=settings, overlays=(), place=span.place)


def written(number: float, unit: str) -> str:
    """A number with its unit as files write it."""
    return f"{number:.12g} {unit}".strip()
