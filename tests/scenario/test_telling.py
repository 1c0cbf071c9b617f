"""What the program tells about scenario files: explain, diff, new, list, facts, schema, reference, outlook."""

import importlib.util
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from sim.scenario import bundled, catalogue
from sim.scenario.diff import differences
from sim.scenario.explain import explain, explained
from sim.scenario.faults import ScenarioFaults
from sim.scenario.fitting import homes
from sim.scenario.json_schema import json_schema
from sim.scenario.load import load
from sim.scenario.new import starting_file
from sim.scenario.outlook import outlook
from sim.scenario.reference import PAGE, page
from sim.scenario.schema import ScenarioFile
from sim.scenario.shapes import Record


@pytest.fixture
def two(files, monkeypatch):
    monkeypatch.chdir(files)
    return load("two-gates.yaml")


# -------------------------------------------------------------------------------------------- explain


def test_explain_a_documented_value(two):
    fact = bundled.facts()["C001"]
    assert explain(two, "stations.north/yard.places") == "\n".join([
        "stations.north/yard.places: 450",
        ("  meaning: trucks it holds from entry to leaving, in service or not "
        "[a whole number from 0 to 10000000 or unlimited]"),
        "  written: two-gates.yaml:39 (scenario)",
        f"  source: fact {fact}",
        f"  source:       {fact.source_title}; {fact.publisher_url}",
    ])  # fmt: skip


def test_explain_an_assumption_an_overlay_and_a_default(two, files):
    found = explain(two, "stations.north/documents.service.mean")
    assert "  source: assumption: nobody publishes it; thought to lie between 5 min and 15 min" in found
    assert "arithmetic mean [a duration with its unit at least 0]" in found
    over = load("two-gates.yaml", overlays=["more-lanes.yaml"])
    (servers,) = explained(over, "stations.south/documents.servers")
    assert (str(servers.origin), servers.origin.layer) == ("more-lanes.yaml:7", "overlay")
    assert servers.change == "stations.south/documents.servers: 4 -> 7"
    (lanes,) = explained(two, "stations.north/road.lanes")
    assert (lanes.value, lanes.origin) == ("1", None)


def test_derived_values_come_with_their_formula(two):
    assert explained(two, "stations.north/road.length")[0].derived == "666 places = 12 km x 1 / 18 m"
    path = "stations.south/documents.service.capacity"
    assert explained(two, path)[0].derived == "a mean of 7.2 min = 4 x 12 h / 400 a day"  # 4 x 720 / 400 = 7.2


def test_a_mean_is_told_of_the_whole_law_and_not_of_its_parts(two):
    law = "{law: shifted, shift: 4 min, rest: {law: pert, low: 0 min, mode: 2 min, high: 10 min}}"  # 4 + 18 / 6 = 7
    path = "stations.south/documents.service"
    told = {item.path: item.derived for item in explained(load("two-gates.yaml", overrides={path: law}))}
    assert (told[f"{path}.law"], told[f"{path}.rest.law"]) == ("a mean of 7 min", "")


def test_explain_all_covers_every_single_value(two):
    paths = [item.path for item in explained(two)]
    assert len(paths) == len(set(paths))
    assert all(item.origin is not None and item.kind for item in explained(two))


def test_explain_an_unknown_path_names_a_near_one(two):
    with pytest.raises(ScenarioFaults) as found:
        explain(two, "stations.north/yrad.places")
    assert found.value.faults[0].hint.startswith("did you mean stations.north/yard.places?")


# ----------------------------------------------------------------------------------------------- diff


