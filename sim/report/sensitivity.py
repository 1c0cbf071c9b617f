"""Figures and page of a study of sensitivity: for every metric a tornado, a scatter, and mu* against sigma."""

import json
from collections.abc import Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.experiment.files import write_atomic
from sim.report.drawing import GREY, INK, NAVY, ORANGE, PALE, Draw, brief, row_names
from sim.report.drawn import drawn_once, write_figure
from sim.report.sensitivity_words import MAIN, METHODS, Told, ranked, told

_MOST_PANELS = 12
_LIGHT = "#6F8FBF"  # bars on which the ink of intervals is seen
_PAGE = "report.html"
_AXIS = {
    "morris": "mu*: mean size of the change from a factor's first to its last value",
         "sobol": "share of the variance of the mean response", "delta": "mean shift of the distribution"}  # fmt: skip
_BARS = {  # index, label, colour
    "morris": (("mu_star", "", _LIGHT),),
    "sobol": (("ST", "with all its interactions (ST)", PALE), ("S1", "by itself (S1)", _LIGHT)),
    "delta": (("delta", "", _LIGHT),),
}
_NONE = {"morris": ("mu_star_none", "noise alone gives"), "delta": ("delta_none", "95 % of factors without effect")}


def draw(folder: Path) -> list[Path]:
    """Draw figures/ and write report.html, unless they are those of the folder's tables already; the SVGs."""
    return drawn_once(folder, partial(_draw, folder), also=(_PAGE,))


