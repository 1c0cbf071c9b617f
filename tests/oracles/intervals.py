"""Output statistics: the program's own intervals, quantiles and time averages."""

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.measure import statistics

from .entries import Entry, Row, is_number, real
from .exact import compared
from .lab import Lab
from .reading import peek

_LEVELS = (80, 90, 95, 98, 99, 99.9)
_PAIRS = (("A", "B"), ("a", "b"), ("x", "y"), ("base", "other"), ("before", "after"))
_TIMES = ("times", "t", "breakpoints", "time")
_ENDS = ("end", "horizon", "until", "T", "t_end", "to")
_STARTS = ("start", "from", "t_start", "warm_up", "warmup")


def intervals(entry: Entry, lab: Lab) -> list[Row]:
    """Whatever the numbers of the entry are: pairs, a step function of time, or a sample."""
    p = entry.parameters
    _check_definition(p)
    found: dict[str, Any] = next((_paired(p, *pair) for pair in _PAIRS if pair[0] in p and pair[1] in p), {})
    steps = _steps(p)
    if steps is not None:
        found |= _over_time(p, *steps)
    elif not found:
        values = [real(v) for v in next((p[name] for name, value in peek(p) if isinstance(value, list)), [])]
        found |= _one_sample(values, p)
        asked = {name: _quantiles(values, name, value, p) for name, value in entry.expected.items()}
        found |= {name: value for name, value in asked.items() if value is not None}
    return compared(entry, found)


def _check_definition(p: Mapping[str, Any]) -> None:
    """Quantiles are linear between neighbours, type 7 of nine; an entry of another type is refused."""
    said = next((str(p[name]) for name in ("definition", "method", "quantile_type") if name in p), "")
    if re.search(r"\d", said) and not re.search(r"\b7\b|type7", said):
        raise ValueError(f"quantiles of {said!r}; here they are of type 7")


def _steps(p: Mapping[str, Any]) -> tuple[list[float], list[float]] | None:
    """Times and the values from then on; None if the entry is no function of time."""
    rows = next((p[k] for k, v in peek(p) if isinstance(v, list) and v and all(isinstance(x, list) for x in v)), None)
    if rows is not None and all(len(row) == 2 for row in rows):
        levels = [real(v) for _, v in rows]
        # what falls below none is no level but a step up or down
        return [real(t) for t, _ in rows], np.cumsum(levels).tolist() if min(levels) < 0 else levels
    if rows is not None:  # from, to and the value between
        return [real(row[0]) for row in rows] + [real(rows[-1][1])], [real(row[2]) for row in rows]
    listed = [name for name, value in peek(p) if isinstance(value, list)]
    lasting = next((p[name] for name in listed if "duration" in name), None)
    if lasting is not None:
        held = next(p[k] for k in listed if "duration" not in k)
        return [0.0, *np.cumsum([real(d) for d in lasting]).tolist()], [real(v) for v in held]
    if "arrivals" in p and "departures" in p:
        changes = sorted([(real(t), 1) for t in p["arrivals"]] + [(real(t), -1) for t in p["departures"]])
        return [t for t, _ in changes], np.cumsum([step for _, step in changes]).tolist()
    name = next((name for name in (*_TIMES, *listed) if name in listed and _is_time(name)), None)
    if name is None or len(listed) < 2:
        return None
    values = next(p[k] for k in listed if k != name)
    return [real(t) for t in p[name]], [real(v) for v in values][: len(p[name])]


def _is_time(name: str) -> bool:
    """Whether a list tells when something changes; times that trucks take are a sample."""
    return name in _TIMES or name.endswith("_times") and not name.startswith(("wait", "service", "sojourn"))


