"""Waiting trucks over time: all gates, each gate, and the hours of the day."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.drawing import INK, OF_DIRECTION, ORANGE, PALE, brief, picture, plain_numbers
from sim.report.exhibit import HOVERED, Exhibit, Grid, Hover
from sim.report.folder import Output
from sim.report.peaks import backlog, peak, usual_hour
from sim.report.timeline import mark_dates, thinned, with_moment
from sim.report.words import ENOUGH_RUNS, Words
from sim.report.yards import standing_room

# The national single-window congestion alert, since 27 January 2022: a province shows red from 5,000 vehicles.
NATIONAL_ALERT = 5000


def by_hour(output: Output, words: Words) -> Exhibit:
    """Export trucks waiting at all gates: band, median, single runs."""
    frame = with_moment(output.tables["backlog"].filter(gate="", direction=output.direction))
    singles = output.tables["runs_backlog"]  # of exports
    runs = with_moment(singles if output.direction == "export" else singles.clear())
    worst = peak(output, backlog(output))
    lines = _limits(output, frame, worst, words)

    def draw(figure: Figure, wide: bool) -> None:
        axes = figure.add_subplot()
        for _, run in runs.group_by("replication", maintain_order=True):
            shown = thinned(run, wide=wide)
            axes.plot(shown["moment"], shown["waiting"], color=PALE, lw=0.6, label="_")
        if runs.height:
            axes.plot([], [], color=PALE, lw=1.2, label=words("backlog.runs", n=runs["replication"].n_unique()))
        _band(axes, thinned(frame, wide=wide), ORANGE, words, n=output.replications)
        _limit_lines(axes, lines, wide=wide, left=_rises(frame))
        axes.set_ylim(bottom=0)
        axes.set_ylabel(words("backlog.axis", trucks=trucks(output, words)))
        axes.patch.set_gid(HOVERED)
        plain_numbers(axes.yaxis, words)
        mark_dates(axes, *output.window, words, wide=wide)
        figure.legend(
            loc="outside upper left", ncols=3 if wide else 2, handlelength=1.4, columnspacing=1.4, borderpad=0
        )

    question, answer = words("backlog.question", trucks=trucks(output, words)), _answer(output, frame, worst, words)
    return Exhibit(
        key="F1-waiting-by-hour", question=question, answer=answer, data=frame.drop("moment"),
        picture=picture("f1", draw, wide=2.95, narrow=2.9, says=(question, answer)),
        grid=_evenings(output, words), hover=_hover(frame, words),
    )  # fmt: skip


def _hover(frame: pl.DataFrame, words: Words) -> Hover:
    rows = tuple(
        (f"{words.short_date(at)} {at:%H:%M}", words.number(p50), words.range(p10, p90))
        for at, p10, p50, p90 in frame.select("moment", "p10", "p50", "p90").iter_rows()
    )
    return Hover(text=words("backlog.hover", time="{0}", median="{1}", range="{2}"), rows=rows)


def trucks(output: Output, words: Words) -> str:
    """ "export trucks", or what the page's direction calls them."""
    return words(f"trucks.{output.direction}")


