"""Trucks of a list: how an entry may state them, and everything that may be asked of their visits to one station."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from sim.planning.plan import NEVER

from .case import HOUR, MINUTE
from .entries import is_number, number
from .measures import levels, time_in
from .stays import FloatArray, IntArray, Seen, Stays

_SIZES = {"min": MINUTE, "h": HOUR, "hours": HOUR, "hour": HOUR, "s": Fraction(1000), "minutes": MINUTE}
KNOWN = (
    "start, end, depart, wait, time_in_system, mean_wait, max_wait, total_wait, makespan, last_departure, served,"
    " turned_away, unserved, utilisation, time_avg_queue, max_queue, P_wait, throughput, with or without a unit behind"
)
_OF_TRUCK = ("wait", "wait_truck", "wait_of_truck")
_NO_TRUCKS = ("never", "none", "nan", "undefined", "no truck", "not served", "infinite", "inf", "n/a", "null")
# every list by all its names; a mean, a total and a maximum of each can be asked for as well
_NAMES: Mapping[str, Sequence[str]] = {
    "start": ("start", "starts", "begin", "service_start", "service_starts"),
    "end": ("end", "ends", "service_end", "service_ends"),
    "departure": ("depart", "departs", "departure", "departures", "leave", "leaves", "finish"),
    "wait": ("wait", "waits", "delay", "delays", "waiting_time", "waiting_times"),
    "time_in_system": ("time_in_system", "times_in_system", "sojourn", "sojourns", "sojourn_time", "sojourn_times",
                       "time_in_sys", "flow_time", "flow_times"),
}  # fmt: skip


def stated(p: Mapping[str, Any], *names: str) -> Any:
    """The first parameter of some names, with or without a unit behind it; None if there is none."""
    return next((p[key] for name in names for unit in ("", *_SIZES) for key in (f"{name}_{unit}" if unit else name,)
                 if key in p), None)  # fmt: skip


def unit_of(p: Mapping[str, Any], unless: Fraction) -> Fraction:
    """What one unit of an entry is, by its own words or by the ends of its names. [ms]"""
    said = next((str(p[name]).lower() for name in ("unit", "units", "time_unit") if name in p), None)
    if said is not None:
        return next((size for word, size in _SIZES.items() if said.startswith(word)), unless)
    ends = [m[1] for name in p if (m := re.search(r"_(min|h|s|hours|minutes)$", name))]
    return _SIZES[ends[0]] if ends else unless


def arrivals_of(p: Mapping[str, Any], unless: int = 1) -> list[Fraction]:
    """A list, gaps from truck to truck, a burst at one instant, trucks at equal gaps, or a single one."""
    listed = stated(p, "arrivals", "arrival_times")
    if listed is not None:
        return [number(t) for t in listed]
    gap = stated(p, "gap", "interarrival", "interarrivals", "interarrival_times", "interval", "headway")
    if isinstance(gap, list):
        return [sum((number(g) for g in gap[: k + 1]), Fraction(0)) for k in range(len(gap))]
    n = next((int(p[name]) for name in ("n", "trucks", "n_trucks", "number") if is_number(p, name)), None)
    if gap is not None:
        first = stated(p, "first_arrival", "first")
        return [number(first or 0) + k * number(gap) for k in range(unless if n is None else n)]
    return [number(stated(p, "arrival", "arrives", "at") or 0)] * (1 if n is None else n)


def services_of(p: Mapping[str, Any], trucks: int) -> list[Fraction]:
    """A list, or the same service for every truck."""
    said = stated(p, "services", "service_times", "service", "service_time")
    if isinstance(said, list):
        return [number(s) for s in said]
    if isinstance(said, Mapping):
        said = next((said[key] for key in ("value", "mean") if key in said), None)
    if said is None:
        raise ValueError("states no services of its trucks")
    return [number(said)] * trucks


def found_of(run: Seen, stays: Stays, servers: int) -> dict[str, Any]:
    """All that may be asked of listed trucks, in units of the entry, each also with a unit behind its name.

    A truck that is turned away, or not served in this run, has nan in the lists, and none of the means counts it.
    """
    away = run.outcome[stays.truck] == 1
    joined, starts, ends, leaves = (run.units(t) for t in (stays.joined, stays.started, stays.ended, stays.left))
    leaves = np.where(away | (stays.started == NEVER), np.nan, leaves)
    lists = {"start": starts, "end": ends, "departure": leaves, "wait": starts - joined,
             "time_in_system": leaves - joined}  # fmt: skip
    found: dict[str, Any] = {}
    for name, names in _NAMES.items():
        found |= dict.fromkeys(names, lists[name])
        for one in names:
            found |= {f"{how}_{one}": _of(how, lists[name]) for how in ("mean", "max", "total", "min")}
    served = stays.where((stays.started != NEVER) & (stays.left != NEVER))
    found |= _counts(joined, lists, away) | _over_time(run, stays.where(~away), served, servers)
    found |= {"makespan": found["max_departure"] - (joined.min() if len(joined) else np.nan)}
    hourly = found["throughput"] * float(HOUR) / run.unit
    found |= {"throughput_per_hour": hourly, "throughput_per_day": hourly * 24}
    found |= {f"{how}_{k + 1}": wait for k, wait in enumerate(found["wait"]) for how in _OF_TRUCK}
    return found | {f"{name}_{unit}": value for name, value in found.items() for unit in ("min", "h", "hours")}


def _of(how: str, values: FloatArray) -> float:
    some = values[~np.isnan(values)]
    if not len(some):
        return 0.0 if how == "total" else np.nan
    return float({"mean": np.mean, "max": np.max, "total": np.sum, "min": np.min}[how](some))


def _counts(joined: FloatArray, lists: Mapping[str, FloatArray], away: IntArray) -> dict[str, Any]:
    starts, waits, leaves = lists["start"], lists["wait"], lists["departure"]
    some = waits[~np.isnan(waits)]
    trucks, served, lost = (
        len(joined),
        int(np.count_nonzero(~np.isnan(leaves))),
        int(away.sum()),
    )
    first = starts[~np.isnan(starts)]
    found = {
        "Wq": _of("mean", waits), "W": _of("mean", lists["time_in_system"]), "first_start": _of("min", starts),
        "last_start": _of("max", starts), "last_departure": _of("max", leaves), "first_departure": _of("min", leaves),
        "number_waiting": int(np.count_nonzero(some > 0)), "P_wait": np.count_nonzero(some > 0) / max(1, len(some)),
        "starts_in_order": bool((np.diff(first) >= 0).all()), "wait_first": waits[0] if trucks else np.nan,
        "wait_last": waits[-1] if trucks else np.nan,
    }  # fmt: skip
    same: Mapping[str, Any] = {
        "served": served, "completed": served, "n_served": served, "trucks": trucks, "arrivals": trucks, "n": trucks,
        "n_waited": found["number_waiting"], "share_waiting": found["P_wait"],
        **dict.fromkeys(("turned_away", "n_turned_away", "lost", "blocked", "rejected", "n_lost", "n_blocked"), lost),
        **dict.fromkeys(("P_block", "share_turned_away", "share_lost"), lost / max(1, trucks)),
        **dict.fromkeys(("unserved", "not_served", "never_served", "waiting_at_end", "left_waiting"),
                        trucks - served - lost),
    }  # fmt: skip
    return found | same


def _over_time(run: Seen, let_in: Stays, served: Stays, servers: int) -> dict[str, Any]:
    """Averages from the first arrival to the last departure, and the largest numbers that last for some time."""
    low = int(let_in.joined.min()) if len(let_in.joined) else 0
    high = int(served.left.max()) if len(served.left) else low
    if high <= low:
        nothing = ("L", "Lq", "time_avg_queue", "time_avg_in_system", "mean_queue", "mean_in_system", "max_queue",
                   "max_in_system", "utilisation", "utilization", "utilisation_after_first", "busy_time")  # fmt: skip
        return dict.fromkeys((*nothing, "throughput", "littles_law_L_equals_lambda_W"), 0.0)
    inside, waiting = (levels(let_in.joined, to, low, high) for to in (let_in.left, let_in.started))
    mean, queue = (float((x * np.arange(len(x))).sum()) for x in (inside, waiting))
    busy, starts = time_in(served.started, served.left, low, high), np.sort(served.started)
    whole = _turns(served, servers, int(starts[0]))
    after = _turns(served, servers, int(starts[min(servers, len(starts)) - 1]))
    return {
        **dict.fromkeys(("L", "time_avg_in_system", "mean_in_system", "mean_number_in_system"), mean),
        **dict.fromkeys(("Lq", "time_avg_queue", "mean_queue", "mean_number_waiting"), queue),
        **dict.fromkeys(("max_queue", "max_queue_length"), int(np.flatnonzero(waiting).max())),
        **dict.fromkeys(("max_in_system", "max_number_in_system"), int(np.flatnonzero(inside).max())),
        **dict.fromkeys(("utilisation", "utilization", "utilisation_makespan"), busy / (servers * (high - low))),
        "utilisation_of_turns": whole, "utilisation_after_first": after,
        "throughput": len(served.left) / ((high - low) / run.unit), "busy_time": busy / run.unit,
        "idle_time": servers * (high - low) / run.unit - busy / run.unit,
        "littles_law_L_equals_lambda_W": mean,
    }  # fmt: skip


def _turns(served: Stays, servers: int, begin: int) -> float:
    """Share of the servers' time in use from an instant to the last start: whole turns, where trucks come regularly."""
    end = int(served.started.max())
    end = end if end > begin else int(served.left.max())
    return time_in(served.started, served.left, begin, end) / (servers * (end - begin)) if end > begin else 0.0


def blank(value: Any) -> Any:
    """An answer whose words say that there is no number, such as "never" or "undefined", as None; also inside lists."""
    if isinstance(value, list):
        return [blank(part) for part in value]
    is_none = isinstance(value, str) and value.strip().lower().startswith(_NO_TRUCKS)
    return None if is_none else value


def is_blank(value: Any) -> bool:
    """Whether a value is no number at all."""
    return value is None or (isinstance(value, float | np.floating) and bool(np.isnan(value)))


def works_within(arrivals: Sequence[Fraction], services: Sequence[Fraction], windows: Sequence[Sequence[Fraction]],
                 servers: int) -> bool:  # fmt: skip
    """Whether all is surely done before the last window closes, even if it all came with the last truck."""
    last, longest = max(arrivals, default=Fraction(0)), max(services, default=Fraction(0))
    # a window may end with a server that finds nothing short enough to begin
    rest = [max(Fraction(0), b - max(a, last) - longest) for a, b in windows]
    return sum(rest, Fraction(0)) * servers >= sum(services) + servers * longest
