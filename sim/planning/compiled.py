"""Compiled passes over the draws of many trucks. Each does what a few lines of NumPy beside its caller do for few.

Both give the same bits: sums, products and comparisons are the same in the same order, and whatever a library
computes by its own means (logarithms, quantiles of a normal law) is left to it. Nothing here allocates.
"""

import numpy as np
import numpy.typing as npt

from sim.planning.compiled_cache import compiled
from sim.planning.compiled_jit import inlined
from sim.planning.plan import IntArray

FloatArray = npt.NDArray[np.float64]
Words = tuple[np.uint64, np.uint64]  # of a stream and a counter: keyed.words

_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(12))
_FACTORS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@inlined
def _mixed(word: np.uint64) -> np.uint64:
    word = (word ^ (word >> _SHIFTS[0])) * _FACTORS[0]
    word = (word ^ (word >> _SHIFTS[1])) * _FACTORS[1]
    return word ^ (word >> _SHIFTS[2])


@inlined
def _uniform(words: Words, number: int) -> float:
    """The draw of keyed.uniforms."""
    word = _mixed(_mixed(np.uint64(number) ^ words[0]) ^ words[1])
    return (np.float64(np.int64(word >> _SHIFTS[3])) + 0.5) * 2.0**-52


@compiled
def draw(ids: IntArray, words: Words, drawn: FloatArray) -> None:
    """A uniform draw for each id."""
    for k in range(len(ids)):
        drawn[k] = _uniform(words, ids[k])


@compiled
def pick(ids: IntArray, words: Words, upto: FloatArray, picked: IntArray) -> None:
    """Which share the draw of each id falls into, by the sums of the shares up to each but the last."""
    for k in range(len(ids)):
        u, which = _uniform(words, ids[k]), 0
        for edge in range(len(upto)):
            which += int(upto[edge] <= u)
        picked[k] = which


@compiled
def under_rate(
    strip_id: IntArray,
    strip: IntArray,
    day: IntArray,
    count: IntArray,
    bits: int,
    times: Words,
    heights: Words,
    begins: IntArray,
    length: IntArray,
    turn: IntArray,
    ahead: IntArray,
    per_strip: FloatArray,
    weekday: FloatArray,
    pieces: FloatArray,
    left: FloatArray,
    slope: FloatArray,
    edges: IntArray,
    season: FloatArray,
    end: int,
    ids: IntArray,
    arrived: IntArray,
) -> int:
    """Ids and times of the points of some strips that lie in the period and under the rate. How many there are."""
    n = 0
    for s in range(len(strip_id)):
        d, low = day[s], strip[s]
        for ordinal in range(count[s]):
            number = strip_id[s] | ordinal << bits
            elapsed = np.int64(_uniform(times, number) * length[d])
            at = begins[d] + elapsed
            if at < 0 or at >= end:
                continue
            clock = elapsed + (ahead[d] if elapsed >= turn[d] else 0)
            piece = 0
            while piece + 1 < len(left) and pieces[piece + 1] <= clock:
                piece += 1
            rate = left[piece] + slope[piece] * (clock - pieces[piece])
            factor = weekday[d]
            if len(season) > 1:
                part = 0
                while part + 1 < len(edges) and edges[part + 1] <= at:
                    part += 1
                factor = factor * season[part]
            level = rate * factor * per_strip[d]
            if low < level and (low + 1 <= level or low + _uniform(heights, number) < level):
                ids[n], arrived[n] = number, at
                n += 1
    return n
