"""Compiled engine: a file in the order of a key. A pairing heap, so that neither joining nor leaving walks the file."""

from sim.engine.compiled_state import Files
from sim.planning.compiled_jit import called


@called
def stand(f: Files, truck: int, file: int) -> None:
    """The truck stands in the file at the place of its key."""
    f.child[truck] = f.behind[truck] = f.before[truck] = -1
    f.head[file] = _meld(f, f.head[file], truck)


@called
def step_out(f: Files, truck: int, file: int) -> None:
    """The truck leaves the file, wherever it stands in it."""
    before, behind = f.before[truck], f.behind[truck]
    rest = _meld_all(f, f.child[truck])
    if before < 0:
        f.head[file] = rest
    else:
        if f.child[before] == truck:
            f.child[before] = behind
        else:
            f.behind[before] = behind
        if behind >= 0:
            f.before[behind] = before
        f.head[file] = _meld(f, f.head[file], rest)
    f.joined[truck] = -1


@called
def _meld(f: Files, a: int, b: int) -> int:
    """The first of two heaps, with the other below it."""
    if a < 0 or b < 0:
        return max(a, b)
    if (f.key[b], f.joined[b]) < (f.key[a], f.joined[a]):
        a, b = b, a
    first = f.child[a]
    f.behind[b], f.before[b] = first, a
    if first >= 0:
        f.before[first] = b
    f.child[a] = b
    return a


@called
def _meld_all(f: Files, sibling: int) -> int:
    """One heap of a row of siblings: in pairs from the front, and the pairs from the back."""
    pairs = -1
    while sibling >= 0:
        a, b = sibling, f.behind[sibling]
        sibling = f.behind[b] if b >= 0 else -1
        f.behind[a] = f.before[a] = -1
        if b >= 0:
            f.behind[b] = f.before[b] = -1
            a = _meld(f, a, b)
        f.behind[a] = pairs
        pairs = a
    whole = -1
    while pairs >= 0:
        a, pairs = pairs, f.behind[pairs]
        f.behind[a] = -1
        whole = _meld(f, whole, a)
    return whole
