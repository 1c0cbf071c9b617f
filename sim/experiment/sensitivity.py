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

from sim.engine import Engine
from sim.experiment import store
from sim.experiment.output import csv, parquet
from sim.experiment.runs import Progress
from sim.experiment.sensitivity_design import FEWEST, Design, Method, StudyRefused, design, points_of
from sim.experiment.sensitivity_tables import indices_table
from sim.experiment.sweep import Swept, run_points
from sim.experiment.sweep_points import fingerprint
from sim.experiment.sweep_tables import RunTable
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
    return run_points(
        file, base, folder, every=partial(points_of, file, asked), files=partial(_files, asked=asked, seed=seed),
        mark=_mark(file, base, asked, seed=seed, replications=replications), record=_record(asked),
        replications=replications, seed=seed, engine=engine, workers=workers, scheduler=scheduler, force=force,
        fail_fast=fail_fast, progress=progress,
    )  # fmt: skip


def _mark(file: SweepFile, base: Scenario, asked: Design, *, seed: int, replications: int) -> str:
    """A hash of all that the tables of a study depend on."""
    own = fingerprint(file, base, seed=seed, replications=replications, version=store.VERSION)
    parts = ["sensitivity", own, asked.method, asked.rows.shape, asked.has_second]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _files(table: RunTable, *, asked: Design, seed: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of every table: those of a sweep, and the indices."""
    yield from table.files()
    found = indices_table(table, asked, seed=seed, fewest=FEWEST[asked.method])
    yield "indices.parquet", parquet(found)
    yield "indices.csv", csv(found)


def _record(asked: Design) -> dict[str, Any]:
    return {
        "kind": "sensitivity", "design": asked.method, "blocks": len(asked.rows), "order_2": asked.has_second,
        "inputs": [{"name": i.name, "title": i.title, "role": i.role, "factor": i.axis[0].name} for i in asked.inputs],
    }  # fmt: skip
