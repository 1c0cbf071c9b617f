"""Pictures: one drawing function gives the SVGs of the page (wide and narrow), the standalone SVG and the PNG."""

import io
import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sim.report.svg import inline
from sim.report.words import Words

NAVY, ORANGE, TEAL, PLUM = "#08306B", "#D1600F", "#2E8B8B", "#8C1D5A"
INK, GREY, PALE, LINE = "#1B2430", "#5B6673", "#C9D1DA", "#E4E8ED"
OF_DIRECTION = {"export": ORANGE, "import": NAVY}
WIDE, NARROW = 10.4, 3.72  # [in], at 96 px/in the text column of a desk screen and of a phone
_FONTS = ("DejaVu Sans", "WenQuanYi Micro Hei", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", "SimHei")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure in all its forms."""

    key: str  # ids of its elements begin with ck-KEY-wide and ck-KEY-narrow
    inline: str  # the wide and the narrow <svg> elements, one after the other
    svg: bytes  # standalone, text as outlines
    png: bytes  # 150 dpi
    lacks_glyphs: bool  # the fonts of this machine could not draw some character of the outlines


# A CJK font without a bold face is drawn in its regular one: nothing a reader of the terminal needs to know.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

Draw = Callable[[Figure, bool], None]  # fills the figure; True = wide


def picture(key: str, draw: Draw, *, wide: float, narrow: float, says: tuple[str, str]) -> Picture:
    """Every form of a figure; `wide` and `narrow` are its heights [in], `says` its name and description."""
    with mpl.rc_context(_style()), warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        broad, slim = _filled(draw, (WIDE, wide), True), _filled(draw, (NARROW, narrow), False)
        parts = [
            inline(_svg(figure, "none").decode(), key=f"ck-{key}-{size}", says=says, css_class=size)
            for figure, size in ((broad, "wide"), (slim, "narrow"))
        ]
        svg, png = _svg(broad, "path"), _png(broad)
    missing = any("missing from font" in str(warning.message) for warning in heard)
    return Picture(key=key, inline="".join(parts), svg=svg, png=png, lacks_glyphs=missing)


def _filled(draw: Draw, size: tuple[float, float], is_wide: bool) -> Figure:
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    draw(figure, is_wide)
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if not axis.get_label_text():
                axis.set_label_coords(0, 0)  # a place for a label that is not there is sought at every draw
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)  # once; the layout then holds for every form
    figure.set_layout_engine(None)  # not "none": that would draw twice, once to lay out, whenever a form is saved
    return figure


def _svg(figure: Figure, fonttype: str) -> bytes:
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": fonttype}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150, metadata={"Software": None})
    return buffer.getvalue()


def _style() -> dict[Any, Any]:
    present = {font.name for font in font_manager.fontManager.ttflist}
    return {
        "font.family": [name for name in _FONTS if name in present], "font.size": 9.5, "text.color": INK,
        "text.parse_math": False,  # a $ in a name is a dollar
        "svg.hashsalt": "cuakhau", "axes.edgecolor": PALE, "axes.labelcolor": GREY, "axes.linewidth": 0.8,
        "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 10.5, "axes.titlelocation": "left",
        "axes.titleweight": "bold", "axes.titley": 1.0,  # given, or it is sought at every draw
        "axes.grid": True, "axes.grid.axis": "y", "axes.axisbelow": True, "grid.color": LINE, "grid.linewidth": 0.8,
        "xtick.color": GREY, "ytick.color": GREY, "xtick.labelsize": 9, "ytick.labelsize": 9, "xtick.major.size": 3,
        "ytick.left": False, "ytick.major.size": 0, "legend.frameon": False, "legend.fontsize": 9,
        "lines.linewidth": 1.6, "lines.solid_joinstyle": "round",
        "figure.constrained_layout.h_pad": 0.06, "figure.constrained_layout.w_pad": 0.06,
    }  # fmt: skip


def plain_numbers(axis: Axis, words: Words) -> None:
    """Ticks written as the language writes numbers, whole where they are."""
    axis.set_major_formatter(lambda value, _: words.number(value, 0 if float(value).is_integer() else 1))


def brief(text: str, length: int = 42) -> str:
    """The text cut to a length that fits beside a figure."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def row_names(axes: Axes, names: Sequence[str], *, wide: bool) -> None:
    """Names of horizontal bars 0, 1, ... from the top: on the left, or above each bar where width is short."""
    axes.set_ylim(len(names) - 0.4, -0.75 if not wide else -0.6)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    if wide:
        axes.set_yticks(range(len(names)), [brief(name) for name in names], fontsize=9.5, color=INK)
        return
    axes.set_yticks([])
    for row, name in enumerate(names):
        axes.annotate(
            brief(name), (0, row - 0.32), xycoords=("axes fraction", "data"), va="bottom", color=INK, fontsize=9
        )
