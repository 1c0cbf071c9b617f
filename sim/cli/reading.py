"""Commands that read scenario files, or what is bundled, and say something about them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.options import File, JsonErrors, Overlays, Settings, overrides

if TYPE_CHECKING:
    from sim.scenario.faults import Fault


def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files, or names of bundled ones.")],
    json_errors: JsonErrors = False,
) -> None:
    """Say what is wrong in files, and where; of sound scenarios, what they will ask for.

    \b
    cuakhau check my-gate.yaml more-lanes.yaml
    """
    from sim.scenario.faults import ScenarioFaults, render, to_json

    looked = [_looked_at(file) for file in files]
    faults = [fault for _, found in looked for fault in found]
    if any(fault.severity == "error" for fault in faults):
        raise ScenarioFaults(faults)
    if json_errors:
        print(to_json(faults))
        return
    for told, _ in looked:
        print(told)
    print(render(faults))


def _looked_at(file: str) -> "tuple[str, Sequence[Fault]]":
    """What a file asks for, and what is wrong with it."""
    from sim.scenario.faults import shown
    from sim.scenario.load import examine
    from sim.scenario.outlook import outlook
    from sim.scenario.sweep_reading import is_sweep

    if is_sweep(file):
        from sim.experiment.sweep_checks import examine_sweep

        return examine_sweep(file)
    scenario, faults = examine(file)
    if scenario is None:
        return "", faults
    return f"{shown(file, 300)}: {shown(scenario.file.title, 300)}\n{outlook(scenario).render()}\n", faults


def explain(
    scenario: File,
    path: Annotated[str, typer.Argument(metavar="PATH", help="What to explain; default: everything.")] = "",
    overlays: Overlays = None,
    settings: Settings = None,
    _json_errors: JsonErrors = False,
) -> None:
    """Say of each value what it is, where it stands and where it comes from.

    \b
    cuakhau explain lang-son/baseline gates
    cuakhau explain lang-son/baseline flows.huu-nghi-export.volume
    """
    from sim.scenario.explain import explain as explained
    from sim.scenario.load import load

    print(explained(load(scenario, overlays or (), overrides(settings)), path))


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A scenario file, or the name of a bundled one.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    _json_errors: JsonErrors = False,
) -> None:
    """Say in words how scenario B differs from A.

    \b
    cuakhau diff lang-son/baseline my-variant.yaml
    """
    from sim.scenario.diff import diff as differences
    from sim.scenario.load import load

    print(differences(load(before), load(after)))


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the gate.")] = "My gate",
    trucks: Annotated[str, typer.Option(metavar="RATE", help="Trucks that come.")] = "250 vehicles/day",
    servers: Annotated[int, typer.Option(min=1, max=10_000, help="Lanes that work side by side.")] = 4,
    service: Annotated[str, typer.Option(metavar="DURATION", help="Mean time of one truck in a lane.")] = "9 min",
    hours: Annotated[str, typer.Option(metavar="HOURS", help="Opening hours.")] = "07:00-19:00",
    places: Annotated[int, typer.Option(min=1, max=10_000_000, help="Places of the yard.")] = 300,
    start: Annotated[str, typer.Option(metavar="DATE", help="First day.")] = "2025-07-01",
    days: Annotated[int, typer.Option(min=3, max=3660, help="Days to simulate.")] = 30,
    ask: Annotated[bool, typer.Option("--ask", help="Ask for each of these instead.")] = False,
) -> None:
    """Print a commented scenario file of one gate to start from.

    \b
    cuakhau new "Coc Nam" --trucks "120/d" --hours 07:00-20:00 > coc-nam.yaml
    cuakhau run coc-nam.yaml
    """
    from sim.scenario.new import NoSuchGate, starting_file

    if ask:
        name = typer.prompt("Name of the gate", name, err=True)
        trucks = typer.prompt("Trucks that come", trucks, err=True)
        servers = typer.prompt("Lanes", servers, err=True)
        service = typer.prompt("Mean time of one truck in a lane", service, err=True)
        hours = typer.prompt("Opening hours", hours, err=True)
        places = typer.prompt("Places of the yard", places, err=True)
        start = typer.prompt("First day", start, err=True)
    try:
        text = starting_file(
            name, trucks=trucks, servers=servers, service=service, hours=hours, places=places, start=start, days=days
        )
    except NoSuchGate as error:
        where = "NAME" if error.option == "title" else f"--{error.option}"
        raise typer.BadParameter(error.reason, param_hint=where) from None
    print(text, end="")


def schema(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="scenario, overlay or sweep.")] = "scenario",
) -> None:
    """Print the JSON Schema of a kind of file, from which an editor completes and checks.

    \b
    cuakhau schema > scenario.schema.json
    cuakhau schema sweep > sweep.schema.json
    """
    import json

    from sim.scenario.json_schema import json_schema
    from sim.scenario.sweep_json_schema import sweep_json_schema

    if kind not in ("scenario", "overlay", "sweep"):
        raise typer.BadParameter(f'kinds are scenario, overlay and sweep, got "{kind}"')
    found = sweep_json_schema() if kind == "sweep" else json_schema(kind)
    print(json.dumps(found, ensure_ascii=False, indent=2))


def list_() -> None:
    """List the bundled scenarios and overlays, and the question each answers."""
    from sim.scenario.catalogue import bundled_files, listing

    print(listing(bundled_files()))


def facts(
    about: Annotated[list[str] | None, typer.Argument(metavar="PLACE", help="Words that a fact must hold.")] = None,
) -> None:
    """Print the documented facts, all or those about a place, with their sources.

    \b
    cuakhau facts huu nghi 2025-07
    """
    from sim.scenario.catalogue import fact_listing

    print(fact_listing(" ".join(about or ())))
