"""How a truck gets from where it stands to where it wants to be: places, queues, being sent elsewhere."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sim.planning.catalogue import Line, Part, places_of
from sim.planning.drafts import Holding, Loose, Todo, ranks_entry
from sim.planning.giving_up import Patience, patience_of
from sim.planning.plan import UNLIMITED, Kind
from sim.planning.rows import Rows
from sim.scenario import schema
from sim.trace import Outcome


class Entering(Rows):
    """Writes the rows by which places and servers are asked for."""

    def enter(
        self, at: str, visit: int, ahead: Sequence[int], todo: Todo, holding: Holding, loose: list[Loose]
    ) -> tuple[list[Loose], Holding]:
        """Get a place of a station; what the truck stood on is given up with the grant."""
        place = self.places(at)
        for end in loose:
            end.marks.append((visit, "joined"))
        if any(r == place >= 0 for r, _ in holding.stood):
            return self.stay(at, visit, ahead, todo, holding, loose)
        if any(station == at for station, _ in holding.promised) or (place < 0 and not ahead):
            loose = self.step_off(holding, loose)
            granted = loose
        elif place >= 0 and places_of(self.file.stations[at]) == UNLIMITED and not ahead:
            loose = self.step_off(holding, loose)
            granted = self.write(loose, replace(holding, standing=(), kept=()), kind=Kind.MOVE, takes=[place])
        else:
            needs = [r for r in (place, *ahead) if r >= 0]
            option = self.option(needs, [r for r, _ in holding.stood], -1, self.file.stations[at])
            self.ask(loose, holding, at, Line.ENTRY, self.entry_level(at), [option], todo=todo)
            granted = [Loose(row=option, cell="next", marks=[(v, "left") for _, v in holding.stood])]
        if place >= 0 or granted is not loose:
            for end in granted:
                end.marks.append((visit, "entered"))
        return granted, replace(holding, standing=((place, visit),), kept=(), road="")

    def stay(
        self, at: str, visit: int, ahead: Sequence[int], todo: Todo, holding: Holding, loose: list[Loose]
    ) -> tuple[list[Loose], Holding]:
        """A truck that stands at the station already keeps its place there; all else it stood on it gives up."""
        mine = tuple((r, v) for r, v in holding.stood if r == self.places(at))
        others = [stood for stood in holding.stood if stood not in mine]
        if ahead:
            option = self.option(list(ahead), [r for r, _ in others], -1, self.file.stations[at])
            self.ask(loose, holding, at, Line.ENTRY, self.entry_level(at), [option], todo=todo)
            loose = [Loose(row=option, cell="next", marks=[(v, "left") for _, v in others])]
        elif others:
            loose = self.give(others, replace(holding, standing=mine, kept=()), loose)
        for end in loose:
            end.marks += [*((v, "left") for _, v in mine), (visit, "entered")]
        return loose, replace(holding, standing=((mine[0][0], visit),), kept=(), road="")

    def without_asking_twice(
        self, at: str, needs: Sequence[str], holding: Holding, loose: list[Loose]
    ) -> tuple[list[Loose], Holding]:
        """Give up a server here, and places needed again, so that the truck never waits for what it has itself."""
        again = {self.parts.part(at, part) for part in (Part.SERVERS, Part.RESERVED)} | {self.places(s) for s in needs}
        given = [stood for stood in holding.stood if stood[0] in again - {-1}]
        if not given:
            return loose, holding
        if holding.road in needs:
            return self.step_off(holding, loose), replace(holding, standing=(), kept=(), road="")
        standing, kept = (tuple(s for s in held if s not in given) for held in (holding.standing, holding.kept))
        holding = replace(holding, standing=standing, kept=kept)
        return self.give(given, holding, loose), holding

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
            here = replace(holding, standing=())
            return [], self.give(list(holding.standing), here, loose), here
        for end in loose:
            end.marks.append((visit, "joined"))
        gives, left = [r for r, _ in holding.stood], [(v, "left") for _, v in holding.stood]
        queue = self.parts.queues[at, Line.SERVICE]
        served = self.servers(at)
        options = [self.option([s, *ahead], gives, work, station, empty_queue=queue) for s in served]
        waiting = self.parts.part(at, Part.WAITING)
        place = [self.option([waiting], gives, -1, station)] if station.waiting_places else []
        self.ask(loose, holding, at, Line.ENTRY, self.entry_level(at), options + place, todo=todo)
        ends = [Loose(row=o, cell="next", marks=[*left, (visit, "entered")]) for o in options + place]
        return ends[: len(served)], ends[len(served) :], replace(holding, standing=(), kept=(), road="")

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
        if holding.road:
            queue, file = self.parts.queues[holding.road, Line.EXIT], (0, ())
        patience = self.patience(todo, at, line, holding) if todo is not None else None
        exits = len(options) + bool(goes_elsewhere) + (patience is not None)
        row: dict[str, Any] = {"queue": queue, "file": file, "options": options}
        if station.discipline == "earliest-expiry" and (line == Line.SERVICE or ranks_entry(station)):
            cargo = self.file.cargoes.get(self.who.cargo)
            row["key"] = self.slot("expiry", cargo.shelf_life if cargo is not None else None, from_arrival=True)
        if patience is not None:
            row |= {"work": self.slot(patience.name, patience.law), "from_arrival": int(patience.from_arrival)}
        self.write(loose, holding, kind=Kind.ASK, stamp=self.stamp(), exit=self.stamp() if exits > 1 else -1, **row)
        asked = self.rows[-1]
        if patience is not None:
            tired = [Loose(row=asked, cell="impatient")]
            self.leave(holding, tired, Outcome.TURNED_BACK, patience.reason)
        if not goes_elsewhere or todo is None:
            return
        turned = [Loose(row=asked, cell="otherwise")]
        if station.when_full == "turn_away":
            self.leave(holding, turned, Outcome.TURNED_BACK, f"{at} full")
        else:
            steps = self.file.routes[str(station.divert_to)]
            prefix, diverted = f"{todo.prefix}past {at}: ", todo.diverted | {at}
            self.later(self.chain(steps, todo.seen, prefix, diverted, None), holding, turned)

    def patience(self, todo: Todo, at: str, line: Line, holding: Holding) -> Patience | None:
        """The patience with which a truck stands for a station, if it has any end."""
        label = self.name(todo) if isinstance(todo.step, schema.At) else ""
        cargo = self.file.cargoes.get(self.who.cargo)
        return patience_of(todo, at, line.name.lower(), label, cargo, crossed=holding.crossed)

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
            option = self.option([], [r for r, _ in holding.stood], -1, self.file.stations[holding.road])
            self.ask(loose, holding, holding.road, Line.ENTRY, 0, [option])
            return [Loose(row=option, cell="next", marks=[(v, "left") for _, v in holding.stood])]
        return self.give(list(holding.stood), replace(holding, standing=(), kept=()), loose)
