"""An output folder of made-up numbers, for tests of the report. Synthetic test data: nothing here is a result.

The columns are those of a real run. The backlogs come from a toy queue by the hour, so that peaks, bands and
days look like those of a border; everything else is made to fit them.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

GATES = {"chi-ma": "Chi Ma", "coc-nam": "Cốc Nam", "huu-nghi": "Hữu Nghị (友谊关)", "tan-thanh": "Tân Thanh"}
PER_DAY = {"chi-ma": (41, 189), "coc-nam": (43, 33), "huu-nghi": (262, 608), "tan-thanh": (145, 438)}
CARGOES = {"fruit": "Fruit", "other": "Other goods"}
STATIONS = {
    "highway-1/approach": ("Highway 1 to Hữu Nghị", "huu-nghi", "near"),
    "huu-nghi/documents": ("Documents, Hữu Nghị", "huu-nghi", "near"),
    "huu-nghi/far-side": ("Chinese acceptance, Hữu Nghị", "huu-nghi", "far"),
    "huu-nghi/lane": ("Crossing lane, Hữu Nghị", "huu-nghi", "near"),
    "huu-nghi/yard": ("Yard of Hữu Nghị", "huu-nghi", "near"),
    "tan-thanh/far-side": ("Chinese acceptance, Tân Thanh", "tan-thanh", "far"),
    "tan-thanh/yard": ("Yard of Tân Thanh", "tan-thanh", "near"),
    "huu-nghi/called": ("Called by the gate", "huu-nghi", "near"),
    "viettel/park": ("Viettel park", "huu-nghi", "near"),
    "youyiguan/yard": ("Yard of Youyiguan", "huu-nghi", "far"),
}
PLACES = {
    "huu-nghi/called": 80,
    "huu-nghi/yard": 450,
    "tan-thanh/yard": 300,
    "viettel/park": 1500,
    "youyiguan/yard": 300,
}
ROUTES = {
    "export": [
        {"in": "viettel/park"},
        {"in": "huu-nghi/called", "do": [{"in": "huu-nghi/yard", "do": ["huu-nghi/lane"]}]},
    ]
}
CAUSES = {"far side": 0.44, "hours": 0.27, "own capacity": 0.19, "no place ahead": 0.07, "called late": 0.03}
DIRECTIONS = ("export", "import")
PROFILE = np.array([1, 1, 1, 1, 2, 4, 6, 8, 8, 8, 7, 6, 5, 6, 7, 7, 6, 5, 4, 3, 2, 1, 1, 1.0])


@dataclass(frozen=True, kw_only=True)
class Toy:
    """Backlogs of a toy queue: waiting[gate, direction] has shape (replications, hours)."""

    start: datetime
    days: int
    replications: int
    waiting: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    crossed: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)


def toy(*, replications: int, days: int, load: float, seed: int = 7) -> Toy:
    """A queue by the hour for every gate and direction, open 7 to 20 h, at the stated load [-]."""
    chance = np.random.default_rng(seed)
    made = Toy(start=datetime.fromisoformat("2025-07-01T00:00"), days=days, replications=replications)
    for gate, volumes in PER_DAY.items():
        for direction, volume in zip(DIRECTIONS, volumes, strict=True):
            surge = chance.gamma(20, 1 / 20, (replications, days)).repeat(24, axis=1)
            come = chance.poisson(volume * np.tile(PROFILE / PROFILE.sum(), days) * surge)
            room = np.tile([volume / load / 13 if 7 <= hour < 20 else 0.0 for hour in range(24)], days)
            waiting = np.zeros_like(come, dtype=float)
            before = np.full(replications, volume * 0.2)
            for hour in range(24 * days):
                before = np.maximum(0.0, before + come[:, hour] - room[hour])
                waiting[:, hour] = np.round(before + 0.15 * volume)
            made.waiting[gate, direction] = waiting
            made.crossed[gate, direction] = come.reshape(replications, days, 24).sum(axis=2).astype(float)
    return made


def _times(made: Toy) -> list[str]:
    return [(made.start + timedelta(hours=h)).strftime("%Y-%m-%dT%H:%M") for h in range(24 * made.days)]


def _dates(made: Toy) -> list[str]:
    return [(made.start + timedelta(days=d)).strftime("%Y-%m-%d") for d in range(made.days)]


def _mean(values: np.ndarray) -> dict[str, Any]:
    """Mean over replications with its 95 % interval (normal, good enough for a test), and their number."""
    n = len(values)
    half = 1.96 * float(values.std(ddof=1)) / n**0.5 if n > 1 else None
    mean = float(values.mean())
    bounds = (None, None) if half is None else (mean - half, mean + half)
    return {"mean": mean, "low": bounds[0], "high": bounds[1], "n": n}


def _band(values: np.ndarray) -> dict[str, float]:
    p10, p50, p90 = np.percentile(values, (10, 50, 90))
    return {"p10": float(p10), "p50": float(p50), "p90": float(p90)}


def _sum(parts: dict[tuple[str, str], np.ndarray], gate: str, direction: str) -> np.ndarray:
    """The parts of a gate and direction added up, "" = all."""
    chosen = [v for (g, d), v in parts.items() if gate in ("", g) and direction in ("", d)]
    return np.sum(chosen, axis=0)


def _backlog_tables(made: Toy) -> dict[str, list[dict[str, Any]]]:
    backlog, evening, runs = [], [], []
    for gate in ("", *GATES):
        for direction in ("", *DIRECTIONS):
            waiting = _sum(made.waiting, gate, direction)
            key = {"gate": gate, "direction": direction}
            for hour, time in enumerate(_times(made)):
                column = waiting[:, hour]
                backlog.append({"time": time, **key, "mean": float(column.mean()), **_band(column), "n": len(column)})
            for day, date in enumerate(_dates(made)):
                column = waiting[:, 24 * day + 20]
                evening.append({"date": date, **key, **_mean(column), "median": float(np.median(column))})
    everywhere = _sum(made.waiting, "", "export")
    for replication in range(min(10, made.replications)):
        runs += [
            {"time": time, "replication": replication, "waiting": float(everywhere[replication, hour])}
            for hour, time in enumerate(_times(made))
        ]
    return {"backlog": backlog, "backlog_20h": evening, "runs_backlog": runs}


def _throughput_tables(made: Toy) -> dict[str, list[dict[str, Any]]]:
    daily, mean = [], []
    for gate in ("", *GATES):
        for direction in ("", *DIRECTIONS):
            crossed = _sum(made.crossed, gate, direction)
            key = {"gate": gate, "direction": direction}
            for day, date in enumerate(_dates(made)):
                band = _band(crossed[:, day])
                row = {"date": date, **key, **_mean(crossed[:, day]), "p10": band["p10"], "p90": band["p90"]}
                daily.append(row)
            for cargo, share in (("", 1.0), ("fruit", 0.7), ("other", 0.3)):
                mean.append({**key, "cargo": cargo, **_mean(crossed.mean(axis=1) * share)})
    return {"throughput": daily, "throughput_mean": mean}


def _waits_table(made: Toy) -> list[dict[str, Any]]:
    rows = []
    for gate in ("", *GATES):
        for direction in ("", *DIRECTIONS):
            waiting, crossed = _sum(made.waiting, gate, direction), _sum(made.crossed, gate, direction)
            hours = waiting.mean(axis=1) / (crossed.mean(axis=1) / 24)
            for cargo, factor in (("", 1.0), ("fruit", 1.1), ("other", 0.8)):
                for measure, more in (("wait", 0.0), ("time", 180.0)):
                    mean = _mean(hours * 60 * factor + more)
                    rows.append(
                        {
                            "gate": gate, "direction": direction, "cargo": cargo, "station": "", "measure": measure,
                            "n_trucks": int(crossed.sum(axis=1).mean()), "n_censored": 12, **mean,
                            "median": mean["mean"] * 0.8, "p90": mean["mean"] * 2.4, "p95": mean["mean"] * 3.0,
                            "share_over_24h": 0.04 * factor,
                        }
                    )  # fmt: skip
    return rows


def _cause_tables(made: Toy) -> dict[str, list[dict[str, Any]]]:
    rows, totals = [], []
    weights = {"huu-nghi/far-side": 0.4, "tan-thanh/far-side": 0.3, "huu-nghi/documents": 0.2, "viettel/park": 0.1}
    for gate in ("", *GATES):
        for direction in ("", *DIRECTIONS):
            hours = _sum(made.waiting, gate, direction).sum(axis=1)
            for station, weight in (("", 1.0), *weights.items()):
                if station and gate not in ("", STATIONS[station][1]):
                    continue
                for cause, share in CAUSES.items():
                    key = {"gate": gate, "direction": direction, "cargo": "", "station": station, "cause": cause}
                    rows.append({**key, **_mean(hours * share * weight)})
    for replication, hours in enumerate(_sum(made.waiting, "", "").sum(axis=1)):
        parts = {cause: round(hours * 3_600_000 * share) for cause, share in CAUSES.items()}
        totals.append({"replication": replication, "waited_ms": sum(parts.values()), **parts})
    return {"causes": rows, "cause_total": totals}


def _peak_tables(made: Toy) -> dict[str, list[dict[str, Any]]]:
    peaks, summary = [], []
    series = {(f"backlog {d}", gate): _sum(made.waiting, gate, d) for d in DIRECTIONS for gate in ("", *GATES)}
    series |= {("inside", station): inside for station, inside in _inside(made).items()}
    series |= {("road km", "highway-1/approach"): _road(made)}
    for (what, key), values in series.items():
        times, own = _times(made), values.max(axis=1)
        for replication, at in enumerate(values.argmax(axis=1)):
            place = {"what": what, "key": key, "replication": replication}
            peaks.append({**place, "peak": float(own[replication]), "at": times[at]})
        band = _band(own)
        middle = {"median": band["p50"], "p10": band["p10"], "p90": band["p90"]}
        summary.append({"what": what, "key": key, **middle, "n": len(own)})
    return {"peaks": peaks, "peaks_summary": summary}


def _inside(made: Toy) -> dict[str, np.ndarray]:
    """Trucks inside each place, shape (replications, hours)."""
    huu_nghi = made.waiting["huu-nghi", "export"]
    return {
        "huu-nghi/yard": np.minimum(450, huu_nghi * 1.4),
        "tan-thanh/yard": np.minimum(300, made.waiting["tan-thanh", "export"]),
        "viettel/park": np.maximum(0, huu_nghi * 1.6 - 120),
        "highway-1/approach": np.maximum(0, huu_nghi - 150),
        "huu-nghi/called": np.minimum(80, huu_nghi),
        "youyiguan/yard": np.minimum(300, huu_nghi * 0.9),
    }


def _road(made: Toy) -> np.ndarray:
    return _inside(made)["highway-1/approach"] * 0.018


def _place_tables(made: Toy) -> dict[str, list[dict[str, Any]]]:
    occupancy, road = [], []
    for station, inside in _inside(made).items():
        for hour, time in enumerate(_times(made)):
            band, mean = _band(inside[:, hour]), float(inside[:, hour].mean())
            key = {"time": time, "station": station}
            edges = {"p10": band["p10"], "p90": band["p90"], "n": len(inside)}
            occupancy.append({**key, "waiting_mean": mean * 0.7, "inside_mean": mean, **edges})
    for hour, time in enumerate(_times(made)):
        km = _road(made)[:, hour]
        band = _band(km)
        edges = {"p10": band["p10"], "p90": band["p90"], "n": len(km)}
        road.append({"time": time, "station": "highway-1/approach", "mean": float(km.mean()), **edges})
    return {"occupancy": occupancy, "road": road}


def _end_tables(made: Toy) -> dict[str, list[dict[str, Any]]]:
    use = {"huu-nghi/documents": 0.61, "huu-nghi/lane": 0.7, "huu-nghi/far-side": 0.93, "tan-thanh/far-side": 0.86}
    spread = np.linspace(-0.02, 0.02, made.replications)
    utilisation = [
        {
            "station": station,
            "gate": STATIONS[station][1],
            "servers_mean": 4.0,
            "open_hours": 403.0,
            **_mean(v + spread),
        }
        for station, v in use.items()
    ]
    inside, outcomes = [], []
    for gate in ("", *GATES):
        for direction in ("", *DIRECTIONS):
            key = {"gate": gate, "direction": direction, "cargo": ""}
            inside.append({**key, "station": "", **_mean(_sum(made.waiting, gate, direction)[:, -1])})
            crossed = _mean(_sum(made.crossed, gate, direction).sum(axis=1))
            outcomes.append({**key, "outcome": "crossed", "reason": "", **crossed})
            outcomes.append({**key, "outcome": "inside", "reason": "", **_mean(np.full(made.replications, 20.0))})
    return {"utilisation": utilisation, "inside_at_end": inside, "outcomes": outcomes}


def tables(made: Toy) -> dict[str, pl.DataFrame]:
    """Every table of an output folder, by name."""
    rows = {"waits": _waits_table(made)}
    for part in (_backlog_tables, _throughput_tables, _cause_tables, _peak_tables, _place_tables, _end_tables):
        rows |= part(made)
    return {name: pl.DataFrame(content, infer_schema_length=None) for name, content in rows.items()}


def manifest(made: Toy, *, title: str, gate_titles: dict[str, str]) -> dict[str, Any]:
    """A manifest with every field the report reads."""
    end = made.start + timedelta(days=made.days)
    capacity = {"huu-nghi": 1000.0, "tan-thanh": 700.0, "chi-ma": 300.0, "coc-nam": None}
    places = {key: {"places": n} for key, n in PLACES.items()}
    gates = {key: {"title": gate_titles[key], "capacity": capacity[key], "capacity_source": "C003"} for key in GATES}
    flows = {
        f"{gate}-{direction}": {"gate": gate, "direction": direction, "volume": f"{volume} vehicles/day"}
        for gate, pair in PER_DAY.items() for direction, volume in zip(DIRECTIONS, pair, strict=True)
    }  # fmt: skip
    volumes = [
        {"path": f"flows.{key}.volume", "value": flow["volume"], "fact": "T053",
         "fact_text": "T053: July 2025, daily mean",
         "assumption": None, "low": None, "high": None}
        for key, flow in flows.items()
    ]  # fmt: skip
    stations = {key: {"title": name, "gate": gate, "side": side} for key, (name, gate, side) in STATIONS.items()}
    return {
        "version": "0.1.0", "title": title, "question": "Where do trucks wait, and why?",
        "hash": "0123456789abcdef" * 4,
        "notes": "Synthetic test data.", "seed": 1, "replications": made.replications, "engine": "simpy", "workers": 2,
        "wall_seconds": 3.2, "started": "2026-11-21T20:00:00+00:00", "python": "3.11.9", "packages": {"simpy": "4.1.2"},
        "command": "cuakhau run scenarios/lang-son/baseline.yaml --replications 10", "warm_up_ms": 0,
        "start": made.start.strftime("%Y-%m-%dT%H:%M"), "end": end.strftime("%Y-%m-%dT%H:%M"),
        "zone": "Asia/Ho_Chi_Minh", "scenario": {"title": title, "stations": places, "flows": flows, "routes": ROUTES},
        "sources": [*SOURCES, *volumes], "changes": ["gates.huu-nghi.capacity: 800/day -> 1000/day"],
        "law_line": "laws: 7 of 7 hold (trucks conserved, calendars, places, Little)", "gates": gates,
        "cargoes": {key: {"title": name} for key, name in CARGOES.items()}, "stations": stations,
        "warnings": [{"path": "stations.viettel/park", "message": "never full in the period"}],
    }  # fmt: skip


SOURCES = [
    {"path": "stations.huu-nghi/far-side.service", "value": "9 min", "fact": None, "fact_text": None,
     "assumption": "no published minutes; fitted to the daily throughput", "low": "5 min", "high": "15 min"},
]  # fmt: skip


def write_folder(
    folder: Path, *, title: str = "Lạng Sơn, July 2025 (synthetic)", replications: int = 10, days: int = 31,
    load: float = 0.9, gate_titles: dict[str, str] | None = None,
) -> Path:  # fmt: skip
    """Write an output folder of synthetic test data and give its path back."""
    made = toy(replications=replications, days=days, load=load)
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    for name, frame in tables(made).items():
        frame.write_parquet(folder / "tables" / f"{name}.parquet")
    content = manifest(made, title=title, gate_titles=gate_titles or GATES)
    (folder / "manifest.json").write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / "summary.json").write_text("[]", encoding="utf-8")
    return folder
