"""What is raised when a run breaks a law that every run must obey."""

from typing import Any


class BrokenLaw(Exception):
    """An error of the program: a Trace that cannot have happened. Says which law, where, when, and which truck."""

    def __init__(
        self, law: str, what: str, *, station: str = "", time: int | None = None, truck: int | None = None
    ) -> None:
        super().__init__(law, what, station, time, truck)
        self.law, self.what, self.station, self.time, self.truck = law, what, station, time, truck

    def __reduce__(self) -> tuple[Any, ...]:
        """So that it comes back whole from a worker process."""
        return _again, self.args

    def __str__(self) -> str:
        where = f" at {self.station}" if self.station else ""
        when = f", {self.time} ms after the start" if self.time is not None else ""
        who = f", truck {self.truck}" if self.truck is not None else ""
        return f"broken law: {self.law}: {self.what}{where}{when}{who}"


def _again(law: str, what: str, station: str, time: int | None, truck: int | None) -> BrokenLaw:
    return BrokenLaw(law, what, station=station, time=time, truck=truck)
