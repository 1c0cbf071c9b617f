"""The compiled engine: the event loop in Numba, made for networks that use what this one uses."""

import zlib
from threading import Lock

import numpy as np

from sim.engine.auto import sources
from sim.engine.compiled_kernel import Loop, loop
from sim.engine.compiled_program import SHIFT, Use, program
from sim.engine.compiled_state import PAUSES, Given, World, given, with_room, world
from sim.planning.compiled_cache import ready
from sim.planning.plan import Plan
from sim.trace import Trace

PLAIN = int(Use.LINES)
EVERYTHING = sum(Use)  # costs a plain network 15 % more, and each further variant is 6 s of compiling

_loops: dict[int, Loop] = {}
_compiling = Lock()


def simulate(plan: Plan) -> Trace:
    """The Trace of a Plan."""
    quick = program(plan.network)
    uses = PLAIN if quick.uses | PLAIN == PLAIN else EVERYTHING
    reads, state = given(plan, quick), world(plan, uses)
    run = compiled(uses, reads, state)
    while short := run(reads, state, plan.ends):
        state = with_room(state, short)
    pauses = state.services.pauses[: state.services.counts[PAUSES]].copy()
    return Trace(stamps=state.stamps, step=np.right_shift(state.at, SHIFT, out=state.at), paused=pauses)


def compiled(uses: int, reads: Given, state: World) -> Loop:
    """The loop for networks that use this, compiled once a process."""
    with _compiling:
        if uses not in _loops:
            code = zlib.crc32(b"".join(path.read_bytes() for path in sources()))
            _loops[uses] = ready(loop(uses, code), (reads, state, 0))
        return _loops[uses]
