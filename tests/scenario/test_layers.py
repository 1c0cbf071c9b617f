"""Layers: extends, overlays, --set; what each may change, and where every value comes from afterwards."""

import pytest

from sim.scenario.faults import ScenarioFaults
from sim.scenario.load import examine, load
from sim.scenario.sweep_reading import read_sweep

OVERLAY = "kind: overlay\nformat: 1\ntitle: An overlay\n"


@pytest.fixture
def folder(tmp_path, good, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.yaml").write_text(good)
    return tmp_path


def write(folder, name, text):
    (folder / name).write_text(text)
    return name


def messages(*args, **kwargs):
    return [f"{f.file}:{f.line}:{f.column} {f.path}: {f.message}" for f in examine(*args, **kwargs)[1]]


def test_extends_takes_the_rest_from_the_base_and_merges_key_by_key(folder):
    name = write(folder, "more.yaml", "kind: scenario\nformat: 1\ntitle: More\nextends: base.yaml\n"
                 "stations: {gate/documents: {servers: 5}}\n")  # fmt: skip
    more, base = load(name), load("base.yaml")
    assert more.file.stations["gate/documents"].servers == 5
    assert more.file.stations["gate/documents"].service == base.file.stations["gate/documents"].service
    assert (more.file.title, base.file.title) == ("More", "Gate")
    assert str(more.origins["stations.gate/documents.servers"]) == "more.yaml:5"
    origin = more.origins["stations.gate/documents.closing"]
    assert (origin.file, origin.line, origin.column, origin.layer) == ("base.yaml", 13, 14, "base")
    assert "extends" not in more.resolved


def test_an_overlay_changes_values_and_says_so_but_not_the_title(folder):
    name = write(
        folder, "o.yaml", OVERLAY + "stations: {gate/documents: {servers: 5}}\ncalendars: {day: {hours: 07:00-20:00}}\n"
    )
    found = load("base.yaml", overlays=[name])
    assert found.changes == (
        "stations.gate/documents.servers: 3 -> 5",
        "calendars.day.hours: 07:00-19:00 -> 07:00-20:00",
    )
    assert found.file.title == "Gate"
    assert found.origins["calendars.day.hours"].layer == "overlay"


def test_lists_are_replaced_whole_and_another_law_too(folder):
    name = write(folder, "o.yaml", OVERLAY + "routes: {export: [{at: gate/documents}]}\n"
                 "stations: {gate/documents: {service: {law: constant, value: 5 min}}}\n")  # fmt: skip
    found = load("base.yaml", overlays=[name])
    assert found.resolved["routes"]["export"] == [{"at": "gate/documents"}]
    assert found.resolved["stations"]["gate/documents"]["service"] == {"law": "constant", "value": "5 min"}


def test_a_law_of_the_same_kind_is_merged(folder):
    name = write(folder, "o.yaml", OVERLAY + "stations: {gate/documents: {service: {mean: 12 min}}}\n")
    service = load("base.yaml", overlays=[name]).resolved["stations"]["gate/documents"]["service"]
    assert service == {"law": "lognormal", "mean": "12 min", "cv": 0.6}


def test_null_takes_a_key_away(folder):
    name = write(folder, "o.yaml", OVERLAY + "flows: {fruit: {volume: null, rate: 5/h}}\n")
    assert load("base.yaml", overlays=[name]).file.flows["fruit"].volume is None
    name = write(folder, "p.yaml", OVERLAY + "flows: {fruit: {profile: null}}\n")
    assert messages("base.yaml", overlays=[name]) == [
        "p.yaml:4:17 flows.fruit.profile: takes away a key that is not there"
    ]


def test_two_overlays_on_one_key_name_both_lines(folder):
    one = write(folder, "one.yaml", OVERLAY + "stations: {gate/documents: {servers: 5}}\n")
    two = write(folder, "two.yaml", OVERLAY + "stations:\n  gate/documents: {servers: 6}\n")
    assert messages("base.yaml", overlays=[one, two]) == [
        "two.yaml:5:20 stations.gate/documents.servers: two overlays set this key; the other is one.yaml:4"
    ]


def test_overlays_on_different_keys_commute(folder):
    one = write(folder, "one.yaml", OVERLAY + "stations: {gate/documents: {servers: 5}}\n")
    two = write(folder, "two.yaml", OVERLAY + "calendars: {day: {hours: 07:00-20:00}}\n")
    assert load("base.yaml", overlays=[one, two]).hash == load("base.yaml", overlays=[two, one]).hash


def test_an_overlay_is_checked_against_the_base_it_names(folder):
    name = write(folder, "o.yaml", OVERLAY + "base: base.yaml\nstations: {gate/documents: {severs: 5}}\n")
    assert messages(name) == ["o.yaml:5:29 stations.gate/documents.severs: unknown key"]
    name = write(folder, "p.yaml", OVERLAY + "stations: {gate/documents: {servers: 5}}\n")
    assert messages(name) == ["p.yaml:1:7 : this is an overlay, not a scenario"]


def test_a_scenario_is_no_overlay(folder):
    assert messages("base.yaml", overlays=["base.yaml"]) == ["base.yaml:1:7 : is not an overlay"]


def test_a_file_may_name_its_overlays(folder):
    write(folder, "o.yaml", OVERLAY + "stations: {gate/documents: {servers: 5}}\n")
    name = write(
        folder, "more.yaml", "kind: scenario\nformat: 1\ntitle: More\nextends: base.yaml\noverlays: [o.yaml]\n"
    )
    assert load(name).file.stations["gate/documents"].servers == 5


def test_a_ring_of_extends_is_refused(folder):
    write(folder, "a.yaml", "kind: scenario\nformat: 1\nextends: b.yaml\n")
    write(folder, "b.yaml", "kind: scenario\nformat: 1\nextends: a.yaml\n")
    assert messages("a.yaml") == ["b.yaml:3:10 extends: extends itself, over one or more files"]


@pytest.mark.parametrize(("bases", "told"), [
    (("a.yaml",), "a.yaml:4:7"), (("b.yaml", "a.yaml"), "b.yaml:4:7"), (("b.yaml", "b.yaml"), "b.yaml:4:7"),
])  # fmt: skip
def test_a_ring_of_overlays_is_refused(folder, bases, told):
    for name, base in zip(("a.yaml", "b.yaml"), bases, strict=False):
        write(folder, name, f"{OVERLAY}base: {base}\n")
    assert messages("a.yaml") == [f"{told} base: is laid over itself, over one or more files"]


def test_a_missing_base_is_exit_3_and_names_a_near_file(folder):
    name = write(folder, "more.yaml", "kind: scenario\nformat: 1\nextends: bsae.yaml\n")
    with pytest.raises(ScenarioFaults) as found:
        load(name)
    assert (found.value.exit_code, found.value.faults[0].hint) == (3, "did you mean base.yaml?")


# ----------------------------------------------------------------------------------------------- set


def test_set_takes_text_numbers_lists_and_mappings(folder):
    found = load("base.yaml", overrides={
        "stations.gate/documents.servers": "4", "stations.gate/inspection.servers": 7, "period.length": "20 d",
        "stations.gate/documents.service": {"law": "constant", "value": "5 min"}, "routes.export[1].share": "30 %",
    })  # fmt: skip
    assert found.file.stations["gate/documents"].servers == 4
    assert found.file.stations["gate/inspection"].servers == 7
    assert found.length_ms == 20 * 86_400_000
    assert found.file.routes["export"][1].share == 0.3
    assert found.resolved["stations"]["gate/documents"]["service"] == {"law": "constant", "value": "5 min"}
    assert found.changes[0] == "stations.gate/documents.servers: 3 -> 4"
    assert found.origins["stations.gate/documents.servers"].layer == "set"


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("stations.gate/documents.severs", "4", "--set:1:1 stations.gate/documents.severs: unknown key"),
        ("stations.gate/docs.servers", "4", '--set:1:1 : there is no "gate/docs" in stations'),
        ("stations.gate/documents.servers", "four",
         '--set:1:33 stations.gate/documents.servers: must be a whole number from 0 to 10000 or unlimited, got "four"'),
        ("routes.export[9].share", "0.1", "--set:1:1 routes.export[9].share: there is no item 9"),
        ("period..length", "1 d", '--set:1:1 : is not the path of a value: "period..length"'),
        ("routes.export[x]", "1", '--set:1:1 : is not the path of a value: "routes.export[x]"'),
        ("", "1", '--set:1:1 : is not the path of a value: ""'),
        ("title", "[", "--set:1:8 : a value is missing, or a bracket is not closed"),
    ],
)  # fmt: skip
def test_set_points_at_what_was_typed(folder, path, value, says):
    assert messages("base.yaml", overrides={path: value}) == [says]


