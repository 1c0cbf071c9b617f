"""The figures of a sweep and its one-file report, made from the tables in its folder."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from sim.experiment.files import safe_name, write_atomic
from sim.report.drawing import Draw, picture
from sim.report.drawn import drawn_once
from sim.report.exhibit import Exhibit, Grid, csv
from sim.report.folder import clean
from sim.report.sweep_axes import Axis, Metric, axes_of, metrics_of
from sim.report.sweep_figures import (
    MOST_LINES,
    front_drawing,
    front_table,
    heat_drawing,
    heat_table,
    is_a_choice,
    response_drawing,
    response_table,
)
from sim.report.sweep_page import page, ranked_metrics, replications, verdict
from sim.report.words import Words
from sim.report.words import words as catalogue

MOST_FRONTS = 3
_MOST_ROWS = 60  # of a table in the page; the files hold all
REPORT = "report.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """A finished sweep, as its folder has it."""

    manifest: dict[str, Any]
    points: pl.DataFrame
    ranking: pl.DataFrame
    axes: tuple[Axis, ...]
    metrics: tuple[Metric, ...]
    words: Words

    @property
    def levers(self) -> list[Axis]:
        """The factors that a board can choose."""
        return [axis for axis in self.axes if axis.role == "lever"]


def draw(folder: Path) -> list[Path]:
    """Write report.html and figures/ of a sweep's folder, unless they are of its tables already; the figures' SVGs."""
    return drawn_once(folder, partial(_draw, folder), also=(REPORT,))


def _draw(folder: Path, home: Path) -> None:
    swept = read(folder)
    shown = list(exhibits(swept))
    for exhibit in shown:
        for suffix, data in ((".svg", exhibit.picture.svg), (".png", exhibit.picture.png), (".csv", csv(exhibit.data))):
            write_atomic(home / f"{exhibit.key}{suffix}", data)
    failed = pl.read_parquet(folder / "sweep.parquet").filter(pl.col("status") != "ok")
    text = page(swept.manifest, shown, swept.axes, swept.metrics, swept.points, swept.ranking, failed, swept.words)
    write_atomic(folder / REPORT, text.encode())


def read(folder: Path) -> Swept:
    """What the figures of a sweep are made of."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    points, ranking = (pl.read_parquet(folder / f"{name}.parquet") for name in ("points", "ranking"))
    language = catalogue("en")
    return Swept(
        manifest=manifest, points=points, ranking=ranking, axes=tuple(axes_of(manifest["factors"], points)),
        metrics=tuple(metrics_of(manifest, points, language)), words=language,
    )  # fmt: skip


def answer(folder: Path) -> list[str]:
    """What the sweep says, in sentences."""
    swept = read(folder)
    ranked = ranked_metrics(swept.metrics, swept.ranking)
    return list(verdict(ranked, swept.levers, swept.metrics, swept.points, swept.words))


def exhibits(swept: Swept) -> Iterator[Exhibit]:
    """Every figure, metric by metric, then the trade-offs."""
    for metric in swept.metrics if swept.axes else ():
        own = swept.points.filter(pl.col("metric") == metric.name, pl.col("value").is_not_null())
        yield from _of_metric(swept, metric, own)
    yield from _fronts(swept)


def _of_metric(swept: Swept, metric: Metric, points: pl.DataFrame) -> Iterator[Exhibit]:
    axes, words = swept.axes, swept.words
    is_cloudy = any(axis.is_cloud for axis in axes)
    if not is_cloudy and len(axes) > 1:
        cells = heat_table(points, axes[0], axes[1])
        question = words("sweep.heat", metric=metric.title, across=_title(axes[0]), up=_title(axes[1]))
        yield _exhibit(
            f"heat-{metric.name}", question, words("sweep.heat.answer", averaged=_averaged(swept, axes[2:])),
            heat_drawing(metric, axes[0], axes[1], cells, words), cells, axes[:2], [("value", metric)], words,
        )  # fmt: skip
    for axis in axes if is_cloudy else axes[:1]:
        few = (a for a in axes if a is not axis and not a.is_cloud and len(a.levels) <= MOST_LINES)
        lines = next(few, None)
        rows = response_table(points, axis, lines)
        key = f"response-{metric.name}" + ("" if axis is axes[0] else f"-{axis.name}")
        others = [a for a in axes if a not in (axis, lines)]
        yield _exhibit(
            key, words("sweep.response", metric=metric.title, along=_title(axis)), _bands(swept, others, axis),
            response_drawing(metric, axis, lines, rows, words), rows, [axis, *([lines] if lines else [])],
            [("value", metric), ("low", metric), ("high", metric)], words,
        )  # fmt: skip


def _fronts(swept: Swept) -> Iterator[Exhibit]:
    """The first metric against others of which one cannot be had without giving up some of the other."""
    ranked = [m for m in swept.metrics if m.name in swept.ranking["metric"]]
    levers, told = swept.levers, 0
    for second in ranked[1:]:
        table = front_table(swept.ranking, [axis.name for axis in levers], ranked[0], second)
        if is_a_choice(table) and told < MOST_FRONTS:
            told += 1
            first = ranked[0]
            question = swept.words("sweep.front", first=first.title, second=second.title)
            answer = swept.words("sweep.front.answer", n=table["on_front"].sum(), of=table.height)
            yield _exhibit(
                f"front-{first.name}-{second.name}", question, answer,
                front_drawing(first, second, levers, table, swept.words), table, levers,
                [("first", first), ("second", second)], swept.words,
            )  # fmt: skip


def _exhibit(
    key: str, question: str, answer: str, drawing: Draw, table: pl.DataFrame, axes: Sequence[Axis],
    columns: Sequence[tuple[str, Metric]], words: Words,
) -> Exhibit:  # fmt: skip
    name = safe_name(key)
    made = picture(name, drawing, wide=4.2, narrow=3.8, says=(clean(question), answer))
    heads = [column if len(columns) > 2 and column != "value" else metric.label for column, metric in columns]
    rows = [
        (
            *(axis.said(row[axis.name]) for axis in axes),
            *(metric.said(row[column], words) for column, metric in columns),
        )
        for row in table.head(_MOST_ROWS).iter_rows(named=True)
    ]
    grid = Grid(caption=question, head=(*(axis.label for axis in axes), *heads), rows=tuple(rows))
    return Exhibit(key=name, question=question, answer=answer, picture=made, data=table, grid=grid)


def _title(axis: Axis) -> str:
    return axis.label.partition(" [")[0]


def _averaged(swept: Swept, others: Sequence[Axis]) -> str:
    names = swept.words.listing([_title(axis) for axis in others])
    return swept.words("sweep.averaged", others=names) if others else ""


def _bands(swept: Swept, others: Sequence[Axis], along: Axis) -> str:
    """What the line and its band are."""
    n = replications(swept.manifest, swept.words)
    if along.is_cloud:
        return swept.words("sweep.cloud", n=n)
    if others:
        return swept.words("sweep.band.points", others=swept.words.listing([_title(axis) for axis in others]), n=n)
    return swept.words("sweep.band" if n != "1" else "sweep.band.none", n=n)
