"""A scenario straight from a mapping: what the loader would give, without files."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.scenario.scenario import Listed, Scenario
from sim.scenario.schema import ScenarioFile


def scenario(
    *,
    start: str = "2025-07-01",
    length: str = "30 d",
    zone: str = "Asia/Ho_Chi_Minh",
    listed: Mapping[str, Listed] | None = None,
    flows: Mapping[str, dict[str, Any]] | None = None,
    **parts: Any,
) -> Scenario:
    """A scenario with the given parts of a file; a flow takes the route `way` unless it says otherwise."""
    mapping = {
        "kind": "scenario",
        "format": 1,
        "title": "t",
        "period": {"start": start, "length": length, "zone": zone},
        "stations": {"gate": {"servers": 1, "service": "1 min"}},
        "routes": {"way": [{"at": "gate"}], "other": [{"at": "gate"}]},
        "flows": {key: {"route": "way"} | flow for key, flow in (flows or {}).items()},
    }
    return Scenario(
        file=ScenarioFile.model_validate(mapping | parts), resolved={}, origins={}, sources={}, listed=listed or {}
    )


def listed(arrived: list[int], cargo: tuple[str, ...] = ()) -> Listed:
    """Listed trucks by their times, [ms]."""
    nothing = ("",) * len(arrived)
    return Listed(arrived=np.array(arrived), truck=nothing, cargo=cargo or nothing, services={}, sha256="")
