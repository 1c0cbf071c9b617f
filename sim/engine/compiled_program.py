"""The step table in the form that is quickest to follow: one cache line a step, the common cases apart.

A row holds all that its step needs. A MOVE that only gives up units is done with the step before it: a truck
never rests at a MOVE, so nobody can see the difference.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from sim.planning.plan import Closing, Kind, Network, Table

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]

SHIFT = 4  # a row has 2**SHIFT columns; rows are named by the offset of their first
(OP, NEXT, SLOT, STAMP, GIVE, GIVE_TO, QUEUE, FILE, NEED, EXIT, FROM, TO, OTHERWISE, IMPATIENT, SERVER) = range(15)
OPTION_WIDTH = 8
(NEED_FROM, NEED_TO, OPTION_GIVE, OPTION_GIVE_TO, OPTION_NEXT, EMPTY_QUEUE, FITS) = range(7)


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
    """What a network uses. The engine is compiled for it, so that the rest costs nothing."""

    LINES = 1  # queues of several files
    TIES = 2  # some of which share a level, so that the order of joining counts
    OPTIONS = 4  # asks for several things, or with conditions, or with somewhere else to go
    PATIENCE = 8
    ELASTIC = 16
    TEAMS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What the compiled engine reads of a Network."""

    uses: int  # of Use
    rows: Int32s  # flat, 2**SHIFT columns a step; NEXT, OTHERWISE and IMPATIENT are offsets of rows
    units: Int32s  # those of the Network, and the joined lists of fused rows
    options: Int32s  # flat, OPTION_WIDTH columns
    rules: Int64s  # rule, flag, threshold, branch_from, branch_to
    branches: Int32s  # next, used_from, used_to, waiting_from, waiting_to
    lines: Int32s  # files of each queue by level: lines[queue_from[q]:queue_from[q + 1]]
    queue_from: Int32s
    tied: npt.NDArray[np.bool_]  # of each queue: some of its files share a level
    follow_from: Int32s  # queues with an option that holds only while q is empty:
    followers: Int32s  # followers[follow_from[q]:follow_from[q + 1]]


def program(network: Network) -> Program:
    """The quick form of a network's tables."""
    lines, queue_from, tied = _lines(network)
    follow_from, followers = _followers(network)
    rows = _rows(network)
    return Program(
        uses=_uses(network, rows, tied),
        units=_fuse(rows, network.units),
        rows=rows.reshape(-1),
        options=_options(network),
        rules=_flat(network.rules, ("rule", "flag", "threshold", "branch_from", "branch_to"), np.int64),
        branches=_branches(network),
        lines=lines,
        queue_from=queue_from,
        tied=tied,
        follow_from=follow_from,
        followers=followers,
    )


def _flat(table: Table, names: tuple[str, ...], dtype: type[np.signedinteger]) -> npt.NDArray[np.signedinteger]:
    flat = np.empty((len(table), len(names)), dtype)
    for k, name in enumerate(names):
        flat[:, k] = table[name]
    return flat


def _offset(steps: Int32s) -> Int32s:
    """Where the row of a step begins; -1 stays -1."""
    return np.where(steps >= 0, steps << SHIFT, -1).astype(np.int32)


def _options(network: Network) -> Int32s:
    names = ("need_from", "need_to", "give_from", "give_to", "next", "empty_queue", "fits")
    options = np.zeros((len(network.options), OPTION_WIDTH), np.int32)
    options[:, : len(names)] = _flat(network.options, names, np.int32)
    options[:, OPTION_NEXT] = _offset(network.options["next"])
    return options.reshape(-1)


def _branches(network: Network) -> Int32s:
    branches = _flat(network.branches, ("next", "used_from", "used_to", "waiting_from", "waiting_to"), np.int32)
    branches[:, 0] = _offset(network.branches["next"])
    return branches


def _lines(network: Network) -> tuple[Int32s, Int32s, npt.NDArray[np.bool_]]:
    level = network.files["level"]
    lines: list[int] = []
    start, tied = [0], []
    for row in network.queues:
        files = range(int(row["file_from"]), int(row["file_to"]))
        lines += sorted(files, key=lambda f: level[f])
        start.append(len(lines))
        tied.append(len({int(level[f]) for f in files}) < len(files))
    return np.array(lines, np.int32), np.array(start, np.int32), np.array(tied, np.bool_)


