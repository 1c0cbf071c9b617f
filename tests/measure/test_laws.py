"""Each law lets a right run pass and stops one that is broken on purpose."""

from dataclasses import replace

import numba
import numpy as np
import pytest

from sim.measure.broken import BrokenLaw
from sim.measure.laws import check, checked_line
from sim.measure.metrics import measure
from sim.measure.visits import decode
from sim.planning import large
from sim.planning.plan import CHANGE, NEVER, Change

MIN = 60_000
assert numba  # it being there is what makes large runs take the compiled ways


@pytest.fixture(autouse=True, params=[large.LARGE, 0], ids=["columns", "compiled"])
def both_ways(request, monkeypatch):
    """Have each law looked after by NumPy over whole columns, and by the compiled sweep."""
    monkeypatch.setattr(large, "LARGE", request.param)


def _with_stamps(run, moved):
    stamps = run.trace.stamps.copy()
    for truck, minute in moved.items():
        stamps[run.plan.trucks.stamp_at[truck]] = minute * MIN
    return decode(run.plan, replace(run.trace, stamps=stamps))


def test_a_right_run_passes(desk):
    check(desk().lives)


def test_two_trucks_on_one_server_break_the_law_of_servers(desk):
    with pytest.raises(
        BrokenLaw, match="servers and calendar kept: 2 servers in use of 1 at desk, 300000 ms"
    ) as broken:
        check(_with_stamps(desk(), {1: 5}))
    assert broken.value.truck == desk().plan.trucks.id[1]


def test_a_service_that_starts_while_closed_breaks_the_calendar(desk):
    run = desk(
        stations={"desk": {"servers": 1, "service": "10 min", "hours": "00:00-00:05, 00:30-01:00", "closing": "finish"}}
    )
    assert run.visits("desk")[1][2] == 30
    with pytest.raises(BrokenLaw, match="servers and calendar kept: 1 servers in use of 0"):
        check(_with_stamps(run, {1: 12, 2: 30}))


def test_a_later_truck_before_an_earlier_one_breaks_first_come(desk):
    with pytest.raises(BrokenLaw, match="first come within each file"):
        check(_with_stamps(desk(), {1: 20, 2: 10}))


def test_a_waiting_truck_may_not_be_passed_either(desk):
    run = desk(length="15 min")
    stamps = run.trace.stamps.copy()
    first, second = run.plan.trucks.stamp_at[1:3]
    stamps[first], stamps[second] = NEVER, 10 * MIN
    step = run.trace.step.copy()
    step[[1, 2]] = step[[2, 1]]
    with pytest.raises(BrokenLaw, match="first come within each file"):
        check(decode(run.plan, replace(run.trace, stamps=stamps, step=step)))


def test_more_trucks_than_places_break_the_law_of_places(run):
    found = run(
        stations={"park": {"places": 1}, "desk": {"servers": 2, "service": "10 min"}},
        routes={"way": [{"in": "park", "do": [{"at": "desk"}]}]},
        flows={"fruit": {"arrived": [0, 1], "route": "way"}},
    )
    check(found.lives)
    stamps = found.trace.stamps.copy()
    at = found.plan.trucks.stamp_at[1]
    stamps[at : at + 2] = 5 * MIN
    with pytest.raises(BrokenLaw, match="places kept: 2 places in use of 1 at park, 300000 ms after the start"):
        check(decode(found.plan, replace(found.trace, stamps=stamps)))


def test_a_service_that_does_not_fit_before_closing_breaks_the_calendar(run):
    found = run(
        stations={"desk": {"servers": 1, "service": "10 min", "hours": "00:00-00:15, 01:00-02:00", "closing": "fits"}},
        routes={"way": [{"at": "desk"}]},
        flows={"fruit": {"arrived": [0, 1], "route": "way"}},
    )
    assert found.visits("desk")[1] == (1, None, 60, 70, 70)
    check(found.lives)
    with pytest.raises(BrokenLaw, match="does not fit before closing"):
        check(_with_stamps(found, {1: 10}))


def test_a_team_may_work_over_time_but_a_new_one_keeps_to_its_number(run):
    shifts = [{"hours": "00:00-00:30", "servers": 1}, {"hours": "00:30-24:00", "servers": 1}]
    found = run(
        stations={"desk": {"servers": shifts, "service": "20 min", "closing": "handover"}},
        routes={"way": [{"at": "desk"}]},
        flows={"fruit": {"arrived": [15, 16, 17], "route": "way"}},
    )
    assert [row[2] for row in found.visits("desk")] == [15, 30, 50]
    check(found.lives)
    with pytest.raises(BrokenLaw, match="servers and calendar kept: 2 servers in use of 1"):
        check(_with_stamps(found, {2: 31}))


def test_pausing_services_may_not_go_on_while_closed(run):
    found = run(
        stations={"desk": {"servers": 1, "service": "30 min", "hours": "00:00-00:20, 01:00-02:00", "closing": "pause"}},
        routes={"way": [{"at": "desk"}]},
        flows={"fruit": {"arrived": [0], "route": "way"}},
    )
    check(found.lives)
    with pytest.raises(BrokenLaw, match="servers and calendar kept: 1 servers in use of 0"):
        check(decode(found.plan, replace(found.trace, paused=found.trace.paused[:0])))


def test_a_calendar_read_wrongly_is_seen(desk):
    """The same Trace against a Plan whose desk closes at 5 min."""
    run = desk()
    change = np.array([(5 * MIN, Change.CAPACITY, 0, 0, NEVER)], CHANGE)
    plan = replace(run.plan, network=replace(run.plan.network, changes=change))
    with pytest.raises(BrokenLaw, match="1 servers in use of 0 at desk, 600000 ms"):
        check(decode(plan, run.trace))


@pytest.mark.parametrize("what", ["inside", "waiting"])
def test_an_occupancy_that_is_off_by_one_truck_for_a_millisecond_breaks_littles_law(desk, what):
    run = desk()
    crowd = getattr(run.lives.crowds, what)
    broken = decode(run.plan, run.trace)
    broken.__dict__["crowds"] = replace(run.lives.crowds, **{what: replace(crowd, total=crowd.total - 1)})
    with pytest.raises(BrokenLaw, match=f"Little's law: trucks spent .* ms {what}"):
        check(broken)


def test_units_held_at_the_end_are_those_of_the_trucks_that_are_there(desk):
    run = desk(length="15 min")
    check(run.lives)
    held = tuple(() for _ in run.plan.network.layout.held)
    layout = replace(run.plan.network.layout, held=held)
    plan = replace(run.plan, network=replace(run.plan.network, layout=layout))
    with pytest.raises(BrokenLaw, match=r"trucks conserved: 1 units are taken at the end, but .* 0 are held at desk"):
        check(decode(plan, run.trace))


def test_the_line_a_run_prints(desk):
    run = desk()
    line = checked_line([measure(run.lives, run.scenario)] * 2)
    assert line.startswith("Laws hold in 2 replications: 6 trucks conserved;")
    assert line.endswith("Little's law to the millisecond at 1 station")
