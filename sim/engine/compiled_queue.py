"""Compiled engine: marking queues, which head is granted what, patience, and the ways trucks choose."""

from sim.engine import compiled_program as c
from sim.engine import compiled_state as m
from sim.engine.compiled_heap import LAST, push
from sim.engine.compiled_program import Int32s, Int64s, Op, Use
from sim.engine.compiled_state import Agenda, Files, Given, Patience, Services, Watches
from sim.planning.compiled_jit import called, inlined, sure
from sim.planning.plan import FULL_SLOPE, NEVER, Discipline, Rule


@inlined
def mark(agenda: Agenda, queue: int, marked_to: int) -> int:
    """The end of the agenda, with the queue on it once."""
    if not agenda.marked[queue]:
        agenda.marked[queue] = True
        agenda.ring[sure(marked_to & (len(agenda.ring) - 1))] = queue
        marked_to += 1
    return marked_to


@inlined
def mark_those(agenda: Agenda, units: Int32s, start: int, stop: int, marked_to: int) -> int:
    """The end of the agenda, with those of the queues on it that hold a truck."""
    for k in range(start, stop):
        queue = sure(units[sure(k)])
        if agenda.waiting[queue] > 0:
            marked_to = mark(agenda, queue, marked_to)
    return marked_to


@inlined
def first_grant(uses: int, g: Given, at: Int32s, s: Services, a: Agenda, f: Files, queue: int) -> tuple[int, int]:
    """The file whose head can do something, and by which exit; -1 = no head of the queue can.

    The exit is the number of the option granted, or the number of options: it goes elsewhere.
    """
    start, stop = g.queues[queue, c.LINES], g.queues[queue, c.LINES_TO]
    if uses & Use.ORDER and g.queues[queue, c.ORDER] >= 0:
        return _first_in_order(g, at, s, a, f, queue)
    if not uses & Use.LINES:
        stop = start + 1
    for k in range(start, stop):
        file = sure(g.units[sure(k)])
        truck = f.head[file]
        if truck >= 0:
            row = sure(at[truck])
            if not uses & Use.OPTIONS or g.rows[row + c.OP] == Op.ASK_ONE:
                way = 0 if s.free[sure(g.rows[row + c.NEED])] > 0 else -1
            else:
                way = exit_of(g, s, a, truck, row)
            if way >= 0:
                return file, way
    return -1, -1


@called
def _first_in_order(g: Given, at: Int32s, s: Services, a: Agenda, f: Files, queue: int) -> tuple[int, int]:
    """The same where more than distinct levels order the heads: always the next one behind the last looked at."""
    last = (-LAST, -LAST, -1)
    while True:
        best, place = -1, (LAST, LAST, LAST)
        for k in range(g.queues[queue, c.LINES], g.queues[queue, c.LINES_TO]):
            file = g.units[k]
            if f.head[file] >= 0:
                this = _place(g, f, s.counts[m.NOW], queue, file)
                if last < this < place:
                    best, place = file, this
        if best < 0:
            return -1, -1
        truck = f.head[best]
        way = exit_of(g, s, a, truck, at[truck])
        if way >= 0:
            return best, way
        last = place


@called
def _place(g: Given, f: Files, now: int, queue: int, file: int) -> tuple[int, int, int]:
    """What the head of a file is ordered by among the heads of its queue."""
    truck = f.head[file]
    level, joined = g.files[file, 0], f.joined[truck]
    order = g.queues[queue, c.ORDER]
    if order == Discipline.AGEING:
        return -(g.files[file, 2] * FULL_SLOPE + g.files[file, 1] * (now - f.since[truck])), 0, joined
    if order == Discipline.EXPIRY:
        return level, f.key[truck], joined
    if order == Discipline.CYCLE:
        return _turns_until(g, f, queue, level), level, joined
    return level, 0, joined


@called
def _turns_until(g: Given, f: Files, queue: int, level: int) -> int:
    """How many places of the pattern on from the present one a level is met; behind all, if it never is."""
    pattern, places = g.queues[queue, c.PATTERN], g.queues[queue, c.PATTERN_TO] - g.queues[queue, c.PATTERN]
    for k in range(places):
        if g.units[pattern + (f.turn[queue] + k) % places] == level:
            return k
    return int(places)


@called
def next_turn(g: Given, f: Files, queue: int, file: int) -> None:
    """The pattern goes on behind the place at which the level of a granted truck was met."""
    places = g.queues[queue, c.PATTERN_TO] - g.queues[queue, c.PATTERN]
    turns = _turns_until(g, f, queue, g.files[file, 0])
    if turns < places:
        f.turn[queue] = (f.turn[queue] + turns + 1) % places


@inlined
def touch(w: Watches, units: Int32s, start: int, stop: int, serial: int) -> int:
    """The next serial, with the state rules that count something that changes scheduled, each once."""
    for k in range(start, stop):
        if w.touched[units[k]] < 0:
            w.touched[units[k]] = serial
            serial += 1
            w.ring[w.counts[m.TOUCHED_TO] & (len(w.ring) - 1)] = units[k]
            w.counts[m.TOUCHED_TO] += 1
    return serial


