"""What trucks use in the SimPy model: servers and places, with their calendars."""

from bisect import insort
from collections import deque
from itertools import count
from typing import Any

import simpy

from sim.engine.clock import Clock, Later, happen
from sim.engine.order import Rank
from sim.engine.queues import Queue
from sim.engine.watches import Watch
from sim.planning.plan import FULL_SPEED, NEVER, Closing


class Service:
    """A truck being worked on by an elastic server: what is left of its work, and when it will end."""

    __slots__ = ("done", "end", "left", "pause", "serial", "since", "truck")

    def __init__(self, env: Clock, truck: int, serial: int, work: int) -> None:
        self.truck = truck
        self.serial = serial  # in order of start at its resource
        self.left = work * FULL_SPEED  # in parts of a ms, so that any speed is exact
        self.since = 0
        self.end: Later | None = None
        self.pause: list[int] = []  # row of the pause it stands in
        self.done = simpy.Event(env)

    def by_start(self) -> int:
        """Its place among the services of a resource."""
        return self.serial


class Resource:
    """Units of one thing: the servers of a station, or the places of a site."""

    __slots__ = (
        "busy", "by_team", "capacity", "closing", "elastic", "env", "index", "overtime", "paused", "pauses", "serving",
        "slows_new", "speed", "starts", "team", "teams", "until", "watchers", "watches",
    )  # fmt: skip

    def __init__(self, env: Clock, index: int, row: Any, pauses: list[list[int]]) -> None:
        self.env, self.index = env, index
        self.capacity, self.speed, self.until = int(row["capacity"]), int(row["speed"]), int(row["until"])
        self.closing, self.elastic, self.slows_new = int(row["closing"]), bool(row["elastic"]), bool(row["slows_new"])
        self.busy = 0  # units in use that count against the capacity
        self.overtime = 0  # units of earlier teams still in use (handover)
        self.by_team = self.closing == Closing.HANDOVER
        self.team = 0
        self.teams: dict[int, int] = {}  # team that each truck was granted
        self.starts = count()
        self.serving: list[Service] = []  # elastic services in progress, in order of start
        self.paused: deque[Service] = deque()  # in order of start
        self.pauses = pauses
        self.watchers: list[Queue] = []
        self.watches: list[Watch] = []

    @property
    def in_use(self) -> int:
        """Trucks that hold a unit or are paused on one."""
        return self.busy + self.overtime + len(self.paused)

    def take(self, truck: int) -> None:
        """Hand one unit to a truck."""
        self.busy += 1
        if self.by_team:
            self.teams[truck] = self.team
        for watch in self.watches:
            watch.touch()

    def give(self, truck: int) -> None:
        """Take one unit back from a truck, and tell the queues that watch for it."""
        for watch in self.watches:
            watch.touch()
        if self.by_team and self.teams.pop(truck) != self.team:
            self.overtime -= 1
            return
        self.busy -= 1
        if self.paused:
            self._resume()
        for queue in self.watchers:
            if queue.waiting and not queue.marked:
                queue.mark()

    @property
    def has_pace(self) -> bool:
        """Whether a service may take longer than its work."""
        return self.elastic or self.slows_new

    def serve(self, truck: int, work: int) -> simpy.Event:
        """The end of a service that starts now."""
        if not self.elastic:
            return Later(self.env, -(-work * FULL_SPEED // self.speed) if self.slows_new else work, Rank.END)
        service = Service(self.env, truck, next(self.starts), work)
        self.serving.append(service)
        self._run(service)
        return service.done

    def set_capacity(self, value: int, until: int, new_team: bool) -> None:
        """From now on so many units; with a new team, trucks in service stay with the old one."""
        if new_team:
            self.overtime, self.busy, self.team = self.overtime + self.busy, 0, self.team + 1
        self.capacity, self.until = value, until
        if self.closing == Closing.PAUSE:
            self._pause_beyond_capacity()
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
        service.left = self._left(service)

    def _left(self, service: Service) -> int:
        return max(0, service.left - (self.env.now - service.since) * self.speed)

    def _pause_beyond_capacity(self) -> None:
        done = [service for service in self.serving if self._left(service) == 0]  # they end in this instant
        going_on = [service for service in self.serving if service not in done]
        while self.busy - len(done) > self.capacity and going_on:
            self._pause(going_on.pop())

    def _pause(self, service: Service) -> None:
        self.serving.remove(service)
        self._work_off(service)
        service.end = None
        self.busy -= 1
        insort(self.paused, service, key=Service.by_start)
        service.pause = [service.truck, self.index, self.env.now, NEVER]
        self.pauses.append(service.pause)

    def _resume(self) -> None:
        while self.paused and self.busy < self.capacity:
            service = self.paused.popleft()
            self.busy += 1
            insort(self.serving, service, key=Service.by_start)
            self._run(service)
            service.pause[3] = self.env.now
