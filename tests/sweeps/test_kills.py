"""A bounded part of `python -m tests.sweeps.kills`, each in a process that can fork: the command tries every call."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("words", "at_least"),
    [
        (("--every", "151", "--first", "2"), 9),
        (("--every", "211", "--first", "7", "--twice", "--flip"), 6),
        (("--every", "83", "--first", "3", "--full-disk"), 4),
        (("--every", "607", "--first", "5", "--adaptive", "--flip"), 4),
    ],
    ids=["killed", "killed-twice-and-damaged", "disk-full", "adaptive-killed-and-damaged"],
)
def test_a_disturbed_sweep_goes_on_to_the_same_bytes(words, at_least):
    command = [sys.executable, "-m", "sweeps.kills", *words]
    done = subprocess.run(
        command, cwd=TESTS, env={"PYTHONPATH": str(TESTS.parent)}, capture_output=True, text=True, timeout=500,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    tried, same = map(int, re.search(r"(\d+) .* of a sweep of [2-9]\d\d runs: (\d+) went on", done.stdout).groups())
    assert tried == same >= at_least
