"""Compiled engine: which head of a queue is granted what, and which way a truck chooses."""

from sim.engine.compiled_jit import called, inlined

from sim.engine.compiled_heap import LAST
from sim.engine.compiled_program import (
    EMPTY_QUEUE, FITS, FROM, NEED, NEED_FROM, NEED_TO, OP, OPTION_WIDTH, OTHERWISE, SLOT, TO, Op, Use,
)  # fmt: skip
from sim.engine.compiled_state import NOW, Given, World
from sim.planning.plan import NEVER, Rule


@inlined
def first_grant(uses: int, given: Given, world: World, queue: int) -> tuple[int, int]:
    """The file whose head can do something, and by which exit; -1 = no head of the queue can.

    The exit is the number of the option granted, or the number of options: it goes elsewhere.
    """
    start, stop = given.queue_from[queue], given.queue_from[queue + 1]
    if not uses & Use.LINES:
        stop = start + 1
    if uses & Use.TIES and given.tied[queue]:
        return _first_tied(uses, given, world, start, stop)
    for k in range(start, stop):
        file = given.lines[k]
        if world.head[file] >= 0:
            way = exit_of(uses, given, world, world.head[file])
            if way >= 0:
                return file, way
    return -1, -1


@called
def _first_tied(uses: int, given: Given, world: World, start: int, stop: int) -> tuple[int, int]:
    """The same where files share levels: heads in order of (level, joining), by looking for the next one up."""
    last_level, last_joined = -LAST, -1
    while True:
        best, level, joined = -1, LAST, LAST
        for k in range(start, stop):
            file = given.lines[k]
            if world.head[file] < 0:
                continue
            this_level, this_joined = given.level[file], world.joined[world.head[file]]
            if (this_level, this_joined) > (last_level, last_joined) and (this_level, this_joined) < (level, joined):
                best, level, joined = file, this_level, this_joined
        if best < 0:
            return -1, -1
        way = exit_of(uses, given, world, world.head[best])
        if way >= 0:
            return best, way
        last_level, last_joined = level, joined


@inlined
def exit_of(uses: int, given: Given, world: World, truck: int) -> int:
    """The exit by which a truck may leave its file now; -1 = none."""
    row = world.at[truck]
    if not uses & Use.OPTIONS or given.rows[row + OP] == Op.ASK_ONE:
        return 0 if world.free[given.rows[row + NEED]] > 0 else -1
    return _exit_of_many(given, world, truck, row)


@called
def _exit_of_many(given: Given, world: World, truck: int, row: int) -> int:
    start, stop = given.rows[row + FROM], given.rows[row + TO]
    for option in range(start, stop):
        if _can_grant(given, world, truck, option * OPTION_WIDTH):
            return option - start
    return stop - start if given.rows[row + OTHERWISE] >= 0 else -1


@called
def _can_grant(given: Given, world: World, truck: int, option: int) -> bool:
    start, stop = given.options[option + NEED_FROM], given.options[option + NEED_TO]
    for k in range(start, stop):
        if world.free[given.units[k]] <= 0:
            return False
    empty, fits = given.options[option + EMPTY_QUEUE], given.options[option + FITS]
    if empty >= 0 and world.waiting[empty] > 0:
        return False
    if fits < 0:
        return True
    until = world.until[given.units[start]]
    return until == NEVER or world.cursor[NOW] + given.work[given.work_at[truck] + fits] <= until


@called
def choose(given: Given, world: World, truck: int, row: int) -> int:
    """The branch a truck takes, by the flag or the counts of this moment."""
    rule = given.rules[given.rows[row + FROM]]
    if rule[0] == Rule.FLAG:
        return world.flags[rule[1]]
    slot = given.rows[row + SLOT]
    draw = given.work[given.work_at[truck] + slot] if slot >= 0 else 0
    if rule[0] == Rule.AT_LEAST:
        return int(_count(given, world, rule[3]) >= rule[2] and draw == 0)
    fewest, equal = LAST, 0
    for branch in range(rule[3], rule[4]):
        count = _count(given, world, branch)
        equal = 1 if count < fewest else equal + int(count == fewest)
        fewest = min(fewest, count)
    skip = draw % equal
    for branch in range(rule[3], rule[4]):
        if _count(given, world, branch) == fewest:
            if skip == 0:
                return branch - rule[3]
            skip -= 1
    return -1


@called
def _count(given: Given, world: World, branch: int) -> int:
    """Trucks that hold a unit of what the branch looks at, are paused on one, or wait for one."""
    count = 0
    for k in range(given.branches[branch, 1], given.branches[branch, 2]):
        r = given.units[k]
        count += world.capacity[r] - world.free[r] + world.overtime[r] + world.paused[r]
    for k in range(given.branches[branch, 3], given.branches[branch, 4]):
        count += world.waiting[given.units[k]]
    return count
