"""Tables and summary of runs worked out by hand."""

import pickle

import polars as pl
import pytest

from sim.measure.metrics import measure
from sim.measure.summary import summary
from sim.measure.tables import tables

NAMES = {
    "waits", "throughput", "throughput_mean", "backlog", "backlog_20h", "runs_backlog", "occupancy", "road",
    "utilisation", "peaks", "peaks_summary", "inside_at_end", "outcomes", "causes", "cause_total", "money",
    "bookings", "backlog_20h_median", "growth",
}  # fmt: skip


def _tables(*runs):
    return tables([measure(run.lives, run.scenario) for run in runs])


def _row(frame, **key):
    rows = frame.filter(**key).to_dicts()
    assert len(rows) == 1, rows
    return rows[0]


@pytest.fixture(name="east", scope="module")
def east_run(run):
    """One desk at gate east, 10 min each, trucks at 0, 1 and 2 min and 19:55 of the first day; ends at 20:02."""
    return run(
        stations={"east/desk": {"servers": 1, "service": "10 min", "hours": "00:00-20:00", "closing": "finish"}},
        routes={"way": [{"at": "east/desk"}]},
        flows={"fruit": {"arrived": [0, 1, 2, 1195], "route": "way", "gate": "east", "cargo": "fruit"}},
        cargoes={"fruit": {}},
        gates={"east": {}},
        length="1202 min",
    )


def test_every_table_is_there_and_its_missing_values_are_null(east):
    found = _tables(east)
    assert set(found) == NAMES
    for name, frame in found.items():
        for column, kind in frame.schema.items():
            if kind == pl.Float64:
                assert not frame[column].is_nan().any(), (name, column)


def test_waits_of_whole_stays_and_stations(east):
    found = _tables(east)["waits"]
    whole = _row(found, gate="east", direction="export", cargo="fruit", station="", measure="wait")
    assert (whole["n_trucks"], whole["n_censored"], whole["mean"]) == (4, 1, (0 + 9 + 18 + 0) / 4)
    assert (whole["median"], whole["p90"], whole["share_over_24h"]) == (4.5, pytest.approx(15.3), 0)
    assert (whole["low"], whole["high"], whole["n"]) == (None, None, 1)
    at_desk = _row(found, gate="", direction="", cargo="", station="east/desk", measure="wait")
    assert (at_desk["mean"], at_desk["n_censored"]) == (6.75, 0)
    stay = _row(found, gate="", direction="", cargo="", station="", measure="time")
    assert stay["mean"] == pytest.approx((10 + 19 + 28 + 7) / 4)
    assert stay["n_censored"] == 1


def test_groups_without_trucks_have_zero_and_nulls(run):
    found = run(
        stations={"desk": {"servers": 1, "service": "1 min"}},
        routes={"way": [{"at": "desk"}]},
        flows={"fruit": {"arrived": [], "route": "way", "direction": "import", "gate": "east"}},
        gates={"east": {}},
    )
    row = _row(_tables(found)["waits"], gate="east", direction="import", cargo="", station="", measure="wait")
    assert (row["n_trucks"], row["mean"], row["median"], row["n"]) == (0, None, None, 0)
    assert _row(_tables(found)["throughput_mean"], gate="east", direction="", cargo="")["mean"] == 0


def test_crossings_by_date_and_per_day(east):
    found = _tables(east)
    assert _row(found["throughput"], date="2025-07-01", gate="east", direction="export")["mean"] == 3
    days = 1202 / 1440
    assert _row(found["throughput_mean"], gate="", direction="", cargo="fruit")["mean"] == pytest.approx(3 / days)


def test_backlog_counts_who_has_arrived_and_not_crossed(east):
    found = _tables(east)
    assert found["backlog"].filter(gate="east", direction="export")["time"].to_list()[:2] == [
        "2025-07-01T00:00",
        "2025-07-01T01:00",
    ]
    assert _row(found["backlog"], time="2025-07-01T00:00", gate="", direction="")["mean"] == 1
    assert _row(found["backlog"], time="2025-07-01T01:00", gate="", direction="")["mean"] == 0
    evening = _row(found["backlog_20h"], date="2025-07-01", gate="east", direction="export")
    assert (evening["mean"], evening["median"], evening["low"], evening["n"]) == (1, 1, None, 1)
    assert found["runs_backlog"].filter(time="2025-07-01T20:00").to_dicts() == [
        {"time": "2025-07-01T20:00", "replication": 0, "waiting": 1}
    ]


def test_occupancy_utilisation_peaks_and_ends(east):
    found = _tables(east)
    assert _row(found["occupancy"], time="2025-07-01T20:00", station="east/desk")["inside_mean"] == 1
    use = _row(found["utilisation"], station="east/desk")
    assert (use["gate"], use["open_hours"]) == ("east", 20)
    assert use["servers_mean"] == pytest.approx(1200 / 1202)
    assert use["mean"] == pytest.approx((30 + 7) / 1200)  # two minutes over time count as work
    peak = _row(found["peaks"], what="backlog export", key="east")
    assert (peak["peak"], peak["at"]) == (3, "2025-07-01T00:02")
    assert _row(found["peaks"], what="inside", key="east/desk")["peak"] == 1
    assert _row(found["inside_at_end"], gate="", direction="", cargo="", station="east/desk")["mean"] == 1
    assert _row(found["outcomes"], gate="", direction="", cargo="", outcome="crossed")["mean"] == 3


