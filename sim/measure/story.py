"""One truck's life in words, from trace.parquet and trucks.parquet alone."""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

Row = dict[str, Any]
Event = tuple[dt.datetime, int, str]  # when, place among the events of one instant, what
_DONE, _OUT, _GONE, _IN = range(4)
_OUTCOMES = {"crossed": "crossed the border", "turned_back": "turned back", "diverted": "left for somewhere else"}


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
        if not known:
            raise UnknownTruck(f"there is no truck in replication {replication}, or no such replication")
        examples = ", ".join(map(str, known))
        raise UnknownTruck(f"no truck {truck} in replication {replication}; trucks there are for example {examples}")
    everyone = trace.filter(replication=replication)
    events = [event for visit in everyone.filter(truck=truck).to_dicts() for event in _visit(visit, everyone)]
    events += _departure(own[0])
    events.sort(key=lambda event: event[:2])
    lines = [_opening(own[0]), *(f"{_clock(when)}  {what}" for when, _, what in events)]
    if own[0]["departed"] is None:
        lines.append("It was still there when the run ended.")
    return "\n".join(lines)


def _opening(truck: Row) -> str:
    gate = f" for gate {truck['gate_intended']}" if truck["gate_intended"] else ""
    return (
        f"Truck {truck['truck']} (replication {truck['replication']}): {truck['direction']} of {truck['cargo']}, "
        f"flow {truck['flow']}{gate}.\n{_clock(truck['arrived'])}  it appeared"
    )


def _departure(truck: Row) -> list[Event]:
    if truck["departed"] is None:
        return []
    where = f" at gate {truck['gate']}" if truck["outcome"] == "crossed" and truck["gate"] else ""
    why = f" ({truck['reason']})" if truck["reason"] else ""
    stay = _span(truck["departed"] - truck["arrived"])
    return [(truck["departed"], _GONE, f"it {_OUTCOMES[truck['outcome']]}{where}{why}, {stay} after it appeared")]


def _visit(visit: Row, everyone: pl.DataFrame) -> Iterator[Event]:
    """What happened at one station, with its times."""
    station = visit["station"]
    joined, entered, started, ended, left = (visit[k] for k in ("joined", "entered", "started", "ended", "left"))
    if joined is not None and entered is None and started is None:
        yield joined, _IN, f"{station}: it stood waiting and did not get in"
    for stamp, what, since in (
        ("entered", "it got a place", joined),
        ("started", "its service began", entered or joined),
    ):
        when = visit[stamp]
        if when is not None:
            waited = when - (since or when)
            yield when, _IN, f"{station}: {what} {_after(waited)}{_held_up(visit, when, stamp, everyone)}"
    if ended is not None:
        yield ended, _DONE, f"{station}: its service was over, {_span(ended - started)} after it began"
    if left is not None and left != ended:
        blocked = f", blocked for {_span(left - ended)}" if ended is not None else ""
        yield left, _OUT, f"{station}: it left{blocked}"


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
