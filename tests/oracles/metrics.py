"""Metrics of a station by the names that entries give them."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

from .measures import Queue
from .stays import FloatArray

Metric = Callable[[], Any]
KNOWN = (
    "rho, utilisation, idle, mean_busy, P0, P_n (list), P_n_0_to_5, P(N=3), P(N>=3), P_N_ge_3, P_all_busy, P_wait, L,"
    " Lq, N_var, N_sd, W, Wq, Wq_var, Wq_sd, Wq_cv, W_var, Wq_p95, W_p95, Wq_median, Wq_max, Wq_given_wait, P(Wq<=0.5),"
    " P(W>0.5), P_wait_over_5min, service_mean, service_cv, service_var, W0, lambda_eff, throughput, P_block, loss_rate"
)
_HOURS = {"h": 1.0, "hour": 1.0, "hours": 1.0, "min": 1 / 60, "minutes": 1 / 60, "s": 1 / 3600, "d": 24.0, "days": 24.0}
_SAME = {
    "utilization": "utilisation", "rho": "utilisation", "P_busy": "utilisation", "P_empty": "P0", "P_idle": "P0",
    "P_delay": "P_wait", "P_wait_accepted": "P_wait", "sigma": "P_wait", "lambda_eff": "throughput",
    "mean_occupancy": "L", "mean_in_system": "L", "mean_queue": "Lq", "mean_wait": "Wq", "mean_time_in_system": "W",
    "Wq_mean": "Wq", "W_mean": "W", "E_busy": "mean_busy", "mean_busy_servers": "mean_busy",
    "Wq_accepted": "Wq", "W_accepted": "W", "accepted_rate": "throughput",
}  # fmt: skip


def hours_of(parameters: Mapping[str, Any]) -> float:
    """Length of one unit of an entry, for metrics that name their own; hours unless said. [h]"""
    said = str(next((parameters[name] for name in ("unit", "units", "time_unit") if name in parameters), "h")).lower()
    return next((size for word, size in _HOURS.items() if len(word) > 1 and said.startswith(word)), 1.0)


def metric_of(queue: Queue, name: str, expected: Mapping[str, Any], unit: float = 1.0) -> Metric | None:
    """How a metric is measured, or None if nothing is known by that name. `unit` is that of the entry. [h]"""
    plain = _plain(queue, expected)
    known = plain.get(_SAME.get(name, name))
    return known or _of_times(queue, name, expected, unit) or _of_number(queue, name, expected)


def known_names(others: Iterable[str]) -> str:
    """The names of a station's metrics and some others, for a message."""
    own = KNOWN.split(", ")
    return ", ".join([*sorted(set(others) - set(own)), *own])


def metrics_of(queue: Queue, expected: Mapping[str, Any], unit: float = 1.0) -> dict[str, Metric]:
    """What an entry asks of one station, as far as it is known."""
    asked = {name: metric_of(queue, name, expected, unit) for name in expected}
    return {name: of for name, of in asked.items() if of is not None}


def metrics_of_each(queues: Mapping[str, Queue], expected: Mapping[str, Any], unit: float = 1.0) -> dict[str, Metric]:
    """What an entry asks of several stations or classes: in lists, or with their own words behind the names."""
    found: dict[str, Metric] = {}
    for name, value in expected.items():
        if isinstance(value, list) and len(value) == len(queues):
            base = re.sub(r"(_i|_by_class|_per_class|_by_station)$", "", name)
            lists = [metrics_of(queue, {base: one}, unit) for queue, one in zip(queues.values(), value, strict=True)]
            if all(lists):
                found[name] = lambda lists=lists, base=base: [each[base]() for each in lists]
            continue
        for word, queue in queues.items():
            match = re.fullmatch(rf"(.+?)(?:_(?:class|stage|station|gate|n|s)_?|_)?{word}", name)
            if match and (one := metrics_of(queue, {match[1]: value}, unit)):
                found[name] = one[match[1]]
    return found


_QUANTILE = re.compile(r"(Wq|W)_(?:p|q)(\d+(?:\.\d+)?)|(Wq|W)_median")


def is_zero_quantile(path: str, value: Any) -> bool:
    """Whether a quantile of the wait is known to be none: then the share of trucks that do not wait is judged."""
    return _QUANTILE.fullmatch(path.rpartition(".")[2]) is not None and abs(float(value)) < 1e-9


def quantile_share(path: str) -> float:
    """The share of trucks that a quantile stands for."""
    match = _QUANTILE.fullmatch(path.rpartition(".")[2])
    return share_of(match[2]) if match and match[2] else 0.5


def _plain(queue: Queue, expected: Mapping[str, Any]) -> Mapping[str, Metric]:
    return {
        "utilisation": queue.utilisation,
        "idle": lambda: 1 - queue.utilisation(),
        "mean_busy": lambda: queue.utilisation() * queue.servers,
        "P0": lambda: queue.share(0),
        "P_all_busy": lambda: 1 - sum(queue.share(k) for k in range(queue.servers)),
        "P_wait": lambda: queue.longer(0.0),
        "P_no_wait": lambda: 1 - queue.longer(0.0),
        "L": lambda: queue.mean_number("joined", "left"),
        "Lq": lambda: queue.mean_number("joined", "started"),
        "W": queue.time,
        "Wq": queue.wait,
        "N_var": lambda: queue.number_variance(_known(expected, "L")),
        "N_sd": lambda: queue.number_variance(_known(expected, "L")) ** 0.5,
        "Wq_given_wait": lambda: float(queue.waits[queue.waits > 1e-10].mean()),
        "service_mean": lambda: float(queue.services.mean()),
        "service_sd": lambda: float(queue.services.std()),
        "service_var": lambda: float(queue.services.var()),
        "service_cv": lambda: float(queue.services.std() / queue.services.mean()),
        "service_scv": lambda: float(queue.services.var() / queue.services.mean() ** 2),
        "W0": lambda: float((queue.services**2).sum() / 2 / queue.duration),
        "throughput": queue.throughput,
    }


