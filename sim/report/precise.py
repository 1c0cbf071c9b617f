"""How precise the numbers are, what kind of study it is, and which means are of a queue that grows."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from sim.report.exhibit import Grid
from sim.report.folder import Output
from sim.report.words import Words

_MAIN = ("throughput_per_day", "wait_mean", "wait_median", "wait_p90", "backlog_20h_median", "backlog_peak_median")
_WANTED = 0.05  # what the column of replications needed is an estimate for
_DIFFERS = 0.25  # of the half-width: from here on a bound by resampling is said to differ from Student's
_SKEWED_SHOWN = 3


def study(output: Output, words: Words) -> str:
    """Whether the run is of a stated stretch of time or of what comes after a warm-up."""
    warm_up = output.manifest.get("warm_up_ms") or 0
    starts = bool((output.manifest.get("scenario") or {}).get("start_with"))
    days = words.number(output.days, 0 if output.days.is_integer() else 1)
    if not warm_up:
        return words("study.terminating.state" if starts else "study.terminating", days=days)
    return words("study.warmup", days=days, warmup=words.span(warm_up / 60_000))


def doubts(output: Output, words: Words) -> list[str]:
    """What lowers trust: queues that grow, a start state that is thrown away, a width that was not reached."""
    found = [_grows(output, row, words) for row in growing(output)]
    if (output.manifest.get("scenario") or {}).get("start_with") and output.manifest.get("warm_up_ms"):
        found.append(words("warn.start.warmup", warmup=words.span(output.manifest["warm_up_ms"] / 60_000)))
    stopping = output.tables.get("stopping")
    if stopping is not None and stopping["met"].min() == 0:
        found.append(words("warn.wide", n=stopping["replications"][0]))
    return found


def growing(output: Output) -> list[dict[str, Any]]:
    """Rows of the table `growth` whose queue grows: by gate and direction, or of all where nothing is told apart."""
    table = output.tables.get("growth")
    if table is None:
        return []
    grows = table.filter(grows=1)
    by_gate = grows.filter(pl.col("gate") != "", pl.col("direction") != "")
    return (by_gate if by_gate.height else grows).sort("mean", "gate", descending=[True, False]).to_dicts()


def is_growing(output: Output, gate: str, direction: str) -> bool:
    """Whether the queue of a gate ("" = any) and direction grows to the end."""
    return any(row["direction"] == direction and gate in ("", row["gate"]) for row in growing(output))


def _grows(output: Output, row: Mapping[str, Any], words: Words) -> str:
    place = output.gate(row["gate"]) if row["gate"] else words("all.gates")
    who = words("of", what=place, place=words.named("direction", row["direction"] or "both"))
    by = words.number(row["mean"], 0 if row["mean"] >= 10 else 1)
    interval = words("growth.interval", range=words.range(row["low"], row["high"])) if row["low"] is not None else ""
    return words("warn.growth", who=who, by=by, interval=interval, days=words.number(output.days))


# -------------------------------------------------------------------------------------------- precision


def stopped(output: Output, words: Words) -> list[str]:
    """Why there are so many replications, one sentence for each width that was asked for."""
    table = output.tables.get("stopping")
    if table is None or table.is_empty():
        return []
    first = table.to_dicts()[0]
    met = table["met"].min() == 1
    how = words("stop.met" if met else "stop.limit", n=first["replications"], least=first["least"], most=first["most"])
    return [how, *(_width(output, row, words) for row in table.to_dicts())]


def _width(output: Output, row: Mapping[str, Any], words: Words) -> str:
    who = _name(output, row, words)
    if not row["n"]:
        return words("stop.never", who=who)
    if row["halfwidth"] is None:
        return words("stop.few", who=who, n=row["n"])
    shown = {"asked": (row["asked"], row["asked_is_share"]), "reached": (row["halfwidth"], 0)}
    if row["asked_is_share"] and row["share"] is not None:
        shown["reached"] = (row["share"], 1)
    said = {
        name: words.share(width, int(round(100 * width, 1) % 1 > 0)) if is_share else _unit(row, width, words)
        for name, (width, is_share) in shown.items()
    }
    return words("stop.width.met" if row["met"] else "stop.width.missed", who=who, **said)


def grid(output: Output, words: Words) -> Grid | None:
    """Main numbers with their intervals, how wide these are, and how many replications 5 % would take."""
    table = output.tables.get("precision")
    if table is None:
        return None
    chosen = table.filter(pl.col("metric").is_in(_MAIN), pl.col("direction") == output.direction)
    gates = ["", *output.gates]
    rows = [row for row in chosen.to_dicts() if row["gate"] in gates]
    rows.sort(key=lambda row: (gates.index(row["gate"]), _MAIN.index(row["metric"])))
    if not rows:
        return None
    keys = ("number", "value", "interval", "kindofinterval", "halfwidth", "needed")
    return Grid(
        caption=words("precision.table", n=output.replications, direction=words.named("direction", output.direction)),
        head=tuple(words(f"head.{key}") for key in keys), rows=tuple(_line(output, row, words) for row in rows),
    )  # fmt: skip


def _line(output: Output, row: Mapping[str, Any], words: Words) -> tuple[str, ...]:
    low, high = row["low"], row["high"]
    is_span = row["unit"] == "min"
    interval = "–" if low is None else words.span_range(low, high) if is_span else words.range(low, high, _digits(row))
    return (
        _name(output, {**row, "direction": ""}, words),  # the caption has it
        _unit(row, row["value"], words),
        interval,
        words(f"interval.{row['kind']}"),
        words.share(row["share"], 1),
        words.number(row["needed"]),
    )


def answer(output: Output, words: Words) -> str:
    """In a sentence: how many of the main numbers are known within 5 %, and which takes the most replications."""
    shown = _shown(output)
    if not shown:
        return words("precision.none")
    known = [row for row in shown if row["share"] <= _WANTED]
    worst = max(shown, key=lambda row: row["needed"])
    key = "precision.all" if len(known) == len(shown) else "precision.answer"
    return words(
        key, known=len(known), of=len(shown), who=_name(output, worst, words), share=words.share(worst["share"], 1),
        needed=words.number(worst["needed"]), n=output.replications,
    )  # fmt: skip


def skewed(output: Output, words: Words) -> str:
    """A sentence if resampling puts a bound of some wait or cost elsewhere than Student's symmetry does; else ""."""
    table = output.tables.get("precision")
    if table is None:
        return ""
    known = table.filter(pl.col("bootstrap_low").is_not_null(), pl.col("halfwidth") > 0)
    apart = pl.max_horizontal(
        (pl.col("bootstrap_low") - pl.col("low")).abs(), (pl.col("bootstrap_high") - pl.col("high")).abs()
    )
    differ = known.with_columns((apart / pl.col("halfwidth")).alias("apart")).filter(pl.col("apart") > _DIFFERS)
    if differ.is_empty():
        return ""
    return words("precision.skewed", n=differ.height, of=known.height)


