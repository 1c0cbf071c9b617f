"""Pending events as a binary heap of words, and beside each whose it is: a truck, or the number of trucks + a service.

A word is a time and a serial, `time << bits | serial`: it orders events by time and those of one instant by their
serial, and no two are equal. The heap ends in a sentinel that is later than everything: an empty heap has LAST on top.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from sim.planning.compiled_jit import inlined

LAST = int(np.iinfo(np.int64).max)

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]


# places are unsigned: an index that may be negative has to be looked at for counting from the end, each time
_NONE, _ONE = np.uint64(0), np.uint64(1)


@inlined
def push(words: Int64s, whose: Int32s, size: int, word: int, who: int) -> int:
    """The size of the heap with one more event."""
    _climb(words, whose, np.uint64(size), word, who)
    return size + 1


@inlined
def pop(words: Int64s, whose: Int32s, size: int) -> int:
    """The size of the heap without its first event.

    The hole goes down to a leaf along the earlier children, without a look at the event that will fill it:
    that one comes from the bottom and nearly always belongs there.
    """
    last = np.uint64(size - 1)
    word, who = words[last], whose[last]
    words[last] = LAST
    if last == _NONE:
        return 0
    k, child = _NONE, _ONE
    while child < last:
        child += np.uint64(words[child + _ONE] < words[child])
        words[k], whose[k] = words[child], whose[child]
        k = child
        child = k + k + _ONE
    _climb(words, whose, k, word, who)
    return size - 1


@inlined
def _climb(words: Int64s, whose: Int32s, k: Any, word: int, who: int) -> None:
    """Put an event at the place k, or above it if it comes earlier than what is there."""
    while k > _NONE:
        parent = (k - _ONE) >> _ONE
        if words[parent] < word:
            break
        words[k], whose[k] = words[parent], whose[parent]
        k = parent
    words[k], whose[k] = word, who
