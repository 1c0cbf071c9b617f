"""Entries of cases at the edge, by hand: nobody, one truck, never served, exactly full, nothing to wait for."""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from scipy import stats

from .made import entry

Made = dict[str, Any]
_DAY = [[0, 240], [300, 540]]


def all_of() -> Iterator[Made]:
    for kind, entries in (
        ("ddc_calendar", _calendars()),
        ("slowdown", _slow()),
        ("samplepath", _lists()),
        ("degenerate", _stations()),
        ("ciw", _schedules()),
        ("meter_dd", _metering()),
        ("stats", _numbers()),
        ("fluid", _nights()),
        ("fluid_yard", _yards()),
        ("fluid_prio", _shares()),
        ("mm1", _seldom()),
        ("divert_split", _gates()),
        ("mtminf", _rarely()),
    ):
        for name, system, given, expected, *more in entries:
            words = {"scenario": more[0]} if more else {}
            yield entry(name, kind, given, expected, how="by hand", digits=12, system=system or kind, **words)


def _calendars() -> Iterator[Any]:
    yield (
        "too-long",
        "a service longer than any window never fits, and blocks who comes after it",
        {"arrivals_min": [0, 10], "services_min": [300, 10], "servers": 1, "windows_min": _DAY},
        {
            "finish": {"start": [0, 300], "depart": [300, 310], "wait": [0, 290]},
            "pause": {"start": [0, 360], "depart": [360, 370]},
            "fits": {"start": [None, None], "depart": [None, None], "served": 0, "total_wait": 0},
        },
    )
    yield (
        "just-fits",
        "services that end when the gate closes, and trucks that come then",
        {"arrivals_min": [220, 240, 540], "services_min": [20, 240, 1], "servers": 1, "windows_min": _DAY},
        {"fits": {"start": [220, 300, None], "depart": [240, 540, "never"], "unserved": 1}},
    )
    yield (
        "no-window",
        "a window of no length",
        {"arrivals_min": [0, 35], "service_min": 5, "windows_min": [[10, 10], [40, 60]]},
        {"finish": {"start": [40, 45], "max_wait": 40, "last_departure": 50}},
    )
    yield (
        "one-rule",
        "one rule, stated",
        {"arrivals_min": [230], "service_min": 20, "windows_min": _DAY, "rule": "pause"},
        {"start": [230], "depart": [310], "wait": 0},
    )


def _slow() -> Iterator[Any]:
    yield (
        "stop",
        "a speed of nothing",
        {"arrivals_min": [0, 10, 20], "service_min": 20, "slow_from": 30, "slow_to": 50, "factor": 0},
        {"rate_changes_in_progress": {"start": [0, 20, 60], "depart": [20, 60, 80], "max_wait": 40}},
    )
    yield (
        "twice",
        "two slowdowns",
        {"arrivals_min": [0, 0], "service_min": 20, "slowdowns": [[10, 30, "1/2"], [30, 40, "1/4"]]},
        {
            "rate_changes_in_progress": {"start": [0, 30], "depart": [30, Fraction(115, 2)]},
            "time_drawn_at_start": {"start": [0, 20], "depart": [20, 60]},
        },
    )


def _lists() -> Iterator[Any]:
    yield "one", "", {"arrivals": [3], "services": [2]}, {"waits": [0], "makespan": 2, "utilisation": 1, "P_wait": 0}
    yield "none", "", {"arrivals": [], "services": []}, {"waits": [], "served": 0, "mean_wait": None}
    yield "early", "", {"arrivals": [-5, -4, 0], "services": [5, 1, 1]}, {"departures": [0, 1, 2], "max_in_system": 2}
    yield (
        "late",
        "a trace that would outlast a century of hours",
        {"arrivals": ["1000000", "1000001"], "services": [5, 5]},
        {"waits": [0, 4], "max_queue": 1},
    )
    yield (
        "full",
        "",
        {"arrivals": [0, 0, 0, 6, 6], "services": [6] * 5, "servers": 2, "waiting_places": 0},
        {"waits": [0, 0, None, 0, 0], "turned_away": 1, "P_block": 0.2},
    )


