"""Entries of intervals, laws of durations, edge cases and identities."""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from scipy import stats

from .made import entry
from .stations import moments

Made = dict[str, Any]


def all_of() -> Iterator[Made]:
    yield from _statistics()
    yield from _laws()
    yield from _edges()
    yield from _ciw()
    yield from _identities()
    yield from _calibrated()


def _statistics() -> Iterator[Made]:
    for name, values in (("a", [1.5, 2.25, 0.5, 9.0, 4.125]), ("b", [3, 4, 5]), ("c", [10.5] * 2 + [11.5] * 3)):
        n, mean, sd = len(values), float(np.mean(values)), float(np.std(values, ddof=1))
        found = {"mean": mean, "sd": sd, "se": sd / math.sqrt(n)}
        found |= {
            f"halfwidth_{c}": float(stats.t.ppf((1 + c / 100) / 2, n - 1)) * sd / math.sqrt(n) for c in (90, 95, 99)
        }
        found |= {
            "p25": float(np.quantile(values, 0.25)),
            "median": float(np.median(values)),
            "variance": sd**2,
            "n": n,
        }
        yield entry(name, "stats", {"values": values}, found, how="scipy's t quantile", digits=10)
    a, b = [5.1, 4.2, 6.3, 5.5, 4.9], [4.8, 4.4, 5.2, 5.1, 4.1]
    d = np.array(a) - np.array(b)
    pooled = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    found = {
        "mean_diff": float(d.mean()),
        "sd_diff": float(d.std(ddof=1)),
        "halfwidth_95": float(stats.t.ppf(0.975, 4) * d.std(ddof=1) / math.sqrt(5)),
        "unpaired_welch_halfwidth_95": float(pooled.high - pooled.low) / 2,
        "correlation": float(np.corrcoef(a, b)[0, 1]),
    }
    yield entry("pairs", "stats", {"A": a, "B": b}, found, how="scipy", digits=10)
    yield entry(
        "steps",
        "stats",
        {"times": [0, 1, 2.5, 4], "values": [0, 2, 1, 3], "end": 6},
        {"time_average": (0 + 3 + 1.5 + 6) / 6, "max": 3},
        how="by hand",
        digits=12,
    )
    yield entry(
        "steps-b",
        "stats",
        {
            "times": [0, 2, 5, 9],
            "values": [1, 0, 4],
        },
        {"time_average": (2 + 0 + 16) / 9},
        how="by hand",
        digits=12,
    )
    values = [2, 4, 4, 5, 7, 9, 11, 12, 15, 20]
    found = {f"p{p}": float(np.quantile(values, p / 100)) for p in (10, 25, 50, 75, 90, 95, 99)}
    yield entry(
        "quantiles",
        "stats",
        {"values": values},
        found,
        how="linear between neighbours, Hyndman and Fan's type 7",
        digits=12,
    )


def _laws() -> Iterator[Made]:
    for name, law in (
        ("gamma", {"type": "gamma", "mean": 20, "cv": 0.5}),
        ("weibull", {"type": "weibull", "shape": 1.5, "scale": 12}),
        ("uniform", {"type": "uniform", "low": 5, "high": 25}),
        ("hyper", {"type": "hyperexp", "p": ["0.8", "0.2"], "means": ["5", "40"]}),
        ("exp", {"type": "exp", "mean": 15}),
        ("constant", {"type": "constant", "value": 8}),
        ("two-point", {"type": "discrete", "values": [5, 30], "p": [0.8, 0.2]}),
        ("erlang", {"type": "erlang", "mean": 30, "k": 2}),
    ):
        m1, m2, m3 = moments(law)
        found = {"mean": m1, "variance": m2 - m1 * m1, "cv": math.sqrt(max(0.0, m2 - m1 * m1)) / m1, "third_moment": m3}
        yield entry(name, "dist", law, found, how="closed form", digits=12)
    for name, mean, cv in (("lognormal", 45, 1), ("lognormal-b", 10, 0.2)):
        s2 = math.log1p(cv * cv)
        mu, s = math.log(mean) - s2 / 2, math.sqrt(s2)
        found = {"log_mean": mu, "log_sd": s, "sd": mean * cv} | {
            f"p{p}": math.exp(mu + s * stats.norm.ppf(p / 100)) for p in (5, 50, 95)
        }
        yield entry(
            name,
            "dist",
            {"mean": mean, "cv": cv},
            found,
            how="closed form",
            digits=12,
            system="lognormal given by arithmetic mean and coefficient of variation",
        )
    yield entry(
        "gamma-words",
        "dist",
        {"mean": 30, "cv": 0.5},
        {"mean": 30, "shape": 4, "scale": 7.5, "sd": 15, "p50": float(stats.gamma.ppf(0.5, 4, scale=7.5))},
        how="closed form",
        system="gamma given by arithmetic mean and coefficient of variation",
        digits=10,
    )


