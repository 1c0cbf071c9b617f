"""One replication measured: everything the tables need of it, and nothing of the size of the Trace.

Which trucks count is decided here: waits are those of trucks that arrived inside the measured window, with
what they have waited so far if they are still there at the end; crossings, backlogs and occupancies are those
that fall into the window, whenever the truck arrived.
"""

from dataclasses import dataclass, replace

import numpy as np

from sim.measure.axes import DIRECTIONS, HOUR, Axes, axes
from sim.measure.bookings import Bookings, bookings
from sim.measure.calendar import together
from sim.measure.causes import added_up
from sim.measure.counts import Count, peaks, time_within
from sim.measure.crowds import Crowds
from sim.measure.groups import Keys, Spread, Sums, spreads
from sim.measure.lives import Lives
from sim.measure.money import Money, money
from sim.measure.telling import StationStays, in_window, observed
from sim.planning.plan import NEVER, UNLIMITED, IntArray, Kind
from sim.scenario.scenario import Scenario
from sim.trace import Outcome

UNDER_WAY = "under-way"  # of a truck that neither stands at a station nor waits for one


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The largest number at one time in the window, and when it was first reached."""

    what: str  # "backlog export", "backlog import", "inside" or "road km"
    key: str  # gate ("" = all), or station
    peak: float
    at: int  # [ms]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Server time of each station in the window. [ms], shape (n_stations,)"""

    working: IntArray  # overtime included
    duty: IntArray  # servers on duty; -1 = unlimited or none
    open: IntArray  # any server on duty


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMeasures:
    """What the tables need of one replication."""

    replication: int
    axes: Axes
    n_trucks: int  # all that came before the end, warm-up included
    waits: Spread  # waiting, by station, and of the whole stay (station ALL)
    times: Spread  # time in the station, and from arrival to departure
    crossed: Sums  # date, gate, direction, cargo
    backlog: IntArray  # intended gate (last: none), direction, hour
    waiting: IntArray  # trucks standing waiting for each station, shape (n_stations, n_hours)
    inside: IntArray  # trucks in each station
    standing: IntArray  # trucks standing on each station that is a road
    peaks: tuple[Peak, ...]
    work: Work
    inside_at_end: Sums  # gate, direction, cargo, station (n_stations = under way)
    outcomes: Sums  # gate, direction, cargo, outcome, reason
    causes: Sums  # gate, direction, cargo, station, cause: [ms] waited by the trucks that arrived in the window
    waited_ms: int  # all that they waited, for any station
    money: Money
    bookings: Bookings


def measure(lives: Lives, scenario: Scenario) -> RunMeasures:
    """The measures of one replication of a scenario."""
    ax = axes(lives.plan, scenario)
    if not np.array_equal(lives.hours, ax.hours):
        lives = replace(lives, hours=ax.hours)
    crowds = lives.crowds
    intended = keys_of(lives, ax, intended=True)
    keys = keys_of(lives, ax, intended=False)
    waits, times = spreads(keys, [_whole_stays(lives), lives.told.stays])
    return RunMeasures(
        replication=lives.plan.replication,
        axes=ax,
        n_trucks=int(np.count_nonzero(lives.plan.trucks.arrived < lives.plan.ends)),
        waits=waits,
        times=times,
        crossed=_crossed(lives, ax, keys),
        backlog=_backlog(lives, ax, intended),
        waiting=crowds.waiting.by_hour,
        inside=crowds.inside.by_hour,
        standing=crowds.standing.by_hour,
        peaks=(*_backlog_peaks(lives, ax, intended), *_station_peaks(ax, crowds)),
        work=_work(lives),
        inside_at_end=_inside_at_end(lives, keys),
        outcomes=_outcomes(lives, keys),
        causes=_causes(lives, keys),
        waited_ms=lives.told.waited_ms,
        money=money(lives, scenario, keys, in_window(lives.plan)),
        bookings=bookings(lives.plan),
    )


def keys_of(lives: Lives, ax: Axes, *, intended: bool) -> Keys:
    """Gate, direction and cargo of each truck; the gate it crossed unless the one it intended is asked for."""
    trucks, programs = lives.plan.trucks, lives.plan.network.layout.programs
    planned = np.array(ax.flow_gate or (-1,), np.int64)[trucks.flow]
    way = np.array([p.gate for p in programs] or [-1], np.int64)[trucks.program]
    gate = np.where(planned >= 0, planned, way)
    if not intended:
        gate = np.where(lives.fates.gate >= 0, lives.fates.gate, gate)
    direction = np.array(ax.flow_direction or (0,), np.int64)[trucks.flow]
    return Keys(gate=gate, direction=direction, cargo=trucks.cargo.astype(np.int64))


# ------------------------------------------------------------------------------------------------ waits


def _whole_stays(lives: Lives) -> StationStays:
    """Trucks that count, how long each waited and stayed until it departed, and whether it did not cross."""
    fates, ends = lives.fates, lives.plan.ends
    came_to_wait = (fates.outcome == Outcome.CROSSED) | (fates.outcome == Outcome.INSIDE) | (lives.waited > 0)
    who = np.flatnonzero(in_window(lives.plan) & came_to_wait)
    departed, still_there = fates.departed[who], fates.outcome[who] != Outcome.CROSSED
    return StationStays(
        truck=who.astype(np.int32), station=np.full(len(who), -1, np.int32), waited=lives.waited[who],
        lasted=np.where(departed == NEVER, ends, departed) - lives.plan.trucks.arrived[who],
        waits_on=still_there, is_there=still_there,
    )  # fmt: skip


