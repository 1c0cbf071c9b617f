"""What is the same in every replication: worked out once for each scenario file, and kept while that lives."""

import weakref
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, TypeVar

from sim.scenario.schema import ScenarioFile

T = TypeVar("T")
_MOST = 20_000  # things kept of one file; beyond, it is begun anew
_FEW = 16  # things kept of each of which there may be another in every replication
_kept: dict[int, tuple["weakref.ref[ScenarioFile]", dict[Hashable, Any]]] = {}


def remembered(file: ScenarioFile, key: Hashable, work: Callable[[], T]) -> T:
    """What `work()` returns; for the same file object and key it is done once. Nobody may change what is returned."""
    own = _memory(file)
    found: T
    try:
        found = own[key]
    except KeyError:
        if len(own) >= _MOST:
            own.clear()
        found = own[key] = work()
    return found


def recent(file: ScenarioFile, what: Hashable, key: Hashable, work: Callable[[], T]) -> T:
    """The same for what chance may change from one replication to the next: of it only a few are kept."""
    few: dict[Hashable, T] = remembered(file, ("recent", what), dict)
    try:
        return few[key]
    except KeyError:
        if len(few) >= _FEW:
            few.clear()
        few[key] = found = work()
        return found


def _memory(file: ScenarioFile) -> dict[Hashable, Any]:
    number = id(file)
    kept = _kept.get(number)
    if kept is None or kept[0]() is not file:
        forget = partial(_kept.pop, number, None)  # bound now: at the end of the process there are no globals
        kept = _kept[number] = (weakref.ref(file, lambda _: forget()), {})
    return kept[1]
