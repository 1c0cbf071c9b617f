"""Entries of systems that change with time: forward equations, integrals of the rate, counts of arrivals."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from scipy import stats
from scipy.integrate import quad
from scipy.optimize import brentq

from .chains import Forward
from .made import entry

Made = dict[str, Any]
Rate = Callable[[float], float]
PROFILE = [
    {"from_hour": 0, "to_hour": 5, "rate": 0}, {"from_hour": 5, "to_hour": 8.5, "rate": 24}, {"from_hour": 8.5, "to_hour": 18, "rate": 12},
    {"from_hour": 18, "to_hour": 24, "rate": 6},
]  # fmt: skip


def all_of() -> Iterator[Made]:
    yield from _unlimited()
    yield from _one_gate()
    yield from _calendars()
    yield from _yards()
    yield from _arrivals()


def wave(a: float, b: float, period: float = 24, later: float = 0) -> Rate:
    return lambda t: a + b * math.sin(2 * math.pi * (t - later) / period)


def hourly(t: float) -> float:
    return float(next(s["rate"] for s in PROFILE if s["from_hour"] <= t % 24 < s["to_hour"]))


def integral(rate: Rate, low: float, high: float) -> float:
    cuts = sorted({low, high, *(h + 24 * d for d in range(8) for h in (0, 5, 8.5, 18) if low < h + 24 * d < high)})
    return sum(quad(rate, a, b, epsabs=1e-11, epsrel=1e-11)[0] for a, b in zip(cuts, cuts[1:], strict=False))


def present(rate: Rate, longer: Callable[[float], float], t: float, kinks: Sequence[float] = ()) -> float:
    """Mean number of Mt/G/inf at t, begun empty: the integral of rate(t - s) P(S > s)."""
    cuts = sorted({0.0, t, *(k for k in kinks if 0 < k < t), *(t - h - 24 * d for d in range(8) for h in (0, 5, 8.5, 18) if 0 < t - h - 24 * d < t)})
    return sum(quad(lambda s: rate(t - s - 1e-13) * longer(s), a, b, epsabs=1e-11, epsrel=1e-11, limit=200)[0] for a, b in zip(cuts, cuts[1:], strict=False))


def _unlimited() -> Iterator[Made]:
    for name, a, b, period, mu, times in (("a", 15, 15, 12, 0.5, (1, 3, 7.5, 12, 30)), ("b", 8, 0, 24, 1, (0.5, 2, 10)), ("c", 30, 12, 24, 2, (4, 16, 24, 48))):
        rate, turn = wave(a, b, period), 2 * math.pi / period
        found = {f"m(t={t:g})": present(rate, lambda s, mu=mu: math.exp(-mu * s), t) for t in times}
        last = max(times)
        found["expected_departures_by_last_t"] = integral(rate, 0, last) - found[f"m(t={last:g})"]
        if b:
            found |= {"periodic_amplitude": b / math.hypot(mu, turn), "periodic_peak_lag_hours": math.atan2(turn, mu) / turn}
        found["law"] = "N(t) is Poisson"
        yield entry(name, "mtminf", {"a": a, "b": b, "period": period, "service_rate": mu, "start": "empty"}, found, how="quadrature", digits=9,
                    system="Mt/M/inf started empty")  # fmt: skip
    found = {f"m(t={t:g})": present(hourly, lambda s: math.exp(-0.8 * s), t) for t in (3, 5, 8.5, 12, 24, 29)}
    yield entry("profile", "mtminf", {"profile": PROFILE, "service_rate": 0.8}, found, how="quadrature")
    rate = wave(12, 6, 24, 6)
    found = {f"m(t={t:g})": present(rate, lambda s: math.exp(-0.5 * s), t) for t in (2, 6, 15, 24)}
    yield entry("later", "mtminf", {"rate": "12 + 6 sin(2 pi (t - 6)/24)", "service_rate": 0.5}, found, how="quadrature")
    rate = lambda t: 12 + 6 * math.cos(2 * math.pi * t / 24)  # noqa: E731
    found = {f"m(t={t:g})": present(rate, lambda s: math.exp(-0.5 * s), t) for t in (2, 6, 15, 24)}
    yield entry("cosine", "mtminf", {"rate": "12 + 6*cos(2*pi*t/24)", "service_rate": 0.5}, found, how="quadrature")
    rate = lambda t: 12 - 6 * math.sin(2 * math.pi * t / 24)  # noqa: E731
    found = {f"m(t={t:g})": present(rate, lambda s: math.exp(-0.5 * s), t) for t in (2, 6, 15, 24)}
    yield entry("minus", "mtminf", {"a": 12, "b": -6, "service_rate": 0.5}, found, how="quadrature")
    services: dict[str, tuple[Made, Callable[[float], float], Sequence[float]]] = {
        "uniform": ({"type": "uniform", "low": 1, "high": 5}, lambda s: min(1.0, max(0.0, (5 - s) / 4)), (1, 5)),
        "lognormal": ({"type": "lognormal", "mean": 3, "cv": 1}, lambda s: float(stats.lognorm.sf(s, math.sqrt(math.log(2)), scale=3 / math.sqrt(2))), ()),
        "gamma": ({"type": "gamma", "mean": 2, "cv": 0.5}, lambda s: float(stats.gamma.sf(s, 4, scale=0.5)), ()),
        "hyper": ({"type": "hyperexp", "p": ["0.6", "0.4"], "means": ["1", "6"]}, lambda s: 0.6 * math.exp(-s) + 0.4 * math.exp(-s / 6), ()),
        "two": ({"type": "discrete", "values": [1, 4], "p": [0.5, 0.5]}, lambda s: 0.5 * (s < 1) + 0.5 * (s < 4), (1, 4)),
    }  # fmt: skip
    for name, (law, longer, kinks) in services.items():
        found = {f"m(t={t:g})": present(wave(20, 10), longer, t, kinks) for t in (2, 5, 12, 24)} | {"law": "Poisson"}
        yield entry(name, "mtginf", {"a": 20, "b": 10, "period": 24, "service": law}, found, how="quadrature", digits=8)


def gate(
    rate: Rate, mu: float, plan: Sequence[tuple[float, float, int, float]], times: Sequence[float], rule: str, *,
    most: int = 160, cuts: Sequence[float] = (), loss: bool = False, asked: Sequence[str] = (),
) -> Made:  # fmt: skip
    """Forward equations of one gate. `plan`: from, to, servers, speed. State: waiting, busy; outgoing teams apart."""
    peak = max(c for _, _, c, _ in plan)

    def settled(q: int, b: int, c: int) -> tuple[int, int]:
        begin = max(0, min(q, c - b))
        q = min(q, most + begin)
        return q - begin, b + begin

    def arrivals(s: tuple[int, int], c: int = peak) -> list[tuple[float, tuple[int, int]]]:
        q, b = s
        if b < c and q == 0:
            return [(1.0, (q, b + 1))]
        return [(1.0, (q + 1, b))] if (q + b < most if loss else q < most) else []

    def served(s: tuple[int, int], c: int, speed: float) -> list[tuple[float, tuple[int, int]]]:
        q, b = s
        return [(b * mu * speed, settled(q, b - 1, c))] if b else []

    everything = [(q, b) for b in range(peak + 1) for q in range(most + 1)]
    begin = plan[0][2]
    system = Forward((0, 0), lambda s: [(1.0, x) for x in everything] if s == (0, 0) else [], lambda s: [], [
        lambda s, _: s[0], lambda s, _: s[1],
    ])  # fmt: skip
    outgoing: list[float] = [0.0]  # trucks of teams that have handed over, and what they have served
    gone = 0.0
    found: Made = {}
    total_served = 0.0
    edges = sorted({*times, *cuts, *(a for a, *_ in plan), *(b for _, b, *_ in plan)})
    del begin
    last = None
    for low, high in zip(edges, edges[1:], strict=False):
        if low >= max(times):
            break
        _, _, c, speed = next(p for p in plan if p[0] <= low < p[1])
        if last is not None and c != last[0] or last is None:
            if rule == "handover" and last is not None:
                outgoing[0] += system.mean(lambda s: s[1])
                system.change(lambda s, c=c: settled(s[0], 0, c))
            elif rule == "pause":
                system.change(lambda s, c=c: settled(*(s[0] + max(0, s[1] - c), min(s[1], c)), c))
            else:
                system.change(lambda s, c=c: settled(*s, c))
        elif rule == "handover" and any(abs(low - a) < 1e-12 for a, *_ in plan) and low > 0:
            outgoing[0] += system.mean(lambda s: s[1])
            system.change(lambda s, c=c: settled(s[0], 0, c))
        last = (c, speed)
        before = system.totals.copy()
        if low in times and low > 0:
            found[f"t={low:g}"] = _seen(system, outgoing[0], total_served + gone, peak, c, most)
        system.arrive = system._matrix(lambda s, c=c: arrivals(s, c))  # noqa: SLF001
        system.go(high, lambda s, c=c, v=speed: served(s, c, v), rate)
        total_served += mu * speed * float((system.totals - before)[1])
        left = outgoing[0] * math.exp(-mu * speed * (high - low))
        gone += outgoing[0] - left
        outgoing[0] = left
    t = max(times)
    c = next((p[2] for p in plan if p[0] <= t < p[1]), last[0] if last else peak)
    if rule == "handover" and any(abs(t - a) < 1e-12 for a, *_ in plan):
        outgoing[0] += system.mean(lambda s: s[1])
        system.change(lambda s: settled(s[0], 0, c))
    elif rule == "pause":
        system.change(lambda s: settled(*(s[0] + max(0, s[1] - c), min(s[1], c)), c))
    else:
        system.change(lambda s: settled(*s, c))
    found[f"t={t:g}"] = _seen(system, outgoing[0], total_served + gone, peak, c, most)
    return {name: {k: row[k] for k in asked} for name, row in found.items()}


def _seen(system: Forward, outgoing: float, served: float, peak: int, c: int, most: int) -> Made:
    inside = system.mean(sum)
    square = system.mean(lambda s: sum(s) ** 2)
    return {
        "EN": inside + outgoing, "EQ": system.mean(lambda s: s[0]), "E_busy": system.mean(lambda s: s[1]) + outgoing,
        "E_overtime": outgoing, "VarN": square - inside**2, "P_empty": system.mean(lambda s: sum(s) == 0),
        "P_all_busy": system.mean(lambda s: s[1] >= c), "P_full": system.mean(lambda s: sum(s) >= most),
        "cum_wait": float(system.totals[0]), "cum_served": served, "cum_accepted": served + inside + outgoing,
    }  # fmt: skip


ALL = ("EN", "EQ", "VarN", "P_empty", "P_all_busy", "cum_wait", "cum_served")
SOME = ("EN", "EQ", "VarN", "P_empty", "cum_wait", "cum_served")
BUSY = ("EN", "EQ", "E_busy", "P_empty", "cum_wait", "cum_served")
OVER = ("EN", "EQ", "E_busy", "E_overtime", "cum_wait", "cum_served")
FULL = ("EN", "EQ", "P_empty", "P_full", "cum_wait", "cum_served", "cum_accepted")


def _always(c: int, speed: float = 1.0) -> list[tuple[float, float, int, float]]:
    return [(0, 1000, c, speed)]


def _one_gate() -> Iterator[Made]:
    flat = lambda rate: lambda t: rate  # noqa: E731
    made = [
        ("a", {"arrival_rate": 5, "service_rate": 2, "servers": 3}, flat(5), 2, _always(3), (0.5, 1, 3, 12), ALL, ()),
        ("b", {"a": 9, "b": 6, "period": 24, "service_rate": 3, "servers": 4}, wave(9, 6), 3, _always(4), (3, 6, 9, 18, 24, 36), ALL, ()),
        ("c", {"rate": "6 + 5 sin(2 pi t/12)", "service_rate": 4, "servers": 2}, wave(6, 5, 12), 4, _always(2), (2, 5, 8, 12), ALL, ()),
        ("d", {"profile": PROFILE, "service_rate": 5, "servers": 4}, hourly, 5, _always(4), (5, 8, 9, 18, 24), SOME, (5, 8.5, 18, 24)),
        ("shut", {"arrival_rate": 4, "service_rate": 3, "servers": 3, "closed_hours": [6, 18]}, flat(4), 3,
         [(0, 6, 3, 1), (6, 18, 0, 1), (18, 100, 3, 1)], (6, 12, 18, 22, 30), SOME, ()),
    ]  # fmt: skip
    slow = [(0, 8, 3, 1.0), (8, 16, 3, 0.5), (16, 100, 3, 1.0)]
    for name, said in (
        ("slow-a", {"slowdown": {"from": 8, "to": 16, "factor": 0.5}}), ("slow-b", {"slow_from": 8, "slow_to": 16, "factor": "1/2"}),
        ("slow-c", {"slow_hours": [8, 16], "slow_factor": 0.5}), ("slow-d", {"slowdown": [8, 16, 0.5]}),
        ("slow-e", {"slowdown": [[8, 16, 0.5]]}), ("slow-f", {"slow_window": [8, 16], "slow_service_rate": 1.5}),
        ("slow-g", {"slowdown": {"from_hour": 8, "to_hour": 16, "speed": 0.5}}), ("slow-h", {"slowdown_hours": [8, 16], "slowdown_factor": "0.5"}),
        ("slow-i", {"slow_window": [8, 16], "service_rate_slow": 1.5}), ("slow-j", {"slowdown": {"window": [8, 16], "factor": 0.5}}),
    ):  # fmt: skip
        made.append((name, {"arrival_rate": 6, "service_rate": 3, "servers": 3} | said, flat(6), 3, slow, (8, 12, 16, 20), SOME, ()))
    for name, given, rate, mu, plan, times, asked, cuts in made:
        found = gate(rate, mu, plan, times, "pause", cuts=cuts, asked=asked, most=120)
        yield entry(name, "mtmtc", given, found, how="forward equations", digits=8, system="M/M/c from empty")


def _calendars() -> Iterator[Made]:
    flat = lambda rate: lambda t: rate  # noqa: E731

    def nights(opens: float, shuts: float, c: int) -> list[tuple[float, float, int, float]]:
        return [row for d in range(4) for row in (
            (24 * d, 24 * d + opens, 0, 1.0), (24 * d + opens, 24 * d + shuts, c, 1.0), (24 * d + shuts, 24 * d + 24, 0, 1.0))]  # fmt: skip

    def shifts(given: Sequence[Sequence[float]]) -> list[tuple[float, float, int, float]]:
        return [(24 * d + a, 24 * d + b, int(c), 1.0) for d in range(4) for a, b, c in given]

    three, two = [[0, 8, 4], [8, 16, 2], [16, 24, 3]], [[0, 7.5, 2], [7.5, 19, 5], [19, 24, 2]]
    dark = [[0, 6, 0], [6, 14, 4], [14, 22, 3], [22, 24, 0]]
    made = [
        ("night-finish", {"profile": PROFILE, "service_rate": 4, "servers": 5, "open": "07:00-21:00", "rule": "finish"}, hourly, 4, nights(7, 21, 5), (7, 9, 12, 21, 21.25, 24, 31), BUSY, "finish"),
        ("night-pause", {"arrival_rate": 6, "service_rate": 3, "servers": 4, "open": "06:00-22:00", "rule": "pause"}, flat(6), 3, nights(6, 22, 4), (6, 10, 22, 24, 30), SOME, "pause"),
        ("night-handover", {"arrival_rate": 6, "service_rate": 3, "servers": 4, "open": "06:00-22:00", "rule": "handover"}, flat(6), 3, nights(6, 22, 4), (6, 10, 22, 22.5, 30), OVER, "handover"),
        ("finish", {"arrival_rate": 9, "service_rate": 4, "shifts": three, "rule": "finish"}, flat(9), 4, shifts(three), (8, 9, 12, 16, 17, 24, 40), BUSY, "finish"),
        ("pause", {"arrival_rate": 7, "service_rate": 3, "shifts": two, "rule": "pause"}, flat(7), 3, shifts(two), (7.5, 9, 19, 20, 24, 32), SOME, "pause"),
        ("handover", {"arrival_rate": 8, "service_rate": 4, "shifts": three, "rule": "handover"}, flat(8), 4, shifts(three), (8.25, 12, 16, 17, 24, 24.5), OVER, "handover"),
        ("dark", {"arrival_rate": 5, "service_rate": 3, "shifts": dark, "rule": "finish"}, flat(5), 3, shifts(dark), (6, 14, 15, 22, 22.5, 24, 30), BUSY, "finish"),
        ("list", {"arrival_rate": 6, "service_rate": 3, "servers": 4, "open": [6, 22], "rule": "pause"}, flat(6), 3, nights(6, 22, 4), (6, 10, 22, 30), SOME, "pause"),
        ("lists", {"arrival_rate": 6, "service_rate": 3, "servers": 4, "open": [["06:00", "22:00"]], "rule": "pause"}, flat(6), 3, nights(6, 22, 4), (6, 10, 22, 30), SOME, "pause"),
        ("hours", {"arrival_rate": 6, "service_rate": 3, "servers": 4, "open_hours": [6, 22], "rule": "finish"}, flat(6), 3, nights(6, 22, 4), (6, 10, 22, 30), BUSY, "finish"),
        ("closed", {"arrival_rate": 6, "service_rate": 3, "servers": 4, "closed": "22:00-06:00", "rule": "pause"}, flat(6), 3, nights(6, 22, 4), (6, 10, 22, 30), SOME, "pause"),
        ("lunch", {"arrival_rate": 5, "service_rate": 3, "servers": 4, "open": "06:00-12:00, 13:00-22:00", "rule": "pause"}, flat(5), 3,
         [row for d in range(3) for row in ((24 * d, 24 * d + 6, 0, 1.0), (24 * d + 6, 24 * d + 12, 4, 1.0), (24 * d + 12, 24 * d + 13, 0, 1.0), (24 * d + 13, 24 * d + 22, 4, 1.0), (24 * d + 22, 24 * d + 24, 0, 1.0))],
         (12, 12.5, 13, 20, 30), SOME, "pause"),
    ]  # fmt: skip
    for name, given, rate, mu, plan, times, asked, rule in made:
        cuts = (5, 8.5, 18, 24, 29) if "profile" in given else ()
        found = gate(rate, mu, plan, times, rule, cuts=cuts, asked=asked, most=150)
        yield entry(name, "mtmtc_cal", given, found, how="forward equations", digits=7, system="M/M/c(t)")


def _yards() -> Iterator[Made]:
    flat = lambda rate: lambda t: rate  # noqa: E731
    for name, given, rate, mu, c, k, times, cuts in (
        ("a", {"arrival_rate": 8, "service_rate": 2, "servers": 3, "K": 6}, flat(8), 2, 3, 6, (0.5, 2, 8), ()),
        ("b", {"a": 10, "b": 8, "period": 24, "service_rate": 3, "servers": 3, "K": 3}, wave(10, 8), 3, 3, 3, (6, 18, 24), ()),
        ("c", {"profile": PROFILE, "service_rate": 4, "servers": 2, "waiting_places": 5}, hourly, 4, 2, 7, (6, 9, 18, 24), (5, 8.5, 18, 24)),
    ):  # fmt: skip
        found = gate(rate, mu, _always(c), times, "pause", most=k, loss=True, asked=FULL, cuts=cuts)
        yield entry(name, "mtmtck", given, found, how="forward equations", digits=8)


def _arrivals() -> Iterator[Made]:
    windows = ((0, 5), (5, 8.5), (8.5, 18), (18, 24), (7, 9.25))
    found = {f"[{a:g},{b:g})": integral(hourly, a, b) for a, b in windows} | {"per_day": integral(hourly, 0, 24), "law": "Poisson"}
    yield entry("profile", "nhpp", {"profile": PROFILE}, found, how="integral")
    points = [[0, 0], [5, 0], [9, 20], [15, 20], [24, 0]]
    rate = lambda t: float(next(r + (s - r) * (t - a) / (b - a) for (a, r), (b, s) in zip(points, points[1:], strict=False) if a <= t <= b))  # noqa: E731
    whole = integral(rate, 0, 24)
    upto = lambda t: sum(quad(rate, a, min(b, t))[0] for (a, _), (b, _) in zip(points, points[1:], strict=False) if a < t)  # noqa: E731
    first = sum(quad(lambda t: t * rate(t), a, b)[0] for (a, _), (b, _) in zip(points, points[1:], strict=False))
    found = {f"Lambda({t})": upto(t) for t in (5, 7, 9, 15, 24)}
    found |= {"median_arrival_time": brentq(lambda t: upto(t) - upto(24) / 2, 5, 24), "mean_arrival_time": first / upto(24)}
    del whole
    yield entry("points", "nhpp", {"points": points}, found, how="integral", digits=8)
    found = {"[0,6)": integral(wave(20, 10), 0, 6), "Lambda(12)": integral(wave(20, 10), 0, 12), "per_day": 480.0}
    yield entry("wave", "nhpp", {"a": 20, "b": 10, "period": 24}, found, how="integral", digits=9)
    hours = [2, 2, 2, 2, 3, 5, 10, 18, 25, 22, 15, 12, 10, 10, 12, 14, 18, 20, 15, 9, 6, 4, 3, 2]
    yield entry("list", "nhpp", {"hourly_rates": hours}, {"[0,6)": 16, "[7,9)": 43, "per_day": sum(hours)}, how="sums")
    for name, rates in (("a", [2, 5]), ("b", [1, 2, 3, 4]), ("c", [0.5, 7.5])):
        whole = sum(rates)
        found = {"total_rate": whole, "class_shares": [r / whole for r in rates], "per_hour_variance_total": whole, "P_first_arrival_is_class1": rates[0] / whole}
        if name == "b":
            found |= {"P_first_arrival_is_class2": 0.2, "per_hour_variance_class3": 3}
        yield entry(name, "nhpp_class", {"rates": rates}, found, how="superposition")
