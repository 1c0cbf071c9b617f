"""Points that are replicated until a mean is known well enough: how many are enough, and that nothing else shows."""

import json
import math
import re
import shutil
import signal
import time

import polars as pl
import pytest

import sim.experiment.adaptive as rounds
from sim.experiment.precision import Width, enough, half_width
from sim.scenario.amounts import amount
from sim.scenario.sweep_reading import read_sweep

from .conftest import GRID, HEAD, contents
from .test_going_on import JAM, JAMS, ran

LEAST, MOST = 3, 12
UNTIL = "{least: 3, most: 12, until: {metric: wait_mean, within: 25 %}}"
ADAPTIVE = GRID.replace("replications: 2", f"replications: {UNTIL}")


def table(out, name="sweep"):
    return pl.read_parquet(out / f"{name}.parquet")


def test_the_half_width_is_student_s():
    """Of 1, 2, 3: sd 1, t with 2 degrees 4.3027, so 4.3027 / sqrt(3) = 2.4841."""
    assert half_width([1.0, 2.0, 3.0]) == pytest.approx(4.30265273 / math.sqrt(3), rel=1e-8)
    assert half_width([1.0]) is None


def test_the_fewest_replications_that_are_enough():
    """Of 9, 11: half-width 12.71; with 10: 4.30 * 1 / sqrt(3) = 2.484; with 10: 3.182 * 0.8165 / 2 = 1.299."""
    values = [9.0, 11.0, 10.0, 10.0, 10.0]
    for most, is_relative, expected in ((13.0, False, 2), (2.49, False, 3), (2.48, False, 4), (0.13, True, 4)):
        width = Width(most=most, is_relative=is_relative)
        assert enough(values, width, least=2, most=9) == expected
        assert enough(values[:expected], width, least=2, most=9) == expected
        assert enough(values[: expected - 1], width, least=2, most=9) is None
        assert enough(values, width, least=2, most=9, looked_at=expected - 1) == expected
    assert enough(values, Width(most=0.1, is_relative=False), least=2, most=5) == 5
    assert enough(values, Width(most=13.0, is_relative=False), least=4, most=5) == 4
    assert enough([None, 9.0, 11.0], Width(most=13.0, is_relative=False), least=2, most=5) == 3
    assert enough([None, None], Width(most=13.0, is_relative=False), least=2, most=50) == 2


def test_each_point_has_as_many_replications_as_it_needs_and_its_rows_are_those_of_a_fixed_number(sweep, write, out):
    done = sweep(write(ADAPTIVE))
    assert done.code == 0
    rows, points = table(out), table(out, "points").filter(metric="wait_mean")
    shutil.rmtree(out)
    assert sweep(write(GRID), "-n", MOST).code == 0
    whole = table(out)
    numbers = rows.group_by("point", maintain_order=True).len()["len"].to_list()
    assert LEAST <= min(numbers) < max(numbers) == MOST
    for number, n in enumerate(numbers):
        own = whole.filter(point=number)["wait_mean"].to_list()
        enoughs = [m for m in range(LEAST, MOST + 1) if half_width(own[:m]) <= 0.25 * abs(sum(own[:m]) / m)]
        assert n == min([*enoughs, MOST])
        assert rows.filter(point=number).equals(whole.filter(point=number).head(n))
        point = points.row(number, named=True)
        assert (point["n"], point["aim_met"]) == (n, bool(enoughs))
        assert point["half_width"] == pytest.approx(half_width(own[:n]))
        assert point["high"] - point["value"] == point["half_width"]