def _stations() -> Iterator[Any]:
    yield (
        "over",
        "load above 1",
        {"gap": 10, "service": 12, "n": 100},
        {"max_wait": 198, "mean_wait": 99, "wait_100": 198},
    )
    yield "no-list", "no trucks", {"n": 0, "service": 6}, {"arrivals": 0, "served": 0, "mean_wait": "undefined"}
    yield (
        "leaves-first",
        "a truck that comes as another leaves finds its place",
        {"K": 2, "servers": 2, "arrivals": [0, 0, 0, 6, 6], "service": 6},
        {"served": 4, "turned_away": 1},
    )
    yield (
        "at-closing",
        "a truck that comes as the gate closes",
        {"arrivals": [240], "service": 10, "windows_min": [[0, 240]], "rule": "finish"},
        {"served": 0, "start": None},
    )
    yield "unlimited", "", {"n": 100, "servers": "infinite", "service": 6}, {"makespan_min": 6, "max_wait_min": 0}
    yield "shut", "closed for ever", {"closed": True, "n": 5, "service": 6}, {"served": 0, "waiting_at_end": 5}
    yield "negative", "a negative service", {"service": -5}, {"rule": "validation error"}
    yield (
        "no-rate",
        "",
        {"arrival_rate": 0, "service_rate": 3, "servers": 2},
        {"L": 0, "Wq": "undefined", "throughput": 0},
    )
    yield (
        "at-once",
        "service of no length",
        {"rate": 10, "service": 0},
        {"mean_wait": 0, "max_wait": 0, "utilisation": 0},
    )


def _schedules() -> Iterator[Any]:
    shifts = [[0, 4, 1], [4, 10, 2], [10, 20, 0], [20, 100, 1]]
    yield (
        "words",
        "servers stop when their shift ends",
        {"interarrival": 3, "service": 5, "shifts": shifts, "horizon": 12},
        {"starts": [3, 6, 9, 25], "ends": [8, 21, 25, 30]},
        {"stages": [{"name": "gate", "rule": "preemptive resume"}]},
    )
    yield (
        "cyclic",
        "shifts again and again",
        {
            "interarrival": 3,
            "service": 5,
            "shifts": [[0, 4, 1], [4, 10, 2], [10, 12, 0]],
            "cyclic": True,
            "horizon": 20,
        },
        {"starts": [3, 6, 9, 14, 16, 19], "ends": [8, 11, 14, 19, 21, 24]},
    )
    yield "list", "", {"interarrival": 1, "service": 2.5, "queue_capacity": 1, "n": 5}, {"turned_away": 2, "served": 3}


def _metering() -> Iterator[Any]:
    yield (
        "near",
        "",
        {"K": 1, "travel_min": 0, "service_min": 20, "servers": 2},
        {"throughput_per_hour": 3, "idle_share_of_gate": 0.5},
    )
    yield (
        "least",
        "",
        {"K": 10, "travel_min": 30, "service_min": 20, "servers": 2},
        {"smallest_K_without_idling": 5, "mean_travelling": 3, "mean_at_gate": 7, "bottleneck": "servers"},
    )


