"""Entries with one exact answer: trucks of a list, calendars, fluid limits, intervals, edge cases."""

import math
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from scipy import stats

from .made import entry
from .paths import blocked_line, calendar_path, waits_in_order
from .stations import moments

Made = dict[str, Any]


def all_of() -> Iterator[Made]:
    yield from _lists()
    yield from _lines()
    yield from _calendars()
    yield from _slow()
    yield from _deterministic()
    yield from _fluid()
    yield from _statistics()
    yield from _laws()
    yield from _edges()
    yield from _ciw()
    yield from _identities()
    yield from _calibrated()


def _lists() -> Iterator[Made]:
    chance = random.Random(7)  # noqa: S311  not a secret
    for name, servers, say in (("a", 2, "{:.2f}"), ("b", 1, "{}/7"), ("c", 4, "{:d}")):
        whole = "/" in say or "d" in say
        draw = (lambda high: chance.randint(1, 10 * high)) if whole else (lambda high: chance.uniform(0.05, high))
        times = sorted(draw(8) for _ in range(25))
        arrivals = [say.format(t) for t in times]
        services = [say.format(draw(servers)) for _ in times]
        found = _listed([Fraction(a) for a in arrivals], [Fraction(s) for s in services], servers)
        given = {"arrivals": arrivals, "services": services, "servers": servers}
        if name == "c":
            given = {"arrivals": [int(a) for a in arrivals], "services": [int(s) for s in services], "servers": servers}
        yield entry(name, "samplepath", given, found, how="Kiefer and Wolfowitz, exact fractions", digits=12)


def _listed(arrivals: list[Fraction], services: list[Fraction], servers: int) -> Made:
    starts = waits_in_order(arrivals, services, servers)
    waits = [s - a for s, a in zip(starts, arrivals, strict=True)]
    leaves = [s + x for s, x in zip(starts, services, strict=True)]
    span, n = max(leaves) - arrivals[0], len(waits)
    inside = sum(leaves) - sum(arrivals)
    return {
        "waits": waits, "departures": leaves, "mean_wait": sum(waits) / n, "max_wait": max(waits), "makespan": span,
        "time_avg_queue": sum(waits) / span, "time_avg_in_system": inside / span,
        "utilisation": sum(services) / span / servers, "littles_law_L_equals_lambda_W": inside / span,
    }  # fmt: skip


def _lines() -> Iterator[Made]:
    chance = random.Random(11)  # noqa: S311
    for name, yards, stages in (("a", [1, 1], 3), ("b", [2, 0], 3), ("c", [0, 1, 0], 4), ("d", [3], 2)):
        arrivals = sorted(Fraction(chance.randint(0, 40), 2) for _ in range(15))
        services = [[Fraction(chance.randint(1, 9), 2) for _ in arrivals] for _ in range(stages)]
        start, end, leave = blocked_line(arrivals, services, yards)
        found = {"start": start, "service_end": end, "leave": leave, "last_departure": leave[-1][-1]}
        found |= {f"blocked_time_stage{k + 1}": [a - b for a, b in zip(leave[k], end[k], strict=True)] for k in range(stages - 1)}
        word = "yards_before_stage_2_3" if stages == 3 else "waiting_places_between"
        given = {"arrivals": [str(a) for a in arrivals], "services": [[str(x) for x in row] for row in services], word: yards}
        yield entry(name, "bas_path", given, found, how="max-plus recursion, exact fractions", digits=12)


