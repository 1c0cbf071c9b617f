"""manifest.json: what was run, from what, and how long it took."""

import datetime as dt
import platform
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import sim
from sim.experiment.run import Results
from sim.scenario.bundled import facts
from sim.scenario.scenario import Scenario

FORMAT = 1
_PACKAGES = ("numpy", "scipy", "numba", "simpy", "polars", "pydantic", "matplotlib", "tzdata", "holidays")


def manifest(results: Results, *, command: str) -> dict[str, Any]:
    """The record of a run: everything needed to run it again, and the only file that knows engine, workers and time."""
    scenario = results.scenario
    file = scenario.file
    return {
        "format": FORMAT,
        "version": sim.__version__,
        "title": file.title,
        "question": file.question,
        "notes": file.notes,
        "hash": scenario.hash,
        "seed": results.seed,
        "replications": len(results.replications),
        "replications_asked": results.asked,
        "stopping": None if results.stopping is None else results.stopping.sentence(),
        "law_line": results.law_line,
        "start": _local(scenario, 0),
        "end": _local(scenario, scenario.length_ms),
        "zone": file.period.zone,
        "warm_up_ms": scenario.warm_up_ms,
        "gates": {key: _gate(scenario, key) for key in file.gates},
        "stations": {key: _station(scenario, key) for key in file.stations},
        "cargoes": {key: {"title": cargo.title or key} for key, cargo in file.cargoes.items()},
        "sources": sources(scenario),
        "changes": list(scenario.changes),
        "warnings": [{"path": fault.path, "message": fault.message} for fault in scenario.warnings],
        "scenario": scenario.resolved,
        "command": command,
        "engine": results.engine,
        "workers": results.workers,
        "wall_seconds": round(results.wall_seconds, 3),
        "started": results.started.isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
    }


def _local(scenario: Scenario, ms: int) -> str:
    """Local date and time of an instant, without offset."""
    moment = scenario.start.astimezone(dt.UTC) + dt.timedelta(milliseconds=ms)
    return moment.astimezone(scenario.zone).replace(tzinfo=None).isoformat(timespec="minutes")


def _gate(scenario: Scenario, key: str) -> dict[str, Any]:
    gate = scenario.file.gates[key]
    source = scenario.source(f"gates.{key}.capacity")
    return {
        "title": gate.title or key,
        "capacity": None if gate.capacity is None else gate.capacity * 24,  # vehicles a day
        "capacity_source": None if source is None else source.fact or source.assumption,
    }


def _station(scenario: Scenario, key: str) -> dict[str, Any]:
    station = scenario.file.stations[key]
    place = key.partition("/")[0]
    gate = station.gate or (place if place in scenario.file.gates else None)
    return {"title": station.title or key, "gate": gate, "side": station.side}


def sources(scenario: Scenario) -> list[dict[str, Any]]:
    """Every number that says where it comes from: its path, value as written, fact with its text, or assumption."""
    register = facts()
    rows = []
    for path, source in scenario.sources.items():
        names = re.split(r"[,\s]+", source.fact) if source.fact else []
        rows.append({
            "path": path,
            "value": value_at(scenario.resolved, path),
            "fact": source.fact,
            "fact_text": "; ".join(str(register[name]) for name in names if name in register) or None,
            "assumption": source.assumption,
            "low": source.low,
            "high": source.high,
        })  # fmt: skip
    return rows


def value_at(tree: Mapping[str, Any], path: str) -> Any:
    """What stands at a path such as `stations.gate/lane.hours[0]`; None if nothing does."""
    here: Any = tree
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if name and isinstance(here, Mapping):
            here = here.get(name)
        elif index and isinstance(here, Sequence) and int(index) < len(here):
            here = here[int(index)]
        else:
            return None
    return here
