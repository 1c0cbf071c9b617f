"""A loaded scenario: frozen, validated, with the origin and the source of every value."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from sim.scenario.faults import Fault
from sim.scenario.schema import ScenarioFile
from sim.scenario.yaml_text import Source

IntArray = npt.NDArray[np.int64]
Layer = Literal["scenario", "base", "overlay", "set"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was written: line and column count from 1; the layer that had the last word."""

    file: str
    line: int
    column: int
    layer: Layer

    def __str__(self) -> str:
        return self.file if self.layer == "set" else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Trucks of a CSV file, in listed order."""

    arrived: IntArray  # [ms] after the scenario's start, may be negative, shape (n,)
    truck: tuple[str, ...]  # names, "" = none given, length n
    cargo: tuple[str, ...]  # cargo keys, "" = drawn from the flow's shares, length n
    services: Mapping[str, IntArray]  # column -> [ms] service durations, shape (n,); -1 = drawn
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What a scenario file says after extends, overlays and --set."""

    file: ScenarioFile
    resolved: dict[str, Any]
    origins: Mapping[str, Origin]
    sources: Mapping[str, Source]
    changes: tuple[str, ...] = ()
    listed: Mapping[str, Listed] = field(default_factory=dict)
    warnings: tuple[Fault, ...] = ()
    name: str = ""  # the file as the user typed it

    @cached_property
    def hash(self) -> str:
        """sha256 of the resolved scenario and of the listed files' content."""
        parts = [self.resolved, {name: listed.sha256 for name, listed in self.listed.items()}]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of all local times."""
        return ZoneInfo(self.file.period.zone)

    @cached_property
    def start(self) -> dt.datetime:
        """The first instant, aware."""
        start = self.file.period.start
        assert isinstance(start, dt.datetime)  # a check refuses a period that starts at a duration
        return aware(start, self.zone)

    @cached_property
    def length_ms(self) -> int:
        """From the start to the first instant no longer simulated. [ms]"""
        period = self.file.period
        return self.instant_ms(period.end) if period.end is not None else round(period.length or 0)

    @property
    def warm_up_ms(self) -> int:
        """Simulated from the start but not measured. [ms]"""
        return round(self.file.period.warm_up)

    def instant_ms(self, value: dt.datetime | float) -> int:
        """Milliseconds after the start of a local date and time, or of a duration after the start."""
        return after_start(value, self.start, self.zone)

    def source(self, path: str) -> Source | None:
        """The source of a value: its own, or that of the nearest thing around it that states one."""
        while path:
            if path in self.sources:
                return self.sources[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return None


def aware(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """A date and time in a zone, unless it brings its own."""
    return local if local.tzinfo else local.replace(tzinfo=zone)


def after_start(value: dt.datetime | float, start: dt.datetime, zone: ZoneInfo) -> int:
    """Elapsed milliseconds from an aware start to a schema Instant; clock changes are counted once."""
    if isinstance(value, dt.datetime):
        elapsed = aware(value, zone).astimezone(dt.UTC) - start.astimezone(dt.UTC)
        return elapsed // dt.timedelta(milliseconds=1)
    return round(value)
