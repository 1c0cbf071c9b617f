"""The README's commands: one line each, the same in .ci/run, and what its tour shows is what the program prints."""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

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
    assert f"`{folder}/report.html`" in README.split("```bash")[0]


def test_ci_runs_both_commands_word_for_word():
    assert function("readme_run") == BLOCKS[0].strip()
    assert function("readme_test") == BLOCKS[1].strip()
    assert re.search(r"^step '[^']+' readme_run$", CI, re.MULTILINE)
    assert re.search(r"^readme_test </dev/null\ntests=\$\?$", CI, re.MULTILINE)


def printed(command, folder):
    """What a command of the tour prints, run in a folder of its own."""
    words = shlex.split(command.removeprefix("$ "))
    assert words[0] == "cuakhau"
    done = subprocess.run(
        [sys.executable, "-m", "sim", *words[1:]],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return re.sub(rf"{re.escape(str(ROOT))}/", "", done.stdout)


def test_the_tour_shows_what_is_printed(tmp_path):
    """After a change of scenario or model, `python tests/test_readme.py` writes what is printed now."""
    assert len(SHOWN) == 3
    for block in SHOWN:
        command, _, shown = block.partition("\n")
        assert printed(command, tmp_path) == shown


def test_the_python_example_runs(tmp_path):
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1].replace("replications=5", "replications=2")
    guarded = "if __name__ == '__main__':\n" + "".join(f"    {line}" for line in code.splitlines(keepends=True))
    (tmp_path / "example.py").write_text(guarded)
    command = [sys.executable, "-W", "error", "example.py"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Laws hold in 2 replications: ")


def refresh():
    """Write into the README what the commands of its tour print."""
    with tempfile.TemporaryDirectory() as folder:
        page = README
        for block in SHOWN:
            command = block.partition("\n")[0]
            page = page.replace(block, f"{command}\n{printed(command, folder)}")
    (ROOT / "README.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    refresh()
