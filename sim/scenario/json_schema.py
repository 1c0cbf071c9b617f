"""The JSON Schema of scenario files, for editors that complete and check while one types.

It says what may stand where, with meaning, unit and limits; every value may be wrapped with its source.
What needs two places of a file at once only the program itself checks.
"""

from typing import Any

from sim.scenario.faults import Fault, ScenarioFaults, quoted
from sim.scenario.schema import ScenarioFile
from sim.scenario.shapes import Either, Leaf, Many, Named, Part, Record, Shape, phrase

Json = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NUMBER = r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?"
_TIME_UNIT = r"(ms|s|sec|seconds?|min|minutes?|h|hours?|d|days?|weeks?)"
_WINDOW = r"\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}"
_DURATION = rf"\s*({_NUMBER}\s*{_TIME_UNIT}[\s,]*)+"
_TEXTS: dict[str, tuple[str, list[str]]] = {
    "duration": (_DURATION, ["12 min", "1 h 30 min"]),
    "rate": (rf"\s*{_NUMBER}\s*[a-z]*\s*/\s*{_TIME_UNIT}\s*", ["800 vehicles/day", "12/h"]),
    "length": (rf"\s*{_NUMBER}\s*(km|m)\s*", ["12 km", "18 m"]),
    "money": (rf"\s*{_NUMBER}\s*((thousand|million|bn|billion)\s+)?VND\s*", ["500 million VND", "300000 VND"]),
    "windows": (rf"\s*(closed|{_WINDOW}(\s*,\s*{_WINDOW})*)\s*", ["07:00-19:00", "08:00-12:00, 13:00-17:00", "closed"]),
    "instant": (rf"\s*\d{{4}}-\d{{2}}-\d{{2}}([ T].*)?|{_DURATION}", ["2025-07-01", "2025-07-01 07:00", "36 h"]),
}  # fmt: skip
_OVERLAY_HEAD: Json = {
    "title": {"type": "string", "description": "one line"},
    "question": {"type": "string", "description": "the question it answers"},
    "notes": {"type": "string", "description": "what to know"},
    "base": {"type": "string", "description": "the scenario it is checked against"},
}
_FILES: Json = {"type": "array", "items": {"type": "string"}, "description": "overlays laid over this file, in order"}
_LAYERS: Json = {"extends": {"type": "string", "description": "scenario this one starts from"}, "overlays": _FILES}
SOURCE: Json = {
    "fact": {"type": "string", "description": "id of a documented fact"},
    "assumption": {"type": "string", "description": "why this value is assumed"},
    "range": {
        "type": "array",
        "minItems": 2,
        "maxItems": 2,
        "description": "lowest and highest value thought possible",
    },
}


def json_schema(kind: str = "scenario") -> Json:
    """The JSON Schema of one kind of file: scenario or overlay."""
    builder = _Builder()
    shape = Record(ScenarioFile)
    whole, part = builder.record(shape, partial=False), builder.record(shape, partial=True)
    for extra in (whole, part):
        extra["properties"] |= _LAYERS
    builder.defs |= {"scenario": whole, "changes": part}
    head: Json = {"$schema": DIALECT, "title": f"cuakhau {kind}", "$defs": builder.defs}
    if kind == "overlay":
        overlay = {**part, "properties": {**part["properties"], **_OVERLAY_HEAD, "kind": {"const": "overlay"}}}
        return {**head, **overlay, "required": ["kind", "format"]}
    if kind != "scenario":
        raise ScenarioFaults(
            [Fault(file="schema", message=f"none for {quoted(kind)}", hint="there are scenario and overlay")]
        )
    known = {"type": "object", "properties": part["properties"], "required": ["kind", "format"]}
    choice = {"then": {"$ref": "#/$defs/changes"}, "else": {"$ref": "#/$defs/scenario"}}
    return {**head, **known, "if": {"required": ["extends"]}, **choice}


