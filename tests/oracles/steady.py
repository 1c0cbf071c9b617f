"""Stations in the long run: many replications, each with a warm-up and a last stretch that are not measured."""

import math
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import laws
from .case import Case, per_hour, scenario, span, waiting
from .entries import Entry, Row, at_least, holds, number, sampled, unknown
from .lab import Lab
from .measures import Measures, Queue, flat
from .metrics import hours_of, is_zero_quantile, known_names, metrics_of, quantile_share
from .stays import Seen

_LONGEST_H = 870_000  # a period is at most 100 years
_PER_RUN = 400_000  # trucks of a replication
_QUICK = 160_000  # trucks of a short run, three times as many where the queue forgets slowly
_REPLICATIONS = 30  # at least
_MOST = 9e8  # trucks of an entry: 1 % at a load of 0.975
_RARE = 0.05  # shares and numbers below it are not waited for
_WITHIN = dict.fromkeys(
    ("L", "W", "P_wait", "P_block", "throughput", "L_total", "W_total", "rho"), 0.01
) | dict.fromkeys(("Wq", "Lq", "Wq_overall", "Wq_fcfs"), 0.02)  # half-widths asked for, relative
_SKIPPED = (0.08, 0.03)  # shares of a replication at its beginning and end that are not measured
Measure = Callable[[Seen, int, int], Measures]


def trucks_needed(load: float) -> float:
    """Trucks for a 99 % half-width of 1 % of the mean number waiting in M/M/1.

    The number there has the asymptotic variance 2 rho (1 + rho) / (1 - rho)^4; that of those who wait is nearly the
    same, its mean is rho times as large. A tenth is not measured.
    """
    return 1.1 * 2 * 2.576**2 * (1 + load) / (0.01**2 * (1 - load) ** 2 * max(load, 0.5) ** 2)


def long_run(
    entry: Entry, lab: Lab, case: Callable[[str], Case], measure: Measure, *, rate: float, load: float,
    expected: Mapping[str, Any] | None = None, heavy: float | None = None,
) -> list[Row]:  # fmt: skip
    """Rows of all metrics of the long run. `rate` in trucks a unit of time.

    `heavy` fixes the number of trucks as a multiple of what M/M/1 takes; without it, the spread of what was run tells
    how many replications there must be.
    """
    wanted = dict(entry.expected if expected is None else expected)
    least, most = (_QUICK, 3 * _QUICK if load > 0.85 else _QUICK) if lab.is_quick else (1e7, _MOST)
    trucks = (heavy or 1.0) * min(most, max(least, trucks_needed(min(load, 0.99))))
    least_runs = 16 if lab.is_quick else _REPLICATIONS
    each = min(_PER_RUN, trucks / least_runs, _LONGEST_H * rate)
    hours = round(each / rate, 3)
    runs = max(least_runs, math.ceil(trucks / each))
    known: set[str] = set()

    def one(run: Seen) -> dict[str, Any]:
        ends = run.plan.window[1]
        found = measure(run, round(ends * _SKIPPED[0]), round(ends * (1 - _SKIPPED[1])))
        known.update(found)
        return flat({key: found[key]() for key in wanted if key in found and not isinstance(wanted[key], str)})

    written = case(f"{hours:.12g} h")
    found = lab.runs(written, runs, one)
    while heavy is None and not lab.is_quick:  # each look knows the spread better
        more = min(_enough(found, flat(wanted)), math.floor(_MOST / each)) - len(found)
        if more <= 0:
            break
        found += lab.runs(written, more, one, first=len(found))
    trucks = len(found) * each
    rows = []
    for path, value in flat(wanted).items():
        values = [run[path] for run in found if path in run]
        if not values or value is None or isinstance(value, bool | str):
            rows.append(unknown(entry, path, value, known_names(known - set(wanted))))
        elif is_zero_quantile(path, value):
            rows.append(at_least(entry, f"{path}: P(Wq<=0)", values, quantile_share(path)))
        else:
            rows.append(sampled(entry, path, values, value, least_error=_least_error(path, value, trucks)))
    return rows


