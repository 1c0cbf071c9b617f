"""Entries that the converters were not written for, worked out from theory by tests/oracles/further."""

import json
import re
from dataclasses import replace

import pytest

from .campaign import entry_lines, findings, is_exact, passes, verdict_line
from .case import Case
from .entries import BadFile, entries
from .further import __main__ as further
from .kinds import KINDS
from .lab import Lab
from .measures import flat

ALL = entries(further.FILE)
EXACT = [entry for entry in ALL if is_exact(entry.kind) and not entry.kind.startswith("id_")]
KINDS_SHORT = re.findall(
    r"\w+",
    "mm1 mmck erlangb mdc mg1 mg1prio mmcprio2 bas_open bas_saturated gimc divert_split divert_threshold meter_zero"
    " meter_open fluid fluid_yard",
)
ALSO = re.findall(
    r"[\w-]+",
    "jackson-b mtmtc-slow-b mtmtc_cal-handover mtminf-later mtminf-rarely nhpp-points jackson-quoted sweep-promise"
    " dist-quantiles mtmtck-night mtmtck-shifts nhpp-midnight",
)
SHORT = [entry for entry in ALL if entry.kind in KINDS_SHORT or entry.id in ALSO]
# the same system in other words; the number of trucks in a burst depends on nothing else
SAID = {
    "mtmtc": [f"slow-{letter}" for letter in "abcdefghij"],
    "mtmtc_cal": ["night-pause", "list", "lists", "closed"],
}


def test_the_file_is_what_theory_gives():
    made = {one["id"]: one for one in json.loads(further.FILE.read_text())["oracles"]}
    again = {one["id"]: one for one in json.loads(further.text(quick=True))["oracles"]}
    assert len(again) > 100
    for name, one in again.items():
        assert one["parameters"] == made[name]["parameters"]
        ours, theirs = flat(one["expected"]), flat(made[name]["expected"])
        assert {k: v for k, v in ours.items() if not _is_number(v)} == {
            k: v for k, v in theirs.items() if not _is_number(v)
        }
        # platforms differ in the last digits of sums
        assert [v for v in ours.values() if _is_number(v)] == pytest.approx(
            [v for v in theirs.values() if _is_number(v)], rel=1e-6, abs=1e-9
        )


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_exact_answers_hold_to_1e_9(engine, tmp_path):
    for finding in findings(EXACT, Lab(engine=engine, is_quick=True, folder=tmp_path)):
        assert finding.rows, finding.entry.id
        assert [row for row in finding.rows if row.verdict not in ("ok", "remark")] == [], finding.entry.id


def test_no_more_short_statistical_runs_miss_than_chance_allows(tmp_path):
    found = list(findings(SHORT, Lab(is_quick=True, folder=tmp_path)))
    for finding in found:
        print("\n".join(entry_lines(finding)))
    assert passes(found), verdict_line(found)


class _Written(Exception):
    """The scenario has been written; it need not be run."""


class _Paper(Lab):
    """Writes scenarios and runs none."""

    def runs(self, case, replications, of, *, first=0):
        raise _Written(case)


def _case(entry) -> Case:
    with pytest.raises(_Written) as written:
        KINDS[entry.kind](entry, _Paper())
    return written.value.args[0]


@pytest.mark.parametrize("kind", SAID)
def test_other_words_for_a_system_give_the_same_scenario(kind):
    cases = [_case(replace(entry, id="x")).text for entry in ALL if entry.id in [f"{kind}-{n}" for n in SAID[kind]]]
    assert len(cases) == len(SAID[kind])
    assert set(cases) == {cases[0]}


def test_what_is_not_known_is_told_in_a_line_each_and_the_others_go_on(tmp_path):
    mm1 = next(entry for entry in ALL if entry.kind == "mm1")
    broken = [
        replace(mm1, expected={"Wq": mm1.expected["Wq"], "Wx": 1.0, "law": "words"}),
        replace(mm1, kind="mm9"),
        replace(mm1, parameters={"arrival_rate": "often", "service_rate": 1}),
        replace(mm1, parameters={"service_rate": 1}),
    ]
    found = list(findings(broken, Lab(is_quick=True, folder=tmp_path)))
    told = [[(row.metric, row.verdict) for row in finding.rows] for finding in found]
    assert told == [
        [("Wq", "ok"), ("Wx", "wrong"), ("law", "remark")], [("kind", "wrong")], [("run", "wrong")], [("run", "wrong")],
    ]  # fmt: skip
    assert found[0].rows[1].got.startswith("unknown metric 'Wx' of kind mm1; known: ")
    assert found[1].rows[0].got.startswith("unknown kind 'mm9'; known: bas_open")
    assert all("\n" not in row.got for finding in found for row in finding.rows)
    assert not passes(found)


def test_words_alone_are_no_comparison(tmp_path):
    """An entry that states no number passes for nothing."""
    for kind in ("mm1", "samplepath"):
        one = next(entry for entry in ALL if entry.kind == kind)
        found = list(findings([replace(one, expected={"law": "words"})], Lab(is_quick=True, folder=tmp_path)))
        assert [row.verdict for row in found[0].rows] == ["remark", "wrong"]
        assert not passes(found)


def test_a_scenario_that_is_in_order_is_not_said_to_be_refused(tmp_path):
    """What is refused is what the entry states, not a station without servers in its place."""
    negative = next(entry for entry in ALL if entry.id == "degenerate-negative")
    sound = replace(negative, parameters={"service": 5})
    found = list(findings([negative, sound], Lab(folder=tmp_path)))
    assert [row.verdict for finding in found for row in finding.rows] == ["ok", "wrong"]


def test_the_longest_runs_stay_within_the_longest_period(tmp_path):
    """So few trucks an hour that a replication of the usual number would outlast it."""
    seldom = next(entry for entry in ALL if entry.id == "mm1-seldom")
    assert "rate: 0.02 trucks/h" in (case := _case(seldom)).text
    assert Lab(folder=tmp_path).scenario(case)  # a period that is too long is refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", r":1:2: is not JSON \(Expecting property name"),
        ("[1]", r": oracles\[0\] must be a mapping"),
        ('{"oracles": 3}', ': must hold a list of entries under "oracles"'),
        ('{"oracles": [{"id": "a", "kind": "mm1", "parameters": {}}]}', r'oracles\[0\] \(a\) must have "expected"'),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(text, said, tmp_path):
    path = tmp_path / "file.json"
    path.write_text(text)
    with pytest.raises(BadFile, match=said):
        entries(path)
