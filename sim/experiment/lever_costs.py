"""What the levers cost over the period, in the unit of the goal, and what leaving them as they are costs."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.experiment.goal_units import priced
from sim.experiment.levers import AS_IT_IS, Levels
from sim.experiment.sweep_tables import is_numeric
from sim.scenario.faults import Fault, did_you_mean, fault, quoted
from sim.scenario.goal_schema import Amount, Cost
from sim.scenario.layers import parts
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_schema import Factor, Level
from sim.scenario.sweep_spans import quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one lever costs."""

    lever: str
    each: float | None
    at: Mapping[str, float]
    as_it_is: float
    number_as_it_is: float | None  # of units, in the base
    ends: tuple[float, ...]  # other values of `each` that are plausible

    def of(self, level: Level, *, each: float | None = None) -> float:
        """The cost at a level; `each` in place of the stated price of a unit."""
        price = self.each if each is None else each
        if level.label in self.at:
            return self.at[level.label]
        if level.label == AS_IT_IS or price is None:
            return self.as_it_is if price is None or self.number_as_it_is is None else price * self.number_as_it_is
        return price * (level.number or 0.0)


def cost_of(prices: Sequence[Price], levels: Levels) -> float:
    """What a setting costs."""
    return math.fsum(price.of(levels[price.lever]) for price in prices)


def prices(
    costs: Sequence[Cost], factors: Sequence[Factor], same: Mapping[str, Level], base: Scenario, unit: str
) -> tuple[tuple[Price, ...], list[Fault]]:
    """The costs in the unit of the goal; `same` is the level of a lever that changes nothing, where there is one."""
    known = {factor.name: factor for factor in factors}
    faults: list[Fault] = []
    found = tuple(_price(cost, known[cost.lever], same.get(cost.lever), base, unit, faults) for cost in costs)
    return found, faults


def _price(
    cost: Cost, factor: Factor, same: Level | None, base: Scenario, unit: str, faults: list[Fault]
) -> Price:  # fmt: skip
    path = f"goal.costs.{cost.lever}"
    faults += _misfits(cost, factor, path)
    each = _number(cost.each, unit, path, faults) if cost.each else None
    at = {label: _number(amount, unit, path, faults) for label, amount in cost.at.items()}
    number = None if each is None else same.number if same else _in_base(factor, base)
    as_it_is = None
    if cost.as_it_is:
        as_it_is, number = _number(cost.as_it_is, unit, path, faults), None
    elif each is not None and number is not None:
        as_it_is = each * number
    elif same and same.label in at:
        as_it_is = at[same.label]
    if as_it_is is None:
        faults.append(fault(cost.place, "does not say what the base costs, which is none of the levels", path=path,
                            hint="as it is: 120 million VND"))  # fmt: skip
    ends = tuple(_number(end, unit, path, faults) for end in cost.range) if each is not None else ()
    return Price(lever=cost.lever, each=each, at=at, as_it_is=as_it_is or 0.0, number_as_it_is=number, ends=ends)


def _misfits(cost: Cost, factor: Factor, path: str) -> Iterator[Fault]:
    if cost.each and not is_numeric(factor):
        yield fault(cost.place, f"{factor.name} is no number, so each of its levels needs a cost", path=path,
                    hint="{at: {now: 0 VND, late: 90 million VND}}")  # fmt: skip
    labels = [level.label for level in factor.levels]
    if cost.at and not labels:
        yield fault(cost.place, f"{factor.name} has no listed levels", path=path, hint="each: 40 million VND")
        return
    for label, amount in cost.at.items():
        if label not in labels:
            hint = did_you_mean(label, labels, what="levels")
            yield fault(amount.place, f"no level {quoted(label)} of {factor.name}", path=path, hint=hint)
    lacking = [label for label in labels if cost.at and label not in cost.at]
    if lacking:
        yield fault(cost.place, f"says no cost of {', '.join(lacking)}", path=path)


def _number(amount: Amount, unit: str, path: str, faults: list[Fault]) -> float:
    try:
        value, own = priced(amount.text)
    except ValueError as error:
        faults.append(fault(amount.place, f"{error}, got {quoted(amount.text)}", path=path, hint="40 million VND"))
        return 0.0
    if own not in ("", unit):
        faults.append(fault(amount.place, f"is in {own}, and the goal in {unit or 'plain numbers'}", path=path,
                            hint="give the metrics a price: times: 50 thousand VND"))  # fmt: skip
    return value


def _in_base(factor: Factor, base: Scenario) -> float | None:
    """The number that the base has where the lever sets one, if it is in the lever's unit."""
    paths = factor.span.paths if factor.span else tuple(factor.levels[0].settings)
    node: Any = base.resolved
    for part in parts(paths[0]) if paths else ():
        node = node.get(part) if isinstance(node, Mapping) else None
    found = quantity(str(node)) if isinstance(node, str | int | float) else None
    return found[0] if found and found[1] == factor.unit else None
