"""Edge cases as somebody else may write them, with answers worked out by hand."""

import re

import pytest

from .campaign import findings
from .entries import Entry
from .lab import Lab
from .steady import _enough, _name_of

_D, _S, _C = "degenerate", "stats", "ciw"
CASES = {
    # a service with a unit behind its name is a service
    "unit": (_D, {"n": 7, "servers": 3, "service_min": 5}, {"makespan_min": 15, "mean_wait_min": 25 / 7}),
    "too-late": (
        _D,
        {"arrivals_min": [0, 30], "service_min": 10, "windows_min": [[0, 10]], "servers": 1, "rule": "finish"},
        {"start": [0, None], "served": 1, "unserved": 1},
    ),
    "never-fits": (
        _D,
        {"windows_min": [[0, 60]], "service_min": 90, "arrivals_min": [0], "rule": "fits"},
        {"start": ["never"], "served": 0},
    ),
    # what comes at random still finds the gate shut, or no place to wait
    "random-shut": (_D, {"rate": 10, "windows": []}, {"served": 0}),
    "shut-all-day": (_D, {"closed_hours": 24, "n": 3}, {"served": 0, "mean_wait": "undefined"}),
    "random-full": (_D, {"waiting_places": 0, "rate": 6, "service": 10}, {"max_wait": 0, "mean_wait": 0}),
    "no-time": (_D, {"service": {"type": "constant", "value": 0}, "rate": 10}, {"max_wait": 0}),
    "grows": (_D, {"gap": 10, "service": 12}, {"max_wait": "grows without bound"}),
    # a station that is asked for too much is warned of, one with fewer places than servers is refused
    "overload": (_D, {"arrival_rate": 12, "service_rate": 10}, {"rule": "explicit warning: no steady state"}),
    "too-few-places": (_D, {"K": 4, "servers": 5}, {"rule": "validation error"}),
    "sevenths": (
        "slowdown",
        {"arrivals_min": [0, 0, 0], "service_min": 7, "slow_from": 3, "slow_to": 11, "factor": "3/7"},
        {"rate_changes_in_progress": {"start": [0, 81 / 7, 130 / 7], "depart": [81 / 7, 130 / 7, 179 / 7]}},
    ),
    "no-slowdown": (
        "slowdown",
        {"arrivals_min": [0, 10], "service_min": 20, "slow_from": 20, "slow_to": 20, "factor": "1/2"},
        {"rate_changes_in_progress": {"start": [0, 20], "depart": [20, 40]}},
    ),
    "cycle": ("meter_dd", {"K": 6, "travel_min": 30, "service_min": 12, "servers": 2}, {"cycle_time_min": 42}),
    "blocked": (
        "bas_path",
        {"arrivals": [0, 0], "services": [[1, 1], [4, 1]], "yards_before_stage_2": [0]},
        {"leave": [[1, 5], [5, 6]], "total_blocked_time": 3},
    ),
    "lists-of-the-served": (
        _C,
        {"interarrival": 1, "service": 3, "servers": 1, "waiting_places": 1, "horizon": 10, "first_arrival": 1},
        {"starts": [1, 4, 7, 10, 13], "n_turned_away": 5},
    ),
    "schedule": (
        _C, {"interarrival": 10, "service": 4, "schedule": [[1, 30], [0, 60]], "horizon": 50}, {"starts": [10, 20]},
    ),
    "from-to": (_S, {"intervals": [[0, 2, 0], [2, 3, 1], [3, 7, 2], [7, 10, 1]]}, {"time_average": 1.2}),
    "durations": (_S, {"levels": [0, 1, 2, 1], "durations": [2, 1, 4, 3]}, {"time_average": 1.2, "naive_mean": 1}),
    "any-name": (_S, {"changes": [[0, 0], [5, 3], [8, 1], [12, 0]], "end": 20, "warmup": 5}, {"time_average": 13 / 15}),
    "jumps": (_S, {"jumps": [[0, 1], [1, 1], [4, -2]], "end": 8}, {"time_average": 7 / 8, "max": 2}),
    "queue-times": (
        _S,
        {"queue_times": [0, 5, 8, 12], "queue_lengths": [0, 3, 1, 0], "end": 20},
        {"time_average": 13 / 20, "max": 3},
    ),
    "one-quantile": (_S, {"values": [1, 2, 3, 4, 5], "q": 0.95}, {"quantile": 4.8, "iqr": 2}),
    "quantiles": (_S, {"values": [1, 2, 3, 4, 5]}, {"quantiles_type7": {"0.5": 3, "0.95": 4.8}}),
    "waits": (_S, {"waits": [0, 0, 5, 10, 15, 20], "threshold": 10}, {"P_wait": 2 / 3, "share_over": 1 / 3}),
    "spreads": (_S, {"A": [1, 2, 3], "B": [3, 1, 5]}, {"var_A": 1, "var_B": 4, "covariance": 1, "var_diff": 3}),
}  # fmt: skip


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize("name", CASES)
def test_edge_cases_by_hand(name, engine, tmp_path):
    kind, parameters, expected = CASES[name]
    entry = Entry(id=name, kind=kind, system=name, parameters=parameters, expected=expected, digits=12)
    (finding,) = findings([entry], Lab(engine=engine, folder=tmp_path))
    assert {re.split(r"[ .]", row.metric)[0] for row in finding.rows} == set(expected)
    assert [row for row in finding.rows if row.verdict != "ok"] == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Wq", "Wq"), ("Wq_i[2]", "Wq"), ("classes[1].Wq", "Wq"), ("Wq_B", "Wq"), ("L1", "L"), ("Lq_2", "Lq"),
        ("Wq_by_class[1]", "Wq"), ("Wq_class_2", "Wq"), ("L_gate", "L"), ("Wq_fcfs", "Wq_fcfs"), ("rho_i[0]", "rho"),
        ("W0", "W0"), ("P0", "P0"), ("N_var", "N_var"), ("classes[0].Wq_var", "Wq_var"), ("L2_queue", "L2_queue"),
    ],
)  # fmt: skip
def test_a_metric_of_one_station_or_class_is_waited_for_as_that_of_all(path, name):
    assert _name_of(path) == name


def test_the_widest_interval_tells_how_many_replications_are_enough():
    # 1.1 (2.576 sd / (0.02 mean))^2, where the second station spreads wider: sd 0.1 about 1
    found = [{"Wq_i[0]": 1.0 + d / 10, "Wq_i[1]": 1.0 + d, "Wq_i[2]": 0.01 + d} for d in (-0.1, 0.0, 0.1)]
    assert _enough(found, {"Wq_i[0]": 1.0, "Wq_i[1]": 1.0, "Wq_i[2]": 0.01}) == 183