def _enough(found: Sequence[Mapping[str, float]], wanted: Mapping[str, Any]) -> int:
    """Replications for half-widths of 1 % of means and common shares, of 2 % of mean waits."""
    most = 0.0
    for path, value in wanted.items():
        within = aim_of(path, value) if path in found[0] else None
        if within:
            spread = statistics.stdev([run[path] for run in found])
            most = max(most, (2.576 * spread / (within * value)) ** 2)
    return math.ceil(1.1 * most)


def aim_of(path: str, value: float) -> float | None:
    """The half-width asked for a metric of the long run, relative; None = none is, or it is too rare to wait for."""
    return _WITHIN.get(_name_of(path)) if abs(value) > _RARE else None


def _name_of(path: str) -> str:
    """The name of a metric without what tells its station or class: Wq for Wq_i[2], classes[1].Wq, Wq_B and Wq1."""
    name = re.sub(r"(\[\d+\])+$", "", path).rpartition(".")[2]
    return name if name in _WITHIN else _OF_ONE.sub("", name)


_OF_ONE = re.compile(
    r"_(i|by_class|per_class|by_station|all|park|travel|gate)$"
    r"|_?(class|stage|station|gate)?_?([1-9]\d*|(?<=_)[A-Z])$"
)


def _least_error(metric: str, share: float, trucks: float) -> float:
    """Floor of the standard error of a share so small that fewer than 250 cases are expected.

    Rare cases come in clusters (an excursion to a rare state is seen by some 25 trucks), and the replications that
    saw none know nothing of them.
    """
    rare = min(abs(share), abs(1 - share))
    return math.sqrt(25 * rare / trucks) if 0 < rare * trucks < 250 and metric.startswith("P") else 0.0


# ------------------------------------------------------------------------------ one station, one class


def one_station(entry: Entry, lab: Lab) -> list[Row]:
    """M/M/c, M/D/c, M/G/1, D/M/c; with a finite yard M/M/c/K and M/G/c/c."""
    p = entry.parameters
    servers = int(p.get("servers", p.get("places", 1)))
    service = _service(entry)
    rate = 1 / float(number(p["interval"])) if "interval" in p else rate_of(p)
    yard = yard_of(p, servers)
    gate = (
        {"servers": servers, "service": service} | waiting(yard) | ({} if yard is None else {"when_full": "turn_away"})
    )
    demand = {"every": span(float(number(p["interval"])))} if "interval" in p else {"rate": per_hour(rate)}
    load = rate * mean_service(p) / servers
    if yard is None and load >= 1:
        return [holds("load", "below 1", [f"{load:.6g}: no long run without a finite yard"])]
    crowded = load if yard is None else min(load, 1 / load, 0.8)

    def case(length: str) -> Case:
        return station_case(entry, length, {"gate": gate}, demand)

    return long_run(entry, lab, case, station_measure(entry, servers), rate=rate, load=crowded)


def _service(entry: Entry) -> Any:
    """The service of the only station; where the kind says that it is constant, a rate is that of a constant one."""
    p = entry.parameters
    if entry.kind == "mdc" and not {"service_time", "service"} & set(p):
        return laws.law({"type": "constant", "value": mean_service(p)})
    return service_of(p)


def servers_of(p: Mapping[str, Any]) -> int | str:
    """Servers of a station, 1 unless said; they may be without limit."""
    said = p.get("servers", 1)
    is_unlimited = said is None or isinstance(said, str) and said.lower().startswith(("unlim", "inf"))
    return "unlimited" if is_unlimited or said == math.inf else int(said)


