"""What is aimed at, in ratios of one run, and whether it is met."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks import contenders as c
from benchmarks import growth as g
from benchmarks import sweeps as s
from benchmarks import whole as w
from benchmarks.measure import Clock, Floats, Timed, spread

TIMES = 100  # a whole run on W is to be so many times quicker than user-style SimPy


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A number to reach, or to stay under, and what each round found. shape (rounds,)"""

    what: str
    bound: float
    at_least: bool
    values: Floats

    @property
    def is_met(self) -> bool:
        """Whether the median of the rounds is on the right side."""
        middle = spread(self.values)[0]
        return middle >= self.bound if self.at_least else middle <= self.bound


@dataclass(frozen=True, kw_only=True)
class Found:
    """All that a run of the command measured."""

    timed: Mapping[str, Timed]  # on W
    grown: g.Grown
    moments: float  # that happen to a truck on W
    differing: int  # stamps
    runs: int  # replications in the job that counts them
    points: Mapping[str, float]  # memory of a sweep's points and rows; empty = not measured

    def quicker(self, name: str, than: str, clock: Clock = "cpu") -> Floats:
        """How many times less time a truck takes, in each round."""
        return self.timed[than].per_truck(clock) / self.timed[name].per_truck(clock)


def goals(found: Found) -> list[Goal]:
    """The goals that what was measured can tell of."""
    rows: list[tuple[str, float, bool, Callable[[], Floats]]] = [
        ("compiled / user-style SimPy, road in the Plan", 150, True, lambda: found.quicker(c.FOLDED, c.USER)),
        ("compiled / user-style SimPy, road simulated", 120, True, lambda: found.quicker(c.COMPILED, c.USER)),
        ("everything, compiled / user-style SimPy on W, by moments", 100, True, lambda: _by_moments(found)),
        ("everything, compiled / our SimPy", np.nan, True, lambda: found.quicker(w.EVERYTHING, w.EVERYTHING_SIMPY)),
        ("compiled / the same loop in C", 0.85, True, lambda: found.quicker(c.COMPILED, c.IN_C)),
        ("our SimPy / user-style SimPy", 2.5, True, lambda: found.quicker(c.OURS, c.USER)),
        ("whole run, warm / user-style SimPy", TIMES, True, lambda: found.quicker(w.WARM, c.USER)),
        (f"time of {found.runs} runs, 2 threads / of one user-style", 0.6, False, lambda: _longer(found)),
        ("compiled / Cimba Python, road simulated", 15, True, lambda: found.quicker(c.COMPILED, c.CIMBA)),
        ("whole run, warm / Cimba Python", 10, True, lambda: found.quicker(w.WARM, c.CIMBA)),
        ("ns a truck, a year / a month", 1.1, False, lambda: _grows(found, g.YEAR, g.MONTH, "ns a truck")),
        ("ns an event, a million waiting / none", 2, False, lambda: _grows(found, g.WAITING, g.MONTH, "ns an event")),
        ("stamps that engines do not share", 0, False, lambda: np.array([float(found.differing)])),
        ("bytes a truck on W: Plan, engine, Trace", 200, False, lambda: found.grown[g.MONTH][:, -1]),
        ("efficiency of the second core", 0.95, True, lambda: found.quicker(w.PARALLEL, w.SERIAL, "wall") / w.THREADS),
        ("a run in a sweep, 2 threads / half a run alone", 1.05, False, lambda: _swept(found, "wall") * s.THREADS),
        ("the same by CPU time, of one thread", np.nan, False, lambda: _swept(found, "cpu")),
        ("going on with a finished sweep / reading its tables", 1, False, lambda: _resumed(found)),
        ("bytes of going through 100,000 points / 1,000", 1.1, False, lambda: s.flat(dict(found.points))),
        ("bytes a row of a sweep's table", np.nan, False, lambda: np.array([found.points[f"{s.MANY} rows"]])),
        ("process: cuakhau run / user-style SimPy", 8, True, lambda: _process(found)),
    ]
    reached = []
    for what, bound, at_least, values in rows:
        try:
            reached.append(Goal(what=what, bound=bound, at_least=at_least, values=values()))
        except KeyError:  # somebody it compares with was not run
            continue
    return reached


def goal_table(reached: list[Goal]) -> str:
    """Each goal, and how far it is reached: median, least and most over the rounds."""
    lines = [f"{'':58}{'median':>9}{'least':>9}{'most':>9}{'goal':>10}"]
    for goal in reached:
        numbers = "".join(f"{value:9.2f}" for value in spread(goal.values))
        aim = f"{'>=' if goal.at_least else '<='} {goal.bound:g}"
        verdict = "" if np.isnan(goal.bound) else f"{aim:>10}  {'met' if goal.is_met else 'missed'}"
        lines.append(f"{goal.what:58}{numbers}{verdict}")
    return "\n".join(lines)


def _by_moments(found: Found) -> Floats:
    """Time of user-style SimPy for a moment of a truck on W, over that of ours where everything is in use."""
    users = found.timed[c.USER].per_truck() / found.moments
    return users / found.timed[w.EVERYTHING].per_truck()


def _swept(found: Found, clock: Clock) -> Floats:
    return 1 / found.quicker(s.SWEPT, s.ALONE, clock)


def _resumed(found: Found) -> Floats:
    return found.timed[s.RESUMED].cpu / found.timed[s.READ].cpu


def _longer(found: Found) -> Floats:
    return found.timed[w.PARALLEL].wall / found.timed[c.USER].wall


def _process(found: Found) -> Floats:
    return found.timed[w.USER_PROCESS].wall / found.timed[w.OUR_PROCESS].wall


def _grows(found: Found, name: str, than: str, column: str) -> Floats:
    k = g.COLUMNS.index(column)
    ratios: Floats = found.grown[name][:, k] / found.grown[than][:, k]
    return ratios
