"""A booth whose queue is M/M/1, studies of it, and the functions that sensitivity is tested on."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.cli.app import app
from sim.experiment.sensitivity_design import Design, Input
from sim.planning.designs import saltelli_points, trajectories, unit_points

BOOTH = """\
kind: scenario
format: 1
title: One booth
period: {start: 2025-07-01, length: 2 d}
stations: {gate/booth: {servers: 1, places: 4000, service: {law: exponential, mean: 6 min}}}
routes: {trucks: [gate/booth]}
flows: {trucks: {rate: 5/h, cargo: {fruit: 60 %, goods: 40 %}}}
cargoes: {fruit: {}, goods: {}}
"""
HEAD = "kind: sweep\nformat: 1\nbase: booth.yaml\n"
UNKNOWNS = (
    HEAD
    + """\
title: The unknowns of a booth
question: What decides the wait?
uncertainties:
  pace: {path: stations.gate/booth.service.mean, title: Minutes of service, low: 3 min, high: 9 min}
  demand: {path: flows.trucks.rate, title: Trucks that come, low: 2/h, high: 6/h}
  mix:
    path: flows.trucks.cargo
    title: What they carry
    low: {fruit: 10 %, goods: 90 %}
    high: {fruit: 90 %, goods: 10 %}
replications: 3
metrics: [wait_mean]
"""
)
ISHIGAMI = {"S1": (0.3139, 0.4424, 0.0), "ST": (0.5576, 0.4424, 0.2437), "S2": (0.0, 0.2437, 0.0)}
VARIANCE = 13.8446  # of Ishigami's function with a = 7, b = 0.1


def ishigami(shares):
    """Ishigami's function at points of the unit cube. shape (..., 3)"""
    x = -np.pi + 2 * np.pi * shares
    return np.sin(x[..., 0]) + 7 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0])


G = (0.0, 1.0, 4.5, 9.0, 99.0)  # of Sobol's g-function: from a factor that matters much to one that hardly does


def g_function(shares):
    """Sobol's g-function at points of the unit cube."""
    return np.prod((np.abs(4 * shares - 2) + np.array(G)) / (1 + np.array(G)), axis=-1)


def made(method, blocks, *, seed=0, inputs=3, second=False):
    """A design of continuous inputs."""
    named = tuple(
        Input(name=f"x{i}", title=f"x{i}", role="uncertainty", axis=(), size=None, is_ordered=True)
        for i in range(inputs)
    )
    if method == "morris":
        rows = trajectories(count=blocks, sizes=[None] * inputs, are_ordered=[True] * inputs, seed=seed)
    elif method == "sobol":
        rows = saltelli_points(points=blocks, dimensions=inputs, seed=seed, second=second)
    else:
        rows = unit_points("sobol", points=blocks, dimensions=inputs, seed=seed)[:, None, :]
    return Design(method=method, inputs=named, rows=rows, has_second=second)


def noisy(values, *, sd, n, seed, shared=0.0):
    """Replications of values: independent noise at each point, and a shift that all points of a replication share."""
    rng = np.random.default_rng(seed)
    return values[..., None] + sd * rng.standard_normal((*values.shape, n)) + shared * rng.standard_normal(n)


@pytest.fixture
def booth(tmp_path):
    path = tmp_path / "booth.yaml"
    path.write_text(BOOTH)
    return path


@pytest.fixture
def write(booth):
    """Write a sweep beside the booth; its path."""

    def write(text, name="unknowns.yaml"):
        path = booth.parent / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def ask(capsys, out, monkeypatch):
    """Call `cuakhau sensitivity` in this process; without its figures unless they are asked for."""

    def call(path, *words, engine="compiled", figures=False):
        if not figures:
            monkeypatch.setattr("sim.report.sensitivity.draw", lambda _: None)
        asked = ["sensitivity", path, "--out", out, "--engine", engine, *words]
        with pytest.raises(SystemExit) as ended:
            app([str(word) for word in asked], prog_name="cuakhau")
        said, err = capsys.readouterr()
        return SimpleNamespace(code=ended.value.code or 0, out=said, err=err)

    return call


def contents(folder):
    """Every file of a study's folder by name, but the log of times."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != "log.jsonl")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
