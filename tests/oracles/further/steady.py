"""Entries of single stations in the long run."""

from collections.abc import Iterator
from typing import Any

from .chains import mean_of, stationary
from .made import entry
from .stations import birth_death, cobham, dmc, erlang_b, mdc, mg1, mmc, mmc_priority

Made = dict[str, Any]


def all_of() -> Iterator[Made]:
    yield from _mm()
    yield from _lost()
    yield from _general()
    yield from _classes()
    yield from _booked()


def _mm() -> Iterator[Made]:
    for name, rate, mu, more in (
        ("a", 5, 8, {"servers": 1}),
        ("b", 0.3, 0.5, {"servers": 1, "unit": "minutes"}),
        ("c", 1, 10, {}),
        ("d", 60, 66.5, {"servers": 1}),
    ):
        found = {k: v for k, v in mmc(rate, mu, 1).items() if k not in ("Wq_given_wait", "Wq_p50", "P_N_ge_4")}
        yield entry(
            name,
            "mm1",
            {"arrival_rate": rate, "service_rate": mu} | more,
            found,
            how="closed form",
            system="M/M/1 FCFS, infinite yard",
            digits=12,
        )
    mean, load = 1 / (8 - 5), 5 / 8
    wide = {
        "W_var": mean**2,
        "W_p95": 2.995732273554 * mean,
        "W_p50": 0.693147180560 * mean,
        "Wq_sd": (mmc(5, 8, 1)["Wq_var"]) ** 0.5,
        "P(N=0)": 1 - load,
        "P(N=3)": (1 - load) * load**3,
        "P(N>=2)": load**2,
        "P(Wq>0.5)": load * 2.718281828459045 ** (-1.5),
        "P(W<=0.5)": 1 - 2.718281828459045 ** (-1.5),
        "P_wait_over_10min": load * 2.718281828459045 ** (-0.5),
        "P_n": [1 - load, load - load**2],
        "utilisation": load,
        "throughput": 5,
    }
    yield entry(
        "wide", "mm1", {"arrival_rate": 5, "service_rate": 8}, wide, how="closed form: W is exponential", digits=8
    )
    for name, rate, mu, c in (("a", 18, 5, 5), ("b", 2.5, 0.75, 4), ("c", 45, 1, 50), ("d", 3, 4, 1)):
        yield entry(
            name,
            "mmc",
            {"arrival_rate": rate, "service_rate": mu, "servers": c},
            mmc(rate, mu, c),
            how="Erlang C",
            system="M/M/c FCFS (Erlang C)",
            digits=12,
            published={"confirmed": False},
        )


def _lost() -> Iterator[Made]:
    for name, rate, mu, c, k, say in (
        ("a", 3, 2, 1, 1, ("K", "waiting_places")),
        ("b", 10, 4, 3, 3, ("K", "waiting_places")),
        ("c", 8, 2, 2, 10, ("K",)),
        ("d", 12, 5, 3, 8, ("waiting_places",)),
    ):
        p = birth_death(rate, mu, c, k)
        n = range(k + 1)
        inside, queue = (sum(p[i] * max(0, i - s) for i in n) for s in (0, c))
        passed = rate * (1 - p[k])
        found = {
            "P0": p[0],
            "P_block": p[k],
            "lambda_eff": passed,
            "loss_rate": rate * p[k],
            "L": inside,
            "Lq": queue,
            "W": inside / passed,
            "Wq": queue / passed,
            "utilisation": passed / mu / c,
            "P_wait_accepted": sum(p[c:k]) / (1 - p[k]),
            "P_n": p.tolist(),
        }
        places = {"K": k, "waiting_places": k - c}
        given = {"arrival_rate": rate, "service_rate": mu, "servers": c} | {name: places[name] for name in say}
        yield entry(name, "mmck", given, found, how="birth and death", digits=12)
    for name, rate, mean, places, law in (
        ("a", 6, 0.5, 1, "uniform"),
        ("b", 30, 0.25, 8, "lognormal"),
        ("c", 9, 2, 20, "erlang-3"),
        ("d", 16, 0.5, 9, "hyperexponential"),
        ("e", 4, 1, 5, "exponential"),
        ("f", 4, 1, 5, {"type": "lognormal", "mean": 1, "cv": 2}),
    ):
        lost = erlang_b(rate * mean, places)
        found = {
            "P_block": lost,
            "loss_rate": rate * lost,
            "mean_occupancy": rate * mean * (1 - lost),
            "lambda_eff": rate * (1 - lost),
        }
        given = {"arrival_rate": rate, "mean_stay": mean, "places": places, "stay_distribution": law}
        yield entry(name, "erlangb", given, found, how="Erlang B", digits=12)


