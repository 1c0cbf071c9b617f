"""Laws of service durations: from an entry's words for them to those of a scenario. Durations in hours."""

import math
import re
from collections.abc import Mapping
from functools import reduce
from typing import Any

from pydantic import TypeAdapter
from scipy.optimize import brentq
from scipy.stats import norm

from sim.scenario import laws
from sim.scenario.fields import as_constant
from sim.scenario.units import duration

from .case import HOUR, span
from .entries import number
from .reading import without

_LAW: TypeAdapter[laws.Law] = TypeAdapter(laws.Law)
_KINDS = {
    "exponential": ("exp", "exponential", "m", "markov", "markovian", "negexp"),
    "constant": ("constant", "deterministic", "det", "d", "fixed"),
    "erlang": ("erlang", "ek", "e"),
    "lognormal": ("lognormal", "lognorm", "ln"),
    "gamma": ("gamma",),
    "uniform": ("uniform", "unif", "u"),
    "triangular": ("triangular", "tri", "triangle"),
    "pert": ("pert", "betapert"),
    "shifted": ("shiftedexponential", "shiftedexp", "exponentialshifted", "expshifted", "displacedexponential"),
    "weibull": ("weibull", "weib"),
    "hyperexponential": ("hyperexp", "hyperexponential", "h", "hk", "mixtureofexponentials"),
    "discrete": ("discrete", "mixture", "deterministicmixture", "mixtureofconstants", "twopoint", "threepoint",
                 "empirical", "values", "atoms", "points", "bernoulli"),
}  # fmt: skip
WORDS = {word: kind for kind, words in _KINDS.items() for word in words}
_NAMES = {
    "low": ("low", "min", "a", "lower", "left", "from"), "high": ("high", "max", "b", "upper", "right", "to"),
    "shift": ("shift", "offset", "minimum", "min", "loc"),
    "mode": ("mode", "peak", "likely"), "value": ("value", "mean", "time", "constant"),
    "k": ("k", "stages", "phases", "shape", "n"), "sd": ("sd", "std", "stdev", "sigma"), "cv": ("cv", "c_v"),
    "scv": ("scv", "cv2", "c2"), "variance": ("variance", "var"), "rate": ("rate", "mu"),
    "log_mean": ("log_mean", "mu_log", "mean_log", "meanlog"), "log_sd": ("log_sd", "sd_log", "sdlog", "sigma_log"),
    "shares": ("p", "probs", "probabilities", "shares", "weights", "prob"),
    "values": ("values", "points", "atoms", "x", "support"),
}  # fmt: skip


def law(service: Mapping[str, Any]) -> Any:
    """A service law as a scenario writes it."""
    kind, given = kind_of(service), reduce(without, ("type", "law", "distribution"), service)
    match kind:
        case "exponential":
            return {"law": "exponential", "mean": span(_mean(given))}
        case "constant":
            return span(_one(given, "value"))
        case "erlang":
            stages = int(_one(given, "k"))
            # by its rate, if given, for each phase
            whole = stages / _one(given, "rate") if _has(given, "rate") else _mean(given, scale=stages)
            return {"law": "erlang", "mean": span(whole), "k": stages}
        case "lognormal":
            return {"law": kind} | _lognormal(given)
        case "gamma":
            shape = float(number(given["shape"])) if "shape" in given else 1 / _cv(given) ** 2
            whole = shape / _one(given, "rate") if _has(given, "rate") else _mean(given, scale=shape)
            return {"law": kind, "mean": span(whole), "cv": 1 / math.sqrt(shape)}
        case "uniform" | "triangular" | "pert":
            corners = ("low", "high") if kind == "uniform" else ("low", "mode", "high")
            return {"law": kind} | {name: span(_one(given, name)) for name in corners}
        case "shifted":  # the mean is that of the whole, a rate or scale that of what comes on top
            shift = _one(given, "shift")
            rest = _mean(given) - (shift if "mean" in given else 0)
            return {"law": kind, "shift": span(shift), "rest": {"law": "exponential", "mean": span(rest)}}
        case "weibull":
            shape = _one(given, "k") if {"shape", "k"} & set(given) else _weibull_shape(_cv(given))
            scale = float(number(given.get("scale", 0))) or _mean(given) / math.gamma(1 + 1 / shape)
            return {"law": kind, "scale": span(scale), "shape": shape}
        case "hyperexponential":
            return _hyperexponential(given)
    return _mixture(given)


def kind_of(service: Mapping[str, Any]) -> str:
    """The kind of a law, however it is written: "exp", "Erlang-3", "two-point" ..."""
    said = str(service.get("type") or service.get("law") or service.get("distribution"))
    word = re.sub(r"[^a-z]", "", said.lower())
    if word not in WORDS:
        raise ValueError(f"unknown law {said!r}; known: {', '.join(_KINDS)}")
    return WORDS[word]


def mean(service: Mapping[str, Any]) -> float:
    """Mean of a service law in an entry's words. [h]"""
    written = law(service)
    return laws.mean(_LAW.validate_python(as_constant.func(written))) / float(HOUR)  # type: ignore[call-arg]


def hours(written: str) -> float:
    """A duration as a scenario writes it. [h]"""
    return duration(written) / float(HOUR)


