"""How many trucks were at each station, over time: what tables and laws need of it, and what causes go back to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.measure.counts import Count, counted
from sim.measure.telling import observed
from sim.measure.wants import compared
from sim.planning.large import compiled_pays
from sim.planning.plan import NEVER, Closing, IntArray

if TYPE_CHECKING:
    from sim.measure.lives import Lives


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Of each of n things: the number there is of it, in short. shape (n,)"""

    total: IntArray  # added up over the window [ms]
    peak: IntArray  # the largest number in the window
    peak_at: IntArray  # [ms] when it was first reached
    by_hour: IntArray  # at each full hour, shape (n, n_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowds:
    """How many trucks waited for each station, were in it, and stood on it if it is a road; and who had which want."""

    waiting: Levels  # its peaks are not asked for
    inside: Levels
    standing: Levels
    wants: list[Count]  # how many had each want, or whether any had, as `fully` says
    in_use: dict[int, Count]  # units of those resources of which they are needed over time
    taken_at_end: IntArray  # units of each resource, shape (n_resources,)
    sound: bool  # it has been seen that no number is below 0, no number of units above what there is, and that first
    #              come holds; but for teams, pauses and files by keys. False = broken, or nobody has looked


def crowds(lives: "Lives") -> Crowds:
    """The crowds of a run; hours are those that the lives were read for."""
    window, resources = observed(lives.plan), needed(lives)
    if compiled_pays(len(lives.moments.time)) and window[0] < window[1]:
        from sim.measure.crowds_compiled import swept  # noqa: PLC0415  needs Numba, which only large runs load

        return swept(lives, resources)
    counts = lives.occupancy
    return Crowds(
        waiting=levels(counts.waiting, window, lives.hours),
        inside=levels(counts.inside, window, lives.hours),
        standing=levels(counts.standing, window, lives.hours),
        wants=_wants(lives),
        in_use={r: lives.in_use[r] for r in resources},
        taken_at_end=np.array([count.value[-1] if len(count.value) else 0 for count in lives.in_use], np.int64),
        sound=False,
    )


def needed(lives: "Lives") -> list[int]:
    """Resources whose units over time decide about causes, or about laws that no sweep can see to."""
    closing = lives.plan.network.resources["closing"]
    elastic = np.flatnonzero((closing == Closing.HANDOVER) | (closing == Closing.PAUSE)).tolist()
    return sorted({*elastic}.union(*compared(lives.wants[0], lives.plan.network.layout)))


def fully(lives: "Lives") -> set[int]:
    """Wants of which it must be known how many have them; of others, whether any has.

    Those of trucks that hold servers on which others wait: the server is at work unless all who hold it wait.
    """
    kinds = lives.wants[0]
    _, blockable = compared(kinds, lives.plan.network.layout)
    return {number for number, want in enumerate(kinds) if blockable & set(want.held)}


def _wants(lives: "Lives") -> list[Count]:
    found, some = lives.waiting, fully(lives)
    end = np.where(found.end == lives.plan.ends, NEVER, found.end)
    counts = counted(found.want, found.begin, end, len(lives.wants[0]))
    return [_changed(count, None if want in some else 1) for want, count in enumerate(counts)]


def _changed(count: Count, most: int | None) -> Count:
    """The count, of no more than `most`, without the times at which it does not change; 0 before the first."""
    value = count.value if most is None else np.minimum(count.value, most)
    new = np.flatnonzero(np.diff(value, prepend=0))
    return Count(time=count.time[new], value=value[new])


def levels(counts: Sequence[Count], window: tuple[int, int], hours: IntArray) -> Levels:
    """The levels of step functions."""
    peaks = np.array([count.peak(*window) for count in counts], np.int64).reshape(-1, 2)
    by_hour = np.array([count.at(hours) for count in counts], np.int64).reshape(len(counts), len(hours))
    total = np.array([count.integral(*window) for count in counts], np.int64)
    return Levels(total=total, peak=peaks[:, 0], peak_at=peaks[:, 1], by_hour=by_hour)
