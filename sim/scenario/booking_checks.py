"""Checks of slot booking: slots that begin, and enough of them."""

from collections.abc import Iterator

from sim.scenario.booking import Booking
from sim.scenario.draft import Draft
from sim.scenario.faults import Fault
from sim.scenario.outlook import expected_trucks
from sim.scenario.units import DAY, MS


def check_bookings(draft: Draft) -> Iterator[Fault]:
    """Faults of flows that come by appointment."""
    for key, flow in draft.flows.items():
        path = f"flows.{key}.booking"
        if flow.booking is None or draft.is_spoilt(path):
            continue
        if not flow.booking.hours:
            yield draft.error(f"{path}.hours", "no slot ever begins", "hours: 07:00-19:00")
        elif draft.start is not None and draft.length_ms and not draft.is_spoilt(f"flows.{key}"):
            wanted = expected_trucks(flow, draft.file, draft.start, draft.length_ms, draft.listed)
            offered = _a_day(flow.booking) * draft.length_ms / DAY
            if wanted > offered:
                message = f"offers about {offered:,.0f} slots in the period for {wanted:,.0f} trucks"
                yield draft.warning(path, message, "the queue for slots can only grow")
        if flow.booking.postpone and not flow.booking.no_show:
            yield draft.warning(f"{path}.postpone", "has no effect without no_show")


def _a_day(booking: Booking) -> float:
    """Vehicles that the slots of a day take."""
    slots = sum(max(1, int((end - begin) // booking.slots)) for begin, end in booking.hours)
    return slots * (booking.quota if isinstance(booking.quota, int) else booking.quota * booking.slots / MS["h"])
