"""What the report says of precision, of the kind of study and of queues that grow."""

from dataclasses import replace

import polars as pl
import pytest

from sim.report import gates, headline, precise, trust
from sim.report.folder import read
from sim.report.words import words

EN = words("en")
GROWTH = {"gate": "huu-nghi", "direction": "export", "days": 4, "first_half": 100.0, "second_half": 148.0, "mean": 12.0,
          "low": 9.0, "high": 15.0, "n": 5, "grows": 1}  # fmt: skip
WIDTH = {"metric": "wait_mean", "place": "", "gate": "huu-nghi", "direction": "export", "cargo": "", "unit": "min",
         "asked": 0.05, "asked_is_share": 1, "value": 600.0, "halfwidth": 29.4, "share": 0.049, "n": 37,
         "replications": 37, "least": 10, "most": 200, "met": 1}  # fmt: skip
LINE = {"metric": "wait_mean", "place": "", "gate": "", "direction": "export", "unit": "min", "value": 300.0,
        "low": 240.0, "high": 360.0, "kind": "student", "n": 5, "halfwidth": 60.0, "share": 0.2, "needed": 80,
        "bootstrap_low": 236.0, "bootstrap_high": 368.0}  # fmt: skip


@pytest.fixture(name="output")
def folder_in_memory(folder):
    return read(folder)


def having(output, manifest=(), **tables):
    """The output with other tables, and other entries of its manifest."""
    made = {name: pl.DataFrame(rows) for name, rows in tables.items()}
    return replace(output, tables={**output.tables, **made}, manifest={**output.manifest, **dict(manifest)})


def test_a_folder_without_the_later_tables_says_nothing_of_them(output):
    assert precise.growing(output) == []
    assert precise.stopped(output, EN) == []
    assert precise.grid(output, EN) is None
    assert precise.skewed(output, EN) == ""
    assert precise.doubts(output, EN) == []


def test_a_queue_that_grows_lowers_trust_with_its_rate_and_the_length_of_its_means(output):
    made = having(output, growth=[GROWTH, {**GROWTH, "gate": "chi-ma", "grows": 0}])
    sentence = (
        "Hữu Nghị, exports: the queue grows by 12 (9–15) trucks a day to the end of the period. Its mean waits and "
        "queues are of these 8 days only; a longer period would have longer ones."
    )
    assert sentence in trust.warnings(made, lacks_glyphs=False, words=EN)
    single = having(output, growth=[{**GROWTH, "mean": 1.25, "low": None, "high": None}])
    assert "grows by 1.2 trucks a day" in precise.doubts(single, EN)[0]


def test_no_mean_of_a_growing_queue_stands_without_saying_so(output):
    made = having(output, growth=[GROWTH])
    card = headline.cards(made, EN)[1]
    assert card.note.endswith("The queue grows to the end: of these 8 days only.")
    names = [row[0] for row in gates.summary(made, EN).rows]
    assert [name for name in names if "queue grows" in name] == [
        "Hữu Nghị (友谊关) (queue grows)",
        "All gates (queue grows)",
    ]
    assert "grows" not in headline.cards(having(output, growth=[{**GROWTH, "direction": "import"}]), EN)[1].note


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ({"warm_up_ms": 0}, "A stretch of time (8 days), from an empty network at its beginning to its end"),
        ({"warm_up_ms": 0, "scenario": {"start_with": [{}]}}, "from the stated queues at its beginning to its end"),
        ({"warm_up_ms": 2 * 86_400_000}, "starts empty; the first 2.0 days are simulated and not measured, the 6 days"),
    ],
)
def test_the_kind_of_study_is_said(output, manifest, said):
    made = having(output, manifest)
    assert said in dict(trust.record(made, EN))["Kind of study"]


def test_a_start_state_that_is_thrown_away_lowers_trust(output):
    made = having(output, {"warm_up_ms": 86_400_000, "scenario": {"start_with": [{}]}})
    assert "leaves the first 24.0 h unmeasured" in precise.doubts(made, EN)[0]


def test_a_rule_that_was_met_is_told_with_what_was_reached(output):
    assert precise.stopped(having(output, stopping=[WIDTH]), EN) == [
        "Replications were run until intervals were narrow enough, beginning with 10; 37 were needed.",
        "“Mean wait, Hữu Nghị, exports”: asked within 5\u00a0%, reached 4.9\u00a0%.",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"share": 0.072, "halfwidth": 43.2}, "asked within 5\u00a0%, still 7.2\u00a0%."),
        ({"asked": 30.0, "asked_is_share": 0, "halfwidth": 43.2}, "asked within 30 min, still 43 min."),
        ({"n": 0, "value": None, "halfwidth": None, "share": None}, "never observed in any replication."),
        ({"n": 1, "halfwidth": None, "share": None}, "observed in 1 replications, too few for an interval."),
    ],
)
def test_a_limit_that_was_reached_lowers_trust_and_says_what_is_left(output, change, said):
    made = having(output, stopping=[{**WIDTH, "met": 0, **change}])
    told = precise.stopped(made, EN)
    assert (
        told[0] == "Replications were run until intervals are narrow enough, but no more than 200; at 37 they are not."
    )
    assert told[1].endswith(said)
    assert precise.doubts(made, EN) == ["After 37 replications not every interval is as narrow as was asked."]


def test_the_table_and_its_sentence_say_how_precise_and_what_more_would_take(output):
    sure = {**LINE, "metric": "throughput_per_day", "unit": "trucks/day", "value": 490.4, "low": 480.0, "high": 501.0,
            "halfwidth": 10.5, "share": 0.0214, "needed": 2}  # fmt: skip
    made = having(output, precision=[LINE, sure, {**LINE, "direction": "import"}])
    assert precise.grid(made, EN).rows == (
        ("Crossings a day, All gates", "490 a day", "480–501", "Student", "2.1\u00a0%", "2"),
        ("Mean wait, All gates", "5.0 h", "4.0–6.0 h", "Student", "20.0\u00a0%", "80"),
    )
    assert precise.answer(made, EN) == (
        "Of the 2 numbers of the table below 1 are known within 5 % at 95 % confidence. The least precise is “Mean "
        "wait, All gates, exports”: half its interval is 20.0\u00a0% of it, and 5 % would take about 80 replications "
        "(an "
        "estimate from these 5)."
    )
    assert precise.answer(having(output, precision=[sure]), EN).startswith("All 1 numbers")


def test_a_skew_that_moves_a_bound_by_a_quarter_of_the_halfwidth_is_said(output):
    assert precise.skewed(having(output, precision=[LINE]), EN) == ""
    found = precise.skewed(having(output, precision=[LINE, {**LINE, "bootstrap_high": 376.0}]), EN)
    assert "for 1 of 2 a bootstrap puts a bound" in found