def test_the_manifest_counts_and_whoever_asks_is_told(sweep, write, out):
    done = sweep(write(ADAPTIVE))
    record = json.loads((out / "manifest.json").read_bytes())
    points = table(out, "points")
    aim = points.filter(metric="wait_mean")["aim_met"]
    assert points.filter(pl.col("metric") != "wait_mean")["aim_met"].null_count() == 6
    found = record["adaptive"]
    assert found == {"most": MOST, "metric": "wait_mean", "within": "25 %", "met": aim.sum(), "not_met": 6 - aim.sum(),
                     "ahead": found["ahead"]}  # fmt: skip
    assert record["runs"] == table(out).height
    assert ran(out) == [record["runs"] + found["ahead"]] == [len(list(out.glob("runs/*/*.run")))]
    assert f"6 points, {record['runs']} runs: {ran(out)[0]} run now, 0 kept from before" in done.out
    assert f"warning: at {found['not_met']} points the most replications were not enough" in done.err
    again = sweep(write(ADAPTIVE))
    assert f"0 run now, {ran(out)[0]} kept from before" in again.out
    assert again.err == done.err


def test_neither_engine_nor_workers_nor_rounds_nor_interruptions_show(sweep, write, out, monkeypatch):
    path = write(ADAPTIVE)
    sweep(path, "--workers", 1)
    whole = contents(out)
    for engine, workers in (("compiled", 3), ("simpy", 1)):
        shutil.rmtree(out)
        sweep(path, "--workers", workers, engine=engine)
        assert contents(out) == whole
    for lost in sorted(out.glob("runs/*/*.run"))[::3]:
        lost.unlink()
    (out / "manifest.json").unlink()
    sweep(path)
    assert contents(out) == whole
    shutil.rmtree(out)
    for name, value in (("_AT_A_TIME", 1), ("_AHEAD", 100)):
        monkeypatch.setattr(rounds, name, value)  # one further replication at a time, none ahead
    sweep(path)
    assert json.loads((out / "manifest.json").read_bytes())["adaptive"]["ahead"] == 0
    tables = [name for name in whole if name.startswith(("sweep.", "points."))]
    assert {name: contents(out)[name] for name in tables} == {name: whole[name] for name in tables}


def test_more_points_and_a_fixed_number_leave_what_is_there(sweep, write, out):
    sweep(write(ADAPTIVE))
    first, before = table(out), ran(out)[0]
    sweep(write(ADAPTIVE.replace("[1, 2]", "[1, 2, 3]")))
    assert table(out).filter(pl.col("point") < 6).equals(first)
    assert sweep(write(ADAPTIVE), "-n", 2).code == 0
    assert table(out).height == 12
    assert "adaptive" not in json.loads((out / "manifest.json").read_bytes())
    assert ran(out)[2] == 0
    sweep(write(ADAPTIVE))
    assert table(out).equals(first)
    assert ran(out)[3] == 0 < before


def test_a_point_whose_every_run_fails_is_asked_no_more_than_the_least(sweep, write, out, booth):
    (booth.parent / "jam.yaml").write_text(JAM)
    text = "{least: 3, most: 50, until: {metric: time_mean, within: 1 min}}"
    assert sweep(write(JAMS.replace("replications: 2", f"replications: {text}"))).code == 5
    assert table(out).group_by("status").len().rows_by_key("status") == {"deadlock": [(3,)], "ok": [(6,)]}
    aims = table(out, "points").filter(metric="time_mean")
    assert aims["aim_met"].to_list() == [False, True, True]
    assert aims["half_width"].to_list() == [None, 0.0, 0.0]


def test_a_metric_aimed_at_is_a_column_even_if_the_file_lists_others(sweep, write, out):
    sweep(write(ADAPTIVE.replace("metric: wait_mean, within", "metric: wait_p90, within")))
    assert "wait_p90" in table(out).columns


