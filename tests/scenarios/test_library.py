"""Every scenario of the library runs: no law broken, nobody waiting in a circle, and trucks that cross."""

import numpy as np
import pytest

import sim
from sim.measure.laws import check
from sim.measure.stuck import deadlock
from sim.measure.visits import decode
from sim.scenario import bundled
from sim.trace import Outcome

ROOT = bundled.scenario_root()
SCENARIOS = sorted(path for path in ROOT.glob("*/*.yaml") if path.parent.name != "overlays")


def test_the_library_has_the_files_promised():
    assert len(SCENARIOS) >= 25


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_it_runs(path):
    plan = sim.make_plan(sim.load(path))
    lives = decode(plan, sim.simulate(plan, engine="compiled"))
    assert deadlock(lives) is None
    check(lives)
    crossed = np.count_nonzero(lives.fates.outcome == Outcome.CROSSED)
    print(f"{path.stem}: {crossed:,} of {len(plan.trucks.id):,} trucks crossed")
    assert crossed > 0.75 * len(plan.trucks.id)
