"""Speed side by side, in ratios from one run, all in turn: `python -m benchmarks`. Exit 1 if answers disagree."""

import argparse
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks import contenders as c
from benchmarks import sweeps as s
from benchmarks import whole as w
from benchmarks.figure import draw
from benchmarks.goals import Found, goal_table, goals
from benchmarks.growth import Grown, grown, growth_table
from benchmarks.machine import conditions
from benchmarks.measure import AGREE, Floats, Timed, Truth, in_turn, spread, table
from benchmarks.reasons import reasons

SLOW = 5  # days that slow simulators are asked for
PARTS = ("jobs", "peers", "growth", "sweeps")


@dataclass
class Page:
    """What has been printed, and whether all answers agree."""

    text: list[str] = field(default_factory=list)
    agrees: bool = True
    ratios: dict[str, Floats] = field(default_factory=dict)  # to user-style SimPy, for the figure

    def say(self, *lines: str) -> None:
        """Print, and remember."""
        for line in lines:
            print(line, flush=True)
            self.text.append(line)


def main() -> int:
    """Print the tables, and where asked renew the page and the figure of the docs."""
    asked = arguments().parse_args()
    page = Page()
    page.say(conditions(), "", *c.left_out())
    contest(page, asked.days, asked.rounds, asked.replications, asked.parts)
    if asked.figure:
        rounds = f"median, least and most of {asked.rounds} rounds in turn, CPU time"
        draw(page.ratios, rounds, asked.figure)
    if asked.page:
        renew(asked.page, "\n".join(page.text))
    return 0 if page.agrees else 1


def arguments() -> argparse.ArgumentParser:
    """The words of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--days", type=int, default=30, help="of W")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--replications", type=int, default=100, help="of the job that runs many")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS, help="beside our engines on W")
    parser.add_argument("--figure", type=Path, metavar="SVG", help="draw it as well")
    parser.add_argument("--page", type=Path, metavar="MD", help="put the text into the page's first block of text")
    return parser


def contest(page: Page, days: int, rounds: int, replications: int, parts: tuple[str, ...]) -> None:
    """All that is measured, from engines to goals."""
    engines = c.engines(days, lite=False)
    quick = c.peers(days, lite=False, slow=False) if "peers" in parts else []
    jobs = [*w.jobs(days, replications), *w.everything(days)] if "jobs" in parts else []
    swept = s.jobs(replications) if "sweeps" in parts else []
    timed = in_turn([*engines, *quick, *jobs, *swept], rounds)
    on_w = {name: t for name, t in timed.items() if not np.isnan(t.means).any()}
    report(page, f"W, {days} days", on_w, c.truth(days, lite=False))
    if "peers" in parts:
        few = min(days, SLOW)
        for lite in (False, True):
            asked = [e for e in c.engines(few, lite=lite) if e.name in (c.USER, c.OURS, c.COMPILED)]
            asked += [p for slow in (False, True) for p in c.peers(few, lite=lite, slow=slow)]
            report(page, f"{'W-lite' if lite else 'W'}, {few} days", in_turn(asked, rounds), c.truth(few, lite=lite))
    if "jobs" in parts:
        page.say("", *job_lines(timed, replications))
    cases: Grown = {}
    if "growth" in parts:
        cases = grown(days, rounds)
        page.say("", growth_table(cases))
    found = Found(
        timed=timed, grown=cases, moments=w.moments_of_a_truck(days), differing=c.differing(min(days, SLOW)),
        runs=replications, points=s.memory() if "sweeps" in parts else {},
    )  # fmt: skip
    page.agrees &= found.differing == 0
    page.say("", goal_table(goals(found)), "", "Where the time goes:", *reasons(found, days))


def report(page: Page, title: str, timed: dict[str, Timed], truth: Truth) -> None:
    """One table of the contest, and whether the means agree."""
    page.say("", f"{title}: CPU time, rounds in turn", table(timed, c.USER, truth))
    worst = max(abs(truth.strays(t)) for t in timed.values())
    page.agrees &= worst < AGREE
    page.say(
        f"means of door-to-door time {'agree' if worst < AGREE else 'DISAGREE'}: at most {worst:.1f} standard errors "
        f"from {truth.mean:.1f} min, the mean of {truth.seeds} seeds (sd of one {truth.spread:.1f})"
    )
    lite = "" if title.startswith("W,") else " (W-lite)"
    for name, t in timed.items():
        if not lite or name in (c.CIW, c.SALABIM):
            page.ratios.setdefault(name + lite, timed[c.USER].per_truck() / t.per_truck())


def job_lines(timed: dict[str, Timed], replications: int) -> list[str]:
    """Whole jobs by the clock, beside one run as users of SimPy write it; then what a moment costs."""
    jobs = (c.USER, w.WARM, w.PARALLEL, w.SERIAL, w.USER_PROCESS, w.OUR_PROCESS)
    lines = [f"{f'whole jobs on W, {replications} replications':58}{'seconds':>9}{'least':>9}{'most':>9}"]
    lines += [f"{name:58}" + "".join(f"{s:9.2f}" for s in spread(timed[name].wall)) for name in jobs]
    lines.append(f"{'a network that uses everything':58}{'ns/moment, CPU':>27}")
    for name in (w.EVERYTHING, w.EVERYTHING_SIMPY):
        lines.append(f"{name:58}" + "".join(f"{1e9 * s:9.0f}" for s in spread(timed[name].per_truck())))
    return lines


def renew(path: Path, text: str) -> None:
    """Put the text into the first block of text of a page."""
    page = path.read_text(encoding="utf-8")
    block = f"```text\n{text}\n```"
    path.write_text(re.sub(r"```text\n.*?```", lambda _: block, page, count=1, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
