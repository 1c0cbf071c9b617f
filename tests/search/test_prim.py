"""Boxes of failures: a known box is found, noise gives none, nothing depends on the order of the points."""

import math

import numpy as np
import polars as pl
import pytest

from sim.experiment.discovery import Known, discover
from sim.experiment.prim import Column, Restriction, inside, prim, quasi_p
from sim.planning.designs import unit_points

FACTORS = [
    Known(name="arrivals", title="Arrivals", unit="vehicles/day", is_number=True),
    Known(name="far", title="Far side", unit="vehicles/day", is_number=True),
    Known(name="cause", title="Cause", unit="", is_number=False),
    Known(name="other", title="Other", unit="", is_number=True),
]


def futures(n=256, seed=1):
    """Points of four factors, spread evenly: 800 to 1,400 arrivals, 300 to 600 on the far side, three causes."""
    rows = unit_points("sobol", points=n, dimensions=5, seed=seed)
    return pl.DataFrame({
        "point": range(n), "replication": 0, "status": "ok", "arrivals": 800 + 600 * rows[:, 0],
        "far": 300 + 300 * rows[:, 1], "cause": ["abc"[int(3 * v)] for v in rows[:, 2]], "other": rows[:, 3],
        "chance": rows[:, 4],
    })  # fmt: skip


def found_in(cases, fails, **how):
    """What is found where `fails`, an expression, says that runs fail."""
    rows = cases.with_columns(wait=fails.cast(pl.Float64))
    return discover(rows, FACTORS, lambda value: value > 0.5, "wait", **({"seed": 1} | how))


JAM = (pl.col("arrivals") > 1150) & (pl.col("far") < 420)


def test_a_known_box_is_found_with_its_bounds():
    """40 % of 42 % of 256 points lie in it: neighbouring points are some 600 / 107 and 300 / 102 apart there."""
    cases = futures()
    found = found_in(cases, JAM)
    rows = found.table().to_dicts()
    assert [(row["factor"], row["low"] is None, row["high"] is None) for row in rows] == [
        ("arrivals", False, True), ("far", True, False),
    ]  # fmt: skip
    assert rows[0]["low"] == pytest.approx(1150, abs=12)
    assert rows[1]["high"] == pytest.approx(420, abs=6)
    assert (rows[0]["coverage"], rows[0]["density"]) == (1, 1)
    assert rows[0]["n"] == cases.filter(JAM).height
    assert rows[0]["mass"] == rows[0]["n"] / 256
    assert max(row["quasi_p"] for row in rows) < 1e-6
    assert f"fails when Arrivals > 1,15{rows[0]['low'] - 1150:.0f}"[:28] in found.lines()[1]
    assert "and Far side < 4" in found.lines()[1]


def test_coverage_and_density_are_those_counted_by_hand_when_there_is_noise():
    """One future in twelve fails or holds against the rule."""
    cases = futures()
    noisy = JAM ^ (pl.col("chance") < 1 / 12)
    found = found_in(cases, noisy)
    low, high = found.table()["low"][0], found.table()["high"][1]
    held = cases.with_columns(fails=noisy).filter(pl.col("arrivals") >= low, pl.col("far") <= high)
    row = found.table().to_dicts()[0]
    assert row["density"] == pytest.approx(held["fails"].mean(), abs=1e-12)
    assert row["coverage"] == pytest.approx(held["fails"].sum() / cases.with_columns(fails=noisy)["fails"].sum())
    assert 1100 < low < 1200
    assert 390 < high < 450
    assert found.table()["chance"][0] == 0.01  # none of 99 shuffles


def test_categories_are_kept_by_name():
    found = found_in(futures(), (pl.col("cause") != "b") & (pl.col("other") > 0.5))
    rows = {row["factor"]: row for row in found.table().to_dicts()}
    assert rows.keys() == {"cause", "other"}
    assert rows["cause"]["kept"] == "a, c"
    assert rows["other"]["low"] == pytest.approx(0.5, abs=0.02)
    assert "Cause is a or c and Other > 0.5" in found.lines()[1]


