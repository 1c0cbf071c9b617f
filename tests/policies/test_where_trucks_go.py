"""Where trucks go: call-forward, the park rule, diversion, booking, turning back, patience, stops and other routes."""

import pytest

CARGOES = "cargoes: {fruit: {}, other: {}}\n"


@pytest.mark.parametrize(("places", "started"), [(1, [20, 50, 80]), (2, [20, 30, 50]), (3, [20, 30, 40])])
def test_call_forward_by_the_target_of_the_yard(tell, places, started):
    """A drive of 20 minutes, then 10 of service; the next is called when one leaves the gate.

    One place: each is called when the last is done (20-30, 50-60, 80-90). Two: c is called at 30 and there at 50.
    Three are called at 0, and c follows b.
    """
    body = f"""
stations: {{park: {{places: unlimited}}, called: {{places: {places}}}, gate: {{servers: 1, service: 10 min}}}}
routes: {{trucks: [{{in: park}}, {{in: called, do: [{{travel: 20 min}}, gate]}}]}}
"""
    story = tell(body, trucks="a other 0\n b other 0\n c other 0")
    assert list(story.stamps("gate").values()) == started


PARK_RULE = """
stations:
  road: {places: unlimited}
  park: {servers: unlimited, service: 5 min}
  gate: {servers: 1, service: 10 min}
routes: {trucks: [{unless: road, reaches: 2%s, do: [{in: road}], otherwise: [park]}, gate]}
"""


def test_the_park_rule_holds_until_the_road_is_empty(tell):
    """Two, b and c, stand on the road from 2 on: d goes through the park.

    At 11 only c stands there, but the rule holds, and e too goes through the park; at 20 c has left, and f takes the
    road at 21.
    """
    trucks = "a other 0\n b other 1\n c other 2\n d other 3\n e other 11\n f other 21"
    story = tell(PARK_RULE % ", until: 0", trucks=trucks)
    assert story.stamps("park") == {"d": 3, "e": 11}
    assert story.stamps("gate") == {"a": 0, "b": 10, "c": 20, "d": 30, "e": 40, "f": 50}


def test_without_hysteresis_the_park_rule_ends_with_the_count(tell):
    trucks = "a other 0\n b other 1\n c other 2\n d other 3\n e other 11\n f other 21"
    assert tell(PARK_RULE % "", trucks=trucks).stamps("park") == {"d": 3}


def test_trucks_that_nobody_serves_count_too_and_may_be_there_at_the_end(tell):
    """Papers take 100 hours, longer than the run: two trucks are at it, so c goes east."""
    body = """
stations: {papers: {servers: unlimited, service: 100 h}, east: {servers: 1, service: 5 min}}
routes: {trucks: [{unless: papers, reaches: 2, do: [papers], otherwise: [east]}]}
"""
    story = tell(body, trucks="a other 0\n b other 1\n c other 2")
    assert story.stamps("papers") == {"a": 0, "b": 1}
    assert story.stamps("east") == {"c": 2}


SHOWN = """
stations: {west: {servers: 1, service: 10 min}, east: {servers: 1, service: 10 min}}
routes:
  trucks:
    - complies: %s
      fewest: [{each: 10 min, do: [west]}, {each: 10 min, base: 15 min, do: [east]}]
"""


def test_the_shorter_shown_wait_is_chosen(tell):
    """West shows 0, 10, 20 minutes to a, b, c; east 15 with its longer drive, so c goes east; then 20 against 25."""
    story = tell(SHOWN % "100 %", trucks="a other 0\n b other 1\n c other 2\n d other 3")
    assert story.stamps("west") == {"a": 0, "b": 10, "d": 20}
    assert story.stamps("east") == {"c": 2}


def test_nobody_who_does_not_comply_diverts(tell):
    assert tell(SHOWN % "0 %", trucks="a other 0\n b other 1\n c other 2\n d other 3").stamps("east") == {}


def test_the_same_third_complies_whatever_the_gates_do(tell):
    """Of 300 trucks 30 % comply, standard error 2.6 %, within 3; who does is the same with a quicker gate."""
    trucks = "\n".join(f"t{k:03} other {k}" for k in range(300))
    body = (SHOWN % "30 %").replace("base: 15", "base: 0")
    slow = set(tell(body, trucks=trucks).stamps("east"))
    quick = set(tell(body.replace("service: 10", "service: 9"), trucks=trucks).stamps("east"))
    assert 0 < len(slow) <= 300 * (0.3 + 3 * 0.026)
    # beyond the first minutes the west is so long that everyone who complies goes east
    assert {name for name in slow ^ quick if name > "t050"} == set()


