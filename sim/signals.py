"""Ctrl-C, a polite kill and a closed terminal. Light to import: it is needed before anything else is there."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def on_signals(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """In the block each of these signals calls the handler; one that is ignored, as under nohup, stays ignored."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    ours = [number for number, was in before.items() if was not in (signal.SIG_IGN, None)]
    try:
        for number in ours:
            signal.signal(number, handler)
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])


@contextmanager
def signals_held() -> Iterator[None]:
    """A signal that comes in the block is heard at its end."""
    if threading.current_thread() is not threading.main_thread():  # no other hears signals
        yield
        return
    heard: list[int] = []
    try:
        with on_signals(lambda number, _frame: heard.append(number)):
            yield
    finally:
        for number in heard[:1]:
            signal.raise_signal(number)
