"""Entries in words of their own: numbers in quotes, fewer columns, one number for all, windows over midnight."""

import math
from collections.abc import Iterator
from typing import Any

from scipy import stats

from .chains import mean_of
from .gates import gate
from .made import entry
from .networks import line
from .rates import PROFILE, hourly, integral
from .stations import birth_death, erlang_c, mdc, mg1, mmc, mmc_priority

Made = dict[str, Any]


def all_of() -> Iterator[Made]:
    yield from _stations()
    yield from _yards()
    yield from _arrivals()
    for kind, entries in (("meter_dd", _metering()), ("degenerate", _edges()), ("stats", _numbers())):
        for name, given, expected in entries:
            yield entry(name, kind, given, expected, how="by hand", digits=12)


def _stations() -> Iterator[Made]:
    given: Made = {"arrival_rate": 5.4, "service_rate": 2, "servers": 3}
    yield entry("rate", "mdc", given, mdc(5.4, 0.5, 3, (0, 0.75)), how="embedded chain")
    lost = float(birth_death(3, 4, 1, 2)[-1])
    given = {"arrival_rate": 3, "mean_service": 0.25, "servers": 1, "waiting_places": 1}
    yield entry("full", "mmck", given, {"P_full": lost, "loss_rate": 3 * lost}, how="birth and death")
    # a promise about a metric that no row shows, rates as gaps, numbers in quotes
    waits = {c: erlang_c(9, 3, c) for c in (4, 5, 7)}
    rows = [{"servers": c, "Wq": late / (3 * c - 9)} for c, late in waits.items()]
    over = {c: late * math.exp(-(3 * c - 9) / 12) for c, late in waits.items()}
    found = {"rows": rows, "smallest_c_with_P_wait_over_5min_le_20pct": min(c for c in over if over[c] <= 0.2)}
    given = {"mean_interarrival": "1/9", "service_rate": "3", "servers": ["4", "5", "7"]}
    yield entry("promise", "sweep", given, found, how="Erlang C")
    for name, service in (
        ("pert", {"type": "PERT", "min": 0.1, "mode": 0.2, "max": 0.6}),
        ("shifted", {"type": "shifted exponential", "shift": 0.1, "mean": 0.3}),
        ("shifted-rate", {"type": "shifted exponential", "shift": 0.1, "rate": 5}),
    ):
        meant: Made = {"type": "pert", "low": 0.1, "mode": 0.2, "high": 0.6}
        meant = meant if name == "pert" else {"type": "shifted exponential", "shift": 0.1, "scale": 0.2}
        yield entry(name, "mg1", {"arrival_rate": 2, "service": service}, mg1(2, meant), how="as the others", digits=9)
    given = {"total_rate": 7, "shares": ["3/7", "4/7"], "service_rate": 10, "servers": 1}
    yield entry("shares", "mmcprio", given, mmc_priority([3, 4], 10, 1), how="Cobham; Kella and Yechiali", digits=9)
    chances = line(None, [1.0] * 4, [1] * 3)
    found = {"throughput": mean_of(chances, lambda s: s[1][0] == "w")}
    given = {"service_rate": 1, "stages": 4, "waiting_places_between": 1}
    yield entry("same-yards", "bas_saturated", given, found, how="stationary chain")
    each = [mmc(3, 5, 1), mmc(2, 2.5, 2)]
    found = {"lam": [3, 2], "Wq_i": [one["Wq"] for one in each], "L": each[0]["L"] + each[1]["L"]}
    given = {"external_rates": ["3", 0], "routing": [["0", "2/3"], ["0", "0"]], "service_rates": [5, "5/2"]}
    yield entry("quoted", "jackson", given | {"servers": [1, "2"]}, found, how="M/M/c at each station")
    spread = math.log(40 / 25) / float(stats.norm.ppf(0.9))
    found = {"log_mean": math.log(25), "log_sd": spread, "mean": 25 * math.exp(spread**2 / 2)}
    yield entry("quantiles", "dist", {"type": "lognormal", "p50": 25, "p90": 40}, found, how="closed form")


def _yards() -> Iterator[Made]:
    """Places for all hold while nobody serves, and while servers come and go."""
    night = [(0, 6, 0, 1.0), (6, 20, 3, 1.0), (20, 30, 0, 1.0), (30, 44, 3, 1.0)]
    asked = ("EN", "EQ", "P_full", "cum_wait", "cum_served", "cum_accepted")
    given: Made = {"arrival_rate": 5, "service_rate": 3, "servers": "3", "K": 8, "open": "06:00-20:00", "rule": "pause"}
    found = gate(lambda t: 5, 3, night, (3, 6, 12, 20, 22, 30), "pause", most=8, loss=True, asked=asked)
    yield entry("night", "mtmtck", given, found, how="forward equations", digits=8)
    turns = [(0, 8, 1, 1.0), (8, 16, 3, 1.0), (16, 30, 2, 1.0)]
    shifts = [[0, 8, 1], [8, 16, 3], [16, 24, 2]]
    given = {"arrival_rate": 5, "service_rate": 3, "shifts": shifts, "K": 6, "rule": "pause"}
    found = gate(lambda t: 5, 3, turns, (4, 8, 12, 16, 23), "pause", most=6, loss=True, asked=asked)
    yield entry("shifts", "mtmtck", given, found, how="forward equations", digits=8)


def _arrivals() -> Iterator[Made]:
    found = {f"[{a:g},{b:g})": integral(hourly, a, b) for a, b in ((22, 26), (20, 56))}
    found |= {"Lambda(30)": integral(hourly, 0, 30), "per_day": integral(hourly, 0, 24)}
    yield entry("midnight", "nhpp", {"profile": PROFILE}, found, how="integral")


def _metering() -> Iterator[Any]:
    yield (
        "odd-turn",
        {"K": 5, "travel_min": 40, "service_min": 15, "servers": 2},
        {"throughput_per_hour": 300 / 55, "bottleneck": "cap K", "idle_share_of_gate": 1 - 300 / 55 / 8},
    )


def _edges() -> Iterator[Any]:
    yield "shut-for-ever", {"windows": [], "n": 5}, {"served": 0, "present_at_end": 5}
    yield (
        "quoted",
        {"n": "25", "servers": "3", "service": "4"},
        {"makespan_min": 36, "mean_wait_min": 14.72, "max_wait_min": 32},
    )


def _numbers() -> Iterator[Any]:
    yield "quoted-steps", {"events": [["0", 1], ["1/2", 2], ["3/2", 0]], "horizon": "2"}, {"time_average": 1.25}
    yield "quoted", {"values": ["3/2", "2.5", "7/2"]}, {"mean": 2.5, "sd": 1, "se": 3**-0.5, "mean_wait": 2.5}
    yield "quoted-shares", {"values": [1, 2, 3, 4, 5], "probabilities": ["1/4", "0.9"]}, {"quantiles": [2, 4.6]}
