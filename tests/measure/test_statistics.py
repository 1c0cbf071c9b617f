"""Intervals and estimators against published numbers."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.measure import statistics

TEN = [3.12, 2.87, 3.45, 3.01, 2.66, 3.3, 2.95, 3.18, 3.07, 2.79]
A = [12.1, 15.3, 9.8, 14.2, 11.7, 13.9, 10.4, 12.8]
B = [10.9, 13.6, 9.9, 12.1, 10.8, 12.6, 9.7, 11.2]


@pytest.mark.parametrize(("level", "halfwidth"), [(0.9, 0.1376395354), (0.95, 0.1698543802), (0.99, 0.2440143464)])
def test_student_interval_of_ten_replications(level, halfwidth):
    """Law & Kelton, ch. 9; oracle stats-01."""
    found = statistics.mean_interval(TEN, level=level)
    assert found.mean == pytest.approx(3.04, rel=1e-9)
    assert found.sd == pytest.approx(0.2374400509, rel=1e-9)
    assert found.se == pytest.approx(0.07508513686, rel=1e-9)
    assert found.halfwidth == pytest.approx(halfwidth, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((3.04 - halfwidth, 3.04 + halfwidth), rel=1e-9)


def test_paired_and_unpaired_intervals_of_a_difference():
    """Law & Kelton, ch. 10; oracle stats-03."""
    paired = statistics.paired_interval(A, B)
    assert paired.mean == pytest.approx(1.175, rel=1e-9)
    assert paired.sd == pytest.approx(0.6819090848, rel=1e-9)
    assert paired.halfwidth == pytest.approx(0.5700902616, rel=1e-9)
    welch = statistics.welch_interval(A, B)
    assert welch.mean == pytest.approx(1.175, rel=1e-9)
    assert welch.halfwidth == pytest.approx(1.781410523, rel=1e-9)
    assert statistics.correlation(A, B) == pytest.approx(0.9706203395, rel=1e-9)


def test_one_value_has_no_interval():
    found = statistics.mean_interval([2.0])
    assert (found.mean, found.low, found.high, found.halfwidth, found.n) == (2.0, None, None, None, 1)


def test_means_do_not_depend_on_the_order_of_the_values():
    values = [0.1, 1e16, -1e16, 0.2, 0.3]
    assert statistics.mean(values) == statistics.mean(values[::-1]) == pytest.approx(0.12)


def test_quantiles_are_linear_between_neighbours():
    assert statistics.quantile([4, 1, 3, 2], 0.5) == 2.5
    assert statistics.quantile([1, 2, 3, 4, 5], 0.9) == pytest.approx(4.6)
    assert statistics.quantile([7], 0.95) == 7


def test_quantiles_equal_those_of_numpy():
    values = np.random.default_rng(5).normal(size=(37, 4))
    mine = statistics.quantiles_of_sorted(np.sort(values, axis=0), np.array([0.1, 0.5, 0.9]))
    assert mine == pytest.approx(np.quantile(values, [0.1, 0.5, 0.9], axis=0), abs=1e-12)


def test_time_average_weighs_values_by_how_long_they_last():
    times, values = np.array([0, 10, 30]), np.array([1, 4, 0])
    assert statistics.time_average(times, values, start=0, end=40) == pytest.approx((10 + 80) / 40)
    assert statistics.time_average(times, values, start=5, end=15) == pytest.approx((5 + 20) / 10)
    assert statistics.time_average(times, values, start=-10, end=10) == pytest.approx(0.5)


def test_the_student_interval_covers_as_often_as_it_says():
    """Of n = 4,000 samples of 5 normals; coverage 0.95 with se 0.0034; |difference| < 4 se."""
    chance, hits = np.random.default_rng(11), 0
    for sample in chance.normal(3.0, 2.0, (4000, 5)):
        found = statistics.mean_interval(sample)
        hits += found.low <= 3.0 <= found.high
    assert abs(hits / 4000 - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 4000)


def test_student_quantiles_equal_those_of_scipy():
    for freedom in (1, 2.5, 9, 200):
        assert statistics.student_quantile(freedom, 0.95) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-12)
