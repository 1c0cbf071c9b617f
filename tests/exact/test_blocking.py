"""Finite places: who stands where, what it keeps, what is granted together."""

import pytest

THREE = """
stations:
  s1: {servers: 1, service: 1 min}
  s2: {servers: 1, waiting_places: 0, service: 1 min}
  s3: {servers: 1, waiting_places: 0, service: 1 min}
routes: {trucks: [{at: s1}, {at: s2}, {at: s3}]}
"""


def test_two_booths_clear_four_trucks(tell):
    """A has the first booth until 10; b the second until 4, then c until 9, then d until 12."""
    body = "stations: {gate: {servers: 2, service: 1 min}}\nroutes: {trucks: [{at: gate}]}\n"
    story = tell(body, trucks="truck arrived gate\n a 0 10\n b 0 4\n c 1 5\n d 2 3")
    assert story.stamps("gate") == {"a": 0, "b": 0, "c": 4, "d": 9}
    assert story.stamps("gate", "left") == {"a": 10, "b": 4, "c": 9, "d": 12}


def test_blocking_after_service_reaches_back_over_three_stations(tell):
    """Services 1, 2, 10 minutes, nobody may wait between. Three trucks at 0.

    a: s1 0-1, s2 1-3, s3 3-13. b: served at s1 by 2, leaves it at 3; served at s2 by 5, leaves it at 13; s3 13-23.
    c: s1 3-4, leaves it at 13; s2 13-15, leaves it at 23; s3 23-33.
    """
    story = tell(THREE, trucks="truck arrived s1 s2 s3\n a 0 1 2 10\n b 0 1 2 10\n c 0 1 2 10")
    assert story.stamps("s1") == {"a": 0, "b": 1, "c": 3}
    assert story.stamps("s1", "ended") == {"a": 1, "b": 2, "c": 4}
    assert story.stamps("s1", "left") == {"a": 1, "b": 3, "c": 13}
    assert story.stamps("s2", "left") == {"a": 3, "b": 13, "c": 23}
    assert story.stamps("s3") == {"a": 3, "b": 13, "c": 23}
    assert story.stamps("s3", "left") == {"a": 13, "b": 23, "c": 33}


def test_blocked_trucks_enter_in_the_order_of_their_blocking_not_of_their_arrival(tell):
    """Two servers at s1. b, which came later, is done first (2) and enters s2 at 10 before a (done at 3)."""
    body = """
stations:
  s1: {servers: 3, service: 1 min}
  s2: {servers: 1, waiting_places: 0, service: 1 min}
routes: {trucks: [{at: s1}, {at: s2}]}
"""
    story = tell(body, trucks="truck arrived s1 s2\n x 0 0 10\n a 0 3 5\n b 1 1 5")
    assert story.stamps("s2") == {"a": 15, "b": 10, "x": 0}
    assert story.stamps("s1", "left") == {"a": 15, "b": 10, "x": 0}


def test_entry_by_class_lets_the_first_class_in_first(tell):
    """Other is blocked at 1, fruit at 2; at 10 the place goes to fruit where entry is by class."""
    body = """
stations:
  s1: {servers: 3, service: 1 min}
  s2: {servers: 1, places: 1, service: 1 min, discipline: [fruit, other], entry: ENTRY}
routes: {trucks: [{at: s1}, {at: s2}]}
cargoes: {fruit: {}, other: {}}
"""
    trucks = "truck cargo arrived s1 s2\n x other 0 0 10\n a other 0 1 5\n b fruit 0 2 5"
    assert tell(body.replace("ENTRY", "by-class"), trucks=trucks).stamps("s2") == {"a": 15, "b": 10, "x": 0}
    assert tell(body.replace("ENTRY", "first-come"), trucks=trucks).stamps("s2") == {"a": 10, "b": 15, "x": 0}


def test_a_place_is_held_over_stations_until_the_gate_calls(tell):
    """A park of two places with a desk (5 minutes), one truck called at a time, 10 minutes to the booth, 5 there.

    a: desk 0-5, called at 5, booth 15-20. b: desk 5-10, keeps its park place until it is called at 20, booth 30-35.
    c finds the park full until a is called at 5: desk 10-15, called at 35. d enters the park at 20.
    """
    body = """
stations:
  park/yard: {places: 2}
  park/desk: {servers: 1, service: 5 min}
  gate/called: {places: 1}
  gate/booth: {servers: 1, service: 5 min}
routes:
  trucks:
    - {in: park/yard, do: [{at: park/desk}]}
    - {in: gate/called, do: [{travel: 10 min}, {at: gate/booth}]}
"""
    story = tell(body, trucks="truck arrived\n a 0\n b 0\n c 0\n d 0")
    assert story.stamps("park/yard", "entered") == {"a": 0, "b": 0, "c": 5, "d": 20}
    assert story.stamps("park/desk") == {"a": 0, "b": 5, "c": 10, "d": 20}
    assert story.stamps("park/yard", "left") == {"a": 5, "b": 20, "c": 35, "d": 50}
    assert story.stamps("gate/booth") == {"a": 15, "b": 30, "c": 45, "d": 60}
    assert story.stamps("gate/called", "left") == {"a": 20, "b": 35, "c": 50, "d": 65}


