"""Arrivals: exact in law, and the same truck in every scenario that shares its flow."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from sim.planning import demand
from sim.planning.demand import arrivals, cargo_keys, listed_rows, rate_integral, route_keys

HOUR, DAY = 3_600_000, 86_400_000
NHPP_01 = [(0, 6, 4), (6, 9, 30), (9, 17, 18), (17, 20, 36), (20, 24, 8)]
NHPP_03 = [[0, 2], [6, 5], [8, 30], [12, 18], [18, 26], [24, 2]]


def slots(rows):
    return [{"hours": f"{a:02d}:00-{b:02d}:00", "rate": f"{rate} vehicles/h"} for a, b, rate in rows]


def points(rows):
    return [{"at": f"{at} h", "rate": f"{rate} vehicles/h"} for at, rate in rows]


def counts(times, edges):
    """Trucks in each slot of each day, shape (n_days, n_slots). Edges in hours from 0 to 24."""
    whole = np.concatenate([np.arange(times.max() // DAY + 1)[:, None] * DAY + np.array(edges[:-1]) * HOUR]).ravel()
    return np.diff(np.append(np.searchsorted(times, whole), times.size)).reshape(-1, len(edges) - 1)


def rescaled_gaps(times, at, rate):
    """Gaps between trucks after time is stretched so that the rate is 1; rate linear between `at` [h] of each day."""
    fine = np.unique(np.concatenate([np.linspace(0, 24, 24 * 60 + 1), at]))
    middle = np.interp((fine[1:] + fine[:-1]) / 2, at, rate)
    whole = np.append(0, np.cumsum(middle * np.diff(fine)))
    hours = (times + 0.5) / HOUR
    return np.diff(hours // 24 * whole[-1] + np.interp(hours % 24, fine, whole))


def same(first, second):
    return all((getattr(first, name) == getattr(second, name)).all() for name in ("id", "arrived", "cargo", "route"))


def of_flow(trucks, index):
    """The trucks of one flow."""
    mine = trucks.flow == index
    return demand.Arrivals(**{name: getattr(trucks, name)[mine] for name in demand.Arrivals.__slots__})


def only(trucks, ids):
    """The trucks with these ids."""
    mine = np.isin(trucks.id, ids)
    return demand.Arrivals(**{name: getattr(trucks, name)[mine] for name in demand.Arrivals.__slots__})


# ------------------------------------------------------------------------------------------------ law


@pytest.fixture(scope="module")
def nhpp_01(scenario):
    """10,000 days of oracle nhpp-01, 3.98 million trucks."""
    return arrivals(scenario(length="10000 d", flows={"f": {"rate": slots(NHPP_01)}}), seed=1, replication=0).arrived


def test_counts_per_slot_are_poisson_with_the_integral_of_the_rate(nhpp_01):
    """Oracle nhpp-01, n = 10,000 days: means within 4 standard errors, variance / mean in 0.94..1.06."""
    found = counts(nhpp_01, [0, 6, 9, 17, 20, 24])
    assert found.shape == (10_000, 5)
    for column, mean in zip(found.T, [24, 90, 144, 108, 32], strict=True):
        assert abs(column.mean() - mean) < 4 * math.sqrt(mean / 10_000)
        assert 0.94 < column.var() / mean < 1.06
    whole = found.sum(axis=1)
    assert abs(whole.mean() - 398) < 4 * math.sqrt(398 / 10_000)
    assert 0.94 < whole.var() / 398 < 1.06


def test_counts_over_a_change_of_rate_and_of_each_hour(nhpp_01):
    """[5:30, 6:30) holds 17 a day; chi-square of the 24 hours over 10,000 days at 0.001."""
    across = counts(nhpp_01, [0, 5.5, 6.5, 24])[:, 1]
    assert abs(across.mean() - 17) < 4 * math.sqrt(17 / 10_000)
    hourly = counts(nhpp_01, list(range(25))).sum(axis=0)
    expected = np.array([rate for begin, end, rate in NHPP_01 for _ in range(begin, end)]) * 10_000
    assert stats.chi2.sf(((hourly - expected) ** 2 / expected).sum(), 24) > 0.001


def test_counts_of_disjoint_slots_are_independent(nhpp_01):
    """All ten correlations below 4 standard errors (0.04)."""
    correlation = np.corrcoef(counts(nhpp_01, [0, 6, 9, 17, 20, 24]).T)
    assert np.abs(correlation[np.triu_indices(5, 1)]).max() < 4 / math.sqrt(10_000)


def test_counts_have_the_poisson_law_and_not_only_its_moments(nhpp_01):
    """Chi-square of the daily counts of the 20-24 slot (mean 32) over 10,000 days at 0.001."""
    found = counts(nhpp_01, [0, 6, 9, 17, 20, 24])[:, 4]
    edges = np.arange(20, 46)
    observed = np.bincount(np.searchsorted(edges, found), minlength=27)
    expected = np.diff(np.concatenate([[0], stats.poisson(32).cdf(edges), [1]])) * 10_000
    assert stats.chisquare(observed, expected).pvalue > 0.001


def test_time_rescaled_gaps_are_exponential(nhpp_01):
    """With n = 500,000 gaps, Kolmogorov-Smirnov at 0.001."""
    times = nhpp_01[:500_000]
    at = np.array([edge + nudge for begin, end, _ in NHPP_01 for edge, nudge in ((begin, 0), (end, -1e-9))])
    rate = np.repeat([rate for *_, rate in NHPP_01], 2)
    assert stats.kstest(rescaled_gaps(times, at, rate), "expon").pvalue > 0.001


def test_a_rate_that_is_linear_between_points(scenario):
    """Oracle nhpp-03: the integral exactly; n = 10,000 days: counts, gaps, mean and median within 4 standard errors."""
    given = scenario(length="10000 d", flows={"f": {"rate": points(NHPP_03)}})
    for hour, trucks in ((6, 21.0), (7, 32.25), (10, 110.0), (12, 152.0), (18, 284.0), (24, 368.0)):
        assert rate_integral(given, "f", 0, hour * HOUR) == pytest.approx(trucks, abs=1e-9)
    times = arrivals(given, seed=1, replication=0).arrived
    for column, mean in zip(counts(times, [0, 6, 7, 10, 12, 18, 24]).T, [21, 11.25, 77.75, 42, 132, 84], strict=True):
        assert abs(column.mean() - mean) < 4 * math.sqrt(mean / 10_000)
        assert 0.94 < column.var() / mean < 1.06
    assert stats.kstest(rescaled_gaps(times[:500_000], *np.array(NHPP_03).T), "expon").pvalue > 0.001
    hours = (times % DAY + 0.5) / HOUR
    assert abs(hours.mean() - 13.4927536232) < 4 * hours.std() / math.sqrt(times.size)
    density = np.interp(13.6739909055, *np.array(NHPP_03).T) / 368
    assert abs(np.median(hours) - 13.6739909055) < 4 * 0.5 / density / math.sqrt(times.size)


def test_superposed_flows_mix_by_their_rates(scenario):
    """Oracle nhpp_class-01, n = 100,000 h: shares, P(the first of an hour is class 1) and the variance of the total."""
    rates = {"a": 6, "b": 3, "c": 1}
    given = scenario(length="100000 h", flows={key: {"rate": f"{rate}/h"} for key, rate in rates.items()})
    trucks = arrivals(given, seed=2, replication=0)
    n = trucks.id.size
    for index, share in enumerate([0.6, 0.3, 0.1]):
        assert abs((trucks.flow == index).mean() - share) < 4 * math.sqrt(share * (1 - share) / n)
    hourly = np.bincount(trucks.arrived // HOUR, minlength=100_000)
    assert abs(hourly.mean() - 10) < 4 * math.sqrt(10 / 100_000)
    assert abs(hourly.var() - 10) < 4 * math.sqrt((10 + 2 * 100) / 100_000)
    first = trucks.flow[np.searchsorted(trucks.arrived, np.flatnonzero(hourly) * HOUR)]
    assert abs((first == 0).mean() - 0.6) < 4 * math.sqrt(0.24 / first.size)


def test_a_wave_has_its_integral(scenario):
    """10 + 8 sin(2 pi t / 24 h): 120 + 8 x 24 / pi in the first half day; n = 5,000 days, 4 standard errors."""
    wave = {"mean": "10/h", "amplitude": "8/h", "period": "24 h"}
    given = scenario(length="5000 d", flows={"f": {"rate": wave}})
    assert rate_integral(given, "f", 0, DAY // 2) == pytest.approx(120 + 192 / math.pi)
    assert rate_integral(given, "f", 0, DAY) == pytest.approx(240)
    halves = counts(arrivals(given, seed=1, replication=0).arrived, [0, 12, 24]).mean(axis=0)
    for found, mean in zip(halves, [120 + 192 / math.pi, 120 - 192 / math.pi], strict=True):
        assert abs(found - mean) < 4 * math.sqrt(mean / 5000)


@pytest.mark.parametrize(("rises", "first_half"), [("6 h", 120), ("12 h", 120 - 192 / math.pi), ("-6 h", 120)])
def test_a_wave_rises_through_its_mean_when_it_says(rises, first_half, scenario):
    """The integral of 8 sin(2 pi (t - r) / 24 h) from 0 to 12 h is 192 / pi x cos(2 pi r / 24 h)."""
    wave = {"mean": "10/h", "amplitude": "8/h", "period": "24 h", "rises": rises}
    given = scenario(length="5000 d", flows={"f": {"rate": wave}})
    assert rate_integral(given, "f", 0, DAY // 2) == pytest.approx(first_half)
    assert rate_integral(given, "f", 0, DAY) == pytest.approx(240)
    came = counts(arrivals(given, seed=1, replication=0).arrived, [0, 6, 12, 24]).mean(axis=0)
    quarter = rate_integral(given, "f", 0, DAY // 4)
    for found, mean in zip(came, [quarter, first_half - quarter, 240 - first_half], strict=True):
        assert abs(found - mean) < 4 * math.sqrt(mean / 5000)


def test_volume_is_spread_by_profile_weekday_and_season(scenario):
    """240 a day, 3/4 of them 07:00-19:00, Sundays halved, the season x 1.5 from noon of 7 July for a day.

    1 July 2025 is a Tuesday. 7 July, a Monday: 07-12 gives 5 h x 15/h; 12-19 gives 7 x 15 x 1.5 = 157.5.
    """
    given = scenario(
        profiles={"p": {"shares": {"07:00-19:00": "75 %", "19:00-07:00": "25 %"}}},
        flows={
            "f": {
                "volume": "240 trucks/day",
                "profile": "p",
                "weekdays": {"sun": 0.5},
                "seasons": [{"from": "2025-07-07 12:00", "to": "2025-07-08 12:00", "factor": 1.5}],
            }
        },
    )
    expect = {(0, 24): 240, (7, 19): 180, (0, 7): 35, (5 * 24, 6 * 24): 120}
    expect |= {(6 * 24 + 7, 6 * 24 + 12): 75, (6 * 24 + 12, 6 * 24 + 19): 157.5, (7 * 24 + 11, 7 * 24 + 13): 37.5}
    for (begin, end), trucks in expect.items():
        assert rate_integral(given, "f", begin * HOUR, end * HOUR) == pytest.approx(trucks)
    found = np.zeros(len(expect))
    for replication in range(200):
        times = arrivals(given, seed=3, replication=replication).arrived
        found += [np.count_nonzero((times >= begin * HOUR) & (times < end * HOUR)) for begin, end in expect]
    for total, trucks in zip(found, expect.values(), strict=True):
        assert abs(total / 200 - trucks) < 4 * math.sqrt(trucks / 200)


def test_the_integral_counts_only_the_period_and_adds_up(scenario):
    given = scenario(length="3 d", flows={"f": {"rate": points(NHPP_03)}})
    cuts = [-DAY, 0, 5 * HOUR, 31 * HOUR + 7, 60 * HOUR, 72 * HOUR, 100 * HOUR]
    parts = [rate_integral(given, "f", begin, end) for begin, end in pairwise(cuts)]
    assert parts[0] == parts[-1] == 0
    assert sum(parts) == pytest.approx(3 * 368)


def test_surges_of_a_day_have_mean_1_and_are_shared_by_region(scenario):
    """Counts of n = 4,000 days of 200 trucks: mean, variance and correlation within 4 standard errors.

    With a gamma factor F of the day, Var = m + m^2 Var F; region cv 0.4 and own cv 0.3 give Var F = 0.2644.
    Two flows of the region share Cov = m^2 0.16; one of another region shares nothing.
    """
    n, m = 4000, 200
    flow = {"volume": f"{m} trucks/day", "surge": 0.3}
    given = scenario(
        length=f"{n} d",
        regions={"south": {"surge": 0.4}, "west": {"surge": 0.4}},
        flows={"a": flow | {"region": "south"}, "b": flow | {"region": "south"}, "c": flow | {"region": "west"}},
    )
    trucks = arrivals(given, seed=1, replication=0)
    daily = np.array([np.bincount(trucks.arrived[trucks.flow == f] // DAY, minlength=n) for f in range(3)])
    variance = m + m**2 * 0.2644
    assert np.abs(daily.mean(axis=1) - m).max() < 4 * math.sqrt(variance / n)
    for row in daily:
        spread = (row - row.mean()) ** 2
        assert abs(spread.mean() - variance) < 4 * spread.std() / math.sqrt(n)
    correlation = np.corrcoef(daily)
    shared = m**2 * 0.16 / variance
    assert abs(correlation[0, 1] - shared) < 4 * (1 - shared**2) * 1.5 / math.sqrt(n)  # 1.5: gamma has a heavier tail
    assert np.abs(correlation[2, :2]).max() < 4 / math.sqrt(n)


# ------------------------------------------------------------------------------------- the same trucks


BASE = {
    "a": {"volume": "300 trucks/day", "profile": "p", "cargo": {"fruit": 0.7, "other": 0.3}, "surge": 0.3},
    "b": {"rate": "4/h", "route": {"way": 0.5, "other": 0.5}, "region": "r"},
}
PARTS = {
    "profiles": {"p": {"shares": {"07:00-19:00": "75 %", "19:00-07:00": "25 %"}}},
    "regions": {"r": {"surge": 0.5}},
}


@pytest.fixture(scope="module")
def base(scenario):
    return arrivals(scenario(flows=BASE, **PARTS), seed=5, replication=0)


def test_more_volume_only_adds_trucks(scenario, base):
    more = scenario(flows=BASE | {"a": BASE["a"] | {"volume": "333 trucks/day"}}, **PARTS)
    found = arrivals(more, seed=5, replication=0)
    assert np.isin(base.id, found.id).all()
    assert found.id.size > base.id.size + 500
    assert same(only(found, base.id), base)
    assert same(of_flow(found, 1), of_flow(base, 1))


def test_a_profile_moves_trucks_but_changes_none_that_stays(scenario, base):
    other = PARTS | {"profiles": {"p": {"shares": {"06:00-19:00": "75 %", "19:00-06:00": "25 %"}}}}
    found = arrivals(scenario(flows=BASE, **other), seed=5, replication=0)
    common = np.intersect1d(found.id, base.id)
    assert 0.8 * base.id.size < common.size < base.id.size
    assert same(only(found, common), only(base, common))


def test_adding_a_flow_changes_no_other(scenario, base):
    for flows in ({"new": {"rate": "9/h"}} | BASE, BASE | {"new": {"rate": "9/h"}}):
        found = arrivals(scenario(flows=flows, **PARTS), seed=5, replication=0)
        first = list(flows).index("a")
        assert same(of_flow(found, first), of_flow(base, 0))
        assert same(of_flow(found, first + 1), of_flow(base, 1))


def test_a_later_end_only_adds_and_an_earlier_start_shifts_the_clock(scenario, base):
    shorter = arrivals(scenario(length="20 d 5 h", flows=BASE, **PARTS), seed=5, replication=0)
    kept = base.arrived < 20 * DAY + 5 * HOUR
    assert same(shorter, only(base, base.id[kept]))
    later = arrivals(scenario(start="2025-07-03 07:30", length="5 d", flows=BASE, **PARTS), seed=5, replication=0)
    began = 2 * DAY + 7.5 * HOUR
    kept = (base.arrived >= began) & (base.arrived < began + 5 * DAY)
    assert (later.id == base.id[kept]).all()
    assert (later.arrived + began == base.arrived[kept]).all()


def test_seed_and_replication_change_everything_and_the_same_ones_nothing(scenario, base):
    given = scenario(flows=BASE, **PARTS)
    assert same(arrivals(given, seed=5, replication=0), base)
    times = [arrivals(given, seed=s, replication=r).arrived for s, r in ((5, 1), (6, 0))]
    assert all(np.intersect1d(other, base.arrived).size < 0.01 * base.id.size for other in times)


def test_draws_of_cargo_and_route_follow_the_shares(base):
    """4 standard errors; flow a: fruit 0.7; flow b: `other` sorts before `way`."""
    a, b = of_flow(base, 0), of_flow(base, 1)
    assert abs((a.cargo == 0).mean() - 0.7) < 4 * math.sqrt(0.21 / a.id.size)
    assert abs((b.route == 0).mean() - 0.5) < 4 * math.sqrt(0.25 / b.id.size)
    assert (b.cargo == 1).all()  # "goods" lies between "fruit" and "other"
    assert (a.route == 1).all()


# --------------------------------------------------------------------------------- given one by one


def test_booked_slots_come_at_their_interval(scenario):
    given = scenario(length="1 h", flows={"f": {"every": "25 min", "first": "-10 min"}, "g": {"every": "1.5 ms"}})
    trucks = arrivals(given, seed=1, replication=0)
    assert of_flow(trucks, 0).arrived.tolist() == [15 * 60_000, 40 * 60_000]
    assert of_flow(trucks, 1).arrived[:4].tolist() == [0, 2, 3, 5]
    assert of_flow(trucks, 1).id.size == 2_400_000
    assert rate_integral(given, "f", 0, 30 * 60_000) == 1


def test_bursts_come_at_once_and_only_in_the_period(scenario):
    bursts = [{"at": at, "trucks": n} for at, n in (("2 h", 3), ("-1 h", 5), ("1 h", 2), ("1 d", 7))]
    given = scenario(length="1 d", flows={"f": {"bursts": bursts}})
    trucks = arrivals(given, seed=1, replication=0)
    assert trucks.arrived.tolist() == [HOUR] * 2 + [2 * HOUR] * 3
    assert np.unique(trucks.id).size == 5
    assert rate_integral(given, "f", 0, DAY) == 5


def test_listed_trucks_are_replayed_in_listed_order(scenario, listed):
    """Equal times as listed; before the start they count, after the end they do not; empty cargo is drawn."""
    rows = listed([500, -700, 500, DAY, 0, 500], cargo=("z", "", "a", "z", "z", "b"))
    flows = {"log": {"listed": "log.csv", "cargo": "b"}}
    given = scenario(length="1 d", flows=flows, listed={"log.csv": rows})
    trucks = arrivals(given, seed=1, replication=0)
    assert trucks.arrived.tolist() == [-700, 0, 500, 500, 500]
    assert listed_rows(trucks.id).tolist() == [1, 4, 0, 2, 5]
    assert cargo_keys(given) == ("a", "b", "z")
    assert [cargo_keys(given)[index] for index in trucks.cargo] == ["b", "z", "z", "a", "b"]
    assert rate_integral(given, "log", -DAY, DAY) == 5


def test_convoys_come_together_and_a_volume_counts_their_trucks(scenario):
    """240 trucks a day in convoys of 5 for n = 1,000 days: 48 convoys a day, 4 standard errors."""
    flows = {"f": {"volume": "240 trucks/day", "convoy": 5}, "g": {"rate": "1/h", "convoy": 3}}
    given = scenario(length="1000 d", flows=flows)
    trucks = arrivals(given, seed=1, replication=0)
    assert np.unique(trucks.id).size == trucks.id.size
    f = of_flow(trucks, 0)
    assert (f.arrived.reshape(-1, 5) == f.arrived[::5, None]).all()
    assert abs(f.id.size / 5 - 48_000) < 4 * math.sqrt(48_000)
    assert rate_integral(given, "f", 0, DAY) == pytest.approx(240)
    assert rate_integral(given, "g", 0, DAY) == pytest.approx(72)


# ------------------------------------------------------------------------------------ order and numbers


def test_equal_times_go_by_flow_in_the_files_order_then_by_number(scenario, listed):
    burst = {"bursts": [{"at": "1 h", "trucks": 3}]}
    given = scenario(flows={"z": burst, "log": {"listed": "l"}, "a": burst}, listed={"l": listed([HOUR, HOUR])})
    trucks = arrivals(given, seed=1, replication=0)
    assert trucks.flow.tolist() == [0, 0, 0, 1, 1, 2, 2, 2]
    for index in range(3):
        assert (np.diff(trucks.id[trucks.flow == index]) > 0).all()


def test_ids_are_unique_and_sorted_where_times_are_equal(scenario):
    """A million trucks in 8 hours, 28.8 million ms: about 3 % share theirs with another."""
    given = scenario(length="8 h", flows={"f": {"rate": "100000/h"}, "g": {"rate": "25000/h"}})
    trucks = arrivals(given, seed=1, replication=0)
    assert np.unique(trucks.id).size == trucks.id.size
    order = np.lexsort([trucks.id, trucks.flow, trucks.arrived])
    assert (order == np.arange(order.size)).all()


def test_a_number_holds_the_date_the_strip_and_the_place_in_it(scenario):
    """10 trucks/h reach 20 strips of half a truck/h, each of Poisson(12) points; 1 July 2025 is day 20,270 of 1970."""
    ids = arrivals(scenario(length="100 d", flows={"f": {"rate": "10/h"}}), seed=1, replication=0).id
    day, strip, ordinal = (ids >> 24) % (1 << 16), (ids >> 6) % (1 << 18), ids % 64
    assert np.unique(day).tolist() == list(range(20_270, 20_370))
    assert np.unique(strip).tolist() == list(range(20))
    assert np.unique(ids >> 40).size == 1
    sizes = np.bincount(day * 20 + strip)[20_270 * 20 :]
    assert abs(sizes.mean() - 12) < 4 * math.sqrt(12 / 2000)
    assert np.bincount(day * 20 + strip, weights=ordinal)[20_270 * 20 :].tolist() == (sizes * (sizes - 1) / 2).tolist()


def test_trucks_stay_what_they_are_from_version_to_version(base):
    """Results that were kept can be compared with new ones truck by truck."""
    assert base.id.size == 11986
    assert base.id[:3].tolist() == [2463006441850536332, 8123624354152973127, 8123624354152972608]
    assert base.arrived[:3].tolist() == [192548, 275382, 405220]


def test_flows_whose_numbers_would_collide_are_refused(scenario):
    keys, found = {}, None
    for number in range(100_000):
        mark = demand._marks((f"f{number}",))[0]
        if mark in keys:
            found = (keys[mark], f"f{number}")
            break
        keys[mark] = f"f{number}"
    given = scenario(flows={key: {"rate": "1/h"} for key in found})
    with pytest.raises(ValueError, match=f"flows {found[0]} and {found[1]} .* rename one of them"):
        arrivals(given, seed=1, replication=0)


def test_more_trucks_than_can_be_numbered_are_refused(scenario):
    with pytest.raises(ValueError, match="flow f sends 2e\\+05 trucks/h for 30 days; at most 131,072 and 65,536"):
        arrivals(scenario(flows={"f": {"rate": "200000/h"}}), seed=1, replication=0)


def test_a_scenario_without_trucks_has_none(scenario):
    for flows in ({}, {"f": {"rate": "0/h"}}, {"f": {"volume": "0/day"}}, {"f": {"bursts": []}}):
        assert arrivals(scenario(flows=flows), seed=1, replication=0).id.size == 0
    assert route_keys(scenario()) == ("other", "way")


# ------------------------------------------------------------------------------------ days of 23 and 25 h


@pytest.mark.parametrize(("date", "hours", "second"), [("2025-03-30", 23, 0), ("2025-10-26", 25, 2)])
def test_a_day_of_23_or_25_hours_has_the_rates_of_its_clock(scenario, date, hours, second):
    """Berlin: 02:00-03:00 is skipped or comes twice. n = 400 replications, counts within 4 standard errors."""
    flows = {"even": {"rate": "10/h"}, "night": {"rate": [{"hours": "02:00-03:00", "rate": "30/h"}]}}
    given = scenario(start=date, length=f"{hours + 24} h", zone="Europe/Berlin", flows=flows)
    ends = hours * HOUR
    assert rate_integral(given, "even", 0, ends) == pytest.approx(hours * 10)
    assert rate_integral(given, "night", 0, ends) == pytest.approx(second * 30)
    assert rate_integral(given, "night", ends, ends + DAY) == pytest.approx(30)
    all_trucks = [arrivals(given, seed=1, replication=replication) for replication in range(400)]
    hourly = sum(np.bincount(t.arrived[t.flow == 0] // HOUR, minlength=hours + 24) for t in all_trucks)
    assert stats.chi2.sf(((hourly - 4000) ** 2 / 4000).sum(), hours + 24) > 0.001
    night = np.concatenate([t.arrived[t.flow == 1] for t in all_trucks])
    night = night[night < ends]
    assert abs(night.size - second * 12_000) <= 4 * math.sqrt(second * 12_000)
    assert night.size == np.count_nonzero((night >= 2 * HOUR) & (night < 4 * HOUR))
