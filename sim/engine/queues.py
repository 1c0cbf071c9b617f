"""Queues of the SimPy model: files of waiting trucks, and the discipline that orders their heads."""

from bisect import insort
from collections import deque
from collections.abc import Callable
from typing import Any

import simpy

from sim.engine.clock import Clock
from sim.engine.watches import Watch
from sim.planning.plan import FULL_SLOPE, Discipline


class Ask(simpy.Event):
    """A truck that stands in a file; the event happens when it need not wait any longer."""

    _ok, _value = True, simpy.events.PENDING
    left = False  # whether its patience ended

    def __init__(self, env: Clock, truck: int, step: Any, serial: int, key: int) -> None:
        self.env, self.callbacks = env, []
        self.truck, self.step, self.serial, self.key = truck, step, serial, key
        self.joined = env.now

    def by_key(self) -> tuple[int, int]:
        """Its place in a file by expiry."""
        return self.key, self.serial


class File:
    """Trucks one behind the other, of one level."""

    __slots__ = ("head_start", "level", "line", "slope")

    def __init__(self, level: int, slope: int, head_start: int) -> None:
        self.level, self.slope, self.head_start = level, slope, head_start
        self.line: deque[Ask] = deque()

    def by_level(self) -> tuple[int, int]:
        """What its head is sorted by among the heads of a queue."""
        return self.level, self.line[0].serial

    def by_age(self) -> tuple[int, int]:
        """The same where priority rises with the wait."""
        head = self.line[0]
        waited = int(head.env.now) - head.joined
        return -(self.head_start * FULL_SLOPE + self.slope * waited), head.serial

    def by_expiry(self) -> tuple[int, int, int]:
        """The same where what expires first goes first."""
        return self.level, self.line[0].key, self.line[0].serial


_ORDERS: dict[int, Callable[[File], tuple[int, ...]]] = {
    Discipline.LEVELS: File.by_level,
    Discipline.AGEING: File.by_age,
    Discipline.EXPIRY: File.by_expiry,
}


class Look(simpy.Event):
    """A look at a queue; one event serves all looks at it, as a queue is marked once at a time."""

    _ok, _value = True, None

    def __init__(self, env: Clock, queue: "Queue") -> None:
        self.env, self.callbacks, self.queue = env, [], queue


class Queue:
    """Files of waiting trucks, looked at by the rule of order.py."""

    __slots__ = ("_callbacks", "_grants", "_look", "by_key", "cycle", "files", "followers", "in_order", "marked",
                 "order", "turn", "waiting", "watches")  # fmt: skip

    def __init__(
        self, env: Clock, files: list[File], discipline: int, cycle: list[int], look: Callable[[Look], None]
    ) -> None:
        self.files = files
        self.order = _ORDERS.get(discipline, File.by_level)
        levels = [file.level for file in files]
        self.in_order = discipline == Discipline.LEVELS and levels == sorted(set(levels))
        self.by_key = discipline == Discipline.EXPIRY
        self.cycle, self.turn = cycle, 0  # pattern of levels, and the present place in it
        self.waiting = 0
        self.marked = False
        self.followers: list[Queue] = []  # queues with an option that holds only while this one is empty
        self.watches: list[Watch] = []
        self._look, self._callbacks, self._grants = Look(env, self), [look], env.grants

    @property
    def minded(self) -> bool:
        """Whether anything hangs on who comes and goes but that trucks are granted in order."""
        return bool(self.marked or self.watches or self.followers or self.cycle)

    def join(self, ask: Ask, file: File) -> bool:
        """Stand in a file. Whether that is at its head, so that the queue needs a look."""
        self.waiting += 1
        if self.by_key:
            insort(file.line, ask, key=Ask.by_key)
        else:
            file.line.append(ask)
        for watch in self.watches:
            watch.touch()
        return file.line[0] is ask and not self.marked

    def mark(self) -> None:
        """Have the queue looked at in this instant, once ends and arrivals are over."""
        self.marked = True
        self._look.callbacks = self._callbacks
        self._grants.append(self._look)

    def heads(self) -> list[File]:
        """The files that hold a truck, in the order in which their heads are looked at."""
        files = [file for file in self.files if file.line]
        if len(files) > 1 and not self.in_order:
            files.sort(key=self.order)
            if self.cycle:
                files.sort(key=self._turns_until)
        return files

    def granted(self, file: File) -> None:
        """The pattern goes on behind the place at which the level of the granted truck was met."""
        if file.level in self.cycle:
            self.turn = (self.turn + self._turns_until(file) + 1) % len(self.cycle)

    def leave(self, file: File) -> None:
        """The head of a file goes, and whoever behind it has gone already."""
        line = file.line
        line.popleft()
        while line and line[0].left:
            line.popleft()
        self.waiting -= 1
        if self.watches or self.followers:
            self._tell()

    def abandon(self, ask: Ask, file: File) -> None:
        """A truck's patience ends somewhere in a file; behind its head it is taken out when it comes to it."""
        ask.left = True
        if file.line[0] is not ask:
            self.waiting -= 1
            self._tell()
            return
        self.leave(file)
        if file.line and not self.marked:
            self.mark()

    def _turns_until(self, file: File) -> int:
        """How many places of the pattern on from the present one a level is met; behind all, if it never is."""
        places = len(self.cycle)
        return next((k for k in range(places) if self.cycle[(self.turn + k) % places] == file.level), places)

    def _tell(self) -> None:
        """There is one truck less: whoever minds learns of it."""
        for watch in self.watches:
            watch.touch()
        if self.followers and not self.waiting:
            for queue in self.followers:
                if queue.waiting and not queue.marked:
                    queue.mark()
