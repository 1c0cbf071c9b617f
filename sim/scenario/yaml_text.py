"""YAML 1.2 text to a tree of nodes that know where they stand. No type is guessed: every scalar stays text.

Refused, each with a sentence of its own: tags, merge keys, keys given twice, keys that are no plain words,
anchors that refer to themselves, aliases that expand without bounds, deep nesting, second documents.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from sim.scenario.faults import Fault, Place, ScenarioFaults, Text, fault, quoted

MAX_DEPTH = 50
MAX_NODES = 100_000
_REMEMBERED = 32  # texts whose trees are kept: the points of a sweep read the same few files again and again
_READ_AS_OTHER = re.compile(r"(?i:y|n|yes|no|on|off|true|false|null|~)|[-+]?\.?[0-9][0-9_.eExXa-fA-F+-]*|")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a value comes from: a documented fact, or an assumption with a range. Bounds stay as written."""

    fact: str | None = None
    assumption: str | None = None
    low: str | None = None
    high: str | None = None


@dataclass(frozen=True, slots=True)
class Scalar:
    """A word, number or text as written."""

    text: str
    place: Place
    is_plain: bool = True  # without quotes
    source: "Sourced | None" = None


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: "tuple[Node, ...]"
    place: Place
    source: "Sourced | None" = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping and what stands under it."""

    key: Scalar
    node: "Node"


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping, in written order."""

    entries: dict[str, Entry]
    place: Place
    source: "Sourced | None" = None


@dataclass(frozen=True, slots=True)
class Sourced:
    """A source and the place of its statement."""

    source: Source
    place: Place


Node = Scalar | Items | Table


def reads_as_other(key: Scalar) -> bool:
    """Whether programs of older YAML read this unquoted word as a number, truth value or nothing."""
    return key.is_plain and _READ_AS_OTHER.fullmatch(key.text) is not None


def refuse(place: Place, message: str, hint: str = "") -> ScenarioFaults:
    return ScenarioFaults([fault(place, message, hint=hint)])


def tree(text: Text, content: str | None = None) -> tuple[Node | None, list[Fault]]:
    """The one document in a text (None if it has no content), and faults that do not hinder reading on.

    Raises ScenarioFaults where reading cannot go on. `content` stands for the text where only a part of
    it, at the same lines and columns, is YAML.
    """
    node, faults = _whole(text) if content is None else _parsed(text, content)
    return node, list(faults)


@lru_cache(maxsize=_REMEMBERED)
def _whole(text: Text) -> tuple[Node | None, tuple[Fault, ...]]:
    """The tree of a text, which nobody changes: known by its name, folder and every line, not by its file's time."""
    return _parsed(text, "\n".join(text.lines))


