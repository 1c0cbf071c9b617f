"""Kinds with one exact answer: traces worked out by hand or by a recurrence, held to 1e-9."""

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from . import steady
from .calendars import closing_of, slow_windows
from .case import HOUR, MINUTE, scenario, span, waiting
from .entries import Entry, Row, exact, holds, number, unknown
from .lab import Lab
from .listed import KNOWN, arrivals_of, blank, found_of, is_blank, services_of, stated, unit_of, works_within
from .measures import time_in
from .stays import FloatArray, IntArray
from .traces import Trace
from .windows import opening_windows

_RULES = ("finish", "pause", "fits", "handover")


def samplepath(entry: Entry, lab: Lab) -> list[Row]:
    """One station on a listed trace; trucks that find no place turn away."""
    p = entry.parameters
    arrivals = arrivals_of(p, trucks_of(p))
    trace = Trace(arrivals, {"gate": services_of(p, len(arrivals))}, unit_of(p, HOUR), is_free=True)
    servers = steady.servers_of(p)
    yard = steady.yard_of(p, servers) if isinstance(servers, int) else None
    gate = {"servers": servers} | waiting(yard) | ({} if yard is None else {"when_full": "turn_away"})
    run = lab.run(trace.case(entry, {"gate": gate}, [{"at": "gate"}]))
    return compared(entry, found_of(run, trace.listed(run, "gate"), _number_of(servers)), known=KNOWN)


def trucks_of(p: Mapping[str, Any]) -> int:
    """How many trucks there are if only their services are listed."""
    listed = stated(p, "services", "service_times", "service", "service_time")
    return len(listed) if isinstance(listed, list) else 1


def _number_of(servers: Any) -> int:
    """Servers as a number, 1 where they are without limit."""
    return servers if isinstance(servers, int) else 1


def bas_path(entry: Entry, lab: Lab) -> list[Row]:
    """Single servers in series with finite yards between them, blocking after service."""
    p = entry.parameters
    names = [f"s{k + 1}" for k in range(len(p["services"]))]
    said = next(p[name] for name in p if name.startswith(("yard", "waiting_places", "buffer")))
    yards = said if isinstance(said, list) else [said] * (len(names) - 1)
    servers = p.get("servers", [1] * len(names))
    trace = Trace(
        [number(a) for a in p["arrivals"]],
        {name: [number(s) for s in row] for name, row in zip(names, p["services"], strict=True)},
        HOUR,
        is_free=True,
    )
    stations = {
        name: {"servers": int(c)} | waiting(yard) for name, c, yard in zip(names, servers, [None, *yards], strict=True)
    }
    run = lab.run(trace.case(entry, stations, [{"at": name} for name in names]))
    stages = [trace.listed(run, name) for name in names]
    starts, ends, leaves = ([run.units(getattr(s, c)) for s in stages] for c in ("started", "ended", "left"))
    found: dict[str, Any] = {"start": starts, "service_end": ends, "leave": leaves, "last_departure": leaves[-1].max()}
    found |= {"makespan": leaves[-1].max() - run.units(stages[0].joined).min(), "departures": leaves[-1]}
    blocked = [leave - end for leave, end in zip(leaves, ends, strict=True)]
    found |= {f"blocked_time_stage{k + 1}": each for k, each in enumerate(blocked)}
    found |= {"blocked_time": blocked, "total_blocked_time": float(np.sum(blocked))}
    found |= {f"total_blocked_time_stage{k + 1}": each.sum() for k, each in enumerate(blocked)}
    return compared(entry, found)


def ddc_calendar(entry: Entry, lab: Lab) -> list[Row]:
    """One station with opening hours, under each closing rule of the answers, or under the one that is stated."""
    p = entry.parameters
    arrivals = arrivals_of(p, trucks_of(p))
    services, servers = services_of(p, len(arrivals)), int(p.get("servers", 1))
    windows = [[number(t) for t in window] for window in stated(p, "windows", "open_windows", "open", "opening")]
    unit = unit_of(p, MINUTE)
    trace = Trace(arrivals, {"gate": services}, unit, beside=[t for window in windows for t in window])
    opens = opening_windows(
        [[t * unit / MINUTE for t in window] for window in windows], servers, trace.scale,
        is_daily=works_within(arrivals, services, windows, servers),
    )  # fmt: skip

    def under(rule: str, expected: Mapping[str, Any], prefix: str) -> list[Row]:
        gate = {"servers": servers} | opens | {"closing": rule}
        run = lab.run(trace.case(entry, {"gate": gate}, [{"at": "gate"}], part=rule, start="2025-01-06 08:00"))
        return compared(entry, found_of(run, trace.listed(run, "gate"), servers), expected, prefix, known=KNOWN)

    if rule := entry.said("rule", "closing", "closing_rule"):
        return under(closing_of(rule), entry.expected, "")
    rows = []
    for rule, expected in entry.expected.items():
        known = isinstance(expected, Mapping) and rule in _RULES
        rows += under(rule, expected, f"{rule} ") if known else [unknown(entry, rule, expected, _RULES)]
    return rows


