"""`cuakhau search` and `cuakhau discover`: the best setting within limits, and where a policy fails."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.keeping import SOME_FAILED, going_on, kept_in, usual_folder
from sim.cli.options import JsonErrors, Overlays, Settings, overrides
from sim.cli.running import Engine

if TYPE_CHECKING:
    from sim.experiment.search import Searched


def search(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A sweep file with a goal, or the name of a bundled one.")
    ],
    overlays: Overlays = None,
    settings: Settings = None,
    budget: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many runs at most.")] = 300,
    replications: Annotated[
        int | None,
        typer.Option("--replications", "-n", min=2, max=100_000, help="Last runs of the best; default: the file's."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Root of all chance, shared by all settings.")] = 1,
    engine: Annotated[Engine, typer.Option(help="Which engine; the results are the same.")] = Engine.auto,
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="Runs at a time; default: one per core.")] = None,
    scheduler: Annotated[str, typer.Option(metavar="ADDRESS", help="A Dask scheduler whose workers run it.")] = "",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; default: results/searches/NAME. Run again to go on.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Take over a folder of another base, seed or version.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the folder only.")] = False,
    _json_errors: JsonErrors = False,
) -> None:
    """Find the lever values that reach a goal at the least cost and keep its limits.

    \b
    cuakhau search sweeps/lang-son/huu-nghi-search
    cuakhau search my-search.yaml --budget 1000 --out results/my-search
    """
    changes = overrides(settings)
    if scheduler and workers is not None:
        raise typer.BadParameter("a scheduler has its own workers", param_hint="--workers")
    from sim.experiment.search import search as run_search
    from sim.scenario.sweep_reading import read_sweep

    read, base = read_sweep(file, overlays or (), changes)
    folder = out or usual_folder("searches", file)
    with going_on(folder) as told:
        found = run_search(
            read, base, folder, budget=budget, replications=replications, seed=seed, engine=engine.value,
            workers=workers, scheduler=scheduler, force=force, progress=told,
        )  # fmt: skip
    from sim.report.search import draw

    with kept_in(folder):
        draw(folder)
    _tell(found, quiet=quiet)
    if "failed" in found.answer["without_result"]:
        raise typer.Exit(SOME_FAILED)


def _tell(found: "Searched", *, quiet: bool) -> None:
    if quiet:
        print(found.folder)
        return
    from sim.experiment.search_answer import lines

    print("\n".join(lines(found.answer)))
    if found.again:
        print(f"warning: {found.again:,} kept runs were damaged and run again", file=sys.stderr)
    print(f"{found.ran:,} of them run now. Tables and figures: {found.folder}")


def discover(
    where: Annotated[
        str, typer.Argument(metavar="DIR_OR_FILE", help="A sweep's folder, or a sweep file to run first.")
    ],
    fails: Annotated[
        str, typer.Option("--fails", metavar="TEST", help='When a run fails: "wait_mean huu-nghi export > 24 h".')
    ] = "",
    at: Annotated[
        list[str] | None, typer.Option("--at", metavar="LEVER=LEVEL", help="The policy looked at; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Root of all chance.")] = 1,
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="Runs at a time; default: one per core.")] = None,
    _json_errors: JsonErrors = False,
) -> None:
    """Say in words in which futures a policy fails: boxes of what cannot be known.

    \b
    cuakhau discover results/sweeps/hour-of-day --fails "wait_mean > 5 h"
    cuakhau discover my-sweep.yaml --fails "wait_mean huu-nghi > 24 h" --at lanes=4
    """
    from sim.experiment.failing_sweep import HINT, Refused, discover_in, fixed, write_discovery
    from sim.report.boxes import draw_boxes

    policy = dict(fixed(text) for text in at or ())
    folder, said = Path(where), fails
    if not folder.is_dir():
        folder, said = _swept(where, fails, policy, seed=seed, workers=workers)
    if not said:
        raise Refused(f"say when a run fails: {HINT}, or fails: in the file")
    with kept_in(folder):
        found = discover_in(folder, said, policy, seed=seed)
        home = write_discovery(folder, found, said, policy, draw_boxes)
    print("\n".join(found.lines()))
    print(f"Tables and figure: {home}")


def _swept(
    file: str, fails: str, policy: Mapping[str, str], *, seed: int, workers: int | None
) -> tuple[Path, str]:  # fmt: skip
    """The folder of a sweep file, whatever it lacked run by now, and when a run fails."""
    from sim.experiment.failing_sweep import Refused, check_asked
    from sim.experiment.sweep import sweep as run_sweep
    from sim.scenario.sweep_reading import read_sweep

    read, base = read_sweep(file)
    if not fails and read.fails is None:
        raise Refused(f'"{file}" does not say when a run fails: --fails TEST, or fails: in the file')
    if not fails and read.fails is not None:
        fails = f"{read.fails.wanted.name} {'>' if read.fails.is_above else '<'} {read.fails.bound.text}"
    check_asked(read, base, fails, policy)
    folder = usual_folder("sweeps", file)
    with going_on(folder) as told:
        run_sweep(read, base, folder, seed=seed, workers=workers, progress=told)
    return folder, fails
