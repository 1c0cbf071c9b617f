"""Gates between which trucks are split, diverted or choose, in the long run."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .case import Case, exponential, per_hour, scenario
from .entries import Entry, Row, number
from .lab import Lab
from .measures import Measures, Queue
from .metrics import metrics_of_each
from .series import queue_of
from .stays import Seen
from .steady import long_run


def _gate(given: Mapping[str, Any]) -> dict[str, float]:
    """Servers and service rate of a gate."""
    rate = next((given[word] for word in ("rate", "service_rate", "mu") if word in given), None)
    mean = rate is None and next(given[word] for word in ("mean_service", "service_mean") if word in given)
    return {"servers": int(given.get("servers", 1)), "rate": float(1 / number(mean) if rate is None else number(rate))}


def diversion(entry: Entry, lab: Lab) -> list[Row]:
    """Gates between which trucks split by share, are diverted at a threshold, or join the shorter one."""
    p = entry.parameters
    gates = _gates(p)
    ways = {word: [{"at": f"gate-{word.lower()}"}] for word in gates}
    shares = _shares(p, list(gates))
    if shares:
        way: dict[str, Any] = {
            "one_of": [{"share": round(s, 12), "do": do} for s, do in zip(shares, ways.values(), strict=True)]
        }
    elif "threshold" in p:
        way = {"unless": "gate-a", "reaches": int(p["threshold"]), "do": ways["A"], "otherwise": ways["B"]}
    else:
        way = {"fewest": [{"do": do} for do in ways.values()]}
    rate = float(number(p["arrival_rate"]))
    own = {word: float(number(p.get(f"own_arrivals_{word}", 0))) for word in gates}
    own = {word: each for word, each in own.items() if each}
    flows = {"trucks": {"rate": per_hour(rate)}} | {f"own-{w.lower()}": {"rate": per_hour(r)} for w, r in own.items()}

    def case(length: str) -> Case:
        return scenario(
            entry.id, entry.system, length=length,
            stations={f"gate-{word.lower()}": {"servers": int(g["servers"]), "service": exponential(g["rate"])}
                      for word, g in gates.items()},
            routes={"trucks": [way]} | {f"own-{word.lower()}": ways[word] for word in own}, flows=flows,
        )  # fmt: skip

    def measure(run: Seen, low: int, high: int) -> Measures:
        each = {word: queue_of(run, low, high, f"gate-{word.lower()}", int(g["servers"])) for word, g in gates.items()}
        return {**metrics_of_each(each, entry.expected), **_of_gates(run, each)}

    work = [g["servers"] * g["rate"] for g in gates.values()]
    total = rate + sum(own.values())
    loads = [rate * s / w for s, w in zip(shares, work, strict=True)] if shares else [total / sum(work), 0.7]
    return long_run(entry, lab, case, measure, rate=total, load=max(loads))


def _gates(p: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Gates by their letters."""
    if "gates" in p:
        return {chr(ord("A") + k): _gate(one) for k, one in enumerate(p["gates"])}
    return {name[-1]: _gate(p[name]) for name in sorted(p) if re.fullmatch(r"gate_[A-Z]", name)}


def _shares(p: Mapping[str, Any], words: Sequence[str]) -> list[float]:
    """Shares of the gates; the last is what the others leave. None if trucks are not split by share."""
    listed = next((p[name] for name in ("shares", "p", "split") if isinstance(p.get(name), list)), None)
    given = listed or [p[f"p_{word}"] for word in words if f"p_{word}" in p]
    found = [float(number(share)) for share in given]
    return [*found, 1 - sum(found)] if found and len(found) == len(words) - 1 else found


def _of_gates(run: Seen, each: Mapping[str, Queue]) -> dict[str, Callable[[], Any]]:
    """What is asked of all gates together."""
    queues = list(each.values())
    numbers = [len(queue.came.truck) for queue in queues]
    free = [int((run.flow(queue.came.truck) == "trucks").sum()) for queue in queues]

    def mean(of: Callable[[Queue], float]) -> float:
        return sum(of(q) * n for q, n in zip(queues, numbers, strict=True)) / sum(numbers)

    def total(begin: str, end: str) -> float:
        return sum(queue.mean_number(begin, end) for queue in queues)

    found: dict[str, Callable[[], Any]] = {
        "P_divert": lambda: sum(free[1:]) / sum(free),
        **dict.fromkeys(("Wq_all", "Wq", "Wq_total", "Wq_overall"), lambda: mean(Queue.wait)),
        **dict.fromkeys(("W_all", "W", "W_total", "W_overall"), lambda: mean(Queue.time)),
        **dict.fromkeys(("L", "L_total", "L_all"), lambda: total("joined", "left")),
        **dict.fromkeys(("Lq", "Lq_total", "Lq_all"), lambda: total("joined", "started")),
        "throughput": lambda: sum(queue.throughput() for queue in queues),
    }
    for word, queue, came in zip(each, queues, free, strict=True):
        names = (f"share_{word}", f"share_to_{word}", f"P_{word}", f"P_to_{word}")
        found |= dict.fromkeys(names, lambda n=came: n / sum(free))
        found |= dict.fromkeys((f"lambda_{word}", f"lam_{word}", f"rate_{word}"), queue.throughput)
        found |= dict.fromkeys((f"P_{word}_idle", f"P_{word}_empty", f"P0_{word}"), lambda q=queue: q.share(0))
    return found
