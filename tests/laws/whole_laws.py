"""Random laws of durations, every law of the format; and keys that may be left out."""

from random import Random
from typing import Any

_PLAIN = ("5 min", "10 min", "0 min", "20 min")


def law(random: Random) -> Any:
    """A fixed duration or a law, in the words of a scenario file; short, so that every window can hold it."""
    mean = random.choice(("5 min", "10 min", "15 min"))
    laws: tuple[Any, ...] = (
        *_PLAIN,
        {"law": "constant", "value": mean},
        {"law": "exponential", "mean": mean},
        {"law": "lognormal", "mean": mean, "cv": 0.5},
        {"law": "gamma", "mean": mean, "cv": 0.7},
        {"law": "erlang", "mean": mean, "k": 3},
        {"law": "weibull", "scale": mean, "shape": 1.5},
        {"law": "uniform", "low": "2 min", "high": "12 min"},
        {"law": "triangular", "low": "2 min", "mode": "5 min", "high": "12 min"},
        {"law": "pert", "low": "2 min", "mode": "5 min", "high": "12 min"},
        {"law": "shifted", "shift": "3 min", "rest": {"law": "exponential", "mean": "5 min"}},
        {"law": "hyperexponential", "shares": [0.25, 0.75], "means": ["20 min", "5 min"]},
        {"law": "values", "values": ["5 min", "10 min", "10 min"]},
        {"law": "from-capacity", "capacity": "200/day", "servers": 2, "hours": "06:00-18:00", "cv": 0.3},
    )
    if random.random() < 0.08:
        return {"law": "mixture", "shares": [0.5, 0.5], "parts": [random.choice(laws[len(_PLAIN) :]) for _ in range(2)]}
    return random.choice(laws)


def some(random: Random, optional: dict[str, Any], chance: float = 0.5) -> dict[str, Any]:
    """Each key of a mapping with a chance."""
    return {key: value for key, value in optional.items() if random.random() < chance}
