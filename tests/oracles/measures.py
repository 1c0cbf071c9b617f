"""What is measured in a run: waits of the trucks that come in a window, time averages over it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.planning.plan import NEVER

from .stays import FloatArray, IntArray, Seen, Stays

Measures = Mapping[str, Callable[[], Any]]  # metrics by name, computed when asked for


def time_in(begin: IntArray, end: IntArray, low: int, high: int) -> float:
    """Total time of stretches inside a window; one that has not ended lasts beyond it. [ms]"""
    begin, end = _inside(begin, end, low, high)
    return float((end - begin).sum())


def levels(begin: IntArray, end: IntArray, low: int, high: int) -> FloatArray:
    """Share of the window at which 0, 1, 2 ... of the stretches are under way."""
    begin, end = _inside(begin, end, low, high)
    times = np.concatenate([[low], begin, end])
    steps = np.concatenate([[0], np.ones(len(begin), np.int64), -np.ones(len(end), np.int64)])
    order = np.argsort(times, kind="stable")
    lasting = np.diff(np.append(times[order], high))
    number = np.cumsum(steps[order])
    some = lasting > 0
    return np.bincount(number[some], weights=lasting[some]) / (high - low)


def _inside(begin: IntArray, end: IntArray, low: int, high: int) -> tuple[IntArray, IntArray]:
    end = np.where(end == NEVER, high, end)
    meets = (begin != NEVER) & (begin < high) & (end > low)
    return np.maximum(begin[meets], low), np.minimum(end[meets], high)


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A station in a window of time: all its trucks, or some. Times in units of the entry."""

    run: Seen
    stays: Stays  # of trucks that were let in or still wait
    low: int
    high: int
    servers: int = 1

    @cached_property
    def came(self) -> Stays:
        """Trucks that joined in the window and were served to the end."""
        s = self.stays
        return s.where((s.joined >= self.low) & (s.joined < self.high) & (s.left != NEVER))

    @cached_property
    def waits(self) -> FloatArray:
        """Sorted waits of these trucks before service began."""
        return np.sort(self.run.units(self.came.started) - self.run.units(self.came.joined))

    @cached_property
    def times(self) -> FloatArray:
        """Sorted times at the station of these trucks."""
        return np.sort(self.run.units(self.came.left) - self.run.units(self.came.joined))

    @cached_property
    def services(self) -> FloatArray:
        return self.run.units(self.came.ended) - self.run.units(self.came.started)

    @cached_property
    def shares(self) -> FloatArray:
        """Share of time with 0, 1, 2 ... trucks at the station."""
        return levels(self.stays.joined, self.stays.left, self.low, self.high)

    @property
    def duration(self) -> float:
        return (self.high - self.low) / self.run.unit

    def mean_number(self, begin: str, end: str) -> float:
        """Time average of the trucks between two stamps."""
        begins, ends = getattr(self.stays, begin), getattr(self.stays, end)
        return time_in(begins, ends, self.low, self.high) / (self.high - self.low)

    def time(self) -> float:
        """Mean time at the station."""
        return float((self.run.units(self.came.left) - self.run.units(self.came.joined)).mean())

    def wait(self) -> float:
        return float(self.waits.mean())

    def utilisation(self) -> float:
        return self.mean_number("started", "ended") / self.servers

    def throughput(self) -> float:
        """Trucks that left in the window per unit of time."""
        return float(np.count_nonzero((self.stays.left >= self.low) & (self.stays.left < self.high))) / self.duration

    def quantile(self, share: float, values: FloatArray) -> float:
        """The least of some sorted values that a share of them does not exceed."""
        return float(values[max(0, math.ceil(share * len(values)) - 1)])

    def longer(self, wait: float) -> float:
        """Share of trucks that wait longer; a thousandth of a ms is nothing."""
        return 1 - float(np.searchsorted(self.waits, wait + 1e-10, side="right")) / len(self.waits)

    def number_variance(self, mean: float | None) -> float:
        """Variance over time of the trucks at the station, about a known mean if there is one."""
        if mean is None:
            mean = float((self.shares * np.arange(len(self.shares))).sum())
        return float((self.shares * (np.arange(len(self.shares)) - mean) ** 2).sum())

    def share(self, number: int) -> float:
        return float(self.shares[number]) if number < len(self.shares) else 0.0


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Every single value of nested mappings and lists, by its path."""
    if isinstance(value, Mapping):
        parts = [flat(v, f"{path}.{k}" if path else str(k)) for k, v in value.items()]
    elif isinstance(value, list | tuple | np.ndarray):
        parts = [flat(v, f"{path}[{k}]") for k, v in enumerate(value)]
    else:
        return {path: value}
    return {key: leaf for part in parts for key, leaf in part.items()}
