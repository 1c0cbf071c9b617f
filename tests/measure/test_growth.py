"""Queues that grow are told from those that only wander; what a run says of them are means of halves, by hand."""

import pytest

from sim.measure.growth import growth_table
from sim.measure.metrics import measure
from sim.measure.precision import needed, precision
from sim.measure.summary import summary

HALF_PAST = [60 * hour + 30 for hour in range(24 * 8)]


@pytest.fixture(name="gate")
def gate_run(run):
    """The measures of a gate with one desk."""

    def made(*, service, arrived=HALF_PAST, days=8):
        found = run(
            stations={"east/desk": {"servers": 1, "service": service}},
            routes={"way": [{"at": "east/desk", "crosses": True}]},
            flows={"fruit": {"arrived": arrived, "route": "way", "gate": "east", "cargo": "fruit"}},
            cargoes={"fruit": {}}, gates={"east": {}}, length=f"{days} d",
        )  # fmt: skip
        return measure(found.lives, found.scenario)

    return made


def row(*runs):
    return growth_table(runs).filter(gate="east", direction="export").to_dicts()[0]


def test_a_desk_that_serves_nobody_holds_one_more_every_hour(gate):
    """At hour h there are h trucks: 47.5 on the mean of the first 4 days, 143.5 in the last 4, 24 a day more."""
    found = row(gate(service="100 d"))
    assert (found["days"], found["first_half"], found["second_half"], found["mean"]) == (4, 47.5, 143.5, 24)
    assert (found["low"], found["high"], found["n"], found["grows"]) == (None, None, 1, 1)


def test_growth_is_measured_over_whole_days_up_to_the_end(gate):
    """Of 5 days the last 4 count: hours 24 to 71 and 72 to 119."""
    found = row(gate(service="100 d", days=5))
    assert (found["days"], found["first_half"], found["second_half"], found["mean"]) == (2, 47.5, 95.5, 24)


def test_a_queue_that_is_served_within_the_hour_does_not_grow(gate):
    found = row(gate(service="10 min"))
    assert (found["first_half"], found["second_half"], found["grows"]) == (0, 0, 0)
    found = row(gate(service="59 min"))
    assert (found["first_half"], found["mean"], found["grows"]) == (
        pytest.approx(1, abs=0.02),
        pytest.approx(0, abs=0.01),
        0,
    )


def test_a_few_trucks_more_are_no_growth(gate):
    """A truck takes 61 min, so that there is one more every 60 hours: below a quarter of a day's crossings."""
    found = row(gate(service="61 min"))
    assert 0 < found["mean"] < 0.5
    assert found["grows"] == 0


def test_a_queue_that_is_over_before_the_end_does_not_grow_to_the_end(gate):
    """200 trucks come on days 5 and 6 and each takes 30 min: the second half holds more, but ever fewer."""
    come = [day * 1440 + 5 * k for day in range(4, 6) for k in range(100)]
    found = row(gate(service="30 min", arrived=come))
    assert found["second_half"] > 10 * max(found["first_half"], 1)
    assert found["grows"] == 0


def test_growth_in_one_run_of_two_is_within_chance(gate):
    grown, still = gate(service="100 d"), gate(service="100 d", arrived=[30])
    assert row(grown, grown)["grows"] == 1
    found = row(grown, still)
    assert found["mean"] == pytest.approx((24 + 0) / 2, abs=0.1)
    assert found["low"] < 0
    assert found["grows"] == 0


def test_less_than_two_days_say_nothing(gate):
    found = row(gate(service="100 d", days=1))
    assert (found["days"], found["mean"], found["grows"]) == (0, None, None)


def test_the_summary_has_the_growth_of_each_gate_and_direction(gate):
    rows = [r for r in summary([gate(service="100 d")]) if r["metric"] == "backlog_growth_per_day"]
    assert [(r["gate"], r["direction"]) for r in rows] == [("", ""), ("", "export"), ("east", ""), ("east", "export")]
    assert {(r["value"], r["low"], r["unit"]) for r in rows} == {(24, None, "trucks/day")}


# ------------------------------------------------------------------------------------------- precision


def test_the_replications_needed_are_those_of_the_square_root_law():
    """Half-width 10 % at n = 10: (10 / 5)^2 = 4 times as many. Half-width 2.5 %: a quarter, rounded up."""
    assert needed(0.10, 10) == 40
    assert needed(0.025, 10) == 3
    assert needed(0.0001, 10) == 2
    assert needed(None, 10) is None


def test_precision_repeats_the_summary_and_adds_widths(gate):
    runs = [gate(service="100 d", arrived=HALF_PAST[:n]) for n in (20, 40, 24, 40, 30, 32)]
    rows = summary(runs)
    found = precision(runs, rows).filter(gate="east", direction="export")
    for line in found.to_dicts():
        own = [r for r in rows if (r["metric"], r["gate"], r["direction"], r["cargo"], r["place"])
               == (line["metric"], "east", "export", "", "")]  # fmt: skip
        assert [(line["value"], line["low"], line["high"])] == [(r["value"], r["low"], r["high"]) for r in own]
        assert line["halfwidth"] == (line["high"] - line["low"]) / 2
    inside = found.filter(metric="inside_at_end").to_dicts()[0]
    assert (inside["value"], inside["kind"], inside["needed"]) == (31, "student", 184)  # (2.571 x 8.173 / 1.55)^2
    peak = found.filter(metric="backlog_peak_median").to_dicts()[0]
    assert (peak["value"], peak["low"], peak["high"], peak["kind"]) == (31, 20, 40, "order")
    wait = found.filter(metric="wait_mean").to_dicts()[0]
    assert wait["bootstrap_low"] < wait["value"] < wait["bootstrap_high"]


def test_one_replication_has_no_precision(gate):
    one = [gate(service="10 min")]
    assert precision(one, summary(one)).is_empty()