def test_set_takes_a_key_away_with_null(folder):
    found = load("base.yaml", overrides={"flows.fruit.volume": "null", "flows.fruit.rate": "5/h"})
    assert "volume" not in found.resolved["flows"]["fruit"]


# ------------------------------------------------------------------------------------------- sources


def sourced(good, text):
    return good.replace("mean: 9 min", f"mean: {text}")


def test_a_source_is_unwrapped_and_kept(folder, good):
    write(folder, "s.yaml", sourced(good, "{value: 9 min, assumption: nobody publishes it, range: [5 min, 15 min]}"))
    found = load("s.yaml")
    source = found.sources["stations.gate/documents.service.mean"]
    assert (source.fact, source.assumption, source.low, source.high) == (None, "nobody publishes it", "5 min", "15 min")
    assert found.resolved == load("base.yaml").resolved
    assert found.hash == load("base.yaml").hash


def test_a_source_of_a_whole_law_covers_its_parts_until_one_is_changed(folder, good):
    law = "{law: lognormal, mean: 9 min, cv: 0.6}"
    write(folder, "s.yaml", good.replace(law, f"{{value: {law}, fact: T053}}"))
    path = "stations.gate/documents.service"
    assert load("s.yaml").source(f"{path}.cv").fact == "T053"
    changed = load("s.yaml", overrides={f"{path}.mean": "12 min"})
    assert changed.source(f"{path}.cv").fact == "T053"
    assert changed.source(f"{path}.mean") is None


