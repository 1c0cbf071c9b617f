"""Which of several scenarios is best, with a stated probability: from values paired by replication.

Everything here is for the largest mean; who looks for the least turns the signs of the values round. Nothing is
assumed of the variances or of how the scenarios of one replication hang together; over replications their values
are taken to be independent and about normal, as means over many trucks are.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from sim.measure.statistics import mean, student_quantile, variance

Columns = Sequence[Sequence[float]]  # of each scenario its value in replication 0, 1, ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a selection must keep to."""

    indifference: float  # [unit of the metric] below which a difference does not matter
    probability: float  # that the best is selected, if it is ahead of every other by at least that much
    first: int  # replications before anybody is dropped
    most: int  # replications after which it ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """How far a selection has come with the values it was given."""

    best: int | None  # None = not told yet
    left: tuple[int, ...]  # not dropped
    dropped: Mapping[int, tuple[int, int]]  # scenario -> (after so many replications, by which scenario)
    n: int  # replications looked at
    is_over: bool  # told, or at the limit; else one more replication of those left is needed


def select(columns: Columns, aim: Aim) -> Selection:
    """The procedure KN, over as many replications as all that are left have values for.

    The outcome is a function of the values of replications 0, 1, ... alone: it does not matter how many of them were
    there at a time. A scenario that is dropped needs no further values.
    Reference: Kim and Nelson, A fully sequential procedure for indifference-zone selection in simulation, ACM TOMACS
    11 (2001), with c = 1 and the constant for common random numbers.
    """
    squares = first_stage(columns, aim)
    left, dropped = tuple(range(len(columns))), dict[int, tuple[int, int]]()
    for n in range(aim.first, aim.most + 1):
        if any(len(columns[i]) < n for i in left):
            return Selection(best=None, left=left, dropped=dropped, n=n - 1, is_over=False)
        sums = {i: math.fsum(columns[i][:n]) for i in left}
        out = {}
        for i in left:
            rival = max((j for j in left if j != i), key=lambda j: sums[j] - slack(squares[_pair(i, j)], aim, n))
            if sums[rival] - sums[i] > slack(squares[_pair(i, rival)], aim, n):
                out[i] = (n, rival)
        dropped |= out
        left = tuple(i for i in left if i not in out)
        last = max((patience(squares[pair], aim) for pair in combinations(left, 2)), default=0)
        if n > last:
            best = max(left, key=lambda i: (sums[i], -i))
            return Selection(best=best, left=left, dropped=dropped, n=n, is_over=True)
    return Selection(best=None, left=left, dropped=dropped, n=aim.most, is_over=True)


def first_stage(columns: Columns, aim: Aim) -> dict[tuple[int, int], float]:
    """h^2 times the variance of the difference of each pair over the first replications."""
    pairs, freedom = combinations(range(len(columns)), 2), aim.first - 1
    eta = ((2 * (1 - aim.probability) / (len(columns) - 1)) ** (-2 / freedom) - 1) / 2
    heads = [column[: aim.first] for column in columns]
    return {
        (i, j): 2 * eta * freedom * variance([a - b for a, b in zip(heads[i], heads[j], strict=True)]) for i, j in pairs
    }


def slack(square: float, aim: Aim, n: int) -> float:
    """By how much a sum over n replications may lie behind another without its scenario being dropped."""
    return max(0.0, (square / aim.indifference - aim.indifference * n) / 2)


def patience(square: float, aim: Aim) -> int:
    """After how many replications at the latest a pair is told apart by the sign of its difference."""
    return math.floor(square / aim.indifference**2)


def _pair(i: int, j: int) -> tuple[int, int]:
    return (i, j) if i < j else (j, i)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a scenario is ahead of the best of the others, all intervals of a comparison holding together."""

    mean: float
    low: float  # never above 0
    high: float  # never below 0
    may_be_best: bool


def standings(columns: Columns, *, probability: float) -> tuple[Standing, ...]:
    """Hsu's multiple comparisons with the best, from Student's intervals of paired differences.

    Bounds are widened for the number of others (Bonferroni). Reference: Hsu, Constrained simultaneous confidence
    intervals for multiple comparisons with the best, Annals of Statistics 12 (1984).
    """
    n, indices = len(columns[0]), range(len(columns))
    reach = student_quantile(n - 1, 1 - 2 * (1 - probability) / (len(columns) - 1)) / math.sqrt(n)
    ahead, width = {}, {}
    for i, j in combinations(indices, 2):
        apart = [a - b for a, b in zip(columns[i], columns[j], strict=True)]
        ahead[i, j], width[i, j] = mean(apart), reach * math.sqrt(variance(apart))
        ahead[j, i], width[j, i] = -ahead[i, j], width[i, j]
    most = [min(ahead[i, j] + width[i, j] for j in indices if j != i) for i in indices]
    among = [i for i in indices if most[i] >= 0]
    least = [min((ahead[i, j] - width[i, j] for j in among if j != i), default=0.0) for i in indices]
    return tuple(
        Standing(mean=mean(columns[i]), low=min(0.0, least[i]), high=max(0.0, most[i]), may_be_best=i in among)
        for i in indices
    )
