"""The output folder of a run, byte by byte the same for the same scenario, seed and version; only the manifest tells."""

import io
import json
from collections.abc import Sequence
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
    for name, table in results.tables.items():
        write_atomic(folder / "tables" / f"{name}.parquet", parquet(table))
        write_atomic(folder / "tables" / f"{name}.csv", csv(table))
    if results.trace is not None and results.trucks is not None:
        write_atomic(folder / "trace.parquet", parquet(results.trace))
        write_atomic(folder / "trucks.parquet", parquet(results.trucks))
    write_atomic(folder / "summary.json", lines_json(results.summary.to_dicts()))
    text = json.dumps(manifest(results, command=command), ensure_ascii=False, indent=1, allow_nan=False)
    write_atomic(folder / "manifest.json", (text + "\n").encode())


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
