"""The Plan: one replication with every chance decided. Integer tables in, integer tables out.

A Plan is what both engines read and nothing else: trucks in the order in which they enter, the route
program each of them follows, the work each step costs it, the resources with their calendars. Time is
whole milliseconds since the scenario's start; anything before the start is negative.

A *route program* is a run of rows of the step table. The kinds of step:

    MOVE    take and give up units at once, without asking (counters, places already promised)
    ASK     stand in a file of a queue until one of the options can be granted whole
    WORK    keep a granted server busy for the truck's drawn work
    TRAVEL  let the truck's drawn time pass
    CHOOSE  go on at one of several steps, by a rule on counts or a flag
    LEAVE   end, with an outcome and a reason
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
Table = npt.NDArray[Any]  # a structured array of one of the row types below

NEVER = int(np.iinfo(np.int64).min)  # a time that has not come
UNLIMITED = 2**31 - 1  # units of a resource that never runs out
# parts of full speed: per cent of two decimals, thirds, sevenths, eighths and ninths are whole
FULL_SPEED = 630_000
FULL_SLOPE = 1000  # permille of a wait that count


class Kind(IntEnum):
    """What a step does."""

    MOVE = 0
    ASK = 1
    WORK = 2
    TRAVEL = 3
    CHOOSE = 4
    LEAVE = 5


class Closing(IntEnum):
    """What becomes of a service when its server goes."""

    FINISH = 0  # the truck in hand is completed; it counts against the new headcount
    PAUSE = 1  # the last started stops, and resumes before any waiting truck
    HANDOVER = 2  # the old team completes what it has beside a full new team
    FITS = 3  # nothing starts that would end after the next closing; else as FINISH


class Change(IntEnum):
    """What a row of the calendar sets."""

    CAPACITY = 0
    SHIFT = 1  # capacity, and a new team takes over
    SPEED = 2  # parts of FULL_SPEED
    FLAG = 3


class Rule(IntEnum):
    """How a CHOOSE step picks its branch."""

    FLAG = 0  # branch = value of the flag
    AT_LEAST = 1  # branch 1 if the score of branch 0 reaches the threshold and the truck complies, else 0
    FEWEST = 2  # the branch with the smallest score; the truck's draw breaks ties


class Discipline(IntEnum):
    """How the heads of a queue's files are ordered. Equal ones go by order of joining."""

    LEVELS = 0  # smaller level first
    AGEING = 1  # larger head_start + slope x wait first
    CYCLE = 2  # the levels take turns by a pattern; a level without a truck is skipped
    EXPIRY = 3  # smaller level first, then the smaller key; inside a file, too, the smaller key stands before


STEP = np.dtype(
    [
        ("kind", np.int32),
        ("next", np.int32),  # the step after this one; -1 after LEAVE
        ("queue", np.int32),  # ASK: where the truck stands
        ("file", np.int32),  # ASK: which file of it (index into files)
        ("option_from", np.int32),  # ASK: its options, tried in order
        ("option_to", np.int32),
        ("otherwise", np.int32),  # ASK: where a head that cannot be granted goes at once; -1 = it waits
        ("impatient", np.int32),  # ASK: where a truck goes whose patience ends; -1 = it has no end
        ("server", np.int32),  # WORK: the resource that works; -1 = none
        ("work", np.int32),  # WORK, TRAVEL: slot of the truck's work; ASK: of its patience; CHOOSE: of its draw
        ("key", np.int32),  # ASK in a queue by EXPIRY: slot of the truck's key
        ("from_arrival", np.int32),  # ASK: 1 = its patience counts from its arrival, not from its joining
        (
            "stamp",
            np.int32,
        ),  # slot of the time at which it was over: every ASK; WORK by a server whose work does not imply it
        ("exit", np.int32),  # slot of the exit taken (option or branch number): every CHOOSE; ASK with more than one
        ("take_from", np.int32),  # MOVE: units taken
        ("take_to", np.int32),
        ("give_from", np.int32),  # MOVE, LEAVE: units given up
        ("give_to", np.int32),
        ("rule", np.int32),  # CHOOSE
        ("outcome", np.int32),  # LEAVE
        ("reason", np.int32),  # LEAVE: index into Network.reasons
    ]
)

OPTION = np.dtype(
    [
        ("need_from", np.int32),  # resources wanted, one unit each, granted together; a server first
        ("need_to", np.int32),
        ("give_from", np.int32),  # resources given up at the grant
        ("give_to", np.int32),
        ("next", np.int32),
        ("empty_queue", np.int32),  # only while nobody waits in this queue; -1 = no such condition
        ("fits", np.int32),  # slot of the work that must fit before closing; -1 = none
    ]
)

RESOURCE = np.dtype(
    [
        ("capacity", np.int64),  # units at the first instant
        ("speed", np.int64),  # parts of FULL_SPEED at the first instant
        ("until", np.int64),  # next closing, as seen from the first instant; NEVER = none
        ("closing", np.int32),
        ("elastic", np.int32),  # 1: services in progress are stretched or paused, so their end is stamped
        ("slows_new", np.int32),  # 1: the speed counts at the start of a service only
    ]
)

QUEUE = np.dtype(
    [
        ("file_from", np.int32),
        ("file_to", np.int32),
        ("discipline", np.int32),
        ("cycle_from", np.int32),  # CYCLE: the pattern, levels in the list of units
        ("cycle_to", np.int32),
    ]
)

FILE = np.dtype(
    [
        ("level", np.int32),
        ("slope", np.int32),  # AGEING: permille of the wait that counts
        ("head_start", np.int64),  # AGEING: [ms]
    ]
)

