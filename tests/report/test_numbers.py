"""What the page says is what the tables say: expected values are worked out here from the toy queue itself."""

import json

import numpy as np
import polars as pl
import pytest

from sim.report import causes, crossings, headline, yards
from sim.report.backlog import apart, by_hour
from sim.report.folder import clean, read
from sim.report.gates import summary
from sim.report.peaks import peak, spread, usual_hour
from sim.report.words import words
from tests.report.synthetic import CAUSES, GATES, toy

EN = words("en")


@pytest.fixture(scope="module")
def output(folder):
    return read(folder)


@pytest.fixture(scope="module")
def exports():
    """Export trucks waiting at all gates, shape (replications, hours)."""
    made = toy(replications=5, days=8, load=0.9)
    return sum(made.waiting[gate, "export"] for gate in GATES)


def test_the_verdict_gives_the_median_of_the_runs_own_peaks(output, exports):
    own = exports.max(axis=1)
    low, middle, high = own.min(), np.median(own), own.max()
    sentence = headline.verdict(output, EN)[0]
    assert f"{middle:.0f} export trucks wait at the border (all 5 runs: {low:.0f}–{high:.0f})" in sentence
    assert middle > np.median(exports, axis=0).max()  # the peak of the band's median would be too low


@pytest.mark.parametrize(("n", "low", "high", "said"), [(3, 10, 30, "all 3 runs"), (9, 10, 90, "all 9 runs"),
                                                         (11, 20, 100, "8 of 10 runs")])  # fmt: skip
def test_fewer_than_ten_runs_are_told_from_the_lowest_to_the_highest(n, low, high, said):
    assert spread(pl.Series([10.0 * (run + 1) for run in range(n)])) == pytest.approx((low, high))
    assert EN.runs(n) == said


def test_the_verdict_says_the_greatest_cause_and_the_station_with_most_hours(output):
    assert headline.verdict(output, EN)[1] == (
        "The main reason is that the far side accepts no more (44\u00a0% of the hours that exports wait), "
        "most of all at Chinese acceptance, Hữu Nghị."
    )


def test_a_permit_is_not_told_of_as_if_it_were_a_desk(output, monkeypatch):
    monkeypatch.setattr(causes, "stations", lambda *_: [("huu-nghi/called", 5.0)])
    assert headline.verdict(output, EN)[1].endswith("most of all for leave to go on (“Called by the gate, Hữu Nghị”).")


def test_the_gate_named_is_the_one_with_the_highest_peak(output):
    peaks = {gate: peak(output, "backlog export", gate)["median"] for gate in GATES}
    assert max(peaks, key=peaks.get) == "huu-nghi"
    assert f"Hữu Nghị holds the most: {peaks['huu-nghi']:.0f} at" in headline.verdict(output, EN)[0]


@pytest.mark.parametrize(
    ("before", "after", "grows"),
    [(300, 300, False), (300, 600, True), (300, 449, False), (20, 40, False), (4000, 4500, False), (600, 300, False)],
)
def test_a_queue_is_said_to_grow_from_half_as_much_again_and_half_a_days_exports(output, before, after, grows):
    """Twelve evenings, the first four at one level, the last four at another; 491 exports a day within 5 %."""
    waiting = [before] * 4 + [(before + after) / 2] * 4 + [after] * 4
    dates = [f"2025-07-{day:02d}" for day in range(1, 13)]
    evenings = pl.DataFrame({"date": dates, "gate": "", "direction": "export", "mean": [float(n) for n in waiting]})
    made = type(output)(
        folder=output.folder, manifest=output.manifest, tables={**output.tables, "backlog_20h": evenings}
    )
    assert crossings.per_day(output, direction="export")["mean"] == pytest.approx(491, rel=0.05)
    sentence = (
        f"The queue grows through the period, from {before} export trucks at 20:00 in the first 4 days to {after} "
    )
    assert headline.growth(made, EN).startswith(sentence) if grows else headline.growth(made, EN) == ""


def test_the_card_of_trucks_through_shows_what_crossed_and_what_came(output):
    made = toy(replications=5, days=8, load=0.9)
    mean = np.mean([c.sum(axis=1) for c in made.crossed.values()], axis=1).sum() / 8
    card = headline.cards(output, EN)[2]
    assert card.value == f"{mean:,.0f}"
    assert card.note == f"{mean + 20 / 8:,.0f} a day come."  # 20 trucks are inside at the end


@pytest.mark.parametrize(
    ("waiting", "room", "crowded", "level"),
    [(None, 100, False, "unknown"), (50, None, False, "unknown"), (100, 100, False, "green"), (50, 100, True, "yellow"),
     (4999, 9000, False, "green"), (5000, 9000, False, "red"), (5000, None, True, "red")],
)  # fmt: skip
def test_the_level_is_red_from_the_national_alert_and_yellow_beyond_a_gates_yards(waiting, room, crowded, level):
    assert headline._level(waiting, room, crowded) == level


def test_a_gate_is_crowded_beyond_its_own_places_however_empty_others_are(output):
    """Coc Nam and Chi Ma state no places; Tan Thanh has 300, and Huu Nghi 1,950 with the park."""
    assert headline._crowded(output) is None
    higher = output.tables["peaks_summary"].with_columns(
        pl.when((pl.col("what") == "backlog export") & (pl.col("key") == "tan-thanh"))
        .then(301.0).otherwise(pl.col("median")).alias("median")
    )  # fmt: skip
    made = type(output)(
        folder=output.folder, manifest=output.manifest, tables={**output.tables, "peaks_summary": higher}
    )
    assert headline._crowded(made) == "tan-thanh"
    assert headline.cards(made, EN)[0].note == "Yellow: more than the 300 places of the yards and parks for Tân Thanh."


