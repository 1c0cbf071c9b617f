"""Opening windows in the words of a scenario: as hours of every day where they are, else as dated headcounts."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from .case import MINUTE, span
from .entries import number

_DAY_MIN = 1440


def opening_windows(
    windows: Sequence[Sequence[Fraction]], servers: int, scale: int = 1, *, is_daily: bool = True
) -> dict[str, Any]:
    """Opening windows [min after 08:00] as hours of every day if they are the same each day, else as dated headcounts.

    `is_daily` tells that a window beyond the last one would not matter. A scenario whose times are scaled has no days
    of its own.
    """
    opens = sorted((number(a), number(b)) for a, b in windows if number(a) < number(b))
    days = {
        day: [(a % _DAY_MIN, b - a) for a, b in opens if a // _DAY_MIN == day]
        for day in {a // _DAY_MIN for a, _ in opens}
    }
    daily = list(days.values())
    on_minutes = all(t.denominator == 1 for window in opens for t in window) and all(b - a < _DAY_MIN for a, b in opens)
    if (
        is_daily
        and scale == 1
        and on_minutes
        and opens
        and all(day == daily[0] for day in daily)
        and set(days) == set(range(len(days)))
    ):
        eight = 8 * 60
        return {
            "hours": ", ".join(
                f"{_clock((eight + a) * MINUTE)}-{_clock((eight + a + n) * MINUTE)}" for a, n in daily[0]
            )
        }
    edges: dict[Fraction, int] = {} if opens else {Fraction(0): 0}
    for a, b in opens:
        edges |= {a * scale: servers, b * scale: 0}  # where one ends and another begins it stays open
    return {"servers": [{"from": span(at, MINUTE), "servers": n} for at, n in sorted(edges.items())]}


def daily_window(servers: int, opens: Fraction, closes: Fraction, *, days: int) -> dict[str, Any]:
    """A window of every day as its hours, or as dated headcounts if it does not begin and end on a minute. [ms]"""
    if (opens / MINUTE).denominator == (closes / MINUTE).denominator == 1:
        return {"servers": servers, "hours": f"{_clock(opens)}-{_clock(closes)}"}
    day = _DAY_MIN * MINUTE
    edges = [(k * day + edge, n) for k in range(days) for edge, n in ((opens, servers), (closes, 0))]
    return {"servers": [{"from": span(at, Fraction(1)), "servers": n} for at, n in edges]}


def _clock(ms: Fraction) -> str:
    minutes = int(ms / MINUTE)
    return "24:00" if minutes == _DAY_MIN else f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
