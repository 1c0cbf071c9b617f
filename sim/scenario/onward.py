"""What of a route still lies before a truck that stands at one of its stations."""

from collections.abc import Sequence
from typing import Any

from sim.scenario import schema

Steps = tuple[Any, ...]


def onward(steps: Sequence[Any], station: str) -> Steps | None:
    """The steps from the first visit of a station on, that visit included; None if none of them visits it.

    A truck that stands inside blocks holds their places too. One inside a branch has taken that branch; one inside
    a repetition has this round before it, and then others by the same share. On a road the drive is over.
    """
    for place, step in enumerate(steps):
        found = _within(step, station)
        if found is not None:
            return (*found, *steps[place + 1 :])
    return None


def _within(step: Any, station: str) -> Steps | None:
    """The same for one step."""
    match step:
        case schema.At() if step.at == station:
            return (step.model_copy(update={"share": 1.0, "only": ()}),)
        case schema.In() if step.in_ == station:
            return (step.model_copy(update={"do": _standing(step.do)}),)
        case schema.In():
            inner = onward(step.do, station)
            return None if inner is None else (step.model_copy(update={"do": inner}),)
        case schema.Wander() if station == step.start or station in step.routing:
            return (step.model_copy(update={"start": station}),)
        case schema.Repeat():
            inner = onward(step.do, station)
            return None if inner is None else (*inner, *_again(step))
    inside = (onward(steps, station) for steps in _ways(step))
    return next((way for way in inside if way is not None), None)


def _standing(steps: Steps) -> Steps:
    """Without the drives at the beginning: who stands on a road has come to the end of the queue."""
    first = next((k for k, step in enumerate(steps) if not isinstance(step, schema.Travel)), len(steps))
    return steps[first:]


def _again(step: schema.Repeat) -> Steps:
    if step.at_most == 1 or step.repeat == 0:
        return ()
    return (schema.Some(share=step.repeat, do=(step.model_copy(update={"at_most": step.at_most - 1}),)),)


def _ways(step: Any) -> list[Steps]:
    """The runs of steps of which a step does one."""
    match step:
        case schema.Some() | schema.Only():
            return [step.do]
        case schema.OneOf():
            return [branch.do for branch in step.one_of]
        case schema.Fewest():
            return [branch.do for branch in step.fewest]
        case schema.Threshold():
            return [step.do, step.otherwise]
    return []


def holds(steps: Sequence[Any]) -> tuple[str, ...]:
    """Of steps that begin with a standing truck: the stations whose places it takes at once, outermost first."""
    first = steps[0] if steps else None
    match first:
        case schema.In():
            return (
                first.in_,
                *(holds(first.do) if first.do and isinstance(first.do[0], schema.In | schema.At) else ()),
            )
        case schema.At():
            return (first.at,)
        case _:
            return ()
