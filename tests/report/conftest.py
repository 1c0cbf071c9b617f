"""One report of synthetic test data, built once for all tests that only read it."""

import pytest

import sim.report
from tests.report.synthetic import write_folder


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """An output folder of 5 replications of 8 days, with its report."""
    made = write_folder(tmp_path_factory.mktemp("run"), replications=5, days=8)
    sim.report.build(made)
    return made
