"""The answer of a search, as numbers in a file and as sentences in the terminal."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sim.experiment.discovery import Discovery
from sim.experiment.finals import Final
from sim.experiment.goal_units import said
from sim.experiment.hunt import Hunt
from sim.experiment.lever_costs import Price
from sim.experiment.levers import AS_IT_IS, count
from sim.experiment.search_task import Task
from sim.experiment.trials import Judge, Trial
from sim.measure.statistics import Interval, mean

_MOST_LIMITS = 4  # that the terminal shows: those nearest to being passed
_MOST_BOXES = 2


def answer_json(task: Task, hunt: Hunt, found: Final, failures: Discovery | None) -> bytes:
    """answer.json."""
    text = json.dumps(_answer(task, hunt, found, failures), ensure_ascii=False, indent=1, allow_nan=False)
    return (text + "\n").encode()


def _answer(task: Task, hunt: Hunt, found: Final, failures: Discovery | None) -> dict[str, Any]:
    tried, best = hunt.settings, found.best
    troubles = [trial.troubles[0].partition(":")[0] for trial in tried if trial.troubles]
    return {
        "unit": task.aim.unit,
        "settings": len(tried), "settings_in_all": count(task.space), "futures": len(task.futures),
        "runs_of_search": len(hunt.trials.spent), "runs_in_all": len(hunt.trials.spent) + _last_runs(found, failures),
        "budget": task.budget, "without_result": {kind: troubles.count(kind) for kind in dict.fromkeys(troubles)},
        "replications": found.base.n,
        "base": {"objective": _interval(found.base.objective) if found.base.is_whole else None,
                 "trouble": found.base.troubles[0] if found.base.troubles else ""},
        "best": None if best is None else _setting(task, best, found.judge),
        "saving": None if found.saving is None else _interval(found.saving),
        "others": [
            _setting(task, trial, found.judge) | {"behind": None if gap is None else _interval(gap),
                                                  "told_apart": _told_apart(gap)}
            for trial, gap in zip(found.ranked[1:], found.behind, strict=True)
        ],
        "prices": list(_prices(task, hunt)),
        "failures": None if failures is None else failures.lines(),
    }  # fmt: skip


def _last_runs(found: Final, failures: Discovery | None) -> int:
    """Runs with the fresh seed, those that two settings share counted once."""
    trials = [found.base, *found.ranked, *(other for other in found.judge.others if other is not None)]
    own = {(key, r) for trial in trials for key in trial.keys for r in range(trial.n)}
    return len(own) + (failures.runs + failures.left_out if failures else 0)


def _interval(found: Interval) -> dict[str, Any]:
    return {"mean": found.mean, "low": found.low, "high": found.high, "n": found.n, "level": found.level}


def _told_apart(gap: Interval | None) -> bool | None:
    """Whether the interval of a difference lies on one side of 0; None = not known."""
    return None if gap is None or gap.low is None or gap.high is None else gap.low > 0 or gap.high < 0


def _setting(task: Task, trial: Trial, judge: Judge) -> dict[str, Any]:
    return {
        "levers": {f.name: trial.levels[f.name].label for dial in task.space for f in dial.factors},
        "in_words": in_words(task, trial),
        "objective": _interval(trial.objective) if trial.is_whole else None,
        "cost": trial.cost,
        "limits_hold": judge.is_safe(trial), "limits_hold_in_mean": judge.is_feasible(trial),
        "trouble": trial.troubles[0] if trial.troubles else "",
        "limits": [
            {
                "name": v.bound.name, "sense": v.bound.limit.sense, "bound": v.bound.limit.bound.text,
                "unit": v.bound.unit, "in_every_run": v.bound.limit.in_every_run, "value": v.value, "excess": v.excess,
                "excess_bound": v.upper, "n": v.n, "holds": v.holds, "unjudged": v.unjudged,
            }
            for v in judge.verdicts(trial)
        ],
    }  # fmt: skip


def in_words(task: Task, trial: Trial) -> str:
    """ "Crossing lanes: 6, Closing hour: 20"."""
    factors = [f for dial in task.space for f in dial.factors]
    return ", ".join(f"{f.title}: {trial.levels[f.name].label}" for f in factors)


def _prices(task: Task, hunt: Hunt) -> Iterator[dict[str, Any]]:
    """For either end of each price's range, the best of all settings tried, by the means of the search."""
    for price in task.prices:
        for end in price.ends:
            best = _best_at(hunt, price, end)
            if best is not None:
                yield {"lever": price.lever, "each": end, "best": in_words(task, best)}


def _best_at(hunt: Hunt, price: Price, each: float) -> Trial | None:
    def objective(trial: Trial) -> float:
        level = trial.levels[price.lever]
        return mean(trial.objectives) - price.of(level) + price.of(level, each=each)

    kept = [trial for trial in hunt.settings if hunt.judge.is_feasible(trial)]
    return min(kept, key=lambda trial: (objective(trial), trial.number), default=None)


# ---------------------------------------------------------------------------------------------- words


