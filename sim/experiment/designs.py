"""The points of a sweep: every combination of levels that its design asks for, in one fixed order."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.planning.designs import unit_points
from sim.scenario.faults import LIMIT, Fault, ScenarioFaults, fault
from sim.scenario.sweep_schema import MOST_POINTS, SAMPLED, Factor, Level, SweepFile
from sim.scenario.sweep_spans import drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One combination of levels, in the order of the sweep's factors."""

    number: int  # from 0
    levels: tuple[Level, ...]

    @property
    def settings(self) -> dict[str, str]:
        """What is set at this point, by path."""
        return {path: value for level in self.levels for path, value in level.settings.items()}

    @property
    def overlays(self) -> tuple[Path, ...]:
        """What is laid over the base at this point."""
        return tuple(path for level in self.levels for path in level.overlays)


def points(sweep: SweepFile) -> Iterator[Point]:
    """Every point in order; the last factor varies fastest. Raises ScenarioFaults if the design cannot be met."""
    faults = [*_unmet(sweep), *_too_many(sweep)]
    if faults:
        raise ScenarioFaults(faults)
    names = [factor.name for factor in sweep.factors]
    for number, chosen in enumerate(_rows(sweep)):
        yield Point(number=number, levels=tuple(chosen[name] for name in names))


def size(sweep: SweepFile) -> int:
    """How many points a sweep has."""
    sampled, listed = _axes(sweep)
    if sweep.design.kind == "list":
        return len(sweep.factors[0].levels)
    return math.prod(_length(axis) for axis in listed) * (sweep.design.points if sampled else 1)


def uneven(sweep: SweepFile) -> str:
    """What to know of a Sobol' sequence that is not cut at a power of two; empty otherwise."""
    n = sweep.design.points
    if sweep.design.kind == "sobol" and n & (n - 1):
        return f"a Sobol' sequence is balanced at powers of two; {n} points are not, {2 ** n.bit_length()} would be"
    return ""


Axis = tuple[Factor, ...]  # factors that take their values side by side


def axes_of(sweep: SweepFile) -> list[Axis]:
    """What varies by itself: each factor, those that are zipped as one."""
    group = {name: names for names in sweep.zipped for name in names}
    known = {factor.name: factor for factor in sweep.factors}
    names = list(dict.fromkeys(group.get(name, (name,)) for name in known))
    return [tuple(known[name] for name in of) for of in names]


def level_of(factor: Factor, share: float) -> Level:
    """The level of a factor below which this share of it lies, 0 <= share <= 1; listed levels have equal shares."""
    if factor.span:
        return drawn(factor.span, share)
    return factor.levels[min(int(share * len(factor.levels)), len(factor.levels) - 1)]


def _axes(sweep: SweepFile) -> tuple[list[Axis], list[Axis]]:
    """The axes that are sampled, and those whose every level is combined with every other."""
    axes = axes_of(sweep)
    design = sweep.design
    if design.kind not in SAMPLED:
        return [], axes
    sampled = [a for a in axes if not design.of_uncertainties or any(f.role == "uncertainty" for f in a)]
    return sampled, [axis for axis in axes if axis not in sampled]


def _length(axis: Axis) -> int:
    return len(axis[0].levels)


def _rows(sweep: SweepFile) -> Iterator[Mapping[str, Level]]:
    if sweep.design.kind == "list":
        for levels in zip(*(factor.levels for factor in sweep.factors), strict=True):
            yield {factor.name: level for factor, level in zip(sweep.factors, levels, strict=True)}
        return
    sampled, listed = _axes(sweep)
    for chosen in _combined(listed):
        for drawn_ in _samples(sweep, sampled):
            yield {**chosen, **drawn_}


def _combined(axes: Sequence[Axis]) -> Iterator[dict[str, Level]]:
    """Every combination, without holding them all."""
    if not axes:
        yield {}
        return
    for k in range(_length(axes[0])):
        own = {factor.name: factor.levels[k] for factor in axes[0]}
        for rest in _combined(axes[1:]):
            yield own | rest


def _samples(sweep: SweepFile, axes: Sequence[Axis]) -> Iterator[dict[str, Level]]:
    if not axes:
        yield {}
        return
    design = sweep.design
    for drawn_row in unit_points(design.kind, points=design.points, dimensions=len(axes), seed=design.seed):
        row = drawn_row.tolist()
        yield {factor.name: level_of(factor, share) for axis, share in zip(axes, row, strict=True) for factor in axis}


def _unmet(sweep: SweepFile) -> Iterator[Fault]:
    sampled, listed = _axes(sweep)
    for factor in (factor for axis in listed for factor in axis if factor.span):
        message = f"has no list of values, which a {sweep.design.kind} needs" if not sampled else (
            "is a lever without a list of values; only uncertainties are sampled"
        )  # fmt: skip
        yield fault(factor.place, message, path=factor.name, hint="add steps: 5")
    counts = {len(factor.levels) for factor in sweep.factors if factor.levels}
    if sweep.design.kind == "list" and len(counts) > 1:
        said = ", ".join(f"{factor.name} has {len(factor.levels)}" for factor in sweep.factors)
        yield fault(sweep.place, f"a list needs equally many values of each factor; {said}", path="design")
    if sweep.design.of_uncertainties and not sampled:
        yield fault(sweep.place, "samples uncertainties, and the sweep has none", path="design.of")


def _too_many(sweep: SweepFile) -> Iterator[Fault]:
    if all(factor.levels or factor.span for factor in sweep.factors) and (n := size(sweep)) > MOST_POINTS:
        shown = f"{n:,}" if n < 10**15 else f"{float(n):.3g}" if n < 10**300 else "more than 1e300"
        yield fault(sweep.place, f"has {shown} points; the limit is {MOST_POINTS:,}", path="design", exit_code=LIMIT,
                    hint="draw some of them: design: {kind: latin-hypercube, points: 1000}")  # fmt: skip
