"""Why trucks waited: every instant of every wait has exactly one cause, found at the root of the chain.

A truck waits because what it needs is used up. A server is used up by those it works on, or by trucks that
cannot go on; a place by trucks that stand on it; those wait for something in turn. So the cause of a want is that
of what it needs, the cause of a blocked resource is that of the wants of its holders, and the chain ends where
somebody is at work, a calendar says closed, or nobody waits. All of these are step functions of time; they are
worked out together on the instants at which any of them may change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.measure.calendar import capacities
from sim.measure.counts import Count
from sim.measure.lives import Lives
from sim.measure.wants import Waiting, Want, present, waiting, wants
from sim.planning.plan import NEVER, Discipline, IntArray, Network

CAUSES = (
    "hours", "holiday", "incident", "order", "far side", "own capacity", "overtaken", "no place ahead", "called late",
)  # fmt: skip
FAR, OWN, OVERTAKEN, NO_PLACE, LATE, NONE = 4, 5, 6, 7, 8, 9
_NEVER = np.iinfo(np.int64).max
Codes = npt.NDArray[np.uint8]  # indices into CAUSES, or NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributed:
    """Parts of waits, each with its cause. The parts of a wait add up to it. shape (n_parts,)"""

    wait: IntArray  # row of Lives.waits
    cause: IntArray  # index into CAUSES
    length: IntArray  # [ms]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A cause over time: code[i] from time[i] to time[i + 1], the last to the end of the run."""

    time: IntArray
    code: Codes

    def within(self, cause: int, begin: IntArray, end: IntArray) -> IntArray:
        """How long each span [begin, end) had this cause. [ms]"""
        has = self.code == cause
        until = np.cumsum(np.where(has[:-1], np.diff(self.time), 0))
        before = np.concatenate([[0], until])

        def up_to(moment: IntArray) -> IntArray:
            place = np.maximum(np.searchsorted(self.time, moment, side="right") - 1, 0)
            return before[place] + np.where(has[place], moment - self.time[place], 0)

        return up_to(end) - up_to(begin)


def causes(lives: Lives) -> Attributed:
    """The causes of all waits of a run."""
    kinds, of_step = wants(lives.plan.network)
    found = waiting(lives, of_step)
    courses = _Chain(lives, kinds, found).courses()
    overtaken_from = _overtaken_from(lives, found)
    parts: list[tuple[IntArray, int, IntArray]] = []
    order = np.argsort(found.want, kind="stable")
    edges = np.searchsorted(found.want[order], np.arange(len(kinds) + 1))
    for want, course in courses.items():
        own = order[edges[want] : edges[want + 1]]
        parts += _split(course, own, found, overtaken_from)
    nothing = np.zeros(0, np.int64)
    return Attributed(
        wait=found.wait[np.concatenate([nothing, *(who for who, _, _ in parts)])],
        cause=np.concatenate([nothing, *(np.full(len(who), cause) for who, cause, _ in parts)]),
        length=np.concatenate([nothing, *(length for _, _, length in parts)]),
    )


def _split(
    course: Course, own: IntArray, found: Waiting, overtaken_from: IntArray
) -> list[tuple[IntArray, int, IntArray]]:
    """The waits of one want split by cause: which waits, the cause, how long each. [ms]"""
    begin, end, late = found.begin[own], found.end[own], np.minimum(overtaken_from[own], found.end[own])
    parts = []
    for cause in np.unique(course.code).tolist():
        passed = late < end if cause in (FAR, OWN) else np.zeros(len(own), np.bool_)
        length = course.within(cause, begin, end)
        if passed.any():
            lost = np.zeros(len(own), np.int64)
            lost[passed] = course.within(cause, late[passed], end[passed])
            parts.append((own[lost > 0], OVERTAKEN, lost[lost > 0]))
            length -= lost
        parts.append((own[length > 0], cause, length[length > 0]))
    return parts


def _overtaken_from(lives: Lives, found: Waiting) -> IntArray:
    """When a truck of a rival file that joined later was first taken before each. [ms], far away = never"""
    network, waits = lives.plan.network, lives.waits
    taken_from = np.full(len(found.wait), _NEVER, np.int64)
    file = network.steps["file"][waits.step]
    taken = np.where((waits.end != NEVER) & _granted(lives), waits.end, _NEVER)
    for row in network.queues:
        files = range(row["file_from"], row["file_to"])
        rivals = {own: others for own in files if (others := _rivals(network, row, own))}
        if not rivals:
            continue
        stays = np.flatnonzero((file >= row["file_from"]) & (file < row["file_to"]))
        stays = stays[np.argsort(waits.begin[stays], kind="stable")]
        begin, end, of = waits.begin[stays], taken[stays], file[stays]
        for own, others in rivals.items():
            rival = np.zeros(len(network.files), np.bool_)
            rival[others] = True
            here = np.flatnonzero(file[found.wait] == own)
            start = np.where(rival[of], end, _NEVER)
            soonest = np.append(np.minimum.accumulate(start[::-1])[::-1], _NEVER)
            taken_from[here] = soonest[np.searchsorted(begin, found.begin[here], side="right")]
    return taken_from


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


