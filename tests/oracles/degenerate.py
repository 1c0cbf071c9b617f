"""Edge cases: nobody comes, all come at once, nobody ever serves, every server is always busy, no place to wait."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.scenario.faults import ScenarioFaults

from .calendars import closing_of
from .case import MINUTE, Case, scenario, span, waiting
from .entries import Entry, Row, holds, is_number, number
from .exact import compared
from .lab import Lab
from .listed import KNOWN, arrivals_of, blank, found_of, services_of, stated, unit_of, works_within
from .steady import servers_of, service_of, yard_of
from .traces import Trace
from .windows import opening_windows

_EVERY = 500  # trucks that come one after the other at equal gaps


def degenerate(entry: Entry, lab: Lab) -> list[Row]:
    """One station in a case that many programs forget."""
    p = entry.parameters
    if any(_is_refusal(metric, value) for metric, value in entry.expected.items()):
        return _refused(entry, lab)
    if _is_number(stated(p, "rate", "arrival_rate"), 0) and stated(p, "arrivals") is None:
        return _nobody(entry, lab)
    if stated(p, "rate", "arrival_rate") is not None and stated(p, "arrivals", "gap", "n") is None:
        return _at_random(entry, lab)
    arrivals = arrivals_of(p, _EVERY)
    services = services_of(p if _says_service(p) else {"service": 0} | p, len(arrivals))
    windows = _windows(p)
    beside = [number(t) for window in windows or () for t in window]
    trace = Trace(arrivals, {"gate": services}, unit_of(p, MINUTE), beside=beside, is_free=windows is None)
    servers = servers_of(p)
    gate: dict[str, Any] = {"servers": servers}
    if windows is not None:
        pairs = [[number(t) * trace.unit / trace.scale / MINUTE for t in window] for window in windows]
        daily = works_within(arrivals, services, [[number(t) for t in w] for w in windows], int(servers))
        gate |= opening_windows(pairs, int(servers), trace.scale, is_daily=daily)
        gate["closing"] = closing_of(entry.said("rule", "closing", "closing_rule") or "finish")
    gate |= _places(p, servers)
    case = trace.case(entry, {"gate": gate}, [{"at": "gate"}], start="2025-01-06 08:00")
    try:
        run = lab.run(case)
    except ScenarioFaults as faults:
        return _never(entry, faults, len(arrivals))
    count = len(arrivals) if servers == "unlimited" else int(servers)
    found = found_of(run, trace.listed(run, "gate"), max(1, count))
    # regular arrivals go on for ever
    found["utilisation"] = found.get("utilisation_of_turns", found["utilisation"])
    grows = [m for m, v in entry.expected.items() if m in found and isinstance(v, str) and _GROWS.search(v)]
    still = [] if (np.diff(found["wait"]) > 0).all() else ["some truck waits no longer than the one before it"]
    rest = {metric: value for metric, value in entry.expected.items() if metric not in grows}
    return [*(holds(m, "waits grow", still) for m in grows), *compared(entry, found, rest, known=KNOWN)]


_GROWS = re.compile(r"grow|without bound|unbounded|diverge", re.IGNORECASE)


def _says_service(p: Mapping[str, Any]) -> bool:
    return stated(p, "services", "service_times", "service", "service_time") is not None


def _windows(p: Mapping[str, Any]) -> Any:
    """The windows in which the gate is open: none at all if it is said to be shut for ever, None if always open."""
    is_shut = any(p[k] in (True, "always", "for ever", "forever", 24) for k in p if k.startswith("closed"))
    return [] if is_shut or p.get("open_hours") == 0 else stated(p, "windows", "open_windows", "open")


def _places(p: Mapping[str, Any], servers: int | str) -> dict[str, Any]:
    """Where trucks may wait, and what becomes of those that find no place."""
    yard = None if isinstance(servers, str) else yard_of(p, servers)
    full = str(p.get("when_full", "turn_away")).replace(" ", "_")
    return waiting(yard) | ({} if yard is None else {"when_full": full})


_NEVER = "a station that never opens is refused by name: nobody is served"
_REFUSAL = re.compile(r"error|refus|reject|invalid|must not|warn", re.IGNORECASE)


def _is_refusal(metric: str, value: Any) -> bool:
    """Whether an answer says that the scenario must be refused."""
    return isinstance(value, str) and (metric == "rule" or bool(_REFUSAL.search(value)) and "undefined" not in value)


def _is_nothing(metric: str, value: Any, trucks: int = -1) -> bool:
    """Whether an answer says that none of so many trucks is served, or gives no number."""
    if blank(value) is None or isinstance(value, str):
        return True
    return bool(value == (0 if metric in _OF_SERVED else trucks if metric in _OF_OTHERS else None))


_OF_SERVED = ("served", "completed", "throughput", "utilisation")
_OF_OTHERS = (
    "unserved",
    "not_served",
    "never_served",
    "waiting_at_end",
    "left_waiting",
    "queue_at_end",
    "present_at_end",
    "in_system_at_end",
)


def _is_number(said: Any, value: int) -> bool:
    return is_number({"said": said}, "said") and number(said) == value


def _nobody(entry: Entry, lab: Lab) -> list[Row]:
    """Nobody comes: no numbers, and no mean of them."""
    p = entry.parameters
    servers = servers_of(p)
    case = scenario(
        entry.id, "Nobody comes", length="24 h", stations={"gate": {"servers": servers, "service": _same_for_all(p)}},
        routes={"trucks": [{"at": "gate"}]}, flows={"trucks": {"rate": "0 trucks/h"}},
    )  # fmt: skip
    run = lab.run(case)
    found = found_of(run, run.at("gate"), 1)
    rows = []
    for metric, value in entry.expected.items():
        if isinstance(value, str) or value is None:
            rows.append(holds(metric, "no trucks, no mean", _means_of_nothing(lab, case)))
        else:
            rows += compared(entry, found, {metric: value}, known=KNOWN)
    return rows


def _at_random(entry: Entry, lab: Lab) -> list[Row]:
    """Arrivals at random, and a service that is the same for all: what it must do however they come."""
    p = entry.parameters
    servers, rate = servers_of(p), float(number(stated(p, "rate", "arrival_rate")))
    hours = float(number(next((p[name] for name in ("horizon", "duration", "hours", "T") if name in p), 100)))
    gate: dict[str, Any] = {"servers": servers, "service": _same_for_all(p)} | _places(p, servers)
    if (windows := _windows(p)) is not None:
        unit = unit_of(p, MINUTE)
        gate |= opening_windows([[number(t) * unit / MINUTE for t in window] for window in windows], int(servers))
        gate["closing"] = closing_of(entry.said("rule", "closing", "closing_rule") or "finish")
    case = scenario(
        entry.id, entry.system, length=span(max(hours, 1e-3)), stations={"gate": gate},
        routes={"trucks": [{"at": "gate"}]}, flows={"trucks": {"rate": f"{rate:.12g} trucks/h"}}, unit=MINUTE,
    )  # fmt: skip
    try:
        run = lab.run(case)
    except ScenarioFaults as faults:
        return _never(entry, faults)
    return compared(
        entry, found_of(run, run.at("gate"), _EVERY if servers == "unlimited" else int(servers)), known=KNOWN
    )


def _same_for_all(p: Mapping[str, Any]) -> Any:
    """The service of every truck: a constant, a law, or ten minutes in the mean if nothing is said."""
    said = stated(p, "service", "service_time")
    if isinstance(said, int | float | str):
        return span(number(said), unit_of(p, MINUTE))
    return service_of(p if {"mean_service", "service_rate", "service"} & set(p) else {"mean_service": 1 / 6})


def _never(entry: Entry, faults: ScenarioFaults, trucks: int = -1) -> list[Row]:
    """What is said of a station that never opens, which the program refuses by name: that nobody is served."""
    if not any("never opens" in str(fault) for fault in faults.faults):
        raise faults
    return [
        holds(m, _NEVER, [] if _is_nothing(m, v, trucks) else [f"refused, not {v}"]) for m, v in entry.expected.items()
    ]


def _means_of_nothing(lab: Lab, case: Case) -> list[str]:
    """Waits that the program's own summary gives although there is none."""
    from sim.experiment.run import run

    found = run(lab.scenario(case), replications=2, seed=1, engine="simpy", workers=1)
    waits = [row for row in found.summary.iter_rows(named=True) if row["metric"].startswith("wait_")]
    return [f"{row['metric']} = {row['value']}" for row in waits if row["value"] is not None]


