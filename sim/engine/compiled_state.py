"""What the compiled engine works on: the Plan's arrays as it reads them, and its memory.

Arrays stand in groups, because a part of the loop that is handed fewer of them compiles in a tenth of the time.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.engine.compiled_heap import LAST
from sim.engine.compiled_program import Int32s, Int64s, Program, Use
from sim.engine.limits import LimitReached
from sim.planning.plan import CHANGE, NEVER, Discipline, Network, Plan

# counters of the loop, in which it also leaves word where it stands when it asks for room
(NOW, SERIAL, PENDING, ARRIVAL, ROW, AGENDA_FROM, AGENDA_TO, LOOKING, LEAVING, STANDING, PAUSES, SERVICES,
 FREE_SERVICE, DEAD, MEMBERS, FREE_MEMBER, TOUCHED_FROM, TOUCHED_TO, BITS) = range(19)  # fmt: skip
# columns of a resource, of an elastic service, of a membership, of a row of the calendar
(CAPACITY, SPEED, UNTIL, CLOSING, OVERTIME, TEAM, PAUSED, FIRST_SERVING, LAST_SERVING, FIRST_PAUSED) = range(10)
(TRUCK, LEFT, SINCE, STARTED, KEY, AFTER, AHEAD, PAUSE) = range(8)
(MEMBER_OF, MEMBER_TEAM, NEXT_MEMBER) = range(3)
(TIME, WHAT, TARGET, VALUE, CHANGE_UNTIL) = range(5)


class Given(NamedTuple):
    """What is only read. Times in ms, rows by offset."""

    enters: Int64s
    arrived: Int64s
    first: Int32s
    work: Int64s
    work_at: Int64s
    stamp_at: Int64s
    rows: Int32s
    units: Int32s
    options: Int32s
    queues: Int32s
    files: Int64s  # level, slope, head start
    resources: Int32s
    rules: Int64s
    branches: Int64s
    watches: Int64s
    changes: Int64s


class Agenda(NamedTuple):
    """Queues: how many trucks stand in each, and which are marked, in a ring of the order of marking."""

    waiting: Int64s
    marked: npt.NDArray[np.bool_]
    ring: Int32s


class Files(NamedTuple):
    """Trucks one behind the other, linked by index; -1 = none.

    A file in the order of a key is a pairing heap of the same links: behind is the next sibling, before the
    sibling or parent before. What only some networks use has no length in others.
    """

    head: Int32s
    tail: Int32s
    behind: Int32s
    before: Int32s
    child: Int32s
    joined: Int64s  # serial of joining, -1 = stands in no file
    since: Int64s  # [ms] time of joining
    key: Int64s
    turn: Int64s  # of each queue: present place in its pattern


class Services(NamedTuple):
    """Resources, ends of work, and the services that can be stretched or paused: lists of each resource."""

    counts: Int64s
    free: Int64s  # capacity - units in use that count against it
    resources: Int64s
    services: Int64s
    pauses: Int64s  # truck, resource, from, to
    ends: Int64s
    end_of: Int32s


class Teams(NamedTuple):
    """Which team of which server each truck was granted: a list of each truck."""

    counts: Int64s
    resources: Int64s
    member: Int32s
    members: Int64s


class Patience(NamedTuple):
    """Pending ends of patience."""

    counts: Int64s
    joined: Int64s
    leaves: Int64s
    leave_of: Int32s


class Watches(NamedTuple):
    """State rules to be looked at in this instant, in a ring of the order in which they were touched."""

    counts: Int64s
    touched: Int64s  # serial, -1 = not touched
    ring: Int32s


class World(NamedTuple):
    """All that changes."""

    stamps: Int64s
    at: Int32s  # row each truck reached last
    flags: Int64s
    agenda: Agenda
    files: Files
    services: Services
    teams: Teams
    patience: Patience
    watches: Watches


def given(plan: Plan, program: Program) -> Given:
    """The Plan as the event loop reads it; what would happen at or after the end is left out."""
    trucks, network = plan.trucks, plan.network
    entering = int(np.searchsorted(trucks.enters, plan.ends))
    return Given(
        enters=_read(trucks.enters[:entering], np.int64),
        arrived=_read(trucks.arrived, np.int64),
        first=_read(trucks.first, np.int32),
        work=_read(trucks.work, np.int64),
        work_at=_read(trucks.work_at, np.int64),
        stamp_at=_read(trucks.stamp_at, np.int64),
        rows=_read(program.rows, np.int32),
        units=_read(program.units, np.int32),
        options=_read(program.options, np.int32),
        queues=_read(program.queues, np.int32),
        files=_read(np.array(network.files.tolist(), np.int64).reshape(-1, 3), np.int64),
        resources=_read(program.resources, np.int32),
        rules=_read(program.rules, np.int64),
        branches=_read(program.branches, np.int64),
        watches=_read(program.watches, np.int64),
        changes=_read(_changes(network, plan.ends), np.int64),
    )


def _changes(network: Network, ends: int) -> Int64s:
    """The calendar up to the end, and a row that never comes."""
    rows = network.changes[: int(np.searchsorted(network.changes["time"], ends))]
    table = np.full((len(rows) + 1, 5), LAST)
    for k, name in enumerate(CHANGE.names or ()):
        table[:-1, k] = rows[name]
    return table


def _read(array: npt.NDArray[Any], dtype: type[np.generic]) -> npt.NDArray[Any]:
    """The array in the one type the loop is compiled for: contiguous and read-only."""
    view = np.ascontiguousarray(array, dtype).view()
    view.flags.writeable = False
    return view


def world(plan: Plan, uses: int) -> World:
    """The memory of a run that has not begun."""
    n, network = len(plan.trucks.enters), plan.network
    n_queues, n_files, n_watches = len(network.queues), len(network.files), len(network.watches)
    counts = np.zeros(19, np.int64)
    counts[NOW], counts[LOOKING], counts[FREE_SERVICE], counts[FREE_MEMBER] = plan.starts, -1, -1, -1
    counts[BITS] = serial_bits(plan)
    resources = _resources(network)
    linked, timed, teams = uses & (Use.PATIENCE | Use.KEYS), uses & (Use.ORDER | Use.PATIENCE), uses & Use.TEAMS
    ages = n if (network.queues["discipline"] == Discipline.AGEING).any() else 0
    keys = n if (network.queues["discipline"] == Discipline.EXPIRY).any() else 0
    joined = np.full(n if timed else 0, -1, np.int64)
    return World(
        stamps=np.full(int(plan.trucks.stamp_at[-1]), NEVER),
        at=_none(n),
        flags=network.flags.astype(np.int64),
        agenda=Agenda(
            waiting=np.zeros(n_queues, np.int64),
            marked=np.zeros(n_queues, np.bool_),
            ring=_ring(n_queues),
        ),
        files=Files(
            head=_none(n_files),
            tail=_none(n_files),
            behind=np.empty(n, np.int32),
            before=np.empty(n if linked else 0, np.int32),
            child=np.empty(keys, np.int32),
            joined=joined,
            since=np.empty(ages, np.int64),
            key=np.empty(keys, np.int64),
            turn=np.zeros(n_queues, np.int64),
        ),
        services=Services(
            counts=counts,
            free=resources[:, CAPACITY].copy(),
            resources=resources,
            services=np.empty((64, 8), np.int64),
            pauses=np.empty((64, 4), np.int64),
            ends=np.full(1024, LAST),
            end_of=_none(1024),
        ),
        teams=Teams(
            counts=counts,
            resources=resources,
            member=_none(n if teams else 0),
            members=np.empty((64 + len(network.units), 3), np.int64),
        ),
        patience=Patience(
            counts=counts, joined=joined, leaves=np.full(1024, LAST), leave_of=_none(1024)
        ),
        watches=Watches(counts=counts, touched=np.full(n_watches, -1, np.int64), ring=_ring(n_watches)),
    )  # fmt: skip


def serial_bits(plan: Plan) -> int:
    """How many bits of the word of an event its time leaves to its serial."""
    return 62 - max(abs(plan.starts), plan.ends).bit_length()


def _resources(network: Network) -> Int64s:
    table = np.zeros((len(network.resources), 10), np.int64)
    for column, name in ((CAPACITY, "capacity"), (SPEED, "speed"), (UNTIL, "until"), (CLOSING, "closing")):
        table[:, column] = network.resources[name]
    table[:, FIRST_SERVING:] = -1
    return table


ROOM = {  # what the loop may ask more room for, by the number it returns
    1: ("services", "ends", "end_of"),
    2: ("patience", "leaves", "leave_of"),
    3: ("services", "services"),
    4: ("services", "pauses"),
    5: ("teams", "members"),
}


SERIALS = 6  # what it returns when the serials come to an end


def with_room(world: World, short: int) -> World:
    """The same world with twice the room where it is short."""
    if short == SERIALS:
        number_anew(world)
        return world
    group, *names = ROOM[short]
    short_group: Any = getattr(world, group)
    longer = {name: _twice(getattr(short_group, name)) for name in names}
    return world._replace(**{group: short_group._replace(**longer)})


def number_anew(world: World) -> None:
    """Give the serials of what is pending anew, from 0 and in the same order."""
    counts, services, patience = world.services.counts, world.services, world.patience
    room, known = 1 << int(counts[BITS]), services.services[: counts[SERVICES]]
    words = [services.ends[: counts[PENDING]], patience.leaves[: counts[LEAVING]], known[:, KEY]]
    held = [*words, known[:, STARTED], world.files.joined, world.watches.touched]
    live = np.unique(np.concatenate([column[column != -1] & (room - 1) for column in held]))
    if len(live) > room // 2:
        raise LimitReached(
            f"{len(live):,} trucks are under way at once; so long a period has room for {room // 2:,}. Shorten it."
        )
    for column in held:
        serials = column & (room - 1)
        column[:] = np.where(column == -1, -1, column - serials + np.searchsorted(live, serials))
    counts[SERIAL] = len(live)


def _twice(array: Int64s) -> Int64s:
    longer = np.full((2 * len(array), *array.shape[1:]), np.iinfo(array.dtype).max, array.dtype)
    longer[: len(array)] = array
    return longer


def _ring(n: int) -> Int32s:
    """Room for each of n things once; a power of two, so that positions wrap by a mask."""
    return np.zeros(1 << n.bit_length(), np.int32)


def _none(n: int) -> Int32s:
    return np.full(n, -1, np.int32)
