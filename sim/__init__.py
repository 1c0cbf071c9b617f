"""Truck congestion at border gates: scenario files in, a congestion report out.

    import sim
    scenario = sim.load("scenarios/lang-son/baseline.yaml", overrides={"period.length": "7 d"})
    results = sim.run(scenario, replications=10)
    results.tables["waits"].to_pandas()

The four steps of a replication are there by themselves: load, make_plan, simulate, and the tables of `run`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.engine import simulate
    from sim.experiment.run import Results, run
    from sim.planning.make import make_plan
    from sim.scenario.load import load

__version__ = "0.1.0"
__all__ = ["Results", "__version__", "load", "make_plan", "run", "simulate"]

_HOMES = {
    "load": "sim.scenario.load",
    "make_plan": "sim.planning.make",
    "simulate": "sim.engine",
    "run": "sim.experiment.run",
    "Results": "sim.experiment.run",
}


def __getattr__(name: str) -> Any:
    """The public names, fetched when first asked for, so that the command line answers at once."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
