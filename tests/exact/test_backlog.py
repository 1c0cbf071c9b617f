"""Trucks that are there at the first instant, in whole runs of both engines, against times worked out by hand."""

import numpy as np
import pytest

from sim.engine import simulate
from sim.measure.laws import check
from sim.measure.visits import decode
from sim.planning.make import make_plan
from sim.scenario.onward import onward
from sim.scenario.scenario import Scenario
from sim.scenario.schema import Fewest, ScenarioFile

MIN, HOUR = 60_000, 3_600_000
STATIONS = {
    "road": {"length": "1 km", "spacing": "100 m", "one_file": True},
    "yard": {"places": 4},
    "papers": {"servers": 1, "service": "5 min", "closing": "finish"},
    "lane": {"servers": 1, "service": "10 min", "closing": "finish"},
}
WAY = [
    {"in": "road", "do": [{"travel": "20 min"}]},
    {"in": "yard", "do": [{"at": "papers"}]},
    {"at": "lane"},
]


def scenario(start_with, *, flows=None, routes=None, length="10 h", **parts):
    mapping = {
        "kind": "scenario", "format": 1, "title": "t", "period": {"start": "2025-07-01", "length": length},
        "stations": STATIONS, "routes": routes or {"way": WAY}, "start_with": start_with,
        "flows": flows or {"fruit": {"route": "way", "every": "20 h", "first": "9 h"}},
    }  # fmt: skip
    return Scenario(file=ScenarioFile.model_validate(mapping | parts), resolved={}, origins={}, sources={})


@pytest.fixture(name="run", params=["simpy", "compiled"])
def run_of_an_engine(request):
    """A function: backlog and parts of a file -> what happened, its laws checked."""

    def run(start_with, **parts):
        plan = make_plan(scenario(start_with, **parts), seed=7)
        lives = decode(plan, simulate(plan, engine=request.param))
        check(lives)
        return lives

    return run


def standing(at, trucks, **parts):
    return {"at": at, "flow": "fruit", "trucks": trucks} | parts


def was_there(plan):
    """Which trucks entered at the first instant."""
    return plan.trucks.enters == 0


