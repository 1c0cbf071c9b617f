"""Outcomes of long tasks, kept as they come: what was done is not done again while the code is the same."""

import hashlib
import pickle
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]


def outcomes(tasks: Mapping[str, Callable[[], Any]], folder: Path, workers: int) -> dict[str, Any]:
    """What each task gives, by its name, in the order of the tasks.

    Tasks are picklable and run in processes, so many at a time. An outcome that `folder` holds from the same code is
    taken from there.
    """
    kept = folder / code_hash((_ROOT / "sim", _ROOT / "tests"))
    kept.mkdir(parents=True, exist_ok=True)
    paths = {name: kept / f"{name}.pickle" for name in tasks}
    missing = [name for name, path in paths.items() if not path.exists()]
    print(f"{len(tasks) - len(missing)} of {len(tasks)} are kept in {kept}", file=sys.stderr, flush=True)
    begun = time.monotonic()
    with ProcessPoolExecutor(workers) as pool:
        running = {pool.submit(_kept, tasks[name], paths[name]): name for name in missing}
        for number, done in enumerate(as_completed(running), start=1):
            done.result()
            passed = time.monotonic() - begun
            print(f"{number}/{len(missing)} {running[done]} ({passed:.0f} s)", file=sys.stderr, flush=True)
    return {name: pickle.loads(path.read_bytes()) for name, path in paths.items()}  # noqa: S301  our own, of this code


def _kept(task: Callable[[], Any], path: Path) -> None:
    """Do a task and write its outcome whole or not at all."""
    outcome = pickle.dumps(task())
    beside = path.with_suffix(".part")
    beside.write_bytes(outcome)
    beside.replace(path)


def code_hash(folders: Iterable[Path]) -> str:
    """A name for the state of all that may change an outcome: every file but those that Python makes."""
    whole = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        if "__pycache__" not in path.parts:
            whole.update(f"{path.relative_to(_ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return whole.hexdigest()[:12]
