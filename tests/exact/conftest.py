"""Small networks told in minutes: a scenario body and a list of trucks in, the stamps of every truck out."""

from dataclasses import dataclass

import pytest

from sim.engine import simulate
from sim.measure.stuck import deadlock
from sim.measure.visits import Lives, decode
from sim.planning.demand import listed_rows
from sim.planning.make import make_plan
from sim.planning.plan import NEVER
from sim.scenario.load import load
from sim.trace import Outcome

MINUTE = 60_000
HEAD = """
kind: scenario
format: 1
title: a case worked out by hand
period: {zone: UTC, start: "2025-03-03 08:00", length: 48 h}
"""


@dataclass(frozen=True)
class Story:
    """What happened, by the names of the trucks."""

    lives: Lives
    names: dict[int, str]  # by index of the truck in the Plan

    def stamps(self, station, what="started"):
        """Minute of a stamp by truck, in the order of the names; None = it never came; a list where it came twice."""
        visits = self.lives.visits
        index = self.lives.plan.network.layout.stations.index(station)
        found = {}
        for row, truck in enumerate(visits.truck):
            if visits.station[row] == index:
                ms = int(getattr(visits, what)[row])
                found.setdefault(self.names[truck], []).append(None if ms == NEVER else _minutes(ms))
        return {name: found[name][0] if len(found[name]) == 1 else found[name] for name in sorted(found)}

    def outcomes(self):
        """Outcome and minute of departure of every truck that left."""
        fates = self.lives.fates
        return {
            self.names[t]: (Outcome(o).name.lower(), None if d == NEVER else _minutes(int(d)))
            for t, (o, d) in sorted(
                enumerate(zip(fates.outcome, fates.departed, strict=True)), key=lambda e: self.names[e[0]]
            )
        }

    def gates(self):
        """Gate that each truck crossed."""
        gates = self.lives.plan.network.layout.gates
        return {self.names[t]: gates[g] for t, g in enumerate(self.lives.fates.gate) if g >= 0}

    def pauses(self):
        """(truck, from, to) of every pause."""
        rows = self.lives.trace.paused.tolist()
        return [
            (self.names[truck], _minutes(begin), None if end == NEVER else _minutes(end))
            for truck, _, begin, end in rows
        ]

    def deadlock(self):
        return deadlock(self.lives)


def _minutes(ms):
    return ms // MINUTE if ms % MINUTE == 0 else ms / MINUTE


@pytest.fixture(params=["simpy", "compiled"])
def tell(request, tmp_path):
    """A function that runs a scenario body with lists of trucks, one for each flow, in one of the two engines.

    A list has a line for each truck: name, minute of arrival, and what further columns its head names.
    """

    def told(body, **flows):
        text = HEAD + body
        if flows:
            text += "flows:\n"
        names = {}
        for flow, lines in flows.items():
            head, *rows = [line.strip() for line in lines.strip().splitlines()]
            columns = [c if c in ("truck", "cargo") else f"{c} [min]" for c in head.split()]
            cells = [",".join("" if cell == "-" else cell for cell in row.split()) for row in rows]
            (tmp_path / f"{flow}.csv").write_text("\n".join([",".join(columns), *cells]) + "\n")
            text += f"  {flow}: {{listed: {flow}.csv, cargo: other}}\n"
            names[flow] = [row.split()[0] for row in rows]
        (tmp_path / "case.yaml").write_text(text)
        plan = make_plan(load(tmp_path / "case.yaml"))
        lives = decode(plan, simulate(plan, engine=request.param))
        return Story(lives, _names(plan, names))

    return told


def _names(plan, names):
    """Names of listed trucks; of others flow and number in order of arrival."""
    rows, found, seen = listed_rows(plan.trucks.id), {}, {}
    for truck, flow in enumerate(plan.network.layout.flows[f] for f in plan.trucks.flow):
        seen[flow] = seen.get(flow, 0) + 1
        found[truck] = names[flow][rows[truck]] if flow in names else f"{flow}-{seen[flow]}"
    return found
