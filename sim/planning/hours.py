"""When calendars are open: windows of the local clock laid on the simulation's, layer over layer.

Every window is half-open and belongs to the local clock of its calendar. The layers of a calendar, each before
the next: weekly hours, make-up workdays, ramps around public holidays, public holidays, notices. Where a layer
applies, its hours replace those of the layers before it at every instant of its days and at no other: a night
shift that began before ends when the layer begins, and one of its own nights is cut where it ends. Of two
ramps or notices for one instant the later in its list counts, of two rules for one holiday the one named first.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from sim.planning.days import WEEKDAYS, Days, local_days
from sim.planning.plan import IntArray
from sim.scenario.dated import Feast, Reason
from sim.scenario.holiday_days import Holiday, makeup_days, runs
from sim.scenario.scenario import Scenario, after_start
from sim.scenario.schema import Calendar
from sim.scenario.units import DAY

Windows = tuple[tuple[int, int], ...]
_1970 = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
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
        return distinct(np.append(inside, self.starts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Hours that hold in some spans of time."""

    part: str  # what of the calendar says so: hours, on_holidays.tet, notices[1]
    weekly: tuple[Windows, ...]  # windows of Monday to Sunday
    reason: Reason  # why it is closed outside of them
    cover: tuple[tuple[int, int], ...]  # [ms] where it holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """A calendar over time: at each time which layer rules from then on, and whether it is closed. shape (n,)"""

    layers: tuple[Layer, ...]
    time: IntArray  # [ms]
    ruling: IntArray  # index into layers
    is_closed: npt.NDArray[np.bool_]


def openings(span: Span, calendar: Calendar) -> Openings:
    """When a calendar opens, closes, or comes under another layer; the first time is the beginning of the span."""
    zone = calendar.zone or span.scenario.file.period.zone
    days = span.days(zone)
    layers = _layers(span, calendar, zone, days)
    hours = [stretches(days, layer.weekly) for layer in layers]
    edges = [np.ravel(np.array(layer.cover, dtype=np.int64)) for layer in layers]
    time = span.cut(np.concatenate([*edges, *(np.ravel(open_) for open_ in hours)]))
    ruling = np.zeros(time.size, dtype=np.int64)
    for index, layer in enumerate(layers):
        for begin, end in layer.cover:
            ruling[(begin <= time) & (time < end)] = index
    is_closed = np.zeros(time.size, dtype=np.bool_)
    for index, open_ in enumerate(hours):
        is_closed |= (ruling == index) & ~within(open_, time)
    return Openings(layers=layers, time=time, ruling=ruling, is_closed=is_closed)


def _layers(span: Span, calendar: Calendar, zone: str, days: Days) -> tuple[Layer, ...]:
    """The layers of a calendar, each before the next; the first holds everywhere."""
    weekly = tuple(calendar.weekly.get(name, calendar.hours) for name in WEEKDAYS)
    found = [Layer(part="hours", weekly=weekly, reason="hours", cover=())]
    found += _holiday_layers(span, calendar, zone, days)
    for index, notice in enumerate(calendar.notices):
        begin, end = (after_start(edge, span.scenario.start, ZoneInfo(zone)) for edge in (notice.from_, notice.to))
        found.append(_layer(f"notices[{index}]", notice.hours, notice.reason, [(begin, end)]))
    return tuple(found)


