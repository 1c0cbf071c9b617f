"""The moments of a run: every passage that a truck made, and when. All that is known of its life follows from these."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sim.measure.passages import Passages
from sim.planning.plan import NEVER, IntArray

Index = npt.NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Moments:
    """One row per passage, truck after truck, each in order of time. shape (n_moments,)"""

    passages: Passages  # what they mean
    time: IntArray  # [ms]
    passage: Index
    at: IntArray  # those of truck i are [at[i], at[i + 1]), shape (n_trucks + 1,)

    @cached_property
    def step(self) -> Index:
        """The step that began then: where the truck stood until its next moment."""
        return self.passages.goes_to[self.passage]

    @cached_property
    def last(self) -> IntArray:
        """The last one of each truck that has any."""
        return self.at[1:][np.diff(self.at) > 0] - 1

    @cached_property
    def over(self) -> IntArray:
        """When its truck went on. [ms]; NEVER = it was there when the run ended"""
        found = np.append(self.time[1:], NEVER)[: len(self.time)]
        found[self.last] = NEVER
        return found

    def truck(self, which: npt.NDArray[np.integer]) -> Index:
        """The trucks that some of them are of."""
        return (np.searchsorted(self.at, which, side="right") - 1).astype(np.int32)