def _calendars() -> Iterator[Made]:
    twice = [[0, 240], [300, 540], [1440, 1680], [1740, 1980]]
    systems = {
        "a": ([0, 5, 10, 220, 225, 230, 300, 530, 535], [30, 12, 18, 25, 40, 15, 20, 60, 30], 3, twice),
        "b": ([0, 50, 100, 115, 119, 119, 300, 470], [20, 15, 30, 10, 2, 45, 5, 50], 1, [[0, 120], [240, 300], [480, 720], [1440, 1560]]),
        "c": ([900, 910, 960, 970, 1200, 1430], [40, 40, 40, 40, 40, 40], 2, [[840, 1080], [2280, 2520]]),
        "d": ([-30.5, 0, 0.25, 7.75, 238.5], [2.5, 7.25, 12.125, 3, 1.5], 1, twice),
        "e": ([0, 10, 20, 30], [90, 90, 90, 90], 1, [[0, 60], [70, 200], [300, 500], [600, 900]]),
        "f": ([-100, -10, 30, 50, 1400], [30, 30, 30, 45, 20], 1, [[-120, 60], [1320, 1500]]),
    }  # fmt: skip
    for name, (arrivals, services, servers, windows) in systems.items():
        found = {}
        for rule in ("finish", "pause", "fits"):
            a, s = [Fraction(x) for x in arrivals], [Fraction(x) for x in services]
            later = [[Fraction(x) + 1440 * day for x in w] for day in range(1, 9) for w in windows[-1:]]
            open_ = [(Fraction(x), Fraction(y)) for x, y in [*windows, *later]]
            starts, departs = calendar_path(a, s, servers, open_, rule)
            # under pause a truck waits until it begins, as under the other rules
            waits = [x - y for x, y in zip(starts, a, strict=True)]
            found[rule] = {"start": starts, "depart": departs, "wait": waits, "total_wait": sum(waits), "last_departure": max(departs)}
        given = {"arrivals_min": arrivals, "services_min": services, "servers": servers, "windows_min": windows, "unit": "minutes"}
        yield entry(name, "ddc_calendar", given, found, how="exact recursion", digits=12)


def _slow() -> Iterator[Made]:
    for name, arrivals, service, begin, end, factor in (
        ("a", [0, 5, 40, 41], 12, 6, 50, "1/3"), ("b", [0, 30, 60, 90], 25, 10, 35, 0.25), ("c", [0, 1, 2], 10, 100, 200, "1/2"),
    ):  # fmt: skip
        speed, now = Fraction(str(factor)), Fraction(-(10**6))
        change: Made = {"start": [], "depart": []}
        drawn: Made = {"start": [], "depart": []}
        for a in arrivals:
            start = max(now, Fraction(a))
            left, at = Fraction(service), start
            for until, pace in ((begin, Fraction(1)), (end, speed), (10**9, Fraction(1))):
                if at >= until or left == 0:
                    continue
                done = min(left, (until - at) * pace)
                left, at = left - done, at + done / pace
            change["start"].append(start)
            change["depart"].append(at)
            now = at
        now = Fraction(-(10**6))
        for a in arrivals:
            start = max(now, Fraction(a))
            now = start + service / (speed if begin <= start < end else 1)
            drawn["start"].append(start)
            drawn["depart"].append(now)
        given = {"arrivals_min": arrivals, "service_min": service, "slow_from": begin, "slow_to": end, "factor": factor}
        yield entry(name, "slowdown", given, {"rate_changes_in_progress": change, "time_drawn_at_start": drawn}, how="by hand, exact fractions", digits=12)


def _deterministic() -> Iterator[Made]:
    for name, cap, travel, service, servers in (("a", 3, 45, 15, 2), ("b", 10, 20, 30, 2), ("c", 6, 60, 20, 5), ("d", 1, 10, 5, 1)):
        by_cap, by_gate = Fraction(cap, travel + service) * 60, Fraction(servers, service) * 60
        through = min(by_cap, by_gate)
        found = {"throughput_per_hour": through, "bottleneck": "cap K" if by_cap < by_gate else "gate", "idle_share_of_gate": 1 - through / by_gate}
        given = {"K": cap, "travel_min": travel, "service_min": service, "servers": servers}
        yield entry(name, "meter_dd", given, found, how="cycle time", digits=12)


