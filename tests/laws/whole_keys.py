"""Which keys of the schema a scenario file uses."""

from collections.abc import Iterator
from typing import Any

from sim.scenario.schema import ScenarioFile
from sim.scenario.shapes import Either, Leaf, Many, Named, Record, Shape


def every_key() -> set[str]:
    """Every key of every record of the schema, as "Station.places"."""
    found: set[str] = set()

    def walk(shape: Shape) -> None:
        match shape:
            case Record():
                new = {f"{shape.model.__name__}.{name}" for name in shape.parts} - found
                found.update(new)
                for part in shape.parts.values() if new else ():
                    walk(part.shape)
            case Named():
                walk(shape.value)
            case Many():
                walk(shape.item)
            case Either():
                for option in shape.shapes:
                    walk(option)

    walk(Record(ScenarioFile))
    return found


def keys_used(shape: Shape, node: Any) -> Iterator[str]:
    """Keys of records that a resolved scenario uses."""
    match shape:
        case Record() if isinstance(node, dict):
            for name, part in shape.parts.items():
                if node.get(name) is not None:
                    yield f"{shape.model.__name__}.{name}"
                    yield from keys_used(part.shape, node[name])
        case Named() if isinstance(node, dict):
            for each in node.values():
                yield from keys_used(shape.value, each)
        case Many() if isinstance(node, list):
            for each in node:
                yield from keys_used(shape.item, each)
        case Either():
            for option in _taken(shape, node):
                yield from keys_used(option, node)


def _taken(shape: Either, node: Any) -> tuple[Shape, ...]:
    """The options of a choice that a plain value may be."""
    if shape.tag is None or not isinstance(node, dict):
        return tuple(s for s in shape.shapes if not isinstance(s, Leaf))
    tag = node.get(shape.tag) if isinstance(shape.tag, str) else shape.tag(node)
    return (shape.shapes[shape.tags.index(tag)],) if tag in shape.tags else ()
