"""Network tables written row by row, for benchmarks and tests that go without a scenario file."""

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from sim.planning import plan as p


@dataclass(frozen=True, kw_only=True)
class Way:
    """One option of an ASK."""

    needs: tuple[int, ...]
    gives: tuple[int, ...] = ()
    next: int
    empty_queue: int = -1
    fits: int = -1


@dataclass(frozen=True, kw_only=True)
class Fork:
    """One branch of a CHOOSE."""

    next: int
    used: tuple[int, ...] = ()
    waiting: tuple[int, ...] = ()
    base: int = 0
    each: int = 1


@dataclass
class Tables:
    """Rows of a network under construction. Each method adds one and returns its index."""

    steps: list[dict[str, int]] = field(default_factory=list)
    options: list[dict[str, int]] = field(default_factory=list)
    units: list[int] = field(default_factory=list)
    resources: list[dict[str, int]] = field(default_factory=list)
    queues: list[dict[str, int]] = field(default_factory=list)
    files: list[dict[str, int]] = field(default_factory=list)
    changes: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    rules: list[dict[str, int]] = field(default_factory=list)
    branches: list[dict[str, int]] = field(default_factory=list)
    watches: list[dict[str, int]] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    watch: list[tuple[int, int]] = field(default_factory=list)

    def resource(self, capacity: int, **values: int) -> int:
        """Servers or places."""
        row = {"speed": p.FULL_SPEED, "until": p.NEVER, "closing": 0, "elastic": 0, "slows_new": 0}
        self.resources.append(row | {"capacity": capacity} | values)
        return len(self.resources) - 1

    def queue(self, *levels: int, discipline: int = 0, pattern: tuple[int, ...] = ()) -> int:
        """A queue with a file of each level."""
        start = len(self.files)
        self.files += [{"level": level, "slope": 0, "head_start": 0} for level in levels or (0,)]
        span = {"file_from": start, "file_to": len(self.files)}
        self.queues.append(span | {"discipline": discipline} | self.span("cycle", pattern))
        return len(self.queues) - 1

    def watch_count(
        self, flag: int, on: int, off: int, used: tuple[int, ...] = (), waiting: tuple[int, ...] = ()
    ) -> None:
        """A state rule: the flag is 1 from a count on, 0 from a smaller one down."""
        counts = self.span("used", used) | self.span("waiting", waiting)
        self.watches.append({"flag": flag, "on": on, "off": off} | counts)

    def step(self, kind: p.Kind, **values: int) -> int:
        """A step; columns not named are 0 for ranges and outcomes, -1 otherwise."""
        names = p.STEP.names or ()
        zero = ("take_from", "take_to", "give_from", "give_to", "option_from", "option_to", "outcome", "reason",
                "from_arrival")  # fmt: skip
        row = {name: 0 if name in zero else -1 for name in names}
        self.steps.append(row | {"kind": int(kind), "next": len(self.steps) + 1} | values)
        return len(self.steps) - 1

    def move(self, takes: tuple[int, ...] = (), gives: tuple[int, ...] = (), **values: int) -> int:
        """A MOVE."""
        return self.step(p.Kind.MOVE, **self.span("take", takes), **self.span("give", gives), **values)

    def leave(self, gives: tuple[int, ...] = (), **values: int) -> int:
        """A LEAVE."""
        return self.step(p.Kind.LEAVE, **{"next": -1, **self.span("give", gives), **values})

    def ask(self, queue: int, ways: list[Way], file: int = 0, **values: int) -> int:
        """An ASK in the file of that number in the queue. The queue watches all that the ways need."""
        start = len(self.options)
        for way in ways:
            row = self.span("need", way.needs) | self.span("give", way.gives)
            self.options.append(row | {"next": way.next, "empty_queue": way.empty_queue, "fits": way.fits})
            self.watch += [(unit, queue) for unit in way.needs if (unit, queue) not in self.watch]
        where = {"file": self.queues[queue]["file_from"] + file, "queue": queue}
        return self.step(p.Kind.ASK, next=-1, option_from=start, option_to=len(self.options), **where, **values)

    def seize(self, queue: int, need: int, gives: tuple[int, ...] = (), **values: int) -> int:
        """An ASK for one unit, going on at the next step."""
        return self.ask(queue, [Way(needs=(need,), gives=gives, next=len(self.steps) + 1)], **values)

    def choose(self, rule: p.Rule, forks: list[Fork], flag: int = 0, threshold: int = 0, **values: int) -> int:
        """A CHOOSE."""
        start = len(self.branches)
        for fork in forks:
            self.branches.append(
                {"next": fork.next, "base": fork.base, "each": fork.each}
                | self.span("used", fork.used)
                | self.span("waiting", fork.waiting)
            )
        span = {"branch_from": start, "branch_to": len(self.branches)}
        self.rules.append({"rule": int(rule), "flag": flag, "threshold": threshold} | span)
        return self.step(p.Kind.CHOOSE, next=-1, rule=len(self.rules) - 1, **values)

    def span(self, name: str, units: tuple[int, ...]) -> dict[str, int]:
        """The columns that point at a list of units."""
        start = len(self.units)
        self.units += units
        return {f"{name}_from": start, f"{name}_to": len(self.units)}

    def network(self) -> p.Network:
        """The tables. Queues watch in the order in which they were first asked in."""
        watchers = [[q for unit, q in self.watch if unit == r] for r in range(len(self.resources))]
        return p.Network(
            steps=_table(self.steps, p.STEP),
            options=_table(self.options, p.OPTION),
            units=np.array(self.units, np.int32),
            resources=_table(self.resources, p.RESOURCE),
            queues=_table(self.queues, p.QUEUE),
            files=_table(self.files, p.FILE),
            watch_from=np.cumsum([0, *map(len, watchers)]).astype(np.int32),
            watchers=np.array([q for row in watchers for q in row], np.int32),
            changes=np.array(sorted(self.changes, key=lambda row: row[0]), p.CHANGE),
            rules=_table(self.rules, p.RULE),
            branches=_table(self.branches, p.BRANCH),
            watches=_table(self.watches, p.WATCH),
            flags=np.array(self.flags, np.int64),
            reasons=("",),
            layout=cast("p.Layout", None),  # names; engines do not read them
        )


def _table(rows: list[dict[str, int]], dtype: "np.dtype[Any]") -> p.Table:
    return np.array([tuple(row[name] for name in dtype.names or ()) for row in rows], dtype)


def trucks(
    enters: Any, first: Any, work: Any, work_at: Any, stamps: Any, arrived: Any = None, program: Any = None
) -> p.Trucks:
    """Trucks in order of entering; `stamps` is the number of slots of each."""
    n = len(enters)
    none = np.zeros(n, np.int16)
    return p.Trucks(
        id=np.arange(n, dtype=np.int64),
        arrived=np.asarray(enters if arrived is None else arrived, np.int64),
        enters=np.asarray(enters, np.int64),
        first=np.asarray(first, np.int32),
        program=np.asarray(np.zeros(n) if program is None else program, np.int32),
        work=np.asarray(work, np.int64),
        work_at=np.asarray(work_at, np.int64),
        stamp_at=np.concatenate([[0], np.cumsum(np.asarray(stamps, np.int64))]).astype(np.int64),
        flow=none,
        cargo=none,
        cargo_class=none,
    )
