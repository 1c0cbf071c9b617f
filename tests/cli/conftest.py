"""A small gate, and the program called as a user calls it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

GATE = """\
kind: scenario
format: 1
title: {title}
period: {{start: 2025-07-01, length: 3 d, warm_up: 1 d}}
gates: {{north: {{title: Cửa Bắc, capacity: {{value: 60 vehicles/day, assumption: made up, range: [40/d, 80/d]}}}}}}
cargoes: {{fruit: {{}}, goods: {{}}}}
stations:
  north/yard: {{places: 20}}
  north/lane:
    servers: 1
    hours: 07:00-19:00
    closing: finish
    service: {{law: lognormal, mean: 9 min, cv: 0.5}}
    discipline: [fruit, goods]
routes:
  out: [{{in: north/yard}}, {{at: north/lane, crosses: true}}]
flows:
  out: {{direction: export, gate: north, cargo: {{fruit: 60 %, goods: 40 %}}, route: out, volume: 50 vehicles/day}}
"""


@pytest.fixture
def gate(tmp_path):
    """Path of a scenario of some 150 trucks."""
    path = tmp_path / "gate.yaml"
    path.write_text(GATE.format(title="One gate"), encoding="utf-8")
    return path


@pytest.fixture
def process():
    """Start the program as a process of its own."""

    def start(*words, env=None, **options):
        command = [sys.executable, "-m", "sim", *(str(word) for word in words)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        environment = os.environ | {"PYTHONPATH": str(ROOT)} | (env or {})
        return subprocess.Popen(command, env=environment, **(pipes | options))

    return start
