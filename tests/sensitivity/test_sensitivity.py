"""`cuakhau sensitivity` from a file to its folder: known answers through the machinery, resuming, refusals, words."""

import csv
import hashlib
import json
import re
import shutil

import numpy as np
import polars as pl
import pytest

import sim.experiment.runs as running
from sim.experiment.store import Run
from sim.scenario import bundled

from .conftest import HEAD, ISHIGAMI, UNKNOWNS, VARIANCE, contents, ishigami


def indices(out):
    return pl.read_parquet(out / "indices.parquet")


def ran(out):
    """How many runs each call made."""
    return [json.loads(line)["runs"] for line in (out / "log.jsonl").read_text().splitlines()]


def number(text):
    return float(re.match(r"[\d.]+", text)[0])


@pytest.fixture
def synthetic(monkeypatch):
    """Runs that give Ishigami's function of the three unknowns, with noise of sd 4 and a shift of all points."""

    def answer(task):
        resolved = task.scenario.resolved
        mean = number(resolved["stations"]["gate/booth"]["service"]["mean"])
        rate = number(resolved["flows"]["trucks"]["rate"])
        fruit = number(resolved["flows"]["trucks"]["cargo"]["fruit"])
        shares = np.array([(mean - 3) / 6, (rate - 2) / 4, (fruit - 10) / 80])
        word = hashlib.sha256(f"{mean:g} {rate:g} {fruit:g} {task.replication}".encode()).digest()
        noise = np.random.default_rng(list(word)).normal(0, 4)
        value = float(ishigami(shares)) + noise + 50.0 * task.replication
        return Run(status="ok", reason="", trucks=1, cells=[["wait_mean", "", "", "", "", "min", value]])

    monkeypatch.setattr(running, "run_task", answer)
    monkeypatch.setattr("sim.experiment.sweep_points.scenario_at", quick(monkeypatch))


def quick(monkeypatch):
    """Points loaded once each: a study loads them to check and again to run."""
    from sim.experiment import sweep, sweep_points

    real, known = sweep_points.scenario_at, {}

    def scenario_at(file, point):
        if point.number not in known:
            known[point.number] = real(file, point)
        return known[point.number]

    monkeypatch.setattr(sweep, "scenario_at", scenario_at)
    return scenario_at


def test_ishigami_through_the_machinery(ask, synthetic, write, out):
    """64 base samples, 3 replications: indices and the share of noise within their intervals, file to table."""
    done = ask(write(UNKNOWNS), "--method", "sobol", "--points", 64, "-n", 3, "--seed", 0, "--workers", 1)
    assert (done.code, done.err) == (0, "")
    assert "320 points, 960 runs: 960 run now" in done.out
    found = indices(out)
    assert found.columns == ["metric", "unit", "method", "index", "factor", "with", "title", "role", "value", "low",
                             "high", "rank", "rank_low", "rank_high", "matters", "noise_share", "blocks",
                             "dropped"]  # fmt: skip
    for index in ("S1", "ST"):
        own = found.filter(index=index)
        assert own["factor"].to_list() == ["pace", "demand", "mix"]
        assert (own["low"] <= pl.Series(ISHIGAMI[index])).all()
        assert (own["high"] >= pl.Series(ISHIGAMI[index])).all()
    share = found.filter(index="noise_share").row(0, named=True)
    assert share["low"] <= 16 / 3 / (16 / 3 + VARIANCE) <= share["high"]  # sd 4; the shifts are no noise
    assert share["value"] == share["noise_share"]
    assert pl.read_parquet(out / "sweep.parquet").height == 960
    assert found.drop("with").equals(pl.read_csv(out / "indices.csv", schema=found.schema).drop("with"))


MM1 = UNKNOWNS.replace("replications: 3", "replications: 2")


@pytest.fixture
def mm1(ask, write, out):
    """A Morris study of a real M/M/1 booth, done."""
    path = write(MM1)
    return path, ask(path, "--points", 4, "--workers", 2, figures=True)


