"""Checks of incidents and orders: names, times, effects that fit, orders that contradict each other."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from sim.scenario.dated import Incident, Measure, Order
from sim.scenario.draft import Draft
from sim.scenario.faults import Fault, did_you_mean, quoted
from sim.scenario.hours import varies
from sim.scenario.order_conflicts import conflicts
from sim.scenario.spans import has_servers, listed_names, spans, stations_at

MOST_A_DAY = 30  # incidents of one kind and object; more is no incident
_ON_SERVERS = ("servers", "staff", "hours", "speed", "loses")
_EFFECTS = ("closed", *_ON_SERVERS, "service_factor", "intake", "reroute")
_VARY = ("closed", "servers", "staff", "hours", "loses")


def check_dated(draft: Draft) -> Iterator[Fault]:
    """Faults of incidents and orders."""
    for section, kept in (("orders", draft.file.orders), ("incidents", draft.file.incidents)):
        for key, measure in kept.items():
            yield from _measure(draft, f"{section}.{key}", measure)
    yield from _speeds(draft)
    yield from _contradictions(draft)


# ----------------------------------------------------------------------------------------- each measure


def _measure(draft: Draft, path: str, measure: Measure) -> Iterator[Fault]:
    yield from _times(draft, path, measure)
    yield from _names(draft, path, measure)
    given = [e for e in _EFFECTS if getattr(measure, e, None)]
    own = {"incident": "loses", "order": "intake, reroute"}["order" if isinstance(measure, Order) else "incident"]
    by_server = isinstance(measure, Incident) and measure.separately == "server"
    if not given and not by_server and measure.servers is None and measure.hours is None and not _spoilt(draft, path):
        hint = f"give closed, servers, staff, hours, speed, service_factor, {own}"
        yield draft.error(path, "changes nothing", hint, at_key=True)
    partial = [part for part in ("direction", "cargo") if draft.is_written(f"{path}.{part}")]
    for effect in _ON_SERVERS:
        if partial and draft.is_written(f"{path}.{effect}"):
            hint = f"leave out {' and '.join(partial)}; only closed, service_factor, intake and reroute can be for some"
            yield draft.error(f"{path}.{effect}", "is the same for all trucks", hint, at_key=True)
    if (
        measure.closed
        and any(draft.is_written(f"{path}.{e}") for e in ("servers", "staff", "hours", "speed"))
        and not partial
    ):
        yield draft.error(f"{path}.closed", "stands beside what says how it works; give one of them", at_key=True)
    if draft.is_written(f"{path}.servers") and draft.is_written(f"{path}.staff"):
        yield draft.error(f"{path}.staff", "stands beside servers; give one of them", at_key=True)
    if measure.service_factor is not None and measure.service_factor > 10:
        yield draft.warning(f"{path}.service_factor", "makes services more than ten times as long")
    yield from _stations(draft, path, measure)
    match measure:
        case Incident():
            yield from _incident(draft, path, measure)
        case Order():
            yield from _order(draft, path, measure)


def _spoilt(draft: Draft, path: str) -> bool:
    return draft.is_spoilt(path) or path in draft.spoilt


def _times(draft: Draft, path: str, measure: Measure) -> Iterator[Fault]:
    if measure.around is not None:
        for part in ("from", "to"):
            if draft.is_written(f"{path}.{part}"):
                yield draft.error(f"{path}.{part}", "stands beside around; give one of them", at_key=True)
    if (
        draft.start is None
        or draft.length_ms is None
        or draft.is_spoilt(f"{path}.from", f"{path}.to", f"{path}.around")
    ):
        return
    held = spans(measure, draft.start, draft.zone, draft.length_ms)
    if measure.from_ is not None and measure.to is not None and held[0][1] <= held[0][0]:
        yield draft.error(f"{path}.to", "must be after from")
    elif not any(begin < draft.length_ms and end > 0 for begin, end in held) and not _may_last(measure):
        lacking = "lies outside the period" if measure.around is None else "means no day of the period"
        yield draft.warning(path, f"{lacking}, so it has no effect")


def _may_last(measure: Measure) -> bool:
    return isinstance(measure, Incident) and measure.lasts is not None


def _names(draft: Draft, path: str, measure: Measure) -> Iterator[Fault]:
    gates = list(
        dict.fromkeys([*draft.names("gates"), *(s.gate or k.split("/")[0] for k, s in draft.stations.items())])
    )
    known = [*draft.names("stations"), *gates]
    for at, name in _each(path, "at", measure.at):
        if name not in known:
            hint = did_you_mean(name, known, what="stations and gates")
            yield draft.error(at, f"unknown station or gate {quoted(name)}", hint)
    for at, name in _each(path, "cargo", measure.cargo):
        yield from draft.not_among(at, name, draft.classes, "cargo")


def _each(path: str, part: str, names: str | Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each name with its path."""
    many = not isinstance(names, str)
    for i, name in enumerate(listed_names(names)):
        yield f"{path}.{part}[{i}]" if many else f"{path}.{part}", name


