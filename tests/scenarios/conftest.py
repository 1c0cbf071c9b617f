"""What the bundled scenarios say when they are run."""

from functools import cache

import pytest

import sim
from sim.scenario import bundled


def overlay(name):
    return bundled.scenario_root() / "overlays" / f"{name}.yaml"


@cache
def _run(name, *overlays, replications):
    scenario = sim.load(bundled.scenario_root() / name, overlays=[overlay(o) for o in overlays])
    return sim.run(scenario, replications=replications, seed=1)


@pytest.fixture(name="ran", scope="session")
def run_once():
    """A function that gives the results of a bundled scenario under overlays, run once in the session."""
    return _run


@pytest.fixture(name="of_fact", scope="session")
def value_of_fact():
    """A function that gives the value of a documented fact, as its source states it."""
    return lambda fact: bundled.facts()[fact].value
