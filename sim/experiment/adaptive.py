"""Runs of points each of which is replicated until a mean of it is known well enough.

Rounds of runs are asked for: first the least of every point, then some more of those that are not told yet. How many
a point needs is a function of its own values in the order of replications; what was run ahead never decides anything.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sim.experiment.designs import Point
from sim.experiment.precision import Width, enough
from sim.experiment.runs import Progress, Request, Runs, Stopped
from sim.experiment.store import Run
from sim.experiment.sweep_metrics import Cell

Points = Callable[[], Iterator[tuple[Point, str]]]  # with their keys; gone through several times
_AHEAD = 5  # one further replication of a point at a time for so many that it has
_AT_A_TIME = 16  # runs of a round at least, so that no worker waits for the last few points


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """When a point has been replicated often enough."""

    cell: Cell  # the metric
    width: Width  # that its interval may have
    least: int
    most: int


@dataclass(slots=True, kw_only=True)
class Needed:
    """How many replications the points of a sweep need."""

    goal: Goal
    numbers: dict[int, int] = field(default_factory=dict)  # of points that are told
    values: dict[int, list[float | None]] = field(default_factory=dict)  # of points that are not
    asked: int = 0  # runs, those ahead included

    def of(self, runs: Runs, points: Points) -> Mapping[int, int]:
        """The number of replications of every point; whatever it takes to know is run. Raises Stopped after Ctrl-C."""
        self.values = {point.number: [] for point, _ in points()}
        told = runs.progress
        while self.values:
            runs.progress = _further(told, self.asked)
            further = {number: self._further(values) for number, values in self.values.items()}
            try:
                self._round(runs, points, further)
            except Stopped as stop:
                raise Stopped(self.asked + stop.kept, self.asked + stop.asked) from None
            self.asked += sum(map(len, further.values()))
        runs.progress = None  # what comes next is all there
        return self.numbers

    def _further(self, values: list[float | None]) -> range:
        """The replications of a point that the next round has."""
        done = len(values)
        if not done:
            return range(self.goal.least)
        more = max(1, done // _AHEAD, _AT_A_TIME // len(self.values))
        return range(done, min(self.goal.most, done + more))

    def _round(self, runs: Runs, points: Points, further: Mapping[int, range]) -> None:
        def requests() -> Iterator[Request]:
            for point, key in points():
                if point.number in further:
                    yield Request(point=point, key=key, replications=further[point.number])

        for request, replication, run in runs.complete(requests):
            number, goal = request.point.number, self.goal
            self.values[number].append(value_of(run, goal.cell))
            if replication == further[number][-1]:
                n = enough(self.values[number], goal.width, least=goal.least, most=goal.most,
                           looked_at=further[number].start)  # fmt: skip
                if n is not None:
                    self.numbers[number] = n
                    del self.values[number]


def value_of(run: Run, cell: Cell) -> float | None:
    """The value that a run has of a metric."""
    return next((row[6] for row in run.cells if tuple(row[:5]) == cell), None)


def _further(told: Progress | None, before: int) -> Progress | None:
    return None if told is None else lambda kept, asked: told(before + kept, before + asked)
