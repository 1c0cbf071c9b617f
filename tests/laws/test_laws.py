"""Laws of every run, in both engines. Each test says how many scenarios it is tried on."""

import datetime as dt
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.measure.laws import check

from .generated import Network, Truck, changed, lived, networks, stamps

TRIES = 60
LAW = settings(max_examples=TRIES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
ENGINES = pytest.mark.parametrize("engine", ["simpy", "compiled"])


def run(network, engine):
    with tempfile.TemporaryDirectory() as folder:
        return lived(network, engine, Path(folder))


def told(network, engine):
    return stamps(run(network, engine), network)


@ENGINES
@LAW
@given(network=networks())
def test_every_run_keeps_the_laws(engine, network):
    """Trucks conserved, servers, places, calendars and order in each file kept, Little's law to the millisecond."""
    check(run(network, engine))


@ENGINES
@LAW
@given(network=networks(), days=st.integers(1, 800))
def test_a_later_start_with_the_same_daily_hours_changes_nothing(engine, network, days):
    """Across month ends, year ends and 29 February."""
    later = changed(network, start=_plus(network.start, days))
    assert told(later, engine) == told(network, engine)


@ENGINES
@LAW
@given(network=networks(), order=st.permutations(["a1", "zebra", "m/middle", "b-2"]))
def test_other_names_of_stations_change_nothing(engine, network, order):
    names = dict(zip(("desk", "yard", "gate", "lane"), order, strict=True))
    assert told(changed(network, names=names), engine) == told(network, engine)


@ENGINES
@LAW
@given(network=networks(distinct=True))
def test_a_flow_split_in_two_changes_nothing(engine, network):
    """Arrivals at distinct minutes; of equal ones the order between flows is that of the file."""
    assert told(changed(network, split=True), engine) == told(network, engine)


@ENGINES
@LAW
@given(network=networks(only_first_come=True))
def test_one_more_server_at_the_first_station_makes_nobody_start_there_later(engine, network):
    """Kiefer and Wolfowitz: first come first served, one station."""
    words = network.stations["desk"]
    servers = int(words.removeprefix("servers: "))
    more = changed(network, stations=network.stations | {"desk": f"servers: {servers + 1}"})
    few, many = told(network, engine), told(more, engine)
    assert all(many[truck][0][3] <= few[truck][0][3] for truck in few)


@ENGINES
@LAW
@given(network=networks(only_first_come=True), which=st.integers(0, 13), shorter=st.integers(0, 2))
def test_a_shorter_service_in_a_tandem_of_single_servers_makes_nobody_later(engine, network, which, shorter):
    """Single servers in series, first come first served: departures are sums and maxima of services."""
    single = changed(network, stations=dict.fromkeys(("desk", "gate", "lane"), "servers: 1"))
    which %= len(single.trucks)
    truck = single.trucks[which]
    works = tuple(0 if k == shorter else work for k, work in enumerate(truck.works))
    trucks = (*single.trucks[:which], Truck(truck.arrived, truck.fruit, works), *single.trucks[which + 1 :])
    long, short = told(single, engine), told(changed(single, trucks=trucks), engine)
    assert all(short[t][k][5] <= long[t][k][5] for t in long for k in range(3))


def _plus(start, days):
    return (dt.datetime.fromisoformat(start) + dt.timedelta(days=days)).strftime("%Y-%m-%d %H:%M")


def test_the_generator_makes_what_it_says():
    """A network written out by hand reads back with its trucks."""
    network = Network(
        stations={"desk": "servers: 1", "yard": "places: 1", "gate": "servers: 1", "lane": "servers: 1"},
        trucks=(Truck(0, True, (5, 5, 5)), Truck(5, False, (5, 5, 5))),
        route="{at: <desk>}, {at: <gate>}, {at: <lane>}",
    )
    minute = 60_000
    assert [visit[5] // minute for visit in told(network, "simpy")[1]] == [10, 15, 20]
