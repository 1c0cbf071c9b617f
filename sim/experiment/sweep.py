"""A sweep: every point checked, every run kept as soon as it is done, the tables made of what is kept.

Running the same sweep into the same folder again runs what is missing. What comes out depends neither on workers
nor on their order nor on interruptions.
"""

import errno
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sim
from sim.engine import Engine, LimitReached, choose_engine
from sim.experiment import store
from sim.experiment.designs import points
from sim.experiment.executors import cores
from sim.experiment.run import Deadlocked, replicate
from sim.experiment.spread import Kind, Lost, spread
from sim.experiment.store import Identity, Run
from sim.experiment.sweep_log import note_session
from sim.experiment.sweep_metrics import cells, wanted
from sim.experiment.sweep_points import checked_keys, fingerprint, scenario_at
from sim.experiment.sweep_tables import RunTable, described
from sim.measure.summary import summary
from sim.measure.tables import tables
from sim.scenario.outlook import outlook
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_schema import SweepFile

VERSION = f"{sim.__version__}/{store.FORMAT}"  # of the code, as far as it can change a result
_ROUNDS = 4  # of running what is missing and reading it back
Progress = Callable[[int, int], None]


class Stopped(KeyboardInterrupt):
    """Stopped by the user; every run that was done is kept."""

    def __init__(self, kept: int, asked: int) -> None:
        super().__init__()
        self.kept, self.asked = kept, asked


