"""Damaged files: no traceback, faults at the damage, the right word suggested. `python -m tests.scenario.mutations`."""

import importlib.util
from pathlib import Path

spec = importlib.util.spec_from_file_location("mutations", Path(__file__).with_name("mutations.py"))
mutations = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mutations)


def test_damage_is_named_where_it_is_and_typos_get_the_right_word():
    tally = mutations.campaign(250, seed=7, sources=["good.yaml", "two-gates.yaml"])
    print(tally.render())
    assert tally.tracebacks == []
    assert tally.refused > 150
    assert tally.right / tally.refused >= 0.99, tally.strays[:5]
    assert tally.suggested / tally.typos >= 0.95, tally.unsuggested.most_common(5)
    assert tally.slowest < 10
