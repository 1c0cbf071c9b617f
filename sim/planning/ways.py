"""The ways trucks take where shares decide: drawn whole before the run, truck by truck."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.planning import draws
from sim.planning.names import Seen, after, label, occurrence, stations_of
from sim.planning.plan import IntArray
from sim.planning.sorting import distinct
from sim.scenario import schema

Tape = dict[str, int]  # what was drawn at each decision of a way
Stream = Callable[[str], int]  # key of the named stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Which of the distinct ways each truck takes."""

    way: IntArray  # index into tapes, shape (n_trucks,)
    tapes: tuple[Tape, ...]


def ways(
    file: schema.ScenarioFile, route: str, ids: IntArray, stream: Stream, among: Callable[[Sequence[str]], bool]
) -> Ways:
    """Draw the way of each truck of a route; `among` says whether they are of one of the cargoes or classes named."""
    walk = _Walk(file, ids, stream, among)
    walk.along(file.routes[route], np.arange(len(ids)), {}, "", frozenset())
    codes, way = distinct(walk.code)
    return Ways(way=way, tapes=tuple(walk.tape(int(code)) for code in codes))


def key(prefix: str, name: str) -> str:
    """Where a tape keeps a decision; ways behind a diversion are kept apart."""
    return prefix + name


class _Walk:
    """One walk along a route with all its trucks; at each decision every truck's tape grows by one entry."""

    def __init__(
        self, file: schema.ScenarioFile, ids: IntArray, stream: Stream, among: Callable[[Sequence[str]], bool]
    ) -> None:
        self.file, self.ids, self.stream, self.among = file, ids, stream, among
        self.code = np.zeros(len(ids), np.int64)  # index into nodes of each truck's last decision
        self.nodes: list[tuple[int, str, int]] = [(-1, "", 0)]  # (the decision before, where, what)

    def tape(self, code: int) -> Tape:
        found: Tape = {}
        while code > 0:
            code, where, what = self.nodes[code]
            found[where] = what
        return found

    def draw(self, name: str, shares: Sequence[float], who: IntArray) -> IntArray:
        return draws.choices(shares, stream=self.stream(name), ids=self.ids[who])

    def record(self, where: str, what: IntArray, who: IntArray) -> None:
        if not len(who):
            return
        width = int(what.max()) + 1
        seen, index = distinct(self.code[who] * width + what)
        self.code[who] = len(self.nodes) + index
        self.nodes += [(int(node) // width, where, int(node) % width) for node in seen]

    def along(self, steps: Sequence[Any], who: IntArray, seen: Seen, prefix: str, diverted: frozenset[str]) -> None:
        for k, step in enumerate(steps):
            if not len(who):
                return
            self.decide(step, who, seen, prefix, diverted)
            seen = after(step, steps[k + 1 :], seen)

    def decide(  # noqa: C901  one case for each kind of step
        self, step: Any, who: IntArray, seen: Seen, prefix: str, diverted: frozenset[str]
    ) -> None:
        name = occurrence(label(step), seen)
        match step:
            case schema.At() if self.among(step.only):
                self.some(name, step.share, who, prefix)
                self.divert(step.at, who, seen, prefix, diverted)
            case schema.In():
                self.divert(step.in_, who, seen, prefix, diverted)
                self.along(step.do, who, seen, prefix, diverted)
            case schema.Some():
                self.along(step.do, who[self.some(name, step.share, who, prefix)], seen, prefix, diverted)
            case schema.Only() if self.among(step.only):
                self.along(step.do, who, seen, prefix, diverted)
            case schema.OneOf():
                what = self.draw(f"way {name}", [branch.share or 0.0 for branch in step.one_of], who)
                self.record(key(prefix, f"way {name}"), what, who)
                for k, branch in enumerate(step.one_of):
                    self.along(branch.do, who[what == k], seen, prefix, diverted)
            case schema.Fewest():
                self.some(name, step.complies, who, prefix, "complies")
                for branch in step.fewest:
                    self.along(branch.do, who, seen, prefix, diverted)
            case schema.Threshold():
                self.some(name, step.complies, who, prefix, "complies")
                self.along(step.do, who, seen, prefix, diverted)
                self.along(step.otherwise, who, seen, prefix, diverted)
            case schema.Repeat():
                self.rounds(step, name, who, seen, prefix, diverted)
            case schema.Wander():
                self.wander(step, name, who, prefix)

    def some(self, name: str, share: float, who: IntArray, prefix: str, word: str = "share") -> npt.NDArray[np.bool_]:
        if share >= 1:
            return np.ones(len(who), np.bool_)
        does = draws.happens(share, stream=self.stream(f"{word} {name}"), ids=self.ids[who])
        self.record(key(prefix, f"{word} {name}"), does.astype(np.int64), who)
        return does

    def divert(self, station: str, who: IntArray, seen: Seen, prefix: str, diverted: frozenset[str]) -> None:
        """A truck may be sent on another route from here; what it would draw there is drawn as well."""
        target = self.file.stations[station].divert_to
        if target is not None and station not in diverted:
            self.along(self.file.routes[target], who, seen, f"{prefix}past {station}: ", diverted | {station})

    def rounds(
        self, step: schema.Repeat, name: str, who: IntArray, seen: Seen, prefix: str, diverted: frozenset[str]
    ) -> None:
        what = draws.rounds(step.repeat, step.at_most, stream=self.stream(f"rounds {name}"), ids=self.ids[who])
        self.record(key(prefix, f"rounds {name}"), what, who)
        for turn in range(1, int(what.max(initial=0)) + 1):
            self.along(step.do, who[what >= turn], seen, prefix, diverted)
            for k, inner in enumerate(step.do):
                seen = after(inner, step.do[k + 1 :], seen)

    def wander(self, step: schema.Wander, name: str, who: IntArray, prefix: str) -> None:
        """Tape entry k: the station after the k-th visit, as an index into stations_of; their number = leaves."""
        stations = stations_of(step)
        shares = [[step.routing.get(a, {}).get(b, 0.0) for b in stations] for a in stations]
        rows = [[*row, max(0.0, 1 - sum(row))] for row in shares]
        at = np.full(len(who), stations.index(step.start), np.int64)
        for visit in range(1, step.at_most + 1):
            goes_to = np.empty(len(who), np.int64)
            for k in np.unique(at).tolist():
                here = at == k
                goes_to[here] = self.draw(f"next {name} {visit}", rows[k], who[here])
            if visit == step.at_most:
                goes_to[:] = len(stations)
            self.record(key(prefix, f"next {name} {visit}"), goes_to, who)
            stays = goes_to < len(stations)
            who, at = who[stays], goes_to[stays]
            if not len(who):
                return
