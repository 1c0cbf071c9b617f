"""Drafts of programs and the calendars of stations, put together as the integer tables of a Network."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.planning.calendars import levels, speeds
from sim.planning.catalogue import Catalogue, Line, Part, all_steps, places_of, visited
from sim.planning.demand import cargo_keys
from sim.planning.drafts import Draft, named_classes, ranks_entry
from sim.planning.interventions import Intervention
from sim.planning.memory import recent
from sim.planning.permits import Permit
from sim.planning.plan import (
    BRANCH,
    CHANGE,
    FILE,
    FULL_SLOPE,
    FULL_SPEED,
    NEVER,
    OPTION,
    QUEUE,
    RESOURCE,
    RULE,
    STEP,
    UNLIMITED,
    WATCH,
    Change,
    Closing,
    Discipline,
    Kind,
    Layout,
    Network,
    Program,
    Table,
    Visit,
)
from sim.scenario.scenario import Scenario
from sim.scenario.schema import Ageing, AgeRule, At, Cycle, Station
from sim.scenario.spans import gate_of

CLOSING = {None: Closing.FINISH} | {closing.name.lower(): closing for closing in Closing}
_STEP_DEFAULTS = dict.fromkeys(STEP.names or (), -1)
_COPIED = ("queue", "server", "work", "key", "from_arrival", "stamp", "exit", "outcome")
_Files = dict[tuple[int, Any], int]


class _Units:
    """One list for all the small lists of indices that the tables point into."""

    def __init__(self) -> None:
        self.all: list[int] = []
        self.known: dict[tuple[int, ...], tuple[int, int]] = {(): (0, 0)}

    def span(self, indices: Iterable[int]) -> tuple[int, int]:
        """Where the list stands, from and to."""
        entry = tuple(indices)
        if entry not in self.known:
            self.known[entry] = (len(self.all), len(self.all) + len(entry))
            self.all += entry
        return self.known[entry]


class _Tables:
    """Rows of the step, option, rule and branch tables, growing program by program."""

    def __init__(self) -> None:
        self.units = _Units()
        self.steps: list[tuple[int, ...]] = []
        self.options: list[tuple[int, ...]] = []
        self.rules: list[tuple[int, ...]] = []
        self.branches: list[tuple[int, ...]] = []
        self.held: list[tuple[int, ...]] = []
        self.reasons: dict[str, int] = {}
        self.watches: dict[tuple[Any, ...], int] = {}  # what is watched -> the flag it sets

    def add(self, draft: Draft, files: _Files) -> None:
        base = len(self.steps)
        for row in draft.rows:
            self.steps.append(self._step(row, base, files, draft.reasons))
            self.held.append(row["held"])

    def _step(self, row: dict[str, Any], base: int, files: _Files, reasons: Sequence[str]) -> tuple[int, ...]:
        cells = dict(_STEP_DEFAULTS, kind=int(row["kind"]))
        cells |= {name: row[name] for name in _COPIED if name in row}
        cells |= {name: base + row[name] for name in ("next", "otherwise", "impatient") if name in row}
        cells["take_from"], cells["take_to"] = self.units.span(row.get("takes", ()))
        cells["give_from"], cells["give_to"] = self.units.span(row.get("gives", ()))
        if row["kind"] == Kind.ASK:
            cells["file"] = files[row["queue"], row["file"]]
            cells["option_from"] = len(self.options)
            self.options += [self._option(option, base) for option in row["options"]]
            cells["option_to"] = len(self.options)
        if row["kind"] == Kind.CHOOSE:
            cells["rule"] = self._rule(row["rule"], base)
        if row["kind"] == Kind.LEAVE:
            cells["reason"] = self.reasons.setdefault(reasons[row["reason"]], len(self.reasons))
        return tuple(cells.values())

    def _option(self, option: dict[str, Any], base: int) -> tuple[int, ...]:
        needs, gives = self.units.span(option["needs"]), self.units.span(option["gives"])
        return (*needs, *gives, base + option["next"], option["empty_queue"], option["fits"])

    def _rule(self, rule: dict[str, Any], base: int) -> int:
        first = len(self.branches)
        for branch in rule["branches"]:
            used, waiting = self.units.span(branch["used"]), self.units.span(branch["waiting"])
            self.branches.append((base + branch["next"], *used, *waiting, branch["base"], branch["each"]))
        flag = rule["flag"] if rule["flag"] == -1 else self.watches.setdefault(rule["flag"], len(self.watches))
        self.rules.append((int(rule["rule"]), flag, rule["threshold"], first, len(self.branches)))
        return len(self.rules) - 1


def network(
    scenario: Scenario,
    parts: Catalogue,
    drafts: Sequence[Draft],
    gates: Sequence[tuple[int, tuple[int, ...]]],
    held: Mapping[str, Sequence[Intervention]],
    issued: Sequence[Permit],
    *,
    starts: int,
    ends: int,
) -> Network:
    """The Network of the drafts of a replication.

    `gates` has the gate of each and those of its crossings, `held` what holds at stations.
    """
    tables = _Tables()
    files, queues, file_table = _files(scenario, parts, drafts, tables.units)
    programs = []
    for draft, (way, crossed) in zip(drafts, gates, strict=True):
        base = len(tables.steps)
        tables.add(draft, files)
        programs.append(_program(draft, base, way, crossed))
    watches = _watches(tables)  # before the units are a table, as it adds to them
    watch_from, watchers = _watch(drafts, len(parts.resources) + len(issued))
    resources, changes, closed = calendar_tables(scenario, parts, held, issued, starts=starts, ends=ends)
    return Network(
        steps=_table(tables.steps, STEP),
        options=_table(tables.options, OPTION),
        units=np.array(tables.units.all, np.int32),
        resources=resources,
        queues=queues,
        files=file_table,
        watch_from=watch_from,
        watchers=watchers,
        changes=changes,
        rules=_table(tables.rules, RULE),
        branches=_table(tables.branches, BRANCH),
        watches=watches,
        flags=np.zeros(len(tables.watches), np.int64),
        reasons=tuple(tables.reasons),
        layout=_layout(scenario, parts, programs, tables.held, closed, len(issued)),
    )


def _table(rows: Sequence[Any], dtype: np.dtype[Any]) -> Table:
    return np.array([tuple(row) for row in rows], dtype)


def _program(draft: Draft, base: int, way: int, crossed: tuple[int, ...]) -> Program:
    def moved(steps: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(step + base for step in steps)

    visits = tuple(
        Visit(
            station=v.station,
            joined=moved(v.joined),
            entered=moved(v.entered),
            started=moved(v.started),
            ended=moved(v.ended),
            left=moved(v.left),
        )
        for v in draft.visits
    )
    return Program(
        first=base + draft.first,
        last=base + len(draft.rows),
        n_work=len(draft.slots),
        n_stamps=draft.n_stamps,
        visits=visits,
        crossings=tuple(zip(draft.crossings, crossed, strict=True)),
        gate=way,
    )


def _watches(tables: _Tables) -> Table:
    rows = []
    for (used, waiting, on, off), flag in tables.watches.items():
        rows.append((flag, *tables.units.span(used), *tables.units.span(waiting), on, off))
    return _table(rows, WATCH)


def _files(scenario: Scenario, parts: Catalogue, drafts: Sequence[Draft], units: _Units) -> tuple[_Files, Table, Table]:
    """The files of each queue: one for each level and each set of needs that somebody stands there with."""
    found: dict[tuple[int, Any], None] = {}
    for draft in drafts:
        found |= {(row["queue"], row["file"]): None for row in draft.rows if row["kind"] == Kind.ASK}
    ordered = sorted(found, key=lambda entry: (entry[0], entry[1]))
    counts = np.bincount(np.array([queue for queue, _ in ordered], np.int64), minlength=len(parts.queues))
    ends = np.cumsum(counts)
    rules = [_discipline(scenario.file.stations[key], line) for key, line in parts.queues]
    queues = [
        (last - n, last, rule, *units.span(_pattern(rule, discipline)))
        for n, last, (rule, discipline) in zip(counts, ends, rules, strict=True)
    ]
    rows = [(level, *_age(rules[queue][1], level)) for queue, (level, _) in ordered]
    return {e: k for k, e in enumerate(ordered)}, _table(queues, QUEUE), _table(rows, FILE)


def _discipline(station: Station, line: Line) -> tuple[Discipline, Any]:
    """The rule of a queue, and what the file says of it."""
    if line == Line.EXIT or (line == Line.ENTRY and not ranks_entry(station)):
        return Discipline.LEVELS, "first-come"
    match station.discipline:
        case Ageing():
            return Discipline.AGEING, station.discipline
        case Cycle():
            return Discipline.CYCLE, station.discipline
        case "earliest-expiry":
            return Discipline.EXPIRY, station.discipline
        case _:
            return Discipline.LEVELS, station.discipline


def _pattern(rule: Discipline, discipline: Any) -> list[int]:
    """The levels of a cycle, in turn."""
    if rule != Discipline.CYCLE:
        return []
    names = named_classes(discipline)
    return [names.index(name) for name in discipline.cycle]


def _age(discipline: Any, level: int) -> tuple[int, int]:
    """Slope [permille] and head start [ms] of a level that ages."""
    rules = list(discipline.ageing.values()) if isinstance(discipline, Ageing) else []
    rule = rules[level] if level < len(rules) else AgeRule()
    return round(rule.slope * FULL_SLOPE), round(rule.head_start)


def _watch(drafts: Sequence[Draft], n_resources: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Which queues to look at when a unit of a resource comes free."""
    found: set[tuple[int, int]] = set()
    for draft in drafts:
        for row in draft.rows:
            if row["kind"] == Kind.ASK:
                found |= {(r, row["queue"]) for option in row["options"] for r in option["needs"]}
    ordered = sorted(found)
    counts = np.bincount([r for r, _ in ordered], minlength=n_resources)
    watch_from = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return watch_from, np.array([q for _, q in ordered], np.int32)


