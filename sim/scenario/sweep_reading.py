"""Reading a sweep file: what it says with its base scenario loaded, or every fault at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

from sim.scenario.faults import Fault, Place, ScenarioFaults, did_you_mean, fault, quoted
from sim.scenario.goal_reading import GoalReader
from sim.scenario.layers import parts, text_of
from sim.scenario.load import FORMAT, FileTree, examine, read_table
from sim.scenario.names import found, within
from sim.scenario.scenario import Scenario
from sim.scenario.schema import ScenarioFile
from sim.scenario.shapes import Either, Leaf, Part, Record, Shape, at_path
from sim.scenario.sweep_factors import FactorReader
from sim.scenario.sweep_replications import read_replications
from sim.scenario.sweep_schema import DESIGNS, MOST_POINTS, SAMPLED, Design, Factor, Role, SweepFile
from sim.scenario.sweep_wanted import read_metrics
from sim.scenario.words import got
from sim.scenario.yaml_text import Entry, Items, Node, Scalar, Table

_KEYS = ("kind", "format", "title", "question", "notes", "base", "overlays", "set", "levers", "uncertainties", "zip",
         "design", "replications", "metrics", "goal", "limits", "fails")  # fmt: skip
_RUN_BY = {"scenario": "cuakhau run runs a scenario", "overlay": "lay it over a scenario: run SCENARIO --with OVERLAY"}
RESERVED = ("point", "replication", "status", "reason", "trucks", "metric", "value", "low", "high", "n", "unit",
            "half_width", "aim_met", "lever", "reference", "difference")  # fmt: skip


def read_sweep(
    path: str | Path, overlays: Sequence[str | Path] = (), overrides: Mapping[str, str] | None = None
) -> tuple[SweepFile, Scenario]:
    """A sweep and its base, which `overlays` and `overrides` change at every point. Raises ScenarioFaults."""
    file = read_table(found(path))
    _check_kind(file)
    reader = _Reader(file)
    sweep, base = reader.read(str(path), tuple(Path(found(o)) for o in overlays), overrides or {})
    if sweep is None or base is None or any(f.severity == "error" for f in reader.faults):
        raise ScenarioFaults(reader.faults)
    return sweep, base


def is_sweep(path: str | Path) -> bool:
    """Whether a file says that it is a sweep."""
    try:
        return _word(read_table(found(path)).node, "kind") == "sweep"
    except ScenarioFaults:
        return False


def _word(node: Table, key: str) -> str | None:
    entry = node.entries.get(key)
    return entry.node.text if entry and isinstance(entry.node, Scalar) else None


def _check_kind(file: FileTree) -> None:
    kind, format_ = (file.node.entries.get(key) for key in ("kind", "format"))
    if kind is None or _word(file.node, "kind") != "sweep":
        where = kind.node.place if kind else Place(file.text, 1, 1)
        message = f"is not a sweep; it says kind: {_word(file.node, 'kind')}" if kind else 'missing key "kind"'
        hint = _RUN_BY.get(_word(file.node, "kind") or "", "kind: sweep")
        raise ScenarioFaults([*file.faults, fault(where, message, hint=hint)])
    if format_ is None or _word(file.node, "format") != FORMAT:
        where = format_.node.place if format_ else Place(file.text, 1, 1)
        message = f"must be {FORMAT}, the format this version reads" if format_ else 'missing key "format"'
        raise ScenarioFaults([*file.faults, fault(where, message, hint=f"write format: {FORMAT}")])


@dataclass(slots=True)
class _Reader:
    """Reads the parts of one file; faults are gathered."""

    file: FileTree
    faults: list[Fault] = field(init=False)

    def __post_init__(self) -> None:
        self.faults = list(self.file.faults)

    def _refuse(self, place: Place, path: str, message: str, hint: str = "") -> None:
        self.faults.append(fault(place, message, path=path, hint=hint))

    def _get(self, key: str) -> Node | None:
        entry = self.file.node.entries.get(key)
        return entry.node if entry else None

    def read(
        self, name: str, overlays: tuple[Path, ...], overrides: Mapping[str, str]
    ) -> tuple[SweepFile | None, Scenario | None]:
        entries = self.file.node.entries
        for key, entry in entries.items():
            if key not in _KEYS:
                self._refuse(entry.key.place, key, "unknown key", did_you_mean(key, _KEYS))
        path, own, settings = self._base(), self._overlays(), {**dict(self._settings()), **overrides}
        if path is None:
            return None, None
        base, faults = examine(path, (*own, *overlays), settings)
        self.faults += [f for f in faults if f.severity == "error"]
        if base is None:
            return None, None
        factors = self._factors(base)
        where = entries["design"].key.place if "design" in entries else Place(self.file.text, 1, 1)
        replications, until = read_replications(self._get("replications"), self.faults)
        goal = GoalReader(self.faults, FactorReader(self.faults, _never).whole)
        sweep = SweepFile(
            name=name, title=self._text("title") or name, question=self._text("question"), base=path,
            overlays=(*own, *overlays), settings=settings, factors=factors,
            zipped=self._zipped(factors), design=self._design(), replications=replications,
            until=until, metrics=tuple(read_metrics(self._get("metrics"), self.faults)), place=where,
            goal=goal.goal(self._get("goal")), limits=tuple(goal.limits(self._get("limits"))),
            fails=goal.fails(self._get("fails")),
        )  # fmt: skip
        return sweep, base

    def _text(self, key: str) -> str:
        node = self._get(key)
        return text_of(node) if isinstance(node, Scalar) and node.text else ""

    def _base(self) -> Path | None:
        node = self._get("base")
        if not isinstance(node, Scalar) or not node.text:
            place = node.place if node else Place(self.file.text, 1, 1)
            hint = "base: lang-son/baseline.yaml"
            self._refuse(place, "base", "must name the scenario that is varied", hint)
            return None
        try:
            return within(node.text, node.place)
        except ScenarioFaults as faults:
            self.faults += faults.faults
            return None

    def _overlays(self) -> tuple[Path, ...]:
        node = self._get("overlays")
        paths = []
        for item in node.items if isinstance(node, Items) else (node,) if node else ():
            try:
                paths.append(within(text_of(item), item.place))
            except ScenarioFaults as faults:
                self.faults += faults.faults
        return tuple(paths)

    def _settings(self) -> Iterator[tuple[str, str]]:
        node = self._get("set")
        if node is not None and not isinstance(node, Table):
            self._refuse(node.place, "set", f"must be a mapping of path to value, got {got(node)}")
        elif node is not None:
            yield from ((path, text_of(entry.node)) for path, entry in node.entries.items())

    # -------------------------------------------------------------------------------------- factors

    def _factors(self, base: Scenario) -> tuple[Factor, ...]:
        reader = FactorReader(self.faults, lambda path: takes_whole_numbers(base, path))
        factors: list[Factor] = []
        roles: tuple[tuple[str, Role], ...] = (("levers", "lever"), ("uncertainties", "uncertainty"))
        count = 0
        for key, role in roles:
            node = self._get(key)
            if node is not None and not isinstance(node, Table):
                self._refuse(node.place, key, f"must be a mapping of factors, got {got(node)}")
                continue
            for name, entry in node.entries.items() if node else ():
                count += 1
                self._check_name(name, entry, factors)
                factor = reader.read(name, entry, role)
                factors += [factor] if factor else []
        if not count:
            where, hint = Place(self.file.text, 1, 1), "levers: {stations.NAME.servers: [2, 4]}"
            self._refuse(where, "", "varies nothing: no levers and no uncertainties", hint)
        self._check_overlaps(factors)
        return tuple(factors)

    def _check_name(self, name: str, entry: Entry, before: Sequence[Factor]) -> None:
        """Refuse names that are taken."""
        if name in RESERVED:
            self._refuse(entry.key.place, name, "is a column of every sweep table", "choose another name, with path:")
        if any(name == other.name for other in before):
            self._refuse(entry.key.place, name, "is both a lever and an uncertainty", "keep one of them")

    def _check_overlaps(self, factors: Sequence[Factor]) -> None:
        """Two factors that set the same value would leave one of them without effect."""
        for first, second in combinations(factors, 2):
            both = {a for a in _touched(first) for b in _touched(second)
                    if a == b or a.startswith((b + ".", b + "[")) or b.startswith((a + ".", a + "["))}  # fmt: skip
            for path in sorted(both)[:1]:
                self._refuse(second.place, second.name, f"sets {path}, as {first.name} does", "let one factor set it")

    def _zipped(self, factors: Sequence[Factor]) -> tuple[tuple[str, ...], ...]:
        node = self._get("zip")
        if node is None:
            return ()
        known = {factor.name: factor for factor in factors}
        groups = node.items if isinstance(node, Items) else ()
        if groups and all(isinstance(item, Scalar) for item in groups):
            groups = (node,)
        found: list[tuple[str, ...]] = []
        for group in groups:
            names = tuple(i.text for i in group.items if isinstance(i, Scalar)) if isinstance(group, Items) else ()
            taken = {name for other in found for name in other}
            strange = next((name for name in names if name not in known or name in taken), None)
            if strange is not None:
                what = "is zipped twice" if strange in taken else "is no factor of this sweep"
                self._refuse(group.place, "zip", f"{quoted(strange)} {what}", did_you_mean(strange, list(known)))
            elif len({len(known[name].levels) for name in names}) != 1 or any(known[n].span for n in names):
                counts = ", ".join(f"{n} has {len(known[n].levels) or 'no list of'}" for n in names)
                self._refuse(group.place, "zip", f"needs factors with equally many values; {counts}")
            else:
                found.append(names)
        if not groups:
            self._refuse(node.place, "zip", "must list names of factors", "zip: [lanes, closing]")
        return tuple(found)

    # --------------------------------------------------------------------------------------- design

    def _design(self) -> Design:
        node = self._get("design")
        plain = Design(kind="grid", points=0, seed=1, of_uncertainties=False)
        if node is None:
            return plain
        entries = node.entries if isinstance(node, Table) else {}
        kind = text_of(entries["kind"].node) if "kind" in entries else text_of(node)
        if kind not in DESIGNS:
            self._refuse(node.place, "design", f"must be one of {', '.join(DESIGNS)}, got {quoted(kind)}",
                         did_you_mean(kind, DESIGNS, what="designs"))  # fmt: skip
            return plain
        for key, entry in entries.items():
            known = ("kind", *(("points", "seed", "of") if kind in SAMPLED else ()))
            if key not in known:
                self._refuse(entry.key.place, f"design.{key}", "unknown key", did_you_mean(key, known))
        if kind not in SAMPLED:
            return replace(plain, kind=next(d for d in DESIGNS if d == kind))
        whole = FactorReader(self.faults, _never).whole
        if "points" not in entries:
            hint = f"design: {{kind: {kind}, points: 64}}"
            self._refuse(node.place, "design", "must say how many points to draw", hint)
        points = whole(entries["points"].node, "design.points", low=1, high=MOST_POINTS) if "points" in entries else 0
        seed = whole(entries["seed"].node, "design.seed", low=0, high=2**32) if "seed" in entries else 1
        of = text_of(entries["of"].node) if "of" in entries else "all"
        if of not in ("all", "uncertainties"):
            self._refuse(entries["of"].node.place, "design.of", f"must be all or uncertainties, got {quoted(of)}")
        return Design(kind=next(d for d in DESIGNS if d == kind), points=points or 1,
                      seed=1 if seed is None else seed, of_uncertainties=of == "uncertainties")  # fmt: skip


def _never(_path: str) -> bool:
    return False


def _touched(factor: Factor) -> set[str]:
    """The paths a factor sets; those of overlays are not looked into."""
    return {path for level in factor.levels for path in level.settings} | set(factor.span.paths if factor.span else ())


def takes_whole_numbers(base: Scenario, path: str) -> bool:
    """Whether the schema has whole numbers, and no others, at a path of the base."""
    kinds = {kind for found in at_path(Record(ScenarioFile), parts(path), base.resolved) for kind in _kinds(found)}
    return "whole" in kinds and "number" not in kinds


def _kinds(found: Part | Shape) -> Iterator[str]:
    shape = found.shape if isinstance(found, Part) else found
    for option in shape.shapes if isinstance(shape, Either) else (shape,):
        if isinstance(option, Leaf):
            yield option.kind
