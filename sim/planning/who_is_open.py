"""Who is open when: every calendar and every station over the period, with the reason of each closed hour."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from sim.planning.calendars import levels
from sim.planning.hours import Openings, Span, openings
from sim.planning.incidents import interventions
from sim.planning.interventions import Intervention
from sim.planning.plan import UNLIMITED
from sim.scenario.scenario import Scenario
from sim.scenario.schema import Calendar
from sim.scenario.spans import has_servers
from sim.scenario.units import DAY, clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A stretch of time in which nothing changes."""

    begin: int  # [ms]
    end: int  # [ms]
    is_open: bool
    servers: int | None = None  # at a station, while there are fewer than ever
    reason: str = ""  # why it is closed, or has fewer servers than ever: hours, holiday, incident, order
    because: str = ""  # the path in the file that says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A calendar, or stations that are open at the same times."""

    names: tuple[str, ...]
    is_calendar: bool
    zone: str
    spells: tuple[Spell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Successive dates that look the same."""

    first: dt.date
    last: dt.date
    parts: tuple[
        tuple[str, Spell], ...
    ]  # "07:00-20:00" and what holds then; spells that touch and say the same are one


def who_is_open(scenario: Scenario) -> tuple[Row, ...]:
    """Calendars first, then stations with servers; incidents of random time or length are left out."""
    starts, ends = 0, scenario.length_ms
    span = Span(scenario=scenario, starts=starts, ends=ends)
    zone = scenario.file.period.zone
    rows = [
        Row(names=(key,), is_calendar=True, zone=calendar.zone or zone, spells=_of_calendar(span, key, calendar))
        for key, calendar in scenario.file.calendars.items()
    ]
    held = interventions(scenario, None, starts=starts, ends=ends)
    alike: dict[tuple[Spell, ...], list[str]] = {}
    for key, station in scenario.file.stations.items():
        if has_servers(station):
            alike.setdefault(_of_station(span, key, held.get(key, ())), []).append(key)
    return (*rows, *(Row(names=tuple(n), is_calendar=False, zone=zone, spells=spells) for spells, n in alike.items()))


def _of_calendar(span: Span, key: str, calendar: Calendar) -> tuple[Spell, ...]:
    found = openings(span, calendar)
    edges = [*found.time.tolist(), span.ends]
    rows = zip(pairwise(edges), found.ruling.tolist(), found.is_closed.tolist(), strict=True)
    spells = [
        Spell(
            begin=begin,
            end=end,
            is_open=not closed,
            reason=found.layers[ruling].reason if closed else "",
            because=f"calendars.{key}.{found.layers[ruling].part}" if closed else "",
        )
        for (begin, end), ruling, closed in rows
    ]
    return _joined(spells)


def _of_station(span: Span, key: str, held: Sequence[Intervention]) -> tuple[Spell, ...]:
    found = levels(span.scenario, key, starts=span.starts, ends=span.ends, interventions=held)
    closings = _closings(span, key)
    most = int(found.servers.max())
    spells = []
    # a station may change its cause while it stays closed: look at every instant at which a calendar changes too
    time = np.unique(np.concatenate([found.time, *(each.time for _, each in closings)]))
    place = np.searchsorted(found.time, time, side="right") - 1
    for (begin, end), row in zip(pairwise([*time.tolist(), span.ends]), place.tolist(), strict=True):
        servers, reason = int(found.servers[row]), str(found.reason[row])
        because = _because(begin, reason, held, closings, key) if servers < most or not servers else ""
        count = servers if reason and servers and most < UNLIMITED else None
        spell = Spell(begin=begin, end=end, is_open=servers > 0, servers=count, reason=reason, because=because)
        spells.append(spell)
    return _joined(spells)


def _closings(span: Span, key: str) -> list[tuple[str, Openings]]:
    """The calendars of a station, with their keys."""
    hours = span.scenario.file.stations[key].hours
    words = (hours,) if isinstance(hours, str) else hours or ()
    known = span.scenario.file.calendars
    return [(word, openings(span, known[word])) for word in words if word in known]


def _because(at: int, reason: str, held: Sequence[Intervention], closings: list[tuple[str, Openings]], key: str) -> str:
    """What in the file closes a station at an instant, or takes servers from it, for a reason."""
    for each in held:
        if each.begin <= at < each.end and each.reason == reason:
            return each.path
    for name, found in closings:
        row = int(np.searchsorted(found.time, at, side="right")) - 1
        layer = found.layers[int(found.ruling[row])]
        if found.is_closed[row] and layer.reason == reason:
            return f"calendars.{name}.{layer.part}"
    return f"stations.{key}"


def _joined(spells: Sequence[Spell]) -> tuple[Spell, ...]:
    """Spells that follow one another and say the same made one."""
    found: list[Spell] = []
    for _, same in groupby(spells, key=_says):
        group = list(same)
        first = group[0]
        found.append(
            Spell(begin=first.begin, end=group[-1].end, is_open=first.is_open, servers=first.servers,
                  reason=first.reason, because=first.because)
        )  # fmt: skip
    return tuple(found)


def _says(spell: Spell) -> tuple[object, ...]:
    return spell.is_open, spell.servers, spell.reason, spell.because


def by_days(scenario: Scenario, spells: Sequence[Spell]) -> tuple[Days, ...]:
    """The spells cut at the midnights of the period's clock; dates that look the same taken together."""
    start = scenario.start
    first = -int((start - start.replace(hour=0, minute=0, second=0, microsecond=0)) / dt.timedelta(milliseconds=1))
    found: list[Days] = []
    for number, midnight in enumerate(range(first, scenario.length_ms, DAY)):
        date = start.date() + dt.timedelta(days=number)
        parts = tuple(_parts(spells, midnight))
        last = found[-1] if found else None
        if last is not None and [(c, _says(s)) for c, s in last.parts] == [(c, _says(s)) for c, s in parts]:
            found[-1] = Days(first=last.first, last=date, parts=last.parts)
        else:
            found.append(Days(first=date, last=date, parts=parts))
    return tuple(found)


def _parts(spells: Sequence[Spell], midnight: int) -> list[tuple[str, Spell]]:
    parts = []
    for spell in spells:
        begin, end = max(spell.begin, midnight), min(spell.end, midnight + DAY)
        if begin < end:
            until = "24:00" if end == midnight + DAY else clock(end - midnight)
            parts.append((f"{clock(begin - midnight)}-{until}", spell))
    return parts
