"""Entries of sweeps: the smallest number of servers or places that keeps a promise."""

import math
from collections.abc import Iterator
from typing import Any

from .made import entry
from .stations import birth_death, erlang_c

Made = dict[str, Any]


def all_of() -> Iterator[Made]:
    for name, rate, mean, first, last, over, limits in (
        ("a", 20, 0.2, 5, 10, 10, (("Wq", 2, "min"), ("P_wait_over_10min", 5, "pct"))),
        ("b", 90, 0.1, 10, 16, 5, (("Wq", 1, "min"), ("P_wait", 20, "pct"))),
        ("c", 9, 0.25, 3, 7, 15, (("Wq", 3, "min"), ("P_wait_over_15min", 1, "pct"))),
    ):
        rows = []
        for c in range(first, last + 1):
            late, drain = erlang_c(rate, 1 / mean, c), c / mean - rate
            rows.append(
                {
                    "servers": c,
                    "Wq": late / drain,
                    "P_wait": late,
                    f"P_wait_over_{over}min": late * math.exp(-drain * over / 60),
                }
            )
        found: Made = {"rows": rows}
        for metric, limit, unit in limits:
            most = limit / (60 if unit == "min" else 100)
            found[f"smallest_c_with_{metric}_le_{limit}{unit}"] = next(r["servers"] for r in rows if r[metric] <= most)
        yield entry(
            name,
            "sweep",
            {"arrival_rate": rate, "mean_service": mean, "servers": [first, last]},
            found,
            how="Erlang C",
            digits=10,
        )
    for name, rate, mu, c in (("a", 10, 4, 3), ("b", 5, 3, 4), ("c", 3, 4, 1)):
        lost = [birth_death(rate, mu, c, c + k)[-1] for k in range(60)]
        answer = next(k for k, p in enumerate(lost) if p <= 0.01)
        found = {"smallest_waiting_places": answer, "P_block_at_it": lost[answer]}
        found |= {"P_block_one_less": lost[answer - 1]} if answer else {}
        yield entry(
            name,
            "sweep_yard",
            {"arrival_rate": rate, "service_rate": mu, "servers": c},
            found,
            how="birth and death",
            digits=10,
        )
