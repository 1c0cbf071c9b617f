"""A surface through noisy values at points: what to expect where nothing was run yet, and how unsure that is.

Stochastic kriging: a Gaussian process whose noise at each point is known from its replications. Nothing in it is left
to chance: length scales are chosen by likelihood from a fixed ladder, one dial after the other.
References: Ankenman, Nelson and Staum (2010), Operations Research 58(2); Jones, Schonlau and Welch (1998), Journal of
Global Optimization 13 for the expected improvement; Schonlau, Welch and Jones (1998) for limits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]
_LADDER = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)  # length scales, in widths of a dial
_FIRST = 3
_ROUNDS = 2
_NUGGET = 1e-6  # of the variance, for the sake of the arithmetic


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """A fitted surface."""

    points: Floats  # shape (n, d)
    scales: Floats  # by axis
    variance: float
    level: float  # the constant mean
    factor: Floats  # Cholesky factor of the covariance, shape (n, n)
    weights: Floats  # covariance^-1 (values - level)

    def at(self, points: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation at points of shape (m, d), noise of runs not in it."""
        across = self.variance * _correlation(points, self.points, self.scales)
        middle = self.level + across @ self.weights
        solved = np.linalg.solve(self.factor, across.T)
        spread = np.maximum(self.variance - np.einsum("ij,ij->j", solved, solved), 0.0)
        return middle, np.sqrt(spread)


def fitted(points: Floats, values: Floats, noise: Floats, groups: Sequence[int]) -> Surface:
    """The surface through values at points; `noise` is the variance of each, `groups` the dial of each axis."""
    n_dials = max(groups, default=-1) + 1
    spread = float(np.var(values)) or 1.0
    chosen, swing = [_FIRST] * n_dials, 0
    sizes = (1.0, 0.25, 4.0)

    def fit(rungs: Sequence[int], size: int) -> tuple[float, Surface]:
        scales = np.array([_LADDER[rungs[group]] for group in groups], np.float64)
        return _fit(points, values, noise, scales, spread * sizes[size])

    best, surface = fit(chosen, swing)
    for _ in range(_ROUNDS):
        for dial in range(n_dials):
            for rung in range(len(_LADDER)):
                tried = [*chosen[:dial], rung, *chosen[dial + 1 :]]
                likelihood, found = fit(tried, swing)
                if likelihood > best + 1e-9:
                    best, surface, chosen = likelihood, found, tried
        for size in range(len(sizes)):
            likelihood, found = fit(chosen, size)
            if likelihood > best + 1e-9:
                best, surface, swing = likelihood, found, size
    return surface


def _fit(points: Floats, values: Floats, noise: Floats, scales: Floats, variance: float) -> tuple[float, Surface]:
    covariance = variance * _correlation(points, points, scales) + np.diag(noise + _NUGGET * variance)
    factor = np.asarray(np.linalg.cholesky(covariance), np.float64)
    ones = np.linalg.solve(factor, np.ones(len(values)))
    level = float(ones @ np.linalg.solve(factor, values) / (ones @ ones))
    white = np.linalg.solve(factor, values - level)
    likelihood = -0.5 * float(white @ white) - float(np.log(np.diag(factor)).sum())
    weights = np.linalg.solve(factor.T, white)
    return likelihood, Surface(points=points, scales=scales, variance=variance, level=level, factor=factor,
                               weights=weights)  # fmt: skip


def _correlation(a: Floats, b: Floats, scales: Floats) -> Floats:
    """Matern's of smoothness 5/2."""
    gap = a[:, None, :] / scales - b[None, :, :] / scales
    far = math.sqrt(5) * np.sqrt(np.einsum("ijk,ijk->ij", gap, gap))
    return np.asarray((1 + far + far * far / 3) * np.exp(-far))


def expected_improvement(middle: Floats, spread: Floats, best: float) -> Floats:
    """By how much a point is expected to lie below the best, counting points above it as nothing."""
    below = best - middle
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(spread > 0, below / spread, np.where(below > 0, np.inf, -np.inf))
        density = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
        return np.where(spread > 0, below * ndtr(z) + spread * density, np.maximum(below, 0.0))


def chance_below(middle: Floats, spread: Floats, bound: float) -> Floats:
    """The chance that the surface lies at most at a bound."""
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(spread > 0, (bound - middle) / spread, np.where(middle <= bound, np.inf, -np.inf))
    return np.asarray(ndtr(z))
