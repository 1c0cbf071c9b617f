"""What a study of sensitivity runs: blocks of points in the unit cube of what a sweep file varies."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.experiment.designs import Axis, Point, axes_of, level_of
from sim.measure.statistics import FloatArray
from sim.planning.designs import saltelli_points, trajectories, unit_points
from sim.planning.plan import IntArray
from sim.scenario.faults import ScenarioFaults, fault
from sim.scenario.sweep_schema import MOST_POINTS, Level, Role, SweepFile

Method = Literal["morris", "sobol", "delta"]
USUAL: dict[Method, int] = {"morris": 10, "sobol": 64, "delta": 256}  # trajectories, base samples, samples
FEWEST: dict[Method, int] = {"morris": 2, "sobol": 4, "delta": 64}
BLOCKS: dict[Method, str] = {"morris": "trajectories", "sobol": "base samples", "delta": "samples"}


class StudyRefused(Exception):
    """What is asked for cannot give an answer."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What varies by itself in a study: a factor, or several that are zipped."""

    name: str
    title: str
    role: Role
    axis: Axis
    size: int | None  # how many values it takes; None = a continuous span
    is_ordered: bool  # its values go up or down, so that a step has a length

    def place(self, share: FloatArray) -> FloatArray:
        """How far from its first value (0) to its last (1) it stands at shares of the unit interval."""
        if self.size is None:
            return share
        return np.minimum(np.floor(share * self.size), self.size - 1) / (self.size - 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """Blocks of points that only count together: a trajectory, a base sample with its neighbours, or one sample."""

    method: Method
    inputs: tuple[Input, ...]
    rows: FloatArray  # shape (blocks, points of a block, inputs), in the unit cube
    has_second: bool  # interactions of two inputs can be told

    @property
    def size(self) -> int:
        """How many points it has."""
        return int(self.rows.shape[0] * self.rows.shape[1])


def design(sweep: SweepFile, method: Method, *, blocks: int, seed: int, second: bool = False) -> Design:
    """The design of a study. Raises StudyRefused or ScenarioFaults if it can give no answer."""
    inputs = inputs_of(sweep)
    if not inputs:
        raise ScenarioFaults([fault(sweep.place, "varies nothing: every factor has one value", path="design")])
    if blocks < FEWEST[method]:
        raise StudyRefused(f"{method} needs at least {FEWEST[method]} {BLOCKS[method]}, got {blocks}")
    if second and (method != "sobol" or len(inputs) < 2):
        raise StudyRefused("second-order indices are those of --method sobol, of two factors or more")
    d = len(inputs)
    each = {"morris": d + 1, "sobol": 2 * d + 2 if second else d + 2, "delta": 1}[method]
    if blocks * each > MOST_POINTS:
        raise StudyRefused(f"{blocks:,} {BLOCKS[method]} of {d} factors are {blocks * each:,} points; "
                           f"the limit is {MOST_POINTS:,}")  # fmt: skip
    if method == "morris":
        sizes, are_ordered = [i.size for i in inputs], [i.is_ordered for i in inputs]
        rows = trajectories(count=blocks, sizes=sizes, are_ordered=are_ordered, seed=seed)
    elif method == "sobol":
        rows = saltelli_points(points=blocks, dimensions=d, seed=seed, second=second)
    else:
        rows = unit_points("sobol", points=blocks, dimensions=d, seed=seed)[:, None, :]
    return Design(method=method, inputs=inputs, rows=rows, has_second=second)


def uneven(method: Method, blocks: int) -> str:
    """What to know of a Sobol' sequence that is not cut at a power of two; empty otherwise."""
    if method == "morris" or blocks & (blocks - 1) == 0:
        return ""
    return (f"a Sobol' sequence is balanced at powers of two; {blocks} {BLOCKS[method]} are not, "
            f"{2 ** blocks.bit_length()} would be")  # fmt: skip


def inputs_of(sweep: SweepFile) -> tuple[Input, ...]:
    """What varies in a sweep file, in its order; a factor with one value does not."""
    return tuple(_input(axis) for axis in axes_of(sweep) if axis[0].span or len(axis[0].levels) > 1)


def _input(axis: Axis) -> Input:
    span, role = axis[0].span, axis[0].role
    size = len(axis[0].levels)
    if span is not None:
        size = int(span.high[""] - span.low[""]) + 1 if span.is_whole else 0
    return Input(
        name="+".join(factor.name for factor in axis), title=" with ".join(factor.title for factor in axis), role=role,
        axis=axis, size=size or None, is_ordered=span is not None or all(_goes_one_way(f.levels) for f in axis),
    )  # fmt: skip


def _goes_one_way(levels: tuple[Level, ...]) -> bool:
    """Whether listed values are numbers that only rise, or only fall."""
    numbers = [level.number for level in levels]
    if None in numbers:
        return False
    steps = np.diff(np.asarray(numbers, np.float64))
    return bool((steps > 0).all() or (steps < 0).all())


def points_of(sweep: SweepFile, design: Design) -> Iterator[Point]:
    """Every point in order, block by block."""
    for number, row in enumerate(design.rows.reshape(-1, len(design.inputs)).tolist()):
        at = {f.name: share for own, share in zip(design.inputs, row, strict=True) for f in own.axis}
        yield Point(number=number, levels=tuple(level_of(f, at.get(f.name, 0.0)) for f in sweep.factors))


def steps_of(design: Design) -> tuple[IntArray, FloatArray]:
    """Of trajectories: which input moves in each step, and how far, as a share of its way from first to last value.

    From one name to another the way is 1. shape (blocks, inputs) both.
    """
    places = np.stack([own.place(design.rows[:, :, d]) for d, own in enumerate(design.inputs)], axis=2)
    ways = np.diff(places, axis=1)
    moved = np.argmax(np.abs(ways), axis=2)
    ways = np.take_along_axis(ways, moved[:, :, None], axis=2)[:, :, 0]
    names = np.array([not own.is_ordered for own in design.inputs])
    return moved, np.where(names[moved], 1.0, ways)
