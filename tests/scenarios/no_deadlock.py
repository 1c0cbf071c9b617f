"""Whether a scenario ever deadlocks: python -m tests.scenarios.no_deadlock [SCENARIO] [--replications 1000]

Runs Plan and compiled engine only, so that a thousand months take minutes, and looks for a deadlock at the end of each.
Exit code 1 if there is one.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from sim.engine import simulate
from sim.measure.stuck import Deadlock, deadlock
from sim.measure.visits import decode
from sim.planning.make import make_plan
from sim.scenario.load import load
from sim.scenario.scenario import Scenario

BASELINE = Path(__file__).parents[2] / "scenarios" / "lang-son" / "baseline.yaml"


def stuck(scenario: Scenario, replication: int) -> tuple[int, Deadlock | None]:
    """Trucks of a replication, and its deadlock if it has one."""
    plan = make_plan(scenario, replication=replication)
    return len(plan.trucks.id), deadlock(decode(plan, simulate(plan, engine="compiled")))


def main() -> int:
    """Print how many replications were run, and each deadlock."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="?", type=Path, default=BASELINE)
    parser.add_argument("--replications", type=int, default=1000)
    chosen = parser.parse_args()
    scenario, trucks, found = load(chosen.scenario), 0, 0
    with ThreadPoolExecutor(2) as pool:
        for replication, (came, jam) in enumerate(pool.map(partial(stuck, scenario), range(chosen.replications))):
            trucks += came
            if jam is not None:
                found += 1
                print(f"replication {replication}: {jam}")
    print(f"{chosen.scenario.name}: {chosen.replications} replications, {trucks:,} trucks, {found} deadlocks")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
