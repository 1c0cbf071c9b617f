"""How long trucks wait: by cargo, and in short for a gate."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from matplotlib.figure import Figure

from sim.report.drawing import INK, OF_DIRECTION, picture, plain_numbers, row_names
from sim.report.exhibit import Exhibit, Grid
from sim.report.folder import Output
from sim.report.words import Words


def stay(output: Output, gate: str = "", direction: str = "", measure: str = "wait") -> Mapping[str, Any]:
    """Waiting over a truck's whole stay, or the stay itself (measure "time") [min]; empty where there is none."""
    rows = output.tables["waits"].filter(gate=gate, direction=direction, cargo="", station="", measure=measure)
    return rows.to_dicts()[0] if rows.height else {}


def by_cargo(output: Output, words: Words) -> Exhibit:
    """Waits by direction and cargo: from the median to the ninth tenth, exports first, longest first."""
    frame = _rows(output)
    rows = frame.to_dicts()
    names = _names(output, rows, words)

    def draw(figure: Figure, wide: bool) -> None:
        axes = figure.add_subplot()
        row_names(axes, names, wide=wide)
        for at, row in enumerate(rows):
            colour, hours = OF_DIRECTION.get(row["direction"], INK), {k: row[k] / 60 for k in ("median", "p90", "p95")}
            first = row["p10"] / 60 if row.get("p10") is not None else hours["median"]
            axes.plot([first, hours["p90"]], [at, at], color=colour, lw=7, alpha=0.35, solid_capstyle="butt")
            axes.plot([hours["p90"], hours["p95"]], [at, at], color=colour, lw=1.4, solid_capstyle="butt")
            axes.plot([hours["median"]], [at], "o", color=colour, ms=8)
            label = words("cargo.label", median=words.span(row["median"]), p90=words.span(row["p90"]))
            place = (6, 0) if wide else (2, 9)
            axes.annotate(
                label, (hours["p95"] if wide else first, at), place, textcoords="offset points", va="center", fontsize=9
            )
        axes.set_xlabel(words("cargo.axis"))
        longest = max([row["p95"] for row in rows], default=60) / 60
        plain_numbers(axes.xaxis, words)
        axes.set_xlim(0, longest * (1.3 if wide else 1.06))

    question, answer = words("cargo.question"), _answer(output, rows, names, words)
    height = 0.7 + 0.5 * max(1, len(rows))
    return Exhibit(
        key="F4-waits-by-cargo", question=question, answer=answer, data=frame, grid=_grid(rows, names, output, words),
        picture=picture("f4", draw, wide=height, narrow=height + 0.2 * len(rows), says=(question, answer)),
    )  # fmt: skip


def _rows(output: Output) -> pl.DataFrame:
    chosen = output.tables["waits"].filter(
        pl.col("direction") != "", pl.col("cargo") != "", pl.col("n_trucks") > 0, gate="", station="", measure="wait"
    )
    return chosen.sort("direction", "p90", "cargo", descending=[False, True, False])


def _answer(output: Output, rows: list[dict[str, Any]], names: list[str], words: Words) -> str:
    if not rows:
        return words("cargo.none")
    worst = max(range(len(rows)), key=lambda at: rows[at]["p90"])
    row = rows[worst]
    censored = sum(row["n_censored"] for row in rows)
    parts = [
        words(
            "cargo.answer", name=names[worst], median=words.span(row["median"]), p90=words.span(row["p90"]),
            share=words.share(row["share_over_24h"], 1),
        ),
        words("cargo.counted", trucks=words.number(sum(row["n_trucks"] for row in rows)), n=output.replications),
    ]  # fmt: skip
    if censored:
        parts.append(words("cargo.censored", n=words.number(censored)))
    return " ".join(parts)


def _names(output: Output, rows: list[dict[str, Any]], words: Words) -> list[str]:
    """Names of the cargoes, with the direction where one cargo goes both ways."""
    both = {row["cargo"] for row in rows if row["direction"] == "export"} & {
        row["cargo"] for row in rows if row["direction"] == "import"
    }
    return [
        words("of", what=output.cargo(row["cargo"]), place=words.named("direction", row["direction"]))
        if row["cargo"] in both
        else output.cargo(row["cargo"])
        for row in rows
    ]


def _grid(rows: list[dict[str, Any]], names: list[str], output: Output, words: Words) -> Grid:
    spans = ("mean", "low", "high", "median", "p90", "p95")
    lines = tuple(
        (name, words.number(row["n_trucks"]), *(words.span(row[key]) for key in spans),
         words.share(row["share_over_24h"], 1))
        for name, row in zip(names, rows, strict=True)
    )  # fmt: skip
    keys = ("cargo", "trucks", *spans, "over24")
    return Grid(
        caption=words("cargo.table", n=output.replications), head=tuple(words(f"head.{k}") for k in keys), rows=lines
    )
