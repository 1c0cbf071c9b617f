"""Closures for some trucks only: a permit that is needed beside the server and given back at once.

A permit is a resource of which there is no end while the measure does not hold, and nothing while it does. It
belongs to no station. Trucks that the measure means ask for it together with what they want at a closed
station, so that nothing is begun for them; all others go on as if there were no permit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.planning.catalogue import Catalogue, Part
from sim.planning.drafts import Draft, Who
from sim.planning.incidents import Stream, is_for, is_partial, measures, occurrences, reason_of
from sim.planning.plan import FULL_SPEED, NEVER, UNLIMITED, Change, Closing, Kind
from sim.scenario.dated import Measure
from sim.scenario.scenario import Scenario
from sim.scenario.spans import has_servers, stations_at

_SERVED, _PLACED = (Part.SERVERS, Part.RESERVED), (Part.PLACES, Part.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A resource that some trucks need beside others."""

    resource: int
    measure: Measure
    beside: frozenset[int]  # resources nobody it means is granted without it
    closed: tuple[tuple[int, int], ...]  # [ms] spans without permits, in order, apart

    def rows(self, starts: int) -> tuple[tuple[Any, ...], list[tuple[Any, ...]], tuple[tuple[int, str], ...]]:
        """Its row of RESOURCE, its rows of CHANGE, and from when on it is closed for what reason."""
        reason = reason_of(self.measure)
        shut = any(begin <= starts < end for begin, end in self.closed)
        levels = [(starts, 0 if shut else UNLIMITED)]
        levels += [(at, n) for span in self.closed for at, n in zip(span, (0, UNLIMITED), strict=True) if at > starts]
        changes = [(at, int(Change.CAPACITY), self.resource, n, NEVER) for at, n in levels[1:]]
        why = tuple((at, "" if n else reason) for at, n in levels)
        return (levels[0][1], FULL_SPEED, NEVER, int(Closing.FINISH), 0, 0), changes, why


def permits(scenario: Scenario, parts: Catalogue, name: Stream, *, starts: int, ends: int) -> tuple[Permit, ...]:
    """The permits of a scenario, numbered on from the resources of its stations."""
    found: list[Permit] = []
    for key, measure in measures(scenario):
        if not measure.closed:
            continue
        by_time: dict[tuple[tuple[int, int], ...], set[int]] = {}
        for at in stations_at(measure.at, scenario.file.stations):
            beside = _beside(scenario, parts, measure, at)
            if beside:
                times = _apart(occurrences(scenario, key, measure, at, name, starts=starts, ends=ends))
                by_time.setdefault(times, set()).update(beside)
        for times, resources in by_time.items():
            number = len(parts.resources) + len(found)
            found.append(Permit(resource=number, measure=measure, beside=frozenset(resources), closed=times))
    return tuple(found)


def _beside(scenario: Scenario, parts: Catalogue, measure: Measure, at: str) -> list[int]:
    """What a permit is needed with: the servers if some trucks are meant, the places where there are no servers."""
    served = has_servers(scenario.file.stations[at])
    if served and not is_partial(measure):
        return []  # its servers are none meanwhile
    return [parts.part(at, part) for part in (_SERVED if served else _PLACED) if parts.part(at, part) >= 0]


def _apart(spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans in order, those that touch or overlap made one."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return tuple(found)


def restricted(draft: Draft, who: Who, issued: Sequence[Permit]) -> Draft:
    """The program of trucks that need some of the permits."""
    needed = [
        p for p in issued if is_for(p.measure, cargo=who.cargo, cargo_class=who.cargo_class, direction=who.direction)
    ]
    return replace(draft, rows=tuple(_row(row, needed) for row in draft.rows)) if needed else draft


def _row(row: dict[str, Any], needed: Sequence[Permit]) -> dict[str, Any]:
    if row["kind"] != Kind.ASK:
        return row
    options = [_option(option, needed) for option in row["options"]]
    level, wanted = row["file"]
    # trucks with other needs stand in another file, so that they may be granted while these may not
    file = (level, tuple(tuple(option["needs"]) for option in options) if wanted else wanted)
    return {**row, "options": options, "file": file}


def _option(option: dict[str, Any], needed: Sequence[Permit]) -> dict[str, Any]:
    own = [p.resource for p in needed if not p.beside.isdisjoint(option["needs"])]
    return {**option, "needs": [*option["needs"], *own], "gives": [*option["gives"], *own]} if own else option
