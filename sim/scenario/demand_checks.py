"""Checks of demand: one kind for each flow, names, shares, times, and an amount that can be run."""

from collections.abc import Iterator
from dataclasses import replace

from sim.scenario import units
from sim.scenario.draft import Draft, each
from sim.scenario.faults import LIMIT, Fault, quoted
from sim.scenario.outlook import expected_trucks
from sim.scenario.route_checks import sum_to_one
from sim.scenario.schema import Flow, RatePoint, RateSlot, Wave

KINDS = ("volume", "rate", "every", "bursts", "listed")
MAX_TRUCKS = 100_000_000
_DAY_BY_DAY = ("profile", "weekdays", "seasons", "surge", "region")  # act on volume alone


def check_demand(draft: Draft) -> Iterator[Fault]:
    """Faults of flows, profiles and regions."""
    for key, profile in draft.file.profiles.items():
        path = f"profiles.{key}.shares"
        if not draft.is_spoilt(path):
            yield from sum_to_one(draft, path, list(profile.shares.values()))
            where = overlap([w for windows in profile.shares for w in windows])
            if where:
                yield draft.error(path, f"windows overlap at {where}", at_key=True)
    for key, flow in draft.flows.items():
        yield from _flow(draft, key, f"flows.{key}", flow)


def _flow(draft: Draft, key: str, path: str, flow: Flow) -> Iterator[Fault]:
    given = [kind for kind in KINDS if draft.is_written(f"{path}.{kind}")]
    if len(given) != 1:
        said = f"{' and '.join(given)} are given" if given else "none is given"
        yield draft.error(
            path, f"must state exactly one of {', '.join(KINDS)}; {said}", "volume: 250 vehicles/day", at_key=True
        )
    yield from _flow_names(draft, key, path, flow)
    if flow.volume is None and len(given) == 1 and not draft.is_spoilt(path):
        for part in _DAY_BY_DAY:
            if draft.is_written(f"{path}.{part}"):
                yield draft.warning(f"{path}.{part}", f"has no effect: it acts on volume, this flow has {given[0]}")
    if draft.is_written(f"{path}.first") and flow.every is None and not draft.is_spoilt(f"{path}.every"):
        yield draft.error(f"{path}.first", "needs every", "every: 10 min", at_key=True)
    yield from _rate(draft, f"{path}.rate", flow)
    for i, burst in each(flow.bursts):
        at = draft.ms(burst.at)
        if at is not None and draft.length_ms is not None and not 0 <= at < draft.length_ms:
            yield draft.warning(f"{path}.bursts[{i}]", "lies outside the period, so it has no effect")


def _flow_names(draft: Draft, key: str, path: str, flow: Flow) -> Iterator[Fault]:
    for part, section in (("gate", "gates"), ("profile", "profiles"), ("region", "regions")):
        name = getattr(flow, part)
        if name is not None:
            yield from draft.unknown(f"{path}.{part}", name, section, part)
    if isinstance(flow.route, dict):
        for name in flow.route:
            yield from draft.unknown(f"{path}.route.{name}", name, "routes", "route")
        yield from sum_to_one(draft, f"{path}.route", list(flow.route.values()))
    elif flow.route:
        yield from draft.unknown(f"{path}.route", flow.route, "routes", "route")
    elif key not in draft.names("routes") and not draft.is_spoilt(f"{path}.route"):
        yield draft.error(path, f"has no route: there is none named {quoted(key)}, and route is not given",
                          f"routes: {', '.join(draft.names('routes')[:12])}", at_key=True)  # fmt: skip
    if isinstance(flow.cargo, dict):
        yield from sum_to_one(draft, f"{path}.cargo", list(flow.cargo.values()))
    if draft.names("cargoes") and draft.is_written(f"{path}.cargo"):
        names = flow.cargo if isinstance(flow.cargo, dict) else [flow.cargo]
        many = isinstance(flow.cargo, dict)
        for name in names:
            yield from draft.not_among(
                f"{path}.cargo.{name}" if many else f"{path}.cargo", name, draft.names("cargoes"), "cargo"
            )


def _rate(draft: Draft, path: str, flow: Flow) -> Iterator[Fault]:
    if isinstance(flow.rate, Wave) and flow.rate.amplitude > flow.rate.mean:
        yield draft.error(f"{path}.amplitude", "must be at most the mean: a rate cannot be negative")
    if not isinstance(flow.rate, tuple):
        return
    taken: list[tuple[int, int]] = []
    last = -1.0
    for i, entry in enumerate(flow.rate):
        if isinstance(entry, RateSlot):
            where = overlap([*taken, *entry.hours])
            if where:
                yield draft.error(f"{path}[{i}].hours", f"overlaps an earlier slot at {where}")
            taken += entry.hours
        elif isinstance(entry, RatePoint):
            if not last < entry.at <= units.DAY or entry.at < 0:
                yield draft.error(f"{path}[{i}].at", "must be after the point above and within 24 h")
            last = entry.at


def check_amount(draft: Draft) -> Iterator[Fault]:
    """Too many trucks for any machine, or none at all."""
    if draft.start is None or draft.length_ms is None:
        return
    trucks = {
        key: expected_trucks(flow, draft.file, draft.start, draft.length_ms, draft.listed)
        for key, flow in draft.flows.items()
    }
    total = sum(trucks.values())
    if not draft.flows or total == 0:
        yield draft.warning("flows", "no trucks come within the period")
    elif total > MAX_TRUCKS:
        most = max(trucks, key=lambda key: trucks[key])
        found = draft.error(f"flows.{most}", f"about {total:.2g} trucks are expected, the limit is {MAX_TRUCKS:.0e}",
                            "check the units of volumes and rates, or shorten the period", at_key=True)  # fmt: skip
        yield replace(found, exit_code=LIMIT)


def overlap(windows: list[tuple[int, int]]) -> str | None:
    """ "10:00-11:00" where two windows of a day overlap; None if none do."""
    ends = sorted((a % units.DAY, a % units.DAY + b - a) for a, b in windows)
    for (_, end), (start, next_end) in zip(
        ends, [*ends[1:], *((a + units.DAY, b + units.DAY) for a, b in ends[:1])], strict=True
    ):
        if start < end and len(ends) > 1:
            return f"{units.clock(start)}-{units.clock(min(end, next_end))}"
    return None
