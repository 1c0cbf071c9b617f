"""A program that is broken in one way is noticed by an entry, so entries that pass say something."""

import pytest

from tests.faults_planted import FAULTS, caught_by


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_noticed(fault):
    assert caught_by(fault, "compiled")
