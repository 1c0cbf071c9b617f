"""Causes of waiting in runs worked out by hand: minutes by station and cause."""

import numba
import numpy as np
import pytest

from sim.measure.causes import CAUSES, added_up, causes
from sim.measure.laws import check
from sim.measure.visits import decode
from sim.planning import large

MIN = 60_000
assert numba  # it being there is what makes large runs take the compiled ways


def waited(run):
    """Minutes waited by (station waited for, cause), what is not 0."""
    found, lives = causes(run.lives), run.lives
    stations = run.plan.network.layout.stations
    minutes = {}
    for wait, cause, length in zip(found.wait.tolist(), found.cause.tolist(), found.length.tolist(), strict=True):
        key = (stations[lives.visits.station[lives.waits.visit[wait]]], CAUSES[cause])
        minutes[key] = minutes.get(key, 0) + length
    assert sum(found.length.tolist()) == sum(lives.visits.waited.tolist())
    assert added_up_compiled(run) == minutes
    return {key: length / MIN for key, length in minutes.items()}


def added_up_compiled(run):
    """The same in ms from the passes over large runs."""
    stations = run.plan.network.layout.stations
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large, "LARGE", 0)
        sums = added_up(decode(run.plan, run.trace), np.zeros(len(run.trace.step), np.int64), 1)[0]
    return {(stations[s], CAUSES[c]): sums[s, c] for s, c in zip(*np.nonzero(sums), strict=True)}


def test_a_busy_desk_is_its_own_capacity(desk):
    assert waited(desk()) == {("desk", "own capacity"): 9 + 18}


def test_the_same_desk_beyond_the_border_is_the_far_side(desk):
    run = desk(stations={"desk": {"servers": 1, "service": "10 min", "side": "far"}})
    assert waited(run) == {("desk", "far side"): 27}


def test_hours_count_while_nobody_is_on_duty_even_if_one_works_over_time(desk):
    """Served 0-10 (over time from 5), then closed until 30: trucks wait 1-5, 2-5 for capacity, then for hours."""
    run = desk(
        stations={"desk": {"servers": 1, "service": "10 min", "hours": "00:00-00:05, 00:30-02:00", "closing": "finish"}}
    )
    assert [row[2] for row in run.visits("desk")] == [0, 30, 40]
    assert waited(run) == {("desk", "own capacity"): 4 + 3 + 10, ("desk", "hours"): 25 + 25}


@pytest.mark.parametrize("reason", ["holiday", "incident", "order"])
def test_a_closure_has_the_reason_of_its_notice(run, reason):
    notice = {"from": "2025-07-01 00:05", "to": "2025-07-01 00:45", "hours": "closed", "reason": reason}
    found = run(
        stations={"desk": {"servers": 1, "service": "10 min", "hours": "board", "closing": "finish"}},
        calendars={"board": {"hours": "00:00-24:00", "notices": [notice]}},
        routes={"way": [{"at": "desk"}]},
        flows={"fruit": {"arrived": [20], "route": "way"}},
        length="2 d",
    )
    assert waited(found) == {("desk", reason): 25}


def test_a_full_yard_is_followed_to_the_station_that_its_trucks_wait_for(run):
    """Yard of 1, gate closed until 30 and then 10 min each. The second waits outside: closed, then busy."""
    found = run(
        stations={
            "yard": {"places": 1},
            "gate": {"servers": 1, "service": "10 min", "hours": "00:30-24:00", "closing": "finish"},
        },
        routes={"way": [{"in": "yard", "do": [{"at": "gate"}]}]},
        flows={"fruit": {"arrived": [0, 5], "route": "way"}},
    )
    assert found.visits("yard") == [(0, 0, None, None, 40), (5, 40, None, None, 50)]
    # from 30 to 40 the holder of the place is being served and waits for nothing
    assert waited(found) == {("gate", "hours"): 30, ("yard", "hours"): 25, ("yard", "no place ahead"): 10}


