"""The networks in plain SimPy: one generator a truck, draws where they are needed. Times in minutes."""

import random
from collections.abc import Callable, Iterator
from statistics import fmean

import simpy

from .networks import HOURS, Waits

END = 60 * HOURS


def booths(seed: int) -> Waits:
    """Three booths, 18 trucks an hour."""
    env, chance, waits = simpy.Environment(), random.Random(seed), []  # noqa: S311  not a secret
    gate = simpy.Resource(env, 3)

    def truck() -> Iterator[simpy.Event]:
        came = env.now
        with gate.request() as booth:
            yield booth
            begun = env.now
            yield env.timeout(chance.expovariate(1 / 8))
        waits.append(begun - came)

    env.process(_arrivals(env, chance, 18 / 60, truck))
    env.run(END)
    return {"gate": fmean(waits)}


def priority(seed: int) -> Waits:
    """Two desks, then an inspection where fruit goes first."""
    env, chance = simpy.Environment(), random.Random(seed)  # noqa: S311  not a secret
    desk, inspection = simpy.Resource(env, 2), simpy.PriorityResource(env, 1)
    waits: dict[str, list[float]] = {"desk": [], "inspection, fruit": [], "inspection, other": []}

    def truck(cargo: str) -> Iterator[simpy.Event]:
        came = env.now
        with desk.request() as officer:
            yield officer
            begun = env.now
            yield env.timeout(chance.expovariate(1 / 7.5))
        waits["desk"].append(begun - came)
        came = env.now
        with inspection.request(priority=0 if cargo == "fruit" else 1) as bay:
            yield bay
            begun = env.now
            yield env.timeout(4)
        waits[f"inspection, {cargo}"].append(begun - came)

    env.process(_arrivals(env, chance, 4 / 60, lambda: truck("fruit")))
    env.process(_arrivals(env, chance, 8 / 60, lambda: truck("other")))
    env.run(END)
    return {name: fmean(values) for name, values in waits.items()}


def small_yard(seed: int) -> Waits:
    """Two desks, blocked after service by a yard of two places before the gate; who is at the gate needs none."""
    env, chance = simpy.Environment(), random.Random(seed)  # noqa: S311  not a secret
    desk, room, gate = simpy.Resource(env, 2), simpy.Resource(env, 3), simpy.Resource(env, 1)
    waits: dict[str, list[float]] = {"desk": [], "desk, blocked": [], "gate": []}

    def truck() -> Iterator[simpy.Event]:
        came = env.now
        with desk.request() as officer:
            yield officer
            begun = env.now
            yield env.timeout(chance.expovariate(1 / 6))
            ended = env.now
            place = room.request()
            yield place
        waits["desk"].append(begun - came)
        waits["desk, blocked"].append(env.now - ended)
        came = env.now
        with gate.request() as lane:
            yield lane
            begun = env.now
            yield env.timeout(chance.expovariate(1 / 4))
        room.release(place)
        waits["gate"].append(begun - came)

    env.process(_arrivals(env, chance, 10 / 60, truck))
    env.run(END)
    return {name: fmean(values) for name, values in waits.items()}


def _arrivals(
    env: simpy.Environment, chance: random.Random, rate: float, truck: Callable[[], Iterator[simpy.Event]]
) -> Iterator[simpy.Event]:
    while True:
        yield env.timeout(chance.expovariate(rate))
        env.process(truck())


ALL: dict[str, Callable[[int], Waits]] = {"booths": booths, "priority": priority, "small yard": small_yard}
