"""Figures of a sweep: heat maps, response curves, trade-off fronts; the numbers drawn as tables beside them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from sim.report.drawing import GREY, INK, NAVY, ORANGE, PLUM, TEAL, Draw, brief, plain_numbers
from sim.report.sweep_axes import Axis, Metric
from sim.report.words import Words

MOST_LINES = 6
_MOST_TICKS = 12
_MOST_WRITTEN = 80  # cells whose number is written into them
_TRIFLE = 0.05
_MOST_NAMED = 8  # settings of a front that are named in it
_LINES = (NAVY, ORANGE, TEAL, PLUM, INK, GREY)
_DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))


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


def front_table(ranking: pl.DataFrame, levers: Sequence[str], first: Metric, second: Metric) -> pl.DataFrame:
    """Both metrics of each ranked setting, and whether no other setting is at least as good in both."""
    sides = [
        ranking.filter(metric=metric.name).select(*levers, pl.col("mean").alias(side))
        for metric, side in ((first, "first"), (second, "second"))
    ]
    both = sides[0].join(sides[1], on=list(levers), maintain_order="left")
    signs = [-1 if metric.more_is_better else 1 for metric in (first, second)]
    values = [(signs[0] * a, signs[1] * b) for a, b in both.select("first", "second").iter_rows()]
    best = [not any(c <= a and d <= b and (c, d) != (a, b) for c, d in values) for a, b in values]
    return both.with_columns(pl.Series("on_front", best, pl.Boolean))


def is_a_choice(front: pl.DataFrame) -> bool:
    """Whether going along the front changes both metrics by more than a trifle of what the settings differ in."""
    best = front.filter("on_front")
    reach = {side: np.ptp(front[side].to_numpy()) * _TRIFLE for side in ("first", "second")}
    return best.height > 1 and all(np.ptp(best[side].to_numpy()) > reach[side] for side in reach)


# --------------------------------------------------------------------------------------------- drawing


def heat_drawing(metric: Metric, across: Axis, up: Axis, cells: pl.DataFrame, words: Words) -> Draw:
    """A cell for each pair of levels, darker the larger, with its number where there is room."""
    known = {row[:2]: row[2] / metric.divisor for row in cells.rows()}
    values = [[known.get((x, y), float("nan")) for x in across.levels] for y in up.levels]

    def drawing(figure: Figure, wide: bool) -> None:
        ax = figure.add_subplot()
        image = ax.imshow(values, aspect="auto", origin="lower", cmap="cividis_r")
        ax.grid(visible=False)
        ax.set_xticks(range(len(across.levels)), [across.said(level) for level in across.levels])
        ax.set_yticks(range(len(up.levels)), [up.said(level) for level in up.levels])
        bar = figure.colorbar(image, ax=ax) if wide else figure.colorbar(image, ax=ax, location="top", aspect=40)
        bar.outline.set_visible(False)
        plain_numbers(bar.ax.yaxis if wide else bar.ax.xaxis, words)
        ax.set(title=brief(metric.label, 80 if wide else 44), xlabel=across.label, ylabel=up.label)
        if len(known) <= _MOST_WRITTEN and (wide or len(across.levels) <= MOST_LINES):
            _write_cells(ax, image, values, words)

    return drawing


def _write_cells(ax: Axes, image: AxesImage, values: Sequence[Sequence[float]], words: Words) -> None:
    """Each number in its cell, in the ink that stands out there."""
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            if value == value:  # noqa: PLR0124 -- not NaN
                red, green, blue, _ = np.asarray(image.to_rgba(np.array([value])))[0]
                ink = "white" if 0.3 * red + 0.6 * green + 0.1 * blue < 0.5 else INK
                text = words.number(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2)
                ax.text(column, row, text, ha="center", va="center", color=ink, fontsize=8.5)


def response_drawing(metric: Metric, along: Axis, lines: Axis | None, rows: pl.DataFrame, words: Words) -> Draw:
    """A line for each level of another factor, with a band from the lower to the upper bound."""

    def drawing(figure: Figure, wide: bool) -> None:
        ax = figure.add_subplot()
        levels: tuple[Any, ...] = lines.levels if lines else (None,)
        for k, level in enumerate(levels):
            own = rows if lines is None else rows.filter(pl.col(lines.name) == level)
            label = lines.said(level) if lines else ""
            _line(ax, metric, along, own, k, label)
        ax.set(title=brief(metric.label, 80 if wide else 44), xlabel=along.label, ylim=_reach(metric, rows))
        plain_numbers(ax.yaxis, words)
        _ticks(ax, along)
        if lines is not None:
            place = {"loc": "upper left", "bbox_to_anchor": (1.01, 1)} if wide else {"loc": "best"}
            ax.legend(title=brief(lines.label, 32), **place)

    return drawing


def _line(ax: Axes, metric: Metric, along: Axis, rows: pl.DataFrame, number: int, label: str) -> None:
    at = rows[along.name].to_list() if along.is_number else [along.levels.index(v) for v in rows[along.name]]
    value, low, high = (rows[key].to_numpy() / metric.divisor for key in ("value", "low", "high"))  # null = NaN
    colour, style = _LINES[number % len(_LINES)], _DASHES[number % len(_DASHES)]
    if along.is_cloud:
        ax.plot(at, value, color=colour, label=label, marker="o", markersize=4, linestyle="none", alpha=0.75)
        return
    ax.plot(at, value, color=colour, label=label, marker="o", markersize=4, linestyle=style)
    below = np.maximum(low, 0) if value.min() >= 0 else low
    ax.fill_between(at, below, high, color=colour, alpha=0.13, linewidth=0)


def _ticks(ax: Axes, along: Axis) -> None:
    if along.is_number and len(along.levels) <= _MOST_TICKS:
        ax.set_xticks(along.levels, [along.said(level) for level in along.levels])
    elif not along.is_number:
        ax.set_xticks(range(len(along.levels)), [along.said(level) for level in along.levels])


def _reach(metric: Metric, rows: pl.DataFrame) -> tuple[float, float]:
    """From 0, or from below 0, to a little above the highest value; a band wider than twice that is cut off."""
    values = [v / metric.divisor for v in rows["value"] if v is not None]
    highs = [v / metric.divisor for v in rows["high"] if v is not None]
    top = min(max([*values, *highs]), 2 * max(*values, 1e-9)) if values else 1.0
    return min(0.0, *values), 1.05 * max(top, 1e-9)


def front_drawing(
    first: Metric, second: Metric, levers: Sequence[Axis], table: pl.DataFrame, words: Words
) -> Draw:  # fmt: skip
    """A dot for each setting; those that nothing beats in both are joined and named."""

    def drawing(figure: Figure, wide: bool) -> None:
        ax = figure.add_subplot()
        x, y = ((table[side] / metric.divisor).to_list() for side, metric in (("first", first), ("second", second)))
        ax.plot(x, y, color=GREY, marker="o", markersize=4, linestyle="none", alpha=0.6)
        best = sorted((x[k], y[k], k) for k in range(len(x)) if table["on_front"][k])
        ax.plot([b[0] for b in best], [b[1] for b in best], color=ORANGE, marker="o", markersize=6, linewidth=1.2)
        for across, up, k in best[:: max(1, -(-len(best) // (_MOST_NAMED if wide else 3)))]:
            said = ", ".join(axis.said(table[axis.name][k]) for axis in levers)
            ax.annotate(said, (across, up), xytext=(6, 5), textcoords="offset points", fontsize=8.5, color=INK)
        for axis in (ax.xaxis, ax.yaxis):
            plain_numbers(axis, words)
        ax.set(title=brief(second.label, 80 if wide else 44), xlabel=first.label)
        ax.margins(x=0.12)

    return drawing
