"""Checks of routes: stations that exist, shares that sum to one, ways out."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from sim.scenario.draft import Draft, each
from sim.scenario.faults import Fault, quoted
from sim.scenario.laws import mean
from sim.scenario.schema import At, Fewest, In, Leave, OneOf, Only, Release, Repeat, Station, Threshold, Travel, Wander


def visited(draft: Draft) -> set[str]:
    """Stations that some route names."""
    found: set[str] = set()
    for _, step in draft.walked:
        found |= set(_names(step))
    return found


def _names(step: Any) -> Iterator[str]:
    for _, name in _named(step):
        yield name


def _named(step: Any) -> Iterator[tuple[str, str]]:
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


def check_routes(draft: Draft) -> Iterator[Fault]:
    """Faults of every step of every route."""
    for path, step in draft.walked:
        if path.startswith("routes."):
            for below, name in _named(step):
                yield from draft.unknown(path + below, name, "stations", "station")
            yield from _step(draft, path, step)
    for key, steps in draft.file.routes.items():
        yield from _order(draft, f"routes.{key}", steps)
        yield from _holding(draft, f"routes.{key}", steps, ())
    yield from _diversions(draft)
    yield from _deadlocks(draft)


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
        for below, nested in _blocks(step):
            yield from _order(draft, f"{path}[{i}]{below}", nested)
        if step is not None and ends_here(step) and i + 1 < len(steps):
            yield draft.warning(f"{path}[{i + 1}]", "is never reached: every truck has left before")
            return


def _blocks(step: Any) -> Iterator[tuple[str, Sequence[Any]]]:
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


def _has_places(station: Station | None) -> bool:
    return (
        station is None
        or station.places is not None
        or station.length is not None
        or station.waiting_places is not None
    )


def _holding(draft: Draft, path: str, steps: Sequence[Any], held: tuple[str, ...]) -> Iterator[Fault]:
    """Places that are held, asked for or given up where there are none."""
    for i, step in enumerate(steps):
        here = f"{path}[{i}]"
        if isinstance(step, In | At):
            yield from _asked(draft, here, step)
        if isinstance(step, Release):
            for j, name in enumerate(step.release):
                if name not in held and name in draft.stations:
                    hint = f"held here: {', '.join(held) or 'nothing'}"
                    yield draft.error(f"{here}.release[{j}]", f"{quoted(name)} is not held at this point", hint)
        inner = (*held, step.in_, *step.needs) if isinstance(step, In) else held
        for below, nested in _blocks(step):
            yield from _holding(draft, here + below, nested, inner)
        if isinstance(step, At):
            held = (*held, *step.needs)


def _asked(draft: Draft, path: str, step: In | At) -> Iterator[Fault]:
    asked = [(f"{path}.needs[{j}]", name) for j, name in enumerate(step.needs)]
    if isinstance(step, In):
        asked.append((f"{path}.in", step.in_))
    for where, name in asked:
        spoilt = draft.is_spoilt(*(f"stations.{name}.{part}" for part in ("places", "length", "waiting_places")))
        if not _has_places(draft.stations.get(name)) and not spoilt:
            yield draft.error(where, f"{quoted(name)} has no places to hold", f"places: 40 under stations.{name}")


def _diversions(draft: Draft) -> Iterator[Fault]:
    """Diversions that lead back to where they started."""
    through = {
        key: {n for p, s in draft.walked if p.startswith(f"routes.{key}[") for n in _names(s)}
        for key in draft.file.routes
    }
    for key, station in draft.stations.items():
        if station is not None and station.divert_to and key in through.get(station.divert_to, ()):
            hint = "divert to a route that does not visit it"
            yield draft.error(
                f"stations.{key}.divert_to", f"route {quoted(station.divert_to)} leads back to {key}", hint
            )


def _deadlocks(draft: Draft) -> Iterator[Fault]:
    """A warning for each ring of stations with finite places in which all may wait for each other."""
    ahead: dict[str, dict[str, str]] = {}
    for key, steps in draft.file.routes.items():
        for (a, _), (b, path) in _pairs(_sequence(steps or (), f"routes.{key}")):
            if _blocks_when_full(draft, a) and _blocks_when_full(draft, b) and a != b:
                ahead.setdefault(a, {}).setdefault(b, path)
    for ring in _rings(ahead):
        way = " -> ".join([*ring, ring[0]])
        hint = "a run that locks stops and names it; unlimited places or turn_away anywhere in the ring prevent it"
        yield draft.warning(ahead[ring[-1]][ring[0]], f"possible deadlock: places are finite all round {way}", hint)


def _sequence(steps: Sequence[Any], path: str) -> Iterator[tuple[str, str]]:
    for i, step in enumerate(steps):
        if isinstance(step, At):
            yield step.at, f"{path}[{i}].at"
        elif isinstance(step, In):
            yield step.in_, f"{path}[{i}].in"
        for below, nested in _blocks(step):
            yield from _sequence(nested, f"{path}[{i}]{below}")


def _pairs(items: Iterator[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    before: tuple[str, str] | None = None
    for item in items:
        if before is not None:
            yield before, item
        before = item


def _blocks_when_full(draft: Draft, name: str) -> bool:
    station = draft.stations.get(name)
    if station is None or station.when_full != "block" or station.places == "unlimited":
        return False
    return _has_places(station)


def _rings(ahead: dict[str, dict[str, str]]) -> Iterator[list[str]]:
    """One ring through each station that can reach itself, each ring once."""
    seen: set[frozenset[str]] = set()
    for origin in ahead:
        paths, found = [[origin]], None
        reached: set[str] = set()
        while paths and found is None:
            path = paths.pop(0)
            for name in ahead.get(path[-1], {}):
                if name == origin:
                    found = path
                    break
                if name not in reached:
                    reached.add(name)
                    paths.append([*path, name])
        if found is not None and frozenset(found) not in seen:
            seen.add(frozenset(found))
            yield found
