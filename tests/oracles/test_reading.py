"""What an entry states and no converter reads is told, and nothing else is."""

import pytest

from .campaign import entry_lines, findings
from .entries import OWN_FILE, Entry, entries
from .lab import Lab
from .reading import Parameters, peek, without

_EXACT = ("samplepath", "bas_path", "ddc_calendar", "slowdown", "meter_dd", "degenerate", "ciw", "stats")
_SHORT = ("mmck", "erlangb", "mg1prio", "bas_open", "meter_zero", "nhpp_class")


def _told(entry: Entry, folder) -> list[str]:
    (finding,) = findings([entry], Lab(is_quick=True, folder=folder))
    return [line for line in entry_lines(finding) if "not read" in line]


def _entry(kind: str, parameters: dict, expected: dict) -> Entry:
    return Entry(id="a", kind=kind, system="a", parameters=parameters, expected=expected, digits=9)


def test_parameters_that_nobody_reads_are_told_in_a_line(tmp_path):
    law = {"type": "uniform", "low": 0, "high": 1, "shift": 3}
    parameters = {
        "arrival_rate": 1, "service": law, "breakdowns": 0.1, "vacation": "fast", "note": "ask",
        "truncation_mass": 1e-9,
        "arrivals": "the first stage is never starved",
    }  # fmt: skip
    assert _told(_entry("mg1", parameters, {"rho": 0.5}), tmp_path) == [
        "  not read: service.shift, breakdowns, vacation"
    ]


def test_a_formula_is_no_prose(tmp_path):
    parameters = {"gap": 10, "service": 10, "speed": "1 + 2 sin(2 pi t/24) per hour and day = slow"}
    assert _told(_entry("degenerate", parameters, {"max_wait": 0}), tmp_path) == ["  not read: speed"]


def test_of_an_entry_that_cannot_be_run_nothing_is_told_but_why(tmp_path):
    assert _told(_entry("mm1", {"service_rate": 1, "breakdowns": 0.1}, {"rho": 0.5}), tmp_path) == []
    assert _told(_entry("calib", {"arrival_rate": 1}, {"rho": 0.5}), tmp_path) == []


@pytest.mark.parametrize("entry", [e for e in entries(OWN_FILE) if e.kind in _EXACT + _SHORT], ids=lambda e: e.id)
def test_all_that_the_own_file_states_is_read(entry, tmp_path):
    assert _told(entry, tmp_path) == []


def test_parameters_remember_through_what_is_made_of_them():
    p = Parameters({"a": 1, "b": {"c": 2, "d": 3}, "e": [{"f": 4, "g": 5}], "h": 6, "i": 7})
    assert list(p.unread()) == ["a", "b", "e", "h", "i"]
    assert "a" in p
    assert [name for name, _ in peek(p)] == list(p)
    assert list(p.unread()) == ["a", "b", "e", "h", "i"]
    assert ({"a": 0} | p)["a"] == 1
    assert (p | {"b": 0, "i": 8})["i"] == 8
    assert without(p, "a").get("h") == 6
    assert p["b"]["c"] + p["e"][0]["f"] == 6
    assert list(p.unread()) == ["b.d", "e.g"]
    assert {**p["b"]} == {"c": 2, "d": 3}
    assert list(p.unread()) == ["e.g"]
    assert p.get("z", 9) == 9


@pytest.mark.parametrize(
    ("kind", "parameters", "said"),
    [
        ("mmck", {"arrival_rate": 1, "service_rate": 2, "K": 5, "waiting_places": 5}, "5 waiting places for 1 servers"),
        ("mtminf", {"arrival_rate": 1, "service_rate": 2, "start": "stationary"}, "not empty"),
        ("stats", {"values": [1, 2], "definition": "type 6"}, "here they are of type 7"),
        ("id_work", {"any_scenario": False}, "asks for no scenario"),
    ],
)
def test_what_contradicts_itself_or_cannot_be_had_is_refused(kind, parameters, said, tmp_path):
    (finding,) = findings([_entry(kind, parameters, {"m(t=1)": 1, "P_block": 0})], Lab(folder=tmp_path))
    assert [row.verdict for row in finding.rows] == ["wrong"]
    assert said in finding.rows[0].got
