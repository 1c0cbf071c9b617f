"""Faults of what loads are worth."""

import pytest

from sim.scenario.load import examine

BODY = """
kind: scenario
format: 1
title: worth
period: {start: 2025-07-01, length: 2 d}
cargoes: {fruit: {%s}}
stations: {desk: {servers: 1, service: 10 min}}
routes: {fruit: [{at: desk%s}]}
flows: {fruit: {every: 1 h, cargo: fruit}}
"""


@pytest.mark.parametrize(
    ("fruit", "step", "expected"),
    [
        ("worth: 500", "", "must be an amount in VND"),
        ("worth: 500 million dong", "", "must be an amount in VND"),
        ("worth: 1 bn VND, decay: {0 h: 5 %, 24 h: 2 %}", "", "what is lost does not come back"),
        ("worth: 1 bn VND, on_plug: 50 %", "", "needs decay_on_plug"),
        ("worth: 1 bn VND, turns_back: {when_loss_exceeds: 10 %}", "", "needs decay"),
        ("decay: {24 h: 5 %}, turns_back: {when_loss_exceeds: 5 %}", "", "no more than 5% is ever lost"),
        ("decay: {24 h: 9 %}, turns_back: {when_loss_exceeds: 5 %}", ", patience: 1 h", "gives up by one rule"),
        ("decay: {24 h: 5 %}", "", "has no effect without worth"),
    ],
)
def test_faults_are_named(tmp_path, fruit, step, expected):
    path = tmp_path / "worth.yaml"
    path.write_text(BODY % (fruit, step))
    _, faults = examine(path)
    assert [expected in f"{f.message} {f.hint}" for f in faults] == [True]
    assert all(f.line == 6 for f in faults)


def test_amounts_are_read(tmp_path):
    path = tmp_path / "worth.yaml"
    path.write_text(BODY % ("worth: 1.5 bn VND, waiting_cost: 300 thousand VND", ""))
    scenario, faults = examine(path)
    assert faults == ()
    fruit = scenario.file.cargoes["fruit"]
    assert (fruit.worth, fruit.waiting_cost) == (1_500_000_000, 300_000)
