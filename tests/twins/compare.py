"""What two engines made of one Plan, value by value."""

import numpy as np

from sim.planning.plan import NEVER, Change, Discipline, Kind, Plan, Rule
from sim.trace import Trace


def differences(plan: Plan, a: Trace, b: Trace) -> list[str]:
    """Every value that differs, in words; none = the Traces are equal."""
    moved = np.flatnonzero(a.step != b.step)
    found = [f"truck {truck}: last step {a.step[truck]} and {b.step[truck]}" for truck in moved]
    for slot in np.flatnonzero(a.stamps != b.stamps):
        truck = int(np.searchsorted(plan.trucks.stamp_at, slot, side="right")) - 1
        of = slot - plan.trucks.stamp_at[truck]
        found.append(f"truck {truck}, stamp {of}: {a.stamps[slot]} and {b.stamps[slot]} ms")
    if not np.array_equal(a.paused, b.paused):
        found.append(f"pauses {a.paused.tolist()} and {b.paused.tolist()}")
    return found


def tied_instants(plan: Plan, trace: Trace) -> tuple[int, int]:
    """How many instants something happened at, and at how many of them to more than one truck or resource."""
    trucks, changes = plan.trucks, plan.network.changes["time"]
    owner = np.repeat(np.arange(len(trucks.enters)), np.diff(trucks.stamp_at))
    slot = np.arange(len(trace.stamps)) - np.repeat(trucks.stamp_at[:-1], np.diff(trucks.stamp_at))
    is_time = (trace.stamps != NEVER) & ~np.isin(slot, plan.network.steps["exit"])
    time = np.concatenate([trace.stamps[is_time], trucks.enters, changes])
    who = np.concatenate([owner[is_time], np.arange(len(trucks.enters)), -1 - np.arange(len(changes))])
    pairs = np.unique(np.stack([time, who]), axis=1)
    _, actors = np.unique(pairs[0], return_counts=True)
    return len(actors), int((actors > 1).sum())


def features(plan: Plan, trace: Trace) -> set[str]:
    """What a run went through, for counting which pairs of features were met together."""
    network = plan.network
    steps, options, resources, changes = network.steps, network.options, network.resources, network.changes
    reached = steps[np.unique(trace.step[trace.step >= 0])]
    ask = steps[steps["kind"] == Kind.ASK]
    served = resources[np.unique(steps["server"][(steps["kind"] == Kind.WORK)])]
    exits = {slot for slot in steps["exit"] if slot >= 0}
    taken = trace.stamps.reshape(len(trace.step), -1)[:, sorted(exits)] if exits else np.empty(0)
    count = network.queues["file_to"] - network.queues["file_from"]
    ordered = network.queues["discipline"][np.unique(ask["queue"])] if len(ask) else np.empty(0)
    per_ask = ask["option_to"] - ask["option_from"]
    found = {
        "several options": (per_ask > 1).any(),
        "several units": (options["need_to"] - options["need_from"] > 1).any(),
        "given up at the grant": (options["give_to"] > options["give_from"]).any(),
        "otherwise": (ask["otherwise"] >= 0).any(),
        "patience": (ask["impatient"] >= 0).any(),
        "patience ended": bool(len(taken)) and bool((taken >= 2).any()),
        "only while a queue is empty": (options["empty_queue"] >= 0).any(),
        "fits before closing": (options["fits"] >= 0).any(),
        "several files": (count > 1).any(),
        "files of one level": any(
            len(set(levels)) < len(levels)
            for levels in (network.files["level"][row[0] : row[1]].tolist() for row in network.queues.tolist())
        ),
        "by age": (ordered == Discipline.AGEING).any(),
        "by turns": (ordered == Discipline.CYCLE).any(),
        "by expiry": (ordered == Discipline.EXPIRY).any(),
        "flag by count": len(network.watches) > 0,
        "patience from arrival": (ask["from_arrival"] == 1).any(),
        "stretched": (served["elastic"] == 1).any() and (changes["what"] == Change.SPEED).any(),
        "paused": len(trace.paused) > 0,
        "resumed": len(trace.paused) > 0 and bool((trace.paused[:, 3] != NEVER).any()),
        "slow for the new": ((served["elastic"] == 0) & (served["slows_new"] == 1)).any(),
        "handover": (changes["what"] == Change.SHIFT).any(),
        "capacity changes": (changes["what"] == Change.CAPACITY).any(),
        "taken without asking": (steps["take_to"] > steps["take_from"]).any(),
        "way by flag": (network.rules["rule"] == Rule.FLAG).any(),
        "way by count": (network.rules["rule"] == Rule.AT_LEAST).any(),
        "way by fewest": (network.rules["rule"] == Rule.FEWEST).any(),
        "simultaneous arrivals": len(np.unique(plan.trucks.enters)) < len(plan.trucks.enters),
        "stuck at the end": (reached["kind"] == Kind.ASK).any(),
        "start before zero": plan.starts < 0,
    }
    return {name for name, here in found.items() if here}
