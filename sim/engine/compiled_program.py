"""The step table in the form that is quickest to follow: one cache line a step, the common cases apart.

A row holds all that its step needs. A MOVE that only gives up units is done with the step before it: a truck
never rests at a MOVE, so nobody can see the difference.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from sim.planning.plan import STEP, Closing, Discipline, Kind, Network, Table

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]

SHIFT = 4  # a row has 2**SHIFT columns; rows are named by the offset of their first
(OP, NEXT, SLOT, STAMP, GIVE, GIVE_TO, QUEUE, FILE, NEED, EXIT, FROM, TO, OTHERWISE, IMPATIENT, SERVER,
 KEY_SLOT) = range(16)  # fmt: skip
FROM_ARRIVAL = SERVER  # of an ASK
OPTION_WIDTH = 8
(NEED_FROM, NEED_TO, OPTION_GIVE, OPTION_GIVE_TO, OPTION_NEXT, EMPTY_QUEUE, FITS) = range(7)
# columns of a queue, and of a resource
(LINES, LINES_TO, FOLLOWERS, FOLLOWERS_TO, WATCHED, WATCHED_TO, PATTERN, PATTERN_TO, ORDER, DIRECT) = range(10)
(WAITERS, WAITERS_TO, COUNTED, COUNTED_TO) = range(4)


class Op(IntEnum):
    """What the compiled engine does at a row."""

    WORK = 0  # let the truck's time pass, at a server or on the road
    ASK_ONE = 1  # one option of one unit, no conditions, no way out
    LEAVE = 2
    MOVE = 3
    ASK = 4
    WORK_SLOW = 5  # the speed counts at the start
    WORK_ELASTIC = 6
    CHOOSE = 7


class Use(IntEnum):
    """What a network may use. The engine is compiled for it, so that the rest costs nothing."""

    LINES = 1  # queues of several files
    ORDER = 2  # whose heads are ordered by more than distinct levels
    OPTIONS = 4  # asks for several things, or with conditions, or with somewhere else to go
    PATIENCE = 8
    ELASTIC = 16
    TEAMS = 32
    KEYS = 64  # files in the order of a key
    WATCHES = 128  # flags that follow a count


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What the compiled engine reads of a Network."""

    uses: int  # of Use
    rows: Int32s  # flat, 2**SHIFT columns a step; NEXT, OTHERWISE and IMPATIENT are offsets of rows
    units: Int32s  # those of the Network, and further lists that rows, queues and resources point into
    options: Int32s  # flat, OPTION_WIDTH columns
    queues: Int32s  # ranges of units: its files by level, who waits for it to be empty, its watches, its pattern;
    # how its heads are ordered, and whether a grant there concerns nobody else
    resources: Int32s  # ranges of units: the queues that wait for it, the watches that count it
    rules: Int64s  # rule, flag, threshold, branch_from, branch_to
    branches: Int64s  # next, used_from, used_to, waiting_from, waiting_to, base, each
    watches: Int64s  # as WATCH


def program(network: Network) -> Program:
    """The quick form of a network's tables."""
    units = network.units.tolist()
    queues, resources = _queues(network, units), _resources(network, units)
    rows = _rows(network)
    _fuse(rows, units)
    branches = [(_offset(row[0]), *row[1:]) for row in network.branches.tolist()]
    return Program(
        uses=_uses(network, rows, queues),
        rows=np.array(rows, np.int32).reshape(-1),
        units=np.array(units, np.int32),
        options=_options(network),
        queues=np.array(queues, np.int32).reshape(-1, 10),
        resources=np.array(resources, np.int32).reshape(-1, 4),
        rules=np.array(network.rules.tolist(), np.int64).reshape(-1, 5),
        branches=np.array(branches, np.int64).reshape(-1, 7),
        watches=np.array(network.watches.tolist(), np.int64).reshape(-1, 7),
    )


def _offset(step: int) -> int:
    """Where the row of a step begins; -1 stays -1."""
    return step << SHIFT if step >= 0 else -1


def _options(network: Network) -> Int32s:
    options = np.zeros((len(network.options), OPTION_WIDTH), np.int32)
    for k, row in enumerate(network.options.tolist()):
        options[k, : len(row)] = row
        options[k, OPTION_NEXT] = _offset(row[OPTION_NEXT])
    return options.reshape(-1)


def _listed(units: list[int], members: list[int]) -> tuple[int, int]:
    """The range of a new list at the end of units."""
    units += members
    return len(units) - len(members), len(units)


def _queues(network: Network, units: list[int]) -> list[list[int]]:
    """A row for each queue, and its lists at the end of units."""
    level = network.files["level"].tolist()
    followers = _followers(network)
    rows = []
    for queue, (first, last, discipline, cycle_from, cycle_to) in enumerate(network.queues.tolist()):
        by_level = sorted(range(first, last), key=lambda f: level[f])
        distinct = discipline == Discipline.LEVELS and len(set(level[first:last])) == last - first
        watched = _watching(network, "waiting", queue)
        ordered = last - first > 1 and not distinct
        direct = not followers[queue] and discipline != Discipline.CYCLE
        rows.append(
            [*_listed(units, by_level), *_listed(units, followers[queue]), *_listed(units, watched),
             cycle_from, cycle_to, discipline if ordered or discipline != Discipline.LEVELS else -1, int(direct)]
        )  # fmt: skip
    return rows


