"""The command that says who is open when."""

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import File, JsonErrors, Overlays, Settings, overrides


def calendar(
    scenario: File,
    overlays: Overlays = None,
    settings: Settings = None,
    figure: Annotated[
        Path | None, typer.Option("--figure", metavar="FILE", help="Draw it as well, into an .svg or .png file.")
    ] = None,
    _json_errors: JsonErrors = False,
) -> None:
    """Say who is open when, and for each closed hour why.

    \b
    cuakhau calendar lang-son/baseline
    cuakhau calendar lang-son/baseline --with overlays/tet-2024-closure --set period.start=2024-02-05
    """
    from sim.report.opening_hours import drawn, table
    from sim.scenario.load import load

    if figure is not None and figure.suffix not in (".svg", ".png"):
        raise typer.BadParameter(f'write a name that ends in .svg or .png, got "{figure}"', param_hint="--figure")
    loaded = load(scenario, overlays or (), overrides(settings))
    print(table(loaded))
    if figure is not None:
        picture = drawn(loaded)
        figure.write_bytes(picture.svg if figure.suffix == ".svg" else picture.png)
