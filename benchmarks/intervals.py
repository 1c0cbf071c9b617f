"""How often each kind of interval holds the truth, and how wide it is: `python -m benchmarks.intervals`.

Numbers are drawn from laws whose mean and median are known; no gate is simulated. It takes about a minute.
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sim.experiment.stopping import decided
from sim.experiment.until import Criterion
from sim.measure.bootstrap import median_of_medians_bounds, studentised_bounds
from sim.measure.statistics import mean_interval, quantile_bounds

STUDIES = 2000  # of each law and n; the standard error of a share of 95 % is 0.5 %
SEQUENTIAL, EVENINGS = 500, 600
Draw = Callable[[np.random.Generator, tuple[int, ...]], npt.NDArray[np.float64]]
LAWS: tuple[tuple[str, Draw, float, float], ...] = (  # name, draws, mean, median
    ("normal", lambda chance, shape: chance.normal(3, 1, shape), 3, 3),
    ("exponential", lambda chance, shape: chance.exponential(1, shape), 1, math.log(2)),
    ("lognormal, sigma 1", lambda chance, shape: chance.lognormal(0, 1, shape), math.exp(0.5), 1),
)


def main() -> None:
    """Print the three tables."""
    print(f"{'of 95 % intervals, % that hold the truth':<42}{'median width':>28}")
    print(f"{'law':<20}{'n':>4}{'Student':>9}{'bootstrap':>11}{'order':>7}{'Student':>11}{'bootstrap':>11}{'order':>7}")
    for name, draw, mean, median in LAWS:
        for n in (6, 10, 20, 40):
            held, width = of_samples(draw(np.random.default_rng(1), (STUDIES, n)), mean, median)
            print(f"{name:<20}{n:>4}{held[0]:>9.1f}{held[1]:>11.1f}{held[2]:>7.1f}"
                  f"{width[0]:>11.2f}{width[1]:>11.2f}{width[2]:>7.2f}")  # fmt: skip
    print(
        "\nmedian over 15 evenings of the median over replications, half the variance shared by the evenings of a run"
    )
    for n in (6, 10, 20):
        print(f"{'normal':<20}{n:>4}{of_evenings(n):>9.1f}")
    print("\nstopping rule: Student's interval of the mean within 10 %, from 10 replications on")
    for name, draw, mean, _ in LAWS[1:2] + LAWS[:1]:
        held, needed = of_sequences(draw, mean)
        print(f"{name:<20}{held:>13.1f} % hold the truth; {needed:.0f} replications on the mean")


def of_samples(samples: npt.NDArray[np.float64], mean: float, median: float) -> tuple[list[float], list[float]]:
    """Share [%] of samples whose interval holds the truth, and median width: Student, studentised, order statistics."""
    held, width = [0, 0, 0], [[], [], []]  # type: ignore[var-annotated]
    for sample in samples:
        student = mean_interval(sample)
        bounds = ((student.low, student.high), studentised_bounds(sample), quantile_bounds(sample, 0.5))
        for kind, (found, truth) in enumerate(zip(bounds, (mean, mean, median), strict=True)):
            if found is not None and found[0] is not None and found[1] is not None:
                held[kind] += found[0] <= truth <= found[1]
                width[kind].append(found[1] - found[0])
    return [100 * count / len(samples) for count in held], [float(np.median(part)) for part in width]


def of_evenings(n: int) -> float:
    """Share [%] of studies whose interval holds the median."""
    chance, held = np.random.default_rng(2), 0
    for _ in range(EVENINGS):
        counts = np.rint(1000 + chance.normal(0, 100, (n, 1)) + chance.normal(0, 100, (n, 15))).astype(np.int64)
        low, high = median_of_medians_bounds(counts) or (math.nan, math.nan)
        held += low <= 1000 <= high
    return 100 * held / EVENINGS


def of_sequences(draw: Draw, mean: float) -> tuple[float, float]:
    """Share [%] of studies that stop at an interval which holds the mean, and how many replications they take."""
    rule = (Criterion(cell=("wait_mean", "", "", "", ""), width=0.1, is_share=True, unit="min"),)
    chance, held, taken = np.random.default_rng(3), 0, 0
    for _ in range(SEQUENTIAL):
        values = [(float(value),) for value in draw(chance, (1000,))]
        end = decided(rule, values, least=10, most=1000)
        assert end is not None
        held += abs((end.reached[0].value or 0) - mean) <= (end.reached[0].halfwidth or 0)
        taken += end.n
    return 100 * held / SEQUENTIAL, taken / SEQUENTIAL


if __name__ == "__main__":
    main()
