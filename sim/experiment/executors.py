"""Work spread over threads or processes; what comes back does not depend on either."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Literal, TypeVar

Result = TypeVar("Result")
Kind = Literal["threads", "processes"]
MOST_WORKERS = 256
_DEATHS = 3  # workers lost before the work itself is taken for the cause


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
    for _ in range(_DEATHS):
        try:
            with _pool(kind, min(workers, len(left))) as pool:
                for item, result in _collected({pool.submit(work, item): item for item in left}):
                    left.remove(item)
                    yield item, result
        except BrokenExecutor:
            continue
        return
    raise WorkersDied(f"worker processes were killed {_DEATHS} times; is there enough memory? try --workers 1")


def _collected(futures: dict[Future[Result], int]) -> Iterator[tuple[int, Result]]:
    failed: dict[int, BaseException] = {}
    for future in as_completed(futures):
        if future.cancelled():
            continue
        error = future.exception()
        if isinstance(error, BrokenExecutor):
            raise error
        if error is None:
            yield futures[future], future.result()
        else:
            failed[futures[future]] = error
            for other in futures:
                other.cancel()
    if failed:
        raise next(failed[item] for item in futures.values() if item in failed)


@contextmanager
def _pool(kind: Kind, workers: int) -> Iterator[Executor]:
    """A pool that leaves nothing running behind, not even when the block is left by Ctrl-C."""
    if kind == "threads":
        pool: Executor = ThreadPoolExecutor(workers)
        children = set()
    else:
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        before = set(multiprocessing.active_children())
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context(method), initializer=_obedient)
        children = before
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        if kind == "processes":
            for child in set(multiprocessing.active_children()) - children:
                child.terminate()
        raise
    pool.shutdown()


def _obedient() -> None:
    """Leave Ctrl-C to the parent, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
