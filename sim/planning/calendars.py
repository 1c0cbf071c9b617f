"""Servers and speed of a station as step functions of time: hours, holidays, notices, shifts, orders, incidents.

Over the calendars and the staff lie orders and then incidents. Their hours replace those of the calendars, their
numbers those of the staff; of several at once the fewest servers count, lost ones add up, and closed is closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.planning.hours import Span, changes, distinct, openings, stretches, within
from sim.planning.interventions import Intervention
from sim.planning.plan import FULL_SPEED, UNLIMITED, IntArray
from sim.scenario.scenario import Scenario
from sim.scenario.schema import Calendar, Headcount, Shift
from sim.scenario.units import windows

# of several reasons at one instant the first counts; "" is full strength
_PRECEDENCE = ("holiday", "incident", "order", "hours", "")
_FULL, _HOURS = _PRECEDENCE.index(""), _PRECEDENCE.index("hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Servers of a station from each time on, until the next; the first row is the beginning of the span."""

    time: IntArray  # [ms], rising, shape (n,)
    servers: IntArray  # UNLIMITED where they are, or where the station has places only
    planned: IntArray  # the same without what nobody can foresee
    reason: npt.NDArray[np.str_]  # why there are fewer than ever: hours, holiday, incident, order; "" = there are not
    shift: npt.NDArray[np.bool_]  # a team goes off duty here, even if as many come


@dataclass(frozen=True, slots=True, kw_only=True)
class Speeds:
    """Speed of work at a station from each time on, until the next; the first row is the beginning of the span."""

    time: IntArray  # [ms], rising, shape (n,)
    speed: IntArray  # parts of FULL_SPEED, from each time on