CHANGE = np.dtype(
    [
        ("time", np.int64),
        ("what", np.int32),
        ("target", np.int32),  # resource, or flag
        ("value", np.int64),
        ("until", np.int64),  # CAPACITY, SHIFT: next closing; NEVER = none
    ]
)

RULE = np.dtype(
    [
        ("rule", np.int32),
        ("flag", np.int32),
        ("threshold", np.int64),
        ("branch_from", np.int32),
        ("branch_to", np.int32),
    ]
)

BRANCH = np.dtype(
    [
        ("next", np.int32),
        ("used_from", np.int32),  # count = units in use of these resources ...
        ("used_to", np.int32),
        ("waiting_from", np.int32),  # ... plus trucks in these queues
        ("waiting_to", np.int32),
        ("base", np.int64),  # score = base + each x count
        ("each", np.int64),
    ]
)

WATCH = np.dtype(
    [
        ("flag", np.int32),
        ("used_from", np.int32),  # the count, as of a branch
        ("used_to", np.int32),
        ("waiting_from", np.int32),
        ("waiting_to", np.int32),
        ("on", np.int64),  # the flag is set to 1 when the count has reached this
        ("off", np.int64),  # and to 0 when it has fallen to this, which is less
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Stations, routes, calendars and rules as integer tables. Names are kept beside, for the tables."""

    steps: Table  # STEP, shape (n_steps,)
    options: Table  # OPTION
    units: npt.NDArray[np.int32]  # the lists that steps, options and branches point into
    resources: Table  # RESOURCE, shape (n_resources,)
    queues: Table  # QUEUE, shape (n_queues,)
    files: Table  # FILE
    watch_from: npt.NDArray[np.int32]  # queues to look at when a unit of r comes free:
    watchers: npt.NDArray[np.int32]  # watchers[watch_from[r]:watch_from[r + 1]], shape (n_resources + 1,)
    changes: Table  # CHANGE, sorted by time; equal times in order of effect
    rules: Table  # RULE
    branches: Table  # BRANCH
    watches: Table  # WATCH
    flags: IntArray  # value of each flag at the first instant
    reasons: tuple[str, ...]  # reason codes of LEAVE
    layout: "Layout"


Steps = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit of a program. Each stamp is the moment its truck begins one of the steps named, if it reaches any.

    A field without steps is a stamp the visit does not have (a road has no servers, a desk no places).
    """

    station: int
    joined: Steps  # it stands waiting for the station
    entered: Steps  # it has a place
    started: Steps
    ended: Steps
    left: Steps  # place and server are given up


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One realised way through the network: what trucks of one flow and cargo with the same draws of shares do."""

    first: int  # its steps are [first, last)
    last: int
    n_work: int  # slots of work a truck needs
    n_stamps: int  # slots of stamps it fills
    visits: tuple[Visit, ...]  # in order of the route
    crossings: tuple[tuple[int, int], ...]  # visits on leaving which the loaded truck has crossed, and their gates;
    #                                         the first that it leaves counts; none: when it leaves the network
    gate: int  # gate of a truck that has not crossed, or not at a station; index into Layout.gates; -1 = none


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What the integers stand for: names, and how the stamps of a program become visits."""

    stations: tuple[str, ...]
    far: npt.NDArray[np.bool_]  # beyond the border line, shape (n_stations,)
    road_km: npt.NDArray[np.float64]  # km a standing truck takes up; 0 = not a road, shape (n_stations,)
    resource_station: npt.NDArray[np.int32]  # shape (n_resources,)
    resource_is_server: npt.NDArray[np.bool_]
    queue_station: npt.NDArray[np.int32]  # shape (n_queues,)
    closed_reason: tuple[tuple[tuple[int, str], ...], ...]  # of each resource: (from, why it is below full or "")
    programs: tuple[Program, ...]
    held: tuple[tuple[int, ...], ...]  # of each step: resources held while it lasts
    gates: tuple[str, ...]
    flows: tuple[str, ...]
    cargoes: tuple[str, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trucks:
    """The Draws: who comes when, on which program, with how much work. Sorted by `enters`, then listed order."""

    id: IntArray  # shape (n,): what the truck is in every scenario that shares its demand
    arrived: IntArray  # [ms] when it appeared
    enters: IntArray  # [ms] when it reaches its first step; later than arrived by a travel nobody can hinder
    first: npt.NDArray[np.int32]  # its first step
    program: npt.NDArray[np.int32]
    work: npt.NDArray[np.int64]  # [ms] all works, truck after truck
    work_at: IntArray  # where the works of each truck begin, shape (n + 1,)
    stamp_at: IntArray  # where its stamps begin in Trace.stamps, shape (n + 1,)
    flow: npt.NDArray[np.int16]
    cargo: npt.NDArray[np.int16]
    cargo_class: npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What a flow's slot booking was, for the tables alone: engines see trucks that come when they come."""

    flow: str
    wanted: IntArray  # [ms] when each truck that booked wanted to come, shape (n,)
    slot: IntArray  # [ms] beginning of the slot it was given last; NEVER = after the period
    missed: npt.NDArray[np.bool_]  # it did not come to a slot
    again: npt.NDArray[np.bool_]  # and booked once more


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One replication: Draws and Network."""

    trucks: Trucks
    network: Network
    starts: int  # [ms] the first instant, 0 or earlier
    ends: int  # [ms] events at or after it do not happen
    window: tuple[int, int]  # [ms] what the tables measure: warm-up over, to the end
    replication: int
    booked: tuple[Booked, ...] = ()  # of each flow that comes by appointment