@pytest.mark.parametrize(
    ("needs", "lane", "far"),
    [
        ("needs: [far/yard], ", {"a": (0, 2), "b": (12, 14)}, {"a": 2, "b": 14}),
        ("", {"a": (0, 2), "b": (2, 12)}, {"a": 2, "b": 12}),
    ],
)
def test_a_lane_is_granted_with_a_place_beyond_or_not_at_all(tell, needs, lane, far):
    """One lane (2 minutes), one place beyond, held for 10.

    Together: b gets the lane at 12, when a gives up its place; the lane is free for others meanwhile.
    One by one: b drives at 2 and stands on the lane until 12.
    """
    body = f"""
stations:
  gate/lane: {{servers: 1, service: 2 min}}
  far/yard: {{places: 1, side: far}}
  far/unload: {{servers: unlimited, service: 10 min}}
routes: {{trucks: [{{at: gate/lane, {needs}crosses: true}}, {{in: far/yard, do: [{{at: far/unload}}]}}]}}
"""
    story = tell(body, trucks="truck arrived\n a 0\n b 0")
    started, left = story.stamps("gate/lane"), story.stamps("gate/lane", "left")
    assert {name: (started[name], left[name]) for name in started} == lane
    assert story.stamps("far/yard", "entered") == far
    assert story.outcomes() == {name: ("crossed", at) for name, (_, at) in lane.items()}


def test_empties_return_over_the_lane_they_came_by(tell):
    """One lane for both ways (5 minutes), two places beyond, 10 minutes to unload.

    a: out 0-5, unloads 5-15, back 15-20 before c, which stands there since 0 but needs a place beyond: there is one
    when a has the lane. b: out 5-10, unloads 10-20. At 20 c goes first, out 20-25; b back 25-30; c back 35-40.
    """
    body = """
stations:
  gate/lane: {servers: 1, service: 5 min, waiting_places: 0}
  far/yard: {places: 2, side: far}
  far/unload: {servers: unlimited, service: 10 min}
routes:
  trucks:
    - {at: gate/lane, needs: [far/yard], crosses: true}
    - {in: far/yard, do: [{at: far/unload}]}
    - {at: gate/lane}
"""
    story = tell(body, trucks="truck arrived\n a 0\n b 0\n c 0")
    assert story.stamps("gate/lane") == {"a": [0, 15], "b": [5, 25], "c": [20, 35]}
    assert story.stamps("far/yard", "left") == {"a": 15, "b": 25, "c": 35}
    assert story.outcomes() == {"a": ("crossed", 5), "b": ("crossed", 10), "c": ("crossed", 25)}
    assert story.deadlock() is None


def test_who_finds_no_place_turns_back(tell):
    """One booth of 10 minutes, one truck may wait. c finds both taken at 2; d comes at 11, when b has started."""
    body = """
stations: {gate: {servers: 1, service: 10 min, waiting_places: 1, when_full: turn_away}}
routes: {trucks: [{at: gate}]}
"""
    story = tell(body, trucks="truck arrived\n a 0\n b 1\n c 2\n d 11")
    assert story.stamps("gate") == {"a": 0, "b": 10, "c": None, "d": 20}
    assert story.outcomes() == {
        "a": ("crossed", 10),
        "b": ("crossed", 20),
        "c": ("turned_back", 2),
        "d": ("crossed", 30),
    }


def test_who_finds_no_place_takes_another_route(tell):
    """As above, but c goes on to a second gate at 2."""
    body = """
stations:
  gate: {servers: 1, service: 10 min, waiting_places: 1, when_full: divert, divert_to: other}
  second: {servers: 1, service: 5 min}
routes: {trucks: [{at: gate}], other: [{travel: 3 min}, {at: second}]}
"""
    story = tell(body, trucks="truck arrived\n a 0\n b 1\n c 2\n d 11")
    assert story.stamps("second") == {"c": 5}
    assert story.outcomes() == {"a": ("crossed", 10), "b": ("crossed", 20), "c": ("crossed", 10), "d": ("crossed", 30)}


