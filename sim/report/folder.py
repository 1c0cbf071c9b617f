"""What a run left behind: the output folder, read and made safe to show."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

TABLES = (
    "waits", "throughput", "throughput_mean", "backlog", "backlog_20h", "occupancy", "runs_backlog", "road",
    "utilisation", "peaks", "peaks_summary", "inside_at_end", "outcomes", "causes", "cause_total",
)  # fmt: skip
LATER_TABLES = ("growth", "precision", "stopping")  # that not every folder has

_NEEDED = {"title": str, "start": str, "end": str, "replications": int, "gates": dict, "stations": dict,
           "cargoes": dict, "scenario": dict}  # fmt: skip


class FolderFault(Exception):
    """The folder is not a complete output folder; the text says what is missing or unreadable."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """An output folder in memory. Texts are cleaned: NFC, without control characters or changes of direction."""

    folder: Path
    manifest: Mapping[str, Any]
    tables: Mapping[str, pl.DataFrame]

    def gate(self, key: str, *, whole: bool = False) -> str:
        """The gate's name for people, without what stands behind it in brackets unless the whole is asked for."""
        title = self._title("gates", key) or key
        return title if whole else re.sub(r"\s*\([^()]*\)$", "", title) or title

    def station(self, key: str) -> str:
        """The station's name for people: its title, or its key in words, and the gate it belongs to."""
        place, _, thing = key.partition("/")
        gate = (self.manifest["stations"].get(key) or {}).get("gate")
        title = self._title("stations", key)
        belongs = self.gate(gate) if gate and (title or place == gate) else place.replace("-", " ").capitalize()
        name = title or thing.replace("-", " ") or belongs
        name = name[:1].upper() + name[1:]
        return name if belongs in name else f"{name}, {belongs}"

    def cargo(self, key: str) -> str:
        """The cargo's name for people."""
        title = self._title("cargoes", key) or key
        return title[:1].upper() + title[1:]

    def _title(self, kind: str, key: str) -> str:
        """The title that the scenario gives; "" where it gives none."""
        title = str((self.manifest.get(kind, {}).get(key) or {}).get("title") or "")
        return "" if title == key else title

    @property
    def gates(self) -> list[str]:
        """Gates that the tables know, busiest first."""
        known = self.tables["throughput_mean"].filter(pl.col("gate") != "", direction="", cargo="")
        return known.sort("mean", "gate", descending=[True, False])["gate"].to_list()

    @property
    def direction(self) -> str:
        """The direction whose queue the page tells first: exports, as boards do, unless there are none."""
        known = self.tables["throughput_mean"].filter(pl.col("direction") != "", gate="", cargo="")
        return "export" if known.is_empty() or "export" in known["direction"] else "import"

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The measured time, local: warm-up over, to the end."""
        start = _local(self.manifest["start"]) + timedelta(milliseconds=self.manifest.get("warm_up_ms") or 0)
        return start, _local(self.manifest["end"])

    @property
    def days(self) -> float:
        """Length of the measured time in days."""
        start, end = self.window
        return max(end - start, timedelta(milliseconds=1)) / timedelta(days=1)

    @property
    def replications(self) -> int:
        """Replications the tables are over."""
        return int(self.manifest["replications"])


def read(folder: Path) -> Output:
    """The output folder of one run."""
    needed = [folder / "manifest.json", *(folder / "tables" / f"{name}.parquet" for name in TABLES)]
    missing = [path.relative_to(folder).as_posix() for path in needed if not path.is_file()]
    if missing:
        raise FolderFault(f"{folder}: no complete output folder, {missing[0]} is missing")
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        tables = {name: pl.read_parquet(folder / "tables" / f"{name}.parquet") for name in TABLES}
        later = {name: folder / "tables" / f"{name}.parquet" for name in LATER_TABLES}
        tables |= {name: pl.read_parquet(path) for name, path in later.items() if path.is_file()}
    except (ValueError, pl.exceptions.PolarsError) as broken:
        raise FolderFault(f"{folder}: cannot be read as an output folder: {broken}") from broken
    lacking = [key for key, kind in _NEEDED.items() if not isinstance(manifest.get(key), kind)]
    if lacking:
        raise FolderFault(f"{folder}/manifest.json is damaged: {lacking[0]} is missing or of another kind; run again")
    return Output(folder=folder, manifest=_cleaned(manifest), tables=tables)


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


def _cleaned(value: Any) -> Any:
    """The same JSON value with every text cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): _cleaned(item) for key, item in value.items()}
    return value


def clean(text: str) -> str:
    """The text in NFC without what a page or an SVG cannot hold, or what turns the reading direction around."""
    kept = (c for c in unicodedata.normalize("NFC", text) if not _is_unsafe(c))
    return "".join(kept)


def _is_unsafe(character: str) -> bool:
    if character in "\n\t":
        return False
    noncharacter = ord(character) & 0xFFFE == 0xFFFE  # U+FFFE, U+FFFF and their kin are not XML
    direction = unicodedata.bidirectional(character) in {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
    return noncharacter or direction or unicodedata.category(character) in {"Cc", "Cs"}
