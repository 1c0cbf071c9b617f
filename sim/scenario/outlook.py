"""What a scenario will ask for before it is run: trucks expected, load of each station, memory and time."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sim.scenario.hours import WEEKDAYS, intersection, server_hours
from sim.scenario.laws import Law, mean
from sim.scenario.scenario import Listed, Scenario, after_start
from sim.scenario.schema import (
    At,
    Fewest,
    Flow,
    In,
    Leave,
    OneOf,
    Only,
    RatePoint,
    RateSlot,
    Repeat,
    ScenarioFile,
    Some,
    Threshold,
    Wander,
    Wave,
)
from sim.scenario.units import DAY, MS

BYTES_PER_TRUCK, BYTES_PER_VISIT = 120, 60  # of a Plan and its Trace, all columns of int64 counted
VISITS_PER_SECOND = {"compiled": 8_000_000, "simpy": 120_000}  # one core of 2024
_MAX_DAYS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a station is asked for over the period, and what it can do."""

    station: str
    trucks: float  # expected visits
    asked: float  # [h] of service
    able: float  # [h] of service, all servers; inf = unlimited

    @property
    def share(self) -> float:
        """Asked over able; over 1 the queue can only grow."""
        return self.asked / self.able if self.able > 0 else float("inf") if self.asked else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Expectations of one replication, drawn from means: no queue is simulated."""

    trucks: Mapping[str, float]  # by flow
    loads: tuple[Load, ...]
    megabytes: float
    seconds: Mapping[str, float]  # by engine

    def render(self) -> str:
        """A few lines to print."""
        total = sum(self.trucks.values())
        rows = [f"expected trucks: {total:,.0f} ({', '.join(f'{key} {n:,.0f}' for key, n in self.trucks.items())})"]
        finite = [load for load in self.loads if load.able < float("inf")]
        width = max((len(load.station) for load in finite), default=0)
        for load in sorted(finite, key=lambda load: -load.share):
            sums = f"({load.trucks:,.0f} visits, {load.asked:,.0f} h asked of {load.able:,.0f} h)"
            rows += [f"load {load.station:<{width}}  {load.share:5.2f}  {sums}"]
        times = ", ".join(f"{_seconds(s)} ({engine})" for engine, s in self.seconds.items())
        rows.append(f"one replication: about {self.megabytes:,.0f} MB, {times}")
        return "\n".join(rows)


def _seconds(s: float) -> str:
    return "under 1 s" if s < 1 else f"{s:,.0f} s" if s < 120 else f"{s / 60:,.0f} min"


def outlook(scenario: Scenario) -> Outlook:
    """Expected trucks, loads, memory and run time of one replication."""
    file = scenario.file
    trucks = {
        key: expected_trucks(flow, file, scenario.start, scenario.length_ms, scenario.listed)
        for key, flow in file.flows.items()
    }
    visits, asked = _work(file, trucks)
    loads = tuple(
        Load(station=key, trucks=visits.get(key, 0.0), asked=asked.get(key, 0.0) / MS["h"],
             able=server_hours(station, file.calendars, scenario.start, scenario.length_ms))
        for key, station in file.stations.items() if station.servers is not None
    )  # fmt: skip
    total, stops = sum(trucks.values()), sum(visits.values())
    return Outlook(
        trucks=trucks, loads=loads, megabytes=(total * BYTES_PER_TRUCK + stops * BYTES_PER_VISIT) / 1e6,
        seconds={engine: stops / rate for engine, rate in VISITS_PER_SECOND.items()},
    )  # fmt: skip


# ------------------------------------------------------------------------------------------- trucks


def expected_trucks(
    flow: Flow, file: ScenarioFile, start: dt.datetime, length_ms: int, listed: Mapping[str, Listed]
) -> float:
    """Mean number of trucks of a flow in the period; surges have mean 1 and drop out."""
    if flow.listed is not None:
        return float(len(listed[flow.listed].arrived)) if flow.listed in listed else 0.0
    if flow.bursts:
        return float(sum(b.trucks for b in flow.bursts if b is not None and 0 <= _ms(b.at, start) < length_ms))
    if flow.every is not None:
        return float(max(0, -(-(length_ms - _ms(flow.first, start)) // max(1, round(flow.every))))) * flow.convoy
    if flow.volume is not None:
        return flow.convoy * _by_days(flow, file, start, length_ms)
    return flow.convoy * _by_rate(flow.rate, length_ms)


def _ms(value: Any, start: dt.datetime) -> int:
    return after_start(value, start, start.tzinfo)  # type: ignore[arg-type]


def _by_days(flow: Flow, file: ScenarioFile, start: dt.datetime, length_ms: int) -> float:
    """Sum over local days of volume x weekday x seasons x the part of the profile inside the period."""
    profile = file.profiles.get(flow.profile or "")
    shares = profile.shares if profile is not None else {((0, DAY),): 1.0}
    seasons = [(_ms(s.from_, start), _ms(s.to, start), s.factor) for s in flow.seasons if s is not None]
    midnight = _ms(dt.datetime.combine(start.date(), dt.time()), start)
    days = -(-(length_ms - midnight) // DAY)
    whole_day = sum(shares.values())
    total = 0.0
    for n in range(min(days, _MAX_DAYS)):
        began = midnight + n * DAY
        date = start.date() + dt.timedelta(days=n)
        inside = (max(0, -began), min(DAY, length_ms - began))
        is_plain = inside == (0, DAY) and not any(a < began + DAY and b > began for a, b, _ in seasons)
        factor = flow.weekdays.get(WEEKDAYS[date.weekday()], 1.0)  # type: ignore[call-overload]
        total += factor * (whole_day if is_plain else _seasonal(shares, inside, began, seasons))
    per_day = (flow.volume or 0.0) * 24
    return per_day * total * (days / min(days, _MAX_DAYS) if days > 0 else 0.0)


def _seasonal(
    shares: Mapping[Any, float], inside: tuple[int, int], began: int, seasons: Sequence[tuple[int, int, float]]
) -> float:
    """Share of a day's trucks inside the period, seasons counted."""
    cuts = sorted({*inside, *(min(max(edge - began, inside[0]), inside[1]) for a, b, _ in seasons for edge in (a, b))})
    total = 0.0
    for low, high in pairwise(cuts):
        factor = 1.0
        for a, b, f in seasons:
            factor *= f if a <= began + low < b else 1.0
        for windows, share in shares.items():
            whole = sum(end - first for first, end in windows)
            part = sum(b - a for a, b in intersection([(low, high)], windows))
            total += factor * share * part / whole
    return total


