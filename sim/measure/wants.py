"""What waiting trucks want, and what they hold meanwhile: the links of the chain that makes them wait."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.measure.moments import Index
from sim.planning.plan import NEVER, IntArray, Kind, Layout, Network

if TYPE_CHECKING:
    from sim.measure.lives import Lives


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way in which a want can be granted."""

    needs: tuple[int, ...]
    conditional: bool  # only while nobody waits elsewhere, or if it fits before closing: needs alone do not decide
    fits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """Trucks that want the same, hold the same, and stand in the same file."""

    queue: int
    file: int
    options: tuple[Option, ...]
    held: tuple[int, ...]

    @property
    def needs(self) -> frozenset[int]:
        """Every resource that some option needs."""
        return frozenset(r for option in self.options for r in option.needs)

    @property
    def plain(self) -> bool:
        """Whether its head waits if and only if the one thing it needs is exhausted."""
        return len(self.options) == 1 and len(self.options[0].needs) == 1 and not self.options[0].conditional


def wants(network: Network) -> tuple[list[Want], Index]:
    """All wants of a network, and which of them each ASK has. shape (n_steps,); -1 = no ASK"""
    units, options = network.units.tolist(), network.options.tolist()
    names = {name: k for k, name in enumerate(network.options.dtype.names or ())}
    found: dict[Want, int] = {}
    of_step = np.full(len(network.steps), -1, np.int32)
    for step in np.flatnonzero(network.steps["kind"] == Kind.ASK).tolist():
        row = network.steps[step]
        own = []
        for option in options[row["option_from"] : row["option_to"]]:
            needs = tuple(units[option[names["need_from"]] : option[names["need_to"]]])
            fits = option[names["fits"]] >= 0
            own.append(Option(needs=needs, conditional=fits or option[names["empty_queue"]] >= 0, fits=fits))
        want = Want(
            queue=int(row["queue"]),
            file=int(row["file"]),
            options=tuple(own),
            held=tuple(sorted(set(network.layout.held[step]))),
        )
        of_step[step] = found.setdefault(want, len(found))
    return list(found), of_step


def mixed(kinds: Iterable[Want]) -> set[int]:
    """The files in which trucks stand that need different things."""
    needs: dict[int, set[tuple[Option, ...]]] = {}
    for kind in kinds:
        needs.setdefault(kind.file, set()).add(kind.options)
    return {file for file, options in needs.items() if len(options) > 1}


def compared(kinds: Sequence[Want], layout: Layout) -> tuple[set[int], set[int]]:
    """The resources of which it must be known whether they are used up, and whether they are blocked.

    A plain want waits only for what is used up; a server is blocked while all who hold it wait.
    """
    several, needed = mixed(kinds), {r for kind in kinds for r in kind.needs}
    held = {r for kind in kinds for r in kind.held}
    unsure = {r for kind in kinds if not kind.plain or kind.file in several for r in kind.needs}
    return unsure, {r for r in needed & held if layout.resource_is_server[r]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Waits that took time, with the want of each. shape (n,)"""

    wait: IntArray  # row of Lives.waits
    want: IntArray
    begin: IntArray  # [ms]
    end: IntArray  # [ms], the end of the run if it was not over


def waiting(lives: "Lives", of_step: Index) -> Waiting:
    """The waits of a run that took time."""
    end = np.where(lives.waits.end == NEVER, lives.plan.ends, lives.waits.end)
    wait = np.flatnonzero(end > lives.waits.begin)
    return Waiting(
        wait=wait, want=of_step[lives.waits.step[wait]].astype(np.int64), begin=lives.waits.begin[wait], end=end[wait]
    )
