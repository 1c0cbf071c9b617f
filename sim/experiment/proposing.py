"""Which settings to try next: those from which, by the surfaces through what was run, most is to be expected."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.experiment.kriging import Floats, chance_below, expected_improvement, fitted
from sim.experiment.lever_costs import Price, cost_of
from sim.experiment.levers import (
    Dial,
    Setting,
    axis_groups,
    coordinates,
    count,
    every,
    levels_of,
    neighbours,
    spread_settings,
)
from sim.experiment.trials import Judge, Trial
from sim.measure.statistics import mean, variance

_ALL = 4096  # settings up to which every one is weighed
_SAMPLE = 2048  # weighed otherwise, beside the neighbours of the best
_BEST = 3  # whose neighbours are
_PRIOR = 4  # observations that the pooled variance counts for
_FAR = 3  # times as far above the least value as the middle one: all that lies higher is as bad
_DIGITS = 9  # of an expectation that count, so that no last bit of a sum decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Settings worth a trial, and what the first of them promises."""

    settings: tuple[Setting, ...]
    promise: float  # expected improvement, in the unit of the goal


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One quantity at the points that were run, and the variance of each value."""

    values: Floats
    noise: Floats

    def and_believed(self, value: float) -> "Seen":
        """The same with one more value, as sure as the middle one of them."""
        return Seen(values=np.append(self.values, value), noise=np.append(self.noise, np.median(self.noise)))


def proposal(
    space: Sequence[Dial], prices: Sequence[Price], trials: Sequence[Trial], judge: Judge, *, batch: int, seed: int
) -> Proposal:
    """The next settings to try. `trials` are all those with a setting so far, the judge's base apart.

    Of a batch, what the surface expects at the first stands in for its result when the second is chosen, and so on
    (the "kriging believer" of Ginsbourger, Le Riche and Carraro, 2010).
    """
    whole = [trial for trial in trials if trial.is_whole and trial.setting is not None]
    tried = {trial.setting for trial in trials}
    open_ = [setting for setting in _weighed(space, whole, judge, seed) if setting not in tried]
    if not open_ or len(whole) < 2:
        return Proposal(settings=tuple(open_[:batch]), promise=float("inf") if open_ else 0.0)
    points = _points(space, [trial.setting for trial in whole if trial.setting is not None])
    groups, at = axis_groups(space), _points(space, open_)
    goal, limits = _against_base(whole, judge.base), _limit_values(whole, judge)
    costs = np.array([cost_of(prices, levels_of(space, setting)) for setting in open_], np.float64)
    best = _best(whole, goal.values, judge)
    chosen: list[int] = []
    promise = 0.0
    for _ in range(min(batch, len(open_))):
        middle, spread = fitted(points, goal.values, goal.noise, groups).at(at)
        bounds = [fitted(points, limit.values, limit.noise, groups).at(at) for limit in limits]
        chance = np.ones(len(open_))
        for excess, unsure in bounds:
            chance = chance * chance_below(excess, unsure, 0.0)
        score = chance if best is None else chance * expected_improvement(middle + costs, spread, best)
        score[chosen] = -1.0
        pick = int(np.argmax([float(f"{s:.{_DIGITS}g}") for s in score]))
        promise = promise or (float("inf") if best is None else float(score[pick]))
        chosen.append(pick)
        points = np.vstack([points, at[pick]])
        goal = goal.and_believed(float(middle[pick]))
        limits = [limit.and_believed(float(e[pick])) for limit, (e, _) in zip(limits, bounds, strict=True)]
    return Proposal(settings=tuple(open_[k] for k in chosen), promise=promise)


def _weighed(space: Sequence[Dial], whole: Sequence[Trial], judge: Judge, seed: int) -> list[Setting]:
    """The settings that are weighed, in one order."""
    if count(space) <= _ALL:
        return list(every(space))
    ranked = sorted(whole, key=lambda t: (not judge.is_feasible(t), t.objective.mean, t.number))
    near = [s for trial in ranked[:_BEST] if trial.setting for s in neighbours(space, trial.setting)]
    return list(dict.fromkeys([*near, *spread_settings(space, _SAMPLE, seed)]))


def _points(space: Sequence[Dial], settings: Sequence[Setting]) -> Floats:
    return np.array([coordinates(space, setting) for setting in settings], np.float64).reshape(len(settings), -1)


def _against_base(whole: Sequence[Trial], base: Trial) -> Seen:
    """What each setting counts more than the base, costs of levers apart."""
    zeros = [0.0] * max(trial.n for trial in whole)
    theirs = [v for v in base.counted if v is not None] if base.is_whole else zeros
    rows = [[v - t for v, t in zip(trial.counted, theirs, strict=False) if v is not None] for trial in whole]
    values = np.array([mean(row) for row in rows])
    return Seen(values=_tamed(values), noise=_noise(rows))


def _tamed(values: Floats) -> Floats:
    """Values cut off far above the middle, as a jam would else be all that the surface tells of."""
    least, middle = float(values.min()), float(np.median(values))
    return np.minimum(values, least + _FAR * (middle - least)) if middle > least else values


def _noise(rows: Sequence[Sequence[float]]) -> Floats:
    """The variance of each mean; few values lean on the variance of all."""
    own = [variance(row) if len(row) > 1 else None for row in rows]
    pooled = mean([v for v in own if v is not None]) if any(v is not None for v in own) else 0.0
    return np.array([
        (_PRIOR * pooled + (len(row) - 1) * (v or 0.0)) / (_PRIOR + len(row) - 1) / len(row)
        for row, v in zip(rows, own, strict=True)
    ])  # fmt: skip


def _limit_values(whole: Sequence[Trial], judge: Judge) -> list[Seen]:
    """The excesses of each limit that anything so far comes near to."""
    verdicts = [judge.verdicts(trial) for trial in whole]
    found = []
    for k in range(len(judge.bounds)):
        own = [row[k] for row in verdicts]
        excess = [v.excess for v in own if v.excess is not None]
        if len(excess) < len(own):
            continue
        reach = max(excess) - min(excess)
        if max(excess) > -reach:
            errors = [((v.upper or 0.0) - (v.excess or 0.0)) ** 2 / 4 for v in own]
            found.append(Seen(values=np.array(excess), noise=np.array(errors)))
    return found


def _best(whole: Sequence[Trial], values: Floats, judge: Judge) -> float | None:
    """The least goal against the base among settings that keep the limits; None if none does."""
    kept = [float(v) + t.cost for t, v in zip(whole, values, strict=True) if judge.is_feasible(t)]
    return min(kept) if kept else None
