"""What is bundled: scenarios and overlays with the questions they answer, and the documented facts."""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from sim.scenario.bundled import facts, scenario_root
from sim.scenario.faults import ScenarioFaults, Text, shown
from sim.scenario.yaml_text import Scalar, Table, tree

_HEAD = ("kind:", "format:", "title:", "question:", "notes:", "base:", "extends:", "overlays:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """One bundled file."""

    name: str  # what to write on the command line
    folder: str
    kind: str
    title: str
    question: str


def bundled_files(root: Path | None = None) -> tuple[Bundled, ...]:
    """Every bundled file, by folder and name. Only the heads of the files are read."""
    root = root or scenario_root()
    return tuple(found for path in sorted(root.rglob("*.yaml")) if (found := _head(path, root)) is not None)


def _head(path: Path, root: Path) -> Bundled | None:
    with open(path, encoding="utf-8") as file:
        lines = []
        for line in file:
            if line[:1].isalpha() and not line.startswith(_HEAD):
                break
            lines.append(line.rstrip("\n"))
    try:
        node, _ = tree(Text(str(path), tuple(lines)))
    except ScenarioFaults:
        return None
    words = (
        {k: e.node.text for k, e in node.entries.items() if isinstance(e.node, Scalar)}
        if isinstance(node, Table)
        else {}
    )
    name = path.relative_to(root).with_suffix("")
    return Bundled(name=name.as_posix(), folder=name.parent.as_posix(), kind=words.get("kind", "?"),
                   title=words.get("title", ""), question=words.get("question", ""))  # fmt: skip


def listing(files: tuple[Bundled, ...]) -> str:
    """The bundled files to print, grouped by folder."""
    rows: list[str] = []
    width = max((len(f.name) for f in files), default=0)
    for folder in dict.fromkeys(f.folder for f in files):
        rows += [folder]
        for file in (f for f in files if f.folder == folder):
            rows.append(f"  {file.name:<{width}}  {file.kind}: {shown(file.title, 200)}")
            rows += [f"  {'':<{width}}  {shown(file.question, 300)}"] if file.question else []
    return "\n".join(rows) or "nothing is bundled"


def fact_listing(about: str = "") -> str:
    """The documented facts to print whose place, quantity or id holds the words; accents and case do not count."""
    wanted = folded(about).split()
    rows = [
        f
        for f in facts().values()
        if all(w in folded(f"{f.id} {f.place} {f.quantity} {f.period_date}") for w in wanted)
    ]
    if not rows:
        return f"no documented fact about {shown(about)}"
    return "\n".join(f"{fact}\n      {fact.source_title}; {fact.publisher_url}" for fact in rows)


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d").replace("-", " "))
    return "".join(c for c in plain if not unicodedata.combining(c))
