"""Whether yards, parks and the road hold, and what is worked hardest."""

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.drawing import INK, NAVY, ORANGE, TEAL, brief, picture, plain_numbers, row_names
from sim.report.exhibit import Exhibit, Grid
from sim.report.folder import Output
from sim.report.peaks import peak, usual_hour
from sim.report.timeline import mark_dates, thinned, with_moment
from sim.report.words import Words
from sim.report.yards import capacity, roads, yards

MOST_PANELS = 6
ROAD = "road km"


def yard_and_road(output: Output, words: Words) -> Exhibit:
    """Trucks inside each yard against its places, and kilometres of queue on each road."""
    jammed = [key for key in roads(output) if (peak(output, ROAD, key) or {}).get("p90")]
    panels = [*((key, "inside") for key in yards(output)[:MOST_PANELS]), *((key, ROAD) for key in jammed)]
    inside = output.tables["occupancy"].rename({"inside_mean": "mean"}).drop("waiting_mean")
    inside = inside.with_columns(what=pl.lit("inside"))
    road = output.tables["road"].with_columns(what=pl.lit(ROAD))
    columns = ["time", "what", "station", "mean", "p10", "p90"]
    frame = with_moment(pl.concat([inside.select(columns), road.select(columns)]))

    def draw(figure: Figure, wide: bool) -> None:
        columns = 2 if wide and len(panels) > 1 else 1
        grid = figure.subplots(max(1, -(-len(panels) // columns)), columns, squeeze=False, sharex=True).flatten()
        for axes, (key, what) in zip(grid, panels, strict=False):
            rows = thinned(frame.filter(station=key, what=what), wide=wide and columns == 1)
            _panel(axes, rows, output, key, what, words)
            mark_dates(axes, *output.window, words, wide=wide and columns == 1)
        for axes in grid[len(panels) :]:
            axes.set_visible(False)

    question, answer = words("places.question"), _answer(output, panels, words)
    rows = max(1, -(-len(panels) // 2))
    return Exhibit(
        key="F7-yards-and-road", question=question, answer=answer, data=frame.drop("moment"),
        picture=picture(
            "f7", draw, wide=0.3 + 1.9 * rows, narrow=0.4 + 1.7 * max(1, len(panels)), says=(question, answer)
        ),
        grid=_grid(output, words),
    )  # fmt: skip


def _panel(axes: Axes, rows: pl.DataFrame, output: Output, key: str, what: str, words: Words) -> None:
    colour = TEAL if what == "inside" else ORANGE
    axes.fill_between(rows["moment"], rows["p10"], rows["p90"], color=colour, alpha=0.25, lw=0)
    axes.plot(rows["moment"], rows["mean"], color=colour, lw=1.3)
    unit = words("unit.trucks") if what == "inside" else words("unit.km")
    axes.set_title(words("places.title", name=brief(output.station(key), 42), unit=unit))
    top, limit = float(rows["p90"].max() or 0), capacity(output, key) if what == "inside" else None  # type: ignore[arg-type]
    axes.set_ylim(0, max(top * 1.12, 1e-3))
    plain_numbers(axes.yaxis, words)
    if limit is not None and limit <= 1.6 * top:
        axes.set_ylim(0, max(top, limit) * 1.16)
        axes.axhline(limit, color=INK, lw=0.8, ls=(0, (1, 2)))
        label = words("places.limit", n=words.number(limit))
        axes.annotate(
            label, (1, limit), (-2, 1.5), xycoords=("axes fraction", "data"), textcoords="offset points", ha="right",
            va="bottom", fontsize=8.5,
        )  # fmt: skip


def _answer(output: Output, panels: list[tuple[str, str]], words: Words) -> str:
    parts = [words("places.clear", name=output.station(key)) for key in roads(output) if (key, ROAD) not in panels]
    for key, what in panels:
        row, limit = peak(output, what, key), capacity(output, key)
        if row is None:
            continue
        digits = 1 if what == ROAD else 0
        told = {"name": output.station(key), "peak": words.number(row["median"], digits)}
        told["range"] = words.range(row["low"], row["high"], digits)
        if what == ROAD:
            parts.append(words("places.road", **told))
        elif limit is not None:
            text = "places.full" if row["median"] >= limit else "places.room"
            parts.append(words(text, capacity=words.number(limit), **told))
        else:
            parts.append(words("places.open", **told))
    band = words("places.band", n=output.replications, runs=words.runs(output.replications))
    return " ".join([*parts, band]) if parts else words("places.none")


def _grid(output: Output, words: Words) -> Grid:
    rows = []
    for key, what in [*((key, "inside") for key in yards(output)), *((key, ROAD) for key in roads(output))]:
        row, digits = peak(output, what, key) or {}, 1 if what == ROAD else 0
        unit = words("unit.km") if what == ROAD else words("unit.trucks")
        limit = "–" if what == ROAD else words.number(capacity(output, key))
        when = usual_hour(output, what, key, words) if row else "–"
        peaks = (words.number(row.get("median"), digits), words.range(row.get("low"), row.get("high"), digits))
        rows.append((output.station(key), unit, *peaks, limit, when))
    keys = ("station", "unit", "peak", "range80", "places", "when")
    return Grid(
        caption=words("places.table", n=output.replications, runs=words.runs(output.replications)),
        head=tuple(words(f"head.{k}") for k in keys),
        rows=tuple(rows),
    )


def utilisation(output: Output, words: Words) -> Exhibit:
    """Server time working over server time on duty, by station, highest first."""
    frame = output.tables["utilisation"].filter(pl.col("mean").is_not_null())
    rows = frame.sort("mean", "station", descending=[True, False]).head(14).to_dicts()
    names = [output.station(row["station"]) for row in rows]

    def draw(figure: Figure, wide: bool) -> None:
        axes = figure.add_subplot()
        row_names(axes, names, wide=wide)
        for at, row in enumerate(rows):
            colour = ORANGE if row["mean"] >= 0.85 else NAVY
            axes.plot([0, 100 * row["mean"]], [at, at], color=colour, lw=2.2, solid_capstyle="butt")
            axes.plot([100 * row["mean"]], [at], "o", color=colour, ms=7)
            if row["low"] is not None:
                axes.plot([100 * row["low"], 100 * row["high"]], [at, at], color=INK, lw=1.2)
            label, end = words.share(row["mean"]), max(row["mean"], row["high"] or 0)
            ground = {"facecolor": "white", "lw": 0, "pad": 0.5}
            axes.annotate(
                label, (100 * end, at), (8, 0), bbox=ground, textcoords="offset points", va="center", fontsize=9
            )
        axes.axvline(100, color=INK, lw=0.8, ls=(0, (1, 2)))
        axes.set_xlim(0, max([108, *(100 * max(row["mean"], row["high"] or 0) + 8 for row in rows)]))
        axes.set_xlabel(words("work.axis"))

    question, answer = words("work.question"), _work_answer(rows, names, output, words)
    height = 0.7 + 0.36 * max(1, len(rows))
    keys = ("station", "gate", "servers", "openhours", "use", "interval")
    grid = tuple(
        (name, output.gate(row["gate"]) if row["gate"] else "–", words.number(row["servers_mean"], 1),
         words.number(row["open_hours"]), words.share(row["mean"], 1),
         f"{words.share(row['low'], 1)}–{words.share(row['high'], 1)}")
        for name, row in zip(names, rows, strict=True)
    )  # fmt: skip
    caption = words("work.table", n=output.replications)
    return Exhibit(
        key="F8-use-of-servers", question=question, answer=answer, data=frame,
        picture=picture("f8", draw, wide=height, narrow=height + 0.24 * len(rows), says=(question, answer)),
        grid=Grid(caption=caption, head=tuple(words(f"head.{k}") for k in keys), rows=grid),
    )  # fmt: skip


def _work_answer(rows: list[dict[str, float]], names: list[str], output: Output, words: Words) -> str:
    if not rows:
        return words("work.none")
    top = words("work.answer", station=names[0], share=words.share(rows[0]["mean"]), n=output.replications)
    return top + " " + words("work.rule")
