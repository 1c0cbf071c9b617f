"""A search: the lever values that minimise a stated goal within stated limits, on a hard budget of runs.

Every run is kept as that of a sweep is; the same search into the same folder goes on where it was, and ends with the
same bytes for any workers, order or interruptions.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.engine import Engine
from sim.experiment import store
from sim.experiment.designs import Point
from sim.experiment.discovery import Discovery, discover
from sim.experiment.executors import cores
from sim.experiment.failures import failures_of
from sim.experiment.finals import Final, final, fresh_seed
from sim.experiment.hunt import Hunt
from sim.experiment.levers import untouched
from sim.experiment.runs import Progress, Runs, Stopped, engine_for
from sim.experiment.search_files import files_of, record_of
from sim.experiment.search_task import Task, task_of
from sim.experiment.sweep import identity_of
from sim.experiment.sweep_points import fingerprint, scenario_at
from sim.experiment.trials import Judge, Trials
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_schema import SweepFile

BUDGET, MOST_BUDGET = 300, 1_000_000  # runs
_KEPT = 64  # scenarios, so that none is loaded twice in a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What a finished search comes to."""

    folder: Path
    answer: Mapping[str, Any]  # as answer.json has it
    ran: int  # runs made now
    again: int  # of these, because what was kept of them was damaged


def search(
    file: SweepFile, base: Scenario, folder: Path, *, budget: int = BUDGET, replications: int | None = None,
    seed: int = 1, engine: Engine = "auto", workers: int | None = None, scheduler: str = "", force: bool = False,
    progress: Progress | None = None,
) -> Searched:  # fmt: skip
    """Search in a folder, running only what it lacks. `progress(done, budget)` counts runs.

    Raises ScenarioFaults or BudgetTooSmall before anything is written, Stopped after Ctrl-C.
    """
    replications = replications or file.replications
    identity = identity_of(base, seed=seed)
    mark = _mark(file, base, budget=budget, replications=replications, seed=seed)
    with store.opened(folder, identity, force=force):
        if store.is_finished(folder, mark) and not store.manifest(folder)["statuses"].get("failed"):
            return Searched(folder=folder, answer=json.loads((folder / "answer.json").read_bytes()), ran=0, again=0)
        task = task_of(file, base, budget=budget, replications=replications)
        store.claim(folder, identity)
        loaded = _loader(file)
        how: dict[str, Any] = {
            "folder": folder, "scenario_at": loaded, "engine": engine_for(engine, base, budget), "scheduler": scheduler,
            "workers": workers or cores(),
        }  # fmt: skip
        runs, last_runs = Runs(seed=seed, **how), Runs(seed=fresh_seed(seed), **how)
        with runs.session():
            try:
                hunt, found, failures = _course(task, runs, last_runs, loaded, progress)
            finally:
                runs.ran += last_runs.ran
            record = {**record_of(task, hunt, found), "fingerprint": mark, "scenario": base.resolved}
            store.publish(folder, files_of(task, hunt, found, failures), record)
        answer = json.loads((folder / "answer.json").read_bytes())
        return Searched(folder=folder, answer=answer, ran=runs.ran, again=runs.again + last_runs.again)


def _course(
    task: Task, runs: Runs, last_runs: Runs, loaded: Callable[[Point], Scenario], progress: Progress | None
) -> tuple[Hunt, Final, Discovery | None]:
    """The search, the last runs, and where the best of them fails."""
    asked = 0

    def told(so_far: int) -> None:
        nonlocal asked
        asked = so_far

    if progress is not None:
        show = progress
        runs.progress = last_runs.progress = lambda kept, _: show(min(asked + kept, task.budget), task.budget)
    book, last = (
        Trials(sweep=task.file, aim=task.aim, prices=task.prices, futures=task.futures, runs=own, scenario_at=loaded,
               version=store.VERSION)
        for own in (runs, last_runs)
    )  # fmt: skip
    base = book.trial(untouched(task.space), None, "base")
    others = [None if other is None else book.trial(other, None, "compared") for other in task.others]
    hunt = Hunt(space=task.space, prices=task.prices, trials=book, seed=task.file.design.seed, told=told,
                judge=Judge(bounds=task.aim.bounds, base=base, others=others), budget=task.budget - task.last_runs,
                companions=list(dict.fromkeys([base, *(o for o in others if o is not None)])))  # fmt: skip
    try:
        found = final(last, base.levels, task.others, hunt.run(), task.replications)
        told(asked + len(last.spent))
        return hunt, found, _failures(task, found, last_runs)
    except Stopped as stop:
        raise Stopped(min(asked + stop.kept, task.budget), task.budget) from None


def _failures(task: Task, found: Final, runs: Runs) -> Discovery | None:
    """Where the best setting fails, if the file says what failing is."""
    if task.fails is None or found.best is None:
        return None
    rows, factors = failures_of(task.file, task.fails, found.best.levels, runs)
    return discover(rows, factors, task.fails.failing, task.fails.column, seed=runs.seed)


def _loader(file: SweepFile) -> Callable[[Point], Scenario]:
    """Scenarios of points, the last few of them kept."""
    points: dict[tuple[Any, ...], Point] = {}

    @lru_cache(maxsize=_KEPT)
    def load(name: tuple[Any, ...]) -> Scenario:
        return scenario_at(file, points.pop(name))

    def at(point: Point) -> Scenario:
        name = tuple((level.label, *level.settings.items(), *level.overlays) for level in point.levels)
        points[name] = point
        return load(name)

    return at


def _mark(file: SweepFile, base: Scenario, *, budget: int, replications: int, seed: int) -> str:
    """A hash of all that the outcome of a search depends on."""
    own = [_plain(file.goal), _plain(file.limits), _plain(file.fails), budget, "search"]
    swept = fingerprint(file, base, seed=seed, replications=replications, version=store.VERSION)
    return hashlib.sha256(json.dumps([swept, own], sort_keys=True).encode()).hexdigest()


def _plain(part: Any) -> Any:
    """What a part of the file says, without where it stands."""
    if hasattr(part, "__dataclass_fields__"):
        return {name: _plain(getattr(part, name)) for name in part.__dataclass_fields__ if name != "place"}
    if isinstance(part, tuple | list):
        return [_plain(item) for item in part]
    return {key: _plain(value) for key, value in part.items()} if isinstance(part, Mapping) else part
