"""The event loop of the compiled engine. It keeps the order of order.py, one event after the other.

The loop allocates nothing: its memory comes as arrays, and when one of them may become too small it returns
which, is given a longer one, and goes on where it was. Pending ends of work are a heap; arrivals and calendar are
streams beside it, and the marked queues a ring, in which each of them is once at most.
"""

from collections.abc import Callable

from sim.engine.compiled_jit import called, inlined

from sim.engine.compiled_heap import BITS, LAST, MASK, pop, push
from sim.engine.compiled_program import (
    EXIT, FILE, FROM, GIVE, GIVE_TO, IMPATIENT, NEED, NEED_FROM, NEED_TO, NEXT, OP, OPTION_GIVE, OPTION_GIVE_TO,
    OPTION_NEXT, OPTION_WIDTH, OTHERWISE, QUEUE, SERVER, SLOT, STAMP, TO, Op, Use,
)  # fmt: skip
from sim.engine.compiled_rules import choose, first_grant
from sim.engine.compiled_service import (
    end_service, join_team, leave_team, pause_beyond_capacity, resume, set_speed, start_service,
)  # fmt: skip
from sim.engine.compiled_state import (
    AGENDA_FROM, AGENDA_TO, ARRIVAL, CHANGE, DEAD, LEAVING, LOOKING, MEMBERS, NOW, PAUSES, PENDING, SERIAL, SERVICES,
    STANDING, Given, World,
)  # fmt: skip
from sim.planning.plan import FULL_SPEED, Change, Closing

Loop = Callable[[Given, World, int], int]


@inlined
def mark(world: World, queue: int, marked_to: int) -> int:
    """The end of the agenda, with the queue on it once."""
    if not world.marked[queue]:
        world.marked[queue] = True
        world.agenda[marked_to & (len(world.agenda) - 1)] = queue
        marked_to += 1
    return marked_to


@inlined
def mark_watchers(given: Given, world: World, resource: int, marked_to: int) -> int:
    """The end of the agenda, with the queues on it that wait for units of the resource."""
    for k in range(given.watch_from[resource], given.watch_from[resource + 1]):
        if world.waiting[given.watchers[k]] > 0:
            marked_to = mark(world, given.watchers[k], marked_to)
    return marked_to


@called
def mark_followers(given: Given, world: World, queue: int, marked_to: int) -> int:
    """The end of the agenda, with the queues on it that wait for this one to be empty."""
    for k in range(given.follow_from[queue], given.follow_from[queue + 1]):
        if world.waiting[given.followers[k]] > 0:
            marked_to = mark(world, given.followers[k], marked_to)
    return marked_to


@inlined
def take(uses: int, given: Given, world: World, truck: int, resource: int) -> None:
    """Hand one unit to a truck."""
    world.free[resource] -= 1
    if uses & Use.TEAMS and given.closing[resource] == Closing.HANDOVER:
        join_team(world, truck, resource)


@called
def change(given: Given, world: World, trucks: int, ends: int, row: int) -> None:
    """Carry out one row of the calendar."""
    c = world.cursor
    what, target, value = given.change_what[row], given.change_target[row], given.change_value[row]
    if what == Change.FLAG:
        world.flags[target] = value
    elif what == Change.SPEED:
        set_speed(world, trucks, ends, target, value)
    else:
        busy = world.capacity[target] - world.free[target]
        if what == Change.SHIFT:
            world.overtime[target] += busy
            world.team[target] += 1
            busy = 0
        world.capacity[target], world.until[target] = value, given.change_until[row]
        world.free[target] = value - busy
        if given.closing[target] == Closing.PAUSE:
            pause_beyond_capacity(world, target)
            resume(world, trucks, ends, target)
        c[AGENDA_TO] = mark_watchers(given, world, target, c[AGENDA_TO])