def _granted(lives: Lives) -> npt.NDArray[np.bool_]:
    """Whether each wait ended with a grant, rather than with going elsewhere."""
    network, waits = lives.plan.network, lives.waits
    n_options = (network.steps["option_to"] - network.steps["option_from"])[waits.step]
    return np.asarray(waits.exit < n_options)


class _Chain:
    """Causes of wants and resources on one grid of instants, improved until nothing changes."""

    def __init__(self, lives: Lives, kinds: Sequence[Want], found: Waiting) -> None:
        self.layout, self.plan, self.lives = lives.plan.network.layout, lives.plan, lives
        self.kinds, self.found = kinds, found
        self.live = np.unique(found.want).tolist()
        self.files: dict[int, list[int]] = {}
        for want in self.live:
            self.files.setdefault(kinds[want].file, []).append(want)
        self.resources = sorted({r for want in self.live for r in kinds[want].needs})
        self.holders = {r: [w for w in self.live if r in kinds[w].held] for r in self.resources}
        self.counts = present(found.want, found.begin, found.end, len(kinds))
        self.calendar = capacities(lives.plan)
        self.steps: dict[tuple[str, int], Count] = {}
        self.collect()

    def mixed(self, want: int) -> bool:
        """Whether trucks stand in its file that need something else."""
        return len({self.kinds[w].options for w in self.files[self.kinds[want].file]}) > 1

    def collect(self) -> None:
        """Every step function that decides about causes."""
        servers = [r for r in self.resources if self.layout.resource_is_server[r]]
        blockable = [r for r in servers if self.holders[r]]
        unsure = {r for w in self.live if not self.kinds[w].plain or self.mixed(w) for r in self.kinds[w].needs}
        held = self.lives.in_use if unsure or blockable else []
        for r in servers:
            self.steps["closed", r] = self.closed(r)
        for r in sorted(unsure):
            self.steps["exhausted", r] = _where(lambda n, c: n >= c, held[r], self.calendar[r])
        for r in blockable:
            stuck = [self.counts[w] for w in self.holders[r]]
            self.steps["at work", r] = _where(lambda n, *s: n > np.sum(s, axis=0), held[r], *stuck)
        places = [r for r in self.resources if not self.layout.resource_is_server[r]]
        travelling = self.travelling(places)
        for r in places:
            self.steps["on the road", r] = _where(lambda n: n > 0, travelling[r])
        for w in {w for r in self.resources for w in self.holders[r]}:
            self.steps["waits", w] = _where(lambda n: n > 0, self.counts[w])
        for file, members in self.files.items():
            if self.mixed(members[0]):
                self.steps["head", file] = self.head(members)

    def closed(self, resource: int) -> Count:
        """The code of the calendar's reason while there is no server, else NONE."""
        rows = self.layout.closed_reason[resource] or ((self.plan.starts, ""),)
        codes = [CAUSES.index(reason) if reason else 0 for _, reason in rows]
        reasons = Count(time=np.array([t for t, _ in rows], np.int64), value=np.array(codes, np.int64))
        return _where(lambda c, why: np.where(c == 0, why, NONE), self.calendar[resource], reasons)

    def travelling(self, places: list[int]) -> dict[int, Count]:
        """How many of the holders of each place are on the road."""
        travels, held = self.lives.travels, self.layout.held
        ends = np.where(travels.end == NEVER, self.plan.ends, travels.end)
        found = {}
        for r in places:
            steps = np.array([r in h for h in held], np.bool_)
            own = np.flatnonzero(steps[travels.step]) if len(travels.step) else np.zeros(0, np.int64)
            found[r] = present(np.zeros(len(own), np.int64), travels.begin[own], ends[own], 1)[0]
        return found

    def head(self, members: list[int]) -> Count:
        """Which want the truck at the head of a file has."""
        own = np.flatnonzero(np.isin(self.found.want, members))
        own = own[np.lexsort((self.found.end[own], self.found.begin[own]))]
        behind = np.maximum.accumulate(self.found.end[own])
        since = np.maximum(self.found.begin[own], np.append(NEVER, behind[:-1]))
        leads = self.found.end[own] > since
        time, value = since[leads], self.found.want[own][leads]
        return Count(time=time, value=value)

    def courses(self) -> dict[int, Course]:
        """The cause of each want over time."""
        bounds = np.array([self.plan.starts], np.int64)
        self.grid = np.unique(np.concatenate([bounds, *(count.time for count in self.steps.values())]))
        self.on = {name: _raster(count, self.grid) for name, count in self.steps.items()}
        self.of_want = {w: np.full(len(self.grid), NO_PLACE, np.uint8) for w in self.live}
        self.of_resource = {r: np.full(len(self.grid), NO_PLACE, np.uint8) for r in self.resources}
        changed = True
        while changed:
            changed = False
            for r in self.resources:
                changed |= self.renew(self.of_resource, r, self.cause_of_resource(r))
            for w in self.live:
                changed |= self.renew(self.of_want, w, self.cause_of_want(w))
        return {w: _compressed(self.grid, codes) for w, codes in self.of_want.items()}

    def renew(self, known: dict[int, Codes], key: int, codes: Codes) -> bool:
        if np.array_equal(known[key], codes):
            return False
        known[key] = codes
        return True

    def worker(self, resource: int) -> int:
        return FAR if self.layout.far[self.layout.resource_station[resource]] else OWN

    def cause_of_resource(self, r: int) -> Codes:
        """What a truck waits for that finds the resource used up."""
        stuck = np.full(len(self.grid), NONE, np.uint8)
        for w in self.holders[r]:
            stuck = np.minimum(stuck, np.where(self.on["waits", w] > 0, self.of_want[w], NONE).astype(np.uint8))
        if self.layout.resource_is_server[r]:
            busy = self.on.get(("at work", r), np.ones(1, np.uint8)) > 0
            codes = np.where(busy | (stuck == NONE), self.worker(r), stuck)
            return np.minimum(codes, self.on["closed", r]).astype(np.uint8)
        nobody = np.where(self.on["on the road", r] > 0, LATE, NO_PLACE)
        return np.where(stuck == NONE, nobody, stuck).astype(np.uint8)

    def cause_of_want(self, w: int) -> Codes:
        """The first in precedence of what it needs and cannot have; if it could have all, what stops the head."""
        codes = np.full(len(self.grid), NONE, np.uint8)
        for r in self.kinds[w].needs:
            lacking = self.on.get(("exhausted", r))
            own = self.of_resource[r]
            codes = np.minimum(codes, own if lacking is None else np.where(lacking > 0, own, NONE).astype(np.uint8))
        head = self.on.get(("head", self.kinds[w].file))
        if head is not None:
            for other in self.files[self.kinds[w].file]:
                if other != w:
                    codes = np.where((codes == NONE) & (head == other), self.of_want[other], codes)
        return np.where(codes == NONE, self.otherwise(w), codes).astype(np.uint8)

    def otherwise(self, w: int) -> Codes | int:
        """Why a head waits that could have all it needs: it would not be done before closing, or may not yet."""
        for option in self.kinds[w].options:
            if option.fits:
                return _next_closed(self.on["closed", option.needs[0]])
            if option.conditional:
                return self.worker(option.needs[0])
        return LATE


