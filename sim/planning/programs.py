"""From a realised way to a route program: which steps a truck takes, what it holds, what it gives up when.

A truck always stands somewhere. It keeps what it stands on (the place it leaves, the server it blocks) until
what comes next is granted. The builder follows a way once, carrying what the truck holds, and writes a row for
each thing that happens. Ends that are still loose are tied to the next row that is written, so that ways that
part (a reserved lane or another) and come together again share their rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sim.planning.catalogue import Catalogue, Line, Part, places_of, visited
from sim.planning.names import Seen, after, label, occurrence, stations_of, travel_label
from sim.planning.plan import UNLIMITED, Kind, Rule, Visit
from sim.planning.ways import Tape, key
from sim.scenario import schema
from sim.scenario.laws import Constant, Law
from sim.trace import Outcome

Stood = tuple[int, int]  # a resource (-1 = nothing that is counted) and the visit that is left with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a truck holds at a point of its way."""

    standing: tuple[Stood, ...] = ()  # given up as soon as what comes next is granted
    blocks: tuple[tuple[str, Stood], ...] = ()  # places held over steps, outermost first
    promised: tuple[tuple[str, int], ...] = ()  # places granted ahead, not yet entered
    road: str = ""  # the one-file road it stands on

    def resources(self) -> tuple[int, ...]:
        held = [r for r, _ in self.standing] + [r for _, (r, _) in self.blocks] + [r for _, r in self.promised]
        return tuple(r for r in held if r >= 0)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Todo:
    """What is still to be done: one step or the end of a block, and then the rest."""

    step: Any  # a schema step, or the key of the station whose block ends
    following: Sequence[Any]
    seen: Seen
    prefix: str
    diverted: frozenset[str]
    rest: "Todo | None"