class _Builder:
    """Turns shapes into schemas; records become definitions, once whole and once with every key optional.

    A file that extends another, and an overlay, state parts of records. Lists are replaced whole, so what
    stands in a list is always whole.
    """

    def __init__(self) -> None:
        self.defs: Json = {}

    def shape(self, shape: Shape, *, partial: bool) -> Json:
        match shape:
            case Leaf() if shape.kind in _TEXTS:
                self.defs[shape.kind] = leaf(Leaf(kind=shape.kind))
                return {"$ref": f"#/$defs/{shape.kind}"}
            case Leaf():
                return leaf(shape)
            case Record():
                return self._reference(shape, partial=partial)
            case Named():
                value = self.sourced(shape.value, partial=partial)
                keys: Json = {} if shape.key.pattern is None else {"propertyNames": {"pattern": shape.key.pattern}}
                if shape.key.kind == "choice":
                    keys = {"propertyNames": {"enum": list(shape.key.choices)}}
                return {"type": "object", "additionalProperties": value, **keys}
            case Many():
                lengths = {"minItems": shape.min_length or None, "maxItems": shape.max_length}
                items = self.sourced(shape.item, partial=False)
                return {"type": "array", "items": items, **{k: v for k, v in lengths.items() if v is not None}}
            case Either() if shape.tag is not None:
                return self._choice(shape, partial=partial)
            case Either():
                return {"anyOf": [self.shape(option, partial=partial) for option in shape.shapes]}

    def _choice(self, shape: Either, *, partial: bool) -> Json:
        """A law or a step, defined once."""
        name = ("law" if isinstance(shape.tag, str) else "step") + (" or duration" if shape.shorthand else "")
        name += " (part)" if partial else ""
        if name not in self.defs:
            self.defs[name] = {}
            options = [self.shape(option, partial=partial) for option in shape.shapes]
            options += [self.shape(Leaf(kind="duration"), partial=partial)] if shape.shorthand else []
            options += [leaf(_bare(shape))] if callable(shape.tag) else []
            self.defs[name] = {"anyOf": options}
        return {"$ref": f"#/$defs/{name.replace(' ', '%20')}"}

    def sourced(self, shape: Shape, *, partial: bool) -> Json:
        """A value, or the value with its source; in partial files also null, which takes it away."""
        plain = self.shape(shape, partial=partial)
        self.defs |= SOURCE
        source = {key: {"$ref": f"#/$defs/{key}"} for key in SOURCE}
        wrapped = {"properties": {"value": plain, **source}, "required": ["value"], "additionalProperties": False,
                   "type": "object", "minProperties": 2}  # fmt: skip
        return {"anyOf": [plain, wrapped, *([{"type": "null"}] if partial else [])]}

    def _reference(self, shape: Record, *, partial: bool) -> Json:
        name = shape.model.__name__ + (" (part)" if partial else "")
        if name not in self.defs:
            self.defs[name] = {}  # holds the place while its parts are read, as laws contain laws
            self.defs[name] = self.record(shape, partial=partial)
        return {"$ref": f"#/$defs/{name.replace(' ', '%20')}"}

    def record(self, shape: Record, *, partial: bool) -> Json:
        properties = {name: self._part(part, partial=partial) for name, part in shape.parts.items()}
        required = [name for name, part in shape.parts.items() if part.is_required and not partial]
        found: Json = {
            "type": "object",
            "description": summary(shape),
            "properties": properties,
            "additionalProperties": False,
        }
        return {**found, "required": required} if required else found

    def _part(self, part: Part, *, partial: bool) -> Json:
        found = {
            "description": f"{part.description} [{phrase(part.shape)}]" if part.description else phrase(part.shape)
        }
        if part.default not in (None, {}, (), ""):
            found["default"] = part.default
        return {**found, **self.sourced(part.shape, partial=partial)}


def _bare(shape: Either) -> Leaf:
    """What may stand alone for a step: the key of a station."""
    first = shape.shapes[0]
    found = first.parts[shape.tags[0]].shape if isinstance(first, Record) else None
    assert isinstance(found, Leaf)  # the first step is a visit
    return found


def summary(shape: Record) -> str:
    """The first line of a record's docstring."""
    return (shape.model.__doc__ or "").strip().split("\n")[0]


def leaf(shape: Leaf) -> Json:
    """The schema of a single value."""
    if shape.kind == "choice":
        return {"enum": list(shape.choices)}
    if shape.kind == "truth":
        return {"type": "boolean"}
    if shape.kind == "share":
        return {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": rf"^\s*{_NUMBER}\s*%\s*$"},
            ]
        }
    if shape.kind in ("whole", "number"):
        limits = {"minimum": shape.ge, "exclusiveMinimum": shape.gt, "maximum": shape.le, "exclusiveMaximum": shape.lt}
        kept = {key: value for key, value in limits.items() if value is not None}
        return {"type": "integer" if shape.kind == "whole" else "number", **kept}
    if shape.kind == "text":
        lengths = {"minLength": shape.min_length, "maxLength": shape.max_length, "pattern": shape.pattern}
        kinds = {"type": "string"} if shape.pattern else {"type": ["string", "number"]}
        return {**kinds, **{key: value for key, value in lengths.items() if value is not None}}
    pattern, examples = _TEXTS[shape.kind]
    return {"type": "string", "pattern": f"^({pattern})$", "examples": examples}
