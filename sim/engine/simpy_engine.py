"""The model in SimPy: one generator a truck, from its arrival to its leaving. The reference to read.

It follows the route programs of the Plan, draws nothing, and writes only timestamps. The order of events at
one instant is that of order.py: each event carries its rank as SimPy's priority.
"""

import gc
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count, pairwise
from typing import Any

import numpy as np
import simpy

from sim.engine.clock import Again, Clock, Later, follow, happen
from sim.engine.order import Rank
from sim.engine.queues import Ask, File, Look, Queue
from sim.engine.resources import Resource
from sim.engine.watches import Watch
from sim.planning.plan import NEVER, STEP, Change, Kind, Network, Plan, Rule
from sim.trace import Trace


@dataclass(slots=True)
class Option:
    """One way in which an ASK can be granted."""

    number: int
    needs: list[Resource]
    gives: list[Resource]
    next: "Step"
    empty_queue: Queue | None
    fits: int
    plain: bool  # no condition but that its needs are free


@dataclass(slots=True)
class Branch:
    """One way on from a CHOOSE."""

    next: "Step"
    used: list[Resource]
    waiting: list[Queue]
    base: int
    each: int

    def score(self) -> int:
        """What the rule compares, by the counts of this moment."""
        return self.base + self.each * count_of(self.used, self.waiting)


@dataclass(slots=True)
class Step:
    """A row of the step table, its indices replaced by what they point at."""

    index: int
    kind: int
    work: int
    stamp: int
    exit: int
    next: Any = None
    queue: Any = None
    file: Any = None
    options: tuple[Option, ...] = ()
    otherwise: Any = None
    impatient: Any = None
    key: int = -1
    from_arrival: bool = False
    paced: Any = None  # the server of a WORK, if what it does or is done to it changes how long the work takes
    takes: list[Resource] | tuple[()] = ()
    gives: list[Resource] | tuple[()] = ()
    rule: int = -1
    flag: int = -1
    threshold: int = 0
    branches: tuple[Branch, ...] = ()


