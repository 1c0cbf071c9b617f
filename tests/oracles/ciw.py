"""Printed results of another simulator's documents."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np

from sim.planning.plan import NEVER

from . import priority, series, steady
from .calendars import closing_of, shift_of
from .case import HOUR, scenario, span
from .entries import Entry, Row, exact, holds, number, unknown
from .exact import bas_path, compared, samplepath, trucks_of
from .lab import Lab
from .listed import KNOWN, arrivals_of, found_of, services_of, stated
from .traces import Trace
from .windows import daily_window

_DAYS = 100  # of a window that opens every day


def ciw(entry: Entry, lab: Lab) -> list[Row]:
    """Printed results of another simulator's documents: shift ends in overtime, a narrow opening window, lists."""
    p = entry.parameters
    if "shifts" in p:
        return _overtime(entry, lab)
    if p.get("schedule"):  # there a shift is its servers and its end
        ends = [0, *(number(end) for _, end in p["schedule"])]
        shifts = [[str(a), str(b), c] for a, b, (c, _) in zip(ends[:-1], ends[1:], p["schedule"], strict=True)]
        return _overtime(replace(entry, parameters=p | {"shifts": shifts}), lab)
    if "open" in p:
        return _narrow_window(entry, lab)
    if isinstance(p.get("services"), list) and p["services"] and isinstance(p["services"][0], list):
        return bas_path(entry, lab)
    chosen = next((of for name, of in _STATISTICAL.items() if name in p), None)
    if chosen is not None:
        return chosen(entry, replace(lab, is_quick=lab.is_quick or lab.engine == "simpy"))
    gap = stated(p, "interarrival", "gap", "interval")
    if gap is None or isinstance(gap, list):
        return samplepath(entry, lab)
    # there the first truck comes after the first gap, and the last before the end
    given = {"first_arrival": gap} | p
    if "horizon" in p and "n" not in p:
        given["n"] = int(number(p["horizon"]) / number(gap))
    return samplepath(replace(entry, parameters=given), lab)


# other models of its documents, by the parameter that tells them
_STATISTICAL: Mapping[str, Callable[[Entry, Lab], list[Row]]] = {
    "routing": series.jackson, "classes": priority.classes, "arrival_rates": priority.classes,
    "waiting_places_between": series.bas, "service_rate_1": series.bas, "arrival_rate": steady.one_station,
}  # fmt: skip


def _overtime(entry: Entry, lab: Lab) -> list[Row]:
    p = entry.parameters
    shifts = [(number(a), number(b), int(c)) for a, b, c in map(shift_of, p["shifts"])]
    horizon = number(p.get("horizon", shifts[-1][1]))
    if p.get("cyclic") or p.get("cycle"):
        shifts = [(a + k * shifts[-1][1], b + k * shifts[-1][1], c) for k in range(_DAYS) for a, b, c in shifts]
    gap = stated(p, "interarrival", "gap", "interval")
    arrivals = arrivals_of({"first_arrival": gap} | p, int(horizon / number(gap))) if "n" not in p and isinstance(
        gap, int | float | str) else arrivals_of(p, trucks_of(p))  # fmt: skip
    arrivals = [t for t in arrivals if t <= horizon]
    services = services_of(p, len(arrivals))[: len(arrivals)]
    trace = Trace(arrivals, {"gate": services}, HOUR, beside=[a for a, _, _ in shifts], is_free=True)
    rule = closing_of(entry.said("rule", "closing", "preempt", "preemption") or "finish")
    servers = [{"from": span(a, trace.unit), "servers": c} for a, _, c in shifts]
    run = lab.run(trace.case(entry, {"gate": {"servers": servers, "closing": rule}}, [{"at": "gate"}]))
    stays = trace.listed(run, "gate")
    stays = stays.where(stays.started != NEVER)
    starts, ends = run.units(stays.started), run.units(stays.left)
    duty = [next((float(b) for a, b, _ in shifts if a <= start < b), np.inf) for start in starts]
    over = np.maximum(ends - duty, 0)
    found = found_of(run, stays, max(c for _, _, c in shifts))
    found |= {"overtime_per_server": over, "overtime": over, "total_overtime": over.sum(), "max_overtime": over.max()}
    return compared(entry, found, known=f"{KNOWN}, overtime, total_overtime")


def _narrow_window(entry: Entry, lab: Lab) -> list[Row]:
    """Half-open windows: a service may end when the gate closes, none may start then."""
    p = entry.parameters
    cycle, service = number(p["cycle"]), number(p["service"])
    opens, closes = (number(t) for t in p["open"])
    unit = HOUR * 24 / cycle
    gate = daily_window(int(p.get("servers", 1)), opens * unit, closes * unit, days=_DAYS)
    rate = f"{float(number(p['rate']) * HOUR / unit):.12g} trucks/h"
    case = scenario(
        entry.id,
        f"A narrow opening window every day; 1 unit of time is {float(unit / HOUR):.12g} h",
        length=f"{_DAYS} d",
        stations={"gate": gate | {"closing": "finish", "service": span(service, unit)}},
        routes={"trucks": [{"at": "gate"}]},
        flows={"trucks": {"rate": rate}},
        unit=unit,
    )
    gate = lab.run(case).at("gate")
    starts = gate.started[gate.started >= 0]
    offsets = sorted({Fraction(int(t)) % (cycle * unit) / unit for t in starts.tolist()})
    stated = entry.expected.get("possible_start_offsets", ())
    allowed = [offset for offset in stated if number(offset) < closes]
    inside = [float(offset) for offset in offsets if offset % service == opens % service]
    strays = [f"{float(o):.6g}" for o in offsets if not opens <= o < closes]
    known = {"possible_start_offsets"}
    return [
        holds("starts", "inside the half-open window", strays),
        *([exact(entry, "possible_start_offsets", inside, expected=allowed, within=1e-10)] if stated else []),
        *(unknown(entry, metric, value, known) for metric, value in entry.expected.items() if metric not in known),
    ]
