"""The last word of a search: the best few run again with chance that had no part in choosing them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sim.experiment.levers import Levels
from sim.experiment.trials import Judge, Trial, Trials
from sim.measure.statistics import LEVEL, Interval, paired_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Final:
    """What the last runs say."""

    base: Trial
    ranked: tuple[Trial, ...]  # the finalists: those whose limits are safe first, the best of them first
    judge: Judge
    saving: Interval | None  # of the first against the base; None = one of them has no result
    behind: tuple[Interval | None, ...]  # of the others, how much worse each is than the first

    @property
    def best(self) -> Trial | None:
        """The setting to choose; None if no finalist has a result."""
        return self.ranked[0] if self.ranked and self.ranked[0].is_whole else None


def fresh_seed(seed: int) -> int:
    """A root seed that belongs to the last runs alone."""
    return int.from_bytes(hashlib.sha256(f"last runs of a search from {seed}".encode()).digest()[:8]) % 2**63


def final(
    trials: Trials, base: Levels, others: Sequence[Levels | None], finalists: Sequence[Trial], replications: int
) -> Final:
    """Run base and finalists, judge the limits anew and rank. `others` are what each limit compares with."""
    root = trials.trial(base, None, "base")
    compared = [None if other is None else trials.trial(other, None, "compared") for other in others]
    again = [trials.trial(trial.levels, trial.setting, "final") for trial in finalists]
    every = list(dict.fromkeys([root, *(trial for trial in compared if trial is not None), *again]))
    trials.extend([(trial, replications) for trial in every])
    judge = Judge(bounds=trials.aim.bounds, base=root, others=compared)
    ranked = sorted(again, key=lambda trial: (_class(trial, judge), trial.objective.mean if trial.is_whole else 0.0))
    best = ranked[0] if ranked and ranked[0].is_whole else None
    level = 1 - (1 - LEVEL) / max(1, len(ranked))  # of all these intervals together 95 % (Bonferroni)
    return Final(
        base=root, ranked=tuple(ranked), judge=judge,
        saving=_apart(root, best, level) if best and best is not root else None,
        behind=tuple(_apart(trial, best, level) if best else None for trial in ranked[1:]),
    )  # fmt: skip


def _class(trial: Trial, judge: Judge) -> int:
    """0 = limits kept with 95 % confidence, 1 = kept in the mean, 2 = passed, 3 = no result."""
    if not trial.is_whole:
        return 3
    return 0 if judge.is_safe(trial) else 1 if judge.is_feasible(trial) else 2


def _apart(trial: Trial, best: Trial, level: float) -> Interval | None:
    """How much more a setting counts than the best, paired."""
    return paired_interval(trial.objectives, best.objectives, level=level) if trial.is_whole else None
