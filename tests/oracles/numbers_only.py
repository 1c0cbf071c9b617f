"""Laws of durations and output statistics."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from sim.measure import statistics

from . import laws
from .case import scenario
from .entries import Entry, Row, exact, sampled, unknown
from .exact import compared
from .lab import Lab
from .metrics import share_of
from .stays import FloatArray
from .transient import jackknife

_BATCHES = 50


def distribution(entry: Entry, lab: Lab) -> list[Row]:
    """A law of service: durations of many trucks served at once."""
    p = dict(entry.parameters)
    words = p if {"type", "law", "distribution"} & set(p) else p | {"type": _named(entry.system)}
    trucks = 100_000 if lab.is_quick else 1_000_000
    case = scenario(
        entry.id, entry.system, length="100000 h",
        stations={"gate": {"servers": "unlimited", "service": laws.law(words)}},
        routes={"trucks": [{"at": "gate"}]}, flows={"trucks": {"bursts": [{"at": "0 h", "trucks": trucks}]}},
    )  # fmt: skip
    run = lab.run(case)
    gate = run.at("gate")
    drawn = run.units(gate.ended) - run.units(gate.started)
    drawn = drawn[~np.isnan(drawn)]
    stated = _stated(laws.law(words))
    return [
        exact(entry, metric, stated[metric], within=1e-6) if metric in stated else _moment(entry, metric, value, drawn)
        for metric, value in entry.expected.items()
    ]


def _named(system: str) -> str:
    """The law that the words of an entry name; lognormal if none."""
    words = re.findall(r"[a-z]+", system.lower())
    return next((word for word in words if word in laws.WORDS and len(word) > 3), "lognormal")


def _stated(law: Any) -> dict[str, float]:
    """Parameters of the law as the scenario states it, or that follow from these alone. [h]"""
    match law:
        case {"law": "gamma", "cv": cv, "mean": _}:
            return {"shape": cv**-2, "scale": laws.hours(law["mean"]) * cv**2}
        case {"law": "weibull", "shape": shape}:
            return {"shape": shape, "scale": laws.hours(law["scale"])}
        case {"law": "erlang", "k": k}:
            return {"k": k, "shape": k, "rate": k / laws.hours(law["mean"])}
        case {"law": "exponential"}:
            return {"rate": 1 / laws.hours(law["mean"])}
    return {}


def _moment(entry: Entry, metric: str, value: float, drawn: FloatArray) -> Row:
    logs: FloatArray = np.log(np.maximum(drawn, 1e-12))
    spread: Callable[[float, float], float] = lambda a, b: math.sqrt(max(0.0, b - a * a))  # noqa: E731
    plain = {"mean": drawn, "third_moment": drawn**3, "second_moment": drawn**2, "log_mean": logs}
    smooth: dict[str, tuple[FloatArray, Callable[[float, float], float]]] = {
        "variance": (drawn, lambda a, b: b - a * a),
        "sd": (drawn, spread),
        "cv": (drawn, lambda a, b: math.sqrt(max(0.0, b - a * a)) / a),
        "scv": (drawn, lambda a, b: (b - a * a) / a**2),
        "log_sd": (logs, spread),
    }
    if metric in plain:
        return sampled(entry, metric, [part.mean() for part in np.array_split(plain[metric], _BATCHES)], value)
    if metric in smooth:
        values, of = smooth[metric]
        return sampled(entry, metric, jackknife(np.column_stack([values, values**2]), of), value)
    if match := re.fullmatch(r"(?:p|q|quantile_)(\d+(?:\.\d+)?)|(median)", metric):
        share = share_of(match[1]) if match[1] else 0.5
        return sampled(entry, metric, [np.quantile(part, share) for part in np.array_split(drawn, _BATCHES)], value)
    if match := re.fullmatch(r"P\(X\s*(<=|>)\s*([\d.]+)\)", metric):
        below = drawn <= float(match[2]) + 1e-10
        hits = below if match[1] == "<=" else ~below
        return sampled(entry, metric, [part.mean() for part in np.array_split(hits, _BATCHES)], value)
    return unknown(entry, metric, value, [*plain, *smooth, "p50", "median", "P(X<=5)", "shape", "scale", "rate"])


def intervals(entry: Entry, lab: Lab) -> list[Row]:
    """The program's own intervals, quantiles and time averages."""
    p = entry.parameters
    found: dict[str, Any] = _paired(p) if "A" in p else {}
    if "times" in p:
        found |= _over_time(p)
    elif "values" in p:
        found |= _one_sample(p["values"])
    return compared(entry, found)


def _over_time(p: dict[str, Any]) -> dict[str, Any]:
    """The time average of a step function given by its times and the values from then on."""
    times = np.array(p["times"], np.float64)
    values = next(np.array(p[k], np.float64) for k in p if k != "times" and isinstance(p[k], list))[: len(times)]
    end = next((float(p[k]) for k in ("end", "horizon", "until", "T", "t_end") if k in p), float(times[-1]))
    start = next((float(p[k]) for k in ("start", "from", "t_start", "warm_up", "warmup") if k in p), float(times[0]))
    average = statistics.time_average(times[: len(values)], values, start=start, end=end)  # type: ignore[arg-type]
    names = ("time_average", "time_avg", "time_weighted_mean", "mean", "average", "L", "time_avg_queue")
    return dict.fromkeys(names, average) | {
        "max": values.max(),
        "plain_mean": values.mean(),
        "integral": average * (end - start),
    }


def _one_sample(values: list[float]) -> dict[str, Any]:
    whole = statistics.mean_interval(values)
    found: dict[str, Any] = {
        "mean": whole.mean,
        "sd": whole.sd,
        "se": whole.se,
        "n": whole.n,
        "low": whole.low,
        "high": whole.high,
    }
    found["variance"] = None if whole.sd is None else whole.sd**2
    found |= {
        f"halfwidth_{level}": statistics.mean_interval(values, level=level / 100).halfwidth
        for level in (80, 90, 95, 98, 99, 99.9)
    }
    found |= {"min": min(values), "max": max(values), "median": statistics.quantile(values, 0.5)}
    for share in (*range(1, 100), 2.5, 97.5, 99.9):
        names = (
            f"p{share:02}",
            f"p{share}",
            f"q{share}",
            f"quantile_{share}",
            f"quantile_{share / 100:g}",
            f"q{share / 100:g}",
        )
        found |= dict.fromkeys(names, statistics.quantile(values, share / 100))
    return found


def _paired(p: dict[str, Any]) -> dict[str, Any]:
    ours, theirs = p["A"], p["B"]
    pairs = statistics.paired_interval(ours, theirs)
    found: dict[str, Any] = {"mean_diff": pairs.mean, "sd_diff": pairs.sd, "se_diff": pairs.se}
    for level in (90, 95, 99):
        found[f"halfwidth_{level}"] = statistics.paired_interval(ours, theirs, level=level / 100).halfwidth
        found[f"unpaired_welch_halfwidth_{level}"] = statistics.welch_interval(
            ours, theirs, level=level / 100
        ).halfwidth
    return found | {"correlation": statistics.correlation(ours, theirs)}
