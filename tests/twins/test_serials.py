"""Serials of events that come to an end are given anew in the middle of a run, and nobody can tell."""

from random import Random

import pytest

from benchmarks import workload
from sim.engine import compiled, compiled_state, simpy_engine
from sim.engine.limits import LimitReached
from tests.twins.compare import differences
from tests.twins.networks import plan_from

NETWORKS = 900


@pytest.fixture(name="rounds")
def counted_rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one whenever serials are given anew."""
    rounds: list[int] = []
    as_it_is = compiled_state.number_anew
    monkeypatch.setattr(compiled_state, "number_anew", lambda world: (rounds.append(1), as_it_is(world)))
    return rounds


def test_generated_networks_are_the_same(monkeypatch: pytest.MonkeyPatch, rounds: list[int]) -> None:
    """7 bits: a new round after 96 serials."""
    monkeypatch.setattr(compiled_state, "serial_bits", lambda _: 7)
    for seed in range(NETWORKS):
        plan = plan_from(Random(seed))  # noqa: S311  nothing secret here
        assert differences(plan, simpy_engine.simulate(plan), compiled.simulate(plan)) == [], f"network {seed}"
    assert len(rounds) > 25


def test_the_benchmark_is_the_same(monkeypatch: pytest.MonkeyPatch, rounds: list[int]) -> None:
    """13 bits: a new round after 6,144 serials, of which a truck takes some nine."""
    plan = workload.plan(days=2)
    usual = compiled.simulate(plan)
    assert not rounds
    monkeypatch.setattr(compiled_state, "serial_bits", lambda _: 13)
    assert differences(plan, usual, compiled.simulate(plan)) == []
    assert len(rounds) >= 3


def test_more_trucks_under_way_than_serials_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_state, "serial_bits", lambda _: 6)
    with pytest.raises(LimitReached, match=r"trucks are under way at once; so long a period has room for 32\. Shorten"):
        compiled.simulate(workload.plan(days=1))
