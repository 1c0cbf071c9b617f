"""What a search is after: a goal to minimise, what levers cost, limits to be kept, and when a policy fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sim.scenario.faults import Place

Sense = Literal["at most", "at least", "worse by at most"]
FUTURES, MOST_FUTURES = 128, 4096  # looked at to find where a policy fails


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A metric that the table of a sweep has as a column."""

    metric: str
    place_: str
    gate: str
    direction: str
    cargo: str
    place: Place

    @property
    def name(self) -> str:
        """The name of the column."""
        return " ".join(part for part in (self.metric, self.place_, self.gate, self.direction, self.cargo) if part)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as the file writes it, unit and all; what it is in the unit of a metric is found later."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A metric that counts towards the goal, so many times or at such a price for each unit of it."""

    wanted: Wanted
    times: Amount | None
    range: tuple[Amount, ...]  # other values of `times` that are plausible


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a lever costs over the period: so much for each unit of its number, or stated for each of its levels."""

    lever: str
    each: Amount | None
    at: Mapping[str, Amount]  # label of a level -> its cost
    as_it_is: Amount | None  # what the base costs, where it cannot be told from the levels
    range: tuple[Amount, ...]  # other values of `each` that are plausible
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is to be as small as it can: a sum of terms and costs, or the worst of the terms with the costs on top."""

    is_worst: bool
    terms: tuple[Term, ...]
    costs: tuple[Cost, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a setting must keep to be chosen."""

    wanted: Wanted  # a part that the file gives as "each" stands for every value it has
    sense: Sense
    bound: Amount
    against: Mapping[str, str]  # of "worse by at most": lever -> level; levers not named are as in the base
    in_every_run: bool  # else in the mean over runs
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Fails:
    """When a run counts as failed."""

    wanted: Wanted
    is_above: bool  # fails above the bound, else below it
    bound: Amount
    futures: int  # that a search draws to look for boxes