def lines(answer: Mapping[str, Any]) -> list[str]:
    """The answer as a board reads it, at most 15 lines."""
    best, unit = answer["best"], answer["unit"]
    told = [*_troubles(answer)]
    if best is None:
        return ["No setting could be judged: none of the last runs has a result.", *told, _count(answer)]
    goal = f"  {_said(best['objective'], unit)}"
    goal += f", of which the levers cost {said(best['cost'], unit)}" if best["cost"] else ""
    head = [f"Best: {best['in_words']}", goal, _saving(answer)]
    told = [*head, *_limits(best), *_runner_up(answer)[:2], *_other_prices(answer)[:2], *told]
    if answer["failures"]:
        told += [f"Failures of it: {line}" if k == 0 else f"  {line}"
                 for k, line in enumerate(answer["failures"][: 1 + _MOST_BOXES])]  # fmt: skip
    return [*told, _count(answer)]


def _said(found: Mapping[str, Any], unit: str) -> str:
    """ "57.4 million VND (95 % interval 55.8 million VND to 59 million VND, n = 10)"."""
    if found["low"] is None:
        return f"{said(found['mean'], unit)} (one run: no interval)"
    ends = f"{said(found['low'], unit)} to {said(found['high'], unit)}"
    return f"{said(found['mean'], unit)} ({100 * found['level']:.4g} % interval {ends}, n = {found['n']})"


def _saving(answer: Mapping[str, Any]) -> str:
    saving, unit, base = answer["saving"], answer["unit"], answer["base"]
    if saving is None:
        return f"  what it saves is not known: as it is, a run ended badly ({base['trouble']})"
    if saving["mean"] == 0 and not saving["low"] and not saving["high"]:
        return "  it is what there is: nothing is saved"
    line = f"  saves {_said(saving, unit)} against leaving all {AS_IT_IS}"
    if saving["low"] is None or saving["low"] <= 0 <= saving["high"]:
        line += ": could not be told apart"
    return line


def _limits(best: Mapping[str, Any]) -> list[str]:
    limits = best["limits"]
    if not limits:
        return []
    hold = (
        "all kept with 95 % confidence each" if best["limits_hold"] else
        "kept in the mean, NOT with 95 % confidence" if best["limits_hold_in_mean"] else "NOT kept"
    )  # fmt: skip
    judged = [v for v in limits if v["excess"] is not None or v["unjudged"]]
    nearest = sorted(judged, key=lambda v: (not v["unjudged"], -_nearness(v)))[:_MOST_LIMITS]
    head = f"  Limits ({len(limits)}): {hold}" + ("; the nearest:" if len(nearest) < len(limits) else "")
    return [head, *(f"    {_limit(v)}" for v in nearest)]


def _nearness(verdict: Mapping[str, Any]) -> float:
    scale = abs((verdict["value"] or 0.0) - (verdict["excess"] or 0.0)) or 1.0
    return float((verdict["excess"] or 0.0) / scale)


def _limit(verdict: Mapping[str, Any]) -> str:
    unit = verdict["unit"]
    head = f"{verdict['name']} {verdict['sense']} {verdict['bound']}"
    if verdict["unjudged"]:
        return f"{head}: cannot be judged, {verdict['unjudged']}"
    margin = said(-verdict["excess"], unit)
    where = f"in every one of {verdict['n']} runs" if verdict["in_every_run"] else (
        f"margin at least {said(-verdict['excess_bound'], unit)}" if verdict["excess_bound"] is not None else "no bound"
    )  # fmt: skip
    value = said(abs(verdict["value"]) if verdict["sense"].startswith("worse") else verdict["value"], unit)
    if verdict["sense"].startswith("worse"):
        value += " worse" if verdict["value"] > 0 else " better"
    return f"{head}: {value}, margin {margin}, {where}"


def _runner_up(answer: Mapping[str, Any]) -> list[str]:
    """The next best, and which of the finalists the last runs could not tell from the best."""
    others = [other for other in answer["others"] if other["behind"] is not None]
    told = []
    for place, other in enumerate(others):
        is_close = other["told_apart"] is not True
        if place == 0 or is_close:
            head = "Runner-up" if place == 0 else "Also"
            gap = _more(other["behind"]["mean"], answer["unit"])
            limits = "" if other["limits_hold"] else "; its limits are not safe"
            told.append(f"{head}: {other['in_words']}, {gap}{limits}{'; could not be told apart' if is_close else ''}")
    return told


def _more(gap: float, unit: str) -> str:
    return f"{said(abs(gap), unit)} {'more' if gap >= 0 else 'less'}"


def _other_prices(answer: Mapping[str, Any]) -> list[str]:
    moved = [p for p in answer["prices"] if answer["best"] and p["best"] != answer["best"]["in_words"]]
    return [
        f"At {said(p['each'], answer['unit'])} each of {p['lever']}, by the search's runs: {p['best']}" for p in moved
    ]


def _troubles(answer: Mapping[str, Any]) -> list[str]:
    without = answer["without_result"]
    if not without:
        return []
    return ["Without a result, so not chosen: " + ", ".join(f"{n} settings ({kind})" for kind, n in without.items())]


def _count(answer: Mapping[str, Any]) -> str:
    futures = f" in {answer['futures']} futures" if answer["futures"] > 1 else ""
    return (
        f"{answer['runs_in_all']:,} runs of {answer['budget']:,}: {answer['settings']:,} of "
        f"{answer['settings_in_all']:,} settings tried{futures}; the last {len(answer['others']) + 1} run again, "
        f"{answer['replications']} times each, with chance that had no part in choosing them"
    )
