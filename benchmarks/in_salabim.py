"""Workload W in salabim: a component a truck, resources of the library without monitors. Times in minutes."""

from collections.abc import Generator
from math import log, log1p
from random import Random
from typing import Any

import numpy as np
import salabim

from benchmarks.workload import CAPACITY, GATE_A, HOLIDAY, INSPECTED, LANE, MEAN, MINUTE, PERISHABLE, SERVERS, hourly

Process = Generator[Any, None, None]


class Border:
    """Two gates, a park, a desk and a yard."""

    def __init__(self, seed: int, lite: bool) -> None:
        salabim.yieldless(False)
        self.env = salabim.Environment(trace=False, random_seed=seed)
        self.rng, self.lite = Random(seed), lite  # noqa: S311  nothing secret here
        self.park, self.desk, self.yard = (self._units(n) for n in CAPACITY.values())
        self.gates = {gate: [self._units(n) for n in servers] for gate, servers in SERVERS.items()}
        self.came = 0
        self.stays: list[float] = []

    def _units(self, capacity: int) -> Any:
        return salabim.Resource(capacity=capacity, monitor=False, env=self.env)

    def draw(self, name: str) -> float:
        """A lognormal duration."""
        mean, cv = MEAN[name]
        spread = log1p(cv * cv)
        return self.rng.lognormvariate(log(mean) - spread / 2, spread**0.5)


class Truck(salabim.Component):
    """One truck."""

    def setup(self, border: Border) -> None:
        """Where it goes."""
        self.border = border

    def process(self) -> Process:
        """Road, park, desk, yard, documents, inspection, lane."""
        border, rng, begun = self.border, self.border.rng, self.env.now()
        at_a, rank = rng.random() < GATE_A, 0 if rng.random() < PERISHABLE else 1
        documents, inspection, lane = border.gates["A" if at_a else "B"]
        in_yard = at_a and not border.lite
        yield self.hold(border.draw("road"))
        if in_yard:
            yield self.request(border.park)
        if at_a:
            yield self.request(border.desk)
            yield self.hold(border.draw("desk"))
            self.release(border.desk)
        if in_yard:
            yield self.request(border.yard)
            self.release(border.park)
        yield self.request((documents, 1, rank))
        yield self.hold(border.draw("documents"))
        self.release(documents)
        if rng.random() < INSPECTED:
            yield self.request(inspection)
            yield self.hold(border.draw("inspection"))
            self.release(inspection)
        yield self.request(lane)
        if in_yard:
            self.release(border.yard)
        yield self.hold(LANE / MINUTE)
        self.release(lane)
        border.stays.append(self.env.now() - begun)


class Arrivals(salabim.Component):
    """Poisson arrivals by the hour of the day, by thinning."""

    def setup(self, border: Border) -> None:
        """Whom it sends trucks to."""
        self.border = border

    def process(self) -> Process:
        """A truck now and then."""
        rates = [float(share) * 3000 / 60 for share in hourly()]
        peak = max(rates)
        while True:
            yield self.hold(self.border.rng.expovariate(peak))
            if self.border.rng.random() * peak < rates[int(self.env.now() // 60) % 24]:
                self.border.came += 1
                Truck(border=self.border, env=self.env)


class Calendar(salabim.Component):
    """Nights without servers, and two holidays with few."""

    def setup(self, border: Border, days: int) -> None:
        """Whose servers it sets."""
        self.border, self.days = border, days

    def process(self) -> Process:
        """Open at 07:00, close at 19:00."""
        servers = [
            (server, n) for gate, ns in SERVERS.items() for server, n in zip(self.border.gates[gate], ns, strict=True)
        ]
        for day in range(self.days):
            for server, _ in servers:
                server.set_capacity(0)
            yield self.hold(till=day * 1440 + 420)
            short = day in (self.days // 3, self.days // 3 + 1)
            for server, n in servers:
                server.set_capacity(max(1, round(HOLIDAY * n)) if short else n)
            yield self.hold(till=day * 1440 + 1140)
        for server, _ in servers:
            server.set_capacity(0)


def run(days: int, seed: int, lite: bool) -> tuple[int, float]:
    """How many trucks came, and their mean time from door to door. [min]"""
    border = Border(seed, lite)
    Arrivals(border=border, env=border.env)
    if not lite:
        Calendar(border=border, days=days, env=border.env)
    border.env.run(till=days * 1440)
    return border.came, float(np.mean(border.stays))