def _over_time(p: Mapping[str, Any], times: list[float], values: list[float]) -> dict[str, Any]:
    """The time average of a step function given by its times and the values from then on."""
    end = next((real(p[k]) for k in _ENDS if is_number(p, k)), times[-1])
    start = next((real(p[k]) for k in _STARTS if is_number(p, k)), times[0])
    at = np.array(times[: len(values)])

    def average(of: Any) -> float:
        return statistics.time_average(at, np.asarray(of, np.float64), start=start, end=end)

    level = np.array(values)
    mean = average(level)
    names = ("time_average", "time_avg", "time_weighted_mean", "time_weighted_average", "time_average_queue", "mean",
             "average", "L", "Lq", "time_avg_queue", "time_avg_in_system", "time_avg_number", "time_average_number",
             "mean_queue", "mean_number", "mean_in_system", "time_mean")  # fmt: skip
    variance = average(level**2) - mean**2
    return {
        **dict.fromkeys(names, mean),
        **dict.fromkeys(("max", "maximum"), level.max()), **dict.fromkeys(("min", "minimum"), level.min()),
        **dict.fromkeys(("plain_mean", "unweighted_mean", "naive_mean", "event_average"), level.mean()),
        **dict.fromkeys(("integral", "area", "total"), mean * (end - start)),
        **dict.fromkeys(("time_weighted_variance", "variance"), variance),
        **dict.fromkeys(("time_weighted_sd", "sd"), math.sqrt(max(0.0, variance))),
        **dict.fromkeys(("share_of_time_positive", "share_positive", "P_busy"), average(level > 0)),
        **dict.fromkeys(("share_of_time_zero", "P0", "P_empty"), average(level == 0)),
    }  # fmt: skip


def _one_sample(values: list[float], p: Mapping[str, Any]) -> dict[str, Any]:
    """An interval of independent values, or of the means of batches of them."""
    batches = next((int(p[name]) for name in ("batches", "n_batches") if name in p), None)
    if batches is None and "batch_size" in p:
        batches = len(values) // int(p["batch_size"])
    if batches:
        values = [statistics.mean(part.tolist()) for part in np.array_split(np.array(values), batches)]
    if not values:
        return dict.fromkeys(("mean", "sd", "se", "variance", "min", "max", "median", *_halfwidths([])), None) | {
            "n": 0
        }
    whole = statistics.mean_interval(values)
    found: dict[str, Any] = {
        "mean": whole.mean, "sd": whole.sd, "std": whole.sd, "se": whole.se, "n": whole.n, "df": whole.n - 1,
        "variance": None if whole.sd is None else whole.sd**2, "batch_means": values,
        "cv": None if whole.sd is None or not whole.mean else whole.sd / whole.mean,
    }  # fmt: skip
    found |= {"min": min(values), "max": max(values), "median": statistics.quantile(values, 0.5)}
    found |= {"mean_wait": whole.mean, "max_wait": max(values)}
    found |= {"iqr": statistics.quantile(values, 0.75) - statistics.quantile(values, 0.25), "sum": math.fsum(values)}
    positive = sum(v > 0 for v in values) / len(values)
    found |= dict.fromkeys(("P_wait", "P_positive", "share_positive"), positive)
    found |= dict.fromkeys(("P_zero", "share_zero"), 1 - positive)
    limit = next((real(p[name]) for name in ("threshold", "limit") if name in p), None)
    if limit is not None:
        over = sum(v > limit for v in values) / len(values)
        found |= dict.fromkeys(("share_over", "share_over_threshold", "P_over", "share_above"), over)
    return found | _halfwidths(values) | _ends(values, real(p.get("level", p.get("confidence", 0.95))))


def _halfwidths(values: list[float]) -> dict[str, Any]:
    """Half-widths and limits at the usual levels."""
    found: dict[str, Any] = {}
    for level in _LEVELS:
        part = statistics.mean_interval(values, level=level / 100) if values else None
        half = part.halfwidth if part else None
        low, high = (part.low, part.high) if part else (None, None)
        found |= {f"{name}_{level}": half for name in ("halfwidth", "half_width", "hw")}
        found |= {
            f"low_{level}": low,
            f"high_{level}": high,
            f"ci_{level}": [low, high],
            f"interval_{level}": [low, high],
        }
        if part and half is not None and part.mean:
            found[f"relative_halfwidth_{level}"] = half / abs(part.mean)
    return found


def _ends(values: list[float], level: float) -> dict[str, Any]:
    """Half-width and limits at the level that the entry states, 95 % unless said."""
    part = statistics.mean_interval(values, level=level / 100 if level > 1 else level)
    names = {
        "low": ("low", "lower", "ci_low", "ci_lower", "lo"),
        "high": ("high", "upper", "ci_high", "ci_upper", "hi"),
    }
    found: dict[str, Any] = dict.fromkeys(("halfwidth", "half_width", "hw"), part.halfwidth)
    found |= {name: getattr(part, end) for end, same in names.items() for name in same}
    found["ci"] = [part.low, part.high]
    if len(values) > 1:
        found |= dict.fromkeys(
            ("t", "t_quantile", "t_value"),
            statistics.student_quantile(len(values) - 1, level / 100 if level > 1 else level),
        )
    return found


