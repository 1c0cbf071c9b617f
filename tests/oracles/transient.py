"""Stations that change with time: many replications from empty, looked at on given instants."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sim.planning.plan import NEVER, Change, Plan

from . import laws
from .calendars import calendar_of
from .case import scenario, span, waiting
from .demands import demand_of
from .entries import Entry, Row, is_number, number, sampled, unknown
from .lab import Lab
from .stays import FloatArray, IntArray, Seen, Stays
from .steady import service_words, yard_of

_QUICK, _FULL = 2_000, 30_000  # replications
_BATCHES = 50  # of replications, for what is not a mean


def infinite(entry: Entry, lab: Lab) -> list[Row]:
    """A park without limit: the mean number of trucks at given times, and the swing of it with the period."""
    p = entry.parameters
    times = {name: t for name in entry.expected if (t := _time(name)) is not None}
    words = service_words(p)
    if (start := p.get("start", "empty")) not in ("empty", 0):
        raise ValueError(f"starts with {start!r}, not empty")
    mean, period = laws.mean(words), float(number(p.get("period", 24)))
    last = max(times.values())
    is_swinging = "periodic_amplitude" in entry.expected or "periodic_peak_lag_hours" in entry.expected
    end = max(last, period * math.ceil((8 * mean + period) / period)) if is_swinging else last
    case = scenario(
        entry.id, entry.system, length=span(end + 1.0),
        stations={"park": {"servers": "unlimited", "service": laws.law(words)}},
        routes={"trucks": [{"at": "park"}]}, flows={"trucks": demand_of(p)},
    )  # fmt: skip

    def one(run: Seen) -> dict[str, float]:
        park = run.at("park")
        numbers = _UnderWay(park.joined, park.left).at(np.array([_ms(t) for t in times.values()]))
        found = dict(zip(times, numbers.astype(float).tolist(), strict=True))
        found["departures"] = float(np.count_nonzero((park.left != NEVER) & (park.left <= _ms(last))))
        found["arrivals"] = float(np.count_nonzero(park.joined < _ms(last)))
        return found | (_swing(park.joined, park.left, _ms(end - period), _ms(end)) if is_swinging else {})

    runs = lab.runs(case, _QUICK if lab.is_quick else _FULL, one)
    swing = {"periodic_amplitude": lambda c, s: 2 * math.hypot(c, s),
             "periodic_peak_lag_hours": lambda c, s: _lag(c, s, period),
             "periodic_mean": None}  # fmt: skip
    totals = {"expected_departures_by_last_t": "departures", "expected_arrivals_by_last_t": "arrivals"}
    rows = []
    for metric, value in entry.expected.items():
        if metric in times:
            sample: Sequence[float] = [run[metric] for run in runs]
            if metric.startswith(("Var", "v(")):
                sample = _variances(sample)
            elif re.match(r"P_?\(?0|P_empty", metric):
                sample = [float(n == 0) for n in sample]
                rare = math.sqrt(max(0.0, value * (1 - value)) / len(runs))  # no case at all says little of a rare one
                rows.append(sampled(entry, metric, sample, value, least_error=rare))
                continue
            rows.append(sampled(entry, metric, sample, value))
        elif (of := swing.get(metric)) is not None:
            pairs = np.array([(run["cosine"], run["sine"]) for run in runs])
            rows.append(sampled(entry, metric, jackknife(pairs, of), value))
        elif metric in totals:
            rows.append(sampled(entry, metric, [run[totals[metric]] for run in runs], value))
        else:
            rows.append(unknown(entry, metric, value, ["m(t=3)", "Var(t=3)", *swing, *totals]))
    return rows


def _time(name: str) -> float | None:
    """The instant that the name of a metric holds."""
    match = re.search(r"t ?= ?([\d.]+)|^m\(([\d.]+)\)$", name)
    return float(match[1] or match[2]) if match else None


def _variances(sample: Sequence[float]) -> list[float]:
    """Squared distances from the mean, whose mean is the variance."""
    values = np.array(sample)
    found: list[float] = ((values - values.mean()) ** 2 * len(values) / (len(values) - 1)).tolist()
    return found


def changing(entry: Entry, lab: Lab) -> list[Row]:
    """Servers, yards, calendars and slowdowns under demand that changes with time."""
    p = entry.parameters
    servers = int(p["servers"]) if is_number(p, "servers") else 0
    times = {name: t for name in entry.expected if (t := _time(name)) is not None}
    # places for all hold whether or not a server is on duty; those of a yard are beside its servers
    places = int(p["K"]) if p.get("K") is not None else None
    yard = yard_of(p, servers) if servers or places is None else None
    words = service_words(p)
    gate: dict[str, Any] = {"servers": servers} | calendar_of(p, servers) | {"service": laws.law(words)}
    gate |= waiting(yard) if places is None else {"places": places}
    gate |= {"when_full": "turn_away"} if yard is not None or places is not None else {}
    case = scenario(
        entry.id, entry.system, length=span(max(times.values()) + 1.0), stations={"gate": gate},
        routes={"trucks": [{"at": "gate"}]}, flows={"trucks": demand_of(p)},
    )  # fmt: skip

    def one(run: Seen) -> dict[str, dict[str, float]]:
        return _at_times(run, times, places, yard or 0)

    runs = lab.runs(case, _QUICK if lab.is_quick else _FULL, one)
    rows = []
    for name, expected in entry.expected.items():
        if name not in times or not isinstance(expected, Mapping):
            rows.append(unknown(entry, name, expected, ["t=6: {" + ", ".join(_KNOWN) + "}"]))
            continue
        for metric, value in expected.items():
            rows.append(_row(entry, name, metric, value, [run[name] for run in runs]))
    return rows


def _row(entry: Entry, name: str, metric: str, value: Any, runs: Sequence[Mapping[str, float]]) -> Row:
    """One metric at one instant."""
    expected, base = entry.expected[name], _SAME.get(metric, metric)
    if metric in ("VarN", "SdN"):
        number_of = np.array([run["EN"] for run in runs])
        about = float(expected["EN"]) if "EN" in expected else float(number_of.mean())
        sample: Sequence[float] = ((number_of - about) ** 2).tolist()
        value = value**2 if metric == "SdN" else value
    elif match := re.fullmatch(r"P_(?:n|N)_?(ge_)?(\d+)|P\(N(>?)=(\d+)\)", metric):
        least, k = match[1] or match[3], int(match[2] or match[4])
        sample = [float(run["EN"] >= k if least else run["EN"] == k) for run in runs]
    elif base in runs[0]:
        sample = [run[base] for run in runs]
    else:
        return unknown(entry, f"{name} {metric}", value, _KNOWN)
    part = 0.0 if metric in ("VarN", "SdN", "cum_wait") else abs(value) % 1
    # no whole number that varies has a smaller variance than this, with its mean
    least_error = math.sqrt(part * (1 - part) / len(runs))
    if metric in _SKEWED and 0 < (mean := float(np.mean(sample))) < value:
        # a sample that lacks its long tail has too small a spread as well: that of the answer is in proportion
        least_error = max(least_error, float(np.std(sample)) / math.sqrt(len(runs)) * value / mean)
    return sampled(entry, f"{name} {metric}", sample, value, least_error=least_error)


_KNOWN = ("EN", "EQ", "VarN", "SdN", "E_busy", "E_overtime", "P_empty", "P_all_busy", "P_full", "P(N=2)", "P(N>=2)",
          "cum_wait", "cum_served", "cum_accepted", "cum_arrived", "cum_lost")  # fmt: skip
_SKEWED = ("EQ", "VarN", "cum_wait")
_SAME = {
    "L": "EN", "Lq": "EQ", "EB": "E_busy", "E_in_service": "E_busy", "P0": "P_empty", "P_block": "P_full",
    "cum_lost": "cum_lost", "cum_turned_away": "cum_lost", "cum_blocked": "cum_lost", "cum_arrivals": "cum_arrived",
    "cum_departures": "cum_served", "P_wait": "P_all_busy",
}  # fmt: skip


def _at_times(
    run: Seen, times: Mapping[str, float], places: int | None, yard: int
) -> dict[str, dict[str, float]]:  # fmt: skip
    """What is to be seen at instants, after the changes of each. `places` are for all, a yard is for waiting alone."""
    now = np.array([_ms(t) for t in times.values()])
    whole = run.at("gate")
    away = (whole.entered == NEVER) & (run.outcome[whole.truck] == 1)
    gate = whole.where(~away) if away.any() else whole
    inside, waits = _UnderWay(gate.joined, gate.left), _UnderWay(gate.joined, gate.started)
    served, stopped = _UnderWay(gate.started, gate.left), _UnderWay(run.paused[:, 2], run.paused[:, 3])
    number_of, busy = inside.at(now), served.at(now) - stopped.at(now)
    begun, duty = _duty(run.plan, now)
    found = {
        "EN": number_of,
        "EQ": number_of - busy,
        "E_busy": busy,
        "E_overtime": [_UnderWay(*_before(gate, t)).at(np.array([n]))[0] for t, n in zip(begun, now, strict=True)],
        "P_empty": number_of == 0,
        "P_all_busy": busy >= duty,
        "P_full": number_of >= places if places is not None else (waits.at(now) >= yard) & (busy >= duty),
        "cum_wait": (waits.total(now) + stopped.total(now)) / run.unit,
        "cum_served": inside.ended(now),
        "cum_accepted": inside.begun(now),
        "cum_arrived": np.searchsorted(np.sort(whole.joined), now, side="right"),
        "cum_lost": np.searchsorted(np.sort(whole.joined[away]), now, side="right"),
    }
    return {name: {metric: float(row[k]) for metric, row in found.items()} for k, name in enumerate(times)}


def _before(gate: Stays, shift: int) -> tuple[IntArray, IntArray]:
    """Services begun before a change of shift."""
    old = (gate.started != NEVER) & (gate.started < shift)
    return gate.started[old], gate.left[old]


def _duty(plan: Plan, now: IntArray) -> tuple[IntArray, IntArray]:
    """The last change of the servers on duty up to some instants, and their number since; of the only resource."""
    changes = plan.network.changes
    mine = changes[np.isin(changes["what"], (Change.CAPACITY, Change.SHIFT))]
    last = np.searchsorted(mine["time"], now, side="right")
    values = np.append(plan.network.resources["capacity"][0], mine["value"])
    return np.append(-1, mine["time"])[last], values[last]


class _UnderWay:
    """Stretches of time, counted at any instant."""

    def __init__(self, begin: IntArray, end: IntArray) -> None:
        self.begins, self.ends = np.sort(begin[begin != NEVER]), np.sort(end[end != NEVER])

    def begun(self, now: IntArray) -> IntArray:
        return np.searchsorted(self.begins, now, side="right")

    def ended(self, now: IntArray) -> IntArray:
        return np.searchsorted(self.ends, now, side="right")

    def at(self, now: IntArray) -> IntArray:
        """How many are under way, after what happens at the instant."""
        return self.begun(now) - self.ended(now)

    def total(self, now: IntArray) -> IntArray:
        """Time spent in all of them until then. [ms]"""
        sums = [np.concatenate([[0], np.cumsum(each)]) for each in (self.begins, self.ends)]
        begun, ended = self.begun(now), self.ended(now)
        found: IntArray = begun * now - sums[0][begun] - (ended * now - sums[1][ended])
        return found


def _ms(hours: float) -> int:
    return round(hours * 3_600_000)


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
