"""Who pays for a change: the same trucks in two runs of one replication, earlier or later over the border, and in VND.

A truck that crossed or is still inside in both runs counts with the time it was there, so far if it still is. One
that turned back in one of them has no such time, and counts in VND alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from sim.measure.axes import DIRECTIONS, axes
from sim.measure.groups import LEVELS
from sim.measure.lives import Lives
from sim.measure.metrics import keys_of
from sim.measure.money import losses
from sim.measure.rows import frame, of_mean, schema
from sim.measure.telling import in_window
from sim.planning.plan import NEVER, IntArray
from sim.scenario.scenario import Scenario
from sim.trace import Outcome

Group = tuple[str, str, str]  # gate intended, direction, cargo; "" = all
PARTS = ("trucks", "earlier", "later", "turned_back_more", "turned_back_less", "ms_gained", "ms_lost", "vnd_gained",
         "vnd_lost")  # fmt: skip
Bill = Mapping[Group, IntArray]  # shape (len(PARTS),)
_MINUTE = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What each truck that arrived in the window of one run had to bear. shape (n,)"""

    id: IntArray
    group: IntArray  # index into groups
    groups: tuple[Group, ...]
    stay: IntArray  # [ms] until it crossed or, if it is inside, so far
    stayed: npt.NDArray[np.bool_]  # it crossed or is inside
    turned_back: npt.NDArray[np.bool_]
    vnd: IntArray  # [VND] what it lost and paid


def ledger(lives: Lives, scenario: Scenario) -> Ledger:
    """The ledger of one replication."""
    ax, fates, trucks = axes(lives.plan, scenario), lives.fates, lives.plan.trucks
    keys = keys_of(lives, ax, intended=True)
    who = np.flatnonzero(in_window(lives.plan))
    own = keys.take(who)
    codes, group = np.unique(np.stack([own.gate, own.direction, own.cargo]), axis=1, return_inverse=True)
    names = tuple((ax.gates[g] if g >= 0 else "", DIRECTIONS[d], ax.cargoes[c]) for g, d, c in codes.T.tolist())
    borne = losses(lives, scenario, lives.waited)
    until = np.where(fates.departed == NEVER, lives.plan.ends, fates.departed)
    outcome = fates.outcome[who]
    return Ledger(
        id=trucks.id[who],
        group=group.reshape(-1).astype(np.int64),
        groups=names,
        stay=(until - trucks.arrived)[who],
        stayed=(outcome == Outcome.CROSSED) | (outcome == Outcome.INSIDE),
        turned_back=outcome == Outcome.TURNED_BACK,
        vnd=(borne.loss + borne.waiting_cost + borne.turned_back_loss)[who],
    )


def bill(base: Ledger, other: Ledger) -> Bill:
    """What the trucks of both gain and lose from base to other, by group of the base and for all unions of groups."""
    _, left, right = np.intersect1d(base.id, other.id, assume_unique=True, return_indices=True)
    both = base.stayed[left] & other.stayed[right]
    sooner = np.where(both, base.stay[left] - other.stay[right], 0)
    saved = base.vnd[left] - other.vnd[right]
    back = other.turned_back[right].astype(np.int64) - base.turned_back[left]
    columns = (np.ones_like(sooner), sooner > 0, sooner < 0, back > 0, back < 0, np.maximum(sooner, 0),
               np.maximum(-sooner, 0), np.maximum(saved, 0), np.maximum(-saved, 0))  # fmt: skip
    sums = np.zeros((len(base.groups), len(PARTS)), np.int64)
    for k, column in enumerate(columns):
        np.add.at(sums[:, k], base.group[left], column.astype(np.int64))
    found: dict[Group, IntArray] = {}
    for group, values in zip(base.groups, sums, strict=True):
        for name in {_total(group, level) for level in LEVELS}:
            found[name] = found.get(name, np.zeros(len(PARTS), np.int64)) + values
    return found


def _total(group: Group, level: tuple[bool, ...]) -> Group:
    gate, direction, cargo = (name if kept else "" for name, kept in zip(group, level, strict=True))
    return gate, direction, cargo


def bill_table(bills: Sequence[Bill]) -> pl.DataFrame:
    """Rows by gate, direction, cargo and what, with the mean over replications and its interval.

    Sums are per replication; shares are of trucks that are in both runs.
    """
    rows = []
    for group in sorted({group for one in bills for group in one}):
        sums = np.array([one[group] for one in bills if group in one], np.int64)
        of = dict(zip(PARTS, sums.T, strict=True))
        n = np.maximum(of["trucks"], 1)
        parts = {
            "trucks": of["trucks"],
            "share_earlier": of["earlier"] / n,
            "share_later": of["later"] / n,
            "turned_back_more": of["turned_back_more"],
            "turned_back_less": of["turned_back_less"],
            "minutes_gained": of["ms_gained"] / _MINUTE,
            "minutes_lost": of["ms_lost"] / _MINUTE,
            "minutes_net": (of["ms_gained"] - of["ms_lost"]) / _MINUTE,
            "minutes_net_per_truck": (of["ms_gained"] - of["ms_lost"]) / _MINUTE / n,
            "vnd_gained": of["vnd_gained"],
            "vnd_lost": of["vnd_lost"],
            "vnd_net": of["vnd_gained"] - of["vnd_lost"],
        }
        key = dict(zip(("gate", "direction", "cargo"), group, strict=True))
        rows += [key | {"what": what} | of_mean(values) for what, values in parts.items()]
    return frame(rows, schema("gate:s direction:s cargo:s what:s mean:f low:f high:f n:i"), 4)
