"""Stations that change with time: many replications from empty, looked at on given instants."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sim.planning.plan import NEVER

from . import laws
from .case import exponential, per_hour, scenario, span, waiting
from .entries import Entry, Row, holds, number, sampled
from .lab import Lab
from .measures import time_in
from .stays import FloatArray, IntArray, Seen

_QUICK, _FULL = 2_000, 10_000  # replications
_BATCHES = 50  # of replications, for what is not a mean


def infinite(entry: Entry, lab: Lab) -> list[Row]:
    """A park without limit: the mean number of trucks at given times, and the swing of it with the period."""
    p = entry.parameters
    times = {name: float(match[1]) for name in entry.expected if (match := re.fullmatch(r"m\(t=(.+)\)", name))}
    mean = 1 / float(number(p["service_rate"])) if "service_rate" in p else laws.mean(p["service"])
    period = float(p.get("period", 24))
    last = max(times.values())
    end = (
        max(last, period * math.ceil((8 * mean + period) / period)) if "periodic_amplitude" in entry.expected else last
    )
    service = exponential(p["service_rate"]) if "service_rate" in p else laws.law(p["service"])
    case = scenario(
        entry.id, entry.system, length=span(end + 1.0), stations={"park": {"servers": "unlimited", "service": service}},
        routes={"trucks": [{"at": "park"}]}, flows={"trucks": demand_of(p)},
    )  # fmt: skip

    def one(run: Seen) -> dict[str, float]:
        park = run.at("park")
        found = {name: float(_under_way(park.joined, park.left, _ms(t))) for name, t in times.items()}
        found["departures"] = float(np.count_nonzero((park.left != NEVER) & (park.left <= _ms(last))))
        found |= _swing(park.joined, park.left, _ms(end - period), _ms(end))
        return found

    runs = lab.runs(case, _QUICK if lab.is_quick else _FULL, one)
    rows = [sampled(entry, name, [run[name] for run in runs], entry.expected[name]) for name in times]
    swing = {"periodic_amplitude": lambda c, s: 2 * math.hypot(c, s),
             "periodic_peak_lag_hours": lambda c, s: _lag(c, s, period)}  # fmt: skip
    for metric, value in entry.expected.items():
        if metric in swing:
            pairs = np.array([(run["cosine"], run["sine"]) for run in runs])
            rows.append(sampled(entry, metric, jackknife(pairs, swing[metric]), value))
        elif metric == "expected_departures_by_last_t":
            rows.append(sampled(entry, metric, [run["departures"] for run in runs], value))
        elif metric not in times and metric != "law":
            rows.append(holds(metric, str(value), ["not computed"]))
    return rows


def changing(entry: Entry, lab: Lab) -> list[Row]:
    """Servers, yards, calendars and slowdowns under demand that changes with time."""
    p = entry.parameters
    servers = int(p["servers"]) if isinstance(p.get("servers"), int) else 0
    times = {name: float(name.removeprefix("t=")) for name in entry.expected if name.startswith("t=")}
    yard = int(p["K"]) - servers if "K" in p else None
    gate: dict[str, Any] = {"servers": servers} | _calendar(p, servers) | {"service": exponential(p["service_rate"])}
    gate |= waiting(yard) | ({"when_full": "turn_away"} if yard is not None else {})
    case = scenario(
        entry.id, entry.system, length=span(max(times.values()) + 1.0), stations={"gate": gate},
        routes={"trucks": [{"at": "gate"}]}, flows={"trucks": demand_of(p)},
    )  # fmt: skip
    boundaries = sorted({float(a) + 24 * day for day in range(40) for a, _, _ in p.get("shifts", ())})

    def one(run: Seen) -> dict[str, dict[str, float]]:
        return {name: _at(run, t, int(p.get("K", 0)), _on_duty(p, servers, t), boundaries) for name, t in times.items()}

    runs = lab.runs(case, _QUICK if lab.is_quick else _FULL, one)
    rows = []
    for name in times:
        for metric, value in entry.expected[name].items():
            if metric == "VarN":
                number = np.array([run[name]["EN"] for run in runs])
                sample: Sequence[float] = ((number - float(entry.expected[name]["EN"])) ** 2).tolist()
            else:
                sample = [run[name].get(metric, math.nan) for run in runs]
            part = 0.0 if metric in ("VarN", "cum_wait") else abs(value) % 1
            # no whole number that varies has a smaller variance than this, with its mean
            least = math.sqrt(part * (1 - part) / len(runs))
            rows.append(sampled(entry, f"{name} {metric}", sample, value, least_error=least))
    return rows


def _at(run: Seen, t: float, places: int, on_duty: int, boundaries: Sequence[float]) -> dict[str, float]:
    """What is to be seen at an instant, after the changes of that instant."""
    gate, now = run.at("gate"), _ms(t)
    gate = gate.where((gate.entered != NEVER) | (run.outcome[gate.truck] != 1))
    number = _under_way(gate.joined, gate.left, now)
    paused = run.paused
    stopped = _under_way(paused[:, 2], paused[:, 3], now)
    in_service = _under_way(gate.started, gate.left, now)
    busy = in_service - stopped
    begun = gate.started != NEVER
    waited = time_in(gate.joined, np.where(begun, gate.started, now), 0, now) + time_in(
        paused[:, 2], paused[:, 3], 0, now
    )
    last_boundary = _ms(max((b for b in boundaries if b <= t), default=-1.0))
    old = gate.started < last_boundary
    return {
        "EN": float(number),
        "EQ": float(number - busy),
        "E_busy": float(busy),
        "E_overtime": float(_under_way(gate.started[old], gate.left[old], now)),
        "P_empty": float(number == 0),
        "P_all_busy": float(busy >= on_duty),
        "P_full": float(number >= places),
        "cum_wait": waited / run.unit,
        "cum_served": float(np.count_nonzero((gate.left != NEVER) & (gate.left <= now))),
        "cum_accepted": float(np.count_nonzero(gate.joined <= now)),
    }


def _under_way(begin: IntArray, end: IntArray, now: int) -> int:
    return int(np.count_nonzero((begin != NEVER) & (begin <= now) & ((end == NEVER) | (end > now))))


def _ms(hours: float) -> int:
    return round(hours * 3_600_000)


# --------------------------------------------------------------------------------- words of the entries


def demand_of(p: Mapping[str, Any]) -> dict[str, Any]:
    """Demand in the words of a scenario: by hours, linear between points, a wave, or constant."""
    if "profile" in p:
        return {
            "rate": [
                {"hours": f"{_clock(s['from_hour'])}-{_clock(s['to_hour'])}", "rate": per_hour(s["rate"])}
                for s in p["profile"]
            ]
        }
    if "points" in p:
        return {"rate": [{"at": span(float(t)), "rate": per_hour(rate)} for t, rate in p["points"]]}
    wave = _wave(p)
    if wave is not None:
        mean, amplitude, period = wave
        return {"rate": {"mean": per_hour(mean), "amplitude": per_hour(amplitude), "period": span(period)}}
    return {"rate": per_hour(float(p.get("arrival_rate", p.get("rate", 0))))}


def _wave(p: Mapping[str, Any]) -> tuple[float, float, float] | None:
    if "a" in p:
        return float(number(p["a"])), float(number(p["b"])), float(p.get("period", 24))
    for name in ("rate", "arrival_rate"):
        match = re.fullmatch(
            r"\s*([\d.]+)\s*\+\s*([\d.]+)\s*\*?\s*sin\(\s*2\s*\*?\s*pi\s*\*?\s*t\s*/\s*([\d.]+)\s*\)\s*",
            str(p.get(name, "")),
        )
        if match:
            return float(match[1]), float(match[2]), float(match[3])
    return None


def _calendar(p: Mapping[str, Any], servers: int) -> dict[str, Any]:
    """Hours, shifts, closures and slowdowns of a station."""
    rule = p.get("rule", "pause")
    if "open" in p:
        return {"hours": p["open"], "closing": rule}
    if "shifts" in p:
        return {
            "servers": [{"hours": f"{_clock(a)}-{_clock(b)}", "servers": int(c)} for a, b, c in p["shifts"]],
            "closing": rule,
        }
    if "closed_hours" in p:
        shut, opens = (float(t) for t in p["closed_hours"])
        return {"servers": [{"from": "0 h", "servers": servers}, {"from": span(shut), "servers": 0},
                            {"from": span(opens), "servers": servers}], "closing": rule}  # fmt: skip
    slow = _slow(p)
    if slow is not None:
        begin, end, speed = slow
        return {
            "slowdowns": [{"from": span(begin), "to": span(end), "speed": speed}],
            "slowdowns_act_on": "in-progress",
        }
    return {}


def _slow(p: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """Beginning, end and speed of a slowdown, however the entry puts it."""
    slow = next((p[key] for key in p if key.startswith("slow") and isinstance(p[key], Mapping | list)), None)
    if isinstance(slow, Mapping):
        window = [slow[key] for key in slow if "from" in key or "to" in key or "start" in key or "end" in key]
        speeds = [slow[key] for key in slow if key.endswith(("factor", "speed"))]
    else:
        window = list(slow or [p[key] for key in ("slow_from", "slow_to") if key in p])
        speeds = [*window[2:], *(p[key] for key in p if key.endswith(("factor", "speed")))]
        speeds += [number(p[key]) / number(p["service_rate"]) for key in p if "slow" in key and key.endswith("rate")]
    if len(window) < 2 or not speeds:
        return None
    return float(window[0]), float(window[1]), float(number(speeds[0]))


def _on_duty(p: Mapping[str, Any], servers: int, t: float) -> int:
    return next((int(c) for a, b, c in p.get("shifts", ()) if a <= t % 24 < b), servers)


def _clock(hour: float) -> str:
    minutes = round(float(hour) * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


# ------------------------------------------------------------------------------------------- the swing


def _swing(begin: IntArray, end: IntArray, low: int, high: int) -> dict[str, float]:
    """Cosine and sine coefficients of the number under way over one period [low, high)."""
    ended = np.where(end == NEVER, high, end)
    meets = (begin < high) & (ended > low)
    turn = 2 * math.pi / (high - low)
    a, b = (np.maximum(begin[meets], low) - low) * turn, (np.minimum(ended[meets], high) - low) * turn
    return {
        "cosine": float((np.sin(b) - np.sin(a)).sum()) / (2 * math.pi),
        "sine": float((np.cos(a) - np.cos(b)).sum()) / (2 * math.pi),
    }


def _lag(cosine: float, sine: float, period: float) -> float:
    """How long the peak comes after that of sin(2 pi t / period), which peaks at a quarter of it."""
    return -math.atan2(cosine, sine) / (2 * math.pi) * period


def jackknife(values: FloatArray, of: Callable[[float, float], float]) -> list[float]:
    """Pseudo-values of a smooth function of means; their mean is nearly unbiased, and they are nearly independent."""
    batches = np.array([part.mean(axis=0) for part in np.array_split(values, _BATCHES)])
    n, whole = len(batches), of(*batches.mean(axis=0))
    without = [of(*((batches.sum(axis=0) - batch) / (n - 1))) for batch in batches]
    return [n * whole - (n - 1) * other for other in without]