def test_a_range_of_a_whole_law_says_nothing_of_its_parts(folder, good):
    law = "{law: lognormal, mean: 9 min, cv: 0.6}"
    write(folder, "s.yaml", good.replace(law, f"{{value: {law}, assumption: asked, range: [5 min, 15 min]}}"))
    path = "stations.gate/documents.service"
    changed = load("s.yaml", overrides={f"{path}.mean": "12 min"})
    source = changed.source(f"{path}.cv")
    assert (source.assumption, source.low, source.high) == ("asked", None, None)
    assert (load("s.yaml").source(path).low, load("s.yaml").source(path).high) == ("5 min", "15 min")


def test_a_source_in_an_overlay_covers_what_the_overlay_sets_and_no_more(folder):
    law = "{value: {mean: 12 min}, assumption: slower}"
    name = write(folder, "o.yaml", OVERLAY + f"stations: {{gate/documents: {{service: {law}}}}}\n")
    found, path = load("base.yaml", overlays=[name]), "stations.gate/documents.service"
    assert found.source(f"{path}.mean").assumption == "slower"
    assert found.source(f"{path}.cv") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{value: 9 min, fact: T0533}", '14:58 stations.gate/documents.service.mean: no documented fact "T0533"'),
        ("{value: 9 min, fact: T053, sauce: x}", '14:64 : unknown key "sauce" beside a value and its source'),
        ("{value: 9 min, assumption: a, range: 5 min}", "14:74 : range must be a list of two values"),
        ("{value: 9 min, assumption: a, range: [10 min, 15 min]}",
         '14:45 stations.gate/documents.service.mean: must lie within its range, 10 min to 15 min, got "9 min"'),
        ("{value: 9 min, assumption: a, range: [10, 15 min]}",
         "14:45 stations.gate/documents.service.mean: a bound of the range must be a duration with its unit, got 10"),
    ],
)  # fmt: skip
def test_faults_of_sources(folder, good, text, says):
    write(folder, "s.yaml", sourced(good, text))
    assert messages("s.yaml") == [f"s.yaml:{says}"]


# ---------------------------------------------------------------------------------------------- time


def test_instants_count_elapsed_milliseconds_in_the_zone_of_the_period(folder):
    found = load("base.yaml")
    assert found.instant_ms(found.file.period.start) == 0
    assert found.start.isoformat() == "2025-07-01T00:00:00+07:00"
    assert (found.length_ms, found.warm_up_ms) == (864_000_000, 86_400_000)
    assert found.instant_ms(found.start.replace(tzinfo=None, hour=7)) == 25_200_000
    assert found.instant_ms(1500.0) == 1500


def test_the_hash_depends_on_values_not_on_how_they_are_laid_out(folder, good):
    write(folder, "b.yaml", "# a comment\n" + good.replace("servers: 3", "servers: 3.0"))
    assert load("b.yaml").hash == load("base.yaml").hash
    assert load("base.yaml", overrides={"title": "Other"}).hash != load("base.yaml").hash


def test_the_resolved_scenario_loads_again(folder):
    import json

    write(folder, "again.yaml", json.dumps(load("base.yaml").resolved))
    assert load("again.yaml").hash == load("base.yaml").hash
    assert load("again.yaml").file == load("base.yaml").file


