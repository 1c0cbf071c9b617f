"""Rates of arrivals and their integrals."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from scipy.integrate import quad

Rate = Callable[[float], float]
PROFILE = [
    {"from_hour": 0, "to_hour": 5, "rate": 0},
    {"from_hour": 5, "to_hour": 8.5, "rate": 24},
    {"from_hour": 8.5, "to_hour": 18, "rate": 12},
    {"from_hour": 18, "to_hour": 24, "rate": 6},
]


def wave(a: float, b: float, period: float = 24, later: float = 0) -> Rate:
    return lambda t: a + b * math.sin(2 * math.pi * (t - later) / period)


def hourly(t: float) -> float:
    return float(next(s["rate"] for s in PROFILE if s["from_hour"] <= t % 24 < s["to_hour"]))


def integral(rate: Rate, low: float, high: float) -> float:
    cuts = sorted({low, high, *(h + 24 * d for d in range(8) for h in (0, 5, 8.5, 18) if low < h + 24 * d < high)})
    return sum(quad(rate, a, b, epsabs=1e-11, epsrel=1e-11)[0] for a, b in pairwise(cuts))


def present(rate: Rate, longer: Callable[[float], float], t: float, kinks: Sequence[float] = ()) -> float:
    """Mean number of Mt/G/inf at t, begun empty: the integral of rate(t - s) P(S > s)."""
    cuts = sorted(
        {
            0.0,
            t,
            *(k for k in kinks if 0 < k < t),
            *(t - h - 24 * d for d in range(8) for h in (0, 5, 8.5, 18) if 0 < t - h - 24 * d < t),
        }
    )
    return sum(
        quad(lambda s: rate(t - s - 1e-13) * longer(s), a, b, epsabs=1e-11, epsrel=1e-11, limit=200)[0]
        for a, b in pairwise(cuts)
    )
