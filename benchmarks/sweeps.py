"""A sweep beside its runs alone, a finished one beside its tables, and memory by the number of points."""

import json
import tempfile
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl

from benchmarks.measure import Contender, Floats
from sim.experiment import runs
from sim.experiment.designs import points
from sim.experiment.run import portable
from sim.experiment.runs import Task, run_task
from sim.experiment.store import VERSION, Run
from sim.experiment.sweep import sweep
from sim.experiment.sweep_metrics import wanted
from sim.experiment.sweep_tables import RunTable
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_reading import read_sweep
from sim.scenario.sweep_schema import SweepFile

THREADS = 2
SWEPT, ALONE = "a sweep of a baseline month, 2 threads", "its runs alone, warm, 1 thread"
RESUMED, READ = "going on with a finished sweep of 10,000 rows", "reading its table and points, CSV"
FEW, MANY = 1_000, 100_000  # points gone through
ROWS = 10_000
_A_POINT = 10  # replications
BOOTH = """\
kind: scenario
format: 1
title: One booth
period: {start: 2025-07-01, length: 2 d}
stations: {gate/booth: {servers: 1, service: {law: exponential, mean: 9 min}}}
routes: {trucks: [gate/booth]}
flows: {trucks: {rate: 5/h}}
"""
_HEAD = "kind: sweep\nformat: 1\nbase: booth.yaml\nmetrics: [wait_mean]\n"


def jobs(total: int) -> list[Contender]:
    """Contenders timed by the run: a sweep with its tables, and as many of its runs as fit a tenth of the time."""
    home = Path(tempfile.mkdtemp(prefix="cuakhau-sweeps-"))
    file, base = _of_a_month(home, total)
    folders = (home / f"swept-{k}" for k in count())
    few = max(1, total // 10)

    def swept(seed: int) -> object:
        return sweep(file, base, next(folders), seed=seed, engine="compiled", workers=THREADS)

    def alone(seed: int) -> None:
        for k in range(few):
            run_task(
                Task(key="", replication=k, scenario=portable(base), seed=seed, engine="compiled", version=VERSION)
            )

    finished = _finished(home)
    return [
        Contender(name=SWEPT, run=swept, found=_counted(total), warm=False),
        Contender(name=ALONE, run=alone, found=_counted(few)),
        Contender(name=RESUMED, run=lambda _: sweep(*_rows(home), finished, engine="compiled", workers=THREADS),
                  found=_counted(ROWS)),
        Contender(name=READ, run=lambda _: [pl.read_csv(finished / f"{name}.csv") for name in ("sweep", "points")],
                  found=_counted(ROWS)),
    ]  # fmt: skip


def _counted(number: int) -> Any:
    return lambda _seed, _result: (number, np.nan)


def _of_a_month(home: Path, total: int) -> tuple[SweepFile, Scenario]:
    """Lanes of Huu Nghi by closing hour, ten replications a point, as many points as make the total."""
    n = max(1, total // _A_POINT)
    lanes = ", ".join(str(k + 2) for k in range(n))
    text = (
        f"kind: sweep\nformat: 1\nbase: lang-son/baseline.yaml\nlevers: {{stations.huu-nghi/lane.servers: [{lanes}]}}\n"
    )
    (home / "month.yaml").write_text(f"{text}replications: {total // n}\n")
    return read_sweep(home / "month.yaml")


@cache
def _rows(home: Path) -> tuple[SweepFile, Scenario]:
    (home / "booth.yaml").write_text(BOOTH)
    demand = "uncertainties: {demand: {path: flows.trucks.rate, low: 2/h, high: 6/h, steps: 1000}}\n"
    (home / "rows.yaml").write_text(f"{_HEAD}{demand}replications: {ROWS // 1000}\n")
    return read_sweep(home / "rows.yaml")


def _finished(home: Path) -> Path:
    """A finished sweep of 10,000 rows, one run handed out for all."""
    with _handed_out():
        sweep(*_rows(home), home / "finished", engine="compiled", workers=1)
    return home / "finished"


@contextmanager
def _handed_out() -> Iterator[None]:
    """Runs that cost nothing, and a disk that need not be waited for."""
    with patch.object(runs, "run_task", lambda _: _run()), patch("os.fsync"):
        yield


def _run() -> Run:
    return Run(status="ok", reason="", trucks=240, cells=[["wait_mean", "", "", "", "", "min", 12.5]])


def memory() -> dict[str, float]:
    """Peak bytes of going through all points of a grid, few and many; and what a row of the tables takes."""
    found = {}
    for number in (FEW, MANY):
        with tempfile.TemporaryDirectory() as folder:
            file = _grid(Path(folder), number)
        next(iter(points(file)))
        tracemalloc.start()
        n = sum(1 for _ in points(file))
        found[f"{number}"] = float(tracemalloc.get_traced_memory()[1])
        assert n == number
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        table = RunTable.of(file, wanted(file))
        for point in points(file):
            table.add(point, 0, _run())
        found[f"{number} rows"] = (tracemalloc.get_traced_memory()[1] - before) / number
        tracemalloc.stop()
    return found


def _grid(home: Path, number: int) -> SweepFile:
    (home / "booth.yaml").write_text(BOOTH)
    demand = "demand: {path: flows.trucks.rate, low: 2/h, high: 6/h, steps: 100}"
    places = f"places: {{path: stations.gate/booth.places, low: 1, high: {number // 100}, step: 1}}"
    (home / "grid.yaml").write_text(f"{_HEAD}uncertainties: {{{demand}, {places}}}\n")
    return read_sweep(home / "grid.yaml")[0]


def flat(found: dict[str, float]) -> Floats:
    """Memory of going through 100,000 points over that of 1,000."""
    return np.array([found[f"{MANY}"] / found[f"{FEW}"]])


def main() -> None:
    """Print the memory of the points alone."""
    print(json.dumps(memory()))


if __name__ == "__main__":
    main()