def calendar_tables(
    scenario: Scenario,
    parts: Catalogue,
    held: Mapping[str, Sequence[Intervention]],
    issued: Sequence[Permit],
    *,
    starts: int,
    ends: int,
) -> tuple[Table, Table, tuple[tuple[tuple[int, str], ...], ...]]:
    """Resources as they are at the start, what changes later, and why each is ever closed."""
    resources, changes, closed = [], [], []
    for index, (key, part) in enumerate(parts.resources):
        station = scenario.file.stations[key]
        served = part in (Part.SERVERS, Part.RESERVED) and station.servers != "unlimited"
        steps = _capacities(scenario, key, part, held.get(key, ()), starts, ends) if served else []
        fixed = station.waiting_places if part == Part.WAITING else places_of(station)
        capacity, until = (steps[0][1], steps[0][3]) if steps else (fixed, NEVER)
        paces = speeds(scenario, key, starts=starts, ends=ends) if served and station.slowdowns else None
        slows = paces is not None and station.slowdowns_act_on == "new"
        elastic = served and (station.closing == "pause" or (paces is not None and not slows))
        closing = CLOSING[station.closing] if served else Closing.FINISH
        speed = int(paces.speed[0]) if paces is not None else FULL_SPEED
        resources.append((capacity, speed, until, closing, elastic, slows))
        new_team = closing == Closing.HANDOVER
        what = Change.SHIFT if new_team else Change.CAPACITY
        changes += [(t, what, index, n, until) for t, n, _, until, counts in steps[1:] if counts]
        if paces is not None:
            later = zip(paces.time[1:].tolist(), paces.speed[1:].tolist(), strict=True)
            changes += [(t, Change.SPEED, index, pace, NEVER) for t, pace in later]
        closed.append(tuple((t, reason) for t, _, reason, _, _ in steps))
    for permit in issued:
        row, later_rows, why = permit.rows(starts)
        resources.append(row)
        changes += later_rows
        closed.append(why)
    changes.sort(key=lambda row: (row[0], row[2], row[1]))
    return _table(resources, RESOURCE), _table(changes, CHANGE), tuple(closed)