def _followers(network: Network) -> tuple[Int32s, Int32s]:
    found: list[list[int]] = [[] for _ in network.queues]
    for step in network.steps[network.steps["kind"] == Kind.ASK]:
        for empty in network.options["empty_queue"][step["option_from"] : step["option_to"]]:
            if empty >= 0 and step["queue"] not in found[empty]:
                found[empty].append(int(step["queue"]))
    start = np.cumsum([0, *map(len, found)])
    return start.astype(np.int32), np.array([queue for row in found for queue in row], np.int32)


def _rows(network: Network) -> Int32s:
    steps, options = network.steps, network.options
    kind = steps["kind"]
    rows = np.full((len(steps), 1 << SHIFT), -1, np.int32)
    rows[:, OP] = [_op(network, step) for step in steps]
    for column, name in ((SLOT, "work"), (STAMP, "stamp"), (GIVE, "give_from"), (GIVE_TO, "give_to"),
                         (QUEUE, "queue"), (FILE, "file"), (EXIT, "exit"), (SERVER, "server"),
                         (FROM, "option_from"), (TO, "option_to")):  # fmt: skip
        rows[:, column] = steps[name]
    for column, name in ((NEXT, "next"), (OTHERWISE, "otherwise"), (IMPATIENT, "impatient")):
        rows[:, column] = _offset(steps[name])
    rows[(kind != Kind.ASK) & (kind != Kind.WORK), STAMP] = -1
    rows[(kind != Kind.MOVE) & (kind != Kind.LEAVE), GIVE : GIVE_TO + 1] = 0
    rows[kind == Kind.LEAVE, NEXT] = -1
    rows[kind == Kind.LEAVE, FROM] = rows[kind == Kind.LEAVE, TO] = 0
    rows[kind == Kind.MOVE, FROM], rows[kind == Kind.MOVE, TO] = (
        steps[name][kind == Kind.MOVE] for name in ("take_from", "take_to"))  # fmt: skip
    rows[kind == Kind.CHOOSE, FROM] = steps["rule"][kind == Kind.CHOOSE]
    one = np.flatnonzero(rows[:, OP] == Op.ASK_ONE)
    option = options[steps["option_from"][one]]
    rows[one, NEED] = network.units[option["need_from"]]
    rows[one, NEXT] = _offset(option["next"])
    rows[one, GIVE], rows[one, GIVE_TO] = option["give_from"], option["give_to"]
    return rows


def _op(network: Network, step: Table) -> Op:
    match step["kind"]:
        case Kind.MOVE:
            return Op.MOVE
        case Kind.ASK:
            return Op.ASK_ONE if _is_one(network, step) else Op.ASK
        case Kind.CHOOSE:
            return Op.CHOOSE
        case Kind.LEAVE:
            return Op.LEAVE
    if step["kind"] == Kind.TRAVEL or step["server"] < 0:
        return Op.WORK
    server = network.resources[step["server"]]
    return Op.WORK_ELASTIC if server["elastic"] else Op.WORK_SLOW if server["slows_new"] else Op.WORK


def _is_one(network: Network, step: Table) -> bool:
    if step["option_to"] - step["option_from"] != 1 or max(step["otherwise"], step["impatient"], step["exit"]) >= 0:
        return False
    option = network.options[step["option_from"]]
    return bool(option["need_to"] - option["need_from"] == 1 and max(option["empty_queue"], option["fits"]) < 0)


def _fuse(rows: Int32s, units: Int32s) -> Int32s:
    """Let rows give up what the MOVE after them does, in place; the lists of units with those this needs."""
    lists = units.tolist()
    followed = {int(Op.WORK), int(Op.ASK_ONE), int(Op.WORK_SLOW), int(Op.WORK_ELASTIC)}
    for row in rows:
        while row[OP] in followed and row[NEXT] >= 0:
            then = rows[row[NEXT] >> SHIFT]
            if then[OP] != Op.MOVE or then[TO] > then[FROM]:
                break
            gives = lists[row[GIVE] : row[GIVE_TO]] + lists[then[GIVE] : then[GIVE_TO]]
            row[GIVE], row[GIVE_TO], row[NEXT] = len(lists), len(lists) + len(gives), then[NEXT]
            lists += gives
    return np.array(lists, np.int32)


def _uses(network: Network, rows: Int32s, tied: npt.NDArray[np.bool_]) -> int:
    return (
        Use.LINES * (len(network.files) > len(network.queues))
        | Use.TIES * bool(tied.any())
        | Use.OPTIONS * bool((rows[:, OP] == Op.ASK).any())
        | Use.PATIENCE * bool((network.steps["impatient"] >= 0).any())
        | Use.ELASTIC * bool(network.resources["elastic"].any())
        | Use.TEAMS * bool((network.resources["closing"] == Closing.HANDOVER).any())
    )
