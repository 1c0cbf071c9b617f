"""Arrivals alone: counts in windows of the day, shares of classes, when the trucks of a day come."""

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from .case import per_hour, scenario
from .demands import demand_of
from .entries import Entry, Row, number, real, sampled, unknown
from .lab import Lab
from .stays import FloatArray, IntArray
from .transient import jackknife


def counts(entry: Entry, lab: Lab) -> list[Row]:
    """Arrivals alone: counts in windows of the day, and when the trucks of a day come."""
    p = entry.parameters
    days = 2_000 if lab.is_quick else 10_000
    rates = _rates_of_classes(p) if entry.kind == "nhpp_class" else []
    flows = {f"class-{k + 1}": {"route": "trucks", "rate": per_hour(r)} for k, r in enumerate(rates)} or {
        "trucks": demand_of(p)
    }
    case = scenario(
        entry.id, entry.system, length=f"{days} d", stations={"gate": {"servers": "unlimited", "service": "1 min"}},
        routes={"trucks": [{"at": "gate"}]}, flows=flows,
    )  # fmt: skip
    run = lab.run(case)
    hours, flow = run.units(run.plan.trucks.arrived), run.plan.trucks.flow
    return _classes(entry, hours, flow, days) if rates else _windows(entry, hours, days)


def _rates_of_classes(p: Mapping[str, Any]) -> list[float]:
    """The rate of each class, by itself or as a share of all."""
    listed = next((p[name] for name in ("rates", "arrival_rates", "class_rates") if name in p), None)
    if listed is not None:
        return [float(number(r)) for r in listed]
    shares = next((p[name] for name in ("shares", "class_shares", "mix", "p") if name in p), ())
    total = next((p[name] for name in ("total_rate", "arrival_rate", "rate") if name in p), 1)
    return [float(number(total) * number(share)) for share in shares]


def _windows(entry: Entry, hours: FloatArray, days: int) -> list[Row]:
    hours = np.sort(hours)
    day, clock = np.floor(hours / 24).astype(np.int64), hours % 24
    number_of = np.bincount(day, minlength=days)
    rows = []
    for metric, value in entry.expected.items():
        window = re.fullmatch(r"(?P<var>Var|variance|var)?[ (]*\[(?P<low>.+),(?P<high>.+)\)\)?", metric)
        until = re.fullmatch(r"(?:Lambda|m|E\[?N\]?)\((?P<high>[\d.]+)\)", metric)
        if window or until or metric in _A_DAY:
            match = window or until
            counted = _counted(
                hours, real(window["low"]) if window else 0.0, real(match["high"]) if match else 24, days
            )
            if window and window["var"]:
                rows.append(sampled(entry, metric, [b.var(ddof=1) for b in np.array_split(counted, 100)], value))
                continue
            rows.append(sampled(entry, metric, counted, value))
            if value:
                rows.append(_dispersion(entry, f"{metric} variance/mean", counted, 1))
        elif metric in ("index_of_dispersion", "dispersion"):
            rows.append(_dispersion(entry, metric, number_of, value))
        elif metric in ("mean_arrival_time", "mean_time"):
            total = np.bincount(day, weights=clock, minlength=days)
            pairs = np.column_stack([total, number_of])
            rows.append(sampled(entry, metric, jackknife(pairs, lambda t, n: t / n), value))
        elif match := re.fullmatch(r"(?:median|(?:p|q|quantile_)(\d+))_arrival_time(?:_(\d+))?", metric):
            share = float(match[1] or match[2] or 50) / 100
            parts = [float(np.quantile(clock[day % 50 == k], share)) for k in range(50)]
            rows.append(sampled(entry, metric, parts, value))
        else:
            rows.append(unknown(entry, metric, value, _KNOWN))
    return rows


def _counted(hours: FloatArray, low: float, high: float, days: int) -> IntArray:
    """How many come in a window that counts from midnight of each day, of every second or third if it is longer."""
    apart = max(1, math.ceil(high / 24))
    begins = 24.0 * np.arange(0, days - apart + 1, apart)
    found: IntArray = np.searchsorted(hours, begins + high) - np.searchsorted(hours, begins + low)
    return found


def _dispersion(entry: Entry, metric: str, counted: IntArray, value: float) -> Row:
    """Variance over mean of the counts of days."""
    return sampled(entry, metric, [b.var(ddof=1) / b.mean() for b in np.array_split(counted, 100)], value)


_A_DAY = ("per_day", "total", "total_per_day")
_KNOWN = ("[6,9)", "Lambda(9)", "per_day", "mean_arrival_time", "median_arrival_time", "p90_arrival_time",
          "variance[6,9)", "index_of_dispersion")  # fmt: skip


def _classes(entry: Entry, hours: FloatArray, flow: IntArray, days: int) -> list[Row]:
    hour = np.floor(hours).astype(np.int64)
    each = [np.bincount(hour[flow == k], minlength=days * 24) for k in range(int(flow.max()) + 1)]
    total = np.sum(each, axis=0)
    first = flow[np.unique(hour, return_index=True)[1]]
    found: dict[str, Any] = {"total_rate": total, "per_hour_variance_total": _variances(total)}
    found |= dict.fromkeys(("per_hour_mean_total", "rate_total"), total)
    for k, number_of in enumerate(each):
        found[f"per_hour_mean_class{k + 1}"] = number_of
        found[f"P_first_arrival_is_class{k + 1}"] = first == k
        found[f"rate_class{k + 1}"] = number_of
        found[f"per_hour_variance_class{k + 1}"] = _variances(number_of)
    rows = []
    for metric, value in entry.expected.items():
        if metric == "class_shares":
            for k, share in enumerate(value):
                pairs = np.column_stack([each[k], total]).astype(np.float64)
                rows.append(sampled(entry, f"{metric}[{k}]", jackknife(pairs, lambda n, m: n / m), share))
        elif metric in ("rates", "class_rates"):
            rows += [sampled(entry, f"{metric}[{k}]", each[k], rate) for k, rate in enumerate(value)]
        elif metric in found:
            rows.append(sampled(entry, metric, np.asarray(found[metric], np.float64), value))
        else:
            rows.append(unknown(entry, metric, value, ["class_shares", *found]))
    return rows


def _variances(number_of: IntArray) -> list[float]:
    return [float(batch.var(ddof=1)) for batch in np.array_split(number_of, 100)]
