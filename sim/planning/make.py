"""Scenario + replication -> Plan."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from sim.planning import draws, keyed
from sim.planning.backlog import entered, is_there, with_backlog, with_onward_routes
from sim.planning.booking import appointments, not_coming, with_no_show_route
from sim.planning.catalogue import Catalogue, catalogue
from sim.planning.demand import Arrivals, arrivals, cargo_keys, listed_rows, route_keys
from sim.planning.drafts import Draft, Who, WorkSlot
from sim.planning.incidents import interventions
from sim.planning.interventions import Intervention
from sim.planning.keyed import FloatArray
from sim.planning.large import compiled_draws_pay
from sim.planning.memory import recent, remembered
from sim.planning.network import class_of, gate_keys, network
from sim.planning.orders import Mask, rerouted, service_factors, staged
from sim.planning.permits import Permit, permits, restricted
from sim.planning.plan import IntArray, Kind, Network, Plan, Trucks
from sim.planning.programs import draft
from sim.planning.sorting import by_code, stable_order
from sim.planning.ways import ways
from sim.scenario.scenario import Scenario
from sim.scenario.spans import gate_of

_BEYOND = 2**52  # [ms] an instant that no run reaches
_TIES = 27_720  # divisible by every number of ways up to 12, so that a draw below it is fair among them


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crew:
    """The trucks of one flow, cargo and way: they share a program."""

    who: IntArray  # which trucks
    flow: str
    draft: Draft
    told_by: tuple[Hashable, ...]  # all that its program follows from, but for permits

    @property
    def road(self) -> int:
        """The slot of the travel with which its program begins and which nobody can hinder; -1 = none."""
        first = self.draft.rows[self.draft.first]
        return int(first["work"]) if first["kind"] == Kind.TRAVEL else -1

    @property
    def first(self) -> int:
        """The first step at which anything can hinder it."""
        draft = self.draft
        return int(draft.rows[draft.first]["next"]) if self.road >= 0 else draft.first


def make_plan(scenario: Scenario, replication: int = 0, seed: int = 1) -> Plan:
    """The Plan of one replication: the same for the same scenario, replication and seed, on any machine."""
    name = partial(keyed.stream, seed, replication)
    ends = scenario.length_ms + _drain(scenario)
    scenario = staged(with_no_show_route(with_onward_routes(scenario)), name, starts=0, ends=ends)
    slots = appointments(scenario, arrivals(scenario, seed=seed, replication=replication), name)
    come = not_coming(scenario, rerouted(scenario, slots.come, name), slots.missing)
    come = with_backlog(scenario, come, name)
    parts = remembered(scenario.file, "catalogue", partial(catalogue, scenario.file))
    issued = permits(scenario, parts, name, starts=0, ends=ends)
    crews = _crews(scenario, parts, come, issued, name)
    road = _road(crews, come, name)
    crews, come, road, enters = _as_they_enter(crews, come, road, entered(scenario, come, come.arrived + road))
    program = np.zeros(len(come.id), np.int32)
    for number, crew in enumerate(crews):
        program[crew.who] = number
    work_at = _offsets(program, [len(crew.draft.slots) for crew in crews])
    work = _work(scenario, crews, come, road, work_at, name)
    for at, factors in service_factors(scenario, come, name, starts=0, ends=ends).items():
        _lengthen(work, work_at, crews, at, factors)
    starts = min(0, int(enters.min(initial=0)))
    held = interventions(scenario, name, starts=starts, ends=ends)
    net = _network(scenario, parts, crews, held, issued, starts, ends)
    return Plan(
        trucks=_trucks(scenario, crews, come, net, program, enters, work, work_at),
        network=net,
        starts=starts,
        ends=ends,
        window=(scenario.warm_up_ms, scenario.length_ms),
        replication=replication,
        booked=slots.booked,
    )


def _drain(scenario: Scenario) -> int:
    period = scenario.file.period
    return round(period.drain_at_most) if period.end_rule == "drain" else 0


def _network(
    scenario: Scenario,
    parts: Catalogue,
    crews: list[_Crew],
    held: dict[str, tuple[Intervention, ...]],
    issued: Sequence[Permit],
    starts: int,
    ends: int,
) -> Network:
    """The Network of these crews: that of an earlier replication, if chance has changed nothing that it tells of."""
    permits_told = tuple((p.resource, id(p.measure), p.beside, p.closed) for p in issued)
    told_by = (tuple(crew.told_by for crew in crews), tuple(held.items()), permits_told, starts, ends)

    def put_together() -> Network:
        drafts = [crew.draft for crew in crews]
        gates = [_gates(scenario, parts, crew) for crew in crews]
        return network(scenario, parts, drafts, gates, held, issued, starts=starts, ends=ends)

    return recent(scenario.file, "network", told_by, put_together)


def _gates(scenario: Scenario, parts: Catalogue, crew: _Crew) -> tuple[int, tuple[int, ...]]:
    """The gate that a crew intends, and the gate of each of its crossings; -1 = none."""
    gates = gate_keys(scenario)
    flow = scenario.file.flows[crew.flow].gate
    intended = gates.index(flow) if flow is not None else -1
    lanes = [parts.stations[crew.draft.visits[visit].station] for visit in crew.draft.crossings]
    named = [gate_of(lane, scenario.file.stations[lane]) for lane in lanes]
    crossed = tuple(gates.index(gate) if gate in gates else intended for gate in named)
    return (intended if intended >= 0 else crossed[0] if crossed else -1), crossed


def _crews(
    scenario: Scenario, parts: Catalogue, come: Arrivals, issued: Sequence[Permit], name: Callable[[str], int]
) -> list[_Crew]:
    """The trucks by flow, cargo, route and way, each group with its program."""
    flows, cargoes, routes = tuple(scenario.file.flows), cargo_keys(scenario), route_keys(scenario)
    group = (come.flow.astype(np.int64) * len(cargoes) + come.cargo) * len(routes) + come.route
    crews = []
    for code, who in enumerate(by_code(group) if len(group) else ()):
        if not len(who):
            continue
        flow, cargo = flows[code // len(routes) // len(cargoes)], cargoes[code // len(routes) % len(cargoes)]
        route = routes[code % len(routes)]
        truck = Who(
            flow=flow, cargo=cargo, cargo_class=class_of(scenario, cargo), direction=scenario.file.flows[flow].direction
        )
        found = ways(scenario.file, route, come.id[who], name, truck.among)
        for tape, members in zip(found.tapes, by_code(found.way), strict=True):
            drafted = partial(draft, scenario.file, parts, route, truck, tape)
            told_by = (route, truck, tuple(sorted(tape.items())))
            program = remembered(scenario.file, ("draft", *told_by), drafted)
            program = restricted(program, truck, issued)
            crews.append(_Crew(who=who[members], flow=flow, draft=program, told_by=told_by))
    return crews


def _road(crews: list[_Crew], come: Arrivals, name: Callable[[str], int]) -> IntArray:
    """How long after its arrival each truck reaches its first step. [ms]"""
    road = np.zeros(len(come.id), np.int64)
    slots = [(crew.draft.slots[crew.road], k, 0) for k, crew in enumerate(crews) if crew.road >= 0]
    _fill(road, np.arange(len(road)), crews, slots, come, name)
    return road


def _as_they_enter(
    crews: list[_Crew], come: Arrivals, road: IntArray, enters: IntArray
) -> tuple[list[_Crew], Arrivals, IntArray, IntArray]:
    """The same in the order in which trucks reach their first step, and when they do."""
    order = stable_order(enters)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    moved = [replace(crew, who=place[crew.who]) for crew in crews]
    return moved, come.taken(order), road[order], enters[order]


def _offsets(program: npt.NDArray[np.int32], widths: list[int]) -> IntArray:
    """Where the slots of each truck begin. shape (n_trucks + 1,)"""
    upto, each = np.zeros(len(program) + 1, np.int64), np.array(widths or [0], np.int64)
    if compiled_draws_pay(len(program)):
        from sim.planning.compiled import add_up  # noqa: PLC0415  needs Numba, which only large runs load

        add_up(each, program, upto)
    else:
        np.cumsum(each[program], out=upto[1:])
    return upto


def _work(
    scenario: Scenario,
    crews: list[_Crew],
    come: Arrivals,
    road: IntArray,
    work_at: IntArray,
    name: Callable[[str], int],
) -> IntArray:
    """All works of all trucks."""
    work = np.empty(int(work_at[-1]), np.int64)
    slots = []
    for number, crew in enumerate(crews):
        if crew.road >= 0:
            work[work_at[crew.who] + crew.road] = road[crew.who]
        slots += [(slot, number, k) for k, slot in enumerate(crew.draft.slots) if k != crew.road]
    _fill(work, work_at, crews, slots, come, name)
    for crew in crews:
        _overwrite_listed(scenario, crew, come, work, work_at)
    return work


def _fill(
    column: IntArray,
    at: IntArray,
    crews: list[_Crew],
    slots: list[tuple[WorkSlot, int, int]],
    come: Arrivals,
    name: Callable[[str], int],
) -> None:
    """Draw slots: of which crew, and at which place behind `at` of each truck.

    One draw of a name serves every crew that has it under the same law.
    """
    ids, begins = [come.id[crew.who] for crew in crews], [at[crew.who] for crew in crews]
    shared: dict[tuple[str, int], tuple[WorkSlot, list[int], list[int]]] = {}
    for slot, crew, place in slots:
        entry = shared.setdefault((slot.name, id(slot.law)), (slot, [], []))
        entry[1].append(crew)
        entry[2].append(place)
    for slot, whose, places in shared.values():
        its_ids, where = (np.concatenate([part[crew] for crew in whose]) for part in (ids, begins))
        upto, shift = np.cumsum([len(ids[crew]) for crew in whose]), np.array(places)
        if slot.law is None or slot.from_arrival:
            arrived = np.concatenate([come.arrived[crews[crew].who] for crew in whose])
            column[where + np.repeat(shift, np.diff(upto, prepend=0))] = _instants(slot, its_ids, arrived, name)
        else:
            _put(column, where, shift, upto, draws.unrounded(slot.law, name(slot.name), its_ids))


def _put(column: IntArray, where: IntArray, shift: IntArray, upto: IntArray, real: FloatArray) -> None:
    """Write durations, rounded: each part of them, up to the next of `upto`, so many places behind where it says."""
    if compiled_draws_pay(len(real)):
        from sim.planning.compiled import put  # noqa: PLC0415  needs Numba, which only large runs load

        put(column, where, shift, upto, real, float(draws.LONGEST))
    else:
        column[where + np.repeat(shift, np.diff(upto, prepend=0))] = draws.whole(real)


def _instants(slot: WorkSlot, ids: IntArray, arrived: IntArray, name: Callable[[str], int]) -> IntArray:
    """What is no duration: an instant that follows the arrival, or a draw that breaks ties."""
    if not slot.from_arrival:
        return (keyed.uniforms(name(slot.name), ids) * _TIES).astype(np.int64)
    return arrived + (_BEYOND if slot.law is None else draws.durations(slot.law, stream=name(slot.name), ids=ids))


def _overwrite_listed(scenario: Scenario, crew: _Crew, come: Arrivals, work: IntArray, work_at: IntArray) -> None:
    """Service durations that a list of trucks gives take the place of drawn ones."""
    source = scenario.file.flows[crew.flow].listed
    if source is None or is_there(scenario, come)[crew.who[0]]:  # a backlog is in no list
        return
    listed = scenario.listed[source]
    rows = listed_rows(come.id[crew.who])
    for number, slot in enumerate(crew.draft.slots):
        if not slot.station:
            continue
        given = listed.services.get(scenario.file.stations[slot.station].listed or slot.station)
        if given is not None:
            has = given[rows] >= 0
            work[work_at[crew.who[has]] + number] = np.minimum(given[rows[has]], draws.LONGEST)


def _lengthen(
    work: IntArray, work_at: IntArray, crews: list[_Crew], at: str, factors: list[tuple[Mask, float]]
) -> None:
    """Multiply the services of some trucks at a station, whole milliseconds rounded half up."""
    for crew in crews:
        slots = [number for number, slot in enumerate(crew.draft.slots) if slot.station == at]
        for who, factor in factors:
            trucks = crew.who[who[crew.who]]
            for number in slots:
                place = work_at[trucks] + number
                work[place] = np.floor(np.minimum(work[place] * factor, draws.LONGEST) + 0.5).astype(np.int64)


def _trucks(
    scenario: Scenario,
    crews: list[_Crew],
    come: Arrivals,
    net: Network,
    program: npt.NDArray[np.int32],
    enters: IntArray,
    work: IntArray,
    work_at: IntArray,
) -> Trucks:
    """The trucks, which are in the order in which they reach their first step."""
    starts = [p.last - len(c.draft.rows) for p, c in zip(net.layout.programs, crews, strict=True)]
    first = np.array([start + crew.first for start, crew in zip(starts, crews, strict=True)], np.int32)
    classes = net.layout.classes
    class_index = np.array([classes.index(class_of(scenario, c)) for c in net.layout.cargoes] or [0], np.int16)
    return Trucks(
        id=come.id,
        arrived=come.arrived,
        enters=enters,
        first=first.take(program) if crews else program,
        program=program,
        work=work,
        work_at=work_at,
        stamp_at=_offsets(program, [crew.draft.n_stamps for crew in crews]),
        flow=come.flow,
        cargo=come.cargo,
        cargo_class=class_index.take(come.cargo) if len(program) else np.zeros(0, np.int16),
    )
