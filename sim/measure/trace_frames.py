"""The Trace as data frames: one row per truck and station visit, and one per truck."""

import numpy as np
import numpy.typing as npt
import polars as pl

from sim.measure.axes import DIRECTIONS, Axes, axes
from sim.measure.lives import Lives
from sim.measure.passages import FIELDS
from sim.planning.plan import NEVER, IntArray
from sim.scenario.scenario import Scenario
from sim.trace import Outcome


def trace_frames(lives: Lives, scenario: Scenario) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The frames of trace.parquet and trucks.parquet, warm-up and starting backlog included.

    Times are local, to the millisecond, without offset; null = not (yet). Visits come in order of their trucks and of
    joining, trucks in order of the Plan.
    """
    ax = axes(lives.plan, scenario)
    return _visits(lives, ax), _trucks(lives, ax)


def _visits(lives: Lives, ax: Axes) -> pl.DataFrame:
    visits, trucks = lives.visits, lives.plan.trucks
    order = np.lexsort((visits.slot, visits.joined, visits.truck))
    truck = visits.truck[order]
    columns = {
        "replication": _constant(lives.plan.replication, len(order)),
        "truck": pl.Series(trucks.id[truck]),
        "flow": _named(trucks.flow[truck], lives.plan.network.layout.flows),
        "cargo": _named(trucks.cargo[truck], ax.cargoes),
        "station": _named(visits.station[order], ax.stations),
    }
    return pl.DataFrame(columns | {name: _local(getattr(visits, name)[order], ax) for name in FIELDS})


def _trucks(lives: Lives, ax: Axes) -> pl.DataFrame:
    trucks, fates = lives.plan.trucks, lives.fates
    came = np.flatnonzero(trucks.arrived < lives.plan.ends)
    flow = trucks.flow[came]
    intended = np.array(ax.flow_gate or (-1,), np.int64)[flow]
    way = np.array([p.gate for p in lives.plan.network.layout.programs] or [-1], np.int64)[trucks.program[came]]
    intended = np.where(intended >= 0, intended, way)
    gate = np.where(fates.gate[came] >= 0, fates.gate[came], intended)
    outcomes = tuple(outcome.name.lower() for outcome in Outcome)
    return pl.DataFrame(
        {
            "replication": _constant(lives.plan.replication, len(came)),
            "truck": pl.Series(trucks.id[came]),
            "flow": _named(flow, lives.plan.network.layout.flows),
            "direction": _named(np.array(ax.flow_direction or (0,), np.int64)[flow], DIRECTIONS),
            "cargo": _named(trucks.cargo[came], ax.cargoes),
            "gate": _named(gate, ax.gates),
            "gate_intended": _named(intended, ax.gates),
            "arrived": _local(trucks.arrived[came], ax),
            "departed": _local(fates.departed[came], ax),
            "outcome": _named(fates.outcome[came], outcomes),
            "reason": _named(fates.reason[came], lives.plan.network.reasons),
        }
    )


def _constant(value: int, n: int) -> pl.Series:
    return pl.Series(np.full(n, value, np.int64))


def _named(index: npt.NDArray[np.integer], names: tuple[str, ...]) -> pl.Series:
    """The names of indices; "" for -1."""
    return pl.Series(["", *names], dtype=pl.String).gather(index.astype(np.int64) + 1)


def _local(times: IntArray, ax: Axes) -> pl.Series:
    """Local times of milliseconds after the scenario's start."""
    never = times == NEVER
    unix = pl.Series(np.where(never, 0, times) + ax.start).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
    local = unix.dt.convert_time_zone(ax.zone).dt.replace_time_zone(None)
    return pl.select(pl.when(pl.Series(never)).then(None).otherwise(local)).to_series()