def test_ctrl_c_between_rounds_keeps_what_is_done_and_the_same_command_ends_as_if_undisturbed(
    sweep, process, write, out
):
    path = write(GRID.replace("replications: 2", f"replications: {UNTIL.replace('25 %', '3 %').replace('12', '40')}"))
    words = ("sweep", path, "--out", out, "--engine", "compiled")
    running = process(*words)
    end = time.monotonic() + 60
    while len(list(out.glob("runs/*/*.run"))) < 40 and time.monotonic() < end:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    kept = len(list(out.glob("runs/*/*.run")))
    assert running.returncode == 130
    said = re.search(r"interrupted: (?:(\d+) of \d+ runs are|the (\d+) runs that are done are) kept in ", err)
    assert int(said[1] or said[2]) == kept >= 40  # within a round, or between two, when no number is asked for
    assert sweep(path).code == 0
    assert sum(ran(out)) == 240 > kept  # 3 % is more than 40 replications tell of any point
    whole = contents(out)
    shutil.rmtree(out)
    sweep(path)
    assert contents(out) == whole


FAULTS = {
    "no until": ("{least: 3, most: 9}", ["5:15: error: replications: missing key until: how many at least"]),
    "nothing said": ("{}", ["missing key least and most and until", "hint: replications: {least: 5, most: 100"]),
    "a word": ("{least: few, most: 9, until: {metric: wait_mean, within: 5 %}}", ["5:23: error: replications.least:"]),
    "one replication": (
        "{least: 1, most: 9, until: {metric: wait_mean, within: 5 %}}", ["5:23: ", "from 2 to 100000, got 1"],
    ),
    "reversed": (
        "{least: 9, most: 5, until: {metric: wait_mean, within: 5 %}}",
        ["5:32: error: replications.most: must not be below least, 9; got 5"],
    ),
    "unknown keys": (
        "{least: 2, most: 5, untl: 3, until: {metric: wait_mean, within: 5 %, wthin: 3}}",
        ["5:35: error: replications.untl: unknown key", "did you mean until?", "5:84: error: replications.until.wthin",
         "did you mean within?"],
    ),
    "no metric": ("{least: 2, most: 5, until: {within: 5 %}}", ["5:42: ", "must name a metric"]),
    "no within": ("{least: 2, most: 5, until: {metric: wait_mean}}", ["5:42: ", 'missing key "within"', "within: 5 %"]),
    "unknown metric": (
        "{least: 2, most: 5, until: {metric: wait_men, within: 5 %}}", ["5:42: error: replications.until: no metric"],
    ),
    "no unit": (
        "{least: 2, most: 5, until: {metric: wait_mean, within: 5}}",
        ['5:70: error: replications.until.within: must be an amount above 0 in a unit of time, got "5"',
         "write for example 30 min"],
    ),
    "another unit": (
        "{least: 2, most: 5, until: {metric: inside_at_end, within: 5 min}}", ["above 0 in trucks", "20 trucks"],
    ),
    "all of it": (
        "{least: 2, most: 5, until: {metric: wait_mean, within: 100 %}}",
        ["a share of the mean above 0 and below 100 %", "write for example 5 %"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "told"), FAULTS.values(), ids=FAULTS)
def test_faults_are_told_at_their_place_and_nothing_is_written(sweep, write, out, text, told):
    done = sweep(write(f"{HEAD}levers: {{flows.trucks.rate: [1/h, 2/h]}}\nreplications: {text}\n"))
    assert done.code == 2
    assert [part for part in told if part not in done.err] == []
    assert "Traceback" not in done.err
    assert not out.exists()


def test_amounts_are_read_in_the_unit_of_their_metric():
    said = {
        ("90 min", "h"): 1.5,
        ("1 h 30 min", "min"): 90,
        ("2 %", "1"): 0.02,
        ("12", "trucks"): 12,
        ("12 trucks", "trucks"): 12,
        ("2/h", "trucks/day"): 48,
        ("500 m", "km"): 0.5,
        ("2 bn VND", "VND"): 2e9,
    }
    assert {key: amount(*key) for key in said} == said


def test_an_absolute_width_is_read_with_its_unit(write):
    read, _ = read_sweep(write(ADAPTIVE.replace("25 %", "10 min")))
    assert (read.replications, read.until.most, read.until.within) == (3, 12, "10 min")
