"""A sweep: every point checked, every run kept as soon as it is done, the tables made of what is kept.

Running the same sweep into the same folder again runs what is missing. What comes out depends neither on workers
nor on their order nor on interruptions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sim
from sim.engine import Engine
from sim.experiment import store
from sim.experiment.designs import points
from sim.experiment.executors import cores
from sim.experiment.runs import Progress, Request, Runs, engine_for
from sim.experiment.store import Identity
from sim.experiment.sweep_metrics import wanted
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
    replications = replications or file.replications
    identity = identity_of(base, seed=seed)
    mark = fingerprint(file, base, seed=seed, replications=replications, version=store.VERSION)
    with store.opened(folder, identity, force=force):
        keys = store.known_keys(folder, mark)
        if keys and store.is_finished(folder, mark) and not store.manifest(folder)["statuses"].get("failed"):
            return Swept(folder=folder, points=len(keys), runs=len(keys) * replications, ran=0, again=0,
                         statuses=store.manifest(folder)["statuses"])  # fmt: skip
        if keys is None:
            keys = checked_keys(file, base, points(file), seed=seed, version=store.VERSION)
            store.claim(folder, identity)
            store.write_keys(folder, mark, keys)
        runs = Runs(folder=folder, scenario_at=partial(scenario_at, file), seed=seed, workers=workers or cores(),
                    engine=engine_for(engine, base, len(keys) * replications), scheduler=scheduler,
                    fail_fast=fail_fast, progress=progress)  # fmt: skip
        with runs.session():
            table = _table(file, keys, runs, replications)
            statuses = table.columns["status"]
            counts = {status: statuses.count(status) for status in ("ok", "deadlock", "limit", "failed")}
            record = _record(file, base, seed=seed, points=len(keys), replications=replications)
            record |= {**described(file.factors, table), "statuses": counts, "fingerprint": mark}
            store.publish(folder, table.files(), record | {"scenario": base.resolved})
        return Swept(folder=folder, points=len(keys), runs=len(statuses), ran=runs.ran, again=runs.again,
                     statuses=counts)  # fmt: skip


def identity_of(base: Scenario, *, seed: int) -> Identity:
    """What all runs of a folder have in common."""
    listed = {name: trucks.sha256 for name, trucks in base.listed.items()}
    return Identity(version=store.VERSION, seed=seed, base=base.resolved, listed=listed)


def _table(file: SweepFile, keys: list[str], runs: Runs, replications: int) -> RunTable:
    """The table of all runs, each done by now."""

    def requests() -> Iterator[Request]:
        for point, key in zip(points(file), keys, strict=True):
            yield Request(point=point, key=key, replications=range(replications))

    table = RunTable.of(file, wanted(file))
    for request, replication, run in runs.complete(requests):
        table.add(request.point, replication, run)
    return table


def _record(file: SweepFile, base: Scenario, *, seed: int, points: int, replications: int) -> dict[str, Any]:
    return {
        "format": store.FORMAT, "kind": "sweep", "version": sim.__version__, "title": file.title,
        "question": file.question, "hash": base.hash, "base": base.file.title, "seed": seed,
        "points": points, "replications": replications, "design": file.design.kind,
    }  # fmt: skip
