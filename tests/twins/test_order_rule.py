"""The written order rule where it is finest, by hand, in both engines."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.assemble import Tables, Way, trucks
from sim.engine import compiled, simpy_engine
from sim.planning.plan import NEVER, Change, Closing, Kind, Plan
from sim.trace import Trace

Engine = Callable[[Plan], Trace]


def engines() -> pytest.MarkDecorator:
    """Both engines."""
    return pytest.mark.parametrize("simulate", [simpy_engine.simulate, compiled.simulate], ids=["simpy", "compiled"])


def run(simulate: Engine, tables: Tables, enters: list[int], first: list[int], works: list[list[int]], stamps: int):
    """Stamps of each truck, ends at 1,000 ms."""
    at = np.concatenate([[0], np.cumsum([len(row) for row in works])])
    listed = trucks(enters, first, [w for row in works for w in row], at, [stamps] * len(enters))
    plan = Plan(trucks=listed, network=tables.network(), starts=0, ends=1000, window=(0, 1000), replication=0)
    trace = simulate(plan)
    return trace.stamps.reshape(len(enters), stamps).tolist(), trace.paused.tolist()


@engines()
def test_of_paused_services_the_one_that_started_first_resumes_first(simulate: Engine) -> None:
    tables = Tables()
    server, queue = tables.resource(2, closing=Closing.PAUSE, elastic=1), tables.queue()
    first = tables.seize(queue, server, stamp=0)
    tables.step(Kind.TRAVEL, work=0)
    tables.step(Kind.WORK, server=server, work=1, stamp=1)
    tables.leave(gives=(server,))
    tables.changes = [(time, Change.CAPACITY, server, n, NEVER) for time, n in ((10, 1), (30, 0), (40, 1))]
    # truck 1 holds its server from 0 and works from 20, while truck 0 stands paused from 10
    stamps, paused = run(simulate, tables, [0, 0], [first, first], [[0, 100], [20, 100]], 2)
    assert stamps == [[0, 130], [0, 220]]
    assert paused == [[0, 0, 10, 40], [1, 0, 30, 130]]


@engines()
def test_a_truck_that_asks_again_at_once_is_seen_in_the_same_look(simulate: Engine) -> None:
    tables = Tables()
    x, y, z = (tables.resource(1) for _ in range(3))
    here, there = tables.queue(), tables.queue()
    first = tables.move(takes=(z,))
    tables.step(Kind.TRAVEL, work=0)
    tables.seize(here, x, gives=(z,), stamp=0)
    tables.seize(here, y, stamp=1)
    tables.step(Kind.TRAVEL, work=1)
    tables.leave(gives=(x, y))
    other = tables.ask(there, [Way(needs=(z, y), next=first + 7)], stamp=0)
    tables.leave(gives=(z, y))
    # at 10 truck 0 gives up z, which truck 1 waits for together with y, and asks for y itself
    stamps, _ = run(simulate, tables, [0, 5], [first, other], [[10, 5], [0, 0]], 2)
    assert stamps == [[10, 10], [15, NEVER]]
