"""Both engines leave the same Trace, on generated networks that combine everything a Plan may hold."""

from collections import Counter
from itertools import combinations
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import workload
from sim.engine import compiled, simpy_engine
from tests.twins.compare import differences, features, tied_instants
from tests.twins.networks import plan_from

NETWORKS = 4000


def test_seeded_networks_agree_and_meet_every_pair_of_features(capsys: pytest.CaptureFixture[str]) -> None:
    instants = tied = 0
    met: Counter[tuple[str, ...]] = Counter()
    for seed in range(NETWORKS):
        plan = plan_from(Random(seed))  # noqa: S311  nothing secret here
        trace = simpy_engine.simulate(plan)
        assert differences(plan, trace, compiled.simulate(plan)) == [], f"network {seed}"
        some, of_them = tied_instants(plan, trace)
        instants, tied = instants + some, tied + of_them
        met.update(combinations(sorted(features(plan, trace)), 2))
    names = sorted({name for pair in met for name in pair})
    pairs = list(combinations(names, 2))
    with capsys.disabled():
        print(f"\n{NETWORKS} networks, {tied / instants:.0%} of {instants} instants tied, 0 differences;")
        print(f"{len(met)} of {len(pairs)} pairs of {len(names)} features met, the rarest {min(met.values())} times")
    assert tied / instants >= 0.30
    assert [pair for pair in pairs if not met[pair]] == []
    assert len(names) == 28


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_generated_networks_agree(random: Random) -> None:
    plan = plan_from(random)
    assert differences(plan, simpy_engine.simulate(plan), compiled.simulate(plan)) == []


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("lite", [False, True])
def test_two_days_of_the_benchmark_agree(lite: bool, folded: bool) -> None:
    plan = workload.plan(days=2, lite=lite, folded=folded)
    trace = simpy_engine.simulate(plan)
    assert differences(plan, trace, compiled.simulate(plan)) == []
    assert (trace.stamps >= 0).sum() > 15_000
