"""Speed side by side: `python -m benchmarks [--days 30] [--rounds 5] [--growth]`. Ratios are from one run, in turn."""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import in_c, simpy_user
from benchmarks.growth import print_growth
from benchmarks.measure import Contender, in_turn, table
from benchmarks.workload import MINUTE, door_to_door, plan
from sim.engine import compiled, simpy_engine
from sim.planning.plan import Plan
from sim.trace import Trace

USER = "SimPy as users write it"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--growth", action="store_true", help="how time and memory grow, instead of the contest")
    asked = parser.parse_args()
    if asked.growth:
        print_growth()
        return
    for lite in (False, True):
        print(f"\n{'W-lite' if lite else 'W'}, {asked.days} days, CPU time, {asked.rounds} rounds in turn")
        timed = in_turn(contenders(asked.days, lite=lite), asked.rounds)
        print(table(timed, USER))
        means = np.array([t.mean for t in timed])
        print(f"means of door-to-door time agree within {(means.max() - means.min()) / means.mean():.1%}")


def contenders(days: int, *, lite: bool) -> list[Contender]:
    """All that can run here. The first stands for what a planner would write without this project."""
    whole, folded = (plan(days=days, lite=lite, folded=fold) for fold in (False, True))
    n = len(simpy_user.run(1, lite=lite)) * days
    found = [
        Contender(name=USER, run=lambda: simpy_user.run(days, lite=lite), trucks=n, mean_door_to_door=_mean_of_records),
        _of_plan("our SimPy engine", whole, simpy_engine.simulate),
        _of_plan("compiled engine", whole, compiled.simulate),
        _of_plan("compiled engine, road in the Plan", folded, compiled.simulate),
    ]
    if c := in_c.built():
        found += [_of_plan("the same loop in C", whole, c), _of_plan("the same loop in C, road in Plan", folded, c)]
    else:
        print("no C compiler here: the loop in C is left out")
    return found


def _of_plan(name: str, of: Plan, simulate: Callable[[Plan], Trace]) -> Contender:
    def mean(trace: Any) -> float:
        return float(door_to_door(of, trace).mean() / MINUTE)

    return Contender(name=name, run=lambda: simulate(of), trucks=len(of.trucks.enters), mean_door_to_door=mean)


def _mean_of_records(records: Any) -> float:
    return float(np.mean([r["crossed"] - r["arrived"] for r in records if "crossed" in r]) / MINUTE)


if __name__ == "__main__":
    main()
