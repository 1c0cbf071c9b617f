"""What a search leaves: every setting it tried, how it went on, and the answer."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

import sim
from sim.experiment import store
from sim.experiment.discovery import Discovery
from sim.experiment.finals import Final
from sim.experiment.hunt import Hunt
from sim.experiment.output import csv, parquet
from sim.experiment.search_answer import answer_json
from sim.experiment.search_task import Task
from sim.experiment.sweep_tables import is_numeric
from sim.experiment.trials import Judge, Trial, behind
from sim.measure.statistics import mean_interval
from sim.scenario.sweep_schema import Factor


def files_of(task: Task, hunt: Hunt, found: Final, failures: Discovery | None) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file but the manifest."""
    tables = {"candidates": candidates(task, hunt, found), "progress": progress(task, hunt)}
    if failures is not None:
        tables |= {"boxes": failures.table(), "futures": failures.cases}
    for name, table in tables.items():
        yield f"{name}.parquet", parquet(table)
        yield f"{name}.csv", csv(table)
    yield "answer.json", answer_json(task, hunt, found, failures)


def record_of(task: Task, hunt: Hunt, found: Final) -> Mapping[str, Any]:
    """The search as its manifest has it."""
    levers = [factor for dial in task.space for factor in dial.factors]
    return {
        "format": store.FORMAT, "kind": "search", "version": sim.__version__, "title": task.file.title,
        "question": task.file.question, "hash": task.base.hash, "base": task.base.file.title,
        "seed": hunt.trials.runs.seed, "budget": task.budget, "replications": task.replications,
        "futures": len(task.futures), "unit": task.aim.unit, "statuses": statuses(hunt, found),
        "limits": [{"name": bound.name, "unit": bound.unit} for bound in task.aim.bounds],
        "factors": [{"name": f.name, "title": f.title, "role": f.role, "unit": f.unit, "is_number": is_numeric(f),
                     "levels": [level.label for level in f.levels]} for f in levers],
    }  # fmt: skip


def statuses(hunt: Hunt, found: Final) -> dict[str, int]:
    """How many settings had trouble, by what it was; `failed` are those that another call tries again."""
    every = [*hunt.trials.known.values(), *found.ranked, found.base]
    kinds = [trial.troubles[0].partition(":")[0] for trial in every if trial.troubles]
    return {"ok": len(every) - len(kinds), **{kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}}


# ---------------------------------------------------------------------------------------------- tables


def candidates(task: Task, hunt: Hunt, found: Final) -> pl.DataFrame:
    """One row per setting tried, in order, then one per finalist with its last runs, the chosen one first."""
    base = hunt.judge.base
    rows = [_row(task, trial, base, hunt.judge) | {"seed": "search"} for trial in hunt.trials.known.values()]
    last = dict.fromkeys([found.base, *found.ranked])
    rows += [_row(task, trial, found.base, found.judge) | {"seed": "last"} for trial in last]
    return pl.DataFrame(rows, _schema(task))


def _schema(task: Task) -> dict[str, Any]:
    levers = {f.name: _kind(f) for dial in task.space for f in dial.factors}
    limits = {
        f"limit {k + 1}{part}": pl.Float64 for k in range(len(task.aim.bounds)) for part in ("", " excess", " bound")
    }
    return {
        "seed": pl.String, "stage": pl.String, **levers, "replications": pl.Int64, "cost": pl.Float64,
        "objective": pl.Float64, "low": pl.Float64, "high": pl.Float64, "against_base": pl.Float64,
        "against_low": pl.Float64, "against_high": pl.Float64, "feasible": pl.Boolean, "limits_safe": pl.Boolean,
        **limits, "fate": pl.String,
    }  # fmt: skip


def _kind(factor: Factor) -> Any:
    return pl.Float64 if is_numeric(factor) else pl.String


def _row(task: Task, trial: Trial, base: Trial, judge: Judge) -> dict[str, Any]:
    levers = [f for dial in task.space for f in dial.factors]
    row: dict[str, Any] = {
        "stage": trial.stage, "replications": trial.n, "cost": trial.cost,
        "fate": trial.troubles[0] if trial.troubles else trial.fate,
        "feasible": judge.is_feasible(trial), "limits_safe": judge.is_safe(trial),
    }  # fmt: skip
    for factor in levers:
        level = trial.levels[factor.name]
        row[factor.name] = level.number if is_numeric(factor) else level.label
    if trial.is_whole:
        own = trial.objective
        row |= {"objective": own.mean, "low": own.low, "high": own.high}
        if base.is_whole and trial is not base:
            against = mean_interval(behind(trial, base))
            row |= {"against_base": against.mean, "against_low": against.low, "against_high": against.high}
    for k, verdict in enumerate(judge.verdicts(trial), 1):
        row |= {f"limit {k}": verdict.value, f"limit {k} excess": verdict.excess, f"limit {k} bound": verdict.upper}
    return row


def progress(task: Task, hunt: Hunt) -> pl.DataFrame:
    """One row per round: runs and settings so far, and the best setting that keeps the limits by its means."""
    levers = [f for dial in task.space for f in dial.factors]
    rows = []
    for step in hunt.steps:
        row: dict[str, Any] = {
            "runs": step.runs,
            "stage": step.stage,
            "settings": step.settings,
            "objective": step.objective,
        }
        if step.best:
            row |= {f.name: step.best.levels[f.name].label for f in levers}
        rows.append(row)
    return pl.DataFrame(rows, {"runs": pl.Int64, "stage": pl.String, "settings": pl.Int64, "objective": pl.Float64,
                               **{f.name: pl.String for f in levers}})  # fmt: skip
