"""What a study runs: steps that move one factor to another value, blocks of Saltelli, laws that hold exactly."""

from itertools import permutations

import numpy as np
import pytest

from sim.experiment.designs import level_of
from sim.experiment.sensitivity_design import design, inputs_of, points_of, steps_of, uneven
from sim.planning.designs import resamples, saltelli_points, shuffles, trajectories
from sim.scenario.sweep_reading import read_sweep

from .conftest import HEAD

SIZES = [None, 2, 3, 4, 5, 6, 9, 2, 3, 5]
ORDERED = [True] * 7 + [False] * 3


def values_of(places, axis):
    size = SIZES[axis]
    return np.rint(places * 3) if size is None else np.rint(places * size - 0.5)


@pytest.fixture
def walks():
    return trajectories(count=400, sizes=SIZES, are_ordered=ORDERED, seed=0)


def test_each_step_moves_one_factor_to_another_value_and_each_factor_moves_once(walks):
    for axis in range(len(SIZES)):
        moved = np.diff(values_of(walks[:, :, axis], axis), axis=1) != 0
        assert (moved.sum(axis=1) == 1).all(), axis
    assert ((np.diff(walks, axis=1) != 0).sum(axis=2) == 1).all()


def test_values_that_are_in_an_order_go_half_their_way_and_all_of_few_are_met(walks):
    expected = {0: {(0, 2), (1, 3)}, 1: {(0, 1)}, 2: {(0, 1), (1, 2)}, 3: {(0, 2), (1, 3)}, 4: {(0, 3), (1, 4)},
                5: {(0, 3), (2, 5)}, 6: {(0, 5), (3, 8)}}  # fmt: skip
    for axis, pairs in expected.items():
        own = values_of(walks[:, :, axis], axis)
        assert {(low, high) for low, high in zip(own.min(axis=1), own.max(axis=1), strict=True)} == pairs
        up = (own[:, -1] > own[:, 0]).mean()
        assert abs(up - 0.5) < 4 * 0.5 / 20  # n = 400: 4 standard errors


def test_names_go_from_any_to_any_other(walks):
    for axis, size in ((7, 2), (8, 3), (9, 5)):
        own = values_of(walks[:, :, axis], axis)
        pairs = list(zip(own[:, 0].astype(int), own[:, -1].astype(int), strict=True))
        assert set(pairs) == set(permutations(range(size), 2))
        expected = 400 / (size * (size - 1))
        counts = np.array([pairs.count(pair) for pair in permutations(range(size), 2)])
        assert (np.abs(counts - expected) < 4.5 * np.sqrt(expected)).all()  # 4.5 standard errors over 28 pairs


def test_more_trajectories_and_base_samples_begin_with_the_fewer_ones():
    few, many = (trajectories(count=n, sizes=SIZES, are_ordered=ORDERED, seed=3) for n in (4, 9))
    assert (many[:4] == few).all()
    few, many = (saltelli_points(points=n, dimensions=3, seed=3, second=True) for n in (4, 8))
    assert (many[:4] == few).all()


@pytest.mark.parametrize("make", [
    lambda seed: trajectories(count=5, sizes=SIZES, are_ordered=ORDERED, seed=seed),
    lambda seed: saltelli_points(points=4, dimensions=3, seed=seed, second=False),
    lambda seed: np.stack(list(resamples("blocks", size=9, count=4, seed=seed))),
    lambda seed: shuffles("values", size=9, count=4, seed=seed),
])  # fmt: skip
def test_a_seed_of_nought_is_a_seed_like_any_other(make):
    assert (make(0) == make(0)).all()
    assert (make(0) != make(1)).any()


def test_a_base_sample_is_a_and_b_with_each_column_of_the_other():
    blocks = saltelli_points(points=8, dimensions=4, seed=1, second=True)
    for block in blocks:
        a, b = block[0], block[-1]
        for k in range(4):
            assert ((block[1 + k] == b) == (np.arange(4) == k)).all()
            assert ((block[1 + k] == a) == (np.arange(4) != k)).all()
            assert ((block[5 + k] == a) == (np.arange(4) == k)).all()
    assert saltelli_points(points=8, dimensions=4, seed=1, second=False).shape == (8, 6, 4)


