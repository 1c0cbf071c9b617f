"""What waiting costs: loads that lose worth at the border, trucks that wait, loads sold at home.

It rests on the worth, the decay and the costs that the scenario states, most of which are assumptions. Each truck's
sums are whole VND, so that totals are exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from sim.measure.axes import HOUR, Axes
from sim.measure.groups import Keys, Sums
from sim.measure.lives import Lives
from sim.measure.rows import Row, frame, of_mean, schema, totals
from sim.planning.booking import NO_SHOW
from sim.planning.plan import NEVER, IntArray
from sim.scenario.scenario import Scenario
from sim.scenario.worth import cost, lost
from sim.trace import Outcome

Mask = npt.NDArray[np.bool_]
PARTS = ("trucks", "waited_hours", "loss_vnd", "waiting_cost_vnd", "turned_back_loss_vnd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """By gate, direction and cargo; trucks of a cargo of which the scenario says nothing in money are left out."""

    trucks: Sums
    waited: Sums  # [ms]
    loss: Sums  # [VND] of those that crossed or are still there
    waiting_cost: Sums  # [VND]
    turned_back_loss: Sums  # [VND]


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """Of each truck, shape (n_trucks,). [VND], whole"""

    priced: Mask  # whether the scenario says anything of its load
    loss: IntArray
    waiting_cost: IntArray
    turned_back_loss: IntArray


def losses(lives: Lives, scenario: Scenario, waited: IntArray) -> Losses:
    """What each truck of one replication lost."""
    fates, trucks = lives.fates, lives.plan.trucks
    stay = np.where(fates.departed == NEVER, lives.plan.ends, fates.departed) - trucks.arrived
    zeros = np.zeros(len(stay), np.int64)
    found = Losses(priced=zeros > 0, loss=zeros.copy(), waiting_cost=zeros.copy(), turned_back_loss=zeros.copy())
    reasons = np.array([*lives.plan.network.reasons, ""])
    came = reasons[fates.reason] != NO_SHOW  # a truck that never set out has sold its load, or kept it
    for number, key in enumerate(lives.plan.network.layout.cargoes):
        load = scenario.file.cargoes.get(key)
        if load is None or (load.worth is None and load.waiting_cost is None):
            continue
        own = trucks.cargo == number
        sold = own & ((fates.outcome == Outcome.CROSSED) | (fates.outcome == Outcome.INSIDE))
        back = own & (fates.outcome == Outcome.TURNED_BACK) & came
        found.priced[own] = True
        found.waiting_cost[own] = cost(load, waited[own])
        found.loss[sold] = np.round((load.worth or 0) * lost(load, stay[sold])).astype(np.int64)
        if load.home_price is not None:
            found.turned_back_loss[back] = round((load.worth or 0) * (1 - load.home_price))
    return found


def money(lives: Lives, scenario: Scenario, keys: Keys, counts: Mask) -> Money:
    """The sums over the trucks that count, by their keys."""
    waited = lives.waited
    found = losses(lives, scenario, waited)
    who = np.flatnonzero(counts & found.priced)
    return Money(
        trucks=keys.sums(who),
        waited=keys.sums(who, value=waited[who]),
        loss=keys.sums(who, value=found.loss[who]),
        waiting_cost=keys.sums(who, value=found.waiting_cost[who]),
        turned_back_loss=keys.sums(who, value=found.turned_back_loss[who]),
    )


def money_table(axes: Axes, found: Sequence[Money]) -> pl.DataFrame:
    """The table `money`, a row for each group that has trucks and each part."""
    return frame(money_rows(axes, found), schema("gate:s direction:s cargo:s what:s mean:f low:f high:f n:i"), 4)


def money_rows(axes: Axes, found: Sequence[Money]) -> list[Row]:
    """The rows of the table."""
    rows = []
    parts = ("trucks", "waited", "loss", "waiting_cost", "turned_back_loss")
    for name, part in zip(PARTS, parts, strict=True):
        unit = HOUR if part == "waited" else 1
        sums = totals(axes, [getattr(one, part) for one in found], 0, lambda _axes, _rest: [()])
        for (gate, direction, cargo), values in sums.items():
            key = {"gate": gate, "direction": direction, "cargo": cargo, "what": name}
            rows.append(key | of_mean([value / unit for value in values]))
    return rows
