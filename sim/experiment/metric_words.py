"""A metric in words, "wait_mean huu-nghi export", and amounts of it with their units, "30 min"."""

from collections.abc import Mapping, Sequence

from sim.experiment.sweep_metrics import DIRECTIONS, METRICS, metric_faults
from sim.measure.causes import CAUSES
from sim.scenario.faults import Fault, Place, ScenarioFaults, Text, did_you_mean, fault, quoted
from sim.scenario.goal_schema import Wanted
from sim.scenario.scenario import Scenario


def metric_named(text: str, base: Scenario, *, option: str) -> Wanted:
    """The metric that words of the command line name. Raises ScenarioFaults, each at its word."""
    line, words = Text(option, (text,)), text.split()
    first = Place(line, 1, 1, max(1, len(text)))
    if not words or words[0] not in METRICS:
        message = f"no metric {quoted(words[0])}" if words else "must name a metric"
        hint = did_you_mean(words[0] if words else "", list(METRICS), what="metrics")
        raise ScenarioFaults([fault(first, message, hint=hint)])
    said, known = dict.fromkeys(("place", "gate", "direction", "cargo"), ""), _known(words[0], base)
    rest = text.strip().removeprefix(words[0]).strip()
    while rest:
        keys = [(key, name) for key, names in known.items() if not said[key] for name in names]
        key, name = max(((k, n) for k, n in keys if f"{rest} ".startswith(f"{n} ")), key=lambda pair: len(pair[1]),
                        default=("", rest.split()[0]))  # fmt: skip
        if not key:
            place = Place(line, 1, text.rindex(rest) + 1, len(name))
            hint = did_you_mean(name, [n for _, n in keys])
            raise ScenarioFaults([fault(place, _why_not(words[0], name, known, base), hint=hint)])
        said[key] = name
        rest = rest.removeprefix(name).strip()
    found = Wanted(metric=words[0], place_=said["place"], gate=said["gate"], direction=said["direction"],
                   cargo=said["cargo"], place=first)  # fmt: skip
    faults = list(metric_faults([found], base))
    if faults:
        raise ScenarioFaults(faults)
    return found


def _why_not(metric: str, name: str, known: Mapping[str, Sequence[str]], base: Scenario) -> str:
    """Why a word cannot stand in the name of a metric."""
    said = next((key for key, names in known.items() if name in names), None)
    if said is not None:
        return f"{metric} says its {said} twice"
    other = next((key for key, names in _names(base).items() if name in names), None)
    return f"{metric} is not given by {other}" if other else f"{metric} knows no {quoted(name)}"


def _names(base: Scenario) -> dict[str, Sequence[str]]:
    file = base.file
    return {"direction": DIRECTIONS, "gate": list(file.gates), "cargo": list(file.cargoes),
            "place": list(file.stations)}  # fmt: skip


def _known(metric: str, base: Scenario) -> Mapping[str, Sequence[str]]:
    """The words that may narrow a metric, by what they say of it."""
    names, allowed = _names(base), METRICS[metric][0]
    if metric == "waited_hours":
        names["place"] = list(CAUSES)
    return {key: found for key, found in names.items() if key in allowed}


def metrics_named(texts: Sequence[str], base: Scenario, *, option: str) -> tuple[Wanted, ...]:
    """The metrics that several options name, each once. Raises ScenarioFaults with the faults of all."""
    found: list[Wanted] = []
    faults: list[Fault] = []
    for text in dict.fromkeys(texts):
        try:
            found.append(metric_named(text, base, option=option))
        except ScenarioFaults as told:
            faults += told.faults
    if faults:
        raise ScenarioFaults(faults)
    return tuple(found)
