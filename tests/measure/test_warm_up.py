"""MSER-5 by hand and on series whose beginning is known; Welch's average; hours of the day made alike."""

import numpy as np
import pytest

from sim.measure.warm_up import moving_average, mser, without_cycle


def test_the_statistic_is_that_of_its_definition():
    """White (1997): the sum of squares about the mean of what is kept, over the square of how many are kept."""
    values = np.random.default_rng(2).normal(0, 1, 203)
    found = mser(values)
    means = values[:200].reshape(40, 5).mean(axis=1)
    by_hand = [((means[d:] - means[d:].mean()) ** 2).sum() / (40 - d) ** 2 for d in range(31)]
    assert found.statistic == pytest.approx(by_hand)
    assert found.at == 5 * int(np.argmin(by_hand))


def test_a_step_is_cut_where_it_ends():
    values = np.concatenate([np.zeros(30), 10 + np.tile([-1.0, 0, 1, 0, 0, 1, 0, -1, 0, 0], 17)])
    found = mser(values)
    assert (found.at, found.is_early) == (30, True)


def test_a_beginning_that_is_over_within_a_batch_is_cut_at_its_end():
    assert mser(np.concatenate([[0.0, 0.0], np.tile([9.0, 11.0], 99)])).at == 5


def test_nothing_is_cut_from_a_series_that_is_alike_throughout():
    assert mser(np.tile([1.0, 2.0, 3.0, 4.0, 5.0], 40)).at == 0


def test_a_series_that_never_settles_is_cut_late():
    found = mser(np.arange(400.0))
    assert not found.is_early
    assert found.at == 300  # as late as a quarter of it is kept


def test_an_empty_start_is_found_in_noise():
    """200 series of an AR(1) of 0.5 around 20 (1 - exp(-t / 20)) + noise: cut between 20 and 150 hours in 19 of 20."""
    chance, cuts = np.random.default_rng(6), []
    for _ in range(200):
        noise = np.zeros(720)
        for t in range(1, 720):
            noise[t] = 0.5 * noise[t - 1] + chance.normal(0, 1)
        cuts.append(mser(20 * (1 - np.exp(-np.arange(720) / 20)) + noise))
    assert np.mean([cut.is_early for cut in cuts]) > 0.95
    assert np.mean([20 <= cut.at <= 150 for cut in cuts]) > 0.95


def test_too_short_a_series_is_not_cut():
    assert mser(np.arange(59.0)) is None


def test_hours_of_the_day_are_made_alike_and_an_empty_start_is_kept():
    day = 10 + 8 * np.sin(np.arange(24) / 24 * 2 * np.pi)
    values = np.tile(day, 12)
    assert without_cycle(values) == pytest.approx(np.full(288, day.mean()))
    values[:24] -= 10
    assert without_cycle(values) == pytest.approx(
        np.concatenate([np.full(24, day.mean() - 10), np.full(264, day.mean())])
    )
    assert mser(without_cycle(values)).at == 25


def test_the_usual_day_is_that_of_the_second_half():
    day = 10 + 8 * np.sin(np.arange(24) / 24 * 2 * np.pi)
    values = np.concatenate([np.tile(day / 2, 5), np.tile(day, 6)])
    assert without_cycle(values)[-144:] == pytest.approx(np.full(144, day.mean()))


def test_the_moving_average_is_of_as_many_on_each_side():
    values = np.array([4.0, 0.0, 2.0, 6.0, 8.0])
    assert moving_average(values, reach=2) == pytest.approx([4, 2, 4, 16 / 3, 8])
