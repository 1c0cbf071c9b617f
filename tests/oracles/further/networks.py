"""Entries of networks in the long run: blocking lines, Jackson networks, diversion, call-forward."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .chains import mean_of, stationary
from .made import entry
from .stations import mmc

Made = dict[str, Any]
Step = tuple[float, Any]


def all_of() -> Iterator[Made]:
    yield from _lines()
    yield from _jackson()
    yield from _diverted()


def _lines() -> Iterator[Made]:
    for name, rates, yards in (("a", [2, 2], [1]), ("b", [1, 1, 1], [0, 1]), ("c", [0.5] * 5, [0, 0, 0, 0])):
        chances = line(None, rates, yards)
        last = len(rates) - 1
        found = {"throughput": rates[0] * mean_of(chances, lambda s: s[1][0] == "w")}
        found |= {f"P_blocked_stage{k + 1}": mean_of(chances, lambda s, k=k: s[1][k] == "b") for k in range(last)}
        given = {
            "service_rate": rates[0],
            "stages": len(rates),
            "waiting_places_between": yards,
            "arrivals": "stage 1 never starved",
        }
        yield entry(name, "bas_saturated", given, found, how="stationary chain")
    chances = line(None, [1, 2, 1.5], [1, 0])
    found = {
        "throughput": 1.5 * mean_of(chances, lambda s: s[1][2] == "w"),
        "P_blocked_stage1": mean_of(chances, lambda s: s[1][0] == "b"),
    }
    yield entry(
        "rates",
        "bas_saturated",
        {"service_rates": [1, 2, 1.5], "stages": 3, "waiting_places_between": [1, 0]},
        found,
        how="stationary chain",
    )
    for name, rates, yards, rate in (
        ("a", [1.0, 0.8, 1.2], [1, 2], 0.5),
        ("b", [2, 2, 3], [0, 3], 0.9),
        ("c", [1, 1, 1], [2, 0], 0.5),
    ):
        chances = line(rate, rates, yards)
        number = [mean_of(chances, lambda s, k=k: _inside(s, k)) for k in range(3)]
        found = {
            "throughput": rate,
            **{f"L{k + 1}": number[k] for k in range(3)},
            "L_total": sum(number),
            "W_total": sum(number) / rate,
        }
        found |= {f"P_blocked_stage{k + 1}": mean_of(chances, lambda s, k=k: s[1][k] == "b") for k in (0, 1)}
        given = {"arrival_rate": rate, "service_rates": rates, "waiting_places_between": yards}
        yield entry(name, "bas_open3", given, found, how="stationary chain", digits=8)
    for name, rate, (m1, c1), (m2, c2), yard, places in (
        ("a", 2, (1.5, 2), (1.2, 3), 0, "unlimited"),
        ("b", 3.0, (2.0, 3), (4.0, 1), 2, "unlimited"),
        ("c", 3, (2, 2), (2, 2), 1, 8),
        ("d", 0.4, (1, 1), (0.8, 1), 0, 1),
    ):
        found = _two_stages(rate, m1, c1, m2, c2, yard, places)
        given = {
            "arrival_rate": rate,
            "service_rate_1": m1,
            "servers_1": c1,
            "service_rate_2": m2,
            "servers_2": c2,
            "yard_2": yard,
            "places_at_stage_1": places,
        }
        yield entry(name, "bas_open", given, found, how="stationary chain", digits=8)


def _inside(state: Any, k: int) -> int:
    queue, busy = state
    return queue[k] + (busy[k] != "i")


def line(rate: float | None, rates: Sequence[float], yards: Sequence[int], most: int = 90) -> list[tuple[Any, float]]:
    """Single servers in series, blocked after service; no rate = the first is never starved. State: queues, servers."""
    stages = len(rates)

    def settle(queue: list[int], busy: list[str]) -> Any:
        moved = True
        while moved:
            moved = False
            for k in range(stages - 1, -1, -1):
                if busy[k] == "b" and (busy[k + 1] == "i" or queue[k + 1] < yards[k]):
                    busy[k], moved = "i", True
                    queue[k + 1] += 1
                if busy[k] == "i" and (queue[k] > 0 or (k == 0 and rate is None)):
                    queue[k] -= 0 if k == 0 and rate is None else 1
                    busy[k], moved = "w", True
        return tuple(queue), "".join(busy)

    def moves(state: Any) -> Iterator[Step]:
        queue, busy = state
        if rate is not None and queue[0] < most:
            yield rate, settle([queue[0] + 1, *queue[1:]], list(busy))
        for k in range(stages):
            if busy[k] == "w":
                after = list(busy)
                after[k] = "b" if k + 1 < stages else "i"
                yield rates[k], settle(list(queue), after)

    return stationary(settle([0] * stages, ["i"] * stages), moves)


def _two_stages(rate: float, m1: float, c1: int, m2: float, c2: int, yard: int, places: Any) -> Made:
    most = 250 if places == "unlimited" else int(places)

    def moves(s: tuple[int, int, int]) -> Iterator[Step]:
        n1, blocked, n2 = s  # n1 counts the blocked ones
        if n1 < most:
            yield rate, (n1 + 1, blocked, n2)
        working = min(n1, c1) - blocked
        if working > 0:
            yield working * m1, (n1 - 1, blocked, n2 + 1) if n2 < c2 + yard else (n1, blocked + 1, n2)
        if n2:
            yield min(n2, c2) * m2, (n1 - 1, blocked - 1, n2) if blocked else (n1, blocked, n2 - 1)

    chances = stationary((0, 0, 0), moves)
    mean = {
        name: mean_of(chances, f)
        for name, f in {
            "throughput": lambda s: min(s[2], c2) * m2,
            "mean_blocked_servers": lambda s: s[1],
            "P_blocking": lambda s: s[1] > 0,
            "L2": lambda s: s[2],
            "L2_queue": lambda s: max(0, s[2] - c2),
            "L1": lambda s: s[0],
            "L1_queue": lambda s: max(0, s[0] - c1),
            "L_total": lambda s: s[0] + s[2],
        }.items()
    }
    through = mean["throughput"]
    found = mean | {"W_total": mean["L_total"] / through, "Wq1": mean["L1_queue"] / through}
    if places != "unlimited":
        lost = mean_of(chances, lambda s: s[0] == most)
        found |= {"P_block": lost, "loss_rate": rate * lost}
    return found


def _jackson() -> Iterator[Made]:
    for name, outside, routing, mus, servers in (
        ("a", [2, 0], [["0.2", "0.8"], ["0.25", "0"]], [5, 4], [1, 1]),
        ("b", [3], [[0.4]], [2], [4]),
        (
            "c",
            [4, 1, 0, 0, 2],
            [[0, 0.5, 0.5, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0.7, 0.2], [0.1, 0, 0, 0, 0.2], [0, 0, 0, 0, 0]],
            [9, 3, 2, 8, 2],
            [1, 2, 3, 1, 4],
        ),
    ):
        p = np.array([[float(x) for x in row] for row in routing])
        flow = np.linalg.solve(np.eye(len(p)) - p.T, np.array(outside, float))
        each = [mmc(r, m, c) for r, m, c in zip(flow.tolist(), mus, servers, strict=True)]
        found = {
            "lam": flow.tolist(),
            "L_i": [e["L"] for e in each],
            "Wq_i": [e["Wq"] for e in each],
            "rho_i": [e["rho"] for e in each],
        }
        found |= {"L": sum(found["L_i"]), "W": sum(found["L_i"]) / sum(outside)}
        if name == "a":
            found |= {"Lq_i": [e["Lq"] for e in each], "W_i": [e["W"] for e in each], "P0_i": [e["P0"] for e in each]}
        given = {"external_rates": outside, "routing": routing, "service_rates": mus, "servers": servers}
        if name == "b":
            del found["rho_i"]
        yield entry(name, "jackson", given, found, how="traffic equations, M/M/c at each station", digits=12)


def _diverted() -> Iterator[Made]:
    for name, rate, share, a, b in (
        ("a", 10, "0.6", (3, 4), (2, 3)),
        ("b", 6, 0.5, (1, 5), (2, 2)),
        ("c", 12, 0.25, (1, 4), (5, 2)),
    ):
        one, two = mmc(rate * float(share), a[1], a[0]), mmc(rate * (1 - float(share)), b[1], b[0])
        whole = float(share) * one["Wq"] + (1 - float(share)) * two["Wq"]
        found = {"Wq_A": one["Wq"], "Wq_B": two["Wq"], "L_A": one["L"], "L_B": two["L"], "Wq_all": whole}
        if name == "a":
            found |= {
                "W_A": one["W"],
                "Lq_B": two["Lq"],
                "P_wait_A": one["P_wait"],
                "L": one["L"] + two["L"],
                "rho_B": two["rho"],
            }
        given = {"arrival_rate": rate, "p_A": share, "gate_A": _gate(a), "gate_B": _gate(b)}
        yield entry(name, "divert_split", given, found, how="two stations M/M/c", digits=12)
    for name, rate, own, a, b, limit in (
        ("a", 6, 2, (2, 2.5), (2, 3), 4),
        ("b", 5.0, 0.0, (1, 4), (1, 4), 1),
        ("c", 9, 1.5, (3, 2), (3, 2.5), 3),
    ):
        found = _two_gates(rate, own, a, b, lambda x, y, k=limit: (x < k, x >= k))
        given = {
            "arrival_rate": rate,
            "own_arrivals_B": own,
            "gate_A": _gate(a),
            "threshold": limit,
            "gate_B": _gate(b),
        }
        asked = ("P_divert", "L_A", "L_B", "Lq_A", "Lq_B", "Wq_A", "Wq_B")
        yield entry(name, "divert_threshold", given, {k: found[k] for k in asked}, how="stationary chain", digits=8)
    for name, rate, a, b in (("a", 4, (2, 1.5), (2, 1.5)), ("b", 3, (1, 2), (2, 1.2)), ("c", 0.8, (1, 1), (1, 1))):
        found = _two_gates(rate, 0, a, b, lambda x, y: ((x < y) + (x == y) / 2, (x > y) + (x == y) / 2))
        given = {"arrival_rate": rate, "gate_A": _gate(a), "gate_B": _gate(b)}
        asked = ("L_A", "L_B", "L", "W")
        yield entry(name, "divert_jsq", given, {k: found[k] for k in asked}, how="stationary chain", digits=8)


def _gate(g: tuple[int, float]) -> Made:
    return {"servers": g[0], "rate": g[1]}


def _two_gates(rate: float, own: float, a: tuple[int, float], b: tuple[int, float], goes: Any, most: int = 110) -> Made:
    def moves(s: tuple[int, int]) -> Iterator[Step]:
        x, y = s
        to_a, to_b = goes(x, y)
        if to_a and x < most:
            yield rate * to_a, (x + 1, y)
        if (to_b or own) and y < most:
            yield rate * to_b + own, (x, y + 1)
        if x:
            yield min(x, a[0]) * a[1], (x - 1, y)
        if y:
            yield min(y, b[0]) * b[1], (x, y - 1)

    chances = stationary((0, 0), moves)
    la, lb, qa, qb = (
        mean_of(chances, f)
        for f in (lambda s: s[0], lambda s: s[1], lambda s: max(0, s[0] - a[0]), lambda s: max(0, s[1] - b[0]))
    )
    away = mean_of(chances, lambda s: goes(*s)[1])
    return {
        "P_divert": away,
        "L_A": la,
        "L_B": lb,
        "Lq_A": qa,
        "Lq_B": qb,
        "Wq_A": qa / (rate * (1 - away)),
        "Wq_B": qb / (rate * away + own),
        "L": la + lb,
        "W": (la + lb) / (rate + own),
    }
