"""`python -m tests.oracles`: every published answer, and whether the engines give it."""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from .campaign import by_kind, entry_lines, findings, is_exact, kind_lines, passes, verdict_line
from .entries import OWN_FILE, BadFile, entries
from .lab import Lab


def main() -> int:
    """0 if and only if every answer is met."""
    asked = _parser().parse_args()
    try:
        known = entries(asked.file)
    except BadFile as error:
        print(error, file=sys.stderr)
        return 2
    chosen = [e for e in known if asked.kind in (None, e.kind) and asked.entry in (None, e.id)]
    if not chosen:
        kinds = ", ".join(sorted({entry.kind for entry in known}))
        print(f"{asked.file}: no entry of that kind or id; it has the kinds {kinds or '(none)'}", file=sys.stderr)
        return 2
    lab = Lab(
        engine=asked.engine, is_quick=asked.quick or asked.engine == "simpy", folder=asked.write, workers=asked.workers
    )
    full = replace(lab, is_quick=False)
    found = []
    for entry in chosen:
        for finding in findings([entry], full if is_exact(entry.kind) else lab):
            found.append(finding)
            print("\n".join(entry_lines(finding)), flush=True)
    print()
    print("\n".join(kind_lines(by_kind(found))))
    print(verdict_line(found))
    return 0 if passes(found) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.oracles",
        description="Runs published and exact answers as scenarios of the ordinary format and compares."
        " Columns: metric, expected, got, half-width of the 99 % interval, z, verdict.",
    )
    parser.add_argument("--file", type=Path, default=OWN_FILE, help="entries (default: the project's copy)")
    parser.add_argument("--kind", help="only entries of this kind")
    parser.add_argument("--entry", help="only the entry of this id")
    parser.add_argument("--engine", choices=("simpy", "compiled"), default="compiled", help="default: compiled")
    parser.add_argument("--quick", action="store_true", help="short statistical runs (always so with simpy)")
    parser.add_argument(
        "--write", type=Path, metavar="DIR", help="keep the scenario files there, a folder for each entry"
    )
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="replications at a time (default: all cores)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