@pytest.mark.parametrize(("one_file", "entered", "b"), [("true", 60, 60), ("false", 2, 2)])
def test_a_blocked_head_blocks_a_road_of_one_file_only(tell, one_file, entered, b):
    """A road for two trucks to two gates where nobody may wait. Gate a is taken until 60.

    a2 stands at its end from 1. One file: b1 (from 2) is stuck behind it until 60, and c, for gate b, finds the road
    full until then. Separated: b1 passes at once.
    """
    body = f"""
stations:
  road: {{length: 40 m, spacing: 20 m, one_file: {one_file}}}
  gate/a: {{servers: 1, service: 1 min, waiting_places: 0}}
  gate/b: {{servers: 2, service: 30 min, waiting_places: 0}}
routes:
  to-a: [{{in: road}}, {{at: gate/a}}]
  to-b: [{{in: road}}, {{at: gate/b}}]
"""
    story = tell(body, **{"to-a": "truck arrived gate/a\n a1 0 60\n a2 1 60", "to-b": "truck arrived\n b1 2\n c 3"})
    assert story.stamps("gate/a") == {"a1": 0, "a2": 60}
    assert story.stamps("gate/b")["b1"] == b
    assert story.stamps("road", "entered") == {"a1": 0, "a2": 1, "b1": 2, "c": max(entered, 3)}


def test_a_ring_of_full_yards_is_a_deadlock_named_by_its_stations(tell):
    """A holds the one place of the east and wants the west again; b the other way round: for ever, since minute 10."""
    body = """
stations: {west: {places: 1}, east: {places: 1}}
routes: {trucks: [{in: west, do: [{travel: 5 min}]}, {in: east, do: [{travel: 5 min}]}, {in: west}]}
"""
    story = tell(body, trucks="truck arrived\n a 0\n b 1")
    assert story.stamps("west", "entered") == {"a": [0, None], "b": 5}
    assert story.stamps("east", "entered") == {"a": 5, "b": None}
    stuck = story.deadlock()
    assert stuck.stations == ("west", "east")
    assert stuck.since == 10 * 60_000


def test_two_places_more_end_the_deadlock(tell):
    body = """
stations: {west: {places: 2}, east: {places: 1}}
routes: {trucks: [{in: west, do: [{travel: 5 min}]}, {in: east, do: [{travel: 5 min}]}, {in: west}]}
"""
    story = tell(body, trucks="truck arrived\n a 0\n b 1")
    assert story.stamps("west", "left") == {"a": [5, 10], "b": [10, 15]}
    assert story.deadlock() is None


def test_a_truck_sent_round_again_leaves_its_server_and_joins_behind_those_that_wait(tell):
    """One desk, 5 minutes, nobody may wait there, everybody twice. a 0-5, b 5-10, then a 10-15 and b 15-20."""
    body = """
stations: {desk: {servers: 1, waiting_places: 0, service: 5 min}}
routes: {trucks: [{at: desk}, {at: desk}]}
"""
    story = tell(body, trucks="truck arrived\n a 0\n b 0")
    assert story.stamps("desk") == {"a": [0, 10], "b": [5, 15]}
    assert story.stamps("desk", "left") == {"a": [5, 15], "b": [10, 20]}


def test_a_truck_that_goes_on_to_the_yard_it_stands_in_keeps_its_place(tell):
    """A yard for one. a is served at one desk 0-5 and at the next 5-10 without leaving; b comes in at 10."""
    body = """
stations:
  yard: {places: 1}
  first: {servers: 1, service: 5 min}
  next: {servers: 1, service: 5 min}
routes: {trucks: [{in: yard, do: [{at: first}]}, {in: yard, do: [{at: next}]}]}
"""
    story = tell(body, trucks="truck arrived\n a 0\n b 1")
    assert story.stamps("yard", "entered") == {"a": [0, 5], "b": [10, 15]}
    assert story.stamps("yard", "left") == {"a": [5, 10], "b": [15, 20]}
    assert story.stamps("first") == {"a": 0, "b": 10}


@pytest.mark.parametrize("closing", ["finish", "pause", "handover", "fits"])
def test_two_servers_that_are_kept_while_blocked_serve_trucks_again(tell, closing):
    """Two desks keep who is served; the second round begins at 5 for both, under every closing rule."""
    body = f"""
stations: {{desk: {{servers: 2, waiting_places: 0, service: 5 min, when_blocked: keeps-server, closing: {closing}}}}}
routes: {{trucks: [{{at: desk}}, {{at: desk}}]}}
"""
    story = tell(body, trucks="truck arrived\n a 0\n b 0")
    assert story.stamps("desk") == {"a": [0, 5], "b": [0, 5]}
    assert story.outcomes() == {"a": ("crossed", 10), "b": ("crossed", 10)}


def test_what_is_granted_ahead_twice_is_asked_for_once(tell):
    """Two lanes in a row that need the same place beyond: it is promised with the first and kept for the second."""
    body = """
stations:
  one: {servers: 1, service: 2 min}
  two: {servers: 1, service: 2 min}
  beyond: {places: 1}
  unload: {servers: unlimited, service: 10 min}
routes: {trucks: [{at: one, needs: [beyond]}, {at: two, needs: [beyond]}, {in: beyond, do: [{at: unload}]}]}
"""
    story = tell(body, trucks="truck arrived\n a 0\n b 0")
    assert story.stamps("one") == {"a": 0, "b": 14}
    assert story.stamps("beyond", "left") == {"a": 14, "b": 28}