class FirstFailure(Exception):
    """A run did not end well, and the user wants to stop at the first that does not."""

    exit_code = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a finished sweep comes to."""

    folder: Path
    points: int
    runs: int
    ran: int  # of these, now; the rest were kept from before
    again: int  # of those run now, because what was kept of them was damaged
    statuses: dict[str, int]  # runs by status


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """One run to be done."""

    key: str
    replication: int
    scenario: Scenario
    seed: int
    engine: Engine
    version: str


def sweep(
    file: SweepFile,
    base: Scenario,
    folder: Path,
    *,
    replications: int | None = None,
    seed: int = 1,
    engine: Engine = "auto",
    workers: int | None = None,
    scheduler: str = "",
    force: bool = False,
    fail_fast: bool = False,
    progress: Progress | None = None,
) -> Swept:
    """Run what is missing of a sweep in its folder, then make its tables. `progress(done, asked)` counts runs.

    Raises ScenarioFaults before anything is written if any point is faulty, Stopped after Ctrl-C.
    """
    replications = replications or file.replications
    identity = Identity(version=VERSION, seed=seed, base=base.resolved,
                        listed={name: trucks.sha256 for name, trucks in base.listed.items()})  # fmt: skip
    mark = fingerprint(file, base, seed=seed, replications=replications, version=VERSION)
    with store.opened(folder, identity, force=force):
        keys = store.known_keys(folder, mark)
        if keys and store.is_finished(folder, mark) and not store.manifest(folder)["statuses"].get("failed"):
            return Swept(folder=folder, points=len(keys), runs=len(keys) * replications, ran=0, again=0,
                         statuses=store.manifest(folder)["statuses"])  # fmt: skip
        if keys is None:
            keys = checked_keys(file, base, points(file), seed=seed, version=VERSION)
            store.claim(folder, identity)
            store.write_keys(folder, mark, keys)
        job = _Job(file, folder, keys, replications, seed, scheduler, fail_fast, progress, workers or cores())
        return job.done(_engine(engine, base, len(keys) * replications), base, mark)


def _engine(engine: Engine, base: Scenario, runs: int) -> Engine:
    return choose_engine(round(sum(outlook(base).trucks.values()) * runs)) if engine == "auto" else engine


@dataclass(slots=True)
class _Job:
    """One call of a sweep."""

    file: SweepFile
    folder: Path
    keys: Sequence[str]
    replications: int
    seed: int
    scheduler: str
    fail_fast: bool
    progress: Progress | None
    workers: int
    ran: int = 0

    def done(self, engine: Engine, base: Scenario, mark: str) -> Swept:
        """Everything run and the tables made."""
        begun, clock = datetime.now(UTC), time.monotonic()

        def note() -> None:
            seconds, workers = time.monotonic() - clock, self.scheduler or str(self.workers)
            note_session(self.folder, begun, seconds, ran=self.ran, engine=engine, workers=workers)

        try:
            table, again = self._complete(engine)
        except KeyboardInterrupt:
            note()
            raise Stopped(self._kept(), len(self.keys) * self.replications) from None
        statuses = table.columns["status"]
        counts = {status: statuses.count(status) for status in ("ok", "deadlock", "limit", "failed")}
        store.publish(self.folder, table.files(), self._record(base, mark, table, counts))
        note()
        return Swept(folder=self.folder, points=len(self.keys), runs=len(statuses), ran=self.ran, again=again,
                     statuses=counts)  # fmt: skip

    def _complete(self, engine: Engine) -> tuple[RunTable, int]:
        """The table of all runs, each done by now, and how many were damaged and done again."""
        again = 0
        for _ in range(_ROUNDS):
            self._run_missing(engine)
            table, lost = self._table()
            if not lost:
                return table, again
            again += lost
        raise OSError(errno.EIO, "does not keep what is written to it", str(self.folder))

    def _kept(self) -> int:
        names = store.kept_names(self.folder)
        return sum(store.run_name(key, r) in names for key in self.keys for r in range(self.replications))

    def _record(self, base: Scenario, mark: str, table: RunTable, counts: dict[str, int]) -> dict[str, Any]:
        return {
            "format": store.FORMAT, "kind": "sweep", "version": sim.__version__, "title": self.file.title,
            "question": self.file.question, "hash": base.hash, "base": base.file.title, "seed": self.seed,
            "points": len(self.keys), "replications": self.replications, "design": self.file.design.kind,
            **described(self.file.factors, table), "statuses": counts, "fingerprint": mark, "scenario": base.resolved,
        }  # fmt: skip

    def _run_missing(self, engine: Engine) -> None:
        kind: Kind = "cluster" if self.scheduler else "processes" if engine == "simpy" else "threads"
        kept, asked = self._kept(), len(self.keys) * self.replications
        self._tell(kept, asked)
        tasks = self._tasks(engine)
        with closing(spread(run_task, tasks, kind=kind, workers=self.workers, scheduler=self.scheduler)) as results:
            for task, result in results:
                run = _failed("failed", result.reason) if isinstance(result, Lost) else result
                store.write_run(self.folder, task.key, task.replication, run)
                self.ran += 1
                kept += 1
                self._tell(kept, asked)
                if self.fail_fast and run.status != "ok":
                    raise FirstFailure(f"stopped at the first run that failed: {run.reason}; the others are kept")

    def _tell(self, kept: int, asked: int) -> None:
        if self.progress is not None:
            self.progress(kept, asked)

    def _tasks(self, engine: Engine) -> Iterator[Task]:
        """What is not kept, in order; a scenario is loaded when its first run is due."""
        names = store.kept_names(self.folder)
        for point, key in zip(points(self.file), self.keys, strict=True):
            missing = [r for r in range(self.replications) if store.run_name(key, r) not in names]
            names |= {store.run_name(key, r) for r in missing}  # another point may be the same scenario
            scenario = _light(scenario_at(self.file, point)) if missing else None
            for replication in missing:
                assert scenario is not None
                yield Task(key=key, replication=replication, scenario=scenario, seed=self.seed, engine=engine,
                           version=VERSION)  # fmt: skip

    def _table(self) -> tuple[RunTable, int]:
        """The table of all runs, and how many could not be read."""
        table, lost = RunTable.of(self.file, wanted(self.file)), 0
        for point, key in zip(points(self.file), self.keys, strict=True):
            for replication in range(self.replications):
                run = store.read_run(self.folder, key, replication)
                if run is None:
                    lost += 1
                else:
                    table.add(point, replication, run)
        return table, lost


def _light(scenario: Scenario) -> Scenario:
    """The scenario without what only people read, so that it can be sent to another process."""
    listed = {name: replace(trucks, services=dict(trucks.services)) for name, trucks in scenario.listed.items()}
    return replace(scenario, origins={}, sources={}, warnings=(), listed=listed)


def run_task(task: Task) -> Run:
    """The run of a task, whatever becomes of it."""
    if task.version != VERSION:
        return _failed("failed", f"this worker has version {VERSION}, the sweep is made with {task.version}")
    try:
        done = replicate(task.scenario, task.replication, seed=task.seed, engine=task.engine, keep_trace=False)
        rows = summary(tables([done.measures]))
    except Deadlocked as error:
        return _failed("deadlock", str(error))
    except LimitReached as error:
        return _failed("limit", str(error))
    except MemoryError:
        return _failed("failed", "out of memory; fewer --workers need less")
    except Exception as error:  # noqa: BLE001 -- a run that fails is a row with its reason; the others go on
        return _failed("failed", f"{type(error).__name__}: {error}")
    return Run(status="ok", reason="", trucks=done.measures.n_trucks, cells=cells(rows))


def _failed(status: store.Status, reason: str) -> Run:
    return Run(status=status, reason=reason[:1000], trucks=0, cells=[])
