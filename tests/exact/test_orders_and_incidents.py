"""Orders, incidents and a starting backlog in whole runs of both engines, against times worked out by hand.

Minutes are counted from the start, 1 July 2025 00:00 unless a test says otherwise.
"""

from itertools import pairwise

import numpy as np
import pytest

from sim.engine import simulate
from sim.measure.causes import CAUSES, causes
from sim.measure.laws import check
from sim.measure.visits import decode
from sim.planning.incidents import occurrences
from sim.planning.keyed import stream
from sim.planning.make import make_plan
from sim.planning.plan import NEVER
from sim.scenario.scenario import Scenario
from sim.scenario.schema import ScenarioFile
from sim.trace import Outcome

MIN, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def scenario(*, start="2025-07-01", length="24 h", **parts):
    mapping = {
        "kind": "scenario", "format": 1, "title": "t", "period": {"start": start, "length": length},
        "stations": {"near/lane": {"servers": 1, "service": "10 min", "closing": "finish"}},
        "routes": {"way": [{"at": "near/lane", "crosses": True}]},
    }  # fmt: skip
    flows = {key: {"route": "way", "gate": "near"} | flow for key, flow in parts.pop("flows").items()}
    file = ScenarioFile.model_validate(mapping | {"gates": {"near": {}}} | parts | {"flows": flows})
    return Scenario(file=file, resolved={}, origins={}, sources={})


@pytest.fixture(name="run", params=["simpy", "compiled"])
def run_of_an_engine(request):
    """A function: parts of a file -> what happened, its laws checked."""

    def run(**parts):
        plan = make_plan(scenario(**parts), seed=7)
        lives = decode(plan, simulate(plan, engine=request.param))
        check(lives)
        return lives

    return run


def at(lives, station, stamp="started"):
    """Of each flow the minutes at which its trucks had a stamp at a station, in order of arrival."""
    layout, trucks, visits = lives.plan.network.layout, lives.plan.trucks, lives.visits
    rows = np.flatnonzero(visits.station == layout.stations.index(station))
    found = {flow: [] for flow in layout.flows}
    for row in rows[np.argsort(trucks.arrived[visits.truck[rows]], kind="stable")]:
        time = int(getattr(visits, stamp)[row])
        found[layout.flows[trucks.flow[visits.truck[row]]]].append(None if time == NEVER else time / MIN)
    return found


def waited(lives):
    """Minutes of waiting by cause."""
    found = causes(lives)
    return {CAUSES[c]: int(found.length[found.cause == c].sum()) / MIN for c in np.unique(found.cause).tolist()}


HOURLY = {
    "fruit": {"cargo": "fruit", "every": "1 h"},
    "steel": {"cargo": "steel", "every": "1 h", "first": "30 min"},
}


# ------------------------------------------------------------------------------------ closed for some trucks


@pytest.mark.parametrize("whom", [{"cargo": "fruit"}, {"cargo": ["fresh"]}, {"direction": "import"}])
def test_closed_for_some_trucks_they_wait_and_all_others_go_on(run, whom):
    """Closed 1-3 h: of the hourly trucks those of 1 h and 2 h start at 3 h, one behind the other, the third at 3:20."""
    order = {"from": "1 h", "to": "3 h", "at": "near", "closed": True} | whom
    flows = HOURLY | {"fruit": HOURLY["fruit"] | {"direction": "import"}}
    lives = run(length="5 h", flows=flows, cargoes={"fruit": {"class": "fresh"}}, orders={"stop": order})
    assert at(lives, "near/lane") == {"fruit": [0, 180, 190, 200, 240], "steel": [30, 90, 150, 210, 270]}
    assert waited(lives) == {"order": 180, "own capacity": 30}


def test_a_service_in_hand_is_completed_when_its_cargo_is_closed_out(run):
    order = {"from": "5 min", "at": "near/lane", "cargo": "fruit", "closed": True}
    lives = run(length="2 h", flows=HOURLY, orders={"stop": order})
    assert at(lives, "near/lane", "ended") == {"fruit": [10, None], "steel": [40, 100]}


def test_a_yard_is_closed_for_entry_of_all(run):
    """A station without servers: nobody enters from 1 h to 2 h; the truck of 1:30 waits outside for half an hour."""
    lives = run(
        length="3 h", flows={"steel": HOURLY["steel"]},
        routes={"way": [{"in": "near/yard", "do": [{"at": "near/lane"}]}]},
        stations={"near/yard": {"places": 5}, "near/lane": {"servers": 1, "service": "10 min"}},
        orders={"shut": {"from": "1 h", "to": "2 h", "at": "near/yard", "closed": True}},
    )  # fmt: skip
    assert at(lives, "near/yard", "entered") == {"steel": [30, 120, 150]}
    assert waited(lives) == {"order": 30}


