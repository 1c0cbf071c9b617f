"""A network in each peer: 10 replications of some 2,000 trucks, Welch's 99.9 % interval, fixed seeds."""

import pytest

from .compare import compared


def test_a_small_yard_blocks_alike_in_ciw():
    pytest.importorskip("ciw")
    found = list(compared(10, ["small yard"]))
    assert {pair.peer for pair in found} == {"SimPy", "Ciw"}
    assert [(pair.wait, pair.difference) for pair in found if not pair.agrees] == []


def test_fruit_goes_first_alike_in_plain_simpy():
    found = [pair for pair in compared(10, ["priority"]) if pair.peer == "SimPy"]
    assert len(found) == 3
    assert [(pair.wait, pair.difference) for pair in found if not pair.agrees] == []
