"""The runs' own peaks: how high, and when. A band by the hour hides them, so they are taken run by run."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from sim.report.folder import Output
from sim.report.words import ENOUGH_RUNS, Words


def backlog(output: Output) -> str:
    """What the tables of peaks call the backlog of the page's direction."""
    return f"backlog {output.direction}"


def peak(output: Output, what: str, key: str = "") -> Mapping[str, Any] | None:
    """Median, low and high over runs of each run's own peak (see `spread`), and n; None where the table has none."""
    rows = output.tables["peaks_summary"].filter(what=what, key=key).to_dicts()
    if not rows:
        return None
    low, high = spread(output.tables["peaks"].filter(what=what, key=key)["peak"])
    return {**rows[0], "low": low, "high": high}


def spread(values: pl.Series) -> tuple[float, float]:
    """Low and high of one value a run: of 8 of 10 runs where there are as many, else of all of them."""
    share = 0.1 if values.len() >= ENOUGH_RUNS else 0.0
    low, high = (values.quantile(at, "linear") for at in (share, 1 - share))
    return float(low or 0), float(high or 0)


def usual_hour(output: Output, what: str, key: str, words: Words) -> str:
    """When the runs have their peak: the commonest hour, and the date if at least half agree on it."""
    at = output.tables["peaks"].filter(what=what, key=key)["at"].to_list()
    hour, _ = _commonest(time[11:13] for time in at)
    day, agreed = _commonest(time[:10] for time in at)
    told = {"hour": f"{hour}:00", "next": f"{int(hour) + 1:02d}:00", "date": words.short_date(date.fromisoformat(day))}
    if 2 * agreed < len(at) or agreed == 1 < len(at):
        return words("when.spread", **told)
    return words("when.same", **told) if agreed == len(at) else words("when.mostly", agreed=agreed, n=len(at), **told)


def _commonest(values: Iterable[str]) -> tuple[str, int]:
    """The commonest value and how often it stands there; of equals the first in order."""
    return min(Counter(values).items(), key=lambda item: (-item[1], item[0]))