def test_a_whole_gate_is_closed_with_its_reason(run):
    order = {"from": "1 h", "to": "2 h", "at": "near", "closed": True, "reason": "holiday"}
    lives = run(length="3 h", flows={"steel": HOURLY["steel"]}, orders={"shut": order})
    assert at(lives, "near/lane") == {"steel": [30, 120, 150]}
    assert waited(lives) == {"holiday": 30}


# ---------------------------------------------------------------------------------------------- intake


def test_trucks_that_appear_during_a_stop_turn_back_with_its_reason(run):
    order = {
        "title": "no fresh fruit",
        "from": "1 h",
        "to": "3 h",
        "at": "near",
        "cargo": "fruit",
        "intake": "turn-back",
    }
    lives = run(length="5 h", flows=HOURLY, orders={"stop": order})
    fruit = lives.plan.trucks.cargo == lives.plan.network.layout.cargoes.index("fruit")
    assert lives.fates.outcome[fruit].tolist() == [Outcome.CROSSED, *[Outcome.TURNED_BACK] * 2, *[Outcome.CROSSED] * 2]
    back = np.flatnonzero(lives.fates.outcome == Outcome.TURNED_BACK)
    assert lives.fates.departed[back].tolist() == [HOUR, 2 * HOUR]
    assert {lives.plan.network.reasons[r] for r in lives.fates.reason[back]} == {"no fresh fruit"}
    assert at(lives, "near/lane")["steel"] == [30, 90, 150, 210, 270]


def test_a_stop_of_intake_leaves_every_draw_as_it_was():
    flows = {"fruit": {"volume": "200/d", "surge": 0.3, "cargo": {"fruit": 0.5, "durian": 0.5}}}
    stations = {"near/lane": {"servers": 3, "service": {"law": "exponential", "mean": "10 min"}, "closing": "finish"}}
    stop = {"from": "6 h", "to": "12 h", "cargo": "durian", "intake": "turn-back"}
    free, stopped = (make_plan(scenario(flows=flows, stations=stations, orders=o)).trucks for o in ({}, {"stop": stop}))
    for name in ("id", "arrived", "enters", "flow", "cargo"):
        assert np.array_equal(getattr(free, name), getattr(stopped, name))
    widths = np.diff(stopped.work_at)
    assert sorted(set(widths.tolist())) == [0, 1]
    assert np.array_equal(free.work[widths == 1], stopped.work)
    inside = (free.arrived >= 6 * HOUR) & (free.arrived < 12 * HOUR)
    durian = free.cargo == 0  # of durian and fruit
    assert np.array_equal(widths == 0, inside & durian)


def test_only_the_share_that_complies_turns_back():
    """Of 10,000 trucks, share 0.3: standard error 0.0046."""
    flows = {"fruit": {"bursts": [{"at": "1 h", "trucks": 10_000}]}}
    stop = {"intake": "turn-back", "complies": 0.3}
    trucks = make_plan(scenario(flows=flows, orders={"stop": stop})).trucks
    back = float(np.mean(np.diff(trucks.work_at) == 0))
    assert abs(back - 0.3) / (0.3 * 0.7 / 10_000) ** 0.5 < 3


def test_trucks_held_back_set_off_when_the_stop_ends(run):
    """Held from 1 h to 3 h, then 10 minutes of road: at the lane at 3:10, one behind the other."""
    order = {"from": "1 h", "to": "3 h", "at": "near", "cargo": "fruit", "intake": "wait"}
    lives = run(length="4 h", flows={"fruit": HOURLY["fruit"]}, orders={"stop": order},
                routes={"way": [{"travel": "10 min"}, {"at": "near/lane"}]})  # fmt: skip
    assert at(lives, "near/lane") == {"fruit": [10, 190, 200, 210]}
    assert at(lives, "outside/stop") == {"fruit": [180, 180]}
    assert waited(lives) == {"order": 180, "own capacity": 30}


def test_a_cargo_is_let_through_another_gate_from_a_date(run):
    """From 2 h on the durian of the route to near goes by far, where it crosses."""
    lives = run(
        length="4 h", flows={"fruit": HOURLY["fruit"] | {"route": "way"}, "steel": HOURLY["steel"]},
        gates={"near": {}, "far": {}},
        stations={k: {"servers": 1, "service": "10 min", "closing": "finish"} for k in ("near/lane", "far/lane")},
        routes={"way": [{"at": "near/lane", "crosses": True}], "other": [{"at": "far/lane", "crosses": True}]},
        orders={"open": {"from": "2 h", "cargo": "fruit", "reroute": "other", "routes": ["way"]}},
    )  # fmt: skip
    assert at(lives, "near/lane") == {"fruit": [0, 60], "steel": [30, 90, 150, 210]}
    assert at(lives, "far/lane") == {"fruit": [120, 180], "steel": []}
    fruit = lives.plan.trucks.flow == 0
    assert [lives.plan.network.layout.gates[g] for g in lives.fates.gate[fruit]] == ["near", "near", "far", "far"]


