"""Plans are the same to the last bit whether their draws are compiled or not."""

import gc

import numba  # noqa: F401  without it nothing is compiled
import numpy as np
import pytest

import sim
from sim.planning import demand, draws, keyed, make, memory, sorting
from sim.planning.demand import arrivals
from sim.planning.draws import choices
from sim.planning.keyed import stream, uniforms, words
from sim.planning.plan import Trucks
from sim.planning.sorting import by_code

IDS = np.random.default_rng(5).integers(0, 2**62, 10_000)


@pytest.fixture(name="both")
def both_ways(monkeypatch):
    """A function that returns what another returns, without compiled draws and with them."""

    def ask(what):
        found = []
        for pays in (False, True):
            for module in (demand, draws, keyed, make, sorting):
                monkeypatch.setattr(module, "compiled_draws_pay", lambda _, pays=pays: pays)
            found.append(what())
        return found

    return ask


def columns_differ(one, other):
    """Names of the columns of two sets of trucks that are not the same bytes and type."""
    pairs = {name: (getattr(one, name), getattr(other, name)) for name in type(one).__slots__}
    return [name for name, (a, b) in pairs.items() if a.dtype != b.dtype or a.tobytes() != b.tobytes()]


@pytest.mark.parametrize("name", ["benchmarks/w.yaml", "benchmarks/everything.yaml", "lang-son/baseline"])
def test_whole_plans(both, name):
    scenario = sim.load(
        name, overrides={"period.length": "2 d"} if name.startswith("b") else {"period.end": "2025-07-03"}
    )
    plain, compiled = both(lambda: sim.make_plan(scenario, replication=1, seed=3).trucks)
    assert len(plain.id) > 1000
    assert columns_differ(plain, compiled) == []
    assert set(Trucks.__slots__) >= {"id", "work", "work_at", "stamp_at", "first"}


RATES = {
    "by the hour, in seasons": {
        "rate": [{"hours": "00:00-07:00", "rate": "9 vehicles/h"}, {"hours": "07:00-24:00", "rate": "40 vehicles/h"}],
        "seasons": [
            {"from": "2025-10-25 11:00", "to": "2025-10-27", "factor": 2.5},
            {"from": "2025-10-26", "to": "2025-11-02", "factor": 0.3},
        ],
    },
    "linear": {"rate": [{"at": "0 h", "rate": "5 vehicles/h"}, {"at": "13 h", "rate": "70 vehicles/h"}]},
    "in convoys, with surges": {"volume": "900 vehicles/day", "convoy": 3, "surge": 0.5, "weekdays": {"sun": 0}},
    "a wave": {"rate": {"mean": "40 vehicles/h", "amplitude": "30 vehicles/h", "period": "1 d"}},
}  # fmt: skip


@pytest.mark.parametrize("rate", RATES)
def test_arrivals_over_a_change_of_the_clock(both, scenario, rate):
    """A day of 25 hours in Berlin, cargo and route by share."""
    flow = RATES[rate] | {"cargo": {"a": "20 %", "b": "50 %", "c": "30 %"}, "route": {"way": "60 %", "other": "40 %"}}
    of = scenario(
        start="2025-10-24", length="7 d", zone="Europe/Berlin", flows={"one": flow, "two": {"rate": "30 vehicles/h"}}
    )
    plain, compiled = both(lambda: arrivals(of, seed=1, replication=0))
    assert len(plain.id) > 5000
    assert columns_differ(plain, compiled) == []


def test_single_draws(both):
    key = stream(1, 0, "u")
    for ask in (lambda: uniforms(key, IDS, 3), lambda: choices((0.2, 0.0, 0.5, 0.3, 0.0), stream=key, ids=IDS)):
        plain, compiled = both(ask)
        assert plain.dtype == compiled.dtype
        assert np.array_equal(plain, compiled)
    edge = float(uniforms(key, IDS)[7])  # a draw on the edge between two shares falls into the upper one
    plain, compiled = both(lambda: choices((edge, 1 - edge), stream=key, ids=IDS))
    assert np.array_equal(plain, compiled)
    assert plain[7] == 1
    plain, compiled = both(lambda: [part.tolist() for part in by_code(IDS % 7 * 2)])
    assert plain == compiled
    assert plain[:3] == [np.flatnonzero(IDS % 7 == 0).tolist(), [], np.flatnonzero(IDS % 7 == 1).tolist()]


def test_durations_are_cut_and_rounded_alike(both):
    """Beyond both ends, and halves: 0.5 goes up to 1, as in draws.whole."""
    real = np.array([-3.0, 0.4, 0.5, 1.5, 2.0**53, np.inf] * 40)
    where, upto, shift = np.arange(240), np.array([102, 240]), np.array([0, 1])

    def written():
        column = np.full(241, -1)
        make._put(column, where, shift, upto, real.copy())
        return column.tolist()

    plain, compiled = both(written)
    assert plain == compiled
    assert plain[:6] == [0, 0, 1, 2, draws.LONGEST, draws.LONGEST]
    assert (plain[102], plain[103]) == (-1, 0)  # the second part stands one place behind


def test_the_words_of_a_draw_are_those_of_its_stream_and_counter():
    assert words(stream(1, 0, "u")) != words(stream(1, 1, "u"))
    assert words(stream(1, 0, "u"), 1) != words(stream(1, 0, "u"), 2)


def test_replications_share_a_network_while_chance_leaves_it_as_it_is():
    scenario = sim.load("benchmarks/w.yaml", overrides={"period.length": "2 d"})
    first, second = (sim.make_plan(scenario, replication=r).network for r in range(2))
    assert first is second
    assert sim.make_plan(sim.load("benchmarks/w.yaml", overrides={"period.length": "2 d"})).network is not first


def test_what_chance_changes_is_kept_for_a_few_replications_only(scenario):
    file = scenario(flows={}).file
    found = [memory.recent(file, "what", key, lambda key=key: [key]) for key in (1, 1, *range(2, 40))]
    assert found[0] is found[1]
    assert [each[0] for each in found[1:]] == list(range(1, 40))
    assert len(memory.remembered(file, ("recent", "what"), dict)) <= memory._FEW


@pytest.mark.parametrize("name", ["benchmarks/w.yaml", "benchmarks/everything.yaml", "episodes/jam-2023-march"])
def test_plans_do_not_keep_their_file(name):
    scenario = sim.load(name)
    file = id(scenario.file)
    sim.make_plan(scenario)
    assert file in memory._kept
    del scenario
    gc.collect()
    assert file not in memory._kept
