"""The course of a search: its budget, what goes on after it was interrupted, settings without a result, its answer."""

import json
import shutil

import polars as pl
import pytest

from sim.experiment import runs
from sim.experiment.runs import Stopped
from sim.experiment.search_answer import lines
from sim.experiment.store import Run

from .conftest import contents, noise
from .test_truth import BOWL, bowl

FEW = """\
levers:
  booths: {path: stations.gate/booth.servers, title: Booths, values: [4, 5, 6, 7, 8]}
  places: {path: stations.gate/booth.places, title: Places, values: [100, 200, 400]}
goal: {minimise: wait_mean, costs: {booths: 2}}
replications: 5
"""


def few(x, seed, replication):
    """Least at 6 booths and 200 places."""
    return 20 + 4 * (x.servers - 6.6) ** 2 + abs(x.places - 200) / 50 + noise(seed, replication)


@pytest.mark.parametrize(("text", "outcome", "budget"), [(FEW, few, 150), (BOWL, bowl, 160)], ids=["every", "model"])
def test_neither_workers_nor_interruptions_nor_damage_show(search, formula, text, outcome, budget):
    done = formula(outcome)
    whole = contents(search(text, out="a", budget=budget).folder)
    total = len(done)
    assert total <= budget
    assert contents(search(text, out="b", budget=budget, workers=3).folder) == whole

    def stop_at(n):
        def told(kept, asked):
            assert asked == budget
            if kept >= n:
                raise KeyboardInterrupt

        return told

    done.clear()
    for n in (7, 30, 60):
        with pytest.raises(Stopped):
            search(text, out="c", budget=budget, progress=stop_at(n))
    found = search(text, out="c", budget=budget)
    assert contents(found.folder) == whole
    assert len(done) == len(set(done)) == total  # nothing was run twice
    assert search(text, out="c", budget=budget).ran == 0
    lost = sorted(found.folder.glob("runs/*/*.run"))[::5]
    for path in lost[1:]:
        path.unlink()
    lost[0].write_bytes(lost[0].read_bytes()[:-3])
    (found.folder / "answer.json").unlink()
    again = search(text, out="c", budget=budget)
    assert (again.ran, contents(again.folder) == whole) == (len(lost), True)
    shutil.rmtree(found.folder / "runs")
    assert contents(search(text, out="c", budget=budget).folder) == {k: v for k, v in whole.items() if k[:5] != "runs/"}


def test_another_seed_or_budget_is_another_search(search, formula):
    formula(few)
    first = contents(search(FEW, out="a").folder)["manifest.json"]
    for how in ({"seed": 2}, {"budget": 299}, {"replications": 6}):
        assert contents(search(FEW, out=f"b{how}", **how).folder)["manifest.json"] != first


def test_the_last_runs_share_no_chance_with_the_search(search, formula):
    seeds = set()
    formula(lambda x, seed, r: seeds.add((seed, r)) or few(x, seed, r))
    found = search(FEW)
    mine = {seed for seed, _ in seeds}
    assert len(mine) == 2
    assert {r for seed, r in seeds if seed != 1} == set(range(5))
    table = pl.read_parquet(found.folder / "candidates.parquet")
    assert table.filter(seed="last").height == 5
    assert table.filter(seed="search", stage="every setting").height == 15


def test_the_saving_is_the_paired_difference(search, formula):
    """Noise is common to all settings, so differences have none: 4 booths and 400 places against 6 and 200."""
    formula(few)
    answer = search(FEW).answer
    base, best = 20 + 4 * 2.6**2 + 4 + 8, 20 + 4 * 0.6**2 + 12
    assert answer["best"]["levers"] == {"booths": "6", "places": "200"}
    assert answer["best"]["cost"] == 12
    assert answer["saving"]["mean"] == pytest.approx(base - best, abs=1e-9)
    assert answer["saving"]["high"] - answer["saving"]["low"] == pytest.approx(0, abs=1e-9)
    second = answer["others"][0]
    assert second["levers"] == {"booths": "7", "places": "200"}
    assert second["behind"]["mean"] == pytest.approx(4 * (0.4**2 - 0.6**2) + 2, abs=1e-9)
    assert second["told_apart"] is True
    said = "\n".join(lines(answer))
    assert said.startswith("Best: Booths: 6, Places: 200\n  33.2 min (95 % interval")
    assert "saves 25.6 min" in said
    assert len(lines(answer)) <= 15


def test_settings_without_a_result_are_counted_and_never_chosen(search, formula):
    """The best of all ends in a deadlock, in its third run only; the next best is chosen."""

    def outcome(x, seed, replication):
        if (x.servers, x.places) == (6, 200) and replication == 2:
            return Run(status="deadlock", reason="stuck at the gate", trucks=0, cells=[])
        return few(x, seed, replication)

    formula(outcome)
    found = search(FEW)
    assert found.answer["best"]["levers"] == {"booths": "7", "places": "200"}
    assert found.answer["without_result"] == {"deadlock": 1}
    row = pl.read_parquet(found.folder / "candidates.parquet").filter(booths=6.0, places=200.0).to_dicts()[0]
    assert (row["fate"], row["objective"], row["feasible"]) == ("deadlock: stuck at the gate", None, False)
    assert "Without a result, so not chosen: 1 settings (deadlock)" in "\n".join(lines(found.answer))


def test_a_base_without_a_result_leaves_the_saving_unknown(search, formula):
    def outcome(x, seed, replication):
        if (x.servers, x.places) == (4, 400):
            return Run(status="limit", reason="too many trucks", trucks=0, cells=[])
        return few(x, seed, replication)

    formula(outcome)
    answer = search(FEW).answer
    assert answer["best"]["levers"] == {"booths": "6", "places": "200"}
    assert answer["saving"] is None
    assert "what it saves is not known" in "\n".join(lines(answer))


