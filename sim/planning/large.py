"""When compiled code pays: in large runs of a program that has loaded Numba anyway."""

import sys

LARGE = 5_000  # things to go through from which on a compiled pass is quicker than several of NumPy
LOADED = 100  # the same for draws, once the compiled passes over them have been taken from the disk


def compiled_pays(n: int) -> bool:
    """Whether to take the compiled way through n things. Both ways give the same."""
    return "numba" in sys.modules and n >= LARGE


def compiled_draws_pay(n: int) -> bool:
    """The same for draws: other trucks of the same Plan may have had the passes loaded already."""
    return compiled_pays(n) or (n >= LOADED and "sim.planning.compiled" in sys.modules)
