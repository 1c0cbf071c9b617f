"""Trucks of a list, one after the other, in exact fractions."""

import heapq
from collections.abc import Sequence
from fractions import Fraction


def waits_in_order(arrivals: Sequence[Fraction], services: Sequence[Fraction], servers: int) -> list[Fraction]:
    """When each truck of a list begins service, first come first served."""
    free: list[Fraction] = [Fraction(-(10**9))] * servers
    starts = []
    for arrival, service in zip(arrivals, services, strict=True):
        start = max(arrival, heapq.heappop(free))
        heapq.heappush(free, start + service)
        starts.append(start)
    return starts


def blocked_line(
    arrivals: Sequence[Fraction], services: Sequence[Sequence[Fraction]], yards: Sequence[int]
) -> tuple[list[list[Fraction]], list[list[Fraction]], list[list[Fraction]]]:
    """Starts, ends and leavings of each stage of single servers with finite yards, by max-plus recursion."""
    stages, never = len(services), Fraction(-(10**9))
    start: list[list[Fraction]] = [[] for _ in services]
    end: list[list[Fraction]] = [[] for _ in services]
    leave: list[list[Fraction]] = [[] for _ in services]
    for n, arrival in enumerate(arrivals):
        ready = arrival
        for k in range(stages):
            start[k].append(max(ready, leave[k][n - 1] if n else never))
            end[k].append(start[k][n] + services[k][n])
            ready = end[k][n]
            if k + 1 < stages:
                before = n - yards[k] - 1
                ready = max(ready, leave[k + 1][before] if before >= 0 else never)
            leave[k].append(ready)
    return start, end, leave


def calendar_path(
    arrivals: Sequence[Fraction],
    services: Sequence[Fraction],
    servers: int,
    windows: Sequence[tuple[Fraction, Fraction]],
    rule: str,
) -> tuple[list[Fraction], list[Fraction]]:
    """Starts and departures of one station with opening windows, strictly first come first served."""
    free: list[Fraction] = [Fraction(-(10**9))] * servers
    starts, departs, last = [], [], Fraction(-(10**9))
    for arrival, service in zip(arrivals, services, strict=True):
        at = max(arrival, heapq.heappop(free), last)
        window = next((a, b) for a, b in windows if at < b and (rule != "fits" or max(at, a) + service <= b))
        at = max(at, window[0])
        done = at + service
        if rule == "pause":
            left, begin = service, at
            for a, b in windows:
                if b <= begin:
                    continue
                begin = max(begin, a)
                worked = min(left, b - begin)
                left -= worked
                done = begin + worked
                if left == 0:
                    break
        heapq.heappush(free, done)
        starts.append(at)
        departs.append(done)
        last = at
    return starts, departs
