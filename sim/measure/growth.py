"""Queues that grow: whether trucks were more in the second half of the window than in the first.

A queue that is asked for more than it can do has no steady state: what is averaged over a period then says as much
about the length of the period as about the gate.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from sim.measure.axes import DIRECTIONS, HOUR
from sim.measure.metrics import RunMeasures
from sim.measure.rows import Row, frame, of_mean, schema
from sim.measure.shared_rows import backlogs

_DAY = 24  # [h]
_MATERIAL = 0.2  # share of the first half by which the second must be above it
_MATERIAL_DAYS = 0.25  # and how many days of crossings that must be: less is a season, or a weekday more
_MATERIAL_IF_SHORT = 1.0  # where halves are too short to hold weekdays and weekends alike
_SHORT = 3  # [d]


def growth_table(runs: Sequence[RunMeasures]) -> pl.DataFrame:
    """The table `growth`: the rows of growth_rows()."""
    columns = "gate:s direction:s days:i first_half:f second_half:f mean:f low:f high:f n:i grows:i"
    return frame(growth_rows(runs), schema(columns), 2)


def growth_rows(runs: Sequence[RunMeasures]) -> list[Row]:
    """Of each gate and direction: trucks there in either half of the window, and by how many a day they grew.

    The halves are whole days up to the end, as many in each, so that hours of the day weigh alike. `grows` is 1 if the
    growth is above chance (its interval is; not asked of one replication), large, and goes on in the last quarter.
    """
    return [
        {"gate": gate, "direction": direction, **_growth(waiting, _per_day(runs, gate, direction))}
        for (gate, direction), waiting in backlogs(runs).items()
    ]


def _per_day(runs: Sequence[RunMeasures], gate: str, direction: str) -> float:
    """Crossings per day of the window, mean of the replications."""
    axes, total = runs[0].axes, 0
    for run in runs:
        _, own_gate, own_direction, _ = run.crossed.key.T
        counts = np.ones(len(own_gate), np.bool_)
        counts &= not gate or own_gate == axes.gates.index(gate)
        counts &= not direction or own_direction == DIRECTIONS.index(direction)
        total += int(run.crossed.value[counts].sum())
    return total / len(runs) / max((axes.window[1] - axes.window[0]) / (_DAY * HOUR), 1e-9)


def _growth(there: npt.NDArray[np.integer], per_day: float) -> Row:
    """One row from trucks that are there at each full hour. shape (n_replications, n_hours)"""
    n, hours = there.shape
    days = hours // (2 * _DAY)
    half = days * _DAY
    if not half:
        nothing = dict.fromkeys(("first_half", "second_half", "mean", "low", "high"))
        return {"days": 0, **nothing, "n": n, "grows": None}
    before, after = (there[:, at : at + half].sum(axis=1) for at in (hours - 2 * half, hours - half))
    first, second = (int(part.sum()) / n / half for part in (before, after))
    found = of_mean([(int(b) - int(a)) / half / days for a, b in zip(before, after, strict=True)])
    quarter = half // 2
    goes_on = there[:, hours - quarter :].sum() >= there[:, hours - half : hours - quarter].sum()
    least = _MATERIAL if days >= _SHORT else _MATERIAL_IF_SHORT
    large = second - first >= max(1.0, least * first, _MATERIAL_DAYS * per_day)
    grows = large and bool(goes_on) and (found["low"] is None or found["low"] > 0)
    return {"days": days, "first_half": first, "second_half": second, **found, "grows": int(grows)}
