"""Figures of a comparison: paired differences with their intervals beside the line of none; CSV with each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from matplotlib.figure import Figure

from sim.experiment.files import safe_name, write_atomic
from sim.report.drawing import GREY, INK, NAVY, ORANGE, PLUM, TEAL, Draw, brief, picture, row_names
from sim.report.exhibit import csv

_METRICS = {  # metric -> title, divisor, unit
    "wait_mean": ("Mean wait", 60, "h"),
    "wait_p90": ("90 % wait less than", 60, "h"),
    "throughput_per_day": ("Throughput", 1, "trucks a day"),
    "inside_at_end": ("Inside at the end", 1, "trucks"),
}
_LOOKS = ((NAVY, "o"), (ORANGE, "s"), (TEAL, "D"), (PLUM, "^"), (INK, "v"), (GREY, "P"))  # told apart in grey as well
_MOST_ROWS, _ROOM = 12, 0.34  # rows of a figure; inches for each
_COLUMNS = ("other", "gate", "direction", "difference", "low", "high", "level", "n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """One metric's differences to the base."""

    title: str  # with its unit
    caption: str
    rows: tuple[str, ...]  # gate and direction
    others: tuple[str, ...]
    of: Mapping[tuple[str, str], tuple[float, float | None, float | None]]  # (row, other) -> difference, low, high


def draw(folder: Path) -> list[Path]:
    """Draw the figures of a comparison's folder into figures/; the SVGs."""
    home, record = folder / "figures", json.loads((folder / "compare.json").read_bytes())
    home.mkdir(mode=0o755, exist_ok=True)
    for stale in home.glob("difference-*.*"):
        stale.unlink()
    table = pl.DataFrame(record["differences"], infer_schema_length=None)
    base = record["scenarios"][0]["title"]
    for metric in _METRICS:
        rows = table.filter(metric=metric, cargo="", place="").filter(pl.col("gate") != "", pl.col("direction") != "")
        if rows.height and (rows["difference"] != 0).any():
            name, found = safe_name(f"difference-{metric}"), differences(rows, metric, base)
            height = 1.2 + len(found.others) * (0.25 + _ROOM * 0.6 * len(found.rows)) + _ROOM
            says = (found.title, f"Differences to {base}, paired by replication, with their intervals.")
            made = picture(name, drawing_of(found), wide=height, narrow=height + 0.6, says=says)
            for suffix, data in ((".svg", made.svg), (".png", made.png), (".csv", csv(rows.select(_COLUMNS)))):
                write_atomic(home / f"{name}{suffix}", data)
    return sorted(home.glob("difference-*.svg"))


def differences(table: pl.DataFrame, metric: str, base: str) -> Differences:
    """What a figure of one metric shows: gates and directions where anything differs, the largest differences first."""
    title, divisor, unit = _METRICS[metric]
    of, most = {}, dict[str, float]()
    for row in table.iter_rows(named=True):
        name = f"{row['gate']} {row['direction']}"
        ends = (row["difference"], row["low"], row["high"])
        of[name, row["other"]] = tuple(None if v is None else v / divisor for v in ends)
        most[name] = max(most.get(name, 0.0), abs(row["difference"]))
    shown = sorted((name for name in most if most[name]), key=lambda name: -most[name])[:_MOST_ROWS]
    others = tuple(dict.fromkeys(table["other"]))[: len(_LOOKS)]
    level, n = table["level"][0], table["n"][0]
    bars = f"bars: {100 * level:.4g} % intervals of the paired differences, n = {n}" if n > 1 else "n = 1, no intervals"
    return Differences(title=f"{title}: difference to {brief(base, 40)} [{unit}]", caption=bars, rows=tuple(shown),
                       others=others, of=of)  # type: ignore[arg-type]  # fmt: skip


def drawing_of(found: Differences) -> Draw:
    """Dot and interval of each other scenario on each row, and the line of no difference."""

    def drawing(figure: Figure, wide: bool) -> None:
        ax = figure.add_subplot()
        ax.axvline(0, color=INK, linewidth=1)
        for k, (other, (colour, marker)) in enumerate(zip(found.others, _LOOKS, strict=False)):
            shift = 0.5 * ((k + 0.5) / len(found.others) - 0.5)
            at = [(i + shift, *found.of[name, other]) for i, name in enumerate(found.rows) if (name, other) in found.of]
            _dots(ax, at, colour, marker, brief(other, 60 if wide else 30))
        row_names(ax, found.rows, wide=wide)
        ax.set(title=brief(found.title, 90 if wide else 44), xlabel=found.caption if wide else found.caption[:44])
        if len(found.others) > 1:
            ax.legend(loc="upper left", bbox_to_anchor=(0, -0.35 if wide else -0.25))

    return drawing


def _dots(ax: Any, at: Sequence[tuple[float, float, float | None, float | None]], colour: str, marker: str, label: str
          ) -> None:  # fmt: skip
    middle = [x for _, x, _, _ in at]
    below = [0.0 if low is None else x - low for _, x, low, _ in at]
    above = [0.0 if high is None else high - x for _, x, _, high in at]
    ax.errorbar(middle, [y for y, *_ in at], xerr=[below, above], color=colour, marker=marker, markersize=5, capsize=3,
                linestyle="none", label=label)  # fmt: skip
