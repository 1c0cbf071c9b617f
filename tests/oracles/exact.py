"""Kinds with one exact answer: traces worked out by hand or by a recurrence, held to 1e-9."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from sim.scenario.faults import ScenarioFaults

from .case import HOUR, MINUTE, Case, scenario, span, waiting
from .entries import Entry, Row, exact, holds, number
from .lab import Lab
from .measures import time_in
from .traces import Trace
from .windows import daily_window, opening_windows

_DAYS = 100  # of a window that opens every day


def samplepath(entry: Entry, lab: Lab) -> list[Row]:
    """One station on a listed trace."""
    p = entry.parameters
    services = [number(s) for s in p["services"]]
    trace = Trace([number(a) for a in p["arrivals"]], {"gate": services}, HOUR)
    case = trace.case(entry, {"gate": {"servers": int(p["servers"])}}, [{"at": "gate"}])
    run = lab.run(case)
    gate = trace.listed(run, "gate")
    arrivals, starts, leaves = (run.units(t) for t in (gate.joined, gate.started, gate.left))
    makespan = leaves.max() - arrivals.min()
    waits = starts - arrivals
    found = {
        "waits": waits,
        "departures": leaves,
        "mean_wait": waits.mean(),
        "max_wait": waits.max(),
        "makespan": makespan,
        "time_avg_queue": waits.sum() / makespan,
        "time_avg_in_system": (leaves - arrivals).sum() / makespan,
        "utilisation": (leaves - starts).sum() / (int(p["servers"]) * makespan),
        "littles_law_L_equals_lambda_W": len(waits) / makespan * (leaves - arrivals).mean(),
    }
    return _compared(entry, found)


def bas_path(entry: Entry, lab: Lab) -> list[Row]:
    """Single servers in series with finite yards between them, blocking after service."""
    p = entry.parameters
    names = [f"s{k + 1}" for k in range(len(p["services"]))]
    yards = p.get("yards_before_stage_2_3", p.get("waiting_places_between"))
    trace = Trace(
        [number(a) for a in p["arrivals"]],
        {name: [number(s) for s in row] for name, row in zip(names, p["services"], strict=True)},
        HOUR,
    )
    stations = {name: {"servers": 1} | waiting(yard) for name, yard in zip(names, [None, *yards], strict=True)}
    run = lab.run(trace.case(entry, stations, [{"at": name} for name in names]))
    stages = [trace.listed(run, name) for name in names]
    starts, ends, leaves = ([run.units(getattr(s, c)) for s in stages] for c in ("started", "ended", "left"))
    found: dict[str, Any] = {"start": starts, "service_end": ends, "leave": leaves, "last_departure": leaves[-1].max()}
    found |= {f"blocked_time_stage{k + 1}": leaves[k] - ends[k] for k in range(len(names))}
    return _compared(entry, found)


def ddc_calendar(entry: Entry, lab: Lab) -> list[Row]:
    """One station with opening hours, under each closing rule of the answers."""
    p = entry.parameters
    trace = Trace([number(a) for a in p["arrivals_min"]], {"gate": [number(s) for s in p["services_min"]]}, MINUTE)
    rows = []
    for rule, expected in entry.expected.items():
        gate = {"servers": int(p["servers"])} | opening_windows(p["windows_min"], int(p["servers"])) | {"closing": rule}
        case = trace.case(entry, {"gate": gate}, [{"at": "gate"}], part=rule, start="2025-01-06 08:00")
        run = lab.run(case)
        stays = trace.listed(run, "gate")
        joined, starts, leaves = (run.units(t) for t in (stays.joined, stays.started, stays.left))
        found = {"start": starts, "depart": leaves, "wait": leaves - joined - trace.services("gate")}
        if rule == "pause":
            found["wait"] = starts - joined
        found |= {"total_wait": found["wait"].sum(), "last_departure": leaves.max()}
        rows += _compared(entry, found, expected, f"{rule} ")
    return rows


def slowdown(entry: Entry, lab: Lab) -> list[Row]:
    """One server that works slowly for a while; services in progress are stretched, or only new ones."""
    p = entry.parameters
    arrivals = [number(a) for a in p["arrivals_min"]]
    trace = Trace(arrivals, {"gate": [number(p["service_min"])] * len(arrivals)}, MINUTE)
    slow = {"from": span(number(p["slow_from"]), MINUTE), "to": span(number(p["slow_to"]), MINUTE),
            "speed": float(number(p["factor"]))}  # fmt: skip
    rows = []
    acts = {"rate_changes_in_progress": "in-progress", "time_drawn_at_start": "new"}
    for rule, expected in entry.expected.items():
        gate = {"servers": int(p.get("servers", 1)), "slowdowns": [slow], "slowdowns_act_on": acts[rule]}
        run = lab.run(trace.case(entry, {"gate": gate}, [{"at": "gate"}], part=acts[rule]))
        stays = trace.listed(run, "gate")
        found = {"start": run.units(stays.started), "depart": run.units(stays.left)}
        rows += _compared(entry, found, expected, f"{rule} ")
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
    return [
        exact(
            entry,
            "throughput_per_hour",
            through / hours,
            within=one_truck / float(entry.expected["throughput_per_hour"]),
        ),
        exact(entry, "bottleneck", "cap K" if idle > one_truck else "gate"),
        exact(entry, "idle_share_of_gate", idle, within=float(service) / 60 * one_truck),
    ]


def degenerate(entry: Entry, lab: Lab) -> list[Row]:
    """Edge cases: nobody comes, all come at once, nobody ever serves, every server always busy."""
    p = entry.parameters
    if p.get("rate") == 0:
        return _nobody(entry, lab)
    if p.get("servers") == 0 or "rule" in entry.expected:
        return _never_served(entry, lab)
    service, servers = number(p["service"]), int(p.get("servers", 1))
    demand: dict[str, Any] = {"bursts": [{"at": "0 h", "trucks": int(p.get("n", 1))}]}
    if "gap" in p:
        demand = {"every": span(number(p["gap"]), MINUTE)}
    case = scenario(
        entry.id, entry.system, length="100 h",
        stations={"gate": {"servers": servers, "service": span(service, MINUTE)}},
        routes={"trucks": [{"at": "gate"}]}, flows={"trucks": demand}, unit=MINUTE,
    )  # fmt: skip
    run = lab.run(case)
    gate = run.at("gate")
    served = gate.where(gate.left >= 0)
    waits = run.units(served.started) - run.units(served.joined)
    last = float(run.units(served.left).max())
    found = {
        "makespan_min": last,
        "mean_wait_min": waits.mean(),
        "max_wait_min": waits.max(),
        "makespan": last,
        "mean_wait": waits.mean(),
        "wait": waits.mean(),
        "Wq": waits.mean(),
        "max_wait": waits.max(),
        "time_in_system": (run.units(served.left) - run.units(served.joined)).mean(),
        "served": len(served.truck),
        "utilisation_after_first": (served.left - served.started).sum()
        / (servers * (served.left.max() - served.started.min())),
    }
    return _compared(entry, found)


def _nobody(entry: Entry, lab: Lab) -> list[Row]:
    case = scenario(
        entry.id, "Nobody comes", length="24 h", stations={"gate": {"servers": 1, "service": "10 min"}},
        routes={"trucks": [{"at": "gate"}]}, flows={"trucks": {"rate": "0 trucks/h"}},
    )  # fmt: skip
    gate = lab.run(case).at("gate")
    return [
        exact(entry, "arrivals", len(gate.truck)),
        exact(entry, "mean_queue", time_in(gate.joined, gate.started, 0, int(24 * HOUR)) / float(24 * HOUR)),
        holds("mean_wait", "no trucks, no mean", _means_of_nothing(lab, case)),
    ]


def _means_of_nothing(lab: Lab, case: Case) -> list[str]:
    """Waits that the program's own summary gives although there is none."""
    from sim.experiment.run import run

    found = run(lab.scenario(case), replications=2, seed=1, engine="simpy", workers=1)
    waits = [row for row in found.summary.iter_rows(named=True) if row["metric"].startswith("wait_")]
    return [f"{row['metric']} = {row['value']}" for row in waits if row["value"] is not None]


