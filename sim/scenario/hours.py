"""How long stations are open: enough for checks and estimates. The exact step functions are planning's."""

import datetime as dt
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from sim.scenario.draft import each, hours_of
from sim.scenario.holiday_days import makeup_days, runs
from sim.scenario.scenario import after_start, aware
from sim.scenario.schema import Calendar, Headcount, Shift, Station
from sim.scenario.units import DAY

Windows = Sequence[tuple[int, int]]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def words(station: Station) -> tuple[str, ...]:
    """The calendars or windows a station keeps."""
    return (station.hours,) if isinstance(station.hours, str) else station.hours or ()


def is_always(windows: Windows) -> bool:
    """Whether windows cover the whole day."""
    return sum(end - start for start, end in windows) >= DAY


def varies(station: Station, calendars: Mapping[str, Calendar]) -> bool:
    """Whether its number of servers changes with time."""
    if isinstance(station.servers, tuple):
        return len(station.servers) > 1 or any(isinstance(e, Shift) and not is_always(e.hours) for e in station.servers)
    for word in words(station):
        found = hours_of(word, calendars)
        if isinstance(found, Calendar):
            if found.notices or not all(is_always(day) for day in days_of(found)):
                return True
        elif found is not None and not is_always(found):
            return True
    return False


def days_of(calendar: Calendar) -> list[Windows]:
    """The windows of every kind of day a calendar knows."""
    days: list[Windows] = [calendar.hours, *calendar.weekly.values(), *(n.hours for _, n in each(calendar.notices))]
    days += [ramp.hours for _, ramp in each(calendar.ramps)]
    off = calendar.on_holidays
    days += off.values() if isinstance(off, dict) else [] if off is None else [off]
    return days if calendar.on_makeup_days is None else [*days, calendar.on_makeup_days]


def longest_window(station: Station, calendars: Mapping[str, Calendar]) -> int | None:
    """An upper bound of the longest time it is ever open without a break [ms]; 0 = never; None = no bound."""
    bounds: list[int | None] = []
    if isinstance(station.servers, tuple):
        counts = [e for e in station.servers if e is not None and e.servers > 0]
        shifts = [w for e in counts if isinstance(e, Shift) for w in e.hours]
        bounds.append(0 if not counts else _longest(shifts) if shifts else None)
    elif station.servers == 0:
        return 0
    for word in words(station):
        found = hours_of(word, calendars)
        if isinstance(found, Calendar):
            bounds.append(_longest([window for day in days_of(found) for window in day]))
        elif found is not None:
            bounds.append(_longest(found))
    known = [b for b in bounds if b is not None]
    return min(known) if known else None


def _longest(windows: Windows) -> int | None:
    """The longest of the windows, those that touch taken together; None if they cover a day."""
    best, run, last = 0, 0, None
    for start, end in sorted(set(windows)):
        run = run + end - start if last == start else end - start
        best, last = max(best, run), end
    starts_at_midnight = any(start == 0 for start, _ in windows)
    if windows and starts_at_midnight and any(end == DAY for _, end in windows):
        best = max(
            best,
            sum(end - start for start, end in windows if start == 0)
            + sum(end - start for start, end in windows if end == DAY),
        )
    return None if best >= DAY else best


def server_hours(station: Station, calendars: Mapping[str, Calendar], start: dt.datetime, length_ms: int) -> float:
    """Hours of service all its servers together can give in the period; an estimate by whole local days."""
    if station.servers in (None, "unlimited"):
        return float("inf")
    zone = start.tzinfo
    assert isinstance(zone, ZoneInfo)  # periods start in a named zone
    days = max(1, -(-length_ms // DAY))
    step = max(1, days // 400)
    total, counted = 0.0, 0
    for n in range(0, days, step):
        date = start.date() + dt.timedelta(days=n)
        open_windows: list[tuple[int, int]] = [(0, DAY)]
        for word in words(station):
            found = hours_of(word, calendars)
            day = _day_of(found, date, start, zone) if isinstance(found, Calendar) else found
            open_windows = intersection(open_windows, day or ())
        total += _servers_on(station, open_windows, date, start, zone)
        counted += 1
    return total / counted * length_ms / DAY


def _day_of(calendar: Calendar, date: dt.date, start: dt.datetime, zone: ZoneInfo) -> Windows:
    """Windows of one date, in the clock of the period; a notice counts if it covers the date's noon."""
    noon = after_start(dt.datetime.combine(date, dt.time(12)), start, zone)
    rule = _of_holidays(calendar, date)
    windows = calendar.weekly.get(WEEKDAYS[date.weekday()], calendar.hours) if rule is None else rule  # type: ignore[call-overload]
    for notice in calendar.notices:
        if notice is not None and after_start(notice.from_, start, zone) <= noon < after_start(notice.to, start, zone):
            windows = notice.hours
    if calendar.zone is None:
        return tuple(windows)
    there = aware(dt.datetime.combine(date, dt.time(12)), ZoneInfo(calendar.zone)).utcoffset() or dt.timedelta()
    here = aware(dt.datetime.combine(date, dt.time(12)), zone).utcoffset() or dt.timedelta()
    shift = (here - there) // dt.timedelta(milliseconds=1)
    return [(a + shift, b + shift) for a, b in windows]


def _of_holidays(calendar: Calendar, date: dt.date) -> Windows | None:
    """What the rule for public holidays says of a date; None if it says nothing."""
    rule = calendar.on_holidays
    if calendar.holidays is None:
        return None
    found = next(iter(runs(calendar.holidays, date, date)), None)
    if found is not None:
        if not isinstance(rule, dict):
            return rule
        return next((hours for feast, hours in rule.items() if feast in found.feasts), None)
    if makeup_days(calendar.holidays, date, date):
        return calendar.hours if calendar.on_makeup_days is None else calendar.on_makeup_days
    return None


def intersection(a: Windows, b: Windows) -> list[tuple[int, int]]:
    """Times of a day in both, windows that leave the day wrapped round."""
    found = []
    for start, end in a:
        for low, high in b:
            for turn in (-DAY, 0, DAY):
                inside = max(start, low + turn), min(end, high + turn)
                if inside[0] < inside[1]:
                    found.append(inside)
    return found


def _servers_on(station: Station, windows: Windows, date: dt.date, start: dt.datetime, zone: ZoneInfo) -> float:
    """Server-hours of one date within the windows."""
    hours = sum(b - a for a, b in windows) / 3_600_000
    if isinstance(station.servers, int):
        return station.servers * hours
    assert isinstance(station.servers, tuple)  # the only other kind that is not unlimited
    noon = after_start(dt.datetime.combine(date, dt.time(12)), start, zone)
    total, now = 0.0, 0
    for entry in station.servers:
        if isinstance(entry, Shift):
            total += entry.servers * sum(b - a for a, b in intersection(windows, entry.hours)) / 3_600_000
        elif isinstance(entry, Headcount) and after_start(entry.from_, start, zone) <= noon:
            now = entry.servers
    return total + now * hours
