"""`cuakhau compare`: what it prints and writes."""

import json

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
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["bill.csv", "compare.csv", "compare.json"]


def test_a_base_alone_is_not_enough(cuakhau, gate):
    assert cuakhau("compare", gate).code == 2
