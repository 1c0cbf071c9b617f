"""The first screen: a verdict in two sentences and four numbers, all read from the tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from sim.report import causes
from sim.report.backlog import NATIONAL_ALERT, trucks
from sim.report.crossings import arrivals_per_day, per_day
from sim.report.folder import Output
from sim.report.peaks import backlog, peak, spread, usual_hour
from sim.report.precise import is_growing
from sim.report.waits import stay
from sim.report.words import Words
from sim.report.yards import permits, standing_room

BULLETIN_DAYS_THAT_GROW = 6  # fewer days say nothing about growth


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One number of the first screen."""

    label: str
    value: str
    range: str
    note: str
    level: str = ""  # green, yellow or red; always said in words in the note too


def verdict(output: Output, words: Words) -> list[str]:
    """Where, when and how bad; why; and whether queues grow without end."""
    sentences = [_how_bad(output, words), _why(output, words), growth(output, words)]
    return [sentence for sentence in sentences if sentence]


def _how_bad(output: Output, words: Words) -> str:
    worst = peak(output, backlog(output))
    at_gates = [(row["median"], gate) for gate in output.gates if (row := peak(output, backlog(output), gate))]
    if worst is None or not worst["median"]:
        return words("verdict.calm", trucks=trucks(output, words))
    daily = per_day(output, direction=output.direction).get("mean") or 0
    told = {
        "trucks": trucks(output, words),
        "peak": words.number(worst["median"]),
        "range": words.range(worst["low"], worst["high"]),
        "runs": words.runs(worst["n"]),
        "days": words.number(worst["median"] / daily, 1) if daily else "–",
        "when": usual_hour(output, backlog(output), "", words),
    }
    sentence = words("verdict.bad" if worst["n"] > 1 else "verdict.bad.single", **told)
    if len(at_gates) < 2:
        return sentence
    most, gate = max(at_gates)
    return sentence + " " + words("verdict.gate", gate=output.gate(gate), most=words.number(most))


def _why(output: Output, words: Words) -> str:
    found, places = causes.ranked(output, output.direction), causes.stations(output, output.direction)
    if not found or not places:
        return ""
    (cause, share), (station, _) = found[0], places[0]
    reason = words.catalogue.get(f"because.{cause}", words("because", cause=cause))
    return words(
        "verdict.why",
        direction=words.named("direction", output.direction),
        reason=reason,
        share=words.share(share),
        place=words("verdict.leave" if station in permits(output) else "verdict.at", station=output.station(station)),
    )


def growth(output: Output, words: Words) -> str:
    """A sentence if the 20:00 backlog of exports grows through the period, so that no mean describes it; else ""."""
    table = output.tables["backlog_20h"].filter(gate="", direction=output.direction).sort("date")
    third = table.height // 3
    if table.height < BULLETIN_DAYS_THAT_GROW:
        return ""
    first, last = table.head(third), table.tail(third)
    before, after = float(first["mean"].mean() or 0), float(last["mean"].mean() or 0)  # type: ignore[arg-type]
    daily = per_day(output, direction=output.direction).get("mean") or 0
    if after < 1.5 * before or after - before < 0.5 * daily:
        return ""
    return words(
        "verdict.grows",
        trucks=trucks(output, words),
        before=words.number(before),
        after=words.number(after),
        days=third,
    )


def cards(output: Output, words: Words) -> list[Card]:
    """Trucks waiting at the worst hour, waits, trucks through against the need, hours lost."""
    return [_waiting(output, words), _wait(output, words), _through(output, words), _lost(output, words)]


def _waiting(output: Output, words: Words) -> Card:
    row, room, crowded = peak(output, backlog(output)) or {}, standing_room(output), _crowded(output)
    level = _level(row.get("median"), room, crowded is not None)
    place, room = (output.gate(crowded), standing_room(output, crowded)) if crowded else ("", room)
    return Card(
        label=words("card.waiting", trucks=trucks(output, words)),
        value=words.number(row.get("median")),
        range=_of_runs(row.get("low"), row.get("high"), row.get("n"), words),
        note=words(f"level.{level}", room=words.number(room), alert=words.number(NATIONAL_ALERT), gate=place),
        level=level,
    )


def _crowded(output: Output) -> str | None:
    """The gate whose worst moment exceeds the places of its yards and parks by most; None if each has room."""
    over = []
    for gate in output.gates:
        worst, room = peak(output, backlog(output), gate), standing_room(output, gate)
        if worst is not None and room is not None and worst["median"] > room:
            over.append((worst["median"] - room, gate))
    return max(over)[1] if over else None


def _level(waiting: float | None, room: int | None, crowded: bool) -> str:
    if waiting is None:
        return "unknown"
    if waiting >= NATIONAL_ALERT:
        return "red"
    if crowded:
        return "yellow"
    return "unknown" if room is None else "green"


def _of_runs(low: float | None, high: float | None, n: int | None, words: Words) -> str:
    if n is None or n < 2:
        return words("range.single")
    return words("range.runs", runs=words.runs(n), range=words.range(low, high))


def _wait(output: Output, words: Words) -> Card:
    row, whole = stay(output, direction=output.direction), stay(output, direction=output.direction, measure="time")
    note = words("card.wait.note", p90=words.span(row.get("p90")), time=words.span(whole.get("median")))
    if is_growing(output, "", output.direction):
        note += " " + words("card.wait.grows", days=words.number(output.days))
    return Card(
        label=words("card.wait", direction=words.named("direction", output.direction)),
        value=words.span(row.get("median")),
        note=note,
        range=_of_mean(row, words.span(row.get("mean")), words.span_range(row.get("low"), row.get("high")), words),
    )


def _through(output: Output, words: Words) -> Card:
    row, need = per_day(output), arrivals_per_day(output, "")
    note = words("card.through.need", need=words.number(need)) if need is not None else ""
    return Card(
        label=words("card.through"), value=words.number(row.get("mean")), note=note,
        range=_of_mean(row, words.number(row.get("mean")), words.range(row.get("low"), row.get("high")), words),
    )  # fmt: skip


def _lost(output: Output, words: Words) -> Card:
    total = causes.hours(output, by="gate").filter(pl.col("mean").is_not_null(), name="")
    found = causes.ranked(output)
    note = (
        words("card.lost.cause", cause=words.named("cause", found[0][0]), share=words.share(found[0][1]))
        if found
        else ""
    )
    waited = output.tables["cause_total"]["waited_ms"] / 3.6e6 / output.days
    low, high = spread(waited)
    return Card(
        label=words("card.lost"), value=words.number(float(total["mean"].sum()) / output.days), note=note,
        range=_of_runs(low, high, waited.len(), words),
    )  # fmt: skip


def _of_mean(row: Mapping[str, Any], mean: str, interval: str, words: Words) -> str:
    """The 95 % interval of the mean, which is what the tables give for it."""
    return words("range.single") if row.get("low") is None else words("range.mean", mean=mean, range=interval)