def _next_closed(closed: IntArray) -> Codes:
    """At each instant the reason of the present or the next closure."""
    place = np.where(closed != NONE, np.arange(len(closed)), len(closed))
    coming = np.minimum.accumulate(place[::-1])[::-1]
    return np.append(closed, 0).astype(np.uint8)[coming]


def _where(test: Callable[..., npt.NDArray[Any]], *counts: Count) -> Count:
    """A function of several counts over time, without the instants at which it does not change."""
    time = counts[0].time if len(counts) == 1 else np.unique(np.concatenate([count.time for count in counts]))
    value = np.asarray(test(*(count.value if len(counts) == 1 else count.at(time) for count in counts)), np.int64)
    new = np.flatnonzero(np.append(True, value[1:] != value[:-1])) if len(value) else np.zeros(0, np.int64)
    return Count(time=time[new], value=value[new])


def _raster(count: Count, grid: IntArray) -> npt.NDArray[np.int64]:
    """The values of a step function on a grid that has all of its times; 0 before the first."""
    place = np.searchsorted(grid, count.time)
    lengths = np.diff(np.concatenate([[0], place, [len(grid)]]))
    kind = np.uint8 if int(count.value.max(initial=0)) < 256 else np.int64
    return np.repeat(np.concatenate([[0], count.value]).astype(kind), lengths)


def _compressed(grid: IntArray, codes: Codes) -> Course:
    new = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
    return Course(time=grid[new], code=codes[new])
