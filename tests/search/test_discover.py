"""`cuakhau discover`: over the runs of a sweep, at one policy, in words and as a table."""

import json
from pathlib import Path

import polars as pl
import pytest

from .conftest import noise

UNSURE = """\
uncertainties:
  arrivals: {path: flows.trucks.rate, title: Arrivals, low: 4/h, high: 10/h}
  service: {path: stations.gate/booth.service.mean, title: Service, low: 10 min, high: 30 min}
design: {kind: sobol, points: 64, of: uncertainties}
replications: 1
metrics: [wait_mean]
"""
POLICY = "levers: {booths: {path: stations.gate/booth.servers, values: [4, 8]}}\n"
FAILS = "fails: {metric: wait_mean, more than: 1 h}\n"


def outcome(x, seed, replication):
    """Four booths fail where many trucks meet long service; eight never do."""
    jam = x.rate > 7 and x.mean > 18 and x.servers == 4
    return 90.0 if jam else 30 + noise(seed, replication, x.rate)


def test_a_file_is_run_and_its_failures_told(command, write, formula, tmp_path):
    formula(outcome)
    done = command("discover", write(UNSURE + FAILS), "--workers", 1)
    assert (done.code, done.err) == (0, "")
    home = tmp_path / "results/sweeps/search/discovery"
    table = pl.read_parquet(home / "boxes.parquet").to_dicts()
    assert [(row["factor"], row["high"]) for row in table] == [("arrivals", None), ("service", None)]
    assert table[0]["low"] == pytest.approx(7, abs=0.3)
    assert table[1]["low"] == pytest.approx(18, abs=1)
    assert "fails when Arrivals > " in done.out
    assert "100% of runs in the box fail (coverage 100% of all failures" in done.out
    assert {path.name for path in home.iterdir()} >= {"failures.svg", "failures.csv", "boxes.csv", "discovery.json"}
    first = {path.name: path.read_bytes() for path in home.iterdir()}
    again = command("discover", tmp_path / "results/sweeps/search", "--fails", "wait_mean > 60 min")
    assert again.out == done.out.replace(str(home), str(home))[: len(again.out)] or again.code == 0
    second = {path.name: path.read_bytes() for path in home.iterdir()}
    assert {k: v for k, v in second.items() if k != "discovery.json"} == {
        k: v for k, v in first.items() if k != "discovery.json"
    }
    assert json.loads(second["discovery.json"])["failed"] == json.loads(first["discovery.json"])["failed"]


def test_a_lever_must_be_set_and_each_policy_has_its_own_answer(command, write, formula):
    formula(outcome)
    path = write(POLICY + UNSURE + FAILS)
    done = command("discover", path, "--workers", 1)
    assert done.code == 2
    assert "say which policy: --at booths=LEVEL, of 4, 8" in done.err
    assert "fails when Arrivals" in command("discover", path, "--at", "booths=4").out
    assert "no box: it fails nowhere (n = 64 points)" in command("discover", path, "--at", "booths=8").out


REFUSED = {
    "no test": ((), "does not say when a run fails"),
    "no number": (("--fails", "wait_mean"), "must be a column, > or <, and a number"),
    "unknown column": (("--fails", "wait_men > 3 h"), 'no column "wait_men"; did you mean wait_mean?'),
    "another unit": (("--fails", "wait_mean > 3 trucks"), 'has the unit "trucks"'),
    "no factor": (("--fails", "wait_mean > 3 h", "--at", "boots=3"), 'no factor "boots"'),
    "half a level": (("--fails", "wait_mean > 3 h", "--at", "boots"), "--at must be FACTOR=LEVEL"),
}


@pytest.mark.parametrize(("words", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_looked_at_is_refused(command, write, formula, words, told):
    """Before anything of the sweep is run."""
    done_runs = formula(outcome)
    done = command("discover", write(UNSURE), "--workers", 1, *words)
    assert done.code == 2
    assert told in done.err
    assert "Traceback" not in done.err
    assert not done_runs
    assert not Path("results").exists()


@pytest.mark.parametrize("words", [(), ("--at", "booths=5"), ("--at", "boots=4")])
def test_a_policy_that_is_none_is_refused_before_anything_is_run(command, write, formula, words):
    done_runs = formula(outcome)
    done = command("discover", write(POLICY + UNSURE + FAILS), "--workers", 1, *words)
    assert done.code == 2
    assert not done_runs
    assert not Path("results").exists()


def test_a_folder_without_a_sweep_is_refused(command, tmp_path):
    done = command("discover", tmp_path, "--fails", "wait_mean > 3 h")
    assert done.code == 2
    assert "holds no finished sweep" in done.err
