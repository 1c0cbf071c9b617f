"""Points of a design in the unit cube: what a sweep draws, as a plan draws trucks, from one seed."""

import warnings

import numpy as np
from scipy.stats import qmc

from sim.planning.keyed import FloatArray


def unit_points(kind: str, *, points: int, dimensions: int, seed: int) -> FloatArray:
    """Points in [0, 1) of a Latin hypercube ("latin-hypercube") or a scrambled Sobol' sequence ("sobol").

    shape (points, dimensions). The first points of a longer Sobol' sequence are those of a shorter one.
    """
    if kind == "latin-hypercube":
        sampler: qmc.QMCEngine = qmc.LatinHypercube(dimensions, rng=seed)
    else:
        sampler = qmc.Sobol(dimensions, rng=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The balance properties", UserWarning)  # said where the sweep is read
        return np.asarray(sampler.random(points), np.float64)
