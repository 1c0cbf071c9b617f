"""Quick ways of sorting give what NumPy's own give."""

import numpy as np
import pytest

from sim.planning import sorting
from sim.planning.sorting import distinct, in_order, stable_order

WIDE = 1 << 59  # makes numbers so far apart that the quick ways cannot be taken


@pytest.mark.parametrize("apart", [1, WIDE])
def test_equal_values_keep_their_places(apart):
    times = np.array([5, -3, 5, 0, -3, 5])
    assert stable_order(times * apart).tolist() == [1, 4, 3, 0, 2, 5]
    assert stable_order(times[:0]).tolist() == []


@pytest.mark.parametrize("apart", [1, WIDE])
def test_distinct_numbers_and_which_of_them_each_is(apart):
    found, index = distinct(np.array([7, 0, 7, 2, 2]) * apart)
    assert found.tolist() == [0, 2 * apart, 7 * apart]
    assert index.tolist() == [2, 0, 2, 1, 1]
    assert [part.tolist() for part in distinct(np.zeros(0, np.int64))] == [[], []]


@pytest.fixture
def in_large_runs(monkeypatch):
    monkeypatch.setattr(sorting, "compiled_pays", lambda _: True)


@pytest.mark.parametrize("bits", [1, 7, 8, 9, 16, 30, 63])
@pytest.mark.usefixtures("in_large_runs")
def test_sorting_by_digits_is_sorting(bits):
    words = np.random.default_rng(bits).integers(0, 1 << (bits - 1), 1000, endpoint=True)
    assert in_order(words.copy()).tolist() == sorted(words.tolist())
    halves = (words % (1 << 32)).astype(np.uint32)
    assert in_order(halves.copy()).tolist() == sorted(halves.tolist())
    assert in_order(np.zeros(3, np.int64)).tolist() == [0, 0, 0]


@pytest.mark.usefixtures("in_large_runs")
def test_bits_below_the_lowest_are_not_looked_at():
    assert in_order(np.array([0x15, 0x13, 0x2, 0x11]), low=4).tolist() == [0x2, 0x15, 0x13, 0x11]
    times = np.random.default_rng(1).integers(-50, 50, 1000)
    assert stable_order(times).tolist() == np.argsort(times, kind="stable").tolist()
