"""Kinds with one exact answer: traces worked out by hand or by a recurrence, held to 1e-9."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from . import steady
from .case import HOUR, MINUTE, scenario, span, waiting
from .entries import Entry, Row, exact, holds, number, unknown
from .lab import Lab
from .measures import time_in
from .traces import Trace
from .windows import daily_window, opening_windows

_RULES = ("finish", "pause", "fits", "handover")
_DAYS = 100  # of a window that opens every day


def samplepath(entry: Entry, lab: Lab) -> list[Row]:
    """One station on a listed trace."""
    p = entry.parameters
    services = [number(s) for s in p["services"]]
    trace = Trace([number(a) for a in p["arrivals"]], {"gate": services}, HOUR)
    case = trace.case(entry, {"gate": {"servers": int(p.get("servers", 1))}}, [{"at": "gate"}])
    run = lab.run(case)
    gate = trace.listed(run, "gate")
    arrivals, starts, leaves = (run.units(t) for t in (gate.joined, gate.started, gate.left))
    makespan = leaves.max() - arrivals.min()
    waits = starts - arrivals
    found = {
        "waits": waits,
        "starts": starts,
        "departures": leaves,
        "times_in_system": leaves - arrivals,
        "mean_time_in_system": (leaves - arrivals).mean(),
        "number_waiting": int(np.count_nonzero(waits > 0)),
        "P_wait": np.count_nonzero(waits > 0) / len(waits),
        "total_wait": waits.sum(),
        "last_departure": leaves.max(),
        "mean_wait": waits.mean(),
        "max_wait": waits.max(),
        "makespan": makespan,
        "time_avg_queue": waits.sum() / makespan,
        "time_avg_in_system": (leaves - arrivals).sum() / makespan,
        "utilisation": (leaves - starts).sum() / (int(p.get("servers", 1)) * makespan),
        "littles_law_L_equals_lambda_W": len(waits) / makespan * (leaves - arrivals).mean(),
    }
    return compared(entry, found)


def bas_path(entry: Entry, lab: Lab) -> list[Row]:
    """Single servers in series with finite yards between them, blocking after service."""
    p = entry.parameters
    names = [f"s{k + 1}" for k in range(len(p["services"]))]
    yards = next(p[name] for name in p if name.startswith("yards") or name == "waiting_places_between")
    servers = p.get("servers", [1] * len(names))
    trace = Trace(
        [number(a) for a in p["arrivals"]],
        {name: [number(s) for s in row] for name, row in zip(names, p["services"], strict=True)},
        HOUR,
    )
    stations = {
        name: {"servers": int(c)} | waiting(yard) for name, c, yard in zip(names, servers, [None, *yards], strict=True)
    }
    run = lab.run(trace.case(entry, stations, [{"at": name} for name in names]))
    stages = [trace.listed(run, name) for name in names]
    starts, ends, leaves = ([run.units(getattr(s, c)) for s in stages] for c in ("started", "ended", "left"))
    found: dict[str, Any] = {"start": starts, "service_end": ends, "leave": leaves, "last_departure": leaves[-1].max()}
    found |= {"makespan": leaves[-1].max() - run.units(stages[0].joined).min(), "departures": leaves[-1]}
    found |= {f"blocked_time_stage{k + 1}": leaves[k] - ends[k] for k in range(len(names))}
    return compared(entry, found)


def ddc_calendar(entry: Entry, lab: Lab) -> list[Row]:
    """One station with opening hours, under each closing rule of the answers."""
    p = entry.parameters
    arrivals = [number(a) for a in p["arrivals_min"]]
    services = (
        [number(s) for s in p["services_min"]] if "services_min" in p else [number(p["service_min"])] * len(arrivals)
    )
    servers, windows = int(p.get("servers", 1)), [[number(t) for t in window] for window in p["windows_min"]]
    trace = Trace(arrivals, {"gate": services}, MINUTE, beside=[t for window in windows for t in window])
    rows = []
    for rule, expected in entry.expected.items():
        if rule not in _RULES:
            rows.append(unknown(entry, rule, expected, _RULES))
            continue
        gate = {"servers": servers} | opening_windows(windows, servers, trace.scale) | {"closing": rule}
        case = trace.case(entry, {"gate": gate}, [{"at": "gate"}], part=rule, start="2025-01-06 08:00")
        run = lab.run(case)
        stays = trace.listed(run, "gate")
        joined, starts, leaves = (run.units(t) for t in (stays.joined, stays.started, stays.left))
        found = {"start": starts, "depart": leaves, "wait": leaves - joined - trace.services("gate")}
        if rule == "pause":
            found["wait"] = starts - joined
        waits = found["wait"]
        found |= {
            "total_wait": waits.sum(),
            "last_departure": leaves.max(),
            "max_wait": waits.max(),
            "mean_wait": waits.mean(),
        }
        rows += compared(entry, found, expected, f"{rule} ")
    return rows


def slowdown(entry: Entry, lab: Lab) -> list[Row]:
    """One server that works slowly for a while; services in progress are stretched, or only new ones."""
    p = entry.parameters
    arrivals = [number(a) for a in p["arrivals_min"]]
    services = (
        [number(s) for s in p["services_min"]] if "services_min" in p else [number(p["service_min"])] * len(arrivals)
    )
    begin, end, speed = number(p["slow_from"]), number(p["slow_to"]), number(p["factor"])
    # a stretched service ends on a whole ms if a ms is so many parts
    trace = Trace(arrivals, {"gate": services}, MINUTE, beside=[begin, end], finer=speed.numerator)
    slow = {"from": span(begin, trace.unit), "to": span(end, trace.unit), "speed": float(speed)}
    rows = []
    acts = {"rate_changes_in_progress": "in-progress", "time_drawn_at_start": "new"}
    for rule, expected in entry.expected.items():
        if rule not in acts:
            rows.append(unknown(entry, rule, expected, acts))
            continue
        gate = {"servers": int(p.get("servers", 1)), "slowdowns": [slow], "slowdowns_act_on": acts[rule]}
        run = lab.run(trace.case(entry, {"gate": gate}, [{"at": "gate"}], part=acts[rule]))
        stays = trace.listed(run, "gate")
        joined, starts, leaves = (run.units(t) for t in (stays.joined, stays.started, stays.left))
        found = {
            "start": starts,
            "depart": leaves,
            "wait": starts - joined,
            "total_wait": (starts - joined).sum(),
            "last_departure": leaves.max(),
        }
        rows += compared(entry, found, expected, f"{rule} ")
    return rows


def meter_dd(entry: Entry, lab: Lab) -> list[Row]:
    """Call-forward with a cap on the trucks between park and gate, constant travel and service, a full park."""
    p = entry.parameters
    cap, servers = int(p["K"]), int(p["servers"])
    travel, service = number(p["travel_min"]), number(p["service_min"])
    most = min(Fraction(cap) / (travel + service), Fraction(servers) / service) * 60
    filling, hours = 100, 1000
    trucks = int(most * (filling + hours + 100)) + cap
    case = scenario(
        entry.id,
        "Call-forward from a full park, travel and service constant",
        length=f"{filling + hours} h",
        stations={
            "gate/called": {"places": cap},
            "gate/booth": {"servers": servers, "service": span(service, MINUTE)},
        },
        routes={"trucks": [{"in": "gate/called", "do": [{"travel": span(travel, MINUTE)}, {"at": "gate/booth"}]}]},
        flows={"trucks": {"bursts": [{"at": "0 h", "trucks": trucks}]}},
    )
    run = lab.run(case)
    begin, end = filling * HOUR, (filling + hours) * HOUR
    booth = run.at("gate/booth")
    through = np.count_nonzero((booth.left >= begin) & (booth.left < end))
    busy = time_in(booth.started, booth.left, int(begin), int(end)) / float(HOUR)
    idle = 1 - busy / (servers * hours)
    one_truck = 1 / hours
    slack = {
        "throughput_per_hour": one_truck / max(1.0, through / hours),
        "idle_share_of_gate": float(service) / 60 * one_truck,
        "gate_utilisation": float(service) / 60 * one_truck,
    }
    found = {"throughput_per_hour": through / hours, "idle_share_of_gate": idle, "gate_utilisation": 1 - idle}
    rows = []
    for metric, value in entry.expected.items():
        if metric in found:
            rows.append(exact(entry, metric, found[metric], within=slack[metric]))
        elif metric == "bottleneck":
            is_cap = str(value).lower().startswith(("cap", "k"))
            right = is_cap == (idle > one_truck) or number(cap) / (travel + service) == Fraction(servers) / service
            rows.append(holds(metric, str(value), [] if right else [f"idle share of the gate {idle:.6g}"]))
        else:
            rows.append(unknown(entry, metric, value, [*found, "bottleneck"]))
    return rows


def ciw(entry: Entry, lab: Lab) -> list[Row]:
    """Printed results of another simulator's documents: shift ends in overtime, a narrow opening window, lists."""
    p = entry.parameters
    if "shifts" in p:
        return _overtime(entry, lab)
    if "open" in p:
        return _narrow_window(entry, lab)
    return steady.one_station(entry, lab) if "arrival_rate" in p else samplepath(entry, lab)


