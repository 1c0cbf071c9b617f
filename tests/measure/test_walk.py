"""Lives are the same whether all trucks are followed at once or one after the other in compiled code."""

from dataclasses import fields, replace

import numba
import numpy as np
import pytest

from sim.measure import visits
from sim.measure.broken import BrokenLaw
from sim.planning.plan import NEVER

assert numba  # it being there is what makes large runs take the compiled walk


def _columns(part):
    """The columns of a part of lives in one order of rows."""
    columns = [getattr(part, field.name) for field in fields(part)]
    order = np.lexsort([column.astype(np.int64) for column in columns])
    return [column[order] for column in columns]


@pytest.fixture(name="busy", scope="module")
def busy_network(run):
    """About 1,000 trucks that wait, are blocked, pause, repeat, are turned away, choose, and are there at the end."""
    return run(
        length="3 d",
        stations={
            "yard": {"places": 6},
            "desk": {"servers": 2, "service": {"law": "exponential", "mean": "9 min"}, "places": 5,
                     "hours": "06:00-20:00", "closing": "pause"},
            "lane": {"servers": 1, "service": "3 min"},
            "park": {"places": 3, "when_full": "turn_away"},
        },
        routes={
            "out": [{"in": "park", "do": [{"travel": "4 min"}]},
                    {"in": "yard", "do": [{"repeat": 0.3, "do": [{"at": "desk"}]}]},
                    {"fewest": [{"do": [{"at": "lane"}]}, {"do": [{"at": "desk"}, {"at": "lane"}]}]}],
            "back": [{"at": "lane", "crosses": True}, {"at": "desk", "share": 0.4}],
        },
        flows={
            "out": {"route": "out", "volume": "260 trucks/d"},
            "back": {"route": "back", "volume": "80 trucks/d"},
        },
    )  # fmt: skip


@pytest.fixture(name="compiled")
def compiled_walk(monkeypatch):
    """Have every run take the compiled walk."""
    monkeypatch.setattr(visits, "LARGE", 0)


@pytest.mark.parametrize("part", ["visits", "fates", "waits", "works", "travels", "units"])
def test_both_walks_tell_the_same_lives(busy, compiled, part):
    again = visits.decode(busy.plan, busy.trace)
    assert len(busy.lives.waits.truck) > 1_000
    for name, here, there in zip(
        [field.name for field in fields(getattr(again, part))], _columns(getattr(busy.lives, part)),
        _columns(getattr(again, part)), strict=True,
    ):  # fmt: skip
        assert here.dtype == there.dtype, name
        assert np.array_equal(here, there), name


def test_the_compiled_walk_misses_a_lost_truck_too(busy, compiled):
    stamps = busy.trace.stamps.copy()
    stamps[np.flatnonzero(stamps != NEVER)[0]] = NEVER
    with pytest.raises(BrokenLaw, match="trucks conserved"):
        visits.decode(busy.plan, replace(busy.trace, stamps=stamps))
