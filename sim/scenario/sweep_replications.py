"""How often a sweep file has each of its points run: a number, or until a mean is known well enough."""

from sim.scenario.faults import Fault, did_you_mean, fault
from sim.scenario.layers import text_of
from sim.scenario.shapes import Leaf
from sim.scenario.sweep_schema import MOST_REPLICATIONS, REPLICATIONS, Until
from sim.scenario.sweep_wanted import read_metric
from sim.scenario.words import Misfit, got, word
from sim.scenario.yaml_text import Node, Scalar, Table

_KEYS = ("least", "most", "until")
_HINT = "replications: {least: 5, most: 100, until: {metric: wait_mean, within: 5 %}}"
LEAST = 2  # replications that have an interval


def read_replications(node: Node | None, faults: list[Fault]) -> tuple[int, Until | None]:
    """The replications of each point, or the least of them and until when; faults are added to those there are."""
    if node is None:
        return REPLICATIONS, None
    if not isinstance(node, Table):
        return _whole(node, "replications", faults, low=1) or REPLICATIONS, None
    before = len(faults)
    for key, entry in node.entries.items():
        if key not in _KEYS:
            hint = did_you_mean(key, _KEYS)
            faults.append(fault(entry.key.place, "unknown key", path=f"replications.{key}", hint=hint))
    parts = {key: entry.node for key, entry in node.entries.items()}
    missing = [key for key in _KEYS if key not in parts]
    if missing:
        message = f"missing key {' and '.join(missing)}: how many at least, at most, and until when"
        faults.append(fault(node.place, message, path="replications", hint=_HINT))
        return REPLICATIONS, None
    least = _whole(parts["least"], "replications.least", faults, low=LEAST)
    most = _whole(parts["most"], "replications.most", faults, low=LEAST)
    if least and most and most < least:
        message = f"must not be below least, {least}; got {most}"
        faults.append(fault(parts["most"].place, message, path="replications.most"))
    until = _until(parts["until"], most or MOST_REPLICATIONS, faults)
    return (least or REPLICATIONS, until) if len(faults) == before else (REPLICATIONS, None)


def _until(node: Node, most: int, faults: list[Fault]) -> Until | None:
    if not isinstance(node, Table):
        message = f"must be a mapping of a metric and within, got {got(node)}"
        faults.append(fault(node.place, message, path="replications.until", hint=_HINT))
        return None
    metric = read_metric(node, "replications.until", faults, beside=("within",))
    within = node.entries.get("within")
    if within is None:
        message = 'missing key "within": the half-width that its interval may have'
        faults.append(fault(node.place, message, path="replications.until", hint="within: 5 %, or within: 10 min"))
    if metric is None or within is None:
        return None
    return Until(most=most, metric=metric, within=text_of(within.node), place=within.node.place)


def _whole(node: Node, path: str, faults: list[Fault], *, low: int) -> int | None:
    try:
        if isinstance(node, Scalar):
            return int(word(Leaf(kind="whole", ge=low, le=MOST_REPLICATIONS), node, path.rpartition(".")[2]).value)
        raise Misfit(f"must be a whole number, got {got(node)}", _HINT)
    except Misfit as misfit:
        faults.append(fault(node.place, misfit.reason, path=path, hint=misfit.hint))
        return None
