"""The picture of a box: the two factors that it restricts most, the points by whether they fail, the box drawn in."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.experiment.discovery import Discovery
from sim.report.drawing import GREY, INK, ORANGE, Draw, brief
from sim.report.drawn import write_figure

_LESS = 0.5  # half of the room a category takes


def boxes_drawing(cases: pl.DataFrame, boxes: pl.DataFrame) -> Draw:
    """The first box over the points of `cases`, which have columns runs and failed beside the factors."""
    own = boxes.filter(box=1).sort("quasi_p", maintain_order=True).to_dicts()
    across = own[0]
    up = own[1] if len(own) > 1 else None

    def drawing(figure: Figure, wide: bool) -> None:
        ax = figure.add_subplot()
        x = _places(cases, across)
        y = _places(cases, up) if up else (cases["failed"] / cases["runs"]).to_list()
        fails = (cases["failed"] * 2 >= cases["runs"]).to_list()
        for is_failed, colour, marker, said in ((False, GREY, "o", "holds"), (True, ORANGE, "x", "fails")):
            kept = [k for k, failed in enumerate(fails) if failed == is_failed]
            ax.plot([x[k] for k in kept], [y[k] for k in kept], color=colour, marker=marker, markersize=5,
                    linestyle="none", label=said, alpha=0.8)  # fmt: skip
        left, right = _ends(across, x)
        bottom, top = _ends(up, y) if up else (min(y), max(y))
        ax.add_patch(Rectangle((left, bottom), right - left, top - bottom, fill=False, edgecolor=INK, linewidth=1.4))
        _axis(ax, cases, across, "x")
        if up:
            _axis(ax, cases, up, "y")
        title = (
            f"{own[0]['density']:.0%} of runs in the box fail, and {own[0]['coverage']:.0%} of all failures lie in it"
        )
        ax.set(title=brief(title, 80 if wide else 44), ylabel=_label(up) if up else "Share of runs that fail")
        ax.set_xlabel(_label(across))
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1)) if wide else ax.legend(loc="best")

    return drawing


def _label(row: Mapping[str, Any]) -> str:
    return brief(row["title"], 48) + (f" [{row['unit']}]" if row["unit"] else "")


def _names(cases: pl.DataFrame, row: Mapping[str, Any]) -> list[str]:
    """The categories of a factor, in the order in which they are drawn; empty for numbers."""
    values = cases[row["factor"]]
    return [] if values.dtype.is_numeric() else sorted(set(values.to_list()))


def _places(cases: pl.DataFrame, row: Mapping[str, Any]) -> list[float]:
    names = _names(cases, row)
    return [names.index(v) for v in cases[row["factor"]]] if names else cases[row["factor"]].to_list()


def _ends(row: Mapping[str, Any], values: list[float]) -> tuple[float, float]:
    """Where the box begins and ends; the outermost points where it has no bound."""
    if row["kept"]:
        return min(values) - _LESS, max(values) + _LESS
    low, high = row["low"], row["high"]
    margin = 0.02 * (max(values) - min(values) or 1.0)
    return (min(values) - margin if low is None or math.isinf(low) else low,
            max(values) + margin if high is None or math.isinf(high) else high)  # fmt: skip


def _axis(ax: Axes, cases: pl.DataFrame, row: Mapping[str, Any], which: str) -> None:
    names = _names(cases, row)
    if names:
        (ax.set_xticks if which == "x" else ax.set_yticks)(range(len(names)), [brief(name, 20) for name in names])


def draw_boxes(home: Path, found: Discovery) -> None:
    """Write the picture of the first box into a folder, its points as CSV beside it; nothing if there is no box."""
    if found.found:
        says = "the points at which runs fail, and the box that tells them best"
        write_figure(home, "failures", found.cases, boxes_drawing(found.cases, found.table()), says)
