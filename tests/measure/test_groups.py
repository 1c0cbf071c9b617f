"""Quantiles of groups that are put together, found without sorting them again."""

from itertools import pairwise

import numpy as np
import pytest

from sim.measure import groups
from sim.measure.groups import Keys, spreads
from sim.measure.telling import StationStays

N = 6_000  # more than LARGE: the compiled way is taken
HALF_A_WORD = 1 << 32


@pytest.mark.parametrize("longest", [3, 100_000_000, HALF_A_WORD - 1, HALF_A_WORD, 90 * groups.DAY])
@pytest.mark.parametrize("compiled", [False, True], ids=["numpy", "compiled"])
def test_quantiles_are_those_of_all_durations_of_a_group(longest, compiled, monkeypatch):
    """Ties, a leaf of one truck, and durations that do not fit half a word, as of runs longer than 49 days."""
    pytest.importorskip("numba")
    monkeypatch.setattr(groups, "compiled_pays", lambda _n: compiled)
    rng = np.random.default_rng(5)
    gate, direction, cargo = rng.integers(0, 2, N), np.zeros(N, np.int64), rng.integers(0, 3, N)
    gate[0], cargo[0] = 1, 3  # alone in its leaf
    station, waited = rng.integers(0, 2, N), rng.integers(0, longest + 1, N) * rng.integers(0, 2, N)
    lasted = np.maximum(waited, rng.integers(0, longest + 1, N))
    lasted[-1] = longest
    stays = StationStays(
        truck=np.arange(N, dtype=np.int32), station=station.astype(np.int32), waited=waited, lasted=lasted,
        waits_on=rng.random(N) < 0.1, is_there=rng.random(N) < 0.2,
    )  # fmt: skip
    found = spreads(Keys(gate=gate, direction=direction, cargo=cargo), [stays])
    for spread, value, cut in zip(found, (waited, lasted), (stays.waits_on, stays.is_there), strict=True):
        columns = np.stack([gate, direction, cargo, station])
        assert len(spread.key) > len({*map(tuple, columns.T.tolist())})
        for row, key in enumerate(spread.key):
            own = np.all((key == columns.T) | ((key == groups.ALL) & [True, True, True, False]), axis=1)
            assert spread.n[row] == own.sum()
            assert spread.total[row] == value[own].sum()
            assert spread.censored[row] == cut[own].sum()
            assert spread.over_24h[row] == (value[own] > groups.DAY).sum()
            quantiles = spread.median[row], spread.p90[row], spread.p95[row]
            assert quantiles == pytest.approx(np.quantile(value[own], (0.5, 0.9, 0.95)), rel=1e-12)


def test_what_follows_a_rank_may_lie_in_another_leaf():
    """Every rank of a union, and the value after it, which the last has none of."""
    compiled = pytest.importorskip("sim.measure.compiled")
    leaves = [np.array([1, 4, 4, 9]), np.array([4]), np.array([0, 9, 10])]
    for kind in (np.uint32, np.int64):
        value, edges = np.concatenate(leaves).astype(kind), np.array([0, 4, 5, 8])
        members, rank = np.array([0, 1, 2, 0, 2]), np.array([range(8), [*range(7), 6]])
        out = np.empty((2, 2, 8), np.int64)
        compiled.ranked(value, edges, members, np.array([0, 3, 5]), rank, np.empty((3, 3), np.int64), out)
        for union, (a, b) in enumerate(pairwise([0, 3, 5])):
            everyone = np.sort(np.concatenate([leaves[k] for k in members[a:b]]))
            assert out[0, union].tolist() == everyone[rank[union]].tolist()
            assert out[1, union].tolist() == everyone[np.minimum(rank[union] + 1, len(everyone) - 1)].tolist()
