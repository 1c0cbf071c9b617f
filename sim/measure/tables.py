"""The tables of a run: each statistic taken in every replication first, then its mean and interval over them.

Columns, units and rules are described in docs/outputs.md.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from sim.measure.axes import DIRECTIONS, Axes, local_text
from sim.measure.bookings import bookings_table
from sim.measure.causes import CAUSES
from sim.measure.growth import growth_table
from sim.measure.metrics import RunMeasures
from sim.measure.money import money_table
from sim.measure.rows import band, frame, groups, means, of_mean, schema, totals, with_bounds
from sim.measure.shared_rows import (
    backlogs,
    cause_rows,
    cause_sums,
    evening_medians,
    inside_rows,
    is_evening,
    peak_rows,
    per_day_rows,
    usual_evenings,
    utilisation_rows,
    wait_rows,
)
from sim.trace import Outcome

_MINUTE = 60_000
_RUNS_SHOWN = 10
_INTERVAL = "mean:f low:f high:f n:i"


def tables(runs: Sequence[RunMeasures]) -> dict[str, pl.DataFrame]:
    """Every table of a run by name, from the measures of its replications in any order; at least one."""
    runs = _same_reasons(sorted(runs, key=lambda run: run.replication))
    return {
        "waits": _waits(runs),
        **_throughput(runs),
        **_backlog(runs),
        "growth": growth_table(runs),
        "occupancy": _occupancy(runs),
        "road": _road(runs),
        "utilisation": _utilisation(runs),
        **_peaks(runs),
        "inside_at_end": _inside_at_end(runs),
        "outcomes": _outcomes(runs),
        **_causes(runs),
        "money": money_table(runs[0].axes, [run.money for run in runs]),
        "bookings": bookings_table([run.bookings for run in runs]),
    }


def _same_reasons(runs: Sequence[RunMeasures]) -> list[RunMeasures]:
    """The runs with one list of reasons; each run knows only the reasons of ways that its trucks could take."""
    reasons = tuple(sorted({reason for run in runs for reason in run.axes.reasons}))
    axes = replace(runs[0].axes, reasons=reasons)
    found = []
    for run in runs:
        place = np.array([*(reasons.index(r) for r in run.axes.reasons), -1], np.int64)
        key = run.outcomes.key.copy()
        key[:, 4] = place[key[:, 4]]
        found.append(replace(run, axes=axes, outcomes=replace(run.outcomes, key=key)))
    return found


def _waits(runs: Sequence[RunMeasures]) -> pl.DataFrame:
    columns = "gate:s direction:s cargo:s station:s measure:s n_trucks:f n_censored:f mean:f median:f p90:f p95:f "
    bounds = " ".join(f"{name}_{end}:f" for name in ("median", "p90") for end in ("low", "high"))
    return frame(wait_rows(runs, stations=True), schema(f"{columns}share_over_24h:f low:f high:f n:i {bounds}"), 5)


# --------------------------------------------------------------------------- crossings and backlog by time


def _throughput(runs: Sequence[RunMeasures]) -> dict[str, pl.DataFrame]:
    axes = runs[0].axes
    found = totals(axes, [run.crossed for run in runs], 1, lambda ax, rest: [(ax.dates[rest[0]],)])
    nothing = [0] * len(runs)
    by_date = []
    for gate, direction in sorted({(g, d) for g, d, _ in groups(axes)}):
        for date in axes.dates:
            own = np.array(found.get((gate, direction, "", date), nothing))
            p10, p90 = band(own, 0.1, 0.9)
            by_date.append({"date": date, "gate": gate, "direction": direction, **of_mean(own), "p10": p10, "p90": p90})
    return {
        "throughput": frame(by_date, schema("date:s gate:s direction:s mean:f low:f high:f p10:f p90:f n:i"), 3),
        "throughput_mean": frame(per_day_rows(runs), schema(f"gate:s direction:s cargo:s {_INTERVAL}"), 3),
    }


def _backlog(runs: Sequence[RunMeasures]) -> dict[str, pl.DataFrame]:
    axes = runs[0].axes
    time, at_20 = axes.hour_names, is_evening(axes)
    dates = [name[:10] for name, is_at_20 in zip(time, at_20.tolist(), strict=True) if is_at_20]
    hourly, evening = [], []
    for (gate, direction), waiting in backlogs(runs).items():
        hourly.append(_hourly(time, {"gate": gate, "direction": direction}, waiting))
        evening.append(_evening(dates, gate, direction, waiting[:, at_20]))
    singles = _backlog_of_runs(runs, time)
    return {
        "backlog": pl.concat(hourly).sort("time", "gate", "direction"),
        "backlog_20h": pl.concat(evening).sort("date", "gate", "direction"),
        "backlog_20h_median": frame(usual_evenings(runs), schema("gate:s direction:s median:f low:f high:f n:i"), 2),
        "runs_backlog": singles,
    }


def _hourly(time: list[str], key: dict[str, str], values: Any) -> pl.DataFrame:
    p10, p50, p90 = band(values, 0.1, 0.5, 0.9)
    columns = {"time": time, **{name: [value] * len(time) for name, value in key.items()}, "mean": means(values)[0],
               "p10": p10, "p50": p50, "p90": p90, "n": [len(values)] * len(time)}  # fmt: skip
    return frame(columns, schema("time:s gate:s direction:s mean:f p10:f p50:f p90:f n:i"), 1)


def _evening(dates: list[str], gate: str, direction: str, values: Any) -> pl.DataFrame:
    columns = {"date": dates, "gate": [gate] * len(dates), "direction": [direction] * len(dates)}
    columns |= with_bounds(values) | {"median": evening_medians(values)}
    return frame(columns, schema("date:s gate:s direction:s mean:f low:f high:f median:f n:i"), 1)


def _backlog_of_runs(runs: Sequence[RunMeasures], time: list[str]) -> pl.DataFrame:
    shown = runs[:_RUNS_SHOWN]
    waiting = [run.backlog[:, DIRECTIONS.index("export")].sum(axis=0) for run in shown]
    columns = {
        "time": time * len(shown),
        "replication": np.repeat([run.replication for run in shown], len(time)),
        "waiting": np.concatenate(waiting),
    }
    return frame(columns, schema("time:s replication:i waiting:i"), 2)


def _occupancy(runs: Sequence[RunMeasures]) -> pl.DataFrame:
    axes = runs[0].axes
    waiting = np.stack([run.waiting for run in runs]).reshape(len(runs), -1)
    inside = np.stack([run.inside for run in runs]).reshape(len(runs), -1)
    p10, p90 = band(inside, 0.1, 0.9)
    time = axes.hour_names
    columns = {
        "time": time * len(axes.stations), "station": np.repeat(list(axes.stations), len(time)),
        "waiting_mean": means(waiting)[0], "inside_mean": means(inside)[0], "p10": p10, "p90": p90,
        "n": [len(runs)] * inside.shape[1],
    }  # fmt: skip
    return frame(columns, schema("time:s station:s waiting_mean:f inside_mean:f p10:f p90:f n:i"), 2)


def _road(runs: Sequence[RunMeasures]) -> pl.DataFrame:
    axes = runs[0].axes
    time, parts = axes.hour_names, []
    columns = schema("time:s station:s mean:f p10:f p90:f n:i")
    for number, km in enumerate(axes.road_km):
        if km > 0:
            standing = np.stack([run.standing[number] for run in runs])
            p10, p90 = band(standing * km, 0.1, 0.9)
            part = {"time": time, "station": [axes.stations[number]] * len(time), "mean": means(standing)[0] * km,
                    "p10": p10, "p90": p90, "n": [len(runs)] * len(time)}  # fmt: skip
            parts.append(frame(part, columns, 2))
    return pl.concat([frame({}, columns, 2), *parts]).sort("time", "station")


# --------------------------------------------------------------------------------------- stations, peaks


def _utilisation(runs: Sequence[RunMeasures]) -> pl.DataFrame:
    return frame(utilisation_rows(runs), schema(f"station:s gate:s servers_mean:f open_hours:f {_INTERVAL}"), 2)


def _peaks(runs: Sequence[RunMeasures]) -> dict[str, pl.DataFrame]:
    axes, rows = runs[0].axes, []
    for found in zip(*(run.peaks for run in runs), strict=True):
        what = {"what": found[0].what, "key": found[0].key}
        for run, peak in zip(runs, found, strict=True):
            at = local_text(axes.start + peak.at, axes.zone)
            rows.append({**what, "replication": run.replication, "peak": float(peak.peak), "at": at})
    return {
        "peaks": frame(rows, schema("what:s key:s replication:i peak:f at:s"), 3),
        "peaks_summary": frame(peak_rows(runs), schema("what:s key:s median:f p10:f p90:f n:i low:f high:f"), 2),
    }


# ---------------------------------------------------------------------------------- fates and causes


def _inside_at_end(runs: Sequence[RunMeasures]) -> pl.DataFrame:
    return frame(inside_rows(runs, stations=True), schema(f"gate:s direction:s cargo:s station:s {_INTERVAL}"), 4)


def _outcomes(runs: Sequence[RunMeasures]) -> pl.DataFrame:
    axes = runs[0].axes

    def fates(ax: Axes, rest: tuple[int, ...]) -> list[tuple[str, ...]]:
        outcome, reason = rest
        return [(Outcome(outcome).name.lower(), ax.reasons[reason] if reason >= 0 else "")]

    found = totals(axes, [run.outcomes for run in runs], 0, fates)
    always = [(*g, Outcome(o).name.lower(), "") for g in groups(axes) for o in (Outcome.CROSSED, Outcome.INSIDE)]
    found |= {key: [0] * len(runs) for key in always if key not in found}
    names = ("gate", "direction", "cargo", "outcome", "reason")
    rows = [dict(zip(names, key, strict=True), **of_mean(n)) for key, n in found.items()]
    return frame(rows, schema(f"gate:s direction:s cargo:s outcome:s reason:s {_INTERVAL}"), 5)


def _causes(runs: Sequence[RunMeasures]) -> dict[str, pl.DataFrame]:
    found = cause_sums(runs, stations=True)
    by_cause = {c: found["", "", "", "", c] for c in CAUSES}
    sums = {"replication": [r.replication for r in runs], "waited_ms": [r.waited_ms for r in runs], **by_cause}
    return {
        "causes": frame(cause_rows(found), schema(f"gate:s direction:s cargo:s station:s cause:s {_INTERVAL}"), 5),
        "cause_total": frame(sums, dict.fromkeys(sums, pl.Int64), 1),
    }
