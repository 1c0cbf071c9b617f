"""Draws docs/check.svg, what `cuakhau check` says of ten planted faults: `python -m tests.scenario.picture`."""

from contextlib import chdir
from html import escape
from pathlib import Path

from sim.scenario.faults import render
from sim.scenario.load import examine

FILES = Path(__file__).with_name("files")
PICTURE = FILES.parents[2] / "docs" / "check.svg"
WIDTH, ROW, CHAR = 132, 17, 7.8
NO_BREAK = "\u00a0"  # plain spaces would be drawn as one
COLOURS = {"error": "#f38ba8", "caret": "#f38ba8", "hint": "#94e2d5", "source": "#a6adc8", "last": "#f9e2af"}


def kind(row, is_last):
    """What a line of the output is, for its colour."""
    if is_last:
        return "last"
    if row.lstrip().startswith("hint:"):
        return "hint"
    head = row.partition("|")[0].strip()
    return ("source" if head else "caret") if "|" in row[:9] else "error"


def picture():
    """The SVG."""
    with chdir(FILES):
        rows = ["$ cuakhau check ten-faults.yaml", *render(examine("ten-faults.yaml")[1]).splitlines()]
    kinds = ["prompt", *(kind(row, row is rows[-1]) for row in rows[1:])]
    lines = [text(n, row, COLOURS.get(of, "#cdd6f4")) for n, (row, of) in enumerate(zip(rows, kinds, strict=True))]
    width, height = int(WIDTH * CHAR) + 32, len(rows) * ROW + 36
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'role="img" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13">'
    )
    title = "<title>cuakhau check names ten planted faults, each at its line and column</title>"
    ground = f'<rect width="{width}" height="{height}" rx="8" fill="#1e1e2e"/>'
    return "\n".join([head, title, ground, *lines, "</svg>\n"])


def text(n, row, colour):
    """The n-th line of the picture."""
    shown = escape(cut(row)).replace(" ", NO_BREAK)
    return f'<text x="16" y="{34 + n * ROW}" fill="{colour}">{shown}</text>'


def cut(row):
    """A line as a terminal of this width shows its beginning."""
    return row if len(row) <= WIDTH else row[: WIDTH - 3] + "..."


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
