"""What a sweep file says: a base scenario, factors with the values they take, and how these are combined."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sim.scenario.faults import Place
from sim.scenario.goal_schema import Fails, Goal, Limit, Wanted

Role = Literal["lever", "uncertainty"]  # what a board can choose, and what it cannot know
DesignKind = Literal["grid", "list", "latin-hypercube", "sobol"]
DESIGNS: tuple[DesignKind, ...] = ("grid", "list", "latin-hypercube", "sobol")
SAMPLED = ("latin-hypercube", "sobol")
LAWS = ("uniform", "log-uniform", "triangular")
MOST_POINTS = 1_000_000
REPLICATIONS, MOST_REPLICATIONS = 10, 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One value that a factor takes."""

    label: str  # as tables show it
    number: float | None  # the value without its unit, if it is one
    settings: Mapping[str, str]  # path -> value, as --set takes them
    overlays: tuple[Path, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of values between two ends, which a sampled design draws from."""

    low: Mapping[str, float]  # path below the factor's paths ("" = the value itself) -> number without its unit
    high: Mapping[str, float]
    mode: float | None  # of a triangular law
    law: str
    unit: str  # of every number of it
    is_whole: bool  # its values are whole numbers
    paths: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """What a sweep varies: by stated levels, or over a span."""

    name: str
    role: Role
    title: str
    unit: str  # of the numbers of its levels; "" = none, or no numbers
    levels: tuple[Level, ...]
    span: Span | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How values are combined to points."""

    kind: DesignKind
    points: int  # of a sampled design; else 0
    seed: int
    of_uncertainties: bool  # only uncertainties are sampled, and each sample is combined with every lever value


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """When a point has been run often enough: when the interval of a metric's mean is narrow enough."""

    most: int  # replications at which it ends even so
    metric: Wanted
    within: str  # half-width, as written: a share of the mean, or an amount with its unit
    place: Place  # of `within`


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepFile:
    """A sweep as its file says, every file it names found."""

    name: str  # the file as the user typed it
    title: str
    question: str
    base: Path
    overlays: tuple[Path, ...]  # laid over the base at every point
    settings: Mapping[str, str]  # set at every point
    factors: tuple[Factor, ...]
    zipped: tuple[tuple[str, ...], ...]  # names of factors that take their values side by side
    design: Design
    replications: int  # of each point; if there is an `until`, at least
    until: Until | None = None
    metrics: tuple[Wanted, ...]
    goal: Goal | None  # of a search
    limits: tuple[Limit, ...]
    fails: Fails | None
    place: Place  # of the word that says the design
