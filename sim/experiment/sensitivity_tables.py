"""The indices of a study as a table: one row a metric, index and factor, with intervals of value and rank."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from sim.experiment.sensitivity_design import Design
from sim.experiment.sensitivity_indices import MAIN, indices, matters
from sim.experiment.sensitivity_noise import Found
from sim.experiment.sweep_tables import RunTable
from sim.measure.statistics import FloatArray
from sim.planning.plan import IntArray

_COLUMNS: Mapping[str, Any] = {
    "metric": pl.String, "unit": pl.String, "method": pl.String, "index": pl.String, "factor": pl.String,
    "with": pl.String, "title": pl.String, "role": pl.String, "value": pl.Float64, "low": pl.Float64,
    "high": pl.Float64, "rank": pl.Int64, "rank_low": pl.Int64, "rank_high": pl.Int64, "matters": pl.Boolean,
    "noise_share": pl.Float64, "blocks": pl.Int64, "dropped": pl.Int64,
}  # fmt: skip
OF_METRIC = ("variance", "noise_share")  # of all factors together
_DIGITS = 10  # so that tables do not tell one processor from another


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """The values of one metric, of the blocks in which every run has one."""

    kept: IntArray  # numbers of these blocks
    values: FloatArray  # shape (blocks, points of a block, replications)
    dropped: int  # blocks with a run that failed or has no value


def seen(table: RunTable, design: Design, metric: str) -> Seen:
    """What is known of a metric. A block with a gap is left out whole: nothing is filled in."""
    values = np.array(table.columns[metric], dtype=np.float64).reshape(*design.rows.shape[:2], -1)
    whole = np.isfinite(values).all(axis=(1, 2))
    return Seen(kept=np.flatnonzero(whole), values=values[whole], dropped=int((~whole).sum()))


def indices_table(table: RunTable, design: Design, *, seed: int, fewest: int) -> pl.DataFrame:
    """Every index of every metric, in the order of metrics, indices and factors."""
    rows: list[tuple[Any, ...]] = []
    for wanted in table.wanted:
        own = seen(table, design, wanted.name)
        if len(own.kept) < fewest:
            rows.append(_row(wanted.name, "", design.method, ("noise_share", "", "", "", ""), (None,) * 8, own))
            continue
        found = indices(design, own.kept, own.values, seed=seed)
        rows += _rows(wanted.name, table.units.get(wanted.name, ""), design, found, own)
    return pl.DataFrame(rows, dict(_COLUMNS), orient="row")


def _rows(name: str, unit: str, design: Design, found: Mapping[str, Found], own: Seen) -> Iterator[tuple[Any, ...]]:
    share, told = _number(found["noise_share"].value[0]), matters(design.method, dict(found))
    for index, each in found.items():
        is_ranked = index not in OF_METRIC and not index.endswith("_none") and each.rank.any()
        for k, who in enumerate(_whose(design, index)):
            ranks = (int(r[k]) if is_ranked else None for r in (each.rank, each.rank_low, each.rank_high))
            is_told = told[k] if index == MAIN[design.method] and np.isfinite(each.value[k]) else None
            numbers = (_number(each.value[k]), _number(each.low[k]), _number(each.high[k]), *ranks, is_told, share)
            yield _row(name, unit, design.method, (index, *who), numbers, own)


def _row(
    name: str, unit: str, method: str, what: tuple[str, ...], numbers: Sequence[Any], own: Seen
) -> tuple[Any, ...]:
    return (name, unit, method, *what, *numbers, len(own.kept), own.dropped)


def _whose(design: Design, index: str) -> list[tuple[str, str, str, str]]:
    """factor, with, title and role of each number of an index."""
    if index in OF_METRIC:
        return [("", "", "", "")]
    if index.startswith("S2"):
        pairs = combinations(design.inputs, 2)
        return [(a.name, b.name, f"{a.title} with {b.title}", a.role) for a, b in pairs]
    return [(one.name, "", one.title, one.role) for one in design.inputs]


def _number(value: float) -> float | None:
    return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None
