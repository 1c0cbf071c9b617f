"""Indices against functions whose indices are known, with noise of known size; and against SALib's own numbers."""

import warnings

import numpy as np
import pytest
from SALib.analyze import delta as salib_delta
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol
from scipy.stats import rankdata

import sim.experiment.sensitivity_indices as of
from sim.experiment.sensitivity_delta import classes_of, deltas
from sim.experiment.sensitivity_design import steps_of
from sim.experiment.sensitivity_indices import effects_of, indices, matters, morris, sobol
from sim.experiment.sensitivity_noise import crossed, noise, plain, ranks

from .conftest import ISHIGAMI, VARIANCE, G, g_function, ishigami, made, noisy

SD, N = 4.0, 4  # noise of one replication, and replications
SHARE = SD**2 / N / (SD**2 / N + VARIANCE)


def held(found, truth):
    return (found.low <= truth) & (truth <= found.high)


def study(method, blocks, *, seed, function=ishigami, inputs=3, sd=SD, shared=0.0, second=False):
    """Indices of a function with noise, and its design."""
    design = made(method, blocks, seed=seed, inputs=inputs, second=second)
    values = noisy(function(design.rows), sd=sd, n=N, seed=seed, shared=shared)
    return indices(design, np.arange(blocks), values, seed=seed)


# ---------------------------------------------------------------------------------------- Ishigami, Sobol'


@pytest.fixture(scope="module")
def noisy_ishigami():
    return study("sobol", 512, seed=1, shared=30.0, second=True)


@pytest.mark.parametrize("index", ["S1", "ST", "S2"])
def test_sobol_indices_of_the_mean_response_lie_within_their_intervals(noisy_ishigami, index):
    """512 base samples, 4 replications with noise of sd 4 and a shift of all points of sd 30."""
    found, truth = noisy_ishigami[index], np.array(ISHIGAMI[index])
    assert held(found, truth).all()
    assert (found.high - found.low < 0.6).all()


def test_the_share_of_noise_is_recovered_and_a_shift_of_all_points_is_none_of_it(noisy_ishigami):
    found = noisy_ishigami["noise_share"]
    assert held(found, SHARE).all()
    assert found.high - found.low < 0.1
    assert held(noisy_ishigami["variance"], VARIANCE).all()


def test_what_was_seen_is_pulled_towards_nought_by_the_share_of_noise(noisy_ishigami):
    """S1 of what was seen is S1 * (1 - share); ST of it gains the share."""
    for index, expected in (("S1", np.array(ISHIGAMI["S1"]) * (1 - SHARE)),
                            ("ST", np.array(ISHIGAMI["ST"]) * (1 - SHARE) + SHARE)):  # fmt: skip
        assert held(noisy_ishigami[f"{index}_seen"], expected).all()
    lifted = noisy_ishigami["ST_seen"].value - noisy_ishigami["ST"].value
    assert (lifted > 0.05).all()


def test_ranks_come_with_how_sure_they_are(noisy_ishigami):
    found = noisy_ishigami["ST"]
    assert found.rank.tolist() == [1, 2, 3]
    assert found.rank_high[2] == 3
    assert found.rank_low[0] == 1
    assert matters("sobol", noisy_ishigami) == [True, True, True]


def test_intervals_hold_the_truth_about_as_often_as_they_say(monkeypatch):
    """60 studies of 64 base samples: of 7 numbers each at least 90 % are held; and none is off on average.

    The samples fill the cube more evenly than independent ones, so that the intervals hold more than 95 %. The mean
    of 60 estimates is within 4 standard errors of the truth; without its correction ST would be off by 15.
    """
    monkeypatch.setitem(of.RESAMPLES, "sobol", 200)
    truth = np.array([*ISHIGAMI["S1"], *ISHIGAMI["ST"], SHARE])
    hits, values = [], []
    for seed in range(60):
        found = study("sobol", 64, seed=seed)
        parts = [found[name] for name in ("S1", "ST", "noise_share")]
        hits.append(np.concatenate([held(part, t) for part, t in zip(parts, np.split(truth, [3, 6]), strict=True)]))
        values.append(np.concatenate([part.value for part in parts]))
    assert (np.mean(hits, axis=0) >= 0.9).all()
    error = np.std(values, axis=0, ddof=1) / np.sqrt(60)
    assert (np.abs(np.mean(values, axis=0) - truth) < 4 * error + 0.01).all()  # 0.01: a ratio of two means


