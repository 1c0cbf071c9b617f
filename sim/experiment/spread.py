"""Many pieces of work on threads, processes or a cluster, a few under way at a time; the loss of a worker is a result.

Whatever the workers are, they stand behind the interface of concurrent.futures.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, Literal, TypeVar

from sim.experiment.executors import Flight, WorkersDied, pool, sendable

Item = TypeVar("Item")
Result = TypeVar("Result")
Kind = Literal["threads", "processes", "cluster"]
RETRIES = 3  # of a piece of work whose worker died
_KILLED = f"its worker was killed {RETRIES + 1} times; is there enough memory?"
_FOR_A_WORKER = 2  # pieces under way or waiting for each worker, so that none is idle
_FOR_A_CLUSTER = 64  # the same in all; workers may come and go
_SECONDS_TO_CONNECT = 10


@dataclass(frozen=True, slots=True)
class Lost:
    """A piece of work that took its workers with it, again and again."""

    reason: str


class SchedulerRefused(Exception):
    """There is no cluster to work on."""

    exit_code = 2


def spread(
    work: Callable[[Item], Result], items: Iterable[Item], *, kind: Kind, workers: int, scheduler: str = ""
) -> Generator[tuple[Item, Result | Lost], None, None]:
    """(item, work(item)) as each is completed, in no order. Errors that `work` raises are raised here.

    Of the items only a few are taken at a time. One whose worker dies is done again at most 3 times, by itself, so
    that it takes no other with it.
    """
    if kind == "cluster":
        yield from _on_cluster(work, items, scheduler)
        return
    if workers == 1:
        yield from ((item, work(item)) for item in items)
        return
    task = partial(sendable, work) if kind == "processes" else work
    left = iter(items)
    while True:
        taken: list[Item] = []  # and not yet yielded
        try:
            with pool(kind, workers) as executor:
                for item, future in _landings(executor, task, _noted(left, taken), workers * _FOR_A_WORKER):
                    result = future.result()
                    taken.remove(item)
                    yield item, result
        except BrokenExecutor:
            yield from ((item, _alone(task, item)) for item in taken)
            continue
        return


def _noted(items: Iterator[Item], taken: list[Item]) -> Iterator[Item]:
    for item in items:
        taken.append(item)
        yield item


def _alone(task: Callable[[Item], Result], item: Item) -> Result | Lost:
    """The item done in a process of its own, after others may have died of it."""
    for _ in range(RETRIES):
        try:
            with pool("processes", 1) as executor:
                return next(_landings(executor, task, iter([item]), 1))[1].result()
        except BrokenExecutor:
            continue
    return Lost(_KILLED)


def _landings(
    executor: Executor, task: Callable[[Item], Result], items: Iterator[Item], most: int
) -> Iterator[tuple[Item, Future[Result]]]:
    """Each item with what became of it; at most `most` are under way."""
    flight: Flight[Item, Result] = Flight(executor)
    for item in items:
        flight.begin(task, item)
        if len(flight.items) >= most:
            yield flight.landed()
    while flight.items:
        yield flight.landed()


# ---------------------------------------------------------------------------------------------- cluster


def _on_cluster(
    work: Callable[[Item], Result], items: Iterable[Item], scheduler: str
) -> Iterator[tuple[Item, Result | Lost]]:
    """On the workers of a Dask scheduler, which gives the work of a dead worker to another one by itself."""
    distributed = _distributed()
    with _cluster(distributed, scheduler) as executor:
        try:
            for item, future in _landings(executor, work, iter(items), _FOR_A_CLUSTER):
                try:
                    result: Result | Lost = future.result()
                except distributed.KilledWorker:
                    result = Lost(_KILLED)
                yield item, result
        except CancelledError as error:
            raise WorkersDied(f"the scheduler at {scheduler} is gone; the same command goes on later") from error


def _distributed() -> Any:
    try:
        return import_module("distributed")
    except ModuleNotFoundError:
        raise SchedulerRefused("--scheduler needs the extra dask: pip install 'cuakhau[dask]'") from None


@contextmanager
def _cluster(distributed: Any, scheduler: str) -> Iterator[Executor]:
    """The cluster as an executor; nothing of this sweep goes on there when the block is left."""
    try:
        distributed.comm.resolve_address(scheduler)  # a client that is refused its address complains as it goes, too
        client = distributed.Client(scheduler, timeout=_SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError, ImportError) as error:
        raise SchedulerRefused(f"no Dask scheduler answers at {scheduler}: {error}") from None
    executor: Executor = client.get_executor(pure=False)
    try:
        yield executor
    finally:
        executor.shutdown(wait=False)
        client.close()
