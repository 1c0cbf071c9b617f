"""Checks of routes: stations that exist, shares that sum to one, ways out."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from sim.scenario.draft import Draft, each
from sim.scenario.faults import Fault
from sim.scenario.holding_checks import check_holding
from sim.scenario.laws import mean
from sim.scenario.route_steps import blocks, named
from sim.scenario.schema import At, Fewest, In, Leave, OneOf, Only, Repeat, Threshold, Travel, Wander


def check_routes(draft: Draft) -> Iterator[Fault]:
    """Faults of every step of every route."""
    for path, step in draft.walked:
        if path.startswith("routes."):
            for below, name in named(step):
                yield from draft.unknown(path + below, name, "stations", "station")
            yield from _step(draft, path, step)
    for key, steps in draft.file.routes.items():
        yield from _order(draft, f"routes.{key}", steps)
    yield from check_holding(draft)


def _step(draft: Draft, path: str, step: Any) -> Iterator[Fault]:
    match step:
        case OneOf():
            yield from _shares(draft, path, step)
        case Fewest():
            for i, branch in each(step.fewest):
                if branch.share is not None:
                    message = "has no meaning here: the way with the fewest trucks is taken"
                    yield draft.error(f"{path}.fewest[{i}].share", message, at_key=True)
        case Threshold():
            yield from _threshold(draft, path, step)
        case Wander():
            yield from _wander(draft, path, step)
        case At() | Only():
            for i, name in enumerate(step.only):
                yield from draft.not_among(f"{path}.only[{i}]", name, draft.classes, "class")
        case Travel() if mean(step.travel) == 0:
            yield draft.warning(path, "takes no time")


def _shares(draft: Draft, path: str, step: OneOf) -> Iterator[Fault]:
    branches = list(each(step.one_of))
    for i, branch in branches:
        if branch.share is None:
            yield draft.error(
                f"{path}.one_of[{i}]", 'missing key "share"', "share: share of trucks that take this way", at_key=True
            )
    if len(branches) == len(step.one_of) and all(b.share is not None for _, b in branches):
        yield from sum_to_one(draft, f"{path}.one_of", [b.share or 0.0 for _, b in branches])


def sum_to_one(draft: Draft, path: str, shares: Sequence[float]) -> Iterator[Fault]:
    """A fault if shares do not sum to 1, within 1e-9."""
    total = math.fsum(shares)
    if abs(total - 1) > 1e-9:
        yield draft.error(
            path, f"shares must sum to 1, the sum is {total:.10g}", "shares are never rescaled silently", at_key=True
        )


def _threshold(draft: Draft, path: str, step: Threshold) -> Iterator[Fault]:
    station = draft.stations.get(step.unless)
    most = station.places if station is not None and isinstance(station.places, int) else None
    if step.until is not None and step.until >= step.reaches:
        yield draft.error(f"{path}.until", f"must be below reaches, {step.reaches}, got {step.until}")
    if step.reaches == 0:
        yield draft.warning(f"{path}.reaches", "is 0, so the way under do is never taken")
    elif most is not None and station is not None and station.when_full != "block" and step.reaches > most:
        yield draft.warning(f"{path}.reaches", f"can never trigger: {step.unless} holds at most {most} trucks")


def _wander(draft: Draft, path: str, step: Wander) -> Iterator[Fault]:
    for origin, row in step.routing.items():
        total = math.fsum(row.values())
        if total > 1 + 1e-9:
            yield draft.error(f"{path}.routing.{origin}", f"shares sum to {total:.10g}, more than 1", at_key=True)
    for origin in step.routing:
        cycle = _trap(step.routing, origin)
        if cycle and origin == min(cycle):
            way = " -> ".join([*cycle, cycle[0]])
            yield draft.error(
                f"{path}.routing.{origin}", f"trucks can never leave: {way}", "let some share go on", at_key=True
            )


def _trap(routing: dict[str, dict[str, float]], origin: str) -> list[str]:
    """The stations reachable from one, if no share ever leaves them; else empty."""
    reached, todo = [origin], [origin]
    while todo:
        for name, share in routing.get(todo.pop(), {}).items():
            if share > 0 and name not in reached:
                reached.append(name)
                todo.append(name)
    leaves = any(math.fsum(routing.get(name, {}).values()) < 1 - 1e-9 for name in reached)
    back = all(_reaches(routing, name, origin) for name in reached)
    return [] if leaves or not back else reached


def _reaches(routing: dict[str, dict[str, float]], origin: str, goal: str) -> bool:
    seen, todo = set(), [origin]
    while todo:
        for name, share in routing.get(todo.pop(), {}).items():
            if share > 0 and name not in seen:
                seen.add(name)
                todo.append(name)
    return goal in seen


def _order(draft: Draft, path: str, steps: Sequence[Any]) -> Iterator[Fault]:
    """Steps that no truck ever reaches, because all have left."""
    for i, step in enumerate(steps):
        for below, nested in blocks(step):
            yield from _order(draft, f"{path}[{i}]{below}", nested)
        if step is not None and ends_here(step) and i + 1 < len(steps):
            yield draft.warning(f"{path}[{i + 1}]", "is never reached: every truck has left before")
            return


def ends_here(step: Any) -> bool:
    """Whether no truck goes on after a step."""
    match step:
        case Leave():
            return True
        case In() | Repeat():
            return any(ends_here(s) for s in step.do)
        case OneOf():
            return all(b is not None and any(ends_here(s) for s in b.do) for b in step.one_of)
        case Fewest():
            return all(b is not None and any(ends_here(s) for s in b.do) for b in step.fewest)
        case Threshold():
            return any(ends_here(s) for s in step.do) and any(ends_here(s) for s in step.otherwise)
    return False
