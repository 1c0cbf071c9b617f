"""Stations in the long run: many replications, each with a warm-up and a last stretch that are not measured."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .case import Case, exponential, law, per_hour, scenario, span, waiting
from .entries import Entry, Row, holds, sampled
from .lab import Lab
from .measures import Measures, Queue, flat
from .stays import Seen

_LONGEST_H = 1_400_000  # a period is at most 65,536 days
_PER_RUN = 400_000  # trucks of a replication
_REPLICATIONS = 30  # at least
_CLOSE = 8.0  # times as many trucks where a promise is kept or broken by a hair
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
    least, most = (160_000, 160_000) if lab.is_quick else (4e6, 8e7)
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
            rows.append(sampled(entry, path, [run[path] for run in found], value, least_error=_least_error(path, value, trucks)))
        elif path in found[0]:
            rows.append(holds(path, str(value), [] if found[0][path] == value else [str(found[0][path])]))
        else:
            rows.append(holds(path, str(value), ["not computed"]))
    return rows


def _least_error(metric: str, share: float, trucks: float) -> float:
    """Standard error below which a share of time or of trucks cannot be known, where cases are too rare to be seen."""
    rare = min(abs(share), abs(1 - share))
    return math.sqrt(rare / trucks) if 0 < rare < 1e-3 and metric.startswith("P") else 0.0


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
            found[metric] = lambda n=len(value): [queue.share(k) for k in range(n)]
    return found


# ------------------------------------------------------------------------------ one station, one class


def one_station(entry: Entry, lab: Lab) -> list[Row]:
    """M/M/c, M/D/c, M/G/1, D/M/c; with a finite yard M/M/c/K and M/G/c/c."""
    p = entry.parameters
    servers = int(p.get("servers", p.get("places", 1)))
    service = _service(p)
    rate = 1 / float(p["interval"]) if "interval" in p else float(p["arrival_rate"])
    yard = 0 if "places" in p else p.get("waiting_places")
    gate = {"servers": servers, "service": service} | waiting(yard) | ({} if yard is None else {"when_full": "turn_away"})
    demand = {"every": span(float(p["interval"]))} if "interval" in p else {"rate": per_hour(rate)}
    load = rate * _mean(p) / servers
    crowded = load if yard is None else min(load, 1 / load, 0.8)
    return long_run(entry, lab, lambda length: _case(entry, length, {"gate": gate}, demand), _station(entry, servers),
                    rate=rate, load=crowded)  # fmt: skip


def _case(entry: Entry, length: str, stations: Mapping[str, Any], demand: Mapping[str, Any], part: str = "") -> Case:
    return scenario(
        f"{entry.id}/{part}" if part else entry.id, entry.system, length=length, stations=stations,
        routes={"trucks": [{"at": name} for name in stations]}, flows={"trucks": demand},
    )  # fmt: skip


def _station(entry: Entry, servers: int, station: str = "gate") -> Measure:
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


def _service(p: Mapping[str, Any]) -> Any:
    if "service_rate" in p:
        return exponential(p["service_rate"])
    if "service_time" in p:
        return span(float(p["service_time"]))
    if "mean_stay" in p:
        return law(_stay(p))
    if "mean_service" in p:
        return {"law": "exponential", "mean": span(float(p["mean_service"]))}
    return law(p["service"])


def _stay(p: Mapping[str, Any]) -> dict[str, Any]:
    """A stay by name: Erlang B depends on its mean alone."""
    words = re.split(r"[\s,_(=)-]+", str(p["stay_distribution"]))
    numbers = [float(w) for w in words if re.fullmatch(r"[\d.]+", w)]
    mean = float(p["mean_stay"])
    match words[0]:
        case "erlang" | "erlang2" | "erlang3" | "erlang4":
            k = int(words[0][6:] or (numbers or [2])[0])
            return {"type": "erlang", "mean": mean, "k": k}
        case "lognormal" | "gamma":
            return {"type": words[0], "mean": mean, "cv": (numbers or [1.0])[0]}
        case "uniform":
            return {"type": "uniform", "low": 0, "high": 2 * mean}
        case "hyperexp" | "hyperexponential":
            return {"type": "hyperexp", "p": [0.5, 0.5], "means": [0.5 * mean, 1.5 * mean]}
    return {"type": words[0], "mean": mean, "value": mean}


def _mean(p: Mapping[str, Any]) -> float:
    for name in ("service_time", "mean_stay", "mean_service"):
        if name in p:
            return float(p[name])
    return 1 / float(p["service_rate"]) if "service_rate" in p else law_mean(p["service"])


def law_mean(service: Mapping[str, Any]) -> float:
    """Mean of a service law in an entry's words."""
    if "mean" in service:
        return float(service["mean"])
    if "value" in service:
        return float(service["value"])
    if "mode" in service:
        return (float(service["low"]) + float(service["mode"]) + float(service["high"])) / 3
    if "low" in service:
        return (float(service["low"]) + float(service["high"])) / 2
    if "scale" in service:
        return float(service["scale"]) * math.gamma(1 + 1 / float(service["shape"]))
    shares = service.get("p", service.get("shares", service.get("probabilities")))
    parts = service.get("means", service.get("values"))
    return sum(float(a) * float(b) for a, b in zip(shares, parts, strict=True))