_CALLED = {"preempt": "pause", "resume": "pause", "non-preemptive": "handover", "false": "handover"}


def _overtime(entry: Entry, lab: Lab) -> list[Row]:
    p = entry.parameters
    horizon = number(p.get("horizon", p["shifts"][-1][1]))
    if "arrivals" in p:
        arrivals = [number(a) for a in p["arrivals"]]
    else:
        gap = number(p["interarrival"])
        first = number(p.get("first_arrival", gap))
        arrivals = [first + k * gap for k in range(int((horizon - first) / gap) + 1)]
    services = [number(s) for s in p["services"]] if "services" in p else [number(p["service"])] * len(arrivals)
    shifts = [(number(a), number(b), int(c)) for a, b, c in p["shifts"]]
    trace = Trace(arrivals, {"gate": services}, HOUR, beside=[a for a, _, _ in shifts])
    rule = str(p.get("rule", "finish")).lower()
    servers = [{"from": span(a, trace.unit), "servers": c} for a, _, c in shifts]
    gate = {"servers": servers, "closing": _CALLED.get(rule, rule)}
    run = lab.run(trace.case(entry, {"gate": gate}, [{"at": "gate"}]))
    stays = trace.listed(run, "gate")
    started = np.flatnonzero(stays.started >= 0)
    starts, ends = run.units(stays.started)[started], run.units(stays.left)[started]
    duty = [next((float(b) for a, b, _ in shifts if a <= start < b), np.inf) for start in starts]
    waits = starts - run.units(stays.joined)[started]
    found = {
        "starts": starts,
        "ends": ends,
        "overtime_per_server": np.maximum(ends - duty, 0),
        "waits": waits,
        "overtime": np.maximum(ends - duty, 0),
        "total_overtime": np.maximum(ends - duty, 0).sum(),
        "mean_wait": waits.mean(),
        "max_wait": waits.max(),
        "served": len(starts),
    }
    return compared(entry, found)


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


def compared(
    entry: Entry, found: Mapping[str, Any], expected: Mapping[str, Any] | None = None, prefix: str = ""
) -> list[Row]:
    """A row for each metric that the answers list; one that nothing computes is wrong."""
    return [
        exact(entry, prefix + metric, found[metric], expected=value)
        if metric in found
        else unknown(entry, prefix + metric, value, found)
        for metric, value in (entry.expected if expected is None else expected).items()
    ]