def _fluid() -> Iterator[Made]:
    for name, rate, capacity, shut in (("a", 8, 20, 24), ("b", 25, 40, 36), ("c", 5, 6.25, 12)):
        backlog, recovery = rate * shut, rate * shut / (capacity - rate)
        delay = backlog * (shut + recovery) / 2
        end = shut + recovery
        affected = rate * end
        asked = [0, end / 4, shut, shut * 1.25]
        found = {
            "backlog_at_reopening": backlog, "recovery_hours": recovery, "back_to_normal_after_closure_start": end,
            "total_delay_truck_hours": delay, "trucks_affected": affected, "mean_delay_of_affected": delay / affected, "max_delay": shut,
            "delay_of_arrival_at": {f"u={u:g}": max(0.0, shut + rate * u / capacity - u) for u in asked},
            "queue_at_reopening_plus": {f"{h:g}h": max(0.0, backlog - (capacity - rate) * h) for h in (1, 2.5, recovery / 2)},
        }  # fmt: skip
        yield entry(name, "fluid", {"arrival_rate": rate, "capacity": capacity, "closed_hours": shut}, found, how="geometry", digits=12)
    for name, rate, capacity, hours in (("d", 10, 30, 10), ("e", 12, 25, 13.5), ("f", 15, 30, 12)):
        night = 24 - hours
        queue = rate * night
        clear = queue / (capacity - rate)
        if rate * 24 > capacity * hours:
            found: Made = {"stable": False, "growth_per_day": rate * 24 - capacity * hours}
        else:
            delay = queue * night / 2 + queue * clear / 2
            found = {"morning_queue": queue, "queue_cleared_after_opening_hours": clear, "daily_delay_truck_hours": delay,
                     "mean_delay_per_truck": delay / (24 * rate), "max_delay": night, "stable": True}  # fmt: skip
        yield entry(name, "fluid", {"arrival_rate": rate, "capacity": capacity, "open_hours": hours}, found, how="geometry", digits=12)
    yield entry("g", "fluid", {"arrival_rate": 20, "capacity": 30, "open_hours": 12}, {"stable": False, "growth_per_day": 120}, how="balance", digits=12)
    for name, rate, share, capacity, shut in (("a", 12, 0.25, 20, 48), ("b", 6, "0.5", 10, 30), ("c", 20, 0.1, 45, 24)):
        fresh = rate * float(share)
        cleared, every = fresh * shut / (capacity - fresh), rate * shut / (capacity - rate)
        total = rate * shut * (shut + every) / 2
        mine = fresh * shut * (shut + cleared) / 2
        found = {"perishables_backlog": fresh * shut, "perishables_cleared_hours": cleared, "all_cleared_hours": every,
                 "perishables_delay_truck_hours": mine, "others_delay_truck_hours": total - mine,
                 "others_queue_when_perishables_clear": (rate - fresh) * (shut + cleared)}  # fmt: skip
        given = {"arrival_rate": rate, "perishable_share": share, "capacity": capacity, "closed_hours": shut}
        yield entry(name, "fluid_prio", given, found, how="geometry", digits=12)
    for name, rate, capacity, shut, yard in (("a", 12, 30, 48, 200), ("b", 5, 9, 24, 100), ("c", 8, 20, 24, 250)):
        backlog = rate * shut
        over = max(0, backlog - yard)
        found = {"yard_full_after_hours": yard / rate, "spill_back_at_reopening": over, "spill_cleared_hours": over / (capacity - rate),
                 "turned_away_if_loss": over, "recovery_hours_if_loss": min(yard, backlog) / (capacity - rate)}  # fmt: skip
        if yard > backlog:
            found |= {"yard_full_after_hours": None, "spill_cleared_hours": 0}
        given = {"arrival_rate": rate, "capacity": capacity, "closed_hours": shut, "yard_places": yard}
        yield entry(name, "fluid_yard", given, found, how="geometry", digits=12)


