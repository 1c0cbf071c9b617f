"""Which shape a node takes, where keys belong, and the words for it when it takes none."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sim.scenario.faults import Fault, Place, fault, shown
from sim.scenario.shapes import Either, Leaf, Many, Named, Record, Shape
from sim.scenario.yaml_text import Items, Node, Scalar, Table


def keys(shape: Either, tag: str) -> Iterable[str]:
    record = shape.shapes[shape.tags.index(tag)]
    assert isinstance(record, Record)  # only records have tags
    return record.parts


def weak_tags(shape: Either) -> set[str]:
    """Tags that are keys of other records as well, so that they do not tell for sure."""
    return {tag for tag in shape.tags if any(tag in keys(shape, other) for other in shape.tags if other != tag)}


def tag_phrase(shape: Either) -> str:
    if isinstance(shape.tag, str):
        return "one of " + ", ".join(shape.tags)
    return "a step: a mapping with one of " + ", ".join(shape.tags)


def fits(shape: Shape, node: Node) -> bool:
    """Whether a shape reads nodes of this kind at all."""
    match shape:
        case Leaf():
            return isinstance(node, Scalar)
        case Many():
            return isinstance(node, Items)
        case Either():
            return any(fits(s, node) for s in shape.shapes) or (shape.shorthand and isinstance(node, Scalar))
    return isinstance(node, Table)


def likeness(shape: Shape, node: Node) -> int:
    """How many keys of a node (or of its items) a shape knows."""
    match shape:
        case Record() if isinstance(node, Table):
            known = sum(key in shape.parts for key in node.entries)
            return 10 * known - sum(key not in node.entries for key, part in shape.parts.items() if part.is_required)
        case Many() if isinstance(node, Items):
            return sum(likeness(shape.item, item) for item in node.items)
        case Named() if isinstance(node, Table):
            return 1
    return 0


def kind_hint(shape: Shape, node: Node) -> str:
    match shape, node:
        case Many(), Scalar() if node.text:
            return f"write [{shown(node.text, 40)}]" if isinstance(shape.item, Leaf) else "begin each item with -"
        case Many(), Table():
            return "begin each item with -"
        case Record() | Named(), Scalar():
            return "write its keys below, indented"
    return ""


def own_words(error: ValidationError) -> str:
    """The sentence a model gives about its own parts."""
    for found in error.errors():
        if found["type"] == "value_error":
            return str(found["ctx"]["error"])
    return error.errors()[0]["msg"].lower()


def homes(shape: Shape) -> dict[str, list[str]]:
    """Where each key of the schema belongs: the paths of the records that know it."""
    found: dict[str, list[str]] = {}
    seen: set[type] = set()

    def walk(shape: Shape, path: str) -> None:
        match shape:
            case Record() if shape.model not in seen:
                seen.add(shape.model)
                for name, part in shape.parts.items():
                    found.setdefault(name, []).append(path or "the top")
                    walk(part.shape, f"{path}.{name}" if path else name)
            case Named():
                walk(shape.value, f"{path}.NAME")
            case Many():
                walk(shape.item, f"{path}[]")
            case Either():
                for option in shape.shapes:
                    walk(option, path)

    walk(shape, "")
    return {name: sorted(places, key=_depth) for name, places in found.items()}


def _depth(path: str) -> int:
    return path.count(".") + path.count("[")


def validated(adapter: TypeAdapter[Any], plain: Any, place: Place) -> tuple[Any, list[Fault]]:
    """The final object of a mapping that had no fault, or what the model still refuses, in its own words."""
    try:
        return adapter.validate_python(plain), []
    except ValidationError as error:
        rows = error.errors()
    return None, [fault(place, str(row["msg"]), path=".".join(str(part) for part in row["loc"])) for row in rows]