def test_booked_slots_spread_a_rush(tell):
    """Six want to come at 0; two a slot of 30 minutes: 0, 0, 30, 30, 60, 60, served as they come."""
    body = "stations: {gate: {servers: 1, service: 10 min}}\nroutes: {trucks: [gate]}\n"
    trucks = "\n".join(f"{name} other 0" for name in "abcdef")
    story = tell(body, keys=", booking: {slots: 30 min, quota: 2}", trucks=trucks)
    assert list(story.stamps("gate").values()) == [0, 10, 30, 40, 60, 70]


WORTH = "cargoes: {fruit: {decay: {0 h: 0 %, 100 min: 100 %}, turns_back: {when_loss_exceeds: 45 %}}, other: {}}\n"


def test_fruit_turns_back_when_45_percent_are_lost(tell):
    """45 minutes and a millisecond after its arrival. a 0-30, b 30-60; c would start at 60, d may wait until 65."""
    body = WORTH + "stations: {gate: {servers: 1, service: 30 min}}\nroutes: {trucks: [gate]}\n"
    story = tell(body, trucks="a fruit 0\n b fruit 0\n c fruit 0\n d fruit 20\n e other 21")
    assert story.stamps("gate") == {"a": 0, "b": 30, "c": None, "d": 60, "e": 90}
    assert story.outcomes()["c"] == ("turned_back", pytest.approx(45 + 1 / 60_000))


def test_what_counts_is_the_time_since_arrival_not_since_standing(tell):
    """After a desk of 20 minutes b stands from 20 on and would start at 60; its 45 minutes are over before that."""
    body = (
        WORTH
        + """
stations: {desk: {servers: unlimited, service: 20 min}, gate: {servers: 1, service: 40 min}}
routes: {trucks: [desk, gate]}
"""
    )
    story = tell(body, trucks="a fruit 0\n b fruit 0")
    assert story.stamps("gate") == {"a": 20, "b": None}
    assert story.outcomes()["b"] == ("turned_back", pytest.approx(45 + 1 / 60_000))


def test_the_wait_for_a_place_counts_and_the_wait_beyond_the_border_does_not(tell):
    """Truck a holds the one place of the yard until 60: b, which came at 10, turns back from before it at 55.

    a finds the lane free at 60, and beyond the border it waits for the buyer until c is done at 130.
    """
    body = (
        WORTH
        + """
stations:
  yard: {places: 1}
  lane: {servers: 1, service: 5 min}
  buyer: {side: far, servers: 1, service: 100 min}
routes:
  trucks: [{in: yard, do: [{travel: 60 min}]}, {at: lane, crosses: true}, buyer]
  others: [buyer]
"""
    )
    story = tell(body, trucks="a fruit 0\n b fruit 10", others="c other 30")
    assert story.stamps("buyer") == {"a": 130, "c": 30}
    assert story.outcomes()["b"] == ("turned_back", pytest.approx(55 + 1 / 60_000))


def test_patience_is_counted_from_when_it_stands(tell):
    """20 minutes: b gives up at 21, c is served after 15."""
    body = "stations: {gate: {servers: 1, service: 30 min}}\nroutes: {trucks: [{at: gate, patience: 20 min}]}\n"
    story = tell(body, trucks="a other 0\n b other 1\n c other 15")
    assert story.stamps("gate") == {"a": 0, "b": None, "c": 30}
    assert story.outcomes()["b"] == ("turned_back", 21)


def test_a_stop_of_intake_and_another_route_by_order(tell):
    """Fruit is stopped from 08:10 to 08:20, others are sent east from 08:15 on."""
    body = (
        CARGOES
        + """
stations: {west: {servers: 1, service: 1 min}, east: {servers: 1, service: 1 min}}
routes: {trucks: [west], eastward: [east]}
orders:
  no-fruit: {cargo: fruit, from: 10 min, to: 20 min, intake: turn-back}
  eastward: {cargo: other, from: 15 min, reroute: eastward}
"""
    )
    story = tell(body, trucks="a fruit 5\n b fruit 10\n c other 12\n d other 16\n e fruit 20")
    assert story.stamps("west") == {"a": 5, "c": 12, "e": 20}
    assert story.stamps("east") == {"d": 16}
    assert story.outcomes()["b"] == ("turned_back", 10)