def _statistics() -> Iterator[Made]:
    for name, values in (("a", [1.5, 2.25, 0.5, 9.0, 4.125]), ("b", [3, 4, 5]), ("c", [10.5] * 2 + [11.5] * 3)):
        n, mean, sd = len(values), float(np.mean(values)), float(np.std(values, ddof=1))
        found = {"mean": mean, "sd": sd, "se": sd / math.sqrt(n)}
        found |= {f"halfwidth_{c}": float(stats.t.ppf((1 + c / 100) / 2, n - 1)) * sd / math.sqrt(n) for c in (90, 95, 99)}
        found |= {"p25": float(np.quantile(values, 0.25)), "median": float(np.median(values)), "variance": sd**2, "n": n}
        yield entry(name, "stats", {"values": values}, found, how="scipy's t quantile", digits=10)
    a, b = [5.1, 4.2, 6.3, 5.5, 4.9], [4.8, 4.4, 5.2, 5.1, 4.1]
    d = np.array(a) - np.array(b)
    pooled = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    found = {"mean_diff": float(d.mean()), "sd_diff": float(d.std(ddof=1)), "halfwidth_95": float(stats.t.ppf(0.975, 4) * d.std(ddof=1) / math.sqrt(5)),
             "unpaired_welch_halfwidth_95": float(pooled.high - pooled.low) / 2, "correlation": float(np.corrcoef(a, b)[0, 1])}  # fmt: skip
    yield entry("pairs", "stats", {"A": a, "B": b}, found, how="scipy", digits=10)
    yield entry("steps", "stats", {"times": [0, 1, 2.5, 4], "values": [0, 2, 1, 3], "end": 6}, {"time_average": (0 + 3 + 1.5 + 6) / 6, "max": 3}, how="by hand", digits=12)
    yield entry("steps-b", "stats", {"times": [0, 2, 5, 9], "values": [1, 0, 4], }, {"time_average": (2 + 0 + 16) / 9}, how="by hand", digits=12)
    values = [2, 4, 4, 5, 7, 9, 11, 12, 15, 20]
    found = {f"p{p}": float(np.quantile(values, p / 100)) for p in (10, 25, 50, 75, 90, 95, 99)}
    yield entry("quantiles", "stats", {"values": values}, found, how="linear between neighbours, Hyndman and Fan's type 7", digits=12)


def _laws() -> Iterator[Made]:
    for name, law in (
        ("gamma", {"type": "gamma", "mean": 20, "cv": 0.5}), ("weibull", {"type": "weibull", "shape": 1.5, "scale": 12}),
        ("uniform", {"type": "uniform", "low": 5, "high": 25}), ("hyper", {"type": "hyperexp", "p": ["0.8", "0.2"], "means": ["5", "40"]}),
        ("exp", {"type": "exp", "mean": 15}), ("constant", {"type": "constant", "value": 8}),
        ("two-point", {"type": "discrete", "values": [5, 30], "p": [0.8, 0.2]}), ("erlang", {"type": "erlang", "mean": 30, "k": 2}),
    ):  # fmt: skip
        m1, m2, m3 = moments(law)
        found = {"mean": m1, "variance": m2 - m1 * m1, "cv": math.sqrt(max(0.0, m2 - m1 * m1)) / m1, "third_moment": m3}
        yield entry(name, "dist", law, found, how="closed form", digits=12)
    for name, mean, cv in (("lognormal", 45, 1), ("lognormal-b", 10, 0.2)):
        s2 = math.log1p(cv * cv)
        mu, s = math.log(mean) - s2 / 2, math.sqrt(s2)
        found = {"log_mean": mu, "log_sd": s, "sd": mean * cv} | {f"p{p}": math.exp(mu + s * stats.norm.ppf(p / 100)) for p in (5, 50, 95)}
        yield entry(name, "dist", {"mean": mean, "cv": cv}, found, how="closed form", digits=12,
                    system="lognormal given by arithmetic mean and coefficient of variation")  # fmt: skip
    yield entry("gamma-words", "dist", {"mean": 30, "cv": 0.5}, {"mean": 30, "shape": 4, "scale": 7.5, "sd": 15, "p50": float(stats.gamma.ppf(0.5, 4, scale=7.5))},
                how="closed form", system="gamma given by arithmetic mean and coefficient of variation", digits=10)  # fmt: skip