@dataclass(slots=True, kw_only=True)
class Loose:
    """An end to be tied to the next row: the table cell that will point at it, and the stamps it gives."""

    row: dict[str, Any]
    cell: str
    marks: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSlot:
    """What fills a slot of work: a law of durations, or a draw that breaks ties or says who complies."""

    name: str
    law: Law | None
    station: str = ""
    from_arrival: bool = False  # an instant: the truck's arrival + the draw; without a law, far beyond any run


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A program with its rows still as mappings; step and slot numbers are its own."""

    rows: tuple[dict[str, Any], ...]
    first: int
    slots: tuple[WorkSlot, ...]
    n_stamps: int
    visits: tuple[Visit, ...]
    crossing: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """What of a truck decides how it is treated."""

    flow: str
    cargo: str
    cargo_class: str
    direction: str

    def level(self, discipline: Any) -> int:
        """Its level under a discipline: the place of its class among those that it names, else behind them."""
        order = named_classes(discipline)
        return next((k for k, name in enumerate(order) if name in (self.cargo, self.cargo_class)), len(order))

    def among(self, names: Sequence[str]) -> bool:
        """Whether its cargo or class is named, or nobody is."""
        return not names or self.cargo in names or self.cargo_class in names

    def law(self, station: schema.Station, own: Law | None) -> Law | None:
        """The law of its service: the step's, or the station's for its flow, cargo, class or direction, or for all."""
        names = (self.flow, self.cargo, self.cargo_class, self.direction)
        return own or next((station.service_for[n] for n in names if n in station.service_for), station.service)


def named_classes(discipline: Any) -> tuple[str, ...]:
    """The classes that a discipline tells apart, in order."""
    match discipline:
        case str():
            return ()
        case schema.Ageing():
            return tuple(discipline.ageing)
        case schema.Cycle():
            return tuple(dict.fromkeys(discipline.cycle))
        case _:
            return tuple(discipline)


def ranks_entry(station: schema.Station) -> bool:
    """Whether the discipline counts among trucks that want in; where none can wait inside it can count nowhere else."""
    return station.entry == "by-class" or station.waiting_places == 0


def draft(file: schema.ScenarioFile, parts: Catalogue, route: str, who: Who, tape: Tape) -> Draft:
    """The program of one way of a route."""
    builder = _Builder(file, parts, who, tape)
    entry: dict[str, Any] = {}
    todo = builder.chain(file.routes[route], {}, "", frozenset(), None)
    builder.follow(todo, Holding(), [Loose(row=entry, cell="next")])
    return Draft(
        rows=tuple(builder.rows),
        first=entry["next"],
        slots=tuple(builder.slots.values()),
        n_stamps=builder.n_stamps,
        visits=tuple(builder.visit(k) for k in range(len(builder.visited))),
        crossing=builder.crossing,
        reasons=tuple(builder.reasons),
    )


class _Builder:
    """Writes the rows of one program."""

    def __init__(self, file: schema.ScenarioFile, parts: Catalogue, who: Who, tape: Tape) -> None:
        self.file, self.parts, self.who, self.tape = file, parts, who, tape
        self.rows: list[dict[str, Any]] = []
        self.slots: dict[str, WorkSlot] = {}
        self.n_stamps = 0
        self.visited: list[str] = []
        self.marks: list[dict[str, list[int]]] = []
        self.crossing = -1
        self.reasons: dict[str, None] = {}
        self.written: dict[tuple[Todo | None, Holding], int] = {}
        self.pending: list[tuple[Todo | None, Holding, list[Loose]]] = []

    # ---------------------------------------------------------------------------------- following a way

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

    def follow(self, todo: Todo | None, holding: Holding, loose: list[Loose]) -> None:
        """Write rows until every way has come to an end."""
        self.pending.append((todo, holding, loose))
        while self.pending:
            todo, holding, loose = self.pending.pop()
            known = self.written.get((todo, holding))
            if known is not None:
                self.tie(loose, known)
                continue
            before = len(self.rows)
            self.do(todo, holding, loose)
            if len(self.rows) > before:
                self.written[todo, holding] = before

    def later(self, todo: Todo | None, holding: Holding, loose: list[Loose]) -> None:
        self.pending.append((todo, holding, loose))

    def do(self, todo: Todo | None, holding: Holding, loose: list[Loose]) -> None:
        if todo is None:
            self.leave(holding, loose, Outcome.CROSSED, "")
            return
        match todo.step:
            case str():
                self.end_block(todo, holding, loose)
            case schema.At():
                if self.who.among(todo.step.only) and self.does(f"share {self.name(todo)}", todo.step.share, todo):
                    self.at(todo, holding, loose)
                else:
                    self.later(todo.rest, holding, loose)
            case schema.In():
                self.into(todo, holding, loose)
            case schema.Travel():
                loose = self.step_off(holding, loose)
                holding = replace(holding, standing=(), road="")
                slot = self.slot(occurrence(travel_label(todo.following), todo.seen), todo.step.travel)
                self.later(todo.rest, holding, self.write(loose, holding, kind=Kind.TRAVEL, work=slot))
            case schema.Release():
                self.release(todo, holding, loose)
            case schema.Leave():
                self.leave(holding, loose, Outcome[todo.step.leave.upper()], todo.step.reason)
            case schema.Fewest() | schema.Threshold():
                self.choose(todo, holding, loose)
            case _:
                self.later(self.unfold(todo), holding, loose)

    def unfold(self, todo: Todo) -> Todo | None:
        """The parts of a compound step that this way goes through, then the rest."""
        step, name = todo.step, self.name(todo)
        match step:
            case schema.Some():
                return self.inner(step.do, todo) if self.does(f"share {name}", step.share, todo) else todo.rest
            case schema.Only():
                return self.inner(step.do, todo) if self.who.among(step.only) else todo.rest
            case schema.OneOf():
                return self.inner(step.one_of[self.tape[key(todo.prefix, f"way {name}")]].do, todo)
            case schema.Repeat():
                steps = list(step.do) * self.tape[key(todo.prefix, f"rounds {name}")]
                return self.inner(steps, todo)
            case schema.Wander():
                stations, steps, visit = stations_of(step), [schema.At(at=step.start)], 1
                while (goes_to := self.tape[key(todo.prefix, f"next {name} {visit}")]) < len(stations):
                    steps.append(schema.At(at=stations[goes_to]))
                    visit += 1
                return self.inner(steps, todo)
            case _:
                raise AssertionError(f"no way through {step!r}")

    def inner(self, steps: Sequence[Any], todo: Todo) -> Todo | None:
        return self.chain(steps, todo.seen, todo.prefix, todo.diverted, todo.rest)

    def name(self, todo: Todo) -> str:
        return occurrence(label(todo.step), todo.seen)

    def does(self, name: str, share: float, todo: Todo) -> bool:
        return share >= 1 or self.tape[key(todo.prefix, name)] == 1

    # -------------------------------------------------------------------------------------- the steps

    def at(self, todo: Todo, holding: Holding, loose: list[Loose]) -> None:
        step: schema.At = todo.step
        station, visit = self.file.stations[step.at], self.new_visit(step.at)
        if step.crosses:
            self.crossing = visit
        law = self.who.law(station, step.service)
        if law is None and station.servers is not None:  # every truck's duration is listed
            law = Constant(law="constant", value=0)
        work = self.slot(f"work {self.name(todo)}", law, step.at) if law is not None else -1
        ask_ahead = tuple(self.places(s) for s in step.needs)
        granted = self.promised(step.at, step.needs, holding)
        served = self.servers(step.at)
        if not served:
            loose, holding = self.enter(step.at, visit, ask_ahead, todo, holding, loose)
            self.dwell(todo, step.at, visit, work, replace(holding, promised=granted), loose)
            return
        direct, loose, holding = self.enter_to_be_served(step.at, visit, ask_ahead, work, todo, holding, loose)
        holding = replace(holding, promised=self.promised(step.at, (), holding))
        waiting = self.parts.part(step.at, Part.WAITING) if station.waiting_places else -1
        if loose:
            options = [self.option([s, *ask_ahead], [waiting] if waiting >= 0 else [], work, station) for s in served]
            in_wait = replace(holding, standing=((waiting, visit),)) if waiting >= 0 else holding
            self.ask(loose, in_wait, step.at, Line.SERVICE, self.who.level(station.discipline), options, todo)
        else:
            options = [{} for _ in served]
        for k, server in enumerate(served):
            ends = [Loose(row=options[k], cell="next")] if options[k] else []
            ends += [direct[k]] if direct else []
            busy = replace(holding, standing=((server, visit), *holding.standing), promised=granted)
            for end in ends:
                end.marks.append((visit, "started"))
            elastic = station.closing == "pause" or bool(station.slowdowns)
            ends = self.write(
                ends, busy, kind=Kind.WORK, server=server, work=work, stamp=self.stamp() if elastic else -1
            )
            self.after_work(todo, step.at, visit, server, replace(holding, promised=granted), ends)

    def dwell(self, todo: Todo, at: str, visit: int, work: int, holding: Holding, loose: list[Loose]) -> None:
        """Service by servers that never run out: time passes."""
        counted = self.parts.part(at, Part.SERVERS)
        if counted >= 0:
            loose = self.write(loose, holding, kind=Kind.MOVE, takes=[counted])
        if work >= 0:
            for end in loose:
                end.marks.append((visit, "started"))
            loose = self.write(loose, holding, kind=Kind.WORK, work=work)
        self.after_work(todo, at, visit, counted, holding, loose)

    def promised(self, at: str, needs: Sequence[str], holding: Holding) -> tuple[tuple[str, int], ...]:
        """Places granted ahead once a truck has come to a station and has got what it needs there."""
        rest = tuple(p for p in holding.promised if p[0] != at)
        return rest + tuple((s, self.places(s)) for s in needs)

    def after_work(self, todo: Todo, at: str, visit: int, server: int, holding: Holding, loose: list[Loose]) -> None:
        """The truck is done here; it keeps the server if it has nothing else to stand on, unless the file says so."""
        for end in loose:
            end.marks.append((visit, "ended"))
        standing = holding.standing
        own_place = any(v == visit for _, v in standing)
        keeps = self.file.stations[at].when_blocked
        if server >= 0:
            if keeps == "keeps-server" or (keeps is None and not own_place and not holding.blocks):
                standing = (*standing, (server, visit))
            else:
                loose = self.write(loose, replace(holding, standing=standing), kind=Kind.MOVE, gives=[server])
        if all(v != visit for _, v in standing):
            standing = (*standing, (-1, visit)) if not holding.blocks else standing
            if holding.blocks:
                for end in loose:
                    end.marks.append((visit, "left"))
        road = at if self.file.stations[at].one_file else holding.road
        self.later(todo.rest, replace(holding, standing=standing, road=road), loose)

    def into(self, todo: Todo, holding: Holding, loose: list[Loose]) -> None:
        step: schema.In = todo.step
        visit = self.new_visit(step.in_)
        ahead = tuple(self.places(s) for s in step.needs)
        granted = self.promised(step.in_, step.needs, holding)
        loose, holding = self.enter(step.in_, visit, ahead, todo, holding, loose)
        stood = next(((r, v) for r, v in holding.standing if v == visit), (-1, visit))
        holding = replace(
            holding,
            standing=(),
            blocks=(*holding.blocks, (step.in_, stood)),
            promised=granted,
        )
        end = Todo(
            step=step.in_, following=(), seen=todo.seen, prefix=todo.prefix, diverted=todo.diverted, rest=todo.rest
        )
        self.later(self.chain(step.do, todo.seen, todo.prefix, todo.diverted, end), holding, loose)

    def end_block(self, todo: Todo, holding: Holding, loose: list[Loose]) -> None:
        """The place of the block is what the truck stands on from now."""
        ended = [stood for station, stood in holding.blocks if station == todo.step]
        blocks = tuple(block for block in holding.blocks if block[0] != todo.step)
        holding = replace(holding, standing=(*holding.standing, *ended), blocks=blocks)
        if self.file.stations[todo.step].one_file and ended:
            holding = replace(holding, road=todo.step)
        self.later(todo.rest, holding, loose)

    def release(self, todo: Todo, holding: Holding, loose: list[Loose]) -> None:
        given = [stood for station, stood in holding.blocks if station in todo.step.release]
        blocks = tuple(block for block in holding.blocks if block[0] not in todo.step.release)
        holding = replace(holding, blocks=blocks)
        self.later(todo.rest, holding, self.give(given, holding, loose))

    def leave(self, holding: Holding, loose: list[Loose], outcome: Outcome, reason: str) -> None:
        for end in loose:
            end.marks += [(v, "left") for _, v in holding.standing] + [(v, "left") for _, (_, v) in holding.blocks]
        gives = list(holding.resources())
        self.reasons.setdefault(reason)
        number = list(self.reasons).index(reason)
        self.write(loose, holding, kind=Kind.LEAVE, gives=gives, outcome=int(outcome), reason=number)

    def choose(self, todo: Todo, holding: Holding, loose: list[Loose]) -> None:
        step, name = todo.step, self.name(todo)
        ways = [b.do for b in step.fewest] if isinstance(step, schema.Fewest) else [step.do, step.otherwise]
        if not self.does(f"complies {name}", step.complies, todo):
            self.later(self.inner(ways[0], todo), holding, loose)
            return
        slot = -1
        if isinstance(step, schema.Fewest):
            slot = self.slot(f"tie {name}", None)
            branches = [self.counted(visited(b.do)) | {"base": b.base, "each": b.each or 1} for b in step.fewest]
            rule = {"rule": Rule.FEWEST, "flag": -1, "threshold": 0, "branches": branches}
        elif step.until is not None:
            branches = [{"used": (), "waiting": (), "base": 0, "each": 0} for _ in ways]
            watch = (*self.counted([step.unless]).values(), step.reaches, step.until)
            rule = {"rule": Rule.FLAG, "flag": watch, "threshold": 0, "branches": branches}
        else:
            branches = [self.counted([step.unless]) | {"base": 0, "each": 1} for _ in ways]
            rule = {"rule": Rule.AT_LEAST, "flag": -1, "threshold": step.reaches, "branches": branches}
        self.write(loose, holding, kind=Kind.CHOOSE, work=slot, exit=self.stamp(), rule=rule)
        for steps, branch in zip(ways, branches, strict=True):
            self.later(self.inner(steps, todo), holding, [Loose(row=branch, cell="next")])

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

    # ------------------------------------------------------------------------------ getting somewhere

    def enter(
        self, at: str, visit: int, ahead: Sequence[int], todo: Todo, holding: Holding, loose: list[Loose]
    ) -> tuple[list[Loose], Holding]:
        """Get a place of a station; what the truck stood on is given up with the grant."""
        place = self.places(at)
        for end in loose:
            end.marks.append((visit, "joined"))
        if any(station == at for station, _ in holding.promised) or (place < 0 and not ahead):
            loose = self.step_off(holding, loose)
            granted = loose
        elif place >= 0 and places_of(self.file.stations[at]) == UNLIMITED and not ahead:
            loose = self.step_off(holding, loose)
            granted = self.write(loose, replace(holding, standing=()), kind=Kind.MOVE, takes=[place])
        else:
            needs = [r for r in (place, *ahead) if r >= 0]
            option = self.option(needs, [r for r, _ in holding.standing], -1, self.file.stations[at])
            self.ask(loose, holding, at, Line.ENTRY, self.entry_level(at), [option], todo=todo)
            granted = [Loose(row=option, cell="next", marks=[(v, "left") for _, v in holding.standing])]
        if place >= 0 or granted is not loose:
            for end in granted:
                end.marks.append((visit, "entered"))
        return granted, replace(holding, standing=((place, visit),), road="")

    def enter_to_be_served(
        self, at: str, visit: int, ahead: Sequence[int], work: int, todo: Todo, holding: Holding, loose: list[Loose]
    ) -> tuple[list[Loose], list[Loose], Holding]:
        """Get to where one waits for the servers of a station: ends that have a server already, ends that wait."""
        station = self.file.stations[at]
        if station.waiting_places is None:
            if self.places(at) >= 0:
                loose, holding = self.enter(at, visit, (), todo, holding, loose)
                return [], loose, holding
            for end in loose:
                end.marks.append((visit, "joined"))
            return [], self.step_off(holding, loose), replace(holding, standing=(), road="")
        for end in loose:
            end.marks.append((visit, "joined"))
        gives, left = [r for r, _ in holding.standing], [(v, "left") for _, v in holding.standing]
        queue = self.parts.queues[at, Line.SERVICE]
        served = self.servers(at)
        options = [self.option([s, *ahead], gives, work, station, empty_queue=queue) for s in served]
        waiting = self.parts.part(at, Part.WAITING)
        place = [self.option([waiting], gives, -1, station)] if station.waiting_places else []
        self.ask(loose, holding, at, Line.ENTRY, self.entry_level(at), options + place, todo=todo)
        ends = [Loose(row=o, cell="next", marks=[*left, (visit, "entered")]) for o in options + place]
        return ends[: len(served)], ends[len(served) :], replace(holding, standing=(), road="")

    def ask(
        self, loose: list[Loose], holding: Holding, at: str, line: Line, level: int,
        options: list[dict[str, Any]], todo: Todo | None = None,
    ) -> None:  # fmt: skip
        """Write an ASK. A truck on a one-file road asks at the end of that road, wherever it wants to go."""
        station = self.file.stations[at]
        goes_elsewhere = todo is not None and line == Line.ENTRY and self.elsewhere(at, todo)
        file = (level, tuple(tuple(o["needs"]) for o in options))
        queue = self.parts.queues.get((at, line), -1)
        if queue < 0 and options[0]["needs"]:  # nothing but the places ahead limits the way in
            queue = self.parts.queues[self.parts.owner(options[0]["needs"][0]), Line.ENTRY]
        if holding.road and line == Line.ENTRY:
            queue, file = self.parts.queues[holding.road, Line.EXIT], (0, ())
        patience = getattr(todo.step, "patience", None) if todo is not None else None
        exits = len(options) + bool(goes_elsewhere) + (patience is not None)
        row: dict[str, Any] = {"queue": queue, "file": file, "options": options}
        if station.discipline == "earliest-expiry" and (line == Line.SERVICE or ranks_entry(station)):
            cargo = self.file.cargoes.get(self.who.cargo)
            row["key"] = self.slot("expiry", cargo.shelf_life if cargo is not None else None, from_arrival=True)
        if patience is not None and todo is not None:
            row["work"] = self.slot(f"patience {line.name.lower()} {self.name(todo)}", patience)
        self.write(loose, holding, kind=Kind.ASK, stamp=self.stamp(), exit=self.stamp() if exits > 1 else -1, **row)
        asked = self.rows[-1]
        if patience is not None:
            tired = [Loose(row=asked, cell="impatient")]
            self.leave(holding, tired, Outcome.TURNED_BACK, f"out of patience at {at}")
        if not goes_elsewhere or todo is None:
            return
        turned = [Loose(row=asked, cell="otherwise")]
        if station.when_full == "turn_away":
            self.leave(holding, turned, Outcome.TURNED_BACK, f"{at} full")
        else:
            steps = self.file.routes[str(station.divert_to)]
            prefix, diverted = f"{todo.prefix}past {at}: ", todo.diverted | {at}
            self.later(self.chain(steps, todo.seen, prefix, diverted, None), holding, turned)

    def elsewhere(self, at: str, todo: Todo) -> bool:
        """Whether a truck that finds the station full goes away; one that came past it before waits."""
        return self.file.stations[at].when_full != "block" and at not in todo.diverted

    def entry_level(self, at: str) -> int:
        station = self.file.stations[at]
        return self.who.level(station.discipline) if ranks_entry(station) else 0

    def option(
        self, needs: list[int], gives: Sequence[int], work: int, station: schema.Station, empty_queue: int = -1
    ) -> dict[str, Any]:
        fits = work if station.closing == "fits" and work >= 0 else -1
        given = [r for r in gives if r >= 0]
        return {"needs": needs, "gives": given, "empty_queue": empty_queue, "fits": fits}

    def step_off(self, holding: Holding, loose: list[Loose]) -> list[Loose]:
        """The truck goes where nothing can hinder it; at the end of a one-file road it waits for its turn."""
        if holding.road:
            option = self.option([], [r for r, _ in holding.standing], -1, self.file.stations[holding.road])
            self.ask(loose, holding, holding.road, Line.ENTRY, 0, [option])
            return [Loose(row=option, cell="next", marks=[(v, "left") for _, v in holding.standing])]
        return self.give(list(holding.standing), replace(holding, standing=()), loose)

    def give(self, given: list[Stood], holding: Holding, loose: list[Loose]) -> list[Loose]:
        for end in loose:
            end.marks += [(v, "left") for _, v in given]
        gives = [r for r, _ in given if r >= 0]
        return self.write(loose, holding, kind=Kind.MOVE, gives=gives) if gives else loose

    # --------------------------------------------------------------------------------- rows and slots

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
