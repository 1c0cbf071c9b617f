"""Where the time goes: what to read where a goal is missed."""

import subprocess
import sys

import numpy as np

from benchmarks import cold
from benchmarks import contenders as c
from benchmarks import whole as w
from benchmarks.goals import TIMES, Found


def reasons(found: Found, days: int) -> list[str]:
    """A line for each part of the program that may be the slow one."""
    lines = []
    if c.IN_C in found.timed:
        ceilings = [float(np.median(found.quicker(name, c.USER))) for name in (c.IN_C, c.FOLDED_IN_C)]
        lines.append(
            f"engine: the same loop in C is {ceilings[0]:.0f} times user-style SimPy, {ceilings[1]:.0f} with the road "
            "in the Plan; what is beyond needs another algorithm"
        )
    if w.WARM in found.timed:
        scenario = w.workload(days)
        rounds = np.array([w.whole_run(scenario, seed)[1] for seed in range(1, 6)])
        user = float(np.median(found.timed[c.USER].cpu))
        spent = _shares(w.STEPS, np.median(rounds, axis=0).tolist())
        lines.append(f"whole run, CPU: {spent}; user-style SimPy / {TIMES} is {1000 * user / TIMES:.0f} ms")
    if w.OUR_PROCESS in found.timed:
        settings = [f"{key}={value}" for key, value in w.for_days(days).items()]
        command = [sys.executable, "-m", "benchmarks.cold", str(w.HERE / "w.yaml"), *settings]
        told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=w.HERE.parent)
        seconds = [float(word) for word in told.stdout.split()]
        lines.append(f"process, by the clock: {_shares(cold.STEPS, seconds)}")
    return lines


def _shares(names: tuple[str, ...], seconds: list[float]) -> str:
    return ", ".join(f"{name} {1000 * s:.0f} ms" for name, s in zip(names, seconds, strict=True))