def _general() -> Iterator[Made]:
    for name, rate, service, c, waits in (
        ("a", 3, 0.5, 2, (0, 0.25, 0.5, 1)),
        ("b", 16, 0.25, 5, (0, 0.1, 0.25)),
        ("c", 0.6, 1, 1, (0, 0.5, 1.5, 2)),
    ):
        yield entry(
            name,
            "mdc",
            {"arrival_rate": rate, "service_time": service, "servers": c},
            mdc(rate, service, c, waits),
            how="chain at instants one service apart, Franx 2001",
            digits=8,
        )
    services = {
        "uniform": {"type": "uniform", "low": 0.1, "high": 0.5},
        "gamma": {"type": "gamma", "mean": 0.3, "cv": 1.5},
        "gamma-shape": {"type": "gamma", "shape": 4, "scale": 0.08},
        "weibull": {"type": "weibull", "shape": 1.5, "scale": 0.3},
        "constant": {"type": "constant", "value": 0.25},
        "two-point": {"type": "discrete", "values": ["0.1", "0.6"], "p": ["0.7", "0.3"]},
        "exp": {"type": "exp", "mean": 0.3},
        "hyperexp": {"type": "hyperexp", "p": [0.2, 0.3, 0.5], "means": [0.8, 0.2, 0.1]},
    }
    for name, service in services.items():
        yield entry(
            name,
            "mg1",
            {"arrival_rate": 2.5, "service": service},
            mg1(2.5, service),
            how="Pollaczek and Khinchine, Takacs",
            system="M/G/1 FCFS",
            digits=12,
        )
    others = {
        "gamma-rate": ({"type": "gamma", "shape": 4, "rate": 12.5}, services["gamma-shape"]),
        "erlang-rate": ({"type": "erlang", "k": 3, "rate": 10}, {"type": "erlang", "k": 3, "mean": 0.3}),
        "erlang-stages": ({"type": "erlang", "stages": 3, "mean": 0.3}, {"type": "erlang", "k": 3, "mean": 0.3}),
        "uniform-ab": ({"type": "uniform", "a": 0.1, "b": 0.5}, services["uniform"]),
        "uniform-min": ({"type": "uniform", "min": 0.1, "max": 0.5}, services["uniform"]),
        "triangular-min": (
            {"type": "triangular", "min": 0.1, "mode": 0.2, "max": 0.6},
            {"type": "triangular", "low": 0.1, "mode": 0.2, "high": 0.6},
        ),
        "lognormal-logs": (
            {"type": "lognormal", "log_mean": -1.5, "log_sd": 0.6},
            {
                "type": "lognormal",
                "mean": 2.718281828459045 ** (-1.5 + 0.18),
                "cv": (2.718281828459045**0.36 - 1) ** 0.5,
            },
        ),
        "hyperexp-p": (
            {"type": "hyperexponential", "p": 0.2, "mean1": 0.8, "mean2": 0.1},
            {"type": "hyperexp", "p": [0.2, 0.8], "means": [0.8, 0.1]},
        ),
        "hyperexp-rates": (
            {"type": "H2", "probs": ["1/5", "4/5"], "rates": [1.25, 10]},
            {"type": "hyperexp", "p": [0.2, 0.8], "means": [0.8, 0.1]},
        ),
        "exp-rate": ({"type": "exponential", "rate": 4}, {"type": "exp", "mean": 0.25}),
        "two-point-b": ({"type": "two-point", "values": [0.1, 0.6], "probs": [0.7, 0.3]}, services["two-point"]),
        "empirical": (
            {"type": "empirical", "values": [0.1, 0.2, 0.6]},
            {
                "type": "discrete",
                "values": [0.1, 0.2, 0.6],
                "p": ["0.333333333333", "0.333333333333", "0.333333333334"],
            },
        ),
        "weibull-mean": (
            {"type": "weibull", "shape": 2, "mean": 0.3},
            {"type": "weibull", "shape": 2, "scale": 0.3 / 0.886226925452758},
        ),
        "deterministic": ({"type": "deterministic", "mean": 0.25}, services["constant"]),
    }
    for name, (said, meant) in others.items():
        yield entry(name, "mg1", {"arrival_rate": 2, "service": said}, mg1(2, meant), how="as the others", digits=9)


