"""Identities that hold on every run, whatever is drawn: checked on generated scenarios, in whole milliseconds."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sim.planning.plan import NEVER, Change, Plan

from .case import Case, scenario
from .entries import Entry, Row, holds
from .lab import Lab, seed_of
from .measures import levels
from .stays import IntArray

_SCENARIOS, _QUICK = 60, 15  # generated for each identity
_HOURS = ("00:00-24:00", "07:00-19:00", "08:00-12:00, 13:00-17:00", "22:00-06:00")


def every_run(entry: Entry, lab: Lab) -> list[Row]:
    """The identity of the entry on generated scenarios."""
    check = _CHECKS[entry.kind]
    if not entry.parameters.get("any_scenario", True):
        raise ValueError("asks for no scenario")
    broken = []
    scenarios = _QUICK if lab.is_quick else _SCENARIOS
    for k in range(scenarios):
        told = check(entry, lab, k, random.Random(f"{entry.id} {k}"))  # noqa: S311  not a secret
        broken += [f"scenario {k}: {told}"] if told else []
    return [holds("statement", f"holds on {scenarios} generated scenarios", broken)]


def _little(entry: Entry, lab: Lab, k: int, chance: random.Random) -> str:
    """The integral of the trucks present is the sum of their times, by class, by station and in all."""
    run = lab.run(_network(f"{entry.id}/{k}", chance))
    arrived, out = run.plan.trucks.arrived, run.out
    if (out == NEVER).any():
        return f"{int((out == NEVER).sum())} trucks are still inside"
    parts = {"all": (arrived, out)}
    for cargo in np.unique(run.plan.trucks.cargo):
        mine = run.plan.trucks.cargo == cargo
        parts[f"cargo {cargo}"] = arrived[mine], out[mine]
    for index, station in enumerate(run.plan.network.layout.stations):
        stays = run.stays.where(run.stays.station == index)
        parts[station] = stays.joined, stays.left
    low, high = run.plan.starts, run.plan.ends
    for name, (begin, end) in parts.items():
        shares = levels(begin, end, low, high)
        integral = round((shares * np.arange(len(shares))).sum() * (high - low))
        if abs(integral - int((end - begin).sum())) > 1e-9 * max(1, integral):
            return f"{name}: {integral} is not {int((end - begin).sum())} ms"
    return ""


def _work(entry: Entry, lab: Lab, k: int, chance: random.Random) -> str:
    """No server on duty is idle while a truck it may serve waits."""
    run = lab.run(_station(f"{entry.id}/{k}", chance, closing=("finish", "pause")))
    gate = run.at("gate")
    low, high = run.plan.starts, run.plan.ends
    steps = [
        (gate.joined, 1, 0),
        (gate.started, -1, 1),
        (gate.left, 0, -1),
        (run.paused[:, 2], 1, -1),
        (run.paused[:, 3], -1, 1),
    ]
    times, waiting, busy = _paths(steps, low)
    on_duty = _capacity(run.plan, times)
    lasting = np.diff(np.append(times, high))
    idle = (waiting > 0) & (busy < on_duty) & (lasting > 0)
    return f"at {int(times[idle][0])} ms {int(waiting[idle][0])} wait" if idle.any() else ""


def _paths(steps: list[tuple[IntArray, int, int]], low: int) -> tuple[IntArray, IntArray, IntArray]:
    """Waiting and busy trucks after each instant at which either changes."""
    times = np.concatenate([[low], *(t[t != NEVER] for t, _, _ in steps)])
    waiting = np.concatenate([[0], *(np.full((t != NEVER).sum(), w) for t, w, _ in steps)])
    busy = np.concatenate([[0], *(np.full((t != NEVER).sum(), b) for t, _, b in steps)])
    order = np.argsort(times, kind="stable")
    return times[order], np.cumsum(waiting[order]), np.cumsum(busy[order])


def _capacity(plan: Plan, times: IntArray) -> IntArray:
    """Servers on duty at some times, of the only resource."""
    changes = plan.network.changes
    mine = changes[np.isin(changes["what"], (Change.CAPACITY, Change.SHIFT))]
    values = np.concatenate([[plan.network.resources["capacity"][0]], mine["value"]])
    found: IntArray = values[np.searchsorted(mine["time"], times, side="right")]
    return found


def _monotone(entry: Entry, lab: Lab, k: int, chance: random.Random) -> str:
    """One more server makes nobody wait longer."""
    case = _station(f"{entry.id}/{k}", chance, closing=(), classes=1)
    few = lab.run(case).at("gate")
    servers = int(case.text.split("servers: ")[1].split(",")[0])
    more = lab.run(
        Case(name=f"{case.name}+1", text=case.text.replace(f"servers: {servers}", f"servers: {servers + 1}"))
    ).at("gate")
    later = more.started > few.started
    return f"truck {int(few.truck[later][0])} starts later" if later.any() else ""


def _conservation(entry: Entry, lab: Lab, k: int, chance: random.Random) -> str:
    """With one server, the sum of service x wait is the same in every order that ignores services.

    It is the integral of the unfinished work, less what each service itself contributes: sum rho_i Wq_i in the mean.
    """
    case = _station(f"{entry.id}/{k}", chance, closing=(), classes=2, servers=1)
    sums = []
    for order in ("first-come", "[class-1, class-2]", "[class-2, class-1]"):
        text = case.text.replace("discipline: [class-1, class-2]", f"discipline: {order}")
        gate = lab.run(Case(name=f"{case.name}-{len(sums)}", text=text)).at("gate")
        sums.append(
            sum(
                s * w
                for s, w in zip(
                    (gate.ended - gate.started).tolist(), (gate.started - gate.joined).tolist(), strict=True
                )
            )
        )
    return "" if len(set(sums)) == 1 else f"{sums} ms^2"


def _common(entry: Entry, lab: Lab, k: int, chance: random.Random) -> str:
    """Scenarios that differ in servers, calendar, priority or yard share every truck and every draw."""
    plain = _station(f"{entry.id}/{k}", chance, closing=(), classes=2)
    other = plain.text.replace("discipline: [class-1, class-2]", "discipline: first-come")
    other = other.replace("gate: {servers: ", "gate: {waiting_places: 3, when_full: turn_away, servers: 1")
    shut = plain.text.replace("gate: {", 'gate: {hours: "06:00-20:00", closing: pause, ')
    plans = [
        lab.make_plan(lab.scenario(Case(name=f"{plain.name}-{n}", text=text)), seed=seed_of(plain))
        for n, text in enumerate((plain.text, other, shut))
    ]
    draws = [_draws(plan) for plan in plans]
    return "" if all(draw == draws[0] for draw in draws) else "trucks or draws differ"


def _draws(plan: Plan) -> bytes:
    """Truck, class, arrival and service of every truck, in the order of their numbers."""
    trucks = plan.trucks
    rows = np.column_stack([trucks.id, trucks.cargo_class, trucks.arrived, trucks.work[trucks.work_at[:-1]]])
    return rows[np.argsort(trucks.id)].astype(np.int64).tobytes()


_CHECKS: Mapping[str, Callable[[Entry, Lab, int, random.Random], str]] = {
    "id_little": _little,
    "id_work": _work,
    "id_monotone": _monotone,
    "id_conservation": _conservation,
    "id_crn": _common,
}


# ---------------------------------------------------------------------------------- generated scenarios


def _station(name: str, chance: random.Random, *, closing: tuple[str, ...], classes: int = 2, servers: int = 0) -> Case:
    """One station under random load; every truck leaves before the end."""
    servers = servers or chance.randint(1, 4)
    gate: dict[str, Any] = {"servers": servers}
    if closing and chance.random() < 0.7:
        gate |= {"hours": chance.choice(_HOURS[1:]), "closing": chance.choice(closing)}
    gate |= {"service_for": {f"class-{c + 1}": _law(chance, servers / classes) for c in range(classes)}}
    if classes > 1:
        gate["discipline"] = [f"class-{c + 1}" for c in range(classes)]
    flows = {f"class-{c + 1}": {"cargo": f"class-{c + 1}", "route": "trucks"} | _demand(chance) for c in range(classes)}
    return _drained(name, chance, {"gate": gate}, {"trucks": [{"at": "gate"}]}, flows)


def _network(name: str, chance: random.Random) -> Case:
    """Three stations in series with finite yards, closings, priorities, repeats and a park that calls forward."""
    cargoes = {"fruit": 0.4, "other": 0.6}

    def calendar() -> dict[str, Any]:
        if chance.random() < 0.4:
            return {}
        return {"hours": chance.choice(_HOURS[:3]), "closing": chance.choice(("finish", "pause", "handover"))}

    stations: dict[str, Any] = {
        "desk": {"servers": chance.randint(1, 3)}
        | calendar()
        | {"service": _law(chance, 2), "discipline": ["fruit", "other"]},
        "park": {"places": chance.randint(2, 8)},
        "gate": {"servers": chance.randint(1, 3)}
        | calendar()
        | {"waiting_places": chance.randint(0, 3), "service": _law(chance, 2)},
        "lane": {"servers": chance.randint(1, 2), "waiting_places": chance.randint(0, 2), "service": _law(chance, 3)},
    }
    held = {
        "in": "park",
        "do": [{"travel": f"{chance.randint(1, 30)} min"}, {"at": "gate", "share": chance.choice((1.0, 0.7))}],
    }
    again = {"repeat": chance.choice((0.1, 0.3)), "do": [{"at": "desk"}], "at_most": 5}
    flows = {
        "trucks": {"cargo": cargoes} | _demand(chance),
        "more": {"route": "trucks", "cargo": "other"} | _demand(chance),
    }
    return _drained(name, chance, stations, {"trucks": [again, held, {"at": "lane"}]}, flows)


def _drained(
    name: str, chance: random.Random, stations: Mapping[str, Any], routes: Mapping[str, Any], flows: Mapping[str, Any]
) -> Case:
    length = f"{chance.randint(24, 96)} h"
    return scenario(name, f"generated {name}", length=length, stations=stations, routes=routes, flows=flows,
                    period={"end_rule": "drain"})  # fmt: skip


def _demand(chance: random.Random) -> dict[str, Any]:
    """Arrivals at random, in bursts, at fixed intervals or in convoys; many at equal times."""
    match chance.randrange(4):
        case 0:
            return {"rate": f"{chance.uniform(1, 8):.3f} trucks/h"}
        case 1:
            return {"every": f"{chance.choice((5, 10, 15, 30))} min"}
        case 2:
            return {"rate": f"{chance.uniform(0.5, 2):.3f} trucks/h", "convoy": chance.randint(2, 5)}
        case _:
            return {"bursts": [{"at": f"{chance.randint(0, 20)} h", "trucks": chance.randint(1, 40)} for _ in range(3)]}


def _law(chance: random.Random, servers: float) -> Any:
    """A service that keeps the servers busy most of the time, at times exactly as long as the gaps between trucks."""
    mean = chance.uniform(3, 9) * servers
    match chance.randrange(4):
        case 0:
            return {"law": "exponential", "mean": f"{mean:.2f} min"}
        case 1:
            return f"{chance.choice((5, 10, 15))} min"
        case 2:
            return {"law": "lognormal", "mean": f"{mean:.2f} min", "cv": round(chance.uniform(0.2, 1.5), 2)}
        case _:
            return {"law": "uniform", "low": "0 min", "high": f"{2 * mean:.2f} min"}
