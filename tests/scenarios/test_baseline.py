"""The baseline clears what July 2025 cleared, stands as full as documented, and jams when the far side slows."""

import polars as pl
import pytest

import sim
from sim.scenario import bundled
from sim.scenario.outlook import outlook

BASELINE = "lang-son/baseline.yaml"
FACTS = {"huu-nghi": "T053", "tan-thanh": "T054", "coc-nam": "T055", "chi-ma": "T056"}  # total / export / import a day


def per_day(results):
    rows = results.summary.filter(metric="throughput_per_day")
    return {(r["gate"], r["direction"]): r["value"] for r in rows.to_dicts()}


def export_backlog(results):
    """Export trucks at each full hour of all gates, mean over replications."""
    return results.tables["backlog"].filter(gate="", direction="export").sort("time")


def evening_median(results):
    rows = results.summary.filter(metric="backlog_20h_median", gate="", direction="export")
    return rows["value"].item()


def test_throughput_by_gate_and_direction_is_within_5_percent_of_july_2025(ran, of_fact):
    cleared = per_day(ran(BASELINE, replications=10))
    for gate, fact in FACTS.items():
        _, *documented = (float(part) for part in of_fact(fact).split("/"))
        for direction, vehicles in zip(("export", "import"), documented, strict=True):
            found = cleared[gate, direction]
            print(f"{gate:<10} {direction} {found:6.1f} a day, {fact} {vehicles:.0f}, {found / vehicles - 1:+.1%}")
            assert found == pytest.approx(vehicles, rel=0.05)


def test_load_of_every_gate_lies_between_0_7_and_0_95():
    scenario = sim.load(bundled.scenario_root() / BASELINE)
    stations = scenario.file.stations
    loads = {}
    for load in outlook(scenario).loads:
        gate = stations[load.station].gate or load.station.split("/")[0]
        loads[gate] = max(loads.get(gate, (0.0, "")), (load.share, load.station))
    print(", ".join(f"{gate} {share:.2f} ({station})" for gate, (share, station) in loads.items()))
    assert loads.keys() == FACTS.keys()
    assert all(0.7 <= share <= 0.95 for share, _ in loads.values())


def test_as_many_exports_stand_at_20_00_as_on_the_normal_day_documented(ran, of_fact):
    documented = float(of_fact("B033").split("(")[0])
    found = evening_median(ran(BASELINE, replications=10))
    print(f"median export backlog at 20:00: {found:.0f}, B033 {documented:.0f}")
    assert found == pytest.approx(documented, rel=0.10)


def test_queues_build_and_clear_within_a_day(ran):
    backlog = export_backlog(ran(BASELINE, replications=10))
    by_hour = backlog.group_by(pl.col("time").str.slice(11, 2).alias("hour")).agg(pl.col("mean").mean()).sort("hour")
    hours = dict(by_hour.iter_rows())
    assert max(hours, key=hours.get) == "07"  # the night's trucks wait for the gates to open
    assert hours["15"] < 0.55 * hours["07"]
    days = [part["mean"].mean() for part in (backlog[: 7 * 24], backlog[-7 * 24 :])]
    assert days[1] == pytest.approx(days[0], rel=0.1)  # and nothing is left over from week to week


def test_a_far_side_twice_as_slow_jams_the_exports_and_with_them_the_yards_that_imports_share(ran):
    free, slow = ran(BASELINE, replications=2), ran(BASELINE, "far-side-slow", replications=2)
    backlog = export_backlog(slow).filter(pl.col("time").str.ends_with("20:00"))["mean"].to_list()
    growth = (backlog[-1] - backlog[0]) / (len(backlog) - 1)
    before, after = per_day(free), per_day(slow)
    missing = before["", "export"] - after["", "export"]
    print(f"jam: {backlog[0]:.0f} at 20:00 on 1 July, {backlog[-1]:.0f} on 31 July, {growth:.0f} more a day")
    assert backlog[-1] > 5 * evening_median(free)
    # both runs have the same trucks, and what does not cross is left standing
    assert growth == pytest.approx(missing, rel=0.05)
    # the park holds the exports for Huu Nghi, so its yard stays open to imports; the yard of Tan Thanh fills
    assert after["huu-nghi", "import"] == pytest.approx(before["huu-nghi", "import"], rel=0.01)
    assert after["tan-thanh", "import"] < 0.8 * before["tan-thanh", "import"]


def test_two_closed_days_at_tan_thanh_are_felt_there_and_nowhere_else(ran):
    free, closed = (ran(BASELINE, *overlays, replications=2) for overlays in ((), ("tan-thanh-closed-two-days",)))

    def standing(results, gate, day):
        return results.tables["backlog"].filter(gate=gate, direction="", time=f"2025-07-{day}T20:00")["mean"].item()

    assert standing(closed, "tan-thanh", 14) == standing(free, "tan-thanh", 14)
    assert standing(closed, "tan-thanh", 16) > standing(free, "tan-thanh", 16) + 2 * 500  # two days of 583
    for gate in ("huu-nghi", "coc-nam", "chi-ma"):
        assert standing(closed, gate, 16) == standing(free, gate, 16)
