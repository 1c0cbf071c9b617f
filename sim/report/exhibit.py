"""What a section of the report is made of: a question, a picture, an answer in words, the data behind."""

from dataclasses import dataclass

import polars as pl

from sim.report.drawing import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table for people: texts only, the first column names the row."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


HOVERED = "ck-area"  # id of the plot area that the page's script reads, before the figure's prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class Hover:
    """What to say at each of the equal steps across the plot area: a text with {0}, {1}, ... and its fields."""

    text: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One figure of the report."""

    key: str  # name of its files, and of its place in the page
    question: str
    answer: str  # in words, with numbers, n, interval and units
    picture: Picture
    data: pl.DataFrame  # every number drawn
    grid: Grid  # what the page shows of the data
    hover: Hover | None = None


def csv(table: pl.DataFrame) -> bytes:
    """A table as UTF-8 CSV in which no cell is taken for a formula by a spreadsheet."""
    guarded = table.with_columns(pl.col(pl.String).str.replace(r"^([=+\-@\t\r])", "'$1"))
    return guarded.write_csv(line_terminator="\n").encode("utf-8")
