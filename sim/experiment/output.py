"""The output folder of a run. Same scenario, seed and version: same bytes, but for the manifest."""

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from sim.experiment.files import write_atomic
from sim.experiment.manifest import manifest
from sim.experiment.run import Results

_FORMULA = r"^([=+\-@\t\r])"  # what a spreadsheet would take for a formula


def write_results(results: Results, folder: Path, *, command: str) -> None:
    """Write manifest, summary, tables and, if kept, traces. The report is made from them afterwards."""
    (folder / "tables").mkdir(mode=0o755, exist_ok=True)
    sums = {}
    for name, data in _files(results):
        write_atomic(folder / name, data)
        sums[name] = hashlib.sha256(data).hexdigest()
    record = manifest(results, command=command) | {"files": sums}
    text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)
    write_atomic(folder / "manifest.json", (text + "\n").encode())


def _files(results: Results) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file but the manifest."""
    for name, table in results.tables.items():
        yield f"tables/{name}.parquet", parquet(table)
        yield f"tables/{name}.csv", csv(table)
    if results.trace is not None and results.trucks is not None:
        yield "trace.parquet", parquet(results.trace)
        yield "trucks.parquet", parquet(results.trucks)
    yield "summary.json", lines_json(results.summary.to_dicts())


def parquet(table: pl.DataFrame) -> bytes:
    """A table as Parquet."""
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", statistics=True)
    return buffer.getvalue()


def csv(table: pl.DataFrame) -> bytes:
    """A table as UTF-8 CSV that no spreadsheet takes for a formula.

    It begins with a byte order mark only if there is anything but ASCII in it: old spreadsheets need the mark then,
    and programs that read plain ASCII need not know of it.
    """
    guarded = table.with_columns(pl.col(pl.String).str.replace(_FORMULA, "'$1"))
    text = guarded.write_csv(line_terminator="\n")
    return text.encode("ascii" if text.isascii() else "utf-8-sig")


def lines_json(rows: Sequence[dict[str, Any]]) -> bytes:
    """A JSON list with one row a line."""
    lines = (json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode()
