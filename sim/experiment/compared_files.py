"""The files of a comparison. Same scenarios, seed and version: same bytes."""

import json
from pathlib import Path

import polars as pl

from sim.experiment.best import Best
from sim.experiment.compare import Comparison
from sim.experiment.files import write_atomic
from sim.experiment.output import csv


def write_comparison(found: Comparison, folder: Path, best: Best | None = None) -> None:
    """Write compare.json (all of it), compare.csv (differences), bill.csv (who gains and who loses), and best.csv."""
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
        "best": best.record() if best else None,
    }
    if best:
        write_atomic(folder / "best.csv", csv(best.table))
    else:
        (folder / "best.csv").unlink(missing_ok=True)  # of an earlier comparison
    write_atomic(folder / "compare.csv", csv(found.differences))
    write_atomic(folder / "bill.csv", csv(bill))
    text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)
    write_atomic(folder / "compare.json", (text + "\n").encode())
