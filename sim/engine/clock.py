"""SimPy's clock in whole milliseconds, events with a rank, and generators that follow events."""

from collections import deque
from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import Any

import simpy

from sim.engine.order import Rank

_GRANT = int(Rank.GRANT)


class Clock(simpy.Environment):
    """SimPy's clock and list of events, in whole milliseconds.

    Grants, of rank 4, stand in a line beside the list: they come in the order in which they were scheduled, when
    nothing of a lower rank is left of the instant.
    """

    now = 0  # [ms] the present instant, plain, because everything asks for it

    def __init__(self, starts: int) -> None:
        super().__init__(starts)
        self.now = starts
        self.grants: deque[simpy.Event] = deque()

    def pass_until(self, ends: int) -> None:
        """Let all events before an instant happen: SimPy's run() without a call and its checks for each event."""
        events, grants = self._queue, self.grants
        while True:
            if grants and not (events and events[0][0] == self.now and events[0][1] < _GRANT):
                event = grants.popleft()
            elif events and events[0][0] < ends:
                time, _, _, event = heappop(events)
                self._now = self.now = time  # type: ignore[assignment]
            else:
                return
            callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
            for callback in callbacks:
                callback(event)

    def is_over(self) -> bool:
        """Whether nothing that was scheduled is left of this instant."""
        return not self.grants and (not self._queue or self._queue[0][0] > self.now)


class Later(simpy.Event):
    """An event that happens after a delay, with a rank among the events of its instant."""

    _ok, _value = True, None

    def __init__(self, env: Clock, delay: int, rank: int) -> None:
        self.env, self.callbacks = env, []  # what Event.__init__ does, without the call
        entry: Any = (env.now + delay, rank, next(env._eid), self)  # noqa: SLF001  what schedule() does
        heappush(env._queue, entry)  # noqa: SLF001


class Again(simpy.Event):
    """The same for whoever waits for time to pass again and again: one event, scheduled anew each time."""

    _ok, _value = True, None

    def __init__(self, env: Clock, rank: int) -> None:
        self.env, self.callbacks = env, []
        self._rank, self._events, self._serial = rank, env._queue, env._eid  # noqa: SLF001

    def after(self, delay: int) -> "Again":
        """This event, which now happens after a delay."""
        self.callbacks = []
        entry: Any = (self.env.now + delay, self._rank, next(self._serial), self)
        heappush(self._events, entry)
        return self


def happen(event: simpy.Event, value: Any = None) -> None:
    """Let an event happen inside the present one: whoever waits for it goes on before this call returns."""
    event._ok, event._value = True, value  # noqa: SLF001  succeed() would put it off
    callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
    for callback in callbacks:
        callback(event)


class _Begin(simpy.Event):
    """Has always happened: what a generator is sent first."""

    def __init__(self) -> None:
        self.callbacks: Any = None
        self._value = None


_BEGIN = _Begin()


class _Story:
    """A generator of events on its way: what is called when the event it waits for happens.

    Nothing here refers to itself, so that it is gone when it has ended, without a search for cycles.
    """

    __slots__ = ("_send",)

    def __init__(self, send: Callable[[Any], simpy.Event]) -> None:
        self._send = send

    def go_on(self, event: Any) -> None:
        send = self._send
        try:
            while event.callbacks is None:  # it has happened already
                event = send(event._value)  # noqa: SLF001
        except StopIteration:
            return
        event.callbacks.append(self.go_on)


def follow(story: Generator[simpy.Event, Any, None]) -> None:
    """Run a generator of events to its end, beginning now.

    As simpy.Process, but without events of its own for its start and its end: nothing may hang on their order.
    """
    _Story(story.send).go_on(_BEGIN)
