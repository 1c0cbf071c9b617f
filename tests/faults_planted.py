"""`python -m tests.faults_planted`: a broken engine must be caught.

Each fault is planted alone: the engine is handed a Plan in which one thing is not what the scenario says (what a
faulty engine would have done with the right one), and its Trace is read with the right Plan. Faults of chance are
planted in the making of the Plan. The entries that ought to notice are then run; one that fails catches the fault.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.engine import simulate
from sim.planning import demand
from sim.planning.make import make_plan
from sim.planning.plan import Change, Closing, Kind, Plan
from sim.planning.rates import FlowRate
from sim.trace import Trace

from .oracles.campaign import ALARM, Finding, findings
from .oracles.entries import OWN_FILE, entries
from .oracles.lab import Lab

_HOUR = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A way to be wrong, and the kinds of entries that ought to notice."""

    name: str
    kinds: tuple[str, ...]
    engine: Callable[..., Trace] = simulate
    plan: Callable[..., Plan] = make_plan


def _handed(change: Callable[[Plan], Plan]) -> Callable[..., Trace]:
    """An engine that runs a changed Plan."""
    return lambda plan, engine: simulate(change(plan), engine=engine)


def _network(plan: Plan, **tables: Any) -> Plan:
    return replace(plan, network=replace(plan.network, **tables))


def _with(table: np.ndarray, column: str, values: Any) -> np.ndarray:
    changed = table.copy()
    changed[column] = values
    return changed


def priority_ignored(plan: Plan) -> Plan:
    """Every file of a queue has one level."""
    return _network(plan, files=_with(plan.network.files, "level", 0))


def server_freed_a_tick_late(plan: Plan) -> Plan:
    """Every work holds its server one millisecond longer."""
    works = plan.network.steps[(plan.network.steps["kind"] == Kind.WORK)]["work"]
    longer = plan.trucks.work + (1 if len(works) else 0)
    return replace(plan, trucks=replace(plan.trucks, work=longer))


def closing_rule_swapped(plan: Plan) -> Plan:
    """A closing rule of finish is taken for fits, and fits for finish."""
    closing = plan.network.resources["closing"]
    swapped = np.where(
        closing == Closing.FINISH, Closing.FITS, np.where(closing == Closing.FITS, Closing.FINISH, closing)
    )
    options, steps = plan.network.options.copy(), plan.network.steps
    for row in steps[steps["kind"] == Kind.ASK]:
        begin, end = row["option_from"], row["option_to"]
        options["fits"][begin:end] = np.where(options["fits"][begin:end] >= 0, -1, 0)
    return _network(plan, resources=_with(plan.network.resources, "closing", swapped), options=options)


def place_not_released(plan: Plan) -> Plan:
    """A truck that is granted what comes next keeps what it stands on."""
    return _network(plan, options=_with(plan.network.options, "give_to", plan.network.options["give_from"]))


def one_place_too_many(plan: Plan) -> Plan:
    """Every yard holds one truck more."""
    capacity = plan.network.resources["capacity"]
    more = np.where(plan.network.layout.resource_is_server, capacity, capacity + 1)
    return _network(plan, resources=_with(plan.network.resources, "capacity", more))


def full_yard_blocks_instead_of_turning_away(plan: Plan) -> Plan:
    """A truck that finds no place waits."""
    return _network(plan, steps=_with(plan.network.steps, "otherwise", -1))


def calendar_off_by_one_hour(plan: Plan) -> Plan:
    """Opening and closing come an hour late."""
    return _network(plan, changes=_with(plan.network.changes, "time", plan.network.changes["time"] + _HOUR))


def slowdown_forgotten(plan: Plan) -> Plan:
    """The speed of work never changes."""
    return _network(plan, changes=plan.network.changes[plan.network.changes["what"] != Change.SPEED])


def handover_as_finish(plan: Plan) -> Plan:
    """The old team counts against the new one."""
    what = plan.network.changes["what"]
    changes = _with(plan.network.changes, "what", np.where(what == Change.SHIFT, Change.CAPACITY, what))
    closing = plan.network.resources["closing"]
    finish = np.where(closing == Closing.HANDOVER, Closing.FINISH, closing)
    return _network(plan, changes=changes, resources=_with(plan.network.resources, "closing", finish))


def pause_as_finish(plan: Plan) -> Plan:
    """A truck in hand at closing is completed."""
    closing = plan.network.resources["closing"]
    finish = np.where(closing == Closing.PAUSE, Closing.FINISH, closing)
    return _network(plan, resources=_with(plan.network.resources, "closing", finish))


def ties_reversed(plan: Plan, engine: str) -> Trace:
    """Trucks that come at one instant are let in last listed first."""
    trucks = plan.trucks
    n = len(trucks.enters)
    order = np.lexsort((-np.arange(n), trucks.enters))
    rows = {name: getattr(trucks, name)[order] for name in trucks.__slots__ if not name.startswith(("work", "stamp"))}
    works, work_at = _moved(trucks.work, trucks.work_at, order)
    _, stamp_at = _moved(np.zeros(trucks.stamp_at[-1], np.int64), trucks.stamp_at, order)
    handed = replace(plan, trucks=replace(trucks, **rows, work=works, work_at=work_at, stamp_at=stamp_at))
    trace = simulate(handed, engine=engine)
    back = np.argsort(order)
    stamps, _ = _moved(trace.stamps, stamp_at, back)
    paused = trace.paused.copy()
    paused[:, 0] = order[paused[:, 0]]
    return replace(trace, stamps=stamps, step=trace.step[back], paused=paused)


