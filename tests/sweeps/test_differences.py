"""What each lever changes: points paired with the one at the lever's first level, all else equal."""

import json

import polars as pl
import pytest

from sim.measure.statistics import mean_interval

from .conftest import GRID, HEAD


def differences(out):
    return pl.read_parquet(out / "differences.parquet")


def test_points_are_paired_by_replication_with_the_first_level_of_each_lever(sweep, write, out):
    assert sweep(write(GRID)).code == 0
    rows, found = pl.read_parquet(out / "sweep.parquet"), differences(out)
    assert found.equals(pl.read_csv(out / "differences.csv", schema=found.schema))
    assert found.select("point", "reference").unique(maintain_order=True).rows() == [(3, 0), (4, 1), (5, 2)]
    assert set(found["lever"]) == {"stations.gate/booth.servers"}  # demand is no lever: nobody chooses it
    for row in found.iter_rows(named=True):
        ours, theirs = (rows.filter(point=row[key])[row["metric"]].to_list() for key in ("point", "reference"))
        own = mean_interval([a - b for a, b in zip(ours, theirs, strict=True)])
        assert (row["difference"], row["low"], row["high"], row["n"]) == (own.mean, own.low, own.high, 2)
    assert "differences.parquet" in json.loads((out / "manifest.json").read_bytes())["files"]


def test_pairing_tells_what_two_intervals_do_not(sweep, write, out):
    """A booth more shortens the wait in every replication: n = 8 pairs; the same trucks, so far less noise."""
    text = GRID.replace("low: 2/h, high: 6/h, steps: 3", "values: [6/h]").replace("[1, 2]", "[2, 3]")
    assert sweep(write(text), "-n", 8).code == 0
    rows = pl.read_parquet(out / "sweep.parquet")
    two, three = (rows.filter(point=k)["wait_mean"].to_list() for k in (0, 1))
    paired = differences(out).row(by_predicate=pl.col("metric") == "wait_mean", named=True)
    assert paired["high"] < 0
    apart = mean_interval(two).sd ** 2 + mean_interval(three).sd ** 2
    assert mean_interval([a - b for a, b in zip(three, two, strict=True)]).sd ** 2 < apart


ZIPPED = (
    HEAD
    + """\
levers: {stations.gate/booth.servers: [1, 2], stations.gate/booth.places: [50, 100], flows.trucks.rate: [3/h, 4/h]}
zip: [stations.gate/booth.servers, stations.gate/booth.places]
replications: 2
metrics: [wait_mean]
"""
)


def test_levers_side_by_side_are_one_and_each_of_several_is_compared(sweep, write, out):
    sweep(write(ZIPPED))
    both = "stations.gate/booth.servers + stations.gate/booth.places"
    assert differences(out).select("lever", "point", "reference").rows() == [
        (both, 2, 0), (both, 3, 1), ("flows.trucks.rate", 1, 0), ("flows.trucks.rate", 3, 2),
    ]  # fmt: skip


@pytest.mark.parametrize("lever", ["levers: {stations.gate/booth.servers: {low: 1, high: 3}}", ""])
def test_without_a_first_level_there_is_nothing_to_compare_with(sweep, write, out, lever):
    text = f"{lever}\nuncertainties: {{flows.trucks.rate: {{low: 2/h, high: 4/h}}}}\nreplications: 2\n"
    assert sweep(write(f"{HEAD}{text}design: {{kind: sobol, points: 2}}\n")).code == 0
    assert differences(out).height == 0


def test_every_lever_meets_the_same_futures_truck_by_truck(sweep, write, out):
    text = "levers: {stations.gate/booth.servers: [1, 2]}\nuncertainties: {flows.trucks.rate: {low: 2/h, high: 4/h}}\n"
    sweep(write(f"{HEAD}{text}replications: 2\ndesign: {{kind: sobol, points: 4, of: uncertainties}}\n"))
    rows = pl.read_parquet(out / "sweep.parquet")
    pairs = differences(out).select("point", "reference").unique().rows()
    assert sorted(pairs) == [(4, 0), (5, 1), (6, 2), (7, 3)]
    for point, reference in pairs:
        assert rows.filter(point=point)["trucks"].to_list() == rows.filter(point=reference)["trucks"].to_list()
