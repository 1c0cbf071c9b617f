"""Result files stand whole under their names, in folders of one scenario, whatever happens on the way."""

import errno
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.experiment import files
from sim.experiment.files import FolderRefused, hash_of, require_results, safe_name, staged, write_atomic
from sim.experiment.lock import FolderInUse
from sim.scenario.faults import ScenarioFaults

A, B = "a" * 64, "b" * 64


def put(folder, scenario_hash, **contents):
    """Publish files the way a run does."""
    with staged(folder, scenario_hash=scenario_hash) as stage:
        (stage / "tables").mkdir()
        for name, text in contents.items():
            write_atomic(stage / name.replace("__", "/").replace("_dot_", "."), text.encode())
        write_atomic(stage / "manifest.json", f'{{"hash": "{scenario_hash}"}}'.encode())


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("broken", ["fsync", "replace", "write"])
def test_a_failed_write_leaves_the_old_content_and_no_other_file(tmp_path, monkeypatch, broken):
    path = tmp_path / "summary.json"
    write_atomic(path, b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    if broken == "write":
        monkeypatch.setattr(files, "_not_for_all", lambda p, flags: os.open("/dev/full", os.O_WRONLY))
    elif broken == "replace":
        monkeypatch.setattr(Path, "replace", full)
    else:
        monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device \(writing 1,234 bytes\)") as caught:
        write_atomic(path, b"x" * 1234)
    assert caught.value.filename == str(path)
    assert content(tmp_path) == {"summary.json": "old"}


def test_files_are_never_writable_for_others(tmp_path):
    before = os.umask(0)
    try:
        put(tmp_path / "a" / "out", A, tables__waits="1")
    finally:
        os.umask(before)
    modes = [p.stat().st_mode for p in tmp_path.rglob("*")]
    assert len(modes) == 5  # two folders, tables/, waits, the manifest
    assert not any(mode & (stat.S_IWOTH | stat.S_IWGRP) for mode in modes)


def test_a_failed_run_leaves_earlier_results_as_they_are(tmp_path):
    put(tmp_path, A, summary_dot_json="old")
    before = content(tmp_path)
    with pytest.raises(ZeroDivisionError), staged(tmp_path, scenario_hash=A) as stage:
        write_atomic(stage / "summary.json", b"new")
        raise ZeroDivisionError
    assert content(tmp_path) == before


def test_a_failed_run_leaves_no_new_folder(tmp_path):
    with pytest.raises(ZeroDivisionError), staged(tmp_path / "a" / "b", scenario_hash=A):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_comes_last(tmp_path, monkeypatch):
    seen = []
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda self, target: (seen.append(target.name), replace(self, target))[1])
    with staged(tmp_path, scenario_hash=A) as stage:
        for name in ("trace.parquet", "manifest.json", "summary.json", "a.txt"):
            (stage / name).write_text("")
    assert seen == ["a.txt", "summary.json", "trace.parquet", "manifest.json"]


def test_a_new_run_removes_what_it_did_not_write_again_but_no_file_of_the_user(tmp_path):
    put(tmp_path, A, trace_dot_parquet="old", summary_dot_json="old", **{"tables__waits.csv": "old"})
    (tmp_path / "notes.txt").write_text("mine")
    put(tmp_path, A, summary_dot_json="new")
    assert content(tmp_path) == {
        "summary.json": "new", "notes.txt": "mine", "manifest.json": f'{{"hash": "{A}"}}'
    }  # fmt: skip


def test_results_of_another_scenario_are_refused_unless_forced(tmp_path):
    put(tmp_path, A, summary_dot_json="old")
    with pytest.raises(FolderRefused, match=f"belong to scenario hash {A[:12]}, this one is {B[:12]}"):
        put(tmp_path, B, summary_dot_json="new")
    assert content(tmp_path)["summary.json"] == "old"
    with staged(tmp_path, scenario_hash=B, force=True) as stage:
        (stage / "manifest.json").write_text(f'{{"hash": "{B}"}}')
    assert hash_of(tmp_path) == B


def test_a_folder_of_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.docx").write_text("")
    with pytest.raises(FolderRefused, match="no run has written"):
        put(tmp_path, A)
    assert content(tmp_path) == {"thesis.docx": ""}


def test_a_killed_run_leaves_a_folder_that_can_be_used_again(tmp_path):
    (tmp_path / ".partial-dead").mkdir()
    (tmp_path / ".partial-dead" / "summary.json").write_text("half")
    (tmp_path / "summary.json").write_text("moved before the kill")
    put(tmp_path, A, summary_dot_json="new")
    assert sorted(content(tmp_path)) == ["manifest.json", "summary.json"]