def _never_served(entry: Entry, lab: Lab) -> list[Row]:
    case = scenario(
        entry.id, "A station without servers", length="24 h",
        stations={"gate": {"servers": int(entry.parameters["servers"]), "service": "10 min"}},
        routes={"trucks": [{"at": "gate"}]}, flows={"trucks": {"rate": "6 trucks/h"}},
    )  # fmt: skip
    try:
        lab.scenario(case)
    except ScenarioFaults as faults:
        said = [str(fault) for fault in faults.faults]
        return [holds("rule", "refused by name", [] if any("gate" in text for text in said) else said)]
    return [holds("rule", "refused by name", ["accepted"])]


def ciw(entry: Entry, lab: Lab) -> list[Row]:
    """Printed results of another simulator's documents: shift ends in overtime, a narrow opening window."""
    return _overtime(entry, lab) if "shifts" in entry.parameters else _narrow_window(entry, lab)


def _overtime(entry: Entry, lab: Lab) -> list[Row]:
    p = entry.parameters
    gap, service, horizon = (number(p[k]) for k in ("interarrival", "service", "horizon"))
    first = number(p.get("first_arrival", p["interarrival"]))
    shifts = [(number(a), number(b), int(c)) for a, b, c in p["shifts"]]
    arrivals = [first + k * gap for k in range(int((horizon - first) / gap) + 1)]
    trace = Trace(arrivals, {"gate": [service] * len(arrivals)}, HOUR)
    servers = [{"from": span(a), "servers": c} for a, _, c in shifts]
    gate = {"servers": servers, "closing": p.get("rule", "finish")}
    run = lab.run(trace.case(entry, {"gate": gate}, [{"at": "gate"}]))
    stays = trace.listed(run, "gate")
    started = np.flatnonzero(stays.started >= 0)
    starts, ends = run.units(stays.started)[started], run.units(stays.left)[started]
    duty = [next(float(b) for a, b, _ in shifts if a <= start < b) for start in starts]
    return _compared(entry, {"starts": starts, "ends": ends, "overtime_per_server": np.maximum(ends - duty, 0)})


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
    allowed = [offset for offset in entry.expected["possible_start_offsets"] if number(offset) < closes]
    inside = [float(offset) for offset in offsets if offset % service == opens % service]
    strays = [f"{float(o):.6g}" for o in offsets if not opens <= o < closes]
    return [
        holds("starts", "inside the half-open window", strays),
        exact(entry, "possible_start_offsets", inside, expected=allowed, within=1e-10),
    ]


def _compared(
    entry: Entry, found: Mapping[str, Any], expected: Mapping[str, Any] | None = None, prefix: str = ""
) -> list[Row]:
    """A row for each metric that the answers list; one that nothing computes is wrong."""
    rows = []
    for metric, value in (expected or entry.expected).items():
        if metric in found:
            rows.append(exact(entry, prefix + metric, found[metric], expected=value))
        elif metric != "note":
            rows.append(holds(prefix + metric, str(value), ["not computed"]))
    return rows
