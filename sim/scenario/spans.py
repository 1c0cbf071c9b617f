"""When and where the measures of a scenario hold: spans of time after its start, stations, trucks."""

import datetime as dt
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from sim.scenario.dated import Around, Measure
from sim.scenario.holiday_days import ZONES, runs
from sim.scenario.scenario import after_start
from sim.scenario.schema import Station

EVER = 2**60  # [ms] later than any instant; -EVER is earlier
_DAY = dt.timedelta(days=1)


def spans(measure: Measure, start: dt.datetime, zone: ZoneInfo, length_ms: int) -> tuple[tuple[int, int], ...]:
    """From and to of each time it holds, [ms] after the start; what it states in `lasts` and `rate` aside."""
    if measure.around is not None:
        return _around(measure.around, start, length_ms)
    begin = -EVER if measure.from_ is None else after_start(measure.from_, start, zone)
    end = EVER if measure.to is None else after_start(measure.to, start, zone)
    return ((begin, end),)


def _around(around: Around, start: dt.datetime, length_ms: int) -> tuple[tuple[int, int], ...]:
    """The same for days around holidays, on the clock of their country; of days that overlap each once."""
    there = ZoneInfo(ZONES[around.holidays])
    first = start.astimezone(there).date()
    last = (start.astimezone(dt.UTC) + dt.timedelta(milliseconds=length_ms)).astimezone(there).date()
    days: set[dt.date] = set()
    for run in runs(around.holidays, first - 61 * _DAY, last + 61 * _DAY):
        if not around.only or any(feast in around.only for feast in run.feasts):
            length = (run.last - run.first).days + 1
            offsets = [*range(-around.before, 0), *range(length, length + around.after)]
            offsets += range(length) if around.during else []
            days |= {run.first + n * _DAY for n in offsets}
    midnights = sorted((_midnight(day, start, there), _midnight(day + _DAY, start, there)) for day in days)
    found: list[tuple[int, int]] = []
    for begin, end in midnights:
        if found and found[-1][1] == begin:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return tuple(found)


def _midnight(day: dt.date, start: dt.datetime, zone: ZoneInfo) -> int:
    return after_start(dt.datetime.combine(day, dt.time()), start, zone)


def listed_names(names: str | Sequence[str]) -> tuple[str, ...]:
    """One name, or several."""
    return (names,) if isinstance(names, str) else tuple(names)


def stations_at(names: str | Sequence[str], stations: Mapping[str, Station]) -> tuple[str, ...]:
    """The stations named, and of gates named all with servers that can be counted, each once in order."""
    found: dict[str, None] = {}
    for name in listed_names(names):
        if name in stations:
            found[name] = None
        else:
            found |= dict.fromkeys(k for k, s in stations.items() if gate_of(k, s) == name and has_servers(s))
    return tuple(found)


def gate_of(key: str, station: Station) -> str:
    """The gate a station belongs to: the one it states, or the place in its key."""
    return station.gate or key.partition("/")[0]


def has_servers(station: Station) -> bool:
    """Whether it has servers that can be counted."""
    return station.servers not in (None, "unlimited")
