"""Deadlock: trucks that wait for each other, so that none of them will ever go on."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import numpy as np

from sim.measure.lives import Lives
from sim.measure.wants import Want
from sim.planning.plan import IntArray, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlock:
    """What waits for ever at the end of a run."""

    stations: tuple[str, ...]  # whose units the trucks hold and want, in the order of the scenario
    trucks: tuple[int, ...]  # ids of all trucks that will never go on
    since: int  # [ms] when the ring closed

    def told(self, start: dt.datetime) -> str:
        """In one line, by the clock of a run that starts then."""
        ring, n = " and ".join(self.stations), len(self.trucks)
        closed = (start.astimezone(dt.UTC) + dt.timedelta(milliseconds=self.since)).astimezone(start.tzinfo)
        return f"deadlock at {ring}: {n:,} trucks wait for each other for ever, since {closed:%Y-%m-%d %H:%M}"


def deadlock(lives: Lives) -> Deadlock | None:
    """The deadlock in which a run ended, or None.

    Every truck that does not wait is let finish, then every head of a file that could be granted what it wants with
    units that are free or were held by trucks let finish, and so on; a server that is closed comes back if its
    calendar ever opens. Whoever is left waits for ever.
    """
    kinds, of_step = lives.wants
    moments = lives.moments
    standing = np.flatnonzero(of_step[moments.passages.goes_to[moments.passage[moments.last]]] >= 0)
    last = moments.last[standing]
    if not len(last):
        return None
    step, begin = moments.passages.goes_to[moments.passage[last]], moments.time[last]
    rows = lives.plan.network.steps[step]
    free = _free(lives)
    leaves = (rows["otherwise"] >= 0) | (rows["impatient"] >= 0)  # it goes elsewhere sooner or later, granted or not
    for want in of_step[step[leaves]].tolist():
        free.update(kinds[want].held)
    order = np.lexsort((begin, rows["file"]))
    order = order[~leaves[order]]
    edges = np.flatnonzero(np.diff(rows["file"][order])) + 1
    files = [
        list(zip(last[part].tolist(), of_step[step[part]].tolist(), strict=True)) for part in np.split(order, edges)
    ]
    _let_go(files, kinds, free)
    left = [entry for file in files for entry in file]
    return _described(lives, np.array([stay for stay, _ in left]), [kinds[want] for _, want in left]) if left else None


def _let_go(files: list[list[tuple[int, int]]], kinds: list[Want], free: Counter[int]) -> None:
    """Let heads of files go on and finish while any can; what stays in the files cannot."""
    progress = True
    while progress:
        progress = False
        for file in files:
            gone = 0
            while gone < len(file) and _grantable(kinds[file[gone][1]], free):
                free.update(kinds[file[gone][1]].held)
                gone += 1
            del file[:gone]
            progress |= gone > 0


def _free(lives: Lives) -> Counter[int]:
    """Units of each resource that trucks who wait do not hold, of the most that its calendar ever offers.

    Who waits for a server that is never there in the run waits for a calendar, not for other trucks.
    """
    network = lives.plan.network
    least = network.layout.resource_is_server.astype(int)
    free = Counter({r: max(int(count.value.max()), least[r]) for r, count in enumerate(lives.capacity)})
    for step, n in lives.fates.standing():
        if network.steps["kind"][step] == Kind.ASK:
            free.subtract(dict.fromkeys(network.layout.held[step], n))
    return free


def _grantable(want: Want, free: Counter[int]) -> bool:
    return any(all(free[r] > 0 for r in option.needs) for option in want.options)


def _described(lives: Lives, stays: IntArray, kinds: list[Want]) -> Deadlock:
    """The ring: resources that are held by trucks that want one of the ring's, the sources peeled off."""
    layout = lives.plan.network.layout
    ring = {r for want in kinds for r in want.needs}
    while True:
        wanted = {r for want in kinds if ring & set(want.held) for r in want.needs}
        if ring <= wanted:
            break
        ring &= wanted
    inside = np.array([bool(ring & set(want.held)) for want in kinds], np.bool_)
    chosen = stays[inside] if inside.any() else stays
    places = {int(layout.resource_station[r]) for r in ring}
    found = sorted(places or {int(layout.queue_station[want.queue]) for want in kinds})
    return Deadlock(
        stations=tuple(layout.stations[k] for k in found),
        trucks=tuple(int(t) for t in lives.plan.trucks.id[lives.moments.truck(stays)]),
        since=int(lives.moments.time[chosen].max()),
    )
