"""The JSON Schema of sweep files: what may stand where, with its meaning.

Paths and the values that are set at them depend on the base scenario, as do the metrics there are and their units:
those only the program itself checks.
"""

from sim.scenario.goal_reading import EACH, SENSES
from sim.scenario.goal_schema import FUTURES, MOST_FUTURES
from sim.scenario.json_schema import DIALECT, SOURCE, Json
from sim.scenario.load import FORMAT
from sim.scenario.sweep_replications import LEAST
from sim.scenario.sweep_schema import DESIGNS, LAWS, MOST_POINTS, MOST_REPLICATIONS, REPLICATIONS, SAMPLED
from sim.scenario.sweep_wanted import SELECTORS

_TEXT: Json = {"type": ["string", "number"]}
_VALUE: Json = {"description": "a value as a scenario has it at that path"}
_QUANTITY: Json = {**_TEXT, "description": "a number with its unit"}
_HEARD = {
    "metric": "which number of a run",
    "place": "of a station, or of a cause of waiting",
    "gate": "of the trucks of a gate",
    "direction": "export or import",
    "cargo": "of the trucks with this cargo",
}


def sweep_json_schema() -> Json:
    """The JSON Schema of a sweep file."""
    head: Json = {"$schema": DIALECT, "title": "cuakhau sweep", "$defs": {**SOURCE, **_definitions()}}
    some = {"anyOf": [{"required": [key], "properties": {key: {"minProperties": 1}}} for key in _FACTORS]}
    return {**head, **_record(_keys(), "A scenario at many points.", required=("kind", "format", "base")), **some}


_FACTORS = {"levers": "what a board can choose", "uncertainties": "what it cannot know"}


def _keys() -> Json:
    return {
        "kind": {"const": "sweep", "description": "what this file is"},
        "format": {"const": int(FORMAT), "description": "of files, not of the program"},
        "title": {**_TEXT, "description": "one line"},
        "question": {**_TEXT, "description": "the question it answers"},
        "notes": {**_TEXT, "description": "what to know"},
        "base": {"type": "string", "minLength": 1, "description": "the scenario that is varied"},
        "overlays": {**_one_or_more({"type": "string"}), "description": "laid over the base at every point"},
        "set": {"type": "object", "description": "path to value, set at every point"},
        **{key: _named({"$ref": "#/$defs/factor"}, said) for key, said in _FACTORS.items()},
        "zip": {
            "anyOf": [_names(), {"type": "array", "items": _names(), "minItems": 1}],
            "description": "factors that take their values side by side",
        },
        "design": {"$ref": "#/$defs/design"},
        "replications": {"$ref": "#/$defs/replications"},
        "metrics": {"type": "array", "items": {"$ref": "#/$defs/metric"}, "description": "columns of the tables"},
        "goal": {"$ref": "#/$defs/goal"},
        "limits": {
            "type": "array", "items": {"$ref": "#/$defs/limit"}, "description": "what a setting must keep to be chosen",
        },
        "fails": {"$ref": "#/$defs/fails"},
    }  # fmt: skip


def _definitions() -> Json:
    return {
        "factor": _factor(),
        "design": _design(),
        "replications": _replications(),
        "metric": {"anyOf": [{"type": "string", "minLength": 1}, _metric({})]},
        "goal": _goal(),
        "cost": _cost(),
        "limit": _limit(),
        "fails": _fails(),
    }


def _record(properties: Json, said: str, required: tuple[str, ...] = ()) -> Json:
    return {
        "type": "object", "description": said, "properties": properties, "required": list(required),
        "additionalProperties": False,
    }  # fmt: skip


def _named(value: Json, said: str) -> Json:
    return {"type": "object", "additionalProperties": value, "description": said}


def _one_or_more(item: Json) -> Json:
    return {"anyOf": [item, {"type": "array", "items": item}]}


def _names() -> Json:
    return {"type": "array", "items": {"type": "string"}, "minItems": 1}


def _whole(low: int, high: int, said: str) -> Json:
    return {"type": "integer", "minimum": low, "maximum": high, "description": said}


def _sourced() -> Json:
    return {key: {"$ref": f"#/$defs/{key}"} for key in SOURCE}


# --------------------------------------------------------------------------- factors, designs, replications


def _factor() -> Json:
    beside: Json = {"title": {**_TEXT, "description": "as tables and figures name it"}}
    beside |= {key: {"$ref": f"#/$defs/{key}"} for key in ("fact", "assumption")}
    paths = {
        "path": {**_one_or_more({"type": "string"}), "description": "of the value it sets; its name, if left out"},
        "paths": {**_one_or_more({"type": "string"}), "description": "of the values it sets alike"},
    }
    listed: Json = {"type": "array", "items": _VALUE, "minItems": 1, "description": "the values it takes"}
    end: Json = {"anyOf": [_QUANTITY, {"type": "object", "minProperties": 1}]}
    span = {
        "low": {**end, "description": "the lower end, with its unit; or a mapping"},
        "high": {**end, "description": "the upper end, in the same unit; or a mapping with the same keys"},
        "steps": _whole(2, MOST_POINTS, "how many values evenly from low to high"),
        "step": {**_TEXT, "description": "how far its values are apart"},
        "law": {"enum": list(LAWS), "description": "what a sampled design draws by"},
        "mode": {**_TEXT, "description": "of a triangular law"},
    }
    choices = {**_named({"type": "object"}, "settings by a name: path to value"), "minProperties": 1}
    overlays = {**_named(_one_or_more({"type": "string"}), "overlays by a name"), "minProperties": 1}
    return {
        "anyOf": [
            listed,
            _record({**beside, **paths, "values": listed}, "Listed values.", required=("values",)),
            {**_record({**beside, **paths, **span}, "From low to high.", required=("low", "high")),
             "not": {"required": ["steps", "step"]}},
            _record({**beside, "choices": choices}, "Settings by a name.", required=("choices",)),
            _record({**beside, "overlays": overlays}, "Overlays by a name.", required=("overlays",)),
        ]
    }  # fmt: skip


