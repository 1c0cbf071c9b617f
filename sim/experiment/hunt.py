"""The course of a search: settings spread over the whole, then where most is to be expected, then a race of the best.

What is done next depends only on complete rounds of results, so that a search that goes on takes the same course.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sim.experiment.lever_costs import Price
from sim.experiment.levers import Dial, Setting, adjacent, count, every, levels_of, spread_settings
from sim.experiment.proposing import proposal
from sim.experiment.trials import Judge, Trial, Trials, is_clearly_worse
from sim.measure.statistics import mean

FINALISTS = 4
_TWO = 2
_START = 4  # runs of a setting before anything is decided of it
_BATCH = 4  # settings a round
_CHUNK = 16  # settings a round where every one is run
_SHARE = 0.7  # of the runs that go into finding settings; the rest goes into telling them apart
_SPREAD_SHARE = 0.4
_LITTLE = 1e-3  # of what settings differ in: less is not worth a trial
_DOUBT = 0.05  # risk of dropping the best, over all that race it
CLEARLY_WORSE, PASSES, NOT_FOLLOWED = "clearly worse", "passes a limit", "not followed up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a search was after a round."""

    runs: int
    stage: str
    settings: int  # tried by then
    best: Trial | None  # that keeps the limits as far as means say
    objective: float | None  # of it then


