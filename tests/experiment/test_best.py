"""The best of scenarios that are really run: the same for any number of workers, and no run of one that is out."""

import pytest

import sim.experiment.best as choosing
from sim.experiment.best import NoValue, best
from sim.experiment.compare import compare
from sim.experiment.metric_words import metric_named
from sim.scenario.faults import ScenarioFaults

from .test_compare import scenario

SERVERS = (("one", 1), ("two", 2), ("three", 3))


@pytest.fixture(name="asked", scope="module")
def comparison():
    found = compare([scenario(*pair) for pair in SERVERS], replications=4, engine="compiled", workers=1)
    return found, metric_named("wait_mean export", found.scenarios[0], option="--best")


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