@pytest.mark.parametrize("where", ["", "summary.json", "tables", "tables/waits.csv"])
def test_nothing_is_written_through_a_symbolic_link(tmp_path, where):
    outside = tmp_path / "outside"
    outside.mkdir()
    out = tmp_path / "out"
    put(out, A, **{"tables__other.csv": "1"})
    link = out / where
    if where in ("", "tables"):
        link.rename(tmp_path / "away")
    link.symlink_to(outside)
    with pytest.raises(OSError, match="symbolic link"):
        put(out, A, **{"tables__waits.csv": "1", "summary_dot_json": "1"})
    assert list(outside.iterdir()) == []


HOLDER = """
import sys, time
from pathlib import Path
from sim.experiment.files import staged
with staged(Path(sys.argv[1]), scenario_hash="a" * 64):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_refused_at_once_and_a_dead_one_holds_nothing(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as holder:
        assert holder.stdout.readline() == "held\n"
        begun = time.monotonic()
        with pytest.raises(FolderInUse, match=rf"in use by process {holder.pid} on .* since \d{{4}}-"):
            put(tmp_path, A, summary_dot_json="new")
        assert time.monotonic() - begun < 2
        holder.send_signal(signal.SIGKILL)
    put(tmp_path, A, summary_dot_json="new")
    assert sorted(content(tmp_path)) == ["manifest.json", "summary.json"]


def test_only_whole_and_undamaged_results_are_read(tmp_path):
    with pytest.raises(FileNotFoundError):
        require_results(tmp_path / "none")
    with pytest.raises(FolderRefused, match=r"no manifest\.json"):
        require_results(tmp_path)
    data = tmp_path / "summary.json"
    data.write_bytes(b"[1, 2]")
    sums = {"summary.json": hashlib.sha256(b"[1, 2]").hexdigest()}
    (tmp_path / "manifest.json").write_text(json.dumps({"hash": A, "files": sums}))
    require_results(tmp_path, "summary.json")
    with pytest.raises(FolderRefused, match="run again with --trace"):
        require_results(tmp_path, "trace.parquet")
    for damaged in (b"[1, 3]", b"[1, 2", b""):
        data.write_bytes(damaged)
        with pytest.raises(FolderRefused, match=r'summary\.json" is damaged'):
            require_results(tmp_path)
    data.unlink()
    with pytest.raises(FolderRefused, match="damaged or missing"):
        require_results(tmp_path)


DAMAGED = {
    "cut off": (b'{"hash": "a",\n "files": {', r":2:1[23]: error: is damaged: no JSON from here on"),
    "empty": (b"", r":1:1: error: is damaged: no JSON"),
    "no text at all": (b"\x00\xff\x1b[31m", r":1:1: error: is damaged: no JSON"),
    "endlessly deep": (b"[" * 100_000, "is damaged: no JSON that a run writes"),
    "a list": (b"[1]", r":1:1: error: is damaged: must be an object"),
    "no hash": (b'{"files": {}}', "error: hash: is damaged"),
    "a number for a hash": (b'{"hash": 1, "files": {}}', "error: hash: is damaged"),
    "no files": (b'{"hash": "a"}', "error: files: is damaged"),
    "a list of files": (b'{"hash": "a", "files": []}', "error: files: is damaged"),
}


@pytest.mark.parametrize(("written", "says"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_manifest_is_called_damaged_and_where(tmp_path, written, says):
    (tmp_path / "manifest.json").write_bytes(written)
    with pytest.raises(ScenarioFaults, match=rf"manifest\.json.*{says}.*\n(.*\n)*  hint: it cannot be mended"):
        require_results(tmp_path)


def test_a_run_is_not_written_over_damaged_results_unasked(tmp_path):
    (tmp_path / "manifest.json").write_bytes(b"{")
    with pytest.raises(FolderRefused, match=r"whose manifest\.json is damaged; use another folder or --force"):
        put(tmp_path, A, summary_dot_json="new")


def test_a_file_is_not_taken_for_a_folder(tmp_path):
    (tmp_path / "gate.yaml").touch()
    with pytest.raises(NotADirectoryError, match="is a file; give the folder"):
        require_results(tmp_path / "gate.yaml")


def test_a_sweep_is_not_taken_for_a_run(tmp_path):
    (tmp_path / "manifest.json").write_bytes(b'{"hash": "a", "files": {}, "kind": "sweep"}')
    with pytest.raises(FolderRefused, match="holds a sweep, no run; cuakhau sweep tells of it again"):
        require_results(tmp_path)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("lang-son-baseline", "lang-son-baseline"),
        ("Hữu Nghị, Đồng Đăng", "huu-nghi-dong-dang"),
        ("CON", "scenario-con"),
        ("LPT1", "scenario-lpt1"),
        ("a/b", "a-b"),
        ("..", "scenario"),
        ("友谊关", "scenario"),
        ("🚚", "scenario"),
        ("ends with a dot.", "ends-with-a-dot"),
        ("x" * 300, "x" * 60),
        ("<script>alert(1)</script>", "script-alert-1-script"),
    ],
)
def test_a_folder_name_is_safe_on_any_system(text, name):
    assert safe_name(text) == name