def by_gate(output: Output, words: Words) -> Exhibit:
    """Waiting trucks at each gate, exports and imports, on one scale of time."""
    gates = output.gates
    frame = with_moment(output.tables["backlog"].filter(pl.col("gate").is_in(gates), pl.col("direction") != ""))

    def draw(figure: Figure, wide: bool) -> None:
        columns = 2 if wide and len(gates) > 1 else 1
        panels = figure.subplots(-(-len(gates) // columns), columns, squeeze=False, sharex=True).flatten()
        for axes, gate in zip(panels, gates, strict=False):
            for direction, colour in OF_DIRECTION.items():
                rows = frame.filter(gate=gate, direction=direction)
                _band(axes, thinned(rows, wide=wide and columns == 1), colour, words, direction, n=output.replications)
            axes.set_title(brief(output.gate(gate)))
            axes.set_ylim(bottom=0)
            rising = _rises(frame.filter(gate=gate, direction=output.direction))
            _yard_line(axes, standing_room(output, gate), words, left=rising)
            plain_numbers(axes.yaxis, words)
            mark_dates(axes, *output.window, words, wide=wide and columns == 1)
        for axes in panels[len(gates) :]:
            axes.set_visible(False)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=2, handlelength=1.4, borderpad=0)

    rows = -(-len(gates) // 2) if len(gates) > 1 else 1
    question, answer = words("gates.question"), _gates_answer(output, gates, words)
    return Exhibit(
        key="F2-waiting-by-gate", question=question, answer=answer, data=frame.drop("moment"),
        picture=picture("f2", draw, wide=0.5 + 2 * rows, narrow=0.6 + 1.75 * len(gates), says=(question, answer)),
        grid=_peaks_grid(output, gates, words),
    )  # fmt: skip


def _band(axes: Axes, rows: pl.DataFrame, colour: str, words: Words, direction: str = "", *, n: int) -> None:
    """The band from 10 % to 90 % of n runs and the median."""
    band = words("backlog.band") if n >= ENOUGH_RUNS else words("backlog.band.few", n=n)
    label = words.named("direction", direction) if direction else words("backlog.median")
    axes.fill_between(
        rows["moment"], rows["p10"], rows["p90"], color=colour, alpha=0.12 if direction == "import" else 0.24, lw=0,
        label="_" if direction else band,
    )  # fmt: skip
    style = (0, (4, 1.5)) if direction == "import" else "-"
    axes.plot(rows["moment"], rows["p50"], color=colour, ls=style, label=label, lw=1.3)


def _limits(
    output: Output, frame: pl.DataFrame, worst: Mapping[str, Any] | None, words: Words
) -> list[tuple[float, str]]:
    """Lines to draw across: (trucks, label); those far above the band stay out."""
    room = standing_room(output)
    lines = [] if room is None else [(float(room), words("backlog.room", n=words.number(room)))]
    lines.append((float(NATIONAL_ALERT), words("backlog.alert", n=words.number(NATIONAL_ALERT))))
    if worst is not None:
        lines.append((float(worst["median"]), words("backlog.worst", n=words.number(worst["median"]))))
    top = max(float(frame["p90"].max() or 0), float(worst["high"]) if worst else 0)  # type: ignore[arg-type]
    return [line for line in lines if 0 < line[0] <= 1.5 * top]


def _limit_lines(axes: Axes, lines: list[tuple[float, str]], *, wide: bool, left: bool = False) -> None:
    """Lines across, their labels above them at the right (or left); labels that would touch stand side by side."""
    top = max([axes.get_ylim()[1], *(1.1 * level for level, _ in lines)])
    axes.set_ylim(0, top)
    for level, label in apart(lines, 0.08 * top):
        axes.annotate(
            brief(label, 80 if wide else 42), (0 if left else 1, level), xycoords=("axes fraction", "data"),
            ha="left" if left else "right", va="bottom", fontsize=8.5, color=INK,
            xytext=(2 if left else -2, 2), textcoords="offset points",
            bbox={"facecolor": "white", "alpha": 0.8, "lw": 0, "pad": 0.5},
        )  # fmt: skip
    for level, _ in lines:
        axes.axhline(level, color=INK, lw=0.8, ls=(0, (1, 2)))


def _rises(frame: pl.DataFrame) -> bool:
    """Whether the queue of the last third is longer than that of the first, so that labels have room at the left."""
    third = max(1, frame.height // 3)
    return float(frame.tail(third)["p90"].sum()) > 1.5 * float(frame.head(third)["p90"].sum())


def apart(lines: list[tuple[float, str]], least: float) -> list[tuple[float, str]]:
    """Levels and labels in which no two levels are nearer than `least`: nearer ones share the highest of them."""
    found: list[tuple[float, str]] = []
    for level, label in sorted(lines):
        if found and level - found[-1][0] < least:
            found[-1] = (level, f"{found[-1][1]} · {label}")
        else:
            found.append((level, label))
    return found


def _yard_line(axes: Axes, room: int | None, words: Words, *, left: bool) -> None:
    if room is not None and room <= 1.3 * axes.get_ylim()[1]:
        _limit_lines(axes, [(float(room), words("backlog.room", n=words.number(room)))], wide=False, left=left)


def _answer(output: Output, frame: pl.DataFrame, worst: Mapping[str, Any] | None, words: Words) -> str:
    if worst is None:
        return words("backlog.none")
    n = words.number(worst["n"])
    parts = [
        words(
            "backlog.answer", low=words.number(frame["p50"].min()), high=words.number(frame["p50"].max()),  # type: ignore[arg-type]
            peak=words.number(worst["median"]), range=words.range(worst["low"], worst["high"]), n=n,
            runs=words.runs(worst["n"]),
        ),
        _caution(output.replications, words),
    ]  # fmt: skip
    if worst["high"] * 1.5 < NATIONAL_ALERT:
        parts.append(words("backlog.far", n=words.number(NATIONAL_ALERT)))
    return " ".join(parts)


def _caution(n: int, words: Words) -> str:
    """What the band of n runs does not say."""
    if n < 2:
        return words("backlog.single")
    return words("backlog.caution") if n >= ENOUGH_RUNS else words("backlog.caution.few", n=n)


def _gates_answer(output: Output, gates: list[str], words: Words) -> str:
    found = [(gate, peak(output, backlog(output), gate)) for gate in gates]
    peaks = [(gate, row) for gate, row in found if row is not None]
    parts = [
        words(
            "gates.one",
            gate=output.gate(gate),
            peak=words.number(row["median"]),
            range=words.range(row["low"], row["high"]),
        )
        for gate, row in sorted(peaks, key=lambda item: -item[1]["median"])
    ]
    return words(
        "gates.answer",
        trucks=trucks(output, words),
        list="; ".join(parts),
        n=words.number(output.replications),
        runs=words.runs(output.replications),
    )


def _evenings(output: Output, words: Words) -> Grid:
    """Export trucks waiting at 20:00 by day, the number of the boards' bulletins."""
    table = output.tables["backlog_20h"].filter(direction=output.direction)
    gates = output.gates
    rows = []
    for date in table["date"].unique().sort():
        day = table.filter(date=date)
        found = {row["gate"]: row for row in day.iter_rows(named=True)}
        total = found.get("", {})
        cells = [words.number(found.get(gate, {}).get("mean")) for gate in gates]
        interval = words.range(total.get("low"), total.get("high"))
        rows.append((date, words.number(total.get("median")), words.number(total.get("mean")), interval, *cells))
    head = (words("head.date"), words("head.all.median"), words("head.all.mean"), words("head.interval"))
    return Grid(
        caption=words("backlog.table", trucks=trucks(output, words), n=output.replications),
        head=(*head, *(output.gate(gate) for gate in gates)),
        rows=tuple(rows),
    )


def _peaks_grid(output: Output, gates: list[str], words: Words) -> Grid:
    rows = []
    for gate in gates:
        for direction in OF_DIRECTION:
            row = peak(output, f"backlog {direction}", gate)
            if row is not None:
                name = words("of", what=words.named("direction", direction), place=output.gate(gate))
                when = usual_hour(output, f"backlog {direction}", gate, words)
                rows.append((name, words.number(row["median"]), words.range(row["low"], row["high"]), when))
    head = (words("head.gate"), words("head.peak"), words("head.range80"), words("head.when"))
    return Grid(
        caption=words("gates.table", n=output.replications, runs=words.runs(output.replications)),
        head=head,
        rows=tuple(rows),
    )
