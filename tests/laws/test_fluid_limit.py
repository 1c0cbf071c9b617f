"""A closed gate comes to its fluid limit as trucks become small and many, in both engines."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.engine import simulate
from sim.measure.visits import decode
from sim.planning.make import make_plan
from sim.scenario.load import load
from tests.oracles.case import scenario

TRIES = 12
SCALES = (1, 5, 20)  # trucks in the place of one, each with that part of its work


def closed(folder, engine, *, gap, service, shut, scale):
    """Trucks waiting at reopening, minutes from then until nobody waits, truck-minutes waited; per truck of scale 1."""
    over = shut + shut * service / (gap - service)
    gate = {"servers": [{"from": "0 min", "servers": 0}, {"from": f"{shut} min", "servers": 1}], "closing": "finish",
            "service": f"{60_000 * service // scale} ms"}  # fmt: skip
    case = scenario(
        "closed", f"shut for {shut} min", length=f"{round(over + 3 * gap)} min", period={"end_rule": "drain"},
        stations={"gate": gate}, routes={"trucks": [{"at": "gate"}]},
        flows={"trucks": {"every": f"{60_000 * gap // scale} ms"}},
    )  # fmt: skip
    path = folder / "closed.yaml"
    path.write_text(case.text)
    plan = make_plan(load(path))
    visits = decode(plan, simulate(plan, engine=engine)).visits
    wait = visits.started - visits.joined
    backlog = int((visits.joined < shut * 60_000).sum())
    end = int(visits.started[wait > 0].max()) / 60_000 - shut
    return backlog / scale, end, int(wait.sum()) / 60_000 / scale


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@settings(max_examples=TRIES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(gap=st.integers(5, 12), faster=st.integers(1, 4), shut=st.integers(20, 120))
def test_a_closed_gate_comes_to_its_fluid_limit_as_one_over_the_scale(engine, gap, faster, shut):
    """Arrivals at rate a, service at rate s > a, closed for H: backlog aH, cleared aH / (s - a) after reopening.

    The waits add up to the triangle a H^2 s / (s - a) / 2. One truck more or less, of 1 / scale, moves them by at most
    1, 1 / (s - a) and the length of the triangle; twice that is allowed for the two ends of the backlog.
    """
    service = gap - faster
    gain = gap * service / faster  # minutes in which the backlog shrinks by one truck
    base = shut + shut / gap * gain
    fluid = (shut / gap, shut / gap * gain, shut / gap * base / 2)
    with tempfile.TemporaryDirectory() as folder:
        for scale in SCALES:
            found = closed(Path(folder), engine, gap=gap, service=service, shut=shut, scale=scale)
            off = [abs(a - b) for a, b in zip(found, fluid, strict=True)]
            assert all(o <= 2 * most / scale for o, most in zip(off, (1, gain, base), strict=True)), (
                scale,
                found,
                fluid,
            )
