"""What a flow says about booked slots: how many a slot takes, who does not come, who comes late."""

from typing import Annotated

from pydantic import Field

from sim.scenario.fields import Frozen, Rate, Share, Span, Windows, as_constant
from sim.scenario.laws import Law


class Booking(Frozen):
    """Trucks come by appointment. Who wants to come earlier books earlier and gets the first free slot from then on."""

    slots: Annotated[Span, Field(gt=0, description="length of a slot; slots are counted from local midnight")]
    quota: Annotated[
        Annotated[int, Field(ge=1, le=1_000_000)] | Rate,
        Field(description="vehicles a slot takes, or a rate over the open slots"),
    ]
    hours: Annotated[Windows, Field(description="hours in which slots begin")] = ((0, 86_400_000),)
    no_show: Annotated[
        Share, Field(description="share of bookings whose truck does not come; the slot stays empty")
    ] = 0.0
    postpone: Annotated[
        Share, Field(description="share of those that did not come and book once more, then for certain")
    ] = 0.0
    postpone_by: Annotated[Span, Field(description="how long after the slot missed they want to come")] = 86_400_000
    lateness: Annotated[
        Annotated[Law, as_constant] | None,
        Field(description="law of the time after the beginning of its slot; default: none"),
    ] = None
