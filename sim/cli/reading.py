"""Commands that read scenario files and say something about them."""

from typing import Annotated

import typer

from sim.cli.options import JsonErrors


def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Scenario files, or names of bundled ones.")],
    json_errors: JsonErrors = False,
) -> None:
    """Say what is wrong in files, and where.

    \b
    cuakhau check my-gate.yaml overlays/more-lanes.yaml
    """
    from sim.scenario.faults import ScenarioFaults, render, to_json
    from sim.scenario.load import examine

    faults = [fault for file in files for fault in examine(file)[1]]
    if any(fault.severity == "error" for fault in faults):
        raise ScenarioFaults(faults)
    print(to_json(faults) if json_errors else render(faults))
