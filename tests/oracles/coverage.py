"""`python -m tests.oracles.coverage`: how often the program's own 95 % intervals hold the true mean.

Studies of M/M/2 at load 0.8, 10 replications each, are made again and again, each with its own seed. An interval is
that of every result: Student's, over the replications (sim.measure.statistics). The truth of a run that begins empty
solves the forward equations; that of the long run is the textbook's. The queue of a short run is skewed too far for
Student's interval over ten values (Law, Simulation Modeling and Analysis, ch. 9): its coverage is told and not judged.
"""

import argparse
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.linalg import expm
from scipy.stats import binom

from sim.engine import simulate
from sim.measure.lives import Lives
from sim.measure.statistics import Interval, mean_interval
from sim.measure.visits import decode
from sim.planning.make import make_plan
from sim.planning.plan import NEVER
from sim.scenario.load import load
from sim.scenario.scenario import Scenario

from .case import MINUTE, scenario

SERVERS, ARRIVALS, SERVICES = 2, 1.6, 1.0  # rates per minute, of all trucks and of each server
REPLICATIONS, STUDIES = 10, 1_000
_MOST = 300  # trucks at the gate that the forward equations follow; more have a chance below 1e-20
Means = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is measured again and again, and how often its intervals must hold the truth."""

    name: str
    words: str
    period: Mapping[str, str]
    truth: Means
    shares: tuple[float, float]  # least and largest share of intervals, in 1,000 studies or more
    reported: frozenset[str] = frozenset()  # means whose coverage is told and not judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many of the intervals of one mean held it."""

    study: Study
    metric: str
    studies: int
    held: int
    z: float  # distance of the mean of all replications from the truth, in standard errors

    @property
    def limits(self) -> tuple[int, int]:
        """Least and largest number that may hold it: of few studies, what chance leaves once in 1,000 at each end."""
        low, high = self.study.shares
        if self.metric in self.study.reported:
            return 0, self.studies
        if self.studies >= STUDIES:
            return math.ceil(low * self.studies), math.floor(high * self.studies)
        return int(binom.ppf(0.001, self.studies, low)), int(binom.ppf(0.999, self.studies, high))

    @property
    def passes(self) -> bool:
        low, high = self.limits
        return low <= self.held <= high


def from_empty(minutes: float) -> dict[str, float]:
    """Exact means of M/M/2 over its first minutes, by the forward equations: trucks there, waiting, and departures."""
    number = np.arange(_MOST + 1)
    busy = np.minimum(number, SERVERS)
    rates = np.diag(np.full(_MOST, ARRIVALS), 1) + np.diag(SERVICES * busy[1:], -1)
    rates -= np.diag(rates.sum(axis=1))
    rewards = np.column_stack([number, number - busy, SERVICES * busy])
    # rewards beside the generator add up over time in its exponential
    whole = np.block([[rates, rewards], [np.zeros((3, _MOST + 4))]])
    inside, waiting, departed = expm(whole * minutes)[0, -3:].tolist()
    return {"trucks at the gate": inside / minutes, "trucks waiting": waiting / minutes, "departures": departed}


def in_the_long_run() -> dict[str, float]:
    """Exact steady means of M/M/2: L = 2 rho / (1 - rho^2), Lq = L - 2 rho. [trucks, trucks, min]"""
    load = ARRIVALS / SERVERS / SERVICES
    inside = 2 * load / (1 - load**2)
    waiting = inside - 2 * load
    return {"trucks at the gate": inside, "trucks waiting": waiting, "wait [min]": waiting / ARRIVALS}


SHORT = Study(
    name="short", words="24 minutes, begun empty", period={"length": "24 min"}, truth=from_empty(24),
    shares=(0.93, 0.97), reported=frozenset({"trucks at the gate", "trucks waiting"}),
)  # fmt: skip
TERMINATING = Study(
    name="terminating", words="a week, begun empty", period={"length": "7 d"}, truth=from_empty(7 * 24 * 60),
    shares=(0.93, 0.97),
)  # fmt: skip
STEADY = Study(
    name="steady", words="a day after a warm-up of 6 hours", period={"length": "30 h", "warm_up": "6 h"},
    truth=in_the_long_run(), shares=(0.90, 1.0),
)  # fmt: skip
ALL = (SHORT, TERMINATING, STEADY)


