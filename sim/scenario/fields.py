"""The scalar types of scenario files: text with a unit on the way in, a plain number inside."""

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sim.scenario import units


class Frozen(BaseModel):
    """A part of a scenario: cannot be changed, refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _text(parse: Any) -> BeforeValidator:
    """Parse text; numbers that are already inside units (defaults, round trips) pass."""
    return BeforeValidator(lambda value: parse(value) if isinstance(value, str) else value)


def _constant(value: Any) -> Any:
    """A bare duration stands for the constant law."""
    return {"law": "constant", "value": value} if isinstance(value, str) else value


Span = Annotated[float, _text(units.duration), Field(ge=0, allow_inf_nan=False, json_schema_extra={"unit": "duration"})]
Duration = Annotated[float, _text(units.duration), Field(allow_inf_nan=False, json_schema_extra={"unit": "duration"})]
Rate = Annotated[
    float, _text(units.rate_per_hour), Field(ge=0, allow_inf_nan=False, json_schema_extra={"unit": "rate"})
]
Share = Annotated[float, BeforeValidator(units.share), Field(ge=0, le=1, json_schema_extra={"unit": "share"})]
Length = Annotated[float, _text(units.kilometres), Field(gt=0, json_schema_extra={"unit": "length"})]
Money = Annotated[float, _text(units.dong), Field(allow_inf_nan=False, json_schema_extra={"unit": "money"})]
Windows = Annotated[tuple[tuple[int, int], ...], _text(units.windows), Field(json_schema_extra={"unit": "windows"})]
Instant = Annotated[dt.datetime | float, _text(units.instant), Field(json_schema_extra={"unit": "instant"})]
Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
StationKey = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)?$", max_length=120)]
as_constant = BeforeValidator(_constant)
