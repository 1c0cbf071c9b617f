"""Which warm-up a scenario needs, if one belongs to it at all."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sim.engine import Engine, choose_engine
from sim.experiment.executors import Kind, completed, cores
from sim.experiment.files import write_atomic
from sim.experiment.output import csv
from sim.experiment.run import Progress, portable, replicate
from sim.measure.axes import Axes
from sim.measure.causes import CAUSES
from sim.measure.metrics import RunMeasures
from sim.measure.warm_up import DAY, Series, series_of, series_table
from sim.scenario.outlook import outlook
from sim.scenario.scenario import Scenario

_DATED = ("holiday", "order")  # causes of waiting that belong to dates, not to the gate


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """What replications without a warm-up say of their beginning."""

    scenario: Scenario  # with its warm-up left out
    stated_hours: float  # the warm-up that the file states
    seed: int
    replications: int
    axes: Axes
    series: tuple[Series, ...]
    terminating: tuple[str, ...]  # why the period is what is studied, in words; empty = it may stand for others

    @property
    def hours(self) -> int | None:
        """The longest warm-up that a series asks for; None if one of them never settles."""
        asked = [series.hours for series in self.series]
        known = [hours for hours in asked if hours is not None]
        return max(known, default=0) if len(known) == len(asked) else None

    @property
    def days(self) -> int | None:
        """The same in whole days, as a scenario would state it."""
        return None if self.hours is None else math.ceil(self.hours / DAY)

    def verdict(self) -> str:
        """The answer in two sentences."""
        if self.terminating:
            return (
                f"Terminating: {' and '.join(self.terminating)}. No warm-up belongs to it: run it from its first "
                "instant and read its numbers as those of this period."
            )
        restless = [series.name for series in self.series if series.hours is None]
        if restless:
            return (
                f"No steady state in this period: {', '.join(restless)}. No warm-up makes their means steady: read "
                "them as those of this period, or make it longer."
            )
        enough = "enough" if self.stated_hours >= (self.hours or 0) else "less than that"
        return (
            f"MSER-5 suggests period.warm_up={self.days} d, the longest of these in whole days. The scenario states "
            f"{self.stated_hours / DAY:g} d, which is {enough}."
        )


def warm_up(
    scenario: Scenario, *, stated_ms: int, replications: int = 10, seed: int = 1, engine: Engine = "auto",
    workers: int | None = None, progress: Progress | None = None,
) -> WarmUp:  # fmt: skip
    """Run a scenario that was loaded without its warm-up, and see how long its series take to settle."""
    if engine == "auto":
        engine = choose_engine(round(sum(outlook(scenario).trucks.values()) * replications))
    kind: Kind = "processes" if engine == "simpy" else "threads"
    work = partial(replicate, portable(scenario), seed=seed, engine=engine, keep_trace=False)
    done: dict[int, RunMeasures] = {}
    for index, run in completed(work, range(replications), kind=kind, workers=min(workers or cores(), replications)):
        done[index] = run.measures
        if progress is not None:
            progress(len(done), replications)
    runs = [done[index] for index in sorted(done)]
    return WarmUp(
        scenario=scenario, stated_hours=stated_ms / 3_600_000, seed=seed, replications=replications,
        axes=runs[0].axes, series=tuple(series_of(runs)), terminating=_terminating(scenario, runs),
    )  # fmt: skip


def _terminating(scenario: Scenario, runs: Sequence[RunMeasures]) -> tuple[str, ...]:
    found = ["the scenario states the trucks that are there at its beginning"] if scenario.file.start_with else []
    causes = {CAUSES[cause] for run in runs for cause in run.causes.key[:, 4].tolist()}
    dated = [f"{'an' if cause[0] in 'aeiou' else 'a'} {cause}" for cause in _DATED if cause in causes]
    if any(incident.rate is None for incident in scenario.file.incidents.values()):
        dated.append("an incident")
    if dated:
        found.append(f"its dates hold {' and '.join(dated)}")
    return tuple(found)


def write_warm_up(found: WarmUp, folder: Path) -> None:
    """Write warm-up.csv, every number of the picture, and warm-up.json, the answer."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    record = {
        "scenario": {"name": found.scenario.name, "title": found.scenario.file.title, "hash": found.scenario.hash},
        "seed": found.seed, "replications": found.replications, "stated_hours": found.stated_hours,
        "hours": found.hours, "terminating": list(found.terminating), "verdict": found.verdict(),
        "series": [{"gate": s.gate, "direction": s.direction, "what": s.what, "grows": s.grows, "hours": s.hours,
                    "truncated_at_hours": s.truncation.at if s.truncation else None} for s in found.series],
    }  # fmt: skip
    write_atomic(folder / "warm-up.csv", csv(series_table(found.series, found.axes.local(found.axes.hours))))
    text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)
    write_atomic(folder / "warm-up.json", (text + "\n").encode())
