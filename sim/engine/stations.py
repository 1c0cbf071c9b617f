"""What trucks use in the SimPy model: resources with calendars, and the queues in front of them."""

from collections import deque
from collections.abc import Callable
from typing import Any

import simpy

from sim.engine.order import Rank
from sim.planning.plan import FULL_SPEED, NEVER, Closing


class Clock(simpy.Environment):
    """SimPy's clock and list of events, in whole milliseconds."""

    @property
    def now(self) -> int:
        """The present instant. [ms]"""
        return self._now  # type: ignore[return-value]


class Later(simpy.Event):
    """An event that happens after a delay, with a rank among the events of its instant."""

    def __init__(self, env: Clock, delay: int, rank: int) -> None:
        self.env, self.callbacks = env, []  # what Event.__init__ does, without the call
        self._ok, self._value = True, None
        env.schedule(self, rank, delay)  # type: ignore[arg-type]


def happen(event: simpy.Event, value: Any = None) -> None:
    """Let an event happen inside the present one: whoever waits for it goes on before this call returns."""
    event._ok, event._value = True, value  # noqa: SLF001  succeed() would put it off
    callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
    for callback in callbacks:
        callback(event)


class Service:
    """A truck being worked on by an elastic server: what is left of its work, and when it will end."""

    __slots__ = ("done", "end", "left", "pause", "since", "truck")

    def __init__(self, env: Clock, truck: int, work: int) -> None:
        self.truck = truck
        self.left = work * FULL_SPEED  # in 1/1000 ms, so that any speed in permille is exact
        self.since = 0
        self.end: Later | None = None
        self.pause: list[int] = []  # row of the pause it stands in
        self.done = simpy.Event(env)