def _known(expected: Mapping[str, Any], name: str) -> float | None:
    """The known mean, about which a variance is taken: about that of a replication it would be too small."""
    return float(expected[name]) if name in expected else None


def _of_times(queue: Queue, name: str, expected: Mapping[str, Any], unit: float) -> Metric | None:
    """Quantiles, tails and spreads of the waits and of the times at the station."""
    if match := _QUANTILE.fullmatch(name):
        if is_zero_quantile(name, expected[name]):
            return lambda: 1 - queue.longer(0.0)
        return partial(_quantile, queue, match[1] or match[3], quantile_share(name))
    if match := re.fullmatch(r"(Wq|W)_(max|var|variance|sd|std|cv|second_moment)", name):
        return partial(_spread, queue, match[1], match[2], _known(expected, match[1]))
    if match := re.fullmatch(r"P\((Wq|W|wait)\s*(<=|<|>=|>)\s*([\d.eE+-]+)\)", name):
        return partial(_tail, queue, "W" if match[1] == "W" else "Wq", match[2], float(match[3]))
    found = re.fullmatch(r"P_(Wq|W|wait)_(over|gt|ge|above|le|lt|under|within)_([\d.]+)_?([a-z]*)", name)
    if found and (not found[4] or found[4] in _HOURS):
        sign = ">" if found[2] in ("over", "gt", "ge", "above") else "<="
        limit = float(found[3]) * (_HOURS[found[4]] / unit if found[4] else 1.0)
        return partial(_tail, queue, "W" if found[1] == "W" else "Wq", sign, limit)
    return None


def _of_number(queue: Queue, name: str, expected: Mapping[str, Any]) -> Metric | None:
    """Chances of the number at the station."""
    value = expected.get(name)
    if re.fullmatch(r"(Wq|W)_quantiles", name) and isinstance(value, Mapping):
        what = name.partition("_")[0]
        return lambda: {k: _quantile(queue, what, _share(k)) for k in value}
    if re.fullmatch(r"(P_n|p_n|P_N|pn|distribution)(_.*)?", name) and isinstance(value, list | tuple):
        ends = re.search(r"(\d+)_to_\d+$", name)
        first = int(ends[1]) if ends else 0
        return lambda: [queue.share(k) for k in range(first, first + len(value))]
    if re.fullmatch(r"(P_n|p_n|P_N|pn|distribution)", name) and isinstance(value, Mapping):
        return lambda: {k: queue.share(int(re.sub(r"\D", "", str(k)))) for k in value}
    if match := re.fullmatch(r"P_?(?:n_?)?(\d+)|P\((?:N|n)\s*={1,2}\s*(\d+)\)|P_(?:N|n)_eq_(\d+)", name):
        return partial(queue.share, int(next(part for part in match.groups() if part)))
    if match := re.fullmatch(r"P_?\(?(?:N|n)_?\s*(<=|<|>=|>|le|lt|ge|gt)_?\s*(\d+)\)?", name):
        return partial(_numbers, queue, match[1], int(match[2]))
    return None


def share_of(digits: str) -> float:
    """p5, p50, p95, p99, p999 and p99.9 as shares."""
    return float(digits) / 100 if "." in digits or len(digits) < 3 else float(f"0.{digits}")


def _share(said: str) -> float:
    """A share by itself, or as per cent."""
    number = float(re.sub(r"[^\d.]", "", said))
    return number if number < 1 else number / 100


def _values(queue: Queue, what: str) -> FloatArray:
    return queue.waits if what == "Wq" else queue.times


def _quantile(queue: Queue, what: str, share: float) -> float:
    return queue.quantile(share, _values(queue, what))


def _spread(queue: Queue, what: str, how: str, about: float | None) -> float:
    values = _values(queue, what)
    middle = float(values.mean()) if about is None else about
    match how:
        case "max":
            return float(values[-1])
        case "second_moment":
            return float((values**2).mean())
        case "var" | "variance":
            return float(((values - middle) ** 2).mean())
        case "cv":
            return float(((values - middle) ** 2).mean()) ** 0.5 / middle
    return float(((values - middle) ** 2).mean()) ** 0.5


def _tail(queue: Queue, what: str, sign: str, limit: float) -> float:
    values = _values(queue, what)
    # a thousandth of a ms is nothing
    side, slack = ("right", 1e-10) if sign in ("<=", ">") else ("left", -1e-10)
    below = float(np.searchsorted(values, limit + slack, side=side)) / len(values)  # type: ignore[call-overload]
    return below if sign in ("<", "<=") else 1 - below


def _numbers(queue: Queue, sign: str, number: int) -> float:
    low = {"<": number, "lt": number, ">=": number, "ge": number}.get(sign, number + 1)
    below = sum(queue.share(k) for k in range(low))
    return below if sign in ("<", "<=", "lt", "le") else 1 - below
