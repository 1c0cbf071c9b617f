"""Random routes of every step there is; a block is held only inside blocks of stations named before it."""

from random import Random
from typing import Any

from .whole_laws import law, some

Json = dict[str, Any]
SERVED = ("desk", "north/check", "north/lane", "south/lane")
HELD = ("road", "north/yard", "pool")  # in the order in which they may be held
CLASSES = ("fresh", "other", "empties")


def route(random: Random, has_patience: bool) -> list[Json]:
    last: Json = {"at": random.choice(("north/lane", "south/lane")), "crosses": True}
    end = [last | {"needs": ["north/beyond"]}, {"at": "north/beyond"}] if random.random() < 0.4 else [last]
    return [*_steps(random, 0, has_patience, depth=2), *end]


def _steps(random: Random, held: int, has_patience: bool, *, depth: int) -> list[Json]:
    """Steps inside `held` blocks, the first so many of HELD or some of them."""
    return [_step(random, held, has_patience, depth) for _ in range(random.randint(1, 2))]


def _step(random: Random, held: int, has_patience: bool, depth: int) -> Json:
    if depth == 0 or random.random() < 0.4:
        return _plain(random, has_patience)
    if held < len(HELD) and random.random() < 0.45:
        return _block(random, held, has_patience, depth)
    a, b = (_steps(random, held, has_patience, depth=depth - 1) for _ in range(2))
    share = random.choice((0.25, "50 %"))
    routing = {"desk": {"desk": 0.1, "north/check": 0.4}, "north/check": {"desk": 0.2}}
    left = random.choice(("crossed", "turned_back", "diverted"))
    until = random.choice(({}, {"until": 1}))
    return random.choice((
        {"one_of": [{"share": 0.5, "do": a}, {"share": "50 %", "do": b}]},
        {"complies": share, "fewest": [{"each": "3 min", "base": "10 min", "do": a}, {"each": "5 min", "do": b}]},
        {"fewest": [{"do": [{"at": "desk"}]}, {"do": [{"at": "north/check"}]}]},
        {"unless": random.choice(SERVED), "reaches": 3, "complies": share, "do": a, "otherwise": b} | until,
        {"repeat": share, "do": a, "at_most": 3},
        {"share": share, "do": a},
        {"only": [random.choice(CLASSES)], "do": a},
        {"only": ["empties"], "do": [{"leave": left, "reason": "said"}]},
        {"start": "desk", "routing": routing, "at_most": 20},
    ))  # fmt: skip


def _block(random: Random, held: int, has_patience: bool, depth: int) -> Json:
    """A place held over some steps, at times given up before the last."""
    block = random.randrange(held, len(HELD))
    inner = _steps(random, block + 1, has_patience, depth=depth - 1)
    if random.random() < 0.3:
        inner = [*inner, {"release": [HELD[block]]}, {"travel": "5 min"}]
    more: Json = {"needs": [HELD[block + 1]]} if block == 0 and random.random() < 0.3 else {}
    return {"in": HELD[block], "do": inner} | more


def _plain(random: Random, has_patience: bool) -> Json:
    if random.random() < 0.2:
        return {"travel": law(random)}
    optional: Json = {"only": ["fresh", "other"], "share": 0.5, "service": law(random)}
    if has_patience:
        optional["patience"] = law(random)
    return {"at": random.choice(SERVED)} | some(random, optional, 0.25)
