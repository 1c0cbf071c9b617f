"""The event loop of the compiled engine. It keeps the order of order.py, one event after the other.

The loop allocates nothing: its memory comes as arrays, and when one of them may become too small it returns
which, is given a longer one, and goes on where it was. Pending ends of work are a heap; arrivals and calendar are
streams beside it, and the marked queues a ring, in which each of them is once at most.
"""

from collections.abc import Callable

from sim.engine import compiled_program as c
from sim.engine import compiled_state as m
from sim.engine.compiled_heap import LAST, pop, push
from sim.engine.compiled_keyed import stand, step_out
from sim.engine.compiled_program import Int64s, Op, Use
from sim.engine.compiled_queue import (
    be_patient,
    choose,
    first_grant,
    look_at_watch,
    mark,
    mark_those,
    next_turn,
    touch,
    unlink,
)  # fmt: skip
from sim.engine.compiled_service import (
    drop_dead_ends,
    end_service,
    join_team,
    leave_team,
    pause_beyond_capacity,
    resume,
    set_speed,
    start_service,
)  # fmt: skip
from sim.engine.compiled_state import Agenda, Files, Given, Services, Teams, Watches, World
from sim.planning.compiled_jit import called, inlined, sure
from sim.planning.plan import FULL_SPEED, Change, Closing, Discipline

Loop = Callable[[Given, World, int], int]


@inlined
def take(uses: int, g: Given, s: Services, t: Teams, w: Watches, truck: int, resource: int, serial: int) -> int:
    """Hand one unit to a truck. The next serial."""
    s.free[resource] -= 1
    if uses & Use.TEAMS and s.resources[resource, m.CLOSING] == Closing.HANDOVER:
        join_team(t, truck, resource)
    if uses & Use.WATCHES:
        serial = touch(w, g.units, g.resources[resource, c.COUNTED], g.resources[resource, c.COUNTED_TO], serial)
    return serial


@inlined
def join(uses: int, g: Given, f: Files, truck: int, row: int, now: int, serial: int) -> bool:
    """Stand in a file. Whether that is at its head, so that the queue needs a look."""
    queue, file = sure(g.rows[row + c.QUEUE]), sure(g.rows[row + c.FILE])
    if uses & (Use.ORDER | Use.PATIENCE):
        f.joined[truck] = serial
    if uses & Use.ORDER:
        if g.queues[queue, c.ORDER] == Discipline.AGEING:
            f.since[truck] = now
        if uses & Use.KEYS and g.queues[queue, c.ORDER] == Discipline.EXPIRY:
            f.key[truck] = g.work[g.work_at[truck] + g.rows[row + c.KEY_SLOT]] if g.rows[row + c.KEY_SLOT] >= 0 else 0
            stand(f, truck, int(file))
            return bool(f.head[file] == truck)
    if f.head[file] < 0:
        f.head[file] = truck
        if uses & Use.PATIENCE:
            f.before[truck] = -1
    else:
        f.behind[sure(f.tail[file])] = truck
        if uses & Use.PATIENCE:
            f.before[truck] = f.tail[file]
    f.tail[file] = truck
    f.behind[truck] = -1
    return bool(f.head[file] == truck)


@inlined
def go(uses: int, g: Given, f: Files, truck: int, queue: int, file: int) -> None:
    """Leave a file."""
    if uses & Use.KEYS and g.queues[queue, c.ORDER] == Discipline.EXPIRY:
        step_out(f, truck, file)
    elif uses & Use.PATIENCE:
        unlink(f, truck, file)
    else:
        f.head[file] = f.behind[truck]


@called
def change(g: Given, s: Services, flags: Int64s, agenda: Agenda, trucks: int, ends: int) -> None:
    """Carry out the next row of the calendar."""
    row = s.counts[m.ROW]
    s.counts[m.ROW] += 1
    what, target, value = g.changes[row, m.WHAT], g.changes[row, m.TARGET], g.changes[row, m.VALUE]
    if what == Change.FLAG:
        flags[target] = value
    elif what == Change.SPEED:
        set_speed(s, trucks, ends, target, value)
    else:
        of = s.resources[target]
        busy = of[m.CAPACITY] - s.free[target]
        if what == Change.SHIFT:
            of[m.OVERTIME] += busy
            of[m.TEAM] += 1
            busy = 0
        of[m.CAPACITY], of[m.UNTIL] = value, g.changes[row, m.CHANGE_UNTIL]
        s.free[target] = value - busy
        if of[m.CLOSING] == Closing.PAUSE:
            pause_beyond_capacity(s, target)
            resume(s, trucks, ends, target)
        start, stop = g.resources[target, c.WAITERS], g.resources[target, c.WAITERS_TO]
        s.counts[m.AGENDA_TO] = mark_those(agenda, g.units, start, stop, s.counts[m.AGENDA_TO])
    if s.counts[m.DEAD] > 512 + s.counts[m.PENDING] // 2:
        drop_dead_ends(s, trucks)


