"""`cuakhau sweep`: from a sweep file to a folder with its tables and figures; run again, it goes on."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.exits import INTERRUPTED
from sim.cli.options import JsonErrors, Overlays, Settings, overrides
from sim.cli.running import Engine

if TYPE_CHECKING:
    from sim.experiment.runs import Progress
    from sim.experiment.sweep import Swept

SOME_FAILED = 5


def sweep(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A sweep file, or the name of a bundled one.")],
    overlays: Overlays = None,
    settings: Settings = None,
    replications: Annotated[
        int | None, typer.Option("--replications", "-n", min=1, max=100_000, help="Runs a point; default: the file's.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Root of all chance, shared by all points.")] = 1,
    engine: Annotated[Engine, typer.Option(help="Which engine; the results are the same.")] = Engine.auto,
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="Runs at a time; default: one per core.")] = None,
    scheduler: Annotated[str, typer.Option(metavar="ADDRESS", help="A Dask scheduler whose workers run it.")] = "",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; default: results/sweeps/NAME. Run again to go on.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Take over a folder of another base, seed or version.")
    ] = False,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first run that fails.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the path of the report only.")] = False,
    _json_errors: JsonErrors = False,
) -> None:
    """Run a scenario at every point of a sweep. The same command again runs what is missing.

    \b
    cuakhau sweep sweeps/huu-nghi-capacity
    cuakhau sweep my-sweep.yaml --replications 20 --out results/my-sweep
    """
    changes = overrides(settings)
    if scheduler and workers is not None:
        raise typer.BadParameter("a scheduler has its own workers", param_hint="--workers")
    from sim.experiment.designs import uneven
    from sim.experiment.runs import Stopped
    from sim.experiment.sweep import sweep as run_sweep
    from sim.scenario.sweep_reading import read_sweep

    read, base = read_sweep(file, overlays or (), changes)
    folder = out or _usual_folder(file)
    if uneven(read):
        print(f"warning: {uneven(read)}", file=sys.stderr)
    try:
        with _progress() as told:
            swept = run_sweep(
                read, base, folder, replications=replications, seed=seed, engine=engine.value, workers=workers,
                scheduler=scheduler, force=force, fail_fast=fail_fast, progress=told,
            )  # fmt: skip
    except Stopped as stop:
        print(f"interrupted: {stop.kept:,} of {stop.asked:,} runs are kept in {folder}\n"
              f"the same command goes on: {shlex.join(['cuakhau', *sys.argv[1:]])}", file=sys.stderr)  # fmt: skip
        raise typer.Exit(INTERRUPTED) from None
    from sim.report.sweep import answer, draw

    draw(folder)
    _tell(swept, [] if quiet else answer(folder), quiet=quiet)
    if swept.statuses["ok"] < swept.runs:
        raise typer.Exit(SOME_FAILED)


def _usual_folder(file: str) -> Path:
    """The folder a sweep goes to if none is named: always the same one, so that it goes on there."""
    from sim.experiment.files import safe_name

    return Path("results") / "sweeps" / safe_name(Path(file).stem)


@contextmanager
def _progress() -> "Iterator[Progress | None]":
    """A bar on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Runs"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.speed:.3g}/s"))
    with Progress(*columns[:3], TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, asked: bar.update(task, completed=done, total=asked)


def _tell(swept: "Swept", said: "list[str]", *, quiet: bool) -> None:
    report = swept.folder / "report.html"
    if quiet:
        print(report)
        return
    print("\n".join(said))
    kept = swept.runs + swept.ahead - swept.ran
    ahead = f"; {swept.ahead:,} more were run ahead and not needed" if swept.ahead else ""
    print(f"{swept.points:,} points, {swept.runs:,} runs: {swept.ran:,} run now, {kept:,} kept from before{ahead}")
    if swept.unmet:
        print(f"warning: at {swept.unmet:,} points the most replications were not enough: aim_met in points.csv",
              file=sys.stderr)  # fmt: skip
    if swept.again:
        print(f"warning: {swept.again:,} kept runs were damaged and run again", file=sys.stderr)
    bad = {status: n for status, n in swept.statuses.items() if n and status != "ok"}
    if bad:
        what = ", ".join(f"{n:,} {status}" for status, n in bad.items())
        print(f"error: some runs have no result: {what}; reasons are in sweep.csv", file=sys.stderr)
    print(f"Tables and figures: {swept.folder}\nReport: {report}")
