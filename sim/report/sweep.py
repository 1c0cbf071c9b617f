"""Figures of a sweep: heat maps and response curves of every metric, with the numbers drawn as CSV beside each."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from sim.experiment.files import safe_name, write_atomic
from sim.report.drawing import GREY, INK, NAVY, ORANGE, PLUM, TEAL, Draw, brief, picture
from sim.report.exhibit import csv

_MOST_LEVELS = 30  # of a factor, from which on its points are a cloud
_MOST_LINES = 6
_MOST_TICKS = 12
_MOST_WRITTEN = 80  # cells whose number is written into them
_LINES = (NAVY, ORANGE, TEAL, PLUM, INK, GREY)
_DONE = "drawn-from"


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A factor as an axis of a figure."""

    name: str
    label: str  # title and unit
    is_number: bool
    levels: tuple[Any, ...]  # met, in order
    is_cloud: bool  # drawn from a span, or of more levels than a figure can show apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric as figures name it."""

    name: str
    label: str


def draw(folder: Path) -> list[Path]:
    """Draw the figures of a sweep's folder into figures/, unless they are those of its tables already; the SVGs."""
    home, record = folder / "figures", (folder / "manifest.json").read_bytes()
    mark, done = hashlib.sha256(record).hexdigest().encode(), home / _DONE
    if done.is_file() and done.read_bytes() == mark:
        return sorted(home.glob("*.svg"))
    home.mkdir(mode=0o755, exist_ok=True)
    for stale in [*home.glob("*.svg"), *home.glob("*.png"), *home.glob("*.csv")]:
        stale.unlink()
    manifest, points = json.loads(record), pl.read_parquet(folder / "points.parquet")
    axes = axes_of(manifest["factors"], points)
    for found in manifest["metrics"]:
        unit = f" [{found['unit']}]" if found["unit"] not in ("", "1") else ""
        metric = Metric(name=found["name"], label=f"{found['name']}{unit}")
        own = points.filter(pl.col("metric") == metric.name, pl.col("value").is_not_null())
        if own.height and axes:
            _figures(home, metric, axes, own, _caption(manifest))
    write_atomic(done, mark)
    return sorted(home.glob("*.svg"))


def _caption(manifest: dict[str, Any]) -> str:
    n = manifest["replications"]
    return f"n = {n} replication{'s' if n > 1 else ''} a point" + ("; bars: 95 % intervals" if n > 1 else "")


def axes_of(factors: Sequence[dict[str, Any]], points: pl.DataFrame) -> list[Axis]:
    """The factors that vary, but for those that only go along with one before them."""
    found: list[Axis] = []
    for factor in factors:
        name = factor["name"]
        levels = points[name].unique(maintain_order=True).to_list()
        goes_along = any(points.select(axis.name, name).unique().height == len(axis.levels) for axis in found)
        if len(levels) > 1 and not goes_along:
            unit = f" [{factor['unit']}]" if factor["unit"] else ""
            found.append(Axis(
                name=name, label=brief(factor["title"], 60) + unit, is_number=factor["is_number"],
                levels=tuple(sorted(levels) if factor["is_number"] else levels),
                is_cloud=not factor["levels"] or len(levels) > _MOST_LEVELS,
            ))  # fmt: skip
    return found


def _figures(home: Path, metric: Metric, axes: Sequence[Axis], points: pl.DataFrame, caption: str) -> None:
    is_cloudy = any(axis.is_cloud for axis in axes)
    if not is_cloudy and len(axes) > 1:
        cells = heat_table(points, axes[0], axes[1])
        _write(home, f"heat-{metric.name}", cells, _heat_drawing(metric, axes[0], axes[1], cells),
               f"{metric.label} by {axes[0].label} and {axes[1].label}")  # fmt: skip
    for axis in axes if is_cloudy else axes[:1]:
        few = (a for a in axes if a is not axis and not a.is_cloud and len(a.levels) <= _MOST_LINES)
        lines = next(few, None)
        rows = response_table(points, axis, lines)
        key = f"response-{metric.name}" + ("" if axis is axes[0] else f"-{axis.name}")
        _write(home, key, rows, _response_drawing(metric, axis, lines, rows, caption),
               f"{metric.label} by {axis.label}")  # fmt: skip


def heat_table(points: pl.DataFrame, across: Axis, up: Axis) -> pl.DataFrame:
    """Mean of a metric over the points of each pair of levels, and how many points these are."""
    grouped = points.group_by(across.name, up.name, maintain_order=True)
    return grouped.agg(pl.col("value").mean(), pl.len().alias("points"))


