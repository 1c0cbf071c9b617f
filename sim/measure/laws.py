"""The laws that every run must obey, held against the lives of its trucks. A broken one is an error of the program."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.measure.broken import BrokenLaw
from sim.measure.counts import Count, counted, tally
from sim.measure.lives import Lives
from sim.measure.reading import Stays, stays, units_of
from sim.measure.telling import observed
from sim.planning.large import compiled_pays
from sim.planning.plan import NEVER, UNLIMITED, Change, Closing, IntArray, Kind
from sim.planning.sorting import stable_order

if TYPE_CHECKING:
    from sim.measure.metrics import RunMeasures


def check(lives: Lives) -> None:
    """Hold a run against the laws. Raises BrokenLaw with the law, the station, the time and the truck.

    That no wait is negative and no truck is lost on its way was seen when its life was read. Where a sweep that counted
    the crowds of a large run has seen that a law holds, it is not looked at again; if it saw that one is broken, it is
    found here which.
    """
    _conserved(lives)
    _capacities_kept(lives)
    _fits(lives)
    _first_come(lives)
    _little(lives)


def checked_line(runs: Sequence["RunMeasures"]) -> str:
    """What a run says of its laws, once check() has let every replication pass."""
    trucks, stations = sum(run.n_trucks for run in runs), len(runs[0].axes.stations)
    each = "1 replication" if len(runs) == 1 else f"{len(runs)} replications"
    at = "1 station" if stations == 1 else f"{stations} stations"
    return (
        f"Laws hold in {each}: {trucks:,} trucks conserved; servers, calendars and places kept, first come within each "
        f"file, no negative wait, and Little's law to the millisecond at {at}"
    )


# -------------------------------------------------------------------------------------------- trucks


def _conserved(lives: Lives) -> None:
    """Who came is there or has left: at every station at all times, and for every unit at the end."""
    layout, fates = lives.plan.network.layout, lives.fates
    if not lives.crowds.sound:
        _more_came(lives)
    held = np.zeros(len(layout.resource_station), np.int64)
    for step, n in fates.standing():
        np.add.at(held, list(layout.held[step]) if not _leaves(lives, step) else [], n)
    for resource, there in enumerate(lives.crowds.taken_at_end.tolist()):
        if there != held[resource]:
            what = f"{there} units are taken at the end, but trucks stand where {held[resource]} are held"
            raise BrokenLaw("trucks conserved", what, station=_station(lives, resource), time=lives.plan.ends)


def _more_came(lives: Lives) -> None:
    visits = lives.visits
    for station, count in zip(lives.plan.network.layout.stations, lives.occupancy.inside, strict=True):
        wrong = np.flatnonzero(count.value < 0)
        if len(wrong):
            number, time = lives.plan.network.layout.stations.index(station), int(count.time[wrong[0]])
            who = _truck_at(lives, visits.truck, (visits.station == number) & (visits.left == time))
            raise BrokenLaw("trucks conserved", "more left than came", station=station, time=time, truck=who)


def _leaves(lives: Lives, step: int) -> bool:
    return bool(lives.plan.network.steps["next"][step] < 0 and lives.plan.network.steps["outcome"][step] >= 0)


def _first_come(lives: Lives) -> None:
    """In each file nobody who joined later goes on before somebody who joined earlier and was not out of patience.

    Where those that perish soonest stand before, this holds among equal keys.
    """
    steps = lives.plan.network.steps
    unseen = (steps["kind"] == Kind.ASK) & ((steps["key"] >= 0) | (not lives.crowds.sound))
    if not unseen.any():
        return
    waits = stays(lives.moments, unseen)
    options = (steps["option_to"] - steps["option_from"])[waits.step]
    stood = np.flatnonzero(waits.exit <= options)  # the last exit is that of patience
    base = int(waits.begin.min(initial=0))
    shift = (lives.plan.ends - base).bit_length()
    since = (_files(lives, waits)[stood] << shift) - base
    joined = since + waits.begin[stood]
    over = since + np.where(waits.end[stood] == NEVER, lives.plan.ends, waits.end[stood])
    order = stable_order(joined)
    wrong = _first_overtaking(order, joined, over)
    if wrong >= 0:
        stay = stood[order[wrong]]
        raise BrokenLaw(
            "first come within each file", "it went on before a truck that had joined earlier",
            station=_queue_station(lives, int(waits.step[stay])), time=int(waits.end[stay]),
            truck=int(lives.plan.trucks.id[waits.truck[stay]]),
        )  # fmt: skip


def _first_overtaking(order: IntArray, joined: IntArray, over: IntArray) -> int:
    """The first in order of joining that goes on before one that joined earlier; -1 = none does."""
    if compiled_pays(len(order)):
        from sim.measure.compiled import first_overtaking  # noqa: PLC0415  needs Numba, which only large runs load

        return int(first_overtaking(order, joined, over))
    joined, over = joined[order], over[order]
    first = np.append(True, joined[1:] != joined[:-1])[: len(joined)]  # of those that joined a file at one instant
    # of all before; files follow one another, and later ones are larger
    latest = np.append(-1, np.maximum.accumulate(over))
    before = np.maximum.accumulate(np.where(first, np.arange(len(over)), 0))
    wrong = np.flatnonzero(latest[before] > over)
    return int(wrong[0]) if len(wrong) else -1


def _files(lives: Lives, waits: Stays) -> IntArray:
    """A number for the file of each wait, and for its key where that counts. shape (n_waits,)"""
    steps, trucks = lives.plan.network.steps, lives.plan.trucks
    file, key_slot = steps["file"][waits.step].astype(np.int64), steps["key"][waits.step]
    keyed = np.flatnonzero(key_slot >= 0)
    if len(keyed):
        key = np.zeros(len(file), np.int64)
        key[keyed] = trucks.work[trucks.work_at[waits.truck[keyed]] + key_slot[keyed]]
        file = np.unique(np.stack([file, key], axis=1), axis=0, return_inverse=True)[1].reshape(-1)
    return file


# ------------------------------------------------------------------------------ servers, places, hours


def _capacities_kept(lives: Lives) -> None:
    """Whoever is granted a unit finds one free; places are never exceeded; who is paused is not worked on."""
    network, crowds = lives.plan.network, lives.crowds
    for resource, row in enumerate(network.resources):
        allowed, elastic = lives.capacity[resource], row["closing"] in (Closing.HANDOVER, Closing.PAUSE)
        if int(allowed.value.max()) >= UNLIMITED or (crowds.sound and not elastic):
            continue
        used = crowds.in_use[resource] if elastic else lives.in_use[resource]
        if not len(used.time):
            continue
        if row["closing"] == Closing.HANDOVER:
            _teams_kept(lives, resource, allowed)
        elif row["closing"] == Closing.PAUSE:
            paused = _paused(lives, resource)
            _not_more(lives, resource, used.time[used.came], (used.value - paused.at(used.time))[used.came], allowed)
            _worked_on(lives, resource, paused, allowed)
        else:
            when = used.came if network.layout.resource_is_server[resource] else slice(None)
            _not_more(lives, resource, used.time[when], used.value[when], allowed)


def _not_more(lives: Lives, resource: int, times: IntArray, used: IntArray, capacity: Count) -> None:
    wrong = np.flatnonzero(used > capacity.at(times))
    if not len(wrong):
        return
    time, allowed = int(times[wrong[0]]), int(capacity.at(times[wrong[:1]])[0])
    server = lives.plan.network.layout.resource_is_server[resource]
    law = "servers and calendar kept" if server else "places kept"
    units = lives.units
    who = _truck_at(lives, units.truck, (units.resource == resource) & (units.time == time) & (units.taken > 0))
    what = f"{int(used[wrong[0]])} {'servers' if server else 'places'} in use of {allowed}"
    raise BrokenLaw(law, what, station=_station(lives, resource), time=time, truck=who)


def _worked_on(lives: Lives, resource: int, paused: Count, capacity: Count) -> None:
    """Where service pauses, no more trucks are worked on than there are servers, ever."""
    here = lives.plan.network.steps["server"] == resource
    works = stays(lives.moments, here & (lives.plan.network.steps["kind"] == Kind.WORK))
    serving = counted(np.zeros(len(works.truck), np.int64), works.begin, works.end, 1)[0]
    times = np.unique(np.concatenate([serving.time, paused.time, capacity.time]))
    _not_more(lives, resource, times, serving.at(times) - paused.at(times), capacity)


def _paused(lives: Lives, resource: int) -> Count:
    rows = lives.trace.paused.reshape(-1, 4)
    own = rows[rows[:, 1] == resource]
    return counted(np.zeros(len(own), np.int64), own[:, 2], own[:, 3], 1)[0]


def _teams_kept(lives: Lives, resource: int, capacity: Count) -> None:
    """Where a new team takes over, each team has no more trucks than servers whenever it is granted one."""
    changes = lives.plan.network.changes
    units = units_of(lives.moments, np.arange(len(lives.plan.network.resources)) == resource)
    shifts = changes["time"][(changes["what"] == Change.SHIFT) & (changes["target"] == resource)]
    team = np.searchsorted(shifts, units.time, side="right")
    given = np.flatnonzero(units.taken < 0)
    team[given] = team[given - 1]  # a truck gives up what it took last
    counts = tally(team, units.time, units.taken, len(shifts) + 1)
    for count in counts:
        _not_more(lives, resource, count.time[count.came], count.value[count.came], capacity)


def _fits(lives: Lives) -> None:
    """Where only what can be finished is begun, nothing granted goes beyond the next closing."""
    network, trucks = lives.plan.network, lives.plan.trucks
    steps, fits = network.steps, np.append(0, np.cumsum(network.options["fits"] >= 0))
    asks = (steps["kind"] == Kind.ASK) & (fits[steps["option_to"]] > fits[steps["option_from"]])
    if not asks.any():
        return
    waits = stays(lives.moments, asks)
    granted = (waits.end != NEVER) & (waits.exit < (steps["option_to"] - steps["option_from"])[waits.step])
    stood = np.flatnonzero(granted)
    option = network.options[steps["option_from"][waits.step[stood]] + waits.exit[stood]]
    stood, option = stood[option["fits"] >= 0], option[option["fits"] >= 0]
    server, begin = network.units[option["need_from"]], waits.end[stood]
    done = begin + trucks.work[trucks.work_at[waits.truck[stood]] + option["fits"]]
    for resource in np.unique(server).tolist():
        own = server == resource
        until = _next_closing(lives, resource).at(begin[own])
        wrong = np.flatnonzero((until != NEVER) & (done[own] > until))
        if len(wrong):
            stay = stood[own][wrong[0]]
            raise BrokenLaw("servers and calendar kept", "a service began that does not fit before closing",
                            station=_station(lives, resource), time=int(waits.end[stay]),
                            truck=int(trucks.id[waits.truck[stay]]))  # fmt: skip


def _next_closing(lives: Lives, resource: int) -> Count:
    network = lives.plan.network
    row, changes = network.resources[resource], network.changes
    own = changes[np.isin(changes["what"], (Change.CAPACITY, Change.SHIFT)) & (changes["target"] == resource)]
    time = np.append(np.int64(lives.plan.starts), own["time"])
    final = np.append(time[1:] != time[:-1], True)
    return Count(time=time[final], value=np.append(row["until"], own["until"])[final])


# --------------------------------------------------------------------------------------------- Little


def _little(lives: Lives) -> None:
    """Time trucks spent at each station in the window = its published occupancy, integrated."""
    layout, told, published = lives.plan.network.layout, lives.told, lives.crowds
    station = lives.ways.wait_station
    stood = np.zeros(len(layout.stations), np.int64)
    np.add.at(stood, station[station >= 0], told.spent_in_step[station >= 0])
    for what, spent, crowd in (("inside", told.spent_inside, published.inside), ("waiting", stood, published.waiting)):
        for number in np.flatnonzero(spent != crowd.total).tolist():
            found = f"trucks spent {spent[number]} ms {what}, the occupancy adds up to {crowd.total[number]} ms"
            raise BrokenLaw("Little's law", found, station=layout.stations[number], time=observed(lives.plan)[1])


# ---------------------------------------------------------------------------------------------- names


def _station(lives: Lives, resource: int) -> str:
    layout = lives.plan.network.layout
    return str(layout.stations[layout.resource_station[resource]])


def _queue_station(lives: Lives, step: int) -> str:
    layout = lives.plan.network.layout
    return str(layout.stations[layout.queue_station[lives.plan.network.steps["queue"][step]]])


def _truck_at(lives: Lives, truck: npt.NDArray[np.integer], which: npt.NDArray[np.bool_]) -> int | None:
    found = np.flatnonzero(which)
    return int(lives.plan.trucks.id[truck[found[0]]]) if len(found) else None
