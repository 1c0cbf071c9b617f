"""A scenario as far as it could be read, for the checks of meaning: values, names, and where they stand."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from sim.scenario import units
from sim.scenario.faults import Fault, did_you_mean, fault, quoted
from sim.scenario.scenario import Listed, after_start, aware
from sim.scenario.schema import Calendar, Flow, Period, ScenarioFile, Station
from sim.scenario.typed import Spot
from sim.scenario.yaml_text import Table

DIRECTIONS = ("export", "import")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Draft:
    """Parts that could not be read are missing, None, or at their default; `spoilt` holds their paths."""

    file: ScenarioFile
    spots: Mapping[str, Spot]
    node: Table
    spoilt: frozenset[str] = frozenset()
    listed: Mapping[str, Listed] = field(default_factory=dict)

    # --------------------------------------------------------------------------------------- pointing

    def error(self, path: str, message: str, hint: str = "", *, at_key: bool = False) -> Fault:
        """A fault about what stands at a path; of a thing without a place, the nearest thing around it."""
        spot = self._spot(path)
        return fault(spot.key if at_key else spot.value, message, path=path, hint=hint)

    def warning(self, path: str, message: str, hint: str = "") -> Fault:
        """Something worth a look, pointing at the key."""
        return fault(self._spot(path).key, message, path=path, hint=hint, severity="warning")

    def _spot(self, path: str) -> Spot:
        near = path
        while near not in self.spots:
            near = near[: max(near.rfind("."), near.rfind("["), 0)]
        spot = self.spots[near]
        return spot if near == path else Spot(spot.key, spot.key)

    def line(self, path: str) -> str:
        """ "file:12" of what stands at a path."""
        place = self._spot(path).key
        return f"{place.text.name}:{place.line}"

    def is_written(self, path: str) -> bool:
        return path in self.spots

    def is_spoilt(self, *paths: str) -> bool:
        """Whether one of these, or something inside it, could not be read."""
        return any(bad == path or bad.startswith((path + ".", path + "[")) for path in paths for bad in self.spoilt)

    # ------------------------------------------------------------------------------------------ names

    def names(self, section: str) -> list[str]:
        """The keys of a section as written, readable or not."""
        entry = self.node.entries.get(section)
        return (
            list(entry.node.entries) if entry and isinstance(entry.node, Table) else list(getattr(self.file, section))
        )

    def unknown(self, path: str, name: str, section: str, noun: str) -> Iterator[Fault]:
        """A fault if no such thing is declared."""
        yield from self.not_among(path, name, self.names(section), noun)

    def not_among(self, path: str, name: str, known: list[str], noun: str) -> Iterator[Fault]:
        if name not in known:
            plural = {"cargo": "cargoes", "class": "classes"}.get(noun, f"{noun}s")
            hint = did_you_mean(name, known, what=plural)
            message = f"unknown {noun} {quoted(name)}"
            yield self.error(path, message, hint or f"there are no {plural} here", at_key=path.endswith(f".{name}"))

    @cached_property
    def cargoes(self) -> list[str]:
        """Cargo keys that are declared or carried by a flow."""
        carried = [k for f in self.flows.values() for k in ([f.cargo] if isinstance(f.cargo, str) else f.cargo)]
        return list(dict.fromkeys([*self.names("cargoes"), *carried]))

    @cached_property
    def classes(self) -> list[str]:
        """Classes that a discipline can see: those of the cargoes, and cargoes without one."""
        declared = self.file.cargoes
        return list(
            dict.fromkeys([*((declared[c].class_ or c) if declared.get(c) else c for c in self.cargoes), *self.cargoes])
        )

    @property
    def flows(self) -> dict[str, Flow]:
        return self.file.flows

    @property
    def stations(self) -> dict[str, Station]:
        return self.file.stations

    @property
    def period(self) -> Period | None:
        return self.file.period

    @cached_property
    def walked(self) -> list[tuple[str, BaseModel]]:
        """Every part of the file with its path, outermost first."""
        return list(walk(self.file, ""))

    # ------------------------------------------------------------------------------------------- time

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of local times; UTC if the one stated does not exist."""
        return zone_of(self.period.zone if self.period else "UTC") or ZoneInfo("UTC")

    @cached_property
    def start(self) -> dt.datetime | None:
        start = self.period.start if self.period else None
        return aware(start, self.zone) if isinstance(start, dt.datetime) else None

    @cached_property
    def length_ms(self) -> int | None:
        """Length of the period if it is known and positive. [ms]"""
        if self.period is None or self.start is None:
            return None
        given = self.period.end if self.period.end is not None else self.period.length
        length = after_start(given, self.start, self.zone) if given is not None else 0
        return length if length > 0 else None

    def ms(self, value: dt.datetime | float) -> int | None:
        """A schema Instant in ms after the start."""
        return None if self.start is None else after_start(value, self.start, self.zone)


def each(items: Iterable[_T | None]) -> Iterator[tuple[int, _T]]:
    """The readable ones of a list, with their numbers."""
    return ((i, item) for i, item in enumerate(items) if item is not None)


def walk(part: Any, path: str) -> Iterator[tuple[str, BaseModel]]:
    """A model and all models in it, each with the path a file would give it."""
    if isinstance(part, BaseModel):
        yield path, part
        for name, info in type(part).model_fields.items():
            key = info.alias or name
            yield from walk(getattr(part, name), f"{path}.{key}" if path else key)
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from walk(value, f"{path}.{key}")
    elif isinstance(part, tuple):
        for index, item in enumerate(part):
            yield from walk(item, f"{path}[{index}]")


def zone_of(name: str) -> ZoneInfo | None:
    """The zone of that name, if there is one."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def hours_of(
    calendar_or_windows: str, calendars: Mapping[str, Calendar]
) -> tuple[tuple[int, int], ...] | Calendar | None:
    """What an `hours:` word stands for: windows of every day, or a calendar; None if it is neither."""
    if calendar_or_windows in calendars:
        return calendars[calendar_or_windows]
    try:
        return units.windows(calendar_or_windows)
    except ValueError:
        return None
