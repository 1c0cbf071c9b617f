"""What commands share whose runs are kept in a folder: their options, their bar, and how they end and go on."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.exits import INTERRUPTED, end_at_once

if TYPE_CHECKING:
    from sim.experiment.runs import Progress
    from sim.experiment.sweep import Swept

SOME_FAILED = 5

File = Annotated[str, typer.Argument(metavar="FILE", help="A sweep file, or the name of a bundled one.")]
Replications = Annotated[
    int | None, typer.Option("--replications", "-n", min=1, max=100_000, help="Runs a point; default: the file's.")
]
Seed = Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Root of all chance, shared by all points.")]
Workers = Annotated[int | None, typer.Option(min=1, max=256, help="Runs at a time; default: one per core.")]
Scheduler = Annotated[str, typer.Option(metavar="ADDRESS", help="A Dask scheduler whose workers run it.")]
Force = Annotated[bool, typer.Option("--force", help="Take over a folder of another base, seed or version.")]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first run that fails.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the path of the report only.")]


def one_kind_of_workers(workers: int | None, scheduler: str) -> None:
    """Refuse a number of workers beside a scheduler."""
    if scheduler and workers is not None:
        raise typer.BadParameter("a scheduler has its own workers", param_hint="--workers")


def usual_folder(kind: str, file: str) -> Path:
    """The folder results go to if none is named: always the same one for a file, so that the command goes on there."""
    from sim.experiment.files import safe_name

    return Path("results") / kind / safe_name(Path(file).stem)


@contextmanager
def going_on(folder: Path) -> "Iterator[Progress | None]":
    """A bar for the runs of the block; if it is interrupted, what is kept and how to go on, with the exit code."""
    with kept_in(folder), _bar() as told:
        yield told


@contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """If the block is interrupted, at whatever it works, what is kept and how to go on, with the exit code."""
    from sim.experiment.executors import StoppedAtOnce
    from sim.experiment.runs import Stopped
    from sim.experiment.store import kept_names

    try:
        yield
    except Stopped as stop:
        print(f"interrupted: {stop.kept:,} of {stop.asked:,} runs are kept in {folder}\n{_again()}", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    except (KeyboardInterrupt, StoppedAtOnce) as stop:
        kept = len(kept_names(folder))
        if not kept:
            raise
        runs = "the run that is done is" if kept == 1 else f"the {kept:,} runs that are done are"
        print(f"interrupted: {runs} kept in {folder}\n{_again()}", file=sys.stderr)
        if isinstance(stop, StoppedAtOnce):
            end_at_once()
        raise typer.Exit(INTERRUPTED) from None


def _again() -> str:
    return f"the same command goes on: {shlex.join(['cuakhau', *sys.argv[1:]])}"


@contextmanager
def _bar() -> "Iterator[Progress | None]":
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


def tell_runs(swept: "Swept") -> None:
    """How many runs there were, and what became of them."""
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
        said = ", ".join(f"{n:,} {status}" for status, n in bad.items())
        print(f"error: some runs have no result: {said}; reasons are in sweep.csv", file=sys.stderr)
