"""Public holidays and make-up workdays, against the package that knows China's and against announced runs."""

import datetime as dt
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest

from sim.scenario.holiday_days import feasts_of, is_workday, makeup_days, runs, unannounced_from
from sim.scenario.hours import server_hours
from sim.scenario.schema import Calendar, Station

DAYS = [dt.date(2021, 1, 1) + dt.timedelta(days=n) for n in range(6 * 365 + 1)]


def test_chinese_working_days_of_2021_to_2026_are_those_of_chinesecalendar():
    assert DAYS[-1] == dt.date(2026, 12, 31)
    assert [d for d in DAYS if is_workday("CN", d) != chinese_calendar.is_workday(d)] == []


def days(text):
    """ "10-16 Feb" or "29 Jan-6 Feb" of a year, as a pair of dates."""
    year, first, last = text.split()
    return dt.date.fromisoformat(f"{year}-{first}"), dt.date.fromisoformat(f"{year}-{last}")


@pytest.mark.parametrize(
    ("country", "feast", "announced"),
    [
        ("VN", "tet", ["2021 02-10 02-16", "2022 01-29 02-06", "2023 01-20 01-26", "2024 02-08 02-14",
                       "2025 01-25 02-02", "2026 02-14 02-22"]),
        ("CN", "spring-festival", ["2021 02-11 02-17", "2022 01-31 02-06", "2023 01-21 01-27", "2024 02-10 02-17",
                                   "2025 01-28 02-04", "2026 02-15 02-23"]),
        ("VN", "national-day", ["2021 09-02 09-05", "2022 09-01 09-04", "2023 09-01 09-04", "2024 08-31 09-03",
                                "2025 08-30 09-02", "2026 08-29 09-02"]),
        ("CN", "national-day", ["2021 10-01 10-07", "2022 10-01 10-07", "2023 09-29 10-06", "2024 10-01 10-07",
                                "2025 10-01 10-08", "2026 10-01 10-07"]),
    ],
)  # fmt: skip
def test_runs_of_days_off_are_those_that_were_announced(country, feast, announced):
    found = [(r.first, r.last) for r in runs(country, DAYS[0], DAYS[-1]) if feast in r.feasts]
    assert found == [days(text) for text in announced]


def test_a_run_knows_every_holiday_in_it():
    """Mid-autumn of 2023 and of 2025 fell into Golden Week."""
    golden = {r.first.year: r.feasts for r in runs("CN", DAYS[0], DAYS[-1]) if "national-day" in r.feasts}
    assert golden[2023] == ("mid-autumn", "national-day")
    assert golden[2024] == ("national-day",)
    assert golden[2025] == ("national-day", "mid-autumn")


def test_vietnam_swapped_2_january_2026_for_10_january():
    """Decided on 25 December 2025; the package does not know it."""
    assert not is_workday("VN", dt.date(2026, 1, 2))
    assert is_workday("VN", dt.date(2026, 1, 10))
    new_year = runs("VN", dt.date(2026, 1, 1), dt.date(2026, 1, 10))
    assert [(r.first, r.last, r.feasts) for r in new_year] == [
        (dt.date(2026, 1, 1), dt.date(2026, 1, 4), ("new-year",))
    ]


def test_other_vietnamese_swaps_are_known():
    for off, work in (("2024-04-29", "2024-05-04"), ("2025-05-02", "2025-04-26"), ("2026-08-31", "2026-08-22")):
        assert not is_workday("VN", dt.date.fromisoformat(off))
        assert is_workday("VN", dt.date.fromisoformat(work))


def test_make_up_days_are_the_worked_weekends():
    found = makeup_days("CN", dt.date(2025, 1, 1), dt.date(2026, 1, 10))
    assert found == tuple(
        dt.date.fromisoformat(d)
        for d in ("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11", "2026-01-04")
    )
    assert all(d.weekday() >= 5 for d in found)


def test_a_run_over_new_years_eve_is_found_from_either_year():
    """1 January 2023 was a Sunday, the run 31 December to 2 January."""
    run = [(dt.date(2022, 12, 31), dt.date(2023, 1, 2))]
    for first, last in (("2022-12-20", "2022-12-31"), ("2023-01-02", "2023-01-09")):
        found = runs("CN", dt.date.fromisoformat(first), dt.date.fromisoformat(last))
        assert [(r.first, r.last) for r in found] == run


def test_every_public_holiday_has_a_key():
    for country in ("VN", "CN"):
        seen = {feast for run in runs(country, DAYS[0], DAYS[-1]) for feast in run.feasts}
        assert seen == set(feasts_of(country))
        assert all(run.feasts for run in runs(country, DAYS[0], DAYS[-1]))


def test_2027_is_not_announced_in_china():
    assert unannounced_from("CN") == dt.date(2027, 1, 1)


def test_estimates_of_open_hours_count_holidays():
    """10 hours of 2 servers a day, 29 September to 11 October 2025; China is off on 1-8 October, 5 days are left."""
    calendar = Calendar(hours=((0, 10 * 3_600_000),), holidays="CN", on_holidays=())
    station = Station(servers=2, hours="c", closing="finish", service="1 min")
    start = dt.datetime(2025, 9, 29, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert server_hours(station, {"c": calendar}, start, 13 * 86_400_000) == pytest.approx(5 * 20)