def simulate(plan: Plan) -> Trace:
    """The Trace of a Plan."""
    border = Border(plan)
    follow(calendar(border))
    follow(arrivals(border))
    with _no_search_for_cycles():
        border.env.pass_until(plan.ends)
    rows = np.array(border.pauses, np.int64).reshape(-1, 4)
    return Trace(stamps=np.array(border.stamps, np.int64), step=np.array(border.at, np.int32), paused=rows)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Trucks that wait are many and live long; searching them for cycles again and again costs a tenth of a run."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Border:
    """The state of the simulated world: clock, resources, queues, and the stamps written so far."""

    def __init__(self, plan: Plan) -> None:
        trucks, network = plan.trucks, plan.network
        self.plan = plan
        self.env = Clock(plan.starts)
        self.pauses: list[list[int]] = []
        self.resources = [Resource(self.env, r, row, self.pauses) for r, row in enumerate(network.resources)]
        self.queues = [self.queue(network, row) for row in network.queues.tolist()]
        for r, resource in enumerate(self.resources):
            watchers = network.watchers[network.watch_from[r] : network.watch_from[r + 1]]
            resource.watchers = [self.queues[q] for q in watchers]
        self.flags = network.flags.tolist()
        self.steps = _linked(network, self.resources, self.queues)
        _follow(self.steps)
        for row in network.watches.tolist():
            self.watch(network, row)
        self.arrived = trucks.arrived.tolist()
        self.work, self.work_at = trucks.work.tolist(), trucks.work_at.tolist()
        self.stamps, self.stamp_at = [NEVER] * int(trucks.stamp_at[-1]), trucks.stamp_at.tolist()
        self.at = [-1] * len(trucks.enters)
        self.serial = count()
        self.looking = False  # whether trucks are going on inside a look at a queue
        self.looked_at: Queue | None = None  # the queue that granted the truck that goes on now without an event

    def queue(self, network: Network, row: tuple[int, ...]) -> Queue:
        """A queue with its files, by a row of the table."""
        file_from, file_to, discipline, cycle_from, cycle_to = row
        files = [File(*file) for file in network.files[file_from:file_to].tolist()]
        return Queue(self.env, files, discipline, network.units[cycle_from:cycle_to].tolist(), self.look)

    def watch(self, network: Network, row: tuple[int, ...]) -> None:
        """Have a state rule look whenever its count may have changed."""
        flag, used_from, used_to, waiting_from, waiting_to, on, off = row
        used = [self.resources[r] for r in network.units[used_from:used_to]]
        waiting = [self.queues[q] for q in network.units[waiting_from:waiting_to]]
        rule = Watch(self.env, on, off, lambda: count_of(used, waiting), partial(self.flags.__setitem__, flag))
        for counted in (*used, *waiting):
            counted.watches.append(rule)

    def at_once(self, truck: int, step: Step) -> Step | None:
        """The next step of a truck that is granted what it asks for without standing in a file; None = it has to.

        Its queue is empty, what it wants is free, and a look at the queue goes on, or is all that is left for this
        instant.
        """
        queue = step.queue
        if queue.waiting or queue.minded or self.looking:
            return None
        if queue is not self.looked_at and not self.env.is_over():
            return None
        for option in step.options:
            if not option.plain:
                return None
            for resource in option.needs:
                if resource.busy >= resource.capacity:
                    break
            else:
                self.grant(truck, step, option)
                self.looked_at = queue
                return option.next
        return None

    def ask(self, truck: int, step: Step) -> Ask:
        """An event that happens, with the next step as its value, when the truck need not wait any longer."""
        key = self.work[self.work_at[truck] + step.key] if step.key >= 0 else 0
        ask = Ask(self.env, truck, step, next(self.serial), key)
        queue = step.queue
        before, self.looked_at = self.looked_at, None
        if queue.join(ask, step.file):
            if queue.waiting > 1 or self.looking or (queue is not before and not self.env.is_over()):
                queue.mark()
            elif self.help(queue, step.file):  # the look goes on, or is all that is left for this instant
                self.looked_at = queue
                return ask
        if step.impatient is not None:
            lasts = self.work[self.work_at[truck] + step.work]
            if step.from_arrival:
                lasts = max(0, self.arrived[truck] + lasts - self.env.now)
            patience = Later(self.env, lasts, Rank.RULE)
            patience.callbacks.append(lambda _: self.give_up(ask))
        return ask

    def give_up(self, ask: Ask) -> None:
        """The truck's patience ends; it goes elsewhere unless it was granted meanwhile."""
        if not ask.triggered:
            ask.step.queue.abandon(ask, ask.step.file)
            self.stamp(ask.truck, ask.step, len(ask.step.options) + 1)
            happen(ask, ask.step.impatient)

    def look(self, event: Look) -> None:
        """Grant what can be granted to the heads of a marked queue, send away who does not wait."""
        queue = event.queue
        queue.marked, self.looking = False, True
        files = queue.files
        if len(files) == 1:
            while queue.waiting and self.help(queue, files[0]):
                pass
        else:
            while queue.waiting and any(self.help(queue, file) for file in queue.heads()):
                pass
        self.looking = False

    def help(self, queue: Queue, file: File) -> bool:
        """Whether the head of the file could be granted, or sent elsewhere."""
        ask = file.line[0]
        step = ask.step
        for option in step.options:
            for resource in option.needs:
                if resource.busy >= resource.capacity:
                    break
            else:
                if option.plain or self.holds(ask, option):
                    queue.leave(file)
                    if queue.cycle:
                        queue.granted(file)
                    self.grant(ask.truck, step, option)
                    happen(ask, option.next)
                    return True
        if step.otherwise is not None:
            queue.leave(file)
            self.stamp(ask.truck, step, len(step.options))
            happen(ask, step.otherwise)
            return True
        return False

    def grant(self, truck: int, step: Step, option: Option) -> None:
        """Hand a truck what it asked for, and take what it gives up for that."""
        for resource in option.needs:
            resource.take(truck)
        for resource in option.gives:
            resource.give(truck)
        self.stamp(truck, step, option.number)

    def stamp(self, truck: int, step: Step, exit_taken: int) -> None:
        """The truck leaves its file now, by one of the exits."""
        base = self.stamp_at[truck]
        self.stamps[base + step.stamp] = self.env.now
        if step.exit >= 0:
            self.stamps[base + step.exit] = exit_taken

    def holds(self, ask: Ask, option: Option) -> bool:
        """Whether the further conditions of an option hold: nobody waits before it, the work ends before closing."""
        if option.empty_queue is not None and option.empty_queue.waiting:
            return False
        if option.fits < 0:
            return True
        until = option.needs[0].until
        return until == NEVER or self.env.now + self.work[self.work_at[ask.truck] + option.fits] <= until

    def choose(self, truck: int, step: Step) -> int:
        """The branch a CHOOSE takes, by the counts of this moment."""
        if step.rule == Rule.FLAG:
            return int(self.flags[step.flag])
        draw = self.work[self.work_at[truck] + step.work] if step.work >= 0 else 0
        if step.rule == Rule.AT_LEAST:
            return int(step.branches[0].score() >= step.threshold and draw == 0)
        scores = [branch.score() for branch in step.branches]
        least = [k for k, score in enumerate(scores) if score == min(scores)]
        return least[draw % len(least)]

    def change(self, row: Any) -> None:
        """Carry out one row of the calendar."""
        target, value = int(row["target"]), int(row["value"])
        match row["what"]:
            case Change.CAPACITY | Change.SHIFT:
                self.resources[target].set_capacity(value, int(row["until"]), bool(row["what"] == Change.SHIFT))
            case Change.SPEED:
                self.resources[target].set_speed(value)
            case Change.FLAG:
                self.flags[target] = value


def count_of(used: list[Resource], waiting: list[Queue]) -> int:
    """Trucks that hold a unit of some resources, are paused on one, or wait in some queues."""
    return sum(resource.in_use for resource in used) + sum(queue.waiting for queue in waiting)


