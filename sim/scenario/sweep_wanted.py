"""Metrics as a sweep file names them: a word, or a mapping that narrows it."""

from collections.abc import Iterator, Sequence

from sim.scenario.faults import Fault, did_you_mean, fault
from sim.scenario.goal_schema import Wanted
from sim.scenario.layers import text_of
from sim.scenario.words import got
from sim.scenario.yaml_text import Items, Node, Scalar, Table

SELECTORS = ("metric", "place", "gate", "direction", "cargo")


def read_metrics(node: Node | None, faults: list[Fault]) -> Iterator[Wanted]:
    """The metrics of a list; faults are added to those there are."""
    if node is not None and not isinstance(node, Items):
        message = f"must be a list, got {got(node)}"
        faults.append(fault(node.place, message, path="metrics", hint="metrics: [wait_mean]"))
    for item in node.items if isinstance(node, Items) else ():
        metric = read_metric(item, "metrics", faults)
        if metric:
            yield metric


def read_metric(item: Node, path: str, faults: list[Fault], *, beside: Sequence[str] = ()) -> Wanted | None:
    """One metric; keys `beside` it may stand in its mapping as well."""
    entries = item.entries if isinstance(item, Table) else {}
    known = (*SELECTORS, *beside)
    for key, entry in entries.items():
        if key not in known:
            hint = did_you_mean(key, known)
            faults.append(fault(entry.key.place, "unknown key", path=f"{path}.{key}", hint=hint))
    said = {key: text_of(entry.node) for key, entry in entries.items() if key in SELECTORS}
    if isinstance(item, Scalar):
        said = {"metric": item.text}
    if not said.get("metric"):
        hint = "{metric: wait_p90, gate: huu-nghi}"
        faults.append(fault(item.place, "must name a metric", path=path, hint=hint))
        return None
    station, gate, direction, cargo = (said.get(key, "") for key in SELECTORS[1:])
    return Wanted(metric=said["metric"], place_=station, gate=gate, direction=direction, cargo=cargo, place=item.place)
