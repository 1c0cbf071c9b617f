"""Chance as a pure function: a draw depends on a named stream, an id and a counter, never on the order of drawing.

A stream is a 64-bit key hashed from (seed, replication, name). A draw is that key, the id of the truck (or
date, or outage) it belongs to, and a counter k, mixed to 53 bits. So a new flow, a new station or a policy
that asks for fewer draws leaves every other draw as it was, and any part can be drawn again alone.
"""

import hashlib

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from sim.planning.large import compiled_draws_pay
from sim.planning.plan import IntArray

FloatArray = npt.NDArray[np.float64]

# Stafford's mixer 13, the output function of SplitMix64: a bit of the input flips each of the output with chance 1/2
_SHIFTS = (30, 27, 31)
_FACTORS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_ODD = 0x9E3779B97F4A7C15  # 2**64 / golden ratio, odd: successive multiples are far apart in every bit
_WORD = (1 << 64) - 1
_BLOCK = 1 << 14  # ids mixed at a time, so that two columns of 64 bits stay in the fastest cache


def stream(seed: int, replication: int, name: str) -> int:
    """The key of a named stream of one replication, 64 bits."""
    text = f"{seed}\0{replication}\0{name}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8, person=b"cuakhau").digest(), "little")


def words(stream: int, k: int = 0) -> tuple[np.uint64, np.uint64]:
    """What the two rounds of a draw mix in: the first word is of (stream, k), the second of the first."""
    first = _mixed((_mixed(k * _ODD) ^ stream) + _ODD & _WORD)
    return np.uint64(first), np.uint64(_mixed(first + _ODD & _WORD))


def uniforms(stream: int, ids: IntArray, k: int = 0) -> FloatArray:
    """One draw in (0, 1) for each id, shape of ids: an odd multiple of 2**-53, never 0 or 1.

    Two rounds, each a key and a full mixing. For one (stream, k) different ids mix to different 64 bits, of which
    the upper 52 are kept.
    """
    given = np.ascontiguousarray(ids, dtype=np.int64).reshape(-1)
    drawn = np.empty(given.size)
    if compiled_draws_pay(given.size):
        from sim.planning.compiled import draw  # noqa: PLC0415  needs Numba, which only large runs load

        draw(given, words(stream, k), drawn)
    else:
        _draw(given.view(np.uint64), words(stream, k), drawn)
    return drawn.reshape(np.shape(ids))


def _draw(given: npt.NDArray[np.uint64], words: tuple[np.uint64, np.uint64], drawn: FloatArray) -> None:
    scratch = np.empty((2, min(_BLOCK, given.size)), dtype=np.uint64)
    for at in range(0, given.size, _BLOCK):
        part = given[at : at + _BLOCK]
        bits, spare = scratch[0, : part.size], scratch[1, : part.size]
        np.bitwise_xor(part, words[0], out=bits)
        _mix(bits, spare)
        np.bitwise_xor(bits, words[1], out=bits)
        _mix(bits, spare)
        np.right_shift(bits, np.uint64(12), out=bits)
        # the centre of the cell, so that a draw and its mirror image 1 - u are equally likely and both exact
        out = drawn[at : at + _BLOCK]
        np.add(bits, 0.5, out=out)
        np.multiply(out, 2.0**-52, out=out)


def normals(stream: int, ids: IntArray, k: int = 0) -> FloatArray:
    """One standard normal draw for each id, shape of ids; it rises with the uniform of the same (stream, id, k)."""
    drawn = uniforms(stream, ids, k)
    ndtri(drawn, out=drawn)
    return drawn


def _mix(bits: npt.NDArray[np.uint64], spare: npt.NDArray[np.uint64]) -> None:
    """Mix each word in place; `spare` has the same shape and is overwritten."""
    for shift, factor in zip(_SHIFTS, (*_FACTORS, None), strict=True):
        np.right_shift(bits, np.uint64(shift), out=spare)
        np.bitwise_xor(bits, spare, out=bits)
        if factor is not None:
            np.multiply(bits, np.uint64(factor), out=bits)


def _mixed(word: int) -> int:
    """The same mixing of one word."""
    word &= _WORD
    for shift, factor in zip(_SHIFTS, (*_FACTORS, 1), strict=True):
        word = (word ^ word >> shift) * factor & _WORD
    return word
