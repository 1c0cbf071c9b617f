"""Laws of service durations: from an entry's words for them to those of a scenario. Durations in hours."""

import math
import re
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from sim.scenario import laws
from sim.scenario.fields import as_constant

from .case import HOUR, span

_LAW: TypeAdapter[laws.Law] = TypeAdapter(laws.Law)


def law(service: Mapping[str, Any]) -> Any:
    """A service law as a scenario writes it."""
    kind = re.sub(r"[^a-z]", "", str(service["type"]).lower())
    given = {k: v for k, v in service.items() if k != "type"}
    match kind:
        case "exp" | "exponential" | "m":
            return {"law": "exponential", "mean": span(_mean(given))}
        case "constant" | "deterministic" | "det" | "d":
            return span(_mean(given))
        case "erlang":
            return {"law": "erlang", "mean": span(_mean(given)), "k": int(given.get("k", given.get("shape", 1)))}
        case "lognormal" | "gamma":
            return {"law": kind, "mean": span(_mean(given)), "cv": _cv(given)}
        case "uniform" | "triangular":
            return {"law": kind} | {key: span(float(given[key])) for key in ("low", "mode", "high") if key in given}
        case "weibull":
            shape = float(given["shape"])
            scale = float(given.get("scale", 0)) or _mean(given) / math.gamma(1 + 1 / shape)
            return {"law": "weibull", "scale": span(scale), "shape": shape}
        case "hyperexp" | "hyperexponential" | "h":
            return _hyperexponential(given)
    return _mixture(kind, given)


def mean(service: Mapping[str, Any]) -> float:
    """Mean of a service law in an entry's words. [h]"""
    written = law(service)
    return laws.mean(_LAW.validate_python(as_constant.func(written))) / float(HOUR)  # type: ignore[call-arg]


def by_name(name: str, mean_stay: float) -> dict[str, Any]:
    """A law of a given mean that is only named, such as "erlang 2" or "lognormal, cv 0.5"."""
    numbers = [float(n) for n in re.findall(r"\d+\.?\d*", name)]
    kind = re.match(r"[a-z]*", name.lower())[0]  # type: ignore[index]
    shapes: dict[str, dict[str, Any]] = {
        "erlang": {"k": (numbers or [2])[0]},
        "lognormal": {"cv": (numbers or [1])[0]},
        "gamma": {"cv": (numbers or [1])[0]},
        "uniform": {"low": 0.0, "high": 2 * mean_stay},
        "triangular": {"low": 0.0, "mode": mean_stay, "high": 2 * mean_stay},
        "weibull": {"shape": (numbers or [2])[0]},
        "hyperexp": {"cv": (numbers or [2])[0]},
        "hyperexponential": {"cv": (numbers or [2])[0]},
    }
    return {"type": kind, "mean": mean_stay} | shapes.get(kind, {})


def _mean(given: Mapping[str, Any]) -> float:
    if "rate" in given:
        return 1 / float(given["rate"])
    if "scale" in given and "shape" in given and "mean" not in given:
        return float(given["scale"]) * float(given["shape"])
    return float(given["mean"] if "mean" in given else given["value"])


def _cv(given: Mapping[str, Any]) -> float:
    if "sd" in given:
        return float(given["sd"]) / _mean(given)
    if "scv" in given:
        return math.sqrt(float(given["scv"]))
    return float(given["cv"]) if "cv" in given else 1 / math.sqrt(float(given["shape"]))


def _shares(given: Mapping[str, Any]) -> list[float]:
    found = next((given[name] for name in ("p", "probs", "probabilities", "shares", "weights") if name in given), ())
    return [float(share) for share in found]


def _hyperexponential(given: Mapping[str, Any]) -> dict[str, Any]:
    """By its branches, or with balanced means by its coefficient of variation."""
    if "means" in given or "rates" in given:
        means = [float(m) for m in given["means"]] if "means" in given else [1 / float(r) for r in given["rates"]]
        return {"law": "hyperexponential", "shares": _shares(given), "means": [span(m) for m in means]}
    first = (1 + math.sqrt((_cv(given) ** 2 - 1) / (_cv(given) ** 2 + 1))) / 2
    shares = [first, 1 - first]
    return {
        "law": "hyperexponential",
        "shares": shares,
        "means": [span(_mean(given) / (2 * share)) for share in shares],
    }


def _mixture(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A law that takes one of several values or laws by share."""
    values = next((given[name] for name in ("values", "points", "atoms") if name in given), ())
    parts: list[Any] = [{"law": "constant", "value": span(float(v))} for v in values]
    for part in given.get("parts", ()):
        written = law(part)
        parts.append({"law": "constant", "value": written} if isinstance(written, str) else written)
    if not parts:
        raise ValueError(f"no law of a scenario is called {kind!r}")
    return {"law": "mixture", "shares": _shares(given) or [1 / len(parts)] * len(parts), "parts": parts}
