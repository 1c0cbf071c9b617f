"""How many replications are enough: the fewest whose interval of a mean is as narrow as is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.measure.statistics import LEVEL, mean, mean_interval

Values = Sequence[float | None]  # of replication 0, 1, ...; None = that replication has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Width:
    """The half-width that an interval may have."""

    most: float  # [unit of the metric], or a share of the mean
    is_relative: bool

    def is_met(self, values: Values) -> bool:
        """Whether the interval of the mean of these values is narrow enough; of fewer than two, none is."""
        known = [value for value in values if value is not None]
        reach = half_width(known)
        return reach is not None and reach <= self.most * (abs(mean(known)) if self.is_relative else 1)


def half_width(values: Sequence[float]) -> float | None:
    """Half of Student's interval of the mean; None of fewer than two values."""
    return mean_interval(values, level=LEVEL).halfwidth if len(values) > 1 else None


def enough(values: Values, width: Width, *, least: int, most: int, looked_at: int = 0) -> int | None:
    """The fewest replications from `least` to `most` that are enough; `most` if none are; None = not told yet.

    It is a function of the values of replications 0, 1, ... alone, however many are there. The first `looked_at`
    are known not to be enough. Where none of the first `least` has a value, no more are asked for.
    """
    if len(values) >= least and all(value is None for value in values[:least]):
        return least
    for n in range(max(least, looked_at + 1), min(len(values), most) + 1):
        if width.is_met(values[:n]):
            return n
    return most if len(values) >= most else None
