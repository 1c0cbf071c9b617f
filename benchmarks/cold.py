"""What a process of `cuakhau run` spends its time on, step by step: python -m benchmarks.cold SCENARIO KEY=VALUE..."""

import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

STEPS = ("imports", "read the scenario", "run, engine from the disk", "write the tables", "report and figures")


def main(path: str, settings: dict[str, str]) -> list[float]:
    """Seconds of each of STEPS."""
    at = [time.perf_counter()]
    from sim.experiment.output import write_results  # noqa: PLC0415  importing is what is timed
    from sim.experiment.run import run  # noqa: PLC0415
    from sim.scenario.load import load  # noqa: PLC0415

    at.append(time.perf_counter())
    scenario = load(path, overrides=settings)
    at.append(time.perf_counter())
    results = run(scenario, replications=1, engine="compiled")
    at.append(time.perf_counter())
    with tempfile.TemporaryDirectory() as folder:
        write_results(results, Path(folder), command="")
        at.append(time.perf_counter())
        from sim.report import build  # noqa: PLC0415

        build(Path(folder), lang="en")
        at.append(time.perf_counter())
    return [after - before for before, after in pairwise(at)]


if __name__ == "__main__":
    print(*main(sys.argv[1], dict(word.split("=", 1) for word in sys.argv[2:])))
