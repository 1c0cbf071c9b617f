"""The parts of a search: metrics as they are kept, amounts in their units, dials, the surface, the bundled files."""

import numpy as np
import pytest

from sim.experiment.goal_units import in_unit, priced, said
from sim.experiment.kriging import chance_below, expected_improvement, fitted
from sim.experiment.levers import adjacent, coordinates, count, dials, every, levels_of, neighbours
from sim.experiment.search_task import task_of
from sim.experiment.sweep_metrics import METRICS, UNITS, cell, cells
from sim.planning.designs import shuffles
from sim.scenario import bundled
from sim.scenario.goal_schema import Wanted
from sim.scenario.load import read_table
from sim.scenario.sweep_reading import read_sweep
from sim.scenario.yaml_text import Items, Table

from .conftest import noise


def row(metric, value, place="", gate=""):
    return {"metric": metric, "place": place, "gate": gate, "direction": "", "cargo": "", "unit": "", "value": value}


def test_the_utilisation_of_a_station_of_a_gate_is_found_by_its_place_and_hours_have_a_sum():
    kept = {tuple(c[:5]): c[6] for c in cells([
        row("utilisation", 0.7, "north/desk", "north"), row("waited_hours", 1.5, "hours"),
        row("waited_hours", 2.25, "far side"), row("waited_hours", 0.5, "hours", "north"),
    ])}  # fmt: skip
    asked = {"metric": "utilisation", "place_": "north/desk", "gate": "", "direction": "", "cargo": "", "place": None}
    assert kept[cell(Wanted(**asked))] == 0.7
    assert kept[cell(Wanted(**asked | {"metric": "waited_hours", "place_": ""}))] == 3.75
    assert kept[cell(Wanted(**asked | {"metric": "waited_hours", "place_": "", "gate": "north"}))] == 0.5


def test_amounts_are_in_the_unit_of_their_metric():
    assert UNITS.keys() == METRICS.keys()
    amounts = {("2 h", "min"): 120, ("90 min", "h"): 1.5, ("10/h", "trucks/day"): 240, ("450 trucks", "trucks"): 450,
               ("80 %", "1"): 0.8, ("500 m", "km"): 0.5, ("2 million VND", "VND"): 2e6}  # fmt: skip
    assert {key: in_unit(*key) for key in amounts} == pytest.approx(amounts)
    assert (priced("50 thousand VND"), priced("-2")) == ((50_000, "VND"), (-2, ""))
    for text, unit in (("15", "min"), ("3 h", "trucks"), ("inf", "1"), ("nan", "trucks")):
        with pytest.raises(ValueError, match=r"must be|counts"):
            in_unit(text, unit)
    assert [said(1.234e9, "VND"), said(400, "min"), said(-3.14159, "min"), said(1234.5, "trucks")] == [
        "1.23 bn VND", "6.67 h", "-3.14 min", "1,234 trucks",
    ]  # fmt: skip


LEVERS = """\
levers:
  booths: {path: stations.gate/booth.servers, values: [4, 8, 6]}
  mean: {path: stations.gate/booth.service.mean, low: 2 min, high: 12 min}
  places: {path: stations.gate/booth.places, low: 10, high: 13}
  policy: {choices: {a: {}, b: {}, c: {}}}
"""


def test_every_lever_is_a_dial(write):
    space = dials(read_sweep(write(LEVERS))[0])
    assert [(dial.stops, dial.is_ordered) for dial in space] == [(3, True), (1001, True), (4, True), (3, False)]
    assert count(space) == 3 * 1001 * 4 * 3
    setting = (2, 250, 1, 1)
    assert [level.label for level in levels_of(space, setting).values()] == ["6", "4.5 min", "11", "b"]
    assert coordinates(space, setting) == pytest.approx([0.5, 0.25, 1 / 3, 0, 1, 0])
    assert len(list(every(space[2:]))) == 12
    near = list(neighbours(space, setting))
    assert {s[0] for s in near} == {2, 1, 0}
    assert {s[1] - 250 for s in near} >= {1, -1, 128, -128, 512}
    assert {s[3] for s in near} == {0, 1, 2}
    assert all(sum(a != b for a, b in zip(s, setting, strict=True)) == 1 for s in near)
    assert [s[1] for s in adjacent(space, setting) if s[1] != 250] == [240, 260]