_Step = tuple[int, int, str, int, bool]  # time, servers, reason, next closing, whether anything changes for the engine


def _capacities(
    scenario: Scenario, key: str, part: Part, held: Sequence[Intervention], starts: int, ends: int
) -> list[_Step]:
    """Servers of one part of a station from each time on, why, and when it closes next."""
    worked_out = partial(_worked_out, scenario, key, part, held, starts, ends)
    return recent(scenario.file, ("capacities", key, part), (starts, ends, tuple(held)), worked_out)


def _worked_out(
    scenario: Scenario, key: str, part: Part, held: Sequence[Intervention], starts: int, ends: int
) -> list[_Step]:
    found = levels(scenario, key, starts=starts, ends=ends, interventions=held)
    reserved = scenario.file.stations[key].reserved
    kept = 0 if reserved is None else reserved.servers
    servers = np.minimum(found.servers, kept) if part == Part.RESERVED else np.maximum(found.servers - kept, 0)
    planned = np.minimum(found.planned, kept) if part == Part.RESERVED else np.maximum(found.planned - kept, 0)
    numbers = [min(int(n), UNLIMITED) for n in servers]
    closings = _closings(found.time.tolist(), planned.tolist())
    closing = scenario.file.stations[key].closing
    counts = np.array([True, *(a != b for a, b in pairwise(numbers))]) | (found.shift & (closing == "handover"))
    if closing == "fits":  # what nobody foresaw may leave the number as it is, and yet another closing comes next
        counts |= np.array([True, *(a != b for a, b in pairwise(closings))])
    return list(zip(found.time.tolist(), numbers, found.reason.tolist(), closings, counts.tolist(), strict=True))


