"""From a realised way to a route program: which steps a truck takes, what it holds, what it gives up when.

A truck always stands somewhere. It keeps what it stands on (the place it leaves, the server it blocks) until
what comes next is granted. The builder follows a way once, carrying what the truck holds, and writes a row for
each thing that happens. Ends that are still loose are tied to the next row that is written, so that ways that
part (a reserved lane or another) and come together again share their rows.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sim.planning.catalogue import Catalogue, Line, Part, visited
from sim.planning.drafts import Draft, Holding, Loose, Todo, Who
from sim.planning.entering import Entering
from sim.planning.names import occurrence, stations_of, travel_label
from sim.planning.plan import Kind, Rule
from sim.planning.ways import Tape, key
from sim.scenario import schema
from sim.scenario.laws import Constant
from sim.trace import Outcome


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
        crossings=tuple(builder.crossings),
        reasons=tuple(builder.reasons),
    )


class _Builder(Entering):
    """Follows a way and writes what happens on it."""

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
                holding = replace(holding, standing=(), kept=(), road="")
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

    def at(self, todo: Todo, holding: Holding, loose: list[Loose]) -> None:
        step: schema.At = todo.step
        station, visit = self.file.stations[step.at], self.new_visit(step.at)
        if step.crosses:
            self.crossings.append(visit)
        law = self.who.law(station, step.service)
        if law is None and station.servers is not None:  # every truck's duration is listed
            law = Constant(law="constant", value=0)
        work = self.slot(f"work {self.name(todo)}", law, step.at) if law is not None else -1
        ask_ahead, granted = self.ahead(step.at, step.needs, holding)
        loose, holding = self.without_asking_twice(step.at, step.needs, holding, loose)
        served = self.servers(step.at)
        if not served:
            loose, holding = self.enter(step.at, visit, ask_ahead, todo, holding, loose)
            beyond = replace(holding, promised=granted, crossed=holding.crossed or step.crosses)
            self.dwell(todo, step.at, visit, work, beyond, loose)
            return
        direct, loose, holding = self.enter_to_be_served(step.at, visit, ask_ahead, work, todo, holding, loose)
        holding = replace(holding, promised=self.ahead(step.at, (), holding)[1])
        waiting = self.parts.part(step.at, Part.WAITING) if station.waiting_places else -1
        if loose:
            gives = [waiting, *(r for r, _ in holding.kept)]
            options = [self.option([s, *ask_ahead], gives, work, station) for s in served]
            in_wait = replace(holding, standing=((waiting, visit),)) if waiting >= 0 else holding
            self.ask(loose, in_wait, step.at, Line.SERVICE, self.who.level(station.discipline), options, todo)
        else:
            options = [{} for _ in served]
        for k, server in enumerate(served):
            left = [(v, "left") for _, v in holding.kept]
            ends = [Loose(row=options[k], cell="next", marks=left)] if options[k] else []
            ends += [direct[k]] if direct else []
            after = replace(holding, kept=(), road="", promised=granted, crossed=holding.crossed or step.crosses)
            busy = replace(after, standing=((server, visit), *holding.standing))
            for end in ends:
                end.marks.append((visit, "started"))
            elastic = station.closing == "pause" or bool(station.slowdowns)
            ends = self.write(
                ends, busy, kind=Kind.WORK, server=server, work=work, stamp=self.stamp() if elastic else -1
            )
            self.after_work(todo, step.at, visit, server, after, ends)

    def dwell(self, todo: Todo, at: str, visit: int, work: int, holding: Holding, loose: list[Loose]) -> None:
        """Service by servers that never run out: time passes."""
        counted = self.parts.part(at, Part.SERVERS)
        busy = holding
        if counted >= 0:
            loose = self.write(loose, holding, kind=Kind.MOVE, takes=[counted])
            busy = replace(holding, standing=((counted, visit), *holding.standing))
        if work >= 0:
            for end in loose:
                end.marks.append((visit, "started"))
            loose = self.write(loose, busy, kind=Kind.WORK, work=work)
        self.after_work(todo, at, visit, counted, holding, loose)

    def ahead(
        self, at: str, needs: Sequence[str], holding: Holding
    ) -> tuple[tuple[int, ...], tuple[tuple[str, int], ...]]:
        """Places to be asked for together with those of a station, and all that is granted ahead once it has them."""
        rest = tuple(p for p in holding.promised if p[0] != at)
        asked = tuple((s, self.places(s)) for s in dict.fromkeys(needs) if (s, self.places(s)) not in rest)
        return tuple(place for _, place in asked), rest + asked

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
        holding = replace(holding, standing=standing)
        if self.file.stations[at].length is not None:  # whoever stands on a road stands there until it is called
            holding = replace(holding, standing=(), kept=(*holding.kept, *standing))
        road = at if self.file.stations[at].one_file else holding.road
        self.later(todo.rest, replace(holding, road=road), loose)

    def into(self, todo: Todo, holding: Holding, loose: list[Loose]) -> None:
        step: schema.In = todo.step
        visit = self.new_visit(step.in_)
        ahead, granted = self.ahead(step.in_, step.needs, holding)
        loose, holding = self.without_asking_twice(step.in_, step.needs, holding, loose)
        loose, holding = self.enter(step.in_, visit, ahead, todo, holding, loose)
        stood = next(((r, v) for r, v in holding.standing if v == visit), (-1, visit))
        holding = replace(
            holding,
            standing=(),
            kept=(),
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
        holding = replace(holding, kept=(*holding.kept, *ended), blocks=blocks)
        if self.file.stations[todo.step].one_file and ended:
            holding = replace(holding, road=todo.step)
        self.later(todo.rest, holding, loose)

    def release(self, todo: Todo, holding: Holding, loose: list[Loose]) -> None:
        given = [stood for station, stood in holding.blocks if station in todo.step.release]
        blocks = tuple(block for block in holding.blocks if block[0] not in todo.step.release)
        holding = replace(holding, blocks=blocks)
        self.later(todo.rest, holding, self.give(given, holding, loose))

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