def test_intake_stops_some_days_before_a_holiday():
    """Golden Week 2025 began on 1 October, China time: at 23:00 on 30 September in Vietnam. Two days before it."""
    stop = {"around": {"holidays": "CN", "only": ["national-day"], "before": 2, "during": False}, "intake": "turn-back"}
    flows = {"fruit": {"every": "1 h"}}
    trucks = make_plan(scenario(start="2025-09-28", length="4 d", flows=flows, orders={"stop": stop})).trucks
    back = trucks.arrived[np.diff(trucks.work_at) == 0] / HOUR
    assert (back.min(), back.max(), back.size) == (23, 23 + 47, 48)


# ------------------------------------------------------------------------------------------------ speed


@pytest.mark.parametrize(("acts_on", "ended"), [("in-progress", [120, 180]), ("new", [90, 210])])
def test_a_slow_time_stretches_services_in_progress_or_new_ones_only(run, acts_on, ended):
    """An hour of work from 0:30, half speed from 1:00 to 2:00.

    Stretched, it ends at 2:00 and the next at 3:00. Where only new services are slow it ends at 1:30 and the
    next, begun slow, stays slow for two hours.
    """
    slow = {"from": "1 h", "to": "2 h", "at": "near/lane", "speed": 0.5, "speed_acts_on": acts_on}
    lives = run(length="5 h", flows={"steel": {"bursts": [{"at": "30 min", "trucks": 2}]}}, orders={"slow": slow},
                stations={"near/lane": {"servers": 1, "service": "1 h", "closing": "finish"}})  # fmt: skip
    assert at(lives, "near/lane", "ended") == {"steel": ended}


def test_checks_are_longer_for_trucks_that_appear_meanwhile(run):
    """Twice as long for the fruit that appears from 1 h to 2 h; steel is checked as ever."""
    slow = {"from": "1 h", "to": "2 h", "at": "near/lane", "cargo": "fruit", "service_factor": 2}
    lives = run(length="3 h", flows=HOURLY, incidents={"slow": slow})
    assert at(lives, "near/lane", "ended") == {"fruit": [10, 80, 130], "steel": [40, 100, 160]}


# -------------------------------------------------------------------------------------------- incidents


@pytest.mark.parametrize(("section", "started"), [("incidents", 90), ("orders", 180)])
def test_what_fits_before_closing_does_not_know_of_an_outage_to_come(run, section, started):
    """An hour of work at 1:30, closed from 2 h to 3 h: an order is known beforehand, an incident is not."""
    shut = {"shut": {"from": "2 h", "to": "3 h", "at": "near/lane", "closed": True}}
    lives = run(length="6 h", flows={"steel": {"bursts": [{"at": "90 min", "trucks": 1}]}}, **{section: shut},
                stations={"near/lane": {"servers": 1, "service": "1 h", "closing": "fits"}})  # fmt: skip
    assert at(lives, "near/lane") == {"steel": [started]}


def test_after_an_outage_what_fits_looks_at_the_next_planned_closing(run):
    """Open to 4 h; an outage takes one of two lanes from 1 h to 2 h. An hour of work at 3:30 no longer fits."""
    lives = run(length="30 h", flows={"steel": {"bursts": [{"at": "210 min", "trucks": 1}]}},
                stations={"near/lane": {"servers": 2, "service": "1 h", "closing": "fits", "hours": "00:00-04:00"}},
                incidents={"broken": {"from": "1 h", "to": "2 h", "at": "near/lane", "loses": 1}})  # fmt: skip
    assert at(lives, "near/lane") == {"steel": [24 * 60]}


def test_a_planned_fall_that_an_incident_hides_is_over_all_the_same(run):
    """Two of four lanes all day by an incident; an order takes one of the four from 3 h on. The next fall is at 6 h."""
    lives = run(
        length="30 h", flows={"steel": {"bursts": [{"at": "210 min", "trucks": 1}]}},
        stations={"near/lane": {"servers": 4, "service": "1 h", "closing": "fits", "hours": "00:00-06:00"}},
        incidents={"broken": {"from": "1 h", "at": "near/lane", "servers": 2}},
        orders={"fewer": {"from": "3 h", "at": "near/lane", "servers": 3}},
    )  # fmt: skip
    assert at(lives, "near/lane") == {"steel": [210]}


