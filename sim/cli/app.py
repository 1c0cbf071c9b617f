"""The command `cuakhau`: its commands, and how it starts and ends."""

import contextlib
import gc
import io
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import sim
from sim.cli import calendars, comparing, reading, reporting, running, searching, sensitivity, sweeping, warming
from sim.cli.exits import INTERRUPTED, end_at_once, exit_codes

EXAMPLES = """Simulates truck congestion at border gates.

\b
  cuakhau list                                  what is bundled
  cuakhau run lang-son/baseline                 run it, read the report
  cuakhau run lang-son/baseline --set stations.huu-nghi/lane.servers=6
  cuakhau run lang-son/baseline --until "wait_mean huu-nghi export within 5 %"
  cuakhau compare lang-son/baseline overlays/perishables-first    who gains, who loses
  cuakhau explain lang-son/baseline stations    where every number comes from
  cuakhau new my-gate > my-gate.yaml            a scenario file of your own
  cuakhau check my-gate.yaml                    what is wrong with it
"""


class Guarded(TyperGroup):
    """Commands whose failures are sentences."""

    def invoke(self, ctx: Any) -> Any:
        with exit_codes(ctx.meta):
            return super().invoke(ctx)


app = typer.Typer(
    cls=Guarded,
    help=EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help is there in a third of the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def _version(asked: bool) -> None:
    if asked:
        print(f"cuakhau {sim.__version__}")
        raise typer.Exit


@app.callback()
def _top(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    pass


COMMANDS = (
    running.run, reading.check, reading.explain, reading.diff, reading.new, reading.schema, reading.list_,
    reading.facts, calendars.calendar, comparing.compare, sweeping.sweep, sensitivity.sensitivity,
    searching.search, searching.discover, warming.warm_up, reporting.truck, reporting.report,
)  # fmt: skip
for command in COMMANDS:
    app.command(command.__name__.rstrip("_").replace("_", "-"))(command)


def run() -> None:
    """Run the command line and end the process."""
    gc.set_threshold(100_000, 20, 100)  # what modules make as they load stays: to look for waste in it takes time
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(ValueError):
                # Files and pipes get UTF-8 in any locale; a console that cannot show a letter shows "?".
                stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")
    try:
        app(prog_name="cuakhau")
    except KeyboardInterrupt:  # again, while the first one was being answered
        end_at_once()
    except SystemExit as end:
        if end.code == INTERRUPTED:  # all is kept and said: a further Ctrl-C must not meet an interpreter half ended
            end_at_once()
        raise