def levels(
    scenario: Scenario, station_key: str, *, starts: int, ends: int, interventions: Sequence[Intervention] = ()
) -> Levels:
    """Servers of a station from `starts` (may be negative) to `ends`, in ms after the scenario's start.

    Closed by its hours it has none, for the reason of the calendar that closes it; if several do, holiday
    counts before incident, incident before order, order before hours. Open with fewer servers than it ever has
    (a smaller shift, an earlier headcount), the reason is hours. A team that is sent home by the hours goes
    off duty then, not at the end of its shift.
    """
    station = scenario.file.stations[station_key]
    span = Span(scenario=scenario, starts=starts, ends=ends)
    hours = station.hours if isinstance(station.hours, tuple) else (station.hours,) if station.hours else ()
    calendars = [_closings(span, _calendar(scenario, text)) for text in hours]
    staff_times, staff, team_ends = _staff(span, station.servers)
    edges = [each.edges(span) for each in interventions]
    time = span.cut(np.concatenate([staff_times, team_ends, *edges, *(times for times, _ in calendars)]))
    reason = np.full(time.size, _FULL)
    for times, codes in calendars:
        reason = np.minimum(reason, _step(times, codes, time))
    usual = _Course(
        span=span, time=time, staff=_step(staff_times, staff, time), strength=int(staff.max()), reason=reason
    )
    servers, reason = usual.under(interventions)
    foreseen = [each for each in interventions if each.is_planned]
    planned = servers if len(foreseen) == len(interventions) else usual.under(foreseen)[0]
    shift = np.isin(time, team_ends) & (np.append(0, servers[:-1]) > 0)
    kept = changes(servers, planned, reason) | shift
    return Levels(
        time=time[kept],
        servers=servers[kept],
        planned=planned[kept],
        reason=np.array(_PRECEDENCE)[reason[kept]],
        shift=shift[kept],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """A station over time as its calendars and its staff have it. Arrays of shape (n,)"""

    span: Span
    time: IntArray  # [ms]
    staff: IntArray  # on duty if it is open
    strength: int  # the most there ever are
    reason: IntArray  # why it is closed, index into _PRECEDENCE; _FULL = open

    def under(self, interventions: Sequence[Intervention]) -> tuple[IntArray, IntArray]:
        """Servers with some interventions, and why they are fewer than at full strength."""
        staff, reason = self.staff.copy(), self.reason.copy()
        why, lost = np.full(self.time.size, _HOURS), np.zeros(self.time.size, dtype=np.int64)
        days = self.span.days(self.span.scenario.file.period.zone)
        for each in interventions:
            code, now = _PRECEDENCE.index(each.reason), (each.begin <= self.time) & (self.time < each.end)
            if each.hours is not None:
                is_open = within(stretches(days, [each.hours] * 7), self.time)
                reason[now] = np.where(is_open, _FULL, code)[now]
            before = staff.copy()
            staff[now] = each.staffed(staff[now])
            lost[now] += each.loses
            fewer = now & ((staff < before) | (each.loses > 0))
            why[fewer] = code
        for each in interventions:
            if each.closed:
                now = (each.begin <= self.time) & (self.time < each.end)
                reason[now] = np.minimum(reason[now], _PRECEDENCE.index(each.reason))
        staff = np.where(staff < UNLIMITED, np.maximum(staff - lost, 0), staff)
        below = (reason == _FULL) & (staff < self.strength)
        return np.where(reason == _FULL, staff, 0), np.where(below, why, reason)


def speeds(scenario: Scenario, station_key: str, *, starts: int, ends: int) -> Speeds:
    """Speed of work at a station from `starts` to `ends`; where slowdowns overlap the slowest counts."""
    span = Span(scenario=scenario, starts=starts, ends=ends)
    edges = [
        (scenario.instant_ms(slow.from_), scenario.instant_ms(slow.to), max(1, round(slow.speed * FULL_SPEED)))
        for slow in scenario.file.stations[station_key].slowdowns
    ]
    time = span.cut(np.array([edge for begin, end, _ in edges for edge in (begin, end)], dtype=np.int64))
    pace = np.full(time.size, FULL_SPEED)
    for begin, end, speed in edges:
        covered = (begin <= time) & (time < end)
        pace[covered] = np.minimum(pace[covered], speed)
    kept = changes(pace)
    return Speeds(time=time[kept], speed=pace[kept])


def _calendar(scenario: Scenario, text: str) -> Calendar:
    """The calendar of that key, or one of those windows every day."""
    named = scenario.file.calendars.get(text)
    return named if named is not None else Calendar(hours=windows(text))


def _closings(span: Span, calendar: Calendar) -> tuple[IntArray, IntArray]:
    """When a calendar opens or closes, and why it is closed from then on (index into _PRECEDENCE)."""
    found = openings(span, calendar)
    codes = np.array([_PRECEDENCE.index(layer.reason) for layer in found.layers])[found.ruling]
    return found.time, np.where(found.is_closed, codes, _FULL)


def _staff(
    span: Span, servers: int | str | tuple[Shift, ...] | tuple[Headcount, ...] | None
) -> tuple[IntArray, IntArray, IntArray]:
    """When the number of servers on duty changes, to how many, and when a team goes off duty. [ms], [-], [ms]"""
    nothing = np.empty(0, dtype=np.int64)
    if not isinstance(servers, tuple):
        number = servers if isinstance(servers, int) else UNLIMITED
        return np.array([span.starts]), np.array([number]), nothing
    shifts = [entry for entry in servers if isinstance(entry, Shift)]
    if shifts:
        return _shifts(span, shifts)
    entries = sorted(
        ((span.scenario.instant_ms(entry.from_), entry.servers) for entry in servers if isinstance(entry, Headcount)),
        key=lambda entry: entry[0],
    )
    before = min([span.starts, *(at for at, _ in entries)]) - 1
    times, counts = zip((before, 0), *entries, strict=True)
    return np.array(times), np.array(counts), nothing


def _shifts(span: Span, shifts: list[Shift]) -> tuple[IntArray, IntArray, IntArray]:
    """The same for shifts of every day: servers of all teams on duty; a team whose own hours touch stays on."""
    days = span.days(span.scenario.file.period.zone)
    duty = [(stretches(days, [shift.hours] * 7), shift.servers) for shift in shifts]
    # not cut to the span, so that full strength is that of a whole day however short the span
    time = distinct(np.concatenate([[span.starts], *(np.ravel(hours) for hours, _ in duty)]))
    on_duty = np.zeros(time.size, dtype=np.int64)
    for hours, count in duty:
        on_duty += count * within(hours, time)
    return time, on_duty, np.concatenate([hours[:, 1] for hours, _ in duty])


def _step(times: IntArray, values: IntArray, at: IntArray) -> IntArray:
    """A step function at some times, none of them before its first. shape of at"""
    found: IntArray = values[np.searchsorted(times, at, side="right") - 1]
    return found
