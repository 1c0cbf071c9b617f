"""What does not change between replications is worked out once, and goes with its scenario."""

import gc

import pytest

from sim.planning import memory
from sim.planning.memory import remembered
from sim.scenario.schema import ScenarioFile


def _file(servers=1):
    return ScenarioFile.model_validate({
        "kind": "scenario", "format": 1, "title": "one desk", "period": {"start": "2025-07-01", "length": "1 d"},
        "stations": {"desk": {"servers": servers, "service": "10 min"}}, "routes": {"way": [{"at": "desk"}]},
        "flows": {"fruit": {"volume": "10 trucks/d", "route": "way"}},
    })  # fmt: skip


def test_a_thing_is_worked_out_once_for_each_file_and_key():
    done, one, other = [], _file(), _file()
    for file, key in ((one, "a"), (one, "a"), (one, "b"), (other, "a")):
        remembered(file, key, lambda file=file, key=key: done.append((id(file), key)))
    assert done == [(id(one), "a"), (id(one), "b"), (id(other), "a")]


def test_what_is_kept_goes_with_its_file():
    file = _file()
    number = id(file)
    remembered(file, "a", lambda: 1)
    assert number in memory._kept
    del file
    gc.collect()
    assert number not in memory._kept


def test_room_is_bounded(monkeypatch):
    monkeypatch.setattr(memory, "_MOST", 3)
    file = _file()
    found = [remembered(file, key, lambda key=key: key * 2) for key in range(10)]
    assert found == [key * 2 for key in range(10)]
    assert len(memory._kept[id(file)][1]) <= 3


def test_work_that_fails_is_not_kept():
    file = _file()
    with pytest.raises(KeyError):
        remembered(file, "a", lambda: {}["lost"])
    assert remembered(file, "a", lambda: 2) == 2
