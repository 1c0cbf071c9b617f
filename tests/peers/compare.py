"""Our mean waits beside those of a peer, with intervals over independent replications."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from sim.measure.statistics import Interval, mean_interval, welch_interval

from . import in_simpy
from .networks import NAMES, Waits, ours, written

LEVEL = 0.999  # of the difference: some fifteen are looked at, and a fair peer should fail none


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One mean wait, in both programs. [min]"""

    network: str
    wait: str
    peer: str
    ours: Interval
    theirs: Interval
    difference: Interval

    @property
    def agrees(self) -> bool:
        low, high = self.difference.low, self.difference.high
        return low is not None and high is not None and low <= 0 <= high


def peers() -> dict[str, object]:
    """The modules that can be run here: plain SimPy, and Ciw if it is installed."""
    found: dict[str, object] = {"SimPy": in_simpy}
    if find_spec("ciw"):
        from . import in_ciw

        found["Ciw"] = in_ciw
    return found


def compared(replications: int, names: Sequence[str] = NAMES) -> Iterator[Pair]:
    """Every mean wait of some networks beside every peer's; peers have seeds of their own."""
    loaded = written()
    for name in names:
        mine = [ours(name, loaded[name], r) for r in range(replications)]
        for peer, module in peers().items():
            theirs = [module.ALL[name](seed) for seed in range(1, replications + 1)]
            yield from (_pair(name, wait, peer, mine, theirs) for wait in mine[0])


def _pair(name: str, wait: str, peer: str, mine: Sequence[Waits], theirs: Sequence[Waits]) -> Pair:
    a, b = [run[wait] for run in mine], [run[wait] for run in theirs]
    return Pair(network=name, wait=wait, peer=peer, ours=mean_interval(a), theirs=mean_interval(b),
                difference=welch_interval(a, b, level=LEVEL))  # fmt: skip


def pair_lines(found: Sequence[Pair]) -> Iterator[str]:
    """A Markdown table: means with their 95 % intervals, and whether the difference may be nothing."""
    yield "| network | mean wait [min] | peer | ours | theirs | ours - theirs | |"
    yield "|---|---|---|--:|--:|--:|---|"
    for p in found:
        yield (f"| {p.network} | {p.wait} | {p.peer} | {_told(p.ours)} | {_told(p.theirs)} | {_told(p.difference)}"
               f" | {'agree' if p.agrees else 'DIFFER'} |")  # fmt: skip


def _told(interval: Interval) -> str:
    return f"{interval.mean:.3f} ± {interval.halfwidth or 0:.3f}"
