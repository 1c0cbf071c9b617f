"""A sweep: every point checked, every run kept as soon as it is done, the tables made of what is kept.

Running the same sweep into the same folder again runs what is missing. What comes out depends neither on workers
nor on their order nor on interruptions.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sim
from sim.engine import Engine
from sim.experiment import store
from sim.experiment.adaptive import Goal, Needed
from sim.experiment.designs import Point, points
from sim.experiment.executors import cores
from sim.experiment.runs import Progress, Request, Runs, engine_for
from sim.experiment.store import Identity
from sim.experiment.sweep_metrics import cell, wanted, width_of
from sim.experiment.sweep_points import checked_keys, fingerprint, scenario_at
from sim.experiment.sweep_tables import RunTable, described
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_schema import SweepFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a finished sweep comes to."""

    folder: Path
    points: int
    runs: int
    ran: int  # of these, now; the rest were kept from before
    again: int  # of those run now, because what was kept of them was damaged
    ahead: int = 0  # runs beside these that were made before it was known that they are not needed
    unmet: int = 0  # points whose mean is not known as well as asked for
    statuses: dict[str, int]  # runs by status


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
    is_adaptive = file.until is not None and replications is None
    replications = replications or file.replications
    mark = fingerprint(file, base, seed=seed, replications=replications, is_adaptive=is_adaptive,
                       version=store.VERSION)  # fmt: skip
    return run_points(
        file, base, folder, every=partial(points, file), files=RunTable.files, replications=replications, seed=seed,
        goal=partial(_goal, file) if is_adaptive else None, mark=mark,
        record={"kind": "sweep", "design": file.design.kind}, engine=engine, workers=workers, scheduler=scheduler,
        force=force, fail_fast=fail_fast, progress=progress,
    )  # fmt: skip


def run_points(
    file: SweepFile,
    base: Scenario,
    folder: Path,
    *,
    every: Callable[[], Iterable[Point]],
    files: Callable[[RunTable], Iterable[tuple[str, bytes]]],
    mark: str,
    record: Mapping[str, Any],
    replications: int,
    goal: Callable[[], Goal] | None = None,
    seed: int,
    engine: Engine,
    workers: int | None,
    scheduler: str,
    force: bool,
    fail_fast: bool,
    progress: Progress | None,
) -> Swept:
    """Run what is missing of all the points, `every` time the same, then write the `files` made of the table of runs.

    `mark` is a hash of all that these depend on, `record` what the manifest says of them beside what it always says.
    With a `goal`, asked for once the file has been checked, each point has as many replications as that takes.
    """
    identity = identity_of(base, seed=seed)
    with store.opened(folder, identity, force=force):
        keys = store.known_keys(folder, mark)
        if keys and store.is_finished(folder, mark) and not store.manifest(folder)["statuses"].get("failed"):
            store.claim(folder, identity)  # its record may have been lost, and the folder been taken over
            return _as_it_was(folder, points=len(keys))
        if keys is None:
            keys = checked_keys(file, base, every(), seed=seed, version=store.VERSION)
            store.claim(folder, identity)
            store.write_keys(folder, mark, keys)
        store.claim(folder, identity)
        runs = Runs(folder=folder, scenario_at=partial(scenario_at, file), seed=seed, workers=workers or cores(),
                    engine=engine_for(engine, base, len(keys) * replications), scheduler=scheduler,
                    fail_fast=fail_fast, progress=progress)  # fmt: skip
        with runs.session():
            needed = Needed(goal=goal()) if goal else None
            table = _table(file, every, keys, runs, needed or replications)
            statuses = table.columns["status"]
            counts = {status: statuses.count(status) for status in ("ok", "deadlock", "limit", "failed")}
            ahead = needed.asked - len(statuses) if needed else 0
            told = _record(file, base, record, seed=seed, points=len(keys), replications=replications)
            told |= {"runs": len(statuses), **(_reached(file, table, ahead) if needed else {})}
            told |= {**described(file.factors, table), "statuses": counts, "fingerprint": mark}
            store.publish(folder, files(table), told | {"scenario": base.resolved})
        return Swept(folder=folder, points=len(keys), runs=len(statuses), ran=runs.ran, again=runs.again, ahead=ahead,
                     unmet=told.get("adaptive", {}).get("not_met", 0), statuses=counts)  # fmt: skip


def _goal(file: SweepFile) -> Goal:
    """What the replications of each point aim at, in a file that has been checked."""
    until = file.until
    assert until is not None
    return Goal(cell=cell(until.metric), width=width_of(until), least=file.replications, most=until.most)


def _as_it_was(folder: Path, *, points: int) -> Swept:
    """A sweep that was finished before."""
    record = store.manifest(folder)
    reached = record.get("adaptive", {})
    return Swept(folder=folder, points=points, runs=record["runs"], ran=0, again=0, ahead=reached.get("ahead", 0),
                 unmet=reached.get("not_met", 0), statuses=record["statuses"])  # fmt: skip


def _reached(file: SweepFile, table: RunTable, ahead: int) -> dict[str, Any]:
    """What the manifest has of replications that end when a mean is known."""
    until = file.until
    assert until is not None
    met = table.met.values()
    return {"adaptive": {"most": until.most, "metric": until.metric.name, "within": until.within,
                         "met": sum(met), "not_met": len(met) - sum(met), "ahead": ahead}}  # fmt: skip


def identity_of(base: Scenario, *, seed: int) -> Identity:
    """What all runs of a folder have in common."""
    listed = {name: trucks.sha256 for name, trucks in base.listed.items()}
    return Identity(version=store.VERSION, seed=seed, base=base.resolved, listed=listed)


def _table(
    file: SweepFile, every: Callable[[], Iterable[Point]], keys: list[str], runs: Runs, replications: int | Needed
) -> RunTable:
    """The table of all runs, each done by now."""

    def keyed() -> Iterator[tuple[Point, str]]:
        return zip(every(), keys, strict=True)

    numbers = replications.of(runs, keyed) if isinstance(replications, Needed) else {}

    def requests() -> Iterator[Request]:
        for point, key in keyed():
            n = numbers[point.number] if isinstance(replications, Needed) else replications
            yield Request(point=point, key=key, replications=range(n))

    table = RunTable.of(file, wanted(file), replications.goal if isinstance(replications, Needed) else None)
    for request, replication, run in runs.complete(requests):
        table.add(request.point, replication, run)
    return table


def _record(
    file: SweepFile, base: Scenario, record: Mapping[str, Any], *, seed: int, points: int, replications: int
) -> dict[str, Any]:
    return {
        "format": store.FORMAT, "kind": record["kind"], "version": sim.__version__, "title": file.title,
        "question": file.question, "hash": base.hash, "base": base.file.title, "seed": seed,
        "points": points, "replications": replications, **record,
    }  # fmt: skip
