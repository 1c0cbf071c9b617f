"""The step table turned round: what it means for a truck to go on from one step to the next.

A truck goes on by a *passage*: it takes and gives up units, begins one or more steps, and comes to a stop at a
step that takes time, decides, or ends its way. Everything about a passage is known before the run, so that the
lives of trucks can be followed passage by passage, all trucks at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.planning.plan import IntArray, Kind, Network, Program

FIELDS = ("joined", "entered", "started", "ended", "left")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passages:
    """All passages of a network. A list `x` of passage p is x[x_at[p]:x_at[p + 1]]."""

    first: IntArray  # first passage that leads out of each step, shape (n_steps,); a step's exits follow one another
    entry: int  # passage by which a truck enters the network at step s: entry + s
    goes_to: npt.NDArray[np.int32]  # the step at which each stops, shape (n,); -1 = there is no such way
    option: npt.NDArray[np.int32]  # the option it grants, shape (n,); -1 = it grants nothing
    mark_at: IntArray
    mark_slot: npt.NDArray[np.int32]  # visit of the program (its number in the route) ...
    mark_field: npt.NDArray[np.int32]  # ... whose stamp, an index into FIELDS, is the moment of the passage
    unit_at: IntArray
    unit: npt.NDArray[np.int32]  # resources of which a unit changes hands, net of those taken and given at once
    taken: npt.NDArray[np.int32]  # 1 taken, -1 given up


def passages(network: Network) -> Passages:
    """The passages of a network."""
    steps, n = network.steps, len(network.steps)
    asks, chooses = steps["kind"] == Kind.ASK, steps["kind"] == Kind.CHOOSE
    options = steps["option_to"] - steps["option_from"]
    exits = np.where(steps["kind"] == Kind.LEAVE, 0, 1)
    exits[asks] = options[asks] + 2
    rules = network.rules[steps["rule"][chooses]]
    exits[chooses] = rules["branch_to"] - rules["branch_from"]
    first = np.concatenate([[0], np.cumsum(exits)]).astype(np.int64)
    owner = np.repeat(np.arange(n), exits)
    exit_number = np.arange(len(owner)) - first[owner]
    lands = steps["next"][owner].astype(np.int64)
    option = np.full(len(owner) + n, -1, np.int32)
    granting = np.flatnonzero(asks[owner] & (exit_number < options[owner]))
    option[granting] = steps["option_from"][owner[granting]] + exit_number[granting]
    lands[granting] = network.options["next"][option[granting]]
    for beyond, name in ((0, "otherwise"), (1, "impatient")):
        here = np.flatnonzero(asks[owner] & (exit_number == options[owner] + beyond))
        lands[here] = steps[name][owner[here]]
    choosing = np.flatnonzero(chooses[owner])
    branch = network.rules["branch_from"][steps["rule"][owner[choosing]]] + exit_number[choosing]
    lands[choosing] = network.branches["next"][branch]
    lands = np.concatenate([lands, np.arange(n)])
    return _followed(network, first[:-1], len(owner), lands, option)


def _followed(
    network: Network, first: IntArray, entry: int, lands: IntArray, option: npt.NDArray[np.int32]
) -> Passages:
    """Each passage followed over the steps that take no time, with what happens on the way."""
    steps, goes_to = network.steps, lands.astype(np.int32)
    begun_passage, begun_step = [], []
    passage, step = np.flatnonzero(lands >= 0), lands[lands >= 0]
    while len(passage):
        begun_passage.append(passage)
        begun_step.append(step)
        goes_to[passage] = step
        moves = steps["kind"][step] == Kind.MOVE
        passage, step = passage[moves], steps["next"][step[moves]].astype(np.int64)
    passage, step = (np.concatenate([np.zeros(0, np.int64), *begun]) for begun in (begun_passage, begun_step))
    mark_at, mark_slot, mark_field = _marks(network, passage, step, len(lands))
    unit_at, unit, taken = _units(network, passage, step, option)
    return Passages(
        first=first, entry=entry, goes_to=goes_to, option=option, mark_at=mark_at, mark_slot=mark_slot,
        mark_field=mark_field, unit_at=unit_at, unit=unit, taken=taken,
    )  # fmt: skip


def _marks(
    network: Network, passage: IntArray, step: IntArray, n: int
) -> tuple[IntArray, npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    found = np.array(list(_stamps_of(network.layout.programs)), np.int64).reshape(-1, 3)
    found = found[np.argsort(found[:, 0], kind="stable")]
    stamp_at = np.searchsorted(found[:, 0], np.arange(len(network.steps) + 1))
    which, entry = spread(stamp_at[step], stamp_at[step + 1])
    order = np.argsort(passage[which], kind="stable")
    at = offsets(np.bincount(passage[which], minlength=n))
    return at, found[entry[order], 1].astype(np.int32), found[entry[order], 2].astype(np.int32)


def _stamps_of(programs: Iterable[Program]) -> Iterable[tuple[int, int, int]]:
    for program in programs:
        for slot, visit in enumerate(program.visits):
            for k, steps in enumerate((visit.joined, visit.entered, visit.started, visit.ended, visit.left)):
                for step in steps:
                    yield step, slot, k


def _units(
    network: Network, passage: IntArray, step: IntArray, option: npt.NDArray[np.int32]
) -> tuple[IntArray, npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    steps, options = network.steps, network.options
    grants = np.flatnonzero(option >= 0)
    rows = options[option[grants]]
    parts = []
    for which, from_, to, sign in (
        (grants, rows["need_from"], rows["need_to"], 1),
        (grants, rows["give_from"], rows["give_to"], -1),
        (passage, steps["take_from"][step], steps["take_to"][step], 1),
        (passage, steps["give_from"][step], steps["give_to"][step], -1),
    ):
        again, place = spread(from_, to)
        parts.append((which[again], network.units[place], np.full(len(place), sign)))
    by, unit, signs = (np.concatenate(part) for part in zip(*parts, strict=True))
    n = max(len(network.resources), 1)
    code = by * n + unit
    found, index = np.unique(code, return_inverse=True)
    net = np.bincount(index, weights=signs, minlength=len(found)).astype(np.int32)
    found, net = found[net != 0], net[net != 0]
    at = offsets(np.bincount(found // n, minlength=len(option)))
    return at, (found % n).astype(np.int32), net


def offsets(counts: IntArray) -> IntArray:
    """Where each of the lists of these lengths begins, and where the last ends. shape (n + 1,)"""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def spread(from_: npt.NDArray[np.integer], to: npt.NDArray[np.integer]) -> tuple[IntArray, IntArray]:
    """Every index of every range [from, to), with the number of the range it belongs to."""
    lengths = np.maximum(to.astype(np.int64) - from_, 0)
    which = np.repeat(np.arange(len(lengths)), lengths)
    return which, np.arange(len(which)) - offsets(lengths)[which] + from_.astype(np.int64)[which]
