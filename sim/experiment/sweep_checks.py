"""What `cuakhau check` says of a sweep file: what it asks for, and everything that any command would refuse it for."""

from collections.abc import Sequence

from sim.experiment.designs import points
from sim.experiment.failures import failing
from sim.experiment.goal import limit_faults
from sim.experiment.search_task import asked, task_of
from sim.experiment.sweep_points import checked_keys
from sim.scenario.faults import Fault, ScenarioFaults, in_order, shown
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_reading import read_sweep
from sim.scenario.sweep_schema import SweepFile

_ENOUGH = 10**12  # runs, more than any search takes: the budget is no part of the file


def examine_sweep(path: str) -> tuple[str, tuple[Fault, ...]]:
    """What a sweep asks for, in two lines, and what is wrong with it or with any of its points."""
    try:
        sweep, base = read_sweep(path)
        found = tuple(points(sweep))
    except ScenarioFaults as unread:
        return "", unread.faults
    faults: list[Fault] = []
    try:
        checked_keys(sweep, base, found, seed=1, version="")
    except ScenarioFaults as unsound:
        faults += unsound.faults
    faults += _wish_faults(sweep, base, is_sound=not faults)
    head, asks = f"{shown(path, 300)}: {shown(sweep.title, 300)}", f"{_count(len(found), 'point')} x"
    return f"{head}\n{asks} {_count(sweep.replications, 'replication')}\n", in_order(faults)


def _wish_faults(sweep: SweepFile, base: Scenario, *, is_sound: bool) -> Sequence[Fault]:
    """What is wrong with goal, limits and fails; what depends on levels of levers only if all points are sound."""
    if sweep.goal is None:
        return [*limit_faults(sweep.limits, base), *failing(sweep, base)[1]]
    if not is_sound:
        return asked(sweep, base)[2]
    try:
        task_of(sweep, base, budget=_ENOUGH, replications=sweep.replications)
    except ScenarioFaults as unsound:
        return unsound.faults
    return ()


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