def _by_rate(rate: Any, length_ms: int) -> float:
    if rate is None:
        return 0.0
    if isinstance(rate, Wave):
        return rate.mean * length_ms / MS["h"]
    if isinstance(rate, tuple):
        return _mean_of_day(rate) * length_ms / MS["h"]
    return float(rate) * length_ms / MS["h"]


def _mean_of_day(entries: Sequence[RateSlot | RatePoint | None]) -> float:
    """Mean rate over a day of slots, or of points with straight lines between them. [1/h]"""
    slots = [e for e in entries if isinstance(e, RateSlot)]
    if slots:
        return sum(s.rate * (end - first) for s in slots for first, end in s.hours) / DAY
    points = [e for e in entries if isinstance(e, RatePoint)]
    if len(points) < 2:
        return points[0].rate if points else 0.0
    turns = [*points[1:], points[0]]
    gaps = [(b.at - a.at) % DAY for a, b in zip(points, turns, strict=True)]
    return sum((a.rate + b.rate) / 2 * gap for a, b, gap in zip(points, turns, gaps, strict=True)) / DAY


# ------------------------------------------------------------------------------------------- visits


def _work(file: ScenarioFile, trucks: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """Expected visits, and expected service asked for [ms], by station."""
    visits: dict[str, float] = {}
    asked: dict[str, float] = {}
    for key, flow in file.flows.items():
        routes = flow.route if isinstance(flow.route, dict) else {flow.route or key: 1.0}
        for route, share in routes.items():
            for station, weight, law in _stops(file.routes.get(route, ()), trucks[key] * share, _carried(file, flow))[
                0
            ]:
                visits[station] = visits.get(station, 0.0) + weight
                asked[station] = asked.get(station, 0.0) + weight * (
                    mean(law) if law else _service(file, station, key, flow)
                )
    return visits, asked


def _service(file: ScenarioFile, station: str, key: str, flow: Flow) -> float:
    """Mean service of a flow's trucks at a station. [ms]"""
    at = file.stations.get(station)
    if at is None or at.servers is None:
        return 0.0
    cargoes = {flow.cargo: 1.0} if isinstance(flow.cargo, str) else flow.cargo
    total = 0.0
    for cargo, share in cargoes.items():
        declared = file.cargoes.get(cargo)
        names = (key, cargo, (declared.class_ if declared else None) or cargo, flow.direction)
        law = next((at.service_for[name] for name in names if name in at.service_for), at.service)
        total += share * (mean(law) if law is not None else 0.0)
    return total


Carried = Mapping[str, float]


def _carried(file: ScenarioFile, flow: Flow) -> Carried:
    """Share of a flow's trucks by cargo and by class."""
    found: dict[str, float] = {}
    for cargo, share in ({flow.cargo: 1.0} if isinstance(flow.cargo, str) else flow.cargo).items():
        declared = file.cargoes.get(cargo)
        for name in {cargo, (declared.class_ if declared else None) or cargo}:
            found[name] = found.get(name, 0.0) + share
    return found


def _only(names: Sequence[str], carried: Carried) -> float:
    """Share of trucks of the cargoes or classes named; 1 if none are."""
    return min(1.0, sum(carried.get(name, 0.0) for name in names)) if names else 1.0


Stop = tuple[str, float, Law | None]


def _stops(steps: Sequence[Any], weight: float, carried: Carried) -> tuple[list[Stop], float]:
    """Visits of a run of steps by `weight` trucks, and how many of them go on after it."""
    found: list[Stop] = []
    for step in steps:
        if weight <= 0:
            break
        more, weight = _stop(step, weight, carried)
        found += more
    return found, weight


def _stop(step: Any, weight: float, carried: Carried) -> tuple[list[Stop], float]:
    match step:
        case At():
            return [(step.at, weight * step.share * _only(step.only, carried), step.service)], weight
        case Leave():
            return [], 0.0
        case In():
            found, left = _stops(step.do, weight, carried)
            return [(step.in_, weight, None), *found], left
        case Some():
            found, left = _stops(step.do, weight * step.share, carried)
            return found, weight * (1 - step.share) + left
        case Only():
            share = _only(step.only, carried)
            found, left = _stops(step.do, weight * share, carried)
            return found, weight * (1 - share) + left
        case OneOf() | Fewest():
            branches = step.one_of if isinstance(step, OneOf) else step.fewest
            parts = [
                _stops(b.do, weight * (b.share if b.share is not None else 1 / len(branches)), carried)
                for b in branches
            ]
            return [stop for found, _ in parts for stop in found], sum(left for _, left in parts)
        case Threshold():
            return _stops(step.do, weight, carried)
        case Repeat():
            rounds = (1 - step.repeat**step.at_most) / (1 - step.repeat)
            found, left = _stops(step.do, weight, carried)
            return [(s, w * rounds, law) for s, w, law in found], left
        case Wander():
            return list(_wandered(step, weight)), weight
    return [], weight


def _wandered(step: Wander, weight: float) -> Iterator[Stop]:
    """Expected visits of each station of a Jackson routing, by repeated steps."""
    now, total = {step.start: weight}, {step.start: weight}
    for _ in range(min(step.at_most, 2000)):
        ahead: dict[str, float] = {}
        for origin, trucks in now.items():
            for name, share in step.routing.get(origin, {}).items():
                ahead[name] = ahead.get(name, 0.0) + trucks * share
        if sum(ahead.values()) < 1e-9 * weight:
            break
        for name, trucks in ahead.items():
            total[name] = total.get(name, 0.0) + trucks
        now = ahead
    yield from ((name, trucks, None) for name, trucks in total.items())
