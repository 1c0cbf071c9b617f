"""The table of assumptions is written for people: laws, profiles and shifts in words, each fact's number once."""

from dataclasses import replace

import pytest

from sim.report import trust
from sim.report.folder import read
from sim.report.words import words

EN = words("en")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"law": "lognormal", "mean": "2 min", "cv": 0.5}, "lognormal mean 2 min, cv 0.5"),
        ({"0 h": "0 %", "24 h": "4 %"}, "0 h 0 %, 24 h 4 %"),
        (
            [{"hours": "00:00-17:00", "servers": 5}, {"hours": ["17:00-20:00", "21:00-24:00"], "servers": 3}],
            "hours 00:00-17:00, servers 5; hours 17:00-20:00, 21:00-24:00, servers 3",
        ),
        (["fruit", "goods"], "fruit, goods"),
        (True, "true"),
        (450, "450"),
        ({}, ""),
    ],
)
def test_values_are_written_without_marks_of_a_programming_language(value, said):
    assert trust.spoken(value) == said


def test_a_fact_is_told_with_its_number_once_and_one_value_is_one(folder):
    output = read(folder)
    rows = [
        {"path": "period.start", "value": "2025-07-01", "fact": "C005", "fact_text": "C005: Huu Nghi, 2025"},
        {"path": "flows.a.volume", "value": "1/h", "fact": "T001", "fact_text": None},
        {"path": "flows.a.cargo", "value": {"fruit": "60 %"}, "assumption": "counted"},
    ]
    period, flows = trust.sources(replace(output, manifest={**output.manifest, "sources": rows}), EN)
    assert (period.caption, flows.caption) == ("period: 1 value", "flows: 2 values")
    assert period.rows == (("start", "2025-07-01", "documented", "C005: Huu Nghi, 2025"),)
    assert flows.rows == (
        ("a.volume", "1/h", "documented", "T001"),
        ("a.cargo", "fruit 60 %", "assumed", "counted"),
    )