def covered(study: Study, studies: int, workers: int) -> list[Coverage]:
    """The coverage of every mean of a study, with the compiled engine."""
    gate = {"servers": SERVERS, "service": {"law": "exponential", "mean": "1 min"}}
    case = scenario(
        f"coverage-{study.name}", f"M/M/2 at load 0.8, {study.words}", length=study.period["length"],
        period=dict(study.period), stations={"gate": gate}, routes={"trucks": [{"at": "gate"}]},
        flows={"trucks": {"rate": f"{60 * ARRIVALS:g} trucks/h"}},
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coverage.yaml"
        path.write_text(case.text)
        loaded = load(path)
    with ThreadPoolExecutor(workers) as pool:
        made = list(pool.map(lambda seed: _study(loaded, seed), range(1, studies + 1)))
    return [_coverage(study, metric, [each[metric] for each in made]) for metric in study.truth]


def _study(loaded: Scenario, seed: int) -> dict[str, Interval]:
    """The interval of each mean over the replications of one study."""
    runs = [_means(loaded, seed, replication) for replication in range(REPLICATIONS)]
    return {metric: mean_interval([run[metric] for run in runs]) for metric in runs[0]}


def _means(loaded: Scenario, seed: int, replication: int) -> dict[str, float]:
    plan = make_plan(loaded, replication=replication, seed=seed)
    lives = decode(plan, simulate(plan, engine="compiled"))
    return {metric: of(lives) for metric, of in _MEASURES.items()}


def _at_the_gate(lives: Lives) -> float:
    low, high = lives.plan.window
    counts = (lives.occupancy.inside[0], lives.occupancy.waiting[0])
    return sum(count.integral(low, high) for count in counts) / (high - low)


def _waiting(lives: Lives) -> float:
    low, high = lives.plan.window
    return lives.occupancy.waiting[0].integral(low, high) / (high - low)


def _departures(lives: Lives) -> float:
    low, high = lives.plan.window
    return float(np.count_nonzero((lives.visits.left >= low) & (lives.visits.left < high)))


def _wait(lives: Lives) -> float:
    """Mean wait of the trucks that came in the window and were served in it. [min]"""
    visits = lives.visits
    mine = (visits.joined >= lives.plan.window[0]) & (visits.started != NEVER)
    return float(visits.waited[mine].mean()) / float(MINUTE) if mine.any() else 0.0


_MEASURES: Mapping[str, Callable[[Lives], float]] = {
    "trucks at the gate": _at_the_gate, "trucks waiting": _waiting, "departures": _departures, "wait [min]": _wait,
}  # fmt: skip


def _coverage(study: Study, metric: str, intervals: Sequence[Interval]) -> Coverage:
    truth = study.truth[metric]
    held = sum(i.low is not None and i.high is not None and i.low <= truth <= i.high for i in intervals)
    whole = mean_interval([i.mean for i in intervals])
    return Coverage(
        study=study, metric=metric, studies=len(intervals), held=held, z=(whole.mean - truth) / (whole.se or np.inf)
    )


def coverage_lines(found: Sequence[Coverage]) -> Iterator[str]:
    """A Markdown table of what was found."""
    yield "| study | mean of | truth | intervals that hold it | allowed | bias, z | |"
    yield "|---|---|--:|--:|--:|--:|---|"
    for c in found:
        judged = c.metric not in c.study.reported
        allowed = " to ".join(f"{n / c.studies:.1%}" for n in c.limits) if judged else "not judged"
        verdict = ("ok" if c.passes else "FAIL") if judged else ""
        yield (f"| {c.study.name} | {c.metric} | {c.study.truth[c.metric]:.6f} | {c.held / c.studies:.1%}"
               f" | {allowed} | {c.z:+.2f} | {verdict} |")  # fmt: skip


def main() -> int:
    """0 if and only if the intervals hold the truth as often as they must."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracles.coverage", description=__doc__)
    parser.add_argument("--studies", type=int, default=STUDIES, help=f"default: {STUDIES}; fewer get wider limits")
    parser.add_argument("--study", choices=[study.name for study in ALL], help="only this one")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="studies at a time, in threads")
    asked = parser.parse_args()
    chosen = [study for study in ALL if asked.study in (None, study.name)]
    found = [c for study in chosen for c in covered(study, asked.studies, asked.workers)]
    print("\n".join(coverage_lines(found)))
    return 0 if all(c.passes for c in found) else 1


if __name__ == "__main__":
    sys.exit(main())
