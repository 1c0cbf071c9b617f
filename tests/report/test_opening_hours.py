"""Who is open when, by calendar and station, against days written out by hand."""

import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.planning.who_is_open import by_days, who_is_open
from sim.report.opening_hours import drawn, table
from sim.scenario.load import load

FILE = """\
kind: scenario
format: 1
title: Golden Week at one gate
period: {start: 2025-09-30, length: 4 d}
calendars:
  near: {actor: Vietnamese customs, hours: {value: "07:00-19:00", fact: H004}}
  far: {zone: Asia/Shanghai, hours: 08:00-20:00, holidays: CN, on_holidays: closed}
stations:
  near/desk: {servers: 4, hours: near, closing: finish, service: 9 min}
  near/lane: {servers: 2, hours: [near, far], closing: finish, service: 1 min}
routes: {way: [near/desk, near/lane]}
flows: {fruit: {route: way, volume: 10 vehicles/day}}
orders:
  night: {at: near/desk, from: 2025-10-02, to: 2025-10-03, hours: 06:00-23:00}
  half: {at: near/desk, from: 2025-10-03 12:00, to: 2025-10-04, staff: 50 %}
incidents:
  net: {at: near/desk, rate: 1/week, lasts: 2 h, closed: true}
"""


@pytest.fixture(name="file")
def written_file(tmp_path):
    path = tmp_path / "golden.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_each_closed_hour_has_its_reason_and_the_line_that_says_so(file):
    """China is off from 1 October, 23:00 on 30 September in Vietnam; its 08:00-20:00 is 07:00-19:00 there."""
    assert table(load(file)).splitlines() == [
        "Golden Week at one gate: who is open when, by the clock of Asia/Ho_Chi_Minh",
        "",
        "calendar near, Vietnamese customs (Asia/Ho_Chi_Minh)",
        "  2025-09-30 to 2025-10-03  open 07:00-19:00; else closed: hours (calendars.near.hours, H004)",
        "",
        "calendar far (Asia/Shanghai)",
        (
            "  2025-09-30                open 07:00-19:00; closed 00:00-07:00, 19:00-23:00: hours (calendars.far.hours)"
            "; closed 23:00-24:00: holiday (calendars.far.on_holidays)"
        ),
        "  2025-10-01 to 2025-10-03  closed: holiday (calendars.far.on_holidays)",
        "",
        "stations near/desk",
        "  2025-09-30 to 2025-10-01  open 07:00-19:00; else closed: hours (calendars.near.hours, H004)",
        "  2025-10-02                open 06:00-23:00; else closed: order (orders.night)",
        (
            "  2025-10-03                open 07:00-12:00, open 12:00-19:00 with 2 servers: order (orders.half); "
            "else closed: hours (calendars.near.hours, H004)"
        ),
        "",
        "stations near/lane",
        (
            "  2025-09-30                open 07:00-19:00; closed 00:00-07:00, 19:00-23:00: hours "
            "(calendars.near.hours, H004); closed 23:00-24:00: holiday (calendars.far.on_holidays)"
        ),
        "  2025-10-01 to 2025-10-03  closed: holiday (calendars.far.on_holidays)",
        "",
        "not shown, as chance decides when or how long: net",
    ]


def test_the_command_prints_the_table_and_draws_it(file, tmp_path):
    for name, head in (("hours.svg", b"<?xml"), ("hours.png", b"\x89PNG")):
        result = CliRunner().invoke(app, ["calendar", str(file), "--figure", str(tmp_path / name)])
        assert result.exit_code == 0, result.output
        assert result.output == table(load(file)) + "\n"
        assert (tmp_path / name).read_bytes().startswith(head)


def test_another_kind_of_figure_is_refused(file, tmp_path):
    result = CliRunner().invoke(app, ["calendar", str(file), "--figure", str(tmp_path / "hours.gif")])
    assert result.exit_code == 2
    assert "ends in .svg or .png" in result.output


def test_spells_fill_the_period_without_a_gap(file):
    scenario = load(file)
    for row in who_is_open(scenario):
        edges = [(spell.begin, spell.end) for spell in row.spells]
        assert [begin for begin, _ in edges] == [0, *(end for _, end in edges[:-1])]
        assert edges[-1][1] == scenario.length_ms
        days = by_days(scenario, row.spells)
        assert sum((each.last - each.first).days + 1 for each in days) == 4


def test_a_period_that_starts_within_a_day_keeps_the_clock(file):
    scenario = load(file, overrides={"period.start": "2025-09-30 12:00", "period.length": "1 d"})
    near = who_is_open(scenario)[0]
    assert [[clock for clock, _ in day.parts] for day in by_days(scenario, near.spells)] == [
        ["12:00-19:00", "19:00-24:00"],
        ["00:00-07:00", "07:00-12:00"],
    ]


def test_the_picture_names_every_row(file):
    assert b"near/desk" in drawn(load(file)).inline.encode()
