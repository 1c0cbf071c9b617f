"""Rows of tables from values by replication: means with intervals, bands, and sums by group."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from sim.measure.axes import DIRECTIONS, Axes
from sim.measure.groups import LEVELS, Sums
from sim.measure.statistics import mean_interval, quantiles_of_sorted, student_quantile

Row = dict[str, Any]
Floats = npt.NDArray[np.float64]


def of_mean(values: Sequence[float] | npt.NDArray[Any]) -> Row:
    """mean, low, high, n of one value per replication; nulls if there is none."""
    if not len(values):
        return {"mean": None, "low": None, "high": None, "n": 0}
    found = mean_interval(values)
    return {"mean": found.mean, "low": found.low, "high": found.high, "n": found.n}


def band(values: npt.NDArray[Any], *shares: float) -> list[Floats]:
    """Quantiles over replications of values of shape (n_replications, ...)."""
    return list(quantiles_of_sorted(np.sort(values, axis=0), np.array(shares)))


def means(values: npt.NDArray[np.integer]) -> tuple[Floats, list[Floats] | None]:
    """Means over replications of whole numbers of shape (n_replications, ...), and their bounds if there are any.

    Sums of whole numbers are exact, so the order of the replications cannot show.
    """
    n = len(values)
    total = values.sum(axis=0, dtype=np.int64)
    middle = total / n
    if n < 2:
        return middle, None
    squares = n * (values.astype(np.int64) ** 2).sum(axis=0) - total**2
    reach = student_quantile(n - 1, 0.95) * np.sqrt(squares / (n - 1)) / n
    return middle, [middle - reach, middle + reach]


def with_bounds(values: npt.NDArray[np.integer]) -> dict[str, Any]:
    """Columns mean, low, high, n of whole numbers of shape (n_replications, n_rows)."""
    middle, bounds = means(values)
    low, high = bounds or [[None] * len(middle)] * 2  # type: ignore[list-item]
    return {"mean": middle, "low": low, "high": high, "n": [len(values)] * len(middle)}


Group = tuple[str, str, str]  # gate, direction, cargo; "" = all


def groups(axes: Axes) -> list[Group]:
    """Every group that some flow could fill, the totals over gates, directions and cargoes included."""
    return list(_groups(axes.combinations, axes.gates, axes.cargoes))


@lru_cache(maxsize=64)  # the same in every replication
def _groups(
    combinations: tuple[tuple[int, int, int], ...], gates: tuple[str, ...], cargoes: tuple[str, ...]
) -> tuple[Group, ...]:
    return tuple(sorted({_named(gates, cargoes, level_key(key, level)) for key in combinations for level in LEVELS}))


def level_key(key: Iterable[int], level: tuple[bool, ...]) -> tuple[int, ...]:
    """The key of the total that a group belongs to."""
    return tuple(k if kept else -1 for k, kept in zip(key, level, strict=True))


def named(axes: Axes, key: Sequence[int]) -> Group:
    """Names of gate, direction and cargo; "" for -1."""
    return _named(axes.gates, axes.cargoes, key)


def _named(gates: tuple[str, ...], cargoes: tuple[str, ...], key: Sequence[int]) -> Group:
    gate, direction, cargo = key
    return (
        gates[gate] if gate >= 0 else "",
        DIRECTIONS[direction] if direction >= 0 else "",
        cargoes[cargo] if cargo >= 0 else "",
    )


Rest = Callable[[Axes, tuple[int, ...]], Iterable[tuple[str, ...]]]


def totals(axes: Axes, sums: Sequence[Sums], place: int, rest: Rest) -> dict[tuple[str, ...], list[int]]:
    """Values by replication of every group and every total of groups.

    A key of `sums` has gate, direction and cargo from column `place` on; `rest` names its other columns, once for
    each row that the value belongs to.
    """
    found: dict[tuple[str, ...], list[int]] = {}
    belongs: dict[tuple[int, ...], set[Group]] = {}
    for number, part in enumerate(sums):
        for key, value in zip(part.key.tolist(), part.value.tolist(), strict=True):
            own, other = tuple(key[place : place + 3]), tuple(key[:place] + key[place + 3 :])
            if own not in belongs:
                belongs[own] = {named(axes, level_key(own, level)) for level in LEVELS}
            for group in belongs[own]:
                for names in rest(axes, other):
                    found.setdefault((*group, *names), [0] * len(sums))[number] += value
    return found


def frame(rows: Iterable[Mapping[str, Any]] | Mapping[str, Any], schema: Mapping[str, Any], keys: int) -> pl.DataFrame:
    """The rows as a frame of these columns, sorted by the first `keys` of them."""
    data = dict(rows) if isinstance(rows, Mapping) else list(rows)
    return pl.DataFrame(data, schema=dict(schema)).sort(list(schema)[:keys])


def schema(text: str) -> dict[str, Any]:
    """Columns and types of "name:s count:i mean:f": text, whole numbers, decimals."""
    types = {"s": pl.String, "i": pl.Int64, "f": pl.Float64}
    return {name: types[kind] for name, kind in (part.split(":") for part in text.split())}
