"""Where a policy fails over the runs of a sweep: what `cuakhau discover` reads, finds and leaves."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from sim.experiment import store
from sim.experiment.designs import points
from sim.experiment.discovery import Discovery, discover, known
from sim.experiment.files import FolderRefused, write_atomic
from sim.experiment.goal_units import in_unit
from sim.experiment.output import csv, parquet
from sim.experiment.store import manifest
from sim.experiment.sweep_metrics import UNITS, check_metrics, wanted
from sim.experiment.sweep_tables import RunTable, described, shown
from sim.scenario.faults import ScenarioFaults, did_you_mean, quoted
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_schema import SweepFile

_FAILS = re.compile(r"(.+?)\s*(>|<)\s*(.+)")
FOLDER = "discovery"
HINT = '--fails "wait_mean huu-nghi export > 24 h"'


class Refused(Exception):
    """What was asked for cannot be looked at."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """When a run of a sweep fails, in words and in the unit of its column."""

    column: str
    is_above: bool
    bound: float
    text: str

    def failing(self, value: pl.Expr) -> pl.Expr:
        """Whether a value of the column is a failure."""
        return value > self.bound if self.is_above else value < self.bound


def criterion(text: str, record: Mapping[str, Any]) -> Criterion:
    """What "wait_mean huu-nghi export > 24 h" means for the tables of a sweep. Raises Refused."""
    found = _FAILS.fullmatch(text.strip())
    if found is None:
        raise Refused(f"--fails must be a column, > or <, and a number with its unit, got {quoted(text)}; {HINT}")
    column, sign, amount = " ".join(found[1].split()), found[2], found[3]
    units = {metric["name"]: metric["unit"] for metric in record["metrics"]}
    if column not in units:
        raise Refused(f"the sweep has no column {quoted(column)}; {did_you_mean(column, list(units), what='it has')}")
    try:
        bound = in_unit(amount, units[column])
    except ValueError as error:
        raise Refused(f"--fails: {error}, got {quoted(amount)}; {column} is in {units[column]}") from None
    return Criterion(column=column, is_above=sign == ">", bound=bound, text=text.strip())


def fixed(text: str) -> tuple[str, str]:
    """Factor and level of "lanes=4". Raises Refused."""
    name, equals, level = text.partition("=")
    if not equals or not name.strip():
        raise Refused(f"--at must be FACTOR=LEVEL, got {quoted(text)}")
    return name.strip(), level.strip()


def discover_in(folder: Path, fails: str | Criterion, at: Mapping[str, str], *, seed: int = 1) -> Discovery:
    """The boxes in which the runs of a finished sweep fail, at one setting of its levers. Raises Refused."""
    record = manifest(folder)
    if record.get("kind") != "sweep" or not store.is_finished(folder, record.get("fingerprint", "")):
        raise FolderRefused(f'"{folder}" holds no finished sweep; cuakhau sweep makes one')
    asked = criterion(fails, record) if isinstance(fails, str) else fails
    rows, varied = _under_policy(pl.read_parquet(folder / "sweep.parquet"), record, at)
    return discover(rows, known(varied), asked.failing, asked.column, seed=seed)


def check_asked(file: SweepFile, base: Scenario, fails: str, at: Mapping[str, str]) -> None:
    """Refuse what cannot be looked at in the sweep of a file, before any of it is run. Raises Refused."""
    faults = list(check_metrics(file, base))
    if faults:
        raise ScenarioFaults(faults)
    columns = wanted(file)
    record = described(file.factors, RunTable(file, columns, {}, {w.name: UNITS[w.metric] for w in columns}, None))
    criterion(fails, record)
    names = [factor.name for factor in file.factors]
    rows = [[shown(*pair) for pair in zip(file.factors, point.levels, strict=True)] for point in points(file)]
    _under_policy(pl.DataFrame(rows, names, orient="row"), record, at)


def _under_policy(
    rows: pl.DataFrame, record: Mapping[str, Any], at: Mapping[str, str]
) -> tuple[pl.DataFrame, list[Mapping[str, Any]]]:
    """The rows at one setting of the levers, and the uncertain factors that vary in them. Raises Refused."""
    factors = {factor["name"]: factor for factor in record["factors"]}
    for name, level in at.items():
        rows = _at(rows, factors, name, level)
    for name, factor in factors.items():
        levels = rows[name].unique(maintain_order=True).to_list()
        if factor["role"] == "lever" and len(levels) > 1:
            said = ", ".join(f"{level:g}" if isinstance(level, float) else str(level) for level in levels[:12])
            raise Refused(f"the lever {name} takes several values; say which policy: --at {name}=LEVEL, of {said}")
    varied = [factor for name, factor in factors.items() if factor["role"] != "lever" and rows[name].n_unique() > 1]
    if not varied:
        raise Refused("nothing uncertain varies in this sweep, so there is no box to look for")
    return rows, varied


def _at(rows: pl.DataFrame, factors: Mapping[str, Mapping[str, Any]], name: str, level: str) -> pl.DataFrame:
    if name not in factors:
        raise Refused(f"the sweep has no factor {quoted(name)}; {did_you_mean(name, list(factors), what='it has')}")
    levels = {f"{v:g}" if isinstance(v, float) else str(v): v for v in rows[name].unique(maintain_order=True).to_list()}
    number = level.partition(" ")[0]
    value = levels.get(level, levels.get(number) if factors[name]["is_number"] else None)
    if value is None:
        raise Refused(f"{name} has no level {quoted(level)}; {did_you_mean(level, list(levels), what='it has')}")
    return rows.filter(pl.col(name) == value)


def write_discovery(
    folder: Path, found: Discovery, fails: str, at: Mapping[str, str], draw: Callable[[Path, Discovery], None]
) -> Path:
    """Write what was found below the sweep's folder; the folder."""
    home = folder / FOLDER
    home.mkdir(mode=0o755, exist_ok=True)
    for stale in home.glob("failures.*"):
        stale.unlink()
    for name, table in (("boxes", found.table()), ("points", found.cases)):
        write_atomic(home / f"{name}.parquet", parquet(table))
        write_atomic(home / f"{name}.csv", csv(table))
    draw(home, found)
    record = {"fails": fails, "at": dict(at), "runs": found.runs, "failed": found.failed, "left_out": found.left_out,
              "lines": found.lines()}  # fmt: skip
    write_atomic(home / "discovery.json", (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode())
    return home
