"""Checks of public holidays: names, rules that mean some day, and years whose days off are not announced yet."""

import datetime as dt
from collections.abc import Iterator

from sim.scenario.dated import Around, Country, Ramp
from sim.scenario.draft import Draft, each
from sim.scenario.faults import Fault, did_you_mean, quoted
from sim.scenario.holiday_days import feasts_of, unannounced_from
from sim.scenario.schema import Calendar


def check_holidays(draft: Draft) -> Iterator[Fault]:
    """Faults of whatever in a file speaks of public holidays."""
    for path, part in draft.walked:
        match part:
            case Calendar():
                yield from _calendar(draft, path, part)
            case Around():
                yield from _around(draft, path, part)


def _calendar(draft: Draft, path: str, calendar: Calendar) -> Iterator[Fault]:
    given = [part for part in ("on_holidays", "on_makeup_days", "ramps") if draft.is_written(f"{path}.{part}")]
    if calendar.holidays is None:
        if given and not draft.is_spoilt(f"{path}.holidays"):
            yield draft.error(f"{path}.{given[0]}", "needs holidays", "holidays: VN (or CN)", at_key=True)
        return
    if isinstance(calendar.on_holidays, dict):
        for feast in calendar.on_holidays:
            yield from _feast(draft, f"{path}.on_holidays.{feast}", feast, calendar.holidays, at_key=True)
    for i, ramp in each(calendar.ramps):
        yield from _ramp(draft, f"{path}.ramps[{i}]", ramp, calendar.holidays)
    if not given:
        yield draft.warning(f"{path}.holidays", "has no effect: nothing says what the hours are then",
                            "on_holidays: closed (or hours; a holiday is no closure by itself)")  # fmt: skip
    yield from _announced(draft, f"{path}.holidays", calendar.holidays)


def _ramp(draft: Draft, path: str, ramp: Ramp, country: Country) -> Iterator[Fault]:
    if not ramp.before and not ramp.after and not draft.is_spoilt(f"{path}.before", f"{path}.after"):
        yield draft.error(path, "means no day: before and after are both 0", "before: 3")
    for i, feast in enumerate(ramp.only):
        yield from _feast(draft, f"{path}.only[{i}]", feast, country)


def _around(draft: Draft, path: str, around: Around) -> Iterator[Fault]:
    if not around.before and not around.after and not around.during and not draft.is_spoilt(path):
        yield draft.error(path, "means no day: not before, not after and not during holidays", "before: 3")
    for i, feast in enumerate(around.only):
        yield from _feast(draft, f"{path}.only[{i}]", feast, around.holidays)
    yield from _announced(draft, f"{path}.holidays", around.holidays)


def _feast(draft: Draft, path: str, feast: str, country: Country, *, at_key: bool = False) -> Iterator[Fault]:
    known = feasts_of(country)
    if feast not in known:
        yield draft.error(path, f"{country} has no holiday {quoted(feast)}",
                          did_you_mean(feast, known, what="holidays"), at_key=at_key)  # fmt: skip


def _announced(draft: Draft, path: str, country: Country) -> Iterator[Fault]:
    """A warning if days of the period are not decided yet."""
    unknown = unannounced_from(country)
    if unknown is None or draft.start is None or draft.length_ms is None:
        return
    end = (draft.start.astimezone(dt.UTC) + dt.timedelta(milliseconds=draft.length_ms)).astimezone(draft.zone)
    if end.date() > unknown:
        message = f"days off and make-up days of {country} from {unknown} on are not announced yet"
        yield draft.warning(
            path, message, "only the holidays of the law are counted; calibration/holiday-overrides.csv"
        )
