"""The contest as a picture: how many times quicker than SimPy as users write it."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

from benchmarks import contenders as c
from benchmarks import whole as w
from benchmarks.measure import Floats, spread

BLUE, ORANGE, PALE = "#08306B", "#D1600F", "#D9DEE5"
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "cuakhau", "font.size": 9, "font.family": "DejaVu Sans"}
OURS = (c.OURS, c.COMPILED, c.FOLDED, w.WARM)


def draw(ratios: Mapping[str, Floats], caption: str, path: Path) -> None:
    """Bars of medians with least and most, on a logarithmic scale."""
    mpl.rcParams.update(STYLE)
    names = sorted(ratios, key=lambda name: float(np.median(ratios[name])))
    found = np.array([spread(ratios[name]) for name in names])
    figure, axes = plt.subplots(figsize=(7.2, 0.9 + 0.3 * len(names)), layout="constrained")
    colours = [BLUE if name in OURS else ORANGE if name == c.USER else PALE for name in names]
    errors = np.abs(found[:, 1:] - found[:, :1]).T
    axes.barh(names, found[:, 0], color=colours, xerr=errors, error_kw={"ecolor": "#6B7682", "capsize": 2})
    for row, (middle, _, high) in enumerate(found):
        axes.text(high * 1.08, row, f"{middle:.3g}", va="center")
    axes.set_xscale("log")
    axes.set_xlim(right=float(found.max()) * 2)
    axes.axvline(1, color=ORANGE, linewidth=0.8)
    axes.set_xlabel(f"times as many trucks a second as SimPy as users write it\n{caption}")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
