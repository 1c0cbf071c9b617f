"""Replications until an interval is narrow enough: the same number whoever ran them, and what is said of it."""

import math
from functools import partial

import numpy as np
import pytest

from sim.experiment import run as running
from sim.experiment.stopping import decided, still_to_run, stopping
from sim.experiment.until import Criterion, criteria
from sim.measure.statistics import mean_interval
from sim.scenario.faults import ScenarioFaults
from sim.scenario.load import load

GATE = """\
kind: scenario
format: 1
title: One gate
period: {start: 2025-07-01, length: 2 d}
gates: {north: {}, south: {}}
cargoes: {fruit: {}, goods: {}}
stations:
  north/yard: {places: 20}
  north/lane: {servers: 1, service: {law: exponential, mean: 20 min}}
  south/lane: {servers: 1, service: 9 min}
routes:
  out: [{in: north/yard}, {at: north/lane, crosses: true}]
  home: [{at: south/lane, crosses: true}]
flows:
  out: {direction: export, gate: north, cargo: {fruit: 60 %, goods: 40 %}, route: out, volume: 50 vehicles/day}
  home: {direction: import, gate: south, cargo: goods, route: home, volume: 0.001 vehicles/day}
"""
WAIT = "wait_mean north export within 20 %"


@pytest.fixture(name="gate", scope="module")
def loaded_gate(tmp_path_factory):
    path = tmp_path_factory.mktemp("gate") / "gate.yaml"
    path.write_text(GATE, encoding="utf-8")
    return load(path)


@pytest.fixture(name="priced", scope="module")
def loaded_priced_gate(tmp_path_factory):
    """The gate where a truck that waits costs a million VND an hour."""
    path = tmp_path_factory.mktemp("gate") / "priced.yaml"
    path.write_text(GATE.replace("fruit: {}", "fruit: {waiting_cost: 24 million VND}"), encoding="utf-8")
    return load(path)


def share(values):
    """Half the interval as a share of the mean."""
    found = mean_interval(values)
    return found.halfwidth / abs(found.mean)


def test_it_stops_at_the_first_n_at_which_the_interval_is_narrow_enough(gate):
    """Held against the means of single replications, one more at a time."""
    done = running.run(gate, replications=5, until=WAIT, workers=1)
    work = partial(running.replicate, seed=1, engine="simpy", keep_trace=False, rule=criteria(gate, [WAIT]))
    values = [work(gate, n).observed[0] for n in range(done.stopping.n + 3)]
    first = next(n for n in range(5, len(values) + 1) if share(values[:n]) <= 0.2)
    assert done.stopping.n == first == len(done.replications) == done.asked
    assert first > 5
    assert done.stopping.is_met


def test_the_same_n_and_tables_for_any_number_of_workers_and_engine(gate):
    one = running.run(gate, replications=10, until=WAIT, workers=1, engine="compiled")
    for workers, engine in ((2, "simpy"), (7, "compiled")):
        other = running.run(gate, replications=10, until=WAIT, workers=workers, engine=engine)
        assert other.stopping == one.stopping
        assert other.summary.equals(one.summary)
        assert other.tables["stopping"].equals(one.tables["stopping"])


def test_it_leaves_what_as_many_replications_leave_without_a_rule(gate):
    done = running.run(gate, replications=5, until=WAIT, workers=1)
    plain = running.run(gate, replications=done.stopping.n, workers=1)
    assert plain.stopping is None
    assert "stopping" not in plain.tables
    assert all(done.tables[name].equals(table) for name, table in plain.tables.items())
    row = done.summary.filter(metric="wait_mean", gate="north", direction="export", cargo="").to_dicts()[0]
    reached = done.stopping.reached[0]
    assert (reached.value, 2 * reached.halfwidth) == (row["value"], pytest.approx(row["high"] - row["low"]))


@pytest.mark.parametrize(
    ("text", "metric"),
    [("backlog_peak_median north export within 20 %", "backlog_peak_median"),
     ("backlog_20h_median north within 3 trucks", "backlog_20h_median"),
     ("utilisation north/lane within 0.05", "utilisation")],
)  # fmt: skip
def test_every_kind_of_interval_is_that_of_the_summary(gate, text, metric):
    done = running.run(gate, replications=4, until=text, most=40, workers=1)
    found = done.stopping.reached[0]
    row = done.summary.filter(metric=metric).to_dicts()
    row = next(r for r in row if (r["gate"] == "north" and r["direction"] == "export") or r["place"] == "north/lane")
    assert done.stopping.is_met
    assert (found.value, found.halfwidth) == pytest.approx((row["value"], (row["high"] - row["low"]) / 2))