def by_name(name: str, mean_stay: float) -> dict[str, Any]:
    """A law of a given mean that is only named, such as "erlang 2", "lognormal, cv 0.5" or "hyperexp (cv 2)"."""
    numbers = [float(n) for n in re.findall(r"\d+\.?\d*", name)]
    kind = kind_of({"type": re.match(r"[a-z]*([ _-]point)?", name.lower().strip())[0]})  # type: ignore[index]
    shapes: dict[str, dict[str, Any]] = {
        "erlang": {"k": int((numbers or [2])[0])},
        "lognormal": {"cv": (numbers or [1])[0]},
        "gamma": {"cv": (numbers or [1])[0]},
        "uniform": {"low": 0.0, "high": 2 * mean_stay},
        "triangular": {"low": 0.0, "mode": mean_stay, "high": 2 * mean_stay},
        "weibull": {"shape": (numbers or [2])[0]},
        "hyperexponential": {"cv": (numbers or [2])[0]},
        "discrete": {"values": [mean_stay / 2, 3 * mean_stay / 2]},
    }
    return {"type": kind, "mean": mean_stay} | shapes.get(kind, {})


def _has(given: Mapping[str, Any], name: str) -> bool:
    return any(word in given for word in _NAMES[name])


def _one(given: Mapping[str, Any], name: str) -> float:
    """A number by any of its names."""
    word = next((word for word in _NAMES[name] if word in given), None)
    if word is None:
        raise ValueError(f"a law states no {name}; it states {', '.join(given) or 'nothing'}")
    return float(number(given[word]))


def _mean(given: Mapping[str, Any], scale: float = 1.0) -> float:
    """The mean, as itself, by a rate, or as `scale` times the scale of the law."""
    if "mean" not in given and _has(given, "rate"):
        return 1 / _one(given, "rate")
    if "mean" not in given and "scale" in given:
        return float(number(given["scale"])) * scale
    return _one(given, "value")


def _cv(given: Mapping[str, Any]) -> float:
    if _has(given, "cv"):
        return _one(given, "cv")
    if _has(given, "scv"):
        return math.sqrt(_one(given, "scv"))
    spread = _one(given, "sd") if _has(given, "sd") else math.sqrt(_one(given, "variance"))
    return spread / _mean(given)


def _weibull_shape(cv: float) -> float:
    return float(
        brentq(lambda k: math.gamma(1 + 2 / k) / math.gamma(1 + 1 / k) ** 2 - 1 - cv * cv, 0.05, 100, xtol=1e-14)
    )


def _lognormal(given: Mapping[str, Any]) -> dict[str, Any]:
    """By its mean and spread, by those of the logarithm, or by its median and a spread or another quantile."""
    middle = next((name for name in ("median", "p50", "q50") if name in given), None)
    if "mean" in given and not _has(given, "log_mean"):
        return {"mean": span(_mean(given)), "cv": _cv(given)}
    quantile = next((m for name in given if name != middle and (m := re.fullmatch(r"(?:p|q)(\d+)", name))), None)
    if _has(given, "log_sd"):
        logs = _one(given, "log_sd")
    elif middle and quantile is not None:
        above = math.log(float(number(given[quantile[0]])) / float(number(given[middle])))
        logs = above / float(norm.ppf(float(f"0.{quantile[1]}")))
    else:
        logs = _one(given, "sd") if _has(given, "sd") else math.sqrt(math.log1p(_cv(given) ** 2))
    centre = math.log(float(number(given[middle]))) if middle else (
        _one(given, "log_mean") if _has(given, "log_mean") else _one(given, "rate")
    )  # fmt: skip
    return {"mean": span(math.exp(centre + logs**2 / 2)), "cv": math.sqrt(math.expm1(logs**2))}


def _listed(given: Mapping[str, Any], name: str) -> list[float]:
    found = next((given[word] for word in _NAMES[name] if word in given), ())
    return [float(number(part)) for part in (found if isinstance(found, list | tuple) else [found])]


def _hyperexponential(given: Mapping[str, Any]) -> dict[str, Any]:
    """By its branches, or with balanced means by its coefficient of variation."""
    rates = {k: given[k] for k in given if re.fullmatch(r"(rates|(rate|mu)_?\d)", k)}
    means = {k: given[k] for k in given if re.fullmatch(r"(means|(mean|m)_?\d)", k)}
    branches = [float(number(x)) for v in (means or rates).values() for x in (v if isinstance(v, list) else [v])]
    if branches:
        branches = branches if means else [1 / rate for rate in branches]
        shares = _listed(given, "shares") or _listed({"p": given.get("p1", [])}, "shares")
    else:
        square = _cv(given) ** 2
        shares = [(1 + math.sqrt((square - 1) / (square + 1))) / 2]
        branches = [_mean(given) / (2 * share) for share in (shares[0], 1 - shares[0])]
    if len(shares) == len(branches) - 1:
        shares = [*shares, 1 - math.fsum(shares)]
    return {"law": "hyperexponential", "shares": shares, "means": [span(m) for m in branches]}


def _mixture(given: Mapping[str, Any]) -> dict[str, Any]:
    """A law that takes one of several values or laws by share."""
    parts: list[Any] = [{"law": "constant", "value": span(v)} for v in _listed(given, "values")]
    for part in given.get("parts", given.get("components", ())):
        written = law(part)
        parts.append({"law": "constant", "value": written} if isinstance(written, str) else written)
    if not parts:
        raise ValueError(f"a mixture states neither values nor parts; it states {', '.join(given) or 'nothing'}")
    shares = _listed(given, "shares") or [1 / len(parts)] * len(parts)
    if len(shares) == len(parts) - 1:
        shares = [*shares, 1 - math.fsum(shares)]
    return {"law": "mixture", "shares": shares, "parts": parts}
