"""`python -m tests.oracles.trust` writes docs/trust.md: all entries in both engines, and the planted faults."""

import argparse
import datetime as dt
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import sim
from sim.engine import Engine
from tests import faults_planted
from tests.peers.compare import Pair, compared, pair_lines, peers

from .campaign import ALARM, Finding, by_kind, findings, is_exact, passes, verdict_line
from .coverage import ALL, REPLICATIONS, STUDIES, Coverage, coverage_lines, covered
from .entries import OWN_FILE, Entry, entries
from .kept import outcomes
from .kinds import NETWORKS, STEADY
from .lab import Lab
from .steady import aim_of

PEER_RUNS = 100
ENGINES: tuple[Engine, ...] = ("compiled", "simpy")
_ROOT = Path(__file__).parents[2]
PAGE, _KEPT = _ROOT / "docs" / "trust.md", _ROOT / "results" / "trust"
_HEAD = """# What is known exactly, and whether this program gives it

Each entry of `tests/oracles/oracles.json` is a system whose answer is a theorem, a textbook result or the solution of
its equations. `python -m tests.oracles` writes each as a scenario file of the ordinary format (keep them with
`--write DIR`), runs it, and compares every metric. Exact answers must hold to 1e-9. For the others the 99 % interval
over independent replications is compared; *outside* counts the metrics whose interval misses the answer (one in a
hundred by chance), and *max |z|* is the largest distance in standard errors (alarm above {alarm}). Replications are
never run again with another seed.

The compiled engine runs {length}.
The SimPy engine runs exact kinds in full and the others short; where lengths are equal its numbers are the same.

`tests/oracles/further.json` holds entries of the same kinds with other parameters; `python -m tests.oracles.further`
works their answers out from theory, apart from the simulator.

Made on {date} with version {version} by `python -m tests.oracles.trust`; entries of your own in the same format:
`python -m tests.oracles --file FILE`.
"""
_COVERAGE = f"""## Coverage of the intervals

`python -m tests.oracles.coverage` makes studies of M/M/2 at load 0.8 again and again, {REPLICATIONS} replications each,
and counts the 95 % intervals that hold the true mean: of a run begun empty by the forward equations (short: 24 minutes,
terminating: a week), or of the long run (a day after a warm-up of 6 hours). A mean service takes a minute. Ten
values of a short run's queue are too skewed for Student's interval, and hold its mean less often than they say; take
more replications there, or longer ones.
"""
_PEERS = f"""## Peers

`python -m tests.peers` runs three networks here, in plain SimPy and, if installed (`pip install -e '.[peers]'`), in
Ciw, written as the users of these write them. Means with 95 % intervals over {PEER_RUNS} replications of 200 hours;
they agree if the 99.9 % interval of the difference (Welch) holds 0.
"""
_LAWS = """## Laws

`python -m pytest tests/laws` holds generated scenarios against laws, each in both engines. On small networks of listed
trucks: 60 scenarios for each law of `test_laws.py` (trucks, files, servers, places and calendars kept, Little,
monotone, invariant to date, names and split flows), 30 for each of `test_work.py` (no free server while a truck waits;
with one server, unfinished work at every instant and the sum of service x wait the same in every order: the paths
behind Kleinrock's conservation law; two independent readings of a run agree), 12 at three scales for a closed gate
that comes to its fluid limit. On files of the whole format: 400 seeded ones, which use every key of the schema, and 60
that Hypothesis makes, for both engines to agree to the last bit and every run to keep the laws; 60 give the same run
once more from the file as resolved. Arrivals are held against their rates by slot, and calendars at midnight, month
ends, year ends and 29 February, in `tests/planning`.
"""
_LENGTHS = {
    False: "as many trucks as a half-width of 1 % takes (10 to 800 million), 30,000 replications where time matters"
    " (10,000 days where arrivals alone are counted)",
    True: "short runs of 160,000 trucks, and 2,000 replications where time matters",
}