def test_the_wait_at_a_booth_depends_on_pace_and_demand_and_not_on_what_is_carried(ask, write, out):
    """M/M/1: rho / (mu - lambda) has no cargo in it. Same trucks, same chance: the effect of the mix is nought."""
    done = ask(write(MM1), "--method", "sobol", "--points", 16, "--workers", 2)
    assert (done.code, done.err) == (0, "")
    total = {row["factor"]: row for row in indices(out).filter(index="ST").iter_rows(named=True)}
    assert total["mix"]["low"] <= 0 <= total["mix"]["high"]
    assert (total["mix"]["rank"], total["mix"]["rank_low"], total["mix"]["matters"]) == (3, 3, False)
    assert [total[name]["matters"] for name in ("pace", "demand")] == [True, True]
    assert "Not told from no effect: What they carry." in done.out


def test_what_is_printed_fits_a_screen_and_says_what_matters(mm1, out):
    _, done = mm1
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "16 points, 32 runs: 32 run now, 0 kept from before"
    assert lines[2].startswith("wait_mean [min]; noise of n = 2 replications is ")
    assert lines[3].split() == ["rank", "moves", "it", "by", "noise", "alone", "upwards", "by", "spread"]
    assert lines[6].startswith("What they carry")
    assert re.fullmatch(r"(Minutes of service|Trucks that come) (matters most|leads; .* may be first as well)\. "
                        r"Not told from no effect: What they carry\.", lines[7])  # fmt: skip
    assert lines[-1] == f"Report: {out / 'report.html'}"
    assert len(lines) - 4 <= 12


def test_figures_have_their_numbers_beside_them_and_the_page_says_the_same(mm1, ask, out):
    path, done = mm1
    drawn = sorted(file.name for file in (out / "figures").glob("*.svg"))
    assert drawn == ["morris-wait-mean.svg", "scatter-wait-mean.svg", "tornado-wait-mean.svg"]
    rows = list(csv.DictReader((out / "figures/tornado-wait-mean.csv").read_text().splitlines()))
    for row in rows:
        own = indices(out).filter(index=row["index"], factor=row["factor"]).row(0, named=True)
        assert float(row["value"]) == own["value"]
    assert {row["index"] for row in rows} == {"mu_star", "mu_star_none"}
    assert pl.read_csv(out / "figures/scatter-wait-mean.csv").height == 16
    page = (out / "report.html").read_text()
    assert done.out.splitlines()[7] in page
    assert "<h2>Mean wait</h2>" in page
    assert "Mean wait [min]; noise of n = 2 replications is " in page
    assert "Mean wait [min]: factors by how much they matter" in page
    assert ">wait_mean" not in page
    assert page.count("<svg") == 6  # three figures, wide and narrow
    assert "script" not in page
    before = contents(out)
    shutil.rmtree(out / "figures")
    (out / "report.html").unlink()
    ask(path, "--points", 4, figures=True)
    assert contents(out) == before


@pytest.mark.parametrize(
    ("method", "points", "drawn"), [("sobol", 4, {"ST", "S1"}), ("delta", 64, {"delta", "delta_none"})]
)
def test_every_method_has_its_tornado_and_scatter(ask, write, out, synthetic, method, points, drawn):
    done = ask(write(MM1), "--method", method, "--points", points, "--workers", 1, figures=True)
    assert (done.code, done.err) == (0, "")
    assert sorted(file.stem for file in (out / "figures").glob("*.svg")) == ["scatter-wait-mean", "tornado-wait-mean"]
    rows = pl.read_csv(out / "figures/tornado-wait-mean.csv")
    assert set(rows["index"]) == drawn
    assert rows.height == 6
    assert "How to read this" in (out / "report.html").read_text()


