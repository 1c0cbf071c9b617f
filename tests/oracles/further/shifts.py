"""Entries of one gate that changes with time: transients, waves, closures, slowdowns, shifts, finite yards."""

from collections.abc import Iterator, Sequence
from typing import Any

from .gates import gate
from .made import entry
from .rates import PROFILE, hourly, wave

Made = dict[str, Any]
ALL = ("EN", "EQ", "VarN", "P_empty", "P_all_busy", "cum_wait", "cum_served")
SOME = ("EN", "EQ", "VarN", "P_empty", "cum_wait", "cum_served")
BUSY = ("EN", "EQ", "E_busy", "P_empty", "cum_wait", "cum_served")
OVER = ("EN", "EQ", "E_busy", "E_overtime", "cum_wait", "cum_served")
FULL = ("EN", "EQ", "P_empty", "P_full", "cum_wait", "cum_served", "cum_accepted")


def all_of() -> Iterator[Made]:
    yield from _one_gate()
    yield from _calendars()
    yield from _yards()


def _always(c: int, speed: float = 1.0) -> list[tuple[float, float, int, float]]:
    return [(0, 1000, c, speed)]


def _one_gate() -> Iterator[Made]:
    flat = lambda rate: lambda t: rate  # noqa: E731
    made = [
        ("a", {"arrival_rate": 5, "service_rate": 2, "servers": 3}, flat(5), 2, _always(3), (0.5, 1, 3, 12), ALL, ()),
        (
            "b",
            {"a": 9, "b": 6, "period": 24, "service_rate": 3, "servers": 4},
            wave(9, 6),
            3,
            _always(4),
            (3, 6, 9, 18, 24, 36),
            ALL,
            (),
        ),
        (
            "c",
            {"rate": "6 + 5 sin(2 pi t/12)", "service_rate": 4, "servers": 2},
            wave(6, 5, 12),
            4,
            _always(2),
            (2, 5, 8, 12),
            ALL,
            (),
        ),
        (
            "d",
            {"profile": PROFILE, "service_rate": 5, "servers": 4},
            hourly,
            5,
            _always(4),
            (5, 8, 9, 18, 24),
            SOME,
            (5, 8.5, 18, 24),
        ),
        (
            "shut",
            {"arrival_rate": 4, "service_rate": 3, "servers": 3, "closed_hours": [6, 18]},
            flat(4),
            3,
            [(0, 6, 3, 1), (6, 18, 0, 1), (18, 100, 3, 1)],
            (6, 12, 18, 22, 30),
            SOME,
            (),
        ),
    ]
    slow = [(0, 8, 3, 1.0), (8, 16, 3, 0.5), (16, 100, 3, 1.0)]
    for name, said in (
        ("slow-a", {"slowdown": {"from": 8, "to": 16, "factor": 0.5}}),
        ("slow-b", {"slow_from": 8, "slow_to": 16, "factor": "1/2"}),
        ("slow-c", {"slow_hours": [8, 16], "slow_factor": 0.5}),
        ("slow-d", {"slowdown": [8, 16, 0.5]}),
        ("slow-e", {"slowdown": [[8, 16, 0.5]]}),
        ("slow-f", {"slow_window": [8, 16], "slow_service_rate": 1.5}),
        ("slow-g", {"slowdown": {"from_hour": 8, "to_hour": 16, "speed": 0.5}}),
        ("slow-h", {"slowdown_hours": [8, 16], "slowdown_factor": "0.5"}),
        ("slow-i", {"slow_window": [8, 16], "service_rate_slow": 1.5}),
        ("slow-j", {"slowdown": {"window": [8, 16], "factor": 0.5}}),
    ):
        made.append(
            (
                name,
                {"arrival_rate": 6, "service_rate": 3, "servers": 3} | said,
                flat(6),
                3,
                slow,
                (8, 12, 16, 20),
                SOME,
                (),
            )
        )
    for name, given, rate, mu, plan, times, asked, cuts in made:
        found = gate(rate, mu, plan, times, "pause", cuts=cuts, asked=asked, most=120)
        yield entry(name, "mtmtc", given, found, how="forward equations", digits=8, system="M/M/c from empty")


