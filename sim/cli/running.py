"""`cuakhau run`: from a scenario file to a folder with a report."""

import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.exits import INTERRUPTED
from sim.cli.options import File, JsonErrors, Language, Open, Overlays, Settings, overrides
from sim.cli.reporting import report_name, show
from sim.cli.reporting import written as _report

if TYPE_CHECKING:
    from sim.experiment.run import Progress, Results
    from sim.scenario.scenario import Scenario


class Engine(str, Enum):  # noqa: UP042 -- shown as its value in messages
    """Which engine runs; the results are the same."""

    auto = "auto"
    simpy = "simpy"
    compiled = "compiled"


def run(
    scenario: File,
    overlays: Overlays = None,
    settings: Settings = None,
    replications: Annotated[
        int, typer.Option("--replications", "-n", min=1, max=100_000, help="How many runs; with --until, at least.")
    ] = 10,
    until: Annotated[
        list[str] | None,
        typer.Option(metavar="WIDTH", help="Run until an interval is narrow enough; may be repeated. See above."),
    ] = None,
    most: Annotated[
        int | None, typer.Option(min=2, max=100_000, help="The most runs --until may take; default: 200.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Root of all chance; same seed, same trucks.")] = 1,
    engine: Annotated[Engine, typer.Option(help="Which engine; the results are the same.")] = Engine.auto,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Replications at a time; default: one per core.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; default: a new folder under results/.")
    ] = None,
    trace: Annotated[bool, typer.Option("--trace", help="Keep every truck and visit: trucks, trace.parquet.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that holds other files.")] = False,
    lang: Language = "en",
    open_: Open = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the path of the report only.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON only.")] = False,
    _json_errors: JsonErrors = False,
) -> None:
    """Run a scenario and write its report.

    \b
    cuakhau run lang-son/baseline
    cuakhau run lang-son/baseline --replications 20 --out results/lanes --set stations.huu-nghi/lane.servers=6
    cuakhau run lang-son/baseline --until "wait_mean huu-nghi export within 5 %" --most 100

    A WIDTH is a metric of summary.json, where it is looked at (gate, direction, cargo, station; all where left out),
    the word within, and how far its 95 % interval may reach to either side: 5 %, 30 min, 10 trucks. The fewest
    replications that meet every WIDTH are kept, however many workers there are.
    """
    changes = overrides(settings)
    until = until or []
    most = _limit(until, most, replications)
    from sim.experiment.files import staged
    from sim.experiment.output import write_results
    from sim.experiment.until import criteria
    from sim.scenario.load import load

    loaded = load(scenario, overlays or (), changes)
    criteria(loaded, until)
    _warn(loaded, replications)
    folder = out or _new_folder(loaded)
    with staged(folder, scenario_hash=loaded.hash, force=force) as stage:
        results = _replicated(
            loaded, folder, replications=replications, seed=seed, engine=engine.value, workers=workers, trace=trace,
            until=until, most=most,
        )  # fmt: skip
        again = _command(scenario, overlays, settings, replications, seed, until, most)
        write_results(results, stage, command=again)
        failure = _report(stage, lang)
    if out is None:
        _note_latest(folder)
    _tell(results, folder, lang, quiet=quiet, as_json=as_json, reported=failure is None)
    if failure is not None:
        raise failure
    if open_:
        show(folder / report_name(lang))
    if len(results.replications) < results.asked:
        print(f"interrupted: {len(results.replications)} of {results.asked} replications are kept", file=sys.stderr)
        raise typer.Exit(INTERRUPTED)


def _limit(until: Sequence[str], most: int | None, least: int) -> int:
    """The most replications; refuses what does not go together."""
    if not until and most is not None:
        raise typer.BadParameter("is the limit of --until, which is not given", param_hint="--most")
    limit = 200 if most is None else most
    if until and least < 2:
        raise typer.BadParameter(
            "must be at least 2 with --until; 10 are a good beginning", param_hint="--replications"
        )
    if until and least > limit:
        hint = "raise the limit" if most is not None else f"give a limit, e.g. --most {2 * least}"
        raise typer.BadParameter(f"is {limit}, and at least {least} are asked for; {hint}", param_hint="--most")
    return limit


def _warn(scenario: "Scenario", replications: int) -> None:
    """Say on standard error what deserves a look before the run."""
    from sim.scenario.faults import render

    if scenario.warnings:
        print(render(scenario.warnings), file=sys.stderr)
    if replications == 1:
        print("warning: one replication gives no intervals", file=sys.stderr)


def _new_folder(scenario: "Scenario") -> Path:
    """A folder for this run that does not exist yet: results/<scenario>/<UTC time>-<hash>."""
    from sim.experiment.files import safe_name

    parts = [part for part in Path(scenario.name).with_suffix("").parts if part != "scenarios"]
    home = Path("results") / safe_name("-".join(parts[-2:]))
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{scenario.hash[:6]}"
    return next(folder for n in count(1) if not (folder := home / (stamp if n == 1 else f"{stamp}-{n}")).exists())


def _note_latest(folder: Path) -> None:
    """Write the folder's name where the newest run of its scenario is looked up."""
    from sim.experiment.files import write_atomic

    write_atomic(folder.parent / "latest.txt", f"{folder.name}\n".encode())


def _replicated(
    scenario: "Scenario", folder: Path, *, replications: int, seed: int, engine: Any, workers: int | None, trace: bool,
    until: Sequence[str], most: int,
) -> "Results":  # fmt: skip
    """The Results; after Ctrl-C those of the replications completed, unless the folder holds whole ones already."""
    from sim.experiment.files import hash_of
    from sim.experiment.run import Interrupted, run

    try:
        with progress_bar() as told:
            return run(
                scenario, replications=replications, seed=seed, engine=engine, workers=workers, keep_traces=trace,
                until=until, most=most, progress=told,
            )  # fmt: skip
    except Interrupted as stop:
        if stop.results is None or hash_of(folder) is not None:
            raise
        return stop.results


@contextmanager
def progress_bar() -> "Iterator[Progress | None]":
    """A bar on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Replications"), MofNCompleteColumn(), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, asked: bar.update(task, completed=done, total=asked)


def _command(
    scenario: str, overlays: list[str] | None, settings: list[str] | None, replications: int, seed: int,
    until: Sequence[str], most: int,
) -> str:  # fmt: skip
    """The command that gives the same results, without the folders of this machine."""
    words = ["cuakhau", "run", _without_folders(scenario)]
    for overlay in overlays or ():
        words += ["--with", _without_folders(overlay)]
    for setting in settings or ():
        words += ["--set", setting]
    for width in until:
        words += ["--until", width]
    words += ["--most", str(most)] if until else []
    return shlex.join([*words, "--replications", str(replications), "--seed", str(seed)])


def _without_folders(path: str) -> str:
    return Path(path).name if Path(path).is_absolute() else path


def _tell(results: "Results", folder: Path, lang: str, *, quiet: bool, as_json: bool, reported: bool) -> None:
    """Print the answer."""
    from sim.cli.screen import summary_lines
    from sim.experiment.output import lines_json

    if as_json:
        print(lines_json(results.summary.to_dicts()).decode(), end="")
        return
    path = folder / report_name(lang) if reported else folder
    what = "Report" if reported else "Results"
    lines = [str(path)] if quiet else [*summary_lines(results), f"{what}: {path}"]
    print("\n".join(lines))
