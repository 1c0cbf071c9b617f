"""When trucks turn back: by the patience a step states, or because too much of their load is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sim.planning.drafts import Todo
from sim.scenario import schema
from sim.scenario.laws import Constant, Law
from sim.scenario.worth import lost_after

EXCEEDS = "loss exceeds margin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a truck stands for something before it turns back."""

    name: str  # of the draw
    law: Law
    from_arrival: bool  # counted from the truck's arrival at the border, not from when it began to stand
    reason: str


def patience_of(
    todo: Todo, at: str, line: str, label: str, cargo: schema.Cargo | None, *, crossed: bool
) -> Patience | None:
    """The patience with which a truck asks for something at a station; None = it stands as long as it takes."""
    law = getattr(todo.step, "patience", None)
    if law is not None:
        return Patience(name=f"patience {line} {label}", law=law, from_arrival=False, reason=f"out of patience at {at}")
    if cargo is None or cargo.turns_back is None or (crossed and not _crosses_later(todo)):
        return None
    limit = lost_after(cargo, cargo.turns_back.when_loss_exceeds)
    if limit is None:
        return None
    return Patience(name=EXCEEDS, law=Constant(law="constant", value=limit), from_arrival=True, reason=EXCEEDS)


def _crosses_later(todo: Todo | None) -> bool:
    """Whether the crossing is among what is still to be done."""
    while todo is not None:
        if _holds_crossing([todo.step]):
            return True
        todo = todo.rest
    return False


def _holds_crossing(steps: Sequence[Any]) -> bool:
    return any(
        step.crosses if isinstance(step, schema.At) else any(_holds_crossing(inner) for inner in _inner(step))
        for step in steps
    )


def _inner(step: Any) -> list[Sequence[Any]]:
    """The lists of steps inside a step."""
    match step:
        case schema.In() | schema.Some() | schema.Only() | schema.Repeat():
            return [step.do]
        case schema.Threshold():
            return [step.do, step.otherwise]
        case schema.OneOf():
            return [branch.do for branch in step.one_of]
        case schema.Fewest():
            return [branch.do for branch in step.fewest]
    return []
