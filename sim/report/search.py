"""Figures of a search, their numbers as CSV beside each: how it went on, what each lever does, the trade-off."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.experiment.files import write_atomic
from sim.report.boxes import boxes_drawing
from sim.report.drawing import GREY, INK, NAVY, ORANGE, Draw, brief
from sim.report.drawn import write_figure

_DONE = "drawn-from"
_MOST_TICKS = 12
_SCALES = ((1e9, "bn VND"), (1e6, "million VND"), (1.0, "VND"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How a quantity is drawn: divided by `divisor`, in `unit`."""

    divisor: float
    unit: str

    def label(self, title: str) -> str:
        """A title with the unit."""
        return f"{title} [{self.unit}]" if self.unit not in ("", "1") else title


def scale(values: pl.Series, unit: str) -> Scale:
    """A unit in which the values are no long numbers."""
    largest = max((abs(v) for v in values.drop_nulls()), default=0.0)
    if unit != "VND":
        return Scale(divisor=60.0, unit="h") if unit == "min" and largest > 180 else Scale(divisor=1.0, unit=unit)
    divisor, name = next(((size, word) for size, word in _SCALES if largest >= size), _SCALES[-1])
    return Scale(divisor=divisor, unit=name)


def draw(folder: Path) -> list[Path]:
    """Draw the figures of a search's folder into figures/, unless they are those of its tables already; the SVGs."""
    home, record = folder / "figures", (folder / "manifest.json").read_bytes()
    mark, done = hashlib.sha256(record).hexdigest().encode(), home / _DONE
    if done.is_file() and done.read_bytes() == mark:
        return sorted(home.glob("*.svg"))
    home.mkdir(mode=0o755, exist_ok=True)
    for stale in [done, *home.glob("*.svg"), *home.glob("*.png"), *home.glob("*.csv")]:
        stale.unlink(missing_ok=True)
    for key, table, drawing, says in _figures(folder, json.loads(record)):
        write_figure(home, key, table, drawing, says)
    write_atomic(done, mark)
    return sorted(home.glob("*.svg"))


def _figures(folder: Path, manifest: Mapping[str, Any]) -> Iterator[tuple[str, pl.DataFrame, Draw, str]]:
    tried = pl.read_parquet(folder / "candidates.parquet").filter(pl.col("objective").is_not_null())
    unit = manifest["unit"]
    searched = tried.filter(pl.col("seed") == "search", pl.col("stage") != "base")
    best = tried.filter(pl.col("seed") == "last", pl.col("stage") != "base").head(1)
    progress = pl.read_parquet(folder / "progress.parquet")
    if progress["objective"].drop_nulls().len():
        yield "progress", progress, _progress(progress, unit), "the best setting so far by the runs spent"
    for k, factor in enumerate(manifest["factors"]):
        if searched[factor["name"]].n_unique() > 1:
            table = searched.select(factor["name"], "objective", "feasible", "cost")
            yield f"lever-{k + 1}", table, _lever(factor, table, best, unit), f"the goal by {factor['title']}"
    front = front_table(searched)
    if front["on_front"].sum() > 1:
        yield (
            "front",
            front,
            _front(front, manifest["factors"], unit),
            "what levers cost against the rest of the goal",
        )
    if (folder / "boxes.parquet").is_file():
        futures, boxes = pl.read_parquet(folder / "futures.parquet"), pl.read_parquet(folder / "boxes.parquet")
        if boxes.height:
            yield "failures", futures, boxes_drawing(futures, boxes), "the futures in which the best setting fails"


def front_table(searched: pl.DataFrame) -> pl.DataFrame:
    """What levers cost and the rest of the goal of each setting that keeps the limits; which of them nothing beats."""
    kept = searched.filter("feasible").with_columns(rest=pl.col("objective") - pl.col("cost"))
    values = list(kept.select("cost", "rest").iter_rows())
    best = [not any(c <= a and d <= b and (c, d) != (a, b) for c, d in values) for a, b in values]
    return kept.with_columns(pl.Series("on_front", best, pl.Boolean))


