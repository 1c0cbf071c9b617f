"""What becomes of trucks when servers go: the four closing rules, changing headcounts, pauses, windows."""

import pytest

LINE = """
    truck arrived gate
    a 0 40
    b 10 40
    c 20 40
"""


def gate(words):
    return f"stations: {{gate: {{service: 1 min, {words}}}}}\nroutes: {{trucks: [{{at: gate}}]}}\n"


@pytest.mark.parametrize(
    ("closing", "started", "left"),
    [
        ("finish", {"a": 0, "b": 40, "c": 120}, {"a": 40, "b": 80, "c": 160}),
        ("pause", {"a": 0, "b": 40, "c": 140}, {"a": 40, "b": 140, "c": 180}),
        ("handover", {"a": 0, "b": 40, "c": 120}, {"a": 40, "b": 80, "c": 160}),
        ("fits", {"a": 0, "b": 120, "c": 160}, {"a": 40, "b": 160, "c": 200}),
    ],
)
def test_four_closing_rules_on_one_time_line(tell, closing, started, left):
    """One server, closed from minute 60 to 120; each truck takes 40.

    b starts at 40 with 20 minutes to go. finish and handover: it is done at 80, and c waits for the opening. pause:
    20 minutes before and 20 after the break. fits: it would end at 80, so it starts at 120.
    """
    story = tell(gate(f'servers: 1, hours: "08:00-09:00, 10:00-18:00", closing: {closing}'), trucks=LINE)
    assert story.stamps("gate", "started") == started
    assert story.stamps("gate", "left") == left
    assert story.pauses() == ([("b", 60, 120)] if closing == "pause" else [])


@pytest.mark.parametrize(
    ("closing", "started"),
    [
        ("finish", {"a": 0, "b": 40, "c": 80}),
        ("pause", {"a": 0, "b": 40, "c": 80}),
        ("handover", {"a": 0, "b": 40, "c": 60}),
        ("fits", {"a": 0, "b": 40, "c": 80}),
    ],
)
def test_a_new_shift_starts_beside_the_old_one_only_under_handover(tell, closing, started):
    """One server in each of two shifts that meet at minute 60. Only a full new team takes c while b is finished."""
    shifts = '[{hours: "08:00-09:00", servers: 1}, {hours: "09:00-18:00", servers: 1}]'
    assert tell(gate(f"servers: {shifts}, closing: {closing}"), trucks=LINE).stamps("gate") == started


@pytest.mark.parametrize(
    ("closing", "started", "left"),
    [
        ("finish", {"a": 0, "b": 0, "c": 30, "d": 40}, {"a": 40, "b": 40, "c": 70, "d": 80}),
        ("pause", {"a": 0, "b": 0, "c": 30, "d": 40}, {"a": 40, "b": 60, "c": 70, "d": 80}),
        ("handover", {"a": 0, "b": 0, "c": 10, "d": 30}, {"a": 40, "b": 40, "c": 50, "d": 70}),
    ],
)
def test_servers_fall_and_rise_on_a_busy_station(tell, closing, started, left):
    """2 servers, 1 from minute 10, 3 from minute 30; four trucks of 40 minutes at 0.

    finish: a and b count against the one server; at 30 there is one for c, and d follows when a and b are done.
    pause: b stops at 10 with 30 minutes left, resumes at 30 before c starts on the third server; a's goes to d.
    handover: the new team of one takes c at 10, the next team of three takes d at 30.
    """
    head = "[{from: 0 min, servers: 2}, {from: 10 min, servers: 1}, {from: 30 min, servers: 3}]"
    trucks = "truck arrived gate\n a 0 40\n b 0 40\n c 0 40\n d 0 40"
    story = tell(gate(f"servers: {head}, closing: {closing}"), trucks=trucks)
    assert story.stamps("gate", "started") == started
    assert story.stamps("gate", "left") == left


