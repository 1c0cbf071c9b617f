"""Who is served next: priority, reserved lanes, ageing, weighted cycle, earliest expiry."""

import pytest

CARGOES = "cargoes: {fruit: {class: perishable}, other: {class: general}}\n"
ROUTE = "routes: {trucks: [gate]}\n"


def gate(service, rest):
    return f"{CARGOES}stations: {{gate: {{servers: 1, service: {service}, {rest}}}}}\n{ROUTE}"


def test_priority_takes_the_class_named_first_and_interrupts_nobody(tell):
    """Fruit c comes while a is served until 10; it goes before b, which came earlier. Named by class, not by cargo."""
    story = tell(gate("10 min", "discipline: [perishable, general]"), trucks="a other 0\n b other 1\n c fruit 5")
    assert story.stamps("gate") == {"a": 0, "b": 20, "c": 10}


def test_a_class_that_is_not_named_comes_last(tell):
    story = tell(gate("10 min", "discipline: [fruit]"), trucks="a fruit 0\n b other 1\n c fruit 5")
    assert story.stamps("gate") == {"a": 0, "b": 20, "c": 10}


@pytest.mark.parametrize(("open_to_others", "started"), [
    ("false", {"a": 0, "b": 10, "c": 20, "d": 12}), ("true", {"a": 0, "b": 0, "c": 10, "d": 12}),
])  # fmt: skip
def test_a_lane_kept_for_perishables(tell, open_to_others, started):
    """Three others at 0 and fruit d at 12, two lanes of 10 minutes, one of them kept.

    Kept empty, the others follow each other on one lane, and d finds its own. Open to them while no fruit waits, b has
    it until 10; c takes the general lane at 10, the one kept is idle at 12.
    """
    body = (
        CARGOES
        + f"""
stations:
  gate: {{servers: 2, service: 10 min, discipline: [perishable],
         reserved: {{servers: 1, classes: [perishable], others_when_empty: {open_to_others}}}}}
"""
        + ROUTE
    )
    assert tell(body, trucks="a other 0\n b other 0\n c other 0\n d fruit 12").stamps("gate") == started


def test_a_head_start_of_15_minutes(tell):
    """Others b at 1, fruit c at 12 (as if at -3) and d at 18 (as if at 3), 30 minutes each: c, then b, then d."""
    story = tell(
        gate("30 min", "discipline: {ageing: {fruit: {head_start: 15 min}}}"),
        trucks="a other 0\n b other 1\n c fruit 12\n d fruit 18",
    )
    assert story.stamps("gate") == {"a": 0, "b": 60, "c": 30, "d": 90}


def test_a_wait_that_counts_double(tell):
    """At 30 b has waited 29, fruit c 18 x 2 = 36: c. At 60 b has waited 59, fruit d 20 x 2 = 40: b."""
    story = tell(
        gate("30 min", "discipline: {ageing: {fruit: {slope: 2}}}"),
        trucks="a other 0\n b other 1\n c fruit 12\n d fruit 40",
    )
    assert story.stamps("gate") == {"a": 0, "b": 60, "c": 30, "d": 90}


def test_two_fruits_then_one_other_and_empty_turns_are_skipped(tell):
    """a, an other, is alone at 0: the two turns of fruit are skipped. Then b and c, then an other (e), then fruit d.

    Fruit has no truck left for its second turn, so f follows at 50.
    """
    story = tell(
        gate("10 min", "discipline: {cycle: [fruit, fruit, other]}"),
        trucks="a other 0\n b fruit 1\n c fruit 2\n d fruit 3\n e other 4\n f other 5",
    )
    assert story.stamps("gate") == {"a": 0, "b": 10, "c": 20, "d": 40, "e": 30, "f": 50}


def test_weights_1_1_1_5(tell):
    """Four classes, five turns of fruit to one of each other. All stand there when the first is taken."""
    body = """
cargoes: {rice: {}, wood: {}, cars: {}, fruit: {}, other: {}}
stations:
  gate: {servers: 1, service: 1 min, discipline: {cycle: [rice, wood, cars, fruit, fruit, fruit, fruit, fruit]}}
routes: {trucks: [gate]}
"""
    numbers = {"fruit": 10, "cars": 2, "rice": 2, "wood": 2}
    trucks = [f"{cargo[0]}{k} {cargo} 0" for cargo, n in numbers.items() for k in range(n)]
    started = tell(body, trucks="\n".join(trucks)).stamps("gate")
    order = "".join(name[0] for name, _ in sorted(started.items(), key=lambda entry: entry[1]))
    assert order == "rwcfffff" * 2


def test_what_spoils_first_goes_first(tell):
    """Shelf lives of 1 and 5 hours, and what does not spoil.

    Truck c (until 62) before b (until 301) before d; e, which comes at 50 and keeps until 110, passes b as well.
    """
    body = """
cargoes: {ripe: {shelf_life: 1 h}, green: {shelf_life: 5 h}, other: {}}
stations: {gate: {servers: 1, service: 30 min, discipline: earliest-expiry}}
routes: {trucks: [gate]}
"""
    story = tell(body, trucks="a other 0\n b green 1\n c ripe 2\n d other 3\n e ripe 50")
    assert story.stamps("gate") == {"a": 0, "b": 90, "c": 30, "d": 120, "e": 60}