def test_fewer_servers_during_an_incident(run):
    """Three trucks at 1 h, three lanes, two of them lost from 1 h to 2 h."""
    lives = run(length="3 h", flows={"steel": {"bursts": [{"at": "1 h", "trucks": 3}]}},
                stations={"near/lane": {"servers": 3, "service": "40 min", "closing": "finish"}},
                incidents={"broken": {"from": "1 h", "to": "2 h", "at": "near/lane", "loses": 2}})  # fmt: skip
    assert at(lives, "near/lane") == {"steel": [60, 100, 120]}


OUTAGE = {
    "at": ["near/lane", "near/desk"],
    "rate": "2/d",
    "lasts": {"law": "exponential", "mean": "1 h"},
    "closed": True,
}
TWO = {k: {"servers": 3, "service": "1 min", "closing": "finish"} for k in ("near/lane", "near/desk")}


def happening(*, at="near/lane", start="2025-07-01", days=10, replication=0, flows=None, **what):
    made = scenario(start=start, length=f"{days} d", stations=TWO, flows=flows or {}, incidents={"net": OUTAGE | what})
    found = occurrences(made, "net", made.file.incidents["net"], at, lambda name: stream(3, replication, name),
                        starts=0, ends=days * DAY)  # fmt: skip
    return [(b, e) for b, e in found if 0 <= b < days * DAY]


def test_incidents_come_as_often_as_their_rate_says():
    """2,000 days x 2 a day: n = 4,000 expected, standard error 63; half of them in the first half of the day."""
    begins = np.array([b for b, _ in happening(days=2000)])
    assert abs(len(begins) - 4000) / 4000**0.5 < 3
    assert abs(np.mean(begins % DAY < DAY / 2) - 0.5) / (0.25 / len(begins)) ** 0.5 < 3


def test_an_incident_of_a_date_is_the_same_in_every_period_and_other_in_every_replication():
    long, late = happening(days=10), happening(start="2025-07-05", days=3)
    assert [(b + 4 * DAY, e + 4 * DAY) for b, e in late] == [(b, e) for b, e in long if 4 * DAY <= b < 7 * DAY] != []
    assert happening(replication=1) != long


def test_one_outage_hits_all_stations_unless_they_have_their_own():
    assert happening(at="near/desk") == happening(at="near/lane")
    assert happening(at="near/desk", separately="station") != happening(at="near/lane", separately="station")


def test_an_incident_that_began_before_the_start_still_lasts():
    """Two a day, each of five days: at the start some ten are under way."""
    made = scenario(length="1 d", stations=TWO, flows={}, incidents={"net": OUTAGE | {"lasts": "5 d"}})
    found = occurrences(made, "net", made.file.incidents["net"], "near/lane", lambda name: stream(3, 0, name),
                        starts=0, ends=DAY)  # fmt: skip
    assert 3 <= sum(begin < 0 < end for begin, end in found) <= 20


def test_two_incidents_have_nothing_in_common():
    made = scenario(length="10 d", stations=TWO, flows={}, incidents={"net": OUTAGE, "scanner": OUTAGE})
    first, second = (
        occurrences(made, key, incident, "near/lane", lambda name: stream(3, 0, name), starts=0, ends=10 * DAY)
        for key, incident in made.file.incidents.items()
    )
    assert not set(first) & set(second)


def test_a_server_that_is_broken_does_not_break():
    """Long breakdowns of one lane overlap and become one."""
    spans = happening(at="near/lane/0", separately="server", closed=False, lasts="1 d")
    assert all(end < begin for (_, end), (begin, _) in pairwise(spans))
    assert any(end - begin > DAY for begin, end in spans)


def test_an_incident_of_a_date_has_a_random_length():
    def lengths(replication):
        spans = happening(rate=None, lasts={"law": "uniform", "low": "1 h", "high": "2 h"}, replication=replication,
                          **{"from": "2025-07-02 09:00"})  # fmt: skip
        assert [b for b, _ in spans] == [33 * HOUR]
        return [e - b for b, e in spans]

    found = [lengths(r)[0] for r in range(20)]
    assert len(set(found)) == 20
    assert HOUR <= min(found) <= max(found) <= 2 * HOUR


def test_breakdowns_of_lanes_reach_the_plan_with_their_reason():
    broken = OUTAGE | {"at": "near/lane", "separately": "server", "closed": False}
    plan = make_plan(scenario(length="30 d", stations=TWO, flows={"a": {"every": "1 h"}}, incidents={"lanes": broken}))
    servers, reasons = plan.network.changes["value"], {why for _, why in plan.network.layout.closed_reason[0]}
    assert set(servers.tolist()) >= {2, 3}
    assert servers.max() == 3
    assert reasons == {"", "incident"}
