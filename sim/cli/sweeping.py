"""`cuakhau sweep`: from a sweep file to a folder with its tables and figures; run again, it goes on."""

import sys
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


def sweep(
    file: File,
    overlays: Overlays = None,
    settings: Settings = None,
    replications: Replications = None,
    seed: Seed = 1,
    engine: Annotated[Engine, typer.Option(help="Which engine; the results are the same.")] = Engine.auto,
    workers: Workers = None,
    scheduler: Scheduler = "",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; default: results/sweeps/NAME. Run again to go on.")
    ] = None,
    force: Force = False,
    fail_fast: FailFast = False,
    quiet: Quiet = False,
    _json_errors: JsonErrors = False,
) -> None:
    """Run a scenario at every point of a sweep. The same command again runs what is missing.

    \b
    cuakhau sweep sweeps/lang-son/huu-nghi-capacity
    cuakhau sweep my-sweep.yaml --replications 20 --out results/my-sweep
    """
    changes = overrides(settings)
    one_kind_of_workers(workers, scheduler)
    from sim.experiment.designs import uneven
    from sim.experiment.sweep import sweep as run_sweep
    from sim.scenario.sweep_reading import read_sweep

    read, base = read_sweep(file, overlays or (), changes)
    folder = out or usual_folder("sweeps", file)
    if uneven(read):
        print(f"warning: {uneven(read)}", file=sys.stderr)
    with going_on(folder) as told:
        swept = run_sweep(
            read, base, folder, replications=replications, seed=seed, engine=engine.value, workers=workers,
            scheduler=scheduler, force=force, fail_fast=fail_fast, progress=told,
        )  # fmt: skip
    from sim.report.sweep import REPORT, answer, draw

    with kept_in(folder):
        draw(folder)
    if quiet:
        print(folder / REPORT)
    else:
        print("\n".join(answer(folder)))
        tell_runs(swept)
        print(f"Tables and figures: {folder}\nReport: {folder / REPORT}")
    if swept.statuses["ok"] < swept.runs:
        raise typer.Exit(SOME_FAILED)
