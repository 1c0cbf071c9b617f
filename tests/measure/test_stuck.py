"""Deadlocks are found and named; what only waits is none."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from sim.measure.stuck import deadlock

MIN = 60_000


def _ring(run, **more):
    return run(**({
        "stations": {"x": {"places": 1}, "y": {"places": 1}, "desk": {"servers": 1, "service": "1 d"}},
        "routes": {
            "xy": [{"in": "x", "do": [{"travel": "1 min"}, {"in": "y"}]}],
            "yx": [{"in": "y", "do": [{"travel": "2 min"}, {"in": "x"}]}],
            "desk": [{"at": "desk"}],
        },
        "flows": {
            "one": {"arrived": [0, 9], "route": "xy"},
            "two": {"arrived": [0], "route": "yx"},
            "three": {"arrived": [0, 1], "route": "desk"},
        },
        "length": "1 h",
    } | more))  # fmt: skip


def test_a_ring_of_full_places_is_named_with_its_trucks_and_its_time(run):
    found = _ring(run)
    stuck = deadlock(found.lives)
    assert stuck.stations == ("x", "y")
    flows = found.plan.trucks.flow[[found.plan.trucks.id.tolist().index(t) for t in stuck.trucks]]
    assert sorted(flows.tolist()) == [
        0,
        0,
        1,
    ]  # the truck that waits behind is stuck as well, those at the desk are not
    assert stuck.since == 2 * MIN
    start = dt.datetime(2025, 3, 3, 23, 59, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    told = "deadlock at x and y: 3 trucks wait for each other for ever, since 2025-03-04 00:01"
    assert stuck.told(start) == told


def test_one_more_place_is_no_deadlock(run):
    found = _ring(run, stations={"x": {"places": 1}, "y": {"places": 2}, "desk": {"servers": 1, "service": "1 d"}})
    assert deadlock(found.lives) is None


def test_a_long_queue_is_no_deadlock(desk):
    assert deadlock(desk(length="15 min").lives) is None


@pytest.mark.parametrize("hours", ["05:00-06:00", "09:00-10:00"])
def test_a_closed_gate_is_no_deadlock_even_if_the_run_never_sees_it_open(desk, hours):
    run = desk(
        stations={"desk": {"servers": 1, "service": "10 min", "hours": hours, "closing": "finish"}},
        length="8 h",
        flows={"fruit": {"arrived": [400, 401], "route": "way"}},
    )  # fmt: skip
    assert deadlock(run.lives) is None


def test_nobody_waiting_is_no_deadlock(desk):
    assert deadlock(desk().lives) is None


def test_who_only_waits_behind_the_ring_is_stuck_but_not_part_of_it(run):
    """A truck at 20 min fills the road before x, one at 30 min waits for the road: the ring is x and y since 2 min."""
    found = _ring(
        run,
        stations={"x": {"places": 1}, "y": {"places": 1}, "road": {"places": 1}},
        routes={
            "xy": [{"in": "road"}, {"in": "x", "do": [{"travel": "1 min"}, {"in": "y"}]}],
            "yx": [{"in": "y", "do": [{"travel": "2 min"}, {"in": "x"}]}],
        },
        flows={"one": {"arrived": [0, 20, 30], "route": "xy"}, "two": {"arrived": [0], "route": "yx"}},
    )
    stuck = deadlock(found.lives)
    assert (stuck.stations, stuck.since, len(stuck.trucks)) == (("x", "y"), 2 * MIN, 4)