def test_blocking_after_service_goes_back_to_the_far_side(run):
    """Near desk (2 min, keeps its server) before one far place with 10 min of service behind it."""
    found = run(
        stations={
            "desk": {"servers": 1, "service": "2 min"},
            "yard": {"places": 1},
            "far": {"servers": 1, "service": "10 min", "side": "far"},
            "slow": {"servers": 1, "service": "30 min", "side": "far"},
        },
        routes={"way": [{"at": "desk"}, {"in": "yard", "do": [{"at": "far"}]}], "other": [{"at": "far"}]},
        flows={"rice": {"arrived": [0], "route": "other"}, "fruit": {"arrived": [0, 0, 0], "route": "way"}},
    )
    # far is busy 0-10 with rice; truck 1 has the place from 2, waits 2-10, is served 10-20; truck 2 is done at the
    # desk at 4 and blocked until 20; truck 3 waits for the desk 0-4 (own), 4-10 far side, 10-20 no place (the holder is
    # being served), starts at 20, is done at 22, blocked until 30 while truck 2 is served.
    assert [row[2] for row in found.visits("desk")] == [0, 2, 20]
    assert waited(found) == {
        ("far", "far side"): 8,
        ("desk", "own capacity"): 2 + 4,
        ("desk", "far side"): 6,
        ("desk", "no place ahead"): 10,
        ("yard", "far side"): 6,
        ("yard", "no place ahead"): 10 + 8,
    }


def test_a_place_kept_for_trucks_on_the_road_is_called_late(run):
    """One call at a time and 20 min from the park: while the called one drives, the others are called late."""
    found = run(
        stations={"park": {"places": 9}, "yard": {"places": 1}, "gate": {"servers": 1, "service": "5 min"}},
        routes={"way": [{"in": "park", "do": []}, {"in": "yard", "do": [{"travel": "20 min"}, {"at": "gate"}]}]},
        flows={"fruit": {"arrived": [0, 0], "route": "way"}},
    )
    assert found.visits("yard") == [(0, 0, None, None, 25), (0, 25, None, None, 50)]
    assert waited(found) == {("yard", "called late"): 20, ("yard", "no place ahead"): 5}


@pytest.mark.parametrize(
    "discipline",
    [
        ["fruit", "rice"],
        {"ageing": {"fruit": {"head_start": "30 min"}}},
        {"cycle": ["fruit", "rice"]},
        "earliest-expiry",
    ],
)
def test_who_is_passed_by_a_better_class_is_overtaken_from_then_on(run, discipline):
    """Served 0-10: rice; fruit, come at 5, goes first at 10; rice, come at 1, at 20. It is overtaken from 10 to 20."""
    found = run(
        stations={"desk": {"servers": 1, "service": "10 min", "discipline": discipline}},
        routes={"way": [{"at": "desk"}]},
        flows={
            "rice": {"arrived": [0, 1], "route": "way", "cargo": "rice"},
            "fruit": {"arrived": [5], "route": "way", "cargo": "fruit"},
        },
        cargoes={"fruit": {"shelf_life": "1 d"}, "rice": {"shelf_life": "9 d"}},
    )
    check(found.lives)
    assert waited(found) == {("desk", "own capacity"): 9 + 5, ("desk", "overtaken"): 10}


def test_who_came_first_is_not_overtaken_by_a_better_class_that_came_before(run):
    found = run(
        stations={"desk": {"servers": 1, "service": "10 min", "discipline": ["fruit", "rice"]}},
        routes={"way": [{"at": "desk"}]},
        flows={
            "rice": {"arrived": [0, 3], "route": "way", "cargo": "rice"},
            "fruit": {"arrived": [2], "route": "way", "cargo": "fruit"},
        },
        cargoes={"fruit": {}, "rice": {}},
    )
    assert waited(found) == {("desk", "own capacity"): 8 + 17}


def test_what_does_not_fit_before_closing_waits_for_the_hours(run):
    """10 min of work at 10, closing at 15: idle, yet it waits for the hours, and so does who stands behind."""
    found = run(
        stations={"desk": {"servers": 1, "service": "10 min", "hours": "00:00-00:15, 01:00-02:00", "closing": "fits"}},
        routes={"way": [{"at": "desk"}]},
        flows={"fruit": {"arrived": [0, 1, 12], "route": "way"}},
    )
    assert [row[2] for row in found.visits("desk")] == [0, 60, 70]
    assert waited(found) == {("desk", "own capacity"): 9 + 10, ("desk", "hours"): 50 + 48}


