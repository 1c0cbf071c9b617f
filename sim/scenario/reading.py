"""Reading a file once, whole, within limits, as UTF-8 text. Nothing that is not a regular file is opened."""

import re
import stat
import sys
import unicodedata
from pathlib import Path

from sim.scenario.bundled import scenario_root
from sim.scenario.faults import FILE_SYSTEM, Fault, Place, ScenarioFaults, Text, fault, nearest

MAX_BYTES = 5_000_000
STDIN = "-"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_WARNED = 10  # invisible characters of one file that are named


def read(path: str | Path, *, limit: int = MAX_BYTES) -> tuple[Text, list[Fault]]:
    """The text of a file ("-" is standard input) and warnings about it. Raises ScenarioFaults."""
    name = str(path)
    if not name:
        raise ScenarioFaults([fault(Place(Text('""')), "names no file", hint="cuakhau list shows what is bundled")])
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
    """No such file, with a near name of its folder, or of what is bundled."""
    names = sorted(p.name for p in path.parent.iterdir())[:1000] if path.parent.is_dir() else []
    near = nearest(path.name, names)
    known = str(path.parent / near) if near else nearest(str(path), _bundled_names())
    hint = f"did you mean {known}?" if known else "cuakhau list shows what is bundled"
    return fault(whole, "cannot open: no such file", hint=hint, exit_code=FILE_SYSTEM)


def _bundled_names() -> list[str]:
    root = scenario_root()
    return sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.yaml"))


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
