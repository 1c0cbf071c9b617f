"""All entries of a file through their converters, the verdict over them, and the tables that say so."""

import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from scipy.stats import binom

from sim.scenario.faults import ScenarioFaults

from .entries import Entry, Row, holds
from .kinds import EXACT, IDENTITIES, KINDS
from .lab import Lab
from .reading import Parameters

ALARM = 4.5  # largest |z|
MISS = 0.01  # share of true 99 % intervals that miss


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What came of one entry."""

    entry: Entry
    rows: tuple[Row, ...]
    seconds: float
    unread: tuple[str, ...] = ()  # parameters that no converter read


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Findings counted, of one kind or of all."""

    name: str
    entries: int
    exact: int
    wrong: int
    metrics: int  # statistical ones
    outside: int
    not_yet: int
    largest_z: float
    seconds: float


def findings(chosen: Iterable[Entry], lab: Lab) -> Iterator[Finding]:
    """Each entry's rows, in order, as they come."""
    for entry in chosen:
        begun = time.monotonic()
        given = Parameters(entry.parameters)
        rows, is_run = _rows(replace(entry, parameters=given), lab)
        yield Finding(
            entry=entry, rows=tuple(rows), seconds=time.monotonic() - begun,
            unread=tuple(given.unread()) if is_run else (),
        )  # fmt: skip


def _rows(entry: Entry, lab: Lab) -> tuple[list[Row], bool]:
    """The rows of an entry, and whether its converter came to its end."""
    converter = KINDS.get(entry.kind)
    if converter is None:
        return [holds("kind", entry.kind, [f"unknown kind {entry.kind!r}; known: {', '.join(sorted(KINDS))}"])], False
    try:
        rows = converter(entry, lab)
        if all(row.verdict == "remark" for row in rows):
            rows.append(holds("metrics", "some", ["none is stated but in words"]))
        return rows, any(row.verdict != "not yet" for row in rows)
    except Exception as error:  # noqa: BLE001  one broken entry must not hide the others
        return [holds("run", "ends", [_reason(entry, error)])], False


def _reason(entry: Entry, error: Exception) -> str:
    """Why an entry could not be run, in one line."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    stated = f"parameters stated: {', '.join(entry.parameters) or 'none'}"
    if isinstance(error, KeyError) and isinstance(error.args[0], str):
        return f"needs the parameter {error.args[0]!r} ({where.name}); {stated}"
    if isinstance(error, ScenarioFaults):
        return "; ".join(f"{fault.path} {fault.message}" for fault in error.faults[:3])
    words = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {words} ({where.name}:{where.lineno}); {stated}"


def tally(name: str, found: Sequence[Finding]) -> Tally:
    """The findings counted."""
    rows = [row for finding in found for row in finding.rows]
    sampled = [row for row in rows if not row.exact and row.verdict in ("ok", "outside")]
    return Tally(
        name=name,
        entries=len(found),
        exact=sum(row.exact for row in rows),
        wrong=sum(row.verdict == "wrong" for row in rows),
        metrics=len(sampled),
        outside=sum(row.verdict == "outside" for row in sampled),
        not_yet=sum(row.verdict == "not yet" for row in rows),
        largest_z=max((abs(row.z) for row in sampled), default=0.0),
        seconds=sum(finding.seconds for finding in found),
    )


def by_kind(found: Sequence[Finding]) -> list[Tally]:
    """A tally of each kind, in the order of the file, and of all."""
    kinds = dict.fromkeys(finding.entry.kind for finding in found)
    parts = [tally(kind, [f for f in found if f.entry.kind == kind]) for kind in kinds]
    return [*parts, tally("all", found)]


def allowed_misses(metrics: int) -> int:
    """The 99.9 % quantile of the misses of that many true 99 % intervals."""
    return int(binom.ppf(0.999, metrics, MISS)) if metrics else 0


def passes(found: Sequence[Finding]) -> bool:
    """Exact answers all right, no z above the alarm, no more misses than chance allows, and no gap but calibration."""
    whole = tally("all", found)
    gaps = [
        f.entry.kind
        for f in found
        for row in f.rows
        if row.verdict == "not yet" and not f.entry.kind.startswith("calib")
    ]
    return whole.wrong == 0 and whole.largest_z <= ALARM and whole.outside <= allowed_misses(whole.metrics) and not gaps


def is_exact(kind: str) -> bool:
    """Whether a kind is run in full whatever the length asked for."""
    return kind in EXACT or kind in IDENTITIES or kind == "stats"


def verdict_line(found: Sequence[Finding]) -> str:
    """The outcome in one line."""
    whole = tally("all", found)
    chance = f"chance allows {allowed_misses(whole.metrics)}"
    return (
        f"{whole.exact} exact metrics, {whole.wrong} wrong; {whole.metrics} statistical ones, {whole.outside} outside"
        f" their 99 % interval ({chance}), largest |z| {whole.largest_z:.2f} (alarm {ALARM});"
        f" {whole.not_yet} not yet: {'PASS' if passes(found) else 'FAIL'}"
    )


def entry_lines(finding: Finding) -> Iterator[str]:
    """One line for each metric of an entry, and one for the parameters that nobody read."""
    yield f"{finding.entry.id}  ({finding.seconds:.1f} s)"
    for row in finding.rows:
        half = "" if row.half_width != row.half_width else f"{row.half_width:.2g}"
        z = "" if row.z != row.z else f"{row.z:+.2f}"
        yield f"  {row.metric:<36} {row.expected:>16} {row.got:>16} {half:>10} {z:>7}  {row.verdict}"
    if finding.unread:
        yield f"  not read: {', '.join(finding.unread)}"


def kind_lines(tallies: Sequence[Tally]) -> Iterator[str]:
    """The table by kind."""
    head = ("kind", "entries", "exact", "wrong", "sampled", "outside", "not yet", "max |z|", "seconds")
    yield "{:<18}{:>8}{:>8}{:>8}{:>9}{:>9}{:>9}{:>9}{:>9}".format(*head)
    for t in tallies:
        yield (f"{t.name:<18}{t.entries:>8}{t.exact:>8}{t.wrong:>8}{t.metrics:>9}{t.outside:>9}{t.not_yet:>9}"
               f"{t.largest_z:>9.2f}{t.seconds:>9.1f}")  # fmt: skip
