"""Files that are read again and again: their trees are remembered, what stands in them is looked at each time."""

import os

import pytest

from sim.scenario.faults import ScenarioFaults
from sim.scenario.load import examine, load

BOOTH = """\
kind: scenario
format: 1
title: One booth
period: {start: 2025-07-01, length: 1 d}
stations: {gate/booth: {servers: 1, service: {law: exponential, mean: 9 min}}}
routes: {trucks: [gate/booth]}
flows: {trucks: {rate: 5/h}}
"""


def test_an_edit_that_keeps_size_and_time_of_a_file_is_seen(tmp_path):
    path = tmp_path / "booth.yaml"
    path.write_text(BOOTH)
    before = path.stat()
    assert load(path).file.stations["gate/booth"].servers == 1
    path.write_text(BOOTH.replace("servers: 1", "servers: 2"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert load(path).file.stations["gate/booth"].servers == 2


def test_a_file_is_faulted_as_often_as_it_is_read(tmp_path):
    path = tmp_path / "booth.yaml"
    path.write_text(BOOTH.replace("rate: 5/h", "rate: 5/h, rate: 6/h"))
    first, second = (examine(path)[1] for _ in range(2))
    assert first == second != ()
    path.write_text("a: [\n")
    for _ in range(2):
        with pytest.raises(ScenarioFaults, match="yaml"):
            load(path)


def test_what_is_set_in_one_reading_is_not_in_the_next(tmp_path):
    path = tmp_path / "booth.yaml"
    path.write_text(BOOTH)
    assert load(path, overrides={"stations.gate/booth.servers": "3"}).resolved["stations"]["gate/booth"]["servers"] == 3
    assert load(path).resolved["stations"]["gate/booth"]["servers"] == 1
