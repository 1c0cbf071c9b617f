"""When compiled code pays: in large runs of a program that has loaded Numba anyway."""

import sys

LARGE = 5_000  # things to go through from which on a compiled pass is quicker than several of NumPy


def compiled_pays(n: int) -> bool:
    """Whether to take the compiled way through n things. Both ways give the same."""
    return "numba" in sys.modules and n >= LARGE