def _design() -> Json:
    plain = [kind for kind in DESIGNS if kind not in SAMPLED]
    sampled = {
        "kind": {"enum": list(SAMPLED), "description": "how points are drawn"},
        "points": _whole(1, MOST_POINTS, "how many are drawn"),
        "seed": _whole(0, 2**32, "of what is drawn"),
        "of": {"enum": ["all", "uncertainties"], "description": "what is drawn; the rest is combined with it"},
    }
    listed = _record({"kind": {"enum": plain, "description": "how values are combined"}}, "All.", required=("kind",))
    return {
        "description": "how values are combined to points",
        "anyOf": [{"enum": plain}, listed, _record(sampled, "Drawn points.", required=("kind", "points"))],
    }


def _replications() -> Json:
    within = {"within": {**_TEXT, "description": "half-width that its interval may have: 5 %, or 10 min"}}
    until = {
        "least": _whole(LEAST, MOST_REPLICATIONS, "of each point, at least"),
        "most": _whole(LEAST, MOST_REPLICATIONS, "of each point, at most"),
        "until": _metric(within, required=("within",)),
    }
    return {
        "description": f"of each point; {REPLICATIONS} if left out",
        "anyOf": [
            _whole(1, MOST_REPLICATIONS, "of each point"),
            _record(until, "Until a mean is known well enough.", required=("least", "most", "until")),
        ],
    }


# ------------------------------------------------------------------------------------- goal, limits, fails


def _metric(beside: Json, required: tuple[str, ...] = ()) -> Json:
    selectors = {key: {"type": "string", "description": _HEARD[key]} for key in SELECTORS}
    return _record({**selectors, **beside}, "A metric, narrowed.", required=("metric", *required))


def _goal() -> Json:
    term: Json = {"anyOf": [{"type": "string", "minLength": 1, "not": {"const": "worst"}}, _metric({
        "times": {**_QUANTITY, "description": "a number, or the price of a unit of the metric"}, **_sourced(),
    })]}  # fmt: skip
    terms: Json = {"anyOf": [term, {"type": "array", "items": term, "minItems": 1}]}
    parts: Json = {
        "minimise": {"anyOf": [{"const": "worst"}, *terms["anyOf"]], "description": "a metric, or a sum of them"},
        "of": {**terms, "description": "the metrics of which the worst counts"},
        "costs": _named({"$ref": "#/$defs/cost"}, "what levers cost over the period"),
    }
    worst: Json = {"properties": {"minimise": {"const": "worst"}}}
    goal = _record(parts, "What is to be as small as it can.", required=("minimise",))
    return {**goal, "if": worst, "then": {"required": ["of"]}, "else": {"not": {"required": ["of"]}}}


def _cost() -> Json:
    parts: Json = {
        "each": {**_QUANTITY, "description": "of each unit of the lever's number"},
        "at": {**_named(_QUANTITY, "of each level by its name"), "minProperties": 1},
        "as it is": {**_QUANTITY, "description": "of the base, where no level is that of the base"},
        **_sourced(),
    }
    each_or_at = {"oneOf": [{"required": ["each"]}, {"required": ["at"]}]}
    return {"anyOf": [_QUANTITY, {**_record(parts, "What a lever costs."), **each_or_at}]}


def _limit() -> Json:
    said = {
        "at most": "the mean must not be above it",
        "at least": "the mean must not be below it",
        "worse by at most": "than in the base, on the same trucks; or a share of it",
    }
    against: Json = {"anyOf": [{"const": "base"}, _named(_TEXT, "lever to level")], "description": "what it is held to"}
    found = _metric({
        **{sense: {**_QUANTITY, "description": said[sense]} for sense in SENSES},
        "against": against,
        "in every run": {"type": "boolean", "description": "every run keeps it; else the mean over runs"},
        **_sourced(),
    })  # fmt: skip
    found["description"] = f"A limit; gate, direction, cargo or place may be {EACH}."
    one = {"oneOf": [{"required": [sense]} for sense in SENSES]}
    return {**found, **one, "dependentRequired": {"against": ["worse by at most"]}}


def _fails() -> Json:
    bounds = {key: {**_QUANTITY, "description": f"a run with {key} this has failed"} for key in _BOUNDS}
    futures = _whole(1, MOST_FUTURES, f"looked at to find where a policy fails; {FUTURES} if left out")
    found = _metric({**bounds, "futures": futures, **_sourced()})
    return {**found, "description": "when a run counts as failed", "oneOf": [{"required": [key]} for key in _BOUNDS]}


_BOUNDS = ("more than", "less than")
