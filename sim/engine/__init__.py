"""Plan -> Trace. Two engines with one answer: `simpy` is written to be read, `compiled` to be quick."""

from typing import Literal

from sim.engine.auto import choose_engine
from sim.engine.limits import LimitReached, check_trucks
from sim.planning.plan import Plan
from sim.trace import Trace

__all__ = ["Engine", "LimitReached", "choose_engine", "simulate"]

Engine = Literal["auto", "simpy", "compiled"]


def simulate(plan: Plan, engine: Engine = "auto") -> Trace:
    """The Trace of a Plan. The engines are loaded when used: one of them brings a compiler with it."""
    check_trucks(len(plan.trucks.enters))
    if (choose_engine(len(plan.trucks.enters)) if engine == "auto" else engine) == "compiled":
        from sim.engine.compiled import simulate as run  # noqa: PLC0415  brings a compiler
    else:
        from sim.engine.simpy_engine import simulate as run  # noqa: PLC0415
    return run(plan)