def _edges() -> Iterator[Made]:
    yield entry("none", "degenerate", {"rate": 0.0}, {"arrivals": 0, "mean_queue": 0, "mean_wait": "undefined"}, how="by hand", system="no trucks at all")
    yield entry("burst", "degenerate", {"n": 7, "servers": 3, "service": 10}, {"makespan_min": 30, "mean_wait_min": Fraction(10 * 3 + 20, 7), "max_wait_min": 20}, how="by hand", digits=12)
    yield entry("one", "degenerate", {"n": 1, "servers": 1, "service": 5}, {"makespan_min": 5, "mean_wait_min": 0, "max_wait_min": 0}, how="by hand", digits=12)
    yield entry("never", "degenerate", {"servers": 0}, {"rule": "validation error"}, how="rule")
    yield entry("full", "degenerate", {"gap": 12, "service": 24, "servers": 2}, {"max_wait": 0, "utilisation_after_first": 1}, how="by hand", digits=12)
    yield entry("zero-service", "degenerate", {"n": 50, "servers": 1, "service": 0}, {"makespan_min": 0, "mean_wait_min": 0, "max_wait_min": 0}, how="by hand", digits=12)
    yield entry("idle", "degenerate", {"gap": 10, "service": 5}, {"max_wait": 0, "mean_wait": 0, "utilisation": 0.5}, how="by hand", digits=12)
    yield entry("nowhere", "degenerate", {"waiting_places": 0, "n": 5, "servers": 2, "service": 6}, {"served": 2, "turned_away": 3}, how="by hand", digits=12, system="a burst at a station without waiting places; who finds none is turned away")
    yield entry("huge", "degenerate", {"n": 10, "servers": 1000, "service": 6}, {"makespan_min": 6, "max_wait_min": 0}, how="by hand", digits=12, system="more servers than trucks")
    yield entry("last", "degenerate", {"arrival": 30, "service": 20, "servers": 1}, {"wait": 0, "time_in_system": 20}, how="by hand", digits=12, system="a single truck, wait 0")


def _ciw() -> Iterator[Made]:
    for name, gap, service, shifts, horizon in (("a", 2, 3, [[0, 5, 1], [5, 12, 3], [12, 60, 0]], 24), ("b", 4, 7, [[0, 10, 2], [10, 100, 0]], 30)):
        arrivals = [gap * (k + 1) for k in range(horizon // gap)]
        busy, starts, ends, over = [], [], [], []
        for a in arrivals:
            at = a
            while True:
                shift = next(s for s in shifts if s[0] <= at < s[1])
                on = [e for e in busy if e > at]
                if shift[2] and len(on) < shift[2]:
                    break
                later = [e for e in on if e > at] + [s[0] for s in shifts if s[0] > at]
                if not [s for s in shifts if s[1] > at and s[2]] or not later:
                    at = None
                    break
                at = min(later)
            if at is None:
                break
            busy.append(at + service)
            starts.append(at)
            ends.append(at + service)
            over.append(max(0, at + service - shift[1]))
        yield entry(name, "ciw", {"interarrival": gap, "service": service, "shifts": shifts, "horizon": horizon},
                    {"starts": starts, "ends": ends, "overtime_per_server": over}, how="by hand, finish rule", digits=12)  # fmt: skip
    yield entry("c", "ciw", {"rate": 15, "service": 0.02, "open": [1, 1.1], "cycle": 2.0}, {"possible_start_offsets": [1, 1.02, 1.04, 1.06, 1.08, 1.1]}, how="assertion", digits=12)


def _identities() -> Iterator[Made]:
    for kind in ("id_little", "id_conservation", "id_work", "id_monotone", "id_crn"):
        for name in ("a", "b", "c"):
            yield entry(name, kind, {"any_scenario": True}, {"statement": "holds on every run"}, how="identity")


def _calibrated() -> Iterator[Made]:
    yield entry("a", "calib", {"arrival_rate": 9, "servers": 2, "observed": {"Wq": 0.1}}, {"service_rate": 6.8}, how="bisection", digits=2)
    yield entry("a", "calib_fluid", {"arrival_rate": 10, "closed_hours": 24, "recovery_hours": 48}, {"capacity": 15.0}, how="closed form")
