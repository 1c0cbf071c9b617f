"""What orders and incidents do to a station, for a time: each with its first and last instant decided."""

from dataclasses import dataclass

import numpy as np

from sim.planning.hours import Span, Windows, stretches
from sim.planning.plan import UNLIMITED, IntArray
from sim.scenario.dated import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """One order or incident at one station."""

    begin: int  # [ms]
    end: int  # [ms]
    reason: Reason
    is_planned: bool  # known beforehand, so that nothing is begun that it would interrupt (closing: fits)
    closed: bool = False
    hours: Windows | None = None  # of each day, clock of the period
    servers: int | None = None
    at_most: bool = False  # whether `servers` only takes away
    staff: float = 1.0  # share of the servers that work
    loses: int = 0
    path: str = ""  # where the file says so

    def edges(self, span: Span) -> IntArray:
        """Every instant at which it may change something. [ms]"""
        ends = np.array([self.begin, self.end], dtype=np.int64)
        if self.hours is None:
            return ends
        days = span.days(span.scenario.file.period.zone)
        return np.concatenate([ends, np.ravel(stretches(days, [self.hours] * 7))])

    def staffed(self, servers: IntArray) -> IntArray:
        """Servers that work, of those that would otherwise; a share is rounded half up and leaves at least one."""
        if self.servers is not None:
            servers = np.minimum(servers, self.servers) if self.at_most else np.full(servers.shape, self.servers)
        if self.staff == 1.0:
            return servers
        working = np.maximum(np.floor(servers * self.staff + 0.5).astype(np.int64), np.minimum(servers, 1))
        return np.where(servers < UNLIMITED, working, servers)
