"""Servers and speed of a station as step functions of time: hours, holidays, notices, shifts, slowdowns.

Every window is half-open and belongs to the local clock of its calendar. A notice replaces the hours of its
calendar at every instant from `from` until `to` and at no other: a night shift that began before it ends
when it begins, and one of its own nights is cut where it ends. Of two notices for one instant the later in
the list counts.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from sim.planning.days import WEEKDAYS, Days, local_days
from sim.planning.plan import FULL_SPEED, UNLIMITED, IntArray
from sim.scenario.scenario import Scenario, after_start
from sim.scenario.schema import Calendar, Headcount, Shift
from sim.scenario.units import DAY, windows

# of several reasons at one instant the first counts; "" is full strength
_PRECEDENCE = ("holiday", "incident", "order", "hours", "")
_FULL, _HOURS = _PRECEDENCE.index(""), _PRECEDENCE.index("hours")
_Windows = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Servers of a station from each time on, until the next; the first row is the beginning of the span."""

    time: IntArray  # [ms], rising, shape (n,)
    servers: IntArray  # UNLIMITED where they are, or where the station has places only
    reason: npt.NDArray[np.str_]  # why there are fewer than ever: hours, holiday, incident, order; "" = there are not
    shift: npt.NDArray[np.bool_]  # a team goes off duty here, even if as many come


@dataclass(frozen=True, slots=True, kw_only=True)
class Speeds:
    """Speed of work at a station from each time on, until the next; the first row is the beginning of the span."""

    time: IntArray  # [ms], rising, shape (n,)
    permille: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """The stretch of time that is looked at."""

    scenario: Scenario
    starts: int
    ends: int

    def days(self, zone: str) -> Days:
        """The local dates of a zone that meet it, and the one before, whose night may reach into it."""
        return local_days(zone, self.scenario.start, starts=self.starts, ends=self.ends, before=1)

    def cut(self, times: IntArray) -> IntArray:
        """The distinct times strictly inside, with the beginning before them. [ms]"""
        inside = times[(times > self.starts) & (times < self.ends)]
        return _distinct(np.append(inside, self.starts))


def levels(scenario: Scenario, station_key: str, *, starts: int, ends: int) -> Levels:
    """Servers of a station from `starts` (may be negative) to `ends`, in ms after the scenario's start.

    Closed by its hours it has none, for the reason of the calendar that closes it; if several do, holiday
    counts before incident, incident before order, order before hours. Open with fewer servers than it ever has
    (a smaller shift, an earlier headcount), the reason is hours. A team that is sent home by the hours goes
    off duty then, not at the end of its shift.
    """
    station = scenario.file.stations[station_key]
    span = _Span(scenario=scenario, starts=starts, ends=ends)
    hours = station.hours if isinstance(station.hours, tuple) else (station.hours,) if station.hours else ()
    calendars = [_openings(span, _calendar(scenario, text)) for text in hours]
    staff_times, staff, team_ends = _staff(span, station.servers)
    time = span.cut(np.concatenate([staff_times, team_ends, *(times for times, _ in calendars)]))
    reason = np.full(time.size, _FULL)
    for times, codes in calendars:
        reason = np.minimum(reason, _step(times, codes, time))
    on_duty = _step(staff_times, staff, time)
    servers = np.where(reason == _FULL, on_duty, 0)
    reason = np.where((reason == _FULL) & (on_duty < staff.max()), _HOURS, reason)
    shift = np.isin(time, team_ends) & (np.append(0, servers[:-1]) > 0)
    kept = _changes(servers, reason) | shift
    return Levels(
        time=time[kept],
        servers=servers[kept],
        reason=np.array(_PRECEDENCE)[reason[kept]],
        shift=shift[kept],
    )


def speeds(scenario: Scenario, station_key: str, *, starts: int, ends: int) -> Speeds:
    """Speed of work at a station from `starts` to `ends`; where slowdowns overlap the slowest counts."""
    span = _Span(scenario=scenario, starts=starts, ends=ends)
    edges = [
        (scenario.instant_ms(slow.from_), scenario.instant_ms(slow.to), max(1, round(slow.speed * FULL_SPEED)))
        for slow in scenario.file.stations[station_key].slowdowns
    ]
    time = span.cut(np.array([edge for begin, end, _ in edges for edge in (begin, end)], dtype=np.int64))
    permille = np.full(time.size, FULL_SPEED)
    for begin, end, speed in edges:
        covered = (begin <= time) & (time < end)
        permille[covered] = np.minimum(permille[covered], speed)
    kept = _changes(permille)
    return Speeds(time=time[kept], permille=permille[kept])


def _calendar(scenario: Scenario, text: str) -> Calendar:
    """The calendar of that key, or one of those windows every day."""
    named = scenario.file.calendars.get(text)
    return named if named is not None else Calendar(hours=windows(text))


