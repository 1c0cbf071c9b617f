"""Loading: files in, a Scenario out, or every fault at once."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter

from sim.scenario import bundled
from sim.scenario.checks import checked
from sim.scenario.draft import Draft
from sim.scenario.faults import Fault, Place, ScenarioFaults, Text, did_you_mean, fault, in_order, nearest, quoted
from sim.scenario.fitting import homes, validated
from sim.scenario.layers import Stack, merged, needless, unwrapped
from sim.scenario.listed import read_listed
from sim.scenario.names import found, within
from sim.scenario.outlook import outlook
from sim.scenario.reading import read
from sim.scenario.scenario import Layer, Listed, Origin, Scenario
from sim.scenario.schema import ScenarioFile
from sim.scenario.shapes import Record
from sim.scenario.typed import Reader, Spot
from sim.scenario.yaml_text import Items, Node, Scalar, Table, refuse, tree

KINDS = ("scenario", "overlay", "sweep", "episode", "bulletin")
FORMAT = "1"
_HEAD = ("kind", "format", "title", "question", "notes", "base", "extends", "overlays")  # of an overlay, not merged
_MAX_EXTENDS = 10
Path_ = str | Path


def load(path: Path_, overlays: Sequence[Path_] = (), overrides: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario of a file, with overlays laid over it and single values set. Raises ScenarioFaults.

    A path that does not exist is looked for with `.yaml`, then among the bundled scenarios, with or without it.
    """
    scenario, faults = examine(path, overlays, overrides)
    if scenario is None:
        raise ScenarioFaults(faults)
    return scenario


def examine(path: Path_, overlays: Sequence[Path_] = (), overrides: Mapping[str, Any] | None = None
            ) -> tuple[Scenario | None, tuple[Fault, ...]]:  # fmt: skip
    """The scenario if it has no error, and all faults and warnings."""
    try:
        sheaf = _gathered(path, overlays, overrides or {})
        return _finished(sheaf)
    except ScenarioFaults as faults:
        return None, faults.faults


@dataclass(slots=True)
class _Sheaf:
    """The merged tree and what is known of its layers."""

    node: Table
    name: str
    faults: list[Fault] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    layers: dict[str, Layer] = field(default_factory=dict)


def _gathered(path: Path_, overlays: Sequence[Path_], overrides: Mapping[str, Any]) -> _Sheaf:
    """Everything read and merged, in the order: extends, file, its overlays, overlays given, overrides."""
    main = read_table(found(path))
    sheaf = _Sheaf(main.node, str(path), main.faults)
    if kind_of(main, sheaf.faults) == "overlay":
        base = main.node.entries.get("base")
        if base is not None and isinstance(base.node, Scalar):
            under = within(base.node.text, base.node.place)
            if any(_same(under, str(other)) for other in (path, *overlays)):
                message = "is laid over itself, over one or more files"
                raise ScenarioFaults([*sheaf.faults, fault(base.node.place, message, path="base")])
            return _gathered(under, [path, *overlays], overrides)
        message = "this is an overlay, not a scenario"
        hint = "lay it over one: run SCENARIO --with OVERLAY, or state base: SCENARIO in it"
        kind = main.node.entries["kind"].node.place
        raise ScenarioFaults([*sheaf.faults, _misspelt(main, "base") or fault(kind, message, hint=hint)])
    chain = _chain(main, sheaf)
    node: Node = chain[-1].node
    for file in chain[1:]:
        sheaf.layers[file.text.name] = "base"
    for file in reversed(chain[:-1]):
        sheaf.faults += needless(node, file.node)
        node = merged(node, _without(file.node, ("extends", "overlays")))
    sheaf.layers[main.text.name] = "scenario"
    assert isinstance(node, Table)
    stack = Stack(_without(node, ("extends", "overlays")), sheaf.faults)
    for file in [*_own_overlays(chain, sheaf), *(read_table(found(o)) for o in overlays)]:
        sheaf.faults += file.faults
        if kind_of(file, sheaf.faults) != "overlay":
            place = file.node.entries["kind"].node.place if "kind" in file.node.entries else Place(file.text, 1, 1)
            raise refuse(place, "is not an overlay", "an overlay begins with kind: overlay")
        sheaf.layers[file.text.name] = "overlay"
        stack.lay(_without(file.node, _HEAD))
    for name, value in overrides.items():
        sheaf.layers["--set"] = "set"
        stack.put(name, value, main.text)
    sheaf.node, sheaf.changes = stack.node, stack.changes
    return sheaf


