"""Compiled passes over the draws of many trucks. Each does what a few lines of NumPy beside its caller do for few.

Both give the same bits: sums, products and comparisons are the same in the same order, and whatever a library
computes by its own means (logarithms, quantiles of a normal law) is left to it. Nothing here allocates.
"""

import numpy as np
import numpy.typing as npt

from sim.planning.compiled_cache import compiled
from sim.planning.compiled_jit import inlined
from sim.planning.plan import IntArray
from sim.planning.sorting import Whole

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
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
    """A uniform draw for each id, as keyed.uniforms has it."""
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
def number_points(strip_id: IntArray, count: IntArray, bits: int, ids: IntArray) -> None:
    """The ids of the points of some strips, strip after strip."""
    n = 0
    for s in range(len(strip_id)):
        for ordinal in range(count[s]):
            ids[n] = strip_id[s] | ordinal << bits
            n += 1


@compiled
def under_rate(
    strip: IntArray,
    day: IntArray,
    count: IntArray,
    drawn: FloatArray,
    height: FloatArray,
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
    """Keep the points that lie in the period and under the rate, and say when they are. How many there are."""
    k = n = 0
    for s in range(len(strip)):
        d, low = day[s], strip[s]
        for _ in range(count[s]):
            elapsed = np.int64(drawn[k] * length[d])
            at = begins[d] + elapsed
            clock = elapsed + (ahead[d] if elapsed >= turn[d] else 0)
            piece = 0  # counted without a branch: nobody can foresee which it is
            for edge in range(1, len(left)):
                piece += int(pieces[edge] <= clock)
            part = 0
            for edge in range(1, len(edges)):
                part += int(edges[edge] <= at)
            rate = left[piece] + slope[piece] * (clock - pieces[piece])
            level = rate * (weekday[d] * season[part]) * per_strip[d]
            under = (low + 1 <= level) | (low + height[k] < level)
            kept = (low < level) & under & (at >= 0) & (at < end)
            ids[n], arrived[n] = ids[k], at
            n += int(kept)
            k += 1
    return n


@compiled
def put(column: IntArray, where: IntArray, shift: IntArray, upto: IntArray, real: FloatArray, longest: float) -> None:
    """Durations rounded as draws.whole does it, each to its place in a column."""
    first = 0
    for part in range(len(upto)):
        for k in range(first, upto[part]):
            column[where[k] + shift[part]] = np.int64(np.floor(min(max(real[k], 0.0), longest) + 0.5))
        first = upto[part]


@compiled
def add_up(widths: IntArray, codes: Codes, upto: IntArray) -> None:
    """Of things of some codes, each as wide as its code says, where each begins, and where the last ends."""
    at = 0
    for k in range(len(codes)):
        upto[k] = at
        at += widths[codes[k]]
    upto[len(codes)] = at


def _by_digits(words: Whole, room: Whole, counts: IntArray, low: int) -> bool:
    """Sort whole numbers >= 0 by their bits from `low` on, equal ones in place; whether they stand in `room` then.

    Radix sort, a byte at a time from the lowest (Knuth, The Art of Computer Programming 3, 5.2.5). `counts` is zero,
    of shape (bytes, 256).
    """
    for k in range(len(words)):
        word = words[k] >> low
        for digit in range(len(counts)):
            counts[digit, word >> 8 * digit & 255] += 1
    moved = False
    for digit in range(len(counts)):
        before = 0
        for value in range(256):
            before, counts[digit, value] = before + counts[digit, value], before
        given, taken = (room, words) if moved else (words, room)
        for k in range(len(words)):
            value = given[k] >> low + 8 * digit & 255
            taken[counts[digit, value]] = given[k]
            counts[digit, value] += 1
        moved = not moved
    return moved


sort_words, sort_halves = compiled(_by_digits), compiled(_by_digits)  # int64; and uint32


@compiled
def sort_by_code(codes: IntArray, upto: IntArray, order: IntArray) -> None:
    """Indices by code, equal ones in place. `upto` has how many come before each code, and is used up."""
    for k in range(len(codes)):
        order[upto[codes[k]]] = k
        upto[codes[k]] += 1
