"""Both engines leave the same Trace on every bundled scenario."""

from dataclasses import replace
from pathlib import Path

import pytest

import sim
from sim.engine import compiled, simpy_engine
from tests.twins.compare import differences

DAY = 86_400_000
DAYS = 4  # of each scenario: nights, hours and a weekend; the whole of them takes minutes
SCENARIOS = [
    path for path in sorted(Path("scenarios").rglob("*.yaml")) if "kind: scenario" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("path", SCENARIOS, ids=str)
def test_engines_agree_on_a_bundled_scenario(path: Path) -> None:
    plan = sim.make_plan(sim.load(path), replication=0, seed=1)
    plan = replace(plan, ends=min(plan.ends, plan.starts + DAYS * DAY))
    trace = simpy_engine.simulate(plan)
    assert differences(plan, trace, compiled.simulate(plan)) == []
    assert (trace.step >= 0).sum() > 0
