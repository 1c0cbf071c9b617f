"""The laws that every run must obey, held against the lives of its trucks. A broken one is an error of the program."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.measure.broken import BrokenLaw
from sim.measure.calendar import capacities
from sim.measure.counts import Count, counted, tally, time_within
from sim.measure.large import compiled_pays
from sim.measure.lives import Lives
from sim.planning.plan import NEVER, UNLIMITED, Change, Closing, IntArray
from sim.planning.sorting import stable_order

if TYPE_CHECKING:
    from sim.measure.metrics import RunMeasures


def check(lives: Lives) -> None:
    """Hold a run against the laws. Raises BrokenLaw with the law, the station, the time and the truck.

    That no wait is negative and no truck is lost on its way was seen when its life was read.
    """
    capacity = capacities(lives.plan)
    _conserved(lives)
    _capacities_kept(lives, capacity)
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
    layout, fates, visits = lives.plan.network.layout, lives.fates, lives.visits
    for number, count in enumerate(lives.occupancy.inside):
        wrong = np.flatnonzero(count.value < 0)
        if len(wrong):
            who = _truck_at(lives, visits.truck, (visits.station == number) & (visits.left == count.time[wrong[0]]))
            raise BrokenLaw("trucks conserved", "more left than came", station=layout.stations[number],
                            time=int(count.time[wrong[0]]), truck=who)  # fmt: skip
    last, trucks = np.unique(fates.step[fates.step >= 0], return_counts=True)
    held = np.zeros(len(layout.resource_station), np.int64)
    for step, n in zip(last.tolist(), trucks.tolist(), strict=True):
        np.add.at(held, list(layout.held[step]) if not _leaves(lives, step) else [], n)
    for resource, count in enumerate(lives.in_use):
        there = int(count.value[-1]) if len(count.value) else 0
        if there != held[resource]:
            what = f"{there} units are taken at the end, but trucks stand where {held[resource]} are held"
            raise BrokenLaw("trucks conserved", what, station=_station(lives, resource), time=lives.plan.ends)


def _leaves(lives: Lives, step: int) -> bool:
    return bool(lives.plan.network.steps["next"][step] < 0 and lives.plan.network.steps["outcome"][step] >= 0)


def _first_come(lives: Lives) -> None:
    """In each file nobody who joined later goes on before somebody who joined earlier and was not out of patience.

    Where those that perish soonest stand before, this holds among equal keys.
    """
    steps, waits = lives.plan.network.steps, lives.waits
    options = (steps["option_to"] - steps["option_from"])[waits.step]
    stays = np.flatnonzero(waits.exit <= options)  # the last exit is that of patience
    base = int(waits.begin.min(initial=0))
    shift = (lives.plan.ends - base).bit_length()
    since = (_files(lives)[stays] << shift) - base
    joined = since + waits.begin[stays]
    over = since + np.where(waits.end[stays] == NEVER, lives.plan.ends, waits.end[stays])
    order = stable_order(joined)
    wrong = _first_overtaking(order, joined, over)
    if wrong >= 0:
        stay = stays[order[wrong]]
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


def _files(lives: Lives) -> IntArray:
    """A number for the file of each wait, and for its key where that counts. shape (n_waits,)"""
    steps, waits, trucks = lives.plan.network.steps, lives.waits, lives.plan.trucks
    file, key_slot = steps["file"][waits.step].astype(np.int64), steps["key"][waits.step]
    keyed = np.flatnonzero(key_slot >= 0)
    if len(keyed):
        key = np.zeros(len(file), np.int64)
        key[keyed] = trucks.work[trucks.work_at[waits.truck[keyed]] + key_slot[keyed]]
        file = np.unique(np.stack([file, key], axis=1), axis=0, return_inverse=True)[1].reshape(-1)
    return file


# ------------------------------------------------------------------------------ servers, places, hours


def _capacities_kept(lives: Lives, capacity: list[Count]) -> None:
    """Whoever is granted a unit finds one free; places are never exceeded; who is paused is not worked on."""
    network = lives.plan.network
    for resource, row in enumerate(network.resources):
        used, allowed = lives.in_use[resource], capacity[resource]
        if int(allowed.value.max()) >= UNLIMITED or not len(used.time):
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
    works = lives.works
    own = np.flatnonzero(lives.plan.network.steps["server"][works.step] == resource)
    serving = counted(np.zeros(len(own), np.int64), works.begin[own], works.end[own], 1)[0]
    times = np.unique(np.concatenate([serving.time, paused.time, capacity.time]))
    _not_more(lives, resource, times, serving.at(times) - paused.at(times), capacity)


def _paused(lives: Lives, resource: int) -> Count:
    rows = lives.trace.paused.reshape(-1, 4)
    own = rows[rows[:, 1] == resource]
    return counted(np.zeros(len(own), np.int64), own[:, 2], own[:, 3], 1)[0]


def _teams_kept(lives: Lives, resource: int, capacity: Count) -> None:
    """Where a new team takes over, each team has no more trucks than servers whenever it is granted one."""
    units, changes = lives.units, lives.plan.network.changes
    shifts = changes["time"][(changes["what"] == Change.SHIFT) & (changes["target"] == resource)]
    own = np.flatnonzero(units.resource == resource)
    own = own[np.lexsort((units.time[own], units.truck[own]))]
    team = np.searchsorted(shifts, units.time[own], side="right")
    given = np.flatnonzero(units.taken[own] < 0)
    team[given] = team[given - 1]  # a truck gives up what it took last
    counts = tally(team, units.time[own], units.taken[own], len(shifts) + 1)
    for count in counts:
        _not_more(lives, resource, count.time[count.came], count.value[count.came], capacity)


def _fits(lives: Lives) -> None:
    """Where only what can be finished is begun, nothing granted goes beyond the next closing."""
    network, waits, trucks = lives.plan.network, lives.waits, lives.plan.trucks
    if not (network.options["fits"] >= 0).any():
        return
    steps = network.steps
    granted = (waits.end != NEVER) & (waits.exit < (steps["option_to"] - steps["option_from"])[waits.step])
    stays = np.flatnonzero(granted)
    option = network.options[steps["option_from"][waits.step[stays]] + waits.exit[stays]]
    stays, option = stays[option["fits"] >= 0], option[option["fits"] >= 0]
    server, begin = network.units[option["need_from"]], waits.end[stays]
    done = begin + trucks.work[trucks.work_at[waits.truck[stays]] + option["fits"]]
    for resource in np.unique(server).tolist():
        own = server == resource
        until = _next_closing(lives, resource).at(begin[own])
        wrong = np.flatnonzero((until != NEVER) & (done[own] > until))
        if len(wrong):
            stay = stays[own][wrong[0]]
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
    visits, waits, ends, published = lives.visits, lives.waits, lives.plan.ends, lives.occupancy
    start, end = lives.plan.window
    end = min(end, ends)
    n = len(lives.plan.network.layout.stations)
    spent = time_within(visits.station, visits.inside_from, visits.left, (start, end), n)
    stood = time_within(visits.station[waits.visit], waits.begin, waits.end, (start, end), n)
    for number, station in enumerate(lives.plan.network.layout.stations):
        for what, clipped, count in (("inside", spent, published.inside), ("waiting", stood, published.waiting)):
            counted_up = count[number].integral(start, end)
            if counted_up != clipped[number]:
                found = f"trucks spent {clipped[number]} ms {what}, the occupancy adds up to {counted_up} ms"
                raise BrokenLaw("Little's law", found, station=station, time=end)


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
