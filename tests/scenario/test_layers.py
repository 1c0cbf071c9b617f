"""Layers: extends, overlays, --set; what each may change, and where every value comes from afterwards."""

import pytest

from sim.scenario.faults import ScenarioFaults
from sim.scenario.load import examine, load

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
