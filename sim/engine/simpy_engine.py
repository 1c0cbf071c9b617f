"""The model in SimPy: one generator a truck, from its arrival to its leaving. The reference to read.

It follows the route programs of the Plan, draws nothing, and writes only timestamps. The order of events at
one instant is that of order.py: each event carries its rank as SimPy's priority.
"""

from collections.abc import Generator
from itertools import count
from typing import Any, NamedTuple

import numpy as np
import simpy

from sim.engine.order import Rank
from sim.engine.stations import Ask, Later, Queue, Resource, happen
from sim.planning.plan import NEVER, Change, Kind, Network, Plan, Rule
from sim.trace import Trace


class Option(NamedTuple):
    """One way in which an ASK can be granted."""

    number: int
    needs: list[Resource]
    gives: list[Resource]
    next: int
    empty_queue: Queue | None
    fits: int


class Branch(NamedTuple):
    """One way on from a CHOOSE."""

    next: int
    used: list[Resource]
    waiting: list[Queue]


class Step(NamedTuple):
    """A row of the step table, its indices replaced by what they point at."""

    index: int
    kind: Kind
    next: int
    queue: Queue | None
    file: int
    options: list[Option]
    otherwise: int
    impatient: int
    server: Resource | None
    work: int
    stamp: int
    exit: int
    takes: list[Resource]
    gives: list[Resource]
    rule: Rule
    flag: int
    threshold: int
    branches: list[Branch]


def simulate(plan: Plan) -> Trace:
    """The Trace of a Plan."""
    border = Border(plan)
    border.env.process(calendar(border))
    border.env.process(arrivals(border))
    if plan.ends > plan.starts:
        border.env.run(until=plan.ends)
    rows = np.array(border.pauses, np.int64).reshape(-1, 4)
    return Trace(stamps=np.array(border.stamps, np.int64), step=np.array(border.at, np.int32), paused=rows)


class Border:
    """The state of the simulated world: clock, resources, queues, and the stamps written so far."""

    def __init__(self, plan: Plan) -> None:
        trucks, network = plan.trucks, plan.network
        self.plan = plan
        self.env = simpy.Environment(initial_time=plan.starts)
        self.pauses: list[list[int]] = []
        self.resources = [Resource(self.env, r, row, self.pauses) for r, row in enumerate(network.resources)]
        self.queues = [Queue(self.env, _levels(network, row), self.look) for row in network.queues]
        for r, resource in enumerate(self.resources):
            watchers = network.watchers[network.watch_from[r] : network.watch_from[r + 1]]
            resource.watchers = [self.queues[q] for q in watchers]
        self.flags = network.flags.tolist()
        self.steps = _steps(network, self.resources, self.queues)
        self.work, self.work_at = trucks.work.tolist(), trucks.work_at.tolist()
        self.stamps, self.stamp_at = [NEVER] * int(trucks.stamp_at[-1]), trucks.stamp_at.tolist()
        self.at = [-1] * len(trucks.enters)
        self.serial = count()

    def stamp(self, truck: int, slot: int, value: int) -> None:
        """Write a slot of a truck, if it has one."""
        if slot >= 0:
            self.stamps[self.stamp_at[truck] + slot] = value

    def ask(self, truck: int, step: Step) -> simpy.Event:
        """An event that happens, with the next step as its value, when the truck need not wait any longer."""
        assert step.queue is not None
        ask = Ask(truck, step, next(self.serial), simpy.Event(self.env))
        step.queue.join(ask, step.file)
        if step.impatient >= 0:
            patience = Later(self.env, self.work[self.work_at[truck] + step.work], Rank.PATIENCE)
            patience.callbacks.append(lambda _: self.give_up(ask))  # type: ignore[union-attr]
        return ask.event

    def give_up(self, ask: Ask) -> None:
        """The truck's patience ends; it goes elsewhere unless it was granted meanwhile."""
        if not ask.event.triggered:
            ask.step.queue.abandon(ask, ask.step.file)
            self.go_on(ask, len(ask.step.options) + 1, ask.step.impatient)

    def look(self, queue: Queue) -> None:
        """Grant what can be granted to the heads of a marked queue."""
        while self.help_one(queue):
            pass

    def help_one(self, queue: Queue) -> bool:
        """Whether some head of the queue could be granted, or sent elsewhere."""
        for file, ask in queue.heads():
            for option in ask.step.options:
                if self.can_grant(ask, option):
                    queue.leave(file)
                    for resource in option.needs:
                        resource.take(ask.truck)
                    for resource in option.gives:
                        resource.give(ask.truck)
                    self.go_on(ask, option.number, option.next)
                    return True
            if ask.step.otherwise >= 0:
                queue.leave(file)
                self.go_on(ask, len(ask.step.options), ask.step.otherwise)
                return True
        return False

    def can_grant(self, ask: Ask, option: Option) -> bool:
        """Whether all that an option needs is free at once."""
        for resource in option.needs:
            if resource.busy >= resource.capacity:
                return False
        if option.empty_queue is not None and option.empty_queue.waiting:
            return False
        if option.fits < 0:
            return True
        until = ask.step.options[option.number].needs[0].until
        return until == NEVER or self.env.now + self.work[self.work_at[ask.truck] + option.fits] <= until

    def go_on(self, ask: Ask, exit_taken: int, step: int) -> None:
        """The truck leaves its file and goes on at a step, now."""
        self.stamp(ask.truck, ask.step.stamp, self.env.now)  # type: ignore[arg-type]
        self.stamp(ask.truck, ask.step.exit, exit_taken)
        happen(ask.event, step)

    def choose(self, truck: int, step: Step) -> int:
        """The branch a CHOOSE takes, by the counts of this moment."""
        if step.rule == Rule.FLAG:
            return int(self.flags[step.flag])
        draw = self.work[self.work_at[truck] + step.work] if step.work >= 0 else 0
        counts = [sum(r.in_use for r in b.used) + sum(q.waiting for q in b.waiting) for b in step.branches]
        if step.rule == Rule.AT_LEAST:
            return int(counts[0] >= step.threshold and draw == 0)
        fewest = [k for k, n in enumerate(counts) if n == min(counts)]
        return fewest[draw % len(fewest)]

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


