"""A booth, searches over it, and runs whose outcome is a formula, so that the best setting is known."""

import hashlib
from types import SimpleNamespace

import pytest

from sim.experiment import runs
from sim.experiment.search import search as run_search
from sim.experiment.store import Run
from sim.scenario.sweep_reading import read_sweep

BOOTH = """\
kind: scenario
format: 1
title: One booth
period: {start: 2025-07-01, length: 21 d, warm_up: 1 d}
stations: {gate/booth: {servers: 4, places: 400, service: {law: exponential, mean: 20 min}}}
routes: {trucks: [gate/booth]}
flows: {trucks: {rate: 10/h, cargo: {fruit: 60 %, goods: 40 %}}}
cargoes: {fruit: {}, goods: {}}
"""
HEAD = "kind: sweep\nformat: 1\nbase: booth.yaml\ntitle: Booths\n"


@pytest.fixture
def write(tmp_path):
    """Write a search beside the booth; its path."""
    (tmp_path / "booth.yaml").write_text(BOOTH)

    def write(text, name="search.yaml"):
        path = tmp_path / name
        path.write_text(HEAD + text)
        return path

    return write


@pytest.fixture
def search(write, tmp_path):
    """Search what a text asks for; the answer."""

    def search(text, *, out="out", **how):
        sweep, base = read_sweep(write(text))
        how = {"workers": 1, "engine": "compiled"} | how
        return run_search(sweep, base, tmp_path / out, **how)

    return search


@pytest.fixture
def command(cuakhau, tmp_path, monkeypatch):
    """Call a command in this process, without figures; what comes back has code, out and err."""
    monkeypatch.setattr("sim.report.search.draw", lambda _: None)
    monkeypatch.chdir(tmp_path)
    return cuakhau


def noise(*parts):
    """A number from -1 to 1 that belongs to these parts."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return int.from_bytes(digest[:6]) / 2**47 - 1


@pytest.fixture
def formula(monkeypatch):
    """Let runs come to what a function of (numbers of the scenario, seed, replication) says: wait_mean, or a dict."""
    done = []

    def install(outcome):
        def run_task(task):
            found = task.scenario.resolved
            booth = found["stations"]["gate/booth"]
            numbers = SimpleNamespace(
                servers=booth["servers"], places=booth["places"], mean=float(booth["service"]["mean"].split()[0]),
                rate=float(found["flows"]["trucks"]["rate"].split("/")[0]),
            )  # fmt: skip
            done.append((task.key, task.replication))
            value = outcome(numbers, task.seed, task.replication)
            if isinstance(value, Run):
                return value
            values = value if isinstance(value, dict) else {"wait_mean": value}
            cells = [
                [*(key if isinstance(key, tuple) else (key, "", "", "", "")), "min", v] for key, v in values.items()
            ]
            return Run(status="ok", reason="", trucks=1, cells=cells)

        monkeypatch.setattr(runs, "run_task", run_task)
        return done

    return install


def contents(folder):
    """Every file of a folder by name, but the log of times."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != "log.jsonl")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
