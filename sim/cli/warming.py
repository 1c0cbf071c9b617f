"""`cuakhau warm-up`: how long the beginning of a scenario is unlike the rest, or that no warm-up belongs to it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.options import File, JsonErrors, Overlays, Settings, overrides
from sim.cli.running import Engine, progress_bar
from sim.cli.screen import aligned

if TYPE_CHECKING:
    from sim.experiment.warming import WarmUp
    from sim.measure.warm_up import Series


def warm_up(
    scenario: File,
    overlays: Overlays = None,
    settings: Settings = None,
    replications: Annotated[int, typer.Option("--replications", "-n", min=1, max=100_000, help="How many runs.")] = 20,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Root of all chance; same seed, same trucks.")] = 1,
    engine: Annotated[Engine, typer.Option(help="Which engine; the results are the same.")] = Engine.auto,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Replications at a time; default: one per core.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the picture goes; default: results/warm-up/NAME.")
    ] = None,
    _json_errors: JsonErrors = False,
) -> None:
    """Say how long a scenario that starts empty takes to settle, with a picture; or that no warm-up belongs to it.

    \b
    cuakhau warm-up lang-son/baseline
    cuakhau warm-up my-gate.yaml -n 20 --out results/my-warm-up

    It runs the scenario from its first instant, averages trucks inside and trucks waiting by the hour over the
    replications, and cuts each series where MSER-5 says. What it suggests, write into the file as period.warm_up.
    """
    changes = overrides(settings)
    from sim.experiment.files import made
    from sim.experiment.warming import warm_up as warmed_up
    from sim.experiment.warming import write_warm_up
    from sim.report.warm_up import draw
    from sim.scenario.load import load

    stated = load(scenario, overlays or (), changes)
    loaded = load(scenario, overlays or (), changes | {"period.warm_up": "0 d"})
    folder = out or _usual_folder(scenario)
    with made(folder):
        with progress_bar() as told:
            found = warmed_up(
                loaded, stated_ms=stated.warm_up_ms, replications=replications, seed=seed, engine=engine.value,
                workers=workers, progress=told,
            )  # fmt: skip
        write_warm_up(found, folder)
        path = draw(found, folder)
    print("\n".join([*_lines(found), f"Picture: {path}"]))


def _usual_folder(scenario: str) -> Path:
    from sim.experiment.files import safe_name

    parts = [part for part in Path(scenario).with_suffix("").parts if part != "scenarios"]
    return Path("results") / "warm-up" / safe_name("-".join(parts[-2:]))


def _lines(found: "WarmUp") -> Iterator[str]:
    from sim.scenario.faults import shown

    days = len(found.axes.hours) / 24
    yield (
        f"{shown(found.scenario.file.title, 70)}: {found.replications} replication"
        + ("" if found.replications == 1 else "s")
        + f", seed {found.seed}; {days:g} days from the start, nothing left out"
    )
    yield from aligned([("trucks by the hour", "settled after", ""), *(_row(series) for series in found.series)])
    yield found.verdict()


def _row(series: "Series") -> tuple[str, str, str]:
    if series.truncation is None:
        return series.name, "-", "too short to tell"
    if series.grows:
        return series.name, "-", "grows to the end: no steady state"
    if series.hours is None:
        return series.name, "-", "no steady part in the first half: none in this period"
    return series.name, f"{series.hours} h", ""
