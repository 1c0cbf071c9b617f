"""A short form of `python -m tests.oracles.coverage`: too few studies to see a per cent, enough to see a wrong formula.

The bounds are binomial: a share at the limit of the long form leaves them once in 1,000. An interval of z instead of
t (92 %) would need the long form; one of half the length (70 %) is caught here.
"""

from dataclasses import replace

import pytest

from .coverage import SHORT, STEADY, TERMINATING, Coverage, covered, from_empty, in_the_long_run


@pytest.mark.parametrize(
    ("study", "studies"), [(SHORT, 60), (TERMINATING, 25), (STEADY, 40)], ids=["short", "week", "steady"]
)
def test_the_intervals_hold_the_true_mean_as_often_as_they_say(study, studies):
    for found in covered(study, studies, workers=2):
        assert found.passes, (found.metric, found.held, found.limits)
        assert abs(found.z) < 4.5, (found.metric, found.z)


def test_half_an_interval_would_be_caught():
    """Student's t of 9 degrees of freedom is within half of 2.262 in 71.3 % of cases."""
    right = Coverage(study=SHORT, metric="departures", studies=100, held=95, z=0.0)
    assert right.limits == (84, 100)
    assert right.passes
    assert not replace(right, held=71).passes


def test_the_forward_equations_come_to_the_long_run():
    """Over a year the empty beginning does not count."""
    year, steady = from_empty(365 * 24 * 60), in_the_long_run()
    assert year["trucks at the gate"] == pytest.approx(steady["trucks at the gate"], rel=1e-3)
    assert year["departures"] == pytest.approx(1.6 * 365 * 24 * 60, rel=1e-4)
