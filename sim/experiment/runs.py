"""Runs that are kept: of the runs asked for, those that the folder lacks are done, then all are read from it.

Sweeps, sensitivity studies and searches ask here. What comes back depends neither on workers nor on their order nor
on what was interrupted before: it is always what stands in the folder.
"""

import errno
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sim.engine import Engine, LimitReached, choose_engine
from sim.experiment import store
from sim.experiment.designs import Point
from sim.experiment.run import Deadlocked, portable, replicate
from sim.experiment.spread import Kind, Lost, spread
from sim.experiment.store import Run
from sim.experiment.sweep_log import note_session
from sim.experiment.sweep_metrics import cells
from sim.measure.summary import summary
from sim.scenario.outlook import outlook
from sim.scenario.scenario import Scenario
from sim.signals import signals_held

_TRIES = 3  # of a run whose file does not come back as it was written
Progress = Callable[[int, int], None]


class Stopped(KeyboardInterrupt):
    """Stopped by the user; every run that was done is kept."""

    def __init__(self, kept: int, asked: int) -> None:
        super().__init__()
        self.kept, self.asked = kept, asked


class FirstFailure(Exception):
    """A run did not end well, and the user wants to stop at the first that does not."""

    exit_code = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Request:
    """Replications of one point that are wanted."""

    point: Point
    key: str  # of its scenario, as sweep_points.key_of gives it
    replications: range


Requests = Callable[[], Iterable[Request]]  # gone through several times; never held all at once


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """One run to be done."""

    key: str
    replication: int
    scenario: Scenario
    seed: int
    engine: Engine
    version: str


@dataclass(slots=True, kw_only=True)
class Runs:
    """The runs of one folder, which the caller holds open (store.opened)."""

    folder: Path
    scenario_at: Callable[[Point], Scenario]
    seed: int
    engine: Engine
    workers: int
    scheduler: str = ""
    fail_fast: bool = False
    progress: Progress | None = None
    ran: int = 0  # runs done by this call
    again: int = 0  # of these, because what was kept of them was damaged

    def complete(self, requests: Requests) -> Iterator[tuple[Request, int, Run]]:
        """(request, replication, run) of all that is asked for, in order; what is missing is run before the first.

        Raises Stopped after Ctrl-C.
        """
        self._run_missing(requests)
        for request in requests():
            for replication in request.replications:
                yield request, replication, self._read(request, replication)

    def _read(self, request: Request, replication: int) -> Run:
        """A run from the folder; one that was damaged there is run again."""
        run, tries = store.read_run(self.folder, request.key, replication), 0
        while run is None:
            tries += 1
            if tries > _TRIES:
                raise OSError(errno.EIO, "does not keep what is written to it", str(self.folder))
            self.again += 1
            self._run_missing(partial(_alone, request, replication))
            run = store.read_run(self.folder, request.key, replication)
        return run

    def _run_missing(self, requests: Requests) -> None:
        kind: Kind = "cluster" if self.scheduler else "processes" if self.engine == "simpy" else "threads"
        kept, asked = _kept(self.folder, requests), sum(len(request.replications) for request in requests())
        if kept == asked:
            self._tell(kept, asked)
            return
        try:
            self._tell(kept, asked)
            tasks = self._tasks(requests)
            with closing(spread(run_task, tasks, kind=kind, workers=self.workers, scheduler=self.scheduler)) as results:
                for task, result in results:
                    run = _failed("failed", result.reason) if isinstance(result, Lost) else result
                    with signals_held():  # a run that is kept is counted
                        store.write_run(self.folder, task.key, task.replication, run)
                        self.ran += 1
                        kept += 1
                    self._tell(kept, asked)
                    if self.fail_fast and run.status != "ok":
                        raise FirstFailure(f"stopped at the first run that failed: {run.reason}; the others are kept")
        except KeyboardInterrupt:
            raise Stopped(_kept(self.folder, requests), asked) from None

    def _tell(self, kept: int, asked: int) -> None:
        if self.progress is not None:
            self.progress(kept, asked)

    def _tasks(self, requests: Requests) -> Iterator[Task]:
        """What is not kept, in order; a scenario is loaded when its first run is due."""
        names = store.kept_names(self.folder)
        for request in requests():
            missing = [r for r in request.replications if store.run_name(request.key, r) not in names]
            names |= {store.run_name(request.key, r) for r in missing}  # another request may be for the same scenario
            scenario = portable(self.scenario_at(request.point)) if missing else None
            for replication in missing:
                assert scenario is not None
                yield Task(key=request.key, replication=replication, scenario=scenario, seed=self.seed,
                           engine=self.engine, version=store.VERSION)  # fmt: skip

    @contextmanager
    def session(self) -> Iterator[None]:
        """Note in the folder's log what is run in the block, however it ends."""
        begun, clock = datetime.now(UTC), time.monotonic()
        try:
            yield
        finally:
            seconds, workers = time.monotonic() - clock, self.scheduler or str(self.workers)
            note_session(self.folder, begun, seconds, ran=self.ran, engine=self.engine, workers=workers)


def engine_for(engine: Engine, base: Scenario, runs: int) -> Engine:
    """The engine to be used for so many runs about as large as those of the base."""
    return choose_engine(round(sum(outlook(base).trucks.values()) * runs)) if engine == "auto" else engine


def _alone(request: Request, replication: int) -> Iterator[Request]:
    yield replace(request, replications=range(replication, replication + 1))


def _kept(folder: Path, requests: Requests) -> int:
    names = store.kept_names(folder)
    return sum(store.run_name(request.key, r) in names for request in requests() for r in request.replications)


def run_task(task: Task) -> Run:
    """The run of a task, whatever becomes of it."""
    if task.version != store.VERSION:
        return _failed("failed", f"this worker has version {store.VERSION}, the sweep is made with {task.version}")
    try:
        done = replicate(task.scenario, task.replication, seed=task.seed, engine=task.engine, keep_trace=False)
        rows = summary([done.measures])
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
