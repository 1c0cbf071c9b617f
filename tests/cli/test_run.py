"""`cuakhau run`: what it leaves, that it is the same whoever computed it, and how it ends when things go wrong."""

import errno
import json
import os
import re
import signal
import time
from pathlib import Path

import polars as pl
import pytest

from sim.experiment import files, output
from sim.experiment import run as running
from sim.experiment.run import Deadlocked
from sim.scenario.load import load

SUMMARY = ["metric", "place", "gate", "direction", "cargo", "value", "low", "high", "level", "n", "unit"]


def content(folder):
    """Bytes of every file by name."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def results(folder):
    """All but the manifest, which may tell engine, workers and time."""
    return {name: data for name, data in content(folder).items() if name != "manifest.json"}


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def no_report(monkeypatch):
    """Drawing takes a second; what is not about the report does without."""

    def build(folder, *, lang):
        (folder / "report.html").write_text("<p>left out</p>")
        return folder / "report.html"

    monkeypatch.setattr("sim.report.build", build)


def test_a_run_leaves_every_file_of_the_contract(cuakhau, gate, out):
    done = cuakhau("run", gate, "--replications", 2, "--out", out, "--trace")
    assert (done.code, done.err) == (0, "")
    names = set(content(out))
    assert {"manifest.json", "summary.json", "report.html", "trace.parquet", "trucks.parquet"} <= names
    tables = {name.removeprefix("tables/").rpartition(".")[0] for name in names if name.startswith("tables/")}
    assert {"waits", "throughput", "backlog", "occupancy", "road", "utilisation", "peaks", "causes"} <= tables
    assert {f"tables/{t}.{kind}" for t in tables for kind in ("csv", "parquet")} <= names
    assert {name.rpartition(".")[2] for name in names if name.startswith("figures/")} == {"svg", "png", "csv"}
    assert not [name for name in names if name.startswith(".") or name.endswith(".tmp")]


def test_the_answer_is_short_and_ends_with_the_report(cuakhau, gate, out, no_report):
    lines = cuakhau("run", gate, "-n", 3, "--out", out).out.splitlines()
    assert len(lines) <= 12
    assert lines[0] == "One gate: 3 replications, seed 1; 95 % intervals"
    assert re.match(r"north export +\d+\.\d \(\d+\.\d to \d+\.\d\)", lines[2])
    assert lines[-1] == f"Report: {out}/report.html"


def test_quiet_and_json_print_one_thing_only(cuakhau, gate, out, no_report):
    assert cuakhau("run", gate, "-n", 2, "--out", out, "-q").out == f"{out}/report.html\n"
    told = cuakhau("run", gate, "-n", 2, "--out", out, "--json").out
    assert told.encode() == (out / "summary.json").read_bytes()
    assert [list(row) for row in json.loads(told)] == [SUMMARY] * len(json.loads(told))


def test_shown_numbers_are_those_of_the_summary(cuakhau, gate, out, no_report):
    line = cuakhau("run", gate, "-n", 4, "--out", out).out.splitlines()[2]
    rows = {
        (r["metric"], r["gate"], r["direction"], r["cargo"]): r for r in json.loads((out / "summary.json").read_text())
    }
    found = rows["throughput_per_day", "north", "export", ""]
    assert f"{found['value']:.1f} ({found['low']:.1f} to {found['high']:.1f})" in line
    waits = rows["wait_mean", "north", "export", ""]
    assert f"{waits['value'] / 60:.1f} ({waits['low'] / 60:.1f} to {waits['high'] / 60:.1f}) h" in line


def test_results_are_the_same_for_any_engine_number_of_workers_and_surroundings(process, gate, tmp_path):
    ways = {
        "one": (["--workers", 1, "--engine", "simpy"], {}),
        "two": (["--workers", 2, "--engine", "simpy"], {"TZ": "America/New_York", "PYTHONHASHSEED": "1"}),
        "three": (["--workers", 3, "--engine", "compiled"], {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONHASHSEED": "2"}),
        "auto": ([], {"LC_ALL": "tr_TR.UTF-8", "POLARS_MAX_THREADS": "1", "PYTHONOPTIMIZE": "1"}),
    }
    for name, (words, env) in ways.items():
        with process("run", gate, "-n", 3, "--trace", "--out", tmp_path / name, *words, env=env) as child:
            assert child.wait(120) == 0, child.stderr.read()
    first = results(tmp_path / "one")
    for name in ways:
        found = results(tmp_path / name)
        assert [n for n in first.keys() | found.keys() if first.get(n) != found.get(n)] == [], name


def test_running_again_replaces_the_results_by_the_same(cuakhau, gate, out, no_report):
    cuakhau("run", gate, "-n", 2, "--out", out)
    first = results(out)
    assert cuakhau("run", gate, "-n", 2, "--out", out).code == 0
    assert results(out) == first


def test_another_scenario_is_not_written_over_it(cuakhau, gate, out, no_report):
    cuakhau("run", gate, "-n", 2, "--out", out)
    before = content(out)
    done = cuakhau("run", gate, "-n", 2, "--out", out, "--set", "stations.north/lane.servers=2")
    assert done.code == 2
    assert re.search(
        r"belong to scenario hash [0-9a-f]{12}, this one is [0-9a-f]{12}; use another folder or --force", done.err
    )
    assert content(out) == before
    assert cuakhau("run", gate, "-n", 2, "--out", out, "--set", "stations.north/lane.servers=2", "--force").code == 0


def test_the_manifest_says_all_that_is_needed_to_run_it_again(cuakhau, gate, out, tmp_path, no_report):
    cuakhau("run", gate, "-n", 2, "--seed", 7, "--out", out, "--set", "flows.out.volume=55 vehicles/day")
    told = json.loads((out / "manifest.json").read_text())
    assert told["changes"] == ["flows.out.volume: 50 vehicles/day -> 55 vehicles/day"]
    assert told["command"] == "cuakhau run gate.yaml --set 'flows.out.volume=55 vehicles/day' --replications 2 --seed 7"
    assert (told["start"], told["end"], told["warm_up_ms"]) == ("2025-07-01T00:00", "2025-07-04T00:00", 86_400_000)
    capacity = {"capacity": 60.0, "capacity_source": "made up", "title": "Cửa Bắc"}
    assert told["gates"] == {"north": capacity}
    assert told["sources"][0] | {"path": ""} == {
        "path": "", "value": "60 vehicles/day", "fact": None, "fact_text": None, "assumption": "made up",
        "low": "40/d", "high": "80/d",
    }  # fmt: skip
    assert str(tmp_path) not in json.dumps(told)
    again = tmp_path / "again.yaml"
    again.write_text(json.dumps(told["scenario"]))
    assert load(again).hash == told["hash"]
    cuakhau("run", again, "-n", 2, "--seed", 7, "--out", tmp_path / "two")
    assert (tmp_path / "two" / "summary.json").read_bytes() == (out / "summary.json").read_bytes()


def test_without_out_a_new_folder_is_made_and_named_as_the_latest(cuakhau, gate, tmp_path, monkeypatch, no_report):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert cuakhau("run", "gate.yaml", "-n", 2).code == 0
    home = tmp_path / "results" / "gate"
    runs = sorted(p.name for p in home.iterdir() if p.is_dir())
    stamp = rf"\d{{8}}T\d{{6}}Z-{load(gate).hash[:6]}(-2)?"
    assert len(runs) == 2
    assert all(re.fullmatch(stamp, run) for run in runs)
    assert (home / "latest.txt").read_text().strip() in runs


@pytest.mark.parametrize("title", ["=cmd()|calc", "<script>alert(1)</script>", "{{7*7}} 🚚 CON"])
def test_any_title_runs_and_stays_as_it_is(cuakhau, gate, out, title):
    done = cuakhau("run", gate, "-n", 2, "--out", out, "--set", f"title={json.dumps(title, ensure_ascii=False)}")
    assert done.code == 0
    assert json.loads((out / "manifest.json").read_text())["title"] == title


def test_one_replication_is_warned_of(cuakhau, gate, out, no_report):
    done = cuakhau("run", gate, "-n", 1, "--out", out)
    assert (done.code, done.err) == (0, "warning: one replication gives no intervals\n")
    assert "(" not in done.out.splitlines()[2]


def test_a_faulty_scenario_makes_no_folder(cuakhau, gate, out, no_report):
    gate.write_text(gate.read_text().replace("servers: 1", "servers: -1"))
    assert cuakhau("run", gate, "--out", out).code == 2
    assert not out.exists()


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (Deadlocked("replication 0: a waits for b"), 4, "error: replication 0: a waits for b\n"),
        (MemoryError(), 4, "error: out of memory"),
        (OSError(errno.ENOSPC, "No space left on device", "x/y"), 3, 'error: "x/y": No space left on device\n'),
        (ValueError("no"), 1, "error: internal error: ValueError: no; please report it with this file: "),
    ],
)
def test_every_failure_has_its_exit_code_and_leaves_nothing(
    cuakhau, gate, out, monkeypatch, error, code, told, no_report
):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(running, "replicate", fails)
    done = cuakhau("run", gate, "-n", 2, "--out", out, "--workers", 1)
    assert done.code == code
    assert done.err.startswith(told)
    assert done.err.count("\n") == 1
    assert done.out == ""
    assert not out.exists()
    if code == 1:
        crash = done.err.split()[-1]
        with open(crash) as file:
            assert "Traceback (most recent call last)" in file.read()
        Path(crash).unlink()


DEADLOCK = """\
kind: scenario
format: 1
title: Two spots
period: {start: 2025-07-01, length: 1 d}
gates: {north: {}}
stations:
  east/spot: {places: 1}
  west/spot: {places: 1}
