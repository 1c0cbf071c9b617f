"""Three networks in the ordinary format, and the mean waits of a run of each. All begin empty and end at HOURS."""

import tempfile
from pathlib import Path

import numpy as np

from sim.engine import simulate
from sim.measure.lives import Visits
from sim.measure.visits import decode
from sim.planning.make import make_plan
from sim.planning.plan import NEVER
from sim.scenario.load import load
from sim.scenario.scenario import Scenario
from tests.oracles.case import scenario

HOURS = 200.0
NAMES = ("booths", "priority", "small yard")
Waits = dict[str, float]  # mean minutes of the visits that ended in the run, by their words


def written() -> dict[str, Scenario]:
    """The networks, read from files as a user writes them."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in _texts().items():
            path = Path(folder) / f"{name}.yaml"
            path.write_text(text)
            found[name] = load(path)
    return found


def _texts() -> dict[str, str]:
    def exponential(minutes: float) -> dict[str, str]:
        return {"law": "exponential", "mean": f"{minutes} min"}

    length = f"{HOURS:g} h"
    booths = scenario(
        "booths", "three booths, 18 trucks an hour", length=length,
        stations={"gate": {"servers": 3, "service": exponential(8)}},
        routes={"way": [{"at": "gate"}]}, flows={"trucks": {"route": "way", "rate": "18 trucks/h"}},
    )  # fmt: skip
    priority = scenario(
        "priority", "two desks, then an inspection where fruit goes first", length=length,
        cargoes={"fruit": {}, "other": {}},
        stations={"desk": {"servers": 2, "service": exponential(7.5)},
                  "inspection": {"servers": 1, "service": "4 min", "discipline": ["fruit", "other"]}},
        routes={"way": [{"at": "desk"}, {"at": "inspection"}]},
        flows={"fruit": {"cargo": "fruit", "route": "way", "rate": "4 trucks/h"},
               "other": {"cargo": "other", "route": "way", "rate": "8 trucks/h"}},
    )  # fmt: skip
    yard = scenario(
        "small yard", "two desks that keep a served truck until the yard of two places before the gate has room",
        length=length,
        stations={"desk": {"servers": 2, "service": exponential(6), "when_blocked": "keeps-server"},
                  "gate": {"servers": 1, "waiting_places": 2, "service": exponential(4)}},
        routes={"way": [{"at": "desk"}, {"at": "gate"}]}, flows={"trucks": {"route": "way", "rate": "10 trucks/h"}},
    )  # fmt: skip
    return dict(zip(NAMES, (booths.text, priority.text, yard.text), strict=True))


def ours(name: str, loaded: Scenario, replication: int) -> Waits:
    """The mean waits of one replication, by the compiled engine."""
    plan = make_plan(loaded, replication=replication, seed=8)
    lives = decode(plan, simulate(plan, engine="compiled"))
    visits, layout = lives.visits, plan.network.layout
    there = np.where(visits.entered == NEVER, visits.joined, visits.entered)
    wait = (visits.started - there) / 60_000
    cargo = np.array(layout.flows)[plan.trucks.flow[visits.truck]]

    def mean(station: str, values: np.ndarray, flow: str = "") -> float:
        mine = _ended(visits) & (visits.station == layout.stations.index(station))
        return float(values[mine & (cargo == flow) if flow else mine].mean())

    if name == "booths":
        return {"gate": mean("gate", wait)}
    if name == "priority":
        parts = {f"inspection, {flow}": mean("inspection", wait, flow) for flow in ("fruit", "other")}
        return {"desk": mean("desk", wait), **parts}
    blocked = (visits.left - visits.ended) / 60_000
    return {"desk": mean("desk", wait), "desk, blocked": mean("desk", blocked), "gate": mean("gate", wait)}


def _ended(visits: Visits) -> np.ndarray:
    return visits.left != NEVER
