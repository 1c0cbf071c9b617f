"""Plan -> Trace. Two engines with one answer: `simpy` is written to be read, `compiled` to be quick."""

from typing import Literal

from sim.engine.limits import LimitReached
from sim.planning.plan import Plan
from sim.trace import Trace

__all__ = ["Engine", "LimitReached", "choose_engine", "simulate"]

Engine = Literal["auto", "simpy", "compiled"]


def simulate(plan: Plan, engine: Engine = "auto") -> Trace:
    """The Trace of a Plan. The engines are loaded when used: one of them brings a compiler with it."""
    if (choose_engine(len(plan.trucks.enters)) if engine == "auto" else engine) == "compiled":
        from sim.engine.compiled import simulate as run
    else:
        from sim.engine.simpy_engine import simulate as run
    return run(plan)


def choose_engine(trucks: int) -> Literal["simpy", "compiled"]:
    """The engine that is done first with so many trucks, all replications together, on this machine as it is now."""
    return "compiled" if trucks > 50_000 else "simpy"
