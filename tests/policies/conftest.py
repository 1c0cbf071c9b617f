"""A policy in a small network, run in both engines: their stories must be equal, and no law broken."""

import pytest

from sim.engine import simulate
from sim.measure.laws import check
from sim.measure.visits import decode
from sim.planning.demand import listed_rows
from sim.planning.make import make_plan
from sim.scenario.load import load
from tests.exact.conftest import HEAD, Story
from tests.twins.compare import differences


@pytest.fixture(name="tell")
def story_of_both(tmp_path):
    """A function: a scenario body and lists of trucks, one a flow -> what happened, by the names of the trucks.

    A list has a line for each truck: name, cargo, minute of arrival after 08:00. `flows` adds keys to each flow.
    """

    def told(body, *, keys="", **flows):
        text, names = HEAD + body + "flows:\n", {}
        for flow, trucks in flows.items():
            rows = [line.split() for line in trucks.strip().splitlines()]
            lines = ["truck,cargo,arrived [min]", *(",".join(row) for row in rows)]
            (tmp_path / f"{flow}.csv").write_text("\n".join(lines) + "\n")
            text += f"  {flow}: {{listed: {flow}.csv, cargo: other{keys}}}\n"
            names[flow] = [row[0] for row in rows]
        (tmp_path / "case.yaml").write_text(text)
        plan = make_plan(load(tmp_path / "case.yaml"))
        one, other = (simulate(plan, engine=engine) for engine in ("simpy", "compiled"))
        assert differences(plan, one, other) == []
        lives = decode(plan, one)
        check(lives)
        flow = plan.network.layout.flows
        rows = listed_rows(plan.trucks.id).tolist()
        return Story(lives, {k: names[flow[f]][rows[k]] for k, f in enumerate(plan.trucks.flow.tolist())})

    return told