def _draw(folder: Path, home: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    found, points = pl.read_parquet(folder / "indices.parquet"), pl.read_parquet(folder / "points.parquet")
    sections = []
    for each in told(found, manifest):
        own = found.filter(metric=each.metric)
        pictures = _figures(home, each, own, points.filter(metric=each.metric), manifest) if each.rows else []
        sections.append({"told": each, "pictures": [Markup(drawn) for drawn in pictures]})  # noqa: S704 -- our drawing
    write_atomic(folder / _PAGE, _page(manifest, sections).encode())


def _figures(home: Path, each: Told, own: pl.DataFrame, points: pl.DataFrame, manifest: dict[str, Any]) -> list[str]:
    """Write the figures of a metric; each as it stands in the page."""
    unit = own["unit"][0]
    metric, method = each.metric, own["method"][0]
    label = each.title + (f" [{unit}]" if unit not in ("", "1") else "")
    count = own.filter(index=MAIN[method]).height
    bars = own.filter(pl.col("index").is_in([*(bar[0] for bar in _BARS[method]), _NONE.get(method, ("",))[0]]))
    made = [write_figure(home, f"tornado-{metric}", _columns(bars), _tornado(label, method, bars),
                         f"{label}: factors by how much they matter", wide=1.4 + 0.34 * count,
                         narrow=1.7 + 0.46 * count)]  # fmt: skip
    if method == "morris":
        pairs = own.filter(pl.col("index").is_in(["mu_star", "sigma"]))
        made.append(write_figure(home, f"morris-{metric}", _columns(pairs), _spread(label, pairs),
                                 f"{label}: mu* and sigma of every factor"))  # fmt: skip
    known = {one["name"]: one["factor"] for one in manifest["inputs"]}
    factors = [(known[row["factor"]], row["title"]) for row in ranked(own.filter(index=MAIN[method]))][:_MOST_PANELS]
    table = points.select("point", *(name for name, _ in factors), "value", "low", "high")
    lines = -(-len(factors) // 4), -(-len(factors) // 2)
    made.append(write_figure(home, f"scatter-{metric}", table, _scatter(label, factors, table),
                             f"{label} at every point, by each factor", wide=0.5 + 1.9 * lines[0],
                             narrow=0.5 + 1.7 * lines[1]))  # fmt: skip
    return [picture.inline for picture in made]


def _columns(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("factor", "title", "index", "value", "low", "high", "rank", "rank_low", "rank_high")


def _of(rows: pl.DataFrame, index: str) -> dict[str, dict[str, Any]]:
    return {row["factor"]: row for row in rows.filter(index=index).iter_rows(named=True)}


# --------------------------------------------------------------------------------------------- drawing


def _tornado(label: str, method: str, rows: pl.DataFrame) -> Draw:
    order = ranked(rows.filter(index=MAIN[method]))

    def drawing(figure: Figure, wide: bool) -> None:
        figure.set_layout_engine("constrained", w_pad=0.14)  # or the longest name begins outside
        ax = figure.add_subplot()
        for index, name, colour in _BARS[method]:
            own = _of(rows, index)
            thick = 0.6 if index == MAIN[method] else 0.3
            values = [own[row["factor"]]["value"] or 0 for row in order]
            ax.barh(range(len(order)), values, height=thick if wide else thick / 2, color=colour, label=name or None)
            _whiskers(ax, [own[row["factor"]] for row in order])
        if method in _NONE:
            index, name = _NONE[method]
            none = _of(rows, index)
            ends = [none[row["factor"]]["value"] or 0 for row in order]
            ax.plot(
                ends,
                range(len(order)),
                linestyle="none",
                marker="|",
                markersize=11,
                markeredgewidth=2,
                color=ORANGE,
                label=name,
            )
        row_names(ax, [row["title"] for row in order], wide=wide)
        ax.set(title=brief(label, 80 if wide else 40), xlabel=_AXIS[method] if wide else MAIN[method])
        ax.set_xlim(left=min(0.0, ax.get_xlim()[0]))
        if ax.get_legend_handles_labels()[0]:
            ax.legend(loc="lower right")

    return drawing


def _whiskers(ax: Axes, rows: Sequence[dict[str, Any]]) -> None:
    """95 % intervals, where there are any."""
    known = [(row["low"], row["high"], at) for at, row in enumerate(rows) if row["low"] is not None]
    for low, high, at in known:
        ax.plot([low, high], [at, at], color=INK, linewidth=1.2, solid_capstyle="butt")


def _spread(label: str, rows: pl.DataFrame) -> Draw:
    mean, sigma = _of(rows, "mu_star"), _of(rows, "sigma")

    def drawing(figure: Figure, wide: bool) -> None:
        ax = figure.add_subplot()
        far = max([row["value"] for row in mean.values()] + [1e-12]) * (1.3 if wide else 1.5)
        high = max([row["value"] for row in sigma.values()] + [0.1 * far]) * 1.15
        ax.plot([0, min(far, high)], [0, min(far, high)], color=PALE, linestyle="--", linewidth=1)
        named: list[tuple[float, float]] = []
        for row in ranked(rows.filter(index="mu_star")):
            at = (row["value"], sigma[row["factor"]]["value"])
            ax.plot(*at, marker="o", markersize=5, color=NAVY, linestyle="none")
            if all(abs(at[0] - x) > far / 4 or abs(at[1] - y) > high / 14 for x, y in named):
                named.append(at)
                ax.annotate(brief(row["title"], 36 if wide else 18), at, xytext=(5, 3), textcoords="offset points",
                            color=INK, fontsize=8.5)  # fmt: skip
        ax.set(title=brief(label, 80 if wide else 40), xlim=(0, far), ylim=(0, high),
               xlabel="mu*: how much a factor moves it; dashed: sigma = mu*" if wide else "mu*",
               ylabel="sigma: how far that depends on the others" if wide else "sigma")  # fmt: skip

    return drawing


def _scatter(label: str, factors: Sequence[tuple[str, str]], table: pl.DataFrame) -> Draw:
    def drawing(figure: Figure, wide: bool) -> None:
        across = 4 if wide else 2
        lines = -(-len(factors) // across)
        panels = figure.subplots(lines, min(across, len(factors)), squeeze=False, sharey=True).flatten()
        for ax, (name, title) in zip(panels, factors, strict=False):
            at = table[name].to_list()
            if table[name].dtype == pl.String:
                names = list(dict.fromkeys(at))
                ax.set_xticks(range(len(names)), [brief(each, 10) for each in names])
                at = [names.index(each) for each in at]
            ax.plot(
                at,
                table["value"].to_list(),
                linestyle="none",
                marker=".",
                markersize=3.5,
                color=NAVY,
                alpha=0.55,
                rasterized=True,
            )
            ax.set_title(brief(title, 32 if wide else 24), fontsize=8.5, fontweight="normal")
        for ax in panels[len(factors) :]:
            ax.set_axis_off()
        figure.supylabel(brief(label, 40), fontsize=9, color=GREY)

    return drawing


# ------------------------------------------------------------------------------------------------ page


def _page(manifest: dict[str, Any], sections: Sequence[dict[str, Any]]) -> str:
    """The report as one HTML text."""
    web = files("sim.report") / "web"
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    style = Markup((web / "report.css").read_text(encoding="utf-8"))  # noqa: S704 -- our own file
    asked = METHODS[manifest["design"]]
    template = environment.from_string((web / "sensitivity.html.j2").read_text(encoding="utf-8"))
    return template.render(told=manifest, sections=sections, style=style, asked=asked)