def test_resamples_draw_each_thing_alike_and_shuffles_are_orders():
    drawn = np.concatenate(list(resamples("blocks", size=5, count=2000, seed=1)))
    assert (np.abs(np.bincount(drawn) - 2000) < 4.5 * np.sqrt(2000)).all()
    assert (np.sort(shuffles("values", size=7, count=50, seed=1), axis=1) == np.arange(7)).all()


MIXED = """\
uncertainties:
  pace: {path: stations.gate/booth.service.mean, low: 1 min, high: 4 min, mode: 2 min, law: triangular}
  demand: {path: flows.trucks.rate, low: 1/h, high: 16/h, law: log-uniform}
  places: {path: stations.gate/booth.places, low: 10, high: 12}
levers:
  servers: {path: stations.gate/booth.servers, values: [1, 2, 5]}
  policy: {choices: {now: {}, later: {period.length: 1 d}, never: {period.length: 3 d}}}
  lone: {path: period.start, values: [2025-07-01]}
  a: {path: stations.gate/booth.service.law, values: [exponential, erlang]}
  b: {choices: {one: {}, two: {stations.gate/booth.service.k: 2}}}
zip: [a, b]
"""


@pytest.fixture
def mixed(write):
    return read_sweep(write(HEAD + MIXED))[0]


def test_what_varies_by_itself(mixed):
    found = {own.name: (own.size, own.is_ordered) for own in inputs_of(mixed)}
    assert found == {
        "servers": (3, True), "policy": (3, False), "a+b": (2, False), "pace": (None, True), "demand": (None, True),
        "places": (3, True),
    }  # fmt: skip


@pytest.mark.parametrize(("method", "blocks"), [("morris", 12), ("sobol", 8), ("delta", 64)])
def test_laws_hold_exactly_and_zipped_factors_go_together(mixed, method, blocks):
    found = design(mixed, method, blocks=blocks, seed=2)
    names = [factor.name for factor in mixed.factors]
    rows = found.rows.reshape(-1, len(found.inputs))
    for point, row in zip(points_of(mixed, found), rows, strict=True):
        at, share = (
            dict(zip(names, point.levels, strict=True)),
            dict(zip([i.name for i in found.inputs], row, strict=True)),
        )
        x = at["pace"].number  # F(x) = (x - 1)^2 / 3 up to 2, then 1 - (4 - x)^2 / 6
        assert ((x - 1) ** 2 / 3 if x < 2 else 1 - (4 - x) ** 2 / 6) == pytest.approx(share["pace"], abs=1e-9)
        assert at["demand"].number == pytest.approx(16 ** share["demand"], rel=1e-9)
        assert at["places"].number == 10 + min(int(3 * share["places"]), 2)
        assert at["servers"].label == ("1", "2", "5")[min(int(3 * share["servers"]), 2)]
        assert (at["a"].label == "exponential") == (at["b"].label == "one") == (share["a+b"] < 0.5)
        assert at["lone"].label == "2025-07-01"


def test_the_length_of_a_step_is_its_share_of_the_way_and_one_between_names(mixed):
    found = design(mixed, "morris", blocks=30, seed=2)
    moved, ways = steps_of(found)
    lengths = {own.name: set(np.abs(ways[moved == k]).round(9)) for k, own in enumerate(found.inputs)}
    two_thirds = round(2 / 3, 9)
    assert lengths == {"servers": {0.5}, "policy": {1.0}, "a+b": {1.0}, "pace": {two_thirds}, "demand": {two_thirds},
                       "places": {0.5}}  # fmt: skip
    assert all((np.sort(row) == np.arange(6)).all() for row in moved)


def test_a_sequence_that_is_not_balanced_is_said_to_be():
    assert uneven("sobol", 64) == uneven("morris", 7) == ""
    assert "48 base samples are not, 64 would be" in uneven("sobol", 48)


def test_the_last_share_is_the_last_level(mixed):
    assert [level_of(factor, 1.0).label for factor in mixed.factors[:2]] == ["5", "never"]
