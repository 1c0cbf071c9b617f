"""Random damage to good scenario files: does loading stay calm, and do the faults point at the damage?

    python -m tests.scenario.mutations [NUMBER] [SEED]

prints how many of 1,000 mutations were refused, how many of those name the right line and field, and how many
one-edit typos of known words get the right suggestion first.
"""

import random
import re
import shutil
import string
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from sim.scenario import bundled
from sim.scenario.fitting import homes
from sim.scenario.layers import parts
from sim.scenario.load import examine, read_table
from sim.scenario.schema import ScenarioFile
from sim.scenario.shapes import Either, Leaf, Many, Named, Part, Record, at_path
from sim.scenario.yaml_text import Items, Scalar, Table

FILES = Path(__file__).with_name("files")
TOP = Record(ScenarioFile)
WORDS = homes(TOP)
JUNK = ["three", "-1", "2.5", ".nan", "1e999", '"3"', "yes", "[1]", "{a: 1}", "null", "30 parsecs",
        "25:00-26:00", "!!x y", "\u202e", "9" * 60, "*a", "&a", "'", "12,5 min", "2025-02-30", "", "<b>", "{{7*7}}",
        "友谊关", "=cmd()"]  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One value or key of a good file: where it stands and what it is called."""

    path: str
    line: int
    column: int
    text: str
    is_key: bool


@dataclass
class Tally:
    """What became of the mutations."""

    tried: int = 0
    refused: int = 0
    right: int = 0
    typos: int = 0
    suggested: int = 0
    slowest: float = 0.0
    tracebacks: list = field(default_factory=list)
    strays: list = field(default_factory=list)
    unsuggested: Counter = field(default_factory=Counter)

    def render(self):
        pointed, suggested = self.right / max(1, self.refused), self.suggested / max(1, self.typos)
        return (
            f"{self.tried} mutations: {self.refused} refused, {len(self.tracebacks)} tracebacks, "
            f"slowest {self.slowest:.2f} s\n"
            f"right line and field: {self.right} of {self.refused} ({pointed:.1%})\n"
            f"one-edit typos: {self.suggested} of {self.typos} have the right suggestion ({suggested:.1%})"
        )


def targets(path):
    """Every key and scalar of a file."""
    found = []

    def walk(node, at):
        if isinstance(node, Table):
            for key, entry in node.entries.items():
                below = f"{at}.{key}" if at else key
                place = entry.key.place
                found.append(Target(below, place.line, place.column, key, True))
                walk(entry.node, below)
        elif isinstance(node, Items):
            for number, item in enumerate(node.items):
                walk(item, f"{at}[{number}]")
        elif isinstance(node, Scalar) and node.text:
            found.append(Target(at, node.place.line, node.place.column, node.text, False))

    walk(read_table(path).node, "")
    return found


def typo(word, rng):
    """A word one edit away: a letter lost, doubled, changed, or two swapped."""
    at = rng.randrange(len(word))
    letter = rng.choice(string.ascii_lowercase)
    options = [word[:at] + word[at + 1 :], word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :],
               word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]]  # fmt: skip
    changed = [option for option in options if option != word and option]
    return rng.choice(changed) if changed else word + letter


def replaced(text, target, new):
    """The text with the target's own text replaced, or None if it does not stand there as written."""
    lines = text.splitlines(keepends=True)
    line = lines[target.line - 1]
    start = target.column - 1
    if not line.startswith(target.text, start):
        return None
    lines[target.line - 1] = line[:start] + new + line[start + len(target.text) :]
    return "".join(lines)


def mutated(text, target, rng):
    """A damaged text and the kind of damage."""
    kind = rng.choice(["typo", "junk", "delete line", "double line", "swap line", "bytes"])
    lines = text.splitlines(keepends=True)
    at = target.line - 1
    if kind == "typo":
        return replaced(text, target, typo(target.text, rng)), kind
    if kind == "junk":
        return (None if target.is_key else replaced(text, target, rng.choice(JUNK))), kind
    if kind == "delete line":
        return "".join(lines[:at] + lines[at + 1 :]), kind
    if kind == "double line":
        return "".join(lines[: at + 1] + lines[at:]), kind
    if kind == "swap line":
        other = rng.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
        return "".join(lines), kind
    spot = rng.randrange(len(text))
    return text[:spot] + rng.choice("\0\x1b\t{}[]:'\"#&*!|>%@`\u2028é") + text[spot + 1 :], kind


