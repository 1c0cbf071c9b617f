"""The folder of a sweep: one small file a run, each with its checksum, and what they belong to.

    sweep.json               what the results belong to: base scenario, seed, version; written before anything else
    points.json              the keys of the points of the last sweep asked for
    runs/3f/3f2a...-0004.run replication 4 of the point with that key
    sweep.parquet, sweep.csv ... manifest.json   the tables, made from the runs; the manifest last

Everything but sweep.json can be lost: it is made again from the runs, and lost or damaged runs are run again.
"""

import errno
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import sim
from sim.experiment.files import FolderRefused, write_atomic
from sim.experiment.lock import locked

Status = Literal["ok", "deadlock", "limit", "failed"]
FORMAT = 2  # of what is kept; another one is another version
VERSION = f"{sim.__version__}/{FORMAT}"  # of the code, as far as it can change a result
_IDENTITY, _POINTS, _MANIFEST = "sweep.json", "points.json", "manifest.json"
_MOST_CHANGES = 20  # that are listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is kept of one replication at one point."""

    status: Status
    reason: str  # of a run that is not ok
    trucks: int
    cells: list[list[Any]]  # metric, place, gate, direction, cargo, unit, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What all results of a folder have in common."""

    version: str
    seed: int
    base: Mapping[str, Any]  # the resolved base scenario
    listed: Mapping[str, str]  # sha256 of the files of trucks that it lists


