"""Sorting many whole numbers: several times quicker where these are small or few."""

from typing import Any

import numpy as np
import numpy.typing as npt

from sim.planning.large import compiled_draws_pay, compiled_pays
from sim.planning.plan import IntArray

Whole = npt.NDArray[Any]  # int64 or uint32
FEW = 1 << 16  # distinct numbers for which room is made, rather than sorting them


def stable_order(values: IntArray) -> IntArray:
    """Indices that sort values, equal ones in place. Value and place in one word sort many times quicker."""
    bits = values.size.bit_length()
    if values.size == 0 or (int(values.max()) - int(values.min())).bit_length() + bits > 62:
        order: IntArray = np.argsort(values, kind="stable")
        return order
    words: IntArray = in_order((values - values.min()) << bits | np.arange(values.size), low=bits)
    words &= np.int64((1 << bits) - 1)
    return words


def in_order(words: Whole, *, low: int = 0) -> Whole:
    """Whole numbers >= 0, sorted; `words` may be overwritten. Those alike from bit `low` on stand in order already."""
    if compiled_pays(words.size):
        from sim.planning.compiled import sort_halves, sort_words  # noqa: PLC0415  needs Numba; large runs load it

        sort, room = (sort_words if words.dtype == np.int64 else sort_halves), np.empty_like(words)
        n_bytes = ((int(words.max()) >> low).bit_length() + 7) // 8
        return room if sort(words, room, np.zeros((n_bytes, 256), np.int64), low) else words
    words.sort()
    return words


def by_code(codes: IntArray) -> list[IntArray]:
    """Of each whole number from 0 to the largest, at which indices it stands, in order."""
    counts = np.bincount(codes)
    upto = np.cumsum(counts)
    if compiled_draws_pay(codes.size):
        from sim.planning.compiled import sort_by_code  # noqa: PLC0415  needs Numba, which only large runs load

        order = np.empty(codes.size, np.int64)
        sort_by_code(codes, upto - counts, order)
    else:
        order = stable_order(codes)
    return np.split(order, upto[:-1])


def distinct(codes: IntArray) -> tuple[IntArray, IntArray]:
    """The values that occur among whole numbers >= 0, sorted, and which of them each is."""
    if codes.size == 0 or int(codes.max()) >= FEW:
        found, index = np.unique(codes, return_inverse=True)
        return found, index.reshape(-1)
    occurs = np.bincount(codes) > 0
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[codes]
