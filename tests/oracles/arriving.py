"""Arrivals alone: counts in windows of the day, shares of classes, when the trucks of a day come."""

import re
from typing import Any

import numpy as np

from .case import per_hour, scenario
from .entries import Entry, Row, holds, sampled
from .lab import Lab
from .stays import FloatArray, IntArray
from .transient import demand_of, jackknife


def counts(entry: Entry, lab: Lab) -> list[Row]:
    """Arrivals alone: counts in windows of the day, and when the trucks of a day come."""
    p = entry.parameters
    days = 2_000 if lab.is_quick else 10_000
    rates = [float(r) for r in p.get("rates", ())]
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
        if window or metric == "per_day":
            low, high = (
                (0.0, 24.0)
                if window is None
                else (0.0 if window[1] == "Lambda" else float(window[1]), float(window[2]))
            )
            number = np.bincount(day[(clock >= low) & (clock < high)], minlength=days)
            rows.append(sampled(entry, metric, number, value))
            batches = np.array_split(number, 100)
            rows.append(sampled(entry, f"{metric} variance/mean", [b.var(ddof=1) / b.mean() for b in batches], 1))
        elif metric == "mean_arrival_time":
            number = np.bincount(day, minlength=days)
            total = np.bincount(day, weights=clock, minlength=days)
            pairs = np.column_stack([total, number])
            rows.append(sampled(entry, metric, jackknife(pairs, lambda t, n: t / n), value))
        elif metric == "median_arrival_time":
            rows.append(sampled(entry, metric, [float(np.median(clock[day % 50 == k])) for k in range(50)], value))
        elif metric != "law":
            rows.append(holds(metric, str(value), ["not computed"]))
    return rows


def _classes(entry: Entry, hours: FloatArray, flow: IntArray, days: int) -> list[Row]:
    hour = np.floor(hours).astype(np.int64)
    each = [np.bincount(hour[flow == k], minlength=days * 24) for k in range(len(entry.parameters["rates"]))]
    total = np.sum(each, axis=0)
    found: dict[str, Any] = {
        "total_rate": total,
        "per_hour_variance_total": [b.var(ddof=1) for b in np.array_split(total, 100)],
        "P_first_arrival_is_class1": flow[np.unique(hour, return_index=True)[1]] == 0,
    }
    rows = []
    for metric, value in entry.expected.items():
        if metric == "class_shares":
            for k, share in enumerate(value):
                pairs = np.column_stack([each[k], total]).astype(np.float64)
                rows.append(sampled(entry, f"{metric}[{k}]", jackknife(pairs, lambda n, m: n / m), share))
        elif metric in found:
            rows.append(sampled(entry, metric, np.asarray(found[metric], np.float64), value))
        else:
            rows.append(holds(metric, str(value), ["not computed"]))
    return rows
