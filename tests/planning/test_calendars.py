"""Servers and speeds over time, against hand-computed cases. Hours are counted from the scenario's start."""

import time as clock

import pytest

from sim.planning.calendars import levels, speeds
from sim.planning.plan import FULL_SPEED, UNLIMITED

HOUR, DAY = 3_600_000, 86_400_000


@pytest.fixture(name="steps")
def steps_of_a_station(scenario):
    """A function: station and scenario parts -> rows (hour, servers, reason), with "shift" as a fourth where one is."""

    def steps(station, *, starts=0, ends=24, **parts):
        full = {"service": "1 min", "closing": "finish", "servers": 4} | station
        given = levels(
            scenario(stations={"s": full}, **parts), "s", starts=round(starts * HOUR), ends=round(ends * HOUR)
        )
        rows = zip(
            (given.time / HOUR).tolist(), given.servers.tolist(), given.reason.tolist(), given.shift, strict=True
        )
        return [(at, n, why, "shift") if shift else (at, n, why) for at, n, why, shift in rows]

    return steps


# ----------------------------------------------------------------------------------------------- hours


def test_without_hours_it_is_always_open(steps):
    assert steps({}) == [(0, 4, "")]
    assert steps({"servers": "unlimited"}) == [(0, UNLIMITED, "")]
    assert steps({"servers": None, "service": None, "closing": None, "places": 9}) == [(0, UNLIMITED, "")]


def test_windows_are_half_open(steps):
    day = [(0, 0, "hours"), (8, 4, ""), (12, 0, "hours"), (13, 4, ""), (17, 0, "hours")]
    assert steps({"hours": "08:00-12:00, 13:00-17:00"}) == day
    assert steps({"hours": "08:00-12:00, 13:00-17:00"}, starts=8, ends=12) == [(8, 4, "")]
    assert steps({"hours": "08:00-12:00, 13:00-17:00"}, starts=12, ends=13) == [(12, 0, "hours")]


def test_windows_that_touch_are_one(steps):
    assert steps({"hours": "00:00-24:00"}, ends=72) == [(0, 4, "")]
    assert steps({"hours": "06:00-12:00, 12:00-18:00"}) == [(0, 0, "hours"), (6, 4, ""), (18, 0, "hours")]
    assert steps({"hours": "18:00-06:00, 06:00-18:00"}, ends=72) == [(0, 4, "")]
    assert steps({"hours": "00:00-06:00, 20:00-24:00"}, ends=48) == [
        (0, 4, ""), (6, 0, "hours"), (20, 4, ""), (30, 0, "hours"), (44, 4, "")]  # fmt: skip


def test_a_night_runs_into_the_next_day_from_before_the_start_on(steps):
    night = [(0, 4, ""), (6, 0, "hours"), (22, 4, ""), (30, 0, "hours"), (46, 4, "")]
    assert steps({"hours": "22:00-06:00"}, ends=48) == night
    assert steps({"hours": "22:00-06:00"}, starts=-20, ends=1) == [(-20, 4, ""), (-18, 0, "hours"), (-2, 4, "")]


def test_closed_hours_never_open(steps):
    assert steps({"hours": "closed"}, ends=48) == [(0, 0, "hours")]


def test_a_start_within_the_day_keeps_the_clock(steps):
    assert steps({"hours": "07:00-19:00"}, start="2025-07-01 12:30") == [
        (0, 4, ""), (6.5, 0, "hours"), (18.5, 4, "")]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "weekday_of_second_day"),
    [("2025-07-31", "fri"), ("2025-12-31", "thu"), ("2024-02-28", "thu"), ("2025-02-28", "sat")],
    ids=["month end", "year end", "29 February", "no 29 February"],
)
def test_weekdays_go_on_over_ends_of_months_and_years(steps, start, weekday_of_second_day):
    """31 July 2025 is a Thursday, 31 December 2025 a Wednesday, 28 February 2024 a Wednesday, of 2025 a Friday."""
    calendars = {"c": {"hours": "08:00-10:00", "weekly": {weekday_of_second_day: "20:00-21:00"}}}
    assert steps({"hours": "c"}, start=start, ends=72, calendars=calendars) == [
        (0, 0, "hours"), (8, 4, ""), (10, 0, "hours"), (44, 4, ""), (45, 0, "hours"), (56, 4, ""),
        (58, 0, "hours")]  # fmt: skip


