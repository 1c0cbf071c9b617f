"""What may befall a sweep beside kills: signals, limits, disks that fail, folders that go, records that were edited."""

import errno
import json
import resource
import shutil
import signal
import time
from pathlib import Path

import polars as pl
import pytest

import sim.experiment.runs as sweeping
from sim.experiment import store

from .conftest import GRID, contents
from .test_going_on import LONG, RUNS


@pytest.fixture
def whole(sweep, write, out):
    """What the sweep leaves undisturbed; its folder is taken away again."""
    assert sweep(write(GRID)).code == 0
    found = contents(out)
    shutil.rmtree(out)
    return found


def ended_with(running, out, signals):
    """Exit code and message of a process that was sent signals once it had kept some runs."""
    end = time.monotonic() + 60
    while len(list(out.glob("runs/*/*.run"))) < 20 and time.monotonic() < end:
        time.sleep(0.02)
    for number in signals:
        running.send_signal(number)
        time.sleep(0.05)
    _, err = running.communicate(timeout=60)
    return running.returncode, err


@pytest.mark.parametrize("signals", [(signal.SIGTERM,), (signal.SIGHUP,), (signal.SIGINT,) * 2], ids=str)
def test_a_signal_keeps_what_is_done_and_the_same_command_goes_on(sweep, process, write, out, whole, signals):
    """A polite kill, a closed terminal, Ctrl-C twice: nothing that was kept is lost, nothing half done is left."""
    code, err = ended_with(process("sweep", write(LONG), "--out", out, "--engine", "compiled"), out, signals)
    assert code == 130
    assert "Traceback" not in err
    kept = {path.name for path in out.glob("runs/*/*.run")}
    assert len(kept) >= 20
    assert sweep(write(GRID)).code == 0
    own = {name for name in whole if name.startswith("runs/")}
    found = contents(out)
    assert {name: found[name] for name in whole} == whole
    assert {name for name in found if name.startswith("runs/")} - own <= {f"runs/{name[:2]}/{name}" for name in kept}
    assert list(out.rglob("*.tmp")) == []


def test_a_run_out_of_memory_is_a_row_that_says_so_and_is_run_again(sweep, write, out, monkeypatch, whole):
    real = sweeping.replicate

    def hungry(scenario, replication, **how):
        if replication == 1:
            raise MemoryError
        return real(scenario, replication, **how)

    monkeypatch.setattr(sweeping, "replicate", hungry)
    assert sweep(write(GRID)).code == 5
    rows = pl.read_parquet(out / "sweep.parquet").filter(pl.col("status") != "ok")
    assert rows["reason"].unique().to_list() == ["out of memory; fewer --workers need less"]
    assert rows.height == 6
    monkeypatch.setattr(sweeping, "replicate", real)
    assert sweep(write(GRID)).code == 0
    assert contents(out) == whole


@pytest.mark.parametrize("size", [200, 2500])
def test_a_limit_on_the_size_of_files_names_the_file_and_leaves_no_half_of_it(process, sweep, write, out, whole, size):
    """200 bytes: not even sweep.json. 2,500: the runs, but no tables."""

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    # The crash of a cache that cannot be written is no matter: the engine compiles anew.
    running = process("sweep", write(GRID), "--out", out, "--engine", "simpy", "--workers", 1, preexec_fn=limited)
    _, err = running.communicate(timeout=120)
    assert running.returncode == 3, err
    assert '": File too large (writing ' in err
    assert str(out) in err
    assert list(out.rglob("*.tmp")) == []
    assert len(list(out.glob("runs/*/*.run"))) == (0 if size == 200 else RUNS)
    assert sweep(write(GRID)).code == 0
    assert contents(out) == whole


