"""Stations by formula. Nothing here runs the simulator or shares code with it or with the converters."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import expm
from scipy.optimize import brentq

Floats = npt.NDArray[np.float64]


def birth_death(rate: float, mu: float, servers: int, most: int) -> Floats:
    """Chances of 0 ... most trucks in M/M/c/K."""
    logs = np.concatenate([[0.0], np.cumsum([math.log(rate / (mu * min(n, servers))) for n in range(1, most + 1)])])
    weights = np.exp(logs - logs.max())
    found: Floats = weights / weights.sum()
    return found


def erlang_c(rate: float, mu: float, servers: int) -> float:
    """Chance that a truck waits in M/M/c."""
    offered, blocked = rate / mu, 1.0
    for c in range(1, servers + 1):
        blocked = offered * blocked / (c + offered * blocked)
    return servers * blocked / (servers - offered * (1 - blocked))


def erlang_b(offered: float, places: int) -> float:
    """Chance that M/G/c/c is full."""
    blocked = 1.0
    for c in range(1, places + 1):
        blocked = offered * blocked / (c + offered * blocked)
    return blocked


def mmc(rate: float, mu: float, servers: int) -> dict[str, Any]:
    """Everything usual of M/M/c."""
    offered, late = rate / mu, erlang_c(rate, mu, servers)
    load, drain = offered / servers, servers * mu - rate
    wait = late / drain
    numbers = birth_death(rate, mu, servers, servers + math.ceil(45 / -math.log(load)))
    n = np.arange(len(numbers))
    inside = float((numbers * n).sum())
    found: dict[str, Any] = {
        "rho": load,
        "P0": float(numbers[0]),
        "P_wait": late,
        "L": inside,
        "Lq": rate * wait,
        "W": wait + 1 / mu,
        "Wq": wait,
        "Wq_var": late * (2 - late) / drain**2,
        "N_var": float((numbers * n**2).sum()) - inside**2,
        "Wq_given_wait": 1 / drain,
    }
    for share in (50, 90, 95, 99):
        found[f"Wq_p{share}"] = max(0.0, math.log(late / (1 - share / 100)) / drain)
    return found | {"P_n_0_to_5": numbers[:6].tolist(), "P_N_ge_4": float(numbers[4:].sum())}


def mdc(rate: float, service: float, servers: int, waits: Sequence[float]) -> dict[str, Any]:
    """M/D/c by the chain of the number at instants one service apart, and Franx's formula for the waits."""
    offered = rate * service
    most = servers + 60 + int(60 / (1 - offered / servers))
    come = np.exp(-offered + np.arange(most + 1) * math.log(offered) - [math.lgamma(k + 1) for k in range(most + 1)])
    step = np.zeros((most + 1, most + 1))
    for n in range(most + 1):
        left = max(0, n - servers)
        step[n, left:] = come[: most + 1 - left]
    step[:, -1] += 1 - step.sum(axis=1)
    numbers = _left_null(step - np.eye(most + 1))
    queue = float((numbers * np.maximum(np.arange(most + 1) - servers, 0)).sum())
    below = np.cumsum(numbers)[servers:]  # at most 0, 1, 2 ... wait

    def within(wait: float) -> float:
        k = math.floor(wait / service + 1e-12) + 1
        left = rate * (k * service - wait)
        return sum(
            float(below[k * servers - 1 - j]) * math.exp(-left) * left**j / math.factorial(j)
            for j in range(k * servers)
        )

    late = 1 - within(0.0)
    found = {"rho": offered / servers, "Wq": queue / rate, "W": queue / rate + service, "Lq": queue, "P_wait": late}
    found |= {f"P(Wq<={wait:g})": within(wait) for wait in waits}
    common = erlang_c(rate, 1 / service, servers) / (servers / service - rate)
    return found | {"Wq_ratio_to_MMc": queue / rate / common}


def moments(service: Mapping[str, Any]) -> tuple[float, float, float]:
    """First three moments of a law in the words of an entry."""
    given = {k: v if isinstance(v, str | list) else float(v) for k, v in service.items()}
    return _moment(given, 1), _moment(given, 2), _moment(given, 3)


def _moment(s: Mapping[str, Any], j: int) -> float:
    """The j-th moment, closed form."""
    if s["type"] in ("hyperexp", "discrete"):
        shares, values = ([float(x) for x in s[key]] for key in ("p", "means" if "means" in s else "values"))
        each = math.factorial(j) if s["type"] == "hyperexp" else 1
        return each * math.fsum(a * b**j for a, b in zip(shares, values, strict=True))
    if s["type"] in ("exp", "erlang", "gamma"):
        k = 1.0 if s["type"] == "exp" else s.get("k") or s.get("shape") or s["cv"] ** -2
        scale = s["scale"] if "scale" in s else s["mean"] / k
        return float(scale**j * math.prod(k + i for i in range(j)))
    match s["type"]:
        case "constant":
            return float(s["value"] ** j)
        case "lognormal":
            return float(s["mean"] ** j * (1 + s["cv"] ** 2) ** (j * (j - 1) / 2))
        case "weibull":
            return float(s["scale"] ** j * math.gamma(1 + j / s["shape"]))
        case "uniform":
            return float((s["high"] ** (j + 1) - s["low"] ** (j + 1)) / (j + 1) / (s["high"] - s["low"]))
        case "pert":
            span = s["high"] - s["low"]
            alpha = 1 + 4 * (s["mode"] - s["low"]) / span  # and both parameters of the beta law sum to 6
            beta = [math.prod((alpha + r) / (6 + r) for r in range(i)) for i in range(j + 1)]
            return _shifted(s["low"], [m * span**i for i, m in enumerate(beta)])
        case "shifted exponential":
            return _shifted(s["shift"], [math.factorial(i) * s["scale"] ** i for i in range(j + 1)])
    return _triangular(s["low"], s["mode"], s["high"], j)


