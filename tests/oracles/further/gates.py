"""One gate that changes with time, by forward equations."""

import math
from collections.abc import Sequence
from typing import Any

from .chains import Forward
from .rates import Rate

Made = dict[str, Any]
Plan = Sequence[tuple[float, float, int, float]]  # from, to, servers, speed


class Gate:
    """One gate by forward equations. State: trucks waiting, in service; teams that hand over are counted apart."""

    def __init__(self, mu: float, peak: int, rule: str, most: int, *, loss: bool) -> None:
        self.mu, self.peak, self.rule, self.most, self.loss = mu, peak, rule, most, loss
        everything = [(q, b) for b in range(peak + 1) for q in range(most + 1)]
        self.chain = Forward(
            (0, 0),
            lambda s: [(1.0, x) for x in everything] if s == (0, 0) else [],
            lambda _: [],
            [lambda s, _: s[0], lambda s, _: s[1]],
        )
        self.servers = 0
        self.outgoing, self.gone, self.served = (
            0.0,
            0.0,
            0.0,
        )  # trucks of earlier teams: inside, done; all that are done

    def settled(self, q: int, b: int) -> tuple[int, int]:
        """Trucks begin service while servers are free."""
        begin = max(0, min(q, self.servers - b))
        return min(q - begin, self.most), b + begin

    def shift(self, servers: int, *, is_change: bool) -> None:
        """So many servers from now on, by the rule."""
        self.servers = servers
        if self.rule == "handover" and is_change:
            self.outgoing += self.chain.mean(lambda s: s[1])
            self.chain.change(lambda s: self.settled(s[0], 0))
        elif self.rule == "pause":
            self.chain.change(lambda s: self.settled(s[0] + max(0, s[1] - servers), min(s[1], servers)))
        else:
            self.chain.change(lambda s: self.settled(*s))

    def go(self, to: float, speed: float, rate: Rate) -> None:
        """On to a time at which the rate may jump."""
        before, length = float(self.chain.totals[1]), to - self.chain.now
        self.chain.arrive = self.chain.matrix(self._arrivals)
        self.chain.go(to, lambda s: self._served(s, speed), rate)
        left = self.outgoing * math.exp(-self.mu * speed * length)
        self.served += self.mu * speed * (float(self.chain.totals[1]) - before) + self.outgoing - left
        self.outgoing = left

    def _arrivals(self, s: tuple[int, int]) -> list[tuple[float, tuple[int, int]]]:
        q, b = s
        if b < self.servers and q == 0:
            return [(1.0, (q, b + 1))]
        return [(1.0, (q + 1, b))] if q + b * self.loss < self.most else []

    def _served(self, s: tuple[int, int], speed: float) -> list[tuple[float, tuple[int, int]]]:
        q, b = s
        return [(b * self.mu * speed, self.settled(q, b - 1))] if b else []

    def seen(self) -> Made:
        """Everything that is asked at an instant."""
        of = self.chain.mean
        inside = of(sum)
        return {
            "EN": inside + self.outgoing,
            "EQ": of(lambda s: s[0]),
            "E_busy": of(lambda s: s[1]) + self.outgoing,
            "E_overtime": self.outgoing,
            "VarN": of(lambda s: sum(s) ** 2) - inside**2,
            "P_empty": of(lambda s: sum(s) == 0),
            "P_all_busy": of(lambda s: s[1] >= self.servers),
            "P_full": of(lambda s: sum(s) >= self.most),
            "cum_wait": float(self.chain.totals[0]),
            "cum_served": self.served,
            "cum_accepted": self.served + inside + self.outgoing,
        }


def gate(
    rate: Rate, mu: float, plan: Plan, times: Sequence[float], rule: str, *,
    most: int = 160, cuts: Sequence[float] = (), loss: bool = False, asked: Sequence[str] = (),
) -> Made:  # fmt: skip
    """What a gate is known to have at some times, right limits; `cuts` are where the rate jumps."""
    system = Gate(mu, max(c for _, _, c, _ in plan), rule, most, loss=loss)
    changes = {begin: (servers, speed) for begin, _, servers, speed in plan}
    speed, found = 1.0, {}
    for now in sorted({*times, *cuts, *changes}):
        system.go(now, speed, rate)
        if now in changes:
            servers, speed = changes[now]
            system.shift(servers, is_change=now > 0)
        if now in times:
            row = system.seen()
            found[f"t={now:g}"] = {name: row[name] for name in asked}
        if now >= max(times):
            break
    return found
