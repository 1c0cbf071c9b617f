"""Scenarios straight from mappings: what the loader would give, without files."""

import numpy as np
import pytest

from sim.scenario.scenario import Listed, Scenario
from sim.scenario.schema import ScenarioFile


def _scenario(
    *, start="2025-07-01", length="30 d", zone="Asia/Ho_Chi_Minh", listed=None, flows=None, stations=None, **parts
):
    mapping = {
        "kind": "scenario",
        "format": 1,
        "title": "t",
        "period": {"start": start, "length": length, "zone": zone},
        "stations": {"gate": {"servers": 1, "service": "1 min"}} | (stations or {}),
        "routes": {"way": [{"at": "gate"}], "other": [{"at": "gate"}]},
        "flows": {key: {"route": "way"} | flow for key, flow in (flows or {}).items()},
    }
    return Scenario(
        file=ScenarioFile.model_validate(mapping | parts), resolved={}, origins={}, sources={}, listed=listed or {}
    )


def _listed(arrived, cargo=()):
    nothing = ("",) * len(arrived)
    return Listed(arrived=np.array(arrived), truck=nothing, cargo=cargo or nothing, services={}, sha256="")


@pytest.fixture(name="scenario", scope="session")
def scenario_builder():
    """A function that makes a scenario of parts of a file; a flow takes the route `way` unless it says otherwise."""
    return _scenario


@pytest.fixture(name="listed", scope="session")
def listed_builder():
    """A function that makes listed trucks of their times in ms and, if given, their cargoes."""
    return _listed
