"""Laws of durations and output statistics."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from sim.measure import statistics

from . import laws
from .case import scenario
from .entries import Entry, Row, exact, holds, sampled
from .lab import Lab
from .stays import FloatArray
from .transient import jackknife

_BATCHES = 50


def distribution(entry: Entry, lab: Lab) -> list[Row]:
    """A law of service: durations of many trucks served at once."""
    p = dict(entry.parameters)
    words = p if "type" in p else p | {"type": "lognormal"}
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
    return [_moment(entry, metric, value, drawn) for metric, value in entry.expected.items()]


def _moment(entry: Entry, metric: str, value: float, drawn: FloatArray) -> Row:
    logs: FloatArray = np.log(np.maximum(drawn, 1e-12))
    spread: Callable[[float, float], float] = lambda a, b: math.sqrt(b - a * a)  # noqa: E731
    plain = {"mean": drawn, "third_moment": drawn**3, "second_moment": drawn**2, "log_mean": logs}
    smooth: dict[str, tuple[FloatArray, Callable[[float, float], float]]] = {
        "variance": (drawn, lambda a, b: b - a * a),
        "sd": (drawn, spread),
        "cv": (drawn, lambda a, b: math.sqrt(b - a * a) / a),
        "log_sd": (logs, spread),
    }
    if metric in plain:
        return sampled(entry, metric, [part.mean() for part in np.array_split(plain[metric], _BATCHES)], value)
    if metric in smooth:
        values, of = smooth[metric]
        return sampled(entry, metric, jackknife(np.column_stack([values, values**2]), of), value)
    if match := re.fullmatch(r"p(\d+)", metric):
        share = float(f"0.{match[1]}")
        return sampled(entry, metric, [np.quantile(part, share) for part in np.array_split(drawn, _BATCHES)], value)
    return holds(metric, str(value), ["not computed"])


def intervals(entry: Entry, lab: Lab) -> list[Row]:
    """The program's own intervals, quantiles and time averages."""
    p = entry.parameters
    found: dict[str, Any] = _paired(p) if "A" in p else {}
    if "times" in p:
        found |= _over_time(p)
    elif "values" in p:
        found |= _one_sample(p["values"])
    return [
        exact(entry, metric, found[metric]) if metric in found else holds(metric, str(value), ["not computed"])
        for metric, value in entry.expected.items()
    ]


def _over_time(p: dict[str, Any]) -> dict[str, Any]:
    """The time average of a step function given by its times and the values from then on."""
    times = np.array(p["times"], np.float64)
    values = next(np.array(p[k], np.float64) for k in p if k != "times" and isinstance(p[k], list))[: len(times)]
    end = next((float(p[k]) for k in ("end", "horizon", "until", "T") if k in p), float(times[-1]))
    average = statistics.time_average(times, values, start=float(times[0]), end=end)  # type: ignore[arg-type]
    return dict.fromkeys(("time_average", "time_avg", "mean", "average", "L"), average) | {"max": values.max()}


def _one_sample(values: list[float]) -> dict[str, Any]:
    whole = statistics.mean_interval(values)
    found: dict[str, Any] = {"mean": whole.mean, "sd": whole.sd, "se": whole.se, "n": whole.n}
    found |= {
        f"halfwidth_{level}": statistics.mean_interval(values, level=level / 100).halfwidth
        for level in (80, 90, 95, 98, 99)
    }
    found |= {"min": min(values), "max": max(values), "median": statistics.quantile(values, 0.5)}
    for share in range(1, 100):
        found |= dict.fromkeys(
            (f"p{share}", f"q{share}", f"quantile_{share}"), statistics.quantile(values, share / 100)
        )
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
