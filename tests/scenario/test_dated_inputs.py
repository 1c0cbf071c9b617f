"""Bad calendars, incidents, orders and backlogs: each gets the exact words, and both places where there are two."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

GOOD = """\
kind: scenario
format: 1
title: Gate
period: {start: 2025-09-25, length: 20 d}
gates: {near: {}, far: {}}
cargoes: {durian: {class: fresh}, melon: {class: fresh}, steel: {}}
calendars:
  day: {hours: 07:00-19:00, holidays: CN, on_holidays: closed}
stations:
  near/yard: {places: 40}
  near/lane: {servers: 3, hours: day, closing: finish, service: 9 min}
  near/desk: {servers: 2, service: 9 min}
  near/papers: {servers: unlimited, service: 1 h}
routes:
  way: [{in: near/yard, do: [near/papers, near/desk]}, near/lane]
  short: [near/lane]
flows:
  fruit: {gate: near, cargo: {durian: 60 %, melon: 40 %}, route: way, volume: 100 vehicles/day}
  metal: {gate: far, cargo: steel, route: short, volume: 10 vehicles/day}
"""


TABLE = YAML(typ="safe", pure=True).load(Path(__file__).with_name("dated_inputs.yaml").read_text(encoding="utf-8"))


def test_the_good_file_has_no_fault(said):
    assert said(GOOD) == []


def holidays(rule):
    return GOOD.replace("on_holidays: closed", rule)


NEEDS = "on_holidays: needs holidays | holidays: VN (or CN)"
NONE = "has no effect: nothing says what the hours are then"
UNKNOWN = "days off and make-up days of CN from 2027-01-01 on are not announced yet"
CHINESE = "spring-festival, new-year, qingming, labour-day, dragon-boat, mid-autumn, national-day"
HINT = "on_holidays: closed (or hours; a holiday is no closure by itself)"
LAW = "only the holidays of the law are counted; calibration/holiday-overrides.csv"
NEVER = GOOD.replace("hours: 07:00-19:00, holidays: CN, on_holidays: closed", "hours: closed")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (GOOD.replace(" holidays: CN,", ""), f"8:29 error calendars.day.{NEEDS}"),
        (
            holidays("on_holidays: {tet: closed}"),
            f'8:57 error calendars.day.on_holidays.tet: CN has no holiday "tet" | holidays: {CHINESE}',
        ),
        (holidays("actor: customs"), f"8:29 warning calendars.day.holidays: {NONE} | {HINT}"),
        (
            holidays("ramps: [{hours: closed}]"),
            "8:51 error calendars.day.ramps[0]: means no day: before and after are both 0 | before: 3",
        ),
        (GOOD.replace("2025-09-25", "2026-12-25"), f"8:29 warning calendars.day.holidays: {UNKNOWN} | {LAW}"),
        (NEVER, "11:34 error stations.near/lane.hours: never opens: no hours at any time"),
    ],
    ids=["no country", "no such holiday", "no rule", "ramp of no day", "not announced", "never opens"],
)
def test_holidays(said, text, fault):
    assert said(text) == [fault]


def laid(entry, section="orders"):
    """The good file with something more at its end, from line 20 on."""
    return f"{GOOD}{section}:\n  {entry}\n"


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case["entry"])
def test_says(said, case):
    assert case["says"] in said(laid(case["entry"], case["section"]))


SPAN = "from: 2025-10-01, to: 2025-10-05"
LATER = "from: 2025-10-04, to: 2025-10-09"
CLASH = "let one end before the other begins, or mean other stations or trucks"


@pytest.mark.parametrize(
    ("first", "second", "fault"),
    [
        (f"{{at: near/lane, hours: 07:00-18:00, {SPAN}}}", f"{{at: near/lane, hours: 07:00-20:00, {LATER}}}",
         "22:22 error orders.b.hours: contradicts orders.a.hours at case.yaml:21: both hold for near/lane"),
        (f"{{at: near/lane, closed: true, {SPAN}}}", f"{{at: near/lane, servers: 2, {LATER}}}",
         "22:22 error orders.b.servers: contradicts orders.a.closed at case.yaml:21: both hold for near/lane"),
        (f"{{intake: turn-back, cargo: fresh, {SPAN}}}", f"{{intake: wait, cargo: durian, {LATER}}}",
         "22:7 error orders.b.intake: contradicts orders.a.intake at case.yaml:21: both hold for some trucks"),
        (f"{{intake: turn-back, at: near, {SPAN}}}", f"{{reroute: short, at: near, {LATER}}}",
         "22:7 error orders.b.reroute: contradicts orders.a.intake at case.yaml:21: both hold for near"),
    ],
)  # fmt: skip
def test_orders_that_contradict_each_other_are_both_named(said, first, second, fault):
    assert said(laid(f"a: {first}\n  b: {second}")) == [f"{fault} at the same time | {CLASH}"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f"{{at: near/lane, hours: 07:00-18:00, {SPAN}}}", "{at: near/lane, hours: 07:00-20:00, from: 2025-10-05}"),
        (f"{{at: near/lane, servers: 2, {SPAN}}}", f"{{at: near/lane, servers: 2, {LATER}}}"),
        (f"{{intake: turn-back, cargo: steel, {SPAN}}}", f"{{intake: wait, cargo: durian, {LATER}}}"),
        (f"{{intake: turn-back, at: near, {SPAN}}}", f"{{intake: wait, at: far, {LATER}}}"),
        (f"{{intake: turn-back, direction: import, {SPAN}}}", f"{{intake: wait, direction: export, {LATER}}}"),
        (f"{{at: near/lane, closed: true, cargo: durian, {SPAN}}}", f"{{at: near/lane, servers: 2, {LATER}}}"),
        (f"{{at: near/lane, speed: 50 %, speed_acts_on: new, {SPAN}}}", f"{{at: near/lane, servers: 2, {LATER}}}"),
    ],
    ids=[
        "times apart",
        "the same",
        "other cargo",
        "other gate",
        "other direction",
        "for some and for all",
        "two effects",
    ],
)
def test_orders_that_do_not_contradict_each_other_may_overlap(said, first, second):
    assert [fault for fault in said(laid(f"a: {first}\n  b: {second}")) if "error" in fault] == []


def test_what_slow_times_act_on_is_one_thing_at_a_station(said):
    slow = "{{at: near/lane, speed: 50 %, speed_acts_on: {}, from: 2025-10-01, to: 2025-10-02}}"
    assert said(laid(f"a: {slow.format('new')}\n  b: {slow.format('in-progress')}")) == [
        (
            "22:50 error orders.b.speed_acts_on: is in-progress, but new for near/lane at case.yaml:21 | "
            "a station can do one of them only"
        )
    ]


def test_a_backlog_counts_against_every_place_it_holds(said):
    """Trucks at a desk inside the yard hold its places: 30 there and 11 at the desk are one too many."""
    text = (
        GOOD
        + "start_with:\n  - {at: near/yard, flow: fruit, trucks: 30}\n  - {at: near/desk, flow: fruit, trucks: 11}\n"
    )
    assert said(text) == [
        (
            "22:42 error start_with[1].trucks: 41 trucks are said to stand at near/yard, which holds 40 (case.yaml:10)"
            " | put the others where they wait for it"
        )
    ]
