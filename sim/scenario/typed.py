"""A tree of nodes read against the schema: typed values, the place of each, and every fault at once.

What is faulty is left out of the draft, so that the checks of meaning still see all the rest.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from sim.scenario.faults import Fault, Place, did_you_mean, fault, nearest, quoted, shown
from sim.scenario.fitting import fits, keys, kind_hint, likeness, own_words, tag_phrase, weak_tags
from sim.scenario.shapes import Either, Leaf, Many, Named, Part, Record, Shape, phrase
from sim.scenario.words import Misfit, got, word
from sim.scenario.yaml_text import Entry, Items, Node, Scalar, Sourced, Table


@dataclass(frozen=True, slots=True)
class Read:
    """A value as written (`plain`, JSON-able) and as the schema means it (`value`)."""

    plain: Any
    value: Any


class Faulty:
    """Stands for a value that could not be read."""


FAULTY: Final = Faulty()
_ORDERED = ("whole", "number", "duration", "rate", "share", "length", "money")  # kinds whose values can be compared


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands, and its key."""

    value: Place
    key: Place


@dataclass(slots=True)
class Reader:
    """Collects what is found on the way through the tree."""

    homes: dict[str, list[str]]  # where each key of the schema belongs
    faults: list[Fault] = field(default_factory=list)
    spots: dict[str, Spot] = field(default_factory=dict)
    sources: dict[str, Sourced] = field(default_factory=dict)

    def draft(self, shape: Record, node: Table) -> Read:
        """The whole file as far as it can be read; required parts that cannot are None, or empty mappings."""
        self.spots[""] = Spot(node.place, Place(node.place.text, 1, 1))
        plain, values = self._parts(shape, node, "")
        needed = {name: part.shape for name, part in shape.parts.items() if part.is_required}
        empty: dict[str, Any] = {name: {} if isinstance(part, Named) else None for name, part in needed.items()}
        return Read(plain, shape.model.model_construct(**(empty | values)))

    def read(self, shape: Shape, node: Node, path: str, key: Place | None = None) -> Read | Faulty:
        """The node as `shape` reads it; FAULTY if a fault was found in it that leaves nothing to work with."""
        self.spots[path] = Spot(node.place, key or node.place)
        if node.source is not None:
            self.sources[path] = node.source
        match shape:
            case Leaf() if isinstance(node, Scalar):
                return self._leaf(shape, node, path)
            case Record() if isinstance(node, Table):
                return self._record(shape, node, path)
            case Named() if isinstance(node, Table):
                return self._named(shape, node, path)
            case Many() if isinstance(node, Items):
                return self._many(shape, node, path)
            case Either():
                return self._either(shape, node, path)
        return self._refuse(node.place, path, f"must be {phrase(shape)}, got {got(node)}", kind_hint(shape, node))

    def _refuse(self, place: Place, path: str, message: str, hint: str = "") -> Faulty:
        self.faults.append(fault(place, message, path=path, hint=hint))
        return FAULTY

    def _leaf(self, leaf: Leaf, node: Scalar, path: str) -> Read | Faulty:
        try:
            found = word(leaf, node, path.rpartition(".")[2])
        except Misfit as misfit:
            return self._refuse(node.place, path, misfit.reason, misfit.hint)
        self._check_range(leaf, found.value, node, path)
        return Read(found.plain, found.value)

    def _check_range(self, leaf: Leaf, value: Any, node: Scalar, path: str) -> None:
        """The bounds of an assumption are values of the same kind, in order, around the value."""
        stated = node.source.source if node.source else None
        if node.source is None or stated is None or stated.low is None or stated.high is None:
            return
        try:
            low, high = (word(leaf, Scalar(end, node.place)).value for end in (stated.low, stated.high))
        except Misfit as misfit:
            self._refuse(node.source.place, path, f"a bound of the range {misfit.reason}", misfit.hint)
            return
        if leaf.kind in _ORDERED and not low <= value <= high:
            self._refuse(node.place, path, f"must lie within its range, {stated.low} to {stated.high}, got {got(node)}")

    # ------------------------------------------------------------------------------------ mappings

    def _record(self, shape: Record, node: Table, path: str) -> Read | Faulty:
        before = len(self.faults)
        plain, values = self._parts(shape, node, path)
        if any(part.is_required and name not in values for name, part in shape.parts.items()):
            return FAULTY
        if shape.model.__pydantic_decorators__.model_validators and len(self.faults) == before:
            try:
                shape.model.model_validate(plain)
            except ValidationError as error:
                return self._refuse(self._head(path), path, own_words(error))
        return Read(plain, shape.model.model_construct(**values))

    def _parts(self, shape: Record, node: Table, path: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The parts that can be read, plain and as values, by key."""
        plain, values, parts = {}, {}, shape.parts
        given = self._renamed(parts, node, path)
        for name, entry in given.items():
            found = self.read(parts[name].shape, entry.node, _join(path, name), entry.key.place)
            if isinstance(found, Read):
                plain[name], values[name] = found.plain, found.value
        for name, part in parts.items():
            if part.is_required and name not in given:
                self._missing(part, path)
        return plain, values

    def _renamed(self, parts: dict[str, Part], node: Table, path: str) -> dict[str, Entry]:
        """The entries by the keys of the schema; an unknown key stands for the missing key it is nearest to."""
        given = {name: entry for name, entry in node.entries.items() if name in parts}
        for name, entry in node.entries.items():
            if name in parts:
                continue
            free = [p for p in parts if p not in node.entries]
            near = nearest(name, free)
            if near is not None:
                hint = did_you_mean(name, list(parts), near=near)
                given.setdefault(near, entry)
            elif name.isdigit() and isinstance(entry.node, Scalar) and not entry.node.text:
                hint = "a decimal comma? write the decimal point as a point"
            else:
                hint = self._home_hint(name) or did_you_mean(name, list(parts))
            self.faults.append(fault(entry.key.place, "unknown key", path=_join(path, name), hint=hint))
        return given

    def _home_hint(self, name: str) -> str:
        homes = list(dict.fromkeys(self.homes.get(name, [])))
        return f"{shown(name)} belongs under {' or '.join(homes[:2])}" if homes else ""

    def _missing(self, part: Part, path: str) -> None:
        hint = f"{part.name}: {part.description or phrase(part.shape)}"
        self.faults.append(fault(self._head(path), f"missing key {quoted(part.name)}", path=path, hint=hint))

    def _head(self, path: str) -> Place:
        """The place that names a thing as a whole: its key, or where it begins."""
        return self.spots[path].key

    def _named(self, shape: Named, node: Table, path: str) -> Read | Faulty:
        plain, values = {}, {}
        for name, entry in node.entries.items():
            below = _join(path, name)
            try:
                key = word(shape.key, entry.key)
            except Misfit as misfit:
                self._refuse(entry.key.place, below, misfit.reason, misfit.hint)
                key = None
            found = self.read(shape.value, entry.node, below, entry.key.place)
            if isinstance(found, Read) and key is not None:
                plain[name], values[key.value] = found.plain, found.value
        if not self._has_length(shape, len(node.entries), path, "entries"):
            return FAULTY
        return Read(plain, values)

    def _has_length(self, shape: Named | Many, n: int, path: str, noun: str) -> bool:
        if n < shape.min_length:
            self._refuse(self._head(path), path, f"must have at least {shape.min_length} {noun}, got {n}")
        elif shape.max_length is not None and n > shape.max_length:
            self._refuse(self._head(path), path, f"must have at most {shape.max_length} {noun}, got {n}")
        else:
            return True
        return False

    def _many(self, shape: Many, node: Items, path: str) -> Read | Faulty:
        found = [self.read(shape.item, item, f"{path}[{i}]") for i, item in enumerate(node.items)]
        if not self._has_length(shape, len(found), path, "items"):
            return FAULTY
        if FAULTY in found and _is_needed_whole(shape.item):
            return FAULTY
        read = [item if isinstance(item, Read) else Read(None, None) for item in found]  # None keeps the numbering
        return Read([item.plain for item in read], tuple(item.value for item in read))

    # ------------------------------------------------------------------------------------ choices

    def _either(self, shape: Either, node: Node, path: str) -> Read | Faulty:
        if shape.tag is not None:
            return self._tagged(shape, node, path)
        fitting = [s for s in shape.shapes if fits(s, node)]
        leaves = [s for s in fitting if isinstance(s, Leaf)]
        if leaves and isinstance(node, Scalar):
            return self._one_of_leaves(leaves, node, path)
        if not fitting:
            return self._refuse(node.place, path, f"must be {phrase(shape)}, got {got(node)}")
        return self.read(max(fitting, key=lambda s: likeness(s, node)), node, path, self._head(path))

    def _one_of_leaves(self, leaves: list[Leaf], node: Scalar, path: str) -> Read | Faulty:
        misfits = []
        for leaf in leaves:
            try:
                found = word(leaf, node, path.rpartition(".")[2])
            except Misfit as misfit:
                misfits.append(misfit)
                continue
            self._check_range(leaf, found.value, node, path)
            return Read(found.plain, found.value)
        specific = [m for m in misfits if not m.reason.startswith("must be one of") and "must be" not in m.reason]
        close = next((m for m in misfits if m.hint.startswith("did you mean")), None)
        first = (specific or misfits)[0]
        if specific or len(leaves) == 1 or (len(leaves) > 1 and node.is_plain and node.text[:1].isdigit()):
            return self._refuse(node.place, path, first.reason, first.hint)
        hint = (close or first).hint
        return self._refuse(node.place, path, f"must be {phrase(Either(tuple(leaves)))}, got {got(node)}", hint)

    def _tagged(self, shape: Either, node: Node, path: str) -> Read | Faulty:
        if isinstance(node, Scalar) and shape.shorthand:
            return self._shorthand(shape, node, path)
        if isinstance(node, Scalar) and callable(shape.tag) and node.text and shape.tag(node.text):
            return self._bare(shape, shape.tag(node.text), node, path)
        if not isinstance(node, Table):
            return self._refuse(node.place, path, f"must be {tag_phrase(shape)}, got {got(node)}")
        tag = self._tag(shape, node, path)
        if tag is None:
            return FAULTY
        return self.read(shape.shapes[shape.tags.index(tag)], node, path, self._head(path))

    def _shorthand(self, shape: Either, node: Scalar, path: str) -> Read | Faulty:
        """A bare duration for a law that is constant."""
        constant = shape.shapes[shape.tags.index("constant")]
        assert isinstance(constant, Record)  # laws are records
        found = self.read(constant.parts["value"].shape, node, path, self._head(path))
        if isinstance(found, Faulty):
            return found
        return Read(found.plain, constant.model.model_construct(law="constant", value=found.value))

    def _bare(self, shape: Either, tag: str, node: Scalar, path: str) -> Read | Faulty:
        """A bare word for the record whose tag it gives: the key of a station for visiting it."""
        record = shape.shapes[shape.tags.index(tag)]
        assert isinstance(record, Record)  # only records have tags
        found = self.read(record.parts[tag].shape, node, path, self._head(path))
        self.spots[_join(path, tag)] = self.spots[path]
        return (
            found
            if isinstance(found, Faulty)
            else Read(found.plain, record.model.model_construct(**{tag: found.value}))
        )

    def _tag(self, shape: Either, node: Table, path: str) -> str | None:
        """Which of the records a mapping is."""
        if isinstance(shape.tag, str):
            return self._tag_word(shape, shape.tag, node, path)
        assert shape.tag is not None  # only tagged choices come here
        tag: str | None = shape.tag(dict.fromkeys(node.entries))
        if tag is not None and all(key in keys(shape, tag) for key in node.entries):
            return tag
        typos = {key: nearest(key, shape.tags) for key in node.entries if key not in self.homes}
        meant = next(((key, near) for key, near in typos.items() if near), None)
        if meant is not None and (tag is None or tag in weak_tags(shape)):
            return meant[1]
        if tag is None:
            hint = did_you_mean(next(iter(node.entries), ""), shape.tags, what="steps begin with")
            self._refuse(self._head(path), path, "is none of the steps", hint)
        return tag

    def _tag_word(self, shape: Either, key: str, node: Table, path: str) -> str | None:
        entry = node.entries.get(key)
        if entry is None:
            near = next((k for k in node.entries if nearest(k, [key]) and k not in self.homes), None)
            if near is None:
                self._refuse(self._head(path), path, f"missing key {quoted(key)}", f"{key}: {tag_phrase(shape)}")
                return None
            entry = node.entries[near]
        if isinstance(entry.node, Scalar) and entry.node.text in shape.tags:
            return entry.node.text
        below = _join(path, key)
        self.spots[below] = Spot(entry.node.place, entry.key.place)
        near_tag = nearest(entry.node.text, shape.tags) if isinstance(entry.node, Scalar) else None
        hint = f"did you mean {near_tag}?" if near_tag else ""
        self._refuse(entry.node.place, below, f"must be {tag_phrase(shape)}, got {got(entry.node)}", hint)
        return None


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _is_needed_whole(item: Shape) -> bool:
    """Whether a list of such things means nothing without one of them: single values, and the laws of a mixture."""
    return isinstance(item, Leaf) or (isinstance(item, Either) and isinstance(item.tag, str))
