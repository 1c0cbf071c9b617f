"""Layers of a scenario laid over each other: extends, the file, overlays, --set; and what they changed.

Mappings are merged key by key; lists, and laws of another kind, are replaced whole; `null` takes a key away.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sim.scenario.faults import Fault, Place, ScenarioFaults, Text, did_you_mean, fault, quoted
from sim.scenario.yaml_text import Entry, Items, Node, Scalar, Source, Sourced, Table, refuse, tree

_WRAPPER = {"value", "fact", "assumption", "range"}


# --------------------------------------------------------------------------------------- sources


def unwrapped(node: Node, faults: list[Fault]) -> Node:
    """The node with every `{value:, fact:}` replaced by its value, which then carries its source."""
    if isinstance(node, Items):
        return replace(node, items=tuple(unwrapped(item, faults) for item in node.items))
    if isinstance(node, Scalar):
        return node
    if "value" in node.entries and "law" not in node.entries and (set(node.entries) & (_WRAPPER - {"value"})):
        return _value_with_source(node, faults)
    entries = {key: replace(entry, node=unwrapped(entry.node, faults)) for key, entry in node.entries.items()}
    return replace(node, entries=entries)


def _value_with_source(node: Table, faults: list[Fault]) -> Node:
    words: dict[str, str] = {}
    for key, entry in node.entries.items():
        if key not in _WRAPPER:
            hint = did_you_mean(key, sorted(_WRAPPER))
            faults.append(fault(entry.key.place, f"unknown key {quoted(key)} beside a value and its source", hint=hint))
        elif key in ("fact", "assumption"):
            if isinstance(entry.node, Scalar) and entry.node.text.strip():
                words[key] = entry.node.text
            else:
                faults.append(fault(entry.node.place, f"{key} must be a text"))
    low, high = _bounds(node, faults)
    if "fact" in words and "assumption" in words:
        message = "a value is either documented (fact) or assumed (assumption), not both"
        faults.append(fault(node.entries["assumption"].key.place, message))
    source = Source(fact=words.get("fact"), assumption=words.get("assumption"), low=low, high=high)
    place = node.entries["fact" if "fact" in node.entries else "value"].node.place
    return replace(unwrapped(node.entries["value"].node, faults), source=Sourced(source, place))


def _bounds(node: Table, faults: list[Fault]) -> tuple[str | None, str | None]:
    entry = node.entries.get("range")
    if entry is None:
        return None, None
    ends = entry.node.items if isinstance(entry.node, Items) else ()
    if len(ends) != 2 or not all(isinstance(end, Scalar) for end in ends):
        faults.append(
            fault(entry.node.place, "range must be a list of two values", hint="write range: [5 min, 15 min]")
        )
        return None, None
    return ends[0].text, ends[1].text  # type: ignore[union-attr]


def _keep_source(parent: Node, child: Node) -> Node:
    """A part of a sourced value has that source too, unless it states its own; a range is that of the whole only."""
    if parent.source is None or child.source is not None:
        return child
    return replace(child, source=replace(parent.source, source=replace(parent.source.source, low=None, high=None)))


# --------------------------------------------------------------------------------------- merging


def merged(below: Node | None, above: Node) -> Node:
    """`above` laid over `below`."""
    if not (isinstance(below, Table) and isinstance(above, Table)) or _replaces_law(below, above):
        return above
    entries = {key: Entry(entry.key, _keep_source(below, entry.node)) for key, entry in below.entries.items()}
    for key, written in above.entries.items():
        entry = replace(written, node=_keep_source(above, written.node))
        if is_nothing(entry.node):
            entries.pop(key, None)
        elif key not in entries:
            entries[key] = entry
        else:
            node = merged(entries[key].node, entry.node)
            entries[key] = Entry(
                entries[key].key if isinstance(node, Table) and node is not entry.node else entry.key, node
            )
    return Table(entries, below.place)


def _replaces_law(below: Table, above: Table) -> bool:
    """Whether a law takes the place of a law: another one, or one with a source of its own."""
    if above.source is not None and "law" in above.entries:
        return True
    laws = [t.entries["law"].node.text for t in (below, above)
            if "law" in t.entries and isinstance(t.entries["law"].node, Scalar)]  # fmt: skip
    return "law" in above.entries and len(set(laws)) > 1


def is_nothing(node: Node) -> bool:
    """Whether a node is an unquoted null, ~ or empty value."""
    return isinstance(node, Scalar) and node.is_plain and node.text in ("", "null", "~", "Null", "NULL")


def needless(below: Node, above: Node) -> list[Fault]:
    """Faults of a layer that takes away what is not there."""
    gone = [(path, place) for path, node, place in leaves(above) if is_nothing(node) and find(below, path) is None]
    message = "takes away a key that is not there"
    return [fault(place, message, path=path, hint=_near(below, path)) for path, place in gone]


def _near(below: Node, path: str) -> str:
    """A hint naming the key that is there and most like the last of a path."""
    above, _, last = path.rpartition(".")
    around = find(below, above)
    return did_you_mean(last, list(around.entries), what="there are") if isinstance(around, Table) else ""


def leaves(node: Node, path: str = "") -> Iterator[tuple[str, Node, Place]]:
    """Path, node and place of the key of everything a layer sets: what is not merged further."""
    if isinstance(node, Table) and "law" not in node.entries and node.source is None:
        for key, entry in node.entries.items():
            below = f"{path}.{key}" if path else key
            if isinstance(entry.node, Table):
                yield from leaves(entry.node, below)
            else:
                yield below, entry.node, entry.key.place
    else:
        yield path, node, node.place


def find(node: Node | None, path: str) -> Node | None:
    """The node at a path such as `routes.export[2].at`; None if there is none."""
    for part in parts(path):
        if isinstance(part, int):
            node = node.items[part] if isinstance(node, Items) and part < len(node.items) else None
        else:
            entry = node.entries.get(part) if isinstance(node, Table) else None
            node = entry.node if entry else None
    return node


def parts(path: str) -> list[str | int]:
    """ "a.b[2].c" as ["a", "b", 2, "c"]."""
    found: list[str | int] = []
    for word in path.split(".") if path else []:
        key, *numbers = re.split(r"\[(\d+)\]", word)
        found += [key] if key else []
        found += [int(n) for n in numbers if n]
    return found


def text_of(node: Node | None) -> str:
    """A node on one line, as a file could write it."""
    if node is None:
        return "(none)"
    if isinstance(node, Scalar):
        return (
            node.text
            if node.is_plain or re.fullmatch(r"[\w ./%-]*", node.text)
            else json.dumps(node.text, ensure_ascii=False)
        )
    if isinstance(node, Items):
        return "[" + ", ".join(text_of(item) for item in node.items) + "]"
    return "{" + ", ".join(f"{key}: {text_of(entry.node)}" for key, entry in node.entries.items()) + "}"


# --------------------------------------------------------------------------------------- stacking


@dataclass(slots=True)
class Stack:
    """Overlays laid over a scenario one by one, with what each changed and who touched what."""

    node: Table
    faults: list[Fault]
    changes: list[str] = field(default_factory=list)
    touched: dict[str, Place] = field(default_factory=dict)

    def lay(self, overlay: Table) -> None:
        """Lay an overlay over what is there. Two overlays that set one key are a fault that names both lines."""
        mine = list(leaves(overlay))
        for path, node, place in mine:
            first = next((q for q in self.touched if _overlap(q, path)), None)
            if first is not None:
                other = self.touched[first]
                message = f"two overlays set this key; the other is {other.text.name}:{other.line}"
                self.faults.append(fault(place, message, path=path, hint="let one overlay set it"))
            self._note(path, node)
        self.faults += needless(self.node, overlay)
        self.touched.update({path: place for path, _, place in mine})
        self.node = _table(merged(self.node, overlay))

    def _note(self, path: str, node: Node) -> None:
        old = find(self.node, path)
        if text_of(old) != text_of(node):
            self.changes.append(f"{path}: {text_of(old)} -> {'(none)' if is_nothing(node) else text_of(node)}")

    def put(self, path: str, value: object, folder: Text) -> None:
        """Set one value, as --set does: the value is YAML text, or a number, truth value, list or mapping."""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        line = Text("--set", (f"{path}={text}",), folder.folder)
        node, faults = tree(line, " " * (len(path) + 1) + text)
        place = Place(line, 1, 1, max(1, len(path)))
        new = unwrapped(node or Scalar("", replace(place, column=len(path) + 2)), faults)
        self.faults += faults
        steps = parts(path)
        if (
            not steps
            or any("[" in str(s) for s in steps)
            or "".join(_written(s) for s in steps).removeprefix(".") != path
        ):
            raise refuse(
                place, f"is not the path of a value: {quoted(path)}", "write for example stations.NAME.servers=3"
            )
        if self._is_known(steps, place):
            self._note(path, new)
            self.node = _table(_placed(self.node, steps, new, place))

    def _is_known(self, steps: list[str | int], place: Place) -> bool:
        """Whether the thing whose part is set exists: a new one may only be set whole."""
        node: Node | None = self.node
        for depth, part in enumerate(steps[:-1] if len(steps) > 2 else []):
            if isinstance(part, int) and (not isinstance(node, Items) or part >= len(node.items)):
                self.faults.append(
                    fault(place, f"there is no item {part}", path="".join(map(_written, steps)).strip("."))
                )
                return False
            known = list(node.entries) if isinstance(node, Table) else []
            if depth == 1 and isinstance(part, str) and part not in known:
                message = f"there is no {quoted(part)} in {steps[0]}"
                self.faults.append(fault(place, message, hint=did_you_mean(part, known)))
                return False
            node = find(node, _written(part).removeprefix(".")) if node else None
            if node is None:
                break
        return True


def _written(part: str | int) -> str:
    return f"[{part}]" if isinstance(part, int) else f".{part}"


def _overlap(a: str, b: str) -> bool:
    return a == b or a.startswith((b + ".", b + "[")) or b.startswith((a + ".", a + "["))


def _placed(node: Node | None, steps: list[str | int], new: Node, place: Place) -> Node:
    """`node` with `new` at the end of the steps."""
    if not steps:
        return merged(node, new)
    part, rest = steps[0], steps[1:]
    if isinstance(part, int):
        if not isinstance(node, Items) or part >= len(node.items):
            raise ScenarioFaults([fault(place, f"there is no item {part}")])
        items = [_keep_source(node, item) for item in node.items]
        items[part] = _placed(node.items[part], rest, new, place)
        return replace(node, items=tuple(items), source=None)
    old = node if isinstance(node, Table) else Table({}, place)
    entry = old.entries.get(part)
    if not rest and is_nothing(new):
        return replace(old, entries={k: e for k, e in old.entries.items() if k != part})
    below = _placed(entry.node if entry else None, rest, new, place)
    key = entry.key if entry and rest else Scalar(part, place)
    return replace(old, entries={**{k: Entry(e.key, _keep_source(old, e.node)) for k, e in old.entries.items()},
                                 part: Entry(key, below)}, source=None)  # fmt: skip


def _table(node: Node) -> Table:
    assert isinstance(node, Table)  # merging a mapping with a mapping gives one
    return node
