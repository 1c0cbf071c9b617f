"""Entries of a file of oracles, and the comparisons made with them."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

OWN_FILE = Path(__file__).parent / "oracles.json"
_MILLISECOND = 1 / 3_600_000  # of an hour
TOLERANCE = 1e-9  # of exact answers, absolute or relative, whichever is wider


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A system with its parameters and the metrics it is known to have."""

    id: str
    kind: str
    system: str
    parameters: dict[str, Any]
    expected: dict[str, Any]
    digits: int  # significant digits vouched for
    scenario: Mapping[str, Any] = field(default_factory=dict)  # the words of the entry for how a file expresses it

    def said(self, *names: str) -> str | None:
        """What the parameters say under one of some names, or else a stage of the scenario's words; None if nothing."""
        stages = self.scenario.get("stages") or ()
        for given in (self.parameters, *(stage for stage in stages if isinstance(stage, Mapping))):
            for name in names:
                if given.get(name) is not None:
                    return str(given[name])
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One metric of an entry: what was expected, what came out, and how far apart they are."""

    metric: str
    expected: str
    got: str
    half_width: float = math.nan  # of the 99 % interval; nan = exact
    z: float = math.nan  # distance in standard errors, as a normal deviate; nan = exact
    exact: bool = False
    verdict: str = "ok"  # ok, outside (of the 99 % interval), wrong (exact), not yet, remark (no number)


class BadFile(ValueError):
    """A file of entries that cannot be read; the message says in a sentence why."""


def entries(path: Path) -> list[Entry]:
    """The entries of a file, in its order. A file that is none raises BadFile."""
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{path}: is not text in UTF-8 (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise BadFile(f"{path}:{error.lineno}:{error.colno}: is not JSON ({error.msg})") from error
    listed = whole.get("oracles") if isinstance(whole, dict) else whole
    if not isinstance(listed, list):
        raise BadFile(f'{path}: must hold a list of entries under "oracles"')
    found = [_entry(path, k, raw) for k, raw in enumerate(listed)]
    twice = next((e.id for k, e in enumerate(found) if e.id in {other.id for other in found[:k]}), None)
    if twice is not None:
        raise BadFile(f'{path}: two entries have the id "{twice}"')
    return found


_PARTS: dict[str, type] = {"id": str, "kind": str, "parameters": dict, "expected": dict}


def _entry(path: Path, k: int, raw: Any) -> Entry:
    if not isinstance(raw, dict):
        raise BadFile(f"{path}: oracles[{k}] must be a mapping")
    name = raw.get("id", "")
    for part, kind in _PARTS.items():
        if not isinstance(raw.get(part), kind):
            is_what = "text" if kind is str else "a mapping"
            raise BadFile(f'{path}: oracles[{k}]{f" ({name})" if name else ""} must have "{part}", {is_what}')
    digits = raw.get("digits", 9)
    if not isinstance(digits, int) or not 1 <= digits <= 17:
        raise BadFile(f'{path}: oracles[{k}] ({name}) must have "digits", a whole number from 1 to 17')
    return Entry(
        id=raw["id"], kind=raw["kind"], system=str(raw.get("system", raw["kind"])), parameters=raw["parameters"],
        expected=_numbers(raw["expected"]), digits=digits,
        scenario=raw["scenario"] if isinstance(raw.get("scenario"), dict) else {},
    )  # fmt: skip


def _numbers(value: Any) -> Any:
    """Answers with the numbers that stand in quotes, such as "0.25" or "1/3", as numbers."""
    if isinstance(value, dict):
        return {key: _numbers(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_numbers(part) for part in value]
    is_number = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+|/\d+)?", value.strip())
    return float(Fraction(value)) if is_number else value


def number(value: Any) -> Fraction:
    """The exact value of a parameter, which may be text such as "0.35" or "1/2"."""
    return Fraction(value if isinstance(value, int) else str(value))


def real(value: Any) -> float:
    """A parameter as a floating-point number, which may be text as well."""
    return float(number(value))


def is_number(p: Mapping[str, Any], name: str) -> bool:
    """Whether a parameter is stated as one number, or as text that is one."""
    value = p.get(name)
    return isinstance(value, int | float) or isinstance(value, str) and isinstance(_numbers(value), float)


def rounding(entry: Entry, value: float) -> float:
    """How far a printed answer may lie from the true one."""
    return 0.5 * 10.0 ** (math.floor(math.log10(abs(value))) + 1 - entry.digits) if value else 0.0


def exact(entry: Entry, metric: str, got: Any, *, expected: Any = None, within: float = TOLERANCE) -> Row:
    """A comparison that must hold to 1e-9, number by number where there are several."""
    expected = entry.expected[metric] if expected is None else expected
    if isinstance(expected, str | bool):
        return Row(metric=metric, expected=str(expected), got=str(got), exact=True, verdict=_verdict(got == expected))
    wanted, found = np.asarray(expected, np.float64), np.asarray(got, np.float64)
    if wanted.shape != found.shape:
        return Row(metric=metric, expected=_size(wanted), got=_size(found), exact=True, verdict="wrong")
    allowed = within * np.maximum(1.0, np.abs(wanted)) + (rounding(entry, float(wanted)) if wanted.ndim == 0 else 0.0)
    nowhere = np.isnan(wanted) & np.isnan(found)  # a truck that is never served, in the answer and here
    error = np.where(nowhere, 0.0, np.abs(wanted - found))
    allowed = np.where(nowhere, 0.0, allowed)
    holds = bool(np.all(error <= allowed))
    if wanted.ndim == 0:
        texts = f"{float(wanted):.10g}", f"{float(found):.10g}"
    else:
        texts = (
            _size(wanted),
            "all equal"
            if holds
            else f"{int(np.sum(~(error <= allowed)))} differ, by up to {np.nan_to_num(error, nan=np.inf).max():.3g}",
        )
    return Row(metric=metric, expected=texts[0], got=texts[1], exact=True, verdict=_verdict(holds))


def holds(metric: str, said: str, broken: Sequence[str]) -> Row:
    """A law that must hold on every run; `broken` names the runs on which it did not."""
    return Row(
        metric=metric, expected=said, got="; ".join(broken[:3]) or "holds", exact=True, verdict=_verdict(not broken)
    )


def sampled(entry: Entry, metric: str, values: Iterable[float], expected: Any, *, least_error: float = 0.0) -> Row:
    """The mean of independent replications against an expected value, by Student's t.

    The rounding of the printed answer is added to the half-width. `least_error` is a floor of the standard error, for
    shares so small that no replication may have seen a case.
    """
    found = np.array([v for v in values if not math.isnan(v)])
    wanted = float(expected)
    n = len(found)
    if n < 2:
        return Row(metric=metric, expected=f"{wanted:.6g}", got="no values", exact=True, verdict="wrong")
    spread = float(found.std(ddof=1))
    still = spread <= 1e-9 * max(1.0, abs(wanted))
    # what does not vary is known to the millisecond that times are rounded to
    error = max(spread / math.sqrt(n), least_error, _MILLISECOND * max(1.0, abs(wanted)) if still else 0.0)
    half = float(stats.t.ppf(0.995, n - 1)) * error + rounding(entry, wanted)
    apart = float(found.mean()) - wanted
    t = (
        math.copysign(max(0.0, abs(apart) - rounding(entry, wanted)), apart) / error
        if error > 0
        else _all_or_none(apart)
    )
    z = -float(stats.norm.ppf(stats.t.sf(abs(t), n - 1))) * math.copysign(1, t)
    verdict = "ok" if abs(apart) <= half else "outside"
    return Row(
        metric=metric, expected=f"{wanted:.6g}", got=f"{float(found.mean()):.6g}", half_width=half,
        z=max(-99.0, min(99.0, z)), verdict=verdict,
    )  # fmt: skip


def at_least(entry: Entry, metric: str, values: Iterable[float], share: float) -> Row:
    """A share that may be larger than expected, such as that of the trucks whose wait does not exceed a quantile."""
    row = sampled(entry, metric, values, share)
    return replace(row, z=0.0, verdict="ok") if row.z > 0 else row


def unknown(entry: Entry, metric: str, value: Any, known: Iterable[str] | str) -> Row:
    """A metric that nothing computes: wrong, unless it is a remark in words."""
    if isinstance(value, str) or value is None:
        return Row(metric=metric, expected="(words)", got="", verdict="remark")
    words = known if isinstance(known, str) else ", ".join(known)
    return holds(metric, _short(value), [f"unknown metric {metric!r} of kind {entry.kind}; known: {words}"])


def _short(value: Any) -> str:
    words = str(value)
    return words if len(words) <= 16 else words[:13] + "..."


def not_yet(metric: str, why: str) -> Row:
    """A metric whose command does not exist yet."""
    return Row(metric=metric, expected="", got=why, verdict="not yet")


def _all_or_none(apart: float) -> float:
    return 0.0 if abs(apart) <= TOLERANCE else math.copysign(math.inf, apart)


def _verdict(right: bool) -> str:
    return "ok" if right else "wrong"


def _size(values: np.ndarray) -> str:
    return f"{values.size} numbers" if values.ndim else f"{float(values):.10g}"