def test_behind_the_head_of_a_road_all_wait_for_what_it_waits_for(run):
    """One file: the first wants gate A, busy until 30; the second wants gate B, which is idle."""
    found = run(
        stations={
            "road": {"length": "1 km", "spacing": "18 m", "one_file": True},
            "a/yard": {"places": 1}, "a": {"servers": 1, "service": "30 min"},
            "b": {"servers": 1, "service": "5 min"},
        },
        routes={
            "to-a": [{"in": "road", "do": []}, {"in": "a/yard", "do": [{"at": "a"}]}],
            "to-b": [{"in": "road", "do": []}, {"at": "b"}],
        },
        flows={"first": {"arrived": [0, 1], "route": "to-a"}, "second": {"arrived": [2], "route": "to-b"}},
    )  # fmt: skip
    assert found.visits("b") == [(2, None, 30, 35, 35)]
    minutes = waited(found)
    assert sum(minutes.values()) == 29 + 28
    assert {cause for _, cause in minutes} == {"no place ahead"}


def test_trucks_that_wait_for_each_other_have_no_place_ahead(run):
    """Each holds the place the other wants."""
    found = run(
        stations={"x": {"places": 1}, "y": {"places": 1}},
        routes={
            "xy": [{"in": "x", "do": [{"travel": "1 min"}, {"in": "y"}]}],
            "yx": [{"in": "y", "do": [{"travel": "1 min"}, {"in": "x"}]}],
        },
        flows={"one": {"arrived": [0], "route": "xy"}, "two": {"arrived": [0], "route": "yx"}},
        length="1 h",
    )
    assert waited(found) == {("x", "no place ahead"): 59, ("y", "no place ahead"): 59}


def test_causes_add_up_in_a_busy_network_with_everything_at_once(run):
    """About 1,000 trucks in two directions over one lane, priority, a park that calls, hours, reserved servers."""
    station = {"closing": "finish", "hours": "06:00-20:00"}
    found = run(
        length="4 d",
        stations={
            "road": {"length": "0.5 km", "spacing": "18 m"},
            "park": {"places": 40},
            "yard": {"places": 10},
            "desk": {"servers": 3, "service": {"law": "exponential", "mean": "9 min"}, "discipline": ["fruit", "rice"],
                     "reserved": {"servers": 1, "classes": ["fruit"], "others_when_empty": True}} | station,
            "lane": {"servers": 1, "service": "2 min"} | station,
            "far": {"servers": 2, "service": "10 min", "places": 5, "side": "far"} | station,
        },
        routes={
            "out": [{"in": "road", "do": [{"travel": "10 min"}]}, {"in": "park", "do": []},
                    {"in": "yard", "do": [{"travel": "5 min"}, {"at": "desk"}]},
                    {"at": "lane", "crosses": True}, {"at": "far"}, {"at": "lane"}],
            "back": [{"at": "lane", "crosses": True}],
        },
        flows={
            "out": {"route": "out", "volume": "180 trucks/d", "cargo": {"fruit": 0.5, "rice": 0.5}},
            "back": {"route": "back", "volume": "60 trucks/d", "cargo": "rice", "direction": "import"},
        },
        cargoes={"fruit": {}, "rice": {}},
    )  # fmt: skip
    minutes = waited(found)
    assert sum(minutes.values()) > 10_000
    assert {cause for _, cause in minutes} >= {"hours", "far side", "own capacity", "overtaken"}


def test_who_came_at_the_same_instant_did_not_come_later(run):
    """Rice and fruit at 5 min: fruit goes first at 10, and rice was not overtaken."""
    found = run(
        stations={"desk": {"servers": 1, "service": "10 min", "discipline": ["fruit", "rice"]}},
        routes={"way": [{"at": "desk"}]},
        flows={
            "rice": {"arrived": [0, 5], "route": "way", "cargo": "rice"},
            "fruit": {"arrived": [5], "route": "way", "cargo": "fruit"},
        },
        cargoes={"fruit": {}, "rice": {}},
    )
    assert waited(found) == {("desk", "own capacity"): 5 + 15}
