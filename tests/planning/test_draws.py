"""Random durations, choices and counts against their laws. n = 10^6 and 4 standard errors unless said otherwise."""

import math

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy import stats
from scipy.special import gammainccinv, gammaincinv

from sim.planning.draws import LONGEST, choices, durations, gamma_factors, happens, rounds
from sim.planning.keyed import stream, uniforms
from sim.scenario import laws

N = 1_000_000
IDS = (4321 << 40) + np.arange(N)
MIN = 60_000
KEY = stream(7, 0, "service/gate")


def law(name, **parameters):
    return TypeAdapter(laws.Law).validate_python({"law": name} | parameters)


def lognormal(mean, cv):
    return stats.lognorm(s=math.sqrt(math.log(1 + cv**2)), scale=mean / math.sqrt(1 + cv**2))


CONTINUOUS = [
    (law("exponential", mean="9 min"), stats.expon(scale=9 * MIN)),
    (law("lognormal", mean="30 min", cv=0.5), lognormal(30 * MIN, 0.5)),  # oracle dist-01
    (law("gamma", mean="2 h", cv=0.7), stats.gamma(a=0.7**-2, scale=120 * MIN * 0.7**2)),
    (law("gamma", mean="2 h", cv=1.8), stats.gamma(a=1.8**-2, scale=120 * MIN * 1.8**2)),
    (law("gamma", mean="2 h", cv=0.0005), stats.gamma(a=0.0005**-2, scale=120 * MIN * 0.0005**2)),
    (law("erlang", mean="20 min", k=4), stats.gamma(a=4, scale=5 * MIN)),  # oracle dist-05
    (law("weibull", scale="20 min", shape=1.5), stats.weibull_min(c=1.5, scale=20 * MIN)),
    (law("uniform", low="4 min", high="11 min"), stats.uniform(4 * MIN, 7 * MIN)),
    (law("triangular", low="5 min", mode="10 min", high="30 min"), stats.triang(0.2, 5 * MIN, 25 * MIN)),  # dist-03
    (law("pert", low="5 min", mode="10 min", high="30 min"), stats.beta(1.8, 4.2, 5 * MIN, 25 * MIN)),
    (law("shifted", shift="5 min", rest={"law": "exponential", "mean": "9 min"}), stats.expon(5 * MIN, 9 * MIN)),
    (
        law("from-capacity", capacity="480 vehicles/day", servers=4, hours="07:00-19:00", cv=0.3),
        lognormal(6 * MIN, 0.3),  # 4 servers x 720 min / 480
    ),
]


def _name(case):
    return f"{case.law} {getattr(case, 'cv', '')}".strip() if hasattr(case, "law") else ""


def within_4_errors(sample, mean, variance):
    """Sample mean and variance each within 4 standard errors; that of the variance from the sample's fourth moment."""
    n = sample.size
    assert abs(sample.mean() - mean) < 4 * math.sqrt(variance / n) + 1e-9
    spread = (sample - sample.mean()) ** 2
    assert abs(spread.mean() - variance) < 4 * spread.std() / math.sqrt(n) + 1  # 1 ms^2 for rounding to whole ms


@pytest.mark.parametrize(("given", "true"), CONTINUOUS, ids=_name)
def test_durations_follow_their_law(given, true):
    """Mean, variance, and Kolmogorov-Smirnov at 0.001 on the steps of whole ms (there the test is conservative)."""
    drawn = durations(given, stream=KEY, ids=IDS)
    assert drawn.dtype == np.int64
    within_4_errors(drawn, true.mean(), true.var())
    assert abs(laws.mean(given) - true.mean()) < 1e-9 * true.mean()
    values, counts = np.unique(drawn, return_counts=True)
    distance = np.abs(np.cumsum(counts) / N - true.cdf(values + 0.5)).max()
    assert stats.kstwo.sf(distance, N) > 0.001


def test_the_erlang_and_triangular_oracles_have_their_third_moment():
    """Oracles dist-05 and dist-03, E X^3 in min^3."""
    for given, third in ((CONTINUOUS[5][0], 15_000), (CONTINUOUS[8][0], 4762.5)):
        cubes = (durations(given, stream=KEY, ids=IDS) / MIN) ** 3
        assert abs(cubes.mean() - third) < 4 * cubes.std() / math.sqrt(N)


