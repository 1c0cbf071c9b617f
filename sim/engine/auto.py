"""Which engine is done first: the one that starts at once, or the one that must be loaded or even compiled."""

import os
import sys
from pathlib import Path
from typing import Literal

# Trucks from which loading the compiled engine pays. Measured: the SimPy engine does some 50,000 trucks/s. The
# compiled engine needs 1 s from the disk in a new process, 10 s where it was never compiled, and then 40 times less.
PAYS_LOADED = 200
PAYS_FROM_DISK = 50_000
PAYS_COMPILING = 500_000


def choose_engine(trucks: int) -> Literal["simpy", "compiled"]:
    """The engine that is done first with so many trucks, all replications together, on this machine as it is now."""
    if "sim.engine.compiled" in sys.modules:
        pays = PAYS_LOADED
    else:
        pays = PAYS_FROM_DISK if is_kept(cache_folders()) else PAYS_COMPILING
    return "compiled" if trucks >= pays else "simpy"


def sources() -> list[Path]:
    """The files the compiled loop is made of: it is compiled again when one of them changes."""
    here = Path(__file__).parent
    beside = here.parent / "planning"
    return [*sorted(here.glob("compiled_*.py")), beside / "compiled_jit.py", beside / "plan.py"]


def is_kept(folders: list[Path]) -> bool:
    """Whether a compiled loop newer than its sources is on disk. Looks at names only: the compiler is not loaded."""
    newest = max(path.stat().st_mtime for path in sources())
    kept = (path for folder in folders for path in folder.rglob("compiled_kernel.loop.locals.run*.nbi"))
    try:
        return any(path.stat().st_mtime > newest for path in kept)
    except OSError:
        return False


def cache_folders() -> list[Path]:
    """Where compiled code is kept: the folder named by NUMBA_CACHE_DIR, beside the sources, or the user's cache."""
    told = os.environ.get("NUMBA_CACHE_DIR")
    if told:
        return [Path(told)]
    own = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return [Path(__file__).parent / "__pycache__", own / "numba"]
