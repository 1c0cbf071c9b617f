"""Yards, parks and roads as the scenario states them."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.report.folder import Output
from sim.report.peaks import peak


def yards(output: Output) -> list[str]:
    """Places that held trucks without serving them, roads not among them: near side first, fullest first."""
    found = []
    for key in _places(output):
        highest = (peak(output, "inside", key) or {}).get("median") or 0
        if highest > 0:
            found.append((_is_far(output, key), -highest / (capacity(output, key) or float("inf")), -highest, key))
    return [key for *_, key in sorted(found)]


def _places(output: Output) -> list[str]:
    """Stations without servers that are neither roads nor permits."""
    stations, never = _stations(output), permits(output) | set(roads(output))
    known = sorted(set(output.tables["occupancy"]["station"]) - never)
    return [key for key in known if not stations.get(key, {}).get("servers")]


def roads(output: Output) -> list[str]:
    """Roads with a length, in order of their keys."""
    return sorted(output.tables["road"]["station"].unique())


def capacity(output: Output, station: str) -> int | None:
    """Places of a station, where the scenario states a number."""
    places = str(_stations(output).get(station, {}).get("places"))
    return int(places) if places.isdigit() else None


def standing_room(output: Output, gate: str = "") -> int | None:
    """Places in the yards and parks on the near side, of a gate or of all; None where none are stated."""
    known = output.manifest["stations"]
    near = [key for key in _places(output) if not _is_far(output, key) and gate in ("", known.get(key, {}).get("gate"))]
    stated = [places for key in near if (places := capacity(output, key)) is not None]
    return sum(stated) if stated else None


def permits(output: Output) -> set[str]:
    """Stations whose place is held while others are entered: leave to be somewhere (called forward), not a yard."""
    return {key for route in output.manifest["scenario"].get("routes", {}).values() for key in _permits(route)}


def _permits(steps: Any) -> Iterator[str]:
    if isinstance(steps, list):
        for step in steps:
            yield from _permits(step)
    elif isinstance(steps, Mapping):
        if "in" in steps and _enters(steps.get("do")):
            yield str(steps["in"])
        for inner in steps.values():
            yield from _permits(inner)


def _enters(steps: Any) -> bool:
    """Whether any of the steps takes a place to be held."""
    if isinstance(steps, list):
        return any(_enters(step) for step in steps)
    return isinstance(steps, Mapping) and ("in" in steps or any(_enters(inner) for inner in steps.values()))


def _is_far(output: Output, key: str) -> bool:
    return bool(output.manifest["stations"].get(key, {}).get("side") == "far")


def _stations(output: Output) -> Mapping[str, Any]:
    found = output.manifest["scenario"].get("stations", {})
    return {key: station for key, station in found.items() if isinstance(station, Mapping)}
