"""What `--until` may say: a metric, where it is looked at, and how narrow its interval must become.

"wait_mean huu-nghi export within 5 %", "wait_p90 within 30 min", "utilisation place=huu-nghi/lane within 0.01".
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.experiment.goal_units import said
from sim.experiment.sweep_metrics import DIRECTIONS, METRICS, UNITS, Cell
from sim.measure.causes import CAUSES
from sim.scenario.faults import Fault, Place, ScenarioFaults, Text, did_you_mean, fault, quoted
from sim.scenario.scenario import Scenario
from sim.scenario.units import dong, duration, kilometres, rate_per_hour

EXAMPLE = 'write for example "wait_mean huu-nghi export within 5 %"'
_EVENINGS = "backlog_20h_median"
_LEFT_OUT = ("load",)  # of another station from run to run
_KEYS = ("place", "gate", "direction", "cargo")
_NUMBER = r"\d+(?:\.\d*)?|\.\d+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One number of summary.json and how far its interval may reach to either side."""

    cell: Cell  # metric, place, gate, direction, cargo
    width: float
    is_share: bool  # width is a share of the number itself, else in its unit
    unit: str

    @property
    def name(self) -> str:
        """The number in words, as they were written."""
        return " ".join(part for part in self.cell if part)

    @property
    def asked(self) -> str:
        """The width in words."""
        return measured(self.width, self)


def measured(width: float, criterion: Criterion) -> str:
    """A width in the terms of a criterion: "4.9 %" or "28.4 min"."""
    if criterion.is_share:
        return f"{100 * width:.3g} %"
    if criterion.unit == "VND":
        return said(width, criterion.unit)
    return f"{width:.3g}{'' if criterion.unit == '1' else f' {criterion.unit}'}"


