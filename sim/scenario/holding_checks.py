"""Checks of what trucks hold: places that are there, asked for once, and rings in which all wait for each other."""

from collections.abc import Iterator, Sequence
from typing import Any

from sim.scenario.draft import Draft
from sim.scenario.faults import Fault, quoted
from sim.scenario.route_steps import blocks, named, names
from sim.scenario.schema import At, In, Release, Station, Wander


def check_holding(draft: Draft) -> Iterator[Fault]:
    """Faults of what is held, asked for and given up along every route."""
    for key, steps in draft.file.routes.items():
        yield from _holding(draft, f"routes.{key}", steps, ())
        yield from _held_twice(draft, f"routes.{key}", steps, ())
    yield from _diversions(draft)
    yield from _deadlocks(draft)


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
        for below, nested in blocks(step):
            yield from _holding(draft, here + below, nested, inner)
        if isinstance(step, At):
            held = (*held, *step.needs)


def _held_twice(draft: Draft, path: str, steps: Sequence[Any], held: tuple[str, ...]) -> Iterator[Fault]:
    """A station visited inside the block that holds its place, where a truck would take a second one."""
    for i, step in enumerate(steps):
        here = f"{path}[{i}]"
        if isinstance(step, Release):
            held = tuple(name for name in held if name not in step.release)
        for below, name in named(step) if isinstance(step, At | In | Wander) else ():
            where = dict.fromkeys(block for block in held if block == name or block in _sent_to(draft, name))
            for block in where:
                said = "its place is held already" if block == name else f"may divert to {quoted(block)}, which is held"
                hint = f"end the block in: {block} before, or release: [{block}]"
                yield draft.error(here + below, f"{said} at this point", hint)
        inner = (*held, step.in_) if isinstance(step, In) and _has_places(draft.stations.get(step.in_)) else held
        for below, nested in blocks(step):
            yield from _held_twice(draft, here + below, nested, inner)


def _sent_to(draft: Draft, name: str) -> set[str]:
    """Stations that a truck may come to which is sent away from one, and maybe from the next ones."""
    through, found, todo = _through(draft), set[str](), [name]
    while todo:
        station = draft.stations.get(todo.pop())
        new = through.get(station.divert_to, set()) - found if station is not None and station.divert_to else set()
        found |= new
        todo += new
    return found


def _through(draft: Draft) -> dict[str, set[str]]:
    """The stations that each route names."""
    return {
        key: {n for p, s in draft.walked if p.startswith(f"routes.{key}[") for n in names(s)}
        for key in draft.file.routes
    }


def _asked(draft: Draft, path: str, step: In | At) -> Iterator[Fault]:
    asked = [(f"{path}.needs[{j}]", name) for j, name in enumerate(step.needs)]
    own = step.in_ if isinstance(step, In) else step.at
    yield from (draft.error(where, f"{quoted(name)} is the station itself", "leave it out")
                for where, name in asked if name == own)  # fmt: skip
    if isinstance(step, In):
        asked.append((f"{path}.in", step.in_))
    for where, name in asked:
        spoilt = draft.is_spoilt(*(f"stations.{name}.{part}" for part in ("places", "length", "waiting_places")))
        if not _has_places(draft.stations.get(name)) and not spoilt:
            yield draft.error(where, f"{quoted(name)} has no places to hold", f"places: 40 under stations.{name}")


def _diversions(draft: Draft) -> Iterator[Fault]:
    """Diversions that lead back to where they started."""
    through = _through(draft)
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
        for below, nested in blocks(step):
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