def calendar(border: Border) -> Generator[simpy.Event, None, None]:
    """Carry out the calendar, row by row."""
    for row in border.plan.network.changes:
        yield Later(border.env, int(row["time"]) - border.env.now, Rank.CALENDAR)
        border.change(row)


def arrivals(border: Border) -> Generator[simpy.Event, None, None]:
    """Let the trucks in, one by one, in the order of the Plan; the next is on its way before one begins its life."""
    trucks, coming = border.plan.trucks, Again(border.env, ARRIVAL)
    enters, firsts = trucks.enters.tolist(), trucks.first.tolist()
    gaps = [after - before for before, after in pairwise([border.env.now, *enters])]
    if gaps:
        coming.after(gaps[0])
    for truck, first in enumerate(firsts):
        yield coming
        if truck + 1 < len(gaps):
            coming.after(gaps[truck + 1])
        follow(life(border, truck, border.steps[first]))


ASK, WORK, TRAVEL, MOVE, CHOOSE = (int(k) for k in (Kind.ASK, Kind.WORK, Kind.TRAVEL, Kind.MOVE, Kind.CHOOSE))
END, ARRIVAL = int(Rank.END), int(Rank.ARRIVAL)


def life(border: Border, truck: int, step: Step) -> Generator[simpy.Event, Any, None]:
    """The life of a truck, from its arrival to its leaving.

    1 ask for places and servers, and stand in a file until they are granted  2 be worked on  3 travel
    4 take or give up places  5 choose a way by what is to be seen  6 leave
    """
    env, at, work, stamps = border.env, border.at, border.work, border.stamps
    base, row = border.work_at[truck], border.stamp_at[truck]
    time = Again(env, END)
    while True:
        at[truck] = step.index
        kind = step.kind
        if kind == ASK:
            step = border.at_once(truck, step) or (yield border.ask(truck, step))
        elif kind == WORK or kind == TRAVEL:  # noqa: PLR1714, SIM109  a tuple is slower here
            border.looked_at = None
            lasts = work[base + step.work]
            yield time.after(lasts) if step.paced is None else step.paced.serve(truck, lasts)
            if step.stamp >= 0:
                stamps[row + step.stamp] = env.now
            step = step.next
        elif kind == CHOOSE:
            taken = border.choose(truck, step)
            stamps[row + step.exit] = taken
            step = step.branches[taken].next
        else:
            for resource in step.takes:
                resource.take(truck)
            for resource in step.gives:
                resource.give(truck)
            if kind != MOVE:  # LEAVE
                border.looked_at = None
                return
            step = step.next


def _linked(network: Network, resources: list[Resource], queues: list[Queue]) -> list[Step]:
    """The step table with references instead of indices."""
    units, files = network.units.tolist(), [file for queue in queues for file in queue.files]
    rows = [dict(zip(STEP.names or (), row, strict=True)) for row in network.steps.tolist()]
    steps = [Step(k, row["kind"], row["work"], row["stamp"], row["exit"]) for k, row in enumerate(rows)]
    options, rules, branches = network.options.tolist(), network.rules.tolist(), network.branches.tolist()

    def used(first: int, last: int) -> list[Resource]:
        return [resources[r] for r in units[first:last]]

    def option(number: int, row: tuple[int, ...]) -> Option:
        need_from, need_to, give_from, give_to, goes_to, empty, fits = row
        return Option(
            number, used(need_from, need_to), used(give_from, give_to), steps[goes_to],
            queues[empty] if empty >= 0 else None, fits, empty < 0 and fits < 0,
        )  # fmt: skip

    def branch(row: tuple[int, ...]) -> Branch:
        goes_to, used_from, used_to, waiting_from, waiting_to, base, each = row
        waiting = [queues[q] for q in units[waiting_from:waiting_to]]
        return Branch(steps[goes_to], used(used_from, used_to), waiting, base, each)

    for step, row in zip(steps, rows, strict=True):
        step.next = steps[row["next"]] if row["next"] >= 0 else None
        step.otherwise = steps[row["otherwise"]] if row["otherwise"] >= 0 else None
        step.impatient = steps[row["impatient"]] if row["impatient"] >= 0 else None
        step.paced = resources[row["server"]] if row["server"] >= 0 and resources[row["server"]].has_pace else None
        step.takes = used(row["take_from"], row["take_to"])
        step.gives = used(row["give_from"], row["give_to"])
        if row["kind"] == ASK:
            step.queue, step.file = queues[row["queue"]], files[row["file"]]
            chosen = options[row["option_from"] : row["option_to"]]
            step.key, step.from_arrival = row["key"], row["from_arrival"] == 1
            step.options = tuple(option(number, entry) for number, entry in enumerate(chosen))
        if row["kind"] == CHOOSE:
            step.rule, step.flag, step.threshold, first, last = rules[row["rule"]]
            step.branches = tuple(branch(entry) for entry in branches[first:last])
    return steps


def _follow(steps: list[Step]) -> None:
    """Tell each queue which others have an option that holds only while it is empty."""
    for step in steps:
        for option in step.options:
            if option.empty_queue is not None and step.queue not in option.empty_queue.followers:
                option.empty_queue.followers.append(step.queue)
