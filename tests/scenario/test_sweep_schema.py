"""The JSON Schema of sweep files: an editor finds no fault in a good one, and what it finds the program refuses."""

import json
from functools import cache

import jsonschema
import pytest
from ruamel.yaml import YAML

from sim.experiment.sweep_checks import examine_sweep
from sim.scenario import bundled
from sim.scenario.sweep_json_schema import sweep_json_schema

ALL_FORMS = """\
kind: sweep
format: 1
title: Every form
question: Which?
notes: none
base: lang-son/baseline.yaml
overlays: [overlays/far-side-slow.yaml]
set: {period.end: 2025-07-08}
levers:
  stations.huu-nghi/lane.servers: [2, 4]
  desks: {path: stations.huu-nghi/documents.servers, title: Desks, low: 6, high: 8, step: 2}
  closing: {choices: {"18": {calendars.huu-nghi.hours: "07:00-18:00"}, now: {}}}
uncertainties:
  exports: {path: flows.huu-nghi-export.volume, assumption: guessed, values: [200 vehicles/day, 320 vehicles/day]}
  fruit:
    path: flows.huu-nghi-export.cargo
    low: {fruit: 40 %, other: 60 %}
    high: {fruit: 95 %, other: 5 %}
  called: {path: stations.huu-nghi/called.places, low: 40, high: 300, steps: 3}
zip: [[exports, closing]]
design: {kind: sobol, points: 4, seed: 2, of: uncertainties}
replications: {least: 2, most: 8, until: {metric: wait_mean, gate: huu-nghi, within: 5 %}}
metrics: [wait_mean, {metric: utilisation, place: huu-nghi/documents}]
limits:
  - {metric: inside_peak, place: huu-nghi/yard, at most: 450 trucks, in every run: true}
  - {metric: wait_mean, cargo: each, worse by at most: 10 %, against: {desks: 8}, assumption: agreed}
fails: {metric: wait_mean, gate: huu-nghi, more than: 24 h, futures: 64}
"""
SEARCH = """\
kind: sweep
format: 1
base: lang-son/baseline.yaml
levers: {lanes: {path: stations.huu-nghi/lane.servers, values: [2, 4]}}
goal:
  minimise: [{metric: waited_hours, gate: huu-nghi, times: 50 thousand VND}, loss_vnd]
  costs: {lanes: {each: 9 million VND, range: [1 million VND, 20 million VND]}}
"""
PLANTED = [
    ("kind: sweep", "kind: sweeps"), ("title: Every", "titel: Every"), ("base: lang-son/baseline.yaml", ""),
    ("[2, 4]", "[]"), ("step: 2", "stpe: 2"), ("high: 8, ", ""), ("kind: sobol", "kind: sobel"),
    ("points: 4, ", ""), ("of: uncertainties", "of: levers"), ("least: 2", "least: 1"), ("metric: utilisation, ", ""),
    ("at most: 450 trucks, ", ""), ("in every run: true", "in every run: perhaps"),
    ("worse by at most: 10 %", "at most: 60 min"), ("more than: 24 h", "longer than: 24 h"),
    ("futures: 64", "futures: 0"), ("steps: 3", "steps: 1"), ("closing: {choices", "closing: {choice"),
]  # fmt: skip
PLANTED_IN_SEARCH = [
    ("minimise: [", "minimize: ["), ("times: 50", "time: 50"), ("{each: 9", "{at: {}, each: 9"),
    ("[1 million VND, 20 million VND]", "[1 million VND]"), ("minimise: [", "of: [wait_mean]\n  minimise: ["),
]  # fmt: skip


def plain(text):
    """A file as editors read it: dates stay text."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))


@cache
def validator():
    schema = sweep_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def faults(text, folder):
    path = folder / "sweep.yaml"
    path.write_text(text, encoding="utf-8")
    return examine_sweep(str(path))[1]


def test_every_bundled_sweep_is_valid():
    sweeps = sorted((bundled.scenario_root() / "sweeps").rglob("*.yaml"))
    errors = {p.name: [e.json_path for e in validator().iter_errors(plain(p.read_text("utf-8")))] for p in sweeps}
    assert len(sweeps) >= 8
    assert {name: found for name, found in errors.items() if found} == {}


@pytest.mark.parametrize("text", [ALL_FORMS, SEARCH, SEARCH.replace("[2, 4]", "[4, 6]").partition("goal:")[0]])
def test_every_form_is_valid_and_is_read(text, tmp_path):
    assert [error.message for error in validator().iter_errors(plain(text))] == []
    assert faults(text, tmp_path) == ()


@pytest.mark.parametrize(
    ("good", "old", "new"),
    [*((ALL_FORMS, *change) for change in PLANTED), *((SEARCH, *change) for change in PLANTED_IN_SEARCH)],
)
def test_what_the_schema_refuses_the_program_refuses(good, old, new, tmp_path):
    spoilt = good.replace(old, new, 1)
    assert spoilt != good
    assert not validator().is_valid(plain(spoilt))
    assert faults(spoilt, tmp_path) != ()


def test_a_sweep_that_varies_nothing_is_not_valid(tmp_path):
    text = SEARCH.partition("levers:")[0]
    for spoilt in (text, text + "levers: {}\n"):
        assert not validator().is_valid(plain(spoilt))
        assert faults(spoilt, tmp_path) != ()
