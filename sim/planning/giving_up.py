"""When trucks turn back: by the patience a step states, or because too much of their load is lost."""

from dataclasses import dataclass

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
    if cargo is None or cargo.turns_back is None or crossed:
        return None
    limit = lost_after(cargo, cargo.turns_back.when_loss_exceeds)
    if limit is None:
        return None
    return Patience(name=EXCEEDS, law=Constant(law="constant", value=limit), from_arrival=True, reason=EXCEEDS)
