"""Settings on trial: what each has come to, run by run, and how it stands to its limits and to the others.

Every setting has replications 0, 1, ... on the same chance, so that settings are compared truck by truck. Where there
are several futures, a replication is one run in each of them and its value their mean.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sim.experiment.designs import Point
from sim.experiment.futures import Future, point_of
from sim.experiment.goal import Aim, Bound
from sim.experiment.lever_costs import Price, cost_of
from sim.experiment.levers import Levels, Setting
from sim.experiment.runs import Request, Runs
from sim.experiment.store import Run
from sim.experiment.sweep_points import key_of
from sim.measure.statistics import Interval, mean, mean_interval, student_quantile
from sim.scenario.faults import ScenarioFaults
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_schema import SweepFile

ONE_SIDED = 0.90  # level of the two-sided interval whose upper end is the one-sided 95 % bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a setting stands to one limit."""

    bound: Bound
    value: float | None  # of the metric, in the mean over runs; of a relative limit what it is worse by
    excess: float | None  # by how much the limit is passed in the mean (or in the worst run); negative = what is left
    upper: float | None  # the one-sided 95 % bound of the excess; None = not known
    n: int
    unjudged: str  # why it cannot be judged; "" = it is

    @property
    def holds_in_mean(self) -> bool:
        """Whether the limit is kept as far as the means say."""
        return not self.unjudged and (self.excess is None or self.excess <= 0)

    @property
    def holds(self) -> bool:
        """Whether the limit is kept with 95 % confidence."""
        return not self.unjudged and (self.excess is None or (self.upper is not None and self.upper <= 0))

    @property
    def is_broken(self) -> bool:
        """Whether the limit is passed with 95 % confidence, or cannot be judged."""
        if self.unjudged or self.excess is None or self.upper is None:
            return bool(self.unjudged)
        return 2 * self.excess - self.upper > 0


@dataclass(slots=True, kw_only=True, eq=False)
class Trial:
    """One setting and what its runs came to."""

    number: int  # in order of first mention
    setting: Setting | None  # None = of no dial, as the base
    levels: Levels
    stage: str  # in which it came up
    cost: float  # of its levers
    points: tuple[Point, ...] = ()  # one a future
    keys: tuple[str, ...] = ()
    counted: list[float | None] = field(default_factory=list)  # by replication, the costs of levers not in it
    values: list[list[tuple[float | None, ...]]] = field(default_factory=list)  # by replication, future and bound
    troubles: list[str] = field(default_factory=list)  # why it has no result
    fate: str = ""  # why it was not followed further

    @property
    def n(self) -> int:
        """Replications that were made."""
        return len(self.counted)

    @property
    def is_whole(self) -> bool:
        """Whether every run ended well and has a value."""
        return not self.troubles and self.n > 0 and None not in self.counted

    @property
    def objectives(self) -> list[float]:
        """The goal by replication."""
        return [value + self.cost for value in self.counted if value is not None]

    @property
    def objective(self) -> Interval:
        """The goal with its interval; only of one that is whole."""
        return mean_interval(self.objectives)