def served(lives, station):
    """(minutes since it came, minute of its service) of each truck of the backlog, in order of service."""
    layout, trucks, visits = lives.plan.network.layout, lives.plan.trucks, lives.visits
    rows = np.flatnonzero((visits.station == layout.stations.index(station)) & was_there(lives.plan)[visits.truck])
    found = [(-int(trucks.arrived[visits.truck[r]]) // MIN, int(visits.started[r]) // MIN) for r in rows]
    return sorted(found, key=lambda pair: pair[1])


def test_the_oldest_goes_first_wherever_it_is_listed(run):
    lives = run([standing("lane", 1, age="1 h"), standing("lane", 2, age="3 d"), standing("lane", 1, age="2 h")])
    assert served(lives, "lane") == [(4320, 0), (4320, 10), (120, 20), (60, 30)]


def test_ages_arrive_in_the_past_and_the_run_begins_at_its_start(run):
    lives = run([standing("lane", 2, age="3 d")])
    trucks, backlog = lives.plan.trucks, was_there(lives.plan)
    assert lives.plan.starts == 0
    assert trucks.arrived[backlog].tolist() == [-72 * HOUR] * 2
    assert trucks.enters[backlog].tolist() == [0, 0]
    assert (lives.fates.departed[backlog] // MIN).tolist() == [10, 20]


def test_they_are_before_everybody_who_comes_at_the_first_instant(run):
    flows = {"steel": {"route": "way", "bursts": [{"at": 0, "trucks": 1}]}, "fruit": {"route": "way", "every": "20 h"}}
    lives = run([standing("lane", 2)], flows=flows, routes={"way": [{"at": "lane"}]})
    layout, trucks = lives.plan.network.layout, lives.plan.trucks
    assert [layout.flows[flow] for flow in trucks.flow] == ["fruit", "fruit", "steel", "fruit"]
    assert (lives.visits.started // MIN).tolist() == [0, 10, 20, 30]


def test_trucks_in_a_yard_hold_its_places_and_have_the_rest_before_them(run):
    """Four fill the yard; the truck of the road gets the first place that comes free, at 5 minutes."""
    lives = run([standing("yard", 4, age="2 h"), standing("road", 1, age="1 h")])
    assert served(lives, "papers") == [(120, 0), (120, 5), (120, 10), (120, 15), (60, 20)]
    visits, layout = lives.visits, lives.plan.network.layout
    yard = np.flatnonzero(visits.station == layout.stations.index("yard"))
    there = yard[was_there(lives.plan)[visits.truck[yard]]]
    assert sorted((visits.entered[there] // MIN).tolist()) == [0, 0, 0, 0, 5]


def test_a_truck_on_a_road_has_come_to_its_end(run):
    lives = run([standing("road", 1, age="1 h")])
    assert served(lives, "papers") == [(60, 0)]


def test_ages_by_a_law_lie_in_its_range():
    plan = make_plan(scenario([standing("lane", 200, age={"law": "uniform", "low": "1 h", "high": "5 h"})]))
    ages = -plan.trucks.arrived[was_there(plan)]
    assert HOUR <= ages.min() < 1.2 * HOUR
    assert 4.8 * HOUR < ages.max() <= 5 * HOUR
    assert np.all(np.diff(ages) <= 0)


def test_a_longer_queue_only_adds_trucks_and_moves_no_other_draw():
    flows = {"fruit": {"route": "way", "volume": "200/d", "cargo": {"durian": 0.5, "mango": 0.5}}}
    law = {"law": "exponential", "mean": "1 h"}
    short, long = (
        make_plan(scenario([standing("lane", n, age=law), *more], flows=flows)).trucks
        for n, more in ((5, []), (9, [standing("yard", 2)]))
    )

    def rows(trucks):
        columns = (trucks.id, trucks.arrived, trucks.cargo, np.diff(trucks.work_at))
        return set(zip(*(c.tolist() for c in columns), strict=True))

    assert len(rows(long) - rows(short)) == 6
    assert rows(short) < rows(long)


def test_cargo_is_the_one_stated_or_drawn_by_the_flow():
    flows = {"fruit": {"route": "way", "every": "20 h", "first": "9 h", "cargo": {"durian": 0.25, "mango": 0.75}}}
    plan = make_plan(scenario([standing("lane", 400), standing("lane", 50, cargo="durian", age="1 d")], flows=flows))
    durian = plan.trucks.cargo == plan.network.layout.cargoes.index("durian")
    assert durian[:50].all()
    drawn = int(durian[50:450].sum())  # n = 400, share 1/4, standard error 8.7
    assert abs(drawn - 100) / (400 * 0.25 * 0.75) ** 0.5 < 3


# ------------------------------------------------------------------------------ what lies before a truck


def steps(*way, **more):
    """A route as the schema reads it."""
    return scenario([], routes={"way": list(way)}, **more).file.routes["way"]


def test_onward_keeps_the_blocks_around_and_drops_what_is_over():
    way = steps({"in": "road", "do": [{"travel": "1 h"}, {"in": "yard", "do": [{"at": "papers"}, {"at": "lane"}]}]},
                {"at": "lane"})  # fmt: skip
    (road, last) = onward(way, "lane")
    assert (road.in_, road.do[0].in_, [s.at for s in road.do[0].do], last.at) == ("road", "yard", ["lane"], "lane")


def test_onward_takes_the_branch_it_stands_in():
    way = steps({"fewest": [{"do": [{"at": "papers"}]}, {"do": [{"at": "lane"}, {"at": "papers"}]}]}, {"at": "lane"})
    assert isinstance(way[0], Fewest)
    assert [s.at for s in onward(way, "lane")] == ["lane", "papers", "lane"]
    assert [s.at for s in onward(way, "papers")] == ["papers", "lane"]


def test_onward_of_a_share_is_certain():
    assert onward(steps({"at": "lane", "share": 0.1}), "lane")[0].share == 1
    assert [s.at for s in onward(steps({"share": 0.2, "do": [{"at": "papers"}, {"at": "lane"}]}), "lane")] == ["lane"]


def test_onward_of_a_round_has_this_round_and_then_others_by_the_same_share():
    way = onward(steps({"repeat": 0.5, "at_most": 3, "do": [{"at": "papers"}, {"at": "lane"}]}, {"at": "road"}), "lane")
    assert (way[0].at, way[1].share, way[1].do[0].at_most, way[2].at) == ("lane", 0.5, 2, "road")
    last = onward(steps({"repeat": 0.5, "at_most": 1, "do": [{"at": "lane"}]}), "lane")
    assert [s.at for s in last] == ["lane"]


def test_onward_of_a_station_that_is_not_visited_is_nothing():
    assert onward(steps({"at": "lane"}), "yard") is None