def test_a_disk_that_cannot_be_read_is_a_fault_of_the_file_system_and_no_run_is_lost(sweep, write, out, monkeypatch):
    sweep(write(GRID))
    before, real = contents(out), Path.read_bytes

    def broken(path):
        if path.suffix == ".run":
            raise OSError(errno.EIO, "Input/output error", str(path))
        return real(path)

    (out / "manifest.json").unlink()
    monkeypatch.setattr(Path, "read_bytes", broken)
    done = sweep(write(GRID))
    assert done.code == 3
    assert ".run" in done.err
    assert "Input/output error" in done.err
    monkeypatch.setattr(Path, "read_bytes", real)
    assert sweep(write(GRID)).code == 0
    assert contents(out) == before


def test_a_folder_that_is_removed_meanwhile_ends_the_sweep_and_it_can_be_begun_again(
    sweep, write, out, monkeypatch, whole
):
    real, done = sweeping.run_task, []

    def removing(task):
        done.append(task)
        if len(done) == 5:
            shutil.rmtree(out)
        return real(task)

    monkeypatch.setattr(sweeping, "run_task", removing)
    ended = sweep(write(GRID), "--workers", 1)
    assert ended.code in (0, 3)
    assert "Traceback" not in ended.err
    monkeypatch.setattr(sweeping, "run_task", real)
    assert sweep(write(GRID), "--force").code == 0
    assert contents(out) == whole


def test_a_file_in_the_place_of_the_folder_is_told_before_anything_is_run(sweep, write, out, monkeypatch):
    out.write_text("a letter")
    monkeypatch.setattr(sweeping, "run_task", None)
    done = sweep(write(GRID))
    assert done.code == 3
    assert str(out) in done.err
    assert out.read_text() == "a letter"


@pytest.mark.parametrize("text", ["process 999999 on here since 2020-01-01T00:00:00+00:00", "\0\0", ""])
def test_a_lock_that_nobody_holds_is_taken_over(sweep, write, out, whole, text):
    out.mkdir()
    (out / ".lock").write_text(text)
    assert sweep(write(GRID)).code == 0
    assert contents(out) == whole


def test_an_edited_manifest_is_made_anew(sweep, write, out, whole):
    sweep(write(GRID))
    path = out / "manifest.json"
    for key, value in (("runs", 99), ("title", "other"), ("statuses", {"ok": 3}), ("fingerprint", "0"), ("sum", "0")):
        path.write_text(json.dumps(json.loads(path.read_bytes()) | {key: value}))
        assert sweep(write(GRID)).code == 0
        assert contents(out) == whole


def test_keys_of_another_sweep_in_the_place_of_its_own_are_not_used(sweep, write, out, whole):
    sweep(write(GRID.replace("[1, 2]", "[3, 4]")))
    other = (out / "points.json").read_bytes()
    sweep(write(GRID))
    (out / "points.json").write_bytes(other)
    assert sweep(write(GRID)).code == 0
    found = contents(out)
    assert {name: found[name] for name in whole} == whole


@pytest.mark.parametrize("how", ["lost", "cut", "edited"])
def test_without_a_record_of_what_they_belong_to_results_are_refused_with_the_reason(sweep, write, out, how, whole):
    sweep(write(GRID))
    path = out / "sweep.json"
    text = path.read_bytes()
    path.unlink()
    if how != "lost":
        path.write_bytes(text[:-9] if how == "cut" else text.replace(b'"seed":1', b'"seed":2'))
    before = contents(out)
    done = sweep(write(GRID))
    assert done.code == 2
    assert ("seed: 2 -> 1" if how == "edited" else "whose sweep.json is lost or damaged") in done.err
    assert contents(out) == before
    assert sweep(write(GRID), "--force").code == 0
    assert contents(out) == whole


def test_runs_of_another_version_are_never_read_even_if_forced(sweep, write, out, monkeypatch):
    sweep(write(GRID))
    monkeypatch.setattr(store, "VERSION", "99.0/1")
    done = sweep(write(GRID), "--force")
    assert f"{RUNS} run now, 0 kept" in done.out
