"""`run --until` and `warm-up` as a user meets them."""

import json

import polars as pl
import pytest

WIDE = "wait_mean north export within 40 %"


@pytest.fixture(autouse=True)
def no_report(monkeypatch):
    """Drawing takes a second; what is not about the report does without."""

    def build(folder, *, lang):
        (folder / "report.html").write_text("<p>left out</p>")
        return folder / "report.html"

    monkeypatch.setattr("sim.report.build", build)


def test_a_run_says_why_it_stopped_and_how_to_do_it_again(cuakhau, gate, tmp_path):
    done = cuakhau("run", gate, "-n", 3, "--until", WIDE, "--most", 30, "--out", tmp_path / "one")
    assert done.code == 0
    told = json.loads((tmp_path / "one" / "manifest.json").read_text())
    n = told["replications"]
    assert (told["replications_asked"], 3 <= n < 30) == (n, True)
    line = done.out.splitlines()[-3]
    assert line.startswith(f"Stopped at {n} replications: the 95 % interval of wait_mean north export is within 40 % (")
    assert told["stopping"] == line[:1].lower() + line[1:]
    assert told["command"] == (
        "cuakhau run gate.yaml --until 'wait_mean north export within 40 %' --most 30 --replications 3 --seed 1"
    )
    row = pl.read_parquet(tmp_path / "one" / "tables" / "stopping.parquet").to_dicts()[0]
    assert (row["replications"], row["met"], row["least"], row["most"]) == (n, 1, 3, 30)
    cuakhau("run", gate, "-n", n, "--out", tmp_path / "plain")
    assert (tmp_path / "one" / "summary.json").read_bytes() == (tmp_path / "plain" / "summary.json").read_bytes()


def test_a_limit_that_is_reached_is_no_failure_but_is_said(cuakhau, gate, tmp_path):
    done = cuakhau("run", gate, "-n", 2, "--until", "wait_mean within 0.1 %", "--most", 2, "--out", tmp_path / "out")
    assert done.code == 0
    assert "The limit of 2 was reached: the 95 % interval of wait_mean is not within 0.1 % (" in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--until", "wait_maen within 5 %"], "hint: did you mean wait_mean?"),
        (["--until", "wait_mean nroth within 5 %"], "hint: did you mean north?"),
        (["--most", 5], "is the limit of --until, which is not given"),
        (["--until", WIDE, "-n", 1], "must be at least 2 with --until"),
        (["--until", WIDE, "-n", 300], "is 200, and at least 300 are asked for; give a limit, e.g. --most 600"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error_and_leaves_nothing(cuakhau, gate, tmp_path, words, message):
    done = cuakhau("run", gate, *words, "--out", tmp_path / "out")
    assert done.code == 2
    assert message in done.err
    assert not (tmp_path / "out").exists()


def test_a_queue_that_grows_is_marked_where_its_mean_is_shown(cuakhau, gate, tmp_path):
    slow = ("--set", "stations.north/lane.service.mean=60 min", "--set", "period.length=8 d")
    lines = cuakhau("run", gate, "-n", 3, *slow, "--set", "stations.north/yard.places=2000", "--out", tmp_path / "out")
    lines = lines.out.splitlines()
    assert lines[2].startswith("north export *")
    said = lines[3]
    assert said.startswith("* the queue grows to the end, north export by ")
    assert said.endswith(" trucks a day; its means are of these 7 days, no steady state")
    row = pl.read_parquet(tmp_path / "out" / "tables" / "growth.parquet").filter(gate="north", direction="export")
    assert 30 < row["mean"][0] < 45  # 50 a day come, 12 are served


def test_a_queue_that_does_not_grow_is_not_marked(cuakhau, gate, tmp_path):
    assert "*" not in cuakhau("run", gate, "-n", 3, "--out", tmp_path / "out").out


# --------------------------------------------------------------------------------------------- warm-up


def test_a_gate_that_starts_empty_is_told_its_warm_up_with_a_picture(cuakhau, gate, tmp_path):
    done = cuakhau("warm-up", gate, "-n", 4, "--set", "period.length=12 d", "--out", tmp_path / "out")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "One gate: 4 replications, seed 1; 12 days from the start, nothing left out"
    assert lines[2].startswith("north export trucks inside")
    told = json.loads((tmp_path / "out" / "warm-up.json").read_text())
    assert told["stated_hours"] == 24
    assert lines[-2] == told["verdict"]
    assert lines[-2].startswith(f"MSER-5 suggests period.warm_up={-(-told['hours'] // 24)} d")
    table = pl.read_csv(tmp_path / "out" / "warm-up.csv")
    assert table.filter(what="inside", direction="export").height == 12 * 24
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "warm-up.csv", "warm-up.json", "warm-up.svg", "warm-up.png",
    }  # fmt: skip


def test_what_a_warm_up_says_is_the_same_for_any_number_of_workers_and_engine(cuakhau, gate, tmp_path):
    for name, words in {
        "one": ("--workers", 1, "--engine", "simpy"),
        "two": ("--workers", 3, "--engine", "compiled"),
    }.items():
        cuakhau("warm-up", gate, "-n", 3, *words, "--out", tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["start_with=[{flow: out, trucks: 9, at: north/lane}]"], "states the trucks that are there at its beginning"),
        (["incidents.flood={at: [north/lane], from: 2025-07-02, to: 2025-07-03, loses: 1}"], "hold an incident"),
    ],
)
def test_a_period_that_stands_for_no_other_has_no_warm_up(cuakhau, gate, tmp_path, words, said):
    settings = [part for word in words for part in ("--set", word)]
    done = cuakhau("warm-up", gate, "-n", 2, *settings, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert said in done.out
    assert "No warm-up belongs to it" in done.out


def test_a_queue_that_grows_has_no_steady_state(cuakhau, gate, tmp_path):
    slow = ("--set", "stations.north/lane.service.mean=60 min", "--set", "stations.north/yard.places=2000")
    done = cuakhau("warm-up", gate, "-n", 2, *slow, "--set", "period.length=8 d", "--out", tmp_path / "out")
    assert "north export trucks inside  -              grows to the end: no steady state" in done.out
    assert "No steady state in this period: north export trucks inside, north trucks waiting." in done.out
