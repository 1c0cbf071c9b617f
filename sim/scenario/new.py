"""A starting file: a scenario of one gate, commented, that runs as it is."""

import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from sim.scenario import units
from sim.scenario.catalogue import folded
from sim.scenario.faults import quoted
from sim.scenario.load import examine

_READ_AS_OTHER = re.compile(r"y|n|yes|no|on|off|true|false|null|[0-9][0-9ex-]*")
_SAID_BY = (  # which argument a fault of the text belongs to, by a part of its path
    (".service", "service"), (".servers", "servers"), (".places", "places"), (".hours", "hours"), ("flows.", "trucks"),
    ("period.start", "start"), ("period.length", "days"), ("period.zone", "zone"), ("", "title"),
)  # fmt: skip
_TEXT = """\
# A scenario of one border gate. Every number below is an assumption until you give its source:
#   servers: {{value: 4, fact: T053}}          a documented fact (cuakhau facts shows them)
#   servers: {{value: 4, assumption: counted on one morning, range: [3, 6]}}
# cuakhau check FILE says what is wrong; cuakhau explain FILE says where each value comes from.
kind: scenario
format: 1
title: {title}
question: How long do trucks wait, and how many stand in the yard?

period:
  zone: {zone}
  start: {start}
  length: {days} d
  warm_up: 2 d              # simulated but not measured: the gate starts empty
  end_rule: stop            # or drain: arrivals stop, trucks inside go on

gates:
  {key}: {{title: {title}}}

cargoes:
  fruit: {{}}                 # goes first, see discipline below
  goods: {{}}

calendars:
  {key}:
    hours: {hours}
    notices: []             # e.g. {{from: 2025-09-02, to: 2025-09-03, hours: closed, reason: holiday}}

profiles:                   # how a day's trucks spread over its hours
  day: {{shares: {{00:00-06:00: 10 %, 06:00-12:00: 50 %, 12:00-18:00: 30 %, 18:00-24:00: 10 %}}}}

stations:
  {key}/yard:
    places: {places}
  {key}/lanes:
    servers: {servers}
    hours: {key}
    closing: finish         # the truck in hand is completed at closing time; or pause, handover, fits
    service: {{law: lognormal, mean: {service}, cv: 0.6}}
    discipline: [fruit, goods]

routes:
  export:
    - in: {key}/yard          # holds a place of the yard until a lane calls
    - at: {key}/lanes
      crosses: true

flows:
  export:
    direction: export
    gate: {key}
    cargo: {{fruit: 70 %, goods: 30 %}}
    volume: {trucks}
    profile: day
    surge: 0.2              # how much days differ: coefficient of variation of the day's factor
"""


class NoSuchGate(ValueError):
    """A value that makes no sound scenario, and the argument of `starting_file` that it is."""

    def __init__(self, option: str, reason: str, path: str = "") -> None:
        super().__init__(f"{path or option}: {reason}")
        self.option, self.reason = option, reason


def starting_file(
    title: str = "My gate", *, trucks: str = "250 vehicles/day", servers: int = 4, service: str = "9 min",
    hours: str = "07:00-19:00", places: int = 300, start: str = "2025-07-01", days: int = 30,
    zone: str = "Asia/Ho_Chi_Minh",
) -> str:  # fmt: skip
    """The text of a scenario file of one gate, with the values given and a comment at each choice.

    Raises NoSuchGate where they make no sound scenario.
    """
    for option, read, given in (
        ("trucks", units.rate_per_hour, trucks), ("service", units.duration, service), ("hours", units.windows, hours),
        ("start", _day, start),
    ):  # fmt: skip
        _refuse_unread(option, read, given)
    safe = re.sub(r"[^\w .,/()-]", " ", title, flags=re.UNICODE).strip() or "My gate"
    text = _TEXT.format(
        title=f'"{safe}"', key=key_of(safe),
        trucks=trucks, servers=servers, service=service, hours=hours, places=places, start=start, days=days, zone=zone,
    )  # fmt: skip
    _check(text)
    return text


def _refuse_unread(option: str, read: Callable[[str], object], given: str) -> None:
    try:
        read(given)
    except ValueError as error:
        reason, _, hint = str(error).partition("; ")
        raise NoSuchGate(option, f"{reason}, got {quoted(given)}{hint and f'; {hint}'}") from None


def _day(text: str) -> None:
    """Raise ValueError unless a text is a day, as files write it."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError("must be a day; write for example 2025-07-01")
    units.instant(text)


def _check(text: str) -> None:
    """Raise NoSuchGate with the first error of the file's text."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "new.yaml"
        path.write_text(text, encoding="utf-8")
        scenario, faults = examine(path)
    if scenario is None:
        found = next(fault for fault in faults if fault.severity == "error")
        raise NoSuchGate(next(option for part, option in _SAID_BY if part in found.path), found.message, found.path)


def key_of(title: str) -> str:
    """A key made of a title: lower-case ASCII letters, digits and hyphens, and no word that YAML reads as another."""
    key = re.sub(r"[^a-z0-9]+", "-", folded(title)).strip("-")[:40].strip("-") or "gate"
    return f"gate-{key}" if _READ_AS_OTHER.fullmatch(key) else key