def test_a_night_of_a_single_weekday_ends_on_the_next(steps):
    """1 July 2025 is a Tuesday; only Tuesday's night is worked."""
    calendars = {"c": {"hours": "closed", "weekly": {"tue": "22:00-06:00"}}}
    assert steps({"hours": "c"}, ends=96, calendars=calendars) == [(0, 0, "hours"), (22, 4, ""), (30, 0, "hours")]


# ------------------------------------------------------------------------------------- several calendars


def test_china_opens_an_hour_earlier_on_the_vietnamese_clock_and_both_are_needed(steps):
    """08:00-20:00 at UTC+8 is 07:00-19:00 at UTC+7."""
    calendars = {"far": {"zone": "Asia/Shanghai", "hours": "08:00-20:00"}, "near": {"hours": "07:30-19:30"}}
    assert steps({"hours": "far"}, calendars=calendars) == [(0, 0, "hours"), (7, 4, ""), (19, 0, "hours")]
    assert steps({"hours": ["far", "near"]}, calendars=calendars) == [(0, 0, "hours"), (7.5, 4, ""), (19, 0, "hours")]
    assert steps({"hours": ["far", "09:00-10:00"]}, calendars=calendars) == [
        (0, 0, "hours"), (9, 4, ""), (10, 0, "hours")]  # fmt: skip


def test_a_chinese_date_begins_at_23_on_the_vietnamese_clock(steps):
    """A notice for 2 July in China covers 23:00 on 1 July to 23:00 on 2 July in Vietnam."""
    notice = {"from": "2025-07-02", "to": "2025-07-03", "hours": "closed", "reason": "holiday"}
    calendars = {"far": {"zone": "Asia/Shanghai", "hours": "00:00-24:00", "notices": [notice]}}
    assert steps({"hours": "far"}, ends=72, calendars=calendars) == [(0, 4, ""), (23, 0, "holiday"), (47, 4, "")]


def test_of_several_reasons_holiday_goes_first_then_incident_then_order_then_hours(steps):
    def calendar(reason, begin, end):
        notice = {"from": f"{begin} h", "to": f"{end} h", "hours": "closed", "reason": reason}
        return {"hours": "00:00-24:00", "notices": [notice]}

    calendars = {
        "a": calendar("hours", 1, 20),
        "b": calendar("order", 2, 15),
        "c": calendar("incident", 3, 10),
        "d": calendar("holiday", 4, 5),
    }
    assert steps({"hours": ["a", "b", "c", "d"]}, calendars=calendars) == [
        (0, 4, ""), (1, 0, "hours"), (2, 0, "order"), (3, 0, "incident"), (4, 0, "holiday"), (5, 0, "incident"),
        (10, 0, "order"), (15, 0, "hours"), (20, 4, "")]  # fmt: skip


# ------------------------------------------------------------------------------------------------ notices


def test_a_notice_replaces_the_hours_of_its_dates(steps):
    notices = [{"from": "2025-07-02", "to": "2025-07-03", "hours": "10:00-12:00", "reason": "holiday"}]
    calendars = {"c": {"hours": "07:00-19:00", "notices": notices}}
    assert steps({"hours": "c"}, ends=72, calendars=calendars) == [
        (0, 0, "hours"), (7, 4, ""), (19, 0, "hours"), (24, 0, "holiday"), (34, 4, ""), (36, 0, "holiday"),
        (48, 0, "hours"), (55, 4, ""), (67, 0, "hours")]  # fmt: skip


def test_the_later_of_two_notices_wins_whatever_their_dates(steps):
    closed = {"from": "2025-07-01", "to": "2025-07-03", "hours": "closed", "reason": "incident"}
    reopened = {"from": "2025-07-01 12:00", "to": "2025-07-02", "hours": "10:00-14:00", "reason": "order"}
    calendars = {"c": {"hours": "07:00-19:00", "notices": [closed, reopened]}}
    assert steps({"hours": "c"}, ends=60, calendars=calendars) == [
        (0, 0, "incident"), (12, 4, ""), (14, 0, "order"), (24, 0, "incident"), (48, 0, "hours"),
        (55, 4, "")]  # fmt: skip
    calendars = {"c": {"hours": "07:00-19:00", "notices": [reopened, closed]}}
    assert steps({"hours": "c"}, ends=60, calendars=calendars) == [(0, 0, "incident"), (48, 0, "hours"), (55, 4, "")]


