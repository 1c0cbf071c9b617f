"""The best of several: elimination by hand, and how often the right one is selected where that is hardest."""

import math

import numpy as np
import pytest

from sim.experiment.selection import Aim, select, standings


def aim(**how):
    return Aim(**({"indifference": 3.0, "probability": 0.95, "first": 3, "most": 500} | how))


def test_a_scenario_is_dropped_when_its_sum_falls_behind_by_more_than_the_slack():
    """Two scenarios, 3 first replications: eta = (0.1^-1 - 1) / 2 = 4.5, h^2 = 2 * 4.5 * 2 = 18.

    Differences -1, 0, 2 have the variance 7/3, so h^2 S^2 = 42: with an indifference of 3 the slack is (14 - 3 n) / 2:
    2.5 after 3 replications, when the sum is 1, and 1 after 4, when it is 1.5.
    """
    zero, ahead = [0.0] * 4, [-1.0, 0.0, 2.0, 0.5]
    early = select([zero[:3], ahead[:3]], aim())
    assert (early.best, early.left, early.n, early.is_over) == (None, (0, 1), 3, False)
    late = select([zero, ahead], aim())
    assert (late.best, late.left, late.n, late.is_over) == (1, (1,), 4, True)
    assert late.dropped == {0: (4, 1)}


def test_after_the_last_replication_that_chance_could_ask_for_the_larger_mean_is_taken():
    """As above, h^2 S^2 / 3^2 = 4.67: at 5 replications there is no slack left, and 0.1 ahead is enough."""
    ahead = [-1.0, 0.0, 2.0, -0.95, 0.05]
    found = select([[0.0] * 5, ahead], aim())
    assert (found.best, found.n, found.dropped) == (1, 5, {0: (5, 1)})


def test_the_constant_falls_with_the_number_of_scenarios():
    """With three the error is shared by two pairs: eta = (0.05^-1 - 1) / 2 = 9.5, h^2 = 38; S^2 = 1, indifference 4.

    The slack after 3 replications is (38 / 4 - 12) / 2 < 0 of a pair whose differences are 3, 4, 5. With an
    indifference of 1 it is (38 - 3) / 2 = 17.5 and their sum, 12, below it; with an error that is not shared it
    would be 7.5.
    """
    columns = [[0.0, 0.0, 0.0], [3.0, 4.0, 5.0], [-9.0, -9.0, -9.0]]
    found = select(columns, aim(indifference=4.0))
    assert (found.best, found.dropped) == (1, {0: (3, 1), 2: (3, 1)})
    wide = select(columns, aim(indifference=1.0))
    assert wide.left == (0, 1)
    assert wide.dropped == {2: (3, 0)}  # 27 behind with no slack, which is clearer than 39 with 17.5


def test_what_cannot_be_told_at_the_limit_is_left():
    rng = np.random.default_rng(5)
    columns = [list(rng.normal(0, 100, 20)), list(rng.normal(0, 100, 20)), [-1000.0] * 20]
    found = select(columns, aim(first=10, most=20))
    assert (found.best, found.left, found.n, found.is_over) == (None, (0, 1), 20, True)
    assert set(found.dropped) == {2}


def test_equals_end_at_once_and_the_first_named_is_taken():
    found = select([[1.0, 2.0, 3.0]] * 2, aim())
    assert (found.best, found.left, found.n) == (0, (0, 1), 3)


def test_the_outcome_does_not_depend_on_how_many_values_are_there_at_a_time():
    rng = np.random.default_rng(11)
    columns = [list(row) for row in rng.multivariate_normal([0, 1, 2], np.eye(3) * 40 + 10, 400).T]
    whole = select(columns, aim(first=10, indifference=1.0))
    assert whole.is_over
    assert whole.n > 20
    told = select([column[: whole.n] for column in columns], aim(first=10, indifference=1.0))
    assert told == whole
    held = [whole.n if i in whole.left else whole.dropped[i][0] for i in range(3)]
    spared = [column[:n] for column, n in zip(columns, held, strict=True)]
    assert select(spared, aim(first=10, indifference=1.0)) == whole
    assert not select([column[: whole.n - 1] for column in columns], aim(first=10, indifference=1.0)).is_over


SELECTIONS, Z = 1000, 3
CASES = {
    "equal variances, shared chance": ([3.0] * 5, 0.5),
    "equal variances, no shared chance": ([2.0] * 5, 0.0),
    "the best varies most": ([1.0, 1.0, 3.0], 0.3),
    "the best varies least": ([3.0, 2.0, 1.0], 0.3),
    "two alone": ([2.0, 1.0], 0.0),
}


@pytest.mark.parametrize(("spreads", "shared"), CASES.values(), ids=CASES)
def test_the_best_is_selected_as_often_as_is_promised_where_that_is_hardest(spreads, shared):
    """All others equally good and exactly the indifference behind the best, the last.

    n = 1000 selections, se = sqrt(0.95 * 0.05 / 1000) = 0.0069, z = 3: at least 0.9293 of them.
    """
    rng, k, promised = np.random.default_rng(2025), len(spreads), 0.95
    own, wanted = np.array(spreads), aim(indifference=1.0, first=10, most=3000)
    right = 0
    for _ in range(SELECTIONS):
        common, values = rng.normal(size=(1500, 1)), rng.normal(size=(1500, k))
        values = own * (math.sqrt(shared) * common + math.sqrt(1 - shared) * values)
        values[:, -1] += 1.0
        found = select(values.T.tolist(), wanted)
        assert found.is_over
        right += found.best == k - 1
    se = math.sqrt(promised * (1 - promised) / SELECTIONS)
    assert right / SELECTIONS >= promised - Z * se


def test_standings_of_three_by_hand():
    """4 replications; t with 3 degrees that 2.5 % lie above (5 % shared by two) is 3.1824; differences vary by 4/3.

    A is 1 ahead of B with width 3.1824 * sqrt(4 / 3) / 2 = 1.8374, and C is 8 behind A and 7 behind B for certain.
    """
    a = [10.0, 12.0, 10.0, 12.0]
    b = [10.0, 10.0, 10.0, 10.0]
    c = [value - 8 for value in a]
    found = standings([a, b, c], probability=0.95)
    width = 3.182446305 * math.sqrt(4 / 3) / 2
    assert [s.may_be_best for s in found] == [True, True, False]
    assert [s.mean for s in found] == [11.0, 10.0, 3.0]
    assert (found[0].low, found[0].high) == pytest.approx((1 - width, 1 + width))
    assert (found[1].low, found[1].high) == pytest.approx((-1 - width, -1 + width))
    assert (found[2].low, found[2].high) == pytest.approx((min(-8, -7 - width), 0))


def test_the_best_is_among_those_that_may_be_as_often_as_is_promised():
    """Four equally good: n = 1000, se 0.0069, z = 3. All intervals must hold together."""
    rng, held = np.random.default_rng(7), 0
    means = np.array([0.0, 0.0, -0.1, -0.2])
    for _ in range(SELECTIONS):
        values = means + rng.normal(size=(8, 4)) * [1, 2, 1, 3] + rng.normal(size=(8, 1))
        found = standings(values.T.tolist(), probability=0.95)
        truth = [means[i] - max(np.delete(means, i)) for i in range(4)]
        held += all(s.low <= t <= s.high for s, t in zip(found, truth, strict=True)) and found[0].may_be_best
    assert held / SELECTIONS >= 0.95 - Z * math.sqrt(0.95 * 0.05 / SELECTIONS)
