"""Contenders timed in turn, so that whatever else the machine does falls on all of them alike."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One way to do a job: called once a round; its result goes to `mean_door_to_door` after the first."""

    name: str
    run: Callable[[], object]
    trucks: int
    mean_door_to_door: Callable[[object], float]  # [min]


@dataclass(frozen=True, kw_only=True)
class Timed:
    """What a contender took in each round, and what it found."""

    name: str
    trucks: int
    seconds: Seconds
    mean: float  # door to door [min]


def in_turn(contenders: list[Contender], rounds: int) -> list[Timed]:
    """Every contender once a round, round after round. CPU seconds: a busy machine stretches these the least."""
    seconds = np.empty((rounds, len(contenders)))
    means = []
    for turn in range(rounds):
        for k, contender in enumerate(contenders):
            gc.collect()
            begun = time.process_time()
            result = contender.run()
            seconds[turn, k] = time.process_time() - begun
            if turn == 0:
                means.append(contender.mean_door_to_door(result))
    return [Timed(name=c.name, trucks=c.trucks, seconds=seconds[:, k], mean=means[k]) for k, c in enumerate(contenders)]


def table(timed: list[Timed], against: str) -> str:
    """Trucks per second and how many times quicker than one of them: least, median and most over the rounds."""
    base = next(t for t in timed if t.name == against)
    lines = [f"{'':34}{'trucks/s':>12}{'ratio':>9}{'least':>9}{'most':>9}{'mean [min]':>12}"]
    for t in timed:
        ratio = (t.trucks / t.seconds) / (base.trucks / base.seconds)
        quick = t.trucks / np.median(t.seconds)
        low, mid, high = ratio.min(), np.median(ratio), ratio.max()
        lines.append(f"{t.name:34}{quick:12,.0f}{mid:9.1f}{low:9.1f}{high:9.1f}{t.mean:12.1f}")
    return "\n".join(lines)