def test_an_input_without_effect_has_nothing_and_is_last():
    found = study("sobol", 128, seed=3, inputs=4)
    assert found["ST"].low[3] <= 0 <= found["ST"].high[3]
    assert found["ST"].rank[3] == 4
    assert matters("sobol", found) == [True, True, True, False]


# --------------------------------------------------------------------------------------------- g-function


def test_sobol_indices_of_the_g_function():
    """V_i = 1 / (3 (1 + a_i)^2), V = prod(1 + V_i) - 1, ST_i = V_i prod over the others / V."""
    own = 1 / (3 * (1 + np.array(G)) ** 2)
    total = np.prod(1 + own) - 1
    found = study("sobol", 512, seed=5, function=g_function, inputs=5, sd=0.3)
    assert held(found["S1"], own / total).all()
    assert held(found["ST"], own * np.prod(1 + own) / (1 + own) / total).all()


@pytest.mark.parametrize(("method", "blocks"), [("morris", 60), ("delta", 1024)])
def test_inputs_of_the_g_function_come_in_the_order_of_their_weights(method, blocks):
    """Weights of the g-function fall from the first input to the last; with noise the last cannot be told from none."""
    found = study(method, blocks, seed=7, function=g_function, inputs=5, sd=0.1)
    main = found[of.MAIN[method]]
    assert main.rank[:3].tolist() == [1, 2, 3]
    assert (main.rank_low[:2] <= [1, 2]).all()
    assert (main.rank_high[:2] >= [1, 2]).all()
    told = matters(method, found)
    assert told[:2] == [True, True]
    assert told[4] is False


# -------------------------------------------------------------------------------------------------- Morris


def test_the_mu_star_of_noise_alone_is_told():
    """Of an input without effect mu* is what noise gives: |N(0, 2 sd^2 / n)| / (2/3), whose mean is known."""
    found = study("morris", 400, seed=2, inputs=4, sd=2.0)
    expected = 1.5 * np.sqrt(2 / np.pi) * np.sqrt(2 * 2.0**2 / N)
    assert found["mu_star"].value[3] == pytest.approx(expected, rel=0.12)  # n = 400, sd of |N| 0.76 of its mean: 3 se
    assert found["mu_star_none"].value == pytest.approx(np.full(4, expected), rel=0.12)
    assert matters("morris", found) == [True, True, True, False]


def test_sigma_and_mu_are_those_without_noise():
    clean = study("morris", 300, seed=4, sd=0.0)
    found = study("morris", 300, seed=4, sd=3.0, shared=20.0)
    for index in ("mu", "sigma"):
        assert held(found[index], clean[index].value).all()
    assert clean["mu_star_none"].value == pytest.approx([0, 0, 0], abs=1e-9)
    raw = np.sqrt(clean["sigma"].value ** 2 + 2 * 3.0**2 / N * 1.5**2)
    assert (np.abs(found["sigma"].value - clean["sigma"].value) < np.abs(raw - found["sigma"].value)).all()


def test_effects_are_those_of_salib_where_there_is_no_noise():
    design = made("morris", 25, seed=6, inputs=5)
    values = g_function(design.rows)
    problem = {"num_vars": 5, "names": list("abcde"), "bounds": [[0, 1]] * 5}
    theirs = salib_morris.analyze(problem, design.rows.reshape(-1, 5), values.reshape(-1), seed=1)
    ours = morris(effects_of(np.repeat(values[..., None], 3, axis=2), *steps_of(design)), np.ones(3))
    for name in ("mu", "mu_star", "sigma"):
        assert ours[name] == pytest.approx(np.asarray(theirs[name], float), rel=1e-9, abs=1e-12)


# --------------------------------------------------------------------------------------------------- Sobol'


def test_indices_are_those_of_salib_where_there_is_no_noise():
    values = ishigami(made("sobol", 64, seed=8, second=True).rows)
    values -= values[:, [0, -1]].mean()
    ours = sobol(np.repeat(values[..., None], 2, axis=2), np.ones(2), 3, second=True)
    a, b, ab, ba = values[:, 0], values[:, -1], values[:, 1:4], values[:, 4:7]
    for k in range(3):
        assert ours["S1"][k] == pytest.approx(salib_sobol.first_order(a, ab[:, k], b), rel=1e-9)
        assert ours["ST"][k] == pytest.approx(salib_sobol.total_order(a, ab[:, k], b), rel=1e-9)
    for at, (j, k) in enumerate([(0, 1), (0, 2), (1, 2)]):
        assert ours["S2"][at] == pytest.approx(salib_sobol.second_order(a, ab[:, j], ab[:, k], ba[:, j], b), rel=1e-9)
    assert ours["S1"] == pytest.approx(ours["S1_seen"], rel=1e-9)


