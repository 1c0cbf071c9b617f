"""Figures of a folder of kept runs: drawn anew only when its tables have changed."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import polars as pl

from sim.experiment.files import safe_name, write_atomic
from sim.report.drawing import Draw, Picture, picture
from sim.report.exhibit import csv

_DONE = "drawn-from"


def drawn_once(folder: Path, make: Callable[[Path], None], *, also: tuple[str, ...] = ()) -> list[Path]:
    """Let `make` fill figures/, unless what is there was drawn from these very tables; the SVGs.

    `also` names other files of the folder that it makes.
    """
    home, record = folder / "figures", (folder / "manifest.json").read_bytes()
    mark, done = hashlib.sha256(record).hexdigest().encode(), home / _DONE
    is_done = done.is_file() and done.read_bytes() == mark and all((folder / name).is_file() for name in also)
    if not is_done:
        home.mkdir(mode=0o755, exist_ok=True)
        for stale in [*home.glob("*.svg"), *home.glob("*.png"), *home.glob("*.csv")]:
            stale.unlink()
        make(home)
        write_atomic(done, mark)
    return sorted(home.glob("*.svg"))


def write_figure(
    home: Path, key: str, table: pl.DataFrame, drawing: Draw, says: str, *, wide: float = 4.2, narrow: float = 3.4
) -> Picture:
    """Write a figure in its forms with the numbers drawn beside it; the figure."""
    name = safe_name(key)
    made = picture(name, drawing, wide=wide, narrow=narrow, says=(key, says))
    for suffix, data in ((".svg", made.svg), (".png", made.png), (".csv", csv(table))):
        write_atomic(home / f"{name}{suffix}", data)
    return made