def test_two_separate_boxes_are_both_found():
    """The second is told of the rest; its coverage is a share of all failures."""
    found = found_in(futures(512), ((pl.col("arrivals") > 1250) & (pl.col("far") < 450)) | (pl.col("other") < 0.1))
    assert len(found.found) >= 2
    named = [{own.column for own in one.box.restrictions} for one in found.found[:2]]
    assert sorted(map(sorted, named)) == [[0, 1], [3]]
    assert sum(one.box.coverage for one in found.found) == pytest.approx(1, abs=0.1)
    assert found.lines()[2].startswith("of the rest, fails when ")


def test_failures_without_structure_give_no_box_beyond_chance():
    """A box would be told in at most 5 of 100 such cases; more than 3 of 20 have a chance of 1.6 %."""
    cases = futures(128)
    columns = [unit_points("latin-hypercube", points=128, dimensions=1, seed=k)[:, 0] for k in range(20)]
    told = [found_in(cases.with_columns(chance=column), pl.col("chance") < 0.3).found for column in columns]
    assert sum(map(bool, told)) <= 3


def test_a_box_that_shuffled_failures_give_as_well_is_not_told():
    """Noise in which every restriction passes its quasi-p-value: a search among many boxes found what chance holds."""
    column = unit_points("latin-hypercube", points=64, dimensions=1, seed=30)[:, 0]
    found = found_in(futures(64).with_columns(chance=column), pl.col("chance") < 0.4)
    assert found.found == ()
    assert found.reason == "no box: shuffled failures give one as good in 8% of shuffles, so it may be chance"


def test_a_box_does_not_depend_on_the_order_of_the_runs():
    cases, noisy = futures(), JAM ^ (pl.col("chance") < 0.1)
    first = found_in(cases, noisy)
    for order in (cases.reverse(), cases.sort("other"), cases.sample(fraction=1, shuffle=True, seed=30)):
        other = found_in(order, noisy)
        assert other.table().equals(first.table())
        assert other.lines() == first.lines()
        assert other.cases.equals(first.cases)


def test_it_says_when_there_is_nothing_to_tell():
    cases = futures(64)
    assert found_in(cases, pl.lit(value=False)).reason == "no box: it fails nowhere (n = 64 points)"
    assert found_in(cases, pl.lit(value=True)).reason == "no box: it fails everywhere (n = 64 points)"
    few = found_in(cases, pl.col("point") < 5)
    assert few.reason == "no box: only 5 of 64 points fail; 10 are needed to tell a box"
    lost = found_in(cases.with_columns(status=pl.lit("deadlock")), JAM)
    assert (lost.reason, lost.left_out) == ("no box: no run has a result", 64)


def test_runs_of_one_point_are_not_taken_for_independent():
    """Ten runs a point tell no more about a restriction than one run that is as sure."""
    cases = futures(128)
    once = found_in(cases, JAM).table()
    often = found_in(pl.concat([cases.with_columns(replication=pl.lit(r)) for r in range(10)]), JAM).table()
    assert often["quasi_p"].to_list() == once["quasi_p"].to_list()
    assert often["n"].to_list() == once["n"].to_list()


def test_the_quasi_p_value_is_the_binomial_tail():
    """Of 20 points in the box 15 fail; without the restriction 20 of 40: P(Bin(20, 1/2) >= 15) = 0.0207."""
    columns = [Column(values=np.arange(40.0), is_number=True)]
    fails = np.array([1.0] * 5 + [0.0] * 15 + [1.0] * 15 + [0.0] * 5)
    everything = (Restriction(column=0, low=-np.inf, high=np.inf, kept=frozenset()),)
    box = (Restriction(column=0, low=19.5, high=np.inf, kept=frozenset()),)
    expected = sum(math.comb(20, k) for k in range(15, 21)) / 2**20
    assert quasi_p(columns, fails, box, everything, 0) == pytest.approx(expected, rel=1e-12)
    assert int(inside(columns, box).sum()) == 20


def test_no_failures_or_nothing_else_is_no_box():
    columns = [Column(values=np.arange(40.0), is_number=True)]
    assert prim(columns, np.zeros(40)) is None
    assert prim(columns, np.ones(40)) is None
