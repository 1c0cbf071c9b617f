"""Why trucks waited, and where: the waited hours, each with exactly one cause."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from sim.report.crossings import gate_name
from sim.report.drawing import picture, plain_numbers, row_names
from sim.report.exhibit import Exhibit, Grid
from sim.report.folder import Output
from sim.report.words import Words

# In order of precedence, as they stand in the bars; the closed gates are shades of one colour.
COLOURS = {
    "hours": "#08306B", "holiday": "#3E6CA8", "incident": "#7A4B9A", "order": "#8C1D5A", "far side": "#D1600F",
    "own capacity": "#2E8B8B", "overtaken": "#7A6A1F", "no place ahead": "#5B6673", "called late": "#A3785A",
}  # fmt: skip


def hours(output: Output, *, by: str, direction: str = "") -> pl.DataFrame:
    """Waited truck-hours of the measured time by `by` (gate or station) and cause: name, cause, mean, low, high, n."""
    others = {"cargo": "", "station" if by == "gate" else "gate": ""}
    chosen = output.tables["causes"].filter(pl.col("cause") != "", direction=direction, **others)
    return chosen.select(pl.col(by).alias("name"), "cause", "mean", "low", "high", "n")


def ranked(output: Output, direction: str = "") -> list[tuple[str, float]]:
    """Causes and their share of all waited hours, greatest first; empty when nobody waited."""
    total = hours(output, by="gate", direction=direction).filter(pl.col("mean") > 0, name="")
    everything = float(total["mean"].sum())
    return [
        (row["cause"], row["mean"] / everything)
        for row in total.sort("mean", "cause", descending=[True, False]).to_dicts()
    ]


def stations(output: Output, direction: str = "") -> list[tuple[str, float]]:
    """Stations and the hours per day waited for them, greatest first, those with none left out."""
    frame = hours(output, by="station", direction=direction).filter(pl.col("name") != "", pl.col("mean") > 0)
    totals = frame.group_by("name").agg(pl.col("mean").sum()).sort("mean", "name", descending=[True, False])
    return [(row["name"], row["mean"] / output.days) for row in totals.to_dicts()]


def by_gate(output: Output, words: Words) -> Exhibit:
    """Waited hours per day by cause, one bar a gate."""
    frame = hours(output, by="gate")
    waited = set(frame.filter(pl.col("mean") > 0)["name"])
    names = [gate for gate in output.gates or [""] if gate in waited]
    frame = frame.filter(pl.col("name").is_in(names))
    question, answer = words("causes.question"), _answer(output, words)
    return _bars(
        output, words, frame, {gate: gate_name(output, gate, words) for gate in names},
        key="F6-causes-of-waiting", short="f6", question=question, answer=answer,
        caption=words("causes.table", n=output.replications), first=words("head.gate"),
    )  # fmt: skip


def by_station(output: Output, words: Words) -> Exhibit:
    """Waited hours per day by station, the longest first, split by cause."""
    found = stations(output)[:12]
    frame = hours(output, by="station").filter(pl.col("name").is_in([station for station, _ in found]))
    total = sum(hours_a_day for _, hours_a_day in stations(output))
    question = words("stations.question")
    parts = [
        words("stations.one", station=output.station(key), hours=words.number(h), share=words.share(h / total))
        for key, h in found[:3]
    ]
    n = output.replications
    answer = words("stations.answer", list="; ".join(parts), n=n) if parts else words("causes.none")
    return _bars(
        output, words, frame, {key: output.station(key) for key, _ in found}, key="F5-where-the-hours-go", short="f5",
        question=question, answer=answer, caption=words("stations.table", n=n), first=words("head.station"),
    )  # fmt: skip


def _bars(
    output: Output, words: Words, frame: pl.DataFrame, titles: Mapping[str, str], *,
    key: str, short: str, question: str, answer: str, caption: str, first: str,
) -> Exhibit:  # fmt: skip
    """A stacked bar for each name in `titles`, hours per day by cause."""
    per_day = {(row["name"], row["cause"]): row["mean"] / output.days for row in frame.to_dicts()}
    causes = [cause for cause in _in_order(frame) if sum(per_day.get((name, cause), 0) for name in titles) > 0]

    def draw(figure: Figure, wide: bool) -> None:
        axes = figure.add_subplot()
        row_names(axes, list(titles.values()), wide=wide)
        left, known = np.zeros(len(titles)), []
        for cause in causes:
            colour = COLOURS.get(cause, "#5B6673")
            values = np.array([per_day.get((name, cause), 0.0) for name in titles])
            axes.barh(np.arange(len(titles)), values, 0.5, left=left, color=colour, edgecolor="white", lw=0.8)
            left += values
            known.append(Patch(facecolor=colour, label=words.named("cause", cause)))
        for row, end in enumerate(left.tolist()):
            axes.annotate(words.number(end), (end, row), (5, 0), textcoords="offset points", va="center", fontsize=9)
        if causes:
            figure.legend(
                handles=known, loc="outside upper left", ncols=5 if wide else 2, handlelength=1.2, borderpad=0
            )
        axes.set_xlabel(words("causes.axis"))
        plain_numbers(axes.xaxis, words)
        axes.set_xlim(0, axes.get_xlim()[1] * (1.08 if wide else 1.14))

    rows = tuple(
        (title, *(words.number(per_day.get((name, cause), 0.0), 1) for cause in causes),
         words.number(sum(per_day.get((name, cause), 0.0) for cause in causes), 1))
        for name, title in titles.items()
    )  # fmt: skip
    head = (first, *(words.named("cause", cause) for cause in causes), words("head.sum"))
    height = 0.95 + 0.5 * max(1, len(titles))
    return Exhibit(
        key=key, question=question, answer=answer, data=frame, grid=Grid(caption=caption, head=head, rows=rows),
        picture=picture(short, draw, wide=height, narrow=height + 0.7, says=(question, answer)),
    )  # fmt: skip


def _in_order(frame: pl.DataFrame) -> list[str]:
    """Causes of the frame in order of precedence, unknown ones last."""
    known = list(COLOURS)
    return sorted(
        frame["cause"].unique(), key=lambda cause: (known.index(cause) if cause in known else len(known), cause)
    )


def _answer(output: Output, words: Words) -> str:
    causes = ranked(output)
    if not causes:
        return words("causes.none")
    parts = [
        words("causes.one", cause=words.named("cause", cause), share=words.share(share)) for cause, share in causes[:3]
    ]
    return words("causes.answer", list=words.listing(parts)) + " " + _sums(output, words)


def _sums(output: Output, words: Words) -> str:
    """The proof that causes add up: both sums over all runs, in hours, and whether they agree to the millisecond."""
    frame = output.tables["cause_total"]
    parts = [name for name in frame.columns if name not in ("replication", "waited_ms")]
    by_cause, waited = frame.select(pl.sum_horizontal(parts)).to_series(), frame["waited_ms"]
    key = "causes.equal" if (by_cause == waited).all() else "causes.unequal"
    told = {"total": words.number(float(waited.sum()) / 3.6e6), "parts": words.number(float(by_cause.sum()) / 3.6e6)}
    return words(key, n=frame.height, **told)
