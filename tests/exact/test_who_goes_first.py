"""Who is served next, on which lane, by which way."""

import pytest

CARGOES = "cargoes: {fruit: {}, other: {}}\n"
ONE_SERVER = """
stations: {gate: {servers: 1, service: 10 min, discipline: [fruit, other]}}
routes: {trucks: [{at: gate}]}
"""


def test_class_priority_does_not_interrupt(tell):
    """The first other is finished at 10; then fruit, which came last, then the second other."""
    body = CARGOES + ONE_SERVER
    trucks = "truck cargo arrived\n a other 0\n b other 1\n c fruit 2"
    assert tell(body, trucks=trucks).stamps("gate") == {"a": 0, "b": 20, "c": 10}


def test_first_come_within_a_class_and_in_listed_order_at_one_instant(tell):
    body = CARGOES + ONE_SERVER
    trucks = "truck cargo arrived\n a other 0\n b fruit 5\n c fruit 5\n d other 5\n e other 3"
    assert tell(body, trucks=trucks).stamps("gate") == {"a": 0, "b": 10, "c": 20, "d": 40, "e": 30}


@pytest.mark.parametrize(
    ("may", "started"), [("false", {"a": 0, "b": 10, "c": 1}), ("true", {"a": 0, "b": 0, "c": 10})]
)
def test_a_lane_kept_for_fruit_may_or_may_not_be_used_by_others(tell, may, started):
    """Two lanes, one kept for fruit; two others at 0, fruit at 1, 10 minutes each.

    Kept empty: the second other waits for the general lane, fruit finds its own. Open to others: both lanes are
    taken at 0, and fruit gets the first that comes free.
    """
    body = (
        CARGOES
        + f"""
stations: {{gate: {{servers: 2, service: 10 min, discipline: [fruit, other],
                   reserved: {{servers: 1, classes: [fruit], others_when_empty: {may}}}}}}}
routes: {{trucks: [{{at: gate}}]}}
"""
    )
    trucks = "truck cargo arrived\n a other 0\n b other 0\n c fruit 1"
    assert tell(body, trucks=trucks).stamps("gate") == started


def test_service_times_by_class_on_several_servers(tell):
    """Fruit takes 4 minutes, others 10. Two servers: a 0-10, b 0-4, then fruit d 4-8, then c 8-18."""
    body = (
        CARGOES
        + """
stations: {gate: {servers: 2, service_for: {fruit: 4 min, other: 10 min}, discipline: [fruit, other]}}
routes: {trucks: [{at: gate}]}
"""
    )
    trucks = "truck cargo arrived\n a other 0\n b fruit 0\n c other 1\n d fruit 2"
    story = tell(body, trucks=trucks)
    assert story.stamps("gate") == {"a": 0, "b": 0, "c": 8, "d": 4}
    assert story.stamps("gate", "left") == {"a": 10, "b": 4, "c": 18, "d": 8}


def test_a_convoy_arrives_together(tell):
    """Three trucks each hour on the hour, one server of 10 minutes."""
    body = """
stations: {gate: {servers: 1, service: 10 min}}
routes: {trucks: [{at: gate}]}
flows: {trucks: {every: 60 min, convoy: 3}}
"""
    started = tell(body).stamps("gate")
    assert [started[f"trucks-{k}"] for k in range(1, 7)] == [0, 10, 20, 60, 70, 80]


def test_the_shorter_gate_and_the_threshold_count_what_is_there(tell):
    """The west gate is joined unless two trucks are there: c goes east at 2. At 11 one has left, and d goes west."""
    body = """
stations: {west: {servers: 1, service: 10 min}, east: {servers: 1, service: 10 min}}
routes: {trucks: [{unless: west, reaches: 2, do: [{at: west}], otherwise: [{at: east}]}]}
"""
    story = tell(body, trucks="truck arrived\n a 0\n b 1\n c 2\n d 11")
    assert story.stamps("west") == {"a": 0, "b": 10, "d": 20}
    assert story.stamps("east") == {"c": 2}


def test_the_fewest_are_joined(tell):
    """The west holds a, so b goes east; at 12 the west is empty (a left at 10) and the east holds b until 21."""
    body = """
stations: {west: {servers: 1, service: 10 min}, east: {servers: 1, service: 20 min}}
routes: {first: [{at: west}], trucks: [{fewest: [{do: [{at: west}]}, {do: [{at: east}]}]}]}
"""
    story = tell(body, first="truck arrived\n a 0", trucks="truck arrived\n b 1\n c 12")
    assert story.stamps("west") == {"a": 0, "c": 12}
    assert story.stamps("east") == {"b": 1}


def test_shares_and_repeats_are_drawn_whole(tell):
    """Rounds and inspections do not change when the gate has other servers; rounds keep their bound."""
    body = """
stations: {gate: {servers: SERVERS, service: 7 min}, inspection: {servers: 2, service: 30 min}}
routes: {trucks: [{repeat: 60 %, do: [{at: gate}], at_most: 3}, {at: inspection, share: 40 %}]}
flows: {trucks: {every: 5 min}}
"""
    slow, quick = (tell(body.replace("SERVERS", str(n))).lives.plan for n in (1, 9))
    assert (slow.trucks.program == quick.trucks.program).all()
    rounds = [
        sum(slow.network.layout.stations[v.station] == "gate" for v in p.visits) for p in slow.network.layout.programs
    ]
    assert set(rounds) == {1, 2, 3}
    drawn = [rounds[p] for p in slow.trucks.program]
    # 576 trucks; P(1 round) = 0.4, P(2) = 0.24, P(3) = 0.36; standard errors 0.020, 0.018, 0.020; within 4
    for k, share in ((1, 0.4), (2, 0.24), (3, 0.36)):
        assert abs(drawn.count(k) / len(drawn) - share) < 4 * (share * (1 - share) / len(drawn)) ** 0.5


def test_zero_work_and_ties_keep_the_listed_order(tell):
    """Trucks of no work at one instant pass one after the other in listed order, all at minute 5."""
    body = """
stations: {gate: {servers: 1, service: 1 min}, lane: {servers: 1, service: 1 min}}
routes: {trucks: [{at: gate}, {at: lane}]}
"""
    story = tell(body, trucks="truck arrived gate lane\n a 5 0 2\n b 5 0 2\n c 5 0 2")
    assert story.stamps("gate", "left") == {"a": 5, "b": 5, "c": 5}
    assert story.stamps("lane") == {"a": 5, "b": 7, "c": 9}


def test_a_rule_with_until_applies_until_the_count_has_fallen(tell):
    """One desk, 10 minutes. a (0) and b (1) are two there; c (5) and d (12), with one there, go east; e (25) does not.

    Nothing else of the scenario counts what is at the desk, so its list stands nowhere but in the rule.
    """
    body = """
stations: {desk: {servers: 1, service: 10 min}, east: {servers: 9, service: 1 min}}
routes: {trucks: [{unless: desk, reaches: 2, until: 0, do: [{at: desk}], otherwise: [{at: east}]}]}
"""
    story = tell(body, trucks="truck arrived\n a 0\n b 1\n c 5\n d 12\n e 25")
    assert story.stamps("desk") == {"a": 0, "b": 10, "e": 25}
    assert story.stamps("east") == {"c": 5, "d": 12}
