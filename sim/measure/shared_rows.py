"""Rows that tables and the summary of a run have in common, each statistic taken in every replication first.

The summary asks for totals over stations alone, and is made for every run of a sweep: what it needs is made without
what it does not need.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from sim.measure.axes import DIRECTIONS, HOUR, Axes
from sim.measure.bootstrap import median_of_medians_bounds
from sim.measure.causes import CAUSES
from sim.measure.groups import ALL, Spread
from sim.measure.metrics import UNDER_WAY, RunMeasures
from sim.measure.rows import Row, band, groups, named, of_mean, totals
from sim.measure.statistics import mean, quantile_bounds

_MINUTE = 60_000
Runs = Sequence[RunMeasures]


def wait_rows(runs: Runs, *, stations: bool) -> list[Row]:
    """Waits and times of every group of the whole stay and, if asked for, by station."""
    axes, rows = runs[0].axes, []
    for measure in ("wait", "time"):
        found = [_by_key(axes, getattr(run, f"{measure}s"), stations=stations) for run in runs]
        keys = {(*group, "") for group in groups(axes)} | {key for part in found for key in part}
        names = ("gate", "direction", "cargo", "station")
        rows += [dict(zip(names, key, strict=True), measure=measure, **_spread(key, found)) for key in keys]
    return rows


def _by_key(axes: Axes, spread: Spread, *, stations: bool) -> dict[tuple[str, ...], tuple[float, ...]]:
    which = slice(None) if stations else spread.key[:, 3] == ALL
    n, over_24h = spread.n[which], spread.over_24h[which]
    columns = (n, spread.censored[which], spread.total[which] / _MINUTE / np.maximum(n, 1),
               spread.median[which] / _MINUTE, spread.p90[which] / _MINUTE, spread.p95[which] / _MINUTE,
               over_24h / np.maximum(n, 1))  # fmt: skip
    names = ("", *axes.stations)
    keys = [(*named(axes, key[:3]), names[key[3] + 1]) for key in spread.key[which].tolist()]
    return dict(zip(keys, zip(*(c.tolist() for c in columns), strict=True), strict=True))


def _spread(key: tuple[str, ...], found: Sequence[dict[tuple[str, ...], tuple[float, ...]]]) -> Row:
    """Statistics of a group: counts over all replications, the rest over those in which it had trucks."""
    own = [part[key] for part in found if key in part]
    trucks, censored = (sum(part[k] for part in own) / len(found) for k in (0, 1))
    p95, over_24h = (mean([part[k] for part in own]) if own else None for k in (5, 6))
    row: Row = {"n_trucks": trucks, "n_censored": censored, "p95": p95, "share_over_24h": over_24h}
    for k, name in enumerate(("median", "p90"), 3):
        found_of = of_mean([part[k] for part in own])
        row |= {name: found_of["mean"], f"{name}_low": found_of["low"], f"{name}_high": found_of["high"]}
    return row | of_mean([part[2] for part in own])


def per_day_rows(runs: Runs) -> list[Row]:
    """Trucks that crossed per day, of every group."""
    axes = runs[0].axes
    days, nothing = (axes.window[1] - axes.window[0]) / (24 * HOUR), [0] * len(runs)
    found = totals(axes, [run.crossed.without(0) for run in runs], 0, lambda _axes, _rest: [()])
    names = ("gate", "direction", "cargo")
    return [
        {**dict(zip(names, group, strict=True)), **of_mean([n / days for n in found.get(group, nothing)])}
        for group in groups(axes)
    ]


def backlogs(runs: Runs) -> dict[tuple[str, str], npt.NDArray[np.int64]]:
    """By gate and direction, "" = all, the trucks that waited at each full hour. shape (n_replications, n_hours)"""
    axes, stacked = runs[0].axes, np.stack([run.backlog for run in runs])
    found = {}
    for gate, direction in sorted({(g, d) for g, d, _ in groups(axes)}):
        own = stacked if not gate else stacked[:, [axes.gates.index(gate)]]
        own = own if not direction else own[:, :, [DIRECTIONS.index(direction)]]
        found[gate, direction] = own.sum(axis=(1, 2))
    return found


def is_evening(axes: Axes) -> npt.NDArray[np.bool_]:
    """Which full hours are 20:00. shape (n_hours,)"""
    return np.array([name[11:] == "20:00" for name in axes.hour_names], np.bool_)


def evening_medians(values: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Of each evening the median over replications."""
    return band(values, 0.5)[0]


def usual_evenings(runs: Runs) -> list[Row]:
    """Of exports: the median over evenings of the median over replications, with its interval."""
    evenings, rows = is_evening(runs[0].axes), []
    for (gate, direction), waiting in backlogs(runs).items():
        if direction == "export":
            values = waiting[:, evenings]
            low, high = median_of_medians_bounds(values) or (None, None)
            medians = evening_medians(values)
            median = float(np.median(medians)) if len(medians) else None
            rows.append({"gate": gate, "direction": direction, "median": median, "low": low, "high": high,
                         "n": len(values)})  # fmt: skip
    return rows


def peak_rows(runs: Runs) -> list[Row]:
    """The spread over replications of each peak, and the interval of its median."""
    rows: list[Row] = []
    for found in zip(*(run.peaks for run in runs), strict=True):
        peaks = [peak.peak for peak in found]
        median, p10, p90 = (float(value) for value in band(np.array(peaks, np.float64), 0.5, 0.1, 0.9))
        low, high = quantile_bounds(peaks, 0.5) or (None, None)
        rows.append({"what": found[0].what, "key": found[0].key, "median": median, "p10": p10, "p90": p90,
                     "n": len(found), "low": low, "high": high})  # fmt: skip
    return rows


def utilisation_rows(runs: Runs) -> list[Row]:
    """What share of its servers' time each station worked."""
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
    return rows


def inside_rows(runs: Runs, *, stations: bool) -> list[Row]:
    """Trucks inside when the run ended, of every group and, if asked for, by where they were."""
    axes = runs[0].axes

    def where(ax: Axes, rest: tuple[int, ...]) -> list[tuple[str, ...]]:
        return [("",), ((*ax.stations, UNDER_WAY)[rest[0]],)] if stations else [("",)]

    sums = [run.inside_at_end if stations else run.inside_at_end.without(3) for run in runs]
    found = totals(axes, sums, 0, where)
    found |= {(*group, ""): [0] * len(runs) for group in groups(axes) if (*group, "") not in found}
    names = ("gate", "direction", "cargo", "station")
    return [dict(zip(names, key, strict=True), **of_mean(n)) for key, n in found.items()]


def cause_sums(runs: Runs, *, stations: bool) -> dict[tuple[str, ...], list[int]]:
    """Ms waited by replication, by gate, direction, cargo, station ("" = all) and cause."""
    axes = runs[0].axes

    def causes(ax: Axes, rest: tuple[int, ...]) -> list[tuple[str, ...]]:
        cause = CAUSES[rest[-1]]
        return [("", cause), (ax.stations[rest[0]], cause)] if stations else [("", cause)]

    found = totals(axes, [run.causes if stations else run.causes.without(3) for run in runs], 0, causes)
    return found | {key: [0] * len(runs) for c in CAUSES if (key := ("", "", "", "", c)) not in found}


def cause_rows(sums: Mapping[tuple[str, ...], list[int]]) -> list[Row]:
    """Hours waited."""
    names = ("gate", "direction", "cargo", "station", "cause")
    return [dict(zip(names, key, strict=True), **of_mean([n / HOUR for n in ms])) for key, ms in sums.items()]
