"""The rows of one program while they are written: slots of work and stamps, visits, loose ends."""

from collections.abc import Sequence
from typing import Any

from sim.planning.catalogue import Catalogue, Line, Part
from sim.planning.drafts import Holding, Loose, Stood, Todo, Who, WorkSlot
from sim.planning.names import Seen, after, label, occurrence
from sim.planning.plan import Kind, Visit
from sim.planning.ways import Tape, key
from sim.scenario import schema
from sim.scenario.laws import Law
from sim.trace import Outcome


class Rows:
    """A program under construction."""

    def __init__(self, file: schema.ScenarioFile, parts: Catalogue, who: Who, tape: Tape) -> None:
        self.file, self.parts, self.who, self.tape = file, parts, who, tape
        self.rows: list[dict[str, Any]] = []
        self.slots: dict[str, WorkSlot] = {}
        self.n_stamps = 0
        self.visited: list[str] = []
        self.marks: list[dict[str, list[int]]] = []
        self.crossings: list[int] = []
        self.reasons: dict[str, None] = {}
        self.written: dict[tuple[Todo | None, Holding], int] = {}
        self.pending: list[tuple[Todo | None, Holding, list[Loose]]] = []

    def chain(
        self, steps: Sequence[Any], seen: Seen, prefix: str, diverted: frozenset[str], rest: Todo | None
    ) -> Todo | None:
        """The steps as things to do, then the rest."""
        befores = []
        for k, step in enumerate(steps):
            befores.append(seen)
            seen = after(step, steps[k + 1 :], seen)
        for k in range(len(steps) - 1, -1, -1):
            rest = Todo(
                step=steps[k], following=steps[k + 1 :], seen=befores[k], prefix=prefix, diverted=diverted, rest=rest
            )
        return rest

    def later(self, todo: Todo | None, holding: Holding, loose: list[Loose]) -> None:
        self.pending.append((todo, holding, loose))

    def name(self, todo: Todo) -> str:
        return occurrence(label(todo.step), todo.seen)

    def does(self, name: str, share: float, todo: Todo) -> bool:
        return share >= 1 or self.tape[key(todo.prefix, name)] == 1

    def servers(self, at: str) -> list[int]:
        """The server resources a truck may be granted here, in the order in which it would take them."""
        station = self.file.stations[at]
        if station.servers in (None, "unlimited"):
            return []
        general, kept = self.parts.part(at, Part.SERVERS), self.parts.part(at, Part.RESERVED)
        if station.reserved is None:
            return [general]
        if self.who.cargo in station.reserved.classes or self.who.cargo_class in station.reserved.classes:
            return [kept, general]
        return [general, kept] if station.reserved.others_when_empty else [general]

    def places(self, at: str) -> int:
        return self.parts.part(at, Part.PLACES)

    def slot(self, name: str, law: Law | None, station: str = "", from_arrival: bool = False) -> int:
        """The slot of work of that name."""
        self.slots.setdefault(name, WorkSlot(name=name, law=law, station=station, from_arrival=from_arrival))
        return list(self.slots).index(name)

    def stamp(self) -> int:
        self.n_stamps += 1
        return self.n_stamps - 1

    def new_visit(self, station: str) -> int:
        self.visited.append(station)
        self.marks.append({name: [] for name in ("joined", "entered", "started", "ended", "left")})
        return len(self.visited) - 1

    def visit(self, number: int) -> Visit:
        station = self.parts.stations.index(self.visited[number])
        stamps = {name: tuple(dict.fromkeys(steps)) for name, steps in self.marks[number].items()}
        return Visit(station=station, **stamps)

    def write(self, loose: list[Loose], holding: Holding, **cells: Any) -> list[Loose]:
        """Write a row, tie the loose ends to it, and return its own."""
        row = {"held": holding.resources(), **cells}
        self.tie(loose, len(self.rows))
        self.rows.append(row)
        return [Loose(row=row, cell="next")]

    def tie(self, loose: list[Loose], to: int) -> None:
        for end in loose:
            end.row[end.cell] = to
            for visit, stamp in end.marks:
                self.marks[visit][stamp].append(to)

    def give(self, given: list[Stood], holding: Holding, loose: list[Loose]) -> list[Loose]:
        for end in loose:
            end.marks += [(v, "left") for _, v in given]
        gives = [r for r, _ in given if r >= 0]
        return self.write(loose, holding, kind=Kind.MOVE, gives=gives) if gives else loose

    def leave(self, holding: Holding, loose: list[Loose], outcome: Outcome, reason: str) -> None:
        for end in loose:
            end.marks += [(v, "left") for _, v in holding.stood] + [(v, "left") for _, (_, v) in holding.blocks]
        gives = list(holding.resources())
        self.reasons.setdefault(reason)
        number = list(self.reasons).index(reason)
        self.write(loose, holding, kind=Kind.LEAVE, gives=gives, outcome=int(outcome), reason=number)

    def counted(self, stations: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """A branch with the units and queues whose trucks count for it."""
        used: list[int] = []
        waiting: list[int] = []
        for station in stations:
            parts = [p for p in Part if self.parts.part(station, p) >= 0]
            inside = Part.PLACES in parts  # places hold those that wait and those that are served
            used += [self.parts.part(station, p) for p in parts if p == Part.PLACES or not inside]
            lines = [Line.ENTRY] if inside or Part.WAITING in parts else [Line.ENTRY, Line.SERVICE]
            waiting += [self.parts.queues[station, line] for line in lines if (station, line) in self.parts.queues]
        return {"used": tuple(used), "waiting": tuple(waiting)}
