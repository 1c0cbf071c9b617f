"""Single values: the text of a scalar turned into what its field means, or a sentence saying why not."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.scenario import units
from sim.scenario.faults import nearest, quoted
from sim.scenario.shapes import Leaf, bounds, phrase
from sim.scenario.yaml_text import Items, Node, Scalar, Table, reads_as_other

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_TOO_LONG = re.compile(r"\d{41}|[eE][-+]?\d{4}")
_NOT_FINITE = re.compile(r"[-+]?\.?(inf|infinity|nan)", re.IGNORECASE)
_LARGEST = 1e15
_YEARS = range(1900, 2201)
_PARSERS: dict[str, Callable[[str], Any]] = {
    "duration": units.duration, "rate": units.rate_per_hour, "share": units.share, "length": units.kilometres,
    "money": units.dong, "windows": units.windows, "instant": units.instant,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """A value as stored in the resolved scenario, and as the schema means it."""

    plain: Any
    value: Any


class Misfit(Exception):
    """A value that does not fit its field: the reason, and a hint."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason, self.hint = reason, hint


def word(leaf: Leaf, scalar: Scalar, key: str = "") -> Word:
    """The value of a scalar. Raises Misfit. `key` is the word before the colon, for hints."""
    text = scalar.text.strip() if leaf.kind != "text" else scalar.text
    if scalar.is_plain and text in ("", "~", "null") and (text == "" or not leaf.pattern):
        raise Misfit(f"must be {phrase(leaf)}, got nothing")
    match leaf.kind:
        case "whole" | "number":
            return _number(leaf, scalar, key)
        case "truth":
            if scalar.is_plain and text in ("true", "false"):
                return Word(text == "true", text == "true")
            raise Misfit(f"must be true or false, got {got(scalar)}", _truth_hint(text))
        case "choice":
            return _choice(leaf, scalar)
        case "text":
            return _text(leaf, scalar)
    return _quantity(leaf, text, scalar)


def got(node: Node) -> str:
    """An offending value in words."""
    if isinstance(node, Items):
        return "a list"
    if isinstance(node, Table):
        return "a mapping"
    if node.is_plain and node.text in ("", "~", "null"):
        return "nothing"
    if not node.is_plain and _NUMBER.fullmatch(node.text):
        return f"text {quoted(node.text)}"
    return node.text if node.is_plain and len(node.text) < 40 and _NUMBER.fullmatch(node.text) else quoted(node.text)


def _truth_hint(text: str) -> str:
    if text.lower() in ("yes", "on", "y"):
        return "write true"
    return "write false" if text.lower() in ("no", "off", "n") else ""


def _number(leaf: Leaf, scalar: Scalar, key: str) -> Word:
    text, noun = scalar.text.strip(), phrase(leaf)
    if _NOT_FINITE.fullmatch(text):
        raise Misfit(f"must be finite, got {quoted(text)}")
    if _TOO_LONG.search(text):
        raise Misfit(f"number is too long, got {quoted(text)}")
    if not (scalar.is_plain and _NUMBER.fullmatch(text)):
        raise Misfit(f"must be {noun}, got {got(scalar)}", _number_hint(leaf, scalar, key))
    if re.match(r"[-+]?0\d", text):
        raise Misfit(f"has a leading zero, got {quoted(text)}", f"write {text.lstrip('+-0') or '0'}")
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise Misfit(f"must be finite, got {quoted(text)}")
    if leaf.kind == "whole" and not number.is_integer():
        raise Misfit(f"must be {noun}, got {text}")
    whole = int(text) if re.fullmatch(r"[-+]?\d+", text) else int(number) if leaf.kind == "whole" else None
    value: float = number if whole is None else whole
    _check_limits(leaf, value, text)
    return Word(value, value)