def calendar(border: Border) -> Generator[simpy.Event, None, None]:
    """Carry out the calendar, row by row."""
    for row in border.plan.network.changes:
        yield Later(border.env, int(row["time"]) - border.env.now, Rank.CALENDAR)  # type: ignore[arg-type]
        border.change(row)


def arrivals(border: Border) -> Generator[simpy.Event, None, None]:
    """Let the trucks in, one by one, in the order of the Plan."""
    env, trucks = border.env, border.plan.trucks
    for truck, (enters, first) in enumerate(zip(trucks.enters.tolist(), trucks.first.tolist(), strict=True)):
        yield Later(env, enters - env.now, Rank.ARRIVAL)
        env.process(life(border, truck, first))


def life(border: Border, truck: int, first: int) -> Generator[simpy.Event, Any, None]:
    """The life of a truck.

    1 appear  2 ask for a place or a server and stand in a file until it is granted  3 be worked on
    4 travel  5 take or give up places  6 choose a way by what is to be seen  7 leave
    """
    env, at, base = border.env, border.at, border.work_at[truck]
    step = border.steps[first]
    while True:
        at[truck] = step.index
        goes_to = step.next
        match step.kind:
            case Kind.ASK:
                goes_to = yield border.ask(truck, step)
            case Kind.WORK if step.server is not None:
                yield step.server.serve(truck, border.work[base + step.work])
                border.stamp(truck, step.stamp, env.now)  # type: ignore[arg-type]
            case Kind.TRAVEL | Kind.WORK:
                yield Later(env, border.work[base + step.work], Rank.END)
            case Kind.MOVE:
                for resource in step.takes:
                    resource.take(truck)
                for resource in step.gives:
                    resource.give(truck)
            case Kind.CHOOSE:
                taken = border.choose(truck, step)
                border.stamp(truck, step.exit, taken)
                goes_to = step.branches[taken].next
            case Kind.LEAVE:
                for resource in step.gives:
                    resource.give(truck)
                return
        step = border.steps[goes_to]


def _levels(network: Network, row: Any) -> list[int]:
    return [int(level) for level in network.files["level"][row["file_from"] : row["file_to"]]]


def _steps(network: Network, resources: list[Resource], queues: list[Queue]) -> list[Step]:
    """The step table with references instead of indices."""

    def used(row: Any, name: str) -> list[Resource]:
        return [resources[r] for r in network.units[row[f"{name}_from"] : row[f"{name}_to"]]]

    def waiting(row: Any) -> list[Queue]:
        return [queues[q] for q in network.units[row["waiting_from"] : row["waiting_to"]]]

    def queue(index: int) -> Queue | None:
        return queues[index] if index >= 0 else None

    def options(row: Any) -> list[Option]:
        rows = network.options[row["option_from"] : row["option_to"]]
        return [
            Option(n, used(o, "need"), used(o, "give"), int(o["next"]), queue(o["empty_queue"]), int(o["fits"]))
            for n, o in enumerate(rows)
        ]

    def branches(rule: Any) -> list[Branch]:
        rows = network.branches[rule["branch_from"] : rule["branch_to"]]
        return [Branch(int(b["next"]), used(b, "used"), waiting(b)) for b in rows]

    found = []
    for index, row in enumerate(network.steps):
        rule = network.rules[row["rule"]] if row["rule"] >= 0 else None
        file = int(row["file"] - network.queues[row["queue"]]["file_from"]) if row["queue"] >= 0 else -1
        found.append(
            Step(
                index=index, kind=Kind(row["kind"]), next=int(row["next"]), queue=queue(row["queue"]), file=file,
                options=options(row), otherwise=int(row["otherwise"]), impatient=int(row["impatient"]),
                server=resources[row["server"]] if row["server"] >= 0 else None, work=int(row["work"]),
                stamp=int(row["stamp"]), exit=int(row["exit"]), takes=used(row, "take"), gives=used(row, "give"),
                rule=Rule(rule["rule"]) if rule is not None else Rule.FLAG,
                flag=int(rule["flag"]) if rule is not None else -1,
                threshold=int(rule["threshold"]) if rule is not None else 0,
                branches=branches(rule) if rule is not None else [],
            )
        )  # fmt: skip
    return found