def test_the_last_started_is_paused_first_and_the_first_started_resumes_first(tell):
    """3 servers, 1 from minute 10, 2 from 15. a, b, c start at 0, 1, 2 and take 20 minutes; d waits from 3.

    At 10 c stops (12 left), then b (11 left). At 15 b resumes and ends at 26. At 20 a's server goes to c, until 32,
    before d, which gets b's server at 26.
    """
    head = "[{from: 0 min, servers: 3}, {from: 10 min, servers: 1}, {from: 15 min, servers: 2}]"
    trucks = "truck arrived gate\n a 0 20\n b 1 20\n c 2 20\n d 3 20"
    story = tell(gate(f"servers: {head}, closing: pause"), trucks=trucks)
    assert story.stamps("gate", "left") == {"a": 20, "b": 26, "c": 32, "d": 46}
    assert story.stamps("gate", "started") == {"a": 0, "b": 1, "c": 2, "d": 26}
    assert sorted(story.pauses()) == [("b", 10, 15), ("c", 10, 20)]


def test_windows_are_half_open(tell):
    """Open 08:00-09:00. A truck may start at 08:00 and not at 09:00; a service that ends at 09:00 fits."""
    body = gate('servers: 1, hours: "08:00-09:00", closing: fits')
    trucks = "truck arrived gate\n a 0 20\n b 40 20\n c 60 5"
    assert tell(body, trucks=trucks).stamps("gate") == {"a": 0, "b": 40, "c": 24 * 60}


@pytest.mark.parametrize("closing", ["finish", "pause", "handover"])
def test_nothing_starts_at_the_closing_instant(tell, closing):
    """A ends at 60, when the gate closes: b, which waits, does not start then, nor c, which comes then."""
    body = gate(f'servers: 1, hours: "08:00-09:00", closing: {closing}')
    trucks = "truck arrived gate\n a 20 40\n b 30 5\n c 60 5"
    story = tell(body, trucks=trucks)
    assert story.stamps("gate") == {"a": 20, "b": 1440, "c": 1445}
    assert story.stamps("gate", "left") == {"a": 60, "b": 1445, "c": 1450}
    assert story.pauses() == []


def test_under_fits_nobody_overtakes_the_head_that_does_not_fit(tell):
    """B does not fit before 60; c would, but stands behind b."""
    body = gate('servers: 1, hours: "08:00-09:00, 10:00-18:00", closing: fits')
    trucks = "truck arrived gate\n a 0 30\n b 5 40\n c 6 10"
    assert tell(body, trucks=trucks).stamps("gate") == {"a": 0, "b": 120, "c": 160}


def test_trucks_from_before_the_start_wait_for_the_opening(tell):
    """The clock starts at 08:00, the gate opens then; a came at 07:30, b at 07:50. c is first served after them."""
    body = gate('servers: 1, hours: "08:00-18:00", closing: finish')
    trucks = "truck arrived gate\n a -30 10\n b -10 10\n c 0 10"
    story = tell(body, trucks=trucks)
    assert story.stamps("gate", "joined") == {"a": -30, "b": -10, "c": 0}
    assert story.stamps("gate") == {"a": 0, "b": 10, "c": 20}


def test_before_the_start_an_open_station_serves(tell):
    """Open day and night, a from minute -30 is served at once; b of minute -25 after it."""
    trucks = "truck arrived gate\n a -30 10\n b -25 10"
    assert tell(gate("servers: 1"), trucks=trucks).stamps("gate") == {"a": -30, "b": -20}


@pytest.mark.parametrize(
    ("acts", "left"),
    [("in-progress", {"a": 25, "b": 50, "c": 60}), ("new", {"a": 20, "b": 60, "c": 70})],
)
def test_slow_hours_stretch_services_in_progress_or_new_ones(tell, acts, left):
    """Half speed from minute 15 to 35. a of 20 minutes at 0, b of 20, c of 10.

    in progress: a has 5 minutes left at 15, done at 25; b does 5 minutes of work until 35, and the other 15 by 50.
    new: a is not touched; b starts at 20 in slow time and takes 40; c starts at 60 at full speed.
    """
    body = gate(f"servers: 1, slowdowns: [{{from: 15 min, to: 35 min, speed: 50 %}}], slowdowns_act_on: {acts}")
    story = tell(body, trucks="truck arrived gate\n a 0 20\n b 0 20\n c 0 10")
    assert story.stamps("gate", "left") == left
