"""Networks in the long run: stages in series with blocking, free networks, diversion, call-forward."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sim.planning.plan import NEVER

from .case import Case, exponential, per_hour, scenario, span, waiting
from .entries import Entry, Row, exact, number
from .lab import Lab
from .measures import Measures, Queue, levels
from .metrics import metrics_of_each
from .stays import Seen
from .steady import long_run


def queue_of(run: Seen, low: int, high: int, station: str, servers: int = 1) -> Queue:
    return Queue(run=run, stays=run.at(station), low=low, high=high, servers=servers)


def _door_to_door(run: Seen, low: int, high: int) -> tuple[float, float]:
    """Mean trucks inside and mean time from arrival to leaving the network, of trucks that come in the window."""
    arrived, out = run.plan.trucks.arrived, run.out
    let_in = run.outcome != 1
    came = (arrived >= low) & (arrived < high) & (out > 0) & let_in
    shares = levels(arrived[let_in], out[let_in], low, high)
    inside = (shares * np.arange(len(shares))).sum()
    return float(inside), float((run.units(out[came]) - run.units(arrived[came])).mean())


# ----------------------------------------------------------------------------------- stages in series


def bas(entry: Entry, lab: Lab) -> list[Row]:
    """Stages in series with finite yards; a truck that cannot go on blocks its server."""
    p = entry.parameters
    rates = _of_stages(p, "service_rate")
    servers = [int(c) for c in _of_stages(p | {"stages": len(rates)}, "servers", 1)]
    between = p["waiting_places_between"] if "waiting_places_between" in p else _of_stages(p, "yard")
    yards = between if isinstance(between, list) else [between] * (len(rates) - 1)
    is_full = "arrival_rate" not in p
    first = p.get("places_at_stage_1", "unlimited")
    yards = [first if first in (None, "unlimited") else int(first) - servers[0], *yards]
    names = [f"s{k + 1}" for k in range(len(rates))]
    stations: dict[str, Any] = {
        name: {"servers": c} | waiting(yard) | {"service": exponential(mu)}
        for name, c, yard, mu in zip(names, servers, yards, rates, strict=True)
    }
    if "waiting_places" in stations["s1"]:
        stations["s1"]["when_full"] = "turn_away"
    rate = servers[0] * rates[0] if is_full else float(number(p["arrival_rate"]))

    def case(length: str) -> Case:
        stock = {"bursts": [{"at": "0 h", "trucks": int(float(length.split(maxsplit=1)[0]) * rate * 1.1) + 1000}]}
        return scenario(
            entry.id, entry.system, length=length, stations=stations, routes={"trucks": [{"at": n} for n in names]},
            flows={"trucks": stock if is_full else {"rate": per_hour(rate)}},
        )  # fmt: skip

    def measure(run: Seen, low: int, high: int) -> Measures:
        each = [_stage(run, low, high, name, c) for name, c in zip(names, servers, strict=True)]
        by_number = {str(k + 1): queue for k, queue in enumerate(each)}
        return {**_line_measures(run, each), **metrics_of_each(by_number, entry.expected)}

    load = max(rate / (c * mu) for c, mu in zip(servers, rates, strict=True))
    crowded = 0.6 if is_full else min(0.9, load + 0.15)
    return long_run(entry, lab, case, measure, rate=rate, load=crowded)


def _of_stages(p: Mapping[str, Any], name: str, unless: Any = None) -> list[float]:
    """A number of each stage: in a list, one for all, or under names with the number of the stage."""
    several = next((p[word] for word in (f"{name}s", name) if isinstance(p.get(word), list)), None)
    if several is not None:
        return [float(number(one)) for one in several]
    numbered = {int(m[1]): p[key] for key in p if (m := re.fullmatch(rf"{name}_(\d+)", key))}
    if numbered:
        return [float(number(value)) for _, value in sorted(numbered.items())]
    return [float(number(p.get(name, unless)))] * int(
        p["stages"] if "stages" in p else 1 + len(p.get("waiting_places_between", ()))
    )


def _stage(run: Seen, low: int, high: int, station: str, servers: int) -> Queue:
    """A stage with the trucks that have come onto it: one that finds no place stands where it was."""
    stays = run.at(station)
    stays = stays.where((stays.entered != NEVER) | (run.outcome[stays.truck] != 1))
    later = stays if station == "s1" else replace(stays.where(stays.entered != NEVER))
    return Queue(run=run, stays=later if later is stays else replace(later, joined=later.entered), low=low, high=high,
                 servers=servers)  # fmt: skip


def _line_measures(run: Seen, each: Sequence[Queue]) -> dict[str, Callable[[], Any]]:
    """Trucks of the whole line, how long its servers are blocked, and who is turned away before it."""
    low, high = each[0].low, each[0].high
    blocked = levels(each[0].stays.ended, each[0].stays.left, low, high)
    came = (run.plan.trucks.arrived >= low) & (run.plan.trucks.arrived < high)
    away = came & (run.outcome == 1)
    found: dict[str, Callable[[], Any]] = {
        "throughput": each[-1].throughput,
        "mean_blocked_servers": lambda: each[0].mean_number("ended", "left"),
        "P_blocking": lambda: 1 - float(blocked[0]),
        "L_total": lambda: _door_to_door(run, low, high)[0],
        "W_total": lambda: _door_to_door(run, low, high)[1],
        "P_block": lambda: float(away.sum() / came.sum()),
        "loss_rate": lambda: float(away.sum()) / each[0].duration,
    }
    for k, queue in enumerate(each):
        found[f"L{k + 1}_queue"] = lambda q=queue: q.mean_number("joined", "started")
        found[f"P_blocked_stage{k + 1}"] = lambda q=queue: q.mean_number("ended", "left") / q.servers
        found[f"mean_blocked_stage{k + 1}"] = lambda q=queue: q.mean_number("ended", "left")
    return found


# -------------------------------------------------------------------------------------- free networks


def jackson(entry: Entry, lab: Lab) -> list[Row]:
    """Trucks that move among stations by share until they leave."""
    p = {"servers": [1] * len(entry.parameters["service_rates"])} | entry.parameters
    names = [f"n{k + 1}" for k in range(len(p["servers"]))]
    routing = {
        a: {b: float(number(share)) for b, share in zip(names, row, strict=True) if number(share) > 0}
        for a, row in zip(names, p["routing"], strict=True)
    }
    routing = {a: row for a, row in routing.items() if row}
    comes = {n: float(number(rate)) for n, rate in zip(names, p["external_rates"], strict=True) if number(rate) > 0}
    rate = sum(comes.values())

    def case(length: str) -> Case:
        return scenario(
            entry.id, entry.system, length=length,
            stations={n: {"servers": int(c), "service": exponential(mu)}
                      for n, c, mu in zip(names, p["servers"], p["service_rates"], strict=True)},
            routes={f"from-{n}": [{"start": n, "routing": routing}] for n in comes},
            flows={f"from-{n}": {"rate": per_hour(rate)} for n, rate in comes.items()},
        )  # fmt: skip

    def measure(run: Seen, low: int, high: int) -> Measures:
        each = [queue_of(run, low, high, n, int(c)) for n, c in zip(names, p["servers"], strict=True)]
        total = _door_to_door(run, low, high)
        by_number = {str(k + 1): queue for k, queue in enumerate(each)}
        return {
            **metrics_of_each(by_number, entry.expected),
            **dict.fromkeys(("lam", "lambda", "lambda_i", "throughput_i"), lambda: [q.throughput() for q in each]),
            **dict.fromkeys(("visits", "visits_i", "visit_ratios"), lambda: [q.throughput() / rate for q in each]),
            "throughput": lambda: float(np.count_nonzero((run.out >= low) & (run.out < high))) / each[0].duration,
            **dict.fromkeys(("L", "L_total"), lambda: total[0]),
            **dict.fromkeys(("W", "W_total"), lambda: total[1]),
        }

    return long_run(entry, lab, case, measure, rate=rate, load=max(_loads(p)))


def _loads(p: Mapping[str, Any]) -> list[float]:
    """Load per server of each station, by the traffic equations."""
    routing = np.array([[float(number(share)) for share in row] for row in p["routing"]])
    external = np.array([float(number(rate)) for rate in p["external_rates"]])
    flows = np.linalg.solve(np.eye(len(routing)) - routing.T, external)
    work = [int(c) * float(number(mu)) for c, mu in zip(p["servers"], p["service_rates"], strict=True)]
    found: list[float] = (flows / np.array(work)).tolist()
    return found


# --------------------------------------------------------------------------------------- call-forward


def metering(entry: Entry, lab: Lab) -> list[Row]:
    """A park that calls trucks forward while fewer than K are on the way or at the gate."""
    p = entry.parameters
    cap, servers, mu = int(p["K"]), int(p["servers"]), float(number(p["service_rate"]))
    named = next((p[n] for n in ("travel_time_mean", "mean_travel", "travel_time", "travel") if n in p), 0)
    mean_travel = float(number(named)) or (1 / float(number(p["travel_rate"])) if "travel_rate" in p else 0.0)
    is_full = "arrival_rate" not in p
    rate = servers * mu if is_full else float(number(p["arrival_rate"]))

    def case(length: str, travel: Any, part: str) -> Case:
        steps: list[Any] = [{"travel": travel}] if mean_travel else []
        stock = {"bursts": [{"at": "0 h", "trucks": int(float(length.split(maxsplit=1)[0]) * rate * 1.1) + 1000}]}
        return scenario(
            f"{entry.id}/{part}", f"{entry.system}, {part} travel", length=length,
            stations={"gate/called": {"places": cap}, "gate/booth": {"servers": servers, "service": exponential(mu)}},
            routes={"trucks": [{"in": "gate/called", "do": [*steps, {"at": "gate/booth"}]}]},
            flows={"trucks": stock if is_full else {"rate": per_hour(rate)}},
        )  # fmt: skip

    def measure(run: Seen, low: int, high: int) -> Measures:
        called, booth = queue_of(run, low, high, "gate/called"), queue_of(run, low, high, "gate/booth", servers)
        parked = levels(called.stays.joined, called.stays.entered, low, high)

        def between(first: str, last: str) -> float:
            s = called.came
            return float((run.units(getattr(s, last)) - run.units(getattr(s, first))).mean())

        def travelling() -> float:
            return called.mean_number("entered", "left") - booth.mean_number("joined", "left")

        in_park: Callable[[], float] = lambda: called.mean_number("joined", "entered")  # noqa: E731
        at_gate: Callable[[], float] = lambda: booth.mean_number("joined", "left")  # noqa: E731
        queue: Callable[[], float] = lambda: booth.mean_number("joined", "started")  # noqa: E731
        return {
            **metrics_of_each({"gate": booth}, entry.expected),
            "throughput": booth.throughput,
            "mean_at_gate": at_gate, "L_gate": at_gate,
            "mean_gate_queue": queue, "Lq_gate": queue,
            "mean_travelling": travelling, "L_travel": travelling,
            "mean_in_park": in_park, "L_park": in_park,
            "P_park_nonempty": lambda: 1 - float(parked[0]),
            "Wq_park": lambda: between("joined", "entered"),
            "W_total": lambda: between("joined", "left"),
            "Wq_total": lambda: between("joined", "left") - mean_travel - booth.services.mean(),
            "L_total": lambda: called.mean_number("joined", "left"),
            "mean_time_call_to_exit": lambda: _called_in_window(run, called),
            **dict.fromkeys(("gate_utilisation", "rho"), booth.utilisation),
            "P_gate_idle": lambda: booth.share(0), "P_gate_empty": lambda: booth.share(0),
            "Wq_gate": booth.wait, "W_gate": booth.time, "W_park": lambda: between("joined", "entered"),
        }  # fmt: skip

    expected = {k: v for k, v in entry.expected.items() if k != "upper_bounds"}
    laws: dict[str, Any] = {"exponential": {"law": "exponential", "mean": span(mean_travel)}}
    if is_full:
        laws["constant"] = span(mean_travel)
    rows = []
    load = 0.7 if is_full else min(0.9, rate / (servers * mu))
    for name, travel in laws.items():
        part = long_run(
            entry,
            lab,
            lambda length, t=travel, n=name: case(length, t, n),
            measure,
            rate=rate,
            load=load,
            expected=expected,
        )
        rows += [replace(row, metric=f"{name}: {row.metric}" if len(laws) > 1 else row.metric) for row in part]
    bounds = {"c_mu": servers * mu, "K_over_cycle": cap / (mean_travel + 1 / mu)}
    wanted = entry.expected.get("upper_bounds", {})
    return rows + [exact(entry, f"upper_bounds.{k}", bounds[k], expected=v) for k, v in wanted.items()]


def _called_in_window(run: Seen, called: Queue) -> float:
    s = called.stays
    mine = (s.entered >= called.low) & (s.entered < called.high) & (s.left > 0)
    return float((run.units(s.left[mine]) - run.units(s.entered[mine])).mean())
