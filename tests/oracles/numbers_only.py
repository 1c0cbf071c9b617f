"""Laws of durations."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from . import laws
from .case import scenario
from .entries import Entry, Row, exact, sampled, unknown
from .lab import Lab
from .metrics import share_of
from .stays import FloatArray
from .transient import jackknife

_BATCHES = 50


def distribution(entry: Entry, lab: Lab) -> list[Row]:
    """A law of service: durations of many trucks served at once."""
    p = entry.parameters
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
    if metric in ("skewness", "skew"):
        # about the known mean and spread where there are any: powers of a sample's own are far from normal
        middle, scale = _known(entry, drawn)
        third = ((drawn - middle) / scale) ** 3
        return sampled(entry, metric, [part.mean() for part in np.array_split(third, _BATCHES)], value)
    if match := re.fullmatch(r"(?:p|q|quantile_)(\d+(?:\.\d+)?)|(median)", metric):
        share = share_of(match[1]) if match[1] else 0.5
        return sampled(entry, metric, [np.quantile(part, share) for part in np.array_split(drawn, _BATCHES)], value)
    if match := re.fullmatch(r"P\(X\s*(<=|>)\s*([\d.]+)\)", metric):
        below = drawn <= float(match[2]) + 1e-10
        hits = below if match[1] == "<=" else ~below
        return sampled(entry, metric, [part.mean() for part in np.array_split(hits, _BATCHES)], value)
    return unknown(entry, metric, value, [*plain, *smooth, "p50", "median", "P(X<=5)", "shape", "scale", "rate"])


def _known(entry: Entry, drawn: FloatArray) -> tuple[float, float]:
    """Mean and standard deviation, as the answers give them, or of the sample."""
    known = entry.expected
    spread = known.get("sd", math.sqrt(known["variance"]) if "variance" in known else drawn.std())
    return float(known.get("mean", drawn.mean())), float(spread)
