"""Where every value of a scenario comes from: file, line, layer, documented fact or assumption, formula."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sim.scenario import laws
from sim.scenario.bundled import Fact, facts
from sim.scenario.faults import Fault, ScenarioFaults, did_you_mean, quoted
from sim.scenario.layers import parts
from sim.scenario.scenario import Origin, Scenario
from sim.scenario.schema import ScenarioFile, Station
from sim.scenario.shapes import Either, Part, Record, at_path, phrase
from sim.scenario.units import MS
from sim.scenario.yaml_text import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One value and all that is known of it."""

    path: str
    value: str
    kind: str  # what it must be, with its unit
    meaning: str
    origin: Origin | None  # None = default
    source: Source | None
    facts: tuple[Fact, ...]
    derived: str  # what follows from it, with the formula
    change: str  # "path: old -> new" if an overlay or --set had a hand in it

    def render(self) -> str:
        """The value as a paragraph to print."""
        rows = [
            f"{self.path}: {self.value}",
            f"  meaning: {self.meaning} [{self.kind}]" if self.meaning else f"  must be: {self.kind}",
        ]
        rows.append(
            f"  written: {self.origin} ({self.origin.layer})"
            if self.origin
            else "  written: nowhere; this is the default"
        )
        rows += [f"  changed: {self.change}"] if self.change else []
        rows += [f"  source: {line}" for line in self._source()]
        rows += [f"  gives: {self.derived}"] if self.derived else []
        return "\n".join(rows)

    def _source(self) -> Iterator[str]:
        for fact in self.facts:
            yield f"fact {fact}"
            yield f"      {fact.source_title}; {fact.publisher_url}"
        if self.source and self.source.assumption:
            ends = f"; thought to lie between {self.source.low} and {self.source.high}" if self.source.low else ""
            yield f"assumption: {self.source.assumption}{ends}"


def explain(scenario: Scenario, path: str = "") -> str:
    """Paragraphs about the values at a path and below it, or all. Raises ScenarioFaults for an unknown path."""
    return "\n".join(item.render() for item in explained(scenario, path))


def explained(scenario: Scenario, path: str = "") -> tuple[Explained, ...]:
    """Every value at a path or below it, as written order has it; or the default of a key that is not written."""
    found = [(below, value) for below, value in flat(scenario.resolved) if _is_below(below, path)]
    if not found:
        found = [_default(scenario, path)]
    return tuple(_explained(scenario, below, value) for below, value in found)


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of every single value in a plain mapping."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flat(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from flat(inner, f"{path}[{index}]")
    else:
        yield path, value


def _is_below(path: str, above: str) -> bool:
    return not above or path == above or path.startswith((above + ".", above + "["))


def _part(scenario: Scenario, path: str) -> Part | None:
    """What the schema says about a key; of an item of a list, about the list."""
    while path.endswith("]"):
        path = path[: path.rfind("[")]
    found = at_path(Record(ScenarioFile), parts(path), scenario.resolved)
    return next((item for item in found if isinstance(item, Part)), None)


def _kind(scenario: Scenario, path: str) -> str:
    found = at_path(Record(ScenarioFile), parts(path), scenario.resolved)
    shape = found[0] if found else None
    if path.endswith(".law"):
        shape = next(iter(at_path(Record(ScenarioFile), parts(path[:-4]))), None)
        options = shape.shape if isinstance(shape, Part) else shape
        return "one of " + ", ".join(options.tags) if isinstance(options, Either) else ""
    return phrase(shape.shape if isinstance(shape, Part) else shape) if shape is not None else ""


def _default(scenario: Scenario, path: str) -> tuple[str, Any]:
    """The default of a key that could stand at a path."""
    above = path.rpartition(".")[0]
    around = _at(scenario.resolved, above)
    part = _part(scenario, path) if isinstance(around, Mapping) else None
    if part is None or part.is_required:
        known = [p for p in scenario.origins if p.count(".") <= path.count(".")]
        raise ScenarioFaults([Fault(file=scenario.name, message=f"there is nothing at {quoted(path)}",
                                    hint=did_you_mean(path, known, what="there are"))])  # fmt: skip
    return path, part.default if part.default not in (None, (), {}, "") else "(none)"


def _at(value: Any, path: str) -> Any:
    for step in parts(path):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _explained(scenario: Scenario, path: str, value: Any) -> Explained:
    part = _part(scenario, path)
    source = scenario.source(path)
    ids = source.fact.replace(",", " ").split() if source and source.fact else []
    return Explained(
        path=path, value=_written(value), kind=_kind(scenario, path), meaning=part.description if part else "",
        origin=scenario.origins.get(path), source=source, facts=tuple(facts()[i] for i in ids if i in facts()),
        derived=derived(scenario, path), change=next((c for c in scenario.changes if c.startswith(f"{path}: ")), ""),
    )  # fmt: skip


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def derived(scenario: Scenario, path: str) -> str:
    """What a value leads to, with its formula; empty if it stands for itself."""
    steps = parts(path)
    if steps[:1] == ["period"] and steps[-1] in ("end", "length"):
        whole, skipped = scenario.length_ms / MS["d"], scenario.warm_up_ms / MS["d"]
        return f"a period of {whole:g} d, measured after the first {skipped:g} d"
    if steps[:1] != ["stations"] or len(steps) < 3:
        return ""
    station = scenario.file.stations[str(steps[1])]
    if steps[2] == "length":
        return _road(station)
    whole = len(steps) == 4 and steps[2] == "service"  # not one of the laws that it is made of
    return _law(station) if whole and steps[-1] in ("capacity", "scale", "law") else ""


def _road(station: Station) -> str:
    if station.length is None or station.spacing is None:
        return ""
    places = int(station.length / station.spacing * station.lanes + 1e-9)
    return f"{places} places = {station.length:g} km x {station.lanes} / {station.spacing * 1000:g} m"


def _law(station: Station) -> str:
    law = station.service
    if isinstance(law, laws.FromCapacity):
        hours = sum(end - start for start, end in law.hours) / MS["h"]
        formula = f"{law.servers} x {hours:g} h / {law.capacity * 24:g} a day"
        return f"a mean of {laws.mean(law) / MS['min']:.4g} min = {formula}"
    return f"a mean of {laws.mean(law) / MS['min']:.4g} min" if law is not None else ""