def test_the_lognormal_oracle_has_its_quantiles():
    """Oracle dist-01; the standard error of a quantile is sqrt(p (1 - p) / n) / density."""
    drawn = durations(CONTINUOUS[1][0], stream=KEY, ids=IDS) / MIN
    true = lognormal(30, 0.5)
    for p, value in ((0.5, 26.83281573), (0.9, 49.1563417289), (0.99, 80.5233742941)):
        error = math.sqrt(p * (1 - p) / N) / true.pdf(value)
        assert abs(np.quantile(drawn, p) - value) < 4 * error


def test_a_hyperexponential_is_a_mixture_of_exponentials():
    """Variance 2 sum p m^2 - mean^2."""
    given = law("hyperexponential", shares=["30 %", "70 %"], means=["1 min", "9 min"])
    within_4_errors(durations(given, stream=KEY, ids=IDS), 6.6 * MIN, (2 * (0.3 + 0.7 * 81) - 6.6**2) * MIN**2)
    same = law(
        "mixture", shares=["30 %", "70 %"], parts=[{"law": "exponential", "mean": m} for m in ("1 min", "9 min")]
    )
    assert (durations(given, stream=KEY, ids=IDS) == durations(same, stream=KEY, ids=IDS)).all()


def test_mixtures_may_be_nested_and_choose_and_draw_independently():
    """Half 10 min, a quarter exponential of 4 min, a quarter uniform from 0 to 8 min."""
    inner = {
        "law": "mixture",
        "shares": [0.5, 0.5],
        "parts": [{"law": "exponential", "mean": "4 min"}, {"law": "uniform", "low": "0 min", "high": "8 min"}],
    }
    given = law("mixture", shares=[0.5, 0.5], parts=[{"law": "constant", "value": "10 min"}, inner])
    drawn = durations(given, stream=KEY, ids=IDS)
    second = (0.5 * 100 + 0.25 * 32 + 0.25 * 64 / 3) * MIN**2
    within_4_errors(drawn, 7 * MIN, second - (7 * MIN) ** 2)
    assert laws.mean(given) == 7 * MIN


def test_values_are_resampled_equally_often():
    """Chi-square over the five places, at 0.001."""
    drawn = durations(law("values", values=["1 min", "2 min", "2 min", "5 min", "9 min"]), stream=KEY, ids=IDS)
    values, counts = np.unique(drawn, return_counts=True)
    assert values.tolist() == [MIN, 2 * MIN, 5 * MIN, 9 * MIN]
    assert stats.chisquare(counts, N * np.array([0.2, 0.4, 0.2, 0.2])).pvalue > 0.001


def test_halves_of_a_millisecond_round_up():
    def constant(value):
        return int(durations(laws.Constant(law="constant", value=value), stream=KEY, ids=IDS[:1])[0])

    assert [constant(value) for value in (0.0, 0.49, 0.5, 1.5, 2.5, 3.4)] == [0, 0, 1, 2, 3, 3]


@pytest.mark.parametrize(
    "given",
    [
        law("lognormal", mean="3 min", cv=0),
        law("triangular", low="3 min", mode="3 min", high="3 min"),
        law("uniform", low="3 min", high="3 min"),
        law("pert", low="3 min", mode="3 min", high="3 min"),
        law("shifted", shift="1 min", rest={"law": "constant", "value": "2 min"}),
        law("gamma", mean="3 min", cv=1e-300),
        law("lognormal", mean="3 min", cv=1e-300),
    ],
    ids=_name,
)
def test_a_law_without_spread_is_constant(given):
    assert set(durations(given, stream=KEY, ids=IDS[:1000]).tolist()) == {3 * MIN}


def test_the_heaviest_tail_stays_below_the_longest_duration():
    drawn = durations(law("weibull", scale="1 d", shape=0.01), stream=KEY, ids=IDS)
    assert drawn.min() == 0
    assert drawn.max() == LONGEST
    nothing = durations(law("weibull", scale="0 min", shape=0.001), stream=KEY, ids=IDS[:1000])
    assert set(nothing.tolist()) == {0}