def _shown(output: Output) -> list[dict[str, Any]]:
    table = output.tables.get("precision")
    if table is None:
        return []
    chosen = table.filter(
        pl.col("metric").is_in(_MAIN), pl.col("direction") == output.direction, pl.col("share").is_not_null()
    )
    return chosen.to_dicts()


def _name(output: Output, row: Mapping[str, Any], words: Words) -> str:
    """The metric in words, and of which gate, direction, cargo or station it is."""
    parts = []
    if row.get("place"):
        parts.append(output.station(row["place"]) if "/" in row["place"] else words.named("cause", row["place"]))
    parts.append(output.gate(row["gate"]) if row["gate"] else words("all.gates"))
    if row["direction"]:
        parts.append(words.named("direction", row["direction"]))
    if row.get("cargo"):
        parts.append(output.cargo(row["cargo"]))
    return words("of", what=words.named("metric", row["metric"]), place=", ".join(parts))


def _digits(row: Mapping[str, Any]) -> int:
    return 2 if row["unit"] == "1" else 1 if abs(row["value"] or 0) < 100 else 0


def _unit(row: Mapping[str, Any], value: float | None, words: Words) -> str:
    """A number of a metric in its unit."""
    if row["unit"] == "min":
        return words.span(value)
    unit = {"trucks/day": "unit.perday", "trucks": "unit.trucks", "km": "unit.km", "h": "unit.h"}.get(row["unit"])
    return words.number(value, _digits(row)) + (f" {words(unit)}" if unit else "")
