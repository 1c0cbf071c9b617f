"""The Trace: the timestamps an engine leaves behind, and nothing else."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt


class Outcome(IntEnum):
    """How a truck's story in the modelled network ended."""

    CROSSED = 0
    TURNED_BACK = 1
    DIVERTED = 2  # left the modelled network for somewhere else
    INSIDE = 3  # still there when the run ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What happened to every truck of a Plan.

    Only stamps that nothing else implies are stored: which step fills which slot is in the Plan.
    A slot that was never filled holds NEVER.
    """

    stamps: npt.NDArray[np.int64]  # [ms], slots of truck i at [stamp_at[i], stamp_at[i + 1])
    step: npt.NDArray[np.int32]  # the step each truck reached last; -1 = never entered
    paused: npt.NDArray[np.int64]  # [ms] rows (truck, resource, from, to), to = NEVER if it did not resume
