"""How time and memory of the compiled engine grow with days, with trucks a day and with trucks waiting."""

import resource
import subprocess
import sys
import time

import numpy as np

from benchmarks.workload import plan
from sim.engine import compiled
from sim.planning.plan import NEVER

CASES = {  # days, trucks a day, capacities times
    "a month": (30, 3_000, 1.0),
    "a year": (365, 3_000, 1.0),
    "a month, a third of the trucks": (30, 1_000, 1 / 3),
    "a month, ten times the trucks": (30, 30_000, 10.0),
    "a month, 100,000 a day": (30, 100_000, 33.3),
    "more than a million waiting": (30, 40_000, 1.0),
}


def print_growth() -> None:
    """A line for each case, each in a process of its own so that peak memory is its own."""
    print(f"{'':34}{'trucks':>12}{'ns/truck':>10}{'ns/event':>10}{'waiting':>12}{'bytes/truck':>12}")
    for name in CASES:
        subprocess.run([sys.executable, "-m", "benchmarks.growth", name], check=True)


def main(name: str) -> None:
    """The line of one case: CPU time of the engine, and peak memory beyond that of a small run."""
    days, per_day, scale = CASES[name]
    compiled.simulate(plan(days=1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    of = plan(days=days, per_day=per_day, scale=scale)
    held = sum(getattr(of.trucks, field).nbytes for field in of.trucks.__slots__)
    seconds = []
    for _ in range(3):
        begun = time.process_time()
        trace = compiled.simulate(of)
        seconds.append(time.process_time() - begun)
    n = len(of.trucks.enters)
    events = int((trace.stamps != NEVER).sum()) + n + int((of.trucks.enters + of.trucks.work[::5] < of.ends).sum())
    asks = of.network.steps["queue"][trace.step[trace.step >= 0]]
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    of_engine = trace.stamps.nbytes + trace.step.nbytes + 4 * n
    ns = 1e9 * np.median(seconds)
    print(
        f"{name:34}{n:12,}{ns / n:10.0f}{ns / events:10.0f}{(asks >= 0).sum():12,}{(held + of_engine) / n:12.0f}"
        f"   (peak of the process with drawing the Plan: {peak / n:.0f})",
        flush=True,
    )


if __name__ == "__main__":
    main(sys.argv[1])
