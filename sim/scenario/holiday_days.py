"""Public holidays, days off and make-up workdays of Vietnam and China, date by date.

From the package `holidays`, corrected by calibration/holiday-overrides.csv. A holiday here is the whole run of
days off that holds one, as governments announce it: weekends in it and at its ends belong to it.
"""

import csv
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from sim.scenario.bundled import data_root
from sim.scenario.dated import Country, Feast

ZONES: dict[Country, str] = {"VN": "Asia/Ho_Chi_Minh", "CN": "Asia/Shanghai"}
_DAY = dt.timedelta(days=1)
_FEASTS: dict[Country, tuple[tuple[str, Feast], ...]] = {  # words in the package's English names
    "VN": (
        ("New Year's Day", "new-year"), ("Lunar New Year", "tet"), ("Hung Kings", "hung-kings"),
        ("Reunification", "reunification-day"), ("Labor Day", "labour-day"), ("National Day", "national-day"),
        ("Cultural Day", "culture-day"),
    ),
    "CN": (
        ("Chinese New Year", "spring-festival"), ("New Year's Day", "new-year"), ("Tomb-Sweeping", "qingming"),
        ("Labor Day", "labour-day"), ("Dragon Boat", "dragon-boat"), ("Mid-Autumn", "mid-autumn"),
        ("National Day", "national-day"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A run of days off that holds at least one public holiday."""

    first: dt.date
    last: dt.date
    feasts: tuple[Feast, ...]  # in order of date


@dataclass(frozen=True, slots=True)
class _Override:
    date: dt.date
    kind: str  # off, work, unannounced
    feast: str


@dataclass(frozen=True, slots=True)
class _Year:
    off: dict[dt.date, str]  # public holidays and substituted days off, with the feast if it is known
    work: frozenset[dt.date]  # weekend days that are worked


def feasts_of(country: Country) -> tuple[Feast, ...]:
    """The holidays a country has, by key."""
    return tuple(feast for _, feast in _FEASTS[country])


def is_workday(country: Country, date: dt.date) -> bool:
    """Whether offices work on a date."""
    year = _year(country, date.year)
    return date in year.work or (date.weekday() < 5 and date not in year.off)


def makeup_days(country: Country, first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """The weekend days from first to last that are worked to make up for others, in order."""
    years = range(first.year, last.year + 1)
    return tuple(sorted(d for year in years for d in _year(country, year).work if first <= d <= last))


def runs(country: Country, first: dt.date, last: dt.date) -> tuple[Holiday, ...]:
    """The holidays that meet the dates from first to last, in order."""
    found: dict[dt.date, Holiday] = {}
    for year in range((first - 30 * _DAY).year, (last + 30 * _DAY).year + 1):
        found |= {run.first: run for run in _runs(country, year)}
    return tuple(run for _, run in sorted(found.items()) if run.last >= first and run.first <= last)


def unannounced_from(country: Country) -> dt.date | None:
    """The first date whose days off are not decided yet; None if the register names none."""
    return min((o.date for o in _overrides(country) if o.kind == "unannounced"), default=None)


@lru_cache(maxsize=256)
def _runs(country: Country, year: int) -> tuple[Holiday, ...]:
    """The runs that hold a holiday of a year; one over New Year's Eve may start or end in a neighbour."""
    found: dict[dt.date, Holiday] = {}
    for date in sorted(_year(country, year).off):
        if is_workday(country, date):
            continue
        first = last = date
        while not is_workday(country, first - _DAY):
            first -= _DAY
        while not is_workday(country, last + _DAY):
            last += _DAY
        dates = [first + n * _DAY for n in range((last - first).days + 1)]
        feasts = dict.fromkeys(feast for d in dates if (feast := _year(country, d.year).off.get(d)))
        found[first] = Holiday(first=first, last=last, feasts=tuple(feasts))  # type: ignore[arg-type]
    return tuple(found.values())


@lru_cache(maxsize=256)
def _year(country: Country, year: int) -> _Year:
    import holidays  # noqa: PLC0415  a tenth of a second that most commands need not wait for

    known = holidays.country_holidays(country, years=year, language="en_US")
    mine = [o for o in _overrides(country) if o.date.year == year]
    off = {date: _feast(country, known[date]) for date in known}
    off |= {o.date: o.feast for o in mine if o.kind == "off"}
    work = {date for date in known.weekend_workdays if date.year == year} | {o.date for o in mine if o.kind == "work"}
    return _Year(
        {date: feast for date, feast in off.items() if date.year == year and date not in work}, frozenset(work)
    )


def _feast(country: Country, name: str) -> str:
    """The key of a named holiday; "" of a day off that another was swapped for."""
    return next((feast for word, feast in _FEASTS[country] if word in name), "tet" if "Lunar" in name else "")


@lru_cache(maxsize=2)
def _overrides(country: Country) -> tuple[_Override, ...]:
    path = data_root() / "calibration" / "holiday-overrides.csv"
    with open(path, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["country"] == country]
    return tuple(_Override(dt.date.fromisoformat(row["date"]), row["kind"], row["feast"]) for row in rows)
