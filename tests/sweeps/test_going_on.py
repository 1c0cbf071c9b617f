"""Running a sweep again: what is missing is run, what is damaged is run again, what does not belong is refused."""

import json
import shutil
import signal
import time

import polars as pl
import pytest

import sim
import sim.experiment.runs as sweeping
from sim.cli.keeping import SOME_FAILED
from sim.experiment import store
from sim.experiment.sweep import sweep as run_sweep
from sim.scenario.sweep_reading import read_sweep

from .conftest import GRID, contents

RUNS = 2 * 3 * 2


def ran(out):
    """How many runs each call of the sweep made."""
    return [json.loads(line)["runs"] for line in (out / "log.jsonl").read_text().splitlines()]


def table(out):
    return pl.read_parquet(out / "sweep.parquet")


def test_a_sweep_has_one_row_a_run_and_one_line_a_point_and_metric(sweep, write, out):
    done = sweep(write(GRID))
    assert (done.code, done.err) == (0, "")
    assert "6 points, 12 runs: 12 run now, 0 kept from before" in done.out
    rows = table(out)
    assert rows.select("point", "replication").rows() == [(p, r) for p in range(6) for r in range(2)]
    assert rows["stations.gate/booth.servers"].to_list() == [1.0] * 6 + [2.0] * 6
    assert rows["demand"].to_list() == [2.0, 2.0, 4.0, 4.0, 6.0, 6.0] * 2
    assert set(rows["status"]) == {"ok"}
    assert rows.equals(pl.read_csv(out / "sweep.csv", schema=rows.schema))
    points = pl.read_parquet(out / "points.parquet")
    assert points.height == 6 * 2
    own = rows.filter(point=4)["wait_mean"]
    assert points.filter(point=4, metric="wait_mean")["value"].item() == pytest.approx(own.mean(), rel=1e-12)


def test_the_numbers_are_those_of_a_run(sweep, write, out, booth):
    sweep(write(GRID))
    alone = sim.run(
        sim.load(booth, overrides={"flows.trucks.rate": "6/h", "stations.gate/booth.servers": 2}), replications=2
    )
    found = pl.read_parquet(out / "points.parquet").filter(point=5)
    for metric, place in (("wait_mean", ""), ("utilisation", "gate/booth")):
        expected = alone.summary.filter(metric=metric, place=place, gate="", direction="", cargo="")
        own = found.filter(pl.col("metric").str.starts_with(metric))
        assert own.select("value", "low", "high", "n").rows() == expected.select("value", "low", "high", "n").rows()


def test_points_that_share_demand_share_their_trucks(sweep, write, out):
    sweep(write(GRID))
    trucks = table(out).pivot("stations.gate/booth.servers", index=["demand", "replication"], values="trucks")
    assert trucks["1.0"].to_list() == trucks["2.0"].to_list()
    waits = table(out).pivot("stations.gate/booth.servers", index=["demand", "replication"], values="wait_mean")
    assert (waits["2.0"] <= waits["1.0"]).all()  # the same trucks never wait longer with one booth more


def test_neither_engine_nor_workers_nor_order_nor_interruptions_show(sweep, write, out, monkeypatch):
    path = write(GRID)
    assert sweep(path, "--workers", 1).code == 0
    whole = contents(out)
    for engine, workers in (("compiled", 3), ("simpy", 1), ("simpy", 2)):
        shutil.rmtree(out)
        assert sweep(path, "--workers", workers, engine=engine).code == 0
        assert contents(out) == whole
    shutil.rmtree(out)
    real = sweeping.spread
    monkeypatch.setattr(sweeping, "spread", lambda work, items, **how: real(work, reversed(list(items)), **how))
    assert sweep(path, "--workers", 1).code == 0
    assert contents(out) == whole
    for lost in sorted(out.glob("runs/*/*.run"))[::3]:
        lost.unlink()
    (out / "manifest.json").unlink()
    assert sweep(path).code == 0
    assert ran(out) == [RUNS, 4]
    assert contents(out) == whole


def test_a_finished_sweep_is_left_as_it_is(sweep, write, out):
    path = write(GRID)
    sweep(path)
    before = contents(out)
    shutil.rmtree(out / "runs")  # nothing of it is even read
    done = sweep(path)
    assert done.code == 0
    assert "0 run now, 12 kept" in done.out
    assert contents(out) == {name: data for name, data in before.items() if not name.startswith("runs/")}


