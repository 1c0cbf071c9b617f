"""Listed arrivals and services as scenarios, and their trucks in the order of the list."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np

from sim.planning.demand import listed_rows

from .case import HOUR, MINUTE, Case, decimal, scenario, span, table
from .entries import Entry
from .stays import Seen, Stays

_LONGEST_H = 800_000  # a period is at most 100 years
_AFTER = 500  # hours after the last arrival and all work, for nights and closed days between


class Trace:
    """Listed arrivals and services of stations, in units of the entry, scaled so that all are whole ms."""

    def __init__(
        self, arrivals: Sequence[Fraction], services: Mapping[str, Sequence[Fraction]], unit: Fraction, *,
        beside: Sequence[Fraction] = (), finer: int = 1, is_free: bool = False,
    ) -> None:  # fmt: skip
        """`beside` are other times that must be whole ms; `finer` times as many ms, where work is stretched.

        `is_free` lets the unit be a shorter one where the trace would outlast the longest period: nothing else there
        has an hour or a day of its own.
        """
        self.arrivals, self.given = (
            [_plain(t) for t in arrivals],
            {k: [_plain(s) for s in v] for k, v in services.items()},
        )
        self.beside = [_plain(t) for t in beside]
        numbers = [*self.arrivals, *(s for row in self.given.values() for s in row), *self.beside]
        for size in (unit, MINUTE, Fraction(1000), Fraction(1)) if is_free else (unit,):
            self.scale = lcm(*((value * size).denominator for value in numbers)) * finer
            self.unit = size * self.scale
            if (max(map(abs, numbers), default=0) + self._work()) * self.unit < _LONGEST_H * HOUR:
                break

    def _work(self) -> Fraction:
        return sum((s for row in self.given.values() for s in row), Fraction(0))

    def case(self, entry: Entry, stations: Mapping[str, Any], route: Sequence[Any], *, part: str = "",
             start: str = "2025-01-06") -> Case:  # fmt: skip
        """The scenario that replays the trace."""
        end = max((*self.arrivals, *self.beside), default=Fraction(0)) + self._work() + _AFTER * HOUR / self.unit
        if not self.arrivals:
            stations = {name: {"service": "1 min", **station} for name, station in stations.items()}
        columns = {"arrived": self.arrivals} | dict(self.given)
        word = {HOUR: "h", MINUTE: "min"}.get(self.unit, "")
        if not word or any(decimal(value) is None for row in columns.values() for value in row):
            columns, word = {name: [value * self.unit for value in row] for name, row in columns.items()}, "ms"
        listed = {f"{name} [{word}]": [decimal(value) for value in row] for name, row in columns.items()}
        scaled = f", times x {self.scale}" if self.scale > 1 else ""
        return scenario(
            f"{entry.id}/{part}" if part else entry.id,
            entry.system + (f", {part}" if part else "") + scaled,
            start=start,
            length=span(end, self.unit),
            stations=stations,
            routes={"trucks": list(route)},
            flows={"trucks": {"listed": "trucks.csv"} if self.arrivals else {"rate": "0 trucks/h"}},
            files={"trucks.csv": table(listed)} if self.arrivals else {},
            unit=self.unit,
        )

    def listed(self, run: Seen, station: str) -> Stays:
        """The visits of a station in the order of the list."""
        stays = run.at(station)
        return stays.where(np.argsort(listed_rows(run.plan.trucks.id[stays.truck]))) if self.arrivals else stays


def _plain(value: Fraction) -> Fraction:
    """A number as it was meant: 0.1 + 0.2 of a binary machine is 3/10."""
    return value.limit_denominator(10**9)
