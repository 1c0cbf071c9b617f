"""The tables of a run: each statistic taken in every replication first, then its mean and interval over them.

Columns, units and rules are described in docs/outputs.md.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from sim.measure.axes import DIRECTIONS, HOUR, Axes, local_text
from sim.measure.bookings import bookings_table
from sim.measure.bootstrap import median_of_medians_bounds
from sim.measure.causes import CAUSES
from sim.measure.groups import Spread
from sim.measure.growth import growth_table
from sim.measure.metrics import UNDER_WAY, RunMeasures
from sim.measure.money import money_table
from sim.measure.rows import Row, band, frame, groups, means, named, of_mean, schema, totals, with_bounds
from sim.measure.statistics import quantile_bounds
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


# ------------------------------------------------------------------------------------------------ waits


def _waits(runs: Sequence[RunMeasures]) -> pl.DataFrame:
    axes, rows = runs[0].axes, []
    for measure in ("wait", "time"):
        found = [_by_key(axes, getattr(run, f"{measure}s")) for run in runs]
        keys = {(*group, "") for group in groups(axes)} | {key for part in found for key in part}
        names = ("gate", "direction", "cargo", "station")
        rows += [dict(zip(names, key, strict=True), measure=measure, **_spread(key, found)) for key in keys]
    columns = "gate:s direction:s cargo:s station:s measure:s n_trucks:f n_censored:f mean:f median:f p90:f p95:f "
    bounds = " ".join(f"{name}_{end}:f" for name in ("median", "p90") for end in ("low", "high"))
    return frame(rows, schema(f"{columns}share_over_24h:f low:f high:f n:i {bounds}"), 5)


def _by_key(axes: Axes, spread: Spread) -> dict[tuple[str, ...], tuple[float, ...]]:
    stations = ("", *axes.stations)
    columns = (spread.n, spread.censored, spread.total / _MINUTE / np.maximum(spread.n, 1), spread.median / _MINUTE,
               spread.p90 / _MINUTE, spread.p95 / _MINUTE, spread.over_24h / np.maximum(spread.n, 1))  # fmt: skip
    keys = [(*named(axes, key[:3]), stations[key[3] + 1]) for key in spread.key.tolist()]
    return dict(zip(keys, zip(*(c.tolist() for c in columns), strict=True), strict=True))


def _spread(key: tuple[str, ...], found: Sequence[dict[tuple[str, ...], tuple[float, ...]]]) -> Row:
    """Statistics of a group: counts over all replications, the rest over those in which it had trucks."""
    own = [part[key] for part in found if key in part]
    trucks, censored = (sum(part[k] for part in own) / len(found) for k in (0, 1))
    names = ("median", "p90", "p95", "share_over_24h")
    found_of = {name: of_mean([part[k + 3] for part in own]) for k, name in enumerate(names)}
    others = {name: row["mean"] for name, row in found_of.items()}
    bounds = {f"{name}_{end}": found_of[name][end] for name in ("median", "p90") for end in ("low", "high")}
    return {"n_trucks": trucks, "n_censored": censored, **others, **bounds, **of_mean([part[2] for part in own])}


# --------------------------------------------------------------------------- crossings and backlog by time


def _throughput(runs: Sequence[RunMeasures]) -> dict[str, pl.DataFrame]:
    axes = runs[0].axes
    days = (axes.window[1] - axes.window[0]) / (24 * HOUR)

    def dates(ax: Axes, rest: tuple[int, ...]) -> list[tuple[str, ...]]:
        return [("",), (ax.dates[rest[0]],)]

    found = totals(axes, [run.crossed for run in runs], 1, dates)
    nothing = [0] * len(runs)
    per_day = [
        {"gate": g, "direction": d, "cargo": c, **of_mean([n / days for n in found.get((g, d, c, ""), nothing)])}
        for g, d, c in groups(axes)
    ]
    by_date = []
    for gate, direction in sorted({(g, d) for g, d, _ in groups(axes)}):
        for date in axes.dates:
            own = np.array(found.get((gate, direction, "", date), nothing))
            p10, p90 = band(own, 0.1, 0.9)
            by_date.append({"date": date, "gate": gate, "direction": direction, **of_mean(own), "p10": p10, "p90": p90})
    return {
        "throughput": frame(by_date, schema("date:s gate:s direction:s mean:f low:f high:f p10:f p90:f n:i"), 3),
        "throughput_mean": frame(per_day, schema(f"gate:s direction:s cargo:s {_INTERVAL}"), 3),
    }


def _backlog(runs: Sequence[RunMeasures]) -> dict[str, pl.DataFrame]:
    axes = runs[0].axes
    time = axes.local(axes.hours)
    stacked = np.stack([run.backlog for run in runs])
    hourly, evening, usual = [], [], []
    for gate, direction in sorted({(g, d) for g, d, _ in groups(axes)}):
        own = stacked if not gate else stacked[:, [axes.gates.index(gate)]]
        own = own if not direction else own[:, :, [DIRECTIONS.index(direction)]]
        waiting = own.sum(axis=(1, 2))
        hourly.append(_hourly(time, {"gate": gate, "direction": direction}, waiting))
        at_20 = np.array([t[11:] == "20:00" for t in time], np.bool_)
        evening.append(_evening([t[:10] for t in time if t[11:] == "20:00"], gate, direction, waiting[:, at_20]))
        if direction == "export":
            usual.append(_usual_evening(gate, direction, waiting[:, at_20]))
    singles = _backlog_of_runs(runs, time)
    return {
        "backlog": pl.concat(hourly).sort("time", "gate", "direction"),
        "backlog_20h": pl.concat(evening).sort("date", "gate", "direction"),
        "backlog_20h_median": frame(usual, schema("gate:s direction:s median:f low:f high:f n:i"), 2),
        "runs_backlog": singles,
    }


def _hourly(time: list[str], key: dict[str, str], values: Any) -> pl.DataFrame:
    p10, p50, p90 = band(values, 0.1, 0.5, 0.9)
    columns = {"time": time, **{name: [value] * len(time) for name, value in key.items()}, "mean": means(values)[0],
               "p10": p10, "p50": p50, "p90": p90, "n": [len(values)] * len(time)}  # fmt: skip
    return frame(columns, schema("time:s gate:s direction:s mean:f p10:f p50:f p90:f n:i"), 1)


def _evening(dates: list[str], gate: str, direction: str, values: Any) -> pl.DataFrame:
    columns = {"date": dates, "gate": [gate] * len(dates), "direction": [direction] * len(dates)}
    columns |= with_bounds(values) | {"median": band(values, 0.5)[0]}
    return frame(columns, schema("date:s gate:s direction:s mean:f low:f high:f median:f n:i"), 1)


def _usual_evening(gate: str, direction: str, values: Any) -> Row:
    """The median over evenings of the median over replications, with its interval."""
    low, high = median_of_medians_bounds(values) or (None, None)
    medians = band(values, 0.5)[0]
    median = float(np.median(medians)) if len(medians) else None
    return {"gate": gate, "direction": direction, "median": median, "low": low, "high": high, "n": len(values)}


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
    time = axes.local(axes.hours)
    columns = {
        "time": time * len(axes.stations), "station": np.repeat(list(axes.stations), len(time)),
        "waiting_mean": means(waiting)[0], "inside_mean": means(inside)[0], "p10": p10, "p90": p90,
        "n": [len(runs)] * inside.shape[1],
    }  # fmt: skip
    return frame(columns, schema("time:s station:s waiting_mean:f inside_mean:f p10:f p90:f n:i"), 2)


def _road(runs: Sequence[RunMeasures]) -> pl.DataFrame:
    axes = runs[0].axes
    time, parts = axes.local(axes.hours), []
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
    axes = runs[0].axes
    length, rows = axes.window[1] - axes.window[0], []
    for number, (station, gate) in enumerate(zip(axes.stations, axes.station_gate, strict=True)):
        duty, opened = int(runs[0].work.duty[number]), int(runs[0].work.open[number])
        if opened < 0:
            continue
        shares = [int(run.work.working[number]) / duty for run in runs] if duty > 0 else []
        servers = duty / length if duty >= 0 and length > 0 else None
        row = {"station": station, "gate": gate, "servers_mean": servers, "open_hours": opened / HOUR}
        rows.append(row | of_mean(shares))
    return frame(rows, schema(f"station:s gate:s servers_mean:f open_hours:f {_INTERVAL}"), 2)


def _peaks(runs: Sequence[RunMeasures]) -> dict[str, pl.DataFrame]:
    axes, rows, summary = runs[0].axes, [], []
    for found in zip(*(run.peaks for run in runs), strict=True):
        what = {"what": found[0].what, "key": found[0].key}
        for run, peak in zip(runs, found, strict=True):
            at = local_text(axes.start + peak.at, axes.zone)
            rows.append({**what, "replication": run.replication, "peak": float(peak.peak), "at": at})
        median, p10, p90 = band(np.array([peak.peak for peak in found], np.float64), 0.5, 0.1, 0.9)
        low, high = quantile_bounds([peak.peak for peak in found], 0.5) or (None, None)
        summary.append({**what, "median": median, "p10": p10, "p90": p90, "n": len(found), "low": low, "high": high})
    return {
        "peaks": frame(rows, schema("what:s key:s replication:i peak:f at:s"), 3),
        "peaks_summary": frame(summary, schema("what:s key:s median:f p10:f p90:f n:i low:f high:f"), 2),
    }


# ---------------------------------------------------------------------------------- fates and causes


def _inside_at_end(runs: Sequence[RunMeasures]) -> pl.DataFrame:
    axes = runs[0].axes

    def stations(ax: Axes, rest: tuple[int, ...]) -> list[tuple[str, ...]]:
        return [("",), ((*ax.stations, UNDER_WAY)[rest[0]],)]

    found = totals(axes, [run.inside_at_end for run in runs], 0, stations)
    found |= {(*group, ""): [0] * len(runs) for group in groups(axes) if (*group, "") not in found}
    names = ("gate", "direction", "cargo", "station")
    rows = [dict(zip(names, key, strict=True), **of_mean(n)) for key, n in found.items()]
    return frame(rows, schema(f"gate:s direction:s cargo:s station:s {_INTERVAL}"), 4)


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
    axes = runs[0].axes

    def causes(ax: Axes, rest: tuple[int, ...]) -> list[tuple[str, ...]]:
        return [("", CAUSES[rest[1]]), (ax.stations[rest[0]], CAUSES[rest[1]])]

    found = totals(axes, [run.causes for run in runs], 0, causes)
    found |= {key: [0] * len(runs) for c in CAUSES if (key := ("", "", "", "", c)) not in found}
    names = ("gate", "direction", "cargo", "station", "cause")
    rows = [dict(zip(names, key, strict=True), **of_mean([n / HOUR for n in ms])) for key, ms in found.items()]
    by_cause = {c: found["", "", "", "", c] for c in CAUSES}
    sums = {"replication": [r.replication for r in runs], "waited_ms": [r.waited_ms for r in runs], **by_cause}
    return {
        "causes": frame(rows, schema(f"gate:s direction:s cargo:s station:s cause:s {_INTERVAL}"), 5),
        "cause_total": frame(sums, dict.fromkeys(sums, pl.Int64), 1),
    }