def test_more_points_and_replications_run_only_those(sweep, write, out):
    sweep(write(GRID))
    assert sweep(write(GRID.replace("[1, 2]", "[1, 2, 3]"))).code == 0
    assert sweep(write(GRID.replace("[1, 2]", "[1, 2, 3]")), "-n", 3).code == 0
    assert sweep(write(GRID.replace("wait_mean,", "wait_mean, wait_p90,"))).code == 0
    assert ran(out) == [12, 6, 9, 0]
    assert table(out).height == 12
    assert table(out)["wait_p90"].null_count() == 0


CHANGES = {
    "the base": ("servers: 1", "servers: 7", (), "stations.gate/booth.servers: 1 -> 7"),
    "its length": ("length: 2 d", "length: 3 d", (), "period.length: 2 d -> 3 d"),
    "the seed": ("", "", ("--seed", 2), "seed: 1 -> 2"),
}


@pytest.mark.parametrize(("old", "new", "words", "told"), CHANGES.values(), ids=CHANGES)
def test_results_of_another_base_or_seed_are_refused_with_what_changed(sweep, write, out, booth, old, new, words, told):
    path = write(GRID)
    sweep(path)
    before = contents(out)
    booth.write_text(booth.read_text().replace(old, new))
    done = sweep(path, *words)
    assert done.code == 2
    assert told in done.err
    assert contents(out) == before
    assert sweep(path, *words, "--force").code == 0


def test_what_only_people_read_may_change(sweep, write, out, booth):
    path = write(GRID)
    sweep(path)
    booth.write_text(booth.read_text().replace("title: One booth", "title: The booth"))
    assert sweep(path).code == 0
    assert ran(out) == [RUNS]


def test_results_of_another_version_are_refused(sweep, write, out, monkeypatch):
    path = write(GRID)
    sweep(path)
    monkeypatch.setattr(store, "VERSION", "99.0/1")
    done = sweep(path)
    assert done.code == 2
    assert f"version: {sim.__version__}/{store.FORMAT} -> 99.0/1" in done.err


def test_a_folder_of_something_else_is_refused(sweep, write, out):
    out.mkdir()
    (out / "letter.txt").write_text("dear")
    done = sweep(write(GRID))
    assert done.code == 2
    assert "no sweep has written" in done.err
    assert [path.name for path in out.iterdir()] == ["letter.txt"]


