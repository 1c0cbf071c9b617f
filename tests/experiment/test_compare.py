"""Comparisons on common random numbers."""

import json

import pytest

from sim.experiment.compare import compare, p_value, told_apart, variance_reduction
from sim.experiment.compared_files import write_comparison
from sim.measure.statistics import mean_interval
from sim.scenario.scenario import Scenario
from sim.scenario.schema import ScenarioFile


def scenario(name, servers):
    mapping = {
        "kind": "scenario", "format": 1, "title": name, "period": {"start": "2025-07-01", "length": "1 d"},
        "stations": {"desk": {"servers": servers, "service": {"law": "exponential", "mean": "9 min"}}},
        "routes": {"way": [{"at": "desk"}]}, "flows": {"fruit": {"route": "way", "rate": "6/h", "gate": "east"}},
    }  # fmt: skip
    return Scenario(file=ScenarioFile.model_validate(mapping), resolved=mapping, origins={}, sources={}, name=name)


@pytest.fixture(name="found", scope="module")
def comparison():
    names = (("one", 1), ("one again", 1), ("two", 2))
    return compare([scenario(*pair) for pair in names], replications=3, engine="simpy", workers=1)


def cell(found, other, metric):
    rows = found.differences.filter(other=other, metric=metric, gate="", direction="", cargo="").to_dicts()
    assert len(rows) == 1
    return rows[0]


def test_a_scenario_differs_in_nothing_from_itself(found):
    same = found.differences.filter(other="one again")
    assert same["difference"].abs().max() == 0
    assert found.bills[0].filter(what="share_later")["mean"].max() == 0
    assert cell(found, "one again", "wait_mean")["variance_reduction"] == 1


def test_a_second_server_lets_no_truck_wait_longer(found):
    """With the same trucks and services, two servers start nobody later than one does: certain, not by chance."""
    bill = found.bills[1].filter(gate="", direction="", cargo="")
    of = {row["what"]: row["mean"] for row in bill.to_dicts()}
    assert of["minutes_lost"] == 0
    assert of["minutes_gained"] > 0
    waits = cell(found, "two", "wait_mean")
    assert waits["difference"] == pytest.approx(waits["value"] - waits["base"])
    assert waits["level"] == 0.975  # of two comparisons each, so that both hold at 95 %
    assert waits["low"] < waits["difference"] < waits["high"]


def test_variance_taken_away_by_pairing():
    assert variance_reduction([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]) == 1.0  # always one apart
    assert variance_reduction([1.0, 2.0, 3.0], [3.0, 2.0, 1.0]) == pytest.approx(-1.0)  # 4 against 1 + 1
    assert variance_reduction([1.0], [2.0]) is None


def test_what_differs_is_told_so_that_all_hold_together():
    """Holm at 5 % of four: 0.012 <= 0.05 / 4, 0.016 <= 0.05 / 3, 0.026 > 0.05 / 2, and so no further, not even 0.04."""
    rows = [{"p": p} for p in (0.026, 0.012, None, 0.04, 0.016)]
    assert [row["differs"] for row in told_apart(rows)] == [False, True, None, False, True]


def test_how_likely_chance_alone_is():
    """Differences 1, 2, 3, 4: mean 2.5, se = sqrt(5 / 3) / 2; of t = 3.873 with 3 degrees 3.05 % lie beyond."""
    assert p_value(mean_interval([1.0, 2.0, 3.0, 4.0])) == pytest.approx(0.030466, abs=1e-6)
    assert p_value(mean_interval([0.0, 0.0])) == 1.0
    assert p_value(mean_interval([2.0, 2.0])) == 0.0
    assert p_value(mean_interval([2.0])) is None


def test_files(found, tmp_path):
    write_comparison(found, tmp_path / "a")
    write_comparison(found, tmp_path / "a")
    record = json.loads((tmp_path / "a/compare.json").read_bytes())
    assert [s["name"] for s in record["scenarios"]] == ["one", "one again", "two"]
    assert len(record["differences"]) == found.differences.height
    assert (tmp_path / "a/bill.csv").read_text().startswith("other,gate,direction,cargo,what,mean,low,high,n\n")