def test_labels_of_lines_that_nearly_touch_share_one_place():
    lines = [(5000.0, "alert"), (4300.0, "places"), (4880.0, "worst")]
    assert apart(lines, 400) == [(4300.0, "places"), (5000.0, "worst · alert")]
    assert apart(lines, 100) == [(4300.0, "places"), (4880.0, "worst"), (5000.0, "alert")]


def test_standing_room_counts_near_yards_and_no_permits(output):
    """450 + 300 + 1,500 places; the 80 of called-forward trucks are leave to drive on, and the far yard is not ours."""
    assert yards.permits(output) == {"huu-nghi/called"}
    assert yards.standing_room(output) == 2250
    assert yards.standing_room(output, "tan-thanh") == 300


def test_causes_are_ranked_by_their_share(output):
    ranked = causes.ranked(output)
    assert [cause for cause, _ in ranked] == sorted(CAUSES, key=CAUSES.get, reverse=True)
    assert [share for _, share in ranked] == pytest.approx(sorted(CAUSES.values(), reverse=True), abs=1e-9)


def test_causes_that_do_not_add_up_are_a_fault_the_page_shows(output):
    wrong = output.tables["cause_total"].with_columns(pl.col("far side") + 1)
    broken = type(output)(
        folder=output.folder, manifest=output.manifest, tables={**output.tables, "cause_total": wrong}
    )
    assert "equal to the millisecond in each" in causes._sums(output, EN)
    assert "do not add up" in causes._sums(broken, EN)


def test_documented_means_are_the_volumes_that_are_facts(output):
    assert crossings.documented(output, "huu-nghi", "export") == pytest.approx(262)
    assert crossings.documented(output, "huu-nghi") == pytest.approx(870)
    assert crossings.capacity(output, "huu-nghi") == 1000


def test_agreement_with_the_demand_put_in_is_not_sold_as_a_test_of_the_model(output):
    answer = crossings.throughput(output, EN).answer
    assert "The documented means are also the demand put in" in answer
    assert answer.index("demand put in") < answer.index("lie within")


def test_a_volume_that_is_an_assumption_is_no_documented_mean(folder):
    output = read(folder)
    for source in output.manifest["sources"]:
        if source["path"] == "flows.coc-nam-export.volume":
            source["fact"] = None
    assert crossings.documented(output, "coc-nam") is None
    assert crossings.documented(output, "coc-nam", "import") == pytest.approx(33)


def test_the_gate_table_has_a_row_for_each_gate_and_one_for_all(output):
    grid = summary(output, EN)
    assert [row[0] for row in grid.rows] == ["Hữu Nghị (友谊关)", "Tân Thanh", "Chi Ma", "Cốc Nam", "All gates"]
    assert {len(row) for row in grid.rows} == {len(grid.head)}


def test_the_data_behind_the_first_figure_are_all_its_hours(output, exports):
    data = by_hour(output, EN).data
    assert data.height == 8 * 24
    assert data["p50"].to_list() == np.median(exports, axis=0).tolist()


def test_the_usual_hour_names_the_date_most_runs_agree_on(output):
    at = ["2025-07-03T18:20", "2025-07-05T18:40", "2025-07-05T07:00"]
    peaks = pl.DataFrame({"what": "x", "key": "", "replication": [0, 1, 2], "peak": 1.0, "at": at})
    made = type(output)(folder=output.folder, manifest=output.manifest, tables={"peaks": peaks})
    assert usual_hour(made, "x", "", EN) == "usually between 18:00 and 19:00, most often on 5 July (2 of 3 runs)"


def test_no_date_is_named_that_the_runs_do_not_agree_on(output):
    at = ["2025-07-03T18:20", "2025-07-05T18:40", "2025-07-06T07:00"]
    peaks = pl.DataFrame({"what": "x", "key": "", "replication": [0, 1, 2], "peak": 1.0, "at": at})
    made = type(output)(folder=output.folder, manifest=output.manifest, tables={"peaks": peaks})
    assert usual_hour(made, "x", "", EN) == "usually between 18:00 and 19:00"


def test_stations_without_a_title_are_named_after_key_and_gate(output):
    stations = {"huu-nghi/documents": {"title": "huu-nghi/documents", "gate": "huu-nghi", "side": "near"},
                "youyiguan/yard": {"title": "youyiguan/yard", "gate": "huu-nghi", "side": "far"},
                "youyiguan/acceptance": {"title": "Chinese check", "gate": "huu-nghi", "side": "far"},
                "desk": {"title": "desk", "gate": None, "side": "near"}}  # fmt: skip
    made = type(output)(folder=output.folder, manifest={**output.manifest, "stations": stations}, tables={})
    assert [made.station(key) for key in stations] == [
        "Documents, Hữu Nghị", "Yard, Youyiguan", "Chinese check, Hữu Nghị", "Desk",
    ]  # fmt: skip


def test_texts_are_cleaned_of_controls_and_turned_directions():
    assert clean("a\x00\x1b[1m\u202eb\u2066c\ud800\ufffe\nHu\u031b\u0303u") == "a[1mbc\nHữu"
    assert json.loads(json.dumps(clean("🚚 友谊关"))) == "🚚 友谊关"
