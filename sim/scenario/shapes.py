"""The shape of scenario files, read off the pydantic models: what may stand where, with limits and meaning.

Loading, explaining, the reference page and the JSON Schema all walk these few kinds of shape, so a new
field of the schema appears in all of them by itself.
"""

import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, Discriminator, Tag
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

Kind = Literal[
    "whole", "number", "text", "truth", "choice", "duration", "rate", "share", "length", "money", "windows", "instant"
]
_BASES: dict[Any, Kind] = {int: "whole", float: "number", str: "text", bool: "truth"}
_LIMITS = ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A single value."""

    kind: Kind
    choices: tuple[Any, ...] = ()
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A key of a record."""

    name: str
    shape: "Shape"
    is_required: bool
    default: Any
    description: str


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with fixed keys."""

    model: type[BaseModel]

    @property
    def parts(self) -> dict[str, Part]:
        return parts_of(self.model)


@dataclass(frozen=True, slots=True)
class Named:
    """A mapping from free keys to things of one shape."""

    key: Leaf
    value: "Shape"
    min_length: int = 0
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Many:
    """A list of things of one shape."""

    item: "Shape"
    min_length: int = 0
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Either:
    """One of several shapes. Records among them are told apart by `tag` if there is one."""

    shapes: "tuple[Shape, ...]"
    tag: "str | Callable[[Any], Any] | None" = None
    tags: tuple[str, ...] = ()  # of each shape, if it is told apart by tag
    shorthand: bool = False  # a bare duration stands for the constant law


Shape = Leaf | Record | Named | Many | Either


@cache
def parts_of(model: type[BaseModel]) -> dict[str, Part]:
    """The keys of a model as files write them, in order."""
    hints = typing.get_type_hints(model, include_extras=True)
    found = {}
    for name, info in model.model_fields.items():
        key = info.alias or name
        default = None if info.default is PydanticUndefined else info.default
        found[key] = Part(key, shape_of(hints[name]), info.is_required(), default, info.description or "")
    return found


def shape_of(annotation: Any) -> Shape:
    """The shape an annotation stands for."""
    base, extras = _peeled(annotation)
    unit: Any = next((e.json_schema_extra["unit"] for e in extras if isinstance(e, FieldInfo)
                 and isinstance(e.json_schema_extra, dict) and "unit" in e.json_schema_extra), None)  # fmt: skip
    limits = _limits(extras)
    if unit is not None:
        return Leaf(kind=unit, **limits)
    if base in _BASES:
        return Leaf(kind=_BASES[base], **limits)
    origin, args = typing.get_origin(base), typing.get_args(base)
    if origin is Literal:
        return Leaf(kind="choice", choices=args)
    if origin in (Union, types.UnionType):
        return _either(args, extras)
    lengths = {k: v for k, v in limits.items() if k in ("min_length", "max_length")}
    if origin is tuple:
        return Many(shape_of(args[0]), **lengths)
    if origin is dict:
        key = shape_of(args[0])
        assert isinstance(key, Leaf)  # keys of mappings are single words
        return Named(key, shape_of(args[1]), **lengths)
    if isinstance(base, type) and issubclass(base, BaseModel):
        return Record(base)
    raise TypeError(f"no shape for {annotation!r}")


def _peeled(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """An annotation without its outer Annotated, and what that held."""
    if typing.get_origin(annotation) is Annotated:
        base, *extras = typing.get_args(annotation)
        inner, more = _peeled(base)
        return inner, (*more, *extras)
    return annotation, ()


def _limits(extras: tuple[Any, ...]) -> dict[str, Any]:
    """Limits stated anywhere; a later one of a kind wins, as the inner one is the general type's."""
    found: dict[str, Any] = {}
    for extra in extras:
        for rule in extra.metadata if isinstance(extra, FieldInfo) else ():
            found |= {k: getattr(rule, k) for k in _LIMITS if getattr(rule, k, None) is not None}
    return found