def _edges() -> Iterator[Made]:
    yield entry(
        "none",
        "degenerate",
        {"rate": 0.0},
        {"arrivals": 0, "mean_queue": 0, "mean_wait": "undefined"},
        how="by hand",
        system="no trucks at all",
    )
    yield entry(
        "burst",
        "degenerate",
        {"n": 7, "servers": 3, "service": 10},
        {"makespan_min": 30, "mean_wait_min": Fraction(10 * 3 + 20, 7), "max_wait_min": 20},
        how="by hand",
        digits=12,
    )
    yield entry(
        "one",
        "degenerate",
        {"n": 1, "servers": 1, "service": 5},
        {"makespan_min": 5, "mean_wait_min": 0, "max_wait_min": 0},
        how="by hand",
        digits=12,
    )
    yield entry("never", "degenerate", {"servers": 0}, {"rule": "validation error"}, how="rule")
    yield entry(
        "full",
        "degenerate",
        {"gap": 12, "service": 24, "servers": 2},
        {"max_wait": 0, "utilisation_after_first": 1},
        how="by hand",
        digits=12,
    )
    yield entry(
        "zero-service",
        "degenerate",
        {"n": 50, "servers": 1, "service": 0},
        {"makespan_min": 0, "mean_wait_min": 0, "max_wait_min": 0},
        how="by hand",
        digits=12,
    )
    yield entry(
        "idle",
        "degenerate",
        {"gap": 10, "service": 5},
        {"max_wait": 0, "mean_wait": 0, "utilisation": 0.5},
        how="by hand",
        digits=12,
    )
    yield entry(
        "nowhere",
        "degenerate",
        {"waiting_places": 0, "n": 5, "servers": 2, "service": 6},
        {"served": 2, "turned_away": 3},
        how="by hand",
        digits=12,
        system="a burst at a station without waiting places; who finds none is turned away",
    )
    yield entry(
        "huge",
        "degenerate",
        {"n": 10, "servers": 1000, "service": 6},
        {"makespan_min": 6, "max_wait_min": 0},
        how="by hand",
        digits=12,
        system="more servers than trucks",
    )
    yield entry(
        "last",
        "degenerate",
        {"arrival": 30, "service": 20, "servers": 1},
        {"wait": 0, "time_in_system": 20},
        how="by hand",
        digits=12,
        system="a single truck, wait 0",
    )


def _ciw() -> Iterator[Made]:
    for name, gap, service, shifts, horizon in (
        ("a", 2, 3, [[0, 5, 1], [5, 12, 3], [12, 60, 0]], 24),
        ("b", 4, 7, [[0, 10, 2], [10, 100, 0]], 30),
    ):
        arrivals = [gap * (k + 1) for k in range(horizon // gap)]
        busy, starts, ends, over = [], [], [], []
        for a in arrivals:
            at = a
            while True:
                shift = next(s for s in shifts if s[0] <= at < s[1])
                on = [e for e in busy if e > at]
                if shift[2] and len(on) < shift[2]:
                    break
                later = [e for e in on if e > at] + [s[0] for s in shifts if s[0] > at]
                if not [s for s in shifts if s[1] > at and s[2]] or not later:
                    at = None
                    break
                at = min(later)
            if at is None:
                break
            busy.append(at + service)
            starts.append(at)
            ends.append(at + service)
            over.append(max(0, at + service - shift[1]))
        yield entry(
            name,
            "ciw",
            {"interarrival": gap, "service": service, "shifts": shifts, "horizon": horizon},
            {"starts": starts, "ends": ends, "overtime_per_server": over},
            how="by hand, finish rule",
            digits=12,
        )
    yield entry(
        "c",
        "ciw",
        {"rate": 15, "service": 0.02, "open": [1, 1.1], "cycle": 2.0},
        {"possible_start_offsets": [1, 1.02, 1.04, 1.06, 1.08, 1.1]},
        how="assertion",
        digits=12,
    )


def _identities() -> Iterator[Made]:
    for kind in ("id_little", "id_conservation", "id_work", "id_monotone", "id_crn"):
        for name in ("a", "b", "c"):
            yield entry(name, kind, {"any_scenario": True}, {"statement": "holds on every run"}, how="identity")


def _calibrated() -> Iterator[Made]:
    yield entry(
        "a",
        "calib",
        {"arrival_rate": 9, "servers": 2, "observed": {"Wq": 0.1}},
        {"service_rate": 6.8},
        how="bisection",
        digits=2,
    )
    yield entry(
        "a",
        "calib_fluid",
        {"arrival_rate": 10, "closed_hours": 24, "recovery_hours": 48},
        {"capacity": 15.0},
        how="closed form",
    )