NAMES = (
    "lang-son/baseline",
    "lang-son/baseline.yaml",
    "scenarios/lang-son/baseline",
    "scenarios/lang-son/baseline.yaml",
)


@pytest.mark.parametrize("name", NAMES)
def test_files_name_bundled_scenarios_as_the_command_line_does(folder, name):
    title = load(name).file.title
    overlay = write(folder, "o.yaml", OVERLAY + f"base: {name}\nstations: {{huu-nghi/lane: {{servers: 9}}}}\n")
    assert load(overlay).file.title == title
    more = write(folder, "more.yaml", f"kind: scenario\nformat: 1\ntitle: More\nextends: {name}\n")
    assert set(load(more).file.stations) == set(load(name).file.stations)
    levers = "levers: {stations.huu-nghi/lane.servers: [6, 9]}\n"
    sweep = write(folder, "s.yaml", f"kind: sweep\nformat: 1\ntitle: Lanes\nbase: {name}\n{levers}")
    assert read_sweep(sweep)[1].file.title == title


def test_a_file_beside_is_named_without_its_ending_and_goes_before_a_bundled_one(folder, good):
    (folder / "lang-son").mkdir()
    (folder / "lang-son" / "baseline.yaml").write_text(good)
    overlay = write(folder, "o.yaml", OVERLAY + "base: lang-son/baseline\n")
    assert [load(name).file.title for name in ("base", "lang-son/baseline", overlay)] == ["Gate"] * 3


def test_an_ending_left_out_leads_no_further_than_the_folder(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text("kind: scenario")
    (folder / "near.yaml").symlink_to(outside)
    overlay = write(folder, "o.yaml", OVERLAY + "base: near\n")
    assert messages(overlay) == ['o.yaml:4:7 : leads outside the folder of "o.yaml": "near"']


def test_a_link_that_leads_to_itself_is_no_file(folder):
    (folder / "round.yaml").symlink_to("round.yaml")
    overlay = write(folder, "o.yaml", OVERLAY + "base: round.yaml\n")
    assert messages(overlay) == ['o.yaml:4:7 : no such file: "round.yaml"']
    assert messages("round.yaml") == ["round.yaml:0:0 : cannot open: too many levels of symbolic links"]


def test_an_empty_name_is_no_folder(folder):
    assert messages("") == ['"":0:0 : names no file']


def test_a_misspelt_bundled_name_is_corrected(folder):
    assert [f.hint for f in examine("lang-son/baselin")[1]] == ["did you mean lang-son/baseline?"]


def hints(*args, **kwargs):
    return [f"{f.file}:{f.line}:{f.column} {f.path}: {f.hint}" for f in examine(*args, **kwargs)[1]]


def test_a_length_set_beside_an_end_says_how_the_end_is_taken_away(folder):
    base = load("base.yaml")
    assert hints("base.yaml", overrides={"period.end": "2025-07-05"}) == [
        "--set:1:1 period.end: base.yaml:4 states the length; take it away: --set period.length=null"
    ]
    found = load("base.yaml", overrides={"period.end": "2025-07-05", "period.length": "null"})
    assert (found.length_ms, base.length_ms) == (4 * 86_400_000, 10 * 86_400_000)


def test_an_end_set_beside_a_length_says_how_the_length_is_taken_away(folder, good):
    write(folder, "ends.yaml", good.replace("length: 10 d", "end: 2025-07-11"))
    assert hints("ends.yaml", overrides={"period.length": "5 d"}) == [
        "--set:1:1 period.length: ends.yaml:4 states the end; take it away: --set period.end=null"
    ]
    found = load("ends.yaml", overrides={"period.length": "5 d", "period.end": "null"})
    assert found.length_ms == 5 * 86_400_000


def test_an_overlay_with_a_length_says_how_the_end_is_taken_away(folder, good):
    write(folder, "ends.yaml", good.replace("length: 10 d", "end: 2025-07-11"))
    name = write(folder, "o.yaml", OVERLAY + "period: {length: 5 d}\n")
    assert hints("ends.yaml", overlays=[name]) == [
        "o.yaml:4:10 period.length: ends.yaml:4 states the end; take it away: end: null beside it"
    ]
    name = write(folder, "o.yaml", OVERLAY + "period: {length: 5 d, end: null}\n")
    assert load("ends.yaml", overlays=[name]).length_ms == 5 * 86_400_000
