"""Small random Plans that combine everything a network may use, with ties everywhere.

All choices come from one source of randomness, so that the same code serves long seeded campaigns and Hypothesis,
which shrinks. Times lie on a coarse grid and works may be zero, so that many things happen at one instant.
"""

from random import Random

from benchmarks.assemble import Fork, Tables, Way, trucks
from sim.planning.plan import NEVER, Change, Closing, Discipline, Kind, Plan, Rule

GRID = 6  # ms between the instants of a network
SPEEDS = (1000, 1000, 500, 333, 1500)
CLOSINGS = (Closing.FINISH, Closing.PAUSE, Closing.PAUSE, Closing.HANDOVER, Closing.FITS)
KINDS = (Kind.ASK,) * 3 + (Kind.WORK,) * 4 + (Kind.TRAVEL, Kind.MOVE, Kind.CHOOSE)


Held = tuple[int, ...]  # units a truck holds at some step


def plan_from(random: Random) -> Plan:
    """A Plan of a few trucks in a small network."""
    growth = Growth(random)
    tables = growth.tables
    first = [growth.way((), random.randint(2, 7)) for _ in range(random.randint(1, 3))]
    starts, ends = random.choice((0, 0, -5)), random.choice((20, 40, 150))
    for _ in range(random.randint(0, 12)):
        add_change(tables, random, random.randint(starts, random.choice((15, ends))))
    n = random.choice((2, 8, 25))
    enters = sorted(random.randint(starts, random.choice((1, 6, 20, ends))) * GRID for _ in range(n))
    listed = trucks(
        enters,
        [random.choice(first) for _ in enters],
        [random.choice((0, 1, 1, 2, 3, 5, 9)) * GRID for _ in range(n * growth.works)],
        [k * growth.works for k in range(n + 1)],
        [growth.stamps] * n,
        arrived=[time - random.choice((0, 1, 4)) * GRID for time in enters],
    )
    span = (starts * GRID, ends * GRID)
    return Plan(trucks=listed, network=tables.network(), starts=span[0], ends=span[1], window=span, replication=0)


def add_resource(tables: Tables, random: Random) -> None:
    """Servers or places with any closing rule."""
    closing = random.choice(CLOSINGS)
    tables.resource(
        random.choice((0, 1, 1, 2, 2, 3)), speed=random.choice(SPEEDS), closing=closing,
        until=random.choice((NEVER, random.randint(1, 30) * GRID)),
        elastic=1 if closing == Closing.PAUSE else random.randint(0, 1), slows_new=random.randint(0, 1),
    )  # fmt: skip


def add_queue(tables: Tables, random: Random) -> None:
    """A queue of up to three files under any discipline."""
    pattern = tuple(random.choice((0, 0, 1, 2)) for _ in range(random.randint(1, 4)))
    discipline = random.choice((Discipline.LEVELS,) * 2 + tuple(Discipline))
    levels = [random.choice((0, 0, 1, 2)) for _ in range(random.randint(1, 3))]
    tables.queue(*levels, discipline=discipline, pattern=pattern if discipline == Discipline.CYCLE else ())
    for file in tables.files[-len(levels) :]:
        file |= {"slope": random.choice((0, 500, 1000)), "head_start": random.choice((0, 1, 3)) * GRID}


def add_watch(tables: Tables, random: Random, used: tuple[int, ...], waiting: tuple[int, ...]) -> None:
    """A flag that follows a count."""
    on = random.randint(1, 4)
    tables.watch_count(random.randrange(len(tables.flags)), on, random.randrange(on), used, waiting)


def add_change(tables: Tables, random: Random, time: int) -> None:
    """A row of the calendar; only teams that hand over change in shifts."""
    what = random.choice((Change.CAPACITY, Change.CAPACITY, Change.SHIFT, Change.SPEED, Change.FLAG))
    target, value = random.randrange(len(tables.flags)), random.randint(0, 1)
    if what != Change.FLAG:
        target, value = random.randrange(len(tables.resources)), random.choice((0, 0, 1, 2, 3))
    if what == Change.SPEED:
        value = random.choice(SPEEDS)
    if what == Change.SHIFT and tables.resources[target]["closing"] != Closing.HANDOVER:
        what = Change.CAPACITY
    until = random.choice((NEVER, (time + random.randint(1, 20)) * GRID))
    tables.changes.append((time * GRID, what, target, value, until))


