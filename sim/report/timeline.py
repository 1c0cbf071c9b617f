"""The time axis of the figures by the hour."""

from datetime import datetime, timedelta

import polars as pl
from matplotlib.axes import Axes

from sim.report.words import Words

MOST_POINTS = {True: 800, False: 380}  # of a line: wide, narrow


def as_days(moment: datetime) -> float:
    """The moment as matplotlib counts time: days since the beginning of 1970."""
    return (moment - datetime(1970, 1, 1)) / timedelta(days=1)  # noqa: DTZ001  # local times have no zone here


def with_moment(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with `moment`, its local `time` as a date-time, in order."""
    return frame.with_columns(pl.col("time").str.to_datetime("%Y-%m-%dT%H:%M").alias("moment")).sort("moment")


def thinned(frame: pl.DataFrame, *, wide: bool) -> pl.DataFrame:
    """At most MOST_POINTS rows: a block of hours keeps the lowest p10, the highest p90 and the mean of the rest."""
    block = -(-frame.height // MOST_POINTS[wide])
    if block <= 1:
        return frame
    numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    keep = {"p10": pl.Expr.min, "p90": pl.Expr.max}
    columns = [pl.col("moment").min(), *(keep.get(name, pl.Expr.mean)(pl.col(name)) for name in numbers)]
    blocks = frame.with_row_index("block").with_columns(pl.col("block") // block)
    return blocks.group_by("block", maintain_order=True).agg(columns).drop("block")


def mark_dates(axes: Axes, first: datetime, last: datetime, words: Words, *, wide: bool) -> None:
    """Ticks at midnights (or hours, in a short period), few enough to be read."""
    axes.set_xlim(as_days(first), as_days(last))
    days, most = (last - first) / timedelta(days=1), 8 if wide else 4
    if days <= 2:
        step = next(h for h in (1, 2, 3, 6, 12, 24) if days * 24 / h <= 2 * most)
        ticks = [first.replace(minute=0) + timedelta(hours=h) for h in range(0, int(days * 24) + 1, step)]
        labels = [f"{tick:%H:%M}" for tick in ticks]
    else:
        step = next(d for d in (1, 2, 3, 5, 7, 10, 14, 30, 60, 91, 182, 365, 10_000) if days / d <= most)
        midnight = first.replace(hour=0, minute=0)
        ticks = [midnight + timedelta(days=d) for d in range(0, int(days) + 2, step)]
        labels = [words.short_date(tick) for tick in ticks]
    shown = [(tick, label) for tick, label in zip(ticks, labels, strict=True) if first <= tick < last]
    axes.set_xticks([as_days(tick) for tick, _ in shown], [label for _, label in shown], ha="left")
    axes.tick_params(axis="x", pad=2)