def test_no_difference(two):
    assert differences(two, two) == ()


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("stations.south/documents.servers", 7, "Station south/documents has 7 servers instead of 4."),
        ("stations.south/documents.servers", 1, "Station south/documents has 1 server instead of 4."),
        ("stations.north/documents.servers", 5,
         "Station north/documents: servers 5 instead of 6 (07:00-13:00), 8 (13:00-19:00)."),
        ("calendars.near.hours", "07:00-20:00", "Calendar near closes 20:00 instead of 19:00."),
        ("calendars.near.hours", "06:00-20:00",
         "Calendar near opens 06:00 instead of 07:00 and closes 20:00 instead of 19:00."),
        ("flows.fruit.volume", "280/day", "12 % more trucks of flow fruit: 280 a day instead of 250 a day."),
        ("flows.fruit.volume", "200/day", "20 % fewer trucks of flow fruit: 200 a day instead of 250 a day."),
        ("stations.north/documents.service.mean", "12 min",
         "Service at station north/documents takes 33 % longer on average: 12 min instead of 9 min."),
        ("stations.north/yard.places", 500, "Station north/yard has 500 places instead of 450."),
        ("gates.north.capacity", "1200/day", "50 % more capacity at North gate: 1200 a day instead of 800 a day."),
        ("stations.north/documents.closing", "pause", "Station north/documents: closing pause instead of finish."),
        ("stations.south/documents.places", "null", "Station south/documents: places 80 is gone."),
        ("period.warm_up", "3 d", "Period: warm up 3 d instead of 2 d."),
        ("routes.south[1].share", "20 %", "Route south: 2 share 20 % instead of 10 %."),
        ("flows.south.rate", "9/h",
         "Flow south: rate 9/h instead of [{hours: 06:00-18:00, rate: 20/h}, {hours: 18:00-06:00, rate: 2/h}]."),
        ("regions.coast", "{surge: 0.1}", "Region coast is new."),
    ],
)  # fmt: skip
def test_a_change_in_words(two, path, value, sentence):
    overrides = {path: value}
    if path.endswith("documents.places"):
        overrides |= {"stations.south/documents.when_full": "block", "stations.south/documents.divert_to": "null"}
    assert sentence in differences(two, load("two-gates.yaml", overrides=overrides))


def test_a_change_is_told_once(two):
    assert len(differences(two, load("two-gates.yaml", overlays=["more-lanes.yaml"]))) == 2


# ------------------------------------------------------------------------------------ schema, reference


