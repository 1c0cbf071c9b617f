"""Work is conserved, in both engines: no server idles while a truck waits, and the order of trucks makes no work.

Kleinrock's conservation law, sum of rho_i Wq_i the same in every order, speaks of long-run means. What holds on every
path with one server, whatever the order, as long as it ignores services and interrupts none for another truck:
the unfinished work is the same at every instant; and, where the server never closes and everyone is served, so is the
sum over the trucks of service x wait, which is the integral of the unfinished work less half the squared services.
"""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.measure.calendar import capacities
from sim.planning.plan import NEVER, Change, Closing, Kind
from tests.oracles.case import MINUTE
from tests.oracles.stays import seen

from .generated import changed, lived, networks

TRIES = 30
LAW = settings(max_examples=TRIES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
ENGINES = pytest.mark.parametrize("engine", ["simpy", "compiled"])
ORDERS = ("first-come", "[fruit, other]", "[other, fruit]")
DAYS = st.sampled_from(["", ', hours: "08:00-09:00, 09:30-18:00"', ', hours: "22:00-09:00"'])


def run(network, engine):
    with tempfile.TemporaryDirectory() as folder:
        return lived(network, engine, Path(folder))


def ordered(network, order, hours=""):
    """The same trucks at a single server; what comes behind it never holds them up."""
    closing = f"{hours}, closing: pause" if hours else ""
    return changed(network, stations={
        "desk": f"servers: 1{closing}, discipline: {order}", "gate": "servers: unlimited", "lane": "servers: unlimited",
    })  # fmt: skip


def first_visits(lives):
    """Arrived, started, ended of the visits of the desk, in order of trucks. [ms]"""
    visits = lives.visits
    mine = visits.station == lives.plan.network.layout.stations.index("desk")
    return visits.joined[mine], visits.started[mine], visits.ended[mine]


def unfinished(lives, network, times):
    """Work that has come and is not done at each time. [ms]"""
    joined, started, ended = first_visits(lives)
    came = sum(60_000 * t.works[0] * (at <= times) for t, at in zip(network.trucks, joined, strict=True))
    worked = sum(np.clip(times, a, b) - a for a, b in zip(started, ended, strict=True))
    return came - worked + sum(np.clip(times, a, b) - a for a, b in lives.trace.paused[:, 2:])


@ENGINES
@LAW
@given(network=networks(only_first_come=True), hours=DAYS)
def test_unfinished_work_is_the_same_in_every_order_at_every_instant(engine, network, hours):
    """One server, which pauses where it closes. Between the instants looked at the work is linear in time."""
    runs = [run(ordered(network, order, hours), engine) for order in ORDERS]
    times = np.unique(np.concatenate([*(np.concatenate(first_visits(r)) for r in runs),
                                      *(r.trace.paused[:, 2:].ravel() for r in runs)]))  # fmt: skip
    paths = [unfinished(r, network, times).tolist() for r in runs]
    assert paths[1] == paths[0]
    assert paths[2] == paths[0]
    assert min(paths[0]) >= 0 == paths[0][-1]


@ENGINES
@LAW
@given(network=networks(only_first_come=True))
def test_service_times_wait_adds_up_to_the_same_in_every_order(engine, network):
    """One server that never closes; the sum is that of Lindley's recursion, in squared minutes."""
    expected = wait = 0
    for truck, following in zip(network.trucks, (*network.trucks[1:], None), strict=True):
        expected += truck.works[0] * wait
        wait = max(0, wait + truck.works[0] - (following.arrived - truck.arrived)) if following else 0
    for order in ORDERS:
        joined, started, ended = first_visits(run(ordered(network, order), engine))
        assert int(((ended - started) * (started - joined)).sum()) == expected * 60_000**2, order


@ENGINES
@LAW
@given(network=networks())
def test_no_server_on_duty_is_free_while_a_truck_waits_for_it(engine, network):
    """Calendars, priorities, small yards and blocking; who was taken by an earlier team does not bind the new one."""
    lives = run(network, engine)
    plan, layout = lives.plan, lives.plan.network.layout
    works = plan.network.steps[plan.network.steps["kind"] == Kind.WORK]
    for resource in np.unique(works["server"][works["server"] >= 0]).tolist():
        station = layout.resource_station[resource]
        waiting, capacity = lives.occupancy.waiting[station], capacities(plan)[resource]
        for now in np.unique(np.concatenate([waiting.time, capacity.time])):
            at = np.array([now])
            free = int(capacity.at(at)[0]) - bound(lives, resource, now)
            assert free <= 0 or waiting.at(at)[0] == 0, (layout.stations[station], int(now))


@ENGINES
@LAW
@given(network=networks())
def test_two_ways_of_reading_a_run_give_the_same_visits(engine, network):
    """The tables of every result, and what the exact answers are held against, read the Trace apart from each other."""
    lives = run(network, engine)
    theirs = seen(lives.plan, lives.trace, MINUTE).stays
    for field in ("truck", "station", "joined", "entered", "started", "ended", "left"):
        assert getattr(lives.visits, field).tolist() == getattr(theirs, field).tolist(), field


def bound(lives, resource, now):
    """Servers that are taken just after an instant and count against those on duty."""
    plan, units = lives.plan, lives.units
    mine = (units.resource == resource) & (units.time <= now)
    held = int(units.taken[mine].sum())
    _, of, since, until = lives.trace.paused.T
    paused = int(((of == resource) & (since <= now) & ((until == NEVER) | (until > now))).sum())
    if plan.network.resources["closing"][resource] != Closing.HANDOVER:
        return held - paused
    changes = plan.network.changes
    shifts = changes["time"][(changes["what"] == Change.SHIFT) & (changes["target"] == resource)]
    last = max((int(t) for t in shifts if t <= now), default=NEVER)
    given = {int(t) for t in units.truck[mine & (units.taken < 0)]}
    return sum(int(t) not in given for t in units.truck[mine & (units.taken > 0) & (units.time >= last)])
