"""The data that travels with the program: scenarios and the register of documented facts."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import sim


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One documented fact, as its source gives it."""

    id: str
    place: str
    quantity: str
    value: str
    unit: str
    period_date: str
    source_title: str
    publisher_url: str
    note: str

    def __str__(self) -> str:
        note = f" ({self.note})" if self.note else ""
        return f"{self.id}: {self.place}, {self.quantity}: {self.value} {self.unit}, {self.period_date}{note}"


def data_root() -> Path:
    """The folder that holds scenarios/ and calibration/: inside the installed package, or the checkout."""
    package = Path(next(iter(sim.__path__)))
    return package / "data" if (package / "data").is_dir() else package.parent


def scenario_root() -> Path:
    """The folder of the bundled scenarios."""
    return data_root() / "scenarios"


@lru_cache(maxsize=1)
def facts() -> Mapping[str, Fact]:
    """The register of documented facts, by id."""
    path = data_root() / "calibration" / "facts.csv"
    with open(path, encoding="utf-8", newline="") as file:
        return MappingProxyType({row["id"]: Fact(**row) for row in csv.DictReader(file)})
