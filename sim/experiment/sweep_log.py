"""log.jsonl: when a sweep was run, on what and for how long. The only file of a sweep that knows any time."""

import json
from datetime import datetime
from pathlib import Path

from sim.experiment.files import write_atomic

LOG = "log.jsonl"


def note_session(folder: Path, begun: datetime, seconds: float, *, ran: int, engine: str, workers: str) -> None:
    """Append what one call of the sweep did."""
    path = folder / LOG
    before = path.read_bytes() if path.exists() else b""
    line = {"begun": begun.isoformat(timespec="seconds"), "seconds": round(seconds, 3), "runs": ran, "engine": engine,
            "workers": workers}  # fmt: skip
    write_atomic(path, before + (json.dumps(line) + "\n").encode())
