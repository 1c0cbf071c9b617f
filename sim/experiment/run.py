"""Replications of one scenario, side by side, and what they say together."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

import polars as pl

from sim.engine import Engine, choose_engine, simulate
from sim.experiment.executors import Kind, completed, cores
from sim.measure.laws import check, checked_line
from sim.measure.metrics import RunMeasures, measure
from sim.measure.stuck import deadlock
from sim.measure.summary import summary
from sim.measure.tables import tables
from sim.measure.trace_frames import trace_frames
from sim.measure.visits import decode
from sim.planning.make import make_plan
from sim.scenario.outlook import outlook
from sim.scenario.scenario import Scenario

Progress = Callable[[int, int], None]


class Deadlocked(Exception):
    """Trucks that wait for each other for ever."""

    exit_code = 4


class Interrupted(KeyboardInterrupt):
    """Stopped by the user. Carries what the replications completed until then say, if there are any."""

    def __init__(self, results: "Results | None", asked: int) -> None:
        super().__init__()
        self.results = results
        self.asked = asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a run leaves. Tables and summary do not depend on engine, workers or order."""

    scenario: Scenario
    seed: int
    asked: int  # replications
    replications: tuple[int, ...]  # completed, in order
    tables: Mapping[str, pl.DataFrame]
    summary: pl.DataFrame
    law_line: str
    trace: pl.DataFrame | None  # one row per truck and station visit, if asked for
    trucks: pl.DataFrame | None  # one row per truck, if asked for
    engine: str
    workers: int
    started: datetime
    wall_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """What one replication leaves."""

    measures: RunMeasures
    trace: pl.DataFrame | None
    trucks: pl.DataFrame | None


def run(
    scenario: Scenario,
    *,
    replications: int = 10,
    seed: int = 1,
    engine: Engine = "auto",
    workers: int | None = None,
    keep_traces: bool = False,
    progress: Progress | None = None,
) -> Results:
    """The Results of replications 0, 1, ... of a scenario; `progress(done, asked)` is told after each.

    Workers are threads with the compiled engine and processes with SimPy, which need the guard
    `if __name__ == "__main__"` in a script. Ctrl-C raises Interrupted with what is complete.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    workers = min(workers or cores(), replications)
    if engine == "auto":
        engine = choose_engine(round(sum(outlook(scenario).trucks.values()) * replications))
    work = partial(replicate, portable(scenario), seed=seed, engine=engine, keep_trace=keep_traces)
    kind: Kind = "processes" if engine == "simpy" else "threads"
    done: dict[int, Replication] = {}

    def results() -> Results:
        return _results(
            scenario, done, seed=seed, asked=replications, engine=engine, workers=workers, started=started,
            wall_seconds=time.monotonic() - clock,
        )  # fmt: skip

    try:
        for index, replication in completed(work, range(replications), kind=kind, workers=workers):
            done[index] = replication
            if progress is not None:
                progress(len(done), replications)
    except KeyboardInterrupt:
        raise Interrupted(results() if done else None, replications) from None
    return results()


def replicate(scenario: Scenario, replication: int, *, seed: int, engine: Engine, keep_trace: bool) -> Replication:
    """One replication: planned, simulated, held against the laws, measured."""
    plan = make_plan(scenario, replication=replication, seed=seed)
    lives = decode(plan, simulate(plan, engine=engine))
    stuck = deadlock(lives)
    if stuck is not None:
        raise Deadlocked(f"replication {replication}: {stuck}")
    check(lives)
    trace, trucks = trace_frames(lives, scenario) if keep_trace else (None, None)
    return Replication(measures=measure(lives, scenario), trace=trace, trucks=trucks)


def portable(scenario: Scenario) -> Scenario:
    """The scenario without what only people read, so that it can be sent to another process."""
    listed = {name: replace(trucks, services=dict(trucks.services)) for name, trucks in scenario.listed.items()}
    return replace(scenario, origins={}, sources={}, warnings=(), listed=listed)


def _results(
    scenario: Scenario, done: Mapping[int, Replication], *, seed: int, asked: int, engine: str, workers: int,
    started: datetime, wall_seconds: float,
) -> Results:  # fmt: skip
    order = sorted(done)
    measures = [done[index].measures for index in order]
    frames = tables(measures)
    return Results(
        scenario=scenario, seed=seed, asked=asked, replications=tuple(order), tables=MappingProxyType(frames),
        summary=pl.DataFrame(summary(frames)), law_line=checked_line(measures),
        trace=_together([done[index].trace for index in order]),
        trucks=_together([done[index].trucks for index in order]),
        engine=engine, workers=workers, started=started, wall_seconds=wall_seconds,
    )  # fmt: skip


def _together(frames: Sequence[pl.DataFrame | None]) -> pl.DataFrame | None:
    """All replications in one frame, if they were kept."""
    kept = [frame for frame in frames if frame is not None]
    return pl.concat(kept) if kept else None