@pytest.mark.parametrize(("slack", "booths", "hold"), [(3.9, "5", True), (-30, None, False)])
def test_a_limit_against_the_base_holds_class_by_class(search, formula, slack, booths, hold):
    """Fruit waits 3 minutes longer for each booth above 4, goods less: with 3.9 minutes to spare it is one booth."""

    def outcome(x, seed, replication):
        fruit = 10 + 3 * (x.servers - 4) + noise(seed, replication)
        return {"wait_mean": few(x, seed, replication), ("wait_mean", "", "", "", "fruit"): fruit,
                ("wait_mean", "", "", "", "goods"): 40 - x.servers}  # fmt: skip

    formula(outcome)
    limit = f"limits: [{{metric: wait_mean, cargo: each, worse by at most: {slack} min}}]\n"
    answer = search(FEW + limit).answer
    assert [v["name"] for v in answer["best"]["limits"]] == ["wait_mean fruit", "wait_mean goods"]
    assert answer["best"]["limits_hold"] is hold
    if hold:
        assert answer["best"]["levers"]["booths"] == booths
        fruit = answer["best"]["limits"][0]
        assert (fruit["value"], fruit["excess"]) == (pytest.approx(3, abs=1e-9), pytest.approx(3 - slack, abs=1e-9))
    else:
        assert "NOT kept" in "\n".join(lines(answer))


def test_a_limit_that_the_mean_just_keeps_is_not_held_safe(search, formula):
    """The limited metric varies by 10 from run to run: a mean 1 below the bound is no proof with 5 runs."""
    text = FEW + "limits: [{metric: wait_p90, at most: 50 min}]\n"
    formula(lambda x, seed, r: {"wait_mean": few(x, seed, r), "wait_p90": 49 + 10 * noise(seed, r, x.servers)})
    judged = pl.read_parquet(search(text).folder / "candidates.parquet").filter(seed="last")
    assert not judged["limits_safe"].any()
    over = judged.filter(pl.col("limit 1 bound") > 0, pl.col("limit 1 excess") <= 0)
    assert over.height == judged.filter("feasible").height


def test_in_every_run_means_in_every_run(search, formula):
    text = FEW + "limits: [{metric: wait_p90, at most: 50 min, in every run: true}]\n"
    formula(lambda x, seed, r: {"wait_mean": few(x, seed, r), "wait_p90": 51 if (x.servers, r) == (6, 3) else 20})
    answer = search(text).answer
    assert answer["best"]["levers"]["booths"] == "7"


def test_in_every_run_means_in_every_future(search, formula):
    """Of four futures one breaks the limit with 6 booths or fewer; the mean of the four does not."""
    text = (
        FEW
        + """\
limits: [{metric: wait_p90, at most: 50 min, in every run: true}]
uncertainties: {flows.trucks.rate: [4/h, 6/h, 8/h, 10/h]}
"""
    )
    formula(lambda x, seed, r: {"wait_mean": few(x, seed, r), "wait_p90": 51 if x.rate > 9 and x.servers < 7 else 20})
    assert search(text, budget=400).answer["best"]["levers"]["booths"] == "7"


def test_futures_are_weighed_evenly_and_their_failures_told(search, formula):
    """Few trucks call for 4 booths, many for 8: over all futures 6 is least. It fails above 9 an hour."""
    text = FEW + """\
uncertainties: {arrivals: {path: flows.trucks.rate, title: arrivals, low: 4/h, high: 10/h}}
design: {kind: latin-hypercube, points: 6, of: uncertainties}
fails: {metric: wait_mean, more than: 50 min, futures: 96}
"""  # fmt: skip

    def outcome(x, seed, replication):
        if seed != 1 and x.rate > 9:
            return 60.0
        return (
            20 + 3 * (x.servers - 4 - 4 * (x.rate - 4) / 6) ** 2 + abs(x.places - 200) / 50 + noise(seed, replication)
        )

    formula(outcome)
    found = search(text.replace("costs: {booths: 2}", "costs: {booths: 0}"), budget=600)
    assert found.answer["futures"] == 6
    assert found.answer["best"]["levers"] == {"booths": "6", "places": "200"}
    assert found.answer["runs_in_all"] <= 600
    box = pl.read_parquet(found.folder / "boxes.parquet").to_dicts()
    assert [(row["factor"], row["high"]) for row in box] == [("arrivals", None)]
    assert box[0]["low"] == pytest.approx(9, abs=6 / 96)
    assert (box[0]["density"], box[0]["coverage"]) == (1, 1)
    assert pl.read_parquet(found.folder / "futures.parquet").height == 96
    assert "Failures of it: 16 of 96 runs fail" in "\n".join(lines(found.answer))


def test_the_command_prints_the_answer_and_failed_runs_end_in_exit_code_5(
    command, write, formula, tmp_path, monkeypatch
):
    formula(few)
    path = write(FEW)
    done = command("search", path, "--workers", 1, "--engine", "compiled", "--out", "out")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == "Best: Booths: 6, Places: 200"
    assert len(done.out.splitlines()) <= 15
    quiet = command("search", path, "--out", "out", "--quiet")
    assert (quiet.code, quiet.out) == (0, "out\n")
    assert json.loads((tmp_path / "out/answer.json").read_text())["best"]["levers"]["booths"] == "6"
    broken = Run(status="failed", reason="no memory", trucks=0, cells=[])
    real = runs.run_task
    monkeypatch.setattr(runs, "run_task", lambda task: broken if "9" in task.key[:3] else real(task))
    assert command("search", path, "--workers", 1, "--out", "bad").code == 5
