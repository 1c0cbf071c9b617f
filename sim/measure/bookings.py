"""Slot booking in numbers: who booked, who did not come, and how long trucks queued for a slot without being there."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from sim.measure.rows import frame, of_mean, schema
from sim.measure.statistics import quantile
from sim.planning.plan import NEVER, Booked, Plan

Bookings = Mapping[str, Mapping[str, float]]  # flow -> what -> value
_MINUTE = 60_000


def bookings(plan: Plan) -> Bookings:
    """Of the trucks of each flow that wanted to come in the window."""
    return {booked.flow: _of_flow(booked, plan.window) for booked in plan.booked}


def _of_flow(booked: Booked, window: tuple[int, int]) -> dict[str, float]:
    counts = (booked.wanted >= window[0]) & (booked.wanted < window[1])
    given = booked.slot != NEVER
    queued = (np.where(given, booked.slot, window[1]) - booked.wanted)[counts] / _MINUTE
    which = {
        "booked": counts,
        "missed": counts & booked.missed,
        "booked_again": counts & booked.again,
        "no_slot_in_the_period": counts & ~given,
    }
    found = {what: float(np.count_nonzero(mask)) for what, mask in which.items()}
    if queued.size:
        found |= {"queued_minutes_mean": float(queued.mean()), "queued_minutes_p90": quantile(queued, 0.9)}
    return found


def bookings_table(found: Sequence[Bookings]) -> pl.DataFrame:
    """The table `bookings`: a row for each flow that comes by appointment and each number."""
    rows = []
    for flow in dict.fromkeys(flow for one in found for flow in one):
        for what in dict.fromkeys(what for one in found for what in one.get(flow, ())):
            values = [one[flow][what] for one in found if what in one.get(flow, ())]
            rows.append({"flow": flow, "what": what} | of_mean(values))
    return frame(rows, schema("flow:s what:s mean:f low:f high:f n:i"), 2)
