"""`cuakhau compare`: what it prints and writes."""

import json

import polars as pl
import pytest

OVERLAY = "kind: overlay\nformat: 1\ntitle: faster\nstations: {north/lane: {service: {mean: 6 min}}}\n"


def test_an_overlay_is_laid_over_the_base_and_the_gain_is_told(cuakhau, gate, tmp_path):
    """Every truck is served sooner and none later: the bill says so, in hours and as shares."""
    overlay = tmp_path / "faster.yaml"
    overlay.write_text(OVERLAY)
    done = cuakhau("compare", gate, overlay, "-n", 2, "--engine", "simpy", "--workers", 1, "--out", tmp_path / "out")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "One gate: the base"
    assert any(line.startswith("north export fruit") for line in lines)
    assert any(line.startswith("mean wait, h") and "north" in line for line in lines)
    bill = json.loads((tmp_path / "out/compare.json").read_bytes())["bill"]
    key = ("north", "export", "fruit")
    fruit = {row["what"]: row["mean"] for row in bill if (row["gate"], row["direction"], row["cargo"]) == key}
    assert fruit["minutes_lost"] == 0
    assert fruit["minutes_gained"] > 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["bill.csv", "compare.csv", "compare.json", "figures"]
    drawn = pl.read_csv(tmp_path / "out/figures/difference-wait-mean.csv").to_dicts()
    told = json.loads((tmp_path / "out/compare.json").read_bytes())["differences"]
    cell = {"metric": "wait_mean", "gate": "north", "direction": "export", "cargo": "", "place": ""}
    expected = [row for row in told if cell.items() <= row.items()]
    assert drawn == [{key: row[key] for key in drawn[0]} for row in expected]
    assert (tmp_path / "out/figures/difference-wait-mean.svg").read_bytes().startswith(b"<?xml")
    assert any("values differ, at 95 % for all together (Holm" in line for line in lines)


def test_a_base_alone_is_not_enough(cuakhau, gate):
    assert cuakhau("compare", gate).code == 2


@pytest.fixture
def overlays(tmp_path):
    """A lane that takes 6 minutes a truck instead of 9, and one that takes 12."""
    paths = []
    for name, minutes in (("faster", 6), ("slower", 12)):
        paths.append(tmp_path / f"{name}.yaml")
        paths[-1].write_text(OVERLAY.replace("6 min", f"{minutes} min"))
    return paths


def test_the_best_is_named_with_its_probability_and_those_that_were_dropped(cuakhau, gate, overlays, tmp_path):
    words = ("compare", gate, *overlays, "--best", "wait_mean north export", "--indifference", "10 min", "--workers", 1)
    done = cuakhau(*words, "-n", 5, "--out", tmp_path / "out")
    assert done.code == 0
    assert "Best by wait_mean north export [min], the least" in done.out
    assert f"with {overlays[0]} is the best with at least 95 % probability" in done.out
    assert "by 10 min or\nmore (Kim and Nelson 2001, paired, 5 first replications)" in done.out
    best = json.loads((tmp_path / "out/compare.json").read_bytes())["best"]
    assert (best["told"], best["probability"], best["indifference"], best["most"]) == (True, 0.95, 10.0, 500)
    assert [row["verdict"] for row in best["scenarios"]] == ["best", "dropped", "dropped"]
    assert best["scenarios"][0]["scenario"].endswith("faster.yaml")
    table = pl.read_csv(tmp_path / "out/best.csv")
    assert table["n"].to_list() == [row["n"] for row in best["scenarios"]]
    most = cuakhau(*words, "-n", 5, "--maximise")
    assert f"with {overlays[1]} is the best" in most.out


def test_without_a_zone_it_is_said_which_may_be_best(cuakhau, gate, overlays):
    done = cuakhau("compare", gate, *overlays, "--best", "wait_mean north", "-n", 6, "--probability", "90 %")
    assert done.code == 0
    assert f"With 90 % the best is {gate} with {overlays[0]} (6 replications, paired; Hsu's" in done.out
    two = cuakhau("compare", gate, gate, "--best", "wait_mean north", "-n", 3)
    assert f"the best is among {gate}, {gate}" in two.out


REFUSED = {
    "no such metric": (("--best", "wait_men"), "hint: did you mean wait_mean?"),
    "no such gate": (("--best", "wait_mean nort"), "--best:1:11: error: wait_mean knows no"),
    "without its place": (("--best", "utilisation"), "utilisation must say its place"),
    "no unit": (("--best", "wait_mean", "--indifference", "30"), "write for example 30 min, got 30"),
    "another unit": (("--best", "wait_mean", "--indifference", "3 trucks"), "above 0 in a unit of time"),
    "nothing": (("--best", "inside_at_end", "--indifference", "0 trucks"), "above 0 in trucks"),
    "no metric": (("--indifference", "30 min"), "needs --best METRIC"),
    "a guess": (("--best", "wait_mean", "--probability", "50 %"), "must lie between 1/2, which guessing has, and 1"),
    "one replication": (("--best", "wait_mean", "-n", 1), "at least 2 replications are needed"),
    "a limit below": (("--best", "wait_mean", "--indifference", "1 h", "--most", 5), "--most 5 is below"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_asked_is_refused_before_anything_is_run(cuakhau, gate, tmp_path, words, told):
    done = cuakhau("compare", gate, gate, *words, "--out", tmp_path / "out")
    assert done.code == 2
    assert told in " ".join(done.err.split())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [["compare", "GATE", "GATE"], ["warm-up", "GATE"]])
def test_a_folder_that_cannot_be_written_is_told_before_anything_is_run(cuakhau, gate, tmp_path, monkeypatch, words):
    def runs(*_words, **_options):
        raise AssertionError("it was run")

    for name in ("compare.compare", "warming.warm_up"):
        monkeypatch.setattr(f"sim.experiment.{name}", runs)
    (tmp_path / "file").touch()
    words = [gate if word == "GATE" else word for word in words]
    done = cuakhau(*words, "--out", tmp_path / "file")
    assert (done.code, done.err) == (3, f'error: "{tmp_path}/file": Not a directory\n')
    assert cuakhau(*words, "--out", tmp_path / "new" / "folder").code == 1  # our failure above
    assert not (tmp_path / "new").exists()
