"""Who can be asked to run workload W, or W-lite: ourselves, the same in C, and other simulators where installed."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks import in_c, simpy_user
from benchmarks.measure import Contender, Truth
from benchmarks.workload import MINUTE, door_to_door, plan
from sim.engine import compiled, simpy_engine
from sim.planning.plan import Plan
from sim.trace import Trace

USER = "SimPy as users write it"
OURS = "our SimPy engine"
COMPILED = "compiled engine"
FOLDED = "compiled engine, road in the Plan"
IN_C = "the same loop in C"
FOLDED_IN_C = "the same loop in C, road in the Plan"
CIW, SALABIM, CIMBA = "Ciw", "salabim", "Cimba Python"
PEERS = {CIW: "ciw", SALABIM: "salabim", CIMBA: "cimba"}
SEEDS = 20


def engines(days: int, *, lite: bool) -> list[Contender]:
    """User-style SimPy, our engines, and the loop in C where a compiler is."""
    made = partial(_made, days, lite)
    found = [
        Contender(
            name=USER, run=lambda seed: simpy_user.run(days, seed=seed, lite=lite), found=_of_records, warm=False
        ),
        _of_plan(OURS, made, simpy_engine.simulate, warm=False),
        _of_plan(COMPILED, made, compiled.simulate),
        _of_plan(FOLDED, partial(made, folded=True), compiled.simulate),
    ]
    if c := in_c.built():
        found += [_of_plan(IN_C, made, c), _of_plan(FOLDED_IN_C, partial(made, folded=True), c)]
    return found


def peers(days: int, *, lite: bool, slow: bool) -> list[Contender]:
    """Other simulators that are installed: the slow ones, or the quick one. Ciw has no way to write W."""
    names = [CIW, SALABIM] if slow else [CIMBA]
    return [_peer(name, days, lite) for name in names if is_installed(name) and (lite or name != CIW)]


def is_installed(peer: str) -> bool:
    """Whether another simulator is here."""
    return find_spec(PEERS[peer]) is not None


def left_out() -> list[str]:
    """Why some cannot take part, a line each."""
    lines = [
        f"{name}: not run, as it is not installed: pip install -e '.[peers]'"
        for name in PEERS
        if not is_installed(name)
    ]
    if is_installed(CIW):
        lines.append("Ciw: W-lite only; W keeps a place over two services and has holidays, which it has no words for")
    return lines if in_c.compiler() else [*lines, f"{IN_C}: not run, as there is no C compiler"]


def truth(days: int, *, lite: bool) -> Truth:
    """What the compiled engine finds over many seeds."""
    plans = (_made(days, lite, seed) for seed in range(1, SEEDS + 1))
    means = [_of_trace(of, compiled.simulate(of))[1] for of in plans]
    return Truth(mean=float(np.mean(means)), spread=float(np.std(means, ddof=1)), seeds=SEEDS)


def differing(days: int) -> int:
    """Stamps that our two engines and the loop in C do not have in common, on W with and without folding."""
    others = [simpy_engine.simulate, *([c] if (c := in_c.built()) else [])]
    plans = [_made(days, False, 1, folded=folded) for folded in (False, True)]
    return sum(int((compiled.simulate(of).stamps != other(of).stamps).sum()) for of in plans for other in others)


def _made(days: int, lite: bool, seed: int, *, folded: bool = False) -> Plan:
    return plan(days=days, lite=lite, seed=seed, folded=folded)


def _of_plan(
    name: str, prepare: Callable[[int], Plan], simulate: Callable[[Plan], Trace], *, warm: bool = True
) -> Contender:
    return Contender(name=name, prepare=prepare, run=simulate, found=_of_trace, warm=warm)


def _of_trace(of: Plan, trace: Trace) -> tuple[int, float]:
    return len(of.trucks.enters), float(door_to_door(of, trace).mean() / MINUTE)


def _of_records(_seed: int, records: list[dict[str, float]]) -> tuple[int, float]:
    return len(records), simpy_user.door_to_door(records)


def _peer(name: str, days: int, lite: bool) -> Contender:
    module = import_module(f"benchmarks.in_{PEERS[name]}")

    def run(seed: int) -> tuple[int, float]:
        told: tuple[int, float] = module.run(days, seed) if name == CIW else module.run(days, seed, lite)
        return told

    return Contender(name=name, run=run, found=_as_told, warm=name == CIMBA)


def _as_told(_seed: int, told: Any) -> tuple[int, float]:
    trucks, mean = told
    return trucks, mean