def test_a_title_is_no_markup(ask, write, out):
    path = write(MM1.replace("title: The unknowns of a booth", "title: <b onclick=x>booth</b>")
                 .replace("title: What they carry", "title: <i>mix</i>"))  # fmt: skip
    ask(path, "--points", 2, figures=True)
    page = (out / "report.html").read_text()
    assert "<b onclick" not in page
    assert "<i>" not in page
    assert "&lt;i&gt;mix&lt;/i&gt;" in page


def test_neither_engine_nor_workers_nor_interruptions_show(ask, write, out):
    path = write(MM1)
    words = ("--points", 2)
    assert ask(path, *words, "--workers", 1).code == 0
    whole = contents(out)
    for engine, workers in (("compiled", 3), ("simpy", 1)):
        shutil.rmtree(out)
        assert ask(path, *words, "--workers", workers, engine=engine).code == 0
        assert contents(out) == whole
    for lost in sorted(out.glob("runs/*/*.run"))[::3]:
        lost.unlink()
    (out / "indices.parquet").unlink()
    assert ask(path, *words).code == 0
    assert contents(out) == whole
    assert ran(out)[1] < ran(out)[0]


def test_more_trajectories_replications_and_another_method_run_only_what_is_missing(ask, write, out):
    path = write(MM1)
    for words in (("--points", 2), ("--points", 3), ("--points", 3, "-n", 3), ("--points", 3, "-n", 2)):
        assert ask(path, *words).code == 0
    assert ran(out) == [16, 8, 12, 0]
    assert set(indices(out)["blocks"]) == {3}
    assert ask(path, "--method", "sobol", "--points", 4).code == 0
    assert set(indices(out)["method"]) == {"sobol"}
    assert ask(path, "--method", "sobol", "--points", 4, "--second").code == 0
    assert ran(out)[4:] == [4 * 5 * 2, 4 * 3 * 2]
    assert indices(out).filter(index="S2").select("factor", "with").rows() == [
        ("pace", "demand"), ("pace", "mix"), ("demand", "mix"),
    ]  # fmt: skip
    assert ask(path, "--method", "sobol", "--points", 4, "--second", "--metric", "wait_p90 fruit").code == 0
    assert ran(out)[6:] == [0]
    assert set(indices(out)["metric"]) == {"wait_p90 fruit"}


def test_a_block_with_a_run_that_failed_is_left_out_whole_counted_and_said(ask, write, out, monkeypatch):
    path, real = write(MM1), running.run_task
    assert ask(path, "--points", 4, "--workers", 1).code == 0
    victim = pl.read_parquet(out / "sweep.parquet").filter(point=5, replication=1)
    lost = next(key for number, key in enumerate(json.loads((out / "points.json").read_text())["keys"]) if number == 5)
    shutil.rmtree(out)

    def failing(task):
        if (task.key, task.replication) == (lost, 1):
            return Run(status="deadlock", reason="nobody moves", trucks=0, cells=[])
        return real(task)

    monkeypatch.setattr(running, "run_task", failing)
    done = ask(path, "--points", 4, "--workers", 1)
    assert done.code == 5
    assert "1 deadlock" in done.err
    assert "1 of 4 trajectories left out: a run in them failed or has no value" in done.out
    assert set(indices(out)["blocks"]) == {3}
    assert set(indices(out)["dropped"]) == {1}
    rows = pl.read_parquet(out / "sweep.parquet")
    assert rows.filter(point=5, replication=1)["wait_mean"].to_list() == [None]
    assert victim["wait_mean"].to_list() != [None]


def test_if_hardly_anything_has_a_value_nothing_is_said_of_it(ask, write, out, monkeypatch):
    monkeypatch.setattr(running, "run_task", lambda _: Run(status="limit", reason="no", trucks=0, cells=[]))
    done = ask(write(MM1), "--points", 2, figures=True)
    assert done.code == 5
    assert "2 of 2 trajectories left out" in done.out
    assert "Too few runs have a value to say anything." in done.out
    assert indices(out)["value"].to_list() == [None]
    assert "Too few runs" in (out / "report.html").read_text()


