"""Work spread over threads or processes; what comes back does not depend on either."""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import forkserver
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from types import FrameType
from typing import Generic, Literal, TypeVar

from sim.signals import signals_held

Item = TypeVar("Item")
Result = TypeVar("Result")
Kind = Literal["threads", "processes"]
MOST_WORKERS = 256
STOPPING = "stopping after the replications under way; Ctrl-C again stops at once"
_DEATHS = 3  # workers lost before the work itself is taken for the cause


class StoppedAtOnce(Exception):
    """A second Ctrl-C, while threads still work on what nobody will read: the process must end without them."""

    exit_code = 130


class WorkersDied(Exception):
    """Worker processes were killed again and again, most likely for want of memory."""

    exit_code = 4


def cores() -> int:
    """Processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def completed(
    work: Callable[[int], Result], items: Sequence[int], *, kind: Kind, workers: int
) -> Iterator[tuple[int, Result]]:
    """(item, work(item)) as each is completed, in no order.

    A worker that is killed is replaced and its item done again. If an item raises, no new one is begun, and the
    error of the first such item in the order of `items` is raised when those under way have ended.
    """
    if workers == 1 or len(items) == 1:
        yield from ((item, work(item)) for item in items)
        return
    left = list(items)
    task = partial(sendable, work) if kind == "processes" else work
    for _ in range(_DEATHS):
        try:
            with pool(kind, min(workers, len(left))) as executor:
                for item, result in _collected(executor, task, list(left)):
                    left.remove(item)
                    yield item, result
        except BrokenExecutor:
            continue
        return
    raise WorkersDied(f"worker processes were killed {_DEATHS} times; is there enough memory? try --workers 1")


def _collected(executor: Executor, task: Callable[[int], Result], items: Sequence[int]) -> Iterator[tuple[int, Result]]:
    flight: Flight[int, Result] = Flight(executor)
    for item in items:
        flight.begin(task, item)
    failed: dict[int, BaseException] = {}
    while flight.items:
        item, future = flight.landed()
        if future.cancelled():
            continue
        error = future.exception()
        if isinstance(error, BrokenExecutor):
            raise error
        if error is None:
            yield item, future.result()
        else:
            failed[item] = error
            flight.cancel()
    if failed:
        raise next(failed[item] for item in items if item in failed)


@dataclass(frozen=True, slots=True)
class Flight(Generic[Item, Result]):
    """Pieces of work under way on an executor.

    Ctrl-C is heard only while waiting for one of them: an executor interrupted between taking a lock and giving it
    back keeps it, and all its workers wait for it for ever.
    """

    executor: Executor
    items: dict[Future[Result], Item] = field(default_factory=dict)
    _done: SimpleQueue[Future[Result]] = field(default_factory=SimpleQueue)

    def begin(self, task: Callable[[Item], Result], item: Item) -> None:
        with signals_held():
            future = self.executor.submit(task, item)
            self.items[future] = item
            future.add_done_callback(self._done.put)

    def landed(self) -> tuple[Item, Future[Result]]:
        """The next piece that is done, failed or cancelled; it is no longer under way."""
        future = self._done.get()
        return self.items.pop(future), future

    def cancel(self) -> None:
        """Begin none of those that only wait."""
        with signals_held():
            for future in list(self.items):
                future.cancel()


@contextmanager
def pool(kind: Kind, workers: int) -> Iterator[Executor]:
    """A pool that leaves nothing running behind, not even when the block is left by Ctrl-C.

    Threads cannot be interrupted: Ctrl-C waits for the work under way, and says so; a second one raises StoppedAtOnce.
    """
    if kind == "threads":
        with _threads(workers) as threads:
            yield threads
        return
    others = set(multiprocessing.active_children())
    with _processes(workers) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            _stop_all(set(multiprocessing.active_children()) - others)
            raise


@contextmanager
def _threads(workers: int) -> Iterator[Executor]:
    pool = ThreadPoolExecutor(workers)
    try:
        yield pool
    except KeyboardInterrupt:
        try:
            with signals_held():
                pool.shutdown(wait=False, cancel_futures=True)
            with suppress(OSError):
                sys.stderr.write(f"{STOPPING}\n")
            pool.shutdown()
        except KeyboardInterrupt:
            raise StoppedAtOnce("interrupted; nothing was written") from None
        raise
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


def _processes(workers: int) -> Executor:
    """A pool whose workers hear Ctrl-C only once they know what to do then."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_begin)
    if threading.current_thread() is threading.main_thread():
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # what the fork server hands down to workers
        forkserver.ensure_running()
        signal.signal(signal.SIGINT, before)
    return ProcessPoolExecutor(workers, multiprocessing.get_context("forkserver"), initializer=_begin)


def _stop_all(children: Collection[BaseProcess]) -> None:
    """Interrupt workers until they have ended: one that is just starting does not hear it yet."""
    while alive := [child.pid for child in children if child.is_alive()]:
        for pid in alive:
            os.kill(pid or 0, signal.SIGINT)
        time.sleep(0.05)


class _Worker:
    """What a worker process knows of itself."""

    busy = False
    stopped = False


def _begin() -> None:
    """Stop at Ctrl-C, but only between messages to the parent; end with it."""
    signal.signal(signal.SIGINT, _stop)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _stop(_number: int, _frame: FrameType | None) -> None:
    _Worker.stopped = True
    if _Worker.busy:
        raise KeyboardInterrupt


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def sendable(work: Callable[[Item], Result], item: Item) -> Result:
    """work(item) in a worker; an error that could not be sent to the parent whole is sent as a text of it."""
    try:
        _Worker.busy = True
        if _Worker.stopped:
            raise KeyboardInterrupt
        return work(item)
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own bytes of a moment ago
        except Exception:  # noqa: BLE001 -- whatever it is that cannot be sent
            raise RuntimeError(f"{type(error).__name__}: {error}") from error
        raise
    finally:
        _Worker.busy = False
