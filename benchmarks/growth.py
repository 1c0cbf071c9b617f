"""How time and memory of the compiled engine grow with days, with trucks a day and with trucks waiting."""

import json
import subprocess
import sys
import time
import tracemalloc

import numpy as np

from benchmarks.measure import Floats
from benchmarks.workload import plan
from sim.engine import compiled
from sim.planning.plan import NEVER

MONTH, YEAR, WAITING = "a month", "a year", "a month, more than a million waiting"
CASES = {  # months, trucks a day, capacities times
    MONTH: (1, 3_000, 1.0),
    YEAR: (365 / 30, 3_000, 1.0),
    WAITING: (1, 40_000, 1.0),
    "a month, a third of the trucks": (1, 1_000, 1 / 3),
    "a month, ten times the trucks": (1, 30_000, 10.0),
    "a month, 100,000 a day": (1, 100_000, 33.3),
}
JUDGED = (MONTH, YEAR, WAITING)
COLUMNS = ("trucks", "ns a truck", "ns an event", "waiting", "bytes a truck")
Grown = dict[str, Floats]  # by case, shape (rounds, len(COLUMNS))


def grown(days: int, rounds: int) -> Grown:
    """Every case in a process of its own; those that goals speak of once a round, the others once."""
    rows: dict[str, list[list[float]]] = {name: [] for name in CASES}
    for turn in range(rounds):
        for name in CASES if turn == 0 else JUDGED:
            started = [sys.executable, "-m", "benchmarks.growth", name, str(days)]
            rows[name].append(json.loads(subprocess.run(started, check=True, capture_output=True).stdout))
    return {name: np.array(found) for name, found in rows.items()}


def growth_table(cases: Grown) -> str:
    """A line for each case, medians."""
    lines = [f"{'compiled engine on W':42}" + "".join(f"{column:>15}" for column in COLUMNS)]
    lines += [f"{name:42}" + "".join(f"{v:15,.0f}" for v in np.median(rows, axis=0)) for name, rows in cases.items()]
    return "\n".join(lines)


def main(name: str, days: int) -> None:
    """The numbers of one case: CPU time of the engine, and memory that the Plan, the engine and the Trace take."""
    months, per_day, scale = CASES[name]
    compiled.simulate(plan(days=1))
    tracemalloc.start()
    of = plan(days=round(days * months), per_day=per_day, scale=scale)
    tracemalloc.reset_peak()
    trace = compiled.simulate(of)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    seconds = []
    for _ in range(3):
        begun = time.process_time()
        compiled.simulate(of)
        seconds.append(time.process_time() - begun)
    n = len(of.trucks.enters)
    events = int((trace.stamps != NEVER).sum()) + n + int((of.trucks.enters + of.trucks.work[::5] < of.ends).sum())
    asks = of.network.steps["queue"][trace.step[trace.step >= 0]]
    ns = 1e9 * float(np.median(seconds))
    print(json.dumps([n, ns / n, ns / events, int((asks >= 0).sum()), peak / n]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