def test_a_notice_cuts_the_night_before_it_and_its_own_night(steps):
    notices = [{"from": "2025-07-02", "to": "2025-07-03", "hours": "20:00-04:00"}]
    calendars = {"c": {"hours": "22:00-02:00", "notices": notices}}
    assert steps({"hours": "c"}, starts=20, ends=56, calendars=calendars) == [
        (20, 0, "hours"), (22, 4, ""), (28, 0, "order"), (44, 4, ""), (50, 0, "hours")]  # fmt: skip
    notices[0]["hours"] = "closed"
    assert steps({"hours": "c"}, starts=20, ends=56, calendars=calendars) == [
        (20, 0, "hours"), (22, 4, ""), (24, 0, "order"), (48, 4, ""), (50, 0, "hours")]  # fmt: skip


def test_longer_hours_by_notice_leave_no_seam(steps):
    notices = [{"from": "2025-07-01", "to": "2025-07-03", "hours": "00:00-24:00"}]
    calendars = {"c": {"hours": "07:00-19:00", "notices": notices}}
    assert steps({"hours": "c"}, ends=60, calendars=calendars) == [(0, 4, ""), (48, 0, "hours"), (55, 4, "")]


# ------------------------------------------------------------------------------------------------ servers


def test_shifts_mark_each_change_of_team(steps):
    servers = [{"hours": "06:00-14:00", "servers": 3}, {"hours": "14:00-22:00", "servers": 3}]
    assert steps({"servers": servers}, ends=32) == [
        (0, 0, "hours"), (6, 3, ""), (14, 3, "", "shift"), (22, 0, "hours", "shift"), (30, 3, "")]  # fmt: skip


def test_three_shifts_round_the_clock(steps):
    """6/3/5 servers; below the six of the first shift the reason is hours."""
    servers = [
        {"hours": hours, "servers": n} for hours, n in (("06:00-14:00", 6), ("14:00-22:00", 3), ("22:00-06:00", 5))
    ]
    assert steps({"servers": servers}) == [
        (0, 5, "hours"), (6, 6, "", "shift"), (14, 3, "hours", "shift"), (22, 5, "hours", "shift")]  # fmt: skip
    assert steps({"servers": servers}, starts=15, ends=16) == [(15, 3, "hours")]


def test_a_team_whose_own_hours_touch_stays_on(steps):
    assert steps({"servers": [{"hours": "00:00-24:00", "servers": 2}]}, ends=72) == [(0, 2, "")]
    assert steps({"servers": [{"hours": "06:00-12:00, 12:00-18:00", "servers": 2}]}) == [
        (0, 0, "hours"), (6, 2, ""), (18, 0, "hours", "shift")]  # fmt: skip


def test_shifts_change_only_while_it_is_open(steps):
    servers = [{"hours": "06:00-18:00", "servers": 3}, {"hours": "18:00-06:00", "servers": 2}]
    assert steps({"servers": servers, "hours": "07:00-20:00"}, ends=32) == [
        (0, 0, "hours"), (7, 3, ""), (18, 2, "hours", "shift"), (20, 0, "hours"), (31, 3, "")]  # fmt: skip
    assert steps({"servers": servers, "hours": "06:00-18:00"}) == [
        (0, 0, "hours"), (6, 3, ""), (18, 0, "hours", "shift")]  # fmt: skip


def test_dated_headcounts_hold_until_the_next_and_are_none_before_the_first(steps):
    servers = [
        {"from": "2025-07-02", "servers": 5},
        {"from": "2025-07-01 06:00", "servers": 2},
        {"from": "2025-07-03", "servers": 5},
    ]
    assert steps({"servers": servers}, ends=96) == [(0, 0, "hours"), (6, 2, "hours"), (24, 5, "")]
    assert steps({"servers": servers, "hours": "08:00-20:00"}, ends=36) == [
        (0, 0, "hours"), (8, 2, "hours"), (20, 0, "hours"), (32, 5, "")]  # fmt: skip
    assert steps({"servers": servers}, starts=30, ends=31) == [(30, 5, "")]


# ------------------------------------------------------------------------------------------- odd days


def test_hours_follow_the_clock_when_it_is_put_forward(steps):
    """Berlin, 30 March 2025: 02:00 becomes 03:00, so 08:00 comes 7 h after midnight and the day has 23 h."""
    berlin = {"start": "2025-03-30", "zone": "Europe/Berlin"}
    assert steps({"hours": "08:00-12:00"}, ends=40, **berlin) == [
        (0, 0, "hours"), (7, 4, ""), (11, 0, "hours"), (31, 4, ""), (35, 0, "hours")]  # fmt: skip
    assert steps({"hours": "02:30-04:00"}, **berlin) == [(0, 0, "hours"), (2, 4, ""), (3, 0, "hours")]
    assert steps({"hours": "02:15-02:45"}, **berlin) == [(0, 0, "hours")]
    assert steps({"hours": "22:00-02:30"}, starts=-3, ends=5, **berlin) == [
        (-3, 0, "hours"),
        (-2, 4, ""),
        (2, 0, "hours"),
    ]
    assert steps({"hours": "00:00-24:00"}, ends=72, **berlin) == [(0, 4, "")]