class Resource:
    """Units of one thing: the servers of a station, or the places of a site."""

    __slots__ = ("busy", "by_team", "capacity", "closing", "elastic", "env", "index", "overtime", "paused", "pauses",
                 "serving", "slows_new", "speed", "team", "teams", "until", "watchers")  # fmt: skip

    def __init__(self, env: Clock, index: int, row: Any, pauses: list[list[int]]) -> None:
        self.env, self.index = env, index
        self.capacity, self.speed, self.until = int(row["capacity"]), int(row["speed"]), int(row["until"])
        self.closing, self.elastic, self.slows_new = int(row["closing"]), bool(row["elastic"]), bool(row["slows_new"])
        self.busy = 0  # units in use that count against the capacity
        self.overtime = 0  # units of earlier teams still in use (handover)
        self.by_team = self.closing == Closing.HANDOVER
        self.team = 0
        self.teams: dict[int, int] = {}  # team that each truck was granted
        self.serving: list[Service] = []  # elastic services in progress, in order of start
        self.paused: deque[Service] = deque()  # in order of start
        self.pauses = pauses
        self.watchers: list[Queue] = []

    @property
    def in_use(self) -> int:
        """Trucks that hold a unit or are paused on one."""
        return self.busy + self.overtime + len(self.paused)

    def take(self, truck: int) -> None:
        """Hand one unit to a truck."""
        self.busy += 1
        if self.by_team:
            self.teams[truck] = self.team

    def give(self, truck: int) -> None:
        """Take one unit back from a truck, and tell the queues that watch for it."""
        if self.by_team and self.teams.pop(truck) != self.team:
            self.overtime -= 1
            return
        self.busy -= 1
        if self.paused:
            self._resume()
        for queue in self.watchers:
            if queue.waiting and not queue.marked:
                queue.mark()

    def serve(self, truck: int, work: int) -> simpy.Event:
        """The end of a service that starts now."""
        if not self.elastic:
            return Later(self.env, -(-work * FULL_SPEED // self.speed) if self.slows_new else work, Rank.END)
        service = Service(self.env, truck, work)
        self.serving.append(service)
        self._run(service)
        return service.done

    def set_capacity(self, value: int, until: int, new_team: bool) -> None:
        """From now on so many units; with a new team, trucks in service stay with the old one."""
        if new_team:
            self.overtime, self.busy, self.team = self.overtime + self.busy, 0, self.team + 1
        self.capacity, self.until = value, until
        if self.closing == Closing.PAUSE:
            while self.busy > self.capacity and self.serving:
                self._pause()
            self._resume()
        for queue in self.watchers:
            if queue.waiting and not queue.marked:
                queue.mark()

    def set_speed(self, value: int) -> None:
        """From now on so fast, services in progress included if the resource is elastic."""
        for service in self.serving:
            self._work_off(service)
        self.speed = value
        for service in self.serving:
            self._run(service)

    def _run(self, service: Service) -> None:
        service.since = self.env.now
        service.end = Later(self.env, -(-service.left // self.speed), Rank.END)
        service.end.callbacks.append(lambda event: self._finish(service, event))

    def _finish(self, service: Service, event: simpy.Event) -> None:
        if event is service.end:  # else the end was put off after it was scheduled
            self.serving.remove(service)
            happen(service.done)

    def _work_off(self, service: Service) -> None:
        service.left = max(0, service.left - (self.env.now - service.since) * self.speed)

    def _pause(self) -> None:
        service = self.serving.pop()
        self._work_off(service)
        service.end = None
        self.busy -= 1
        self.paused.appendleft(service)
        service.pause = [service.truck, self.index, self.env.now, NEVER]
        self.pauses.append(service.pause)

    def _resume(self) -> None:
        while self.paused and self.busy < self.capacity:
            service = self.paused.popleft()
            self.busy += 1
            self.serving.append(service)
            self._run(service)
            service.pause[3] = self.env.now


class Ask(simpy.Event):
    """A truck that stands in a file; the event happens when it need not wait any longer."""

    def __init__(self, env: Clock, truck: int, step: Any, serial: int) -> None:
        self.env, self.callbacks, self._value = env, [], simpy.events.PENDING
        self.truck, self.step, self.serial = truck, step, serial
        self.left = False  # its patience ended


class File:
    """Trucks one behind the other. Of the heads of a queue's files those of the smallest level are looked at first."""

    __slots__ = ("level", "line")

    def __init__(self, level: int) -> None:
        self.level = level
        self.line: deque[Ask] = deque()

    def order(self) -> tuple[int, int]:
        """What its head is sorted by among the heads of a queue."""
        return self.level, self.line[0].serial


class Queue:
    """Files of waiting trucks, looked at by the rule of order.py."""

    __slots__ = ("_callbacks", "_event", "env", "files", "followers", "marked", "waiting")

    def __init__(self, env: Clock, levels: list[int], look: Callable[["Queue"], None]) -> None:
        self.env = env
        self.files = [File(level) for level in levels]
        self.waiting = 0
        self.marked = False
        self.followers: list[Queue] = []  # queues with an option that holds only while this one is empty
        self._event = simpy.Event(env)  # one event serves all looks: a queue is marked once at a time
        self._event._ok, self._event._value = True, None  # noqa: SLF001  as a Timeout does
        self._callbacks = [lambda _: look(self)]

    def join(self, ask: Ask, file: File) -> bool:
        """Stand at the end of a file. Whether that is its head, so that the queue needs a look."""
        self.waiting += 1
        file.line.append(ask)
        return file.line[0] is ask and not self.marked

    def mark(self) -> None:
        """Have the queue looked at in this instant, once ends and arrivals are over."""
        self.marked = True
        self._event.callbacks = self._callbacks
        self.env.schedule(self._event, Rank.GRANT)  # type: ignore[arg-type]

    def heads(self) -> list[File]:
        """The files that hold a truck, in the order in which their heads are looked at."""
        files = [file for file in self.files if file.line]
        if len(files) > 1:
            files.sort(key=File.order)
        return files

    def leave(self, file: File) -> None:
        """The head of a file goes, and whoever behind it has gone already."""
        line = file.line
        line.popleft()
        while line and line[0].left:
            line.popleft()
        self.waiting -= 1
        if self.followers and not self.waiting:
            self._mark_followers()

    def abandon(self, ask: Ask, file: File) -> None:
        """A truck's patience ends somewhere in a file."""
        ask.left = True
        if file.line[0] is not ask:
            self.waiting -= 1  # it is taken from the file when it comes to its head
            return
        self.leave(file)
        if file.line and not self.marked:
            self.mark()

    def _mark_followers(self) -> None:
        for queue in self.followers:
            if queue.waiting and not queue.marked:
                queue.mark()