@dataclass(slots=True, kw_only=True)
class Hunt:
    """The search proper, on one root seed."""

    space: Sequence[Dial]
    prices: Sequence[Price]
    trials: Trials
    judge: Judge
    companions: Sequence[Trial]  # the base, and what else limits compare with: they go along with every round
    budget: int  # runs
    seed: int  # of the design
    steps: list[Step] = field(default_factory=list)
    told: Callable[[int], None] = lambda _: None  # hears of the runs asked for by the end of each round

    @property
    def first_runs(self) -> int:
        """Replications a setting gets at first: the fewer, the more futures each of them is a mean of."""
        return first_runs(len(self.trials.futures))

    @property
    def settings(self) -> list[Trial]:
        """All that were tried."""
        return [trial for trial in self.trials.known.values() if trial.setting is not None]

    def run(self) -> list[Trial]:
        """The settings worth a second look, with fresh chance; the best first."""
        self._extend(self.companions, self.first_runs)
        each = self.first_runs * len(self.trials.futures)
        if count(self.space) * each <= _SHARE * (self.budget - len(self.trials.spent)):
            for chunk in _chunks(list(every(self.space)), _CHUNK):
                self._try(chunk, "every setting")
        else:
            self._explore(each)
        self._race()
        return self._finalists()

    def _left(self) -> int:
        return self.budget - len(self.trials.spent)

    def _try(self, settings: Sequence[Setting], stage: str) -> None:
        found = [self.trials.trial(levels_of(self.space, setting), setting, stage) for setting in settings]
        for trial, setting in zip(found, settings, strict=True):
            trial.setting = setting  # the base may be among them
        self._extend(found, self.first_runs)
        self._note(stage)

    def _extend(self, trials: Sequence[Trial], n: int) -> None:
        self.trials.extend([(trial, n) for trial in dict.fromkeys([*self.companions, *trials])])
        self.told(len(self.trials.spent))

    def _note(self, stage: str) -> None:
        best = next(iter(self._ranked(self.judge.is_feasible)), None)
        self.steps.append(Step(runs=len(self.trials.spent), stage=stage, settings=len(self.settings), best=best,
                               objective=best.objective.mean if best else None))  # fmt: skip

    def _explore(self, each: int) -> None:
        until = _SHARE * self.budget
        most = max(2, int(_SPREAD_SHARE * self.budget / each))
        first = spread_settings(self.space, min(max(6, 4 * len(self.space)), most), self.seed)
        for chunk in _chunks(first, _CHUNK):
            self._try(chunk, "spread")
        number = 0
        while len(self.trials.spent) + each <= until:
            number += 1
            batch = min(_BATCH, int((until - len(self.trials.spent)) / each))
            found = proposal(self.space, self.prices, self.settings, self.judge, batch=batch, seed=self.seed + number)
            if found.promise > _LITTLE * self._reach():
                self._try(found.settings, "expected")
            elif beside := self._beside()[:batch]:
                self._try(beside, "beside the best")
            else:
                break

    def _reach(self) -> float:
        """How far the middling setting that keeps the limits lies above the best."""
        values = sorted(trial.objective.mean for trial in self._ranked(self.judge.is_feasible))
        return values[len(values) // 2] - values[0] if values else 0.0

    def _beside(self) -> list[Setting]:
        """The settings one stop from the best that were not tried: nothing is called best unless it beats them."""
        tried = {trial.setting for trial in self.settings}
        best = next(iter(self._ranked(self.judge.is_feasible)), None)
        beside = adjacent(self.space, best.setting) if best and best.setting else iter(())
        return [setting for setting in beside if setting not in tried]

    def _race(self) -> None:
        """More runs for all that may be the best, fewer of them each round, as long as runs are left."""
        n = self.first_runs
        while True:
            alive = self._alive()
            if len(alive) <= FINALISTS:
                return
            more, kept = n + self.first_runs, alive
            while kept and self.trials.price([(t, more) for t in [*self.companions, *kept]]) > self._left():
                kept = kept[:-1]
            if len(kept) < FINALISTS:
                return
            for trial in alive[len(kept) :]:
                trial.fate = NOT_FOLLOWED
            self._extend(kept, more)
            self._note("race")
            n = more

    def _alive(self) -> list[Trial]:
        """What may still be the best, the best so far first; of the others it is noted why not."""
        for trial in self.settings:
            if not trial.fate and self.judge.is_out(trial):
                trial.fate = PASSES
        racing = self._ranked(lambda trial: not trial.fate)
        best = next((trial for trial in racing if self.judge.is_feasible(trial)), None)
        for trial in racing:
            if best is not None and trial is not best and is_clearly_worse(trial, best, level=_DOUBT / len(racing)):
                trial.fate = CLEARLY_WORSE
        return [trial for trial in racing if not trial.fate]

    def _ranked(self, wanted: Callable[[Trial], bool]) -> list[Trial]:
        """The settings that are wanted, the best first."""
        whole = [trial for trial in self.settings if trial.is_whole and wanted(trial)]
        return sorted(whole, key=lambda trial: (against(trial, self.judge.base), trial.number))

    def _finalists(self) -> list[Trial]:
        """The best by their means, and the best of those whose limits are safe: the best often sit on a limit."""
        kept = self._ranked(self.judge.is_feasible)
        safe = [trial for trial in kept if self.judge.is_safe(trial)]
        if kept:
            return list(dict.fromkeys([*kept[:_TWO], *safe[:_TWO], *kept]))[:FINALISTS]
        whole = [trial for trial in self.settings if trial.is_whole]
        return sorted(whole, key=lambda trial: (self._passed(trial), trial.number))[:FINALISTS]

    def _passed(self, trial: Trial) -> tuple[int, float]:
        """How many limits a setting passes, and by how much of their bounds."""
        passed = [v for v in self.judge.verdicts(trial) if not v.holds_in_mean]
        return len(passed), sum((v.excess or 0.0) / (abs(v.bound.bound) or 1.0) for v in passed)


def first_runs(futures: int) -> int:
    """Replications before anything is decided of a setting."""
    return max(2, -(-_START // futures))


def against(trial: Trial, base: Trial) -> float:
    """The mean of the goal against the base on the same chance; by itself where the base has no result."""
    if not base.is_whole:
        return trial.objective.mean
    return mean([a - b for a, b in zip(trial.objectives, base.objectives, strict=False)])


def _chunks(settings: Sequence[Setting], size: int) -> Iterator[Sequence[Setting]]:
    yield from (settings[k : k + size] for k in range(0, len(settings), size))