def _erlang_c_wait(p: Mapping[str, Any], servers: int) -> float:
    """Mean wait of M/M/c with the same rates, by Erlang's formula."""
    offered = float(p["arrival_rate"]) * _mean(p)
    blocked = 1.0
    for c in range(1, servers + 1):
        blocked = offered * blocked / (c + offered * blocked)
    waits = servers * blocked / (servers - offered * (1 - blocked))
    return waits * _mean(p) / (servers - offered)


# ---------------------------------------------------------------------------------- classes by priority


def classes(entry: Entry, lab: Lab) -> list[Row]:
    """One station whose classes are served in order of priority, and first come first served beside it."""
    p = entry.parameters
    given = p.get("classes") or [
        {"arrival_rate": rate, "service": {"type": "exp", "mean": 1 / float(mu)}}
        for rate, mu in zip(p["arrival_rates"], p.get("service_rates") or [p["service_rate"]] * len(p["arrival_rates"]), strict=True)
    ]
    names = [f"class-{k + 1}" for k in range(len(given))]
    servers = int(p.get("servers", 1))
    rate = sum(float(c["arrival_rate"]) for c in given)
    load = sum(float(c["arrival_rate"]) * law_mean(c["service"]) for c in given) / servers

    def case(length: str, discipline: Any) -> Case:
        gate = {"servers": servers, "discipline": discipline,
                "service_for": {name: law(c["service"]) for name, c in zip(names, given, strict=True)}}  # fmt: skip
        return scenario(
            f"{entry.id}/{'fcfs' if isinstance(discipline, str) else 'priority'}", entry.system, length=length,
            stations={"gate": gate}, routes={"trucks": [{"at": "gate"}]},
            flows={n: {"cargo": n, "route": "trucks", "rate": per_hour(c["arrival_rate"])} for n, c in zip(names, given, strict=True)},
        )  # fmt: skip

    rules = ("Wq_fcfs", "check_overall_equals_fcfs")
    expected = {k: v for k, v in entry.expected.items() if k not in rules}
    rows = long_run(entry, lab, lambda length: case(length, names), _by_class(expected, names, servers), rate=rate, load=load,
                    expected=expected)  # fmt: skip
    if "Wq_fcfs" in entry.expected:
        fcfs = {"Wq_fcfs": entry.expected["Wq_fcfs"]}
        rows += long_run(entry, lab, lambda length: case(length, "first-come"), _by_class(fcfs, names, servers), rate=rate,
                         load=load, expected=fcfs)  # fmt: skip
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
            "classes": lambda: [{m: found[m]() for m in metrics} for metrics, found in zip(wanted, per_class, strict=True)],
            "conservation_sum_rho_i_Wq_i": conserved,
            "conservation_rhs": conserved,
            "Wq_overall": whole.wait,
            "Wq_fcfs": whole.wait,
        }
        for k, metrics in enumerate(per_class):
            found |= {f"{name}_{k + 1}": metrics[name] for name in ("Lq", "Wq", "W", "L")}
        return {**station_measures(whole, {}), **found}

    return measure


# -------------------------------------------------------------------------------------------- sweeps


