"""The one-file report of a sweep: what to choose, how sure that is, and the figures."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from sim.report import pages
from sim.report.exhibit import Exhibit, Grid
from sim.report.folder import clean
from sim.report.sweep_axes import Axis, Metric
from sim.report.words import Words

_MOST_RANKED = 12  # settings in a table of the page
_MOST_FAILED = 20
_FEW = 5  # replications, below which intervals say little


def page(
    manifest: Mapping[str, Any], shown: Sequence[Exhibit], axes: Sequence[Axis], metrics: Sequence[Metric],
    points: pl.DataFrame, ranking: pl.DataFrame, failed: pl.DataFrame, words: Words,
) -> str:  # fmt: skip
    """The report as one HTML text."""
    levers = [axis for axis in axes if axis.role == "lever"]
    ranked = ranked_metrics(metrics, ranking)
    return pages.rendered(
        "sweep.html.j2", words=words, title=clean(manifest["title"]), question=clean(manifest["question"]),
        policy=pages.policy(), version=manifest["version"], made_of=_made_of(manifest, words),
        verdict=list(verdict(ranked, levers, metrics, points, words)),
        rankings=[_ranked(metric, rows, levers, words) for metric, rows in ranked],
        exhibits=shown, drawn=lambda exhibit: pages.made(exhibit.picture.inline),
        factors=_factors(manifest, points, words), trust=list(_trust(manifest, failed, words)),
        failures=_failures(failed, words), record=_record(manifest, words),
    )  # fmt: skip


def ranked_metrics(metrics: Sequence[Metric], ranking: pl.DataFrame) -> list[tuple[Metric, pl.DataFrame]]:
    """The metrics by which at least two settings are ranked, and their rows of the ranking."""
    return [(metric, rows) for metric in metrics if (rows := ranking.filter(metric=metric.name)).height > 1]


def replications(manifest: Mapping[str, Any], words: Words) -> str:
    """How many replications a point has: a number, or the least and the most where a mean was aimed at."""
    least, until = words.number(manifest["replications"]), manifest.get("adaptive")
    return words("sweep.replications", least=least, most=words.number(until["most"])) if until else least


def _made_of(manifest: Mapping[str, Any], words: Words) -> str:
    return words(
        "sweep.made", version=manifest["version"], base=clean(manifest["base"]),
        points=words.number(manifest["points"]), runs=words.number(sum(manifest["statuses"].values())),
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------- verdict


def verdict(
    ranked: Sequence[tuple[Metric, pl.DataFrame]], levers: Sequence[Axis], metrics: Sequence[Metric],
    points: pl.DataFrame, words: Words,
) -> Iterator[str]:  # fmt: skip
    """What the sweep says, in sentences: the best setting and what is as good, or how far a metric goes."""
    if not ranked:
        for metric in metrics[:2]:
            values = points.filter(metric=metric.name)["value"].drop_nulls()
            low, high = metric.said(min(values), words), metric.with_unit(max(values), words)
            yield words("sweep.reaches", metric=metric.title, low=low, high=high, n=words.number(len(values)))
        return
    metric, rows = ranked[0]
    first, last = rows.row(0, named=True), rows.row(-1, named=True)
    yield words(
        "sweep.best", n=words.number(rows.height), metric=metric.title, setting=setting(first, levers),
        value=metric.with_unit(first["mean"], words), range=_interval(metric, first, words),
        last=setting(last, levers), other=metric.with_unit(last["mean"], words),
    )  # fmt: skip
    yield from _as_good(rows, levers, words)
    if first["cases"] > 1:
        steady = min(rows.iter_rows(named=True), key=lambda row: row["regret"])
        yield words(
            "sweep.regret", setting=setting(steady, levers), regret=metric.with_unit(steady["regret"], words),
            cases=words.number(steady["cases"]),
        )  # fmt: skip


def _as_good(rows: pl.DataFrame, levers: Sequence[Axis], words: Words) -> Iterator[str]:
    """Settings that cannot be told apart from the best; of one lever with numbers, from where on."""
    tied = rows.filter(pl.col("told_apart") == False)  # noqa: E712 -- null is neither
    if rows["told_apart"].null_count() == rows.height:
        yield words("sweep.tied.unknown")
    elif tied.height == 1:
        yield words("sweep.tied.none", n=words.number(rows.height - 1))
    elif len(levers) == 1 and levers[0].is_number:
        levels = tied[levers[0].name]
        yield words("sweep.tied.from", low=levers[0].named(min(levels)), high=levers[0].said(max(levels)))
    else:
        others = [setting(row, levers) for row in tied[1:4].iter_rows(named=True)]
        yield words("sweep.tied", n=words.number(tied.height - 1), others="; ".join(others),
                    more=" and others" if tied.height > 4 else "")  # fmt: skip


def setting(row: Mapping[str, Any], levers: Sequence[Axis]) -> str:
    """A setting of the levers in words."""
    return clean(", ".join(axis.named(row[axis.name]) for axis in levers))


def _interval(metric: Metric, row: Mapping[str, Any], words: Words) -> str:
    if row["low"] is None:
        return words("sweep.interval.none")
    low, high = metric.said(row["low"], words), metric.said(row["high"], words)
    return words("sweep.interval", low=low, high=high)


# ----------------------------------------------------------------------------------------------- tables


def _ranked(metric: Metric, rows: pl.DataFrame, levers: Sequence[Axis], words: Words) -> Grid:
    has_cases = rows["cases"][0] > 1
    wanted = ("mean", "range", *(("worst", "regret") if has_cases else ()), "behind", "apart")
    head = (words("head.setting"), *(words(f"head.{key}") for key in wanted))
    kept = rows if rows.height <= _MOST_RANKED else pl.concat([rows.head(_MOST_RANKED - 1), rows.tail(1)])
    lines = []
    for row in kept.iter_rows(named=True):
        cells = {
            "mean": metric.said(row["mean"], words), "range": _span(metric, row["low"], row["high"], words),
            "worst": metric.said(row["worst"], words), "regret": metric.said(row["regret"], words),
            "behind": metric.said(row["behind"], words) if row["rank"] > 1 else "–",
            "apart": words(_apart(row)),
        }  # fmt: skip
        lines.append((f"{row['rank']}. {setting(row, levers)}", *(cells[key] for key in wanted)))
    caption = words("sweep.ranking.caption", metric=metric.label, n=words.number(rows.height))
    return Grid(caption=caption, head=head, rows=tuple(lines))


def _apart(row: Mapping[str, Any]) -> str:
    if row["rank"] == 1:
        return "apart.first"
    return {None: "apart.unknown", True: "apart.yes", False: "apart.no"}[row["told_apart"]]


def _span(metric: Metric, low: float | None, high: float | None, words: Words) -> str:
    return "–" if low is None else f"{metric.said(low, words)}–{metric.said(high, words)}"


def _factors(manifest: Mapping[str, Any], points: pl.DataFrame, words: Words) -> Grid:
    rows = []
    for factor in manifest["factors"]:
        levels = points[factor["name"]].unique(maintain_order=True).to_list()
        if factor["levels"]:
            values = "; ".join(factor["levels"][:_MOST_RANKED]) + (" …" if len(factor["levels"]) > _MOST_RANKED else "")
        else:
            values = f"{min(levels):g}–{max(levels):g} {factor['unit']}".rstrip()
        rows.append((clean(factor["title"]), words(f"role.{factor['role']}"), clean(factor["name"]), clean(values)))
    head = tuple(words(f"head.{key}") for key in ("factor", "role", "path", "values"))
    return Grid(caption=words("sweep.factors"), head=head, rows=tuple(rows))


def _trust(manifest: Mapping[str, Any], failed: pl.DataFrame, words: Words) -> Iterator[str]:
    yield words("sweep.trust", n=replications(manifest, words))
    if manifest["replications"] < _FEW:
        yield words("sweep.trust.few", n=words.number(manifest["replications"]))
    if until := manifest.get("adaptive"):
        yield words("sweep.trust.adaptive", metric=clean(until["metric"]), within=clean(until["within"]),
                    met=words.number(until["met"]), of=words.number(until["met"] + until["not_met"]))  # fmt: skip
    if failed.height:
        yield words("sweep.trust.failed", n=words.number(failed.height))


def _failures(failed: pl.DataFrame, words: Words) -> Grid | None:
    if failed.is_empty():
        return None
    rows = failed.group_by("status", "reason", maintain_order=True).agg(pl.len(), pl.col("point").first())
    head = tuple(words(f"head.{key}") for key in ("status", "reason", "runs", "point"))
    cells = tuple(
        (str(status), clean(reason), words.number(n), words.number(point))
        for status, reason, n, point in rows.head(_MOST_FAILED).iter_rows()
    )
    return Grid(caption=words("sweep.failed"), head=head, rows=cells)


def _record(manifest: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    return [
        (words("record.version"), str(manifest["version"])),
        (words("record.hash"), str(manifest["hash"])),
        (words("record.seed"), str(manifest["seed"])),
        (words("record.design"), str(manifest["design"])),
        (words("record.points"), words.number(manifest["points"])),
        (words("record.replications"), replications(manifest, words)),
    ]
