"""Lives and measures are the same whether NumPy goes over whole columns or compiled code row by row."""

from dataclasses import fields, is_dataclass, replace

import numba
import numpy as np
import pytest

from sim.measure import laws, visits
from sim.measure.broken import BrokenLaw
from sim.measure.causes import CAUSES, added_up
from sim.measure.counts import Count, above
from sim.measure.metrics import measure
from sim.planning import large
from sim.planning.plan import NEVER

assert numba  # it being there is what makes large runs take the compiled ways


@pytest.fixture(name="busy", scope="module")
def busy_network(run):
    """About 1,000 trucks that wait, are blocked, overtake, pause, repeat, give up, choose, and are there at the end.

    All is read of them by NumPy.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large, "LARGE", 1 << 60)
        busy = _busy(run)
        for name in ("told", "waits", "crowds", "occupancy", "in_use"):
            assert getattr(busy.lives, name)
        yield busy


def _busy(run):
    return run(
        length="3 d",
        stations={
            "yard": {"places": 6},
            "desk": {"servers": 2, "service": {"law": "exponential", "mean": "9 min"}, "places": 5,
                     "hours": "06:00-20:00", "closing": "pause"},
            "lane": {"servers": 1, "service": "3 min", "discipline": ["fruit"]},
            "park": {"places": 3, "when_full": "turn_away"},
        },
        routes={
            "out": [{"in": "park", "do": [{"travel": "4 min"}]},
                    {"in": "yard", "do": [{"repeat": 0.3, "do": [{"at": "desk"}]}]},
                    {"fewest": [{"do": [{"at": "lane"}]}, {"do": [{"at": "desk"}, {"at": "lane"}]}]}],
            "back": [{"at": "lane", "crosses": True}, {"at": "desk", "share": 0.4, "patience": "20 min"}],
        },
        flows={
            "out": {"route": "out", "volume": "260 trucks/d", "cargo": {"fruit": 0.3, "other": 0.7}},
            "back": {"route": "back", "volume": "80 trucks/d"},
        },
    )  # fmt: skip


@pytest.fixture(name="columns")
def column_ways(monkeypatch):
    """Have every run take the ways over whole columns."""
    monkeypatch.setattr(large, "LARGE", 1 << 60)


@pytest.fixture(name="compiled")
def compiled_ways(monkeypatch):
    """Have every run take the compiled ways."""
    monkeypatch.setattr(large, "LARGE", 0)


@pytest.mark.parametrize("part", ["moments", "told"])
def test_both_walks_tell_the_same_lives(busy, compiled, part):
    again = visits.decode(busy.plan, busy.trace)
    assert len(busy.lives.waits.truck) > 1_000
    assert _same(getattr(busy.lives, part), getattr(again, part))


def test_the_compiled_walk_misses_a_lost_truck_too(busy, compiled):
    stamps = busy.trace.stamps.copy()
    stamps[np.flatnonzero(stamps != NEVER)[0]] = NEVER
    with pytest.raises(BrokenLaw, match="trucks conserved"):
        visits.decode(busy.plan, replace(busy.trace, stamps=stamps))


def _same(one, other):
    """Whether two values are equal all through, down to the types of their columns."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if is_dataclass(one):
        shared = [field.name for field in fields(one) if hasattr(other, field.name)]
        return all(_same(getattr(one, name), getattr(other, name)) for name in shared)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def test_both_ways_count_the_same(busy, request):
    hours = np.arange(0, 3 * 24) * 3_600_000
    request.getfixturevalue("columns")
    here = replace(busy.lives, hours=hours)
    crowds, occupancy, in_use = here.crowds, here.occupancy, here.in_use
    request.getfixturevalue("compiled")
    again = replace(busy.lives, hours=hours)
    assert again.crowds.sound
    assert not crowds.sound  # the columns are held against the laws afterwards
    for name in ("inside", "standing", "wants", "in_use", "taken_at_end"):
        assert _same(getattr(crowds, name), getattr(again.crowds, name)), name
    for name in ("total", "by_hour"):
        assert _same(getattr(crowds.waiting, name), getattr(again.crowds.waiting, name)), name
    assert crowds.inside.by_hour.max() > 5 < crowds.inside.peak.max()
    assert _same(occupancy, again.occupancy)
    assert _same(in_use, again.in_use)
    assert min(len(count.time) for count in occupancy.inside) > 100


def test_both_ways_find_the_same_causes_and_measures(busy, request):
    request.getfixturevalue("columns")
    here = replace(busy.lives)
    laws.check(here)
    measures, group = measure(here, busy.scenario), np.arange(len(busy.plan.trucks.id)) % 7 - 1
    sums = added_up(here, group, 6)
    request.getfixturevalue("compiled")
    again = replace(busy.lives)
    laws.check(again)
    assert np.array_equal(sums, added_up(again, group, 6))
    assert {CAUSES.index(cause) for cause in ("hours", "own capacity", "overtaken")} <= set(np.nonzero(sums)[2])
    assert _same(measures, measure(again, busy.scenario))


def test_above_compares_from_the_first_time_of_either(request):
    def find(a, b):
        one, other = (Count(time=np.array(t), value=np.array(v)) for t, v in (a, b))
        found = above(one, other)
        return found.time.tolist(), found.value.tolist()

    cases = [
        (([5, 9], [2, 0]), ([7], [2])),  # ends when the other comes level
        (([0], [1]), ([0, 4, 6], [1, 0, 3])),  # both change at one instant
        (([3], [0]), ([1], [0])),  # never
    ]
    expected = [([5, 7], [1, 0]), ([0, 4, 6], [0, 1, 0]), ([1], [0])]
    assert [find(*case) for case in cases] == expected
    request.getfixturevalue("compiled")
    assert [find(*case) for case in cases] == expected
