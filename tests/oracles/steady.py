"""Stations in the long run: many replications, each with a warm-up and a last stretch that are not measured."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from . import laws
from .case import Case, exponential, per_hour, scenario, span, waiting
from .entries import Entry, Row, holds, sampled
from .lab import Lab
from .measures import Measures, Queue, flat
from .stays import Seen

_LONGEST_H = 1_400_000  # a period is at most 65,536 days
_PER_RUN = 400_000  # trucks of a replication
_REPLICATIONS = 30  # at least
_SKIPPED = (0.08, 0.03)  # shares of a replication at its beginning and end that are not measured
Measure = Callable[[Seen, int, int], Measures]


def trucks_needed(load: float) -> float:
    """Trucks for a 99 % half-width of 1 % of the mean number in M/M/1 (2 rho (1 + rho) / (1 - rho)^4)."""
    return 2 * 2.576**2 * (1 + load) / (0.01**2 * (1 - load) ** 2)


def long_run(
    entry: Entry, lab: Lab, case: Callable[[str], Case], measure: Measure, *, rate: float, load: float,
    expected: Mapping[str, Any] | None = None, heavy: float = 1.0,
) -> list[Row]:  # fmt: skip
    """Rows of all metrics of the long run. `rate` in trucks a unit of time, `heavy` scales the number of trucks."""
    wanted = dict(entry.expected if expected is None else expected)
    least, most = (160_000, 160_000) if lab.is_quick else (1e7, 8e7)
    trucks = heavy * min(most, max(least, trucks_needed(min(load, 0.99))))
    least_runs = 16 if lab.is_quick else _REPLICATIONS
    each = min(_PER_RUN, trucks / least_runs, _LONGEST_H * rate)
    hours = round(each / rate, 3)
    runs = max(least_runs, math.ceil(trucks / each))

    def one(run: Seen) -> dict[str, Any]:
        ends = run.plan.window[1]
        found = measure(run, round(ends * _SKIPPED[0]), round(ends * (1 - _SKIPPED[1])))
        return flat({key: found[key]() for key in wanted if key in found})

    found = lab.runs(case(f"{hours:.12g} h"), runs, one)
    rows = []
    for path, value in flat(wanted).items():
        if path in found[0] and isinstance(value, int | float) and not isinstance(value, bool):
            rows.append(
                sampled(entry, path, [run[path] for run in found], value, least_error=_least_error(path, value, trucks))
            )
        elif path in found[0]:
            rows.append(holds(path, str(value), [] if found[0][path] == value else [str(found[0][path])]))
        else:
            rows.append(holds(path, str(value), ["not computed"]))
    return rows


def _least_error(metric: str, share: float, trucks: float) -> float:
    """Floor of the standard error of a share so small that fewer than 250 cases are expected.

    Rare cases come in clusters (an excursion to a rare state is seen by some 25 trucks), and the replications that
    saw none know nothing of them.
    """
    rare = min(abs(share), abs(1 - share))
    return math.sqrt(25 * rare / trucks) if 0 < rare * trucks < 250 and metric.startswith("P") else 0.0


def station_measures(queue: Queue, expected: Mapping[str, Any]) -> Measures:
    """Whatever an entry may ask of one station."""
    found: dict[str, Callable[[], Any]] = {
        "rho": queue.utilisation,
        "utilisation": queue.utilisation,
        "P0": lambda: queue.share(0),
        "P_wait": lambda: queue.longer(0.0),
        "P_wait_accepted": lambda: queue.longer(0.0),
        "L": lambda: queue.mean_number("joined", "left"),
        "mean_occupancy": lambda: queue.mean_number("joined", "left"),
        "Lq": lambda: queue.mean_number("joined", "started"),
        "W": queue.time,
        "Wq": queue.wait,
        # about the known mean: about the mean of a replication they would be too small by its own variance
        "Wq_var": lambda: float(((queue.waits - float(expected["Wq"])) ** 2).mean()),
        "N_var": lambda: queue.number_variance(float(expected["L"])),
        "Wq_given_wait": lambda: float(queue.waits[queue.waits > 1e-10].mean()),
        "service_mean": lambda: float(queue.services.mean()),
        "service_cv": lambda: float(queue.services.std() / queue.services.mean()),
        "W0": lambda: float((queue.services**2).sum() / 2 / queue.duration),
        "lambda_eff": queue.throughput,
        "sigma": lambda: queue.longer(0.0),
    }
    for metric, value in expected.items():
        if match := re.fullmatch(r"Wq_p(\d+)", metric):
            found[metric] = lambda share=float(f"0.{match[1]}"): queue.quantile(share)
        elif match := re.fullmatch(r"P\(Wq<=(.+)\)", metric):
            found[metric] = lambda wait=float(match[1]): 1 - queue.longer(wait)
        elif match := re.fullmatch(r"P_wait_over_(\d+)min", metric):
            found[metric] = lambda wait=float(match[1]) / 60: queue.longer(wait)
        elif match := re.fullmatch(r"P_N_ge_(\d+)", metric):
            found[metric] = lambda n=int(match[1]): 1 - sum(queue.share(k) for k in range(n))
        elif metric.startswith("P_n"):
            found[metric] = partial(_shares, queue, len(value))
    return found


def _shares(queue: Queue, n: int) -> list[float]:
    return [queue.share(k) for k in range(n)]


# ------------------------------------------------------------------------------ one station, one class


def one_station(entry: Entry, lab: Lab) -> list[Row]:
    """M/M/c, M/D/c, M/G/1, D/M/c; with a finite yard M/M/c/K and M/G/c/c."""
    p = entry.parameters
    servers = int(p.get("servers", p.get("places", 1)))
    service = service_of(p)
    rate = 1 / float(p["interval"]) if "interval" in p else float(p["arrival_rate"])
    yard = 0 if "places" in p else p.get("waiting_places")
    gate = (
        {"servers": servers, "service": service} | waiting(yard) | ({} if yard is None else {"when_full": "turn_away"})
    )
    demand = {"every": span(float(p["interval"]))} if "interval" in p else {"rate": per_hour(rate)}
    load = rate * mean_service(p) / servers
    crowded = load if yard is None else min(load, 1 / load, 0.8)

    def case(length: str) -> Case:
        return station_case(entry, length, {"gate": gate}, demand)

    return long_run(entry, lab, case, station_measure(entry, servers), rate=rate, load=crowded)


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
        lost = {
            "P_block": lambda: float(away[came].mean()),
            "loss_rate": lambda: float(away[came].sum()) / queue.duration,
            "Wq_ratio_to_MMc": lambda: queue.wait() / _erlang_c_wait(entry.parameters, servers),
        }
        return {**station_measures(queue, entry.expected), **lost}

    return measure


def service_of(p: Mapping[str, Any]) -> Any:
    if "service_rate" in p:
        return exponential(p["service_rate"])
    if "service_time" in p:
        return span(float(p["service_time"]))
    if "mean_stay" in p:
        return laws.law(laws.by_name(str(p["stay_distribution"]), float(p["mean_stay"])))
    if "mean_service" in p:
        return {"law": "exponential", "mean": span(float(p["mean_service"]))}
    return laws.law(p["service"])


def mean_service(p: Mapping[str, Any]) -> float:
    for name in ("service_time", "mean_stay", "mean_service"):
        if name in p:
            return float(p[name])
    return 1 / float(p["service_rate"]) if "service_rate" in p else laws.mean(p["service"])


def _erlang_c_wait(p: Mapping[str, Any], servers: int) -> float:
    """Mean wait of M/M/c with the same rates, by Erlang's formula."""
    offered = float(p["arrival_rate"]) * mean_service(p)
    blocked = 1.0
    for c in range(1, servers + 1):
        blocked = offered * blocked / (c + offered * blocked)
    waits = servers * blocked / (servers - offered * (1 - blocked))
    return waits * mean_service(p) / (servers - offered)