def _classes() -> Iterator[Made]:
    exp = {"type": "exp", "mean": 0.1}
    mixes = {
        "a": [(2, {"type": "constant", "value": 0.2}), (3, {"type": "erlang", "mean": 0.1, "k": 2})],
        "b": [
            (1, exp),
            (1, {"type": "gamma", "mean": 0.2, "cv": 0.5}),
            (1, {"type": "triangular", "low": 0, "mode": 0.1, "high": 0.5}),
            (1, {"type": "weibull", "shape": 2, "scale": 0.2}),
        ],
        "c": [
            (4, {"type": "hyperexp", "p": ["0.5", "0.5"], "means": ["0.02", "0.1"]}),
            (2, {"type": "uniform", "low": 0, "high": 0.4}),
        ],
    }
    for name, classes in mixes.items():
        given = {"classes": [{"arrival_rate": r, "service": s} for r, s in classes]}
        yield entry(name, "mg1prio", given, cobham(classes), how="Cobham", digits=12)
    for name, rates, mu, c in (("a", [3, 4], 10, 1), ("b", [1, 1, 2, 2], 2, 4), ("c", [0.5, 9], 2, 6)):
        given = {"arrival_rates": rates, "service_rate": mu, "servers": c}
        yield entry(name, "mmcprio", given, mmc_priority(rates, mu, c), how="Cobham; Kella and Yechiali", digits=12)
    for name, rates, mus, c in (("a", [2, 3], [4, 10], 1), ("b", [4, 2], [3, 1.5], 4), ("c", [1.5, 1], [2, 2.5], 2)):
        yield entry(
            name,
            "mmcprio2",
            {"arrival_rates": rates, "service_rates": mus, "servers": c},
            _two_rates(rates, mus, c),
            how="stationary chain, sparse LU",
            digits=7,
        )


def _two_rates(rates: list[float], mus: list[float], c: int) -> Made:
    most = 40

    def moves(s: tuple[int, int, int, int]) -> Iterator[tuple[float, tuple[int, int, int, int]]]:
        q1, q2, b1, b2 = s
        free = b1 + b2 < c
        if free:
            yield rates[0], (q1, q2, b1 + 1, b2)
            yield rates[1], (q1, q2, b1, b2 + 1)
        else:
            if q1 < most:
                yield rates[0], (q1 + 1, q2, b1, b2)
            if q2 < 4 * most:
                yield rates[1], (q1, q2 + 1, b1, b2)
        for busy, after, mu in ((b1, (b1 - 1, b2), mus[0]), (b2, (b1, b2 - 1), mus[1])):
            if busy:
                x, y = after
                if q1:
                    yield busy * mu, (q1 - 1, q2, x + 1, y)
                elif q2:
                    yield busy * mu, (q1, q2 - 1, x, y + 1)
                else:
                    yield busy * mu, (q1, q2, x, y)

    chances = stationary((0, 0, 0, 0), moves)
    lq = [mean_of(chances, lambda s, k=k: s[k]) for k in (0, 1)]
    return {
        "Lq_1": lq[0],
        "Lq_2": lq[1],
        "Wq_1": lq[0] / rates[0],
        "Wq_2": lq[1] / rates[1],
        "P_wait": mean_of(chances, lambda s: s[2] + s[3] == c),
        "rho": sum(r / m for r, m in zip(rates, mus, strict=True)) / c,
    }


def _booked() -> Iterator[Made]:
    for name, interval, mu, c in (("a", 0.5, 3, 1), ("b", 0.2, 3, 2), ("c", 0.1, 2.5, 5)):
        yield entry(
            name,
            "gimc",
            {"interval": interval, "service_rate": mu, "servers": c},
            dmc(interval, mu, c),
            how="chain of what arrivals find; Kleinrock's root",
            digits=9,
        )
