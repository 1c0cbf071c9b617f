"""One station whose classes are served in order of priority."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import laws
from .case import Case, per_hour, scenario
from .entries import Entry, Row, holds, number, unknown
from .lab import Lab
from .listed import stated
from .measures import Measures, Queue
from .metrics import hours_of, metrics_of, metrics_of_each
from .stays import Seen
from .steady import Measure, long_run, rate_of

_BESIDE = ("Wq_fcfs", "check_overall_equals_fcfs")  # answers of a run without priority
_OVERALL = ("Wq_overall", "Wq_fcfs", "Wq_all")


def classes(entry: Entry, lab: Lab) -> list[Row]:
    """Classes in order of priority, and first come first served beside it."""
    p = entry.parameters
    given = _classes(p)
    names = [f"class-{k + 1}" for k in range(len(given))]
    servers = int(p.get("servers", 1))
    services = {name: laws.law(service) for name, (_, service) in zip(names, given, strict=True)}
    rates = {name: per_hour(rate) for name, (rate, _) in zip(names, given, strict=True)}
    rate = sum(rate for rate, _ in given)
    load = sum(rate * laws.mean(service) for rate, service in given) / servers

    def case(length: str, discipline: Any) -> Case:
        gate = {"servers": servers, "discipline": discipline, "service_for": services}
        return scenario(
            f"{entry.id}/{'fcfs' if isinstance(discipline, str) else 'priority'}", entry.system, length=length,
            stations={"gate": gate}, routes={"trucks": [{"at": "gate"}]},
            flows={n: {"cargo": n, "route": "trucks", "rate": rate} for n, rate in rates.items()},
        )  # fmt: skip

    def rows_of(discipline: Any, metrics: Mapping[str, Any]) -> list[Row]:
        measure = _by_class(metrics, names, servers, hours_of(p))
        return long_run(
            entry, lab, lambda length: case(length, discipline), measure, rate=rate, load=load, expected=metrics
        )

    rows = rows_of(names, {k: v for k, v in entry.expected.items() if k not in _BESIDE})
    if "Wq_fcfs" in entry.expected:
        rows += rows_of("first-come", {"Wq_fcfs": entry.expected["Wq_fcfs"]})
    if "check_overall_equals_fcfs" in entry.expected:
        rows.append(_no_matter(entry, {row.metric: row for row in rows}))
    return rows


def _classes(p: Mapping[str, Any]) -> list[tuple[float, Mapping[str, Any]]]:
    """Rate and service of each class, the first class first."""
    if "classes" in p:
        return [(rate_of(c), c["service"] if "service" in c else _exponential(c)) for c in p["classes"]]
    total = stated(p, "total_rate", "arrival_rate")
    each_rate = p["arrival_rates"] if "arrival_rates" in p else [number(total) * number(s) for s in p["shares"]]
    rates = [float(number(rate)) for rate in each_rate]
    if "services" in p:
        return list(zip(rates, p["services"], strict=True))
    each = {"service_rates": "service_rate", "mean_services": "mean_service"}
    many = next((name for name in each if name in p), None)
    if many is not None:
        return [(rate, _exponential({each[many]: one})) for rate, one in zip(rates, p[many], strict=True)]
    return [(rate, p["service"] if "service" in p else _exponential(p)) for rate in rates]


def _exponential(p: Mapping[str, Any]) -> Mapping[str, Any]:
    if "service_rate" in p:
        return {"type": "exp", "rate": p["service_rate"]}
    return {"type": "exp", "mean": p["mean_service"]}


def _no_matter(entry: Entry, rows: Mapping[str, Row]) -> Row:
    """Whether the mean over all is that without priority, as far as the intervals tell."""
    if not {"Wq_overall", "Wq_fcfs"} <= set(rows):
        return unknown(entry, "check_overall_equals_fcfs", True, "it needs Wq_overall and Wq_fcfs")
    a, b = rows["Wq_overall"], rows["Wq_fcfs"]
    meet = abs(float(a.got) - float(b.got)) <= a.half_width + b.half_width
    return holds("check_overall_equals_fcfs", "intervals meet", [] if meet else [f"{a.got}, {b.got}"])


def _by_class(expected: Mapping[str, Any], names: Sequence[str], servers: int, unit: float) -> Measure:
    def measure(run: Seen, low: int, high: int) -> Measures:
        stays = run.at("gate")
        flow = run.flow(stays.truck)
        whole = Queue(run=run, stays=stays, low=low, high=high, servers=servers)
        each = [Queue(run=run, stays=stays.where(flow == n), low=low, high=high, servers=servers) for n in names]

        def conserved() -> float:
            return math.fsum(queue.utilisation() * queue.wait() for queue in each)

        found: dict[str, Callable[[], Any]] = {
            "conservation_sum_rho_i_Wq_i": conserved,
            "conservation_rhs": conserved,
            **dict.fromkeys(_OVERALL, whole.wait),
        }
        if "classes" in expected:
            parts = [metrics_of(queue, asked, unit) for queue, asked in zip(each, expected["classes"], strict=True)]
            found["classes"] = lambda: [{m: of() for m, of in part.items()} for part in parts]
        by_number = {str(k + 1): queue for k, queue in enumerate(each)}
        return {**metrics_of(whole, expected, unit), **metrics_of_each(by_number, expected, unit), **found}

    return measure
