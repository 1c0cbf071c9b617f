"""The commands: what they print, where, and how they end."""

import json
import os
import re
import subprocess
import sys

import pytest

from sim.cli.app import COMMANDS
from sim.scenario.load import load

NAMES = [command.__name__.rstrip("_").replace("_", "-") for command in COMMANDS]


def test_help_lists_every_command(cuakhau):
    done = cuakhau("--help")
    assert done.code == 0
    assert re.findall(r"^  ([\w-]+)  ", done.out.split("Commands:")[1], re.MULTILINE) == NAMES


@pytest.mark.parametrize("name", [n for n in NAMES if n != "list"])
def test_help_of_a_command_shows_it_at_work(cuakhau, name):
    assert f"\n  cuakhau {name} " in cuakhau(name, "--help").out


def test_help_imports_no_room_but_its_own():
    """What makes --help slow is imports: none of the libraries of the model may be there."""
    program = "import sys; from sim.cli.app import app\ntry: app(['--help'])\nexcept SystemExit: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    heavy = {
        "numpy",
        "scipy",
        "polars",
        "pandas",
        "pydantic",
        "simpy",
        "numba",
        "matplotlib",
        "jinja2",
        "rich.progress",
    }
    assert not loaded & heavy
    assert {name for name in loaded if name.startswith("sim.") and not name.startswith("sim.cli")} == {"sim.signals"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["rnu"], "No such command 'rnu'. Did you mean 'run'?"),
        (["run"], "Missing argument 'SCENARIO'"),
        (["run", "x", "--replications", "0"], "'--replications' / '-n'"),
        (["run", "x", "--replications", "-1"], "'--replications' / '-n'"),
        (["run", "x", "--replications", "1000000000"], "'--replications' / '-n'"),
        (["run", "x", "--seed", "-1"], "'--seed'"),
        (["run", "x", "--seed", str(2**70)], "'--seed'"),
        (["run", "x", "--seed", "0.5"], "'--seed'"),
        (["run", "x", "--seed", "now"], "'--seed'"),
        (["run", "x", "--workers", "0"], "'--workers'"),
        (["run", "x", "--workers", "-3"], "'--workers'"),
        (["run", "x", "--workers", "10000"], "'--workers'"),
        (["run", "x", "--workers", "abc"], "'--workers'"),
        (["run", "x", "--engine", "fast"], "'--engine'"),
        (["run", "x", "--lang", "tlh"], "reports are in en"),
        (["run", "x", "--set", "period.length"], 'write PATH=VALUE, got "period.length"'),
        (["run", "x", "--set", "a=1", "--set", "a=2"], "a is set twice"),
        (["run", "x", "-n", "3.5"], """'-n': must be a whole number from 1 to 100,000, got "3.5\""""),
        (["truck", "x", "1", "-r", "-1"], """'-r': must be a whole number of at least 0, got "-1\""""),
        (["new", "a" * 300], "NAME: must have at most 200 characters"),
        (["new", "--service", "9"], '--service: must be a duration with its unit, got "9"; write for example 12 min'),
        (["new", "--service", "-3 min"], '--service: must be at least 0, got "-3 min"'),
        (["new", "--start", "1 July"], '--start: must be a day, got "1 July"; write for example 2025-07-01'),
        (["new", "--start", "2025-02-30"], '--start: is not a date of the calendar, got "2025-02-30"'),
        (["new", "--start", "20250701"], '--start: must be a day, got "20250701"'),
        (["new", "--start", "1850-01-01"], "--start: must lie in the years 1900 to 2200"),
        (["new", "--hours", "25:00-26:00"], '--hours: is not a time of day (00:00-24:00), got "25:00-26:00"'),
        (["new", "--hours", "closed"], "--hours: never opens"),
        (["new", "--trucks", "x"], '--trucks: must be a rate with its unit, got "x"'),
        (["new", "--trucks", "1e9/d"], "--trucks: about 3e+10 trucks are expected"),
        (["new", "--places", "-1"], """'--places': must be a whole number from 1 to 10,000,000, got "-1\""""),
        (["new", "--servers", "many"], """'--servers': must be a whole number from 1 to 10,000, got "many\""""),
        (["new", "--days", "1"], """'--days': must be a whole number from 3 to 3,660, got "1\""""),
        (["schema", "sheet"], 'kinds are scenario, overlay and sweep, got "sheet"'),
    ],
)  # fmt: skip
def test_wrong_usage_ends_with_2_and_says_what(cuakhau, words, told):
    done = cuakhau(*words)
    assert done.code == 2
    assert told in done.err
    assert done.out == ""


def test_a_sound_file_is_checked_and_its_load_told(cuakhau, gate):
    done = cuakhau("check", gate)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{gate}: One gate\nexpected trucks: 150 (out 150)\n")
    assert re.search(r"load north/lane +0\.62 ", done.out)  # 50 x 9 min of 12 h
    assert done.out.endswith("0 errors, 0 warnings.\n")


def test_a_faulty_file_is_told_with_line_and_column(cuakhau, gate):
    gate.write_text(gate.read_text().replace("servers: 1", "severs: 1"))
    done = cuakhau("check", gate)
    line = next(n for n, text in enumerate(gate.read_text().splitlines(), 1) if "severs" in text)
    assert done.code == 2
    assert f"{gate}:{line}:5: error: stations.north/lane" in done.err
    assert "did you mean servers?" in done.err
    assert "nothing was run.\n" in done.err
    assert done.out == ""


