"""Settings of the levers ranked over what cannot be known: by their mean, by their worst case, and by regret."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from sim.measure.statistics import LEVEL, mean, mean_interval, paired_interval

MORE_IS_BETTER = frozenset({"throughput_per_day"})
NEITHER = frozenset({"utilisation", "load"})  # good and bad at either end
MOST_SETTINGS = 10_000  # that are ranked
Setting = tuple[Any, ...]  # a level of each lever
Case = tuple[Any, ...]  # a level of each uncertainty
_SPREAD = {"mean": pl.Float64, "low": pl.Float64, "high": pl.Float64, "worst": pl.Float64, "regret": pl.Float64,
           "behind": pl.Float64, "behind_low": pl.Float64, "behind_high": pl.Float64, "told_apart": pl.Boolean,
           "cases": pl.Int64, "n": pl.Int64}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """What a setting of the levers comes to over all cases of the uncertainties, in the unit of the metric."""

    setting: Setting
    mean: float
    low: float | None  # Student's interval over replications, each averaged over the cases
    high: float | None
    worst: float  # of the cases
    regret: float  # the most it is behind the best setting of a case
    behind: float  # the mean, behind the first of the ranking
    behind_low: float | None  # paired by replication, widened for all settings together (Bonferroni)
    behind_high: float | None
    told_apart: bool | None  # from the first; None = too few replications to tell
    cases: int
    n: int


def ranking(
    rows: pl.DataFrame, levers: Sequence[str], uncertainties: Sequence[str], metrics: Sequence[tuple[str, str, str]]
) -> pl.DataFrame:
    """One row per metric and setting, the best first.

    `rows` are those of the sweep's table; `metrics` are column, kind and unit. Settings that lack a case, or a value of
    some run, are left out, and so are metrics of which neither more nor less is better.
    Reference: Savage (1951) for regret; Law, Simulation Modeling and Analysis, ch. 10, for paired intervals.
    """
    types = {name: rows.schema[name] for name in levers}
    schema: dict[str, Any] = {"metric": pl.String, "unit": pl.String, "rank": pl.Int64, **types, **_SPREAD}
    found: list[tuple[Any, ...]] = []
    if levers and rows.select(levers).unique().height <= MOST_SETTINGS:
        for column, kind, unit in metrics:
            if kind not in NEITHER:
                values = _values(rows, levers, uncertainties, column)
                ranked = ranked_settings(values, more_is_better=kind in MORE_IS_BETTER)
                found += [(column, unit, rank, *_cells(row)) for rank, row in enumerate(ranked, 1)]
    return pl.DataFrame(found, schema, orient="row")


Values = dict[Setting, dict[Case, list[float]]]  # by replication


def ranked_settings(values: Values, *, more_is_better: bool) -> list[Ranked]:
    """The settings that have a value of every case, the best mean first, by the replications that all of them have."""
    cases = {case for of_case in values.values() for case in of_case}
    whole = {setting: of_case for setting, of_case in values.items() if len(of_case) == len(cases)}
    if not whole:
        return []
    n = min(len(runs) for of_case in whole.values() for runs in of_case.values())
    whole = {setting: {case: runs[:n] for case, runs in of_case.items()} for setting, of_case in whole.items()}
    sign = -1.0 if more_is_better else 1.0
    of_run = {
        setting: [mean([runs[r] for runs in of_case.values()]) for r in range(n)] for setting, of_case in whole.items()
    }
    order = sorted(whole, key=lambda setting: sign * mean(of_run[setting]))
    best = {case: min(sign * mean(whole[setting][case]) for setting in whole) for case in cases}
    level = 1 - (1 - LEVEL) / max(1, len(order) - 1)
    return [_ranked(setting, whole[setting], of_run, order[0], best, sign, level) for setting in order]


def _ranked(
    setting: Setting, of_case: dict[Case, list[float]], of_run: dict[Setting, list[float]], first: Setting,
    best: dict[Case, float], sign: float, level: float,
) -> Ranked:  # fmt: skip
    own = mean_interval(of_run[setting])
    pairs = paired_interval(of_run[setting], of_run[first], level=level)
    ends = sorted((sign * end for end in (pairs.low, pairs.high) if end is not None), key=float)
    low, high = ends or (None, None)
    means = {case: sign * mean(runs) for case, runs in of_case.items()}
    return Ranked(
        setting=setting, mean=own.mean, low=own.low, high=own.high, worst=sign * max(means.values()),
        regret=max(value - best[case] for case, value in means.items()), behind=sign * pairs.mean + 0.0,
        behind_low=low, behind_high=high, told_apart=None if low is None else low > 0, cases=len(of_case), n=own.n,
    )  # fmt: skip


def _values(rows: pl.DataFrame, levers: Sequence[str], uncertainties: Sequence[str], column: str) -> Values:
    """What a setting came to, by case and replication; settings of which some run has no value are left out."""
    found: Values = {}
    lacking: set[Setting] = set()
    ordered = rows.sort("replication", maintain_order=True)
    for *key, value in ordered.select(*levers, *uncertainties, column).iter_rows():
        setting, case = tuple(key[: len(levers)]), tuple(key[len(levers) :])
        found.setdefault(setting, {}).setdefault(case, []).append(value)
        if value is None:
            lacking.add(setting)
    return {setting: of_case for setting, of_case in found.items() if setting not in lacking}


def _cells(row: Ranked) -> Iterator[Any]:
    yield from row.setting
    yield from (getattr(row, name) for name in _SPREAD)
