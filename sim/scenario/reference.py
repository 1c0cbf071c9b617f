"""The reference page of scenario files, made from the schema: `python -m sim.scenario.reference [FILE]`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sim.scenario.bundled import data_root
from sim.scenario.json_schema import summary
from sim.scenario.schema import ScenarioFile
from sim.scenario.shapes import Either, Leaf, Many, Named, Part, Record, Shape, phrase

PAGE = "docs/reference.md"
_INTRO = """\
# Reference: scenario files

Made from the schema by `python -m sim.scenario.reference`; do not edit by hand.

A file is YAML 1.2. It begins with `kind: scenario` (or `overlay`) and `format: 1`. Types come from this page, not from
the look of a value: `22:00` is a time, `1e3` a number, and a key such as `no` must be quoted.

**Units.** A duration is written `12 min`, `1 h 30 min`, `2 d` (ms, s, min, h, d, week); a rate `800 vehicles/day` or
`12/h`; a length `12 km` or `18 m`; a share `30 %` or `0.3`; opening windows `07:00-19:00`, `08:00-12:00, 13:00-17:00`,
`22:00-06:00` (over midnight) or `closed`. A window holds its first instant and not its last. A date and time is
`2025-07-01` or `2025-07-01 07:00` in the period's zone; where a date may stand, a duration counts from the start.

**Sources.** Any value may be written with its source: `{value: 870 vehicles/day, fact: T053}`, or as an assumption:
`{value: 9 min, assumption: nobody publishes it, range: [5 min, 15 min]}`. Facts are in `calibration/facts.csv`.

**Layers.** `extends: other.yaml` starts from another scenario; `overlays: [more-lanes.yaml]` and `--with` lay overlays
over it, `--set stations.NAME.servers=3` sets one value. Mappings are merged key by key; lists, and a law of another
kind, are replaced whole; `null` takes a key away. Two overlays may not set the same key. The files named must stand in
the folder of the file that names them, below it, or among the bundled scenarios; `.yaml` may be left out, as on the
command line. An overlay states `base:`, the file it is checked against; `title`, `question` and `notes` of an overlay
describe the overlay.

**Hours.** The hours of a calendar come in layers, each before the next: `hours` and `weekly`; `on_makeup_days`;
`ramps`; `on_holidays`; `notices`. Of several ramps or notices for one instant the last in the list wins, of several
rules for one holiday the first. A holiday is the whole run of days off that holds one, its weekends included, by the
clock of the calendar; it changes nothing unless `on_holidays` says so. Of several calendars of a station all must be
open. Over the calendars lie orders, then incidents: their `hours` replace those of the calendars, their `closed`
closes. What holds when, and why: `cuakhau calendar SCENARIO`.

**Incidents and orders.** Both change some stations, or all stations with servers of a gate, for a time. What is
closed for one direction or cargo only leaves all others as they are. `servers`, `staff`, `hours`, `speed` and `loses`
are the same for all trucks; `service_factor` is for trucks that appear meanwhile. An order is known beforehand, an
incident is not: `closing: fits` begins nothing that an order would interrupt. `intake` and `reroute` go by the
instant at which a truck appears, and by the gate its flow intends; trucks under way go on. Random incidents of a date
are the same whatever the period. Two orders that say different things for one truck, place and time are refused.

**Trucks that are there.** `start_with` lists trucks at the first instant, by where they stand, with the rest of their
route before them. They enter by age, the oldest first, before anybody who comes, and hold the places of the blocks
around them.

**Listed trucks.** `listed: log.csv` replays a CSV file. Column `arrived` is a date and time or a duration after the
start (negative: before it); plain numbers need a unit in the header, `arrived [min]`. Columns `truck`, `cargo`, and
one column for each station whose service durations are listed, named by the station's key or by its `listed:`. An empty
cell is drawn. Trucks that arrive at the same time keep the order of the file.
"""


def page() -> str:
    """The reference page as Markdown."""
    records = list(_records(Record(ScenarioFile)))
    return _INTRO + "".join(_section(record) for record in records)


def _records(shape: Shape, seen: set[type] | None = None) -> Iterator[Record]:
    """Every record of the schema, outer ones first."""
    seen = set() if seen is None else seen
    match shape:
        case Record():
            if shape.model not in seen:
                seen.add(shape.model)
                yield shape
                for part in shape.parts.values():
                    yield from _records(part.shape, seen)
        case Named():
            yield from _records(shape.value, seen)
        case Many():
            yield from _records(shape.item, seen)
        case Either():
            for option in shape.shapes:
                yield from _records(option, seen)


def _section(record: Record) -> str:
    name = "The file" if record.model is ScenarioFile else record.model.__name__
    head = f"\n## {name}\n\n{summary(record)}\n\n| key | value | default | meaning |\n|---|---|---|---|\n"
    return head + "".join(_row(part) for part in record.parts.values())


def _row(part: Part) -> str:
    default = "**required**" if part.is_required else _default(part)
    return f"| `{part.name}` | {_cell(_value(part.shape))} | {default} | {_cell(part.description)} |\n"


def _default(part: Part) -> str:
    value = part.default
    if value is None or value in ((), {}, ""):
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(part.shape, Leaf) and part.shape.kind in ("duration", "instant"):
        text = f"{value / 86_400_000:g} d" if isinstance(value, int | float) and value else "0"
    return f"`{text}`"


def _value(shape: Shape) -> str:
    """What stands there, with links to other sections."""
    match shape:
        case Record():
            return _link(shape)
        case Named():
            return f"{phrase(shape.key)}: {_value(shape.value)}"
        case Many():
            return f"list of: {_value(shape.item)}"
        case Either() if shape.shorthand:
            return f"a duration, or a law: {', '.join(_link(s) for s in shape.shapes if isinstance(s, Record))}"
        case Either():
            return " or ".join(dict.fromkeys(_value(s) for s in shape.shapes))
    return phrase(shape)


def _link(record: Record) -> str:
    name = record.model.__name__
    return f"[{name}](#{name.lower()})"


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Write the page."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else data_root() / PAGE
    path.parent.mkdir(exist_ok=True)
    path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
