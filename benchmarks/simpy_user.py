"""Workload W as it is usually written in SimPy: a process a truck, resources of the library, draws on the way."""

import random
import sys
from collections.abc import Generator
from math import exp, log, log1p
from typing import Any

import simpy

from benchmarks.workload import (
    CAPACITY,
    CLOSES,
    DAY,
    GATE_A,
    HOLIDAY,
    HOUR,
    INSPECTED,
    LANE,
    MEAN,
    MINUTE,
    OPENS,
    PERISHABLE,
    SERVERS,
    hourly,
)  # fmt: skip

Records = list[dict[str, float]]
Process = Generator[simpy.Event, Any, None]


class Border:
    """Two gates, a park, a desk and a yard."""

    def __init__(self, env: simpy.Environment, scale: float, lite: bool) -> None:
        self.env, self.lite = env, lite
        self.park = simpy.Resource(env, round(CAPACITY["park"] * scale))
        self.desk = simpy.Resource(env, round(CAPACITY["desk"] * scale))
        yard = round(CAPACITY["yard"] * scale)
        self.yard = simpy.Container(env, yard, init=yard)
        self.gates = {
            gate: [simpy.PriorityResource(env, round(n * scale)) for n in servers] for gate, servers in SERVERS.items()
        }


def draw(rng: random.Random, name: str) -> float:
    """A lognormal duration."""
    mean, cv = MEAN[name]
    spread = log1p(cv * cv)
    return exp(rng.gauss(log(mean * MINUTE) - spread / 2, spread**0.5))


def served(env: simpy.Environment, server: Any, lasts: float, record: dict[str, float], name: str) -> Process:
    """Wait for a server, and be served."""
    with server.request() as request:
        yield request
        record[name + " started"] = env.now
        yield env.timeout(lasts)
        record[name + " ended"] = env.now


def truck(border: Border, rng: random.Random, records: Records) -> Process:
    """The life of a truck."""
    env, record = border.env, {"arrived": border.env.now}
    records.append(record)
    perishable, at_a = rng.random() < PERISHABLE, rng.random() < GATE_A
    documents, inspection, lane = border.gates["A" if at_a else "B"]
    in_yard = at_a and not border.lite
    yield env.timeout(draw(rng, "road"))
    record["road ended"] = env.now
    if in_yard:
        place = border.park.request()
        yield place
        record["parked"] = env.now
    if at_a:
        yield from served(env, border.desk, draw(rng, "desk"), record, "desk")
    if in_yard:
        yield border.yard.get(1)
        record["called"] = env.now
        border.park.release(place)
    with documents.request(priority=0 if perishable else 1) as request:
        yield request
        record["documents started"] = env.now
        yield env.timeout(draw(rng, "documents"))
        record["documents ended"] = env.now
    if rng.random() < INSPECTED:
        with inspection.request(priority=1) as request:
            yield request
            record["inspection started"] = env.now
            yield env.timeout(draw(rng, "inspection"))
            record["inspection ended"] = env.now
    with lane.request(priority=1) as request:
        yield request
        record["lane started"] = env.now
        if in_yard:
            yield border.yard.put(1)
        yield env.timeout(LANE)
        record["crossed"] = env.now


def closed(env: simpy.Environment, server: simpy.PriorityResource, until: float) -> Process:
    """Keep one server from working, once it has done what it has in hand."""
    with server.request(priority=-1) as request:
        yield request
        if until > env.now:
            yield env.timeout(until - env.now)


def calendar(border: Border, days: int) -> Process:
    """Close all servers at night, and most of them on the two holidays."""
    env = border.env
    servers = [server for gate in border.gates.values() for server in gate]
    for server in servers:
        for _ in range(int(server.capacity)):
            env.process(closed(env, server, OPENS))
    for day in range(days):
        if day in (days // 3, days // 3 + 1):
            yield env.timeout(day * DAY + OPENS - MINUTE - env.now)
            for server in servers:
                for _ in range(int(server.capacity) - max(1, round(HOLIDAY * server.capacity))):
                    env.process(closed(env, server, day * DAY + CLOSES))
        yield env.timeout(day * DAY + CLOSES - env.now)
        for server in servers:
            for _ in range(int(server.capacity)):
                env.process(closed(env, server, (day + 1) * DAY + OPENS))


def arrivals(border: Border, rng: random.Random, records: Records, per_day: float) -> Process:
    """Poisson arrivals by the hour of the day, by thinning."""
    rates = [share * per_day / HOUR for share in hourly()]
    peak = max(rates)
    while True:
        yield border.env.timeout(rng.expovariate(peak))
        if rng.random() * peak < rates[int(border.env.now // HOUR) % 24]:
            border.env.process(truck(border, rng, records))


def run(days: int, per_day: float = 3000, seed: int = 1, scale: float = 1.0, lite: bool = False) -> Records:
    """A record of each truck, times in ms."""
    rng, env = random.Random(seed), simpy.Environment()  # noqa: S311  nothing secret here
    border = Border(env, scale, lite)
    records: Records = []
    env.process(arrivals(border, rng, records, per_day))
    if not lite:
        env.process(calendar(border, days))
    env.run(until=days * DAY)
    return records


def door_to_door(records: Records) -> float:
    """Mean time from arriving to being through the lane, of those who are. [min]"""
    stays = [record["crossed"] - record["arrived"] for record in records if "crossed" in record]
    return sum(stays) / len(stays) / MINUTE


if __name__ == "__main__":
    print(f"{door_to_door(run(int(sys.argv[1]), seed=int(sys.argv[2]))):.1f}")