def _either(args: tuple[Any, ...], extras: tuple[Any, ...]) -> Shape:
    options = [a for a in args if a is not type(None)]
    limits = _limits(extras)
    shapes = tuple(_limited(shape_of(a), limits) for a in options)
    tag: Any = next((e.discriminator for e in extras if isinstance(e, FieldInfo) and e.discriminator), None)
    tag = tag or next((e.discriminator for e in extras if isinstance(e, Discriminator)), None)
    if isinstance(tag, Discriminator):
        tag = tag.discriminator
    tags: tuple[str, ...] = ()
    if isinstance(tag, str):
        tags = tuple(_literal(s, tag) for s in shapes)
    elif tag is not None:
        tags = tuple(next(e.tag for e in _peeled(a)[1] if isinstance(e, Tag)) for a in options)
    if len(shapes) == 1 and tag is None:
        return shapes[0]
    return Either(tuple(shapes), tag, tags, shorthand=tag == "law" and len(extras) > 1)


def _limited(shape: Shape, limits: dict[str, Any]) -> Shape:
    """A single value of a choice with the limits stated around the choice."""
    return replace(shape, **limits) if limits and isinstance(shape, Leaf) and shape.kind != "choice" else shape


def _literal(shape: Shape, tag: str) -> str:
    assert isinstance(shape, Record)  # only records are told apart by a word
    return str(typing.get_args(shape.model.model_fields[tag].annotation)[0])


def at_path(shape: Shape, steps: list[str | int], data: Any = None) -> list[Part | Shape]:
    """What the schema says about the end of a path: every part or shape that fits, likeliest first.

    `data`, the plain value that `shape` reads, tells laws and steps apart.
    """
    if not steps:
        return [shape]
    head, rest = steps[0], steps[1:]
    match shape:
        case Record():
            part = shape.parts.get(str(head))
            if part is None:
                return []
            return [part] if not rest else at_path(part.shape, rest, _inner(data, head))
        case Named():
            return at_path(shape.value, rest, _inner(data, head))
        case Many():
            return at_path(shape.item, rest, _inner(data, head)) if isinstance(head, int) else []
        case Either():
            return [found for option in _likely(shape, data) for found in at_path(option, steps, data)]
    return []


def _inner(data: Any, step: str | int) -> Any:
    """A part of a plain value; None if it has none."""
    if isinstance(data, list):
        return data[step] if isinstance(step, int) and step < len(data) else None
    return data.get(step) if isinstance(data, dict) else None


def _likely(shape: Either, data: Any) -> tuple[Shape, ...]:
    """The option of a choice that a plain value takes; all of them if it cannot be told."""
    if shape.tag is None or not isinstance(data, dict):
        return shape.shapes
    tag = data.get(shape.tag) if isinstance(shape.tag, str) else shape.tag(data)
    return (shape.shapes[shape.tags.index(tag)],) if tag in shape.tags else shape.shapes


def phrase(shape: Shape) -> str:
    """What a value of this shape must be, in words."""
    match shape:
        case Leaf():
            return _leaf_phrase(shape)
        case Many():
            return "a list"
        case Either():
            return " or ".join(dict.fromkeys(phrase(s) for s in shape.shapes))
    return "a mapping"


_NOUNS = {
    "whole": "a whole number", "number": "a number", "text": "a text", "truth": "true or false",
    "duration": "a duration with its unit", "rate": "a rate with its unit", "share": "a share",
    "length": "a length with its unit", "money": "an amount in VND", "windows": "opening windows",
    "instant": "a date, a date and time, or a duration after the start",
}  # fmt: skip


def _leaf_phrase(leaf: Leaf) -> str:
    if leaf.kind == "choice":
        words = [str(c) for c in leaf.choices]
        return words[0] if len(words) == 1 else "one of " + ", ".join(words)
    noun = "a key (lower-case letters, digits, hyphens)" if leaf.pattern else _NOUNS[leaf.kind]
    return f"{noun} {bounds(leaf)}".rstrip()


def bounds(leaf: Leaf) -> str:
    """The limits of a value in words: "from 0 to 10000", "above 0"; empty if there are none."""
    if leaf.kind == "text":
        return ""
    if leaf.ge is not None and leaf.le is not None and leaf.gt is None:
        return f"from {leaf.ge:g} to {leaf.le:.10g}"
    lowest = leaf.ge if leaf.gt is None else None
    ends = (("above", leaf.gt), ("at least", lowest), ("at most", leaf.le), ("below", leaf.lt))
    return " and ".join(f"{word} {value:.10g}" for word, value in ends if value is not None)
