"""One replication measured: everything the tables need of it, and nothing of the size of the Trace.

Which trucks count is decided here: waits are those of trucks that arrived inside the measured window, with
what they have waited so far if they are still there at the end; crossings, backlogs and occupancies are those
that fall into the window, whenever the truck arrived.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.measure.axes import DIRECTIONS, HOUR, Axes, axes
from sim.measure.bookings import Bookings, bookings
from sim.measure.calendar import capacities, together
from sim.measure.causes import causes
from sim.measure.counts import Count, tally, time_within
from sim.measure.groups import Keys, Spread, Sums, numbered, spreads, sums_by
from sim.measure.large import compiled_pays
from sim.measure.lives import Lives
from sim.measure.money import Money, money
from sim.measure.occupancy import Occupancy
from sim.planning.plan import NEVER, UNLIMITED, IntArray
from sim.planning.sorting import stable_order
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
    intended = keys_of(lives, ax, intended=True)
    keys = keys_of(lives, ax, intended=False)
    waits, times = _waits(lives, keys)
    return RunMeasures(
        replication=lives.plan.replication,
        axes=ax,
        n_trucks=int(np.count_nonzero(lives.plan.trucks.arrived < lives.plan.ends)),
        waits=waits,
        times=times,
        crossed=_crossed(lives, ax, keys),
        backlog=_backlog(lives, ax, intended),
        waiting=_by_hour(lives.occupancy.waiting, ax),
        inside=_by_hour(lives.occupancy.inside, ax),
        standing=_by_hour(lives.occupancy.standing, ax),
        peaks=(*_backlog_peaks(lives, ax, intended), *_station_peaks(ax, lives.occupancy)),
        work=_work(lives),
        inside_at_end=_inside_at_end(lives, keys),
        outcomes=_outcomes(lives, keys),
        causes=_causes(lives, keys),
        waited_ms=int(lives.visits.waited[in_window(lives)[lives.visits.truck]].sum()),
        money=money(lives, scenario, keys, in_window(lives)),
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


def in_window(lives: Lives) -> npt.NDArray[np.bool_]:
    """Whether each truck arrived in the measured window. shape (n_trucks,)"""
    start, end = lives.plan.window
    arrived = lives.plan.trucks.arrived
    return (arrived >= start) & (arrived < min(end, lives.plan.ends))


# ------------------------------------------------------------------------------------------------ waits


def _waits(lives: Lives, keys: Keys) -> tuple[Spread, Spread]:
    """Waits and times by station and of the whole stay."""
    who, wait, time, censored = _whole_stays(lives)
    visit, in_station, still_waiting, still_there = _station_stays(lives)
    station = np.concatenate([np.full(len(who), -1), lives.visits.station[visit]])
    trucks = np.concatenate([who, lives.visits.truck[visit]])
    waits = np.concatenate([wait, lives.visits.waited[visit]])
    times = np.concatenate([time, in_station])
    found = spreads(
        keys,
        trucks,
        station,
        [(waits, np.concatenate([censored, still_waiting])), (times, np.concatenate([censored, still_there]))],
    )
    return found[0], found[1]


def _whole_stays(lives: Lives) -> tuple[IntArray, IntArray, IntArray, npt.NDArray[np.bool_]]:
    """Trucks that count, how long each waited and stayed until it departed [ms], and whether it did not cross."""
    fates, ends = lives.fates, lives.plan.ends
    until = np.where(fates.departed == NEVER, ends, fates.departed)
    waited = lives.waited
    came_to_wait = (fates.outcome == Outcome.CROSSED) | (fates.outcome == Outcome.INSIDE) | (waited > 0)
    who = np.flatnonzero(in_window(lives) & came_to_wait)
    return who, waited[who], (until - lives.plan.trucks.arrived)[who], (fates.outcome != Outcome.CROSSED)[who]


StationStays = tuple[IntArray, IntArray, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]


def _station_stays(lives: Lives) -> StationStays:
    """Visits that count, how long each lasted [ms], whether its wait was not over, and whether the visit was not."""
    visits, ends = lives.visits, lives.plan.ends
    stands = np.zeros(len(visits.truck), np.bool_)
    stands[lives.waits.visit[lives.waits.end == NEVER]] = True
    if compiled_pays(len(stands)):
        return _station_stays_compiled(lives, stands)
    got_in = (visits.entered != NEVER) | (visits.started != NEVER)
    counts = in_window(lives)[visits.truck] & (got_in | stands | (visits.waited > 0)) & (visits.joined != NEVER)
    visit = np.flatnonzero(counts)
    left, there = visits.left[visit], (got_in | stands)[visit]
    gave_up = visits.joined[visit] + visits.waited[visit]
    until = np.where(left != NEVER, left, np.where(there, ends, gave_up))
    waiting_on = stands[visit] | ~there
    return visit, until - visits.joined[visit], waiting_on, left == NEVER


def _station_stays_compiled(lives: Lives, stands: npt.NDArray[np.bool_]) -> StationStays:
    """The same in one pass, for many visits."""
    from sim.measure.compiled import station_stays  # noqa: PLC0415  needs Numba, which only large runs load

    v, n = lives.visits, len(stands)
    found = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.bool_), np.empty(n, np.bool_)
    size = station_stays(
        v.truck, v.joined, v.entered, v.started, v.left, v.waited, stands, in_window(lives), lives.plan.ends, *found
    )
    return found[0][:size], found[1][:size], found[2][:size], found[3][:size]


# --------------------------------------------------------------------------------- crossings and backlog


def _crossed(lives: Lives, ax: Axes, keys: Keys) -> Sums:
    departed = lives.fates.departed
    start, end = ax.window
    who = np.flatnonzero((lives.fates.outcome == Outcome.CROSSED) & (departed >= start) & (departed < end))
    own = keys.take(who)
    return sums_by((ax.date(departed[who]), own.gate, own.direction, own.cargo))


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
    came = np.flatnonzero(lives.plan.trucks.arrived < lives.plan.ends)
    gone = np.flatnonzero(lives.fates.departed != NEVER)
    time = np.concatenate([lives.plan.trucks.arrived[came], lives.fates.departed[gone]])
    sign = np.repeat(np.array([1, -1]), (len(came), len(gone)))
    who = np.concatenate([came, gone])
    group = (intended.gate[who] + 1) * len(DIRECTIONS) + intended.direction[who]
    everyone = tally(intended.direction[who], time, sign, len(DIRECTIONS))
    by_gate = tally(group, time, sign, (len(ax.gates) + 1) * len(DIRECTIONS))[len(DIRECTIONS) :]
    found = []
    for number, count in enumerate([*everyone, *by_gate]):
        peak, at = count.peak(*ax.window)
        key = ("", *ax.gates)[number // len(DIRECTIONS)]
        found.append(Peak(what=f"backlog {DIRECTIONS[number % len(DIRECTIONS)]}", key=key, peak=peak, at=at))
    return found


# --------------------------------------------------------------------------------------------- stations


def _by_hour(counts: list[Count], ax: Axes) -> IntArray:
    return np.array([count.at(ax.hours) for count in counts], np.int64).reshape(len(counts), len(ax.hours))


def _station_peaks(ax: Axes, found_in: Occupancy) -> list[Peak]:
    found = []
    for key, count in zip(ax.stations, found_in.inside, strict=True):
        peak, at = count.peak(*ax.window)
        found.append(Peak(what="inside", key=key, peak=peak, at=at))
    for key, km, count in zip(ax.stations, ax.road_km, found_in.standing, strict=True):
        if km > 0:
            peak, at = count.peak(*ax.window)
            found.append(Peak(what="road km", key=key, peak=peak * km, at=at))
    return found


def _work(lives: Lives) -> Work:
    network, layout = lives.plan.network, lives.plan.network.layout
    start, end = lives.plan.window
    works, n = lives.works, len(layout.stations)
    observed = (start, max(start, min(end, lives.plan.ends)))
    server = network.steps["server"]
    station_of = np.where(server >= 0, np.append(layout.resource_station, -1)[server], -1)
    working = time_within(station_of[works.step], works.begin, works.end, observed, n)
    _, resource, from_, to = np.ascontiguousarray(lives.trace.paused.reshape(-1, 4).T)
    working -= time_within(layout.resource_station[resource], from_, to, observed, n)
    duty, opened = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    capacity = capacities(lives.plan)
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
    visits, fates = lives.visits, lives.fates
    n_stations = len(lives.plan.network.layout.stations)
    at = np.full(len(fates.outcome), n_stations, np.int64)
    open_waits = lives.waits.end == NEVER
    at[lives.waits.truck[open_waits]] = visits.station[lives.waits.visit[open_waits]]
    entered = visits.inside_from
    here = np.flatnonzero((entered != NEVER) & (visits.left == NEVER))
    here = here[fates.outcome[visits.truck[here]] == Outcome.INSIDE]
    here = here[stable_order(entered[here])]
    at[visits.truck[here]] = visits.station[here]
    who = np.flatnonzero((fates.outcome == Outcome.INSIDE) & (lives.plan.trucks.arrived < lives.plan.ends))
    own = keys.take(who)
    return sums_by((own.gate, own.direction, own.cargo, at[who]))


def _outcomes(lives: Lives, keys: Keys) -> Sums:
    who = np.flatnonzero(in_window(lives))
    own = keys.take(who)
    return sums_by((own.gate, own.direction, own.cargo, lives.fates.outcome[who], lives.fates.reason[who]))


def _causes(lives: Lives, keys: Keys) -> Sums:
    found = causes(lives)
    number, groups = numbered(keys)
    number[~in_window(lives)] = -1
    station = lives.visits.station[lives.waits.visit[found.wait]]
    sums = sums_by((number[lives.waits.truck[found.wait]], station, found.cause), found.length)
    counts = sums.key[:, 0] >= 0
    key = np.concatenate([groups[sums.key[counts, 0]], sums.key[counts, 1:]], axis=1)
    return Sums(key=key, value=sums.value[counts])