_QUANTILE = re.compile(
    r"(?:type_?7_|linear_)?(?:(?P<percent>p|q|quantile_|percentile_)(?P<number>\d+(?:\.\d+)?))(?:_type_?7|_linear)?"
    r"|(?:type_?7_|linear_)?(?P<one>quantile|percentile)(?:_type_?7|_linear)?"
)


_SHARES = ("q", "p", "shares", "probs", "probabilities", "at", "quantiles")


def _quantiles(values: list[float], name: str, expected: Any, p: Mapping[str, Any]) -> Any:
    """Quantiles linear between neighbours, in any of the ways they are asked for; None if the name asks for none."""
    if not values:
        return None
    match = _QUANTILE.fullmatch(name)
    if match and match["one"]:
        said = next((real(p[k]) for k in (*_SHARES, "quantile", "level") if is_number(p, k)), None)
        return None if said is None else statistics.quantile(values, said if said <= 1 else said / 100)
    if match:
        number = float(match["number"])
        is_share = number < 1 or match["percent"] == "quantile_" and number <= 1
        return statistics.quantile(values, number if is_share else number / 100)
    if not re.fullmatch(r"(quantiles|percentiles)(_type_?7|_linear)?", name):
        return None
    if isinstance(expected, Mapping):
        digits = {key: float(re.sub(r"[^\d.]", "", str(key))) for key in expected}
        return {key: statistics.quantile(values, n if n < 1 else n / 100) for key, n in digits.items()}
    if isinstance(expected, list):
        shares = next((p[key] for key in _SHARES if isinstance(p.get(key), list)), [])
        return [statistics.quantile(values, share if share <= 1 else share / 100) for share in map(real, shares)]
    return None


def _paired(p: Mapping[str, Any], first: str, second: str) -> dict[str, Any]:
    """Two samples, run by run where they are equally many."""
    ours, theirs = [real(v) for v in p[first]], [real(v) for v in p[second]]
    a, b = statistics.mean_interval(ours), statistics.mean_interval(theirs)
    found: dict[str, Any] = {
        f"mean_{first}": a.mean,
        f"mean_{second}": b.mean,
        f"sd_{first}": a.sd,
        f"sd_{second}": b.sd,
    }
    found |= {f"{name}_{which}": None if part.sd is None else part.sd**2
              for name in ("var", "variance") for which, part in ((first, a), (second, b))}  # fmt: skip
    found["mean_diff"] = a.mean - b.mean
    for level in _LEVELS:
        welch = statistics.welch_interval(ours, theirs, level=level / 100).halfwidth
        names = ("unpaired_welch_halfwidth", "welch_halfwidth", "unpaired_halfwidth")
        found |= {f"{name}_{level}": welch for name in names}
    if len(ours) != len(theirs):
        return found
    pairs = statistics.paired_interval(ours, theirs)
    found |= {"mean_diff": pairs.mean, "sd_diff": pairs.sd, "se_diff": pairs.se, "n": pairs.n, "low": pairs.low,
              "high": pairs.high, "ci": [pairs.low, pairs.high], "halfwidth": pairs.halfwidth}  # fmt: skip
    for level in _LEVELS:
        part = statistics.paired_interval(ours, theirs, level=level / 100)
        found |= {f"{name}_{level}": part.halfwidth for name in ("halfwidth", "paired_halfwidth")}
        found |= {f"ci_{level}": [part.low, part.high], f"low_{level}": part.low, f"high_{level}": part.high}
    found |= dict.fromkeys(("t", "t_statistic", "t_stat"), pairs.mean / pairs.se if pairs.se else None)
    found |= {"correlation": statistics.correlation(ours, theirs)}
    if a.sd is not None and b.sd is not None and found["correlation"] is not None:
        found["covariance"] = found["correlation"] * a.sd * b.sd
    found["var_diff"] = None if pairs.sd is None else pairs.sd**2
    apart = (a.sd or 0.0) ** 2 + (b.sd or 0.0) ** 2
    if apart and pairs.sd is not None:
        found |= {
            "variance_reduction": 1 - pairs.sd**2 / apart,
            "variance_ratio": apart / pairs.sd**2 if pairs.sd else None,
        }
    return found
