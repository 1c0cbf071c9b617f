"""The rate at which a flow's trucks appear, without chance: by the clock, the weekday and the season.

Rates are per hour. The clock is that of the period's zone: an hour that comes twice when clocks go back
carries its rate twice, one that is skipped not at all.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import pi

import numpy as np

from sim.planning.days import WEEKDAYS, Days, local_days
from sim.planning.keyed import FloatArray
from sim.planning.plan import IntArray
from sim.scenario.scenario import Scenario
from sim.scenario.schema import Flow, RatePoint, RateSlot, Season, Wave
from sim.scenario.units import DAY, MS

_HOUR = MS["h"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """A rate that repeats every day, linear on each piece of it and free to jump between them."""

    at: FloatArray  # [ms] after midnight: 0, ..., DAY, shape (n + 1,)
    left: FloatArray  # [1/h] at the beginning of each piece, shape (n,)
    right: FloatArray  # [1/h] towards its end

    @property
    def peak(self) -> float:
        """The highest rate. [1/h]"""
        return float(max(self.left.max(), self.right.max()))

    @property
    def slope(self) -> FloatArray:
        """How the rate changes on each piece. [1/h/ms], shape (n,)"""
        slope: FloatArray = (self.right - self.left) / np.diff(self.at)
        return slope

    def rates(self, clock: IntArray) -> FloatArray:
        """The rate at a time after midnight. [1/h]"""
        piece = self._piece(clock)
        rates: FloatArray = self.left[piece]
        if not np.array_equal(self.left, self.right):
            rates = rates + self.slope[piece] * (clock - self.at[piece])
        return rates

    def trucks(self, clock: IntArray) -> FloatArray:
        """The integral of the rate from midnight on [-]."""
        span, slope = np.diff(self.at), self.slope
        whole = np.append(0.0, np.cumsum((self.left + self.right) / 2 * span))
        piece = self._piece(clock)
        past = clock - self.at[piece]
        trucks: FloatArray = (whole[piece] + past * (self.left[piece] + slope[piece] * past / 2)) / _HOUR
        return trucks

    def _piece(self, clock: IntArray) -> IntArray:
        return np.searchsorted(self.at[1:-1], clock, side="right")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRate:
    """The rate of a flow over the days of the period."""

    days: Days  # of the period's zone
    shape: Daily | Wave
    weekday: FloatArray  # factor of each day, shape (n_days,)
    edges: IntArray  # [ms] where the season factor changes, the first before every day
    season: FloatArray  # factor from each edge on

    @property
    def peaks(self) -> FloatArray:
        """A rate that is not exceeded on each day. [1/h], shape (n_days,)"""
        top = self.shape.peak if isinstance(self.shape, Daily) else self.shape.mean + self.shape.amplitude
        if self.season.size == 1:
            return np.asarray(top * self.weekday)
        first = np.searchsorted(self.edges, self.days.begins[:-1], side="right") - 1
        last = np.searchsorted(self.edges, self.days.begins[1:], side="left")
        season = [self.season[begin:end].max() for begin, end in zip(first, last, strict=True)]
        peaks: FloatArray = top * self.weekday * np.array(season)
        return peaks

    def rates(self, day: IntArray, elapsed: IntArray) -> FloatArray:
        """The rate at some time after the midnight of a day (an index). [1/h], shape of day"""
        if isinstance(self.shape, Wave):
            since = self.days.begins[day] + elapsed - self.days.begins[0] - self.shape.rises
            phase = since * (2 * pi / self.shape.period)
            rates: FloatArray = self.shape.mean + self.shape.amplitude * np.sin(phase)
        else:
            rates = self.shape.rates(self.days.clock(day, elapsed))
        return rates * self._factors(day, elapsed)

    def trucks(self, starts: int, ends: int) -> float:
        """The integral of the rate over [starts, ends), which lies within the days [-]."""
        days = self.days
        turns = (days.begins[:-1] + days.turn)[days.turn > 0]
        cuts = np.unique(np.concatenate([days.begins, turns, self.edges, [starts, ends]]))
        cuts = cuts[(cuts >= starts) & (cuts <= ends)]
        begin, span = cuts[:-1], np.diff(cuts)
        day = np.searchsorted(days.begins, begin, side="right") - 1
        elapsed = begin - days.begins[day]
        if isinstance(self.shape, Wave):
            whole = _wave_trucks(self.shape, cuts - days.begins[0])
            return float(np.sum(np.diff(whole) * self._factors(day, elapsed)))
        clock = days.clock(day, elapsed)
        return float(np.sum((self.shape.trucks(clock + span) - self.shape.trucks(clock)) * self._factors(day, elapsed)))

    def _factors(self, day: IntArray, elapsed: IntArray) -> FloatArray:
        factors: FloatArray = self.weekday[day]
        if self.season.size > 1:  # else it is 1 throughout
            factors = factors * self.season[np.searchsorted(self.edges, self.days.begins[day] + elapsed, "right") - 1]
        return factors


def flow_rate(scenario: Scenario, flow: Flow) -> FlowRate:
    """The rate of arrivals of a flow that has a volume or a rate; each arrival is a whole convoy."""
    zone = scenario.file.period.zone
    days = local_days(zone, scenario.start, starts=0, ends=scenario.length_ms)
    by_name = np.array([flow.weekdays.get(name, 1.0) for name in WEEKDAYS])
    edges, season = _seasons(scenario, flow.seasons, int(days.begins[0]))
    return FlowRate(days=days, shape=_shape(scenario, flow), weekday=by_name[days.weekday], edges=edges, season=season)


def _shape(scenario: Scenario, flow: Flow) -> Daily | Wave:
    if flow.volume is not None:
        mean = flow.volume / flow.convoy
        if flow.profile is None:
            return _flat([(0, DAY, mean)])
        return _flat(
            [
                (begin, end, mean * share * DAY / sum(stop - start for start, stop in windows))
                for windows, share in scenario.file.profiles[flow.profile].shares.items()
                for begin, end in windows
            ]
        )
    rate = flow.rate
    if isinstance(rate, Wave):
        return rate
    if not isinstance(rate, tuple):
        return _flat([(0, DAY, rate or 0.0)])
    points = [point for point in rate if isinstance(point, RatePoint)]
    if points:
        return _linear(points)
    return _flat([(begin, end, s.rate) for s in rate if isinstance(s, RateSlot) for begin, end in s.hours])


def _flat(windows: list[tuple[int, int, float]]) -> Daily:
    """Constant rates in windows of every day, added where they overlap; a window over midnight is split there."""
    parts = [(begin, min(end, DAY), rate) for begin, end, rate in windows]
    parts += [(0, end - DAY, rate) for _, end, rate in windows if end > DAY]
    at = np.unique([0, DAY, *(edge for begin, end, _ in parts for edge in (begin, end))])
    rates = np.zeros(at.size - 1)
    for begin, end, rate in parts:
        rates[(begin <= at[:-1]) & (at[:-1] < end)] += rate
    return Daily(at=at.astype(np.float64), left=rates, right=rates)


def _linear(points: list[RatePoint]) -> Daily:
    """Linear between points; after the last the rate runs to the first of the next day."""
    known = sorted(((point.at, point.rate) for point in points), key=lambda point: point[0])
    first, last = known[0], known[-1]
    known = [(last[0] - DAY, last[1]), *known, (first[0] + DAY, first[1])]
    at, left, right = [], [], []
    for (begin, from_rate), (end, to_rate) in pairwise(known):
        inside = max(begin, 0), min(end, DAY)
        if inside[0] < inside[1]:
            from_inside, to_inside = np.interp(inside, (begin, end), (from_rate, to_rate))
            at.append(inside[0])
            left.append(from_inside)
            right.append(to_inside)
    return Daily(at=np.array([*at, DAY], dtype=np.float64), left=np.array(left), right=np.array(right))


def _seasons(scenario: Scenario, seasons: tuple[Season, ...], begin: int) -> tuple[IntArray, FloatArray]:
    """Where the product of the season factors changes, and to what. [ms], [-]"""
    spans = [(scenario.instant_ms(season.from_), scenario.instant_ms(season.to), season.factor) for season in seasons]
    edges = np.unique([begin, *(max(edge, begin) for start, stop, _ in spans for edge in (start, stop))])
    factors = np.ones(edges.size)
    for start, stop, factor in spans:
        factors[(start <= edges) & (edges < stop)] *= factor
    return edges, factors


def _wave_trucks(wave: Wave, elapsed: IntArray) -> FloatArray:
    """The integral of a wave from its beginning on [-]."""
    turn = 2 * pi / wave.period
    swing = wave.amplitude * (np.cos(turn * wave.rises) - np.cos(turn * (elapsed - wave.rises))) / turn
    trucks: FloatArray = (wave.mean * elapsed + swing) / _HOUR
    return trucks
