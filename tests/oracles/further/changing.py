"""Entries of parks without limit and of arrivals alone: integrals of the rate."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from scipy import stats
from scipy.integrate import quad
from scipy.optimize import brentq

from .made import entry
from .rates import PROFILE, hourly, integral, present, wave

Made = dict[str, Any]


def all_of() -> Iterator[Made]:
    yield from _unlimited()
    yield from _arrivals()


def _unlimited() -> Iterator[Made]:
    for name, a, b, period, mu, times in (
        ("a", 15, 15, 12, 0.5, (1, 3, 7.5, 12, 30)),
        ("b", 8, 0, 24, 1, (0.5, 2, 10)),
        ("c", 30, 12, 24, 2, (4, 16, 24, 48)),
    ):
        rate, turn = wave(a, b, period), 2 * math.pi / period
        found = {f"m(t={t:g})": present(rate, lambda s, mu=mu: math.exp(-mu * s), t) for t in times}
        last = max(times)
        found["expected_departures_by_last_t"] = integral(rate, 0, last) - found[f"m(t={last:g})"]
        if b:
            found |= {
                "periodic_amplitude": b / math.hypot(mu, turn),
                "periodic_peak_lag_hours": math.atan2(turn, mu) / turn,
            }
        found["law"] = "N(t) is Poisson"
        yield entry(
            name,
            "mtminf",
            {"a": a, "b": b, "period": period, "service_rate": mu, "start": "empty"},
            found,
            how="quadrature",
            digits=9,
            system="Mt/M/inf started empty",
        )
    found = {f"m(t={t:g})": present(hourly, lambda s: math.exp(-0.8 * s), t) for t in (3, 5, 8.5, 12, 24, 29)}
    yield entry("profile", "mtminf", {"profile": PROFILE, "service_rate": 0.8}, found, how="quadrature")
    rate = wave(12, 6, 24, 6)
    found = {f"m(t={t:g})": present(rate, lambda s: math.exp(-0.5 * s), t) for t in (2, 6, 15, 24)}
    yield entry(
        "later", "mtminf", {"rate": "12 + 6 sin(2 pi (t - 6)/24)", "service_rate": 0.5}, found, how="quadrature"
    )
    rate = lambda t: 12 + 6 * math.cos(2 * math.pi * t / 24)  # noqa: E731
    found = {f"m(t={t:g})": present(rate, lambda s: math.exp(-0.5 * s), t) for t in (2, 6, 15, 24)}
    yield entry("cosine", "mtminf", {"rate": "12 + 6*cos(2*pi*t/24)", "service_rate": 0.5}, found, how="quadrature")
    rate = lambda t: 12 - 6 * math.sin(2 * math.pi * t / 24)  # noqa: E731
    found = {f"m(t={t:g})": present(rate, lambda s: math.exp(-0.5 * s), t) for t in (2, 6, 15, 24)}
    yield entry("minus", "mtminf", {"a": 12, "b": -6, "service_rate": 0.5}, found, how="quadrature")
    services: dict[str, tuple[Made, Callable[[float], float], Sequence[float]]] = {
        "uniform": ({"type": "uniform", "low": 1, "high": 5}, lambda s: min(1.0, max(0.0, (5 - s) / 4)), (1, 5)),
        "lognormal": (
            {"type": "lognormal", "mean": 3, "cv": 1},
            lambda s: float(stats.lognorm.sf(s, math.sqrt(math.log(2)), scale=3 / math.sqrt(2))),
            (),
        ),
        "gamma": ({"type": "gamma", "mean": 2, "cv": 0.5}, lambda s: float(stats.gamma.sf(s, 4, scale=0.5)), ()),
        "hyper": (
            {"type": "hyperexp", "p": ["0.6", "0.4"], "means": ["1", "6"]},
            lambda s: 0.6 * math.exp(-s) + 0.4 * math.exp(-s / 6),
            (),
        ),
        "two": (
            {"type": "discrete", "values": [1, 4], "p": [0.5, 0.5]},
            lambda s: 0.5 * (s < 1) + 0.5 * (s < 4),
            (1, 4),
        ),
    }
    for name, (law, longer, kinks) in services.items():
        found = {f"m(t={t:g})": present(wave(20, 10), longer, t, kinks) for t in (2, 5, 12, 24)} | {"law": "Poisson"}
        yield entry(name, "mtginf", {"a": 20, "b": 10, "period": 24, "service": law}, found, how="quadrature", digits=8)


def _arrivals() -> Iterator[Made]:
    windows = ((0, 5), (5, 8.5), (8.5, 18), (18, 24), (7, 9.25))
    found = {f"[{a:g},{b:g})": integral(hourly, a, b) for a, b in windows} | {
        "per_day": integral(hourly, 0, 24),
        "law": "Poisson",
    }
    yield entry("profile", "nhpp", {"profile": PROFILE}, found, how="integral")
    points = [[0, 0], [5, 0], [9, 20], [15, 20], [24, 0]]

    def rate(t):
        return float(next(r + (s - r) * (t - a) / (b - a) for (a, r), (b, s) in pairwise(points) if a <= t <= b))

    whole = integral(rate, 0, 24)

    def upto(t):
        return sum(quad(rate, a, min(b, t))[0] for (a, _), (b, _) in pairwise(points) if a < t)

    first = sum(quad(lambda t: t * rate(t), a, b)[0] for (a, _), (b, _) in pairwise(points))
    found = {f"Lambda({t})": upto(t) for t in (5, 7, 9, 15, 24)}
    found |= {
        "median_arrival_time": brentq(lambda t: upto(t) - upto(24) / 2, 5, 24),
        "mean_arrival_time": first / upto(24),
    }
    del whole
    yield entry("points", "nhpp", {"points": points}, found, how="integral", digits=8)
    found = {"[0,6)": integral(wave(20, 10), 0, 6), "Lambda(12)": integral(wave(20, 10), 0, 12), "per_day": 480.0}
    yield entry("wave", "nhpp", {"a": 20, "b": 10, "period": 24}, found, how="integral", digits=9)
    hours = [2, 2, 2, 2, 3, 5, 10, 18, 25, 22, 15, 12, 10, 10, 12, 14, 18, 20, 15, 9, 6, 4, 3, 2]
    yield entry("list", "nhpp", {"hourly_rates": hours}, {"[0,6)": 16, "[7,9)": 43, "per_day": sum(hours)}, how="sums")
    for name, rates in (("a", [2, 5]), ("b", [1, 2, 3, 4]), ("c", [0.5, 7.5])):
        whole = sum(rates)
        found = {
            "total_rate": whole,
            "class_shares": [r / whole for r in rates],
            "per_hour_variance_total": whole,
            "P_first_arrival_is_class1": rates[0] / whole,
        }
        if name == "b":
            found |= {"P_first_arrival_is_class2": 0.2, "per_hour_variance_class3": 3}
        yield entry(name, "nhpp_class", {"rates": rates}, found, how="superposition")