def slowdown(entry: Entry, lab: Lab) -> list[Row]:
    """Servers that work slowly for a while; services in progress are stretched, or only new ones."""
    p = entry.parameters
    arrivals = arrivals_of(p, trucks_of(p))
    listed = stated(p, "windows")
    slow, servers = slow_windows(p if listed is None else {"slowdowns": listed} | p), int(p.get("servers", 1))
    slow = [(begin, end, speed) for begin, end, speed in slow if begin < end]
    # a stretched service, and what the end of the window leaves of it, are whole ms if a ms is so many parts
    finer = math.lcm(*(speed.numerator * speed.denominator or 1 for _, _, speed in slow))
    ends = [t for begin, end, _ in slow for t in (begin, end)]
    trace = Trace(arrivals, {"gate": services_of(p, len(arrivals))}, unit_of(p, MINUTE), beside=ends, finer=finer)
    written = [{"from": span(a, trace.unit), "to": span(b, trace.unit), "speed": float(c)} for a, b, c in slow if c]
    still = [(begin, end) for begin, end, speed in slow if not speed]
    rows = []
    for rule, expected in entry.expected.items():
        acts = "in-progress" if "progress" in rule else "new" if re.search("drawn|start|new", rule) else None
        if acts is None or not isinstance(expected, Mapping):
            rows.append(unknown(entry, rule, expected, "rate_changes_in_progress, time_drawn_at_start"))
            continue
        gate: dict[str, Any] = {"servers": servers}
        gate |= {"slowdowns": written, "slowdowns_act_on": acts} if written else {}
        if still:  # a speed of nothing is a station without servers
            gate["servers"] = [{"from": span(min((*arrivals, still[0][0])), trace.unit), "servers": servers}]
            gate["servers"] += [
                {"from": span(t, trace.unit), "servers": n} for a, b in still for t, n in ((a, 0), (b, servers))
            ]
            gate["closing"] = "pause" if acts == "in-progress" else "finish"
        run = lab.run(trace.case(entry, {"gate": gate}, [{"at": "gate"}], part=acts))
        rows += compared(entry, found_of(run, trace.listed(run, "gate"), servers), expected, f"{rule} ", known=KNOWN)
    return rows


def meter_dd(entry: Entry, lab: Lab) -> list[Row]:
    """Call-forward with a cap on the trucks between park and gate, constant travel and service, a full park."""
    p, unit = entry.parameters, unit_of(entry.parameters, HOUR)
    travel, service = (number(stated(p, *names)) for names in (("travel", "travel_time"), ("service", "service_time")))
    servers = int(p.get("servers", 1))
    least = next((name for name in entry.expected if re.search("smallest|needed|least", name)), None)
    caps = [int(p["K"])] if "K" in p else []
    rows: list[Row] = []
    if least is not None:
        # the smallest cap that keeps every server busy is looked for where it must be, and around
        about = math.ceil(servers * (travel + service) / service)
        idle = {cap: _metered(entry, lab, cap, servers, travel * unit, service * unit)["idle_share_of_gate"]
                for cap in range(max(1, about - 2), about + 2)}  # fmt: skip
        full = [cap for cap, share in idle.items() if share < 1e-3 * float(service * unit / HOUR)]
        rows.append(exact(entry, least, min(full, default=0)))
    found = _metered(entry, lab, caps[0], servers, travel * unit, service * unit) if caps else {}
    for metric, value in entry.expected.items():
        if metric in found:
            slack = _ONE_TRUCK / max(1.0, abs(float(value)))
            rows.append(exact(entry, metric, found[metric], within=slack * max(1.0, float(service * unit / HOUR))))
        elif metric == "bottleneck" and caps:
            said, even = str(value).lower(), caps[0] * service == servers * (travel + service)
            is_cap = said.startswith(("cap", "k", "metering", "park", "call"))
            right = even or is_cap == (found["idle_share_of_gate"] > _ONE_TRUCK)
            rows.append(holds(metric, str(value), [] if right else [f"idle share {found['idle_share_of_gate']:.6g}"]))
        elif metric != least:
            rows.append(unknown(entry, metric, value, [*found, "bottleneck", "smallest_K"]))
    return rows


