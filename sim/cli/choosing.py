"""The part of `cuakhau compare` that says which scenario is best, and how sure that is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from sim.cli.screen import aligned

if TYPE_CHECKING:
    from sim.experiment.best import Best
    from sim.experiment.compare import Comparison
    from sim.scenario.goal_schema import Wanted
    from sim.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the best."""

    metric: "Wanted"
    is_most: bool
    indifference: float | None
    probability: float
    most: int


def question(
    scenarios: "Sequence[Scenario]", metric: str, *, is_most: bool, indifference: str, probability: str, most: int,
    first: int,
) -> Question | None:  # fmt: skip
    """What the words of the command line ask; None if nothing. Refuses what cannot be asked, before anything is run."""
    from sim.experiment.metric_words import metric_named
    from sim.experiment.sweep_metrics import UNITS

    if not metric:
        if indifference or is_most:
            raise typer.BadParameter(
                "needs --best METRIC", param_hint="--indifference" if indifference else "--maximise"
            )
        return None
    wanted, *_ = [metric_named(metric, scenario, option="--best") for scenario in scenarios]  # each must know it
    share = _probability(probability, len(scenarios))
    zone = _amount(indifference, UNITS[wanted.metric]) if indifference else None
    if first < 2 or (zone is not None and most < first):
        what = "at least 2 replications are needed" if first < 2 else f"--most {most} is below --replications {first}"
        raise typer.BadParameter(what, param_hint="--best")
    return Question(metric=wanted, is_most=is_most, indifference=zone, probability=share, most=most)


def _probability(text: str, k: int) -> float:
    from sim.scenario.units import share

    try:
        found = share(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--probability") from None
    if not 1 / k < found < 1:
        raise typer.BadParameter(f"must lie between 1/{k}, which guessing has, and 1; got {text}",
                                 param_hint="--probability")  # fmt: skip
    return found


def _amount(text: str, unit: str) -> float:
    from sim.scenario.amounts import amount

    try:
        return amount(text, unit)
    except ValueError as error:
        raise typer.BadParameter(f"{error}, got {text}", param_hint="--indifference") from None


def chosen(found: "Comparison", asked: Question, *, workers: int | None, progress: Any) -> "Best":
    """The answer, for which further replications may be run."""
    from sim.experiment.best import best
    from sim.experiment.executors import cores

    return best(found, asked.metric, is_most=asked.is_most, probability=asked.probability, most=asked.most,
                indifference=asked.indifference, workers=workers or cores(), progress=progress)  # fmt: skip


def best_lines(found: "Best") -> Iterator[str]:
    """The answer in words and a table."""
    unit = "" if found.unit == "1" else f" [{found.unit}]"
    yield f"\nBest by {found.metric}{unit}, the {'most' if found.is_most else 'least'}"
    rows = found.table.to_dicts()
    yield from aligned([*(_standing_rows(rows) if found.aim is None else _selected_rows(rows))])
    yield from _standing_words(found, rows) if found.aim is None else _selected_words(found, rows)


def _selected_rows(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    yield ("scenario", "mean", "replications", "")
    for row in rows:
        end = f"dropped, behind {row['dropped_by']}" if row["verdict"] == "dropped" else row["verdict"]
        yield (row["scenario"], f"{row['mean']:,.4g}", str(row["n"]), end)


def _selected_words(found: "Best", rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    aim, first = found.aim, rows[0]
    assert aim is not None
    zone = f"{aim.indifference:g} {found.unit}".removesuffix(" 1")
    sure = f"at least {100 * found.probability:g} %"
    left = [row["scenario"] for row in rows if row["verdict"] in ("may be best", "equal")]
    if first["verdict"] != "best":
        yield f"Not told at the limit of {aim.most:,} replications (--most): {' or '.join(left)}."
        yield f"The best is among them with {sure} probability, if it is ahead of every other by {zone} or more."
        return
    yield f"{first['scenario']} is the best with {sure} probability, if the best is ahead of every other by {zone} or"
    yield f"more (Kim and Nelson 2001, paired, {aim.first} first replications); one behind by less may be as good."
    if left:
        yield f"No different at all: {', '.join(left)}."


def _standing_rows(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    yield ("scenario", "mean", "minus best of the others", "")
    for row in rows:
        yield (row["scenario"], f"{row['mean']:,.4g}", f"{row['low']:+,.4g} to {row['high']:+,.4g}", row["verdict"])


def _standing_words(found: "Best", rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    among = [row["scenario"] for row in rows if row["verdict"] == "may be best"]
    n, sure = rows[0]["n"], f"{100 * found.probability:g} %"
    told = f"the best is {among[0]}" if len(among) == 1 else f"the best is among {', '.join(among)}"
    yield f"With {sure} {told} ({n} replications, paired; Hsu's comparisons with the best, Bonferroni)."
    if len(among) > 1:
        yield "More replications tell more; --indifference AMOUNT runs as many as are needed."
