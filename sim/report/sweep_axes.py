"""What a sweep's figures run over: its factors as axes, its metrics by the names people have for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from sim.experiment.ranking import MORE_IS_BETTER, NEITHER
from sim.report.drawing import brief
from sim.report.folder import clean
from sim.report.words import Words

MOST_LEVELS = 30  # of a factor, from which on its points are a cloud
_HOURS_FROM = 180.0  # [min] waits are shown in hours if any is longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A factor as an axis of a figure."""

    name: str
    label: str  # title and unit
    role: str  # "lever" or "uncertainty"
    unit: str
    is_number: bool
    levels: tuple[Any, ...]  # met, in order
    is_cloud: bool  # drawn from a span, or of more levels than a figure can show apart

    def said(self, level: Any) -> str:
        """A level as tables and ticks have it."""
        return f"{level:g}" if isinstance(level, float) else brief(str(level), 24)

    def named(self, level: Any) -> str:
        """A level with the factor's title: "Crossing lanes 4"."""
        title = self.label.partition(" [")[0]
        return f"{title} {self.said(level)}{f' {self.unit}' if self.unit and self.is_number else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric as people name it. Tables keep its own unit; figures and sentences divide by `divisor`."""

    name: str  # of the column
    title: str
    unit: str  # shown
    divisor: float
    more_is_better: bool | None  # None = neither more nor less is

    @property
    def label(self) -> str:
        """Title and unit."""
        return f"{self.title} [{self.unit}]" if self.unit else self.title

    def said(self, value: float | None, words: Words) -> str:
        """A value without its unit."""
        if value is None:
            return "–"
        shown = value / self.divisor
        return words.number(shown, 0 if abs(shown) >= 100 else 1 if abs(shown) >= 10 or self.unit else 2)

    def with_unit(self, value: float | None, words: Words) -> str:
        """A value with its unit."""
        return f"{self.said(value, words)} {self.unit}".rstrip()


def axes_of(factors: Sequence[Mapping[str, Any]], points: pl.DataFrame) -> list[Axis]:
    """The factors that vary, but for those that only go along with one before them."""
    found: list[Axis] = []
    for factor in factors:
        name = factor["name"]
        levels = points[name].unique(maintain_order=True).to_list()
        goes_along = any(points.select(axis.name, name).unique().height == len(axis.levels) for axis in found)
        if len(levels) > 1 and not goes_along:
            unit = f" [{factor['unit']}]" if factor["unit"] else ""
            found.append(Axis(
                name=name, label=clean(brief(factor["title"], 60) + unit), role=factor["role"], unit=factor["unit"],
                is_number=factor["is_number"], levels=tuple(sorted(levels) if factor["is_number"] else levels),
                is_cloud=not factor["levels"] or len(levels) > MOST_LEVELS,
            ))  # fmt: skip
    return found


def metrics_of(manifest: Mapping[str, Any], points: pl.DataFrame, words: Words) -> list[Metric]:
    """The metrics that have a value at some point, in the order of the sweep's file."""
    found = []
    for told in manifest["metrics"]:
        values = points.filter(pl.col("metric") == told["name"])["value"].drop_nulls()
        if not values.is_empty():
            in_hours = told["unit"] == "min" and max(values) >= _HOURS_FROM
            better = None if told["metric"] in NEITHER else told["metric"] in MORE_IS_BETTER
            found.append(Metric(
                name=told["name"], title=clean(title_of(told, manifest["scenario"], words)),
                unit="h" if in_hours else words.named("unit", told["unit"]) if told["unit"] != "1" else "",
                divisor=60.0 if in_hours else 1.0, more_is_better=better,
            ))  # fmt: skip
    return found


def title_of(told: Mapping[str, Any], scenario: Mapping[str, Any], words: Words) -> str:
    """ "Mean wait, Huu Nghi, exports, fruit"."""
    parts = [words.named("metric", told["metric"])]
    if told["gate"]:
        parts.append(_known(scenario, "gates", told["gate"]).partition(" (")[0])
    if told["place"]:
        cause = words.named("cause", told["place"])
        parts.append(cause if cause != told["place"] else _known(scenario, "stations", told["place"]))
    if told["direction"]:
        parts.append(words.named("direction", told["direction"]))
    if told["cargo"]:
        parts.append(_known(scenario, "cargoes", told["cargo"]))
    return ", ".join(parts)


def _known(scenario: Mapping[str, Any], kind: str, key: str) -> str:
    found = (scenario.get(kind) or {}).get(key)
    title = found.get("title") if isinstance(found, Mapping) else None
    return str(title.get("value", key) if isinstance(title, Mapping) else title or key)
