"""Sweep files that cannot be run: every fault at its place, before anything is written."""

import pytest

from .conftest import HEAD

FAULTS = {
    "unknown field": (
        "levers: {stations.gate/booth.severs: [1, 2]}",
        ["4:10: error: stations.gate/booth.severs: unknown key", "did you mean servers?"],
    ),
    "unknown station": (
        "levers: {stations.gate/both.servers: [1, 2]}", ["4:10: error: ", 'there is no "gate/both" in stations'],
    ),
    "one value invalid": (
        "levers: {stations.gate/booth.servers: [1, 2, -1, 4]}\nuncertainties: {flows.trucks.rate: [2/h, 3/h]}",
        ["4:46: error: stations.gate/booth.servers: must be a whole number from 0 to 10000 or unlimited, got -1",
         "1 error, 0 warnings; nothing was run."],
    ),
    "two values invalid": (
        "levers: {stations.gate/booth.servers: [-1, 2]}\nuncertainties: {flows.trucks.rate: [2/h, 3]}",
        ["4:40: error: stations.gate/booth.servers", "5:42: error: flows.trucks.rate: must be a rate", "2 errors"],
    ),
    "no values": ("levers: {stations.gate/booth.servers: []}", ["4:39: ", "must list at least one value"]),
    "nothing varies": ("replications: 3", ["varies nothing"]),
    "the same value twice": ("levers: {stations.gate/booth.servers: [1, 1]}", ["4:43: ", "is listed twice: 1"]),
    "two factors on one value": (
        "levers: {flows.trucks.rate: [1/h]}\nuncertainties: {demand: {path: flows.trucks.rate, values: [2/h]}}",
        ["5:17: error: demand: sets flows.trucks.rate, as flows.trucks.rate does"],
    ),
    "two units": (
        "uncertainties: {flows.trucks.rate: {low: 1/h, high: 90/d, steps: 3}}",
        ["4:53: ", "low and high must be numbers with the same unit", "got 1/h and 90/d"],
    ),
    "ends reversed": (
        "uncertainties: {flows.trucks.rate: {low: 3/h, high: 2/h, steps: 3}}", ["low must be below high"],
    ),
    "half a truck": (
        "levers: {stations.gate/booth.servers: {low: 1, high: 2.5, steps: 2}}", ["low and high must be whole"],
    ),
    "no list in a grid": (
        "levers: {stations.gate/booth.servers: {low: 1, high: 4}}", ["has no list of values, which a grid needs"],
    ),
    "uneven list": (
        "design: list\nlevers: {stations.gate/booth.servers: [1, 2], flows.trucks.rate: [1/h]}",
        ["4:1: error: design: a list needs equally many values of each factor",
         "stations.gate/booth.servers has 2, flows.trucks.rate has 1"],
    ),
    "uneven zip": (
        "zip: [demand, flows.trucks.rate]\nlevers: {demand: {choices: {a: {}, b: {}}}, flows.trucks.rate: [1/h]}",
        ["4:6: error: zip: needs factors with equally many values"],
    ),
    "unknown design": (
        "design: latin-hypercub\nlevers: {flows.trucks.rate: [1/h]}", ["4:9: ", "did you mean latin-hypercube?"],
    ),
    "unknown law": (
        "design: {kind: sobol, points: 4}\nuncertainties: {flows.trucks.rate: {low: 1/h, high: 2/h, law: normal}}",
        ["must be drawn by one of uniform, log-uniform, triangular, got normal"],
    ),
    "unknown metric": (
        "levers: {flows.trucks.rate: [1/h]}\nmetrics: [wait_men]", ["5:11: ", 'no metric "wait_men"', "wait_mean?"],
    ),
    "metric without its place": (
        "levers: {flows.trucks.rate: [1/h]}\nmetrics: [{metric: utilisation}]", ["utilisation must say its place"],
    ),
    "unknown cargo": (
        "levers: {flows.trucks.rate: [1/h]}\nmetrics: [{metric: wait_mean, cargo: fruits}]",
        ['no cargo "fruits"', "did you mean fruit?"],
    ),
    "unknown key": ("replicatons: 3\nlevers: {flows.trucks.rate: [1/h]}", ["4:1: ", "did you mean replications?"]),
    "name of a column": ("levers: {point: {path: flows.trucks.rate, values: [1/h]}}", ["is a column of every sweep"]),
    "no replications": ("replications: 0\nlevers: {flows.trucks.rate: [1/h]}", ["4:15: ", "from 1 to 100000, got 0"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "told"), FAULTS.values(), ids=FAULTS)
def test_faults_are_told_at_their_place_and_nothing_is_written(sweep, write, out, text, told):
    done = sweep(write(HEAD + text + "\n"))
    assert done.code == 2
    assert [part for part in told if part not in done.err] == []
    assert "Traceback" not in done.err
    assert not out.exists()


def test_a_sweep_without_end_is_a_limit(sweep, write, out):
    factors = "".join(f"  f{k}: {{path: flows.t{k}.rate, low: 1/h, high: 2/h, steps: 100}}\n" for k in range(10))
    done = sweep(write(f"{HEAD}uncertainties:\n{factors}"))
    assert done.code == 4
    assert "has 1e+20 points; the limit is 1,000,000" in done.err
    assert not out.exists()


def test_a_missing_overlay_is_told_where_it_is_named(sweep, write, out):
    done = sweep(write(HEAD + "levers: {closing: {overlays: {late: late.yaml}}}\n"))
    assert done.code == 3
    assert '4:37: error: no such file: "late.yaml"' in done.err
    assert not out.exists()


def test_a_scenario_is_no_sweep(sweep, booth, out):
    done = sweep(booth)
    assert done.code == 2
    assert "1:7: error: is not a sweep; it says kind: scenario" in done.err
    assert not out.exists()


def test_an_overlay_is_no_sweep(sweep, write, out):
    done = sweep(write("kind: overlay\nformat: 1\n", "overlay.yaml"))
    assert done.code == 2
    assert "1:7: error: is not a sweep; it says kind: overlay" in done.err
    assert "hint: lay it over a scenario: run SCENARIO --with OVERLAY" in done.err
    assert not out.exists()


def test_faults_of_the_base_are_told_there(sweep, write, booth, out):
    booth.write_text(booth.read_text().replace("servers: 1", "servers: one"))
    done = sweep(write(HEAD + "levers: {flows.trucks.rate: [1/h]}\n"))
    assert done.code == 2
    assert "booth.yaml:5:" in done.err
    assert not out.exists()


@pytest.fixture
def warm(booth):
    """The booth with three hours that are not measured."""
    booth.write_text(booth.read_text().replace("length: 2 d", "length: 2 d, warm_up: 3 h"))


@pytest.mark.usefixtures("warm")
def test_a_fault_of_the_base_met_at_many_points_is_told_once_with_their_number(sweep, write, out):
    lengths = "levers: {period.length: [1 h, 2 h]}\n"
    demand = "uncertainties: {demand: {path: flows.trucks.rate, low: 2/h, high: 6/h, steps: 3}}\n"
    done = sweep(write(HEAD + lengths + demand))
    assert done.code == 2
    assert done.err.count("period.warm_up: must be shorter than the period") == 1
    assert "met at 6 points, first with period.length: 1 h, demand: 2 /h" in done.err
    assert "1 error, 0 warnings" in done.err
    assert not out.exists()


@pytest.mark.usefixtures("warm")
def test_a_fault_of_the_base_met_at_one_point_names_it(sweep, write):
    done = sweep(write(HEAD + "levers: {end: {choices: {as it is: {}, early: {period.length: 1 h}}}}\n"))
    assert "; met with end: early\n" in done.err


def test_an_end_beside_the_length_of_the_base_is_told_at_the_lever(sweep, write):
    done = sweep(write(HEAD + "levers: {period.end: [2025-07-02, 2025-07-03]}\n"))
    assert "sweep.yaml:4:10: error: period.end: must state end or length, one of them; both are given" in done.err
    assert "states the length; take it away: --set period.length=null" in done.err


def test_faults_of_all_files_are_told_at_once(cuakhau, write, booth):
    first, other = write(HEAD + "levers: {flows.trucks.rate: [-1/h]}\n"), write(HEAD + "levrs: {}\n", "other.yaml")
    none = booth.parent / "none.yaml"
    done = cuakhau("check", first, none, other)
    assert done.code == 3
    assert [name for name in ("sweep.yaml:4:", "none.yaml: error", "other.yaml:4:1: ") if name not in done.err] == []


@pytest.mark.parametrize(("design", "asks"), [("[1/h]", "1 point x 1 replication"), ("[1/h, 2/h]", "2 points x 1")])
def test_a_sound_sweep_is_checked_and_its_size_told(cuakhau, write, design, asks):
    done = cuakhau("check", write(f"{HEAD}title: Few\nlevers: {{flows.trucks.rate: {design}}}\nreplications: 1\n"))
    assert (done.code, done.err) == (0, "")
    assert f"sweep.yaml: Few\n{asks}" in done.out
