"""Small scenarios whose runs can be worked out by hand: listed trucks, round service times."""

from dataclasses import dataclass

import numpy as np
import pytest

from sim.engine.simpy_engine import simulate
from sim.measure.visits import decode
from sim.planning.make import make_plan
from sim.scenario.scenario import Listed, Scenario
from sim.scenario.schema import ScenarioFile

MIN = 60_000


@dataclass(frozen=True)
class Run:
    """A scenario with one of its runs."""

    scenario: Scenario
    plan: object
    trace: object
    lives: object

    def station(self, name):
        return self.plan.network.layout.stations.index(name)

    def visits(self, station):
        """joined, entered, started, ended, left of each visit of a station, in minutes; None = never."""
        found = self.lives.visits
        own = found.station == self.station(station)
        columns = (found.joined, found.entered, found.started, found.ended, found.left)
        return [
            tuple(None if t < -(2**60) else t / MIN for t in row)
            for row in zip(*(c[own] for c in columns), strict=True)
        ]


def _scenario(
    *, stations, routes, flows, length="1 d", start="2025-07-01", zone="Asia/Ho_Chi_Minh", period=None, **parts
):
    listed = {}
    written = {}
    for key, flow in flows.items():
        trucks = flow.get("arrived")
        if trucks is None:
            written[key] = flow
            continue
        arrived = np.array([round(minute * MIN) for minute in trucks], np.int64)
        nothing = ("",) * len(arrived)
        services = {
            name: np.array([round(m * MIN) for m in column], np.int64) for name, column in flow.get("work", {}).items()
        }
        listed[f"{key}.csv"] = Listed(arrived=arrived, truck=nothing, cargo=nothing, services=services, sha256="")
        written[key] = {k: v for k, v in flow.items() if k not in ("arrived", "work")} | {"listed": f"{key}.csv"}
    mapping = {
        "kind": "scenario", "format": 1, "title": "by hand", "stations": stations, "routes": routes, "flows": written,
        "period": {"start": start, "length": length, "zone": zone} | (period or {}), **parts,
    }  # fmt: skip
    return Scenario(file=ScenarioFile.model_validate(mapping), resolved={}, origins={}, sources={}, listed=listed)


@pytest.fixture(name="scenario", scope="session")
def scenario_builder():
    """A function that makes a scenario; a flow lists its trucks by `arrived` (minutes) and `work` by station."""
    return _scenario


@pytest.fixture(name="run", scope="session")
def runner():
    """A function that runs a scenario once with the SimPy engine."""

    def run(replication=0, **parts):
        scenario = _scenario(**parts)
        plan = make_plan(scenario, replication=replication)
        trace = simulate(plan)
        return Run(scenario=scenario, plan=plan, trace=trace, lives=decode(plan, trace))

    return run


@pytest.fixture(name="desk", scope="session")
def desk_run(run):
    """One desk, 10 min each, trucks at 0, 1 and 2 min."""
    return lambda **more: run(**({
        "stations": {"desk": {"servers": 1, "service": "10 min"}},
        "routes": {"way": [{"at": "desk"}]},
        "flows": {"fruit": {"arrived": [0, 1, 2], "route": "way"}},
        "length": "1 h",
    } | more))  # fmt: skip