def _followers(network: Network) -> list[list[int]]:
    """Of each queue, those that have an option which holds only while it is empty."""
    found: list[list[int]] = [[] for _ in network.queues]
    for step in network.steps[network.steps["kind"] == Kind.ASK]:
        for empty in network.options["empty_queue"][step["option_from"] : step["option_to"]]:
            if empty >= 0 and step["queue"] not in found[empty]:
                found[empty].append(int(step["queue"]))
    return found


def _resources(network: Network, units: list[int]) -> list[list[int]]:
    """A row for each resource, and its lists at the end of units."""
    ranges = network.watch_from.tolist()
    return [
        [
            *_listed(units, network.watchers[ranges[r] : ranges[r + 1]].tolist()),
            *_listed(units, _watching(network, "used", r)),
        ]
        for r in range(len(network.resources))
    ]


def _watching(network: Network, name: str, index: int) -> list[int]:
    """The watches whose count a resource or queue belongs to."""
    return [
        w for w, row in enumerate(network.watches) if index in network.units[row[f"{name}_from"] : row[f"{name}_to"]]
    ]


def _rows(network: Network) -> list[list[int]]:
    options, resources, units = network.options.tolist(), network.resources, network.units.tolist()
    rows = []
    for values in network.steps.tolist():
        step = dict(zip(STEP.names or (), values, strict=True))
        kind = step["kind"]
        row = [-1] * (1 << SHIFT)
        row[OP] = _op(step, options, resources)
        row[NEXT], row[OTHERWISE], row[IMPATIENT] = (_offset(step[n]) for n in ("next", "otherwise", "impatient"))
        row[SLOT], row[QUEUE], row[FILE] = step["work"], step["queue"], step["file"]
        row[EXIT], row[SERVER] = step["exit"], step["server"]
        row[GIVE] = row[GIVE_TO] = row[FROM] = row[TO] = 0
        if kind in (Kind.ASK, Kind.WORK):
            row[STAMP] = step["stamp"]
        if kind == Kind.ASK:
            row[FROM], row[TO] = step["option_from"], step["option_to"]
            row[KEY_SLOT], row[FROM_ARRIVAL] = step["key"], step["from_arrival"]
        if kind in (Kind.MOVE, Kind.LEAVE):
            row[FROM], row[TO], row[GIVE], row[GIVE_TO] = (
                step[n] for n in ("take_from", "take_to", "give_from", "give_to"))  # fmt: skip
        if kind == Kind.LEAVE:
            row[NEXT] = -1
        if kind == Kind.CHOOSE:
            row[FROM] = step["rule"]
        if row[OP] == Op.ASK_ONE:
            option = options[step["option_from"]]
            row[NEED], row[NEXT] = units[option[NEED_FROM]], _offset(option[OPTION_NEXT])
            row[GIVE], row[GIVE_TO] = option[OPTION_GIVE], option[OPTION_GIVE_TO]
        rows.append(row)
    return rows


def _op(step: dict[str, int], options: list[tuple[int, ...]], resources: Table) -> Op:
    plain = {Kind.MOVE: Op.MOVE, Kind.TRAVEL: Op.WORK, Kind.CHOOSE: Op.CHOOSE, Kind.LEAVE: Op.LEAVE}
    if step["kind"] in plain:
        return plain[Kind(step["kind"])]
    if step["kind"] == Kind.ASK:
        one_option = step["option_to"] - step["option_from"] == 1
        bare = max(step["otherwise"], step["impatient"], step["exit"]) < 0
        option = options[step["option_from"]] if one_option else ()
        return Op.ASK_ONE if bare and option and _is_one(option) else Op.ASK
    if step["server"] < 0:
        return Op.WORK
    server = resources[step["server"]]
    return Op.WORK_ELASTIC if server["elastic"] else Op.WORK_SLOW if server["slows_new"] else Op.WORK


def _is_one(option: tuple[int, ...]) -> bool:
    return option[NEED_TO] - option[NEED_FROM] == 1 and max(option[EMPTY_QUEUE], option[FITS]) < 0


def _fuse(rows: list[list[int]], units: list[int]) -> None:
    """Let rows give up what the MOVE after them does; the joined lists go to the end of units."""
    followed = {Op.WORK, Op.ASK_ONE, Op.WORK_SLOW, Op.WORK_ELASTIC}
    for row in rows:
        while row[OP] in followed and row[NEXT] >= 0:
            then = rows[row[NEXT] >> SHIFT]
            if then[OP] != Op.MOVE or then[TO] > then[FROM]:
                break
            gives = units[row[GIVE] : row[GIVE_TO]] + units[then[GIVE] : then[GIVE_TO]]
            row[GIVE], row[GIVE_TO], row[NEXT] = len(units), len(units) + len(gives), then[NEXT]
            units += gives


def _uses(network: Network, rows: list[list[int]], queues: list[list[int]]) -> int:
    found = {
        Use.LINES: len(network.files) > len(network.queues),
        Use.ORDER: any(queue[ORDER] >= 0 for queue in queues),
        Use.OPTIONS: any(row[OP] == Op.ASK for row in rows),
        Use.PATIENCE: (network.steps["impatient"] >= 0).any(),
        Use.ELASTIC: network.resources["elastic"].any(),
        Use.TEAMS: (network.resources["closing"] == Closing.HANDOVER).any(),
        Use.KEYS: any(queue[ORDER] == Discipline.EXPIRY for queue in queues),
        Use.WATCHES: len(network.watches) > 0,
    }
    return sum(use for use, here in found.items() if here)