_FILLING_H, _MEASURED_H = 100, 1000
_ONE_TRUCK = 1 / _MEASURED_H  # in the hours measured


def _metered(entry: Entry, lab: Lab, cap: int, servers: int, travel: Fraction, service: Fraction) -> dict[str, float]:
    """What happens between a park that never empties and the gate, in the long run. [ms]"""
    most = min(Fraction(cap) / (travel + service), Fraction(servers) / service) * HOUR
    steps: list[Any] = [{"travel": span(travel, Fraction(1))}] if travel else []
    case = scenario(
        f"{entry.id}/{cap}", "Call-forward from a full park, travel and service constant",
        length=f"{_FILLING_H + _MEASURED_H} h",
        stations={
            "gate/called": {"places": cap},
            "gate/booth": {"servers": servers, "service": span(service, Fraction(1))},
        },
        routes={"trucks": [{"in": "gate/called", "do": [*steps, {"at": "gate/booth"}]}]},
        flows={"trucks": {"bursts": [
            {"at": "0 h", "trucks": int(most * (_FILLING_H + _MEASURED_H + 100)) + cap}
        ]}},
    )  # fmt: skip
    run = lab.run(case)
    # whole turns of the cap or of the gate, whichever is short, as every turn is like the one before it
    turn = max(travel + service if cap * service <= servers * (travel + service) else service, Fraction(1))
    begin = int(_FILLING_H * HOUR)
    end = begin + round(_MEASURED_H * HOUR // turn * turn)
    booth, called = run.at("gate/booth"), run.at("gate/called")
    hours = float(end - begin) / float(HOUR)

    def mean(first: IntArray, last: IntArray) -> float:
        return time_in(first, last, begin, end) / (end - begin)

    through = np.count_nonzero((booth.left >= begin) & (booth.left < end)) / hours
    busy, at_gate = mean(booth.started, booth.left), mean(booth.joined, booth.left)
    inside, queue = mean(called.entered, called.left), mean(booth.joined, booth.started)
    out = (called.left >= begin) & (called.left < end)
    cycle = float((called.left[out] - called.entered[out]).mean()) / float(MINUTE)
    out = (booth.left >= begin) & (booth.left < end)
    wait = float((booth.started[out] - booth.joined[out]).mean()) / float(MINUTE)
    return {
        **dict.fromkeys(("throughput_per_hour", "throughput"), through),
        "throughput_per_day": through * 24, "idle_share_of_gate": 1 - busy / servers,
        **dict.fromkeys(("gate_utilisation", "utilisation"), busy / servers), "mean_busy": busy,
        **dict.fromkeys(("mean_gate_queue", "queue_at_gate", "Lq_gate"), queue),
        **dict.fromkeys(("mean_at_gate", "L_gate"), at_gate),
        **dict.fromkeys(("mean_travelling", "L_travel"), inside - at_gate),
        **dict.fromkeys(("wait_at_gate_min", "Wq_gate_min"), wait),
        **dict.fromkeys(("cycle_min", "cycle_time_min", "time_call_to_exit_min"), cycle),
    }  # fmt: skip


def compared(
    entry: Entry, found: Mapping[str, Any], expected: Mapping[str, Any] | None = None, prefix: str = "", *,
    known: str | None = None,
) -> list[Row]:  # fmt: skip
    """A row for each metric that the answers list; one that nothing computes is wrong.

    Words such as "never" must meet with no number, and a number for a list must be that of each truck.
    """
    rows = []
    for metric, value in (entry.expected if expected is None else expected).items():
        wanted, got = blank(value), found.get(metric)
        if metric not in found:
            rows.append(unknown(entry, prefix + metric, value, known or found))
        elif isinstance(wanted, Mapping) and isinstance(got, Mapping):
            rows += compared(entry, got, wanted, f"{prefix}{metric}.")
        elif wanted is None and np.ndim(got) == 0:
            rows.append(holds(prefix + metric, str(value)[:16], [] if is_blank(got) else [str(got)]))
        elif isinstance(wanted, list) and np.ndim(got) == 1 and len(_numbers(got)) == len(wanted) < len(got):
            # a list without the trucks that are turned away or not served
            rows.append(exact(entry, prefix + metric, _numbers(got), expected=wanted))
        elif np.ndim(got) == 1 and np.ndim(wanted) == 0:
            rows.append(exact(entry, prefix + metric, got, expected=[wanted] * max(1, len(got))))
        else:
            rows.append(exact(entry, prefix + metric, got, expected=wanted))
    return rows


def _numbers(values: Any) -> FloatArray:
    """Those of a list that are numbers."""
    some = np.asarray(values, np.float64)
    found: FloatArray = some[~np.isnan(some)]
    return found
