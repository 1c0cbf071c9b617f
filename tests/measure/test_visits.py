"""Lives read from stamps, against runs worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from sim.measure.broken import BrokenLaw
from sim.measure.visits import decode
from sim.planning.plan import NEVER
from sim.trace import Outcome

MIN = 60_000


def test_one_desk_serves_three_trucks_one_after_the_other(desk):
    run = desk()
    assert run.visits("desk") == [(0, None, 0, 10, 10), (1, None, 10, 20, 20), (2, None, 20, 30, 30)]
    assert (run.lives.visits.waited / MIN).tolist() == [0, 9, 18]
    assert (run.lives.fates.departed / MIN).tolist() == [10, 20, 30]
    assert run.lives.fates.outcome.tolist() == [Outcome.CROSSED] * 3


def test_what_has_not_come_by_the_end_is_never_and_waits_count_up_to_the_end(desk):
    run = desk(length="15 min")
    assert run.visits("desk") == [(0, None, 0, 10, 10), (1, None, 10, None, None), (2, None, None, None, None)]
    assert (run.lives.visits.waited / MIN).tolist() == [0, 9, 13]
    assert run.lives.fates.outcome.tolist() == [Outcome.CROSSED, Outcome.INSIDE, Outcome.INSIDE]
    assert run.lives.fates.departed.tolist() == [10 * MIN, NEVER, NEVER]


def test_a_truck_blocked_after_service_waits_for_the_station_ahead(run):
    """A (2 min) keeps its server until B (10 min, one place) has room."""
    found = run(
        stations={
            "a": {"servers": 1, "service": "2 min"},
            "b": {"servers": 1, "service": "10 min", "places": 1},
        },
        routes={"way": [{"at": "a"}, {"at": "b"}]},
        flows={"fruit": {"arrived": [0, 0, 0], "route": "way"}},
    )
    assert found.visits("a") == [(0, None, 0, 2, 2), (0, None, 2, 4, 12), (0, None, 12, 14, 22)]
    assert found.visits("b") == [(2, 2, 2, 12, 12), (4, 12, 12, 22, 22), (14, 22, 22, 32, 32)]
    waited = {s: found.lives.visits.waited[found.lives.visits.station == found.station(s)] // MIN for s in ("a", "b")}
    assert waited["a"].tolist() == [0, 2, 12]
    assert waited["b"].tolist() == [0, 8, 8]


def test_a_paused_service_ends_at_its_stamp(run):
    found = run(
        stations={"desk": {"servers": 1, "service": "30 min", "hours": "00:00-00:20, 01:00-02:00", "closing": "pause"}},
        routes={"way": [{"at": "desk"}]},
        flows={"fruit": {"arrived": [0], "route": "way"}},
    )
    assert found.visits("desk") == [(0, None, 0, 70, 70)]


def test_a_truck_turned_away_has_joined_and_nothing_else(run):
    found = run(
        stations={"desk": {"servers": 1, "service": "10 min", "places": 1, "when_full": "turn_away"}},
        routes={"way": [{"at": "desk"}]},
        flows={"fruit": {"arrived": [0, 1], "route": "way"}},
    )
    assert found.visits("desk") == [(0, 0, 0, 10, 10), (1, None, None, None, None)]
    assert found.lives.fates.outcome.tolist() == [Outcome.CROSSED, Outcome.TURNED_BACK]
    assert found.plan.network.reasons[found.lives.fates.reason[1]] == "desk full"


def test_a_truck_has_crossed_when_it_leaves_the_lane_whatever_follows(run):
    found = run(
        stations={"lane": {"servers": 1, "service": "5 min"}, "unloading": {"servers": 1, "service": "1 h"}},
        routes={"way": [{"at": "lane", "crosses": True}, {"at": "unloading"}]},
        flows={"fruit": {"arrived": [0], "route": "way", "gate": "east"}},
        length="30 min",
    )
    assert found.lives.fates.outcome.tolist() == [Outcome.CROSSED]
    assert found.lives.fates.departed.tolist() == [5 * MIN]
    assert found.lives.fates.gate.tolist() == [0]


def test_a_truck_that_left_no_trace_of_going_on_is_lost(desk):
    run = desk()
    stamps = run.trace.stamps.copy()
    stamps[run.plan.trucks.stamp_at[1]] = NEVER
    with pytest.raises(
        BrokenLaw, match=r"trucks conserved: it never left step \d+ but was last seen at step \d+ at desk"
    ):
        decode(run.plan, replace(run.trace, stamps=stamps))


def test_a_grant_before_the_asking_is_a_negative_wait(desk):
    run = desk()
    stamps = run.trace.stamps.copy()
    stamps[run.plan.trucks.stamp_at[1]] = 30_000
    with pytest.raises(BrokenLaw, match="no negative wait"):
        decode(run.plan, replace(run.trace, stamps=stamps))


def test_nothing_may_happen_after_the_end(desk):
    run = desk()
    stamps = run.trace.stamps.copy()
    stamps[run.plan.trucks.stamp_at[2]] = 61 * MIN
    with pytest.raises(BrokenLaw, match="nothing happens at or after the end"):
        decode(run.plan, replace(run.trace, stamps=stamps))


def test_visits_do_not_depend_on_the_number_of_route_variants(run):
    """Shares and feedback make many programs; the same works give the same sums. n = 300 trucks, exact."""
    parts = {
        "stations": {"a": {"servers": 2, "service": "3 min"}, "b": {"servers": 1, "service": "2 min"}},
        "routes": {"way": [{"repeat": 0.4, "do": [{"at": "a"}, {"at": "b", "share": 0.5}]}]},
        "flows": {"fruit": {"arrived": list(range(300)), "route": "way"}},
    }
    found = run(**parts)
    assert len(found.plan.network.layout.programs) > 10
    visits = found.lives.visits
    done = visits.left != NEVER
    served = (visits.ended - visits.started)[done]
    assert set(served[visits.station[done] == 0].tolist()) == {3 * MIN}
    assert set(served[visits.station[done] == 1].tolist()) == {2 * MIN}
    assert np.array_equal(visits.waited[done], (visits.started - visits.joined)[done])