def rate_of(p: Mapping[str, Any]) -> float:
    """Trucks a unit of time, by the rate or by the mean gap between them."""
    name = next((name for name in ("arrival_rate", "rate", "lambda", "lam") if name in p), None)
    if name is None and "offered_load" in p:
        return float(number(p["offered_load"])) / mean_service(p)
    if name is None:
        gap = next(name for name in ("mean_interarrival", "interarrival_mean", "interarrival") if name in p)
        return 1 / float(number(p[gap]))
    return float(number(p[name]))


_YARDS = ("waiting_places", "yard", "yard_places", "queue_capacity", "buffer")


def yard_of(p: Mapping[str, Any], servers: int) -> int | None:
    """Waiting places of a station, by themselves or within all its places; None = no limit."""
    if "places" in p:
        return int(p["places"]) - servers
    if "mean_stay" in p and not {"K", *_YARDS} & set(p):
        return 0  # a loss system by what it calls its service
    name = next((name for name in _YARDS if name in p), None)
    within = int(p["K"]) - servers if p.get("K") is not None else None
    if name is None:
        return within
    places = None if p[name] in (None, "unlimited") else int(p[name])
    if within not in (None, places):
        raise ValueError(f"states {p[name]} waiting places for {servers} servers and {p['K']} places in all")
    return places


def station_case(
    entry: Entry, length: str, stations: Mapping[str, Any], demand: Mapping[str, Any], part: str = ""
) -> Case:
    return scenario(
        f"{entry.id}/{part}" if part else entry.id, entry.system, length=length, stations=stations,
        routes={"trucks": [{"at": name} for name in stations]}, flows={"trucks": demand},
    )  # fmt: skip


def station_measure(entry: Entry, servers: int, station: str = "gate") -> Measure:
    def measure(run: Seen, low: int, high: int) -> Measures:
        stays = run.at(station)
        away = run.outcome[stays.truck] == 1
        queue = Queue(run=run, stays=stays.where(~away), low=low, high=high, servers=servers)
        came = (stays.joined >= low) & (stays.joined < high)
        lost: dict[str, Callable[[], Any]] = {
            **dict.fromkeys(
                ("P_block", "P_loss", "P_lost", "P_turned_away", "P_full"), lambda: float(away[came].mean())
            ),
            "loss_rate": lambda: float(away[came].sum()) / queue.duration,
            "Wq_ratio_to_MMc": lambda: queue.wait() / _erlang_c_wait(entry.parameters, servers),
        }
        return {**metrics_of(queue, entry.expected, hours_of(entry.parameters)), **lost}

    return measure


def service_of(p: Mapping[str, Any]) -> Any:
    return laws.law(service_words(p))


def mean_service(p: Mapping[str, Any]) -> float:
    return laws.mean(service_words(p))


def service_words(p: Mapping[str, Any]) -> Mapping[str, Any]:
    """The service of a station in an entry's words for a law."""
    if "service_rate" in p:
        return {"type": "exp", "rate": p["service_rate"]}
    if "service_time" in p:
        return {"type": "constant", "value": p["service_time"]}
    if "mean_stay" in p:
        said = p.get("stay_distribution", "exponential")
        given = float(number(p["mean_stay"]))
        cv = next((p[name] for name in ("stay_cv", "cv") if name in p), None)
        named = {"mean": given} | said if isinstance(said, Mapping) else laws.by_name(str(said), given)
        return named if cv is None else named | {"cv": cv}
    if "mean_service" in p:
        return {"type": "exp", "mean": p["mean_service"]}
    found = next((p[name] for name in ("service", "stay") if name in p), None)
    if not isinstance(found, Mapping):
        raise TypeError("states no service that is known")
    return found


def _erlang_c_wait(p: Mapping[str, Any], servers: int) -> float:
    """Mean wait of M/M/c with the same rates, by Erlang's formula."""
    offered = rate_of(p) * mean_service(p)
    blocked = 1.0
    for c in range(1, servers + 1):
        blocked = offered * blocked / (c + offered * blocked)
    waits = servers * blocked / (servers - offered * (1 - blocked))
    return waits * mean_service(p) / (servers - offered)
