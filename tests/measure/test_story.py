"""The contract's frames, and a truck's life told from them."""

import datetime as dt

import polars as pl
import pytest

from sim.measure.story import UnknownTruck, story, told
from sim.measure.trace_frames import trace_frames

VISIT = ["replication", "truck", "flow", "cargo", "station", "joined", "entered", "started", "ended", "left"]
TRUCK = ["replication", "truck", "flow", "direction", "cargo", "gate", "gate_intended", "arrived", "departed"]
TRUCK += ["outcome", "reason"]


def _at(hour, minute, day=1, month=7):
    return dt.datetime(2025, month, day, hour, minute)  # noqa: DTZ001 -- the contract's times are local, without offset


@pytest.fixture(name="frames", scope="module")
def frames_of_a_desk(run):
    """Rice at -10 and 1 min, fruit at 5 min goes first; 10 min each; closed from 00:20 to 07:00."""
    found = run(
        stations={
            "desk": {
                "servers": 1, "service": "10 min", "discipline": ["fruit", "rice"], "closing": "finish",
                "hours": "07:00-00:20",
            }
        },
        routes={"way": [{"at": "desk"}]},
        flows={
            "rice": {"arrived": [-10, 1], "route": "way", "cargo": "rice", "gate": "east"},
            "fruit": {"arrived": [5], "route": "way", "cargo": "fruit", "gate": "east", "direction": "import"},
        },
        cargoes={"fruit": {}, "rice": {}},
        gates={"east": {}},
    )  # fmt: skip
    return trace_frames(found.lives, found.scenario)


def test_trace_has_the_contracts_columns_local_times_and_the_backlog_before_the_start(frames):
    trace, _ = frames
    assert trace.columns == VISIT
    assert all(trace.schema[name] == pl.Datetime("ms") for name in VISIT[5:])
    rows = trace.select("flow", "station", "joined", "entered", "started", "ended").rows()
    assert rows[0] == (
        "rice",
        "desk",
        _at(23, 50, 30, 6),
        None,
        _at(23, 50, 30, 6),
        _at(0, 0),
    )
    assert rows[1] == ("rice", "desk", _at(0, 1), None, _at(0, 1), _at(0, 11))
    assert rows[2] == ("fruit", "desk", _at(0, 5), None, _at(0, 11), _at(0, 21))


def test_trucks_have_the_contracts_columns(frames):
    _, trucks = frames
    assert trucks.columns == TRUCK
    assert trucks.select("flow", "direction", "gate", "outcome", "reason").row(2) == (
        "fruit",
        "import",
        "east",
        "crossed",
        "",
    )
    assert trucks["departed"].to_list() == [_at(0, 0), _at(0, 11), _at(0, 21)]


def test_a_life_is_told_with_what_held_the_truck_up(run):
    found = run(
        stations={"desk": {"servers": 1, "service": "10 min", "discipline": ["fruit", "rice"]}},
        routes={"way": [{"at": "desk"}]},
        flows={
            "rice": {"arrived": [0, 1], "route": "way", "cargo": "rice", "gate": "east"},
            "fruit": {"arrived": [5], "route": "way", "cargo": "fruit", "gate": "east"},
        },
        cargoes={"fruit": {}, "rice": {}},
        gates={"east": {}},
    )
    frames = trace_frames(found.lives, found.scenario)
    truck = int(found.plan.trucks.id[1])
    lines = [
        f"Truck {truck} (replication 0): export of rice, flow rice for gate east.",
        "2025-07-01 00:01:00  it appeared",
        (
            "2025-07-01 00:20:00  desk: its service began after waiting 19 min "
            "(1 got in before it, 1 of them had come later, nobody from 2025-07-01 00:10:00 for 10 min)"
        ),
        "2025-07-01 00:30:00  desk: its service was over, 10 min after it began",
        "2025-07-01 00:30:00  it crossed the border at gate east, 29 min after it appeared",
    ]
    assert told(*frames, truck) == "\n".join(lines)


def test_an_unknown_truck_is_answered_with_known_ones(frames):
    with pytest.raises(UnknownTruck, match="no truck 7 in replication 0; trucks there are for example "):
        told(*frames, 7)


def test_a_life_is_told_from_the_folder_of_a_run(frames, tmp_path):
    for name, frame in zip(("trace", "trucks"), frames, strict=True):
        frame.write_parquet(tmp_path / f"{name}.parquet")
    truck = frames[1]["truck"][0]
    assert story(tmp_path, str(truck)) == told(*frames, truck)
    with pytest.raises(UnknownTruck, match="no truck lorry"):
        story(tmp_path, "lorry")


def test_the_crossing_is_told_at_its_time_and_who_is_still_there_is_said_to_be(run):
    found = run(
        stations={"lane": {"servers": 1, "service": "5 min"}, "far": {"servers": 1, "service": "1 h", "places": 1}},
        routes={"way": [{"at": "lane", "crosses": True}, {"at": "far"}]},
        flows={"fruit": {"arrived": [0, 1], "route": "way"}},
        length="30 min",
    )
    frames = trace_frames(found.lives, found.scenario)
    first, second = (told(*frames, int(truck)).splitlines()[1:] for truck in found.plan.trucks.id)
    assert first == [
        "2025-07-01 00:00:00  it appeared",
        "2025-07-01 00:00:00  lane: its service began at once",
        "2025-07-01 00:05:00  lane: its service was over, 5 min after it began",
        "2025-07-01 00:05:00  it crossed the border, 5 min after it appeared",
        "2025-07-01 00:05:00  far: it got a place at once",
        "2025-07-01 00:05:00  far: its service began at once",
    ]
    assert second == [
        "2025-07-01 00:01:00  it appeared",
        "2025-07-01 00:05:00  lane: its service began after waiting 4 min (nobody got in before it)",
        "2025-07-01 00:10:00  lane: its service was over, 5 min after it began",
        "2025-07-01 00:10:00  far: it stood waiting and did not get in",
        "It was still there when the run ended.",
    ]
