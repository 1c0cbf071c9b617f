"""The networks in Ciw. Times in minutes."""

import math
from collections.abc import Callable

import ciw

from .networks import HOURS, Waits

END = 60 * HOURS


def booths(seed: int) -> Waits:
    """Three booths, 18 trucks an hour."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(18 / 60)],
        service_distributions=[ciw.dists.Exponential(1 / 8)],
        number_of_servers=[3],
    )
    return {"gate": _mean(_records(network, seed), 1)}


def priority(seed: int) -> Waits:
    """Two desks, then an inspection where fruit goes first."""
    service = [ciw.dists.Exponential(1 / 7.5), ciw.dists.Deterministic(4)]
    network = ciw.create_network(
        arrival_distributions={
            "fruit": [ciw.dists.Exponential(4 / 60), None],
            "other": [ciw.dists.Exponential(8 / 60), None],
        },
        service_distributions={"fruit": service, "other": service},
        routing={"fruit": [[0.0, 1.0], [0.0, 0.0]], "other": [[0.0, 1.0], [0.0, 0.0]]},
        priority_classes={"fruit": 0, "other": 1},
        number_of_servers=[2, 1],
    )
    found = _records(network, seed)
    parts = {
        f"inspection, {flow}": _mean([r for r in found if r.customer_class == flow], 2) for flow in ("fruit", "other")
    }
    return {"desk": _mean(found, 1), **parts}


def small_yard(seed: int) -> Waits:
    """Two desks, blocked after service by a yard of two places before the gate."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(10 / 60), None],
        service_distributions=[ciw.dists.Exponential(1 / 6), ciw.dists.Exponential(1 / 4)],
        routing=[[0.0, 1.0], [0.0, 0.0]],
        number_of_servers=[2, 1],
        queue_capacities=[math.inf, 2],
    )
    found = _records(network, seed)
    return {"desk": _mean(found, 1), "desk, blocked": _mean(found, 1, "time_blocked"), "gate": _mean(found, 2)}


def _records(network: ciw.network.Network, seed: int) -> list[ciw.data_record.DataRecord]:
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(END)
    return [r for r in simulation.get_all_records() if r.exit_date <= END]


def _mean(found: list[ciw.data_record.DataRecord], node: int, what: str = "waiting_time") -> float:
    values = [getattr(r, what) for r in found if r.node == node]
    return math.fsum(values) / len(values)


ALL: dict[str, Callable[[int], Waits]] = {"booths": booths, "priority": priority, "small yard": small_yard}
