"""Bad inputs: each gets the exact words, line, column and field. Rows are those of the list of bad inputs.

Not here, because they are no matter of scenario files: 55, 56 (options of a run), 82-88 and 92 (sweeps,
calibration, results). Row 47 waits for a second format. Row 68 (a call-forward cap) is the places of a yard
held with `in:`, so it is row 63. Row 64 (two stations of one name) is rows 17 and 18.
"""

import io
import os
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from sim.scenario.faults import ScenarioFaults, did_you_mean, nearest, render, to_json
from sim.scenario.load import examine, load

TABLE = YAML(typ="safe", pure=True).load(Path(__file__).with_name("bad_inputs.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", TABLE, ids=lambda case: f"{case.get('row', 'own')} {case['title']}")
def test_says_exactly(case, good, said):
    text = case.get("text", good)
    for old, new in case.get("change", ()):
        assert old in text
        text = text.replace(old, new, 1)
    assert said(text) == case["says"]


def test_the_good_file_has_no_fault(good, said):
    assert said(good) == []


# ------------------------------------------------------------------------------------ file, encoding


def only_fault(path):
    with pytest.raises(ScenarioFaults) as found:
        load(path)
    assert len(found.value.faults) == 1
    return found.value.faults[0], found.value.exit_code


def test_row_1_a_missing_file_names_a_near_one(tmp_path, good):
    (tmp_path / "scenario.yaml").write_text(good)
    fault, code = only_fault(str(tmp_path / "scenarois.yaml"))
    assert (fault.message, fault.hint, code) == (
        "cannot open: no such file",
        f"did you mean {tmp_path / 'scenario.yaml'}?",
        3,
    )


def test_row_2_a_directory(tmp_path):
    fault, code = only_fault(str(tmp_path))
    assert (fault.message, fault.hint, code) == ("is a directory", "give the .yaml file in it", 3)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_row_3_no_permission(tmp_path, good):
    path = tmp_path / "a.yaml"
    path.write_text(good)
    path.chmod(0)
    fault, code = only_fault(str(path))
    assert (fault.message, code) == ("cannot open: permission denied", 3)


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"\xef\xbb\xbf", b"\n\n"])
def test_row_4_no_content(content, said):
    assert said(content) == ["0:0 error : file has no content | cuakhau new writes an example"]


def test_row_5_binary(said):
    assert said(b"\x89PNG\r\n\x1a\n\0\0") == [
        "0:0 error : is not text: byte 0x89 at offset 0 | give a YAML file saved as UTF-8"
    ]


def test_row_6_not_utf_8(said, good):
    content = good.replace("title: Gate", "title: 友谊关").encode("gbk")
    assert said(content) == ["3:0 error : is not UTF-8: byte 0xd3 at offset 32 | save the file as UTF-8"]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_rows_7_and_8_mark_and_line_ends_change_nothing(end, good, said, tmp_path):
    assert said(b"\xef\xbb\xbf" + good.replace("\n", end).encode()) == []
    same = load("case.yaml").hash
    assert said(good) == []
    assert load("case.yaml").hash == same
    wrong = good.replace("servers: 3", "servers: three").replace("\n", end)
    assert said(b"\xef\xbb\xbf" + wrong.encode())[0].startswith("11:14 error stations.gate/documents.servers:")


@pytest.mark.parametrize(("char", "code"), [("\0", "0000"), ("\x1b", "001B")])
def test_row_9_control_characters(char, code, good, said):
    assert said(good.replace("title: Gate", f"title: Ga{char}te")) == [
        f"3:10 error : control character U+{code} | delete it"
    ]


def test_row_10_invisible_characters_are_warned_of_and_escaped(good, said):
    says = said(good.replace("title: Gate", "title: Ga\u202ete"))
    assert says == [
        "3:10 warning : invisible character U+202E (right-to-left override) | delete it, unless it is meant"
    ]
    assert "\u202e" not in render(examine("case.yaml")[1])


