"""Settings ranked over what cannot be known, worked out by hand."""

import math

import polars as pl
import pytest

from sim.experiment.ranking import ranked_settings, ranking

# Two lever settings, two cases, three replications each: minutes.
A = {("dry",): [10.0, 12.0, 14.0], ("wet",): [30.0, 32.0, 34.0]}
B = {("dry",): [20.0, 21.0, 22.0], ("wet",): [22.0, 23.0, 24.0]}


def test_mean_worst_and_regret_of_two_settings():
    first, second = ranked_settings({("a",): A, ("b",): B}, more_is_better=False)
    assert (first.setting, second.setting) == (("a",), ("b",))  # equal means of 22: as they came
    assert (first.mean, second.mean) == (22, 22)
    assert (first.worst, second.worst) == (32, 23)
    assert (first.regret, second.regret) == (9, 9)  # wet: 32 against 23; dry: 21 against 12
    assert (first.cases, first.n) == (2, 3)


def test_intervals_are_of_replications_averaged_over_cases_and_paired():
    worse = {case: [v + d for v, d in zip(runs, (4, 5, 6), strict=True)] for case, runs in A.items()}
    first, second = ranked_settings({("a",): A, ("c",): worse}, more_is_better=False)
    # a: 20, 22, 24 by replication; c is behind by 4, 5, 6: mean 5, sd 1; t(2; 0.975) = 4.302653
    reach = 4.302653 / math.sqrt(3)
    assert (first.low, first.high) == pytest.approx((22 - 2 * reach, 22 + 2 * reach))
    assert second.behind == 5
    assert (second.behind_low, second.behind_high) == pytest.approx((5 - reach, 5 + reach))
    assert (first.told_apart, second.told_apart) == (False, True)


def test_with_several_others_the_intervals_are_widened_to_hold_together():
    others = {(name,): {("only",): [v + 5 for v in (0.0, 1.0, 2.5)]} for name in "bcd"}
    ranked = ranked_settings({("a",): {("only",): [0.0, 1.0, 2.0]}, **others}, more_is_better=False)
    # behind by 5, 5, 5.5: mean 5.16667, sd 0.288675; level 1 - 0.05 / 3: t(2; 0.991667) = 7.648813
    assert ranked[-1].behind_low == pytest.approx(5.1666667 - 7.648813 * 0.2886751 / math.sqrt(3), rel=1e-6)


def test_where_more_is_better_the_largest_is_first_and_behind_is_what_is_missing():
    first, second = ranked_settings(
        {("a",): B, ("b",): {c: [v + 8 for v in r] for c, r in B.items()}}, more_is_better=True
    )
    assert (first.setting, second.setting) == (("b",), ("a",))
    assert (second.behind, second.regret, second.worst) == (8, 8, 21)
    assert (first.behind, first.regret) == (0, 0)


def test_one_replication_tells_nothing_of_chance():
    first, second = ranked_settings({("a",): {(): [1.0]}, ("b",): {(): [2.0]}}, more_is_better=False)
    assert (first.low, second.behind_low, second.told_apart) == (None, None, None)


def test_a_setting_without_a_run_of_every_case_is_not_ranked():
    rows = pl.DataFrame({
        "status": ["ok", "ok", "ok", "deadlock"], "replication": [0] * 4, "lanes": [1.0, 1.0, 2.0, 2.0],
        "demand": [1.0, 2.0, 1.0, 2.0], "wait_mean": [5.0, 6.0, 1.0, None], "utilisation gate": [0.5] * 4,
    })  # fmt: skip
    found = ranking(
        rows, ["lanes"], ["demand"], [("wait_mean", "wait_mean", "min"), ("utilisation gate", "utilisation", "1")]
    )
    assert found.select("metric", "rank", "lanes", "mean", "worst").rows() == [("wait_mean", 1, 1.0, 5.5, 6.0)]