# ---------------------------------------------------------------------------------- classes by priority


def classes(entry: Entry, lab: Lab) -> list[Row]:
    """One station whose classes are served in order of priority, and first come first served beside it."""
    p = entry.parameters
    given = p.get("classes") or [
        {"arrival_rate": rate, "service": {"type": "exp", "mean": 1 / float(mu)}}
        for rate, mu in zip(
            p["arrival_rates"], p.get("service_rates") or [p["service_rate"]] * len(p["arrival_rates"]), strict=True
        )
    ]
    names = [f"class-{k + 1}" for k in range(len(given))]
    servers = int(p.get("servers", 1))
    services = {name: laws.law(c["service"]) for name, c in zip(names, given, strict=True)}
    rates = {name: per_hour(c["arrival_rate"]) for name, c in zip(names, given, strict=True)}
    rate = sum(float(c["arrival_rate"]) for c in given)
    load = sum(float(c["arrival_rate"]) * laws.mean(c["service"]) for c in given) / servers

    def case(length: str, discipline: Any) -> Case:
        gate = {"servers": servers, "discipline": discipline, "service_for": services}
        return scenario(
            f"{entry.id}/{'fcfs' if isinstance(discipline, str) else 'priority'}", entry.system, length=length,
            stations={"gate": gate}, routes={"trucks": [{"at": "gate"}]},
            flows={n: {"cargo": n, "route": "trucks", "rate": rate} for n, rate in rates.items()},
        )  # fmt: skip

    rules = ("Wq_fcfs", "check_overall_equals_fcfs")
    expected = {k: v for k, v in entry.expected.items() if k not in rules}

    def rows_of(discipline: Any, metrics: Mapping[str, Any]) -> list[Row]:
        measure = _by_class(metrics, names, servers)
        return long_run(
            entry, lab, lambda length: case(length, discipline), measure, rate=rate, load=load, expected=metrics
        )

    rows = rows_of(names, expected)
    if "Wq_fcfs" in entry.expected:
        rows += rows_of("first-come", {"Wq_fcfs": entry.expected["Wq_fcfs"]})
    if "check_overall_equals_fcfs" in entry.expected:
        by_metric = {row.metric: row for row in rows}
        a, b = by_metric["Wq_overall"], by_metric["Wq_fcfs"]
        apart = abs(float(a.got) - float(b.got)) <= a.half_width + b.half_width
        rows.append(holds("check_overall_equals_fcfs", "intervals meet", [] if apart else [f"{a.got}, {b.got}"]))
    return rows


