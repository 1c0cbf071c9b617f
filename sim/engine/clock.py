"""SimPy's clock in whole milliseconds, events with a rank, and generators that follow events."""

from collections.abc import Generator
from heapq import heappop, heappush
from typing import Any

import simpy


class Clock(simpy.Environment):
    """SimPy's clock and list of events, in whole milliseconds."""

    now = 0  # [ms] the present instant, plain, because everything asks for it

    def __init__(self, starts: int) -> None:
        super().__init__(starts)
        self.now = starts

    def pass_until(self, ends: int) -> None:
        """Let all events before an instant happen: SimPy's run() without a call and its checks for each event."""
        events = self._queue
        while events and events[0][0] < ends:
            time, _, _, event = heappop(events)
            self._now = self.now = int(time)
            callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
            for callback in callbacks:
                callback(event)


class Later(simpy.Event):
    """An event that happens after a delay, with a rank among the events of its instant."""

    def __init__(self, env: Clock, delay: int, rank: int) -> None:
        self.env, self.callbacks = env, []  # what Event.__init__ does, without the call
        self._ok, self._value = True, None
        entry: Any = (env.now + delay, rank, next(env._eid), self)  # noqa: SLF001  what schedule() does
        heappush(env._queue, entry)  # noqa: SLF001


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


def follow(story: Generator[simpy.Event, Any, None]) -> None:
    """Run a generator of events to its end, beginning now.

    As simpy.Process, but without events of its own for its start and its end: nothing may hang on their order.
    """

    def go_on(event: Any) -> None:
        try:
            while event.callbacks is None:  # it has happened already
                event = story.send(event._value)  # noqa: SLF001
        except StopIteration:
            return
        event.callbacks.append(go_on)

    go_on(_BEGIN)