def test_hours_waited_without_a_cause_are_those_of_all_causes(gate):
    for where in ("", " north"):
        done = running.run(gate, replications=4, until=f"waited_hours{where} within 40 %", most=40, workers=1)
        found = done.stopping.reached[0]
        rows = done.summary.filter(metric="waited_hours", gate=where.strip())
        assert found.value == pytest.approx(rows["value"].sum())
        assert found.value > 1
        assert found.halfwidth > 0


def test_money_is_run_until_it_is_known_well_enough(priced):
    done = running.run(priced, replications=4, until="waiting_cost_vnd north export within 40 million VND", workers=1)
    found = done.stopping.reached[0]
    row = done.summary.filter(metric="waiting_cost_vnd", gate="north", direction="export", cargo="").to_dicts()[0]
    assert (found.value, found.halfwidth) == pytest.approx((row["value"], (row["high"] - row["low"]) / 2))
    assert 0 < found.halfwidth <= 4e7
    assert "waiting_cost_vnd north export is within 40 million VND (" in done.stopping.sentence()


def test_a_limit_that_is_reached_is_said_with_what_is_left(gate):
    done = running.run(gate, replications=3, until=["wait_mean north export within 1 %", WAIT], most=6, workers=1)
    assert (done.stopping.n, done.stopping.is_met) == (6, False)
    first, second = done.stopping.sentence().split("; ")
    wide, narrow = done.stopping.reached
    assert first == ("the limit of 6 was reached: the 95 % interval of wait_mean north export is not within 1 % "
                     f"({100 * wide.width:.3g} %)")  # fmt: skip
    assert "within 20 %" in second
    assert done.tables["stopping"]["met"].to_list() == [int(narrow.is_met), 0][::-1]


def test_one_that_stops_says_how_narrow_it_is(gate):
    done = running.run(gate, replications=5, until=WAIT, workers=1)
    width = 100 * done.stopping.reached[0].width
    assert done.stopping.sentence() == (
        f"stopped at {done.stopping.n} replications: the 95 % interval of wait_mean north export is within 20 % "
        f"({width:.3g} %)"
    )


def test_what_was_never_observed_is_said_plainly(gate):
    done = running.run(gate, replications=2, until="wait_mean south import within 5 %", most=2, workers=1)
    assert done.stopping.sentence() == "the limit of 2 was reached: wait_mean south import was never observed"


def test_a_number_that_no_run_has_is_refused(gate):
    with pytest.raises(ScenarioFaults, match="no run of this scenario has wait_mean south export"):
        running.run(gate, replications=2, until="wait_mean south export within 5 %", workers=1)


def test_a_failure_beyond_the_end_does_not_count_and_one_before_it_does(gate, monkeypatch):
    end, plain = running.run(gate, replications=5, until=WAIT, workers=1).stopping.n, running.replicate

    def failing(scenario, replication, *, at, **options):
        if replication == at:
            raise running.Deadlocked(f"replication {replication}")
        return plain(scenario, replication, **options)

    monkeypatch.setattr(running, "replicate", partial(failing, at=end))
    assert running.run(gate, replications=end - 1, until=WAIT, workers=5, engine="compiled").stopping.n == end
    monkeypatch.setattr(running, "replicate", partial(failing, at=end - 1))
    with pytest.raises(running.Deadlocked, match=f"replication {end - 1}"):
        running.run(gate, replications=5, until=WAIT, workers=5, engine="compiled")


@pytest.mark.parametrize(("least", "most"), [(1, 200), (10, 9)])
def test_too_few_to_begin_with_or_too_low_a_limit_is_refused(gate, least, most):
    with pytest.raises(ValueError, match="at least 2 replications to begin with"):
        running.run(gate, replications=least, most=most, until=WAIT)


# ----------------------------------------------------------------------------------------------- rule

MEAN = Criterion(cell=("wait_mean", "", "", "", ""), width=0.1, is_share=True, unit="min")


def test_the_rule_asks_each_n_in_turn_whatever_the_batches():
    chance = np.random.default_rng(1)
    rows = [(float(v),) for v in chance.exponential(10, 600)]
    whole = decided([MEAN], rows, least=5, most=600)
    assert whole.is_met
    for batch in (1, 7, 50):
        looked_at, n, found = 0, 5, None
        while found is None:
            found = decided([MEAN], rows[:n], least=5, most=600, looked_at=looked_at)
            looked_at, n = n, n + batch
        assert found == whole


def test_zero_everywhere_is_exact_and_one_value_is_no_interval():
    zero = stopping([MEAN], [(0.0,)] * 4, least=2, most=9)
    assert zero.is_met
    alone = stopping([MEAN], [(3.0,), (None,)], least=2, most=2)
    assert alone.sentence().endswith("wait_mean was observed in 1 only, too few for an interval")
    around = stopping([MEAN], [(-1.0,), (1.0,)], least=2, most=2)
    assert not around.is_met


