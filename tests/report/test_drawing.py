"""Figures: lines keep their shape when they are written short, long series keep their extremes."""

import re
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from sim.report.drawing import brief
from sim.report.svg import _relative, inline
from sim.report.timeline import MOST_POINTS, thinned


def points(path):
    """The corners of a path of absolute moves and relative steps."""
    x = y = 0.0
    found = []
    for command, numbers in re.findall(r"([Mlz])([^Mlz]*)", path):
        values = [float(n) for n in re.findall(r"-?\d*\.?\d+(?:e-?\d+)?", numbers)]
        for across, down in zip(values[::2], values[1::2], strict=True):
            x, y = (across, down) if command == "M" else (x + across, y + down)
            found.append((x, y))
    return np.array(found)


def test_relative_steps_never_drift_from_the_line():
    """10,000 random corners: each within half a tenth of a point, as if written alone."""
    chance = np.random.default_rng(3)
    corners = np.cumsum(chance.normal(0, 1.7, (10_000, 2)), axis=0)
    path = "M " + " \nL ".join(f"{x:.6f} {y:.6f}" for x, y in corners)
    assert np.abs(points(_relative(path)) - corners).max() <= 0.05 + 1e-6


def test_closed_areas_and_several_pieces_keep_their_corners():
    path = "M 10 20 \nL 10.5 19 \nL 0 0 \nz \nM 1 1 \nL 2 0.25"
    assert _relative(path) == "M10 20l.5-1-10.5-19zM1 1l1-.8"


def test_ids_and_references_carry_the_figures_key_and_nothing_runs():
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9pt">'
        '<metadata>x</metadata><defs><style>*{}</style><path id="a" d="M 0 0 L 1.23456 2"/></defs>'
        '<use xlink:href="#a" x="3.14159" clip-path="url(#c)"/><text>&lt;b&gt;</text></svg>'
    )
    assert inline(svg, key="k", says=("<t>", "d"), css_class="wide") == (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="k-title k-desc" class="wide">'
        '<title id="k-title">&lt;t&gt;</title><desc id="k-desc">d</desc>'
        '<defs><path id="k-a" d="M0 0l1.2 2" /></defs>'
        '<use x="3.14" clip-path="url(#k-c)" href="#k-a" /><text>&lt;b&gt;</text></svg>'
    )


@pytest.mark.parametrize("wide", [True, False])
def test_a_year_is_thinned_without_losing_its_peak(wide):
    start = datetime.fromisoformat("2025-01-01T00:00")
    hours = 8760
    p90 = np.sin(np.arange(hours)) + (np.arange(hours) == 5000) * 9
    frame = pl.DataFrame({"moment": [start + timedelta(hours=h) for h in range(hours)], "p10": p90 - 3, "p90": p90})
    short = thinned(frame, wide=wide)
    assert short.height <= MOST_POINTS[wide]
    assert (short["p90"].max(), short["p10"].min()) == (frame["p90"].max(), frame["p10"].min())
    assert short["moment"][0] == start


def test_a_short_series_is_left_as_it_is():
    frame = pl.DataFrame({"moment": [1, 2, 3], "p10": [1, 2, 3]})
    assert thinned(frame, wide=True).equals(frame)


def test_long_labels_are_cut_and_line_breaks_go():
    assert brief("a\n b", 10) == "a b"
    assert brief("abcdefghij klm", 10) == "abcdefghi…"