def main() -> int:
    """Write the page; 0 if and only if all is as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracles.trust", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short statistical runs in the compiled engine too")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="tasks at a time, in processes")
    parser.add_argument(
        "--kept", type=Path, default=_KEPT, metavar="DIR",
        help="where outcomes are kept as they come, so that an interrupted run goes on (default: results/trust)",
    )  # fmt: skip
    asked = parser.parse_args()
    done = outcomes(_tasks(is_quick=asked.quick), asked.kept, asked.workers)
    found = {engine: [done[_name(engine, e, asked.quick)] for e in entries(OWN_FILE)] for engine in ENGINES}
    faults = {f.name: done[f"fault-{f.name}"] for f in (faults_planted.SOUND, *faults_planted.FAULTS)}
    coverage = [c for study in ALL for c in done[f"coverage-{study.name}-{_studies(asked.quick)}"]]
    pairs = done[_peers_name()]
    lines = [*_page(found, faults, is_quick=asked.quick), *_beside(coverage, pairs)]
    PAGE.write_text("\n".join(lines) + "\n")
    sound = not faults[faults_planted.SOUND.name] and all(faults[f.name] for f in faults_planted.FAULTS)
    beside = all(c.passes for c in coverage) and all(p.agrees for p in pairs)
    return 0 if sound and beside and all(passes(each) for each in found.values()) else 1


def _tasks(*, is_quick: bool) -> dict[str, Callable[[], Any]]:
    """All that the page tells, in parts that know nothing of each other; no number depends on their order."""
    tasks: dict[str, Callable[[], Any]] = {}
    for engine in ENGINES:
        lab = Lab(engine=engine, is_quick=is_quick or engine == "simpy")
        full = Lab(engine=engine)
        for entry in entries(OWN_FILE):
            own = full if is_exact(entry.kind) else lab
            tasks[_name(engine, entry, is_quick)] = partial(_finding, entry, own)
    for study in ALL:
        tasks[f"coverage-{study.name}-{_studies(is_quick)}"] = partial(covered, study, _studies(is_quick), 1)
    tasks[_peers_name()] = _pairs
    for fault in (faults_planted.SOUND, *faults_planted.FAULTS):
        tasks[f"fault-{fault.name}"] = partial(_caught, fault.name)
    return tasks


def _name(engine: Engine, entry: Entry, is_quick: bool) -> str:
    return f"{engine}-{'quick' if is_quick or engine == 'simpy' else 'full'}-{entry.id}"


def _studies(is_quick: bool) -> int:
    return STUDIES // 10 if is_quick else STUDIES


def _peers_name() -> str:
    return "-".join(["peers", *peers()])


def _finding(entry: Entry, lab: Lab) -> Finding:
    return next(findings([entry], lab))


def _caught(name: str) -> str:
    fault = next(f for f in (faults_planted.SOUND, *faults_planted.FAULTS) if f.name == name)
    return faults_planted.caught_by(fault, "compiled")


def _pairs() -> list[Pair]:
    return list(compared(PEER_RUNS))


def _page(found: dict[str, list[Finding]], faults: dict[str, str], *, is_quick: bool) -> Iterator[str]:
    today = dt.datetime.now(tz=dt.UTC).date()
    yield _HEAD.format(alarm=ALARM, date=today, version=sim.__version__, length=_LENGTHS[is_quick])
    for engine, each in found.items():
        yield f"## The {engine} engine\n"
        yield f"{verdict_line(each)}\n"
        if engine == "compiled":
            yield from _widths(each)
        yield from _kinds(each)
        yield ""
        yield from _misses(each)
    yield "## Planted faults\n"
    yield "`python -m tests.faults_planted` breaks the program in one way at a time; an entry must notice.\n"
    yield "| fault | noticed by |\n|---|---|"
    yield from (f"| {name} | {caught or 'nothing'} |" for name, caught in faults.items())


def _beside(coverage: Sequence[Coverage], pairs: Sequence[Pair]) -> Iterator[str]:
    """What is known otherwise: intervals, peers, laws."""
    yield f"\n{_COVERAGE}\n{coverage[0].studies:,} studies each:\n"
    yield from coverage_lines(coverage)
    yield f"\n{_PEERS}"
    yield from pair_lines(pairs)
    yield f"\n{_LAWS.rstrip()}"


def _kinds(found: Sequence[Finding]) -> Iterator[str]:
    yield "| kind | entries | exact | wrong | sampled | outside 99 % | not yet | max \\|z\\| | seconds |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for t in by_kind(found):
        yield (f"| {t.name} | {t.entries} | {t.exact} | {t.wrong} | {t.metrics} | {t.outside} | {t.not_yet} |"
               f" {t.largest_z:.2f} | {t.seconds:.1f} |")  # fmt: skip


def _widths(found: Sequence[Finding]) -> Iterator[str]:
    """How narrow the intervals of the long run are, and which are wider than they should be."""
    kinds = {**STEADY, **NETWORKS}
    rows = [(f.entry.id, row, aim_of(row.metric, float(row.expected))) for f in found if f.entry.kind in kinds
            for row in f.rows if not row.exact and not math.isnan(row.z)]  # fmt: skip
    judged = [(f"{i} {r.metric}", r.half_width / abs(float(r.expected)), aim) for i, r, aim in rows if aim]
    wide = [f"{name} {width:.1%}" for name, width, aim in judged if width > aim]
    told = f"Of {len(judged)} means and common shares of the long run, {len(judged) - len(wide)} have a 99 % half-width"
    yield f"{told} of at most 1 % (mean waits 2 %){'; wider: ' if wide else ''}{', '.join(wide)}.\n"


def _misses(found: Sequence[Finding]) -> Iterator[str]:
    """Every metric that is outside its interval or wrong."""
    rows = [(f.entry.id, row) for f in found for row in f.rows if row.verdict in ("outside", "wrong")]
    if not rows:
        return
    yield "Outside or wrong:\n\n| entry | metric | expected | got | half-width | z |\n|---|---|--:|--:|--:|--:|"
    yield from (f"| {i} | {r.metric} | {r.expected} | {r.got} | {r.half_width:.2g} | {r.z:+.2f} |" for i, r in rows)
    yield ""


if __name__ == "__main__":
    sys.exit(main())
