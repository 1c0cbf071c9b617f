"""Edge cases: nobody comes, all come at once, nobody ever serves, every server is always busy, no place to wait."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from sim.scenario.faults import ScenarioFaults

from .case import HOUR, MINUTE, Case, scenario, waiting
from .entries import Entry, Row, exact, holds, number, unknown
from .exact import compared
from .lab import Lab
from .measures import time_in
from .stays import Seen, Stays
from .traces import Trace
from .windows import opening_windows

_EVERY = 500  # trucks that come one after the other at equal gaps


def degenerate(entry: Entry, lab: Lab) -> list[Row]:
    """One station in a case that many programs forget."""
    p = entry.parameters
    if _is_no_number(p.get("rate")) and not _given(p, "arrivals"):
        return _nobody(entry, lab)
    if p.get("servers") == 0 or "rule" in entry.expected and "windows_min" not in p:
        return _never_served(entry, lab)
    servers, arrivals = int(p.get("servers", 1)), _arrivals(p)
    services = _given(p, "services") or [number(p.get("service", p.get("service_min", 0)))] * len(arrivals)
    trace = Trace(arrivals, {"gate": services}, MINUTE)
    gate: dict[str, Any] = {"servers": servers}
    if "windows_min" in p:
        windows = [[number(t) for t in window] for window in p["windows_min"]]
        gate |= opening_windows(windows, servers, trace.scale) | {"closing": p.get("rule", "finish")}
    places = next((p[name] for name in ("waiting_places", "yard", "yard_places") if name in p), None)
    gate |= waiting(places) | (
        {} if places is None else {"when_full": str(p.get("when_full", "turn_away")).replace(" ", "_")}
    )
    run = lab.run(trace.case(entry, {"gate": gate}, [{"at": "gate"}], start="2025-01-06 08:00"))
    return compared(entry, _found(run, trace.listed(run, "gate"), servers))


def _is_no_number(rate: Any) -> bool:
    return rate is not None and number(rate) == 0


def _given(p: Mapping[str, Any], name: str) -> list[Fraction]:
    listed = next((p[word] for word in (name, f"{name}_min") if isinstance(p.get(word), list)), [])
    return [number(one) for one in listed]


def _arrivals(p: Mapping[str, Any]) -> list[Fraction]:
    """A list, a burst at one instant, trucks at equal gaps, or a single one."""
    if listed := _given(p, "arrivals"):
        return listed
    if "gap" in p or "interarrival" in p:
        gap = number(p.get("gap", p.get("interarrival")))
        return [k * gap for k in range(int(p.get("n", _EVERY)))]
    return [number(p.get("arrival", p.get("at", 0)))] * int(p.get("n", 1))


def _found(run: Seen, stays: Stays, servers: int) -> dict[str, Any]:
    """Everything that may be asked, with and without the unit in its name. [min]"""
    served = stays.where(stays.left >= 0)
    joined, starts, leaves = (run.units(t) for t in (served.joined, served.started, served.left))
    if not len(starts):
        return {"served": 0, "turned_away": int((run.outcome == 1).sum()), "arrivals": len(run.outcome)}
    waits, inside = starts - joined, leaves - joined
    span = leaves.max() - joined.min()
    times = {
        "makespan": span, "last_departure": leaves.max(), "mean_wait": waits.mean(), "max_wait": waits.max(),
        "total_wait": waits.sum(), "time_in_system": inside.mean(), "mean_time_in_system": inside.mean(),
        "wait": waits if len(waits) > 1 else waits[0], "start": starts if len(starts) > 1 else starts[0],
        "depart": leaves if len(leaves) > 1 else leaves[0], "Wq": waits.mean(), "W": inside.mean(),
    }  # fmt: skip
    counts = {
        "served": len(starts), "turned_away": int((run.outcome == 1).sum()), "arrivals": len(run.outcome),
        "utilisation_after_first": _busy(served, servers, int(np.sort(served.started)[min(servers, len(starts)) - 1])),
        "utilisation": _busy(served, servers, int(served.started.min())),
        "mean_queue": waits.sum() / span if span else 0.0,
    }  # fmt: skip
    return times | {f"{name}_min": value for name, value in times.items()} | counts


def _busy(served: Stays, servers: int, begin: int) -> float:
    """Share of the servers' time in use from an instant to the last start: whole turns, where trucks come regularly."""
    end = int(served.started.max())
    end = end if end > begin else int(served.left.max())
    return time_in(served.started, served.left, begin, end) / (servers * (end - begin)) if end > begin else 0.0


def _nobody(entry: Entry, lab: Lab) -> list[Row]:
    case = scenario(
        entry.id, "Nobody comes", length="24 h", stations={"gate": {"servers": 1, "service": "10 min"}},
        routes={"trucks": [{"at": "gate"}]}, flows={"trucks": {"rate": "0 trucks/h"}},
    )  # fmt: skip
    gate = lab.run(case).at("gate")
    queue = time_in(gate.joined, gate.started, 0, int(24 * HOUR)) / float(24 * HOUR)
    nothing = {"arrivals": len(gate.truck), "served": len(gate.truck), "mean_queue": queue, "utilisation": queue}
    rows = []
    for metric, value in entry.expected.items():
        if metric in nothing:
            rows.append(exact(entry, metric, nothing[metric]))
        elif isinstance(value, str) or value is None:
            rows.append(holds(metric, "no trucks, no mean", _means_of_nothing(lab, case)))
        else:
            rows.append(unknown(entry, metric, value, [*nothing, "mean_wait"]))
    return rows


def _means_of_nothing(lab: Lab, case: Case) -> list[str]:
    """Waits that the program's own summary gives although there is none."""
    from sim.experiment.run import run

    found = run(lab.scenario(case), replications=2, seed=1, engine="simpy", workers=1)
    waits = [row for row in found.summary.iter_rows(named=True) if row["metric"].startswith("wait_")]
    return [f"{row['metric']} = {row['value']}" for row in waits if row["value"] is not None]


def _never_served(entry: Entry, lab: Lab) -> list[Row]:
    case = scenario(
        entry.id, "A station without servers", length="24 h",
        stations={"gate": {"servers": int(entry.parameters.get("servers", 0)), "service": "10 min"}},
        routes={"trucks": [{"at": "gate"}]}, flows={"trucks": {"rate": "6 trucks/h"}},
    )  # fmt: skip
    try:
        lab.scenario(case)
    except ScenarioFaults as faults:
        said = [str(fault) for fault in faults.faults]
        return [holds("rule", "refused by name", [] if any("gate" in text for text in said) else said)]
    return [holds("rule", "refused by name", ["accepted"])]