REFUSED = {
    "method": (("--method", "moris"), "'moris' is not one of"),
    "metric": (("--metric", "wait_men"), "did you mean wait_mean?"),
    "gate": (("--metric", "wait_mean fruits"), "did you mean fruit?"),
    "not by place": (("--metric", "wait_mean gate/booth"), "wait_mean is not given by place"),
    "twice": (("--metric", "wait_mean export import"), "says its direction twice"),
    "one replication": (("-n", 1), "--replications 3"),
    "few": (("--points", 1), "morris needs at least 2 trajectories, got 1"),
    "few samples": (("--method", "delta", "--points", 10), "delta needs at least 64 samples, got 10"),
    "second": (("--second",), "those of --method sobol"),
    "many": (("--points", 900_000), "the limit is 1,000,000"),
    "both": (("--workers", 2, "--scheduler", "tcp://x:1"), "a scheduler has its own workers"),
}


@pytest.mark.parametrize(("words", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_answered_is_refused_and_nothing_written(ask, write, out, words, told):
    done = ask(write(MM1), *words)
    assert done.code == 2
    assert told in " ".join(re.sub(r"[│╭╰─╮╯]", " ", done.err).split())
    assert not out.exists()


def test_every_point_is_checked_before_any_runs(ask, write, out):
    done = ask(write(MM1.replace("low: 2/h, high: 6/h", "low: -2/h, high: 6/h")), "--points", 3)
    assert done.code == 2
    assert "demand" in done.err
    assert not out.exists()


def test_a_scenario_is_no_file_of_unknowns_and_one_that_varies_nothing_is_refused(ask, write, booth):
    assert "is not a sweep; it says kind: scenario" in ask(booth).err
    done = ask(write(HEAD + "levers: {stations.gate/booth.servers: [2]}\n"))
    assert done.code == 2
    assert "varies nothing: every factor has one value" in done.err


def test_the_unknowns_of_the_baseline_at_a_small_size(ask, out):
    """One day, two trajectories, two replications of the bundled file: every factor is there with its rank."""
    done = ask("sweeps/lang-son/unknowns", "--points", 2, "-n", 2, "--set", "period.end=2025-06-30",
               "--set", "period.warm_up=0 d", "--metric", "wait_mean huu-nghi export")  # fmt: skip
    assert done.code == 0
    found = indices(out).filter(index="mu_star")
    assert found.height == 13
    assert sorted(found["factor"])[:3] == ["called", "chinese-teams", "documents"]
    assert found["rank"].min() == 1
    text = (bundled.scenario_root() / "sweeps/lang-son/unknowns.yaml").read_text(encoding="utf-8")
    assert all(f"title: {title}" in text for title in found["title"])


@pytest.mark.parametrize("when", ["sim.experiment.sensitivity.indices_table", "sim.report.sensitivity.draw"])
def test_ctrl_c_after_the_runs_says_that_they_are_kept_and_the_same_command_goes_on(ask, write, out, monkeypatch, when):
    def stops(*_, **__):
        raise KeyboardInterrupt

    path = write(UNKNOWNS)
    with monkeypatch.context() as patched:
        patched.setattr(when, stops)
        done = ask(path, "--points", 2, "-n", 2, figures=True)
    assert done.code == 130
    assert done.err.startswith(f"interrupted: the 16 runs that are done are kept in {out}\nthe same command goes on: ")
    assert "nothing was written" not in done.err
    again = ask(path, "--points", 2, "-n", 2)
    assert (again.code, again.err) == (0, "")
    assert "16 runs: 0 run now, 16 kept from before" in again.out


def test_ctrl_c_before_any_run_says_that_nothing_was_written(ask, write, out, monkeypatch):
    def stops(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.experiment.sweep.checked_keys", stops)
    done = ask(write(UNKNOWNS), "--points", 2)
    assert (done.code, done.err) == (130, "error: interrupted; nothing was written\n")
    assert not out.exists()
