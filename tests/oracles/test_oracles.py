"""The part of `python -m tests.oracles` that every change must pass: exact answers in both engines, the rest short."""

import pytest

from .campaign import entry_lines, findings, is_exact, passes, verdict_line
from .entries import OWN_FILE, entries
from .lab import Lab

ALL = entries(OWN_FILE)
EXACT = [entry for entry in ALL if is_exact(entry.kind)]
# one entry of each statistical kind; chance is judged over all of them together
FIRST = list({entry.kind: entry for entry in reversed(ALL) if not is_exact(entry.kind)}.values())


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize("entry", EXACT, ids=lambda entry: entry.id)
def test_exact_answers_hold_to_1e_9(entry, engine, tmp_path):
    [finding] = findings([entry], Lab(engine=engine, is_quick=True, folder=tmp_path))
    assert finding.rows
    assert [row for row in finding.rows if row.verdict not in ("ok", "remark")] == []


def test_no_more_short_statistical_runs_miss_than_chance_allows(tmp_path):
    """Half-widths here are some per cent; full length is the command's work. n and z stand in the output."""
    found = list(findings(FIRST, Lab(is_quick=True, folder=tmp_path)))
    for finding in found:
        print("\n".join(entry_lines(finding)))
    assert passes(found), verdict_line(found)
