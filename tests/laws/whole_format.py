"""Small random scenario files that combine everything the format has.

All choices come from one source of randomness, so that the same code serves a seeded campaign and Hypothesis.
Times lie on a coarse grid, so that much happens at one instant; most waits are short, as few trucks come.
"""

import json
from pathlib import Path
from random import Random
from typing import Any

from .whole_demand import CARGOES, demand, listed
from .whole_laws import law, some
from .whole_routes import CLASSES, SERVED, route

Json = dict[str, Any]
STARTS = ("2024-02-28", "2025-12-30", "2026-02-13 12:00", "2025-01-27", "2025-04-29 05:00", "2025-09-30", "2025-03-29")
ZONES = ("Asia/Ho_Chi_Minh", "UTC", "Europe/Berlin", "Asia/Shanghai")
WINDOWS = ("06:00-18:00", "22:00-05:00", "08:00-12:00, 13:00-20:00", "00:00-24:00", "09:30-15:00")
DAYS_OFF = ("new-year", "labour-day", "national-day")  # of both countries


def write(random: Random, folder: Path) -> Path:
    """A scenario and the list of trucks beside it."""
    (folder / "log.csv").write_text(listed(random))
    path = folder / "whole.yaml"
    path.write_text(json.dumps(whole(random), indent=1) + "\n")
    return path


def whole(random: Random) -> Json:
    """A whole scenario, as a mapping."""
    has_patience = random.random() < 0.5  # else trucks may turn back for their loss
    routes = {name: route(random, has_patience) for name in ("main", "other")} | {"spare": [{"at": "aside"}]}
    flows = {f"f{k}": demand(random, tuple(routes)[:2]) for k in range(random.randint(1, 4))}
    found = {
        "kind": "scenario", "format": 1, "title": "whole", "question": "does all hold together?", "notes": "made up",
        "period": _period(random), "gates": {"north": {"title": "North", "capacity": "200/day"}, "south": {}},
        "cargoes": _cargoes(random, has_patience), "calendars": {key: _calendar(random) for key in ("near", "far")},
        "profiles": {"day": {"shares": {"06:00-12:00": "70 %", "12:00-20:00": 0.3}}},
        "regions": {"hills": {"surge": random.choice((0, 0.3))}},
        "stations": _stations(random), "routes": routes, "flows": flows,
        "incidents": {f"i{k}": _incident(random) for k in range(random.randint(0, 3))},
        "orders": _orders(random),
    }  # fmt: skip
    standing = _standing(random, routes, flows["f0"], "f0") if random.random() < 0.5 else {}
    return found | ({"start_with": [standing]} if standing else {})


# ------------------------------------------------------------------------------------------- time


def _period(random: Random) -> Json:
    span = {"length": random.choice(("1 d", "36 h", "3 d"))}
    start = random.choice(STARTS)
    if start == STARTS[0] and random.random() < 0.5:
        span = {"end": "2024-03-01"}
    more: Json = random.choice(({}, {"warm_up": "6 h"}, {"end_rule": "drain", "drain_at_most": "2 d"}))
    return {"zone": random.choice(ZONES), "start": start, **span, **more}


def _span(random: Random) -> Json:
    begins = random.randint(0, 20)
    return {"from": f"{begins} h", "to": f"{begins + random.randint(1, 12)} h"}


def _calendar(random: Random) -> Json:
    optional: Json = {
        "actor": "customs", "zone": random.choice(ZONES),
        "weekly": {random.choice(("mon", "sat", "sun")): random.choice((*WINDOWS, "closed"))},
        "on_holidays": random.choice(("closed", "08:00-11:00", {random.choice(DAYS_OFF): "closed"})),
        "on_makeup_days": "08:00-12:00",
        "ramps": [{"before": random.randint(0, 3), "after": 1, "hours": "08:00-14:00"},
                  {"before": 1, "hours": "closed", "only": [random.choice(DAYS_OFF)]}],
        "notices": [_span(random) | {"hours": random.choice((*WINDOWS, "closed")), "reason": _reason(random)}],
    }  # fmt: skip
    return {"hours": random.choice(WINDOWS), "holidays": random.choice(("VN", "CN"))} | some(random, optional)


def _reason(random: Random) -> str:
    return random.choice(("hours", "holiday", "incident", "order"))


def _around(random: Random) -> Json:
    optional = {"only": [random.choice(DAYS_OFF)], "before": random.randint(0, 3), "after": 1, "during": True}
    return {"holidays": random.choice(("VN", "CN"))} | some(random, optional)


# --------------------------------------------------------------------------------------- what there is


def _cargoes(random: Random, has_patience: bool) -> Json:
    fruit: Json = {
        "worth": "500 million VND", "decay": {"0 h": "0 %", "24 h": "30 %"}, "decay_on_plug": {"24 h": 0.1},
        "on_plug": 0.2, "home_price": 0.4, "waiting_cost": "1 million VND", "shelf_life": law(random), "class": "fresh",
        "title": "fruit",
    }  # fmt: skip
    turning = {} if has_patience else {"turns_back": {"when_loss_exceeds": random.choice((0.01, 0.1))}}
    return {"fruit": fruit | turning, "cloth": {"class": "other"}, "none": {"class": "empties"}}


