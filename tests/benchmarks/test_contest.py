"""The benchmark command at its smallest: it runs, and whoever takes part finds the same means. No times are judged."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks.measure import Timed, Truth

ROOT = Path(__file__).parents[2]


def test_the_command_runs_and_all_means_agree(tmp_path: Path) -> None:
    figure, page = tmp_path / "benchmark.svg", tmp_path / "page.md"
    page.write_text("# Speed\n\n```text\nold\n```\n\nafter\n")
    tiny = ["--days", "1", "--rounds", "1", "--replications", "2", "--parts", "peers", "jobs"]
    command = [sys.executable, "-m", "benchmarks", *tiny, "--figure", figure, "--page", page]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    verdicts = re.findall(r"^means of door-to-door time (\w+)", ran.stdout, re.MULTILINE)
    assert verdicts == ["agree"] * 3
    assert re.search(r"^stamps that engines do not share +0.00", ran.stdout, re.MULTILINE)
    assert "compiled engine" in figure.read_text()
    assert page.read_text() == f"# Speed\n\n```text\n{ran.stdout.rstrip()}\n```\n\nafter\n"


def test_a_mean_that_is_off_is_seen() -> None:
    truth = Truth(mean=550.0, spread=18.0, seeds=20)
    four = np.full(4, 1.0)
    error = 18 * (1 / 4 + 1 / 20) ** 0.5
    strays = Timed(name="", trucks=four, cpu=four, wall=four, means=np.full(4, 550 + 5 * error))
    assert round(truth.strays(strays), 9) == 5