def _holiday_layers(span: Span, calendar: Calendar, zone: str, days: Days) -> Iterator[Layer]:
    """What public holidays and make-up workdays change."""
    if calendar.holidays is None:
        return
    first, last = (dt.date.fromordinal(int(days.number[edge]) + _1970) for edge in (0, -1))
    far = dt.timedelta(days=61)  # a ramp is at most 60 days long
    holidays = runs(calendar.holidays, first - far, last + far)

    def spell(begin: dt.date, end: dt.date) -> tuple[int, int]:
        """From the midnight before a date to that before another. [ms]"""
        at = [
            after_start(dt.datetime.combine(day, dt.time()), span.scenario.start, ZoneInfo(zone))
            for day in (begin, end)
        ]
        return at[0], at[1]

    def shifted(day: dt.date, by: int) -> dt.date:
        return day + dt.timedelta(days=by)

    worked = [spell(day, shifted(day, 1)) for day in makeup_days(calendar.holidays, first, last)]
    hours = calendar.hours if calendar.on_makeup_days is None else calendar.on_makeup_days
    yield _layer("on_makeup_days", hours, "hours", worked)
    for index, ramp in enumerate(calendar.ramps):
        meant = [run for run in holidays if is_meant(run, ramp.only)]
        before = [spell(shifted(run.first, -ramp.before), run.first) for run in meant if ramp.before]
        after = [spell(shifted(run.last, 1), shifted(run.last, 1 + ramp.after)) for run in meant if ramp.after]
        yield _layer(f"ramps[{index}]", ramp.hours, "holiday", before + after)
    for part, rule, only in _rules(calendar):
        cover = [spell(run.first, shifted(run.last, 1)) for run in holidays if is_meant(run, only)]
        yield _layer(part, rule, "holiday", cover)


def _rules(calendar: Calendar) -> list[tuple[str, Windows, tuple[Feast, ...]]]:
    """The rules for holidays, the one named first last, so that it counts."""
    rule = calendar.on_holidays
    if isinstance(rule, dict):
        return [(f"on_holidays.{feast}", rule[feast], (feast,)) for feast in reversed(rule)]
    return [("on_holidays", rule, ())] if rule is not None else []


def is_meant(run: Holiday, only: Sequence[Feast]) -> bool:
    """Whether a run of days off holds one of the holidays named; all are meant if none is."""
    return not only or any(feast in only for feast in run.feasts)


def _layer(part: str, hours: Windows, reason: Reason, cover: list[tuple[int, int]]) -> Layer:
    return Layer(part=part, weekly=(hours,) * 7, reason=reason, cover=tuple(cover))


# ------------------------------------------------------------------------------------ windows over time


def stretches(days: Days, weekly: Sequence[Windows]) -> IntArray:
    """Beginning and end of each stretch of windows that repeat by weekday, touching ones merged. [ms], shape (n, 2)"""
    found = [np.empty((0, 2), dtype=np.int64)]
    weekdays = days.weekday
    for weekday, opened in enumerate(weekly):
        day = np.flatnonzero(weekdays == weekday)
        for begin, end in opened:
            found.append(np.column_stack([days.at(day, begin), _end(days, day, end)]))
    joined = np.concatenate(found)
    joined = joined[np.argsort(joined[:, 0], kind="stable")]
    return merged(joined[joined[:, 0] < joined[:, 1]])


def _end(days: Days, day: IntArray, clock: int) -> IntArray:
    """When the clock of a day shows a time that may lie over midnight. [ms]"""
    if clock <= DAY:
        return days.at(day, clock)
    following = np.minimum(day + 1, days.number.size - 1)
    # the night after the last day lies outside of every span, so that its length there does not matter
    return np.where(following > day, days.at(following, clock - DAY), days.begins[day + 1])


def merged(spans: IntArray) -> IntArray:
    """Spans sorted by their beginning, those that touch or overlap made one. [ms], shape (n, 2)"""
    if not spans.size:
        return spans
    reach = np.maximum.accumulate(spans[:, 1])
    first = np.append(True, spans[1:, 0] > reach[:-1])
    last = np.append(first[1:], True)
    return np.column_stack([spans[first, 0], reach[last]])


def within(spans: IntArray, time: IntArray) -> npt.NDArray[np.bool_]:
    """Whether each time lies in one of the merged spans, shape of time."""
    inside: npt.NDArray[np.bool_] = np.searchsorted(np.ravel(spans), time, side="right") % 2 == 1
    return inside


def distinct(times: IntArray) -> IntArray:
    """Sorted, each once; quicker for some thousands than by hashing."""
    ordered = np.sort(times)
    return ordered[changes(ordered)]


def changes(*columns: IntArray) -> npt.NDArray[np.bool_]:
    """Where a row differs from the one before; the first always does."""
    return np.append(True, np.any([np.diff(column) != 0 for column in columns], axis=0))
