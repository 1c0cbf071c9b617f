"""A study of sensitivity: which of the factors of a sweep file matter to which metric, and how sure is that.

Its runs are those of a sweep: each point is checked before any runs, each run is kept as soon as it is done, and the
tables are made of what is kept. More blocks, another method or another metric run only what is missing.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import sim
from sim.engine import Engine
from sim.experiment import store
from sim.experiment.executors import cores
from sim.experiment.output import csv, parquet
from sim.experiment.runs import Progress, Request, Runs, engine_for
from sim.experiment.sensitivity_design import FEWEST, Design, Method, StudyRefused, design, points_of
from sim.experiment.sensitivity_tables import indices_table
from sim.experiment.sweep import Swept, identity_of
from sim.experiment.sweep_metrics import wanted
from sim.experiment.sweep_points import checked_keys, fingerprint, scenario_at
from sim.experiment.sweep_tables import RunTable, described
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_schema import SweepFile

_FEWEST_REPLICATIONS = 2


def study(
    file: SweepFile,
    base: Scenario,
    folder: Path,
    *,
    method: Method,
    blocks: int,
    second: bool = False,
    replications: int | None = None,
    seed: int = 1,
    engine: Engine = "auto",
    workers: int | None = None,
    scheduler: str = "",
    force: bool = False,
    fail_fast: bool = False,
    progress: Progress | None = None,
) -> Swept:
    """Run what is missing of a study in its folder, then make its tables. `progress(done, asked)` counts runs.

    `blocks`: trajectories of "morris", base samples of "sobol", samples of "delta". `seed` is the root of all chance,
    that of the design included. Raises ScenarioFaults or StudyRefused before anything is written if anything in what
    is asked for is faulty, Stopped after Ctrl-C.
    """
    replications = replications or file.replications
    if replications < _FEWEST_REPLICATIONS:
        raise StudyRefused("effect and noise cannot be told apart with 1 replication a point; --replications 3 can")
    asked = design(file, method, blocks=blocks, seed=seed, second=second)
    identity = identity_of(base, seed=seed)
    mark = _mark(file, base, asked, seed=seed, replications=replications)
    with store.opened(folder, identity, force=force):
        keys = store.known_keys(folder, mark)
        if keys and store.is_finished(folder, mark) and not store.manifest(folder)["statuses"].get("failed"):
            return Swept(folder=folder, points=len(keys), runs=len(keys) * replications, ran=0, again=0,
                         statuses=store.manifest(folder)["statuses"])  # fmt: skip
        if keys is None:
            keys = checked_keys(file, base, points_of(file, asked), seed=seed, version=store.VERSION)
            store.claim(folder, identity)
            store.write_keys(folder, mark, keys)
        runs = Runs(folder=folder, scenario_at=partial(scenario_at, file), seed=seed, workers=workers or cores(),
                    engine=engine_for(engine, base, len(keys) * replications), scheduler=scheduler,
                    fail_fast=fail_fast, progress=progress)  # fmt: skip
        with runs.session():
            table = _table(file, asked, keys, runs, replications)
            statuses = table.columns["status"]
            counts = {status: statuses.count(status) for status in ("ok", "deadlock", "limit", "failed")}
            record = _record(file, base, asked, seed=seed, replications=replications)
            record |= {**described(file.factors, table), "statuses": counts, "fingerprint": mark}
            store.publish(folder, _files(table, asked, seed=seed), record | {"scenario": base.resolved})
        return Swept(folder=folder, points=len(keys), runs=len(statuses), ran=runs.ran, again=runs.again,
                     statuses=counts)  # fmt: skip


def _mark(file: SweepFile, base: Scenario, asked: Design, *, seed: int, replications: int) -> str:
    """A hash of all that the tables of a study depend on."""
    own = fingerprint(file, base, seed=seed, replications=replications, version=store.VERSION)
    parts = ["sensitivity", own, asked.method, asked.rows.shape, asked.has_second]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _table(file: SweepFile, asked: Design, keys: list[str], runs: Runs, replications: int) -> RunTable:
    """The table of all runs, each done by now."""

    def requests() -> Iterator[Request]:
        for point, key in zip(points_of(file, asked), keys, strict=True):
            yield Request(point=point, key=key, replications=range(replications))

    table = RunTable.of(file, wanted(file))
    for request, replication, run in runs.complete(requests):
        table.add(request.point, replication, run)
    return table


def _files(table: RunTable, asked: Design, *, seed: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of every table: those of a sweep, and the indices."""
    yield from table.files()
    found = indices_table(table, asked, seed=seed, fewest=FEWEST[asked.method])
    yield "indices.parquet", parquet(found)
    yield "indices.csv", csv(found)


def _record(file: SweepFile, base: Scenario, asked: Design, *, seed: int, replications: int) -> dict[str, Any]:
    return {
        "format": store.FORMAT, "kind": "sensitivity", "version": sim.__version__, "title": file.title,
        "question": file.question, "hash": base.hash, "base": base.file.title, "seed": seed, "points": asked.size,
        "replications": replications, "design": asked.method, "blocks": len(asked.rows),
        "inputs": [{"name": i.name, "title": i.title, "role": i.role, "factor": i.axis[0].name} for i in asked.inputs],
    }  # fmt: skip
