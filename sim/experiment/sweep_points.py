"""Points of a sweep as scenarios: each loaded and checked, its faults said where the sweep file causes them."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sim.experiment.designs import Point
from sim.experiment.sweep_metrics import check_metrics
from sim.scenario.faults import SHOWN, Fault, ScenarioFaults, fault, shown
from sim.scenario.load import examine
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_schema import Level, SweepFile

ABOUT = ("title", "question", "notes")  # what people read and no result depends on


class PointFaults(ScenarioFaults):
    """What is wrong at one point: what one of its values causes, and what is only met with all of them."""

    def __init__(self, caused: Sequence[Fault], met: Sequence[Fault], where: str) -> None:
        self.caused, self.met, self.point = tuple(caused), tuple(met), where
        super().__init__([*caused, *(_met(one, f"met with {where}") for one in met)])


@dataclass(slots=True)
class Gathered:
    """The faults of many points, each of them once however many points it is met at."""

    caused: dict[Fault, None] = field(default_factory=dict)
    met: dict[Fault, list[str]] = field(default_factory=dict)  # every point with it

    def add(self, found: ScenarioFaults) -> None:
        """Those of one more point."""
        if not isinstance(found, PointFaults):
            self.caused |= dict.fromkeys(found.faults)
            return
        self.caused |= dict.fromkeys(found.caused)
        for one in found.met:
            self.met.setdefault(one, []).append(found.point)

    def told(self) -> list[Fault]:
        """All of them; of one that is met at points, at how many."""
        return [*self.caused, *(_met(one, _at_points(at)) for one, at in self.met.items())]


def _at_points(at: Sequence[str]) -> str:
    return f"met with {at[0]}" if len(at) == 1 else f"met at {len(at):,} points, first with {at[0]}"


def _met(found: Fault, where: str) -> Fault:
    return replace(found, hint=f"{found.hint}; {where}".removeprefix("; "))


def scenario_at(sweep: SweepFile, point: Point) -> Scenario:
    """The scenario of a point. Raises PointFaults, each at the value of the sweep file that causes it."""
    settings = {**sweep.settings, **point.settings}
    scenario, faults = examine(sweep.base, (*sweep.overlays, *point.overlays), settings)
    if scenario is None:
        raise _point_faults([f for f in faults if f.severity == "error"], sweep, point)
    return scenario


def key_of(scenario: Scenario, *, seed: int, version: str) -> str:
    """What results of a scenario are kept under: a hash of all that can change them but the replication."""
    resolved = {key: value for key, value in scenario.resolved.items() if key not in ABOUT}
    listed = {name: trucks.sha256 for name, trucks in scenario.listed.items()}
    text = json.dumps([resolved, listed, seed, version], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def checked_keys(sweep: SweepFile, base: Scenario, points: Iterable[Point], *, seed: int, version: str) -> list[str]:
    """The key of every point in order. Raises ScenarioFaults with the faults of all points at once."""
    faults, gathered = list(check_metrics(sweep, base)), Gathered()
    keys = []
    for point in points:
        try:
            keys.append(key_of(scenario_at(sweep, point), seed=seed, version=version))
        except ScenarioFaults as found:
            gathered.add(found)
        if len(faults) + len(gathered.caused) + len(gathered.met) > SHOWN:
            break
    faults += gathered.told()
    if faults:
        raise ScenarioFaults(faults)
    return keys


def _point_faults(faults: Sequence[Fault], sweep: SweepFile, point: Point) -> PointFaults:
    """Faults of a point, each at the value that causes it; those of the base stay where they are."""
    caused: list[Fault] = []
    met: list[Fault] = []
    for found in faults:
        placed = _placed(found, sweep, point)
        (caused if placed else met).append(placed or found)
    names = (factor.name for factor in sweep.factors)
    where = ", ".join(f"{name}: {shown(lv.label, 40)}" for name, lv in zip(names, point.levels, strict=True))
    return PointFaults(caused, met, where)


def _placed(found: Fault, sweep: SweepFile, point: Point) -> Fault | None:
    """A fault at the value of the point that causes it; None if it stands in the base or in a file over it."""
    for level in point.levels:
        for path, value in level.settings.items():
            if found.file == "--set" and found.source == f"{path}={value}":
                return _at(found, level, sweep, path)
        if found.file in {str(path) for path in level.overlays}:
            return found
    return found if found.file == "--set" else None


def _at(found: Fault, level: Level, sweep: SweepFile, path: str) -> Fault:
    """The fault at the level's place, or at the factor's name if the path is what is wrong."""
    factor = next(factor for factor in sweep.factors if level.place.text is factor.place.text and (
        level in factor.levels or (factor.span is not None and path.startswith(factor.span.paths))
    ))  # fmt: skip
    is_path = found.column <= len(path) and path == factor.name
    message = found.message if is_path or _says(found, level) else f"{found.message}, with {shown(level.label, 40)}"
    return fault(factor.place if is_path else level.place, message, path=found.path or factor.name, hint=found.hint,
                 exit_code=found.exit_code)  # fmt: skip


def _says(found: Fault, level: Level) -> bool:
    return level.label in found.message


def listed_inputs(sweep: SweepFile) -> Iterator[Path]:
    """Every file that levels lay over the base."""
    yield from dict.fromkeys(path for factor in sweep.factors for level in factor.levels for path in level.overlays)


def fingerprint(
    sweep: SweepFile, base: Scenario, *, seed: int, replications: int, version: str, is_adaptive: bool = False
) -> str:
    """A hash of all that a sweep's tables depend on, without loading its points."""
    overlays: Mapping[str, str] = {path.name: _content(path) for path in listed_inputs(sweep)}
    factors = [[f.name, f.role, f.unit, [[lv.label, lv.number, dict(lv.settings), [p.name for p in lv.overlays]]
                for lv in f.levels], f.span and [dict(f.span.low), dict(f.span.high), f.span.mode, f.span.law,
                f.span.unit, f.span.is_whole, f.span.paths]] for f in sweep.factors]  # fmt: skip
    design = [sweep.design.kind, sweep.design.points, sweep.design.seed, sweep.design.of_uncertainties]
    wanted = [metric.name for metric in sweep.metrics]
    until = [sweep.until.metric.name, sweep.until.within, sweep.until.most] if sweep.until and is_adaptive else None
    wanted.append(sweep.until.metric.name if sweep.until else "")  # a column, however often points are run
    parts = [
        key_of(base, seed=seed, version=version),
        replications,
        until,
        overlays,
        factors,
        design,
        sweep.zipped,
        wanted,
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _content(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