def sweep(entry: Entry, lab: Lab) -> list[Row]:
    """A sweep over the number of servers: its rows, and the smallest number that keeps a promise."""
    p = entry.parameters
    rate, mean = float(p["arrival_rate"]), _mean(p)
    first, last = p["servers"][0], p["servers"][-1]
    rows, seen = [], {}
    for expected in entry.expected["rows"]:
        servers = int(expected["servers"])
        if not first <= servers <= last:
            raise ValueError(f"row of {servers} servers outside the sweep")
        gate = {"servers": servers, "service": _service(p)}
        metrics = {k: v for k, v in expected.items() if k != "servers"}
        part = long_run(
            Entry(id=entry.id, kind=entry.kind, system=entry.system, parameters=p, expected=metrics, digits=entry.digits), lab,
            lambda length, gate=gate, servers=servers: _case(entry, length, {"gate": gate}, {"rate": per_hour(rate)}, f"{servers}"),
            _station(Entry(id=entry.id, kind=entry.kind, system="", parameters=p, expected=metrics, digits=entry.digits), servers),
            rate=rate, load=rate * mean / servers, heavy=_CLOSE if _is_close(entry.expected, metrics) else 0.25,
        )  # fmt: skip
        seen[servers] = {row.metric: row for row in part}
        rows += [_named(row, f"c={servers} {row.metric}") for row in part]
    for metric, value in entry.expected.items():
        if metric in _limits(entry.expected):
            about, limit = _limits(entry.expected)[metric]
            rows.append(_smallest(metric, value, {c: found[about] for c, found in seen.items()}, limit, is_exact=not lab.is_quick))
        elif metric != "rows":
            rows.append(holds(metric, str(value), ["not computed"]))
    waits = [float(found["Wq"].got) for _, found in sorted(seen.items()) if "Wq" in found]
    falls = np.diff(waits)
    rows.append(holds("Wq along the sweep", "falling and convex", [] if (falls < 0).all() and (np.diff(falls) > 0).all() else [str(waits)]))
    return rows


_PROMISE = r"smallest_c_with_(\w+?)_le_(\d+)(min|pct)"


def _limits(expected: Mapping[str, Any]) -> dict[str, tuple[str, float]]:
    """The promises of a sweep: the metric each is about and the most it may be."""
    found = {name: re.fullmatch(_PROMISE, name) for name in expected}
    return {name: (m[1], float(m[2]) / (60 if m[3] == "min" else 100)) for name, m in found.items() if m}


def _is_close(expected: Mapping[str, Any], row: Mapping[str, float]) -> bool:
    """Whether a promise is kept or broken by a few per cent here, so that it takes a long run to tell."""
    return any(abs(row[metric] / limit - 1) < 0.05 for metric, limit in _limits(expected).values() if metric in row)


def _smallest(metric: str, value: int, rows: Mapping[int, Row], limit: float, *, is_exact: bool) -> Row:
    """The smallest number of servers that keeps a promise; in a short run any that the intervals leave open."""
    slack = {c: 0.0 if is_exact else row.half_width for c, row in rows.items()}
    possible = [
        c for c in rows
        if float(rows[c].got) - slack[c] <= limit and all(float(rows[k].got) + slack[k] > limit for k in rows if k < c)
    ]  # fmt: skip
    said = str(value) if is_exact else f"{value} possible"
    return holds(metric, said, [] if value in possible else [str(possible)])


def sweep_yard(entry: Entry, lab: Lab) -> list[Row]:
    """The smallest yard that turns away at most one truck in a hundred."""
    p = entry.parameters
    rate, servers = float(p["arrival_rate"]), int(p["servers"])
    answer = int(entry.expected["smallest_waiting_places"])

    def lost(yard: int, expected: float) -> Row:
        gate = {"servers": servers, "service": _service(p), "waiting_places": yard, "when_full": "turn_away"}
        asked = Entry(id=entry.id, kind=entry.kind, system=entry.system, parameters=p, expected={"P_block": expected}, digits=entry.digits)
        return long_run(asked, lab, lambda length: _case(asked, length, {"gate": gate}, {"rate": per_hour(rate)}, f"{yard}"),
                        _station(asked, servers), rate=rate, load=0.8)[0]  # fmt: skip

    known = {"P_block_at_it": answer, "P_block_one_less": answer - 1}
    rows = [_named(lost(yard, entry.expected[metric]), metric) for metric, yard in known.items() if metric in entry.expected]
    shares = {yard: float(lost(yard, 0.01).got) for yard in range(answer - 3, answer + 4) if yard >= 0}
    least = min((yard for yard, share in shares.items() if share <= 0.01), default=-1)
    near = abs(least - answer) <= 1
    return [*rows, holds("smallest_waiting_places", f"{answer} within 1", [] if near else [str(least)])]


def _named(row: Row, metric: str) -> Row:
    return Row(metric=metric, expected=row.expected, got=row.got, half_width=row.half_width, z=row.z, exact=row.exact, verdict=row.verdict)
