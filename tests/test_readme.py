"""The README's commands: one line each, the same in .ci/run, and what its tour shows is what the program prints."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
SHOWN = re.findall(r"```console\n(.*?)```", README, re.DOTALL)


def function(name):
    """The commands of a function of .ci/run."""
    return re.search(rf"^{name}\(\) {{.*?\n(.*?)^}}", CI, re.DOTALL | re.MULTILINE)[1].strip()


def test_the_first_two_blocks_are_one_line_each():
    assert [block.count("\n") for block in BLOCKS[:2]] == [1, 1]


def test_the_first_command_runs_the_baseline_from_nothing_and_its_report_is_named():
    made, installed, ran = BLOCKS[0].strip().split(" && ")
    assert (made, installed) == ("python3 -m venv .venv", ".venv/bin/pip install .")
    scenario, folder = re.fullmatch(r"\.venv/bin/cuakhau run (\S+) --out (\S+)", ran).groups()
    assert (ROOT / scenario).is_file()
    assert f"`{folder}/report.html`" in README.split("```bash")[1 - 1]


def test_ci_runs_both_commands_word_for_word():
    assert function("readme_run") == BLOCKS[0].strip()
    assert function("readme_test") == BLOCKS[1].strip()
    assert re.search(r"^step '[^']+' readme_run$", CI, re.MULTILINE)
    assert re.search(r"^readme_test </dev/null\ntests=\$\?$", CI, re.MULTILINE)


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: block.splitlines()[0])
def test_what_the_tour_shows_is_what_is_printed(block, tmp_path):
    """Lines that are only `...` stand for lines left out."""
    first, expected = block.split("\n", 1)
    command = shlex.split(first.removeprefix("$ "))
    assert command[0] == "cuakhau"
    done = subprocess.run(
        [sys.executable, "-m", "sim", *command[1:]], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    parts = [re.escape(part.strip("\n")) for part in re.split(r"^\.\.\.$", expected, flags=re.MULTILINE)]
    assert re.fullmatch(r"\n*" + r"(.*\n)?".join(parts) + r"\n*", done.stdout + done.stderr, re.DOTALL), done.stdout