def test_row_11_too_large(tmp_path):
    path = tmp_path / "a.yaml"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    fault, code = only_fault(str(path))
    assert (fault.message, code) == ("is 200 MB, the limit is 5 MB", 2)


def test_row_12_links(tmp_path, good):
    (tmp_path / "a.yaml").write_text(good)
    (tmp_path / "b.yaml").symlink_to("a.yaml")
    (tmp_path / "c.yaml").symlink_to("c.yaml")
    assert load(str(tmp_path / "b.yaml")).file.title == "Gate"
    fault, code = only_fault(str(tmp_path / "c.yaml"))
    assert (fault.message, code) == ("cannot open: too many levels of symbolic links", 3)


def test_row_13_no_regular_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (str(tmp_path / "pipe"), "/dev/zero"):
        fault, code = only_fault(path)
        assert (fault.message, fault.hint, code) == ("is not a regular file", "standard input is -", 3)


def test_row_13_standard_input_is_a_dash(good, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(good.encode())))
    assert load("-").file.title == "Gate"


def test_a_sweep_is_no_scenario_and_it_is_said_what_runs_it(good, said):
    assert said(good.replace("kind: scenario", "kind: sweep")) == [
        "1:7 error kind: is a sweep, not a scenario | cuakhau sweep runs a sweep"
    ]


@pytest.mark.parametrize("kind", ["episode", "bulletin"])
def test_other_kinds_are_known_but_not_read_yet(kind, good, said):
    assert said(good.replace("kind: scenario", f"kind: {kind}")) == [
        f"1:7 error kind: kind {kind} is not read here yet"
    ]


# ---------------------------------------------------------------------------------------------- bombs


def test_row_23_an_alias_bomb_is_refused(said, good):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert said("\n".join(lines)) == [
        (
            "6:10 error : the file holds more than 100,000 nodes (aliases expanded)"
            " | large lists of trucks go into a CSV file"
        )
    ]


def test_row_26_deep_nesting(good, said):
    assert said(good.replace("route: export", "route: " + "[" * 3000)) == [
        "30:60 error : is nested deeper than 50 levels"
    ]


def test_row_29_a_long_number(good, said):
    says = said(good.replace("servers: 3", "servers: " + "9" * 5000))
    assert says == [f'11:14 error stations.gate/documents.servers: number is too long, got "{"9" * 77}..."']


def test_row_52_and_the_other_limits_have_their_own_exit_code(good, said, tmp_path):
    said(good.replace("100 vehicles/day", "1e9 vehicles/h"))
    with pytest.raises(ScenarioFaults) as found:
        load("case.yaml")
    assert found.value.exit_code == 4


# ------------------------------------------------------------------------------------------- accepted


@pytest.mark.parametrize(
    ("old", "new", "path", "value"),
    [
        ("servers: 3", "servers: 3.0", ["stations", "gate/documents", "servers"], 3),
        ("cv: 0.6", "cv: 6e-1", ["stations", "gate/documents", "service", "cv"], 0.6),  # row 37
        ("hours: 07:00-19:00", "hours: 22:00-06:00", ["calendars", "day", "hours"], "22:00-06:00"),  # rows 38, 72
        ("hours: 07:00-19:00", "hours: 06:00-24:00", ["calendars", "day", "hours"], "06:00-24:00"),  # row 73
        ("title: Gate", 'title: "CON"', ["title"], "CON"),  # row 91
        ("title: Gate", "title: 2025", ["title"], "2025"),
        ("title: Gate", "title: no", ["title"], "no"),
        ("title: Gate", "title: '<script>alert(1)</script>'", ["title"], "<script>alert(1)</script>"),  # row 90
    ],
)
def test_accepted_with_the_type_of_the_field(old, new, path, value, good, said):
    assert said(good.replace(old, new)) == []
    found = load("case.yaml").resolved
    for key in path:
        found = found[key]
    assert found == value
    assert type(found) is type(value)


