"""The settings a search may choose: every lever a dial with a number of stops, a setting one stop of each."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from sim.planning.designs import unit_points
from sim.scenario.faults import Fault, fault
from sim.scenario.sweep_schema import Factor, Level, SweepFile
from sim.scenario.sweep_spans import drawn, quantity

STEPS = 1000  # of a span without steps: as fine as a search looks
FINE = 100  # parts of a long dial that are a step to its neighbours
AS_IT_IS = "as it is"
Setting = tuple[int, ...]  # a stop of each dial
Levels = Mapping[str, Level]  # by the name of the factor


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """One lever, or several that are zipped, with its stops in order."""

    factors: tuple[Factor, ...]
    stops: int
    is_ordered: bool  # its stops are numbers of one unit

    def levels(self, stop: int) -> dict[str, Level]:
        """What is set at a stop."""
        return {factor.name: _level(factor, stop, self.stops) for factor in self.factors}

    def place(self, stop: int) -> float:
        """Where a stop of an ordered dial lies between the first (0) and the last (1) by its number."""
        first = self.factors[0]
        if first.span is not None or self.stops == 1:
            return stop / max(1, self.stops - 1)
        numbers = [level.number or 0.0 for level in first.levels]
        return (numbers[stop] - min(numbers)) / (max(numbers) - min(numbers))


def _level(factor: Factor, stop: int, stops: int) -> Level:
    if factor.span is None:
        return factor.levels[stop]
    return drawn(factor.span, (stop + 0.5) / stops if factor.span.is_whole else stop / (stops - 1))


def dials(sweep: SweepFile) -> tuple[Dial, ...]:
    """The dials of a sweep's levers, in the order of the file."""
    group = {name: names for names in sweep.zipped for name in names}
    levers = {factor.name: factor for factor in sweep.factors if factor.role == "lever"}
    names = list(dict.fromkeys(group.get(name, (name,)) for name in levers))
    return tuple(_dial([levers[name] for name in of if name in levers]) for of in names)


def _dial(factors: Sequence[Factor]) -> Dial:
    first = factors[0]
    stops = len(first.levels)
    if first.span is not None:
        reach = first.span.high.get("", 1.0) - first.span.low.get("", 0.0)
        stops = min(int(reach) + 1 if first.span.is_whole else STEPS + 1, STEPS + 1)
    numbers = {level.number for level in first.levels}
    is_ordered = first.span is not None or (None not in numbers and len(numbers) == len(first.levels))
    return Dial(factors=tuple(factors), stops=stops, is_ordered=is_ordered)


def zipped_across(sweep: SweepFile) -> Iterator[Fault]:
    """Levers that go side by side with what cannot be known: nobody can choose those."""
    role = {factor.name: factor.role for factor in sweep.factors}
    for names in sweep.zipped:
        if len({role[name] for name in names}) > 1:
            yield fault(sweep.place, f"zips levers with uncertainties: {', '.join(names)}", path="zip",
                        hint="a search chooses levers; zip them among themselves")  # fmt: skip


def count(space: Sequence[Dial]) -> int:
    """How many settings there are."""
    return math.prod(dial.stops for dial in space)


def every(space: Sequence[Dial]) -> Iterator[Setting]:
    """Every setting; the last dial turns fastest."""
    return product(*(range(dial.stops) for dial in space))


def levels_of(space: Sequence[Dial], setting: Setting) -> dict[str, Level]:
    """What is set, by the name of the lever."""
    return {name: level for dial, stop in zip(space, setting, strict=True) for name, level in dial.levels(stop).items()}


def untouched(space: Sequence[Dial]) -> dict[str, Level]:
    """The levers as the base has them."""
    factors = (factor for dial in space for factor in dial.factors)
    return {f.name: Level(label=AS_IT_IS, number=None, settings={}, overlays=(), place=f.place) for f in factors}


def named_levels(space: Sequence[Dial], labels: Mapping[str, str]) -> dict[str, Level]:
    """The base with the levers named at these levels; of a lever of numbers any number will do. Raises KeyError."""
    found = untouched(space)
    for factor in (factor for dial in space for factor in dial.factors):
        if factor.name in labels:
            label = labels[factor.name]
            known = {level.label: level for level in factor.levels}
            if label not in known and factor.levels and not all(level.number is not None for level in factor.levels):
                raise KeyError(factor.name)
            paths = factor.span.paths if factor.span else tuple(factor.levels[0].settings)
            found[factor.name] = known.get(label) or Level(
                label=label, number=(quantity(label) or (None,))[0], settings=dict.fromkeys(paths, label), overlays=(),
                place=factor.place,
            )  # fmt: skip
    return found


def spread_settings(space: Sequence[Dial], points: int, seed: int) -> list[Setting]:
    """About so many different settings, spread evenly by a Sobol' sequence."""
    rows = unit_points("sobol", points=points, dimensions=len(space), seed=seed).tolist()
    found = (tuple(int(share * dial.stops) for dial, share in zip(space, row, strict=True)) for row in rows)
    return list(dict.fromkeys(found))


def neighbours(space: Sequence[Dial], setting: Setting) -> Iterator[Setting]:
    """Settings that differ in one dial: by 1, 2, 4, ... stops either way, or to any stop of a category."""
    for place, dial in enumerate(space):
        if dial.is_ordered:
            reaches = [2**k for k in range(max(1, (dial.stops - 1).bit_length()))]
            stops = [setting[place] + way * reach for reach in reaches for way in (-1, 1)]
        else:
            stops = list(range(dial.stops))
        for stop in stops:
            if 0 <= stop < dial.stops and stop != setting[place]:
                yield (*setting[:place], stop, *setting[place + 1 :])


def adjacent(space: Sequence[Dial], setting: Setting) -> Iterator[Setting]:
    """Settings that differ in one dial: by one stop, by a hundredth of a span, or by a category."""
    for place, dial in enumerate(space):
        reach = max(1, (dial.stops - 1) // FINE)
        stops = [setting[place] - reach, setting[place] + reach] if dial.is_ordered else list(range(dial.stops))
        for stop in stops:
            if 0 <= stop < dial.stops and stop != setting[place]:
                yield (*setting[:place], stop, *setting[place + 1 :])


def coordinates(space: Sequence[Dial], setting: Setting) -> list[float]:
    """A setting as a point: an ordered dial is one axis from 0 to 1, a category one axis for each of its stops."""
    found: list[float] = []
    for dial, stop in zip(space, setting, strict=True):
        found += [dial.place(stop)] if dial.is_ordered else [float(k == stop) for k in range(dial.stops)]
    return found


def axis_groups(space: Sequence[Dial]) -> list[int]:
    """Of each axis of the points, the number of its dial: axes of one dial share their length scale."""
    return [k for k, dial in enumerate(space) for _ in range(1 if dial.is_ordered else dial.stops)]