def _numbers() -> Iterator[Any]:
    yield (
        "events",
        "",
        {"events": [[0, 0], [1, 1], [3, 2], [4, 1], [7, 0]], "end": 10},
        {"time_average": 0.7, "integral": 7},
    )
    yield (
        "stays",
        "",
        {"arrivals": [0, 1, 3], "departures": [2, 4, 5], "end": 6},
        {"time_average": Fraction(7, 6), "max": 2},
    )
    half = float(stats.t.ppf(0.975, 4)) * math.sqrt(40) / math.sqrt(5)
    yield "batches", "", {"values": list(range(20)), "batches": 5}, {"mean": 9.5, "halfwidth_95": half}
    # Welch: 2.5 / 5 + 4 / 3 = 11 / 6, with (11 / 6)^2 / (1 / 16 + 8 / 9) degrees of freedom
    half = float(stats.t.ppf(0.975, (11 / 6) ** 2 / (1 / 16 + 8 / 9))) * math.sqrt(11 / 6)
    yield "unequal", "", {"A": [1, 2, 3, 4, 5], "B": [2, 4, 6]}, {"mean_diff": -1, "unpaired_welch_halfwidth_95": half}
    yield "shares", "", {"values": [1, 2, 3, 4, 5]}, {"quantiles": {"0.5": 3, "p90": 4.6}, "p25_type7": 2}
    yield "single", "", {"values": [4]}, {"mean": 4, "sd": "undefined", "halfwidth_95": None}


def _nights() -> Iterator[Any]:
    yield (
        "grows",
        "more comes in a day than is cleared",
        {"arrival_rate": 20, "capacity": 27, "open_hours": 16},
        {"stable": False, "queue_growth_per_day": 48, "morning_queue": None, "max_delay": "unbounded"},
    )
    yield (
        "always",
        "",
        {"arrival_rate": 10, "capacity": 20, "open_hours": 24},
        {"morning_queue": 0, "max_delay": 0, "stable": True},
    )
    yield (
        "never-back",
        "",
        {"arrival_rate": 20, "capacity": 18, "closed_hours": 24},
        {"backlog_at_reopening": 480, "recovery_hours": "never"},
    )
    yield (
        "not-shut",
        "",
        {"arrival_rate": 10, "capacity": 18, "closed_hours": 0},
        {"backlog_at_reopening": 0, "recovery_hours": 0},
    )


def _yards() -> Iterator[Any]:
    yield (
        "large",
        "",
        {"arrival_rate": 5, "capacity": 20, "closed_hours": 24, "yard_places": 500},
        {"yard_full_after_hours": "never", "spill_back_at_reopening": 0, "recovery_hours_if_loss": 8},
    )
    yield (
        "none",
        "",
        {"arrival_rate": 10, "capacity": 20, "closed_hours": 24, "yard_places": 0},
        {
            "yard_full_after_hours": 0,
            "spill_back_at_reopening": 240,
            "turned_away_if_loss": 240,
            "recovery_hours_if_loss": 0,
        },
    )


def _shares() -> Iterator[Any]:
    yield (
        "all",
        "",
        {"arrival_rate": 10, "perishable_share": 1, "capacity": 20, "closed_hours": 12},
        {"perishables_backlog": 120, "perishables_cleared_hours": 12, "all_cleared_hours": 12},
    )


def _seldom() -> Iterator[Any]:
    # so few trucks that a long run must stay within the longest period
    yield "seldom", "", {"arrival_rate": 0.02, "service_rate": 0.04}, {"Wq": 25, "L": 1, "P_wait": 0.5}
    yield (
        "gaps",
        "",
        {"mean_interarrival": 6, "mean_service": 4, "unit": "minutes"},
        {"Wq": 8, "P_W_over_10": math.exp(-10 / 12), "Wq_quantiles": {"0.9": 12 * math.log(20 / 3)}},
    )


def _gates() -> Iterator[Any]:
    gates = {"gate_A": {"rate": 10}, "gate_B": {"rate": 5}, "gate_C": {"rate": 2}}
    yield (
        "three",
        "",
        {"arrival_rate": 10, "p_A": 0.6, "p_B": 0.3, "p_C": 0.1} | gates,
        {"Wq_A": 0.15, "Wq_B": 0.3, "Wq_C": 0.5, "L_total": 4, "utilisation_A": 0.6, "share_C": 0.1},
    )


def _rarely() -> Iterator[Any]:
    mean = 20 * (1 - math.exp(-0.5))
    yield "rarely", "", {"arrival_rate": 10, "service_rate": 0.5}, {"m(t=1)": mean, "P_empty(t=1)": math.exp(-mean)}
