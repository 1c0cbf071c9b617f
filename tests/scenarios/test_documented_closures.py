"""The documented closures stand at the gates they are documented for, and nowhere else."""

import datetime as dt

import pytest

from sim.planning.who_is_open import by_days, who_is_open
from sim.scenario.load import load

GATES = {"huu-nghi", "tan-thanh", "coc-nam", "chi-ma"}
LANES = {f"{gate}/lane" for gate in GATES}


def rows(overlay):
    """By station the days of the overlay's period, each with the clock and the spell of every stretch; the scenario."""
    scenario = load("lang-son/baseline", [f"scenarios/overlays/{overlay}.yaml"])
    shown = who_is_open(scenario)
    found = {name: by_days(scenario, row.spells) for row in shown for name in row.names if not row.is_calendar}
    return found, scenario


def dates_on_which(days, holds):
    """ "10-13" of the dates of a month on which something holds of all spells of the day."""
    found = [each.first + dt.timedelta(days=n) for each in days for n in range((each.last - each.first).days + 1)
             if holds([spell for _, spell in each.parts])]  # fmt: skip
    return f"{found[0].day}-{found[-1].day}" if found else ""


def closed(spells):
    return all(not spell.is_open and spell.reason == "holiday" for spell in spells)


FAR = {"huu-nghi": "youyiguan", "tan-thanh": "puzhai", "coc-nam": "longyao", "chi-ma": "aidian"}


@pytest.mark.parametrize(
    ("overlay", "shut"),
    [
        ("tet-2023-closure", dict.fromkeys(GATES, "21-26")),
        ("tet-2024-closure", {"huu-nghi": "10-13", "tan-thanh": "10-13", "coc-nam": "10-17"}),
        ("tet-2026-closure", dict.fromkeys(("huu-nghi", "tan-thanh", "coc-nam"), "15-18")),
    ],
)
def test_tet(overlay, shut):
    found, _ = rows(overlay)
    for gate, far in FAR.items():
        for station in (f"{gate}/documents", f"{gate}/lane", f"{far}/acceptance", f"{far}/release"):
            assert dates_on_which(found[station], closed) == shut.get(gate, "")
    assert dates_on_which(found["viettel/registration"], closed) == ""


def test_huu_nghi_stopped_for_six_stretches_of_april_2025():
    found, scenario = rows("closure-huu-nghi-april-2025")
    stops = {
        dt.date(2025, 4, 15): ["07:00-10:00", "16:30-17:00"],
        dt.date(2025, 4, 16): ["07:00-09:00", "12:30-14:00"],
        dt.date(2025, 4, 17): ["07:00-09:00", "13:00-14:00"],
    }
    for days in (found["huu-nghi/lane"], found["youyiguan/acceptance"]):
        seen = {each.first: [clock for clock, spell in each.parts if spell.reason == "order"] for each in days}
        assert {date: clocks for date, clocks in seen.items() if clocks} == stops
    assert scenario.source("orders.stop-15-april-0700.from").fact == "H028"
    assert not any(s.reason == "order" for lane in LANES - {"huu-nghi/lane"} for d in found[lane] for _, s in d.parts)
