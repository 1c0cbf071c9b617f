"""Laws of random durations, as a scenario file writes them. Means and variances are for checks and tests."""

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.fields import Frozen, Rate, Share, Span, Windows

Cv = Annotated[float, Field(ge=0, le=20, allow_inf_nan=False, description="coefficient of variation, sd / mean [-]")]


class Constant(Frozen):
    """Every draw is the same."""

    law: Literal["constant"]
    value: Annotated[Span, Field(description="the duration")]


class Exponential(Frozen):
    """Memoryless with a mean."""

    law: Literal["exponential"]
    mean: Annotated[Span, Field(description="mean")]


class Lognormal(Frozen):
    """Lognormal by its arithmetic mean and coefficient of variation."""

    law: Literal["lognormal"]
    mean: Annotated[Span, Field(description="arithmetic mean")]
    cv: Cv


class Gamma(Frozen):
    """Gamma by its mean and coefficient of variation."""

    law: Literal["gamma"]
    mean: Annotated[Span, Field(description="mean")]
    cv: Annotated[Cv, Field(gt=0)]


class Erlang(Frozen):
    """Sum of k exponentials with one mean in all."""

    law: Literal["erlang"]
    mean: Annotated[Span, Field(description="mean of the sum")]
    k: Annotated[int, Field(ge=1, le=1000, description="number of phases [-]")]


class Weibull(Frozen):
    """Weibull by scale and shape."""

    law: Literal["weibull"]
    scale: Annotated[Span, Field(description="scale")]
    shape: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False, description="shape [-]")]


class Uniform(Frozen):
    """Uniform between two bounds."""

    law: Literal["uniform"]
    low: Annotated[Span, Field(description="lower bound")]
    high: Annotated[Span, Field(description="upper bound")]

    @model_validator(mode="after")
    def _ordered(self) -> "Uniform":
        if self.low > self.high:
            raise ValueError("low must not be above high")
        return self


class Triangular(Frozen):
    """Triangular by its bounds and mode."""

    law: Literal["triangular"]
    low: Annotated[Span, Field(description="lower bound")]
    mode: Annotated[Span, Field(description="most likely duration")]
    high: Annotated[Span, Field(description="upper bound")]

    @model_validator(mode="after")
    def _ordered(self) -> "Triangular":
        if not self.low <= self.mode <= self.high:
            raise ValueError("mode must lie between low and high")
        return self


class Pert(Frozen):
    """Beta-PERT by its bounds and mode: smoother than triangular, nearer to its mode."""

    law: Literal["pert"]
    low: Annotated[Span, Field(description="lower bound")]
    mode: Annotated[Span, Field(description="most likely duration")]
    high: Annotated[Span, Field(description="upper bound")]

    @model_validator(mode="after")
    def _ordered(self) -> "Pert":
        if not self.low <= self.mode <= self.high:
            raise ValueError("mode must lie between low and high")
        return self


class Hyperexponential(Frozen):
    """One of several exponentials, each with its share."""

    law: Literal["hyperexponential"]
    shares: Annotated[tuple[Share, ...], Field(min_length=1, max_length=20, description="share of each branch, sum 1")]
    means: Annotated[tuple[Span, ...], Field(min_length=1, max_length=20, description="mean of each branch")]

    @model_validator(mode="after")
    def _matching(self) -> "Hyperexponential":
        if len(self.shares) != len(self.means):
            raise ValueError("shares and means must have the same length")
        if abs(math.fsum(self.shares) - 1) > 1e-9:
            raise ValueError(f"shares sum to {math.fsum(self.shares):.12g}, not 1")
        return self


class Mixture(Frozen):
    """One of several laws, each with its share."""

    law: Literal["mixture"]
    shares: Annotated[tuple[Share, ...], Field(min_length=1, max_length=20, description="share of each part, sum 1")]
    parts: Annotated[tuple["Law", ...], Field(min_length=1, max_length=20, description="the laws")]

    @model_validator(mode="after")
    def _matching(self) -> "Mixture":
        if len(self.shares) != len(self.parts):
            raise ValueError("shares and parts must have the same length")
        if abs(math.fsum(self.shares) - 1) > 1e-9:
            raise ValueError(f"shares sum to {math.fsum(self.shares):.12g}, not 1")
        return self


class Values(Frozen):
    """Resampled, each of the given durations equally likely."""

    law: Literal["values"]
    values: Annotated[tuple[Span, ...], Field(min_length=1, max_length=100_000, description="the durations")]


class Shifted(Frozen):
    """A fixed duration and a random rest: nothing takes less."""

    law: Literal["shifted"]
    shift: Annotated[Span, Field(description="what every draw takes at least")]
    rest: Annotated["Law", Field(description="law of what comes on top")]


class FromCapacity(Frozen):
    """Lognormal whose mean lets the stated servers clear the stated capacity in the stated hours.

    mean = servers x hours open / capacity. Converted once, at these reference servers and hours: if the
    station later has other hours or servers, its capacity changes and the mean does not.
    """

    law: Literal["from-capacity"]
    capacity: Annotated[Rate, Field(gt=0, description="vehicles cleared in the reference hours of a day")]
    servers: Annotated[int, Field(ge=1, le=10_000, description="reference servers [-]")]
    hours: Annotated[Windows, Field(description="reference opening hours of a day")]
    cv: Cv


Law = Annotated[
    Constant | Exponential | Lognormal | Gamma | Erlang | Weibull | Uniform | Triangular | Pert | Hyperexponential
    | Mixture | Values | Shifted | FromCapacity,
    Field(discriminator="law"),
]  # fmt: skip


def mean(law: Law) -> float:
    """Mean of a law. [ms]"""
    match law:
        case Constant():
            return law.value
        case Exponential() | Lognormal() | Gamma() | Erlang():
            return law.mean
        case Weibull():
            return law.scale * math.gamma(1 + 1 / law.shape)
        case Uniform():
            return (law.low + law.high) / 2
        case Triangular() | Pert():
            weight = 1 if isinstance(law, Triangular) else 4
            return (law.low + weight * law.mode + law.high) / (2 + weight)
        case Hyperexponential() | Mixture():
            means = law.means if isinstance(law, Hyperexponential) else map(mean, law.parts)
            return math.fsum(share * each for share, each in zip(law.shares, means, strict=True))
        case Values():
            return math.fsum(law.values) / len(law.values)
        case Shifted():
            return law.shift + mean(law.rest)
        case FromCapacity():
            open_ms = sum(end - start for start, end in law.hours)
            return law.servers * open_ms / (law.capacity * 24)