def _by_class(expected: Mapping[str, Any], names: Sequence[str], servers: int) -> Measure:
    def measure(run: Seen, low: int, high: int) -> Measures:
        stays = run.at("gate")
        flow = run.flow(stays.truck)
        whole = Queue(run=run, stays=stays, low=low, high=high, servers=servers)
        each = [Queue(run=run, stays=stays.where(flow == n), low=low, high=high, servers=servers) for n in names]
        wanted = expected.get("classes", [{}] * len(names))
        per_class = [station_measures(queue, metrics) for queue, metrics in zip(each, wanted, strict=True)]

        def conserved() -> float:
            return math.fsum(queue.utilisation() * queue.wait() for queue in each)

        found: dict[str, Callable[[], Any]] = {
            "classes": lambda: [
                {m: found[m]() for m in metrics} for metrics, found in zip(wanted, per_class, strict=True)
            ],
            "conservation_sum_rho_i_Wq_i": conserved,
            "conservation_rhs": conserved,
            "Wq_overall": whole.wait,
            "Wq_fcfs": whole.wait,
        }
        for k, metrics in enumerate(per_class):
            found |= {f"{name}_{k + 1}": metrics[name] for name in ("Lq", "Wq", "W", "L")}
        return {**station_measures(whole, {}), **found}

    return measure
