"""Workload W in Cimba: a C engine under models that Numba compiles. Times in minutes, results are samples only."""

from math import log, log1p

import cimba
import numpy as np
from cimba import random

from benchmarks.workload import CAPACITY, GATE_A, HOLIDAY, INSPECTED, LANE, MEAN, MINUTE, PERISHABLE, SERVERS, hourly

PEAK = 3000 * float(hourly().max()) / 60  # trucks a minute
QUIET = float(hourly().min() / hourly().max())
PARK, DESK, YARD = CAPACITY.values()
(A1, A2, A3), (B1, B2, B3) = SERVERS["A"], SERVERS["B"]
SHORT_A1, SHORT_A2, SHORT_A3, SHORT_B1, SHORT_B2, SHORT_B3 = (
    max(1, round(HOLIDAY * n)) for servers in SERVERS.values() for n in servers
)
SPREAD = {name: log1p(cv * cv) for name, (_, cv) in MEAN.items()}
CENTRE = {name: log(mean) - SPREAD[name] / 2 for name, (mean, _) in MEAN.items()}
ROAD, ROAD_SD = CENTRE["road"], SPREAD["road"] ** 0.5
DESKS, DESKS_SD = CENTRE["desk"], SPREAD["desk"] ** 0.5
PAPERS, PAPERS_SD = CENTRE["documents"], SPREAD["documents"] ** 0.5
LOOK, LOOK_SD = CENTRE["inspection"], SPREAD["inspection"] ** 0.5
IN_LANE = LANE / MINUTE


class Border(cimba.Model):
    """W-lite: two gates and a desk."""

    park: cimba.Resource = cimba.Resource(capacity=PARK)
    desk: cimba.Resource = cimba.Resource(capacity=DESK)
    yard: cimba.Resource = cimba.Resource(capacity=YARD)
    documents_a: cimba.Resource = cimba.Resource(capacity=A1)
    inspection_a: cimba.Resource = cimba.Resource(capacity=A2)
    lane_a: cimba.Resource = cimba.Resource(capacity=A3)
    documents_b: cimba.Resource = cimba.Resource(capacity=B1)
    inspection_b: cimba.Resource = cimba.Resource(capacity=B2)
    lane_b: cimba.Resource = cimba.Resource(capacity=B3)
    stamps: cimba.Dataset
    through: cimba.Dataset
    came: int = 0
    bounded: cimba.Param[int] = 0  # 1: the park and the yard hold trucks back
    holiday: cimba.Param[int] = -1  # first of two days with fewer servers; -1: always open
    trucks: cimba.Output[float]
    door_to_door: cimba.Output[float]

    @cimba.process
    def arrivals(self):
        """Poisson arrivals by the hour of the day, by thinning."""
        while True:
            cimba.hold(random.exponential(1.0 / PEAK))
            hour = (cimba.now() / 60.0) % 24.0
            if 6.0 <= hour < 20.0 or random.uniform(0.0, 1.0) < QUIET:
                self.came += 1
                cimba.spawn(Truck, border=self)

    @cimba.process
    def calendar(self):
        """Close all servers at night, and most of them on the two holidays."""
        day = 0
        while self.holiday >= 0:
            self.documents_a.set_capacity(0)
            self.inspection_a.set_capacity(0)
            self.lane_a.set_capacity(0)
            self.documents_b.set_capacity(0)
            self.inspection_b.set_capacity(0)
            self.lane_b.set_capacity(0)
            cimba.hold(day * 1440.0 + 420.0 - cimba.now())
            short = self.holiday <= day <= self.holiday + 1
            self.documents_a.set_capacity(SHORT_A1 if short else A1)
            self.inspection_a.set_capacity(SHORT_A2 if short else A2)
            self.lane_a.set_capacity(SHORT_A3 if short else A3)
            self.documents_b.set_capacity(SHORT_B1 if short else B1)
            self.inspection_b.set_capacity(SHORT_B2 if short else B2)
            self.lane_b.set_capacity(SHORT_B3 if short else B3)
            cimba.hold(720.0)
            day += 1

    @cimba.on_end
    def told(self):
        """Number of trucks, and mean of those that were served to the end."""
        self.trucks = float(self.came)
        self.door_to_door = self.through.sample_mean()


class Truck(cimba.Model):
    """One truck."""

    border: cimba.Ref[Border]

    @cimba.process
    def life(self):  # noqa: PLR0915  compiled code calls no generators
        """Road, park, desk, yard, documents, inspection, lane: by gate A; the last three by gate B."""
        border, stamps = self.border, self.border.stamps
        begun = cimba.now()
        perishable = 1 if random.uniform(0.0, 1.0) < PERISHABLE else 0
        stamps.record(begun)
        cimba.hold(random.lognormal(ROAD, ROAD_SD))
        stamps.record(cimba.now())
        if random.uniform(0.0, 1.0) < GATE_A:
            if border.bounded == 1:
                border.park.acquire(1)
                stamps.record(cimba.now())
            border.desk.acquire(1)
            stamps.record(cimba.now())
            cimba.hold(random.lognormal(DESKS, DESKS_SD))
            stamps.record(cimba.now())
            border.desk.release(1)
            if border.bounded == 1:
                border.yard.acquire(1)
                stamps.record(cimba.now())
                border.park.release(1)
            border.documents_a.acquire(1, priority=perishable)
            stamps.record(cimba.now())
            cimba.hold(random.lognormal(PAPERS, PAPERS_SD))
            stamps.record(cimba.now())
            border.documents_a.release(1)
            if random.uniform(0.0, 1.0) < INSPECTED:
                border.inspection_a.acquire(1)
                stamps.record(cimba.now())
                cimba.hold(random.lognormal(LOOK, LOOK_SD))
                stamps.record(cimba.now())
                border.inspection_a.release(1)
            border.lane_a.acquire(1)
            stamps.record(cimba.now())
            if border.bounded == 1:
                border.yard.release(1)
            cimba.hold(IN_LANE)
            stamps.record(cimba.now())
            border.lane_a.release(1)
        else:
            border.documents_b.acquire(1, priority=perishable)
            stamps.record(cimba.now())
            cimba.hold(random.lognormal(PAPERS, PAPERS_SD))
            stamps.record(cimba.now())
            border.documents_b.release(1)
            if random.uniform(0.0, 1.0) < INSPECTED:
                border.inspection_b.acquire(1)
                stamps.record(cimba.now())
                cimba.hold(random.lognormal(LOOK, LOOK_SD))
                stamps.record(cimba.now())
                border.inspection_b.release(1)
            border.lane_b.acquire(1)
            stamps.record(cimba.now())
            cimba.hold(IN_LANE)
            stamps.record(cimba.now())
            border.lane_b.release(1)
        border.through.record(cimba.now() - begun)
        cimba.release(self)


def run(days: int, seed: int, lite: bool) -> tuple[int, float]:
    """How many trucks came, and their mean time from door to door. [min]"""
    border = Border()
    if not lite:
        border.bounded, border.holiday = 1, days // 3
    window = cimba.Window(warmup=0.0, duration=days * 1440.0)
    found = cimba.Experiment(border, replications=1, window=window, seed=seed).run()[border]
    return int(np.ravel(found.trucks)[0]), float(np.ravel(found.door_to_door)[0])