@called
def look_at_watch(g: Given, s: Services, waiting: Int64s, w: Watches, flags: Int64s) -> None:
    """Set the flag of the state rule that was touched first, if its count has come to either of its levels."""
    watch = w.ring[w.counts[m.TOUCHED_FROM] & (len(w.ring) - 1)]
    w.counts[m.TOUCHED_FROM] += 1
    w.touched[watch] = -1
    flag, used, used_to, queues, queues_to, on, off = g.watches[watch]
    count = count_of(g.units, s, waiting, used, used_to, queues, queues_to)
    if count >= on:
        flags[flag] = 1
    elif count <= off:
        flags[flag] = 0


@called
def exit_of(g: Given, s: Services, a: Agenda, truck: int, row: int) -> int:
    """The exit by which a truck may leave its file now; -1 = none."""
    start, stop = g.rows[row + c.FROM], g.rows[row + c.TO]
    for number in range(start, stop):
        option = number * c.OPTION_WIDTH
        need, need_to = g.options[option + c.NEED_FROM], g.options[option + c.NEED_TO]
        free = True
        for k in range(need, need_to):
            free = free and s.free[g.units[k]] > 0
        empty, fits = g.options[option + c.EMPTY_QUEUE], g.options[option + c.FITS]
        if not free or (empty >= 0 and a.waiting[empty] > 0):
            continue
        if fits >= 0:
            until = s.resources[g.units[need], m.UNTIL]
            if until != NEVER and s.counts[m.NOW] + g.work[g.work_at[truck] + fits] > until:
                continue
        return int(number - start)
    return stop - start if g.rows[row + c.OTHERWISE] >= 0 else -1


@called
def unlink(f: Files, truck: int, file: int) -> None:
    """The truck leaves its file, wherever it stands in it."""
    before, behind = f.before[truck], f.behind[truck]
    if before >= 0:
        f.behind[before] = behind
    else:
        f.head[file] = behind
    if behind >= 0:
        f.before[behind] = before
    else:
        f.tail[file] = before
    f.joined[truck] = -1


@called
def be_patient(p: Patience, truck: int, patience: int, ends: int) -> None:
    """Schedule the end of the patience of a truck that has just joined a file."""
    counts = p.counts
    counts[m.STANDING] += 1
    if counts[m.LEAVING] > 2 * counts[m.STANDING] + 512:
        _drop_dead_patience(p)
    if patience < ends - counts[m.NOW]:
        word = (counts[m.NOW] + patience) << counts[m.BITS] | p.joined[truck]
        counts[m.LEAVING] = push(p.leaves, p.leave_of, counts[m.LEAVING], word, truck)


@called
def _drop_dead_patience(p: Patience) -> None:
    """Forget the patience of trucks that wait no longer."""
    size = p.counts[m.LEAVING]
    p.counts[m.LEAVING] = 0
    for k in range(size):
        word, truck = p.leaves[k], p.leave_of[k]
        p.leaves[k] = LAST
        if p.joined[truck] == word & ((1 << p.counts[m.BITS]) - 1):
            p.counts[m.LEAVING] = push(p.leaves, p.leave_of, p.counts[m.LEAVING], word, truck)


@called
def choose(g: Given, s: Services, waiting: Int64s, flags: Int64s, truck: int, row: int) -> int:
    """The branch a truck takes, by the flag or the counts of this moment."""
    rule, flag, threshold, start, stop = g.rules[g.rows[row + c.FROM]]
    if rule == Rule.FLAG:
        return int(flags[flag])
    slot = g.rows[row + c.SLOT]
    draw = g.work[g.work_at[truck] + slot] if slot >= 0 else 0
    if rule == Rule.AT_LEAST:
        return int(_score(g, s, waiting, start) >= threshold and draw == 0)
    least, equal = LAST, 0
    for branch in range(start, stop):
        score = _score(g, s, waiting, branch)
        equal = 1 if score < least else equal + int(score == least)
        least = min(least, score)
    skip = draw % equal
    for branch in range(start, stop):
        if _score(g, s, waiting, branch) == least:
            if skip == 0:
                return int(branch - start)
            skip -= 1
    return -1


@called
def _score(g: Given, s: Services, waiting: Int64s, branch: int) -> int:
    """What a rule compares of a branch."""
    _, used, used_to, queues, queues_to, base, each = g.branches[branch]
    return int(base + each * count_of(g.units, s, waiting, used, used_to, queues, queues_to))


@called
def count_of(units: Int32s, s: Services, waiting: Int64s, used: int, used_to: int, queues: int, queues_to: int) -> int:
    """Trucks that hold a unit of some resources, are paused on one, or wait in some queues."""
    count = 0
    for k in range(used, used_to):
        r = units[k]
        count += s.resources[r, m.CAPACITY] - s.free[r] + s.resources[r, m.OVERTIME] + s.resources[r, m.PAUSED]
    for k in range(queues, queues_to):
        count += waiting[units[k]]
    return count
