"""Where a policy fails: the boxes of what cannot be known in which failures gather, in words and as a table."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from sim.experiment.goal_units import digits
from sim.experiment.prim import Bools, Box, Column, Floats, Restriction, boxes, prim
from sim.planning.designs import shuffles

LEAST_FAILURES = 10  # points with failures, and points without, below which no box is looked for
MOST_BOXES = 4
_SHUFFLES = 99
_CHANCE = 0.05
_BOXES = {
    "box": pl.Int64, "factor": pl.String, "title": pl.String, "low": pl.Float64, "high": pl.Float64, "kept": pl.String,
    "unit": pl.String, "quasi_p": pl.Float64, "coverage": pl.Float64, "density": pl.Float64, "mass": pl.Float64,
    "n": pl.Int64, "chance": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A factor as boxes tell of it."""

    name: str
    title: str
    unit: str
    is_number: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One box that is more than chance."""

    box: Box
    chance: float  # how often shuffled failures give as good a box
    labels: Mapping[str, tuple[str, ...]]  # of each factor of categories, by index


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What was found."""

    factors: tuple[Known, ...]
    cases: pl.DataFrame  # one row a point: the factors, its runs, how many of them failed
    runs: int
    failed: int  # runs
    left_out: int  # runs without a result
    found: tuple[Found, ...]
    reason: str  # why there is no box; "" = there is one

    def table(self) -> pl.DataFrame:
        """One row per box and restriction."""
        rows = []
        for number, one in enumerate(self.found, 1):
            for own, quasi_p in zip(one.box.restrictions, one.box.quasi_p, strict=True):
                factor = self.factors[own.column]
                rows.append({
                    "box": number, "factor": factor.name, "title": factor.title, "low": _end(own.low),
                    "high": _end(own.high), "kept": ", ".join(_labels(own, one, factor)), "unit": factor.unit,
                    "quasi_p": quasi_p, "coverage": one.box.coverage, "density": one.box.density, "mass": one.box.mass,
                    "n": one.box.n, "chance": one.chance,
                })  # fmt: skip
        return pl.DataFrame(rows, _BOXES)

    def lines(self) -> list[str]:
        """What was found, in words."""
        share = self.failed / self.runs if self.runs else 0.0
        head = f"{self.failed:,} of {self.runs:,} runs fail ({share:.0%}), at {self.cases.height:,} points"
        if self.left_out:
            head += f"; {self.left_out:,} runs without a result are left out"
        return [head, *(self.sentence(one) for one in self.found), *([self.reason] if self.reason else [])]

    def sentence(self, one: Found) -> str:
        """One box in words."""
        box = one.box
        where = " and ".join(_phrase(own, one, self.factors[own.column]) for own in box.restrictions)
        doubts = ", ".join(f"{p:.2g}" for p in box.quasi_p)
        again = "" if one is self.found[0] else "of the rest, "
        return (
            f"{again}fails when {where}: {box.density:.0%} of runs in the box fail (coverage {box.coverage:.0%} of all "
            f"failures, {box.mass:.0%} of the points, n = {box.n}; quasi-p {doubts}; chance {one.chance:.2g})"
        )


