"""The best of scenarios that are really run: the same for any number of workers, and no run of one that is out."""

from dataclasses import replace

import pytest

import sim.experiment.best as choosing
from sim.experiment.best import NoValue, best
from sim.experiment.compare import compare
from sim.experiment.metric_words import metric_named
from sim.scenario.faults import ScenarioFaults
from sim.scenario.schema import ScenarioFile

from .test_compare import scenario

SERVERS = (("one", 1), ("two", 2), ("three", 3))


@pytest.fixture(name="asked", scope="module")
def comparison():
    found = compare([scenario(*pair) for pair in SERVERS], replications=4, engine="compiled", workers=1)
    return found, metric_named("wait_mean export", found.scenarios[0], option="--best")


@pytest.fixture(name="money", scope="module")
def costly():
    """The comparison where a truck that waits costs a million VND an hour."""
    priced = []
    for plain in (scenario(*pair) for pair in SERVERS):
        mapping = plain.resolved | {"cargoes": {"fruit": {"waiting_cost": "24 million VND"}}}
        mapping["flows"] = {"fruit": plain.resolved["flows"]["fruit"] | {"cargo": "fruit"}}
        priced.append(replace(plain, file=ScenarioFile.model_validate(mapping), resolved=mapping))
    return compare(priced, replications=4, engine="compiled", workers=1)


def answer(asked, workers, **how):
    how = {"is_most": False, "probability": 0.95, "indifference": 4.0, **how}
    return best(*asked, workers=workers, **how)


def test_workers_and_runs_ahead_do_not_show(asked, monkeypatch):
    one = answer(asked, 1)
    assert one.selection.best == 2
    assert one.selection.n > 4
    for workers, ahead in ((3, 5), (2, 1), (1, 100)):
        monkeypatch.setattr(choosing, "_AHEAD", ahead)
        assert answer(asked, workers).record() == one.record()


def test_who_is_out_is_run_no_further_and_replications_are_those_of_a_longer_comparison(asked, monkeypatch):
    runs, real = [], choosing.spread
    monkeypatch.setattr(choosing, "spread", lambda work, items, **how: real(work, runs.extend(items) or items, **how))
    found = answer(asked, 1, indifference=0.5)
    out = found.selection.dropped[1][0]
    assert found.selection.n > 2 * out
    assert max((n for i, n in runs if i == 1), default=-1) < out + max(1, out // 5)
    assert max(n for i, n in runs if i == 0) > 2 * out
    longer = compare(asked[0].scenarios, replications=found.selection.n, engine="compiled", workers=1)
    wanted = longer.differences.filter(metric="wait_mean", direction="export", gate="", cargo="", other="three")
    assert found.table.row(0, named=True)["mean"] == wanted["value"].item()


def test_the_limit_is_kept_and_the_untold_are_listed_best_first(asked):
    found = answer(asked, 2, indifference=0.001, most=6)
    assert (found.selection.n, found.selection.best) == (6, None)
    assert found.table["scenario"].to_list()[:2] == ["three", "two"]
    assert found.record()["told"] is False


def test_a_metric_that_a_scenario_has_no_value_of_cannot_be_asked(asked):
    wanted = metric_named("wait_mean import", asked[0].scenarios[0], option="--best")
    with pytest.raises(NoValue, match="one has no wait_mean import in replication 0"):
        answer((asked[0], wanted), 1)
    with pytest.raises(ScenarioFaults, match="wait_mean knows no"):
        metric_named("wait_mean sideways", asked[0].scenarios[0], option="--best")


def test_hours_waited_are_the_sum_over_causes_and_none_where_a_cause_held_up_nobody(asked):
    found, _ = asked
    rows = found.differences.filter(metric="waited_hours", gate="", other="two")
    for words, expected in (("waited_hours", sum(rows["base"])), ("waited_hours holiday", 0.0)):
        metric = metric_named(words, found.scenarios[0], option="--best")
        told = answer((found, metric), 1, indifference=None).table
        assert told.filter(scenario="one")["mean"].item() == pytest.approx(expected, rel=1e-12)
    assert sum(rows["base"]) > 1


def test_money_may_be_what_is_best(money):
    metrics = (metric_named(name, money.scenarios[0], option="--best") for name in ("waiting_cost_vnd", "waited_hours"))
    paid, waited = (answer((money, metric), 1, indifference=None) for metric in metrics)
    assert (paid.unit, waited.unit) == ("VND", "h")
    assert paid.table["scenario"].to_list() == waited.table["scenario"].to_list()
    assert paid.table["scenario"][0] == "three"
    for pair in zip(paid.table["mean"], waited.table["mean"], strict=True):
        assert pair[0] == pytest.approx(1e6 * pair[1], rel=1e-3)
    chosen = answer((money, metric_named("waiting_cost_vnd", money.scenarios[0], option="--best")), 1, indifference=2e7)
    assert chosen.selection.best == 2