@called
def drop_dead_ends(world: World, trucks: int) -> None:
    """Forget ends of services that were put off or paused, before they outnumber the live ones."""
    c, size = world.cursor, world.cursor[PENDING]
    c[PENDING] = c[DEAD] = 0
    for k in range(size):
        time, key = world.end_time[k], world.end_key[k]
        world.end_time[k] = LAST
        service = (key & MASK) - trucks
        if service < 0 or world.key[service] == key:
            c[PENDING] = push(world.end_time, world.end_key, c[PENDING], time, key)


@called
def drop_dead_patience(world: World) -> None:
    """Forget the patience of trucks that wait no longer."""
    c, size = world.cursor, world.cursor[LEAVING]
    c[LEAVING] = 0
    for k in range(size):
        time, key = world.leave_time[k], world.leave_key[k]
        world.leave_time[k] = LAST
        if world.joined[key & MASK] == key >> BITS:
            c[LEAVING] = push(world.leave_time, world.leave_key, c[LEAVING], time, key)


@called
def unlink(world: World, truck: int, file: int) -> None:
    """The truck leaves its file, wherever it stands in it."""
    before, behind = world.before[truck], world.behind[truck]
    if before >= 0:
        world.behind[before] = behind
    else:
        world.head[file] = behind
    if behind >= 0:
        world.before[behind] = before
    else:
        world.tail[file] = before
    world.joined[truck] = -1


@called
def be_patient(given: Given, world: World, truck: int, row: int, ends: int) -> None:
    """Schedule the end of the patience of a truck that has just joined a file."""
    c = world.cursor
    c[STANDING] += 1
    if c[LEAVING] > 2 * c[STANDING] + 512:
        drop_dead_patience(world)
    patience = given.work[given.work_at[truck] + given.rows[row + SLOT]]
    if patience < ends - c[NOW]:
        key = world.joined[truck] << BITS | truck
        c[LEAVING] = push(world.leave_time, world.leave_key, c[LEAVING], c[NOW] + patience, key)