def _moved(values: np.ndarray, at: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ragged rows in another order, and where they begin."""
    rows = [values[at[k] : at[k + 1]] for k in order]
    return np.concatenate([*rows, values[:0]]), np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(
        np.int64
    )


def same_chance_in_every_replication(scenario: Any, replication: int = 0, seed: int = 1) -> Plan:
    """The number of the replication is forgotten."""
    return make_plan(scenario, replication=0, seed=seed)


def arrivals_by_the_rate_of_an_hour_ago(scenario: Any, replication: int = 0, seed: int = 1) -> Plan:
    """Points are kept or dropped by an old rate; the compiled pass, which has its own rates, stands aside."""
    with (
        _replaced(demand, "compiled_draws_pay", lambda _: lambda _count: False),
        _replaced(FlowRate, "rates", lambda right: lambda self, day, elapsed: right(self, day, elapsed - _HOUR)),
    ):
        return make_plan(scenario, replication=replication, seed=seed)


def mean_taken_for_median(scenario: Any, replication: int = 0, seed: int = 1) -> Plan:
    """Draws of one tenth too long, as a law read by the wrong parameter gives."""
    plan = make_plan(scenario, replication=replication, seed=seed)
    return replace(plan, trucks=replace(plan.trucks, work=plan.trucks.work * 11 // 10))


@contextmanager
def _replaced(owner: Any, name: str, wrapped: Callable[[Any], Any]) -> Iterator[None]:
    right = getattr(owner, name)
    setattr(owner, name, wrapped(right))
    try:
        yield
    finally:
        setattr(owner, name, right)


FAULTS = (
    Fault(name="priority ignored", kinds=("mg1prio",), engine=_handed(priority_ignored)),
    Fault(name="server freed a tick late", kinds=("samplepath",), engine=_handed(server_freed_a_tick_late)),
    Fault(name="closing rule swapped", kinds=("ddc_calendar",), engine=_handed(closing_rule_swapped)),
    Fault(name="finished where it should pause", kinds=("ddc_calendar",), engine=_handed(pause_as_finish)),
    Fault(name="old team counted against the new one", kinds=("mtmtc_cal",), engine=_handed(handover_as_finish)),
    Fault(name="place not released", kinds=("bas_path", "meter_dd"), engine=_handed(place_not_released)),
    Fault(name="one place too many", kinds=("meter_dd",), engine=_handed(one_place_too_many)),
    Fault(name="full yard blocks instead of turning away", kinds=("mmck",),
          engine=_handed(full_yard_blocks_instead_of_turning_away)),
    Fault(name="ties reversed", kinds=("samplepath",), engine=ties_reversed),
    Fault(name="calendar off by one hour", kinds=("ddc_calendar",), engine=_handed(calendar_off_by_one_hour)),
    Fault(name="slowdown forgotten", kinds=("slowdown",), engine=_handed(slowdown_forgotten)),
    Fault(name="thinning with the rate of an hour ago", kinds=("nhpp",), plan=arrivals_by_the_rate_of_an_hour_ago),
    Fault(name="services one tenth too long", kinds=("dist",), plan=mean_taken_for_median),
    Fault(name="the same chance in every replication", kinds=("mm1",), plan=same_chance_in_every_replication),
)  # fmt: skip


def caught_by(fault: Fault, engine: str) -> str:
    """The first entry and metric that notice a fault; "" if none does. Entries that fail without it do not count."""
    lab = Lab(engine=engine, is_quick=True, simulate=fault.engine, make_plan=fault.plan)  # type: ignore[arg-type]
    for entry in entries(OWN_FILE):
        if entry.kind in fault.kinds:
            [finding] = findings([entry], lab)
            if metric := _alarm(finding):
                return f"{entry.id}: {metric}"
    return ""


def _alarm(finding: Finding) -> str:
    """The metric that is wrong beyond doubt: an exact answer missed, or a z that chance does not reach."""
    worst = max(finding.rows, key=lambda row: (row.verdict == "wrong", abs(np.nan_to_num(row.z))))
    return worst.metric if worst.verdict == "wrong" or abs(np.nan_to_num(worst.z)) > ALARM else ""


SOUND = Fault(name="(no fault)", kinds=tuple(dict.fromkeys(kind for fault in FAULTS for kind in fault.kinds)))


def main() -> int:
    """0 if and only if every fault is caught, and nothing fails without a fault."""
    engine = sys.argv[1] if len(sys.argv) > 1 else "compiled"
    caught = {}
    for fault in (SOUND, *FAULTS):
        begun = time.monotonic()
        caught[fault.name] = caught_by(fault, engine)
        said = f"caught by {caught[fault.name]}" if caught[fault.name] else "nothing fails"
        print(f"{fault.name:<50} {said}  ({time.monotonic() - begun:.0f} s)", flush=True)
    found = sum(bool(caught[fault.name]) for fault in FAULTS)
    print(f"{found} of {len(FAULTS)} caught")
    return 0 if found == len(FAULTS) and not caught[SOUND.name] else 1


if __name__ == "__main__":
    sys.exit(main())