def _progress(table: pl.DataFrame, unit: str) -> Draw:
    by = scale(table["objective"], unit)

    def drawing(figure: Figure, _wide: bool) -> None:
        ax = figure.add_subplot()
        for stage, marker, colour in (("spread", "s", GREY), ("every setting", "s", GREY), ("expected", "o", NAVY),
                                      ("race", "D", ORANGE)):  # fmt: skip
            own = table.filter(pl.col("stage") == stage, pl.col("objective").is_not_null())
            if own.height:
                ax.plot(own["runs"].to_list(), (own["objective"] / by.divisor).to_list(), marker=marker, color=colour,
                        linestyle="none", label=stage)  # fmt: skip
        ax.step(table["runs"].to_list(), (table["objective"] / by.divisor).to_list(), where="post", color=INK,
                linewidth=1, zorder=0)  # fmt: skip
        ax.set(title=by.label("The best so far, by its mean"), xlabel="Runs spent")
        ax.legend()

    return drawing


def _lever(factor: Mapping[str, Any], table: pl.DataFrame, best: pl.DataFrame, unit: str) -> Draw:
    by, name = scale(table["objective"], unit), factor["name"]
    levels = factor["levels"] or sorted(set(table[name].to_list()))
    label = factor["title"] + (f" [{factor['unit']}]" if factor["unit"] else "")

    def at(values: pl.Series) -> list[float]:
        return values.to_list() if factor["is_number"] else [levels.index(value) for value in values]

    def drawing(figure: Figure, wide: bool) -> None:
        ax = figure.add_subplot()
        for is_kept, colour, said in ((True, NAVY, "keeps the limits"), (False, GREY, "passes a limit")):
            own = table.filter(pl.col("feasible") == is_kept)
            ax.plot(at(own[name]), (own["objective"] / by.divisor).to_list(), color=colour, linestyle="none",
                    marker="o" if is_kept else "x", markersize=5, label=said, alpha=0.8)  # fmt: skip
        if best.height:
            ax.plot(at(best[name]), (best["objective"] / by.divisor).to_list(), color=ORANGE, linestyle="none",
                    marker="*", markersize=14, label="the best, run again")  # fmt: skip
        if not factor["is_number"]:
            ax.set_xticks(range(len(levels)), [brief(str(level), 24) for level in levels])
        elif table[name].n_unique() <= _MOST_TICKS:
            ax.set_xticks(sorted(set(table[name].to_list())))
        top, above = _cut(table)
        ax.set(title=brief(by.label(f"The goal by {factor['title']}"), 80 if wide else 44), xlabel=brief(label, 60))
        if above:
            ax.set_ylim(min(0.0, min(table["objective"].to_list()) / by.divisor), top / by.divisor)
            ax.set_xlabel(f"{brief(label, 60)}\n{above} settings that pass a limit lie above")
        _legend(ax, wide)

    return drawing


def _cut(table: pl.DataFrame) -> tuple[float, int]:
    """Where a figure ends above, so that what keeps the limits fills it, and how many settings lie above that."""
    kept = table.filter("feasible")["objective"].to_list()
    if not kept:
        return 0.0, 0
    top = max(kept) + max(max(kept) - min(kept), 0.1 * abs(max(kept)))
    return top, table.filter(pl.col("objective") > top).height


def _front(table: pl.DataFrame, factors: list[dict[str, Any]], unit: str) -> Draw:
    x, y = scale(table["cost"], unit), scale(table["rest"], unit)

    def drawing(figure: Figure, wide: bool) -> None:
        ax = figure.add_subplot()
        ax.plot((table["cost"] / x.divisor).to_list(), (table["rest"] / y.divisor).to_list(), color=GREY, marker="o",
                markersize=4, linestyle="none", alpha=0.6)  # fmt: skip
        best = table.filter("on_front").sort("cost", "rest")
        at = list(zip((best["cost"] / x.divisor).to_list(), (best["rest"] / y.divisor).to_list(), strict=True))
        ax.plot([a for a, _ in at], [b for _, b in at], color=ORANGE, marker="o", markersize=6, linewidth=1.2)
        for k in range(0, len(at), max(1, -(-len(at) // (6 if wide else 3)))):
            said = ", ".join(_shown(best[f["name"]][k]) for f in factors)
            ax.annotate(said, at[k], xytext=(6, 5), textcoords="offset points", fontsize=8.5, color=INK)
        ax.set(title=y.label("The goal without the levers' cost, limits kept"), xlabel=x.label("The levers cost"))
        ax.margins(x=0.12)

    return drawing


def _shown(level: Any) -> str:
    return f"{level:g}" if isinstance(level, float) else brief(str(level), 16)


def _legend(ax: Axes, wide: bool) -> None:
    if wide:
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
    else:
        ax.legend(loc="best")
