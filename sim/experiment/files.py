"""Result files that appear whole or not at all, in folders that belong to one scenario."""

import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sim.experiment.lock import locked
from sim.scenario.faults import Place, ScenarioFaults, Text, fault

_STAGE = ".partial-"
_SUBFOLDERS = ("tables", "figures")
_OURS = re.compile(  # what a run writes, and therefore what a later run of the same scenario may remove
    r"manifest\.json|summary\.json|report(\.\w+)?\.html|trace\.parquet|trucks\.parquet"
    r"|tables/[^/]+\.(parquet|csv)|figures/[^/]+\.(svg|png|csv)"
)


class FolderRefused(Exception):
    """The output folder holds something else."""

    exit_code = 2


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that its name stands for the old content or the new one, never for half of it."""
    temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        with open(temporary, "xb", opener=_not_for_all) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise OSError(error.errno, f"{error.strerror} (writing {len(data):,} bytes)", str(path)) from error
    _sync_folder(path.parent)


def _not_for_all(path: str, flags: int) -> int:
    """Opened so that others may at most read, whatever the umask."""
    return os.open(path, flags, 0o644)


def _sync_folder(folder: Path) -> None:
    """Make new names in a folder survive a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def staged(folder: Path, *, scenario_hash: str, force: bool = False) -> Iterator[Path]:
    """A hidden folder to write results into. If the block ends well, they move to their final names in `folder`.

    Whatever happens in the block, earlier results in `folder` stay as they are until then.
    """
    with made(folder):
        _refuse_links(folder)
        with locked(folder):
            _refuse_others(folder, scenario_hash, force=force)
            for stale in folder.glob(f"{_STAGE}*"):
                shutil.rmtree(stale)
            stage = folder / f"{_STAGE}{secrets.token_hex(4)}"
            stage.mkdir(mode=0o755)
            try:
                yield stage
                _publish(stage, folder)
            finally:
                shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """A folder that can be written to, before the long work of the block. If it stays empty, it is gone at the end."""
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    try:
        for path in reversed(missing):
            path.mkdir(mode=0o755, exist_ok=True)
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
        try:
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(folder)) from None
        yield
    finally:
        for empty in missing:
            with suppress(OSError):
                empty.rmdir()


def _refuse_links(folder: Path) -> None:
    for path in (folder, *folder.iterdir(), *(p for name in _SUBFOLDERS for p in (folder / name).glob("*"))):
        if path.is_symlink():
            raise OSError(errno.ELOOP, "is a symbolic link; results are not written through it", str(path))


def _refuse_others(folder: Path, scenario_hash: str, *, force: bool) -> None:
    """Refuse a folder with files of another scenario, or of no scenario at all."""
    found = [p.name for p in folder.iterdir() if p.name != ".lock"]
    if force or not found:
        return
    owner = hash_of(folder)
    if owner is None and not any(name.startswith(_STAGE) for name in found):
        what = "whose manifest.json is damaged" if "manifest.json" in found else "that no run has written"
        raise FolderRefused(f'"{folder}" holds files {what}; use another folder or --force')
    if owner is not None and owner != scenario_hash:
        raise FolderRefused(
            f'results in "{folder}" belong to scenario hash {owner[:12]}, this one is {scenario_hash[:12]}; '
            "use another folder or --force"
        )


def hash_of(folder: Path) -> str | None:
    """Hash of the scenario whose results a folder holds; None if it holds no whole results."""
    try:
        return str(_manifest(folder)["hash"])
    except (OSError, ScenarioFaults):
        return None


def _manifest(folder: Path) -> dict[str, Any]:
    """The record of a folder's results. Raises OSError if there is none, ScenarioFaults if it is damaged."""
    path = folder / "manifest.json"
    text = path.read_bytes().decode(errors="replace")
    whole = Text(str(path), tuple(text.split("\n")))
    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        raise _damaged(Place(whole, error.lineno, error.colno), "is damaged: no JSON from here on") from None
    except (ValueError, RecursionError):
        raise _damaged(Place(whole), "is damaged: no JSON that a run writes") from None
    if not isinstance(record, dict):
        raise _damaged(Place(whole, 1, 1), "is damaged: must be an object in braces")
    if not isinstance(record.get("hash"), str):
        raise _damaged(Place(whole), "is damaged: the hash of the scenario is missing or no text", path="hash")
    return record


def _damaged(place: Place, message: str, path: str = "") -> ScenarioFaults:
    hint = "it cannot be mended by hand; run again, into this folder with --force or into another"
    return ScenarioFaults([fault(place, message, path=path, hint=hint)])


def require_results(folder: Path, *names: str) -> None:
    """Refuse a folder that does not hold the undamaged results of a whole run, these files among them."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "is a file; give the folder that cuakhau run has written", str(folder))
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder of results", str(folder))
    try:
        record = _manifest(folder)
    except FileNotFoundError:
        message = f'"{folder}" holds no whole results (no manifest.json); cuakhau run --out makes them'
        raise FolderRefused(message) from None
    if "kind" in record:
        raise FolderRefused(f'"{folder}" holds a {record["kind"]}, no run; cuakhau {record["kind"]} tells of it again')
    files = record.get("files")
    if not isinstance(files, dict):
        place = Place(Text(str(folder / "manifest.json")))
        raise _damaged(place, "is damaged: the list of files is missing or no object in braces", path="files")
    for name in names:
        if name not in files:
            raise FolderRefused(f'"{folder}" has no {name}; run again with --trace')
    for name, expected in files.items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise FolderRefused(f'"{path}" is damaged or missing; run again to make it anew')


def _publish(stage: Path, folder: Path) -> None:
    """Move everything to its final name, the manifest last: a folder with a manifest is whole."""
    new = sorted(p.relative_to(stage).as_posix() for p in stage.rglob("*") if p.is_file())
    (folder / "manifest.json").unlink(missing_ok=True)
    for name in sorted(new, key=lambda name: name == "manifest.json"):
        (folder / name).parent.mkdir(mode=0o755, exist_ok=True)
        (stage / name).replace(folder / name)
    for old in (p for p in folder.rglob("*") if p.is_file()):
        name = old.relative_to(folder).as_posix()
        if _OURS.fullmatch(name) and name not in new:
            old.unlink()
    for changed in (folder, *(folder / name for name in _SUBFOLDERS)):
        _sync_folder(changed)


_RESERVED = re.compile(r"con|prn|aux|nul|(com|lpt)\d")


def safe_name(text: str) -> str:
    """A folder name any system accepts, made from any text: lower-case ASCII letters, digits, hyphens."""
    plain = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60].strip("-")
    if not name:
        return "scenario"
    return f"scenario-{name}" if _RESERVED.fullmatch(name) else name
