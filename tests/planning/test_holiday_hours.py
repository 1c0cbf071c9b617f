"""Hours around public holidays and under orders and incidents, against hand-computed days. Hours from the start."""

import pytest

from sim.planning.calendars import levels
from sim.planning.interventions import Intervention

HOUR = 3_600_000
CALENDAR = {"hours": "08:00-18:00", "holidays": "CN"}


@pytest.fixture(name="steps")
def steps_of_a_station(scenario):
    """A function: calendar, days and interventions -> rows (hour, servers, reason) from midnight of the start on."""

    def steps(calendar, *, start, days, interventions=(), servers=4, **station):
        station = {"service": "1 min", "closing": "finish", "servers": servers, "hours": "c"} | station
        made = scenario(stations={"s": station}, calendars={"c": calendar}, start=start, length=f"{days} d")
        given = levels(made, "s", starts=0, ends=days * 24 * HOUR, interventions=interventions)
        return list(zip((given.time / HOUR).tolist(), given.servers.tolist(), given.reason.tolist(), strict=True))

    return steps


def day(number, opens=8, closes=18, reason="hours"):
    """Rows of a day that opens and closes."""
    return [(24 * number + opens, 4, ""), (24 * number + closes, 0, reason)]


SHUT = [(0, 0, "hours")]


def test_a_holiday_is_no_closure_unless_the_calendar_says_so(steps):
    assert steps(CALENDAR, start="2025-09-30", days=3) == SHUT + day(0) + day(1) + day(2)


def test_a_golden_week_is_closed_with_the_weekend_in_it(steps):
    """1-8 October 2025 were off, a Wednesday to a Wednesday; 28 September (Sunday) and 11 October were worked."""
    rows = steps(CALENDAR | {"on_holidays": "closed"}, start="2025-09-30", days=11)
    assert rows == SHUT + day(0) + [(24, 0, "holiday"), (9 * 24, 0, "hours")] + day(9) + day(10)


def test_hours_by_holiday_and_others_as_any_day(steps):
    """1 May 2025 (1-5 off) is not named; of two rules for one run, that of mid-autumn named first counts."""
    rules = {"mid-autumn": "10:00-12:00", "national-day": "closed"}
    assert steps(CALENDAR | {"on_holidays": rules}, start="2025-05-01", days=1) == SHUT + day(0)
    rows = steps(CALENDAR | {"on_holidays": rules}, start="2025-10-01", days=1)
    assert rows == [(0, 0, "holiday"), (10, 4, ""), (12, 0, "holiday")]


def test_make_up_days_keep_the_hours_of_a_workday_though_their_weekday_is_closed(steps):
    """Saturday 11 October 2025 was worked, Sunday the 12th was not."""
    weekend = CALENDAR | {"weekly": {"sat": "closed", "sun": "closed"}}
    assert steps(weekend, start="2025-10-11", days=2) == SHUT + day(0)
    assert steps(weekend | {"on_makeup_days": "09:00-10:00"}, start="2025-10-11", days=2) == SHUT + day(0, 9, 10)
    assert steps(weekend | {"holidays": None}, start="2025-10-11", days=2) == SHUT


def test_vietnamese_swap_of_2026(steps):
    """2 January (Friday) is off, 10 January (Saturday) worked."""
    calendar = {"hours": "08:00-18:00", "weekly": {"sat": "closed"}, "holidays": "VN", "on_holidays": "closed"}
    assert steps(calendar, start="2026-01-02", days=1) == [(0, 0, "holiday")]
    assert steps(calendar, start="2026-01-10", days=1) == SHUT + day(0)


def test_ramps_shorten_days_before_and_after(steps):
    """Off 1-8 October 2025: two days before, one after, and not before Labour Day."""
    ramps = [
        {"before": 2, "hours": "08:00-12:00", "only": ["national-day"]},
        {"after": 1, "hours": "12:00-18:00", "only": ["national-day"]},
    ]
    calendar = CALENDAR | {"on_holidays": "closed", "ramps": ramps}
    rows = steps(calendar, start="2025-09-28", days=13)
    short = [(24, 0, "holiday"), (32, 4, ""), (36, 0, "holiday"), (56, 4, ""), (60, 0, "holiday")]
    after = [(11 * 24 + 12, 4, ""), (11 * 24 + 18, 0, "holiday"), (12 * 24, 0, "hours")]
    assert rows == SHUT + day(0) + short + after + day(12)
    assert steps(calendar, start="2025-04-30", days=1) == SHUT + day(0)


