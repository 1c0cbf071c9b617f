"""Why trucks waited: every instant of every wait has exactly one cause, found at the root of the chain.

A truck waits because what it needs is used up. A server is used up by those it works on, or by trucks that
cannot go on; a place by trucks that stand on it; those wait for something in turn. How the chain is followed is in
chain.py; here each wait is split by what its want waited for from instant to instant.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.measure.chain import CAUSES, FAR, OVERTAKEN, OWN, Course, courses
from sim.measure.lives import Lives
from sim.measure.wants import Waiting
from sim.planning.large import compiled_pays
from sim.planning.plan import NEVER, Discipline, IntArray, Network
from sim.planning.sorting import stable_order

__all__ = ["CAUSES", "Attributed", "causes"]

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributed:
    """Parts of waits, each with its cause. The parts of a wait add up to it. shape (n_parts,)"""

    wait: IntArray  # row of Lives.waits
    cause: IntArray  # index into CAUSES
    length: IntArray  # [ms]


def causes(lives: Lives) -> Attributed:
    """The causes of all waits of a run."""
    found = lives.waiting
    overtaken_from = _overtaken_from(lives, found)
    parts = [(np.zeros(0, np.int64),) * 3]
    order = stable_order(found.want)
    edges = np.searchsorted(found.want[order], np.arange(len(lives.wants[0]) + 1))
    for want, course in courses(lives).items():
        own = order[edges[want] : edges[want + 1]]
        parts += _split(course, own, found, overtaken_from)
    which, cause, length = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Attributed(wait=found.wait[which], cause=cause, length=length)


def added_up(lives: Lives, group: IntArray, n_groups: int) -> IntArray:
    """Ms waited by group of trucks (-1 = of none), station and cause. shape (n_groups, n_stations, n_causes)"""
    if compiled_pays(len(lives.moments.time)):
        from sim.measure import causes_compiled  # noqa: PLC0415  needs Numba, which only large runs load

        return causes_compiled.added_up(lives, courses(lives), _all_rivals(lives.plan.network), group, n_groups)
    found, waits = causes(lives), lives.waits
    sums = np.zeros((n_groups, len(lives.plan.network.layout.stations), len(CAUSES)), np.int64)
    own = group[waits.truck[found.wait]]
    station, counts = lives.visits.station[waits.visit[found.wait]], own >= 0
    np.add.at(sums, (own[counts], station[counts], found.cause[counts]), found.length[counts])
    return sums


Parts = list[tuple[IntArray, IntArray, IntArray]]  # which waits, the cause of each, how long each [ms]


def _split(course: Course, own: IntArray, found: Waiting, overtaken_from: IntArray) -> Parts:
    """The waits of one want split by cause."""
    begin, end, late = found.begin[own], found.end[own], np.minimum(overtaken_from[own], found.end[own])
    parts = []
    for cause in np.unique(course.code).tolist():
        passed = late < end if cause in (FAR, OWN) else np.zeros(len(own), np.bool_)
        length = course.within(cause, begin, end)
        if passed.any():
            lost = np.zeros(len(own), np.int64)
            lost[passed] = course.within(cause, late[passed], end[passed])
            parts.append((own[lost > 0], np.full(np.count_nonzero(lost), OVERTAKEN), lost[lost > 0]))
            length -= lost
        parts.append((own[length > 0], np.full(np.count_nonzero(length), cause), length[length > 0]))
    return parts


def _overtaken_from(lives: Lives, found: Waiting) -> IntArray:
    """When a truck of a rival file that joined later was first taken before each. [ms], far away = never"""
    network, waits = lives.plan.network, lives.waits
    taken_from = np.full(len(found.wait), _NEVER, np.int64)
    file, options = network.steps["file"], network.steps["option_to"] - network.steps["option_from"]
    everyone = _all_rivals(network)
    for row in network.queues:
        files = range(row["file_from"], row["file_to"])
        rivals = {own: everyone[own] for own in files if own in everyone}
        if not rivals:
            continue
        stays = np.flatnonzero(np.isin(file, list(files))[waits.step])
        stays = stays[stable_order(waits.begin[stays])]
        begin, end, step = waits.begin[stays], waits.end[stays], waits.step[stays]
        granted = (end != NEVER) & (waits.exit[stays] < options[step])
        for own, others in rivals.items():
            here = np.flatnonzero((file == own)[waits.step[found.wait]])
            start = np.where(granted & np.isin(file, others)[step], end, _NEVER)
            soonest = np.append(np.minimum.accumulate(start[::-1])[::-1], _NEVER)
            taken_from[here] = soonest[np.searchsorted(begin, found.begin[here], side="right")]
    return taken_from


def _all_rivals(network: Network) -> dict[int, list[int]]:
    """The rivals of each file that has any."""
    files = ((row, own) for row in network.queues for own in range(row["file_from"], row["file_to"]))
    return {own: others for row, own in files if (others := _rivals(network, row, own))}


def _rivals(network: Network, queue: Any, own: int) -> list[int]:
    """The files of a queue whose trucks its discipline may take before those of a file, though they came later."""
    files = network.files
    everyone = range(queue["file_from"], queue["file_to"])
    match queue["discipline"]:
        case Discipline.EXPIRY:
            return list(everyone)
        case Discipline.LEVELS:
            return [k for k in everyone if files["level"][k] < files["level"][own]]
        case _:
            return [k for k in everyone if files[k] != files[own]]
