"""State rules of the SimPy model: flags that follow a count, with hysteresis."""

from collections.abc import Callable

from sim.engine.clock import Clock, Later
from sim.engine.order import Rank


class Watch:
    """Sets a flag when a count has reached a level, and takes it back when it has fallen to a lower one."""

    def __init__(
        self, env: Clock, on: int, off: int, count: Callable[[], int], set_flag: Callable[[int], None]
    ) -> None:
        self.env, self.on, self.off = env, on, off
        self.count, self.set_flag = count, set_flag
        self.touched = False

    def touch(self) -> None:
        """The count may have changed: look at it at the end of this instant."""
        if not self.touched:
            self.touched = True
            Later(self.env, 0, Rank.RULE).callbacks.append(lambda _: self._look())

    def _look(self) -> None:
        self.touched = False
        count = self.count()
        if count >= self.on:
            self.set_flag(1)
        elif count <= self.off:
            self.set_flag(0)