def test_every_cut_and_every_flipped_byte_of_a_run_is_found_and_the_run_made_again(sweep, write, out):
    path = write(GRID)
    sweep(path)
    whole = contents(out)
    runs = sorted(out.glob("runs/*/*.run"))
    for step, victim in enumerate(runs):
        data = bytearray(victim.read_bytes())
        if step % 2:
            data[step * len(data) // len(runs)] ^= 1 << step % 8
        victim.write_bytes(data if step % 2 else data[: step * len(data) // len(runs)])
    runs[0].with_suffix(".txt").write_text("no run")
    runs[0].with_suffix(".txt").unlink()
    (out / "manifest.json").unlink()
    done = sweep(path)
    assert done.code == 0
    assert f"{len(runs)} kept runs were damaged and run again" in done.err
    assert contents(out) == whole


@pytest.mark.parametrize("name", ["manifest.json", "points.json", "sweep.parquet", "sweep.csv", "points.csv"])
@pytest.mark.parametrize("how", ["lost", "cut", "flipped"])
def test_every_other_file_is_made_again_from_the_runs(sweep, write, out, name, how):
    path = write(GRID)
    sweep(path)
    whole, data = contents(out), bytearray((out / name).read_bytes())
    (out / name).unlink()
    if how != "lost":
        data[len(data) // 2] ^= 4
        (out / name).write_bytes(data[: len(data) // 2] if how == "cut" else data)
    assert sweep(path).code == 0
    assert contents(out) == whole
    assert sum(ran(out)) == RUNS


JAM = """\
kind: scenario
format: 1
title: Two spots
period: {start: 2025-07-01, length: 1 d}
stations: {east/spot: {places: 1}, west/spot: {places: 1}}
routes:
  there: [{in: east/spot, do: [{travel: 5 min}, {in: west/spot, do: [{travel: 5 min}]}]}]
  back: [{in: west/spot, do: [{travel: 5 min}, {in: east/spot, do: [{travel: 5 min}]}]}]
flows:
  there: {bursts: [{at: 1 h, trucks: 1}]}
  back: {direction: import, bursts: [{at: 1 h, trucks: 1}]}
"""
JAMS = "kind: sweep\nformat: 1\nbase: jam.yaml\nlevers: {stations.west/spot.places: [1, 2, 3]}\nreplications: 2\n"


def test_a_point_that_fails_is_a_row_with_its_reason_and_the_others_go_on(sweep, write, out, booth):
    (booth.parent / "jam.yaml").write_text(JAM)
    path = write(JAMS)
    done = sweep(path)
    assert done.code == SOME_FAILED == 5
    assert "2 deadlock" in done.err
    assert table(out)["status"].to_list() == ["deadlock"] * 2 + ["ok"] * 4
    assert "deadlock at east/spot and west/spot" in table(out)["reason"][0]
    assert table(out)["wait_mean"].is_null().to_list() == [True] * 2 + [False] * 4
    assert sweep(path).code == 5
    assert ran(out) == [6]


def test_fail_fast_stops_at_the_first_and_keeps_what_is_done(sweep, write, out, booth):
    (booth.parent / "jam.yaml").write_text(JAM)
    done = sweep(write(JAMS.replace("[1, 2, 3]", "[2, 1, 3]")), "--fail-fast", "--workers", 1)
    assert done.code == 5
    assert "stopped at the first run that failed: replication 0: deadlock" in done.err
    assert len(list(out.glob("runs/*/*.run"))) == 3


def test_a_run_that_went_wrong_is_tried_again_and_nothing_of_it_stays(sweep, write, out, monkeypatch):
    path, real = write(GRID), sweeping.replicate

    def at_odds(scenario, replication, **how):
        if replication == 1:
            raise RuntimeError("no memory for this")
        return real(scenario, replication, **how)

    monkeypatch.setattr(sweeping, "replicate", at_odds)
    assert sweep(path).code == 5
    assert table(out).filter(status="failed")["reason"].unique().to_list() == ["RuntimeError: no memory for this"]
    monkeypatch.setattr(sweeping, "replicate", real)
    assert sweep(path).code == 0
    assert set(table(out)["status"]) == {"ok"}
    assert list(out.glob("runs/*/*.failed")) == []


LONG = GRID.replace("replications: 2", "replications: 400")


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(sweep, process, write, out):
    path = write(LONG)
    words = ("sweep", path, "--out", out, "--engine", "compiled")
    running = process(*words)
    end = time.monotonic() + 60
    while len(list(out.glob("runs/*/*.run"))) < 20 and time.monotonic() < end:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    begun = time.monotonic()
    _, err = running.communicate(timeout=60)
    assert time.monotonic() - begun < 20  # 5 s are promised of a machine that has nothing else to do
    assert running.returncode == 130
    kept = len(list(out.glob("runs/*/*.run")))
    assert f"interrupted: {kept:,} of 2,400 runs are kept in {out}" in err
    assert f"the same command goes on: cuakhau sweep {path} --out {out}" in err
    assert "Traceback" not in err
    assert sweep(write(LONG), "-n", 2).code == 0  # fewer replications of the same points: most are there
    assert table(out).height == 12


def test_two_processes_on_one_folder_the_second_is_refused(process, write, out):
    path = write(LONG)
    words = ("sweep", path, "--out", out, "--engine", "compiled")
    first = process(*words)
    end = time.monotonic() + 60
    while not list(out.glob("runs/*/*.run")) and time.monotonic() < end:
        time.sleep(0.02)
    second = process(*words)
    _, err = second.communicate(timeout=60)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)
    assert second.returncode == 2
    assert f"is in use by process {first.pid} on " in err
    assert first.returncode == 130


def test_a_run_that_is_kept_is_counted_even_if_ctrl_c_comes_as_it_is_written(write, out, monkeypatch):
    file, base = read_sweep(write(GRID))
    write_run = store.write_run

    def interrupted(*words):
        write_run(*words)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(store, "write_run", interrupted)
    with pytest.raises(sweeping.Stopped) as stopped:
        run_sweep(file, base, out, workers=1)
    assert (stopped.value.kept, stopped.value.asked) == (1, 12)
    monkeypatch.undo()
    assert run_sweep(file, base, out, workers=1).ran == 11
    assert ran(out) == [1, 11]