routes:
  there: [{in: east/spot, do: [{travel: 5 min}, {in: west/spot, do: [{travel: 5 min}]}]}]
  back: [{in: west/spot, do: [{travel: 5 min}, {in: east/spot, do: [{travel: 5 min}]}]}]
flows:
  there: {gate: north, bursts: [{at: 1 h, trucks: 1}]}
  back: {gate: north, direction: import, bursts: [{at: 1 h, trucks: 1}]}
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_deadlock_is_named_by_its_stations(cuakhau, out, tmp_path, workers):
    """Each truck stands on the spot the other wants, from 01:05 on."""
    path = tmp_path / "spots.yaml"
    path.write_text(DEADLOCK)
    done = cuakhau("run", path, "-n", 2, "--out", out, "--engine", "simpy", "--workers", workers)
    assert done.code == 4
    told = "error: replication 0: deadlock at east/spot and west/spot: 2 trucks wait for each other for ever"
    assert told in done.err
    assert "since 2025-07-01 01:05" in done.err
    assert not out.exists()


def test_results_do_not_depend_on_the_order_of_completion(gate, monkeypatch):
    first = running.run(load(gate), replications=4, workers=1, keep_traces=True)
    monkeypatch.setattr(running, "completed", lambda work, items, **_: ((i, work(i)) for i in reversed(items)))
    second = running.run(load(gate), replications=4, workers=1, keep_traces=True)
    assert first.replications == second.replications == (0, 1, 2, 3)
    assert first.summary.equals(second.summary)
    assert [name for name in first.tables if not first.tables[name].equals(second.tables[name])] == []
    assert first.trace.equals(second.trace)
    assert first.trucks.equals(second.trucks)