def criteria(scenario: Scenario, texts: Sequence[str]) -> tuple[Criterion, ...]:
    """What the texts ask for. Raises ScenarioFaults with everything that is wrong with any of them."""
    faults: list[Fault] = []
    found = [_criterion(scenario, text, faults) for text in texts]
    if faults:
        raise ScenarioFaults(faults)
    return tuple(criterion for criterion in found if criterion is not None)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a text and where it stands."""

    text: str
    place: Place


def _criterion(scenario: Scenario, text: str, faults: list[Fault]) -> Criterion | None:
    source = Text("--until", (text,))
    head, within, tail = text.partition(" within ")
    words = [_Word(match[0], Place(source, 1, match.start() + 1, len(match[0]))) for match in re.finditer(r"\S+", head)]
    if not within or not words:
        faults.append(fault(Place(source, 1, 1, len(text)), 'must be a metric, "within" and a width', hint=EXAMPLE))
        return None
    metric, before = words[0], len(faults)
    if metric.text not in METRICS or metric.text in _LEFT_OUT:
        hint = did_you_mean(metric.text, [name for name in METRICS if name not in _LEFT_OUT], what="metrics")
        faults.append(fault(metric.place, f"no metric {quoted(metric.text)}", hint=hint))
        return None
    at = _address(scenario, metric, words[1:], faults)
    unit = UNITS[metric.text]
    start = len(head) + len(within) + 1
    try:
        width, is_share = _width(tail.strip(), unit)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        faults.append(fault(Place(source, 1, start, max(1, len(tail))), message, hint=hint))
    if len(faults) > before:
        return None
    cell = (metric.text, at.get("place", ""), at.get("gate", ""), at.get("direction", ""), at.get("cargo", ""))
    return Criterion(cell=cell, width=width, is_share=is_share, unit=unit)


# --------------------------------------------------------------------------------------------- address


def _known(scenario: Scenario, metric: str) -> dict[str, list[str]]:
    """What may narrow a metric, and the words for it."""
    file = scenario.file
    all_known = {"place": list(file.stations), "gate": list(file.gates), "direction": list(DIRECTIONS),
                 "cargo": list(file.cargoes)}  # fmt: skip
    if metric == _EVENINGS:
        return {"gate": all_known["gate"], "direction": ["export"]}
    if metric == "utilisation":
        all_known["place"] = [key for key, station in file.stations.items() if station.servers is not None]
    if metric == "road_peak_km":
        all_known["place"] = [key for key, station in file.stations.items() if station.length is not None]
    if metric == "waited_hours":
        all_known["place"] = [cause.replace(" ", "-") for cause in CAUSES]
    return {key: words for key, words in all_known.items() if key in METRICS[metric][0]}


def _address(scenario: Scenario, metric: _Word, words: Sequence[_Word], faults: list[Fault]) -> dict[str, str]:
    """The place, gate, direction and cargo that the words name."""
    known, found, before = _known(scenario, metric.text), dict[str, str](), len(faults)
    for word in words:
        key, value = _named(word, metric, known, faults)
        if key in found:
            faults.append(fault(word.place, f"a second {key}, after {quoted(found[key])}"))
        elif key:
            found[key] = value
    missing = [key for key in METRICS[metric.text][1] if key not in found]
    if missing and len(faults) == before:
        hint = f"{metric.text} {missing[0]}={next(iter(known[missing[0]]), missing[0].upper())} within 5 %"
        faults.append(fault(metric.place, f"{metric.text} must say its {' and '.join(missing)}", hint=hint))
    if metric.text == _EVENINGS:
        found["direction"] = "export"
    elif metric.text == "waited_hours" and "place" in found:
        found["place"] = next(cause for cause in CAUSES if cause.replace(" ", "-") == found["place"])
    return found


def _named(word: _Word, metric: _Word, known: Mapping[str, Sequence[str]], faults: list[Fault]) -> tuple[str, str]:
    """The key that a word is a value of, and the value; empty if it is none, which is a fault then."""
    key, equals, value = word.text.partition("=")
    if equals and key in _KEYS:
        if key not in known:
            message, hint = f"{metric.text} is not given by {key}", f"it is by {_listed(known)}"
        elif value not in known[key]:
            message, hint = f"no {key} {quoted(value)}", did_you_mean(value, known[key])
        else:
            return key, value
    else:
        keys = [key for key, values in known.items() if word.text in values]
        if len(keys) == 1:
            return keys[0], word.text
        if keys:
            message, hint = f"{quoted(word.text)} is {' and '.join(keys)}", f"write {keys[0]}={word.text}"
        else:
            message = f"{metric.text} has no {_listed(known).replace(' and ', ' or ')} {quoted(word.text)}"
            hint = did_you_mean(word.text, [value for values in known.values() for value in values])
    faults.append(fault(word.place, message, hint=hint))
    return "", ""


def _listed(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


# ----------------------------------------------------------------------------------------------- width


def _trucks(text: str) -> float:
    match = re.fullmatch(rf"({_NUMBER})(?:\s*(?:trucks?|vehicles?))?", text)
    if match is None:
        raise ValueError("must be a number of trucks; write for example 10 trucks")
    return float(match[1])


def _plain(text: str) -> float:
    if not re.fullmatch(_NUMBER, text):
        raise ValueError("must be a number; write for example 0.01")
    return float(text)


_READ: Mapping[str, Callable[[str], Any]] = {
    "min": lambda text: duration(text) / 60_000, "h": lambda text: duration(text) / 3_600_000, "km": kilometres,
    "trucks": _trucks, "trucks/day": lambda text: rate_per_hour(text) * 24, "1": _plain,
    "VND": dong,
}  # fmt: skip


def _width(text: str, unit: str) -> tuple[float, bool]:
    """The width, and whether it is a share. Raises ValueError with the reason and, after a semicolon, a hint."""
    share = re.fullmatch(rf"({_NUMBER})\s*%", text)
    width = float(share[1]) / 100 if share else float(_READ[unit](text))
    if not width > 0:
        raise ValueError("must be above 0; an interval has a width")
    return width, share is not None
