"""Hours, shifts, closures and slowdowns of a station, from an entry's words to those of a scenario."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from .case import span
from .demands import clock
from .entries import number
from .reading import peek, without

Windows = list[tuple[Any, Any]]


def calendar_of(p: Mapping[str, Any], servers: int) -> dict[str, Any]:
    """What a station says of its servers beside their number; nothing if it is always open."""
    rule = {
        "closing": closing_of(
            str(next((p[name] for name in ("rule", "closing", "closing_rule") if name in p), "pause"))
        )
    }
    if isinstance(p.get("servers"), list):
        p = {"shifts": p["servers"]} | p
    if {"closed_from", "closed_to"} <= set(p):
        p = {"closed_hours": [p["closed_from"], p["closed_to"]]} | p
    hours = next((p[name] for name in ("open", "open_hours", "opening_hours", "hours") if name in p), None)
    if hours is not None:
        return {"hours": ", ".join(f"{clock(a)}-{clock(b)}" for a, b in windows_of(hours))} | rule
    if "closed" in p:
        return {"hours": ", ".join(f"{clock(a)}-{clock(b)}" for a, b in _between(windows_of(p["closed"])))} | rule
    if "shifts" in p:
        parts = [shift_of(shift) for shift in p["shifts"]]
        return {"servers": [{"hours": f"{clock(a)}-{clock(b)}", "servers": int(c)} for a, b, c in parts]} | rule
    if "closed_hours" in p:
        counts: list[dict[str, Any]] = [{"from": "0 h", "servers": servers}]
        for shut, opens in windows_of(p["closed_hours"]):
            counts += [{"from": span(float(number(t))), "servers": c} for t, c in ((shut, 0), (opens, servers))]
        return {"servers": counts} | rule
    slow = [{"from": span(float(a)), "to": span(float(b)), "speed": float(speed)} for a, b, speed in slow_windows(p)]
    acts = {"new": "new", "start": "new", "time_drawn_at_start": "new"}.get(
        str(p.get("slowdown_acts_on")), "in-progress"
    )
    return {"slowdowns": slow, "slowdowns_act_on": acts} if slow else {}


_CALLED = {"preempt": "pause", "preemptive": "pause", "preemptiveresume": "pause", "preemptresume": "pause",
           "resume": "pause", "nonpreemptive": "handover", "false": "handover", "overtime": "finish",
           "mustfit": "fits", "fit": "fits"}  # fmt: skip


def closing_of(rule: str) -> str:
    """A closing rule in a scenario's word, from that of an entry or of another simulator."""
    word = re.sub(r"[^a-z]", "", rule.lower())
    return _CALLED.get(word, word)


def windows_of(said: Any) -> Windows:
    """Pairs of hours: "06:00-12:00, 13:00-22:00", [6, 22], [[6, 12], [13, 22]] or {"from": 6, "to": 22}."""
    if isinstance(said, str):
        return [(a, b) for a, b in re.findall(r"(\d+(?::\d+)?)\s*(?:-|to)\s*(\d+(?::\d+)?)", said)]
    if isinstance(said, Mapping):
        ends = [said[key] for key in said if re.search(r"from|to|start|end|open|clos", key)]
        return [(ends[0], ends[1])]
    if said and isinstance(said[0], list | tuple | Mapping):
        return [pair for part in said for pair in windows_of(part)]
    return [(said[0], said[1])]


def _between(shut: Windows) -> Windows:
    """What is open where these windows of each day are shut, the last of them before the first."""
    opens = [b for _, b in shut]
    shuts = [a for a, _ in shut]
    return list(zip(opens, [*shuts[1:], shuts[0]], strict=True))


def shift_of(shift: Any) -> Sequence[Any]:
    """From, to and servers of a shift."""
    if not isinstance(shift, Mapping):
        found: Sequence[Any] = shift
        return found
    a, b = windows_of({key: value for key, value in shift.items() if key != "servers"})[0]
    return [a, b, shift["servers"]]


def slow_windows(p: Mapping[str, Any]) -> list[tuple[Fraction, Fraction, Fraction]]:
    """Begin, end and speed of slowdowns: a mapping, a list, or parameters that begin with slow."""
    key = next((key for key, value in peek(p) if key.startswith("slow") and isinstance(value, Mapping | list)), "")
    stated = p.get(key)
    if isinstance(stated, list) and stated and isinstance(stated[0], Mapping | list):
        return [one for part in stated for one in slow_windows(p | {key: part})]
    beside = without(p, key)
    inside: Mapping[str, Any] = stated if isinstance(stated, Mapping) else {}
    if isinstance(stated, list):
        window: list[Any] = stated
    else:
        window = next((inside[k] for k, v in peek(inside) if isinstance(v, list)), None) or [
            given[key]
            for given in (inside, beside)
            for end in ("from|start|begin", "to|end|until")
            for key in given
            if (given is inside or key.startswith("slow")) and re.search(rf"(^|_)({end})(_|$)", key)
        ]
    if len(window) < 2:
        return []
    speed = (
        [number(x) for x in window[2:3]]
        or _speeds(inside, p, "rate|mu")
        or _speeds(beside, p, "slow.*(rate|mu)|(rate|mu).*slow")
    )
    if not speed:
        raise ValueError(f"a slowdown states no speed that is known; stated: {', '.join(p)}")
    return [(number(window[0]), number(window[1]), speed[0])]


def _speeds(given: Mapping[str, Any], p: Mapping[str, Any], rates: str) -> list[Fraction]:
    """The speed as a factor, or as the rate of service meanwhile, of such a name, against that at other times."""
    found = [number(given[key]) for key in given if key.endswith(("factor", "speed"))]
    slow = [number(given[key]) for key in given if re.search(rates, key)]
    return found + [rate / number(p["service_rate"]) for rate in slow if "service_rate" in p]
