"""Which hours of which days are worst: a map of hours and dates."""

import polars as pl
from matplotlib.figure import Figure

from sim.report.backlog import trucks
from sim.report.drawing import GREY, picture, plain_numbers
from sim.report.exhibit import Exhibit, Grid
from sim.report.folder import Output
from sim.report.timeline import as_days, mark_dates, with_moment
from sim.report.words import Words


def heat_map(output: Output, words: Words) -> Exhibit:
    """Export trucks waiting by hour of the day and date, mean over runs."""
    frame = with_moment(output.tables["backlog"].filter(gate="", direction=output.direction)).with_columns(
        pl.col("moment").dt.date().alias("date"), pl.col("moment").dt.hour().alias("hour")
    )
    cells = frame.group_by("hour", "date").agg(pl.col("mean").mean()).sort("hour", "date")
    grid = cells.pivot("date", index="hour", values="mean").sort("hour")

    def draw(figure: Figure, wide: bool) -> None:
        axes = figure.add_subplot()
        values = grid.drop("hour").to_numpy()
        left = as_days(frame["moment"].dt.truncate("1d").min())  # type: ignore[arg-type]
        hours = grid["hour"].to_list()
        box = (left, left + values.shape[1], hours[-1] + 1, hours[0])
        image = axes.imshow(values, cmap="cividis_r", aspect="auto", interpolation="none", extent=box)
        axes.set_yticks([h for h in range(0, 25, 4) if hours[0] <= h <= hours[-1] + 1])
        axes.yaxis.set_major_formatter(lambda hour, _: f"{int(hour):02d}:00")
        axes.grid(visible=False)
        mark_dates(axes, *output.window, words, wide=wide)
        bar = figure.colorbar(image, ax=axes, location="right" if wide else "bottom", aspect=30, pad=0.02)
        bar.outline.set_visible(False)
        bar.set_label(words("heat.axis", trucks=trucks(output, words)), color=GREY)
        plain_numbers(bar.ax.yaxis if wide else bar.ax.xaxis, words)

    by_hour_of_day = cells.group_by("hour").agg(pl.col("mean").mean()).sort("mean", "hour")
    question, answer = words("heat.question"), _heat_answer(output, by_hour_of_day, words)
    rows = [
        (f"{r['hour']:02d}:00", words.number(r["mean"], 1)) for r in by_hour_of_day.sort("hour").iter_rows(named=True)
    ]
    caption = words("heat.table", trucks=trucks(output, words), n=output.replications)
    return Exhibit(
        key="F9-hours-and-days", question=question, answer=answer, data=cells,
        picture=picture("f9", draw, wide=2.9, narrow=3.2, says=(question, answer)),
        grid=Grid(caption=caption, head=(words("head.hour"), words("head.waiting")), rows=tuple(rows)),
    )  # fmt: skip


def _heat_answer(output: Output, by_hour: pl.DataFrame, words: Words) -> str:
    quiet, busy = by_hour.row(0, named=True), by_hour.row(-1, named=True)
    return words(
        "heat.answer",
        trucks=trucks(output, words),
        busy=f"{busy['hour']:02d}:00",
        most=words.number(busy["mean"]),
        n=output.replications,
        quiet=f"{quiet['hour']:02d}:00",
        least=words.number(quiet["mean"]),
        days=words.number(output.days),
    )