@dataclass(frozen=True, slots=True)
class FileTree:
    """A file read as a mapping."""

    text: Text
    node: Table
    faults: list[Fault]


def read_table(path: Path_) -> FileTree:
    """A file as a mapping without source wrappers. Raises ScenarioFaults if it is none."""
    text, faults = read(path)
    node, more = tree(text)
    faults += more
    if node is None:
        raise ScenarioFaults([*faults, fault(Place(text), "file has no content", hint="cuakhau new writes an example")])
    if not isinstance(node, Table):
        what = "a list" if isinstance(node, Items) else "a plain word"
        raise ScenarioFaults(
            [*faults, fault(node.place, f"expected a mapping at the top, got {what}", hint="begin with kind: scenario")]
        )
    plain = unwrapped(node, faults)
    assert isinstance(plain, Table)
    return FileTree(text, plain, faults)


def kind_of(file: FileTree, faults: list[Fault]) -> str:
    """The kind of a file; what is wrong with kind or format is added to the faults or, if it must be, raised."""
    entry = file.node.entries.get("kind")
    if entry is None:
        hint = "kind: " + " | ".join(KINDS)
        missing = fault(Place(file.text, 1, 1), 'missing key "kind"', hint=hint)
        raise ScenarioFaults([*faults, _misspelt(file, "kind") or missing])
    text = entry.node.text if isinstance(entry.node, Scalar) else "?"
    if text not in KINDS:
        raise ScenarioFaults([*faults, fault(entry.node.place, f"must be one of {', '.join(KINDS)}, got {quoted(text)}",
                                             path="kind", hint=did_you_mean(text, KINDS, what="kinds"))])  # fmt: skip
    if text not in ("scenario", "overlay"):
        raise ScenarioFaults([*faults, _not_here(text, entry.node.place)])
    _check_format(file, faults)
    return text


def _not_here(kind: str, place: Place) -> Fault:
    if kind == "sweep":
        return fault(place, "is a sweep, not a scenario", path="kind", hint="cuakhau sweep runs a sweep")
    return fault(place, f"kind {kind} is not read here yet", path="kind")


def _misspelt(file: FileTree, key: str) -> Fault | None:
    """The fault of a key that is meant to be `key`, if there is one."""
    for name, entry in file.node.entries.items():
        if nearest(name, [key]) and name not in ScenarioFile.model_fields:
            return fault(entry.key.place, "unknown key", path=name, hint=f"did you mean {key}?")
    return None


def _check_format(file: FileTree, faults: list[Fault]) -> None:
    entry = file.node.entries.get("format")
    if entry is None:
        faults.append(fault(Place(file.text, 1, 1), 'missing key "format"', hint="write format: 1"))
    elif isinstance(entry.node, Scalar) and entry.node.text.isdigit() and int(entry.node.text[:9]) > int(FORMAT):
        message = f"was written for a newer version; this one reads format {FORMAT}, got {entry.node.text[:20]}"
        raise ScenarioFaults([*faults, fault(entry.node.place, message, path="format", hint="install a newer version")])


def _chain(main: FileTree, sheaf: _Sheaf) -> list[FileTree]:
    """The file and those it extends, itself first."""
    chain = [main]
    while "extends" in chain[-1].node.entries:
        node = chain[-1].node.entries["extends"].node
        if not isinstance(node, Scalar):
            raise ScenarioFaults([*sheaf.faults, fault(node.place, "must be the name of one file", path="extends")])
        path = within(node.text, node.place)
        if any(_same(path, file.text.name) for file in chain) or len(chain) > _MAX_EXTENDS:
            raise ScenarioFaults(
                [*sheaf.faults, fault(node.place, "extends itself, over one or more files", path="extends")]
            )
        base = read_table(path)
        sheaf.faults += base.faults
        kind_of(base, sheaf.faults)
        chain.append(base)
    return chain


def _same(a: Path, b: str) -> bool:
    return os.path.realpath(a) == os.path.realpath(b)


