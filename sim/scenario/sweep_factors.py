"""Factors of a sweep file: what each form of writing one means, and what is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sim.scenario.faults import Fault, Place, ScenarioFaults, did_you_mean, fault
from sim.scenario.layers import text_of
from sim.scenario.names import within
from sim.scenario.shapes import Leaf
from sim.scenario.sweep_schema import LAWS, MOST_POINTS, Factor, Level, Role, Span
from sim.scenario.sweep_spans import evenly, quantities, quantity
from sim.scenario.words import Misfit, got, word
from sim.scenario.yaml_text import Entry, Items, Node, Scalar, Table

_FORMS = ("values", "low", "choices", "overlays")
_KEYS = {
    "values": {"path", "paths", "values"},
    "low": {"path", "paths", "low", "high", "steps", "step", "law", "mode"},
    "choices": {"choices"},
    "overlays": {"overlays"},
}
_SAID = {"title", "fact", "assumption"}  # beside any form
_SPANS_HINT = "write low: 2 and high: 8, in one unit; steps: 7 makes a list of it"


@dataclass(slots=True)
class FactorReader:
    """Reads factors, one after the other; faults are gathered."""

    faults: list[Fault]
    is_whole: Callable[[str], bool]  # whether a path of the base takes whole numbers only

    def read(self, name: str, entry: Entry, role: Role) -> Factor | None:
        """The factor; None if a fault was found in it."""
        before, node, key = len(self.faults), entry.node, entry.key.place
        if isinstance(node, Items):
            node = Table({"values": Entry(entry.key, node)}, node.place)
        if not isinstance(node, Table):
            self._refuse(node.place, name, f"must be a list of values or a mapping, got {got(node)}",
                                f"write [{got(node)}, ...], or low: and high:")  # fmt: skip
            return None
        form = next((form for form in _FORMS if form in node.entries), "low" if "high" in node.entries else None)
        if form is None:
            self._refuse(key, name, "says no values", "write a list, values:, low: and high:, choices: "
                                "or overlays:")  # fmt: skip
            return None
        for word_, other in node.entries.items():
            if word_ not in _KEYS[form] | _SAID:
                self._refuse(other.key.place, f"{name}.{word_}", f"unknown key beside {form}",
                             did_you_mean(word_, sorted(_KEYS[form] | _SAID)))  # fmt: skip
        parts = {word_: other.node for word_, other in node.entries.items()}
        levels, span = self._values(form, name, parts, key)
        if len(self.faults) > before:
            return None
        title, unit = parts.get("title"), span.unit if span else _common_unit(levels)
        if unit is None:
            levels = tuple(replace(level, number=None) for level in levels)
        return Factor(name=name, role=role, title=text_of(title) if title else name, levels=levels, span=span,
                      unit=unit or "", place=key)  # fmt: skip

    def _refuse(self, place: Place, name: str, message: str, hint: str = "") -> None:
        self.faults.append(fault(place, message, path=name, hint=hint))

    def _values(
        self, form: str, name: str, parts: Mapping[str, Node], key: Place
    ) -> tuple[tuple[Level, ...], Span | None]:
        if form in ("choices", "overlays"):
            node = parts[form]
            if not isinstance(node, Table) or not node.entries:
                self._refuse(node.place, name, f"{form} must be a mapping of names, got {got(node)}",
                             f"{form}: {{now: {'{}' if form == 'choices' else '[]'}, ...}}")  # fmt: skip
                return (), None
            read = self._choice if form == "choices" else self._overlay
            return tuple(read(name, label, entry) for label, entry in node.entries.items()), None
        paths = self._paths(name, parts)
        if form == "values":
            return self._listed(name, parts["values"], paths), None
        span = self._span(name, parts, paths, key)
        steps = self._steps(name, parts, span) if span else None
        return (evenly(span, steps), None) if span and steps else ((), span)

    # ---------------------------------------------------------------------------------- categories

    def _choice(self, name: str, label: str, entry: Entry) -> Level:
        """Settings by a name: a policy."""
        node = entry.node
        if not isinstance(node, Table):
            self._refuse(node.place, f"{name}.{label}", f"must be a mapping of path to value, got {got(node)}",
                         "{} changes nothing")  # fmt: skip
            return _level(label, {}, entry.key.place)
        settings = {path: text_of(part.node) for path, part in node.entries.items()}
        return _level(label, settings, next((e.node.place for e in node.entries.values()), entry.key.place))

    def _overlay(self, name: str, label: str, entry: Entry) -> Level:
        """One or more overlays by a name; an empty list is the base as it is."""
        node = entry.node
        files = node.items if isinstance(node, Items) else (node,)
        found: list[Path] = []
        for file in files:
            if not isinstance(file, Scalar) or not file.text:
                self._refuse(file.place, f"{name}.{label}", f"must be the name of an overlay, got {got(file)}",
                             "[] lays nothing over the base")  # fmt: skip
                continue
            try:
                found.append(within(file.text, file.place))
            except ScenarioFaults as faults:
                self.faults += faults.faults
        return Level(label=label, number=None, settings={}, overlays=tuple(found), place=node.place)

    # -------------------------------------------------------------------------------------- values

    def _paths(self, name: str, parts: Mapping[str, Node]) -> tuple[str, ...]:
        node = parts.get("paths", parts.get("path"))
        if node is None:
            return (name,)
        items = node.items if isinstance(node, Items) else (node,)
        paths = tuple(item.text for item in items if isinstance(item, Scalar) and item.text)
        if len(paths) < len(items) or not paths or "path" in parts and "paths" in parts:
            self._refuse(node.place, name, "must say the path of a value, or a list of paths",
                         "path: stations.NAME.servers")  # fmt: skip
        return paths

    def _listed(self, name: str, node: Node, paths: tuple[str, ...]) -> tuple[Level, ...]:
        if not isinstance(node, Items) or not node.items:
            what = "an empty list" if isinstance(node, Items) else got(node)
            self._refuse(node.place, name, f"must list at least one value, got {what}", "[2, 4, 6]")
            return ()
        levels: dict[str, Level] = {}
        for item in node.items:
            text = text_of(item)
            if text in levels:
                self._refuse(item.place, name, f"is listed twice: {text[:80]}", "keep one of them")
            levels[text] = _level(text, dict.fromkeys(paths, text), item.place)
        return tuple(levels.values())

    def _span(self, name: str, parts: Mapping[str, Node], paths: tuple[str, ...], key: Place) -> Span | None:
        ends = [parts.get("low"), parts.get("high")]
        if None in ends:
            self._refuse(key, name, f'missing key "{"high" if ends[0] else "low"}"', _SPANS_HINT)
            return None
        low_node, high_node = (end for end in ends if end is not None)
        low, high = quantities(low_node), quantities(high_node)
        if low is None or high is None or low[0].keys() != high[0].keys() or len(low[1] | high[1]) != 1:
            self._refuse(high_node.place, name, "low and high must be numbers with the same unit, or mappings "
                                f"with the same keys; got {text_of(low_node)[:60]} and {text_of(high_node)[:60]}",
                                _SPANS_HINT)  # fmt: skip
            return None
        is_blend = "" not in low[0]
        law, mode = self._law(name, parts, low[0].get(""), high[0].get(""), low[1].pop())
        if not is_blend and not low[0][""] < high[0][""]:
            self._refuse(high_node.place, name, f"low must be below high, got {text_of(low_node)} and "
                                f"{text_of(high_node)}")  # fmt: skip
            return None
        is_whole = not is_blend and any(self.is_whole(path) for path in paths)
        if is_whole and law != "uniform":
            self._refuse(parts["law"].place, name, "whole numbers are drawn uniformly", "leave law: out")
            return None
        if is_whole and not (low[0][""].is_integer() and high[0][""].is_integer()):
            self._refuse(high_node.place, name, "takes whole numbers; low and high must be whole")
            return None
        return Span(low=low[0], high=high[0], mode=mode, law=law, unit=high[1].pop(), is_whole=is_whole, paths=paths,
                    place=low_node.place)  # fmt: skip

    def _law(
        self, name: str, parts: Mapping[str, Node], low: float | None, high: float | None, unit: str
    ) -> tuple[str, float | None]:
        node, mode_node = parts.get("law"), parts.get("mode")
        law = text_of(node) if node else "uniform"
        mode = quantity(text_of(mode_node)) if mode_node else None
        at = node or mode_node
        if at is None:
            return law, None
        if law not in LAWS or (low is None and law != "uniform"):
            known = LAWS if low is not None else LAWS[:1]
            self._refuse(at.place, name, f"must be drawn by one of {', '.join(known)}, got {law[:40]}",
                         did_you_mean(law, known, what="laws"))  # fmt: skip
        elif (law == "triangular") != (mode_node is not None):
            self._refuse(at.place, name, "a triangular law, and no other, has a mode", "law: triangular, mode: 5")
        elif mode_node and (mode is None or mode[1] != unit or not (low or 0) <= mode[0] <= (high or 0)):
            self._refuse(mode_node.place, name, f"mode must lie from low to high, in the same unit; got "
                         f"{text_of(mode_node)[:60]}")  # fmt: skip
        elif law == "log-uniform" and (low or 0) <= 0:
            self._refuse(at.place, name, "a log-uniform law needs low above 0")
        return law, mode[0] if mode else None

    def _steps(self, name: str, parts: Mapping[str, Node], span: Span) -> int | None:
        node, apart = parts.get("steps"), parts.get("step")
        if node is not None and apart is not None:
            self._refuse(apart.place, name, "states steps and step", "keep one of them")
            return None
        if node is not None:
            return self.whole(node, f"{name}.steps", low=2, high=MOST_POINTS)
        if apart is None:
            return None
        step, reach = quantity(text_of(apart)), span.high.get("", 1.0) - span.low.get("", 0.0)
        count = reach / step[0] if step and step[0] > 0 else 0.0
        if step is None or (span.unit if "" in span.low else "") != step[1] or abs(count - round(count)) > 1e-9 or (
            not count or span.law != "uniform"
        ):  # fmt: skip
            self._refuse(apart.place, name, f"must go evenly from low to high, got {text_of(apart)[:60]}",
                                "or write steps: and how many values")  # fmt: skip
            return None
        return self.whole(Scalar(str(round(count) + 1), apart.place), f"{name}.step", low=2, high=MOST_POINTS)

    def whole(self, node: Node, name: str, *, low: int, high: int) -> int | None:
        """The whole number of a node."""
        try:
            if isinstance(node, Scalar):
                return int(word(Leaf(kind="whole", ge=low, le=high), node, name.rpartition(".")[2]).value)
            raise Misfit(f"must be a whole number, got {got(node)}")
        except Misfit as misfit:
            self._refuse(node.place, name, misfit.reason, misfit.hint)
            return None


def _level(label: str, settings: Mapping[str, str], place: Place) -> Level:
    found = quantity(label)
    return Level(label=label, number=found[0] if found else None, settings=settings, overlays=(), place=place)


def _common_unit(levels: tuple[Level, ...]) -> str | None:
    """The unit that all levels are numbers of, "" where it is none; None if they are anything else."""
    units = {found[1] if level.number is not None and (found := quantity(level.label)) else None for level in levels}
    return units.pop() if len(units) == 1 else None
