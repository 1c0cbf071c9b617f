"""Points of a sweep: which combinations, in which order, and what a drawn value is."""

import tracemalloc
from itertools import islice

import pytest

from sim.experiment.designs import points, size, uneven
from sim.experiment.sweep_points import scenario_at
from sim.scenario.sweep_reading import read_sweep

from .conftest import HEAD


@pytest.fixture
def labels(write):
    """The labels of every point of a sweep."""

    def labels(text):
        sweep, _ = read_sweep(write(HEAD + text))
        found = list(points(sweep))
        assert len(found) == size(sweep)
        assert [point.number for point in found] == list(range(len(found)))
        return [tuple(level.label for level in point.levels) for point in found]

    return labels


THREE = (
    "levers: {stations.gate/booth.servers: [1, 2], flows.trucks.rate: [3/h, 4/h], stations.gate/booth.places: [5, 6]}\n"
)


def test_a_grid_has_every_combination_the_last_factor_fastest(labels):
    assert labels(THREE) == [(s, r, p) for s in "12" for r in ("3/h", "4/h") for p in "56"]


def test_zipped_factors_go_side_by_side(labels):
    found = labels(THREE + "zip: [stations.gate/booth.servers, stations.gate/booth.places]\n")
    assert found == [("1", "3/h", "5"), ("1", "4/h", "5"), ("2", "3/h", "6"), ("2", "4/h", "6")]


def test_a_list_takes_the_first_values_then_the_second_ones(labels):
    assert labels(THREE + "design: list\n") == [("1", "3/h", "5"), ("2", "4/h", "6")]


def test_steps_are_even_and_whole_where_the_field_is(labels):
    assert labels("levers: {flows.trucks.rate: {low: 1/h, high: 2/h, steps: 5}}\n") == [
        ("1 /h",), ("1.25 /h",), ("1.5 /h",), ("1.75 /h",), ("2 /h",),
    ]  # fmt: skip
    assert labels("levers: {stations.gate/booth.servers: {low: 2, high: 8, step: 3}}\n") == [("2",), ("5",), ("8",)]
    wide = "levers: {stations.gate/booth.service.mean: {low: 1 min, high: 16 min, steps: 5, law: log-uniform}}\n"
    assert labels(wide) == [("1 min",), ("2 min",), ("4 min",), ("8 min",), ("16 min",)]


SAMPLED = """\
uncertainties:
  stations.gate/booth.servers: {low: 1, high: 4}
  flows.trucks.rate: {low: 2/h, high: 6/h}
  stations.gate/booth.places: [10, 20]
"""


def test_a_latin_hypercube_has_one_point_in_each_slice_of_every_factor(labels):
    found = labels(SAMPLED + "design: {kind: latin-hypercube, points: 12}\n")
    rates = sorted(float(rate.removesuffix(" /h")) for _, rate, _ in found)
    assert [int((rate - 2) * 3) for rate in rates] == list(range(12))
    assert sorted(servers for servers, _, _ in found) == sorted("111222333444")
    assert sorted(places for _, _, places in found) == ["10"] * 6 + ["20"] * 6


def test_a_longer_sobol_sequence_begins_with_the_shorter_one_and_another_seed_is_another(labels):
    short, long = (labels(SAMPLED + f"design: {{kind: sobol, points: {n}}}\n") for n in (8, 16))
    assert long[:8] == short
    assert len(set(long)) == 16
    assert labels(SAMPLED + "design: {kind: sobol, points: 8, seed: 2}\n") != short


def test_a_sobol_sequence_that_is_not_balanced_is_said_to_be(write):
    told = [uneven(read_sweep(write(HEAD + SAMPLED + f"design: {{kind: sobol, points: {n}}}\n"))[0]) for n in (8, 9)]
    assert told[0] == ""
    assert "9 points are not, 16 would be" in told[1]


def test_every_lever_meets_the_same_futures(labels):
    text = SAMPLED.replace(
        "  stations.gate/booth.places: [10, 20]\n", "levers: {stations.gate/booth.places: [10, 20]}\n"
    )
    found = labels(text + "design: {kind: latin-hypercube, points: 5, of: uncertainties}\n")
    futures = {places: [rest for lever, *rest in found if lever == places] for places in ("10", "20")}
    assert len(futures["10"]) == 5
    assert futures["10"] == futures["20"]


def test_the_quantiles_of_a_triangular_law_are_those_of_the_formula(labels):
    """Of low 0, mode 1, high 3: F(x) = x^2 / 3 up to 1, then 1 - (3 - x)^2 / 6."""
    text = (
        "uncertainties: {stations.gate/booth.service.mean: {low: 0 min, high: 3 min, mode: 1 min, law: triangular}}\n"
    )
    drawn = [
        float(label.removesuffix(" min")) for (label,) in labels(text + "design: {kind: latin-hypercube, points: 60}\n")
    ]
    shares = sorted(x**2 / 3 if x < 1 else 1 - (3 - x) ** 2 / 6 for x in drawn)
    assert [int(share * 60) for share in shares] == list(range(60))


def test_a_blend_of_two_profiles_keeps_its_sum(write):
    ends = "low: {fruit: 10 %, goods: 90 %}, high: {fruit: 70 %, goods: 30 %}"
    text = f"uncertainties: {{mix: {{path: flows.trucks.cargo, {ends}}}}}\n"
    sweep, _ = read_sweep(write(HEAD + text + "design: {kind: sobol, points: 8}\n"))
    for point in points(sweep):
        share = float(point.levels[0].label)
        cargo = scenario_at(sweep, point).file.flows["trucks"].cargo
        assert cargo["fruit"] == pytest.approx(0.1 + 0.6 * share, abs=1e-9)
        assert sum(cargo.values()) == pytest.approx(1, abs=1e-9)


def test_choices_set_several_values_and_overlays_lie_over_the_base(write, booth):
    (booth.parent / "fast.yaml").write_text(
        "kind: overlay\nformat: 1\nstations: {gate/booth: {service: {mean: 3 min}}}\n"
    )
    text = """\
levers:
  policy: {choices: {now: {}, two: {stations.gate/booth.servers: 2, stations.gate/booth.places: 50}}}
  pace: {overlays: {slow: [], fast: fast.yaml}}
"""
    sweep, _ = read_sweep(write(HEAD + text))
    found = [scenario_at(sweep, point).resolved["stations"]["gate/booth"] for point in points(sweep)]
    assert [(s["servers"], s["places"], s["service"]["mean"]) for s in found] == [
        (1, 400, "9 min"), (1, 400, "3 min"), (2, 50, "9 min"), (2, 50, "3 min"),
    ]  # fmt: skip


def test_points_are_gone_through_without_being_held(write):
    """40,000 points of a grid: at no time more memory than after 100 of them, but for a page of 64 kB."""
    rates, places = "{low: 1/h, high: 5/h, steps: 200}", "{low: 1, high: 200, step: 1}"
    levers = f"levers: {{flows.trucks.rate: {rates}, stations.gate/booth.places: {places}}}\n"
    sweep, _ = read_sweep(write(HEAD + levers))
    peaks = []
    assert sum(1 for _ in points(sweep)) == 40_000  # what Python keeps to use again it has by now
    for most in (100, 40_000):
        tracemalloc.start()
        assert sum(1 for _ in islice(points(sweep), most)) == most
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 65_536
