"""Checks of servers: hours that vary or never come, services that never fit, slowdowns."""

from collections.abc import Iterator
from itertools import pairwise

from sim.scenario.demand_checks import overlap
from sim.scenario.draft import Draft, each
from sim.scenario.faults import Fault
from sim.scenario.hours import longest_window, varies
from sim.scenario.laws import (
    Constant,
    FromCapacity,
    Hyperexponential,
    Law,
    Mixture,
    Pert,
    Shifted,
    Triangular,
    Uniform,
    Values,
    mean,
)
from sim.scenario.schema import Headcount, Shift, Station


def check_servers(draft: Draft, path: str, s: Station, is_visited: bool) -> Iterator[Fault]:
    """Faults of the number of servers over time, and of services against hours."""
    if s.servers is None or draft.is_spoilt(f"{path}.servers", f"{path}.hours"):
        return
    yield from _steps_of_servers(draft, path, s)
    calendars = draft.file.calendars
    if varies(s, calendars) and s.closing is None and not draft.is_spoilt(f"{path}.closing"):
        at = "hours" if s.hours is not None else "servers"
        hint = "closing: finish (or pause, handover, fits): what becomes of the truck in hand"
        yield draft.error(f"{path}.{at}", f"{at} vary, so closing must be stated", hint, at_key=True)
    window = longest_window(s, calendars)
    if window == 0:
        message = (
            "never opens: no servers at any time" if _most_servers(s) == 0 else "never opens: no hours at any time"
        )
        at = f"{path}.servers" if _most_servers(s) == 0 else f"{path}.hours"
        yield draft.error(at, message) if is_visited else draft.warning(at, message)
    elif s.closing == "fits" and window is not None and s.service is not None:
        yield from _fits(draft, f"{path}.service", s.service, window)
    most = _most_servers(s)
    if s.reserved is not None and most is not None and s.reserved.servers >= most:
        hint = "leave at least one for the others, or make two stations"
        yield draft.error(
            f"{path}.reserved.servers", f"must be below the station's {most} servers, got {s.reserved.servers}", hint
        )


def _most_servers(s: Station) -> int | None:
    """The most servers it ever has; None if unlimited."""
    if isinstance(s.servers, tuple):
        return max((e.servers for e in s.servers if e is not None), default=0)
    return s.servers if isinstance(s.servers, int) else None


def _steps_of_servers(draft: Draft, path: str, s: Station) -> Iterator[Fault]:
    entries = s.servers if isinstance(s.servers, tuple) else ()
    taken: list[tuple[int, int]] = []
    last: int | None = None
    for i, entry in each(entries):
        if isinstance(entry, Shift):
            where = overlap([*taken, *entry.hours])
            if where:
                yield draft.error(f"{path}.servers[{i}].hours", f"overlaps an earlier shift at {where}")
            taken += entry.hours
        elif isinstance(entry, Headcount):
            now = draft.ms(entry.from_)
            if now is not None and last is not None and now <= last:
                yield draft.error(f"{path}.servers[{i}].from", "must be after the entry above")
            last = now if now is not None else last


def _fits(draft: Draft, path: str, law: Law, window: int) -> Iterator[Fault]:
    hours = f"{window / 3_600_000:g} h"
    if shortest(law) > window:
        hint = f"the longest window is {hours}; lengthen the hours or choose closing: pause"
        yield draft.error(path, "can never start: it is longer than every window", hint)
    elif mean(law) > window:
        yield draft.warning(path, f"is longer on average than the longest window ({hours}); most services never start")


def shortest(law: Law) -> float:
    """The shortest duration a law can draw. [ms]"""
    match law:
        case Constant():
            return law.value
        case Uniform() | Triangular() | Pert():
            return law.low
        case Shifted():
            return law.shift + shortest(law.rest)
        case Values():
            return min(law.values)
        case Mixture():
            return min(shortest(part) for part, share in zip(law.parts, law.shares, strict=True) if share > 0)
        case FromCapacity() if law.cv == 0:
            return mean(law)
        case Hyperexponential():
            return 0.0
    return mean(law) if getattr(law, "cv", 1) == 0 else 0.0


def check_slowdowns(draft: Draft, path: str, s: Station) -> Iterator[Fault]:
    """Slowdowns that overlap, or lack their rule."""
    if s.slowdowns and s.slowdowns_act_on is None and not draft.is_spoilt(f"{path}.slowdowns_act_on"):
        yield draft.error(
            f"{path}.slowdowns", "needs slowdowns_act_on", "slowdowns_act_on: in-progress (or new)", at_key=True
        )
    if s.slowdowns_act_on is not None and not s.slowdowns and not draft.is_spoilt(f"{path}.slowdowns"):
        yield draft.error(f"{path}.slowdowns_act_on", "needs slowdowns", at_key=True)
    spans = [(draft.ms(slow.from_), draft.ms(slow.to), i) for i, slow in each(s.slowdowns)]
    known = sorted((a, b, i) for a, b, i in spans if a is not None and b is not None)
    for (_, end, i), (start, _, j) in pairwise(known):
        if start < end:
            later = max(i, j)
            message = f"overlaps slowdowns[{min(i, j)}] at {draft.line(f'{path}.slowdowns[{min(i, j)}]')}"
            yield draft.error(f"{path}.slowdowns[{later}]", message)
