"""Local dates of a time zone laid on the simulation's clock, days of 23 and 25 hours included.

A day runs from its local midnight to the next. On the day the clocks go forward, a clock time that is
skipped stands for the moment of the jump; on the day they go back, a clock time that comes twice stands for
its first coming. Each day holds at most one change of the clock.
"""

import datetime as dt
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from sim.planning.plan import IntArray
from sim.scenario.scenario import after_start
from sim.scenario.units import DAY

WEEKDAYS: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = (
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
)
_MS = dt.timedelta(milliseconds=1)
_1970 = dt.date(1970, 1, 1).toordinal()  # a Thursday


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Successive local dates of one zone."""

    number: IntArray  # days since 1970-01-01, shape (n,)
    begins: IntArray  # [ms] local midnights after the scenario's start, the one after the last too, shape (n + 1,)
    turn: IntArray  # [ms] how long after midnight the clock is changed; 0 on ordinary days, shape (n,)
    ahead: IntArray  # [ms] by how much it is then put forward; 0 on ordinary days, shape (n,)

    @property
    def weekday(self) -> IntArray:
        """0 for Monday to 6 for Sunday, shape (n,)."""
        return (self.number + 3) % 7

    @property
    def length(self) -> IntArray:
        """Real length of each day. [ms], shape (n,)."""
        return np.diff(self.begins)

    def at(self, day: IntArray, clock: int) -> IntArray:
        """When the clock of a day (an index) shows a time after midnight; DAY is the next midnight. [ms]"""
        turn, ahead = self.turn[day], self.ahead[day]
        return self.begins[day] + np.where(clock < turn, clock, np.maximum(clock - ahead, turn))

    def clock(self, day: IntArray, elapsed: IntArray) -> IntArray:
        """What the clock of a day (an index) shows some time after its midnight. [ms]"""
        ahead = self.ahead
        return elapsed + np.where(elapsed >= self.turn[day], ahead[day], 0) if ahead.any() else elapsed


def local_days(zone: str, start: dt.datetime, *, starts: int, ends: int, before: int = 0) -> Days:
    """The local dates of the zone that meet [starts, ends), in ms after `start`, and as many before them as said."""
    first = _date(zone, start, starts) - before
    return _days(zone, start.astimezone(dt.UTC), first, _date(zone, start, max(starts, ends - 1)) + 1 - first)


def _date(zone: str, start: dt.datetime, at: int) -> int:
    """Proleptic ordinal of the local date at an instant."""
    return (start.astimezone(dt.UTC) + at * _MS).astimezone(ZoneInfo(zone)).toordinal()


@lru_cache(maxsize=64)
def _days(zone: str, start: dt.datetime, first: int, count: int) -> Days:
    midnights = [dt.datetime.fromordinal(first + day).replace(tzinfo=ZoneInfo(zone)) for day in range(count + 1)]
    begins = np.array([after_start(midnight, start, ZoneInfo(zone)) for midnight in midnights], dtype=np.int64)
    ahead = DAY - np.diff(begins)
    turn = np.zeros(count, dtype=np.int64)
    for day in np.flatnonzero(ahead):
        turn[day] = _turn(midnights[day], midnights[day + 1])
    return Days(number=np.arange(first, first + count) - _1970, begins=begins, turn=turn, ahead=ahead)


def _turn(midnight: dt.datetime, following: dt.datetime) -> int:
    """How long after midnight the clock takes the offset of the following midnight. [ms]"""
    begin, zone, offset = midnight.astimezone(dt.UTC), midnight.tzinfo, following.utcoffset()
    length = (following.astimezone(dt.UTC) - begin) // _MS
    return bisect_left(range(length), True, key=lambda ms: (begin + ms * _MS).astimezone(zone).utcoffset() == offset)