def _end(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _labels(own: Restriction, one: Found, factor: Known) -> list[str]:
    return [] if factor.is_number else [one.labels[factor.name][k] for k in sorted(own.kept)]


def _phrase(own: Restriction, one: Found, factor: Known) -> str:
    """ "arrivals > 1,150 vehicles/day"; "closing is 18 or 19"."""
    if not factor.is_number:
        return f"{factor.title} is {' or '.join(_labels(own, one, factor))}"
    unit = f" {factor.unit}" if factor.unit else ""
    if math.isfinite(own.low) and math.isfinite(own.high):
        return f"{factor.title} is from {digits(own.low)} to {digits(own.high)}{unit}"
    return f"{factor.title} > {digits(own.low)}{unit}" if math.isfinite(own.low) else (
        f"{factor.title} < {digits(own.high)}{unit}"
    )  # fmt: skip


def discover(
    rows: pl.DataFrame, factors: Sequence[Known], failing: Callable[[pl.Expr], pl.Expr], column: str, *, seed: int
) -> Discovery:
    """The boxes of the factors in which runs fail. `rows` has one row a run: point, status, factors, metrics.

    A box is told only if shuffled failures give one as good in at most 5 of 100 shuffles, as a search among many
    boxes finds something in any noise.
    """
    usable = rows.filter(pl.col("status") == "ok", pl.col(column).is_not_null())
    names = [factor.name for factor in factors]
    cases = (
        usable.group_by("point", *names)
        .agg(pl.len().alias("runs"), failing(pl.col(column)).sum().cast(pl.Int64).alias("failed"))
        .sort(*names, "runs", "failed", "point")  # the order in which runs are given does not show
    )
    columns, labels = _columns(cases, factors)
    shares = (cases["failed"] / cases["runs"]).to_numpy().astype(np.float64) if cases.height else np.zeros(0)
    found: list[Found] = []
    reason = _hopeless(shares)
    if not reason:
        for box, left in boxes(columns, shares, MOST_BOXES):
            chance = _chance(columns, shares, left, box, seed)
            if chance > _CHANCE:
                if not found:
                    reason = (
                        f"no box: shuffled failures give one as good in {chance:.0%} of shuffles, so it may be chance"
                    )
                break
            # Of the later boxes, too, coverage and mass are shares of all failures and points.
            part = float(shares[left].sum() / shares.sum())
            whole = Box(restrictions=box.restrictions, coverage=box.coverage * part, density=box.density,
                        mass=box.mass * float(left.mean()), n=box.n, quasi_p=box.quasi_p)  # fmt: skip
            found.append(Found(box=whole, chance=chance, labels=labels))
        if not found and not reason:
            reason = "no box: no restriction of a factor gathers failures beyond chance"
    return Discovery(factors=tuple(factors), cases=cases, runs=usable.height, failed=int(cases["failed"].sum()),
                     left_out=rows.height - usable.height, found=tuple(found), reason=reason)  # fmt: skip


def _hopeless(shares: Floats) -> str:
    """Why no box is looked for; "" if one is."""
    bad, good = int((shares >= 0.5).sum()), int((shares < 0.5).sum())
    if not len(shares):
        return "no box: no run has a result"
    if not shares.any():
        return f"no box: it fails nowhere (n = {len(shares)} points)"
    if shares.all() and (shares == 1).all():
        return f"no box: it fails everywhere (n = {len(shares)} points)"
    if min(bad, good) < LEAST_FAILURES:
        few = "fail" if bad < good else "do not fail"
        return f"no box: only {min(bad, good)} of {len(shares)} points {few}; {LEAST_FAILURES} are needed to tell a box"
    return ""


def _columns(cases: pl.DataFrame, factors: Sequence[Known]) -> tuple[list[Column], dict[str, tuple[str, ...]]]:
    columns, labels = [], {}
    for factor in factors:
        values = cases[factor.name]
        if factor.is_number:
            columns.append(Column(values=values.to_numpy().astype(np.float64), is_number=True))
            continue
        names = tuple(sorted(set(values.to_list())))
        labels[factor.name] = names
        columns.append(Column(values=np.array([names.index(v) for v in values], np.float64), is_number=False))
    return columns, labels


def _chance(columns: Sequence[Column], shares: Floats, left: Bools, box: Box, seed: int) -> float:
    """How often the same search in shuffled failures gives a box at least as telling."""
    own = [Column(values=column.values[left], is_number=column.is_number) for column in columns]
    fails = shares[left]
    telling = _telling(box, fails)
    as_good = sum(
        (found := prim(own, fails[order])) is not None and _telling(found, fails) >= telling
        for order in shuffles("failures", size=len(fails), count=_SHUFFLES, seed=seed)
    )
    return (1 + as_good) / (1 + _SHUFFLES)


def _telling(box: Box, fails: Floats) -> float:
    """How far the share of failures in a box lies above that of all, in standard errors of so many points."""
    share = float(fails.mean())
    return (box.density - share) * math.sqrt(box.n / (share * (1 - share)))


def known(factors: Sequence[Mapping[str, Any]]) -> list[Known]:
    """Factors as a manifest has them."""
    return [Known(name=f["name"], title=f["title"], unit=f["unit"], is_number=f["is_number"]) for f in factors]
