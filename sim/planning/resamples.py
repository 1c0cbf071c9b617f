"""Resamples of replications: how often each one is taken. Chance has one room, so that of the bootstrap is here too."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np

from sim.planning.keyed import stream, uniforms
from sim.planning.plan import IntArray

RESAMPLES = 1999  # so that the 2.5 % and 97.5 % quantiles are the 50th from either end
_AT_ONCE = 1 << 20  # numbers drawn


def resamples(n: int) -> Iterable[IntArray]:
    """How often each of n replications is in each resample of n of them, a block of resamples at a time.

    shape (n_resamples of the block, n). They depend on n alone: results over equally many replications are resampled
    alike, whatever the seed of their trucks.
    """
    return _kept(n) if n * RESAMPLES <= _AT_ONCE else _blocks(n)


@lru_cache(maxsize=2)
def _kept(n: int) -> tuple[IntArray, ...]:
    """The blocks of few replications, kept because every metric of a run asks for the same ones."""
    return tuple(_blocks(n))


def _blocks(n: int) -> Iterator[IntArray]:
    key = stream(0, 0, f"resamples of {n}")
    size = max(1, min(RESAMPLES, _AT_ONCE // n))
    for first in range(0, RESAMPLES, size):
        rows = min(size, RESAMPLES - first)
        drawn = uniforms(key, np.arange(first * n, (first + rows) * n, dtype=np.int64))
        taken = np.minimum((drawn * n).astype(np.int64), n - 1).reshape(rows, n)  # u * n may round up to n
        flat = np.arange(rows, dtype=np.int64)[:, None] * n + taken
        yield np.bincount(flat.ravel(), minlength=rows * n).reshape(rows, n)
