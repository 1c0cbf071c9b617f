"""Quick ways of sorting give what NumPy's own give."""

import numpy as np
import pytest

from sim.planning.sorting import distinct, stable_order

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
