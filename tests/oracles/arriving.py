"""Arrivals alone: counts in windows of the day, shares of classes, when the trucks of a day come."""

import re
from typing import Any

import numpy as np

from .case import per_hour, scenario
from .demands import demand_of
from .entries import Entry, Row, number, sampled, unknown
from .lab import Lab
from .stays import FloatArray, IntArray
from .transient import jackknife


def counts(entry: Entry, lab: Lab) -> list[Row]:
    """Arrivals alone: counts in windows of the day, and when the trucks of a day come."""
    p = entry.parameters
    days = 2_000 if lab.is_quick else 10_000
    rates = [float(number(r)) for r in p.get("rates", ())] if entry.kind == "nhpp_class" else []
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


def _windows(entry: Entry, hours: FloatArray, days: int) -> list[Row]:
    day, clock = np.floor(hours / 24).astype(np.int64), hours % 24
    rows = []
    for metric, value in entry.expected.items():
        window = re.fullmatch(r"\[(.+),(.+)\)", metric) or re.fullmatch(r"(Lambda)\((.+)\)", metric)
        if window or metric in ("per_day", "total", "total_per_day"):
            low, high = (
                (0.0, 24.0)
                if window is None
                else (0.0 if window[1] == "Lambda" else float(window[1]), float(window[2]))
            )
            number = np.bincount(day[(clock >= low) & (clock < high)], minlength=days)
            rows.append(sampled(entry, metric, number, value))
            if value == 0:
                continue
            batches = np.array_split(number, 100)
            rows.append(sampled(entry, f"{metric} variance/mean", [b.var(ddof=1) / b.mean() for b in batches], 1))
        elif metric == "mean_arrival_time":
            number = np.bincount(day, minlength=days)
            total = np.bincount(day, weights=clock, minlength=days)
            pairs = np.column_stack([total, number])
            rows.append(sampled(entry, metric, jackknife(pairs, lambda t, n: t / n), value))
        elif metric == "median_arrival_time":
            rows.append(sampled(entry, metric, [float(np.median(clock[day % 50 == k])) for k in range(50)], value))
        else:
            rows.append(unknown(entry, metric, value, _KNOWN))
    return rows


_KNOWN = ("[6,9)", "Lambda(9)", "per_day", "mean_arrival_time", "median_arrival_time")


def _classes(entry: Entry, hours: FloatArray, flow: IntArray, days: int) -> list[Row]:
    hour = np.floor(hours).astype(np.int64)
    each = [np.bincount(hour[flow == k], minlength=days * 24) for k in range(len(entry.parameters["rates"]))]
    total = np.sum(each, axis=0)
    first = flow[np.unique(hour, return_index=True)[1]]
    found: dict[str, Any] = {"total_rate": total, "per_hour_variance_total": _variances(total)}
    for k, number_of in enumerate(each):
        found[f"P_first_arrival_is_class{k + 1}"] = first == k
        found[f"rate_class{k + 1}"] = number_of
        found[f"per_hour_variance_class{k + 1}"] = _variances(number_of)
    rows = []
    for metric, value in entry.expected.items():
        if metric == "class_shares":
            for k, share in enumerate(value):
                pairs = np.column_stack([each[k], total]).astype(np.float64)
                rows.append(sampled(entry, f"{metric}[{k}]", jackknife(pairs, lambda n, m: n / m), share))
        elif metric in found:
            rows.append(sampled(entry, metric, np.asarray(found[metric], np.float64), value))
        else:
            rows.append(unknown(entry, metric, value, ["class_shares", *found]))
    return rows


def _variances(number_of: IntArray) -> list[float]:
    return [float(batch.var(ddof=1)) for batch in np.array_split(number_of, 100)]
