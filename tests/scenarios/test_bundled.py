"""Every file that travels with the program can be used."""

import pytest

from sim.scenario import bundled
from sim.scenario.load import examine

ROOT = bundled.scenario_root()
OVERLAYS = sorted(ROOT.glob("overlays/*.yaml"))
JAMS = {
    "diversion-by-shown-wait", "huu-nghi-capacity-800", "huu-nghi-closing-18", "jam-2021-december",
    "melon-season-tan-thanh",
    "melon-season-tan-thanh-turning-back", "surge-2025-may",
    "surge-2025-may-without-the-park-rule", "surge-2025-may-park-rule-from-100-trucks",
}  # fmt: skip
SCENARIOS = sorted(path for path in ROOT.glob("*/*.yaml") if path.parent.name != "overlays")


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario_loads_and_says_no_more_than_that_it_jams(path):
    scenario, faults = examine(path)
    assert scenario is not None
    assert scenario.file.question
    assert all("is overloaded" in fault.message for fault in faults)
    assert bool(faults) == (path.stem in JAMS)


@pytest.mark.parametrize("path", OVERLAYS, ids=lambda path: path.stem)
def test_overlay_lies_over_the_baseline_and_changes_something(path):
    scenario, faults = examine(ROOT / "lang-son/baseline.yaml", overlays=[path])
    assert scenario is not None
    assert all("is overloaded" in fault.message for fault in faults)  # some are meant to jam
    assert scenario.changes


def test_overlays_that_slow_or_limit_are_said_to_overload_and_the_others_are_not():
    overloaded = {path.stem for path in OVERLAYS if examine(ROOT / "lang-son/baseline.yaml", overlays=[path])[1]}
    assert overloaded == {"closing-18", "documented-capacities", "far-side-slow"}