def _stations(random: Random) -> Json:
    yard: Json = {"places": random.randint(2, 30), "title": "yard"}
    road: Json = {
        "length": "120 m",
        "spacing": "18 m",
        "lanes": random.randint(1, 2),
        "one_file": random.choice((True, False)),
    }
    pool: Json = {"places": random.choice(("unlimited", 3)), "gate": "south", "side": "far", "entry": _entry(random)}
    held = {"road": road, "north/yard": yard | {"entry": _entry(random)}, "pool": pool}
    beyond: Json = {"places": 4, "servers": 2, "service": law(random), "side": "far", "gate": "north"}
    aside: Json = {"servers": "unlimited", "service": law(random)}
    return held | {name: _served(random) for name in SERVED} | {"north/beyond": beyond, "aside": aside}


def _entry(random: Random) -> str:
    return random.choice(("first-come", "by-class"))


def _served(random: Random) -> Json:
    most = random.choice((2, 2, 3))
    servers: Any = most
    if random.random() < 0.4:
        servers = random.choice((
            [{"hours": "06:00-12:00", "servers": most}, {"hours": "12:00-20:00", "servers": 1}],
            [{"from": "0 h", "servers": most}, {"from": "9 h", "servers": 0}, {"from": "15 h", "servers": 2}],
        ))  # fmt: skip
    found: Json = {"servers": servers, "service": law(random), "closing": _closing(random), "listed": "desk"}
    hours: Json = {"hours": random.choice(("near", ["near", "far"], "07:00-19:00"))} if random.random() < 0.6 else {}
    room = random.choice(({}, {}, {"places": 4}, {"waiting_places": random.randint(0, 3)}))
    if room:
        divert = {"when_full": "divert", "divert_to": "spare"}
        room |= random.choice(({"when_full": "block"}, {"when_full": "turn_away"}, divert, {"entry": "by-class"}))
    optional: Json = {
        "service_for": {random.choice(("fruit", "other", "import")): law(random)},
        "slowdowns": [_span(random) | {"speed": random.choice(("50 %", 0.333))}],
        "discipline": random.choice(("first-come", "earliest-expiry", list(CLASSES), ["fresh"],
                                     {"ageing": {"fresh": {"head_start": "30 min", "slope": 2}, "other": {}}},
                                     {"cycle": ["fresh", "fresh", "other"]})),
        "when_blocked": random.choice(("keeps-server", "frees-server")),
        "reserved": {"servers": 1, "classes": ["fresh"], "others_when_empty": _maybe(random)},
    }  # fmt: skip
    extra = some(random, optional, 0.3)
    if "slowdowns" in extra:
        extra["slowdowns_act_on"] = "in-progress"
    return found | hours | room | extra


def _closing(random: Random) -> str:
    return random.choice(("finish", "pause", "handover", "fits"))


# ---------------------------------------------------------------------------- what happens, is decided, is there


def _measure(random: Random) -> Json:
    at = random.choice(SERVED)
    return random.choice((
        {"at": at, "closed": True}, {"at": "north", "closed": True, "direction": "export"},
        {"at": [at, "north/yard"], "closed": True, "cargo": ["fruit"]}, {"at": at, "servers": random.randint(0, 3)},
        {"at": at, "staff": "50 %"}, {"at": at, "hours": "10:00-16:00"},
        {"at": at, "speed": "50 %", "speed_acts_on": "in-progress"},
        {"at": at, "service_factor": 1.5, "cargo": "fresh", "direction": "import"},
    ))  # fmt: skip


def _incident(random: Random) -> Json:
    lasting = {"lasts": law(random)}
    often: Json = _span(random) | {"rate": "1/h", "lasts": "10 min"}
    around: Json = {"around": _around(random)}
    when = random.choice((_span(random), around, {"from": "3 h"} | lasting, {"rate": "3/day"} | lasting, often))
    if "lasts" in when and random.random() < 0.5:
        own: Json = {"at": list(SERVED[:2]), "separately": random.choice(("station", "server"))}
        return when | own | ({"loses": 1} if own["separately"] == "station" else {})
    return when | _measure(random) | some(random, {"title": "outage", "reason": _reason(random)})


def _orders(random: Random) -> Json:
    """At most one that says how stations work and one that says who comes, so that none contradict each other."""
    asked: Json = random.choice(({"intake": "turn-back", "complies": 0.5}, {"intake": "wait"},
                                 {"reroute": "spare", "complies": 0.7, "routes": ["main"]}))  # fmt: skip
    found = {"works": _span(random) | _measure(random) | {"title": "as decided", "reason": _reason(random)},
             "comes": random.choice((_span(random), {"around": _around(random)})) | asked}  # fmt: skip
    return some(random, found)


def _standing(random: Random, routes: Json, flow: Json, key: str) -> Json:
    """Trucks at the first station that every truck of a route visits; empty if there is none."""
    route = next(iter(flow["route"])) if isinstance(flow["route"], dict) else flow["route"]
    at = next((step["at"] for step in routes[route] if {"at"} <= set(step) <= {"at", "crosses", "service"}), None)
    if at is None:
        return {}
    optional = {"cargo": random.choice(CARGOES), "age": law(random), "route": route}
    return {"at": at, "flow": key, "trucks": random.randint(1, 2)} | some(random, optional)


def _maybe(random: Random) -> bool:
    return random.random() < 0.5
