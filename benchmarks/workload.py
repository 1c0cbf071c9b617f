"""Workload W: a month at two gates, 3,000 trucks a day, with a park, a yard, opening hours and two holidays.

W-lite is W without calendars, park and yard limit: what simulators without them can be asked as well.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.assemble import Tables, trucks
from sim.planning.plan import Change, Kind, Network, Plan, Trucks
from sim.trace import Trace

Int64s = npt.NDArray[np.int64]

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
OPENS, CLOSES = 7 * HOUR, 19 * HOUR
HOLIDAY = 0.3  # share of the servers that work on the two holidays
PERISHABLE, GATE_A, INSPECTED = 0.30, 0.70, 0.15
CAPACITY = {"park": 600, "desk": 30, "yard": 60}
SERVERS = {"A": (16, 20, 2), "B": (8, 9, 1)}  # documents, inspection, lane
MEAN = {"road": (45.0, 0.3), "desk": (12.0, 0.5), "documents": (4.5, 0.6), "inspection": (40.0, 0.5)}  # min, cv
LANE = MINUTE // 2
COLUMNS = ("road", "desk", "documents", "inspection", "lane")


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Who comes when and what each truck costs: shape (n,) and (n, 5) in ms."""

    arrived: Int64s
    perishable: npt.NDArray[np.bool_]
    at_a: npt.NDArray[np.bool_]
    inspected: npt.NDArray[np.bool_]
    work: Int64s


def hourly() -> npt.NDArray[np.float64]:
    """Share of a day's trucks in each hour: three times as many from 06:00 to 20:00."""
    hour = np.arange(24)
    weight = np.where((hour >= 6) & (hour < 20), 3.0, 1.0)
    share: npt.NDArray[np.float64] = weight / weight.sum()
    return share


def demand(days: int = 30, per_day: float = 3000, seed: int = 1) -> Demand:
    """Non-homogeneous Poisson arrivals with lognormal works."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(np.tile(hourly() * per_day, days))
    n = int(counts.sum())
    arrived = np.sort((np.repeat(np.arange(24 * days), counts) * HOUR + rng.random(n) * HOUR).astype(np.int64))
    work = np.empty((n, 5), np.int64)
    for k, (mean, cv) in enumerate(MEAN.values()):
        spread = np.log1p(cv * cv)
        work[:, k] = np.exp(rng.standard_normal(n) * spread**0.5 + np.log(mean * MINUTE) - spread / 2)
    work[:, 4] = LANE
    perishable, at_a, inspected = (rng.random(n) < share for share in (PERISHABLE, GATE_A, INSPECTED))
    return Demand(arrived=arrived, perishable=perishable, at_a=at_a, inspected=inspected, work=work)


def network(days: int = 30, scale: float = 1.0, lite: bool = False) -> tuple[Network, Int64s, Int64s]:
    """The network, the first step by [at_a, perishable, inspected], and the same behind the road."""
    tables = Tables()
    park, desk, yard = (tables.resource(round(n * scale)) for n in CAPACITY.values())
    gates = {gate: [_server(tables, days, round(n * scale), lite) for n in SERVERS[gate]] for gate in SERVERS}
    queues = [tables.queue() for _ in range(3)]
    at_gate = {gate: [tables.queue(0, 1), tables.queue(), tables.queue()] for gate in SERVERS}
    first = np.empty((2, 2, 2), np.int64)
    for at_a, perishable, inspected in np.ndindex(2, 2, 2):
        gate = "A" if at_a else "B"
        (documents, inspection, lane), (q_documents, q_inspection, q_lane) = gates[gate], at_gate[gate]
        first[at_a, perishable, inspected] = tables.step(Kind.TRAVEL, work=0)
        held: tuple[int, ...] = ()
        if at_a:
            if not lite:
                tables.seize(queues[0], park, stamp=0)
            tables.seize(queues[1], desk, stamp=1)
            tables.step(Kind.WORK, server=desk, work=1, stamp=2)
            tables.move(gives=(desk,))
            if not lite:
                tables.seize(queues[2], yard, gives=(park,), stamp=3)
                held = (yard,)
        tables.seize(q_documents, documents, file=1 - perishable, stamp=4)
        tables.step(Kind.WORK, server=documents, work=2, stamp=5)
        tables.move(gives=(documents,))
        if inspected:
            tables.seize(q_inspection, inspection, stamp=6)
            tables.step(Kind.WORK, server=inspection, work=3, stamp=7)
            tables.move(gives=(inspection,))
        tables.seize(q_lane, lane, gives=held, stamp=8)
        tables.step(Kind.WORK, server=lane, work=4)
        tables.leave(gives=(lane,))
    return tables.network(), first, first + 1


def _server(tables: Tables, days: int, servers: int, lite: bool) -> int:
    if lite:
        return tables.resource(servers)
    server = tables.resource(0)
    for day in range(days):
        holiday = day in (days // 3, days // 3 + 1)
        now = max(1, round(HOLIDAY * servers)) if holiday else servers
        tables.changes.append((day * DAY + OPENS, Change.CAPACITY, server, now, day * DAY + CLOSES))
        tables.changes.append((day * DAY + CLOSES, Change.CAPACITY, server, 0, (day + 1) * DAY + OPENS))
    return server


SLOTS = 9  # stamps a truck


def plan(
    days: int = 30, per_day: float = 3000, seed: int = 1, scale: float = 1.0, lite: bool = False, folded: bool = False
) -> Plan:
    """W as a Plan; folded: trucks enter where the road ends, which nobody can hinder."""
    drawn = demand(days, per_day, seed)
    tables, first, behind_road = network(days, scale, lite)
    n, ends = len(drawn.arrived), days * DAY
    start = (behind_road if folded else first)[drawn.at_a * 1, drawn.perishable * 1, drawn.inspected * 1]
    entering = drawn.arrived + drawn.work[:, 0] if folded else drawn.arrived
    order = np.argsort(entering, kind="stable") if folded else np.arange(n)
    listed: Trucks = trucks(
        entering[order], start[order], drawn.work[order].reshape(-1), np.arange(n + 1) * 5, np.full(n, SLOTS),
        arrived=drawn.arrived[order],
    )  # fmt: skip
    return Plan(trucks=listed, network=tables, starts=0, ends=ends, window=(0, ends), replication=0)


def door_to_door(of: Plan, trace: Trace) -> Int64s:
    """Time from arriving to being through the lane, of each truck that was served there to the end. [ms]"""
    through = trace.stamps[SLOTS - 1 :: SLOTS] + LANE
    done = (through > 0) & (through < of.ends)
    return (through - of.trucks.arrived)[done]
