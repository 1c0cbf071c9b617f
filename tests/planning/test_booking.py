"""Slot booking against hand-computed cases: who gets which slot, who does not come, what is told of it."""

import numpy as np
import pytest

from sim.engine import simulate
from sim.measure.bookings import bookings
from sim.measure.laws import check
from sim.measure.visits import decode
from sim.planning.make import make_plan
from sim.planning.plan import NEVER
from sim.scenario.load import examine
from sim.scenario.scenario import Listed, Scenario
from sim.scenario.schema import ScenarioFile
from sim.trace import Outcome

MIN = 60_000


def scenario(wanted, length="1 d", flow=None, **booking):
    """Trucks that want to come at minutes after midnight, one desk of 5 minutes."""
    arrived = np.array(wanted, np.int64) * MIN
    listed = Listed(arrived=arrived, truck=("",) * len(wanted), cargo=("",) * len(wanted), services={}, sha256="")
    period = {"start": "2025-07-01", "length": length, "zone": "UTC"}
    mapping = {
        "kind": "scenario", "format": 1, "title": "t", "period": period,
        "stations": {"desk": {"servers": 1, "service": "5 min"}}, "routes": {"way": [{"at": "desk"}]},
        "flows": {"fruit": {"route": "way", "booking": booking, **(flow or {"listed": "l.csv"})}},
    }  # fmt: skip
    file = ScenarioFile.model_validate(mapping)
    return Scenario(file=file, resolved={}, origins={}, sources={}, listed={"l.csv": listed})


def minutes(times):
    return [None if t == NEVER else t // MIN for t in times.tolist()]


def test_the_first_free_slot_from_the_time_wanted_on():
    """Two a slot of 30 min from 01:00: three who want 00:10 get 01:00 twice and 01:30, and 01:31 gets 02:00."""
    plan = make_plan(scenario([10, 10, 10, 91], slots="30 min", quota=2, hours="01:00-03:00"))
    assert minutes(plan.booked[0].slot) == [60, 60, 90, 120]
    assert minutes(plan.trucks.arrived) == [60, 60, 90, 120]
    found = bookings(plan)["fruit"]
    assert found["queued_minutes_mean"] == (50 + 50 + 80 + 29) / 4
    assert (found["booked"], found["missed"], found["no_slot_in_the_period"]) == (4, 0, 0)


def test_who_finds_no_slot_in_the_period_does_not_come():
    plan = make_plan(scenario([10, 20, 30], slots="1 h", quota=1, hours="01:00-03:00"))
    assert minutes(plan.booked[0].slot) == [60, 120, None]
    assert minutes(plan.trucks.arrived) == [60, 120]
    assert bookings(plan)["fruit"]["queued_minutes_mean"] == pytest.approx((50 + 100 + 24 * 60 - 30) / 3)


def test_the_next_day_has_slots_again():
    plan = make_plan(scenario([10, 20], length="2 d", slots="1 h", quota=1, hours="01:00-02:00"))
    assert minutes(plan.trucks.arrived) == [60, 24 * 60 + 60]


def test_a_rate_is_spread_over_the_slots():
    """Five in two hours over slots of 30 minutes: one, then one or two, five in all."""
    plan = make_plan(scenario([0] * 6, slots="30 min", quota="2.5/h", hours="00:00-02:00"))
    assert minutes(plan.booked[0].slot) == [0, 30, 60, 90, 90, None]


def test_trucks_come_late_by_the_law_and_keep_their_numbers():
    on_time = make_plan(scenario([10, 20], slots="1 h", quota=1))
    late = make_plan(scenario([10, 20], slots="1 h", quota=1, lateness="7 min"))
    assert minutes(late.trucks.arrived) == [67, 127]
    assert late.trucks.id.tolist() == on_time.trucks.id.tolist()


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_those_who_do_not_come_leave_their_slot_empty_and_a_row(engine):
    """All miss, none books again: rows turned back at their slots, and the desk has nothing to do."""
    plan = make_plan(scenario([10, 70], slots="1 h", quota=1, no_show="100 %"))
    lives = decode(plan, simulate(plan, engine=engine))
    check(lives)
    assert lives.fates.outcome.tolist() == [Outcome.TURNED_BACK] * 2
    assert minutes(lives.fates.departed) == [60, 120]
    assert [plan.network.reasons[r] for r in lives.fates.reason] == ["no-show"] * 2
    assert lives.visits.truck.size == 0


def test_who_books_again_comes_for_certain_behind_those_who_asked_before():
    """Both miss 01:00 and 02:00 and want to come 2 h after these: 03:00 and 04:00."""
    plan = make_plan(scenario([10, 70], slots="1 h", quota=1, no_show="100 %", postpone="100 %", postpone_by="2 h"))
    assert minutes(plan.trucks.arrived) == [180, 240]
    assert bookings(plan)["fruit"]["booked_again"] == 2
    lives = decode(plan, simulate(plan, engine="simpy"))
    assert lives.fates.outcome.tolist() == [Outcome.CROSSED] * 2


def test_shares_of_many_trucks():
    """Of 4,800 bookings, 10 % missed: se 0.43 %, half of these book again: se 2.3 %; z below 3."""
    flow = {"rate": "200/h"}
    missing = {"no_show": "10 %", "postpone": "50 %", "postpone_by": "0 h"}
    plan = make_plan(scenario([], flow=flow, slots="1 h", quota=1000, **missing))
    booked = plan.booked[0]
    n = len(booked.wanted)
    share, again = booked.missed.mean(), booked.again.sum() / booked.missed.sum()
    se = (0.1 * 0.9 / n) ** 0.5, (0.25 / booked.missed.sum()) ** 0.5
    print(f"n {n}, missed {share:.4f} z {(share - 0.1) / se[0]:+.2f}, again {again:.3f} z {(again - 0.5) / se[1]:+.2f}")
    assert abs(share - 0.1) < 3 * se[0]
    assert abs(again - 0.5) < 3 * se[1]


BODY = """
kind: scenario
format: 1
title: booking
period: {start: 2025-07-01, length: 2 d}
stations: {desk: {servers: 1, service: 10 min}}
routes: {fruit: [desk]}
flows: {fruit: {every: 1 h, booking: {slots: 1 h, %s}}}
"""


@pytest.mark.parametrize(
    ("booking", "expected"),
    [
        ("quota: 0", "quota"),
        ("quota: 2, hours: closed", "no slot ever begins"),
        ("quota: 1, hours: 07:00-08:00", "offers about 2 slots in the period for 48 trucks"),
        ("quota: 2, postpone: 50 %", "has no effect without no_show"),
        ("quota: 2, no-show: 5 %", "did you mean no_show"),
    ],
)
def test_faults_are_named(tmp_path, booking, expected):
    path = tmp_path / "booking.yaml"
    path.write_text(BODY % booking)
    _, faults = examine(path)
    assert [expected in f"{f.path} {f.message} {f.hint}" for f in faults] == [True]
    assert faults[0].line == 8
