"""Entries of trucks of a list: first come first served, blocking lines, calendars, slowdowns."""

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from .made import entry
from .paths import blocked_line, calendar_path, waits_in_order

Made = dict[str, Any]


def all_of() -> Iterator[Made]:
    yield from _lists()
    yield from _lines()
    yield from _calendars()
    yield from _slow()


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
        "waits": waits,
        "departures": leaves,
        "mean_wait": sum(waits) / n,
        "max_wait": max(waits),
        "makespan": span,
        "time_avg_queue": sum(waits) / span,
        "time_avg_in_system": inside / span,
        "utilisation": sum(services) / span / servers,
        "littles_law_L_equals_lambda_W": inside / span,
    }


def _lines() -> Iterator[Made]:
    chance = random.Random(11)  # noqa: S311
    for name, yards, stages in (("a", [1, 1], 3), ("b", [2, 0], 3), ("c", [0, 1, 0], 4), ("d", [3], 2)):
        arrivals = sorted(Fraction(chance.randint(0, 40), 2) for _ in range(15))
        services = [[Fraction(chance.randint(1, 9), 2) for _ in arrivals] for _ in range(stages)]
        start, end, leave = blocked_line(arrivals, services, yards)
        found = {"start": start, "service_end": end, "leave": leave, "last_departure": leave[-1][-1]}
        found |= {
            f"blocked_time_stage{k + 1}": [a - b for a, b in zip(leave[k], end[k], strict=True)]
            for k in range(stages - 1)
        }
        word = "yards_before_stage_2_3" if stages == 3 else "waiting_places_between"
        given = {
            "arrivals": [str(a) for a in arrivals],
            "services": [[str(x) for x in row] for row in services],
            word: yards,
        }
        yield entry(name, "bas_path", given, found, how="max-plus recursion, exact fractions", digits=12)


def _calendars() -> Iterator[Made]:
    twice = [[0, 240], [300, 540], [1440, 1680], [1740, 1980]]
    systems = {
        "a": ([0, 5, 10, 220, 225, 230, 300, 530, 535], [30, 12, 18, 25, 40, 15, 20, 60, 30], 3, twice),
        "b": (
            [0, 50, 100, 115, 119, 119, 300, 470],
            [20, 15, 30, 10, 2, 45, 5, 50],
            1,
            [[0, 120], [240, 300], [480, 720], [1440, 1560]],
        ),
        "c": ([900, 910, 960, 970, 1200, 1430], [40, 40, 40, 40, 40, 40], 2, [[840, 1080], [2280, 2520]]),
        "d": ([-30.5, 0, 0.25, 7.75, 238.5], [2.5, 7.25, 12.125, 3, 1.5], 1, twice),
        "e": ([0, 10, 20, 30], [90, 90, 90, 90], 1, [[0, 60], [70, 200], [300, 500], [600, 900]]),
        "f": ([-100, -10, 30, 50, 1400], [30, 30, 30, 45, 20], 1, [[-120, 60], [1320, 1500]]),
    }
    for name, (arrivals, services, servers, windows) in systems.items():
        found = {}
        for rule in ("finish", "pause", "fits"):
            a, s = [Fraction(x) for x in arrivals], [Fraction(x) for x in services]
            later = [[Fraction(x) + 1440 * day for x in w] for day in range(1, 9) for w in windows[-1:]]
            open_ = [(Fraction(x), Fraction(y)) for x, y in [*windows, *later]]
            starts, departs = calendar_path(a, s, servers, open_, rule)
            # under pause a truck waits until it begins, as under the other rules
            waits = [x - y for x, y in zip(starts, a, strict=True)]
            found[rule] = {
                "start": starts,
                "depart": departs,
                "wait": waits,
                "total_wait": sum(waits),
                "last_departure": max(departs),
            }
        given = {
            "arrivals_min": arrivals,
            "services_min": services,
            "servers": servers,
            "windows_min": windows,
            "unit": "minutes",
        }
        yield entry(name, "ddc_calendar", given, found, how="exact recursion", digits=12)


def _slow() -> Iterator[Made]:
    for name, arrivals, service, begin, end, factor in (
        ("a", [0, 5, 40, 41], 12, 6, 50, "1/3"),
        ("b", [0, 30, 60, 90], 25, 10, 35, 0.25),
        ("c", [0, 1, 2], 10, 100, 200, "1/2"),
    ):
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
        yield entry(
            name,
            "slowdown",
            given,
            {"rate_changes_in_progress": change, "time_drawn_at_start": drawn},
            how="by hand, exact fractions",
            digits=12,
        )
