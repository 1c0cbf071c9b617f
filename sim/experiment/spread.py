"""Many pieces of work on threads, processes or a cluster, a few under way at a time; the loss of a worker is a result.

Whatever the workers are, they stand behind the interface of concurrent.futures.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any, Generic, Literal, TypeVar

from sim.experiment.executors import WorkersDied, pool, sendable

Item = TypeVar("Item")
Result = TypeVar("Result")
Kind = Literal["threads", "processes", "cluster"]
RETRIES = 3  # of a piece of work whose worker died
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
        flight: _Flight[Item, Result] = _Flight()
        try:
            with pool(kind, workers) as executor:
                yield from flight.over(executor, task, left, workers * _FOR_A_WORKER)
        except BrokenExecutor:
            yield from ((item, _alone(task, item)) for item in flight.taken)
            continue
        return


def _alone(task: Callable[[Item], Result], item: Item) -> Result | Lost:
    """The item done in a process of its own, after others may have died of it."""
    for _ in range(RETRIES):
        try:
            with pool("processes", 1) as executor:
                return executor.submit(task, item).result()
        except BrokenExecutor:
            continue
    return Lost(f"its worker was killed {RETRIES + 1} times; is there enough memory?")


@dataclass(slots=True)
class _Flight(Generic[Item, Result]):
    """What is under way on one executor."""

    taken: list[Item] = field(default_factory=list)  # and not yet yielded
    futures: dict[Future[Result], Item] = field(default_factory=dict)
    deadly: type[Exception] | tuple[()] = ()  # what a future raises when its workers died

    def over(
        self, executor: Executor, task: Callable[[Item], Result], items: Iterator[Item], most: int
    ) -> Iterator[tuple[Item, Result | Lost]]:
        for item in items:
            self.taken.append(item)
            self.futures[executor.submit(task, item)] = item
            if len(self.futures) >= most:
                yield from self._landed()
        while self.futures:
            yield from self._landed()

    def _landed(self) -> Iterator[tuple[Item, Result | Lost]]:
        for future in wait(self.futures, return_when=FIRST_COMPLETED).done:
            try:
                result: Result | Lost = future.result()
            except self.deadly:
                result = Lost(f"its worker was killed {RETRIES + 1} times; is there enough memory?")
            item = self.futures.pop(future)
            self.taken.remove(item)
            yield item, result


# ---------------------------------------------------------------------------------------------- cluster


def _on_cluster(
    work: Callable[[Item], Result], items: Iterable[Item], scheduler: str
) -> Iterator[tuple[Item, Result | Lost]]:
    """On the workers of a Dask scheduler, which gives the work of a dead worker to another one by itself."""
    distributed = _distributed()
    flight: _Flight[Item, Result] = _Flight(deadly=distributed.KilledWorker)
    with _cluster(distributed, scheduler) as executor:
        try:
            yield from flight.over(executor, work, iter(items), _FOR_A_CLUSTER)
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
