"""One truck's life in words, from trace.parquet and trucks.parquet alone."""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

Row = dict[str, Any]
_OUTCOMES = {
    "crossed": "crossed the border",
    "turned_back": "turned back",
    "diverted": "left for somewhere else",
    "inside": "was still there when the run ended",
}


class UnknownTruck(LookupError):
    """No truck of that number in that replication."""

    exit_code = 2


def story(folder: Path, truck: str, *, replication: int = 0) -> str:
    """The life of a truck of a run that was made with --trace, from the run's folder."""
    trace, trucks = (
        pl.scan_parquet(folder / f"{name}.parquet").filter(replication=replication).collect()
        for name in ("trace", "trucks")
    )
    return told(trace, trucks, int(truck) if truck.strip().isdecimal() else truck, replication=replication)


def told(trace: pl.DataFrame, trucks: pl.DataFrame, truck: int | str, *, replication: int = 0) -> str:
    """The life of a truck, a line for each thing that happened to it, with what held it up while it waited.

    What held it up is read from the other trucks of the same replication: how many got in before it, how many of
    these had come later, and when nobody got in at all.
    """
    own = trucks.filter(replication=replication, truck=truck).to_dicts() if isinstance(truck, int) else []
    if not own:
        known = trucks.filter(replication=replication)["truck"].head(3).to_list()
        examples = ", ".join(str(number) for number in known) or "there are none"
        raise UnknownTruck(f"no truck {truck} in replication {replication}; trucks there are for example {examples}")
    everyone = trace.filter(replication=replication)
    events = [event for visit in everyone.filter(truck=truck).to_dicts() for event in _visit(visit, everyone)]
    events.sort(key=lambda event: event[0])
    lines = [_opening(own[0]), *(f"{_clock(when)}  {what}" for when, what in events), _ending(own[0])]
    return "\n".join(lines)


def _opening(truck: Row) -> str:
    gate = f" for gate {truck['gate_intended']}" if truck["gate_intended"] else ""
    return (
        f"Truck {truck['truck']} (replication {truck['replication']}): {truck['direction']} of {truck['cargo']}, "
        f"flow {truck['flow']}{gate}.\n{_clock(truck['arrived'])}  it appeared"
    )


def _ending(truck: Row) -> str:
    what = _OUTCOMES[truck["outcome"]]
    if truck["departed"] is None:
        return f"It {what}."
    where = f" at gate {truck['gate']}" if truck["outcome"] == "crossed" and truck["gate"] else ""
    why = f" ({truck['reason']})" if truck["reason"] else ""
    stay = _span(truck["departed"] - truck["arrived"])
    return f"{_clock(truck['departed'])}  it {what}{where}{why}, {stay} after it appeared"


def _visit(visit: Row, everyone: pl.DataFrame) -> Iterator[tuple[dt.datetime, str]]:
    """What happened at one station, with its times."""
    station = visit["station"]
    joined, entered, started, ended, left = (visit[k] for k in ("joined", "entered", "started", "ended", "left"))
    got_in = entered or started
    if joined is not None and got_in is None:
        yield joined, f"{station}: it stood waiting and did not get in"
    elif got_in is not None:
        waited = got_in - (joined or got_in)
        how, stamp = ("got a place", "entered") if entered else ("was served", "started")
        yield got_in, f"{station}: it {how} {_after(waited)}{_held_up(visit, got_in, stamp, everyone)}"
    if entered is not None and started is not None:
        why = _held_up(visit, started, "started", everyone)
        yield started, f"{station}: its service began {_after(started - entered)}{why}"
    if ended is not None:
        yield ended, f"{station}: its service was over, {_span(ended - started)} after it began"
    if left is not None and left != ended:
        blocked = f", blocked for {_span(left - ended)}" if ended is not None else ""
        yield left, f"{station}: it left{blocked}"


def _held_up(visit: Row, until: dt.datetime, stamp: str, everyone: pl.DataFrame) -> str:
    """Who got in meanwhile, and the longest time in which nobody did."""
    since = visit["entered"] if stamp == "started" and visit["entered"] is not None else visit["joined"]
    if since is None or until <= since:
        return ""
    others = everyone.filter(pl.col("station") == visit["station"], pl.col("truck") != visit["truck"])
    first = others.filter(pl.col(stamp) >= since, pl.col(stamp) < until).sort(stamp)
    later = first.filter(pl.col("joined") > visit["joined"]).height
    times = [since, *first[stamp].to_list(), until]
    length, begin = max((b - a, a) for a, b in pairwise(times))
    parts = [f"{first.height} got in before it" if first.height else "nobody got in before it"]
    if later:
        parts.append(f"{later} of them had come later")
    if first.height and length * 2 > until - since:
        parts.append(f"nobody from {_clock(begin)} for {_span(length)}")
    return f" ({', '.join(parts)})"


def _after(waited: dt.timedelta) -> str:
    return f"after waiting {_span(waited)}" if waited else "at once"


def _clock(moment: dt.datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")


def _span(length: dt.timedelta) -> str:
    """ "3 h 05 min", "12 min", "40 s"."""
    seconds = round(length.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
