"""Entries of parks that call trucks forward."""

from collections.abc import Iterator
from typing import Any

from .chains import mean_of, stationary
from .made import entry

Made = dict[str, Any]
Step = tuple[float, Any]


def all_of() -> Iterator[Made]:
    for name, cap, travel, mu, c in (("a", 3, 0.25, 4, 3), ("b", 1, 1, 2, 1), ("c", 12, 0.5, 3, 2), ("d", 5, 2, 1, 8)):
        chances = stationary((cap, 0), lambda s, cap=cap, travel=travel, mu=mu, c=c: _closed(s, travel, mu, c))
        gate, queue = mean_of(chances, lambda s: s[1]), mean_of(chances, lambda s, c=c: max(0, s[1] - c))
        through = mu * mean_of(chances, lambda s, c=c: min(s[1], c))
        found = {
            "throughput": through,
            "mean_at_gate": gate,
            "mean_gate_queue": queue,
            "mean_travelling": cap - gate,
            "mean_time_call_to_exit": cap / through,
            "gate_utilisation": through / mu / c,
            "upper_bounds": {"c_mu": c * mu, "K_over_cycle": cap / (travel + 1 / mu)},
        }
        yield entry(
            name,
            "meter_saturated",
            {"K": cap, "travel_time_mean": travel, "service_rate": mu, "servers": c},
            found,
            how="stationary chain of the closed network",
            digits=10,
        )
    for name, rate, mu, c, cap in (("a", 3, 4, 1, 1), ("b", 8, 3, 4, 10), ("c", 2, 1.5, 2, 3)):
        chances = stationary(
            0, lambda n, r=rate, m=mu, c=c: [(r, n + 1)] * (n < 500) + [(min(n, c) * m, n - 1)] * (n > 0)
        )
        whole, gate = mean_of(chances, lambda n: n), mean_of(chances, lambda n, k=cap: min(n, k))
        queue = mean_of(chances, lambda n, c=c: max(0, n - c))
        found = {
            "L_total": whole,
            "Wq_total": queue / rate,
            "mean_in_park": whole - gate,
            "mean_at_gate": gate,
            "P_park_nonempty": mean_of(chances, lambda n, k=cap: n > k),
            "throughput": rate,
            "W_total": whole / rate,
        }
        yield entry(
            name,
            "meter_zero",
            {"arrival_rate": rate, "service_rate": mu, "servers": c, "K": cap},
            found,
            how="M/M/c, cut at K",
            digits=10,
        )
    for name, rate, nu, mu, c, cap in (("a", 2.0, 4.0, 3.0, 1, 3), ("b", 6, 6, 2, 4, 6), ("c", 1, 2, 3, 2, 2)):
        chances = stationary((0, 0, 0), lambda s, r=rate, n=nu, m=mu, c=c, k=cap: _open(s, r, n, m, c, k))
        park, way, gate, queue = (
            mean_of(chances, f)
            for f in (lambda s: s[0], lambda s: s[1], lambda s: s[2], lambda s, c=c: max(0, s[2] - c))
        )
        found = {
            "L_park": park,
            "L_travel": way,
            "L_gate": gate,
            "Lq_gate": queue,
            "P_park_nonempty": mean_of(chances, lambda s: s[0] > 0),
            "W_total": (park + way + gate) / rate,
            "Wq_park": park / rate,
        }
        given = {"arrival_rate": rate, "travel_rate": nu, "service_rate": mu, "servers": c, "K": cap}
        yield entry(name, "meter_open", given, found, how="stationary chain", digits=8)


def _closed(s: tuple[int, int], travel: float, mu: float, c: int) -> Iterator[Step]:
    way, gate = s
    if way:
        yield way / travel, (way - 1, gate + 1)
    if gate:
        yield min(gate, c) * mu, (way + 1, gate - 1)


def _open(s: tuple[int, int, int], rate: float, nu: float, mu: float, c: int, cap: int) -> Iterator[Step]:
    park, way, gate = s
    if way + gate < cap:
        yield rate, (park, way + 1, gate)
    elif park < 250:
        yield rate, (park + 1, way, gate)
    if way:
        yield way * nu, (park, way - 1, gate + 1)
    if gate:
        yield min(gate, c) * mu, (park - 1, way + 1, gate - 1) if park else (park, way, gate - 1)
