"""What is wrong with an input, where it stands, and what would be right: one form for every fault.

scenario.yaml:14:14: error: stations.gate.servers: must be a whole number, got "three"
14 |     servers: three
|              ^^^^^
hint: write digits, e.g. servers: 3
"""

import json
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

SHOWN = 50  # faults of one run that are spelled out
BAD_INPUT, FILE_SYSTEM, LIMIT = 2, 3, 4  # exit codes


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was read: its name as the user typed it, and its lines."""

    name: str
    lines: tuple[str, ...] = ()
    folder: Path | None = None  # where names of other files in it are looked for

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: line and column count from 1, in characters; line 0 = the file as a whole."""

    text: Text
    line: int = 0
    column: int = 0
    width: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong (error) or worth a look (warning)."""

    severity: Literal["error", "warning"] = "error"
    file: str
    line: int = 0
    column: int = 0
    path: str = ""
    message: str
    hint: str = ""
    exit_code: int = BAD_INPUT
    source: str = field(default="", repr=False)  # the line it stands in
    width: int = field(default=1, repr=False)

    @property
    def where(self) -> str:
        """`file:line:column`, as far as known."""
        return ":".join([shown(self.file, 300), *(str(n) for n in (self.line, self.column) if n)])

    def render(self) -> str:
        """The fault as people read it, with the line it stands in and a caret."""
        subject = f"{shown(self.path, 300)}: " if self.path else ""
        rows = [f"{self.where}: {self.severity}: {subject}{self.message}"]
        if self.line and self.source.strip():
            rows += _caret(self.source, self.line, self.column, self.width)
        if self.hint:
            rows.append(f"  hint: {self.hint}")
        return "\n".join(rows)


def _caret(source: str, line: int, column: int, width: int) -> list[str]:
    """The source line, cut to what matters, and a line of carets under the culprit."""
    start = max(0, column - 81)
    before, after = source[start : column - 1], source[column - 1 : column + 79]
    marked = after[: max(1, min(width, len(after) or 1))]
    pad = " " * (_columns(shown(before, 999)) + (3 if start else 0))
    head = f"{line:6d} | "
    text = ("..." if start else "") + shown(before, 999) + shown(after, 999)
    return [(head + text).rstrip(), f"{'|':>{len(head) - 1}} {pad}{'^' * max(1, _columns(shown(marked, 999)))}"]


def _columns(text: str) -> int:
    """Terminal columns a text takes; wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def shown(text: str, limit: int = 80) -> str:
    """A text safe to print: control and invisible characters escaped, at most `limit` characters."""
    if text.isascii() and text.isprintable():
        safe = text
    else:
        safe = "".join(c if c == " " or _visible(c) else c.encode("unicode_escape").decode("ascii") for c in text)
    return safe if len(safe) <= limit else safe[: limit - 3] + "..."


def _visible(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def quoted(value: object) -> str:
    """An offending value as messages show it."""
    return f'"{shown(str(value))}"'


def fault(place: Place, message: str, *, path: str = "", hint: str = "",
          severity: Literal["error", "warning"] = "error", exit_code: int = BAD_INPUT) -> Fault:  # fmt: skip
    """A fault at a place."""
    return Fault(severity=severity, file=place.text.name, line=place.line, column=place.column, path=path,
                 message=message, hint=hint, exit_code=exit_code, source=place.text.line(place.line),
                 width=place.width)  # fmt: skip


class ScenarioFaults(Exception):
    """An input that cannot be used. Carries every fault that was found, errors and warnings."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = in_order(faults)
        super().__init__(render(self.faults))

    @property
    def exit_code(self) -> int:
        """2 bad input, 3 file system, 4 a stated limit."""
        codes = {f.exit_code for f in self.faults if f.severity == "error"}
        return next((code for code in (FILE_SYSTEM, BAD_INPUT, LIMIT) if code in codes), BAD_INPUT)


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Without repetitions, by place within each file; files in the order in which they first appear."""
    unique = list(dict.fromkeys(faults))
    files = {name: i for i, name in enumerate(dict.fromkeys(f.file for f in unique))}
    return tuple(sorted(unique, key=lambda f: (files[f.file], f.line, f.column)))


def render(faults: Sequence[Fault], *, done: str = "nothing was run") -> str:
    """All faults and the summary line; the errors first in line for the limit of 50."""
    errors = [f for f in faults if f.severity == "error"]
    warnings = [f for f in faults if f.severity == "warning"]
    kept = set((errors + warnings)[:SHOWN])
    rows = [f.render() for f in faults if f in kept]
    if len(errors) + len(warnings) > SHOWN:
        rows.append(f"... and {len(errors) + len(warnings) - SHOWN} more; only the first {SHOWN} are shown")
    counts = f"{_count(len(errors), 'error')}, {_count(len(warnings), 'warning')}"
    return "\n".join([*rows, f"{counts}; {done}." if errors else f"{counts}."])


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def to_json(faults: Sequence[Fault]) -> str:
    """The same list for programs: one JSON object with `errors`, `warnings` and `faults`."""
    keys = ("severity", "file", "line", "column", "path", "message", "hint")
    errors = sum(f.severity == "error" for f in faults)
    rows = [{key: getattr(f, key) for key in keys} for f in faults]
    return json.dumps(
        {"errors": errors, "warnings": len(faults) - errors, "faults": rows}, ensure_ascii=False, indent=1
    )


# ----------------------------------------------------------------------------------- did you mean


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known word that `word` most likely stands for; None if nothing is near."""
    if not known or len(word) > 200:
        return None
    plain = _plain(word)
    best = min(known, key=lambda k: (_edits(plain, _plain(k)), k[:1] != word[:1], abs(len(k) - len(word)), k))
    far = _edits(plain, _plain(best))
    if far <= max(1, len(plain) // 3) and far < max(len(plain), 2):
        return best
    return next((k for k in known if len(plain) > 3 and (k.endswith("/" + word) or k.startswith(word + "/"))), None)


def _plain(word: str) -> str:
    return word.lower().replace("_", "-").replace(" ", "-")


def _edits(a: str, b: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words."""
    if a == b:
        return 0
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


def did_you_mean(word: str, known: Collection[str], *, what: str = "known here", near: str | None = None) -> str:
    """A hint naming the nearest known word (or `near`) and, if there are not too many, all of them."""
    near = near or nearest(word, known)
    names = [shown(k, 60) for k in known]
    listing = f"{what}: {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}" if names else ""
    return listing if near is None else f"did you mean {shown(near, 120)}?  ({listing})"
