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
        "rho": load, "P0": float(numbers[0]), "P_wait": late, "L": inside, "Lq": rate * wait, "W": wait + 1 / mu,
        "Wq": wait, "Wq_var": late * (2 - late) / drain**2, "N_var": float((numbers * n**2).sum()) - inside**2,
        "Wq_given_wait": 1 / drain,
    }  # fmt: skip
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
            float(below[k * servers - 1 - j]) * math.exp(-left) * left**j / math.factorial(j) for j in range(k * servers)
        )

    late = 1 - within(0.0)
    found = {"rho": offered / servers, "Wq": queue / rate, "W": queue / rate + service, "Lq": queue, "P_wait": late}
    found |= {f"P(Wq<={wait:g})": within(wait) for wait in waits}
    common = erlang_c(rate, 1 / service, servers) / (servers / service - rate)
    return found | {"Wq_ratio_to_MMc": queue / rate / common}


def moments(service: Mapping[str, Any]) -> tuple[float, float, float]:
    """First three moments of a law in the words of an entry."""
    s = {k: v if isinstance(v, str | list) else float(v) for k, v in service.items()}
    match s["type"]:
        case "constant":
            return s["value"], s["value"] ** 2, s["value"] ** 3
        case "exp":
            return s["mean"], 2 * s["mean"] ** 2, 6 * s["mean"] ** 3
        case "erlang":
            k, m = s["k"], s["mean"]
            return m, m**2 * (k + 1) / k, m**3 * (k + 1) * (k + 2) / k**2
        case "gamma":
            k = s.get("shape") or 1 / s["cv"] ** 2
            m = s.get("mean") or k * s["scale"]
            return m, m**2 * (k + 1) / k, m**3 * (k + 1) * (k + 2) / k**2
        case "lognormal":
            m, w = s["mean"], 1 + s["cv"] ** 2
            return m, m**2 * w, m**3 * w**3
        case "weibull":
            return tuple(s["scale"] ** j * math.gamma(1 + j / s["shape"]) for j in (1, 2, 3))  # type: ignore[return-value]
        case "uniform":
            a, b = s["low"], s["high"]
            return tuple((b ** (j + 1) - a ** (j + 1)) / (j + 1) / (b - a) for j in (1, 2, 3))  # type: ignore[return-value]
        case "triangular":
            return _triangular(s["low"], s["mode"], s["high"])
        case "hyperexp":
            p, m = ([float(x) for x in s[key]] for key in ("p", "means"))
            return tuple(math.factorial(j) * sum(a * b**j for a, b in zip(p, m, strict=True)) for j in (1, 2, 3))  # type: ignore[return-value]
        case "discrete":
            p, v = ([float(x) for x in s[key]] for key in ("p", "values"))
            return tuple(sum(a * b**j for a, b in zip(p, v, strict=True)) for j in (1, 2, 3))  # type: ignore[return-value]
    raise ValueError(s["type"])


def _triangular(low: float, mode: float, high: float) -> tuple[float, float, float]:
    """By Gauss-Legendre on both sides of the mode, exact for such polynomials."""
    x, w = np.polynomial.legendre.leggauss(8)
    found = []
    for j in (1, 2, 3):
        total = 0.0
        for a, b, f in (
            (low, mode, lambda t: (t - low) / (mode - low)), (mode, high, lambda t: (high - t) / (high - mode))
        ):  # fmt: skip
            if b > a:
                t = (a + b) / 2 + (b - a) / 2 * x
                total += float((w * t**j * f(t)).sum()) * (b - a) / 2 * 2 / (high - low)
        found.append(total)
    return found[0], found[1], found[2]


def mg1(rate: float, service: Mapping[str, Any]) -> dict[str, Any]:
    """Pollaczek and Khinchine; the variance by Takacs."""
    m1, m2, m3 = moments(service)
    load = rate * m1
    wait = rate * m2 / 2 / (1 - load)
    return {
        "rho": load, "Wq": wait, "W": wait + m1, "Lq": rate * wait, "L": rate * (wait + m1),
        "Wq_var": wait**2 + rate * m3 / 3 / (1 - load), "service_mean": m1,
        "service_cv": math.sqrt(max(0.0, m2 - m1 * m1)) / m1, "P_wait": load,
    }  # fmt: skip


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
        "classes": found, "rho": load, "W0": residual, "conservation_sum_rho_i_Wq_i": load * fcfs,
        "conservation_rhs": load * fcfs, "Wq_fcfs": fcfs, "Wq_overall": whole,
    }  # fmt: skip


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
        "classes": found, "rho": whole / work, "P_wait": late, "Wq_overall": fcfs, "Wq_fcfs": fcfs,
        "check_overall_equals_fcfs": True,
    }  # fmt: skip


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
