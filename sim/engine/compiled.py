"""The compiled engine: the event loop in Numba, made for networks that use what this one uses."""

from functools import cache

import numba
import numpy as np

from sim.engine.compiled_jit import OPTIONS
from sim.engine.compiled_kernel import Loop, loop
from sim.engine.compiled_program import SHIFT, Use, program
from sim.engine.compiled_state import PAUSES, given, with_room, world
from sim.engine.limits import check_trucks
from sim.planning.plan import Plan
from sim.trace import Trace

PLAIN = int(Use.LINES)
EVERYTHING = sum(Use)


def simulate(plan: Plan) -> Trace:
    """The Trace of a Plan."""
    check_trucks(len(plan.trucks.enters))
    quick = program(plan.network)
    uses = PLAIN if quick.uses | PLAIN == PLAIN else EVERYTHING
    reads, state, run = given(plan, quick), world(plan, uses), compiled(uses)
    while short := run(reads, state, plan.ends):
        state = with_room(state, short)
    services = state.services
    pauses = services.pauses[: services.count[PAUSES]].copy()
    return Trace(stamps=state.stamps, step=np.right_shift(state.at, SHIFT, out=state.at), paused=pauses)


@cache
def compiled(uses: int) -> Loop:
    return numba.njit(nogil=True, cache=True, **OPTIONS)(loop(uses))
