"""Welch's picture of a warm-up: each series by the hour, its average over a day, and where it is cut."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.experiment.files import write_atomic
from sim.experiment.warming import WarmUp
from sim.measure.warm_up import DAY, Series
from sim.report.drawing import GREY, INK, NAVY, ORANGE, PALE, picture

_COLUMNS = 3


def draw(found: WarmUp, folder: Path) -> Path:
    """Write warm-up.svg and warm-up.png into the folder; the SVG's path."""
    says = ("Warm-up", f"Trucks by the hour, mean of {found.replications} replications; {found.verdict()}")

    def drawing(figure: Figure, wide: bool) -> None:
        columns = min(_COLUMNS, len(found.series)) if wide else 1
        rows = -(-len(found.series) // columns)
        for number, series in enumerate(found.series):
            _panel(figure.add_subplot(rows, columns, number + 1), series)
        says_what = "grey: by the hour, blue: over a day, line: where MSER-5 cuts"
        label = f"days from the start; trucks, mean of {found.replications} replications; {says_what}"
        figure.supxlabel(label if wide else says_what, fontsize=9, color=GREY)

    rows = -(-len(found.series) // _COLUMNS)
    made = picture("warm-up", drawing, wide=0.6 + 2.0 * rows, narrow=0.6 + 1.9 * len(found.series), says=says)
    for suffix, data in (("svg", made.svg), ("png", made.png)):
        write_atomic(folder / f"warm-up.{suffix}", data)
    return folder / "warm-up.svg"


def _panel(axes: Axes, series: Series) -> None:
    days = [hour / DAY for hour in range(len(series.mean))]
    axes.plot(days, series.mean, color=PALE, lw=0.8)
    whole = len(days) - DAY // 2  # after that less than a day is left to average over
    axes.plot(days[:whole], series.smooth[:whole], color=NAVY, lw=1.6)
    axes.set_title(series.name, fontsize=9)
    axes.set_ylim(0, max(1.0, 1.08 * float(series.mean.max())))
    if series.hours is not None:
        axes.axvline(series.hours / DAY, color=ORANGE, lw=1.4)
        label = f"{series.hours} h"
    else:
        label = "grows" if series.grows else "no steady part"
    at = 0.0 if series.hours is None else series.hours / DAY
    axes.annotate(
        label, (at, 0.03), (4, 0), xycoords=("data", "axes fraction"), textcoords="offset points",
        color=ORANGE if series.hours is not None else INK, fontsize=9,
    )  # fmt: skip