def _refused(entry: Entry, lab: Lab) -> list[Row]:
    """The scenario with what the entry states, as it states it: it must be refused, and the station or demand named."""
    p = entry.parameters
    service, rate = stated(p, "service", "service_time"), stated(p, "rate", "arrival_rate")
    if service is None and is_number(p, "service_rate"):
        service = float(60 / number(p["service_rate"])) if number(p["service_rate"]) else 0
    gate: dict[str, Any] = {"servers": p.get("servers", 1), "service": f"{10 if service is None else service} min"}
    if windows := _windows(p):
        gate |= opening_windows(windows, gate["servers"]) | {"closing": p.get("rule", "finish")}
    elif windows is not None:
        gate["servers"] = [{"from": "0 h", "servers": 0}]
    yard = next((p[name] for name in ("waiting_places", "yard", "yard_places") if name in p), None)
    if yard is None and {"K", "servers"} <= set(p):
        yard = p["K"] - p["servers"]
    gate |= {} if yard is None else {"waiting_places": yard, "when_full": "turn_away"}
    gap = stated(p, "gap", "interarrival", "interval")
    flow: dict[str, Any] = {"rate": f"{6 if rate is None else rate} trucks/h"} if gap is None else {
        "every": f"{gap} min"
    }  # fmt: skip
    if yard is None and ("K" in p or "cap" in p):
        stations = {"gate": gate, "park": {"places": p.get("K", p.get("cap"))}}
        route: list[Any] = [{"in": "park", "do": [{"at": "gate"}]}]
    else:
        stations, route = {"gate": gate}, [{"at": "gate"}]
    if is_number(p, "n"):
        flow = {"bursts": [{"at": "0 h", "trucks": int(p["n"])}]}
    case = scenario(entry.id, entry.system, length="24 h", stations=stations, routes={"trucks": route},
                    flows={"trucks": flow})  # fmt: skip
    words = {metric: value for metric, value in entry.expected.items() if isinstance(value, str)}
    numbers = {metric: value for metric, value in entry.expected.items() if metric not in words}
    try:
        told = [f for f in lab.scenario(case).warnings if f.path.startswith("stations.gate")]
    except ScenarioFaults as faults:
        said = [str(fault) for fault in faults.faults]
        broken = [] if all("gate" in text or "trucks" in text or "park" in text for text in said) else said
    else:
        is_warned = bool(told) and any("warn" in value for value in words.values())
        broken = [] if is_warned else ["accepted"]
    return [
        *(holds(metric, "refused by name, or warned of", broken) for metric in words),
        *(holds(metric, _NEVER, broken or ([] if _is_nothing(metric, value) else [f"refused, not {value}"]))
          for metric, value in numbers.items()),
    ]  # fmt: skip
