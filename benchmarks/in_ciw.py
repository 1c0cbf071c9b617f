"""Workload W-lite in Ciw. Times in minutes.

W itself cannot be written in it: a place that is kept over two services (the park place until the yard has room),
and hours with holidays, which a repeating cycle of shifts does not hold.
"""

from math import inf, log, log1p
from typing import Any

import ciw
import numpy as np

from benchmarks.workload import CAPACITY, GATE_A, INSPECTED, LANE, MEAN, MINUTE, PERISHABLE, SERVERS, hourly

ROAD, DESK, A_DOCUMENTS, A_INSPECTION, A_LANE, B_DOCUMENTS, B_INSPECTION, B_LANE = range(8)
CLASSES = {(perishable, gate): f"{'perishable' if perishable else 'general'} {gate}"
           for gate in "AB" for perishable in (True, False)}  # fmt: skip


def run(days: int, seed: int) -> tuple[int, float]:
    """How many trucks came, and their mean time from door to door. [min]"""
    ciw.seed(seed)
    simulation = ciw.Simulation(network(days))
    simulation.simulate_until_max_time(days * 1440)
    records = simulation.get_all_records()
    arrived = {record.id_number: record.arrival_date for record in records if record.node == ROAD + 1}
    through = [record for record in records if record.node in (A_LANE + 1, B_LANE + 1)]
    stays = [record.exit_date - arrived[record.id_number] for record in through]
    return simulation.nodes[0].number_of_individuals, float(np.mean(stays))


def network(days: int) -> Any:
    """Eight nodes. A perishable truck becomes a general one after its documents: priority is at that desk only."""
    services = [_lognormal(name) for name in ("road", "desk")]
    at_gate = [_lognormal("documents"), _lognormal("inspection"), ciw.dists.Deterministic(LANE / MINUTE)]
    share = {(p, g): (PERISHABLE if p else 1 - PERISHABLE) * (GATE_A if g == "A" else 1 - GATE_A) for p, g in CLASSES}
    (a1, a2, a3), (b1, b2, b3) = SERVERS["A"], SERVERS["B"]
    stays_as = {name: {other: float(other == name) for other in CLASSES.values()} for name in CLASSES.values()}
    general = {CLASSES[key]: {other: float(other == CLASSES[False, key[1]]) for other in CLASSES.values()}
               for key in CLASSES}  # fmt: skip
    return ciw.create_network(
        arrival_distributions={CLASSES[key]: _arrivals(share[key], days) for key in CLASSES},
        service_distributions=dict.fromkeys(CLASSES.values(), services + 2 * at_gate),
        routing={CLASSES[key]: _routing(key[1]) for key in CLASSES},
        number_of_servers=[inf, CAPACITY["desk"], a1, a2, a3, b1, b2, b3],
        priority_classes={CLASSES[key]: int(not key[0]) for key in CLASSES},
        class_change_matrices=[general if node in (A_DOCUMENTS, B_DOCUMENTS) else stays_as for node in range(8)],
    )


def _lognormal(name: str) -> Any:
    mean, cv = MEAN[name]
    spread = log1p(cv * cv)
    return ciw.dists.Lognormal(log(mean) - spread / 2, spread**0.5)


def _arrivals(share: float, days: int) -> list[Any]:
    rates = [float(rate) * 3000 * share / 60 for rate in hourly()]
    ends = [60.0 * (hour + 1) for hour in range(24)]
    come = ciw.dists.PoissonIntervals(rates=rates, endpoints=ends, max_sample_date=days * 1440)
    return [come, *([None] * 7)]


def _routing(gate: str) -> list[list[float]]:
    matrix = np.zeros((8, 8))
    documents, inspection, lane = (A_DOCUMENTS, A_INSPECTION, A_LANE) if gate == "A" else (
        B_DOCUMENTS, B_INSPECTION, B_LANE)  # fmt: skip
    if gate == "A":
        matrix[ROAD, DESK] = matrix[DESK, documents] = 1
    else:
        matrix[ROAD, documents] = 1
    matrix[documents, inspection], matrix[documents, lane] = INSPECTED, 1 - INSPECTED
    matrix[inspection, lane] = 1
    rows: list[list[float]] = matrix.tolist()
    return rows
