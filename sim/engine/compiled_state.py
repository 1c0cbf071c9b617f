"""What the compiled engine works on: the Plan's arrays as it reads them, and its memory."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.engine.compiled_heap import LAST
from sim.engine.compiled_program import SHIFT, Int32s, Int64s, Program, Use
from sim.planning.plan import NEVER, Network, Plan

(NOW, SERIAL, PENDING, ARRIVAL, CHANGE, AGENDA_FROM, AGENDA_TO, LOOKING, LEAVING, STANDING, PAUSES, SERVICES,
 FREE_SERVICE, DEAD, MEMBERS, FREE_MEMBER) = range(16)  # fmt: skip


class Given(NamedTuple):
    """What is only read. Times in ms, rows by offset."""

    enters: Int64s
    first: Int32s
    work: Int64s
    work_at: Int64s
    stamp_at: Int64s
    rows: Int32s
    units: Int32s
    options: Int32s
    rules: Int64s
    branches: Int32s
    lines: Int32s
    queue_from: Int32s
    tied: npt.NDArray[np.bool_]
    follow_from: Int32s
    followers: Int32s
    level: Int32s
    watch_from: Int32s
    watchers: Int32s
    closing: Int32s
    change_time: Int64s
    change_what: Int32s
    change_target: Int32s
    change_value: Int64s
    change_until: Int64s


class World(NamedTuple):
    """What changes. One row of each group belongs together; lists are linked by index, -1 = none."""

    cursor: Int64s  # the counters named above: where the loop stands when it stops to be given room
    stamps: Int64s
    at: Int32s  # row each truck reached last
    # of each resource
    free: Int64s  # capacity - units in use that count against it
    capacity: Int64s
    speed: Int64s
    until: Int64s
    overtime: Int64s
    team: Int64s
    paused: Int64s
    first_serving: Int32s
    last_serving: Int32s
    first_paused: Int32s
    # of each queue and file
    waiting: Int64s
    marked: npt.NDArray[np.bool_]
    agenda: Int32s  # ring of marked queues
    head: Int32s
    tail: Int32s
    flags: Int64s
    # of each truck
    behind: Int32s  # the truck behind it in its file
    before: Int32s  # the truck before it, where a truck may leave from the middle
    joined: Int64s  # serial of its joining the file it stands in; -1 = in none
    member: Int32s  # first of the teams it was served by and has not left
    # pending ends of work, and pending ends of patience
    end_time: Int64s
    end_key: Int64s
    leave_time: Int64s
    leave_key: Int64s
    # elastic services
    left: Int64s  # [1/1000 ms at full speed]
    since: Int64s
    started: Int64s
    key: Int64s  # of the live end; -1 = none
    truck: Int32s
    after: Int32s
    ahead: Int32s
    pause: Int32s  # row of the pause it stands in
    # memberships of teams
    member_of: Int32s
    member_team: Int64s
    next_member: Int32s
    # result
    pauses: Int64s  # flat rows (truck, resource, from, to)


def given(plan: Plan, program: Program) -> Given:
    """The Plan as the event loop reads it; what would happen at or after the end is left out."""
    trucks, network = plan.trucks, plan.network
    entering = int(np.searchsorted(trucks.enters, plan.ends))
    changes = network.changes[: int(np.searchsorted(network.changes["time"], plan.ends))]
    arrays = (
        _read(np.append(trucks.enters[:entering], LAST), np.int64),
        _read(trucks.first[:entering] << SHIFT, np.int32),
        *(_read(a, np.int64) for a in (trucks.work, trucks.work_at, trucks.stamp_at)),
        *(_read(a, np.int32) for a in (program.rows, program.units, program.options)),
        _read(program.rules, np.int64),
        *(_read(a, np.int32) for a in (program.branches, program.lines, program.queue_from)),
        _read(program.tied, np.bool_),
        *(_read(a, np.int32) for a in (program.follow_from, program.followers)),
        *(_read(a, np.int32) for a in (network.files["level"], network.watch_from, network.watchers)),
        _read(network.resources["closing"], np.int32),
        _read(np.append(changes["time"], LAST), np.int64),
        *(_read(changes[name], np.int32) for name in ("what", "target")),
        *(_read(changes[name], np.int64) for name in ("value", "until")),
    )
    return Given(*arrays)


def _read(array: npt.NDArray[Any], dtype: type[np.generic]) -> npt.NDArray[Any]:
    """The array in the one type the loop is compiled for: contiguous and read-only."""
    view = np.ascontiguousarray(array, dtype).view()
    view.flags.writeable = False
    return view


def world(plan: Plan, uses: int) -> World:
    """The memory of a run that has not begun."""
    n, network = len(plan.trucks.enters), plan.network
    resources, n_r, n_q = network.resources, len(network.resources), len(network.queues)
    cursor = np.zeros(16, np.int64)
    cursor[NOW], cursor[LOOKING] = plan.starts, -1
    cursor[FREE_SERVICE] = cursor[FREE_MEMBER] = -1
    some = 64 if uses & Use.ELASTIC else 0
    teams = 64 + len(network.units) if uses & Use.TEAMS else 0
    keeps_order = uses & (Use.TIES | Use.PATIENCE)
    return World(
        cursor=cursor,
        stamps=np.full(int(plan.trucks.stamp_at[-1]), NEVER),
        at=np.full(n, -1, np.int32),
        free=resources["capacity"].astype(np.int64),
        capacity=resources["capacity"].astype(np.int64),
        speed=resources["speed"].astype(np.int64),
        until=resources["until"].astype(np.int64),
        overtime=np.zeros(n_r, np.int64),
        team=np.zeros(n_r, np.int64),
        paused=np.zeros(n_r, np.int64),
        first_serving=_none(n_r),
        last_serving=_none(n_r),
        first_paused=_none(n_r),
        waiting=np.zeros(n_q, np.int64),
        marked=np.zeros(n_q, np.bool_),
        agenda=np.zeros(_ring(network), np.int32),
        head=_none(len(network.files)),
        tail=_none(len(network.files)),
        flags=network.flags.astype(np.int64),
        behind=np.empty(n, np.int32),
        before=np.empty(n if uses & Use.PATIENCE else 0, np.int32),
        joined=np.full(n if keeps_order else 0, -1, np.int64),
        member=_none(n if uses & Use.TEAMS else 0),
        end_time=np.full(1024, LAST),
        end_key=np.full(1024, LAST),
        leave_time=np.full(1024 if uses & Use.PATIENCE else 2, LAST),
        leave_key=np.full(1024 if uses & Use.PATIENCE else 2, LAST),
        left=np.empty(some, np.int64),
        since=np.empty(some, np.int64),
        started=np.empty(some, np.int64),
        key=np.empty(some, np.int64),
        truck=np.empty(some, np.int32),
        after=np.empty(some, np.int32),
        ahead=np.empty(some, np.int32),
        pause=np.empty(some, np.int32),
        member_of=np.empty(teams, np.int32),
        member_team=np.empty(teams, np.int64),
        next_member=np.empty(teams, np.int32),
        pauses=np.empty(4 * some, np.int64),
    )


ROOM = {  # what the loop may ask more room for, by the number it returns
    1: ("end_time", "end_key"),
    2: ("leave_time", "leave_key"),
    3: ("left", "since", "started", "key", "truck", "after", "ahead", "pause"),
    4: ("pauses",),
    5: ("member_of", "member_team", "next_member"),
}


def with_room(world: World, short: int) -> World:
    """The same world with twice the room where it is short."""
    return world._replace(**{name: _twice(getattr(world, name)) for name in ROOM[short]})


def _twice(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    longer = np.full((2 * len(array), *array.shape[1:]), LAST if array.dtype == np.int64 else -1, array.dtype)
    longer[: len(array)] = array
    return longer


def _none(n: int) -> Int32s:
    return np.full(n, -1, np.int32)


def _ring(network: Network) -> int:
    """Room for every queue once: a power of two, so that positions wrap by a mask."""
    return 1 << len(network.queues).bit_length()
