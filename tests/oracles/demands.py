"""Demand that changes with time, from an entry's words to those of a scenario."""

import re
from collections.abc import Mapping
from typing import Any

from .case import per_hour, span
from .entries import number

_NUMBER = r"([\d.]+(?:/[\d.]+)?)"
_RATES = ("rate", "arrival_rate", "lambda", "intensity")
# such as 20 + 10 sin(2 pi (t - 6)/24), 20 (1 + 0.5*cos(2*pi*t/24))
_WAVE = re.compile(
    rf"(?P<mean>{_NUMBER})(?P<times>\*?\((?P<one>1))?(?P<sign>[+-])(?P<swing>{_NUMBER})?\*?(?P<of>sin|cos)\("
    rf"(?:2\*?pi\*?)?(?:\(t(?P<later>[+-]{_NUMBER})\)|t)(?:\*2\*?pi)?/(?P<period>{_NUMBER})\)\)?"
)


def demand_of(p: Mapping[str, Any]) -> dict[str, Any]:
    """Demand by hours, linear between points, as a wave, or constant."""
    if "profile" in p:
        return {"rate": [{"hours": f"{clock(a)}-{clock(b)}", "rate": per_hour(rate)} for a, b, rate in _hours(p)]}
    if "points" in p:
        return {"rate": [{"at": span(float(number(t))), "rate": per_hour(float(number(r)))} for t, r in p["points"]]}
    listed = next(
        (p[k] for k in ("hourly_rates", "hourly", "rates_by_hour", *_RATES) if isinstance(p.get(k), list)), None
    )
    if listed is not None:
        return {"rate": [{"hours": f"{clock(k)}-{clock(k + 1)}", "rate": per_hour(float(number(r)))}
                         for k, r in enumerate(listed)]}  # fmt: skip
    wave = wave_of(p)
    if wave is not None:
        mean, amplitude, period, rises = wave
        late = {"rises": span(rises % period)} if rises % period else {}
        return {"rate": {"mean": per_hour(mean), "amplitude": per_hour(amplitude), "period": span(period)} | late}
    name = next((name for name in _RATES if name in p), None)
    if name is None:
        raise ValueError(f"no arrival rate that is known; stated: {', '.join(p)}")
    return {"rate": per_hour(float(number(p[name])))}


def _hours(p: Mapping[str, Any]) -> list[tuple[float, float, float]]:
    """First and last hour and rate of each part of the day."""
    parts = [
        [s[next(k for k in names if k in s)] for names in (("from_hour", "from"), ("to_hour", "to"), ("rate",))]
        if isinstance(s, Mapping)
        else s
        for s in p["profile"]
    ]
    return [(float(number(a)), float(number(b)), float(number(r))) for a, b, r in parts]


def wave_of(p: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """Mean, amplitude, period of a sinusoid, and when it rises through its mean."""
    if "a" in p or "amplitude" in p or "mean_rate" in p:
        mean = float(number(next(p[k] for k in ("a", "mean_rate", "mean", *_RATES) if k in p)))
        swing = next((float(number(p[k])) for k in ("b", "amplitude") if k in p), None)
        swing = mean * float(number(p["relative_amplitude"])) if swing is None else swing
        period = float(number(p.get("period", 24)))
        rises = float(number(next((p[k] for k in ("phase", "shift", "phase_hours", "rises") if k in p), 0)))
        return (mean, swing, period, rises) if swing >= 0 else (mean, -swing, period, rises + period / 2)
    for name in _RATES:
        match = _WAVE.search(re.sub(r"\s|·", "", str(p.get(name, "")).replace("π", "pi").replace("pi(", "pi*(")))
        if match:
            return _of_words(match)
    return None


def _of_words(match: re.Match[str]) -> tuple[float, float, float, float]:
    mean, period = float(number(match["mean"])), float(number(match["period"]))
    swing = float(number(match["swing"] or "1")) * (mean if match["times"] else 1)
    rises = -float(number(match["later"].lstrip("+"))) if match["later"] else 0.0
    rises -= period / 4 if match["of"] == "cos" else 0.0
    return mean, swing, period, rises + (period / 2 if match["sign"] == "-" else 0.0)


def clock(hour: Any) -> str:
    """An hour of the day, which may be text already, as hours and minutes."""
    if isinstance(hour, str) and ":" in hour:
        return hour.zfill(5)
    minutes = round(float(number(hour)) * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
