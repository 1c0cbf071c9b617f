"""A search that is sound: what there is to choose from, what for and at what price, checked before anything runs."""

from dataclasses import dataclass

from sim.experiment.failures import Failing, failing
from sim.experiment.futures import Future, futures, point_of
from sim.experiment.goal import Aim, aim, goal_faults
from sim.experiment.hunt import FINALISTS, first_runs
from sim.experiment.lever_costs import Price, prices
from sim.experiment.levers import Dial, Levels, dials, named_levels, untouched, zipped_across
from sim.experiment.sweep_points import key_of, scenario_at
from sim.scenario.faults import Fault, ScenarioFaults, fault
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_schema import Level, SweepFile


class BudgetTooSmall(Exception):
    """The runs allowed do not even cover the last ones."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A search that is sound: what there is to choose from, what for, and at what price."""

    file: SweepFile
    base: Scenario
    space: tuple[Dial, ...]
    aim: Aim
    prices: tuple[Price, ...]
    futures: list[Future]
    others: tuple[Levels | None, ...]  # what each limit compares with
    fails: Failing | None  # what the best setting is looked at for, where something is uncertain
    budget: int
    replications: int  # of the last runs

    @property
    def companions(self) -> int:
        """How many settings go along with every round: the base, and what else limits compare with."""
        return (
            len({id(other) for other in self.others if other is not None and any(other[n].settings for n in other)}) + 1
        )

    @property
    def last_runs(self) -> int:
        """Runs that are kept back for the finalists, and for finding where the best of them fails."""
        looked_at = self.fails.futures if self.fails else 0
        return (FINALISTS + self.companions) * self.replications * len(self.futures) + looked_at

    @property
    def least_budget(self) -> int:
        """Runs below which there is nothing to search with."""
        return self.last_runs + (self.companions + 2) * first_runs(len(self.futures)) * len(self.futures)


def task_of(file: SweepFile, base: Scenario, *, budget: int, replications: int) -> Task:
    """The search that a file asks for. Raises ScenarioFaults with every fault, BudgetTooSmall."""
    found, fails, faults = asked(file, base)
    if faults or file.goal is None or found is None:
        raise ScenarioFaults(faults)
    space = dials(file)
    ahead, same = futures(file), _checked(file, space, faults)
    others = tuple(_compared(file, space, faults))
    if faults:
        raise ScenarioFaults(faults)
    levers = [factor for dial in space for factor in dial.factors]
    priced, faults = prices(file.goal.costs, levers, same, base, found.unit)
    if faults:
        raise ScenarioFaults(faults)
    spelled = {id(limit): other for limit, other in zip(file.limits, others, strict=True)}
    task = Task(file=file, base=base, space=space, aim=found, prices=priced, futures=ahead, budget=budget,
                others=tuple(spelled[id(bound.limit)] for bound in found.bounds), replications=replications,
                fails=fails)  # fmt: skip
    if budget < task.least_budget:
        raise BudgetTooSmall(
            f"a budget of {budget:,} runs is too small: {task.last_runs:,} are kept for the last "
            f"{FINALISTS} settings and the base, so it takes {task.least_budget:,}; --budget {task.least_budget * 2}, "
            "or fewer --replications or futures"
        )
    return task


def asked(file: SweepFile, base: Scenario) -> tuple[Aim | None, Failing | None, list[Fault]]:
    """The goal with its limits and what failing means, in numbers, and all that is wrong with them by themselves."""
    faults = [*goal_faults(file), *zipped_across(file)]
    fails, more = failing(file, base) if file.fails and _is_unsure(file) else (None, [])
    faults += more
    found, more = aim(file.goal, file.limits, base) if file.goal else (None, [])
    return found, fails, faults + more


def _is_unsure(file: SweepFile) -> bool:
    return any(factor.role == "uncertainty" for factor in file.factors)


def _checked(file: SweepFile, space: tuple[Dial, ...], faults: list[Fault]) -> dict[str, Level]:
    """Check every level by itself; the levels that leave the base as it is, by lever."""
    same: dict[str, Level] = {}
    future = futures(file)[0]
    plain = key_of(scenario_at(file, point_of(file, untouched(space), future)), seed=0, version="")
    for dial in space:
        for stop in range(dial.stops) if dial.factors[0].span is None else (0, dial.stops // 2, dial.stops - 1):
            levels = dial.levels(stop)
            try:
                scenario = scenario_at(file, point_of(file, untouched(space) | levels, future))
            except ScenarioFaults as found:
                faults += found.faults
                continue
            if key_of(scenario, seed=0, version="") == plain:
                same |= levels
    return same


def _compared(file: SweepFile, space: tuple[Dial, ...], faults: list[Fault]) -> list[Levels | None]:
    """What each limit of the file compares with."""
    plain = untouched(space)
    found: dict[tuple[tuple[str, str], ...], Levels] = {(): plain}
    others: list[Levels | None] = []
    for limit in file.limits:
        if limit.sense != "worse by at most":
            others.append(None)
            continue
        name = tuple(sorted(limit.against.items()))
        try:
            found.setdefault(name, named_levels(space, limit.against))
        except KeyError as error:
            faults.append(fault(limit.place, f"no such level of {error.args[0]}", path="limits.against"))
        others.append(found.get(name, plain))
    return others
