"""Entries of deterministic flows: metering at constant times, closures and opening hours as fluids."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from .made import entry

Made = dict[str, Any]


def all_of() -> Iterator[Made]:
    yield from _deterministic()
    yield from _fluid()


def _deterministic() -> Iterator[Made]:
    for name, cap, travel, service, servers in (
        ("a", 3, 45, 15, 2),
        ("b", 10, 20, 30, 2),
        ("c", 6, 60, 20, 5),
        ("d", 1, 10, 5, 1),
    ):
        by_cap, by_gate = Fraction(cap, travel + service) * 60, Fraction(servers, service) * 60
        through = min(by_cap, by_gate)
        found = {
            "throughput_per_hour": through,
            "bottleneck": "cap K" if by_cap < by_gate else "gate",
            "idle_share_of_gate": 1 - through / by_gate,
        }
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
            "backlog_at_reopening": backlog,
            "recovery_hours": recovery,
            "back_to_normal_after_closure_start": end,
            "total_delay_truck_hours": delay,
            "trucks_affected": affected,
            "mean_delay_of_affected": delay / affected,
            "max_delay": shut,
            "delay_of_arrival_at": {f"u={u:g}": max(0.0, shut + rate * u / capacity - u) for u in asked},
            "queue_at_reopening_plus": {
                f"{h:g}h": max(0.0, backlog - (capacity - rate) * h) for h in (1, 2.5, recovery / 2)
            },
        }
        yield entry(
            name,
            "fluid",
            {"arrival_rate": rate, "capacity": capacity, "closed_hours": shut},
            found,
            how="geometry",
            digits=12,
        )
    for name, rate, capacity, hours in (("d", 10, 30, 10), ("e", 12, 25, 13.5), ("f", 15, 30, 12)):
        night = 24 - hours
        queue = rate * night
        clear = queue / (capacity - rate)
        if rate * 24 > capacity * hours:
            found: Made = {"stable": False, "growth_per_day": rate * 24 - capacity * hours}
        else:
            delay = queue * night / 2 + queue * clear / 2
            found = {
                "morning_queue": queue,
                "queue_cleared_after_opening_hours": clear,
                "daily_delay_truck_hours": delay,
                "mean_delay_per_truck": delay / (24 * rate),
                "max_delay": night,
                "stable": True,
            }
        yield entry(
            name,
            "fluid",
            {"arrival_rate": rate, "capacity": capacity, "open_hours": hours},
            found,
            how="geometry",
            digits=12,
        )
    yield entry(
        "g",
        "fluid",
        {"arrival_rate": 20, "capacity": 30, "open_hours": 12},
        {"stable": False, "growth_per_day": 120},
        how="balance",
        digits=12,
    )
    for name, rate, share, capacity, shut in (("a", 12, 0.25, 20, 48), ("b", 6, "0.5", 10, 30), ("c", 20, 0.1, 45, 24)):
        fresh = rate * float(share)
        cleared, every = fresh * shut / (capacity - fresh), rate * shut / (capacity - rate)
        total = rate * shut * (shut + every) / 2
        mine = fresh * shut * (shut + cleared) / 2
        found = {
            "perishables_backlog": fresh * shut,
            "perishables_cleared_hours": cleared,
            "all_cleared_hours": every,
            "perishables_delay_truck_hours": mine,
            "others_delay_truck_hours": total - mine,
            "others_queue_when_perishables_clear": (rate - fresh) * (shut + cleared),
        }
        given = {"arrival_rate": rate, "perishable_share": share, "capacity": capacity, "closed_hours": shut}
        yield entry(name, "fluid_prio", given, found, how="geometry", digits=12)
    for name, rate, capacity, shut, yard in (("a", 12, 30, 48, 200), ("b", 5, 9, 24, 100), ("c", 8, 20, 24, 250)):
        backlog = rate * shut
        over = max(0, backlog - yard)
        found = {
            "yard_full_after_hours": yard / rate,
            "spill_back_at_reopening": over,
            "spill_cleared_hours": over / (capacity - rate),
            "turned_away_if_loss": over,
            "recovery_hours_if_loss": min(yard, backlog) / (capacity - rate),
        }
        if yard > backlog:
            found |= {"yard_full_after_hours": None, "spill_cleared_hours": 0}
        given = {"arrival_rate": rate, "capacity": capacity, "closed_hours": shut, "yard_places": yard}
        yield entry(name, "fluid_yard", given, found, how="geometry", digits=12)
