"""Checks of meaning: what needs two places of a file at once. Period, calendars, and what is never used."""

import datetime as dt
from collections.abc import Collection, Iterator
from functools import lru_cache
from zoneinfo import available_timezones

from sim.scenario.backlog_checks import check_backlog
from sim.scenario.booking_checks import check_bookings
from sim.scenario.dated_checks import check_dated
from sim.scenario.demand_checks import check_amount, check_demand
from sim.scenario.draft import Draft, each, zone_of
from sim.scenario.faults import Fault, did_you_mean, quoted
from sim.scenario.holiday_checks import check_holidays
from sim.scenario.route_checks import check_routes
from sim.scenario.route_steps import visited
from sim.scenario.schema import Calendar, Notice, Period, Season, Slowdown
from sim.scenario.station_checks import check_stations
from sim.scenario.units import DAY
from sim.scenario.worth_checks import check_worth

MAX_YEARS = 100


def checked(draft: Draft) -> list[Fault]:
    """Every fault of meaning. What is never used and how much comes is asked only of files without an error."""
    found = [fault for fault in _meaning(draft) if not draft.is_spoilt(fault.path)]
    if not draft.spoilt and not any(fault.severity == "error" for fault in found):
        found += [*_never_used(draft), *check_amount(draft)]
    return found


def _meaning(draft: Draft) -> Iterator[Fault]:
    if draft.period is not None:
        yield from _period(draft, draft.period)
    for path, part in draft.walked:
        match part:
            case Notice() | Season() | Slowdown():
                yield from _dated(draft, path, part)
            case Calendar():
                yield from _calendar(draft, path, part)
    yield from check_stations(draft)
    yield from check_routes(draft)
    yield from check_demand(draft)
    yield from check_holidays(draft)
    yield from check_dated(draft)
    yield from check_backlog(draft)
    yield from check_worth(draft)
    yield from check_bookings(draft)


# --------------------------------------------------------------------------------------------- time


def _period(draft: Draft, period: Period) -> Iterator[Fault]:
    yield from _zone(draft, "period.zone", period.zone)
    if not isinstance(period.start, dt.datetime):
        yield draft.error("period.start", "must be a date, or a date and time", "write for example 2025-07-01")
        return
    if draft.is_spoilt("period.end", "period.length"):
        return
    if (period.end is None) == (period.length is None):
        yield _end_or_length(draft, is_neither=period.end is None)
    elif period.end is not None and draft.length_ms is None:
        yield draft.error("period.end", "must be after period.start")
    elif draft.length_ms is not None and draft.length_ms > MAX_YEARS * 366 * DAY:
        at = "period.end" if period.end is not None else "period.length"
        yield draft.error(at, f"must be at most {MAX_YEARS} years")
    elif draft.length_ms is not None:
        if period.warm_up >= draft.length_ms:
            yield draft.error("period.warm_up", "must be shorter than the period", "nothing would be measured")
        yield from _clock_change(draft, draft.length_ms)


def _end_or_length(draft: Draft, *, is_neither: bool) -> Fault:
    """Neither or both are stated; of two layers that state one each, the upper must take away the other's."""
    said = "neither is given" if is_neither else "both are given"
    message = f"must state end or length, one of them; {said}"
    texts = {} if is_neither else {key: draft.spots[f"period.{key}"].key.text for key in ("end", "length")}
    for key, other in (("end", "length"), ("length", "end")):
        if key in texts and texts[key] != texts[other] and texts[key] != draft.spots["period"].key.text:
            how = f"--set period.{other}=null" if texts[key].name == "--set" else f"{other}: null beside it"
            below = draft.line(f"period.{other}")
            return draft.error(
                f"period.{key}", message, f"{below} states the {other}; take it away: {how}", at_key=True
            )
    return draft.error("period", message, "length: 30 d", at_key=True)


def _clock_change(draft: Draft, length_ms: int) -> Iterator[Fault]:
    """A warning if the local clock is put forward or back within the period."""
    start = draft.start
    assert start is not None  # a length is known only with a start
    end = (start.astimezone(dt.UTC) + dt.timedelta(milliseconds=length_ms)).astimezone(draft.zone)
    offsets = {(start + dt.timedelta(days=d)).utcoffset() for d in range(min((end - start).days, 400) + 1)}
    if len(offsets | {end.utcoffset()}) > 1:
        message = f"the clocks of {draft.zone.key} change within the period; elapsed hours are counted once"
        yield draft.warning(
            "period.zone", message, "days of 23 or 25 hours keep their opening hours by the local clock"
        )


def _zone(draft: Draft, path: str, name: str | None) -> Iterator[Fault]:
    if name is not None and zone_of(name) is None:
        yield draft.error(path, f"unknown time zone {quoted(name)}", _zone_hint(name))


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone_hint(name: str) -> str:
    hint = did_you_mean(name, sorted(_zones()))
    return hint.split("  (")[0] if hint.startswith("did") else "write an IANA name, e.g. Asia/Ho_Chi_Minh"


def _dated(draft: Draft, path: str, part: Notice | Season | Slowdown) -> Iterator[Fault]:
    start, end = draft.ms(part.from_), draft.ms(part.to)
    if start is None or end is None or draft.is_spoilt(f"{path}.from", f"{path}.to"):
        return
    if end <= start:
        yield draft.error(f"{path}.to", "must be after from")
    elif draft.length_ms is not None and (end <= 0 or start >= draft.length_ms):
        yield draft.warning(path, "lies outside the period, so it has no effect")


def _calendar(draft: Draft, path: str, calendar: Calendar) -> Iterator[Fault]:
    yield from _zone(draft, f"{path}.zone", calendar.zone)
    seen: dict[tuple[object, object], int] = {}
    for i, notice in each(calendar.notices):
        first = seen.setdefault((notice.from_, notice.to), i)
        if first != i:
            message = f"the same days as notices[{first}] at {draft.line(f'{path}.notices[{first}]')}; this one counts"
            yield draft.warning(f"{path}.notices[{i}]", message)


# ------------------------------------------------------------------------------------------- unused


def _never_used(draft: Draft) -> Iterator[Fault]:
    """Warnings about what is declared and stands nowhere else."""
    file = draft.file
    hours = {h for s in file.stations.values() for h in ((s.hours,) if isinstance(s.hours, str) else s.hours or ())}
    flows = file.flows
    routes = {r for k, f in flows.items() for r in (f.route if isinstance(f.route, dict) else [f.route or k])}
    routes |= {s.divert_to for s in file.stations.values() if s.divert_to}
    routes |= {order.reroute for order in file.orders.values() if order.reroute}
    routes |= {standing.route for _, standing in each(file.start_with) if standing.route}
    carried = {c for f in flows.values() for c in ([f.cargo] if isinstance(f.cargo, str) else f.cargo)}
    carried |= {c for table in draft.listed.values() for c in table.cargo}
    gates = {s.gate or k.split("/")[0] for k, s in file.stations.items()} | {f.gate for f in flows.values()}
    used: dict[str, tuple[Collection[str | None], str]] = {
        "calendars": (hours, "no station keeps it"),
        "profiles": ({f.profile for f in flows.values()}, "no flow follows it"),
        "regions": ({f.region for f in flows.values()}, "no flow belongs to it"),
        "routes": (routes, "no flow takes it"),
        "cargoes": (carried, "no flow carries it"),
        "gates": (gates, "no station or flow belongs to it"),
        "stations": (visited(draft), "no route visits it"),
    }
    for section, (names, why) in used.items():
        for name in draft.names(section):
            if name not in names:
                yield draft.warning(f"{section}.{name}", f"is never used: {why}")
