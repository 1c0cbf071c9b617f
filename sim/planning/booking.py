"""Slot booking, decided before the run: who wants to come when, which slot each gets, who does not come.

The time at which a truck of a flow with booking is drawn to appear is the time at which it wants to come. Bookings
are taken in the order of these times; each gets the first slot that begins then or later and is not full. The truck
appears at the beginning of its slot plus its lateness. One that does not show up is turned back at that instant; it
is a row among the trucks and takes no part in anything.
"""

import heapq
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from sim.planning import draws
from sim.planning.days import local_days
from sim.planning.demand import Arrivals, route_keys
from sim.planning.incidents import Stream
from sim.planning.memory import remembered
from sim.planning.plan import NEVER, Booked, IntArray
from sim.scenario import schema
from sim.scenario.booking import Booking
from sim.scenario.scenario import Scenario
from sim.scenario.units import DAY, MS

NO_SHOW = "no-show"
_ROUTE = "did not come to its slot"
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointments:
    """The trucks with the times at which they come, who of them does not, and what each flow's booking was."""

    come: Arrivals
    missing: Mask  # shape (n_trucks,)
    booked: tuple[Booked, ...]


def with_no_show_route(scenario: Scenario) -> Scenario:
    """The scenario with a route for trucks that do not come, if any flow has bookings that may be missed."""
    if not any(flow.booking is not None and flow.booking.no_show for flow in scenario.file.flows.values()):
        return scenario
    return replace(scenario, file=remembered(scenario.file, "no-show route", partial(_no_show_file, scenario.file)))


def _no_show_file(file: schema.ScenarioFile) -> schema.ScenarioFile:
    routes = file.routes | {_ROUTE: (schema.Leave(leave="turned_back", reason=NO_SHOW),)}
    return file.model_copy(update={"routes": routes})


def appointments(scenario: Scenario, come: Arrivals, name: Stream) -> Appointments:
    """The arrivals with those of booking flows moved to their slots. Who would come after the period is left out."""
    arrived, missing = come.arrived.copy(), np.zeros(len(come.id), np.bool_)
    found = []
    for number, (key, flow) in enumerate(scenario.file.flows.items()):
        if flow.booking is None:
            continue
        who = np.flatnonzero(come.flow == number)
        slots = _slots(scenario, flow.booking)
        booked = _booked(key, flow.booking, slots, come.id[who], come.arrived[who], name)
        late = _lateness(flow.booking, come.id[who], name)
        arrived[who] = np.where(booked.slot == NEVER, scenario.length_ms, booked.slot + late)
        missing[who] = booked.missed & ~booked.again
        found.append(booked)
    if not found:
        return Appointments(come=come, missing=missing, booked=())
    order = np.argsort(arrived, kind="stable")
    order = order[arrived[order] < scenario.length_ms]
    columns = {c: getattr(come, c)[order] for c in Arrivals.__slots__ if c != "arrived"}
    return Appointments(come=Arrivals(arrived=arrived[order], **columns), missing=missing[order], booked=tuple(found))


def not_coming(scenario: Scenario, come: Arrivals, missing: Mask) -> Arrivals:
    """The arrivals with those that do not show up on the route of such trucks."""
    if not missing.any():
        return come
    route = come.route.copy()
    route[missing] = route_keys(scenario).index(_ROUTE)
    return replace(come, route=route)


def _slots(scenario: Scenario, booking: Booking) -> tuple[IntArray, IntArray]:
    """When each slot begins [ms], in order, and how many vehicles it takes. shape (n_slots,) each"""
    days = local_days(scenario.zone.key, scenario.start, starts=0, ends=scenario.length_ms)
    length = round(booking.slots)
    clocks = [at for begin, end in booking.hours for at in range(begin, max(end - length, begin) + 1, length)]
    every = np.arange(len(days.number))
    begins = [days.at(every, at) if at < DAY else days.begins[1:] + (at - DAY) for at in clocks]
    at = np.unique(np.concatenate([np.zeros(0, np.int64), *begins]))
    if isinstance(booking.quota, int):
        return at, np.full(len(at), booking.quota, np.int64)
    upto = np.floor(np.arange(len(at) + 1) * (booking.quota * length / MS["h"]) + 1e-9).astype(np.int64)
    return at, np.diff(upto)


def _booked(
    key: str, booking: Booking, slots: tuple[IntArray, IntArray], ids: IntArray, wanted: IntArray, name: Stream
) -> Booked:
    """The slots of the trucks of a flow, and who does not come to them."""
    missed = draws.happens(booking.no_show, stream=name("booking no-show"), ids=ids)
    again = missed & draws.happens(booking.postpone, stream=name("booking postpones"), ids=ids)
    slot = _assigned(wanted, again, slots, round(booking.postpone_by))
    return Booked(flow=key, wanted=wanted, slot=slot, missed=missed, again=again)


def _lateness(booking: Booking, ids: IntArray, name: Stream) -> IntArray:
    """How long after the beginning of its slot each truck comes. [ms]"""
    if booking.lateness is None:
        return np.zeros(len(ids), np.int64)
    return draws.durations(booking.lateness, stream=name("booking lateness"), ids=ids)


def _assigned(wanted: IntArray, again: Mask, slots: tuple[IntArray, IntArray], later: int) -> IntArray:
    """The beginning of the slot given to each truck, the second of one that books again; NEVER = there is none. [ms]

    Requests are met in order of the time wanted, so that every slot before the last one given is full or too early.
    """
    begins, room = slots[0], slots[1].copy()
    found = np.full(len(wanted), NEVER, np.int64)
    requests = [(int(at), truck, bool(twice)) for truck, (at, twice) in enumerate(zip(wanted, again, strict=True))]
    heapq.heapify(requests)
    slot = 0
    while requests:
        at, truck, twice = heapq.heappop(requests)
        while slot < len(begins) and (room[slot] == 0 or begins[slot] < at):
            slot += 1
        if slot == len(begins):
            break
        room[slot] -= 1
        if twice:
            heapq.heappush(requests, (int(begins[slot]) + later, truck, False))
        else:
            found[truck] = begins[slot]
    return found