def test_a_dated_notice_has_the_last_word_over_a_holiday(steps):
    notice = {"from": "2025-10-02", "to": "2025-10-03", "hours": "09:00-11:00", "reason": "order"}
    calendar = CALENDAR | {"on_holidays": "closed", "notices": [notice]}
    assert steps(calendar, start="2025-10-01", days=3) == [
        (0, 0, "holiday"), (24, 0, "order"), (33, 4, ""), (35, 0, "order"), (48, 0, "holiday")]  # fmt: skip


def test_a_chinese_holiday_begins_at_23_on_the_vietnamese_clock(steps):
    calendar = {"zone": "Asia/Shanghai", "hours": "00:00-24:00", "holidays": "CN", "on_holidays": "closed"}
    assert steps(calendar, start="2025-09-30", days=2) == [(0, 4, ""), (23, 0, "holiday")]


# ------------------------------------------------------------------------------------------- interventions


def order(begin, end, **what):
    return Intervention(begin=begin * HOUR, end=end * HOUR, **({"reason": "order", "is_planned": True} | what))


def incident(begin, end, **what):
    return order(begin, end, **({"reason": "incident", "is_planned": False, "at_most": True} | what))


PLAIN = {"hours": "08:00-18:00"}


def test_an_order_closes_and_its_reason_is_told_also_where_it_was_closed_anyhow(steps):
    rows = steps(PLAIN, start="2025-07-01", days=1, interventions=[order(12, 20, closed=True)])
    assert rows == [(0, 0, "hours"), (8, 4, ""), (12, 0, "order"), (20, 0, "hours")]


def test_ordered_hours_replace_the_calendars_in_both_directions(steps):
    rows = steps(PLAIN, start="2025-07-01", days=2, interventions=[order(0, 24, hours=((6 * HOUR, 22 * HOUR),))])
    assert rows == [(0, 0, "order"), (6, 4, ""), (22, 0, "order"), (24, 0, "hours"), (32, 4, ""), (42, 0, "hours")]


def test_ordered_servers_replace_and_those_of_an_incident_only_take_away(steps):
    open_ = {"hours": "00:00-24:00"}
    assert steps(open_, start="2025-07-01", days=1, interventions=[order(2, 4, servers=6)]) == [
        (0, 4, ""), (2, 6, ""), (4, 4, "")]  # fmt: skip
    assert steps(open_, start="2025-07-01", days=1, interventions=[incident(2, 4, servers=6)]) == [(0, 4, "")]
    both = [order(2, 4, servers=3), incident(3, 5, servers=1)]
    assert steps(open_, start="2025-07-01", days=1, interventions=both) == [
        (0, 4, ""), (2, 3, "order"), (3, 1, "incident"), (4, 1, "incident"), (5, 4, "")]  # fmt: skip


@pytest.mark.parametrize(
    ("servers", "share", "left"), [(4, 0.5, 2), (5, 0.5, 3), (4, 0.1, 1), (3, 0.3, 1), (0, 0.5, 0)]
)
def test_a_share_of_the_staff_is_rounded_and_leaves_one(steps, servers, share, left):
    rows = steps({"hours": "00:00-24:00"}, start="2025-07-01", days=1, servers=servers,
                 interventions=[order(0, 24, staff=share)])  # fmt: skip
    assert rows == [(0, left, "order" if left < servers else "")]


def test_lost_servers_add_up_and_never_go_below_none(steps):
    lost = [incident(1, 5, loses=1), incident(2, 6, loses=2), incident(3, 4, loses=3)]
    rows = steps({"hours": "00:00-24:00"}, start="2025-07-01", days=1, interventions=lost)
    assert rows == [(0, 4, ""), (1, 3, "incident"), (2, 1, "incident"), (3, 0, "incident"), (4, 1, "incident"),
                    (5, 2, "incident"), (6, 4, "")]  # fmt: skip


def test_an_outage_closes_whatever_is_ordered(steps):
    both = [order(0, 24, hours=((0, 24 * HOUR),)), incident(10, 11, closed=True)]
    assert steps(PLAIN, start="2025-07-01", days=1, interventions=both) == [
        (0, 4, ""), (10, 0, "incident"), (11, 4, "")]  # fmt: skip


def test_what_nobody_foresees_is_not_planned(scenario):
    made = scenario(stations={"s": {"service": "1 min", "servers": 4}})
    given = levels(made, "s", starts=0, ends=24 * HOUR,
                   interventions=[order(2, 9, servers=3), incident(4, 6, closed=True)])  # fmt: skip
    rows = zip((given.time / HOUR).tolist(), given.servers.tolist(), given.planned.tolist(), strict=True)
    assert list(rows) == [(0, 4, 4), (2, 3, 3), (4, 0, 3), (6, 3, 3), (9, 4, 4)]