def loop(uses: int) -> Loop:
    """The event loop for networks that use this and no more."""

    def run(given: Given, world: World, ends: int) -> int:
        """0 when the end is reached, else the number of what needs more room."""
        c, rows, units, work, work_at = world.cursor, given.rows, given.units, given.work, given.work_at
        stamps, stamp_at, at, free, waiting = world.stamps, given.stamp_at, world.at, world.free, world.waiting
        end_time, end_key, trucks = world.end_time, world.end_key, len(world.at)
        head, tail, behind = world.head, world.tail, world.behind
        now, serial, pending, arrival = c[NOW], c[SERIAL], c[PENDING], c[ARRIVAL]
        marked_from, marked_to, looking = c[AGENDA_FROM], c[AGENDA_TO], c[LOOKING]
        arrives, changes = given.enters[arrival], given.change_time[c[CHANGE]]
        short = 0
        while True:
            if pending + 3 + (c[SERVICES] if uses & Use.ELASTIC else 0) >= len(end_time):
                short = 1
            if uses & Use.PATIENCE and c[LEAVING] + 3 >= len(world.leave_time):
                short = 2
            if uses & Use.ELASTIC and c[SERVICES] + 1 >= len(world.key):
                short = 3
            if uses & Use.ELASTIC and 4 * (c[PAUSES] + c[SERVICES] + 1) >= len(world.pauses):
                short = 4
            if uses & Use.TEAMS and c[MEMBERS] + len(units) + 1 >= len(world.member_of):
                short = 5
            if short:
                break

            # 1. What happens next: to which truck, what it gives up, and at which row it goes on
            if looking < 0:
                soonest = min(end_time[0], min(arrives, changes))
                if marked_from != marked_to and soonest > now:
                    looking = world.agenda[marked_from & (len(world.agenda) - 1)]
                    world.marked[looking] = False
                    marked_from += 1
            if looking >= 0:
                file, way = first_grant(uses, given, world, looking)
                if file < 0:
                    looking = -1
                    continue
                truck = head[file]
                row = at[truck]
                waiting[looking] -= 1
                if uses & Use.OPTIONS and waiting[looking] == 0:
                    marked_to = mark_followers(given, world, looking, marked_to)
                if uses & Use.PATIENCE:
                    c[STANDING] -= rows[row + IMPATIENT] >= 0
                    unlink(world, truck, file)
                else:
                    head[file] = behind[truck]
                if not uses & Use.OPTIONS or rows[row + OP] == Op.ASK_ONE:
                    take(uses, given, world, truck, rows[row + NEED])
                    give, give_to, then = rows[row + GIVE], rows[row + GIVE_TO], rows[row + NEXT]
                else:
                    if rows[row + EXIT] >= 0:
                        stamps[stamp_at[truck] + rows[row + EXIT]] = way
                    option = (rows[row + FROM] + way) * OPTION_WIDTH
                    if rows[row + FROM] + way < rows[row + TO]:
                        for k in range(given.options[option + NEED_FROM], given.options[option + NEED_TO]):
                            take(uses, given, world, truck, units[k])
                        give, give_to = given.options[option + OPTION_GIVE], given.options[option + OPTION_GIVE_TO]
                        then = given.options[option + OPTION_NEXT]
                    else:
                        give, give_to, then = 0, 0, rows[row + OTHERWISE]
                stamp = rows[row + STAMP]
            elif uses & Use.PATIENCE and world.leave_time[0] < soonest:
                now, key = world.leave_time[0], world.leave_key[0]
                c[NOW] = now
                c[LEAVING] = pop(world.leave_time, world.leave_key, c[LEAVING])
                truck = key & MASK
                if world.joined[truck] != key >> BITS:
                    continue
                row = at[truck]
                c[STANDING] -= 1
                queue, file = rows[row + QUEUE], rows[row + FILE]
                was_head = head[file] == truck
                unlink(world, truck, file)
                waiting[queue] -= 1
                if waiting[queue] == 0:
                    marked_to = mark_followers(given, world, queue, marked_to)
                if was_head and head[file] >= 0:
                    marked_to = mark(world, queue, marked_to)
                if rows[row + EXIT] >= 0:
                    stamps[stamp_at[truck] + rows[row + EXIT]] = rows[row + TO] - rows[row + FROM] + 1
                give, give_to, then, stamp = 0, 0, rows[row + IMPATIENT], rows[row + STAMP]
            elif soonest >= ends:
                break
            else:
                now = soonest
                c[NOW] = now
                if changes == now:
                    c[SERIAL], c[PENDING], c[AGENDA_TO] = serial, pending, marked_to
                    change(given, world, trucks, ends, c[CHANGE])
                    c[CHANGE] += 1
                    changes = given.change_time[c[CHANGE]]
                    if uses & Use.ELASTIC and c[DEAD] > 512 + c[PENDING] // 2:
                        drop_dead_ends(world, trucks)
                    serial, pending, marked_to = c[SERIAL], c[PENDING], c[AGENDA_TO]
                    continue
                if end_time[0] == now:
                    key = end_key[0]
                    truck = key & MASK
                    pending = pop(end_time, end_key, pending)
                    if uses & Use.ELASTIC and truck >= trucks:
                        service = truck - trucks
                        if world.key[service] != key:
                            c[DEAD] -= 1
                            continue
                        truck = world.truck[service]
                        end_service(world, service, rows[at[truck] + SERVER])
                    row = at[truck]
                    give, give_to, then, stamp = rows[row + GIVE], rows[row + GIVE_TO], rows[row + NEXT], rows[row + STAMP]
                else:
                    truck = arrival
                    give, give_to, then, stamp = 0, 0, given.first[truck], -1
                    arrival += 1
                    arrives = given.enters[arrival]

            # 2. The truck goes on until it asks, works, travels or leaves
            while True:
                while give < give_to:
                    resource = units[give]
                    give += 1
                    if uses & Use.TEAMS and given.closing[resource] == Closing.HANDOVER:
                        if not leave_team(world, truck, resource):
                            world.overtime[resource] -= 1
                            continue
                    free[resource] += 1
                    if uses & Use.ELASTIC and world.paused[resource] > 0:
                        c[SERIAL], c[PENDING] = serial, pending
                        resume(world, trucks, ends, resource)
                        serial, pending = c[SERIAL], c[PENDING]
                    marked_to = mark_watchers(given, world, resource, marked_to)
                if stamp >= 0:
                    stamps[stamp_at[truck] + stamp] = now
                if then < 0:
                    break
                row = then
                op = rows[row + OP]
                if op == Op.WORK or op == Op.WORK_SLOW:
                    at[truck] = row
                    lasts = work[work_at[truck] + rows[row + SLOT]]
                    if op == Op.WORK_SLOW:
                        lasts = -(-lasts * FULL_SPEED // world.speed[rows[row + SERVER]])
                    if lasts < ends - now:
                        pending = push(end_time, end_key, pending, now + lasts, serial << BITS | truck)
                        serial += 1
                    break
                elif op == Op.ASK_ONE or (uses & Use.OPTIONS and op == Op.ASK):
                    queue = rows[row + QUEUE]
                    if op == Op.ASK_ONE and waiting[queue] == 0 and free[rows[row + NEED]] > 0:
                        # nothing else can happen before this queue would be looked at
                        if marked_from == marked_to and min(end_time[0], arrives) > now and (
                            looking < 0 or (looking != queue and waiting[looking] == 0)
                        ) and not (uses & Use.OPTIONS and given.follow_from[queue] < given.follow_from[queue + 1]):
                            looking = queue  # its look goes on when the truck has come to rest
                            take(uses, given, world, truck, rows[row + NEED])
                            give, give_to, then, stamp = rows[row + GIVE], rows[row + GIVE_TO], rows[row + NEXT], rows[row + STAMP]
                            continue
                    at[truck] = row
                    file = rows[row + FILE]
                    if head[file] < 0:
                        head[file] = truck
                        marked_to = mark(world, queue, marked_to)
                        if uses & Use.PATIENCE:
                            world.before[truck] = -1
                    else:
                        behind[tail[file]] = truck
                        if uses & Use.PATIENCE:
                            world.before[truck] = tail[file]
                    tail[file] = truck
                    behind[truck] = -1
                    waiting[queue] += 1
                    if uses & (Use.TIES | Use.PATIENCE):
                        world.joined[truck] = serial
                        serial += 1
                    if uses & Use.PATIENCE and rows[row + IMPATIENT] >= 0:
                        be_patient(given, world, truck, row, ends)
                    break
                elif op == Op.LEAVE or op == Op.MOVE:
                    at[truck] = row
                    for k in range(rows[row + FROM], rows[row + TO]):
                        take(uses, given, world, truck, units[k])
                    give, give_to, then, stamp = rows[row + GIVE], rows[row + GIVE_TO], rows[row + NEXT], -1
                elif uses & Use.ELASTIC and op == Op.WORK_ELASTIC:
                    at[truck] = row
                    c[SERIAL], c[PENDING] = serial, pending
                    lasts = work[work_at[truck] + rows[row + SLOT]]
                    start_service(world, trucks, ends, truck, rows[row + SERVER], lasts)
                    serial, pending = c[SERIAL], c[PENDING]
                    break
                else:
                    branch = choose(given, world, truck, row)
                    if rows[row + EXIT] >= 0:
                        stamps[stamp_at[truck] + rows[row + EXIT]] = branch
                    rule = rows[row + FROM]
                    give, give_to, then, stamp = 0, 0, given.branches[given.rules[rule, 3] + branch, 0], -1
        c[SERIAL], c[PENDING], c[ARRIVAL] = serial, pending, arrival
        c[AGENDA_FROM], c[AGENDA_TO], c[LOOKING] = marked_from, marked_to, looking
        return short

    return run