def test_a_disk_that_fills_up_at_any_file_leaves_earlier_results_whole(cuakhau, gate, out, monkeypatch, no_report):
    cuakhau("run", gate, "-n", 2, "--out", out)
    before = content(out)
    fsync = os.fsync
    n_files = len(before)
    for nth in {1, 2, n_files // 2, n_files - 1}:
        left = [nth]

        def full(handle, left=left):
            left[0] -= 1
            if left[0] < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            fsync(handle)

        with monkeypatch.context() as patch:
            patch.setattr(files.os, "fsync", full)
            done = cuakhau("run", gate, "-n", 2, "--out", out)
        assert done.code == 3
        assert re.search(r'^error: ".*": No space left on device \(writing [\d,]+ bytes\)$', done.err, re.MULTILINE)
        assert content(out) == before
    assert cuakhau("run", gate, "-n", 2, "--out", out).code == 0


def test_numbers_are_kept_when_the_report_fails(cuakhau, gate, out, monkeypatch):
    def fails(*_, **__):
        raise ValueError("no ink")

    monkeypatch.setattr("sim.report.build", fails)
    done = cuakhau("run", gate, "-n", 2, "--out", out)
    assert done.code == 1
    assert done.out.endswith(f"Results: {out}\n")
    assert {"summary.json", "manifest.json"} <= set(content(out))
    monkeypatch.undo()
    assert cuakhau("report", out).out == f"Report: {out}/report.html\n"


LONG = ["--set", "period.length=400 d", "--engine", "simpy", "--workers", 2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_ends_soon_with_130_and_leaves_nothing_half_done(process, gate, out, number):
    with process("run", gate, "-n", 400, "--out", out, *LONG) as child:
        while not list(out.glob(".partial-*")):
            time.sleep(0.01)
        time.sleep(1)
        begun = time.monotonic()
        child.send_signal(number)
        told = child.communicate(timeout=60)[1]
        assert time.monotonic() - begun < 30  # the run would take an hour; 5 s on a machine with nothing else to do
    assert child.returncode == 130
    assert told.startswith("interrupted: ") or told == "error: interrupted; nothing was written\n"
    assert "Traceback" not in told
    assert not list(out.glob(".*"))


def test_finished_replications_are_kept_after_ctrl_c(cuakhau, gate, out, monkeypatch, no_report):
    replicate = running.replicate

    def stops_at_three(scenario, replication, **options):
        if replication == 3:
            raise KeyboardInterrupt
        return replicate(scenario, replication, **options)

    monkeypatch.setattr(running, "replicate", stops_at_three)
    done = cuakhau("run", gate, "-n", 8, "--workers", 1, "--out", out)
    assert (done.code, done.err) == (130, "interrupted: 3 of 8 replications are kept\n")
    told = json.loads((out / "manifest.json").read_text())
    assert (told["replications"], told["replications_asked"]) == (3, 8)
    monkeypatch.undo()
    cuakhau("run", gate, "-n", 3, "--out", out.with_name("three"))
    assert (out / "summary.json").read_bytes() == (out.with_name("three") / "summary.json").read_bytes()


def test_whole_results_are_not_replaced_by_interrupted_ones(cuakhau, gate, out, monkeypatch, no_report):
    cuakhau("run", gate, "-n", 2, "--out", out)
    before = content(out)
    replicate = running.replicate

    def stops_at_one(scenario, replication, **options):
        if replication == 1:
            raise KeyboardInterrupt
        return replicate(scenario, replication, **options)

    monkeypatch.setattr(running, "replicate", stops_at_one)
    done = cuakhau("run", gate, "-n", 2, "--workers", 1, "--out", out)
    assert (done.code, done.err) == (130, "error: interrupted; nothing was written\n")
    assert content(out) == before


def test_a_truck_is_found_in_a_folder_with_its_trace(cuakhau, gate, out, no_report):
    cuakhau("run", gate, "-n", 2, "--out", out, "--trace")
    truck = pl.read_parquet(out / "trucks.parquet").filter(replication=0)["truck"][0]
    told = cuakhau("truck", out, truck)
    assert told.code == 0
    assert str(truck) in told.out
    assert "north/lane" in told.out


def test_without_a_trace_no_truck_can_be_told_of(cuakhau, gate, out, no_report):
    cuakhau("run", gate, "-n", 2, "--out", out)
    done = cuakhau("truck", out, 1)
    assert (done.code, done.out) == (2, "")
    assert "has no trace.parquet; run again with --trace" in done.err


def test_a_damaged_folder_is_refused(cuakhau, gate, out, no_report):
    cuakhau("run", gate, "-n", 2, "--out", out)
    table = out / "tables" / "waits.parquet"
    table.write_bytes(table.read_bytes()[:-1])
    done = cuakhau("report", out)
    assert done.code == 2
    assert 'waits.parquet" is damaged or missing' in done.err


def test_csv_holds_no_formula_and_marks_its_encoding_only_where_needed():
    table = pl.DataFrame(
        {"reason": ["=cmd()", "+1", "-1", "@x", "\tx", "plain", None], "n": [-1.5, 2, 3, 4, 5, 6, None]}
    )
    text = output.csv(table).decode("ascii")
    assert text.splitlines() == [
        "reason,n",
        "'=cmd(),-1.5",
        "'+1,2.0",
        "'-1,3.0",
        "'@x,4.0",
        "'\tx,5.0",
        "plain,6.0",
        ",",
    ]
    assert output.csv(pl.DataFrame({"reason": ["quá tải"]})) == "\ufeffreason\nquá tải\n".encode()