@inlined
def short_of(uses: int, world: World, units: int, pending: int, serials: int) -> int:
    """What may become too small in the next event; 0 = nothing. `serials` are left."""
    s, counts = world.services, world.services.counts
    services = counts[m.SERVICES] if uses & Use.ELASTIC else 0
    if pending + services + 3 >= len(s.ends):
        return 1
    if uses & Use.PATIENCE and counts[m.LEAVING] + 3 >= len(world.patience.leaves):
        return 2
    if uses & Use.ELASTIC:
        if services + 1 >= len(s.services):
            return 3
        if counts[m.PAUSES] + services + 1 >= len(s.pauses):
            return 4
    if uses & Use.TEAMS and counts[m.MEMBERS] + units >= len(world.teams.members):
        return 5
    return m.SERIALS if serials <= services else 0


def loop(uses: int, code: int) -> Loop:  # noqa: C901, PLR0915  a state machine is read in one piece, and quicker so
    """The event loop for networks that use this and no more; `code` names the state of its sources."""

    def run(given: Given, world: World, ends: int) -> int:  # noqa: C901, PLR0912, PLR0915
        """0 when the end is reached, else the number of what needs more room."""
        assert code >= 0  # part of the loop only so that what is kept on disk is not used when a source has changed
        agenda, files, services, teams, patience, watches = (
            world.agenda, world.files, world.services, world.teams, world.patience, world.watches)  # fmt: skip
        rows, units, options, work, work_at = given.rows, given.units, given.options, given.work, given.work_at
        stamps, stamp_at, at, free, waiting = world.stamps, given.stamp_at, world.at, services.free, agenda.waiting
        head, due, due_of, queues = files.head, services.ends, services.end_of, given.queues
        counts, enters, resources = services.counts, given.enters, services.resources
        trucks, wraps, watched = len(at), len(agenda.ring) - 1, len(watches.ring) - 1
        now, serial, pending, arrival = counts[m.NOW], counts[m.SERIAL], counts[m.PENDING], counts[m.ARRIVAL]
        marked_from, marked_to, looking = counts[m.AGENDA_FROM], counts[m.AGENDA_TO], counts[m.LOOKING]
        bits = counts[m.BITS]
        serials = (1 << bits) - 1
        enough = serials - (serials >> 2)  # one event takes a serial for each service at most, and a few more
        arrives = enters[arrival] if arrival < len(enters) else LAST
        changes = given.changes[counts[m.ROW], m.TIME]
        while True:
            short = short_of(uses, world, len(units), pending, enough - serial)
            if short > 0:
                break

            # 1. What happens next: to which truck, what it gives up, and at which row it goes on
            if looking < 0:
                soonest = min(due[0] >> bits, arrives, changes)
                if marked_from != marked_to and soonest > now:
                    looking = sure(agenda.ring[marked_from & wraps])
                    agenda.marked[looking] = False
                    marked_from += 1
            if looking >= 0:
                file, way = first_grant(uses, given, at, services, agenda, files, looking)
                if file < 0:
                    looking = -1
                    continue
                truck = sure(head[file])
                row = sure(at[truck])
                go(uses, given, files, truck, looking, file)
                waiting[looking] -= 1
                if uses & Use.WATCHES:
                    serial = touch(watches, units, queues[looking, c.WATCHED], queues[looking, c.WATCHED_TO], serial)
                if uses & Use.OPTIONS and waiting[looking] == 0:
                    follow, follow_to = queues[looking, c.FOLLOWERS], queues[looking, c.FOLLOWERS_TO]
                    marked_to = mark_those(agenda, units, follow, follow_to, marked_to)
                if uses & Use.PATIENCE:
                    counts[m.STANDING] -= int(rows[row + c.IMPATIENT] >= 0)
                if (
                    uses & Use.ORDER
                    and queues[looking, c.ORDER] == Discipline.CYCLE
                    and (rows[row + c.OP] == Op.ASK_ONE or rows[row + c.FROM] + way < rows[row + c.TO])
                ):
                    next_turn(given, files, looking, file)
                stamp = rows[row + c.STAMP]
                if not uses & Use.OPTIONS or rows[row + c.OP] == Op.ASK_ONE:
                    serial = take(uses, given, services, teams, watches, truck, sure(rows[row + c.NEED]), serial)
                    give, give_to, then = rows[row + c.GIVE], rows[row + c.GIVE_TO], rows[row + c.NEXT]
                else:
                    if rows[row + c.EXIT] >= 0:
                        stamps[stamp_at[truck] + rows[row + c.EXIT]] = way
                    if rows[row + c.FROM] + way < rows[row + c.TO]:
                        option = (rows[row + c.FROM] + way) * c.OPTION_WIDTH
                        for k in range(options[option + c.NEED_FROM], options[option + c.NEED_TO]):
                            serial = take(uses, given, services, teams, watches, truck, int(units[k]), serial)
                        give, give_to = options[option + c.OPTION_GIVE], options[option + c.OPTION_GIVE_TO]
                        then = options[option + c.OPTION_NEXT]
                    else:
                        give, give_to, then = 0, 0, rows[row + c.OTHERWISE]
            elif (
                uses & Use.WATCHES
                and counts[m.TOUCHED_FROM] != counts[m.TOUCHED_TO]
                and soonest > now
                and not (
                    patience.leaves[0] >> bits == now
                    and patience.leaves[0] & serials < watches.touched[watches.ring[counts[m.TOUCHED_FROM] & watched]]
                )
            ):
                look_at_watch(given, services, waiting, watches, world.flags)
                continue
            elif uses & Use.PATIENCE and patience.leaves[0] >> bits < soonest:
                word, truck = patience.leaves[0], int(patience.leave_of[0])
                now = word >> bits
                counts[m.NOW] = now
                counts[m.LEAVING] = pop(patience.leaves, patience.leave_of, counts[m.LEAVING])
                if files.joined[truck] != word & serials:
                    continue
                row = at[truck]
                queue, file = int(rows[row + c.QUEUE]), int(rows[row + c.FILE])
                was_head = head[file] == truck
                go(uses, given, files, truck, queue, file)
                counts[m.STANDING] -= 1
                waiting[queue] -= 1
                if uses & Use.WATCHES:
                    serial = touch(watches, units, queues[queue, c.WATCHED], queues[queue, c.WATCHED_TO], serial)
                if waiting[queue] == 0:
                    follow, follow_to = queues[queue, c.FOLLOWERS], queues[queue, c.FOLLOWERS_TO]
                    marked_to = mark_those(agenda, units, follow, follow_to, marked_to)
                if was_head and head[file] >= 0:
                    marked_to = mark(agenda, queue, marked_to)
                if rows[row + c.EXIT] >= 0:
                    stamps[stamp_at[truck] + rows[row + c.EXIT]] = rows[row + c.TO] - rows[row + c.FROM] + 1
                give, give_to, then, stamp = 0, 0, rows[row + c.IMPATIENT], rows[row + c.STAMP]
            elif soonest >= ends:
                break
            else:
                now = soonest
                counts[m.NOW] = now
                if changes == now:
                    counts[m.SERIAL], counts[m.PENDING], counts[m.AGENDA_TO] = serial, pending, marked_to
                    change(given, services, world.flags, agenda, trucks, ends)
                    serial, pending, marked_to = counts[m.SERIAL], counts[m.PENDING], counts[m.AGENDA_TO]
                    changes = given.changes[counts[m.ROW], m.TIME]
                    continue
                if due[0] >> bits == now:
                    word, truck = due[0], sure(due_of[0])
                    pending = pop(due, due_of, pending)
                    if uses & Use.ELASTIC and truck >= trucks:
                        service = truck - trucks
                        if services.services[service, m.KEY] != word:
                            counts[m.DEAD] -= 1
                            continue
                        truck = services.services[service, m.TRUCK]
                        end_service(services, service, int(rows[at[truck] + c.SERVER]))
                    row = sure(at[truck])
                    stamp = rows[row + c.STAMP]
                    give, give_to, then = rows[row + c.GIVE], rows[row + c.GIVE_TO], rows[row + c.NEXT]
                else:
                    truck = arrival
                    give, give_to, then, stamp = 0, 0, given.first[truck] << c.SHIFT, -1
                    arrival += 1
                    arrives = enters[arrival] if arrival < len(enters) else LAST

            # 2. The truck goes on until it asks, works, travels or leaves
            while True:
                while give < give_to:
                    resource = sure(units[sure(give)])
                    give += 1
                    if uses & Use.WATCHES:
                        start, stop = given.resources[resource, c.COUNTED], given.resources[resource, c.COUNTED_TO]
                        serial = touch(watches, units, start, stop, serial)
                    if (
                        uses & Use.TEAMS
                        and resources[resource, m.CLOSING] == Closing.HANDOVER
                        and not leave_team(teams, truck, resource)
                    ):
                        resources[resource, m.OVERTIME] -= 1
                        continue
                    free[resource] += 1
                    if uses & Use.ELASTIC and resources[resource, m.PAUSED] > 0:
                        counts[m.SERIAL], counts[m.PENDING] = serial, pending
                        resume(services, trucks, ends, resource)
                        serial, pending = counts[m.SERIAL], counts[m.PENDING]
                    start, stop = given.resources[resource, c.WAITERS], given.resources[resource, c.WAITERS_TO]
                    marked_to = mark_those(agenda, units, start, stop, marked_to)
                if stamp >= 0:
                    stamps[sure(stamp_at[truck] + stamp)] = now
                if then < 0:
                    break
                row = sure(then)
                op = rows[row + c.OP]
                if op == Op.WORK or op == Op.WORK_SLOW:  # noqa: PLR1714  a tuple is slower here
                    at[truck] = row
                    lasts = work[sure(work_at[truck] + rows[row + c.SLOT])]
                    if op == Op.WORK_SLOW:
                        lasts = -(-lasts * FULL_SPEED // resources[rows[row + c.SERVER], m.SPEED])
                    if lasts < ends - now:
                        pending = push(due, due_of, pending, (now + lasts) << bits | serial, truck)
                        serial += 1
                    break
                if op == Op.ASK_ONE or (uses & Use.OPTIONS and op == Op.ASK):
                    queue = sure(rows[row + c.QUEUE])
                    # when nothing else is left for this instant, the look at this queue would come next: do it now
                    if (
                        op == Op.ASK_ONE
                        and waiting[queue] == 0
                        and free[sure(rows[row + c.NEED])] > 0
                        and marked_from == marked_to
                        and min(due[0] >> bits, arrives) > now
                        and (looking < 0 or (looking != queue and waiting[looking] == 0))
                        and (not uses & (Use.OPTIONS | Use.ORDER) or queues[queue, c.DIRECT])
                    ):
                        looking = queue
                        if uses & Use.WATCHES:
                            start, stop = queues[queue, c.WATCHED], queues[queue, c.WATCHED_TO]
                            serial = touch(watches, units, start, stop, serial)
                        serial = take(uses, given, services, teams, watches, truck, sure(rows[row + c.NEED]), serial)
                        stamp = rows[row + c.STAMP]
                        give, give_to, then = rows[row + c.GIVE], rows[row + c.GIVE_TO], rows[row + c.NEXT]
                        continue
                    at[truck] = row
                    waiting[queue] += 1
                    if uses & Use.WATCHES:
                        serial = touch(watches, units, queues[queue, c.WATCHED], queues[queue, c.WATCHED_TO], serial)
                    if join(uses, given, files, truck, row, now, serial):
                        marked_to = mark(agenda, queue, marked_to)
                    serial += 1
                    if uses & Use.PATIENCE and rows[row + c.IMPATIENT] >= 0:
                        lasts = work[work_at[truck] + rows[row + c.SLOT]]
                        if rows[row + c.FROM_ARRIVAL] == 1:
                            lasts = max(0, given.arrived[truck] + lasts - now)
                        be_patient(patience, truck, lasts, ends)
                    break
                if op == Op.LEAVE or op == Op.MOVE:  # noqa: PLR1714
                    at[truck] = row
                    for k in range(rows[row + c.FROM], rows[row + c.TO]):
                        serial = take(uses, given, services, teams, watches, truck, int(units[k]), serial)
                    give, give_to, then, stamp = rows[row + c.GIVE], rows[row + c.GIVE_TO], rows[row + c.NEXT], -1
                elif uses & Use.ELASTIC and op == Op.WORK_ELASTIC:
                    at[truck] = row
                    counts[m.SERIAL], counts[m.PENDING] = serial, pending
                    lasts = work[work_at[truck] + rows[row + c.SLOT]]
                    start_service(services, trucks, ends, truck, int(rows[row + c.SERVER]), lasts)
                    serial, pending = counts[m.SERIAL], counts[m.PENDING]
                    break
                else:
                    branch = choose(given, services, waiting, world.flags, truck, row)
                    if rows[row + c.EXIT] >= 0:
                        stamps[stamp_at[truck] + rows[row + c.EXIT]] = branch
                    give, give_to, stamp = 0, 0, -1
                    then = given.branches[given.rules[rows[row + c.FROM], 3] + branch, 0]
        counts[m.SERIAL], counts[m.PENDING], counts[m.ARRIVAL] = serial, pending, arrival
        counts[m.AGENDA_FROM], counts[m.AGENDA_TO], counts[m.LOOKING] = marked_from, marked_to, looking
        return short

    return run