def test_causes_add_up_to_the_waits(east):
    found = _tables(east)
    total = found["cause_total"].to_dicts()[0]
    assert total["waited_ms"] == 27 * 60_000
    assert sum(v for k, v in total.items() if k not in ("replication", "waited_ms")) == total["waited_ms"]
    rows = found["waits"].filter(pl.col("station") != "", gate="", direction="", cargo="", measure="wait")
    assert (rows["n_trucks"] * rows["mean"]).sum() == 27
    assert _row(found["causes"], gate="east", direction="export", cargo="fruit", station="east/desk")["mean"] == 0.45


def test_the_road_is_measured_in_km_of_standing_trucks(run):
    """Trucks at 55, 56, 57 min on a road of two lanes, 20 m each, before a desk of 30 min: at 60 two stand, 20 m."""
    found = run(
        stations={
            "road": {"length": "1 km", "spacing": "20 m", "lanes": 2},
            "desk": {"servers": 1, "service": "30 min", "places": 1},
        },
        routes={"way": [{"in": "road", "do": []}, {"at": "desk"}]},
        flows={"fruit": {"arrived": [55, 56, 57], "route": "way"}},
        length="3 h",
    )
    road = _tables(found)["road"]
    assert road["mean"].to_list() == pytest.approx([0, 0.02, 0])
    assert _row(_tables(found)["peaks_summary"], what="road km", key="road")["median"] == pytest.approx(0.02)


def test_warm_up_is_simulated_and_not_measured(desk):
    found = desk(period={"warm_up": "5 min"})
    row = _row(_tables(found)["waits"], gate="", direction="", cargo="", station="", measure="wait")
    assert (row["n_trucks"], row["mean"]) == (0, None)
    assert _row(_tables(found)["throughput"], gate="", direction="")["mean"] == 3
    assert _tables(found)["cause_total"]["waited_ms"].to_list() == [0]


def test_hours_and_dates_are_local(desk):
    found = _tables(desk(zone="Asia/Kolkata", start="2025-07-01 22:10", length="4 h"))
    assert found["backlog"]["time"].unique().sort().to_list()[:2] == ["2025-07-01T23:00", "2025-07-02T00:00"]
    assert found["throughput"]["date"].unique().sort().to_list() == ["2025-07-01", "2025-07-02"]


@pytest.fixture(name="replications", scope="module")
def several(run):
    """Three replications of one queue with chance in it."""
    return [
        run(
            replication=k,
            stations={"desk": {"servers": 1, "service": {"law": "exponential", "mean": "8 min"}}},
            routes={"way": [{"at": "desk"}]},
            flows={"fruit": {"volume": "150 trucks/d", "route": "way"}},
            length="2 d",
        )
        for k in range(3)
    ]


def test_tables_do_not_depend_on_the_order_of_replications(replications):
    forth, back = _tables(*replications), _tables(*replications[::-1])
    for name in NAMES:
        assert forth[name].equals(back[name]), name


def test_intervals_are_students_over_replications(replications):
    means = [float(run.lives.visits.waited.mean()) / 60_000 for run in replications]
    row = _row(_tables(*replications)["waits"], gate="", direction="", cargo="", station="desk", measure="wait")
    middle = sum(means) / 3
    sd = (sum((m - middle) ** 2 for m in means) / 2) ** 0.5
    assert row["mean"] == pytest.approx(middle)
    assert row["high"] - row["mean"] == pytest.approx(4.302652729911275 * sd / 3**0.5)  # t of 2 degrees of freedom
    assert row["n"] == 3


def test_measures_travel_between_processes_and_are_small(replications):
    found = [measure(run.lives, run.scenario) for run in replications]
    packed = pickle.dumps(found)
    assert len(packed) < 60_000
    again, direct = tables(pickle.loads(packed)), tables(found)  # noqa: S301 -- what was just packed
    assert all(again[name].equals(direct[name]) for name in NAMES)


def test_summary_has_one_row_for_each_number(east):
    rows = summary([measure(east.lives, east.scenario)])
    assert all(
        list(row) == ["metric", "place", "gate", "direction", "cargo", "value", "low", "high", "level", "n", "unit"]
        for row in rows
    )
    keys = [(r["metric"], r["place"], r["gate"], r["direction"], r["cargo"]) for r in rows]
    assert len(set(keys)) == len(keys)
    found = {key: row["value"] for key, row in zip(keys, rows, strict=True)}
    assert found["wait_mean", "", "", "", ""] == 6.75
    assert found["backlog_20h_median", "", "east", "export", ""] == 1
    assert found["waited_hours", "own capacity", "", "", ""] == 0.45
    assert found["inside_peak", "east/desk", "", "", ""] == 1
    assert found["load", "east/desk", "east", "", ""] == found["utilisation", "east/desk", "east", "", ""]


def test_trucks_of_no_gate_count_in_the_totals_once_and_those_waiting_at_the_end_are_censored(desk):
    """Three trucks: the first crosses at 10 min, the others are served and waiting when the run ends at 15 min."""
    found = _tables(desk(length="15 min"))["waits"]
    assert set(found["gate"]) == {""}
    for measure_, station, censored in (("wait", "desk", 1), ("time", "desk", 2), ("wait", "", 2), ("time", "", 2)):
        row = _row(found, direction="", cargo="", station=station, measure=measure_)
        assert (row["n_trucks"], row["n_censored"]) == (3, censored), (measure_, station)
