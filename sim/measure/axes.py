"""What the rows of every table run over: stations, gates, directions, cargoes, local hours and dates."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from sim.planning.network import gates_in_reach
from sim.planning.plan import IntArray, Plan
from sim.scenario.scenario import Scenario

DIRECTIONS = ("export", "import")
HOUR = 3_600_000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """The same for all replications of a scenario."""

    stations: tuple[str, ...]
    station_gate: tuple[str, ...]  # gate each belongs to, "" = none
    road_km: tuple[float, ...]  # km a standing truck takes up, 0 = not a road
    gates: tuple[str, ...]
    cargoes: tuple[str, ...]
    reasons: tuple[str, ...]  # why trucks turned back, of this replication
    flow_direction: tuple[int, ...]  # index into DIRECTIONS
    flow_gate: tuple[int, ...]  # gate intended, index into gates; -1 = none
    combinations: tuple[tuple[int, int, int], ...]  # gate, direction, cargo of trucks that some flow may send
    window: tuple[int, int]  # [ms] after the start
    start: int  # the scenario's start, ms after 1970 UTC
    zone: str
    hours: IntArray  # [ms] full local hours in the window
    midnights: IntArray  # [ms] local midnight at the beginning of each date, and of the one after the last
    dates: tuple[str, ...]  # the local dates of the window, ISO

    def date(self, times: IntArray) -> IntArray:
        """Index of the local date of each time; -1 before the first, len(dates) after the last."""
        return np.searchsorted(self.midnights, times, side="right") - 1

    @property
    def hour_names(self) -> list[str]:
        """The full hours as local text."""
        return list(_hour_names(self.window, self.start, self.zone))

    def local(self, times: IntArray) -> list[str]:
        """Local times as ISO text without offset, to the minute where it is full, else to the millisecond."""
        return [local_text(self.start + int(time), self.zone) for time in times]


def local_text(unix_ms: int, zone: str) -> str:
    """ "2025-07-01T20:00" of milliseconds after 1970 UTC."""
    moment = (_EPOCH + dt.timedelta(milliseconds=unix_ms)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    exact = "minutes" if moment.second == 0 and moment.microsecond == 0 else "milliseconds"
    return moment.isoformat(timespec=exact)


def axes(plan: Plan, scenario: Scenario) -> Axes:
    """The axes of a scenario's tables."""
    layout, file, zone = plan.network.layout, scenario.file, scenario.zone
    start = (scenario.start - _EPOCH) // dt.timedelta(milliseconds=1)
    midnights, dates = _dates(scenario.start, plan.window, start, zone)
    flows = [file.flows[key] for key in layout.flows]
    gate = [layout.gates.index(flow.gate) if flow.gate is not None else -1 for flow in flows]
    direction = [DIRECTIONS.index(flow.direction) for flow in flows]
    cargoes = [[flow.cargo] if isinstance(flow.cargo, str) else list(flow.cargo) for flow in flows]
    reach = [[layout.gates.index(name) for name in gates_in_reach(scenario, key)] for key in layout.flows]
    known = {
        (g, d, layout.cargoes.index(cargo))
        for own, others, d, carried in zip(gate, reach, direction, cargoes, strict=True)
        for g in (own, *others)
        for cargo in carried
    }
    return Axes(
        stations=layout.stations,
        station_gate=tuple(_gate_of(scenario, key) for key in layout.stations),
        road_km=tuple(layout.road_km.tolist()),
        gates=layout.gates,
        cargoes=layout.cargoes,
        reasons=plan.network.reasons,
        flow_direction=tuple(direction),
        flow_gate=tuple(gate),
        combinations=tuple(sorted(known)),
        window=plan.window,
        start=start,
        zone=zone.key,
        hours=_hours(plan.window, start, zone),
        midnights=midnights,
        dates=dates,
    )


def _gate_of(scenario: Scenario, key: str) -> str:
    place = key.partition("/")[0]
    station = scenario.file.stations.get(key)  # where an order holds trucks back, the file knows no station
    named = station.gate if station is not None else None
    return named or (place if place in scenario.file.gates else "")


def _hours(window: tuple[int, int], start: int, zone: ZoneInfo) -> IntArray:
    moment = _EPOCH + dt.timedelta(milliseconds=start + window[0])
    offset = moment.astimezone(zone).utcoffset() or dt.timedelta(0)
    past = (start + window[0] + offset // dt.timedelta(milliseconds=1)) % HOUR
    return np.arange(window[0] + (-past) % HOUR, window[1], HOUR, dtype=np.int64)


@lru_cache(maxsize=64)  # the same in every replication
def _hour_names(window: tuple[int, int], start: int, zone: str) -> tuple[str, ...]:
    return tuple(local_text(start + hour, zone) for hour in _hours(window, start, ZoneInfo(zone)).tolist())


def _dates(
    begin: dt.datetime, window: tuple[int, int], start: int, zone: ZoneInfo
) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    first, last = (
        (begin.astimezone(dt.UTC) + dt.timedelta(milliseconds=ms)).astimezone(zone).date()
        for ms in (window[0], max(window[1] - 1, window[0]))
    )
    days = [first + dt.timedelta(days=k) for k in range((last - first).days + 2)]
    midnights = [
        (dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC) - _EPOCH) // dt.timedelta(milliseconds=1) - start
        for day in days
    ]
    return np.array(midnights, np.int64), tuple(day.isoformat() for day in days[:-1])
