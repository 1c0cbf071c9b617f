"""What cannot be known, as a search looks at it: a stated sample of futures that every setting meets."""

from dataclasses import replace

from sim.experiment.designs import Point, points
from sim.experiment.levers import Levels
from sim.scenario.sweep_schema import SAMPLED, Design, SweepFile

Future = Levels  # a level of each uncertainty


def futures(sweep: SweepFile) -> list[Future]:
    """The futures of the file's design, or the one future in which nothing is uncertain. Raises ScenarioFaults."""
    return _drawn(sweep, sweep.design)


def more_futures(sweep: SweepFile, wanted: int) -> list[Future]:
    """So many futures drawn anew, to find where a setting fails. Raises ScenarioFaults."""
    kind = sweep.design.kind if sweep.design.kind in SAMPLED else "latin-hypercube"
    design = Design(kind=kind, points=wanted, seed=sweep.design.seed + 1, of_uncertainties=False)
    return _drawn(sweep, design)


def _drawn(sweep: SweepFile, design: Design) -> list[Future]:
    unknown = tuple(factor for factor in sweep.factors if factor.role == "uncertainty")
    if not unknown:
        return [{}]
    names = {factor.name for factor in unknown}
    zipped = tuple(group for group in sweep.zipped if set(group) <= names)
    own = replace(sweep, factors=unknown, zipped=zipped, design=replace(design, of_uncertainties=False))
    return [{f.name: level for f, level in zip(unknown, point.levels, strict=True)} for point in points(own)]


def point_of(sweep: SweepFile, levers: Levels, future: Future, number: int = 0) -> Point:
    """The point of a setting in a future."""
    levels = {**levers, **future}
    return Point(number=number, levels=tuple(levels[factor.name] for factor in sweep.factors))
