"""What trucks that want the same waited for, from instant to instant.

The cause of a want is that of what it needs, the cause of a blocked resource is that of the wants of its holders, and
the chain ends where somebody is at work, a calendar says closed, or nobody waits. All of these are step functions of
time, and the causes at an instant depend on their values then and on nothing else; so they are worked out once for
each combination of values that came about, separately for wants that have nothing to do with each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.measure.calendar import together
from sim.measure.counts import Count, above, changes, counted, instants
from sim.measure.lives import Lives
from sim.measure.reading import stays
from sim.measure.wants import Want, compared, mixed
from sim.planning.plan import NEVER, IntArray, Kind
from sim.planning.sorting import FEW, distinct

CAUSES = (
    "hours", "holiday", "incident", "order", "far side", "own capacity", "overtaken", "no place ahead", "called late",
)  # fmt: skip
FAR, OWN, OVERTAKEN, NO_PLACE, LATE, NONE = 4, 5, 6, 7, 8, 9
Codes = npt.NDArray[np.uint8]  # indices into CAUSES, or NONE
Name = tuple[str, int]  # of a step function: what, and of which resource, want or file


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


def courses(lives: Lives) -> dict[int, Course]:
    """The cause of each want that some truck had, over time."""
    courses: dict[int, Course] = {}
    for live in _linked(lives.wants[0], [want for want, count in enumerate(lives.crowds.wants) if len(count.time)]):
        courses |= _Chain(lives, live).courses()
    return courses


def _linked(kinds: Sequence[Want], live: list[int]) -> list[list[int]]:
    """The wants by groups that share no resource and no file, so that no chain leads from one group to another."""
    groups: list[tuple[set[Name], list[int]]] = []
    for want in live:
        kind = kinds[want]
        names = {("file", kind.file), *(("resource", r) for r in (*kind.needs, *kind.held))}
        joined = [group for group in groups if group[0] & names]
        groups = [group for group in groups if not group[0] & names]
        groups.append((names.union(*(n for n, _ in joined)), [*(w for _, members in joined for w in members), want]))
    return [sorted(members) for _, members in groups]


class _Chain:
    """Causes of linked wants and what they need, in all states they were in, improved until nothing changes."""

    def __init__(self, lives: Lives, live: list[int]) -> None:
        self.layout, self.plan, self.lives, self.live = lives.plan.network.layout, lives.plan, lives, live
        self.kinds, self.counts, self.calendar = lives.wants[0], lives.crowds.wants, lives.capacity
        self.files: dict[int, list[int]] = {}
        for want in self.live:
            self.files.setdefault(self.kinds[want].file, []).append(want)
        self.resources = sorted({r for want in self.live for r in self.kinds[want].needs})
        self.holders = {r: [w for w in self.live if r in self.kinds[w].held] for r in self.resources}
        self.steps: dict[Name, Count] = {}
        self.mixed = mixed(kinds_of_live := [self.kinds[w] for w in live])
        self.unsure, self.blockable = compared(kinds_of_live, self.layout)
        self.collect()

    def collect(self) -> None:
        """Every step function that decides about causes."""
        held = self.lives.crowds.in_use
        for r in (r for r in self.resources if self.layout.resource_is_server[r]):
            self.steps["closed", r] = self.closed(r)
            self.steps["next closed", r] = _next_closed(self.steps["closed", r])
        for r in sorted(self.unsure):
            free = above(self.calendar[r], held[r])
            self.steps["exhausted", r] = Count(time=free.time, value=1 - free.value)
        for r in sorted(self.blockable):
            self.steps["at work", r] = above(held[r], together([self.counts[w] for w in self.holders[r]]))
        places = [r for r in self.resources if not self.layout.resource_is_server[r]]
        travelling = self.travelling(places)
        for r in places:
            self.steps["on the road", r] = _some(travelling[r])
        for w in {w for r in self.resources for w in self.holders[r]}:
            self.steps["waits", w] = _some(self.counts[w])
        for file, members in self.files.items():
            if file in self.mixed:
                self.steps["head", file] = self.head(members)

    def closed(self, resource: int) -> Count:
        """The code of the calendar's reason while there is no server, else NONE."""
        rows = self.layout.closed_reason[resource] or ((self.plan.starts, ""),)
        codes = [CAUSES.index(reason) if reason else 0 for _, reason in rows]
        reasons = Count(time=np.array([t for t, _ in rows], np.int64), value=np.array(codes, np.int64))
        capacity = self.calendar[resource]
        time = instants(capacity.time, reasons.time)
        return changes(time, np.where(capacity.at(time) == 0, reasons.at(time), NONE))

    def travelling(self, places: list[int]) -> dict[int, Count]:
        """How many of the holders of each place are on the road."""
        held, kind = self.layout.held, self.plan.network.steps["kind"]
        holds = np.array([not set(places).isdisjoint(h) for h in held], np.bool_)
        travels = stays(self.lives.moments, holds & (kind == Kind.TRAVEL))
        ends = np.where(travels.end == NEVER, self.plan.ends, travels.end)
        found = {}
        for r in places:
            steps = np.array([r in h for h in held], np.bool_)
            own = np.flatnonzero(steps[travels.step]) if len(travels.step) else np.zeros(0, np.int64)
            found[r] = counted(np.zeros(len(own), np.int32), travels.begin[own], ends[own], 1)[0]
        return found

    def head(self, members: list[int]) -> Count:
        """Which want the truck at the head of a file has."""
        found = self.lives.waiting
        own = np.flatnonzero(np.isin(found.want, members))
        own = own[np.lexsort((found.end[own], found.begin[own]))]
        behind = np.maximum.accumulate(found.end[own])
        since = np.maximum(found.begin[own], np.append(NEVER, behind[:-1]))
        leads = found.end[own] > since
        time, value = since[leads], found.want[own][leads]
        return Count(time=time, value=value)

    def courses(self) -> dict[int, Course]:
        """The cause of each want over time."""
        grid = instants(np.array([self.plan.starts], np.int64), *(count.time for count in self.steps.values()))
        self.n_states, state, self.on = _states(self.steps, grid)
        self.of_want = {w: np.full(self.n_states, NO_PLACE, np.uint8) for w in self.live}
        self.of_resource = {r: np.full(self.n_states, NO_PLACE, np.uint8) for r in self.resources}
        changed = True
        while changed:
            changed = False
            for r in self.resources:
                changed |= self.renew(self.of_resource, r, self.cause_of_resource(r))
            for w in self.live:
                changed |= self.renew(self.of_want, w, self.cause_of_want(w))
        return {w: _compressed(grid, codes[state]) for w, codes in self.of_want.items()}

    def renew(self, known: dict[int, Codes], key: int, codes: Codes) -> bool:
        if np.array_equal(known[key], codes):
            return False
        known[key] = codes
        return True

    def worker(self, resource: int) -> int:
        return FAR if self.layout.far[self.layout.resource_station[resource]] else OWN

    def cause_of_resource(self, r: int) -> Codes:
        """What a truck waits for that finds the resource used up."""
        stuck = np.full(self.n_states, NONE, np.uint8)
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
        codes = np.full(self.n_states, NONE, np.uint8)
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
                return self.on["next closed", option.needs[0]].astype(np.uint8)
            if option.conditional:
                return self.worker(option.needs[0])
        return LATE