def plain(text):
    """A file as editors read it: dates stay text."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))


@cache
def validator(kind):
    schema = json_schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def every_file(files):
    return [*files.glob("*.yaml"), *bundled.scenario_root().rglob("*.yaml")]


def test_the_json_schema_accepts_every_good_file_and_no_spoilt_one(files):
    checked = 0
    for path in every_file(files):
        content = plain(path.read_text(encoding="utf-8"))
        if content["kind"] in ("scenario", "overlay"):
            errors = [error.json_path for error in validator(content["kind"]).iter_errors(content)]
            assert (errors == []) == (path.name != "ten-faults.yaml"), (path, errors)
            checked += 1
    assert checked >= 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("servers: 3", "servers: three"), ("    servers: 3", "    severs: 3"), ("mean: 9 min", "mean: 9"),
        ("mean: 9 min", "mean: 9 parsecs"), ("closing: finish", "closing: finsh"),
        ("- leave: crossed", "- leave: crosed"),
        ("period: {start: 2025-07-01, ", "period: {"), ("mean: 9 min", "mean: {value: 9 min}"),
        ("share: 20 %", "share: 1.2"),
    ],
)  # fmt: skip
def test_the_json_schema_refuses_what_the_program_refuses(old, new, good, said):
    assert old in good
    assert said(good.replace(old, new)) != []
    assert not validator("scenario").is_valid(plain(good.replace(old, new)))


def test_every_key_of_the_schema_has_a_meaning():
    missing = [
        f"{model}.{key}"
        for model, shape in json_schema()["$defs"].items()
        for key, part in shape.get("properties", {}).items()
        if not part.get("description") and "$ref" not in part
    ]
    assert missing == []


def test_the_reference_page_is_current():
    path = bundled.data_root() / PAGE
    assert path.read_text(encoding="utf-8") == page(), "run: python -m sim.scenario.reference"


def test_the_picture_of_ten_faults_is_current():
    spec = importlib.util.spec_from_file_location("picture", Path(__file__).with_name("picture.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PICTURE.read_text(encoding="utf-8") == module.picture(), "run: python -m tests.scenario.picture"


def test_the_reference_page_names_every_key():
    assert [key for key in homes(Record(ScenarioFile)) if f"| `{key}` |" not in page()] == []


# --------------------------------------------------------------------------------------- new, list, facts


@pytest.mark.parametrize("title", ["My gate", "Hữu Nghị (友谊关)", '"; rm -rf', "友谊关", "<b>{{7*7}}</b>"])
def test_a_new_file_loads_without_a_word(title, said):
    assert said(starting_file(title)) == []


@pytest.mark.parametrize("title", ["no", "Y", "Null", "1e3", "12"])
def test_a_name_that_programs_read_as_something_else_gets_a_longer_key(tmp_path, title):
    path = tmp_path / "new.yaml"
    path.write_text(starting_file(title), encoding="utf-8")
    assert list(load(path).file.gates) == [f"gate-{title.lower()}"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"title": "a" * 300}, "title: "),
        ({"service": "-3 min"}, "mean: "),
        ({"hours": "closed"}, "hours"),
    ],
)
def test_no_starting_file_is_made_that_its_own_check_refuses(given, says):
    with pytest.raises(ValueError, match=says):
        starting_file(**given)


def test_a_default_that_one_of_two_files_writes_is_no_difference(tmp_path):
    whole = starting_file()
    written, left_out = tmp_path / "written.yaml", tmp_path / "left-out.yaml"
    written.write_text(whole, encoding="utf-8")
    left_out.write_text(
        whole.replace("  zone: Asia/Ho_Chi_Minh\n", "").replace("    direction: export\n", ""), encoding="utf-8"
    )
    assert differences(load(left_out), load(written)) == ()
    assert differences(load(written), load(left_out)) == ()
    left_out.write_text(whole.replace("    surge: 0.2 ", "    # "), encoding="utf-8")
    assert differences(load(left_out), load(written)) == ("Flow export: surge 0.2 is new.",)


def test_a_new_file_says_what_was_asked_for(said):
    said(starting_file("Đồng Đăng", servers=6, hours="08:00-20:00", trucks="90/day"))
    found = load("case.yaml")
    assert found.file.stations["dong-dang/lanes"].servers == 6
    assert found.resolved["flows"]["export"]["volume"] == "90/day"


def test_the_list_names_every_bundled_file_so_that_load_finds_it():
    rows = catalogue.bundled_files()
    assert rows
    for row in rows:
        assert row.title, row.name
        assert f"  {row.name}" in catalogue.listing(rows)


def test_facts_are_found_without_accents_or_case():
    assert catalogue.fact_listing("HỮU NGHỊ 2025-07") == catalogue.fact_listing("huu-nghi 2025-07")
    assert catalogue.fact_listing("huu nghi 2025-07").startswith("T053: Huu Nghi (1119-1120), avg total")
    assert catalogue.fact_listing("atlantis") == "no documented fact about atlantis"


# ------------------------------------------------------------------------------------------- outlook


def test_expected_trucks_and_loads_by_hand(two):
    found = outlook(two)
    # fruit: 30 days x 250, Sundays 6, 13, 20, 27 July count half, 15-19 July half as much again
    assert found.trucks["fruit"] == pytest.approx(250 * (30 - 4 * 0.5 + 5 * 0.5))
    assert found.trucks["south"] == pytest.approx(30 * (12 * 20 + 12 * 2))
    loads = {load.station: load for load in found.loads}
    # near is closed on 10 and 11, 15 h on 20 and 21, 8 h on Sundays 6, 13 and 27, and 12 h on the other 23 days
    assert loads["south/documents"].able == pytest.approx(4 * (2 * 15 + 3 * 8 + 23 * 12))
    assert loads["south/documents"].trucks == pytest.approx(found.trucks["south"])
    assert loads["south/documents"].asked == pytest.approx(found.trucks["south"] * 7.2 / 60)
    assert loads["north/documents"].asked == pytest.approx(found.trucks["fruit"] * 7 / 60)
    rounds = 1 / (1 - 0.05)
    assert loads["south/inspection"].trucks == pytest.approx(found.trucks["south"] * 0.1 * rounds)


def test_load_of_one_booth_is_that_of_the_textbook(files):
    (booth,) = outlook(load(files / "one-booth.yaml")).loads
    assert booth.share == pytest.approx(5 * 9 / 60)


def test_loading_imports_nothing_heavy():
    heavy = ("matplotlib", "polars", "numba", "scipy", "pandas", "holidays")
    code = f"import sim.scenario.load, sys; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
