"""Networks in the long run: stages in series with blocking, free networks, diversion, call-forward."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .case import Case, exponential, per_hour, scenario, span, waiting
from .entries import Entry, Row, exact
from .lab import Lab
from .measures import Measures, Queue, levels
from .stays import Seen
from .steady import long_run


def _queue(run: Seen, low: int, high: int, station: str, servers: int = 1) -> Queue:
    return Queue(run=run, stays=run.at(station), low=low, high=high, servers=servers)


def _door_to_door(run: Seen, low: int, high: int) -> tuple[float, float]:
    """Mean trucks inside and mean time from arrival to leaving the network, of trucks that come in the window."""
    arrived, out = run.plan.trucks.arrived, run.out
    came = (arrived >= low) & (arrived < high) & (out > 0)
    inside = (levels(arrived, out, low, high) * np.arange(len(levels(arrived, out, low, high)))).sum()
    return float(inside), float((run.units(out[came]) - run.units(arrived[came])).mean())


# ----------------------------------------------------------------------------------- stages in series


def bas(entry: Entry, lab: Lab) -> list[Row]:
    """Stages in series with finite yards; a truck that cannot go on blocks its server."""
    p = entry.parameters
    if "stages" in p:
        return _saturated(entry, lab)
    rates = p.get("service_rates") or [p["service_rate_1"], p["service_rate_2"]]
    servers = [int(p.get(f"servers_{k + 1}", (p.get("servers") or [1] * len(rates))[k])) for k in range(len(rates))]
    yards = p.get("waiting_places_between") or [p["yard_2"]]
    first = p.get("places_at_stage_1", "unlimited")
    yards = ["unlimited" if first == "unlimited" else int(first) - servers[0], *yards]
    names = [f"s{k + 1}" for k in range(len(rates))]
    stations: dict[str, Any] = {
        name: {"servers": c} | waiting(yard) | {"service": exponential(mu)}
        for name, c, yard, mu in zip(names, servers, yards, rates, strict=True)
    }
    if first != "unlimited":
        stations["s1"]["when_full"] = "turn_away"
    rate = float(p["arrival_rate"])

    def measure(run: Seen, low: int, high: int) -> Measures:
        each = [_queue(run, low, high, name, c) for name, c in zip(names, servers, strict=True)]
        found = _stage_measures(each)
        total = _door_to_door(run, low, high)
        blocked = levels(each[0].stays.ended, each[0].stays.left, low, high)
        found |= {
            "throughput": each[-1].throughput,
            "mean_blocked_servers": lambda: each[0].mean_number("ended", "left"),
            "P_blocking": lambda: 1 - float(blocked[0]),
            "Wq1": each[0].wait,
            "L_total": lambda: total[0],
            "W_total": lambda: total[1],
        }
        return found

    def case(length: str) -> Case:
        return scenario(
            entry.id,
            entry.system,
            length=length,
            stations=stations,
            routes={"trucks": [{"at": n} for n in names]},
            flows={"trucks": {"rate": per_hour(rate)}},
        )

    load = max(rate / (c * float(mu)) for c, mu in zip(servers, rates, strict=True))
    return long_run(entry, lab, case, measure, rate=rate, load=min(0.9, load + 0.15))


def _stage_measures(each: Sequence[Queue]) -> dict[str, Callable[[], Any]]:
    """Trucks at each stage, waiting and in all (blocked ones where they stand), and how long its server is blocked."""
    found: dict[str, Callable[[], Any]] = {}
    for k, queue in enumerate(each):
        come = "joined" if k == 0 else "entered"
        found[f"L{k + 1}"] = lambda q=queue, c=come: q.mean_number(c, "left")
        found[f"L{k + 1}_queue"] = lambda q=queue, c=come: q.mean_number(c, "started")
        found[f"P_blocked_stage{k + 1}"] = lambda q=queue: q.mean_number("ended", "left")
    return found


def _saturated(entry: Entry, lab: Lab) -> list[Row]:
    """A line whose first stage never starves."""
    p = entry.parameters
    names = [f"s{k + 1}" for k in range(int(p["stages"]))]
    rate = float(p["service_rate"])
    places = ["unlimited", *p["waiting_places_between"]]
    yards = {name: waiting(number) for name, number in zip(names, places, strict=True)}

    def case(length: str) -> Case:
        stock = int(float(length.split(maxsplit=1)[0]) * rate * 1.1) + 1000
        return scenario(
            entry.id,
            entry.system,
            length=length,
            stations={n: {"servers": 1} | yard | {"service": exponential(rate)} for n, yard in yards.items()},
            routes={"trucks": [{"at": n} for n in names]},
            flows={"trucks": {"bursts": [{"at": "0 h", "trucks": stock}]}},
        )

    def measure(run: Seen, low: int, high: int) -> Measures:
        each = [_queue(run, low, high, name) for name in names]
        return {**_stage_measures(each), "throughput": each[-1].throughput}

    return long_run(entry, lab, case, measure, rate=rate, load=0.6)


# -------------------------------------------------------------------------------------- free networks


def jackson(entry: Entry, lab: Lab) -> list[Row]:
    """Trucks that move among stations by share until they leave."""
    p = entry.parameters
    names = [f"n{k + 1}" for k in range(len(p["servers"]))]
    routing = {
        a: {b: float(share) for b, share in zip(names, row, strict=True) if float(share) > 0}
        for a, row in zip(names, p["routing"], strict=True)
    }
    routing = {a: row for a, row in routing.items() if row}
    comes = {n: float(rate) for n, rate in zip(names, p["external_rates"], strict=True) if float(rate) > 0}

    def case(length: str) -> Case:
        return scenario(
            entry.id, entry.system, length=length,
            stations={n: {"servers": int(c), "service": exponential(mu)}
                      for n, c, mu in zip(names, p["servers"], p["service_rates"], strict=True)},
            routes={f"from-{n}": [{"start": n, "routing": routing}] for n in comes},
            flows={f"from-{n}": {"rate": per_hour(rate)} for n, rate in comes.items()},
        )  # fmt: skip

    def measure(run: Seen, low: int, high: int) -> Measures:
        each = [_queue(run, low, high, n, int(c)) for n, c in zip(names, p["servers"], strict=True)]
        total = _door_to_door(run, low, high)
        return {
            "lam": lambda: [q.throughput() for q in each],
            "L_i": lambda: [q.mean_number("joined", "left") for q in each],
            "Wq_i": lambda: [q.wait() for q in each],
            "W_i": lambda: [q.time() for q in each],
            "rho_i": lambda: [q.utilisation() for q in each],
            "L": lambda: total[0],
            "W": lambda: total[1],
        }

    loads = entry.expected.get("rho_i", [0.8])
    return long_run(entry, lab, case, measure, rate=sum(comes.values()), load=max(loads), heavy=0.2)


# ------------------------------------------------------------------------------------------ diversion


def diversion(entry: Entry, lab: Lab) -> list[Row]:
    """Two gates: trucks split by share, diverted at a threshold, or joining the shorter one."""
    p = entry.parameters
    gates = {"gate-a": p["gate_A"], "gate-b": p["gate_B"]}
    a, b = [{"at": "gate-a"}], [{"at": "gate-b"}]
    if "p_A" in p:
        share = float(p["p_A"])
        way: dict[str, Any] = {"one_of": [{"share": share, "do": a}, {"share": round(1 - share, 12), "do": b}]}
    elif "threshold" in p:
        way = {"unless": "gate-a", "reaches": int(p["threshold"]), "do": a, "otherwise": b}
    else:
        way = {"fewest": [{"do": a}, {"do": b}]}
    rate, own = float(p["arrival_rate"]), float(p.get("own_arrivals_B", 0))
    flows = {"trucks": {"rate": per_hour(rate)}} | ({"own-b": {"rate": per_hour(own)}} if own else {})

    def case(length: str) -> Case:
        return scenario(
            entry.id, entry.system, length=length,
            stations={n: {"servers": int(g["servers"]), "service": exponential(g["rate"])} for n, g in gates.items()},
            routes={"trucks": [way]} | ({"own-b": b} if own else {}), flows=flows,
        )  # fmt: skip

    def measure(run: Seen, low: int, high: int) -> Measures:
        one, two = (_queue(run, low, high, n, int(g["servers"])) for n, g in gates.items())
        of_a = run.flow(two.came.truck) == "trucks"
        number_a, number_b = len(one.came.truck), len(two.came.truck)
        whole = {"L_A": one, "L_B": two}
        found: dict[str, Callable[[], Any]] = {
            "P_divert": lambda: float(of_a.sum()) / (number_a + float(of_a.sum())),
            "Wq_A": one.wait, "Wq_B": two.wait,
            "Lq_A": lambda: one.mean_number("joined", "started"), "Lq_B": lambda: two.mean_number("joined", "started"),
            "Wq_all": lambda: (one.wait() * number_a + two.wait() * number_b) / (number_a + number_b),
            "L": lambda: sum(q.mean_number("joined", "left") for q in whole.values()),
            "W": lambda: (one.time() * number_a + two.time() * number_b) / (number_a + number_b),
        }  # fmt: skip
        return found | {name: (lambda q=q: q.mean_number("joined", "left")) for name, q in whole.items()}

    work = [float(g["servers"]) * float(g["rate"]) for g in gates.values()]
    loads = (
        [rate * float(p["p_A"]) / work[0], rate * (1 - float(p["p_A"])) / work[1]]
        if "p_A" in p
        else [(rate + own) / sum(work), 0.7]
    )
    return long_run(entry, lab, case, measure, rate=rate + own, load=max(loads))


# --------------------------------------------------------------------------------------- call-forward


def metering(entry: Entry, lab: Lab) -> list[Row]:
    """A park that calls trucks forward while fewer than K are on the way or at the gate."""
    p = entry.parameters
    cap, servers, mu = int(p["K"]), int(p["servers"]), float(p["service_rate"])
    mean_travel = float(p.get("travel_time_mean", 0)) or (1 / float(p["travel_rate"]) if "travel_rate" in p else 0.0)
    is_full = "arrival_rate" not in p
    rate = servers * mu if is_full else float(p["arrival_rate"])

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
        called, booth = _queue(run, low, high, "gate/called"), _queue(run, low, high, "gate/booth", servers)
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
            "gate_utilisation": booth.utilisation,
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