# --------------------------------------------------------------------------------- crossings and backlog


def _crossed(lives: Lives, ax: Axes, keys: Keys) -> Sums:
    departed = lives.fates.departed
    start, end = ax.window
    who = np.flatnonzero((lives.fates.outcome == Outcome.CROSSED) & (departed >= start) & (departed < end))
    return keys.sums(who, before=(ax.date(departed[who]),))


def _backlog(lives: Lives, ax: Axes, intended: Keys) -> IntArray:
    """Trucks that had arrived and not departed at each full hour. shape (n_gates + 1, 2, n_hours); last gate: none"""
    n_hours, n_gates = len(ax.hours), len(ax.gates)
    shape = (n_gates + 1, len(DIRECTIONS), n_hours + 1)
    group = np.where(intended.gate < 0, n_gates, intended.gate) * len(DIRECTIONS) + intended.direction
    came = lives.plan.trucks.arrived < lives.plan.ends
    gone = lives.fates.departed != NEVER
    change = _hour_counts(ax, group[came], lives.plan.trucks.arrived[came], shape)
    change -= _hour_counts(ax, group[gone], lives.fates.departed[gone], shape)
    return np.cumsum(change, axis=2)[:, :, :n_hours]


def _hour_counts(ax: Axes, group: IntArray, time: IntArray, shape: tuple[int, int, int]) -> IntArray:
    """How many of each group happen after one full hour and not after the next."""
    n_hours = shape[2] - 1
    first = int(ax.hours[0]) if n_hours else 0
    hour = np.clip(-((first - time) // HOUR), 0, n_hours)
    return np.bincount(group * shape[2] + hour, minlength=shape[0] * shape[1] * shape[2]).reshape(shape)


def _backlog_peaks(lives: Lives, ax: Axes, intended: Keys) -> list[Peak]:
    """Peaks of all trucks by direction, and of those for each gate."""
    n = len(DIRECTIONS)
    group = (intended.gate + 1) * n + intended.direction
    arrived, departed = lives.plan.trucks.arrived, lives.fates.departed
    came, gone = np.flatnonzero(arrived < lives.plan.ends), np.flatnonzero(departed != NEVER)
    who, time = np.concatenate([came, gone]), np.concatenate([arrived[came], departed[gone]])
    by_group = peaks(group[who], time, len(came), ax.window, (len(ax.gates) + 1) * n, n)
    found = []
    for number, (peak, at) in enumerate([*by_group[-n:], *by_group[n:-n]]):
        what, key = f"backlog {DIRECTIONS[number % n]}", ("", *ax.gates)[number // n]
        found.append(Peak(what=what, key=key, peak=peak, at=at))
    return found


# --------------------------------------------------------------------------------------------- stations


def _station_peaks(ax: Axes, crowds: Crowds) -> list[Peak]:
    found = []
    for key, peak, at in zip(ax.stations, crowds.inside.peak.tolist(), crowds.inside.peak_at.tolist(), strict=True):
        found.append(Peak(what="inside", key=key, peak=peak, at=at))
    standing = crowds.standing.peak.tolist(), crowds.standing.peak_at.tolist()
    for key, km, peak, at in zip(ax.stations, ax.road_km, *standing, strict=True):
        if km > 0:
            found.append(Peak(what="road km", key=key, peak=peak * km, at=at))
    return found


def _work(lives: Lives) -> Work:
    network, layout = lives.plan.network, lives.plan.network.layout
    (start, end), n = lives.plan.window, len(layout.stations)
    works = np.flatnonzero((network.steps["kind"] == Kind.WORK) & (network.steps["server"] >= 0))
    working = np.zeros(n, np.int64)
    np.add.at(working, layout.resource_station[network.steps["server"][works]], lives.told.spent_in_step[works])
    _, resource, from_, to = np.ascontiguousarray(lives.trace.paused.reshape(-1, 4).T)
    working -= time_within(layout.resource_station[resource], from_, to, observed(lives.plan), n)
    duty, opened = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    capacity = lives.capacity
    for station in range(n):
        own = [r for r in np.flatnonzero(layout.resource_is_server) if layout.resource_station[r] == station]
        if own:
            servers = together([capacity[r] for r in own])
            limited = int(servers.value.max()) < UNLIMITED
            duty[station] = servers.integral(start, end) if limited else -1
            opened[station] = Count(time=servers.time, value=(servers.value > 0).astype(np.int64)).integral(start, end)
    return Work(working=working, duty=duty, open=opened)


# ---------------------------------------------------------------------------------------------- fates


def _inside_at_end(lives: Lives, keys: Keys) -> Sums:
    """Trucks inside when the run ended, by where they were: the station they were in last, else waited for last."""
    who = np.flatnonzero((lives.fates.outcome == Outcome.INSIDE) & (lives.plan.trucks.arrived < lives.plan.ends))
    return keys.sums(who, after=(lives.told.last_at[who],))


def _outcomes(lives: Lives, keys: Keys) -> Sums:
    who = np.flatnonzero(in_window(lives.plan))
    return keys.sums(who, after=(lives.fates.outcome[who], lives.fates.reason[who]))


def _causes(lives: Lives, keys: Keys) -> Sums:
    number, groups = keys.numbered
    sums = added_up(lives, np.where(in_window(lives.plan), number, -1), len(groups))
    group, station, cause = np.nonzero(sums)
    key = np.concatenate([groups[group], np.stack([station, cause], axis=1)], axis=1)
    return Sums(key=key, value=sums[group, station, cause])
