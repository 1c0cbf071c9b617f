"""Reading a file once, whole, within limits, as UTF-8 text. Nothing that is not a regular file is opened."""

import os
import re
import stat
import sys
import unicodedata
from pathlib import Path

from sim.scenario.faults import FILE_SYSTEM, Fault, Place, ScenarioFaults, Text, fault, nearest, quoted

MAX_BYTES = 5_000_000
STDIN = "-"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_WARNED = 10  # invisible characters of one file that are named


def read(path: str | Path, *, limit: int = MAX_BYTES) -> tuple[Text, list[Fault]]:
    """The text of a file ("-" is standard input) and warnings about it. Raises ScenarioFaults."""
    name = str(path)
    raw = sys.stdin.buffer.read(limit + 1) if name == STDIN else _bytes(Path(path), name, limit)
    whole = Place(Text(name))
    if len(raw) > limit:
        raise ScenarioFaults([fault(whole, f"is larger than the limit of {limit / 1e6:g} MB")])
    content = _decoded(raw, whole).replace("\r\n", "\n").replace("\r", "\n")
    folder = Path.cwd() if name == STDIN else Path(path).parent
    text = Text(name, tuple(content.split("\n")), folder)
    return text, _strange_characters(text)


def _bytes(path: Path, name: str, limit: int) -> bytes:
    whole = Place(Text(name))
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            hint = "give the .yaml file in it"
            raise ScenarioFaults([fault(whole, "is a directory", hint=hint, exit_code=FILE_SYSTEM)])
        if not stat.S_ISREG(status.st_mode):
            raise ScenarioFaults(
                [fault(whole, "is not a regular file", hint="standard input is -", exit_code=FILE_SYSTEM)]
            )
        if status.st_size > limit:
            raise ScenarioFaults([fault(whole, f"is {status.st_size / 1e6:.0f} MB, the limit is {limit / 1e6:g} MB")])
        with open(path, "rb") as file:
            return file.read(limit + 1)
    except FileNotFoundError:
        raise ScenarioFaults([_missing(path, whole)]) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise ScenarioFaults([fault(whole, f"cannot open: {reason}", exit_code=FILE_SYSTEM)]) from None


def _missing(path: Path, whole: Place) -> Fault:
    """No such file, with a near name of its folder."""
    names = sorted(p.name for p in path.parent.iterdir())[:1000] if path.parent.is_dir() else []
    near = nearest(path.name, names)
    hint = f"did you mean {path.parent / near}?" if near else ""
    return fault(whole, "cannot open: no such file", hint=hint, exit_code=FILE_SYSTEM)


def _decoded(raw: bytes, whole: Place) -> str:
    """UTF-8 text without byte order mark."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    zero = raw.find(b"\0")
    try:
        content = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        if zero >= 0 or line == 1 and error.start < 8:
            message = f"is not text: byte 0x{raw[error.start]:02x} at offset {error.start}"
            raise ScenarioFaults([fault(whole, message, hint="give a YAML file saved as UTF-8")]) from None
        message = f"is not UTF-8: byte 0x{raw[error.start]:02x} at offset {error.start}"
        raise ScenarioFaults([fault(Place(whole.text, line), message, hint="save the file as UTF-8")]) from None
    return content


def _strange_characters(text: Text) -> list[Fault]:
    """Raises for control characters; warns of characters nobody can see."""
    errors, warnings = [], []
    for number, line in enumerate(text.lines, 1):
        if line.isascii() and line.isprintable():
            continue
        for found in _CONTROL.finditer(line):
            message = f"control character U+{ord(found[0]):04X}"
            errors.append(fault(Place(text, number, found.start() + 1), message, hint="delete it"))
        for found in _INVISIBLE.finditer(line):
            message = f"invisible character U+{ord(found[0]):04X} ({unicodedata.name(found[0], 'unnamed').lower()})"
            place = Place(text, number, found.start() + 1)
            warnings.append(fault(place, message, hint="delete it, unless it is meant", severity="warning"))
    if errors:
        raise ScenarioFaults(errors)
    return warnings[:_WARNED]


def within(name: str, stated: Place, bundled: Path) -> Path:
    """The path of another file named in a file: relative, and inside its folder or the bundled scenarios.

    It is looked for from the folder of the file, then from that of the bundled scenarios. Raises ScenarioFaults.
    """
    folders = [stated.text.folder or Path(), bundled]
    if Path(name).is_absolute() or name.startswith("~") or "\0" in name:
        raise ScenarioFaults([fault(stated, f"must be a relative path, got {quoted(name)}")])
    for folder in folders:
        target = Path(os.path.normpath(folder / name))
        if not any(target.resolve().is_relative_to(root.resolve()) for root in folders):
            message = f"leads outside the folder of {quoted(stated.text.name)}: {quoted(name)}"
            raise ScenarioFaults([fault(stated, message, hint="put the file beside or below this one")])
        if target.is_file():
            return target
    near = _near_names(folders, Path(name))
    raise ScenarioFaults([fault(stated, f"no such file: {quoted(name)}", hint=near, exit_code=FILE_SYSTEM)])


def _near_names(folders: list[Path], given: Path) -> str:
    names = {
        str(given.parent / p.name) for f in folders if (f / given.parent).is_dir() for p in (f / given.parent).iterdir()
    }
    near = nearest(str(given), sorted(names))
    return f"did you mean {near}?" if near else ""