def _next_closed(closed: Count) -> Count:
    """At each instant the reason of the present or the next closure."""
    coming = np.append(closed.value[1:], 0)
    return changes(closed.time, np.where(closed.value != NONE, closed.value, np.where(coming != NONE, coming, 0)))


def _some(count: Count) -> Count:
    """1 while there is any."""
    return changes(count.time, (count.value > 0).astype(np.int64))


def _states(steps: Mapping[Name, Count], grid: IntArray) -> tuple[int, IntArray, dict[Name, IntArray]]:
    """The states in which all these were at instants of a grid: how many, which when, what each was in each."""
    code, size = np.zeros(len(grid), np.int64), 1
    columns = {name: _raster(count, grid) for name, count in steps.items()}
    for column in columns.values():
        width = int(column.max()) + 1
        if size * width > FEW:
            found, code = distinct(code)
            size = len(found)
        code, size = code * width + column, size * width
    found, state = distinct(code)
    some = np.empty(len(found), np.int64)
    some[state] = np.arange(len(state))  # an instant of each state, no matter which
    return len(found), state, {name: column[some] for name, column in columns.items()}


def _raster(count: Count, grid: IntArray) -> npt.NDArray[np.int64]:
    """The values of a step function on a grid that has all of its times; 0 before the first."""
    place = np.searchsorted(grid, count.time)
    lengths = np.diff(np.concatenate([[0], place, [len(grid)]]))
    kind = np.uint8 if int(count.value.max(initial=0)) < 256 else np.int64
    return np.repeat(np.concatenate([[0], count.value]).astype(kind), lengths)


def _compressed(grid: IntArray, codes: Codes) -> Course:
    new = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
    return Course(time=grid[new], code=codes[new])
