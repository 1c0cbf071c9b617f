"""Scenarios side by side on common random numbers: paired by replication and by truck."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Any

import polars as pl
from scipy.special import stdtr

from sim.engine import Engine, choose_engine, simulate
from sim.experiment.executors import Kind, completed, cores
from sim.experiment.run import Deadlocked, portable
from sim.measure.axes import axes
from sim.measure.bill import Bill, bill, bill_table, ledger
from sim.measure.laws import check
from sim.measure.lives import Lives
from sim.measure.metrics import measure
from sim.measure.rows import frame, schema
from sim.measure.statistics import LEVEL, Interval, mean, mean_interval, paired_interval, variance
from sim.measure.stuck import deadlock
from sim.measure.summary import summary
from sim.measure.visits import decode
from sim.planning.make import make_plan
from sim.scenario.outlook import outlook
from sim.scenario.scenario import Scenario

Cell = tuple[str, str, str, str, str, str]  # metric, place, gate, direction, cargo, unit
_DIFFERENCES = (
    "other:s metric:s place:s gate:s direction:s cargo:s unit:s base:f value:f difference:f low:f high:f level:f n:i "
    "variance_reduction:f p:f"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """One replication of every scenario."""

    cells: tuple[Mapping[Cell, float | None], ...]  # the summary of each scenario, the base first
    bills: tuple[Bill, ...]  # of each other scenario against the base


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a comparison leaves. It does not depend on engine, workers or order."""

    scenarios: tuple[Scenario, ...]  # the base first
    seed: int
    replications: int
    engine: Engine  # that was used
    runs: tuple[Paired, ...]  # replication 0, 1, ...
    differences: pl.DataFrame  # one row per other scenario and cell of the summary
    bills: tuple[pl.DataFrame, ...]  # of each other scenario: who gains and who loses


def compare(
    scenarios: Sequence[Scenario], *, replications: int = 10, seed: int = 1, engine: Engine = "auto",
    workers: int | None = None, progress: Callable[[int, int], None] | None = None,
) -> Comparison:  # fmt: skip
    """The first scenario against each of the others, replication by replication with the same chance.

    With several others the intervals are widened (Bonferroni), so that all of one metric hold at 95 % together. What
    is said to differ does so at 95 % together over all metrics and others (Holm).
    """
    if engine == "auto":
        trucks = sum(sum(outlook(scenario).trucks.values()) for scenario in scenarios)
        engine = choose_engine(round(trucks * replications))
    kind: Kind = "processes" if engine == "simpy" else "threads"
    work = partial(pair, [portable(scenario) for scenario in scenarios], seed=seed, engine=engine)
    done: dict[int, Paired] = {}
    for index, paired in completed(work, range(replications), kind=kind, workers=min(workers or cores(), replications)):
        done[index] = paired
        if progress is not None:
            progress(len(done), replications)
    runs = [done[index] for index in sorted(done)]
    others = range(1, len(scenarios))
    level = 1 - (1 - LEVEL) / len(others)
    rows = [row for k in others for row in _differences(k, scenarios[k].name, runs, level)]
    return Comparison(
        scenarios=tuple(scenarios), seed=seed, replications=replications, engine=engine, runs=tuple(runs),
        differences=frame(told_apart(rows), schema(_DIFFERENCES) | {"differs": pl.Boolean}, 6),
        bills=tuple(bill_table([run.bills[k - 1] for run in runs]) for k in others),
    )  # fmt: skip


def pair(scenarios: Sequence[Scenario], replication: int, *, seed: int, engine: Engine) -> Paired:
    """One replication of each scenario, held against the laws, and what its trucks gain and lose."""
    cells, ledgers = [], []
    for scenario in scenarios:
        found, lives = cells_of(scenario, replication, seed=seed, engine=engine)
        cells.append(found)
        ledgers.append(ledger(lives, scenario))
    return Paired(cells=tuple(cells), bills=tuple(bill(ledgers[0], other) for other in ledgers[1:]))


def cells_of(
    scenario: Scenario, replication: int, *, seed: int, engine: Engine
) -> tuple[dict[Cell, float | None], Lives]:
    """The summary of one replication, held against the laws, and the lives it is made of."""
    plan = make_plan(scenario, replication=replication, seed=seed)
    lives = decode(plan, simulate(plan, engine=engine), hours=axes(plan, scenario).hours)
    stuck = deadlock(lives)
    if stuck is not None:
        raise Deadlocked(f"{scenario.name}, replication {replication}: {stuck.told(scenario.start)}")
    check(lives)
    rows = summary([measure(lives, scenario)])
    return {_cell(row): row["value"] for row in rows}, lives


def _cell(row: Mapping[str, Any]) -> Cell:
    """Where a value of the summary stands. The busiest station of a gate may differ from run to run: no place."""
    place = "" if row["metric"] == "load" else row["place"]
    return row["metric"], place, row["gate"], row["direction"], row["cargo"], row["unit"]


def _differences(k: int, name: str, runs: Sequence[Paired], level: float) -> list[dict[str, Any]]:
    """Rows of one other scenario: each cell that has a value in both runs of every replication."""
    rows = []
    for cell in runs[0].cells[0]:
        pairs = [(run.cells[k].get(cell), run.cells[0].get(cell)) for run in runs]
        both = [(a, b) for a, b in pairs if a is not None and b is not None]
        if len(both) < len(pairs):
            continue
        ours, theirs = [a for a, _ in both], [b for _, b in both]
        found = paired_interval(ours, theirs, level=level)
        key = dict(zip(("metric", "place", "gate", "direction", "cargo", "unit"), cell, strict=True))
        rows.append(
            {"other": name, **key, "base": mean(theirs), "value": mean(ours), "difference": found.mean,
             "low": found.low, "high": found.high, "level": level, "n": found.n,
             "variance_reduction": variance_reduction(ours, theirs), "p": p_value(found)}
        )  # fmt: skip
    return rows


def told_apart(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows with `differs`: the risk that any one of all that are said to differ is chance stays below 5 %.

    Reference: Holm, A simple sequentially rejective multiple test procedure, Scandinavian J. of Statistics 6 (1979).
    """
    order = sorted((row["p"], k) for k, row in enumerate(rows) if row["p"] is not None)
    held = takewhile(lambda rank: order[rank][0] <= (1 - LEVEL) / (len(order) - rank), range(len(order)))
    apart = {order[rank][1] for rank in held}
    for k, row in enumerate(rows):
        yield row | {"differs": None if row["p"] is None else k in apart}


def p_value(found: Interval) -> float | None:
    """How likely chance alone brings a mean difference at least as large (Student, two-sided). None = not known."""
    if found.se is None:
        return None
    if found.se == 0:
        return 1.0 if found.mean == 0 else 0.0
    return float(2 * stdtr(found.n - 1, -abs(found.mean) / found.se))


def variance_reduction(ours: Sequence[float], theirs: Sequence[float]) -> float | None:
    """Share of the variance of the difference that pairing took away, against independent runs. None = not known."""
    if len(ours) < 2 or (apart := variance(ours) + variance(theirs)) == 0:
        return None
    spread = mean_interval([a - b for a, b in zip(ours, theirs, strict=True)]).sd or 0.0
    return 1 - spread**2 / apart
