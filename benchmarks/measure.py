"""Contenders timed in turn, so that whatever else the machine does falls on all of them alike."""

import gc
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Clock = Literal["cpu", "wall"]
AGREE = 4.0  # standard errors by which two means may differ


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One way to do a job. Only `run` is timed: with what `prepare` makes of a seed, another one each round."""

    name: str
    run: Callable[[Any], Any]
    prepare: Callable[[int], Any] = int
    found: Callable[[Any, Any], tuple[int, float]]  # (prepared, result) -> trucks, mean from door to door [min]
    warm: bool = True  # once more before the rounds, so that nothing is loaded or compiled in them


@dataclass(frozen=True, kw_only=True)
class Timed:
    """What a contender took and found in each round. shape (rounds,)"""

    name: str
    trucks: Floats
    cpu: Floats  # [s] of this process and those it started
    wall: Floats  # [s]
    means: Floats  # door to door [min]; NaN = it does not say

    def per_truck(self, clock: Clock = "cpu") -> Floats:
        """Time a truck. [s]"""
        return (self.cpu if clock == "cpu" else self.wall) / self.trucks


@dataclass(frozen=True, kw_only=True)
class Truth:
    """The mean time from door to door of many seeds, and how much that of one seed strays. [min]"""

    mean: float
    spread: float
    seeds: int

    def strays(self, timed: Timed) -> float:
        """By how many standard errors a contender's mean over its rounds is off."""
        error = self.spread * (1 / len(timed.means) + 1 / self.seeds) ** 0.5
        return float(timed.means.mean() - self.mean) / error


def in_turn(contenders: Sequence[Contender], rounds: int) -> dict[str, Timed]:
    """Every contender once a round, round after round; round k with seed k + 1."""
    for contender in contenders:
        if contender.warm:
            contender.run(contender.prepare(1))
    rows = np.empty((4, rounds, len(contenders)))
    for turn in range(rounds):
        for k, contender in enumerate(contenders):
            given = contender.prepare(turn + 1)
            gc.collect()
            cpu, wall = cpu_seconds(), time.perf_counter()
            result = contender.run(given)
            rows[:2, turn, k] = cpu_seconds() - cpu, time.perf_counter() - wall
            rows[2:, turn, k] = contender.found(given, result)
    return {
        c.name: Timed(name=c.name, cpu=rows[0, :, k], wall=rows[1, :, k], trucks=rows[2, :, k], means=rows[3, :, k])
        for k, c in enumerate(contenders)
    }


def cpu_seconds() -> float:
    """CPU time of this process and of those it started that have ended. [s]"""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def spread(values: Floats) -> tuple[float, float, float]:
    """Median, least and most over the rounds."""
    return float(np.median(values)), float(values.min()), float(values.max())


def table(timed: dict[str, Timed], against: str, truth: Truth, clock: Clock = "cpu") -> str:
    """Trucks per second and how many times quicker than one of them, over the rounds; the means, and how they agree."""
    base = timed[against].per_truck(clock)
    lines = [f"{'':42}{'trucks/s':>11}{'ratio':>9}{'least':>9}{'most':>9}{'mean [min]':>12}{'off by [se]':>13}"]
    for t in timed.values():
        middle, low, high = spread(base / t.per_truck(clock))
        quick = 1 / np.median(t.per_truck(clock))
        lines.append(
            f"{t.name:42}{quick:11,.0f}{middle:9.2f}{low:9.2f}{high:9.2f}{t.means.mean():12.1f}{truth.strays(t):13.1f}"
        )
    return "\n".join(lines)
