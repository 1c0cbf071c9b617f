"""Names of draws along a route, so that a truck keeps its draws when something else changes.

A draw is named by what it decides and by its occurrence on the truck's way ("work huu-nghi/documents 1"),
never by its position in a file. Occurrences are counted with a fixed allowance for every part of a route,
whichever branch a truck takes, so that what follows a branch has one name.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sim.scenario import schema

Seen = dict[str, int]


def label(step: Any) -> str:
    """What a step is called in the names of its draws."""
    match step:
        case schema.At():
            return step.at
        case schema.In():
            return step.in_
        case schema.Wander():
            return f"from {step.start}"
        case schema.OneOf():
            return "one of " + _first(step.one_of[0].do)
        case schema.Fewest():
            return "fewest of " + _first(step.fewest[0].do)
        case schema.Threshold():
            return f"unless {step.unless}"
        case schema.Some() | schema.Only() | schema.Repeat():
            return f"round {_first(step.do)}"
        case _:
            return "way"


def _first(steps: Sequence[Any]) -> str:
    return label(steps[0]) if steps else "nothing"


def travel_label(following: Sequence[Any]) -> str:
    """A drive is named by where it leads."""
    return "travel to " + _first([s for s in following if not isinstance(s, schema.Travel | schema.Release)])


def occurrence(name: str, seen: Seen) -> str:
    """The name of the next draw of this kind on the way."""
    return f"{name} {seen.get(name, 0) + 1}"


def after(step: Any, following: Sequence[Any], seen: Seen) -> Seen:
    """The counts of what a way may have seen once a step lies behind it."""
    return _add(seen, _span(step, following))


def _add(one: Seen, other: Seen) -> Seen:
    return {name: one.get(name, 0) + other.get(name, 0) for name in one | other}


def _span(step: Any, following: Sequence[Any]) -> Seen:
    match step:
        case schema.Travel():
            return {travel_label(following): 1}
        case schema.In() | schema.Some() | schema.Only():
            return _add(_run(step.do), {label(step): 1})
        case schema.OneOf():
            return _add(_widest([branch.do for branch in step.one_of]), {label(step): 1})
        case schema.Fewest():
            return _add(_widest([branch.do for branch in step.fewest]), {label(step): 1})
        case schema.Threshold():
            return _add(_widest([step.do, step.otherwise]), {label(step): 1})
        case schema.Repeat():
            return _add({name: n * step.at_most for name, n in _run(step.do).items()}, {label(step): 1})
        case schema.Wander():
            return dict.fromkeys([label(step), *stations_of(step)], step.at_most)
        case _:
            return {label(step): 1}


def _run(steps: Sequence[Any]) -> Seen:
    total: Counter[str] = Counter()
    for k, step in enumerate(steps):
        total.update(_span(step, steps[k + 1 :]))
    return dict(total)


def _widest(ways: Sequence[Sequence[Any]]) -> Seen:
    widest: Seen = {}
    for way in ways:
        span = _run(way)
        widest = {name: max(widest.get(name, 0), span.get(name, 0)) for name in widest | span}
    return widest


def stations_of(wander: schema.Wander) -> list[str]:
    """The stations a wandering truck may visit, in a fixed order."""
    found = dict.fromkeys([wander.start, *wander.routing])
    for targets in wander.routing.values():
        found |= dict.fromkeys(targets)
    return list(found)
