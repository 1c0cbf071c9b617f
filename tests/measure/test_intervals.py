"""Intervals for medians and skewed means: ranks from the binomial, coverage as stated, chance that never changes."""

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from sim.measure.bootstrap import median_of_medians_bounds, studentised_bounds
from sim.measure.statistics import mean_interval, quantile_bounds
from sim.planning.resamples import RESAMPLES, resamples


@pytest.mark.parametrize(
    ("n", "ranks"), [(6, (1, 6)), (8, (1, 8)), (9, (2, 8)), (10, (2, 9)), (20, (6, 15)), (25, (8, 18)), (50, (18, 33))]
)
def test_ranks_that_hold_a_median_are_those_of_the_published_tables(n, ranks):
    """Conover, Practical Nonparametric Statistics, table A3: at least 95 %, as near to it as equal tails allow."""
    values = [10.0 * rank for rank in range(1, n + 1)]
    assert quantile_bounds(values[::-1], 0.5) == (10.0 * ranks[0], 10.0 * ranks[1])


def test_too_few_values_hold_no_quantile():
    """The chance that all 5 values lie on one side of the median is 2 / 32, above 5 %."""
    assert quantile_bounds([1, 2, 3, 4, 5], 0.5) is None
    assert quantile_bounds(range(35), 0.9) is None
    assert quantile_bounds(range(36), 0.9) == (28, 35)  # 0.9**36 = 0.0225


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_order_statistics_hold_a_quantile_as_often_as_the_binomial_says(share):
    """Of 3,000 samples of 30 exponentials; expected from the ranks, se = sqrt(p (1 - p) / 3000), z = 4."""
    chance, n, hits = np.random.default_rng(3), 30, 0
    truth = -math.log(1 - share)
    low, high = (round(v) for v in quantile_bounds(range(n), share))  # ranks from 0
    expected = stats.binom.cdf(high, n, share) - stats.binom.cdf(low, n, share)
    assert expected >= 0.95
    for sample in chance.exponential(1.0, (3000, n)):
        first, last = quantile_bounds(sample, share)
        hits += first <= truth <= last
    assert abs(hits / 3000 - expected) < 4 * math.sqrt(expected * (1 - expected) / 3000)


def test_resamples_are_the_same_in_every_run_and_each_has_as_many_as_there_are():
    blocks = np.concatenate(list(resamples(7)))
    assert blocks.shape == (RESAMPLES, 7)
    assert (blocks.sum(axis=1) == 7).all()
    assert blocks[:3].tolist() == np.concatenate(list(resamples(7)))[:3].tolist()
    assert [row.tolist() for row in blocks[:2]] == [[2, 1, 1, 0, 0, 1, 2], [1, 3, 1, 0, 1, 0, 1]]


def test_each_replication_is_taken_equally_often():
    """Each of 7 is drawn 1,999 x 7 times with chance 1/7; sd = sqrt(13993 x 6 / 49) = 41; z = 4."""
    total = sum(block.sum(axis=0) for block in resamples(7))
    assert (abs(total - RESAMPLES) < 4 * math.sqrt(7 * RESAMPLES * 6 / 49)).all()


def test_blocks_of_resamples_are_those_of_one_piece():
    """1,999 resamples of 600 are too many to be held at once."""
    blocks = list(resamples(600))
    assert len(blocks) > 1
    assert sum(len(block) for block in blocks) == RESAMPLES
    assert all((block.sum(axis=1) == 600).all() for block in blocks)


def test_a_skewed_mean_is_held_more_often_by_resampling_than_by_student():
    """Of 1,000 samples of 10 lognormals (sigma 1): Student holds 84 %, studentised 91 %; se of either 1 %, z = 4.

    Paired on the same samples, the difference of 6 points has a standard error below 1.
    """
    chance, student, boot = np.random.default_rng(8), 0, 0
    for sample in chance.lognormal(0, 1, (1000, 10)):
        found, (low, high) = mean_interval(sample), studentised_bounds(sample)
        student += found.low <= math.exp(0.5) <= found.high
        boot += low <= math.exp(0.5) <= high
    assert abs(student / 1000 - 0.84) < 4 * 0.012
    assert abs(boot / 1000 - 0.91) < 4 * 0.01
    assert boot - student > 4 * 10


def test_a_symmetric_mean_is_held_at_its_level():
    """Of 1,000 samples of 10 normals; 0.95 with se 0.0069; z = 4."""
    chance, hits = np.random.default_rng(9), 0
    for sample in chance.normal(3, 1, (1000, 10)):
        low, high = studentised_bounds(sample)
        hits += low <= 3 <= high
    assert abs(hits / 1000 - 0.95) < 4 * 0.0069


def test_the_studentised_interval_moves_with_its_values_and_leans_to_the_long_side():
    values = [1.0, 2.0, 2.0, 3.0, 4.0, 30.0]
    low, high = studentised_bounds(values)
    scaled = studentised_bounds([10 + 8 * v for v in values])
    assert scaled == pytest.approx((10 + 8 * low, 10 + 8 * high))
    assert high - 7.0 > 7.0 - low


def test_the_studentised_interval_is_that_of_its_definition():
    """By hand for the same resamples: t* = (mean* - mean) / se*, the 50th from either end of 1,999."""
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0])
    ratios = []
    for counts in np.concatenate(list(resamples(7))):
        taken = np.repeat(values, counts)
        se = taken.std(ddof=1) / math.sqrt(7)
        ratios.append((taken.mean() - values.mean()) / se if se else math.copysign(math.inf, taken.mean() - 3.57))
    ratios.sort()
    se = values.std(ddof=1) / math.sqrt(7)
    expected = (values.mean() - ratios[-50] * se, values.mean() - ratios[49] * se)
    assert studentised_bounds(values) == pytest.approx(expected)


def test_five_values_or_equal_ones_are_not_resampled():
    assert studentised_bounds([1, 2, 3, 4, 5]) is None
    assert studentised_bounds([2.0] * 9) is None
    assert median_of_medians_bounds(np.arange(10).reshape(5, 2)) is None
    assert median_of_medians_bounds(np.zeros((9, 0), np.int64)) is None


@pytest.mark.parametrize(("n", "width"), [(6, 1), (7, 4), (10, 3)])
def test_medians_of_resamples_are_those_of_numpy(n, width):
    values = np.random.default_rng(n).integers(0, 50, (n, width))
    found = sorted(
        float(np.median(np.median(np.repeat(values, counts, axis=0), axis=0)))
        for counts in np.concatenate(list(resamples(n)))
    )
    tail = stats.norm.cdf(-math.sqrt(n / (n - 1)) * stats.t.ppf(0.975, n - 1))
    expected = np.quantile(found, [tail, 1 - tail])
    assert median_of_medians_bounds(values) == pytest.approx(tuple(expected))


def test_the_median_of_evenings_is_held_at_its_level_or_above():
    """400 studies of 10 replications of 9 evenings that share a common part; at least 0.95 - 4 x 0.011."""
    chance, hits = np.random.default_rng(4), 0
    for _ in range(400):
        common = chance.normal(0, 100, (10, 1))
        evenings = np.rint(1000 + common + chance.normal(0, 100, (10, 9))).astype(np.int64)
        low, high = median_of_medians_bounds(evenings)
        hits += low <= 1000 <= high
    assert hits / 400 > 0.95 - 4 * 0.011


def test_intervals_do_not_depend_on_the_order_of_replications_where_none_is_meant():
    for values in product([3.0, 8.0], repeat=3):
        assert quantile_bounds([*values, 1, 5, 9], 0.5) == quantile_bounds([9, 5, *values, 1], 0.5)