def points_at(fault, target):
    """Whether a fault stands on the line (or a neighbour's) and names the field, or a thing around or inside it.

    A name that is changed where it is declared is missed where it is used: then the fault stands there and tells
    the name that is missed.
    """
    if target.text in fault.message and "unknown" in fault.message:
        return True
    if abs(fault.line - target.line) > 1:
        return False
    known = target.path if not target.is_key else target.path.rpartition(".")[0]
    return not fault.path or fault.path.startswith(known) or known.startswith(fault.path) or fault.line == target.line


def closed_words(target):
    """The known words a key or value must be one of; empty if it is free."""
    steps = parts(target.path)
    if target.is_key:
        above = at_path(TOP, steps[:-1])
        records = [record for item in above for record in _records(item.shape if isinstance(item, Part) else item)]
        return [name for record in records for name in record.parts] if target.text in WORDS else []
    found = [item.shape if isinstance(item, Part) else item for item in at_path(TOP, steps)]
    leaves = [leaf for shape in found for leaf in (shape.shapes if isinstance(shape, Either) else [shape])]
    return [str(c) for leaf in leaves if isinstance(leaf, Leaf) for c in leaf.choices if isinstance(c, str)]


def _records(shape):
    if isinstance(shape, Either):
        return [record for option in shape.shapes for record in _records(option)]
    if isinstance(shape, Many | Named):
        return []
    return [shape] if isinstance(shape, Record) else []


def spoil(path, text, target, rng, tally):
    """Damage a file once and note what loading says."""
    damaged, kind = mutated(text, target, rng)
    if damaged is None or damaged == text:
        return
    path.write_text(damaged, encoding="utf-8")
    tally.tried += 1
    began = time.perf_counter()
    try:
        faults = examine(path)[1]
    except Exception:  # noqa: BLE001 -- any of them is what is looked for
        tally.tracebacks.append((kind, target, traceback.format_exc()))
        return
    tally.slowest = max(tally.slowest, time.perf_counter() - began)
    errors = [fault for fault in faults if fault.severity == "error"]
    if not errors:
        return
    tally.refused += 1
    if kind in ("typo", "junk"):
        hit = any(points_at(fault, target) for fault in errors)
    else:
        hit = all(fault.line or fault.exit_code == 3 for fault in errors)
    tally.right += hit
    if not hit:
        tally.strays.append((kind, target, [f"{f.line}:{f.column} {f.path}: {f.message}" for f in errors[:3]]))


def misspell(path, text, target, rng, tally):
    """Misspell a known word by one edit and note whether the first suggestion is right."""
    wrong = typo(target.text, rng)
    damaged = replaced(text, target, wrong)
    if damaged is None or wrong in closed_words(target):
        return
    path.write_text(damaged, encoding="utf-8")
    errors = [fault for fault in examine(path)[1] if fault.severity == "error"]
    hints = [re.match(r"did you mean (.*?)\?", fault.hint) for fault in errors if fault.line == target.line]
    tally.typos += 1
    good = any(hint and hint[1] == target.text for hint in hints)
    tally.suggested += good
    if not good:
        tally.unsuggested[f"{target.text} as {wrong}: {[(f.path, f.message, f.hint) for f in errors[:2]]}"] += 1


def campaign(number, seed, sources=None):
    """The tally of `number` mutations and as many typos."""
    rng = random.Random(seed)  # noqa: S311 -- damage, not secrets
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        shutil.copytree(FILES, root / "files")
        shutil.copytree(bundled.scenario_root(), root / "bundled")
        with mock.patch.object(bundled, "scenario_root", return_value=root / "bundled"):
            copies = [root / "files" / s for s in sources] if sources else sorted(root.rglob("*.yaml"))
            good = [path for path in copies if examine(path)[0] is not None]
            known = {path: (path.read_text(encoding="utf-8"), targets(path)) for path in good}
            while tally.tried < number:
                one_of(good, known, rng, spoil, tally)
            known = {path: (text, [t for t in found if len(t.text) > 2 and t.text in closed_words(t)])
                     for path, (text, found) in known.items()}  # fmt: skip
            while tally.typos < number:
                one_of(good, known, rng, misspell, tally)
    return tally


def one_of(good, known, rng, damage, tally):
    """Damage one file chosen at random, and restore it."""
    path = rng.choice(good)
    text, places = known[path]
    try:
        damage(path, text, rng.choice(places), rng, tally)
    finally:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    done = campaign(numbers[0] if numbers else 1000, numbers[1] if len(numbers) > 1 else 1)
    print(done.render())
    for kind, target, said in done.strays[:15]:
        print("stray:", kind, target.path, target.line, said)
    for word, n in done.unsuggested.most_common(15):
        print("no suggestion:", word, n)
    for kind, target, trace in done.tracebacks[:5]:
        print("traceback:", kind, target, trace)
    sys.exit(bool(done.tracebacks))
