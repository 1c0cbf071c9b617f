"""Trucks listed in a CSV file: a gate log, or the exact input of a test, replayed as it stands.

Columns: `arrived` (a date and time, or a duration after the start; plain numbers need a unit in the header,
as in `arrived [min]`), optionally `truck` and `cargo`, and one column for each station whose service
durations are listed, named by the station's key or by its `listed:`. An empty cell is drawn.
"""

import csv
import datetime as dt
import hashlib
import io
import re
from collections.abc import Collection
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from sim.scenario import units
from sim.scenario.faults import Fault, Place, ScenarioFaults, Text, did_you_mean, fault, quoted
from sim.scenario.reading import read
from sim.scenario.scenario import Listed, after_start

MAX_BYTES = 500_000_000
DRAWN = -1
_HEADER = re.compile(r"(.*?)\s*(?:\[(\w+)\])?\s*")
_FIXED = ("truck", "arrived", "cargo")


def read_listed(
    path: Path, start: dt.datetime, zone: ZoneInfo, stations: Collection[str], cargoes: Collection[str]
) -> Listed:
    """The listed trucks. Raises ScenarioFaults with file, row and column of every fault."""
    text, warnings = read(path, limit=MAX_BYTES)
    rows = list(csv.reader(io.StringIO("\n".join(text.lines))))
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise ScenarioFaults([fault(Place(text), "file has no content", hint="its first line names the columns")])
    sheet = _Sheet(text, zone, start)
    if ";" in text.lines[0] and "," not in text.lines[0]:
        sheet.refuse(1, "1", "columns are separated by semicolons", "save the file with commas between the columns")
        raise ScenarioFaults(warnings + sheet.faults)
    columns = sheet.columns(rows[0], stations)
    body = [(number, row) for number, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row)]
    if not body:
        sheet.faults.append(fault(Place(text, 1, 1), "holds no trucks", hint="one line for each truck"))
    sheet.widths(len(rows[0]), body)
    listed = _filled(sheet, columns, body, cargoes)
    if sheet.faults:
        raise ScenarioFaults(warnings + sheet.faults)
    return listed


def _filled(sheet: "_Sheet", columns: dict[str, tuple[int, str]], body: list[tuple[int, list[str]]],
            cargoes: Collection[str]) -> Listed:  # fmt: skip
    def cells(name: str) -> list[tuple[int, str]]:
        at = columns[name][0] if name in columns else -1
        return [(number, row[at].strip() if 0 <= at < len(row) else "") for number, row in body]

    unit = {name: unit for name, (_, unit) in columns.items()}
    arrived = [sheet.instant(row, "arrived", cell, unit.get("arrived", "")) for row, cell in cells("arrived")]
    services = {
        name: np.array([sheet.service(row, name, cell, unit[name]) for row, cell in cells(name)], dtype=np.int64)
        for name in columns if name not in _FIXED
    }  # fmt: skip
    for row, cell in cells("cargo"):
        if cell and cell not in cargoes:
            sheet.refuse(row, "cargo", f"unknown cargo {quoted(cell)}", did_you_mean(cell, cargoes))
    return Listed(
        arrived=np.array(arrived, dtype=np.int64), truck=tuple(cell for _, cell in cells("truck")),
        cargo=tuple(cell for _, cell in cells("cargo")), services=services,
        sha256=hashlib.sha256("\n".join(sheet.text.lines).encode()).hexdigest(),
    )  # fmt: skip


class _Sheet:
    """Cells turned into numbers; faults are collected."""

    def __init__(self, text: Text, zone: ZoneInfo, start: dt.datetime) -> None:
        self.text, self.zone, self.start = text, zone, start
        self.faults: list[Fault] = []

    def refuse(self, row: int, column: str, message: str, hint: str = "") -> int:
        self.faults.append(fault(Place(self.text, row, 1), message, path=f"row {row}, column {column}", hint=hint))
        return 0

    def columns(self, header: list[str], stations: Collection[str]) -> dict[str, tuple[int, str]]:
        """Index and unit of each column, by name."""
        found: dict[str, tuple[int, str]] = {}
        known = [*_FIXED, *stations]
        for index, cell in enumerate(header):
            match = _HEADER.fullmatch(cell.strip())
            name, unit = (match[1], match[2] or "") if match else (cell.strip(), "")
            if name in found:
                self.refuse(1, name or "?", "column is given twice")
            elif name not in known:
                self.refuse(1, name or "?", "unknown column", did_you_mean(name, known))
            elif unit and unit not in units.MS:
                self.refuse(1, name, f"unknown unit {quoted(unit)}", "units are " + ", ".join(units.MS))
            else:
                found[name] = index, unit
        if "arrived" not in found:
            self.refuse(1, "arrived", "missing column", "arrived: date and time, or duration after the start")
        return found

    def widths(self, header: int, body: list[tuple[int, list[str]]]) -> None:
        """Refuse rows with more cells than the header: whose the last are, nobody knows."""
        for number, row in body:
            if any(cell.strip() for cell in row[header:]):
                message = f"row has {len(row)} cells, the header {header}"
                self.refuse(number, str(header + 1), message, "a cell that holds a comma stands in double quotes")

    def instant(self, row: int, column: str, cell: str, unit: str) -> int:
        try:
            return after_start(units.instant(f"{cell} {unit}" if unit else cell), self.start, self.zone)
        except (ValueError, OverflowError) as error:
            reason, _, hint = str(error).partition("; ")
            return self.refuse(row, column, f"{reason}, got {quoted(cell)}", _unit_hint(hint, cell, column))

    def service(self, row: int, column: str, cell: str, unit: str) -> int:
        if not cell:
            return DRAWN
        try:
            ms = units.duration(f"{cell} {unit}" if unit else cell)
        except (ValueError, OverflowError) as error:
            reason, _, hint = str(error).partition("; ")
            return self.refuse(row, column, f"{reason}, got {quoted(cell)}", _unit_hint(hint, cell, column))
        if ms < 0:
            return self.refuse(row, column, f"must be at least 0, got {quoted(cell)}")
        return round(ms)


def _unit_hint(hint: str, cell: str, column: str) -> str:
    return f"give the unit in the header: {column} [min]" if re.fullmatch(r"[-+]?[\d.]+", cell) else hint