def _own_overlays(chain: Sequence[FileTree], sheaf: _Sheaf) -> Iterable[FileTree]:
    """Overlays that the files name themselves, those of the base first."""
    for file in reversed(chain):
        entry = file.node.entries.get("overlays")
        names = entry.node.items if entry and isinstance(entry.node, Items) else ()
        if entry and not (names and all(isinstance(n, Scalar) for n in names)):
            sheaf.faults.append(
                fault(entry.node.place, "must be a list of files", path="overlays", hint="overlays: [more-lanes.yaml]")
            )
            continue
        for name in names:
            assert isinstance(name, Scalar)
            yield read_table(within(name.text, name.place))


def _without(node: Table, keys: Sequence[str]) -> Table:
    return replace(node, entries={k: e for k, e in node.entries.items() if k not in keys})


# ------------------------------------------------------------------------------------------- meaning


@lru_cache(maxsize=1)
def _schema() -> tuple[Record, dict[str, list[str]], TypeAdapter[ScenarioFile]]:
    shape = Record(ScenarioFile)
    return shape, homes(shape), TypeAdapter(ScenarioFile)


def _finished(sheaf: _Sheaf) -> tuple[Scenario | None, tuple[Fault, ...]]:
    shape, known_homes, adapter = _schema()
    reader = Reader(known_homes, sheaf.faults)
    outcome = reader.draft(shape, sheaf.node)
    _check_sources(reader)
    draft = Draft(outcome.value, reader.spots, sheaf.node)
    listed, broken = _listed(draft, reader)
    spoilt = broken | {f.path for f in reader.faults if f.severity == "error" and f.path}
    draft = replace(draft, listed=listed, spoilt=frozenset(spoilt))
    reader.faults += checked(draft)
    if any(f.severity == "error" for f in reader.faults):
        raise ScenarioFaults(reader.faults)
    file, refused = validated(adapter, outcome.plain, reader.spots[""].key)
    if file is None:
        raise ScenarioFaults([*reader.faults, *refused])
    scenario = Scenario(
        file=file, resolved=outcome.plain, origins=MappingProxyType(_origins(reader.spots, sheaf.layers)),
        sources=MappingProxyType({path: sourced.source for path, sourced in reader.sources.items()}),
        changes=tuple(sheaf.changes), listed=MappingProxyType(listed), name=sheaf.name,
    )  # fmt: skip
    warnings = in_order([*reader.faults, *_overloaded(draft, scenario)])
    return replace(scenario, warnings=warnings), warnings


def _overloaded(draft: Draft, scenario: Scenario) -> Iterable[Fault]:
    """Warnings about stations asked for more than they can do over the whole period."""
    for load in outlook(scenario).loads:
        if load.share > 1:
            message = f"is overloaded: asked for {load.share:.2f} of what it can do over the period"
            yield draft.warning(
                f"stations.{load.station}", message, "the queue before it can only grow, unless trucks are turned away"
            )


def _check_sources(reader: Reader) -> None:
    register = bundled.facts()
    for path, sourced in reader.sources.items():
        fact = sourced.source.fact
        for name in fact.replace(",", " ").split() if fact else ():
            if name not in register:
                message = f"no documented fact {quoted(name)}"
                reader.faults.append(
                    fault(sourced.place, message, path=path, hint=did_you_mean(name, register, what="facts"))
                )


def _origins(spots: Mapping[str, Spot], layers: Mapping[str, Layer]) -> dict[str, Origin]:
    places = {path: spot.value for path, spot in spots.items() if path}
    return {
        path: Origin(at.text.name, at.line, at.column, layers.get(at.text.name, "scenario"))
        for path, at in places.items()
    }


def _listed(draft: Draft, reader: Reader) -> tuple[dict[str, Listed], set[str]]:
    """The listed trucks of every flow that names a file, and the paths of those that could not be read."""
    found: dict[str, Listed] = {}
    broken: set[str] = set()
    stations = [column for key, s in draft.file.stations.items() for column in (key, s.listed) if column]
    for key, flow in draft.file.flows.items():
        spot = reader.spots.get(f"flows.{key}.listed")
        if flow.listed is None or spot is None or draft.start is None or flow.listed in found:
            continue
        try:
            path = within(flow.listed, spot.value, suffix="")
            found[flow.listed] = read_listed(path, draft.start, draft.zone, stations, draft.cargoes)
        except ScenarioFaults as faults:
            where = f"flows.{key}.listed"
            reader.faults += [f if f.path else replace(f, path=where) for f in faults.faults]
            broken.add(where)
    return found, broken