def _stations(draft: Draft, path: str, measure: Measure) -> Iterator[Fault]:
    """Whether the stations meant can do what is asked of them."""
    works = [e for e in (*_VARY, "speed", "service_factor") if draft.is_written(f"{path}.{e}")]
    if works and not listed_names(measure.at) and not draft.is_spoilt(f"{path}.at"):
        yield draft.error(f"{path}.{works[0]}", "needs at: the stations or gates meant", at_key=True)
    for at, name in _each(path, "at", measure.at):
        station = draft.stations.get(name)
        if station is None or has_servers(station) or draft.is_spoilt(f"stations.{name}"):
            continue
        limited = station.length is not None or station.places not in (None, "unlimited")
        if measure.closed and not limited:
            yield draft.error(at, f"{quoted(name)} has neither servers nor a limited number of places to close")
        elif works and works != ["closed"]:
            first = next(e for e in works if e != "closed")
            yield draft.error(at, f"{quoted(name)} has no servers, so {first} means nothing there")
    partial = measure.direction is not None or bool(measure.cargo)
    changing = [e for e in works if e in _VARY] or (["separately"] if draft.is_written(f"{path}.separately") else [])
    if not changing or partial:
        return
    for name in stations_at(measure.at, draft.stations):
        station = draft.stations[name]
        unstated = station.closing is None and not draft.is_spoilt(f"stations.{name}.closing")
        if has_servers(station) and unstated and not varies(station, draft.file.calendars):
            message = (
                f"makes the servers of {name} vary ({draft.line(f'stations.{name}')}), so its closing must be stated"
            )
            yield draft.error(
                f"{path}.{changing[0]}", message, "closing: finish (or pause, handover, fits)", at_key=True
            )


def _incident(draft: Draft, path: str, incident: Incident) -> Iterator[Fault]:
    if draft.is_spoilt(f"{path}.lasts", f"{path}.rate"):
        return
    if incident.rate is not None and incident.lasts is None:
        yield draft.error(f"{path}.rate", "needs lasts", "lasts: 2 h", at_key=True)
    if incident.rate is not None and incident.rate * 24 > MOST_A_DAY:
        yield draft.error(f"{path}.rate", f"must be at most {MOST_A_DAY} a day", "what happens so often is no incident")
    if incident.lasts is not None and incident.rate is None:
        if incident.to is not None:
            yield draft.error(f"{path}.to", "stands beside lasts; give one of them", at_key=True)
        if incident.from_ is None and incident.around is None:
            yield draft.error(f"{path}.lasts", "needs from, or rate: when does it begin?", at_key=True)
    yield from _separately(draft, path, incident)


def _separately(draft: Draft, path: str, incident: Incident) -> Iterator[Fault]:
    if incident.separately is not None and incident.lasts is None:
        yield draft.error(
            f"{path}.separately", "needs lasts: what is the same for all has no chance of its own", at_key=True
        )
    if incident.separately == "server":
        for part in ("closed", "servers", "staff", "hours", "speed", "loses", "service_factor"):
            if draft.is_written(f"{path}.{part}"):
                hint = "separately: server takes one server away at a time"
                yield draft.error(f"{path}.{part}", "stands beside separately: server", hint, at_key=True)


def _order(draft: Draft, path: str, order: Order) -> Iterator[Fault]:
    if order.intake is not None and order.reroute is not None:
        yield draft.error(f"{path}.reroute", "stands beside intake; give one of them", at_key=True)
    on_trucks = order.intake is not None or order.reroute is not None
    for part in ("routes", "complies"):
        if (
            not on_trucks
            and draft.is_written(f"{path}.{part}")
            and not draft.is_spoilt(f"{path}.intake", f"{path}.reroute")
        ):
            yield draft.error(f"{path}.{part}", "needs intake or reroute", at_key=True)
    if order.intake == "wait" and order.complies < 1:
        yield draft.error(f"{path}.complies", "is for turn-back and reroute; all wait", at_key=True)
    if order.reroute is not None:
        yield from draft.unknown(f"{path}.reroute", order.reroute, "routes", "route")
    for i, name in enumerate(order.routes):
        yield from draft.unknown(f"{path}.routes[{i}]", name, "routes", "route")
    gates = list(dict.fromkeys(flow.gate for flow in draft.flows.values() if flow.gate))
    for at, name in _each(path, "at", order.at) if on_trucks else ():
        if name not in gates:
            hint = did_you_mean(name, gates, what="gates of flows") or "name routes: instead of at:"
            yield draft.error(at, f"no flow is for the gate {quoted(name)}, so intake and reroute mean nobody", hint)


# ---------------------------------------------------------------------------------- several at one place


def _speeds(draft: Draft) -> Iterator[Fault]:
    """Whether what slow times act on is stated, and the same for all of a station."""
    stated = {k: (s.slowdowns_act_on, f"stations.{k}.slowdowns_act_on") for k, s in draft.stations.items()}
    for section, kept in (("orders", draft.file.orders), ("incidents", draft.file.incidents)):
        for key, measure in kept.items():
            path = f"{section}.{key}"
            if draft.is_spoilt(f"{path}.speed", f"{path}.speed_acts_on"):
                continue
            if (measure.speed is None) != (measure.speed_acts_on is None):
                missing, there = (
                    ("speed_acts_on", "speed") if measure.speed_acts_on is None else ("speed", "speed_acts_on")
                )
                hint = "speed_acts_on: in-progress (or new)" if missing == "speed_acts_on" else "speed: 50 %"
                yield draft.error(f"{path}.{there}", f"needs {missing}", hint, at_key=True)
                continue
            for at in stations_at(measure.at, draft.stations) if measure.speed is not None else ():
                known, where = stated.get(at, (None, ""))
                if known not in (None, measure.speed_acts_on):
                    message = f"is {measure.speed_acts_on}, but {known} for {at} at {draft.line(where)}"
                    yield draft.error(f"{path}.speed_acts_on", message, "a station can do one of them only")
                stated[at] = (measure.speed_acts_on, f"{path}.speed_acts_on") if known is None else stated[at]


def _contradictions(draft: Draft) -> Iterator[Fault]:
    if draft.start is None or draft.length_ms is None:
        return
    sound = [k for k in draft.file.orders if not _spoilt(draft, f"orders.{k}")]
    for first, second in combinations(sound, 2):
        found = conflicts(draft, first, second)
        if found is not None:
            yield found
