"""The compiled engine's plain loop in C, built with the C compiler of the machine."""

import ctypes
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from shutil import which

import numpy as np

from sim.engine.compiled_program import program
from sim.engine.compiled_state import given
from sim.planning.plan import NEVER, Plan
from sim.trace import Trace


def built() -> Callable[[Plan], Trace] | None:
    """The loop as a function from Plan to Trace; None where there is no C compiler."""
    found = compiler()
    if found is None:
        return None
    folder = Path(tempfile.mkdtemp())
    library = folder / "loop.so"
    source = Path(__file__).with_name("loop.c")
    subprocess.run([found, "-O3", "-march=native", "-shared", "-fPIC", "-o", library, source], check=True)
    run = ctypes.CDLL(str(library)).run
    return lambda plan: simulate(run, plan)


def compiler() -> str | None:
    """The C compiler of this machine."""
    return which("gcc") or which("cc")


def simulate(run: Callable[..., None], plan: Plan) -> Trace:
    """The Trace of a Plan that uses no more than workload W."""
    reads, network = given(plan, program(plan.network)), plan.network
    stamps = np.full(int(plan.trucks.stamp_at[-1]), NEVER)
    at = np.full(len(plan.trucks.enters), -1, np.int32)
    free, capacity = (network.resources["capacity"].astype(np.int64) for _ in range(2))
    values = (
        len(reads.enters), reads.enters, reads.first, reads.work, reads.work_at, reads.stamp_at, reads.rows,
        reads.units, reads.queues, len(network.queues), reads.resources, reads.changes, len(network.files), free,
        capacity, plan.starts, plan.ends, stamps, at,
    )  # fmt: skip
    run(*(ctypes.c_void_p(v.ctypes.data) if isinstance(v, np.ndarray) else ctypes.c_int64(v) for v in values))
    return Trace(stamps=stamps, step=at >> 4, paused=np.empty((0, 4), np.int64))