def test_faults_come_as_json_for_programs(cuakhau, gate):
    gate.write_text(gate.read_text().replace("servers: 1", "severs: 1"))
    done = cuakhau("check", gate, "--json-errors")
    told = json.loads(done.err)
    assert done.code == 2
    assert told["errors"] == len([f for f in told["faults"] if f["severity"] == "error"]) >= 1
    assert told["faults"][0]["line"] > 0


def test_a_file_that_is_not_there_is_a_matter_of_the_file_system(cuakhau, tmp_path):
    done = cuakhau("check", tmp_path / "none.yaml")
    assert done.code == 3
    assert "none.yaml: error: cannot open: no such file" in done.err


def test_explain_says_where_a_value_comes_from(cuakhau, gate):
    done = cuakhau("explain", gate, "gates.north.capacity", "--set", "gates.north.capacity=70 vehicles/day")
    assert done.code == 0
    assert done.out.startswith("gates.north.capacity: 70 vehicles/day\n")
    assert "--set" in done.out


def test_diff_speaks_of_what_changed(cuakhau, gate, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(gate.read_text().replace("servers: 1", "servers: 2"))
    assert cuakhau("diff", gate, gate).out == "No difference.\n"
    assert "2" in cuakhau("diff", gate, other).out


def test_new_writes_a_file_that_loads(cuakhau, tmp_path):
    done = cuakhau("new", "Cửa Đông", "--trucks", "120/d", "--servers", "3", "--days", "5")
    path = tmp_path / "new.yaml"
    path.write_text(done.out, encoding="utf-8")
    scenario = load(path)
    assert scenario.file.title == "Cửa Đông"
    assert scenario.file.stations["cua-dong/lanes"].servers == 3
    assert scenario.length_ms == 5 * 86_400_000


def test_new_asks_on_standard_error(process):
    with process("new", "--ask", stdin=subprocess.PIPE) as child:
        out, err = child.communicate("Lối Mở\n\n6\n\n\n\n\n")
    assert child.returncode == 0
    assert "Lanes [4]" in err
    assert "servers: 6" in out
    assert "Lanes [4]" not in out


@pytest.mark.parametrize("kind", ["scenario", "overlay"])
def test_schema_is_json(cuakhau, kind):
    assert json.loads(cuakhau("schema", kind).out)["title"] == f"cuakhau {kind}"


def test_list_names_the_baseline(cuakhau):
    assert "  lang-son/baseline " in cuakhau("list").out


def test_facts_are_found_by_place(cuakhau):
    rows = cuakhau("facts", "huu", "nghi").out.splitlines()
    assert rows[0].startswith("T001: Huu Nghi (1119-1120), cleared, both directions: >800 veh/day")
    assert all("uu Nghi" in row for row in rows[::2])


def test_the_example_of_facts_finds_some(cuakhau):
    lines = [line.split() for line in cuakhau("facts", "--help").out.splitlines() if "Usage" not in line]
    (example,) = (words[1:] for words in lines if words[:2] == ["cuakhau", "facts"])
    assert cuakhau(*example).out.startswith("T053: Huu Nghi (1119-1120), avg total")


def test_a_reader_that_goes_away_is_no_failure(process):
    with process("facts") as child:
        child.stdout.readline()
        child.stdout.close()
        assert child.wait(20) == 0
        assert child.stderr.read() == ""


@pytest.mark.parametrize(
    ("words", "code"), [(["explain", "nope.yaml"], 3), (["run", "GATE", "--json-errors", "--set", "a.b=c"], 2)]
)
def test_a_failure_keeps_its_exit_code_when_nobody_reads_why(process, gate, words, code):
    reader, writer = os.pipe()
    os.close(reader)
    with process(*(gate if word == "GATE" else word for word in words), stderr=writer) as child:
        os.close(writer)
        assert child.wait(20) == code


def test_the_same_words_in_any_locale(process, gate):
    gate.write_text(gate.read_text().replace("servers: 1", "severs: một"))
    told = set()
    for env in ({"LC_ALL": "C"}, {"LC_ALL": "tr_TR.UTF-8"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONHASHSEED": "3"}):
        with process("check", gate, env=env, encoding="utf-8") as child:
            told.add((child.communicate()[1], child.returncode))
    assert len(told) == 1


@pytest.mark.parametrize(("words", "code"), [(["list"], 0), (["check", "nope.yaml"], 3)])
def test_a_caller_that_closed_standard_output_is_no_failure(gate, words, code):
    command = 'exec "$0" -m sim "$@" >&-'  # the program begins without a standard output
    done = subprocess.run(["sh", "-c", command, sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "internal error" not in done.stderr


@pytest.mark.parametrize("width", ["1e400 min", "1e999999999 min", "1e400 %"])
def test_a_width_beyond_all_numbers_is_bad_input(cuakhau, gate, width):
    done = cuakhau("run", gate, "--until", f"wait_mean within {width}")
    assert done.code == 2
    assert "1 error, 0 warnings; nothing was run." in done.err