def _parsed(text: Text, content: str) -> tuple[Node | None, tuple[Fault, ...]]:
    builder = _Builder(text)
    try:
        events = YAML(typ="safe", pure=True).parse(content)
        return builder.document(iter(events)), tuple(builder.faults)
    except MarkedYAMLError as error:
        raise ScenarioFaults([*builder.faults, _syntax(error, text)]) from None
    except (YAMLError, ValueError, OverflowError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise refuse(Place(text), f"is not readable as YAML: {reason}") from None


@dataclass(slots=True)
class _Builder:
    """Turns parser events into nodes, counting what aliases expand to."""

    text: Text
    faults: list[Fault] = field(default_factory=list)
    anchors: dict[str, Node | None] = field(default_factory=dict)  # None while the anchored node is open
    sizes: dict[str, int] = field(default_factory=dict)
    nodes: int = 0

    def document(self, events: Iterator[Any]) -> Node | None:
        found: Node | None = None
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise refuse(self._place(event), "a second document begins here", "one scenario per file")
            elif isinstance(event, NodeEvent):
                found = self._node(event, events, 0)
        return None if isinstance(found, Scalar) and found.is_plain and found.text == "" else found

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        width = (
            end.column - start.column if end.line == start.line else len(self.text.line(start.line + 1)) - start.column
        )
        return Place(self.text, start.line + 1, start.column + 1, max(1, width))

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        place = self._place(event)
        if depth > MAX_DEPTH:
            raise refuse(place, f"is nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, AliasEvent):
            return self._alias(event.anchor, place)
        if event.tag is not None and event.tag != "!":
            raise refuse(place, f"tags are not allowed, got {quoted(event.tag)}", "write the value alone")
        before = self.nodes
        self._count(1, place)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        if isinstance(event, ScalarEvent):
            node: Node = Scalar(event.value, place, event.implicit[0] and event.style is None)
        elif isinstance(event, SequenceStartEvent):
            node = Items(tuple(self._items(events, depth)), place)
        else:
            node = Table(self._entries(events, depth), place)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
            self.sizes[event.anchor] = self.nodes - before
        return node

    def _count(self, more: int, place: Place) -> None:
        self.nodes += more
        if self.nodes > MAX_NODES:
            raise refuse(place, f"the file holds more than {MAX_NODES:,} nodes (aliases expanded)",
                         "large lists of trucks go into a CSV file")  # fmt: skip

    def _alias(self, anchor: str, place: Place) -> Node:
        if anchor not in self.anchors:
            raise refuse(place, f"no anchor {quoted(anchor)}", "anchors are named with & before they are used with *")
        node = self.anchors[anchor]
        if node is None:
            raise refuse(place, f"anchor {quoted(anchor)} refers to itself")
        self._count(max(2, self.sizes[anchor]), place)
        return node

    def _items(self, events: Iterator[Any], depth: int) -> Iterator[Node]:
        for event in events:
            if isinstance(event, SequenceEndEvent):
                return
            yield self._node(event, events, depth + 1)

    def _entries(self, events: Iterator[Any], depth: int) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            place = self._place(event)
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if isinstance(value, Scalar) and value.is_plain and not value.text:
                value = replace(value, place=place)  # nothing stands nowhere; its key shows where
            if isinstance(key, Scalar):
                self._enter(found, key, value)
            else:
                self.faults.append(fault(place, "keys must be plain words"))
        return found

    def _enter(self, found: dict[str, Entry], key: Scalar, value: Node) -> None:
        if key.text == "<<" and key.is_plain:
            message, hint = "merge keys (<<) are not read", "use extends: or an overlay, or write the keys out"
            self.faults.append(fault(key.place, message, hint=hint))
        elif key.text in found:
            first = found[key.text].key.place
            message = f"key {quoted(key.text)} is given twice, first at line {first.line}"
            self.faults.append(fault(key.place, message, hint="keep one of them"))
        else:
            found[key.text] = Entry(key, value)


# The parser's own words, by what they contain, as sentences for people.
_SENTENCES = (
    (r"found character '\\t'", "a tab stands where only spaces may", "indent with spaces"),
    (r"found unexpected end of stream|quoted scalar", "this quoted text is never closed", "close the quote"),
    (r"flow node", "a value is missing, or a bracket is not closed", "close it, or write the value"),
    (r"flow sequence", "this [ is not closed, or an item is not separated by a comma", "close it with ]"),
    (r"flow mapping", "this { is not closed, or an entry is not separated by a comma", "close it with }"),
    (r"mapping values are not allowed", 'a ":" stands where none may', "quote text that holds a colon and a space"),
    (r"incompatible YAML document", "only YAML 1.x is read", "leave out the %YAML line"),
    (r"block (collection|mapping|sequence|end)", "the indentation does not fit the lines above", "align it"),
    (r"could not find expected ':'|simple key", 'a ":" is missing after this key', "write key: value"),
    (r"cannot start any token", "this character cannot begin a value", "put the text in quotes"),
    (r"alias|anchor", "after * or & a name of letters and digits is needed", "put text in quotes"),
    (r"document start|tag", "the text does not go on as YAML", "put text with special characters in quotes"),
)  # fmt: skip


def _syntax(error: MarkedYAMLError, text: Text) -> Fault:
    """A parser's complaint as a sentence, at the opening position where something stays open."""
    complaint = f"{error.context or ''} {error.problem or ''}"
    opening = "quoted scalar" in complaint or "flow " in complaint and "flow node" not in complaint
    mark = (error.context_mark if opening else None) or error.problem_mark or error.context_mark
    message, hint = f"is not readable as YAML ({complaint.strip()})", ""
    for pattern, sentence, advice in _SENTENCES:
        if re.search(pattern, complaint):
            message, hint = sentence, advice
            break
    if opening and error.problem_mark and error.problem_mark.line != mark.line:
        message += f" (noticed at line {error.problem_mark.line + 1})"
    return fault(Place(text, mark.line + 1, mark.column + 1), message, hint=hint)