def test_hours_follow_the_clock_when_it_is_put_back(steps):
    """Berlin, 26 October 2025: 03:00 becomes 02:00, so 08:00 comes 9 h after midnight; 02:30 is its first coming."""
    berlin = {"start": "2025-10-26", "zone": "Europe/Berlin"}
    assert steps({"hours": "08:00-12:00"}, ends=30, **berlin) == [(0, 0, "hours"), (9, 4, ""), (13, 0, "hours")]
    assert steps({"hours": "02:30-03:30"}, ends=25, **berlin) == [(0, 0, "hours"), (2.5, 4, ""), (4.5, 0, "hours")]
    assert steps({"hours": "00:00-24:00"}, ends=72, **berlin) == [(0, 4, "")]


def test_a_calendar_of_a_zone_that_changes_its_clock_moves_against_one_that_does_not(steps):
    """08:00 in Berlin is 14:00 in Vietnam in winter and 13:00 in summer."""
    calendars = {"berlin": {"zone": "Europe/Berlin", "hours": "08:00-09:00"}}
    assert steps({"hours": "berlin"}, start="2025-03-29", ends=48, calendars=calendars) == [
        (0, 0, "hours"), (14, 4, ""), (15, 0, "hours"), (37, 4, ""), (38, 0, "hours")]  # fmt: skip


def test_a_midnight_that_is_skipped(steps):
    """Beirut, 30 March 2025: the day begins at 01:00, so 08:00 comes 7 h after its beginning."""
    beirut = {"start": "2025-03-29 22:00", "zone": "Asia/Beirut"}
    assert steps({"hours": "08:00-09:00"}, **beirut) == [(0, 0, "hours"), (9, 4, ""), (10, 0, "hours")]
    assert steps({"hours": "00:30-02:00"}, **beirut) == [(0, 0, "hours"), (2, 4, ""), (3, 0, "hours")]


# ----------------------------------------------------------------------------------------------- speeds


def test_speeds_are_parts_of_full_speed_between_the_dates_of_a_slowdown(scenario):
    slow = [
        {"from": "2025-07-01 06:00", "to": "2025-07-02", "speed": "33.333333333 %"},
        {"from": "2025-07-02", "to": "2025-07-02 06:00", "speed": "50 %"},
    ]
    given = scenario(stations={"s": {"servers": 1, "service": "1 min", "slowdowns": slow, "slowdowns_act_on": "new"}})

    def rows(starts, ends):
        found = speeds(given, "s", starts=starts * HOUR, ends=ends * HOUR)
        return list(zip((found.time / HOUR).tolist(), found.speed.tolist(), strict=True))

    assert rows(-5, 72) == [(-5, FULL_SPEED), (6, FULL_SPEED // 3), (24, FULL_SPEED // 2), (30, FULL_SPEED)]
    assert rows(7, 24) == [(7, FULL_SPEED // 3)]
    assert rows(24, 30) == [(24, FULL_SPEED // 2)]
    assert speeds(given, "gate", starts=0, ends=DAY).speed.tolist() == [FULL_SPEED]


def test_a_year_of_fifty_stations_takes_no_time(scenario):
    """A tenth of a second of work, whatever else the machine does meanwhile."""
    notices = [
        {"from": f"2025-{month:02d}-01", "to": f"2025-{month:02d}-03", "hours": "closed"} for month in range(1, 13)
    ]
    calendars = {
        "far": {"zone": "Asia/Shanghai", "hours": "08:00-20:00"},
        "near": {"hours": "07:00-12:00, 13:00-19:00", "notices": notices},
    }
    station = {"servers": 4, "hours": ["far", "near"], "closing": "finish", "service": "1 min"}
    given = scenario(start="2025-01-01", length="365 d", calendars=calendars, stations={"s": station})
    began = clock.process_time()
    for _ in range(50):
        found = levels(given, "s", starts=0, ends=365 * DAY)
    assert clock.process_time() - began < 0.5
    assert found.time.size == 4 * (365 - 24) + 2 * 12  # into and out of each closure of two days