def _shifted(low: float, moments: Sequence[float]) -> float:
    """The last of these moments, from the 0th on, of the same with `low` added."""
    j = len(moments) - 1
    return math.fsum(math.comb(j, i) * low ** (j - i) * moment for i, moment in enumerate(moments))


def _triangular(low: float, mode: float, high: float, j: int) -> float:
    """By Gauss-Legendre on both sides of the mode, exact for such polynomials."""
    x, w = np.polynomial.legendre.leggauss(8)
    total = 0.0
    for end, far in ((low, 1.0), (high, -1.0)):
        if end != mode:
            t = (end + mode) / 2 + (mode - end) / 2 * x
            total += float((w * t**j * (t - end) / (mode - end)).sum()) * far * (mode - end) / 2
    return total * 2 / (high - low)


def mg1(rate: float, service: Mapping[str, Any]) -> dict[str, Any]:
    """Pollaczek and Khinchine; the variance by Takacs."""
    m1, m2, m3 = moments(service)
    load = rate * m1
    wait = rate * m2 / 2 / (1 - load)
    return {
        "rho": load,
        "Wq": wait,
        "W": wait + m1,
        "Lq": rate * wait,
        "L": rate * (wait + m1),
        "Wq_var": wait**2 + rate * m3 / 3 / (1 - load),
        "service_mean": m1,
        "service_cv": math.sqrt(max(0.0, m2 - m1 * m1)) / m1,
        "P_wait": load,
    }


def cobham(classes: Sequence[tuple[float, Mapping[str, Any]]]) -> dict[str, Any]:
    """M/G/1 with head-of-line priority."""
    parts = [(rate, *moments(service)[:2]) for rate, service in classes]
    residual = sum(rate * m2 for rate, _, m2 in parts) / 2
    load, found, before = sum(rate * m1 for rate, m1, _ in parts), [], 0.0
    for rate, m1, _ in parts:
        after = before + rate * m1
        wait = residual / (1 - before) / (1 - after)
        found.append({"Wq": wait, "W": wait + m1, "Lq": rate * wait})
        before = after
    fcfs = residual / (1 - load)
    whole = sum(r * f["Wq"] for (r, *_), f in zip(parts, found, strict=True)) / sum(r for r, *_ in parts)
    return {
        "classes": found,
        "rho": load,
        "W0": residual,
        "conservation_sum_rho_i_Wq_i": load * fcfs,
        "conservation_rhs": load * fcfs,
        "Wq_fcfs": fcfs,
        "Wq_overall": whole,
    }


def mmc_priority(rates: Sequence[float], mu: float, servers: int) -> dict[str, Any]:
    """M/M/c with head-of-line priority and one service rate; variances by Kella and Yechiali."""
    whole = sum(rates)
    late, work, before, found = erlang_c(whole, mu, servers), servers * mu, 0.0, []
    for rate in rates:
        after = before + rate / work
        wait = late / work / (1 - before) / (1 - after)
        square = 2 * late * (1 - before * after) / work**2 / (1 - before) ** 3 / (1 - after) ** 2
        found.append({"Wq": wait, "Wq_var": square - wait**2, "Lq": rate * wait, "W": wait + 1 / mu})
        before = after
    fcfs = late / (work - whole)
    return {
        "classes": found,
        "rho": whole / work,
        "P_wait": late,
        "Wq_overall": fcfs,
        "Wq_fcfs": fcfs,
        "check_overall_equals_fcfs": True,
    }


def dmc(interval: float, mu: float, servers: int) -> dict[str, Any]:
    """D/M/c by the root of Kleinrock (c = 1) and by the chain of the numbers that arrivals find."""
    load = 1 / (interval * mu * servers)
    most = servers + 40 + int(40 / (1 - load))
    number = np.arange(most + 2)
    death = np.diag(mu * np.minimum(number, servers)[1:].astype(float), -1)
    death -= np.diag(death.sum(axis=1))
    kernel = expm(death * interval)
    step = kernel[1:, : most + 1]  # an arrival that finds n leaves n + 1 behind it
    step[-1] = kernel[most, : most + 1]
    numbers = _left_null(step - np.diag(step.sum(axis=1)))
    found = number[: most + 1]
    late = float(numbers[servers:].sum())
    wait = float((numbers * np.maximum(found - servers + 1, 0)).sum()) / (servers * mu)
    metrics = {"rho": load, "P_wait": late, "Wq": wait, "Lq": wait / interval}
    if servers == 1:
        metrics["sigma"] = brentq(lambda s: s - math.exp(-mu * (1 - s) * interval), 0, 1 - 1e-9)
    return metrics


def _left_null(matrix: Floats) -> Floats:
    system = matrix.T.copy()
    system[0] = 1.0
    found: Floats = np.linalg.solve(system, np.eye(len(matrix))[0])
    return found
