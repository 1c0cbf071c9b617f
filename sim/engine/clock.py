"""SimPy's clock in whole milliseconds, and events with a rank."""

from typing import Any

import simpy


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
