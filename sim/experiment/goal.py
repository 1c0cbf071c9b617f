"""A goal in numbers: what a run counts towards it, what a setting costs, by how much a limit is passed."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sim.experiment.goal_units import in_unit, percent, priced
from sim.experiment.ranking import MORE_IS_BETTER
from sim.experiment.sweep_metrics import UNITS, Cell, cell, check_metric
from sim.planning.network import gates_in_reach
from sim.scenario.faults import Fault, did_you_mean, fault, quoted
from sim.scenario.goal_reading import EACH
from sim.scenario.goal_schema import Amount, Goal, Limit, Wanted
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_schema import SweepFile

Values = Mapping[Cell, float | None]  # the summary of a run


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A metric that counts towards the goal."""

    name: str
    cell: Cell
    times: float
    ends: tuple[float, ...]  # other values of `times` that are plausible


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A limit on one metric."""

    name: str
    cell: Cell
    unit: str
    limit: Limit
    bound: float
    is_share: bool  # the bound is a share of what it is compared with

    @property
    def is_relative(self) -> bool:
        """Whether a setting is compared with another one."""
        return self.limit.sense == "worse by at most"

    def measured(self, value: float, other: float | None) -> float:
        """What the bound is held against: the value, or by how much it is worse than the other."""
        if not self.is_relative or other is None:
            return value
        return other - value if self.cell[0] in MORE_IS_BETTER else value - other

    def excess(self, value: float, other: float | None) -> float:
        """By how much the limit is passed; negative = what is left."""
        measured = self.measured(value, other)
        bound = self.bound * other if self.is_share and other is not None else self.bound
        return bound - measured if self.limit.sense == "at least" else measured - bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a search is after."""

    is_worst: bool
    parts: tuple[Part, ...]
    unit: str
    bounds: tuple[Bound, ...]

    def counted(self, values: Values) -> float | None:
        """What a run counts towards the goal, without the costs of levers; None if it has no value of some part."""
        found = [(part, values.get(part.cell)) for part in self.parts]
        if any(value is None for _, value in found):
            return None
        terms = [part.times * value for part, value in found if value is not None]
        return max(terms) if self.is_worst else math.fsum(terms)


def aim(goal: Goal, limits: Sequence[Limit], base: Scenario) -> tuple[Aim | None, list[Fault]]:
    """The goal and limits of a file in numbers, and what is wrong with them."""
    faults = [found for term in goal.terms for found in check_metric(term.wanted, base, "goal")]
    faults += (found for limit in limits for found in check_metric(limit.wanted, base, "limits", each=EACH))
    if faults:
        return None, faults
    parts: list[Part] = []
    units: dict[str, None] = {}
    for term in goal.terms:
        own = UNITS[term.wanted.metric]
        times, unit = _price(term.times, faults) if term.times else (1.0, "")
        units[unit or own] = None
        ends = tuple(_price(end, faults)[0] for end in term.range)
        parts.append(Part(name=term.wanted.name, cell=cell(term.wanted), times=times, ends=ends))
    if len(units) > 1:
        faults.append(fault(goal.place, f"adds {' and '.join(units)}", path="goal",
                            hint="give each metric its price: times: 50 thousand VND"))  # fmt: skip
    bounds = [bound for limit in limits for bound in _bounds(limit, base, faults)]
    found = Aim(is_worst=goal.is_worst, parts=tuple(parts), unit=next(iter(units)), bounds=tuple(bounds))
    return found, faults


def limit_faults(limits: Sequence[Limit], base: Scenario) -> list[Fault]:
    """What is wrong with the limits of a file that has no goal."""
    faults: list[Fault] = []
    for limit in limits:
        wrong = list(check_metric(limit.wanted, base, "limits", each=EACH))
        faults += wrong
        if not wrong:
            list(_bounds(limit, base, faults))
    return faults


def _price(amount: Amount, faults: list[Fault]) -> tuple[float, str]:
    try:
        return priced(amount.text)
    except ValueError as error:
        faults.append(fault(amount.place, f"{error}, got {quoted(amount.text)}", path="goal",
                            hint="times: 2, or times: 50 thousand VND"))  # fmt: skip
        return 1.0, ""


def _bounds(limit: Limit, base: Scenario, faults: list[Fault]) -> Iterator[Bound]:
    unit = UNITS[limit.wanted.metric]
    try:
        share = percent(limit.bound.text) if limit.sense == "worse by at most" else None
        number = in_unit(limit.bound.text, unit) if share is None else share
    except ValueError as error:
        faults.append(fault(limit.bound.place, f"{error}, got {quoted(limit.bound.text)}", path="limits",
                            hint=f"{limit.wanted.metric} is in {'shares' if unit == '1' else unit}"))  # fmt: skip
        return
    for wanted in spelled_out(limit.wanted, base):
        yield Bound(
            name=wanted.name, cell=cell(wanted), unit=unit, limit=limit, bound=number, is_share=share is not None
        )


def spelled_out(wanted: Wanted, base: Scenario) -> list[Wanted]:
    """The metrics that "each" in a metric stands for."""
    if EACH not in (wanted.place_, wanted.gate, wanted.direction, wanted.cargo):
        return [wanted]
    flows = base.file.flows
    known = {
        (gate, flow.direction, cargo)
        for name, flow in flows.items()
        for gate in {flow.gate or "", *gates_in_reach(base, name)}
        for cargo in ([flow.cargo] if isinstance(flow.cargo, str) else flow.cargo)
    }
    places = list(base.file.stations) if wanted.place_ == EACH else [wanted.place_]
    found = [
        replace(wanted, place_=place, gate=gate if wanted.gate == EACH else wanted.gate,
                direction=direction if wanted.direction == EACH else wanted.direction,
                cargo=cargo if wanted.cargo == EACH else wanted.cargo)
        for place in places for gate, direction, cargo in sorted(known)
        if wanted.gate in ("", EACH, gate) and wanted.direction in ("", EACH, direction)
    ]  # fmt: skip
    return list({one.name: one for one in found}.values())


def goal_faults(sweep: SweepFile) -> Iterator[Fault]:
    """What a search needs and a file lacks."""
    levers = [factor.name for factor in sweep.factors if factor.role == "lever"]
    if sweep.goal is None:
        yield fault(sweep.place, "says no goal", path="goal",
                    hint="goal: {minimise: {metric: wait_mean, gate: huu-nghi}}")  # fmt: skip
    if not levers:
        yield fault(sweep.place, "has no levers to choose", path="levers")
    for cost in sweep.goal.costs if sweep.goal else ():
        if cost.lever not in levers:
            yield fault(cost.place, f"no lever {quoted(cost.lever)}", path="goal.costs",
                        hint=did_you_mean(cost.lever, levers, what="levers"))  # fmt: skip
    for limit in sweep.limits:
        for name in limit.against:
            if name not in levers:
                yield fault(limit.place, f"no lever {quoted(name)}", path="limits.against",
                            hint=did_you_mean(name, levers, what="levers"))  # fmt: skip
