"""The bundled sweeps: each can be run, and the capacity sweep is, at a small size, with its plots."""

import re
import shutil

import polars as pl
import pytest

from sim.experiment.designs import points, size
from sim.experiment.sweep_points import checked_keys
from sim.report.sweep import draw
from sim.scenario import bundled
from sim.scenario.sweep_reading import read_sweep

SWEEPS = sorted((bundled.scenario_root() / "sweeps").rglob("*.yaml"))


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_a_bundled_sweep_can_be_run(path):
    sweep, base = read_sweep(path)
    assert sweep.title
    assert sweep.question
    every = list(points(sweep))
    assert len(every) == size(sweep) >= 10
    few = every[:: max(1, len(every) // 4)]
    assert len(set(checked_keys(sweep, base, few, seed=1, version="1"))) == len(few)


def test_the_capacity_sweep_at_a_small_size_with_its_plots(sweep, out):
    """Two days and two replications of every fourth capacity by three levels of arrivals."""
    small = {"step: 100 vehicles/day": "steps: 3", "set:": "set:\n  period.end: 2025-07-02\n  period.warm_up: 3 d"}
    path = bundled.scenario_root() / "sweeps/lang-son/huu-nghi-capacity.yaml"
    text = path.read_text(encoding="utf-8").replace("../../", "")
    for old, new in small.items():
        assert old in text
        text = text.replace(old, new)
    text = re.sub(r"values: \[(\S+ \S+), .*, (\S+ \S+), .*, (\S+ \S+)\]", r"values: [\1, \2, \3]", text)
    text = text[: text.index("  - {metric: throughput")]  # waits are plotted
    own = out.parent / "capacity.yaml"
    own.write_text(text, encoding="utf-8")
    done = sweep(own, "-n", 2)
    assert (done.code, done.err) == (0, "")
    rows = pl.read_parquet(out / "sweep.parquet")
    assert rows.height == 9 * 2
    wait = pl.read_parquet(out / "points.parquet").filter(metric="wait_mean huu-nghi")
    by_capacity = wait.pivot("capacity", index="exports", values="value")
    assert (by_capacity["800.0"] > by_capacity["1500.0"]).all()  # n = 2 each, on the same trucks
    heaviest = wait.filter(exports=pl.col("exports").max())["value"].to_list()
    assert heaviest[0] > heaviest[1]
    drawn = {path.name for path in draw(out)}
    for kind in ("heat", "response"):
        assert f"{kind}-wait-mean-huu-nghi.svg" in drawn
        table = pl.read_csv(out / "figures" / f"{kind}-wait-mean-huu-nghi.csv")
        assert table.height == 9
        assert sorted(table["value"]) == pytest.approx(sorted(wait["value"]), rel=1e-12)
    curve = pl.read_csv(out / "figures/response-wait-mean-huu-nghi.csv")
    assert (curve["low"] <= curve["value"]).all()
    assert curve.sort("capacity", "exports")["high"].to_list() == wait.sort("capacity", "exports")["high"].to_list()
    before = {path: path.read_bytes() for path in (out / "figures").iterdir()}
    shutil.rmtree(out / "figures")
    draw(out)
    assert {path: path.read_bytes() for path in (out / "figures").iterdir()} == before
