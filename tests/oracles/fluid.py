"""Fluid limits: a closed gate, opening hours, a priority lane, a finite yard. Arrivals and services are constant.

Arrivals and capacity are multiplied by a scale, the capacity of one server, so that it drains as evenly as a fluid;
answers are for scale 1. They must be met within 1 %, or within what one truck or one service time is.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from .case import HOUR, Case, scenario, span
from .entries import Entry, Row, exact, holds, number, unknown
from .lab import Lab
from .listed import is_blank
from .measures import flat
from .stays import FloatArray, Seen, Stays

_SCALE, _QUICK_SCALE = 100, 10


class _Gate:
    """The visits of the gate, times in hours."""

    def __init__(self, run: Seen, stays: Stays, scale: int, capacity: Any) -> None:
        self.scale = scale
        self.moment = 1.5 / scale / float(number(capacity))  # a wait behind one other truck at most [h]
        self.joined: FloatArray = run.units(stays.joined)
        self.entered: FloatArray = run.units(stays.entered)
        self.started: FloatArray = run.units(stays.started)
        self.away = run.outcome[stays.truck] == 1
        self.waits: FloatArray = self.started - self.joined

    def waiting(self, at: float) -> float:
        """Trucks that wait just before an instant."""
        inside = (self.joined < at) & ~(self.started < at) & ~self.away
        return float(inside.sum()) / self.scale

    def outside(self, at: float) -> float:
        """Trucks that have found no place just before an instant."""
        return float(((self.joined < at) & ~(self.entered < at) & ~self.away).sum()) / self.scale

    def cleared(self, after: float) -> float:
        """When the first queue after an instant is gone: the last start of those who had to wait without a break."""
        late = (self.joined >= after) & (self.waits < self.moment)
        first = self.joined[late].min() if late.any() else np.inf
        return float(self.started[(self.joined < first) & (self.started >= 0)].max(initial=after))


def closure(entry: Entry, lab: Lab) -> list[Row]:
    """A gate shut for some hours, or every night."""
    return _nights(entry, lab) if "open_hours" in entry.parameters else _closure(entry, lab)


def _closure(entry: Entry, lab: Lab) -> list[Row]:
    p, scale = entry.parameters, _QUICK_SCALE if lab.is_quick else _SCALE
    shut = float(number(p["closed_hours"]))
    rate, capacity = (float(number(p[name])) for name in ("arrival_rate", "capacity"))
    ends = rate < capacity
    length = shut * capacity / (capacity - rate) * 1.1 + 60 if ends else 2 * shut + 60
    run = lab.run(_case(entry, scale, {"trucks": {"every": _gap(p["arrival_rate"], scale)}}, length=length))
    gate = _Gate(run, run.at("gate"), scale, p["capacity"])
    end = gate.cleared(shut) if ends else np.nan
    affected = gate.waits[gate.joined < end - np.nanmin(gate.waits)] if ends else gate.waits[:0]
    affected = affected[: int(np.argmax(affected < 1e-9))] if (affected < 1e-9).any() else affected
    found: dict[str, Any] = {
        "backlog_at_reopening": gate.waiting(shut),
        "recovery_hours": end - shut,
        "back_to_normal_after_closure_start": end,
        "total_delay_truck_hours": affected.sum() / scale if ends else None,
        "trucks_affected": len(affected) / scale if ends else None,
        "mean_delay_of_affected": affected.mean() if len(affected) else 0.0 if ends else None,
        "max_delay": affected.max() if len(affected) else 0.0 if ends else None,
        "stable": ends,
        "delay_of_arrival_at": {u: _delay(gate, float(u[2:])) for u in entry.expected.get("delay_of_arrival_at", ())},
        "queue_at_reopening_plus": {
            h: gate.waiting(shut + float(h.rstrip("h"))) for h in entry.expected.get("queue_at_reopening_plus", ())
        },
    }
    return _near(entry, found, scale)


def _delay(gate: _Gate, arrival: float) -> float:
    return float(gate.waits[np.searchsorted(gate.joined, arrival - 1e-9)])


def _nights(entry: Entry, lab: Lab) -> list[Row]:
    p, scale = entry.parameters, _QUICK_SCALE if lab.is_quick else _SCALE
    opens, hours, days = min(6.0, 24 - float(number(p["open_hours"]))), float(number(p["open_hours"])), 6
    shuts = opens + hours
    words = f"{_clock(opens)}-{_clock(shuts)}"
    demand = {"trucks": {"every": _gap(p["arrival_rate"], scale)}}
    run = lab.run(_case(entry, scale, demand, length=24.0 * (days + 1), hours=words))
    gate = _Gate(run, run.at("gate"), scale, p["capacity"])
    morning = 24.0 * (days - 1) + opens
    night = morning - 24 + hours
    waits = gate.waits[(gate.joined >= night) & (gate.joined < night + 24)]
    growth = gate.waiting(morning) - gate.waiting(morning - 24)
    is_stable = bool(growth < 1)
    found: dict[str, Any] = {
        "utilisation": min(1.0, float(number(p["arrival_rate"])) * 24 / float(number(p["capacity"])) / hours)
    }
    found |= {
        "morning_queue": gate.waiting(morning),
        "queue_cleared_after_opening_hours": gate.cleared(morning) - morning,
        "daily_delay_truck_hours": waits.sum() / scale,
        "mean_delay_per_truck": waits.mean(),
        "max_delay": waits.max(),
        "max_queue": gate.waiting(morning),
    }
    found |= {} if is_stable else dict.fromkeys(_STEADY)
    found |= {"stable": is_stable} | dict.fromkeys(_GROWTHS, growth)
    return _near(entry, found, scale)


_STEADY = ("morning_queue", "queue_cleared_after_opening_hours", "daily_delay_truck_hours", "mean_delay_per_truck",
           "max_delay", "max_queue")  # fmt: skip
_GROWTHS = ("growth_per_day", "daily_growth", "queue_growth_per_day", "backlog_growth_per_day", "growth_trucks_per_day",
            "daily_growth_trucks", "daily_backlog_growth", "queue_growth_trucks_per_day")  # fmt: skip


def _clock(hours: float) -> str:
    minutes = round(hours * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def priority(entry: Entry, lab: Lab) -> list[Row]:
    """A closure after which perishables go first."""
    p, scale = entry.parameters, _QUICK_SCALE if lab.is_quick else _SCALE
    shut, share = float(number(p["closed_hours"])), number(p["perishable_share"])
    rate = number(p["arrival_rate"])
    demand = {
        name: {"cargo": name, "route": "trucks", "every": _gap(rate * part, scale)}
        for name, part in (("perishables", share), ("others", 1 - share))
        if part
    }
    length = (
        shut + 2 * float(number(p["arrival_rate"]) * number(p["closed_hours"]) / (number(p["capacity"]) - rate)) + 24
    )
    run = lab.run(_case(entry, scale, demand, length=length, discipline=list(demand)))
    stays = run.at("gate")
    flow = run.flow(stays.truck)
    fresh, other = (_Gate(run, stays.where(flow == n), scale, p["capacity"]) for n in ("perishables", "others"))
    end = other.cleared(shut)
    # perishables never wait longer than a service once their own queue is gone
    long = fresh.waits > 2 / float(number(p["capacity"]))
    fresh_end = float(fresh.started[long].max(initial=shut))
    end = end if len(other.joined) else fresh_end
    delays = fresh.waits[long], other.waits[other.joined < end]
    found = {
        "total_delay_truck_hours": (delays[0].sum() + delays[1].sum()) / scale,
        **dict.fromkeys(
            ("mean_delay_perishables", "perishables_mean_delay"), delays[0].mean() if len(delays[0]) else 0.0
        ),
        **dict.fromkeys(("mean_delay_others", "others_mean_delay"), delays[1].mean() if len(delays[1]) else 0.0),
        **dict.fromkeys(("max_delay_perishables", "perishables_max_delay"), delays[0].max(initial=0.0)),
        **dict.fromkeys(("max_delay_others", "others_max_delay"), delays[1].max(initial=0.0)),
        "others_backlog": other.waiting(shut),
        "perishables_backlog": fresh.waiting(shut),
        "perishables_cleared_hours": fresh_end - shut,
        "all_cleared_hours": end - shut,
        "perishables_delay_truck_hours": fresh.waits[long].sum() / scale,
        "others_delay_truck_hours": other.waits[other.joined < end].sum() / scale,
        "others_queue_when_perishables_clear": other.waiting(fresh_end),
    }
    return _near(entry, found, scale)


def yard(entry: Entry, lab: Lab) -> list[Row]:
    """A closure with a finite yard: what does not find a place waits outside, or turns back."""
    p, scale = entry.parameters, _QUICK_SCALE if lab.is_quick else _SCALE
    shut, places = float(number(p["closed_hours"])), int(p["yard_places"]) * scale
    demand = {"trucks": {"every": _gap(p["arrival_rate"], scale)}}
    gates = {}
    for rule in ("block", "turn_away"):
        run = lab.run(
            _case(entry, scale, demand, length=4 * shut + 48, part=rule, waiting_places=places, when_full=rule)
        )
        gates[rule] = _Gate(run, run.at("gate"), scale, p["capacity"])
    block, loss = gates["block"], gates["turn_away"]
    spilt = block.entered - block.joined > 1e-9
    filled = float(np.sort(block.entered)[places - 1]) if places else 0.0
    found = {
        "yard_full_after_hours": filled if filled < shut else None,
        "spill_back_at_reopening": block.outside(shut),
        "spill_cleared_hours": float(block.entered[spilt].max()) - shut if spilt.any() else 0.0,
        "turned_away_if_loss": float(loss.away.sum()) / scale,
        "recovery_hours_if_loss": loss.cleared(shut) - shut,
        "recovery_hours_if_block": block.cleared(shut) - shut,
        "recovery_hours": block.cleared(shut) - shut,
        "backlog_at_reopening": block.waiting(shut),
    }
    return _near(entry, found, scale)


def _case(entry: Entry, scale: int, flows: Mapping[str, Any], *, length: float, hours: str = "", part: str = "",
          **gate: Any) -> Case:  # fmt: skip
    """The gate as one server of `scale` times the entry's capacity."""
    p = entry.parameters
    calendar: dict[str, Any] = (
        {"servers": 1, "hours": hours}
        if hours
        else {
            "servers": [{"from": "0 h", "servers": 0}, {"from": span(float(number(p["closed_hours"]))), "servers": 1}]
        }
        if number(p["closed_hours"])
        else {"servers": 1}
    )
    station = calendar | {"closing": "finish", "service": span(1 / (number(p["capacity"]) * scale), HOUR)} | gate
    return scenario(
        f"{entry.id}/{part}" if part else entry.id, f"{entry.system}, {scale} times as many trucks",
        length=span(length), stations={"gate": station}, routes={"trucks": [{"at": "gate"}]}, flows=flows,
    )  # fmt: skip


def _gap(rate: Any, scale: int) -> str:
    return span(1 / (number(rate) * scale), HOUR)


_ENDLESS = re.compile(r"never|none|unbounded|infin|inf|grows|undefined|unstable|not reached", re.IGNORECASE)


def _near(entry: Entry, found: Mapping[str, Any], scale: int) -> list[Row]:
    """Within 1 %, one truck, or one service time."""
    slack = max(1.0, 1 / float(number(entry.parameters["capacity"]))) / scale
    rows = []
    seen = flat(found)
    for path, said in flat(entry.expected).items():
        value = None if isinstance(said, str) and path in seen and _ENDLESS.match(said) else said
        if path in seen and (value is None or is_blank(seen[path])):
            rows.append(holds(path, str(said), [] if value is None and is_blank(seen[path]) else [str(seen[path])]))
        elif path not in seen:
            rows.append(unknown(entry, path, value, found))
        elif isinstance(value, bool):
            rows.append(exact(entry, path, seen[path], expected=value))
        else:
            within = max(0.01, slack / max(1.0, abs(float(value))))
            rows.append(exact(entry, path, seen[path], expected=value, within=within))
    return rows