def test_the_surface_goes_through_sure_values_and_past_unsure_ones():
    at = np.linspace(0, 1, 9)[:, None]
    values = np.sin(5 * at[:, 0])
    sure = fitted(at, values, np.zeros(9), [0])
    middle, spread = sure.at(at)
    assert middle == pytest.approx(values, abs=1e-4)
    assert spread.max() < 1e-2
    between, unsure = sure.at(at[:-1] + 1 / 16)
    assert between == pytest.approx(np.sin(5 * (at[:-1, 0] + 1 / 16)), abs=0.05)
    assert (np.abs(between - np.sin(5 * (at[:-1, 0] + 1 / 16))) < 4 * unsure).all()
    outlier = values + np.eye(9)[4]
    doubted = fitted(at, outlier, np.where(np.arange(9) == 4, 4.0, 1e-4), [0])
    assert abs(doubted.at(at[4:5])[0][0] - values[4]) < 0.2


def test_expected_improvement_and_chance_are_those_of_the_normal_law():
    """At the best itself with spread 1: E max(0, -Z) = 1 / sqrt(2 pi) = 0.398942; without spread what lies below."""
    middle, spread = np.array([0.0, 0.0, -2.0, 2.0]), np.array([1.0, 2.0, 0.0, 0.0])
    assert expected_improvement(middle, spread, 0.0) == pytest.approx([0.39894228, 0.79788456, 2, 0])
    assert chance_below(middle, spread, 0.0) == pytest.approx([0.5, 0.5, 1, 0])
    assert chance_below(np.array([0.0]), np.array([1.0]), 1.644854)[0] == pytest.approx(0.95, abs=1e-6)


def test_shuffles_are_orders_and_all_as_likely():
    """Each of 6 orders of 3 in 6,000 shuffles: 1,000 with a standard deviation of 28.9; within 4 of them."""
    orders = shuffles("things", size=3, count=6000, seed=1)
    found, counts = np.unique(orders, axis=0, return_counts=True)
    assert found.tolist() == [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    assert np.abs(counts - 1000).max() < 4 * 28.9


def test_a_jam_does_not_hide_the_best(search, formula):
    """100 settings, some of which let a queue grow without end; the best is found with at most 60 of them run."""
    text = """\
levers:
  lanes: {path: stations.gate/booth.servers, values: [1, 2, 3, 4, 6]}
  desks: {path: stations.gate/booth.places, values: [5, 6, 7, 8, 10]}
  hours:
    choices:
      a: {flows.trucks.rate: 11/h}
      b: {flows.trucks.rate: 12/h}
      c: {flows.trucks.rate: 13/h}
      d: {flows.trucks.rate: 15/h}
goal: {minimise: wait_mean, costs: {lanes: 100, desks: {each: 40, as it is: 320}}}
"""  # fmt: skip

    def waits(lanes, desks, hours):
        queues = [need / (x * hours - need) if x * hours > need else 50 for x, need in ((lanes, 17), (desks, 75))]
        return 800 * queues[0] + 900 * queues[1] + (40 * hours if hours < 15 else 1500)

    costs = {(la, d, h): waits(la, d, h) + 100 * la + 40 * d
             for la in (1, 2, 3, 4, 6) for d in (5, 6, 7, 8, 10) for h in (11, 12, 13, 15)}  # fmt: skip
    best, second = sorted(costs, key=costs.get)[:2]
    assert costs[second] - costs[best] > 20
    formula(lambda x, seed, r: waits(x.servers, x.places, x.rate) + 100 * noise(seed, r) + 10 * noise(seed, r, vars(x)))
    found = search(text, budget=300)
    levers = found.answer["best"]["levers"]
    assert (int(levers["lanes"]), int(levers["desks"]), "abcd".index(levers["hours"])) == (
        best[0], best[1], (11, 12, 13, 15).index(best[2]),
    )  # fmt: skip
    assert found.answer["settings"] <= 60


def test_the_bundled_search_is_sound_and_every_cost_has_its_range():
    path = bundled.scenario_root() / "sweeps/lang-son/huu-nghi-search.yaml"
    file, base = read_sweep(path)
    task = task_of(file, base, budget=300, replications=file.replications)
    assert count(task.space) == 100
    assert [bound.name for bound in task.aim.bounds][:4] == [
        "wait_mean huu-nghi export fruit", "wait_mean huu-nghi export other", "wait_mean huu-nghi import goods",
        "wait_mean huu-nghi import new-vehicles",
    ]  # fmt: skip
    assert {price.lever: price.as_it_is for price in task.prices} == {
        "lanes": 400e6, "desks": 320e6, "closing": 300e6,
    }  # fmt: skip
    costs = read_table(path).node.entries["goal"].node.entries["costs"].node
    for entry in costs.entries.values():
        assert isinstance(entry.node, Table)
        assert {"assumption", "range"} <= entry.node.entries.keys()
        assert isinstance(entry.node.entries["range"].node, Items)