def _openings(span: _Span, calendar: Calendar) -> tuple[IntArray, IntArray]:
    """When a calendar opens or closes, and why it is closed from then on (index into _PRECEDENCE)."""
    zone = calendar.zone or span.scenario.file.period.zone
    days = span.days(zone)
    weekly = [calendar.weekly.get(name, calendar.hours) for name in WEEKDAYS]
    layers = [(_stretches(days, weekly), "hours")]
    cover = []
    for notice in calendar.notices:
        layers.append((_stretches(days, [notice.hours] * 7), notice.reason))
        cover.append([after_start(edge, span.scenario.start, ZoneInfo(zone)) for edge in (notice.from_, notice.to)])
    time = span.cut(
        np.concatenate([np.ravel(cover).astype(np.int64), *(np.ravel(stretches) for stretches, _ in layers)])
    )
    ruling = np.zeros(time.size, dtype=np.int64)
    for index, (begin, end) in enumerate(cover, start=1):
        ruling[(begin <= time) & (time < end)] = index
    codes = np.full(time.size, _FULL)
    for index, (stretches, reason) in enumerate(layers):
        shut = (ruling == index) & ~_within(stretches, time)
        codes[shut] = _PRECEDENCE.index(reason)
    return time, codes


def _stretches(days: Days, weekly: list[_Windows]) -> IntArray:
    """Beginning and end of each stretch of windows that repeat by weekday, touching ones merged. [ms], shape (n, 2)"""
    found = [np.empty((0, 2), dtype=np.int64)]
    weekdays = days.weekday
    for weekday, opened in enumerate(weekly):
        day = np.flatnonzero(weekdays == weekday)
        for begin, end in opened:
            found.append(np.column_stack([days.at(day, begin), _end(days, day, end)]))
    stretches = np.concatenate(found)
    stretches = stretches[np.argsort(stretches[:, 0], kind="stable")]
    return _merged(stretches[stretches[:, 0] < stretches[:, 1]])


def _end(days: Days, day: IntArray, clock: int) -> IntArray:
    """When the clock of a day shows a time that may lie over midnight. [ms]"""
    if clock <= DAY:
        return days.at(day, clock)
    following = np.minimum(day + 1, days.number.size - 1)
    # the night after the last day lies outside of every span, so that its length there does not matter
    return np.where(following > day, days.at(following, clock - DAY), days.begins[day + 1])


def _merged(stretches: IntArray) -> IntArray:
    """Stretches sorted by their beginning, those that touch or overlap made one. [ms], shape (n, 2)"""
    if not stretches.size:
        return stretches
    reach = np.maximum.accumulate(stretches[:, 1])
    first = np.append(True, stretches[1:, 0] > reach[:-1])
    last = np.append(first[1:], True)
    return np.column_stack([stretches[first, 0], reach[last]])


def _within(stretches: IntArray, time: IntArray) -> npt.NDArray[np.bool_]:
    """Whether each time lies in one of the merged stretches, shape of time."""
    within: npt.NDArray[np.bool_] = np.searchsorted(np.ravel(stretches), time, side="right") % 2 == 1
    return within


def _staff(
    span: _Span, servers: int | str | tuple[Shift, ...] | tuple[Headcount, ...] | None
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


def _shifts(span: _Span, shifts: list[Shift]) -> tuple[IntArray, IntArray, IntArray]:
    """The same for shifts of every day: servers of all teams on duty; a team whose own hours touch stays on."""
    days = span.days(span.scenario.file.period.zone)
    duty = [(_stretches(days, [shift.hours] * 7), shift.servers) for shift in shifts]
    # not cut to the span, so that full strength is that of a whole day however short the span
    time = _distinct(np.concatenate([[span.starts], *(np.ravel(stretches) for stretches, _ in duty)]))
    on_duty = np.zeros(time.size, dtype=np.int64)
    for stretches, count in duty:
        on_duty += count * _within(stretches, time)
    return time, on_duty, np.concatenate([stretches[:, 1] for stretches, _ in duty])


def _distinct(times: IntArray) -> IntArray:
    """Sorted, each once; quicker for some thousands than by hashing."""
    ordered = np.sort(times)
    return ordered[_changes(ordered)]


def _step(times: IntArray, values: IntArray, at: IntArray) -> IntArray:
    """A step function at some times, none of them before its first. shape of at"""
    found: IntArray = values[np.searchsorted(times, at, side="right") - 1]
    return found


def _changes(*columns: IntArray) -> npt.NDArray[np.bool_]:
    """Where a row differs from the one before; the first always does."""
    return np.append(True, np.any([np.diff(column) != 0 for column in columns], axis=0))