@contextmanager
def opened(folder: Path, identity: Identity, *, force: bool = False) -> Iterator[None]:
    """The folder held for this process alone, unless its results belong to another identity.

    Raises FolderRefused, with what differs, if they do. With `force` it is taken over nevertheless: runs that still
    hold are found by their keys, the others are never looked at.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(made):
        path.mkdir(mode=0o755, exist_ok=True)
    try:
        _refuse_links(folder)
        with locked(folder):
            _refuse_others(folder, identity, force=force)
            for stale in list(_stale(folder)):
                stale.unlink()
            yield
    finally:
        for empty in made:
            with suppress(OSError):
                empty.rmdir()


def _stale(folder: Path) -> Iterator[Path]:
    """Files that a process which was killed did not come to rename."""
    for home in (folder, folder / "figures", *folder.glob("runs/*")):
        for name in os.listdir(home) if home.is_dir() else ():  # noqa: PTH208 -- names of many files, quickly
            if name.startswith(".") and name.endswith(".tmp"):
                yield home / name


def claim(folder: Path, identity: Identity) -> None:
    """Write down what the results of a folder belong to."""
    text = _canonical(asdict(identity))
    if _read(folder / _IDENTITY) != text:
        write_atomic(folder / _IDENTITY, text)


def _refuse_links(folder: Path) -> None:
    for path in (folder, *folder.iterdir(), *folder.glob("runs/*"), *folder.glob("figures/*")):
        if path.is_symlink():
            raise OSError(errno.ELOOP, "is a symbolic link; results are not written through it", str(path))


def _refuse_others(folder: Path, identity: Identity, *, force: bool) -> None:
    found = [path.name for path in folder.iterdir() if path.name != ".lock" and path.suffix != ".tmp"]
    if force or not found:
        return
    kept = _parsed(_read(folder / _IDENTITY))
    if kept is None:
        what = "whose sweep.json is lost or damaged" if "runs" in found else "that no sweep has written"
        raise FolderRefused(f'"{folder}" holds files {what}; use another folder or --force')
    changes = list(_changes(kept, json.loads(_canonical(asdict(identity)))))
    if changes:
        shown = [*changes[:_MOST_CHANGES], *(["..."] if len(changes) > _MOST_CHANGES else [])]
        lines = "\n".join(f"  {change}" for change in shown)
        raise FolderRefused(
            f'results in "{folder}" belong to another base, seed or version; what changed:\n{lines}\n'
            "use another --out, or --force to keep only the runs that still hold"
        )


def _changes(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """ "path: old -> new" of everything that differs, but for what only people read."""
    if path in ("base.title", "base.question", "base.notes"):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _changes(old.get(key, "(none)"), new.get(key, "(none)"), f"{path}.{key}" if path else key)
    elif old != new:
        a, b = (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in (old, new))
        yield f"{path.removeprefix('base.')}: {a[:80]} -> {b[:80]}"


# ------------------------------------------------------------------------------------------------ runs


def run_name(key: str, replication: int) -> str:
    """File name of one replication at the point with this key."""
    return f"{key}-{replication:04d}.run"


def write_run(folder: Path, key: str, replication: int, run: Run) -> None:
    """Keep a run. One that failed is kept under another name, as it is run again when the sweep is."""
    path = folder / "runs" / key[:2] / run_name(key, replication)
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    body = zlib.compress(_canonical([key, replication, run.status, run.reason, run.trucks, run.cells]), 6)
    failed = path.with_suffix(".failed")
    write_atomic(failed if run.status == "failed" else path, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    if run.status != "failed":
        failed.unlink(missing_ok=True)


def read_run(folder: Path, key: str, replication: int) -> Run | None:
    """A kept run; None if there is none that is as it was written: then what is there is removed."""
    path = folder / "runs" / key[:2] / run_name(key, replication)
    for kept in (path, path.with_suffix(".failed")):
        head, _, body = _read(kept).partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() == head:
            own_key, own_replication, status, reason, trucks, cells = json.loads(zlib.decompress(body))
            if (own_key, own_replication) == (key, replication):
                return Run(status=status, reason=reason, trucks=trucks, cells=cells)
        kept.unlink(missing_ok=True)
    return None


def kept_names(folder: Path) -> set[str]:
    """Names of the files of all runs but failed ones."""
    return {name for home in folder.glob("runs/*") if home.is_dir() for name in os.listdir(home)  # noqa: PTH208
            if name.endswith(".run")}  # fmt: skip


# ----------------------------------------------------------------------------------------- what was asked


def known_keys(folder: Path, fingerprint: str) -> list[str] | None:
    """The keys of the points as they were found for this very sweep before; None if they were not."""
    record = _parsed(_read(folder / _POINTS))
    if record is None or record.get("fingerprint") != fingerprint:
        return None
    keys = record.get("keys")
    return keys if isinstance(keys, list) and record.get("sum") == _sum(keys) else None


def write_keys(folder: Path, fingerprint: str, keys: Sequence[str]) -> None:
    """Note the keys of the points of a sweep, all of them checked."""
    write_atomic(folder / _POINTS, _canonical({"fingerprint": fingerprint, "keys": list(keys), "sum": _sum(keys)}))


def is_finished(folder: Path, fingerprint: str) -> bool:
    """Whether the tables of this very sweep are there and undamaged."""
    record = _parsed(_read(folder / _MANIFEST))
    if record is None or record.get("fingerprint") != fingerprint or not isinstance(record.get("files"), dict):
        return False
    if record.pop("sum", None) != hashlib.sha256(_canonical(record)).hexdigest():
        return False
    return all(hashlib.sha256(_read(folder / name)).hexdigest() == own for name, own in record["files"].items())


def manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a finished sweep; empty if there is none."""
    return _parsed(_read(folder / _MANIFEST)) or {}


def publish(folder: Path, files: Iterable[tuple[str, bytes]], record: Mapping[str, Any]) -> None:
    """Write the tables, and last the manifest with their checksums: a folder with a manifest is whole."""
    (folder / _MANIFEST).unlink(missing_ok=True)
    sums = {}
    for name, data in files:
        write_atomic(folder / name, data)
        sums[name] = hashlib.sha256(data).hexdigest()
    whole = {**record, "files": sums}
    whole["sum"] = hashlib.sha256(_canonical(whole)).hexdigest()
    text = json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False)
    write_atomic(folder / _MANIFEST, (text + "\n").encode())


def _sum(keys: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _read(path: Path) -> bytes:
    """The content of a file; nothing if it is not there."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _parsed(text: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(text)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