def _closings(time: list[int], numbers: list[int]) -> list[int]:
    """When next there are none, after each time. [ms]; NEVER = there always are some"""
    ahead, closing = [NEVER] * len(numbers), NEVER
    for k in range(len(numbers) - 2, -1, -1):
        if numbers[k + 1] == 0:
            closing = time[k + 1]
        ahead[k] = closing
    return ahead


def _layout(
    scenario: Scenario,
    parts: Catalogue,
    programs: Sequence[Program],
    held: Sequence[tuple[int, ...]],
    closed: tuple[tuple[tuple[int, str], ...], ...],
    n_permits: int,
) -> Layout:
    file, where = scenario.file, {key: k for k, key in enumerate(parts.stations)}
    roads = [s.spacing / s.lanes if s.length and s.spacing else 0.0 for s in file.stations.values()]
    return Layout(
        stations=parts.stations,
        far=np.array([s.side == "far" for s in file.stations.values()], np.bool_),
        road_km=np.array(roads, np.float64),
        resource_station=np.array([*(where[key] for key, _ in parts.resources), *[-1] * n_permits], np.int32),
        resource_is_server=np.array(
            [*(part in (Part.SERVERS, Part.RESERVED) for _, part in parts.resources), *[True] * n_permits], np.bool_
        ),
        queue_station=np.array([where[key] for key, _ in parts.queues], np.int32),
        closed_reason=closed,
        programs=tuple(programs),
        held=tuple(held),
        gates=gate_keys(scenario),
        flows=tuple(file.flows),
        cargoes=cargo_keys(scenario),
        classes=tuple(sorted({class_of(scenario, cargo) for cargo in cargo_keys(scenario)})),
    )


def gate_keys(scenario: Scenario) -> tuple[str, ...]:
    """The gates of a scenario: those described, then those that only flows name, then those of other crossings."""
    file = scenario.file
    named = [flow.gate for flow in file.flows.values() if flow.gate is not None]
    crossed = [gate for route in file.routes for gate in _crossed(scenario, route)]
    return tuple(dict.fromkeys([*file.gates, *named, *crossed]))


def gates_in_reach(scenario: Scenario, flow: str) -> tuple[str, ...]:
    """The gates that trucks of a flow may cross: on its routes, where they are full, and where an order sends them."""
    file, own = scenario.file, scenario.file.flows[flow].route or flow
    ahead = [own] if isinstance(own, str) else list(own)
    ahead += [order.reroute for order in file.orders.values() if order.reroute is not None]
    routes: dict[str, None] = {}
    while ahead:
        route = ahead.pop(0)
        if route not in routes:
            routes[route] = None
            ahead += [to for key in visited(file.routes[route]) if (to := file.stations[key].divert_to) is not None]
    return tuple(dict.fromkeys(gate for route in routes for gate in _crossed(scenario, route)))


def _crossed(scenario: Scenario, route: str) -> list[str]:
    steps, stations = all_steps(scenario.file.routes[route]), scenario.file.stations
    lanes = [step.at for step in steps if isinstance(step, At) and step.crosses]
    return [gate_of(lane, stations[lane]) for lane in lanes if stations[lane].gate or "/" in lane]


def class_of(scenario: Scenario, cargo: str) -> str:
    """The class a discipline sees in a cargo."""
    described = scenario.file.cargoes.get(cargo)
    return described.class_ if described is not None and described.class_ is not None else cargo