class Growth:
    """A network that grows from its ends: the ways on of a step are written before the step."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.tables = Tables()
        self.works = self.stamps = 0
        for _ in range(random.randint(1, 5)):
            add_resource(self.tables, random)
        for _ in range(random.randint(1, 3)):
            add_queue(self.tables, random)
        self.tables.flags = [random.randint(0, 1) for _ in range(2)]
        for _ in range(random.choice((0, 0, 1, 2))):
            add_watch(self.tables, random, self.resources(2), self.all_queues(2))

    def work(self) -> int:
        """One more slot of work."""
        self.works += 1
        return self.works - 1

    def stamp(self) -> int:
        """One more slot of a stamp."""
        self.stamps += 1
        return self.stamps - 1

    def some(self, units: tuple[int, ...], most: int) -> tuple[int, ...]:
        """Up to so many of the units, in any order."""
        return tuple(self.random.sample(units, self.random.randint(0, min(most, len(units)))))

    def resources(self, most: int) -> tuple[int, ...]:
        """Up to so many resources."""
        return self.some(tuple(range(len(self.tables.resources))), most)

    def all_queues(self, most: int) -> tuple[int, ...]:
        """Up to so many queues."""
        return self.some(tuple(range(len(self.tables.queues))), most)

    def others(self, held: Held) -> tuple[int, ...]:
        """Resources of which the truck holds no unit."""
        return tuple(r for r in range(len(self.tables.resources)) if r not in held)

    def way(self, held: Held, depth: int) -> int:
        """The first step of a way on; at its end the truck gives up what it holds."""
        if depth <= 0:
            return self.tables.leave(gives=held)
        kind = self.random.choice(KINDS)
        if kind == Kind.ASK and self.others(held):
            return self.ask(held, depth)
        if kind == Kind.WORK and held:
            then, server = self.way(held, depth - 1), self.random.choice(held)
            return self.tables.step(kind, server=server, work=self.work(), stamp=self.stamp(), next=then)
        if kind == Kind.MOVE:
            takes, gives = self.some(self.others(held), 1), self.some(held, 3)
            return self.tables.move(takes, gives, next=self.way(without(held + takes, gives), depth - 1))
        if kind == Kind.CHOOSE:
            return self.choose(held, depth)
        return self.tables.step(Kind.TRAVEL, next=self.way(held, depth - 1), work=self.work())

    def ask(self, held: Held, depth: int) -> int:
        """An ASK with a way on for each of its exits; half of them are plain."""
        random, plain = self.random, self.random.random() < 0.5
        queue = random.randrange(len(self.tables.queues))
        ways = []
        for _ in range(1 if plain else random.randint(1, 2)):
            needs = self.some(self.others(held), 1 if plain else 2) or self.others(held)[:1]
            gives = self.some(held, 2)
            ways.append(
                Way(
                    needs=needs,
                    gives=gives,
                    next=self.way(without(held + needs, gives), depth - 1 - len(ways)),
                    empty_queue=-1 if plain or random.random() < 0.7 else random.randrange(len(self.tables.queues)),
                    fits=-1 if plain or random.random() < 0.7 else self.work(),
                )
            )
        out = {} if plain else self.way_out(held, depth)
        if self.tables.queues[queue]["discipline"] == Discipline.EXPIRY:
            out["key"] = self.work()
        files = self.tables.queues[queue]["file_to"] - self.tables.queues[queue]["file_from"]
        return self.tables.ask(queue, ways, file=random.randrange(files), stamp=self.stamp(), **out)

    def way_out(self, held: Held, depth: int) -> dict[str, int]:
        """Where else a truck may go from an ASK, at once or when its patience ends."""
        columns = {"exit": self.stamp()}
        if self.random.random() < 0.2:
            columns["otherwise"] = self.way(held, depth - 3)
        elif self.random.random() < 0.6:
            columns |= {"impatient": self.way(held, depth - 2), "work": self.work()}
            columns["from_arrival"] = self.random.randint(0, 1)
        return columns

    def choose(self, held: Held, depth: int) -> int:
        """A CHOOSE between two ways on."""
        rule = self.random.choice(list(Rule))
        forks = [
            Fork(
                next=self.way(held, depth - 2),
                used=self.resources(2),
                waiting=self.all_queues(2),
                base=self.random.choice((0, 0, 3)),
                each=self.random.choice((1, 1, 2)),
            )
            for _ in range(2)
        ]
        draw = {"work": self.work()} if rule != Rule.FLAG and self.random.random() < 0.7 else {}
        return self.tables.choose(rule, forks, threshold=self.random.randint(0, 3), exit=self.stamp(),
                                  flag=self.random.randint(0, 1), **draw)  # fmt: skip


def without(units: Held, gone: Held) -> Held:
    """The units that are left."""
    return tuple(unit for unit in units if unit not in gone)
