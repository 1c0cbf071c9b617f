"""A run is read and measured in two ways: by NumPy over whole columns, and by compiled passes. They must agree."""

import tempfile
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.engine import simulate
from sim.measure.axes import axes
from sim.measure.broken import BrokenLaw
from sim.measure.laws import check
from sim.measure.metrics import measure
from sim.measure.visits import decode
from sim.planning import large
from sim.planning.make import make_plan
from sim.planning.plan import NEVER
from sim.scenario.load import load

from .generated import networks

assert numba  # it being there is what makes large runs take the compiled ways
TRIES = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
COLUMNS, COMPILED = 1 << 60, 0  # from how many things on a run is large


def ran(network):
    with tempfile.TemporaryDirectory() as folder:
        scenario = load(network.write(Path(folder)))
        plan = make_plan(scenario)
        return scenario, plan, simulate(plan, engine="simpy")


def found(scenario, plan, trace, large_from):
    """The measures of the run, or the law that it breaks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large, "LARGE", large_from)
        try:
            lives = decode(plan, trace, hours=axes(plan, scenario).hours)
            check(lives)
        except BrokenLaw as broken:
            return str(broken)
        return measure(lives, scenario)


def same(one, other):
    """Whether two values are equal all through."""
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    if is_dataclass(one):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return one == other


@TRIES
@given(network=networks())
def test_both_ways_find_the_same_measures(network):
    """20 networks with hours, pauses, handovers, priorities, blocking, and trucks that are there at the end."""
    scenario, plan, trace = ran(network)
    ours, theirs = found(scenario, plan, trace, COLUMNS), found(scenario, plan, trace, COMPILED)
    assert same(ours, theirs)


@TRIES
@given(network=networks(), which=st.integers(0, 10_000), by=st.sampled_from([-600_000, -1, 1, 600_000, 3_600_000]))
def test_both_ways_find_the_same_law_broken(network, which, by):
    """20 networks in which one stamp is moved: what one way lets pass, so does the other, and they say the same."""
    scenario, plan, trace = ran(network)
    stamps, filled = trace.stamps.copy(), np.flatnonzero(trace.stamps > NEVER + 1)
    if not len(filled):
        return
    stamps[filled[which % len(filled)]] += by
    ours, theirs = (found(scenario, plan, replace(trace, stamps=stamps), way) for way in (COLUMNS, COMPILED))
    assert type(ours) is type(theirs), (ours, theirs)
    if isinstance(ours, str):
        assert ours == theirs