# --------------------------------------------------------------------------------------------------- delta


def test_delta_is_that_of_salib_with_the_same_classes():
    design = made("delta", 300, seed=9)
    places = design.rows[:, 0, :]
    values = ishigami(places)
    most = len(np.unique(classes_of(places[:, 0], None)))
    grid, edges = np.linspace(values.min(), values.max(), 100), np.linspace(0, 300, most + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        theirs = [salib_delta.calc_delta(values, grid, places[:, k], edges) for k in range(3)]
    ours = deltas(places, np.repeat(values[:, None], 2, axis=1), [None] * 3, np.ones(2))["delta"]
    assert ours == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("size", [2, 4])
def test_names_that_decide_everything_have_a_delta_of_one_less_a_share(size):
    """Each of k equally likely names has values of its own: half the area between is 1 - 1/k."""
    places = made("delta", 1024, seed=1, inputs=2).rows[:, 0, :]
    name = np.minimum(np.floor(places[:, 0] * size), size - 1)
    values = 1000 * name + 100 * places[:, 1]
    found = deltas(places, np.repeat(values[:, None], 2, axis=1), [size, None], np.ones(2))
    assert found["S1"][0] == pytest.approx(1, abs=0.01)
    assert found["delta"][0] > 0.8 * (1 - 1 / size)  # the kernels of all values are wide
    assert np.array_equal(np.unique(name), np.unique(classes_of(places[:, 0], size)))
    flat = deltas(places, np.repeat((1000 * name)[:, None], 2, axis=1), [size, None], np.ones(2))
    assert flat["delta"][0] == pytest.approx(1, abs=1e-9)  # a class of one value shares no area with any density


def test_noise_and_the_sample_are_taken_off_delta():
    """Of an input without effect delta is about none, and it is not told from one."""
    found = study("delta", 512, seed=3, inputs=4)
    assert matters("delta", found) == [True, True, True, False]
    assert abs(found["delta"].value[3]) < found["delta_raw"].value[3]
    assert found["delta"].rank[3] == 4


# --------------------------------------------------------------------------------------------------- noise


def test_products_of_different_replications_have_no_noise_in_them():
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((2, 7, 5))
    pairs = [(r, s) for r in range(5) for s in range(5) if r != s]
    expected = np.mean([a[:, r] * b[:, s] for r, s in pairs], axis=0)
    assert crossed(a, b, np.ones(5)) == pytest.approx(expected, rel=1e-12)
    assert plain(a, b, np.ones(5)) == pytest.approx(a.mean(axis=1) * b.mean(axis=1), rel=1e-12)
    drawn = [0, 0, 3, 4, 4]  # a resample: pairs of a replication with itself are left out
    weights = np.bincount(drawn, minlength=5).astype(float)
    pairs = [(r, s) for r in drawn for s in drawn if r != s]
    assert crossed(a, b, weights) == pytest.approx(np.mean([a[:, r] * b[:, s] for r, s in pairs], axis=0), rel=1e-12)


def test_noise_share_is_that_of_an_analysis_of_variance():
    """Mean square of (point x replication) / n over the variance of the points' means."""
    values = noisy(np.linspace(0, 9, 40), sd=2.0, n=5, seed=1, shared=50.0)
    rest = values - values.mean(axis=0) - values.mean(axis=1)[:, None] + values.mean()
    square = (rest**2).sum() / (39 * 4)
    expected = square / 5 / values.mean(axis=1).var(ddof=1)
    assert noise(values, np.ones(5))["noise_share"][0] == pytest.approx(expected, rel=1e-9)


def test_equal_sizes_share_the_better_rank():
    assert ranks(np.array([0.0, -3.0, 1.0, 0.0])).tolist() == [3, 1, 2, 3]
    assert ranks(np.array([1.0, np.nan])).tolist() == [0, 0]
    assert rankdata([-0.0, -3.0, -1.0, -0.0], method="min").tolist() == [3, 1, 2, 3]


def test_a_metric_that_never_varies_has_no_indices():
    for method, blocks in (("morris", 5), ("sobol", 8), ("delta", 64)):
        design = made(method, blocks)
        found = indices(design, np.arange(blocks), np.full((*design.rows.shape[:2], 3), 7.0), seed=1)
        assert np.isnan(found["noise_share"].value).all()
        assert not any(matters(method, found))
