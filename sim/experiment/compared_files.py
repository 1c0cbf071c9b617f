"""The files of a comparison. Same scenarios, seed and version: same bytes."""

import json
from pathlib import Path

import polars as pl

from sim.experiment.compare import Comparison
from sim.experiment.files import write_atomic
from sim.experiment.output import csv


def write_comparison(found: Comparison, folder: Path) -> None:
    """Write compare.json (all of it), compare.csv (differences) and bill.csv (who gains and who loses)."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    others = found.scenarios[1:]
    named = zip(others, found.bills, strict=True)
    bill = pl.concat([part.select(pl.lit(other.name).alias("other"), pl.all()) for other, part in named])
    record = {
        "scenarios": [{"name": s.name, "title": s.file.title, "hash": s.hash} for s in found.scenarios],
        "seed": found.seed,
        "replications": found.replications,
        "differences": found.differences.to_dicts(),
        "bill": bill.to_dicts(),
    }
    write_atomic(folder / "compare.csv", csv(found.differences))
    write_atomic(folder / "bill.csv", csv(bill))
    text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)
    write_atomic(folder / "compare.json", (text + "\n").encode())