def _number_hint(leaf: Leaf, scalar: Scalar, key: str) -> str:
    text = scalar.text.strip()
    if re.fullmatch(r"[-+]?\d+,\d+", text):
        return f"write the decimal point as a point: {text.replace(',', '.')}"
    if not scalar.is_plain and _NUMBER.fullmatch(text):
        return f"write it without quotes: {text}"
    if re.fullmatch(r"[\d,_ ]+", text) and re.search(r"\d", text):
        return f"write digits alone: {re.sub(r'[^0-9]', '', text)}"
    if re.fullmatch(r"[\d.]+ ?%", text):
        return (
            f"write it as a factor: {float(text.rstrip(' %')) / 100:g}"
            if leaf.kind == "number" and text.count(".") < 2
            else ""
        )
    return f"write digits, e.g. {key}: 3" if key else "write digits"


def _check_limits(leaf: Leaf, value: Any, text: str) -> None:
    too_low = leaf.ge is not None and value < leaf.ge or leaf.gt is not None and value <= leaf.gt
    too_high = leaf.le is not None and value > leaf.le or leaf.lt is not None and value >= leaf.lt
    if too_low or too_high:
        raise Misfit(f"must be {_range(leaf)}, got {text if _NUMBER.fullmatch(text) else quoted(text)}")


def _check_size(value: Any) -> None:
    """Refuse numbers and years that no arithmetic on dates can hold."""
    if isinstance(value, int | float) and abs(value) > _LARGEST:
        raise ValueError("is too large")
    if isinstance(value, dt.datetime) and value.year not in _YEARS:
        raise ValueError(f"must lie in the years {_YEARS.start} to {_YEARS.stop - 1}")


def _range(leaf: Leaf) -> str:
    words = bounds(leaf)
    return (
        words
        if not words.startswith("from")
        else "a value " + words
        if leaf.kind not in ("whole", "number")
        else phrase(leaf)
    )


def _choice(leaf: Leaf, scalar: Scalar) -> Word:
    for choice in leaf.choices:
        if str(choice) == scalar.text:
            return Word(choice, choice)
    near = nearest(scalar.text, [str(c) for c in leaf.choices])
    newer = leaf.choices == (1,) and scalar.text.isdigit()
    if newer:
        raise Misfit(
            "is written for a newer version of this program, which reads format 1", "install the newest version"
        )
    raise Misfit(f"must be {phrase(leaf)}, got {got(scalar)}", f"did you mean {near}?" if near else "")


def _text(leaf: Leaf, scalar: Scalar) -> Word:
    text = scalar.text
    if leaf.pattern and reads_as_other(scalar):
        reason = f"many programs read {quoted(text)} without quotes as a number, true, false or nothing"
        raise Misfit(reason, f'quote it: "{text}"')
    if leaf.pattern and not re.search(leaf.pattern, text):
        raise Misfit(f"must be {phrase(leaf)}, got {got(scalar)}", _slug_hint(text))
    if leaf.min_length and len(text) < leaf.min_length:
        raise Misfit("must not be empty")
    if leaf.max_length is not None and len(text) > leaf.max_length:
        raise Misfit(f"must have at most {leaf.max_length} characters, got {len(text)}: {quoted(text)}")
    return Word(text, text)


def _slug_hint(text: str) -> str:
    slug = "/".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in text.split("/"))
    return f"write {slug}" if slug.strip("/") and text.isascii() else "write it in ASCII; a title may hold any letters"


def _quantity(leaf: Leaf, text: str, scalar: Scalar) -> Word:
    if _TOO_LONG.search(text):
        raise Misfit(f"number is too long, got {quoted(text)}")
    if _NOT_FINITE.match(text):
        raise Misfit(f"must be finite, got {quoted(text)}")
    if leaf.kind == "share" and not scalar.is_plain and not text.endswith("%"):
        raise Misfit(
            f"must be a share, got {got(scalar)}", f"write it without quotes: {text}" if _NUMBER.fullmatch(text) else ""
        )
    try:
        value = _PARSERS[leaf.kind](text)
        _check_size(value)
        _check_limits(leaf, value, text)
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        reason, _, hint = str(error).partition("; ")
        if re.search(r"\d,\d", text) and leaf.kind != "windows":
            hint = f"write the decimal point as a point: {re.sub(r'(?<=[0-9]),(?=[0-9])', '.', text)}"
        raise Misfit(f"{reason}, got {got(scalar)}", hint) from None
    is_number = leaf.kind == "share" and _NUMBER.fullmatch(text)
    return Word(float(text) if is_number else text, value)
