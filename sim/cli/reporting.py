"""Commands that read a results folder, and the report that `run` leaves in it."""

import os
import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import Folder, Language, Open


def report(folder: Folder, lang: Language = "en", open_: Open = False) -> None:
    """Make the report of a results folder again, or in another language.

    \b
    cuakhau report results/baseline --lang vi --open
    """
    from sim.experiment.files import require_results
    from sim.report import build

    require_results(folder)
    path = build(folder, lang=lang)
    print(f"Report: {path}")
    if open_:
        show(path)


def truck(
    folder: Folder,
    truck_id: Annotated[str, typer.Argument(metavar="ID", help="The truck, as trucks.parquet names it.")],
    replication: Annotated[int, typer.Option("--replication", "-r", min=0, help="In which replication.")] = 0,
) -> None:
    """Tell one truck's life, and why it waited. The run must have been made with --trace.

    \b
    cuakhau truck results/baseline 4711
    """
    from sim.experiment.files import require_results
    from sim.measure.story import story

    require_results(folder, "trace.parquet", "trucks.parquet")
    print(story(folder, truck_id, replication=replication))


def written(folder: Path, lang: str) -> Exception | None:
    """Write the report into a folder of results; what prevented it, if anything: numbers are worth keeping without."""
    from sim.report import build

    try:
        build(folder, lang=lang)
    except Exception as error:  # noqa: BLE001 -- raised again once the numbers are safe
        return error
    return None


def report_name(lang: str) -> str:
    """File name of the report in a language."""
    return "report.html" if lang == "en" else f"report.{lang}.html"


def show(path: Path) -> None:
    """Open a report in a browser where there is a screen; never fail for it."""
    screen = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    away = os.environ.get("CI") or os.environ.get("SSH_CONNECTION")
    if not screen or away or not webbrowser.open(path.resolve().as_uri()):
        print(f"warning: no browser to open here; the report is {path}", file=sys.stderr)
