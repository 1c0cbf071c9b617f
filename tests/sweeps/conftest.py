"""A booth, sweeps over it, and the program called as a user calls it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
from sim.__main__ import main
if __name__ == "__main__":
    main()
"""
BOOTH = """\
kind: scenario
format: 1
title: One booth
period: {start: 2025-07-01, length: 2 d}
stations: {gate/booth: {servers: 1, places: 400, service: {law: exponential, mean: 9 min}}}
routes: {trucks: [gate/booth]}
flows: {trucks: {rate: 5/h, cargo: {fruit: 60 %, goods: 40 %}}}
cargoes: {fruit: {}, goods: {}}
"""
HEAD = "kind: sweep\nformat: 1\nbase: booth.yaml\n"
GRID = (
    HEAD
    + """\
title: Booths by demand
levers: {stations.gate/booth.servers: [1, 2]}
uncertainties: {demand: {path: flows.trucks.rate, low: 2/h, high: 6/h, steps: 3}}
replications: 2
metrics: [wait_mean, {metric: utilisation, place: gate/booth}]
"""
)


@pytest.fixture
def booth(tmp_path):
    """Path of a scenario of some 240 trucks."""
    path = tmp_path / "booth.yaml"
    path.write_text(BOOTH)
    return path


@pytest.fixture
def write(booth):
    """Write a sweep beside the booth; its path."""

    def write(text, name="sweep.yaml"):
        path = booth.parent / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def sweep(cuakhau, out, monkeypatch):
    """Call `cuakhau sweep` in this process, without its figures; what comes back has code, out and err."""
    monkeypatch.setattr("sim.report.sweep.draw", lambda _: None)

    def call(path, *words, engine="compiled"):
        return cuakhau("sweep", path, "--out", out, "--engine", engine, *words)

    return call


@pytest.fixture
def process(tmp_path):
    """Start the program as a process of its own."""
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)

    def start(*words, **options):
        command = [sys.executable, str(script), *(str(word) for word in words)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
        )

    return start


def contents(folder):
    """Every file of a sweep's folder by name, but the log of times and the report, which not every test has drawn."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name not in ("log.jsonl", "report.html"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