def _calendars() -> Iterator[Made]:
    flat = lambda rate: lambda t: rate  # noqa: E731

    def nights(opens: float, shuts: float, c: int) -> list[tuple[float, float, int, float]]:
        return [
            row
            for d in range(4)
            for row in (
                (24 * d, 24 * d + opens, 0, 1.0),
                (24 * d + opens, 24 * d + shuts, c, 1.0),
                (24 * d + shuts, 24 * d + 24, 0, 1.0),
            )
        ]

    def shifts(given: Sequence[Sequence[float]]) -> list[tuple[float, float, int, float]]:
        return [(24 * d + a, 24 * d + b, int(c), 1.0) for d in range(4) for a, b, c in given]

    three, two = [[0, 8, 4], [8, 16, 2], [16, 24, 3]], [[0, 7.5, 2], [7.5, 19, 5], [19, 24, 2]]
    dark = [[0, 6, 0], [6, 14, 4], [14, 22, 3], [22, 24, 0]]
    made = [
        (
            "night-finish",
            {"profile": PROFILE, "service_rate": 4, "servers": 5, "open": "07:00-21:00", "rule": "finish"},
            hourly,
            4,
            nights(7, 21, 5),
            (7, 9, 12, 21, 21.25, 24, 31),
            BUSY,
            "finish",
        ),
        (
            "night-pause",
            {"arrival_rate": 6, "service_rate": 3, "servers": 4, "open": "06:00-22:00", "rule": "pause"},
            flat(6),
            3,
            nights(6, 22, 4),
            (6, 10, 22, 24, 30),
            SOME,
            "pause",
        ),
        (
            "night-handover",
            {"arrival_rate": 6, "service_rate": 3, "servers": 4, "open": "06:00-22:00", "rule": "handover"},
            flat(6),
            3,
            nights(6, 22, 4),
            (6, 10, 22, 22.5, 30),
            OVER,
            "handover",
        ),
        (
            "finish",
            {"arrival_rate": 9, "service_rate": 4, "shifts": three, "rule": "finish"},
            flat(9),
            4,
            shifts(three),
            (8, 9, 12, 16, 17, 24, 40),
            BUSY,
            "finish",
        ),
        (
            "pause",
            {"arrival_rate": 7, "service_rate": 3, "shifts": two, "rule": "pause"},
            flat(7),
            3,
            shifts(two),
            (7.5, 9, 19, 20, 24, 32),
            SOME,
            "pause",
        ),
        (
            "handover",
            {"arrival_rate": 8, "service_rate": 4, "shifts": three, "rule": "handover"},
            flat(8),
            4,
            shifts(three),
            (8.25, 12, 16, 17, 24, 24.5),
            OVER,
            "handover",
        ),
        (
            "dark",
            {"arrival_rate": 5, "service_rate": 3, "shifts": dark, "rule": "finish"},
            flat(5),
            3,
            shifts(dark),
            (6, 14, 15, 22, 22.5, 24, 30),
            BUSY,
            "finish",
        ),
        (
            "list",
            {"arrival_rate": 6, "service_rate": 3, "servers": 4, "open": [6, 22], "rule": "pause"},
            flat(6),
            3,
            nights(6, 22, 4),
            (6, 10, 22, 30),
            SOME,
            "pause",
        ),
        (
            "lists",
            {"arrival_rate": 6, "service_rate": 3, "servers": 4, "open": [["06:00", "22:00"]], "rule": "pause"},
            flat(6),
            3,
            nights(6, 22, 4),
            (6, 10, 22, 30),
            SOME,
            "pause",
        ),
        (
            "hours",
            {"arrival_rate": 6, "service_rate": 3, "servers": 4, "open_hours": [6, 22], "rule": "finish"},
            flat(6),
            3,
            nights(6, 22, 4),
            (6, 10, 22, 30),
            BUSY,
            "finish",
        ),
        (
            "closed",
            {"arrival_rate": 6, "service_rate": 3, "servers": 4, "closed": "22:00-06:00", "rule": "pause"},
            flat(6),
            3,
            nights(6, 22, 4),
            (6, 10, 22, 30),
            SOME,
            "pause",
        ),
        (
            "lunch",
            {"arrival_rate": 5, "service_rate": 3, "servers": 4, "open": "06:00-12:00, 13:00-22:00", "rule": "pause"},
            flat(5),
            3,
            [
                row
                for d in range(3)
                for row in (
                    (24 * d, 24 * d + 6, 0, 1.0),
                    (24 * d + 6, 24 * d + 12, 4, 1.0),
                    (24 * d + 12, 24 * d + 13, 0, 1.0),
                    (24 * d + 13, 24 * d + 22, 4, 1.0),
                    (24 * d + 22, 24 * d + 24, 0, 1.0),
                )
            ],
            (12, 12.5, 13, 20, 30),
            SOME,
            "pause",
        ),
    ]
    for name, given, rate, mu, plan, times, asked, rule in made:
        cuts = (5, 8.5, 18, 24, 29) if "profile" in given else ()
        found = gate(rate, mu, plan, times, rule, cuts=cuts, asked=asked, most=150)
        yield entry(name, "mtmtc_cal", given, found, how="forward equations", digits=7, system="M/M/c(t)")


def _yards() -> Iterator[Made]:
    flat = lambda rate: lambda t: rate  # noqa: E731
    for name, given, rate, mu, c, k, times, cuts in (
        ("a", {"arrival_rate": 8, "service_rate": 2, "servers": 3, "K": 6}, flat(8), 2, 3, 6, (0.5, 2, 8), ()),
        (
            "b",
            {"a": 10, "b": 8, "period": 24, "service_rate": 3, "servers": 3, "K": 3},
            wave(10, 8),
            3,
            3,
            3,
            (6, 18, 24),
            (),
        ),
        (
            "c",
            {"profile": PROFILE, "service_rate": 4, "servers": 2, "waiting_places": 5},
            hourly,
            4,
            2,
            7,
            (6, 9, 18, 24),
            (5, 8.5, 18, 24),
        ),
    ):
        found = gate(rate, mu, _always(c), times, "pause", most=k, loss=True, asked=FULL, cuts=cuts)
        yield entry(name, "mtmtck", given, found, how="forward equations", digits=8)
