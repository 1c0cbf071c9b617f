"""Random durations, choices and counts of trucks, each drawn from the truck's own number in a named stream.

Every draw is an inverse transform of one uniform (mixtures: one to choose the part, one for the part), so it
rises with that uniform: with a longer mean or a larger share no truck's draw goes the other way. Durations
are whole milliseconds, rounded half up, and at most LONGEST.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import log, log1p, pi, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, gammainccinv, gammaincinv, gammaln, ndtr, ndtri

from sim.planning.keyed import FloatArray, normals, uniforms, words
from sim.planning.large import compiled_draws_pay
from sim.planning.plan import IntArray
from sim.scenario import laws

LONGEST = 2**43  # ms, 279 years, beyond any period: times the parts of full speed it stays a whole int64
_DEEPER = 1 << 32  # a part of a mixture draws with this added to its counter; visits count from 0 below it
_NODES = np.linspace(-8.3, 8.3, 4097)  # standard normals; uniforms of 53 bits lie within 8.21
_STEP = float(_NODES[1] - _NODES[0])


def durations(law: laws.Law, *, stream: int, ids: IntArray, k: int = 0) -> IntArray:
    """A duration for each truck, [ms], shape of ids, whole and >= 0. `k` counts the visits of one truck."""
    return whole(unrounded(law, stream, ids, k))


def whole(real: FloatArray) -> IntArray:
    """Durations as they count. [ms], shape of real, which is overwritten"""
    np.clip(real, 0, LONGEST, out=real)
    real += 0.5
    return np.floor(real, out=real).astype(np.int64)


def choices(shares: Sequence[float], *, stream: int, ids: IntArray, k: int = 0) -> IntArray:
    """For each truck the index of one of the shares, shape of ids. The shares sum to 1; one of 0 is never chosen."""
    upto = np.cumsum(np.asarray(shares, dtype=np.float64))
    if abs(upto[-1] - 1) > 1e-6:
        raise ValueError(f"shares sum to {upto[-1]:.12g}, not 1")
    upto = upto[: int(np.flatnonzero(shares)[-1])]
    if np.ndim(ids) == 1 and compiled_draws_pay(len(ids)):
        from sim.planning.compiled import pick  # noqa: PLC0415  needs Numba, which only large runs load

        picked = np.empty(len(ids), np.int64)
        pick(np.ascontiguousarray(ids, np.int64), words(stream, k), upto, picked)
        return picked
    return np.searchsorted(upto, uniforms(stream, ids, k), side="right").astype(np.int64)


def happens(share: float, *, stream: int, ids: IntArray, k: int = 0) -> npt.NDArray[np.bool_]:
    """Whether each truck is one of the share, shape of ids. A larger share only adds trucks."""
    return uniforms(stream, ids, k) < share


def rounds(share: float, at_most: int, *, stream: int, ids: IntArray, k: int = 0) -> IntArray:
    """How often each truck does something that is done once and repeated with a share each time; 1 to at_most."""
    if share <= 0 or at_most <= 1:
        return np.ones(np.shape(ids), dtype=np.int64)
    if share >= 1:
        return np.full(np.shape(ids), at_most, dtype=np.int64)
    # P(more than j rounds) = share ** j; the mirrored uniform, so that a larger draw means more rounds
    again = np.floor(np.log(1 - uniforms(stream, ids, k)) / log(share))
    return 1 + np.minimum(again, at_most - 1).astype(np.int64)


def gamma_factors(cv: float, *, stream: int, ids: IntArray) -> FloatArray:
    """A gamma draw of mean 1 and the given cv for each id, shape of ids [-]; 1 where the cv is 0."""
    return _gamma_of_mean_1(cv, uniforms(stream, ids)) if cv > 0 else np.ones(np.shape(ids))


def unrounded(law: laws.Law, stream: int, ids: IntArray, k: int = 0) -> FloatArray:
    """Unrounded durations, in an array of their own. [ms], shape of ids."""
    match law:
        case laws.Constant():
            return np.full(np.shape(ids), float(law.value))
        case laws.Lognormal():
            return _lognormal(law.mean, law.cv, stream, ids, k)
        case laws.FromCapacity():
            return _lognormal(laws.mean(law), law.cv, stream, ids, k)
        case laws.Hyperexponential():
            return np.asarray(law.means)[choices(law.shares, stream=stream, ids=ids, k=k)] * _exponential(
                uniforms(stream, ids, k + _DEEPER)
            )
        case laws.Mixture():
            return _mixture(law, stream, ids, k)
        case laws.Shifted():
            return law.shift + unrounded(law.rest, stream, ids, k)
        case _:
            return _quantile(law, uniforms(stream, ids, k))


def _quantile(law: laws.Law, u: FloatArray) -> FloatArray:
    """Where each u lies in a law that takes a single uniform. [ms], shape of u."""
    match law:
        case laws.Exponential():
            return law.mean * _exponential(u)
        case laws.Gamma():
            return law.mean * _gamma_of_mean_1(law.cv, u)
        case laws.Erlang():
            return _gamma(law.k, u) * (law.mean / law.k)
        case laws.Weibull():
            with np.errstate(over="ignore"):  # a shape near 0 has a tail beyond any number; LONGEST cuts it
                return law.scale * np.minimum(_exponential(u) ** (1 / law.shape), 1e300)
        case laws.Uniform():
            return law.low + (law.high - law.low) * u
        case laws.Triangular():
            return _triangular(law, u)
        case laws.Pert():
            return _pert(law, u)
        case laws.Values():
            return np.asarray(law.values, dtype=np.float64)[(u * len(law.values)).astype(np.int64)]
        case _:
            raise TypeError(f"no way to draw from {type(law).__name__}")


def _exponential(u: FloatArray) -> FloatArray:
    """Exponential draws of mean 1; 1 - u is exact, as u is a multiple of 2**-53."""
    return -np.log(1 - u)


def _lognormal(mean: float, cv: float, stream: int, ids: IntArray, k: int) -> FloatArray:
    """By arithmetic mean and cv: the logarithm has variance v = log(1 + cv^2) and mean log(mean) - v/2. [ms]"""
    spread = log1p(cv * cv)
    if spread == 0 or mean == 0:
        return np.full(np.shape(ids), float(mean))
    drawn = normals(stream, ids, k)  # and on in its place: a column of many trucks is slow to make room for
    drawn *= sqrt(spread)
    drawn -= spread / 2
    np.exp(drawn, out=drawn)
    drawn *= mean
    return drawn


def _triangular(law: laws.Triangular, u: FloatArray) -> FloatArray:
    span, left, right = law.high - law.low, law.mode - law.low, law.high - law.mode
    return np.where(u * span < left, law.low + np.sqrt(u * span * left), law.high - np.sqrt((1 - u) * span * right))


def _pert(law: laws.Pert, u: FloatArray) -> FloatArray:
    """A beta law whose mode counts four times in its mean (Malcolm and others, Operations Research 7, 1959). [ms]"""
    span = law.high - law.low
    if span == 0:
        return np.full(u.shape, float(law.low))
    drawn = betaincinv(1 + 4 * (law.mode - law.low) / span, 1 + 4 * (law.high - law.mode) / span, u)
    return law.low + span * np.asarray(drawn)


def _mixture(law: laws.Mixture, stream: int, ids: IntArray, k: int) -> FloatArray:
    """Each truck draws from its own part only, with a counter of its own depth, so parts may be mixtures too."""
    ids = np.asarray(ids)
    part = choices(law.shares, stream=stream, ids=ids, k=k)
    drawn = np.empty(ids.shape)
    for index, inner in enumerate(law.parts):
        mine = part == index
        drawn[mine] = unrounded(inner, stream, ids[mine], k + _DEEPER)
    return drawn


def _gamma_of_mean_1(cv: float, u: FloatArray) -> FloatArray:
    """Gamma draws by their cv; one below 1e-9 would move no duration by a millisecond and is taken as 0."""
    return _gamma(cv**-2, u) * cv**2 if cv > 1e-9 else np.ones(u.shape)


def _gamma(shape: float, u: FloatArray) -> FloatArray:
    """Gamma draws of the given shape and scale 1, by a cubic through 4,097 exact quantiles with exact slopes.

    Ten times quicker than inverting for each truck, and off by less than 1e-8 of the mean. What is interpolated
    is the cube root, nearly straight in the normal draw of the same u (Wilson and Hilferty, PNAS 17, 1931).
    """
    root, slope = _gamma_roots(shape)
    place = (ndtri(u) - _NODES[0]) / _STEP
    below = place.astype(np.int64)
    part = place - below
    start, rise = root[below], root[below + 1] - root[below]
    first, last = slope[below], slope[below + 1]
    cubic = start + part * (first + part * (3 * rise - 2 * first - last + part * (first + last - 2 * rise)))
    drawn: FloatArray = cubic**3
    return drawn


@lru_cache(maxsize=64)
def _gamma_roots(shape: float) -> tuple[FloatArray, FloatArray]:
    """Cube roots of the gamma quantiles at the nodes, and their rise per node interval at the slope there."""
    if shape > 1e6:  # here Wilson and Hilferty's straight line is itself exact to 1e-9
        scale, spread = np.cbrt(shape), 1 / (3 * sqrt(shape))
        return scale * (1 - spread**2 + spread * _NODES), np.full(_NODES.shape, scale * spread * _STEP)
    quantile = np.where(_NODES < 0, gammaincinv(shape, ndtr(_NODES)), gammainccinv(shape, ndtr(-_NODES)))
    seen = quantile > 1e-280  # below, the quantile of a very skewed law is nil and so is its slope
    logs = np.log(quantile, where=seen, out=np.zeros(_NODES.shape))
    # dx/dz = normal density / gamma density, and d(x^(1/3)) = dx / (3 x^(2/3))
    steep = quantile + gammaln(shape) - (shape - 1 + 2 / 3) * logs - (_NODES**2 + log(2 * pi)) / 2
    return np.cbrt(quantile), np.where(seen, np.exp(np.where(seen, steep, 0)) / 3 * _STEP, 0.0)
