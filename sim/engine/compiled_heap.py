"""Pending events as a binary heap of (time, key), in two arrays; key = serial << BITS | what it is of.

The key orders events of one instant by their serial, and no two are equal. The heap ends in a sentinel that is
later than everything: an empty heap has LAST on top.
"""

import numpy as np
import numpy.typing as npt

from sim.planning.compiled_jit import inlined

LAST = int(np.iinfo(np.int64).max)
BITS = 25  # of the key for the truck, or the number of trucks + the service
MASK = (1 << BITS) - 1

Int64s = npt.NDArray[np.int64]


@inlined
def push(times: Int64s, keys: Int64s, size: int, time: int, key: int) -> int:
    """The size of the heap with one more event."""
    k = size
    while k > 0:
        parent = (k - 1) >> 1
        if (times[parent] < time) | ((times[parent] == time) & (keys[parent] < key)):
            break
        times[k], keys[k] = times[parent], keys[parent]
        k = parent
    times[k], keys[k] = time, key
    return size + 1


@inlined
def pop(times: Int64s, keys: Int64s, size: int) -> int:
    """The size of the heap without its first event.

    The hole goes down to a leaf along the earlier children, without a look at the event that will fill it:
    that one comes from the bottom and nearly always belongs there.
    """
    size -= 1
    time, key = times[size], keys[size]
    times[size], keys[size] = LAST, LAST
    if size == 0:
        return size
    k, child = 0, 1
    while child < size:
        a, b = times[child], times[child + 1]
        child += int((b < a) | ((b == a) & (keys[child + 1] < keys[child])))
        times[k], keys[k] = times[child], keys[child]
        k = child
        child = 2 * k + 1
    push(times, keys, k, time, key)
    return size