def response_table(points: pl.DataFrame, along: Axis, lines: Axis | None) -> pl.DataFrame:
    """A metric along a factor with its interval, one line for each level of another.

    Where points differ in further factors their mean is given, and as bounds the lowest and highest of them.
    """
    by = [along.name, *([lines.name] if lines else [])]
    grouped = points.group_by(by, maintain_order=True).agg(
        pl.col("value").mean(),
        pl.when(pl.len() == 1).then(pl.col("low").first()).otherwise(pl.col("value").min()).alias("low"),
        pl.when(pl.len() == 1).then(pl.col("high").first()).otherwise(pl.col("value").max()).alias("high"),
        pl.len().alias("points"),
    )
    return grouped.sort(along.name, maintain_order=True) if along.is_number else grouped


def _write(home: Path, key: str, table: pl.DataFrame, drawing: Draw, says: str) -> None:
    name = safe_name(key)
    made = picture(name, drawing, wide=4.2, narrow=3.4, says=(key, says))
    for suffix, data in ((".svg", made.svg), (".png", made.png), (".csv", csv(table))):
        write_atomic(home / f"{name}{suffix}", data)


# --------------------------------------------------------------------------------------------- drawing


def _heat_drawing(metric: Metric, across: Axis, up: Axis, cells: pl.DataFrame) -> Draw:
    known = {row[:2]: row[2] for row in cells.rows()}
    values = [[known.get((x, y), float("nan")) for x in across.levels] for y in up.levels]

    def drawing(figure: Figure, wide: bool) -> None:
        ax = figure.add_subplot()
        image = ax.imshow(values, aspect="auto", origin="lower", cmap="cividis_r")
        ax.grid(visible=False)
        _level_ticks(ax, across, up)
        figure.colorbar(image, ax=ax, label=metric.label if wide else None)
        ax.set(title=brief(metric.label, 80 if wide else 40), xlabel=across.label, ylabel=up.label)
        if wide and len(known) <= _MOST_WRITTEN:
            _write_cells(ax, image, values)

    return drawing


def _write_cells(ax: Axes, image: AxesImage, values: Sequence[Sequence[float]]) -> None:
    """Each number in its cell, in the ink that stands out there."""
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            red, green, blue, _ = np.asarray(image.to_rgba(np.array([value])))[0]
            ink = "white" if 0.3 * red + 0.6 * green + 0.1 * blue < 0.5 else INK
            ax.text(column, row, _number(value), ha="center", va="center", color=ink, fontsize=8.5)


def _level_ticks(ax: Axes, across: Axis, up: Axis) -> None:
    ax.set_xticks(range(len(across.levels)), [_shown(level) for level in across.levels])
    ax.set_yticks(range(len(up.levels)), [_shown(level) for level in up.levels])


def _response_drawing(metric: Metric, along: Axis, lines: Axis | None, rows: pl.DataFrame, caption: str) -> Draw:
    def drawing(figure: Figure, wide: bool) -> None:
        ax = figure.add_subplot()
        levels = lines.levels if lines else (None,)
        for level, colour in zip(levels, _LINES[: len(levels)], strict=True):
            own = rows if lines is None else rows.filter(pl.col(lines.name) == level)
            _line(ax, along, own, colour, _shown(level), joined=not along.is_cloud)
        ax.set(title=brief(metric.label, 80 if wide else 40), xlabel=f"{along.label}\n{caption}", ylim=_span(rows))
        if lines is not None:
            place = {"loc": "upper left", "bbox_to_anchor": (1.01, 1)} if wide else {"loc": "best"}
            ax.legend(title=brief(lines.label, 32), **place)

    return drawing


def _line(ax: Axes, along: Axis, rows: pl.DataFrame, colour: str, label: str, *, joined: bool) -> None:
    at = rows[along.name].to_list() if along.is_number else [along.levels.index(v) for v in rows[along.name]]
    value, low, high = (rows[key].to_list() for key in ("value", "low", "high"))
    below = [v - lo if lo is not None else 0 for v, lo in zip(value, low, strict=True)]
    above = [hi - v if hi is not None else 0 for v, hi in zip(value, high, strict=True)]
    ax.errorbar(at, value, yerr=[below, above], color=colour, label=label, marker="o", markersize=4, capsize=2.5,
                elinewidth=1, linestyle="-" if joined else "none")  # fmt: skip
    if along.is_number and len(along.levels) <= _MOST_TICKS:
        ax.set_xticks(along.levels, [_shown(level) for level in along.levels])
    elif not along.is_number:
        ax.set_xticks(range(len(along.levels)), [_shown(level) for level in along.levels])


def _span(rows: pl.DataFrame) -> tuple[float, float]:
    """From 0, or from below 0, to a little above the highest bar."""
    ends = [v for key in ("value", "low", "high") for v in rows[key].to_list() if v is not None]
    return min(0.0, *ends), 1.05 * max(*ends, 1e-9)


def _shown(level: Any) -> str:
    return f"{level:g}" if isinstance(level, float) else brief(str(level), 24)


def _number(value: float) -> str:
    return "" if value != value else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR0124 -- NaN
