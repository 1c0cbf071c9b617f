"""Keyed chance: uniform, independent across everything that is named, and the same whatever else is drawn."""

import numpy as np
import pytest
from scipy import stats

from sim.planning.keyed import normals, stream, uniforms

N = 1_000_000
IDS = np.arange(N)
TRUCKS = (12345 << 40) | (20270 << 24) | ((IDS >> 4) << 6) | (IDS & 15)  # shaped as trucks' ids are


@pytest.mark.parametrize("ids", [IDS, TRUCKS, IDS << 40, -IDS], ids=["counting", "trucks", "high bits", "negative"])
def test_draws_are_uniform(ids):
    """With n = 10^6: Kolmogorov-Smirnov at 0.001."""
    assert stats.kstest(uniforms(stream(1, 0, "u"), ids), "uniform").pvalue > 0.001


@pytest.mark.parametrize(
    "other",
    [
        lambda key, ids: uniforms(key, ids + 1),
        lambda key, ids: uniforms(key, ids + 64),
        lambda key, ids: uniforms(key, ids ^ (1 << 40)),
        lambda key, ids: uniforms(key, ids, 1),
        lambda key, ids: uniforms(key ^ 1, ids),
        lambda _, ids: uniforms(stream(1, 0, "other"), ids),
        lambda _, ids: uniforms(stream(1, 1, "u"), ids),
        lambda _, ids: uniforms(stream(2, 0, "u"), ids),
    ],
    ids=["next id", "next strip", "other flow", "next k", "next key", "name", "replication", "seed"],
)
def test_neighbouring_draws_are_independent(other):
    """With n = 10^6 pairs on a 32 x 32 grid: chi-square at 0.001, and correlation below 4 standard errors, 0.004."""
    key = stream(1, 0, "u")
    first, second = uniforms(key, TRUCKS), other(key, TRUCKS)
    cells = np.bincount((first * 32).astype(int) * 32 + (second * 32).astype(int), minlength=1024)
    assert stats.chisquare(cells).pvalue > 0.001
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(N)


def test_each_bit_of_id_key_and_counter_moves_half_of_the_bits():
    """Flipping one bit flips 26 of the upper 52 bits on average; n = 20,000 draws each, 4 standard errors."""
    ids, key = TRUCKS[:20_000], stream(1, 0, "u")
    error = np.sqrt(52) / 2 / np.sqrt(ids.size)
    for bit in range(0, 63, 3):
        for changed in (uniforms(key, ids ^ (1 << bit)), uniforms(key ^ (1 << bit), ids), uniforms(key, ids, 1 << bit)):
            flipped = _bits(uniforms(key, ids)) ^ _bits(changed)
            moved = np.mean([word.bit_count() for word in flipped.tolist()])
            assert abs(moved - 26) < 4.5 * error  # 63 comparisons


def _bits(u):
    return (u * 2.0**52).astype(np.int64)


def test_draws_lie_strictly_between_0_and_1_on_a_grid_of_53_bits():
    u = uniforms(stream(1, 0, "u"), IDS)
    assert u.min() > 0
    assert u.max() < 1
    assert ((u * 2.0**53) % 2 == 1).all()


def test_a_draw_does_not_depend_on_what_else_is_drawn():
    key = stream(1, 0, "u")
    whole = uniforms(key, TRUCKS, 3)
    for part in ([5], [999_999, 0], range(16_380, 16_390)):
        assert uniforms(key, TRUCKS[list(part)], 3).tolist() == whole[list(part)].tolist()
    assert uniforms(key, TRUCKS.reshape(1000, 1000), 3).tolist() == whole.reshape(1000, 1000).tolist()


def test_streams_are_told_apart_whatever_the_spelling():
    keys = {stream(s, r, name) for s in (-1, 0, 1, 11) for r in (0, 1, 11) for name in ("", "1", "a", "a/b", "ô")}
    assert len(keys) == 4 * 3 * 5


def test_draws_stay_what_they_are_from_version_to_version():
    assert stream(1, 0, "service/gate") == 3055543384149201576
    assert uniforms(stream(1, 0, "service/gate"), np.arange(3)).tolist() == [
        0.7004170179610737,
        0.9746462536888202,
        0.2789425442255865,
    ]


def test_normals_are_standard_and_rise_with_the_uniforms():
    key = stream(1, 0, "n")
    z = normals(key, IDS)
    assert stats.kstest(z, "norm").pvalue > 0.001
    assert (np.argsort(z) == np.argsort(uniforms(key, IDS))).all()
