"""`cuakhau sensitivity`: which of the unknowns of a sweep file matter."""

import dataclasses
import json
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.keeping import (
    SOME_FAILED,
    FailFast,
    File,
    Force,
    Quiet,
    Replications,
    Scheduler,
    Seed,
    Workers,
    going_on,
    kept_in,
    one_kind_of_workers,
    tell_runs,
    usual_folder,
)
from sim.cli.options import JsonErrors, Overlays, Settings, overrides
from sim.cli.running import Engine
from sim.cli.screen import aligned

_MOST = 7  # factors of a metric that are listed


class Method(StrEnum):
    """Ways of asking; their values are those of the study."""

    morris = "morris"
    sobol = "sobol"
    delta = "delta"


def sensitivity(
    file: File,
    overlays: Overlays = None,
    settings: Settings = None,
    method: Annotated[
        Method,
        typer.Option(help="morris: few runs, finds what matters; sobol: shares of variance; delta: any shift at all."),
    ] = Method.morris,
    points: Annotated[
        int | None,
        typer.Option(
            "--points",
            "-p",
            min=1,
            max=1_000_000,
            metavar="N",
            help="morris: N trajectories (10) of D + 1 points, D factors; sobol: N base samples (64) of D + 2 points; "
            "delta: N samples (256).",
        ),
    ] = None,
    second: Annotated[bool, typer.Option("--second", help="sobol: pairs of factors too; 2 D + 2 points each.")] = False,
    metrics: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            metavar="NAME",
            help='Which, as a column is named, e.g. "wait_mean huu-nghi export"; '
            "may be repeated; default: the file's.",
        ),
    ] = None,
    replications: Replications = None,
    seed: Seed = 1,
    engine: Annotated[Engine, typer.Option(help="Which engine; the results are the same.")] = Engine.auto,
    workers: Workers = None,
    scheduler: Scheduler = "",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; default: results/sensitivity/NAME. It goes on there.")
    ] = None,
    force: Force = False,
    fail_fast: FailFast = False,
    quiet: Quiet = False,
    _json_errors: JsonErrors = False,
) -> None:
    """Say which of the factors of a sweep file matter, with noise told apart and intervals on the ranks.

    \b
    cuakhau sensitivity sweeps/unknowns
    cuakhau sensitivity my-sweep.yaml --method sobol --points 128 --replications 4
    """  # fmt: skip
    changes = overrides(settings)
    one_kind_of_workers(workers, scheduler)
    from sim.experiment.metric_words import metrics_named
    from sim.experiment.sensitivity import study
    from sim.experiment.sensitivity_design import USUAL, uneven
    from sim.scenario.sweep_reading import read_sweep

    read, base = read_sweep(file, overlays or (), changes)
    if metrics:
        read = dataclasses.replace(read, metrics=metrics_named(metrics, base, option="--metric"))
    folder, blocks = out or usual_folder("sensitivity", file), points or USUAL[method.value]
    if uneven(method.value, blocks):
        print(f"warning: {uneven(method.value, blocks)}", file=sys.stderr)
    with going_on(folder) as told:
        swept = study(
            read, base, folder, method=method.value, blocks=blocks, second=second, replications=replications,
            seed=seed, engine=engine.value, workers=workers, scheduler=scheduler, force=force, fail_fast=fail_fast,
            progress=told,
        )  # fmt: skip
    from sim.report.sensitivity import draw

    with kept_in(folder):
        draw(folder)
    if quiet:
        print(folder)
    else:
        tell_runs(swept)
        print("\n".join(_lines(folder)))
    if swept.statuses["ok"] < swept.runs:
        raise typer.Exit(SOME_FAILED)


def _lines(folder: Path) -> Iterator[str]:
    """Which unknowns matter, at most 12 lines a metric."""
    import polars as pl

    from sim.report.sensitivity_words import told

    manifest = json.loads((folder / "manifest.json").read_bytes())
    for each in told(pl.read_parquet(folder / "indices.parquet"), manifest):
        yield f"\n{each.head}"
        if each.rows:
            yield from aligned(list(each.rows[: _MOST + 1]))
        if len(each.rows) > _MOST + 1:
            yield f"and {len(each.rows) - _MOST - 1} more, in indices.csv"
        yield each.answer
    yield f"\nReport: {folder / 'report.html'}"