@pytest.mark.parametrize("cv", [20, 5, 2, 1, 0.5, 0.1, 0.001, 0.0009, 1e-6])
def test_gamma_draws_are_its_quantiles(cv):
    """To 1e-8 of the mean, of draws over the whole range: n = 20,000."""
    shape, u = cv**-2, uniforms(KEY, IDS[:20_000])
    exact = np.where(u < 0.5, gammaincinv(shape, u), gammainccinv(shape, 1 - u)) / shape
    assert np.abs(gamma_factors(cv, stream=KEY, ids=IDS[:20_000]) - exact).max() < 1e-8


@pytest.mark.parametrize(("given", "_"), CONTINUOUS, ids=_name)
def test_every_law_rises_with_the_draw(given, _):
    order = np.argsort(uniforms(KEY, IDS[:50_000]))
    assert (np.diff(durations(given, stream=KEY, ids=IDS[:50_000])[order]) >= 0).all()


def test_visits_of_one_truck_draw_afresh():
    given = CONTINUOUS[0][0]
    first, second = (durations(given, stream=KEY, ids=IDS, k=k) for k in (0, 1))
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / math.sqrt(N)


def test_choices_follow_the_shares():
    """Chi-square at 0.001; a share of 0 is never chosen, first, between or last."""
    counts = np.bincount(choices([0, 0.5, 0, 0.3, 0.2, 0], stream=KEY, ids=IDS), minlength=6)
    assert counts[[0, 2, 5]].tolist() == [0, 0, 0]
    assert stats.chisquare(counts[[1, 3, 4]], N * np.array([0.5, 0.3, 0.2])).pvalue > 0.001


def test_a_single_choice_is_certain_and_shares_that_do_not_sum_to_1_are_refused():
    assert set(choices([1.0], stream=KEY, ids=IDS[:100]).tolist()) == {0}
    with pytest.raises(ValueError, match=r"shares sum to 0\.9, not 1"):
        choices([0.5, 0.4], stream=KEY, ids=IDS)


def test_shares_that_sum_to_a_little_less_than_1_give_the_rest_to_the_last_that_is_not_0():
    """Of 8 million draws some 7 lie above the sum."""
    assert max(choices([0.5, 0.4999991, 0], stream=KEY, ids=IDS, k=k).max() for k in range(8)) == 1


def test_a_larger_share_only_adds_trucks():
    few, many = (happens(share, stream=KEY, ids=IDS) for share in (0.3, 0.4))
    assert not (few & ~many).any()
    assert abs(few.mean() - 0.3) < 4 * math.sqrt(0.21 / N)
    assert not happens(0, stream=KEY, ids=IDS).any()
    assert happens(1, stream=KEY, ids=IDS).all()


def test_rounds_are_geometric_and_cut_at_the_most():
    """P(j rounds) = 0.4^(j-1) 0.6, and all that is left at 5: chi-square at 0.001."""
    counts = np.bincount(rounds(0.4, 5, stream=KEY, ids=IDS), minlength=6)
    shares = np.array([0.6 * 0.4**j for j in range(4)] + [0.4**4])
    assert counts.size == 6
    assert counts[0] == 0
    assert stats.chisquare(counts[1:], N * shares).pvalue > 0.001


def test_rounds_at_the_bounds():
    assert set(rounds(0, 50, stream=KEY, ids=IDS).tolist()) == {1}
    assert set(rounds(0.9, 1, stream=KEY, ids=IDS).tolist()) == {1}
    assert set(rounds(1, 7, stream=KEY, ids=IDS).tolist()) == {7}


def test_a_larger_share_only_adds_rounds():
    few, many = (rounds(share, 50, stream=KEY, ids=IDS) for share in (0.3, 0.35))
    assert (few <= many).all()
    assert (few < many).any()


def test_nobody_draws_nothing():
    nobody = IDS[:0]
    assert durations(CONTINUOUS[1][0], stream=KEY, ids=nobody).shape == (0,)
    assert choices([0.5, 0.5], stream=KEY, ids=nobody).shape == (0,)
    assert rounds(0.5, 9, stream=KEY, ids=nobody).shape == (0,)