def test_batches_grow_towards_the_expected_end_within_the_limit():
    state = stopping([MEAN], [(8.0,), (12.0,), (9.0,), (11.0,)], least=2, most=200)
    width = state.reached[0].width
    assert still_to_run(state, 2) == min(16, math.ceil(4 * ((width / 0.1) ** 2 - 1) * 0.9))
    assert still_to_run(stopping([MEAN], [(8.0,), (12.0,)], least=2, most=3), 2) == 1


def test_a_sequential_interval_still_holds_the_mean_about_as_often_as_it_says():
    """200 studies of exponentials within 15 %: about 92 %, less what stopping at a narrow one costs; se 2 %, z = 4."""
    chance, hits = np.random.default_rng(5), 0
    rule = [Criterion(cell=MEAN.cell, width=0.15, is_share=True, unit="min")]
    for _ in range(200):
        rows = [(float(v),) for v in chance.exponential(1.0, 400)]
        found = decided(rule, rows, least=10, most=400).reached[0]
        hits += abs(found.value - 1) <= found.halfwidth
    assert 0.84 < hits / 200 < 0.98


# ---------------------------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("text", "cell", "width", "is_share", "asked"),
    [
        ("wait_mean within 5 %", ("wait_mean", "", "", "", ""), 0.05, True, "5 %"),
        ("wait_p90 export north within 1 h 30 min", ("wait_p90", "", "north", "export", ""), 90, False, "90 min"),
        ("time_median cargo=fruit within 2.5%", ("time_median", "", "", "", "fruit"), 0.025, True, "2.5 %"),
        ("throughput_per_day north within 3 trucks/day", ("throughput_per_day", "", "north", "", ""), 3, False,
         "3 trucks/day"),
        ("backlog_20h_median within 10", ("backlog_20h_median", "", "", "export", ""), 10, False, "10 trucks"),
        ("waited_hours no-place-ahead within 20 h", ("waited_hours", "no place ahead", "", "", ""), 20, False, "20 h"),
        ("loss_vnd north fruit within 20 million VND", ("loss_vnd", "", "north", "", "fruit"), 2e7, False,
         "20 million VND"),
        ("waiting_cost_vnd within 300000 VND", ("waiting_cost_vnd", "", "", "", ""), 3e5, False, "300,000 VND"),
        ("utilisation place=north/lane within 0.01", ("utilisation", "north/lane", "", "", ""), 0.01, False, "0.01"),
    ],
)  # fmt: skip
def test_a_width_is_read_as_it_is_said(gate, text, cell, width, is_share, asked):
    (found,) = criteria(gate, [text])
    assert (found.cell, found.width, found.is_share, found.asked) == (cell, pytest.approx(width), is_share, asked)


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("wait_maen within 5 %", 1, 'no metric "wait_maen"', "did you mean wait_mean?"),
        ("load north within 5 %", 1, 'no metric "load"', "throughput_per_day"),
        ("wait_mean nroth within 5 %", 11, 'wait_mean has no gate, direction or cargo "nroth"', "did you mean north?"),
        ("wait_mean gate=nroth within 5 %", 11, 'no gate "nroth"', "did you mean north?"),
        ("wait_mean place=x within 5 %", 11, "wait_mean is not given by place", "it is by gate, direction and cargo"),
        ("wait_mean north south within 5 %", 17, 'a second gate, after "north"', ""),
        ("utilisation within 5 %", 1, "utilisation must say its place", "utilisation place=north/lane within 5 %"),
        ("backlog_peak_median north within 5 %", 1, "backlog_peak_median must say its direction", "direction=export"),
        ("wait_mean north", 1, 'must be a metric, "within" and a width', "within 5 %"),
        ("wait_mean within five", 18, "must be a duration with its unit", ""),
        ("wait_mean within 5", 18, "must be a duration with its unit", "12 min"),
        ("wait_mean within 0 %", 18, "must be above 0", ""),
        ("loss_vnd within 10 trucks", 17, "must be an amount in VND", "500 million VND"),
        ("inside_at_end within 5 min", 22, "must be a number of trucks", "10 trucks"),
    ],
)
def test_what_cannot_be_meant_is_pointed_at(gate, text, column, message, hint):
    with pytest.raises(ScenarioFaults) as refused:
        criteria(gate, ["wait_mean within 5 %", text])
    (fault,) = refused.value.faults
    assert (fault.file, fault.line, fault.column, fault.exit_code) == ("--until", 1, column, 2)
    assert message in fault.message
    assert hint in fault.hint


def test_all_faults_of_all_widths_are_found_at_once(gate):
    with pytest.raises(ScenarioFaults) as refused:
        criteria(gate, ["wait_maen within 5 %", "wait_mean nroth exprot within 5"])
    assert len(refused.value.faults) == 4