def test_row_39_a_quoted_word_is_a_key(good, said):
    text = good.replace("  fruit:\n", '  "no":\n').replace("durian: 60 %", '"1": 60 %')
    assert said(text) == []
    assert list(load("case.yaml").file.flows) == ["no"]


def test_row_41_a_share_in_percent_or_as_a_number(good, said):
    assert said(good) == []
    assert load("case.yaml").file.routes["export"][1].share == 0.2


def test_rows_79_hours_over_a_clock_change_are_counted_once(good, said):
    said(good.replace("start: 2025-07-01, length: 10 d", "zone: Europe/Berlin, start: 2025-10-26, end: 2025-10-27")
         .replace("warm_up: 1 d", "warm_up: 1 h"))  # fmt: skip
    assert load("case.yaml").length_ms == 25 * 3_600_000


@pytest.mark.parametrize("name", ["/etc/passwd", "~/a.yaml", "../../etc/passwd"])
def test_row_89_other_files_stay_inside_the_folder(name, good, said):
    says = said(good.replace("title: Gate", f"title: Gate\nextends: {name}"))
    assert len(says) == 1
    assert says[0].startswith(("4:10 error : must be a relative path, got", "4:10 error : leads outside the folder of"))


# ------------------------------------------------------------------------------------------- contract


def test_a_suggestion_comes_with_what_is_known():
    assert did_you_mean("sevice", ["title", "service"]) == "did you mean service?  (known here: title, service)"
    assert did_you_mean("xyz", ["title", "service"]) == "known here: title, service"
    assert nearest("haven", ["heaven", "maven", "raven"]) == "heaven"  # the same first letter counts


def test_a_fault_is_shown_with_its_line_and_a_caret(good, said):
    said(good.replace("servers: 3", "servers: three"))
    message = 'must be a whole number from 0 to 10000 or unlimited, got "three"'
    assert render(examine("case.yaml")[1]).splitlines() == [
        f"case.yaml:11:14: error: stations.gate/documents.servers: {message}",
        "    11 |     servers: three",
        "       |              ^^^^^",
        "  hint: write digits, e.g. servers: 3",
        "1 error, 0 warnings; nothing was run.",
    ]


def test_carets_stand_under_wide_characters(good, said):
    said(
        good.replace("title: Gate", "{title: 友谊关, kidn: 3}")
        .replace("{title", "gates: {north: {title")
        .replace("3}", "3}}")
    )
    shown = render(examine("case.yaml")[1]).splitlines()
    at = next(n for n, row in enumerate(shown) if "kidn: 3" in row)
    assert shown[at + 1].index("^") == shown[at].index("kidn") + 3  # three characters take two columns each


def test_at_most_fifty_faults_are_spelled_out(good, said):
    extra = "".join(f"  gate/x{n}: {{servers: x, service: 1 min}}\n" for n in range(60))
    said(good.replace("routes:\n", extra + "routes:\n"))
    rows = render(examine("case.yaml")[1]).splitlines()
    assert sum(": error: " in row for row in rows) == 50
    assert rows[-2:] == ["... and 10 more; only the first 50 are shown", "60 errors, 0 warnings; nothing was run."]


def test_ten_planted_faults_are_all_found_at_their_place(files):
    found = examine(files / "ten-faults.yaml")[1]
    text = (files / "ten-faults.yaml").read_text(encoding="utf-8").splitlines()
    planted = [n for n, line in enumerate(text, 1) if "# fault" in line]
    assert len(planted) == 10
    assert [fault.line for fault in found] == planted
    for fault in found:
        culprit = text[fault.line - 1].split("# fault: ")[1]
        assert text[fault.line - 1][fault.column - 1 :].startswith(culprit)


def test_the_same_list_as_json(good, said):
    said(good.replace("servers: 3", "servers: three"))
    assert to_json(examine("case.yaml")[1]).startswith(
        '{\n "errors": 1,\n "warnings": 0,\n "faults": [\n  {\n   "severity": "error"'
    )
