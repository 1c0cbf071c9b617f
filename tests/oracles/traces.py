"""Listed arrivals and services as scenarios, and their trucks in the order of the list."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np

from sim.planning.demand import listed_rows

from .case import HOUR, MINUTE, Case, decimal, scenario, span, table
from .entries import Entry
from .stays import FloatArray, Seen, Stays

_AFTER = 500  # hours after the last arrival and all work, for nights and closed days between


class Trace:
    """Listed arrivals and services of stations, in units of the entry, scaled so that all are whole ms."""

    def __init__(
        self, arrivals: Sequence[Fraction], services: Mapping[str, Sequence[Fraction]], unit: Fraction, *,
        beside: Sequence[Fraction] = (), finer: int = 1,
    ) -> None:  # fmt: skip
        """`beside` are other times that must be whole ms; `finer` times as many ms, where work is stretched."""
        numbers = [*arrivals, *(s for row in services.values() for s in row), *beside]
        self.scale = lcm(*((value * unit).denominator for value in numbers)) * finer
        self.arrivals, self.given, self.unit = arrivals, services, unit * self.scale

    def case(self, entry: Entry, stations: Mapping[str, Any], route: Sequence[Any], *, part: str = "",
             start: str = "2025-01-06") -> Case:  # fmt: skip
        """The scenario that replays the trace."""
        work = sum(sum(row) for row in self.given.values())
        end = max(self.arrivals) + work + _AFTER * HOUR / self.unit
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
            flows={"trucks": {"listed": "trucks.csv"}},
            files={"trucks.csv": table(listed)},
            unit=self.unit,
        )

    def listed(self, run: Seen, station: str) -> Stays:
        """The visits of a station in the order of the list."""
        stays = run.at(station)
        return stays.where(np.argsort(listed_rows(run.plan.trucks.id[stays.truck])))

    def services(self, station: str) -> FloatArray:
        """Listed services in units of the entry."""
        return np.array([float(s) for s in self.given[station]])
