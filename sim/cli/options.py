"""Arguments that several commands share."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer


def _remember(ctx: typer.Context, asked: bool) -> bool:
    ctx.meta["json_errors"] = asked
    return asked


def _known(language: str) -> str:
    languages = sorted(path.name.removesuffix(".json") for path in files("sim.report").joinpath("texts").iterdir())
    if language not in languages:
        raise typer.BadParameter(f'reports are in {", ".join(languages)}; got "{language}"')
    return language


File = Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a bundled one.")]
Overlays = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="OVERLAY", help="Lay an overlay over the scenario; may be repeated."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Set one value, e.g. period.length=7d; may be repeated."),
]
JsonErrors = Annotated[
    bool, typer.Option("--json-errors", callback=_remember, help="Say what is wrong as JSON, for programs.")
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `cuakhau run` has written.")]
Language = Annotated[str, typer.Option("--lang", callback=_known, metavar="LANG", help="Language of the report.")]
Open = Annotated[bool, typer.Option("--open", help="Open the report in a browser.")]


def overrides(settings: list[str] | None) -> dict[str, str]:
    """Path -> value of `--set PATH=VALUE`."""
    found: dict[str, str] = {}
    for text in settings or ():
        path, equals, value = text.partition("=")
        if not equals or not path.strip():
            raise typer.BadParameter(f'write PATH=VALUE, got "{text}"', param_hint="--set")
        if path.strip() in found:
            raise typer.BadParameter(f"{path.strip()} is set twice", param_hint="--set")
        found[path.strip()] = value.strip()
    return found
