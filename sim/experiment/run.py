"""Replications of one scenario, side by side, and what they say together."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import count, takewhile
from types import MappingProxyType

import polars as pl

from sim.engine import Engine, choose_engine, simulate
from sim.experiment.executors import Kind, completed, cores
from sim.experiment.stopping import MOST, Stopping, Value, decided, observed, refuse_unknown, still_to_run, stopping
from sim.experiment.until import Criterion, criteria
from sim.measure.axes import axes
from sim.measure.laws import check, checked_line
from sim.measure.metrics import RunMeasures, measure
from sim.measure.precision import precision
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
    stopping: Stopping | None  # why there are so many replications, if a rule was given
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
    observed: tuple[Value, ...]  # on each criterion of the stopping rule
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
    until: str | Sequence[str] = (),
    most: int = MOST,
    progress: Progress | None = None,
) -> Results:
    """The Results of replications 0, 1, ... of a scenario; `progress(done, asked)` is told after each.

    With `until`, such as "wait_mean huu-nghi export within 5 %", there are at least `replications` and at most `most`:
    as few as make the 95 % interval of everything named narrow enough. `Results.stopping` says how it ended.

    Workers are threads with the compiled engine and processes with SimPy, which need the guard
    `if __name__ == "__main__"` in a script. Ctrl-C raises Interrupted with what is complete.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    rule = criteria(scenario, [until] if isinstance(until, str) else until)
    if rule and not 2 <= replications <= most:
        raise ValueError(f"at least 2 replications to begin with and no more than the limit of {most}: {replications}")
    asked = most if rule else replications
    workers = min(workers or cores(), asked)
    if engine == "auto":
        engine = choose_engine(round(sum(outlook(scenario).trucks.values()) * replications))
    work = partial(replicate, portable(scenario), seed=seed, engine=engine, keep_trace=keep_traces, rule=rule)
    kind: Kind = "processes" if engine == "simpy" else "threads"
    done: dict[int, Replication] = {}
    told = (lambda: progress(len(done), asked)) if progress is not None else (lambda: None)
    batch = partial(_batch, work, done=done, kind=kind, workers=workers, told=told)

    def results(end: Stopping | None) -> Results:
        return _results(
            scenario, done, seed=seed, asked=asked if end is None else end.n, engine=engine, workers=workers,
            started=started, wall_seconds=time.monotonic() - clock, end=end,
        )  # fmt: skip

    try:
        end = _until(rule, batch, done, least=replications, most=most, workers=workers) if rule else None
        if not rule:
            batch(range(replications))
    except KeyboardInterrupt:
        raise Interrupted(
            replace(results(_now(rule, done, replications, most)), asked=asked) if done else None, asked
        ) from None
    return results(end)


Batch = Callable[[range], None]


def _batch(
    work: Callable[[int], Replication], numbers: range, *, done: dict[int, Replication], kind: Kind, workers: int,
    told: Callable[[], None],
) -> None:  # fmt: skip
    """Run these replications and note each when it is done."""
    for index, replication in completed(work, numbers, kind=kind, workers=workers):
        done[index] = replication
        told()


def _until(
    rule: Sequence[Criterion], batch: Batch, done: dict[int, Replication], *, least: int, most: int, workers: int
) -> Stopping:
    """Run batch after batch until the rule is met; what was run beyond that is dropped, its failures included."""
    wanted, looked_at = least, 0
    while True:
        failure: Exception | None = None
        try:
            batch(range(len(done), wanted))
        except Exception as error:  # noqa: BLE001 -- raised below, unless the rule is met before the run that failed
            failure = error
        values = [done[n].observed for n in takewhile(done.__contains__, count())]
        if values:
            refuse_unknown(rule, values[0])
        end = decided(rule, values, least=least, most=most, looked_at=looked_at)
        if end is not None:
            for beyond in [index for index in done if index >= end.n]:
                del done[beyond]
            return end
        if failure is not None:
            raise failure
        looked_at = len(values)
        wanted += still_to_run(stopping(rule, values, least=least, most=most), workers)


def _now(rule: Sequence[Criterion], done: Mapping[int, Replication], least: int, most: int) -> Stopping | None:
    """How far the rule has come when a run is interrupted."""
    return stopping(rule, [done[n].observed for n in sorted(done)], least=least, most=most) if rule and done else None


def replicate(
    scenario: Scenario, replication: int, *, seed: int, engine: Engine, keep_trace: bool, rule: Sequence[Criterion] = ()
) -> Replication:
    """One replication: planned, simulated, held against the laws, measured."""
    plan = make_plan(scenario, replication=replication, seed=seed)
    lives = decode(plan, simulate(plan, engine=engine), hours=axes(plan, scenario).hours)
    stuck = deadlock(lives)
    if stuck is not None:
        raise Deadlocked(f"replication {replication}: {stuck.told(scenario.start)}")
    check(lives)
    trace, trucks = trace_frames(lives, scenario) if keep_trace else (None, None)
    measures = measure(lives, scenario)
    return Replication(measures=measures, observed=observed(rule, measures), trace=trace, trucks=trucks)


def portable(scenario: Scenario) -> Scenario:
    """The scenario without what only people read, so that it can be sent to another process."""
    listed = {name: replace(trucks, services=dict(trucks.services)) for name, trucks in scenario.listed.items()}
    return replace(scenario, origins={}, sources={}, warnings=(), listed=listed)


def _results(
    scenario: Scenario, done: Mapping[int, Replication], *, seed: int, asked: int, engine: str, workers: int,
    started: datetime, wall_seconds: float, end: Stopping | None,
) -> Results:  # fmt: skip
    order = sorted(done)
    measures = [done[index].measures for index in order]
    frames = tables(measures)
    rows = summary(measures)
    frames["precision"] = precision(measures, rows)
    if end is not None:
        frames["stopping"] = end.table()
    return Results(
        scenario=scenario, seed=seed, asked=asked, replications=tuple(order), tables=MappingProxyType(frames),
        summary=pl.DataFrame(rows), law_line=checked_line(measures), stopping=end,
        trace=_together([done[index].trace for index in order]),
        trucks=_together([done[index].trucks for index in order]),
        engine=engine, workers=workers, started=started, wall_seconds=wall_seconds,
    )  # fmt: skip


def _together(frames: Sequence[pl.DataFrame | None]) -> pl.DataFrame | None:
    """All replications in one frame, if they were kept."""
    kept = [frame for frame in frames if frame is not None]
    return pl.concat(kept) if kept else None