@dataclass(slots=True, kw_only=True)
class Trials:
    """All settings that were looked at with one root seed, and their runs."""

    sweep: SweepFile
    aim: Aim
    prices: Sequence[Price]
    futures: Sequence[Future]
    runs: Runs
    version: str
    scenario_at: Callable[[Point], Scenario]
    known: dict[tuple[str, ...], Trial] = field(default_factory=dict)
    spent: set[tuple[str, int]] = field(default_factory=set)  # runs that were asked for

    def trial(self, levels: Levels, setting: Setting | None, stage: str) -> Trial:
        """The setting as it is known, or newly on trial. One that makes no sound scenario has its trouble said."""
        names = tuple(f.name for f in self.sweep.factors if f.role == "lever")
        name = tuple(f"{levels[n].label} {sorted(levels[n].settings.items())}" for n in names)
        if name not in self.known:
            found = Trial(number=len(self.known), setting=setting, levels=levels, stage=stage,
                          cost=cost_of(self.prices, levels))  # fmt: skip
            self.known[name] = found
            try:
                found.points = tuple(point_of(self.sweep, levels, future) for future in self.futures)
                found.keys = tuple(
                    key_of(self.scenario_at(point), seed=self.runs.seed, version=self.version) for point in found.points
                )
            except ScenarioFaults as faults:
                found.points, found.keys = (), ()
                found.troubles.append(f"no sound scenario: {faults.faults[0].message}")
        return self.known[name]

    def price(self, asked: Sequence[tuple[Trial, int]]) -> int:
        """How many runs it takes that have not been asked for yet."""
        wanted = {(key, r) for trial, n in asked for key in trial.keys for r in range(trial.n, n)}
        return len(wanted - self.spent)

    def extend(self, asked: Sequence[tuple[Trial, int]]) -> None:
        """Have so many replications of each. Of a setting with trouble nothing more is run."""
        todo = [(trial, n) for trial, n in asked if trial.keys and not trial.troubles and n > trial.n]
        requests = [
            Request(point=point, key=key, replications=range(trial.n, n))
            for trial, n in todo for point, key in zip(trial.points, trial.keys, strict=True)
        ]  # fmt: skip
        found: dict[tuple[str, int], Run] = {}
        for request, replication, run in self.runs.complete(lambda: iter(requests)):
            found[request.key, replication] = run
        self.spent |= found.keys()
        for trial, n in todo:
            for replication in range(trial.n, n):
                self._note(trial, [found[key, replication] for key in trial.keys])

    def _note(self, trial: Trial, runs: Sequence[Run]) -> None:
        """Add one replication, a run in each future."""
        trial.troubles += [f"{run.status}: {run.reason}" for run in runs if run.status != "ok"]
        cells = [{tuple(row[:5]): row[6] for row in run.cells} for run in runs]
        counted = [self.aim.counted(own) for own in cells]
        whole = [value for value in counted if value is not None]
        trial.counted.append(mean(whole) if len(whole) == len(counted) else None)
        trial.values.append([tuple(own.get(bound.cell) for bound in self.aim.bounds) for own in cells])
        if len(whole) < len(counted) and not trial.troubles:
            trial.troubles.append("a run has no value of what is minimised")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judge:
    """Holds settings against the limits; `others` are what each limit compares with, None where it does not."""

    bounds: Sequence[Bound]
    base: Trial
    others: Sequence[Trial | None]

    def verdicts(self, trial: Trial) -> list[Verdict]:
        """How a setting stands to every limit."""
        return [self._verdict(trial, k) for k in range(len(self.bounds))]

    def _verdict(self, trial: Trial, k: int) -> Verdict:
        bound, other = self.bounds[k], self.others[k]
        n = trial.n if other is None else min(trial.n, other.n)
        excesses, values, unjudged = [], [], "" if n else "it has no runs"
        for r in range(n):
            own = [row[k] for row in trial.values[r]]
            theirs = [row[k] for row in (other or self.base).values[r]] if r < (other or self.base).n else own
            if all(value is None for value in own) and all(value is None for value in theirs):
                continue  # no truck of the class, neither here nor there
            if None in own or (other is not None and None in theirs):
                unjudged = f"a run has no {bound.name}"
                break
            pairs = [(a, b if other is not None else None) for a, b in zip(own, theirs, strict=True) if a is not None]
            found = [bound.excess(a, b) for a, b in pairs]
            excesses.append(max(found) if bound.limit.in_every_run else mean(found))
            values.append(mean([bound.measured(a, b) for a, b in pairs]))
        if unjudged or not excesses:
            return Verdict(bound=bound, value=None, excess=None, upper=None, n=0, unjudged=unjudged)
        worst = max(excesses)
        excess = worst if bound.limit.in_every_run else mean(excesses)
        upper = worst if bound.limit.in_every_run else upper_bound(excesses)
        return Verdict(bound=bound, value=mean(values), excess=excess, upper=upper, n=len(excesses), unjudged="")

    def is_feasible(self, trial: Trial) -> bool:
        """Whether all limits are kept as far as the means say."""
        return trial.is_whole and all(verdict.holds_in_mean for verdict in self.verdicts(trial))

    def is_safe(self, trial: Trial) -> bool:
        """Whether all limits are kept with 95 % confidence each."""
        return trial.is_whole and all(verdict.holds for verdict in self.verdicts(trial))

    def is_out(self, trial: Trial) -> bool:
        """Whether some limit is clearly passed, or cannot be judged."""
        return not trial.is_whole or any(verdict.is_broken for verdict in self.verdicts(trial))


def upper_bound(values: Sequence[float]) -> float | None:
    """The one-sided 95 % bound of a mean; None of one value, which cannot tell."""
    found = mean_interval(values, level=ONE_SIDED)
    return found.high


def behind(trial: Trial, best: Trial) -> list[float]:
    """How much worse a setting is than another, replication by replication."""
    return [a - b for a, b in zip(trial.objectives, best.objectives, strict=False)]


def is_clearly_worse(trial: Trial, best: Trial, *, level: float) -> bool:
    """Whether a paired t-test at a one-sided level says that a setting is worse than another."""
    differences = behind(trial, best)
    if len(differences) < 2:
        return False
    found = mean_interval(differences)
    return found.mean - student_quantile(found.n - 1, 1 - 2 * level) * (found.se or 0.0) > 0
