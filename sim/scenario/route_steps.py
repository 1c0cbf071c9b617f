"""Walking the steps of routes: which stations a step names, and which steps are inside it."""

from collections.abc import Iterator, Sequence
from typing import Any

from sim.scenario.draft import Draft, each
from sim.scenario.schema import At, Fewest, In, OneOf, Release, Threshold, Wander


def visited(draft: Draft) -> set[str]:
    """Stations that some route names."""
    found: set[str] = set()
    for _, step in draft.walked:
        found |= set(names(step))
    return found


def names(step: Any) -> Iterator[str]:
    for _, name in named(step):
        yield name


def named(step: Any) -> Iterator[tuple[str, str]]:
    """Where a step names a station, relative to its own path, and the name."""
    match step:
        case At():
            yield ".at", step.at
        case In():
            yield ".in", step.in_
        case Threshold():
            yield ".unless", step.unless
        case Release():
            yield from ((f".release[{i}]", name) for i, name in enumerate(step.release))
        case Wander():
            yield ".start", step.start
            for origin, row in step.routing.items():
                yield f".routing.{origin}", origin
                yield from ((f".routing.{origin}.{name}", name) for name in row)
    if isinstance(step, At | In):
        yield from ((f".needs[{i}]", name) for i, name in enumerate(step.needs))


def blocks(step: Any) -> Iterator[tuple[str, Sequence[Any]]]:
    """The lists of steps inside a step, with their relative paths."""
    match step:
        case OneOf() | Fewest():
            name = "one_of" if isinstance(step, OneOf) else "fewest"
            branches = step.one_of if isinstance(step, OneOf) else step.fewest
            yield from ((f".{name}[{i}].do", b.do) for i, b in each(branches))
        case Threshold():
            yield ".do", step.do
            yield ".otherwise", step.otherwise
        case _ if hasattr(step, "do"):
            yield ".do", step.do
