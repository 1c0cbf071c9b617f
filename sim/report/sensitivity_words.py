"""A study of sensitivity in words: for each metric which unknowns matter, in what order, and how sure that is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from sim.report.drawing import brief
from sim.report.folder import clean
from sim.report.sweep_axes import title_of
from sim.report.words import words

MAIN = {"morris": "mu_star", "sobol": "ST", "delta": "delta"}  # what factors are ranked by
_COLUMNS: Mapping[str, tuple[tuple[str, str, bool], ...]] = {  # index, heading, whether its interval is shown
    "morris": (("mu_star", "moves it by", True), ("mu_star_none", "noise alone", False), ("mu", "upwards by", False),
               ("sigma", "spread", False)),
    "sobol": (("ST", "share in all", True), ("S1", "share by itself", True), ("ST_seen", "in all, as seen", False)),
    "delta": (("delta", "delta", True), ("delta_raw", "unreduced", False), ("delta_none", "none at all", False),
              ("S1", "share by itself", True)),
}  # fmt: skip
METHODS: Mapping[str, Mapping[str, Any]] = {
    "morris": {
        "name": "Morris's elementary effects", "blocks": "trajectories",
        "reading": ("Moves it by (mu*): by how much the metric changes, in its own unit and on average over the other "
                    "factors, when a factor goes from its first to its last value; from one name to another where it "
                    "has no order. Noise alone: the mu* of a factor without any effect at this number of replications. "
                    "Upwards by (mu): the same with its sign. Spread (sigma, without noise): how far the effect "
                    "depends on the other factors or is not a straight line."),
    },
    "sobol": {
        "name": "Sobol' indices", "blocks": "base samples",
        "reading": ("Share by itself (S1): the part of the variance of the mean response that goes if the factor "
                    "becomes known. Share in all (ST): the part that stays if all others become known. Both are of "
                    "the mean over endless replications; as seen: with the noise of these."),
    },
    "delta": {
        "name": "Borgonovo's delta", "blocks": "samples",
        "reading": ("Delta: half the area between the metric's distribution over all points and that with the factor "
                    "known, on average; 0 = it does not matter, 1 = it decides everything. None at all: what 95 % of "
                    "factors without any effect stay below, to be held against the unreduced delta."),
    },
}  # fmt: skip
_NAMED = 3
_LANGUAGE = "en"  # a study is told in no other


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What there is to say of one metric."""

    metric: str  # the name of its column
    title: str  # as people name it
    rest: str  # of the head, after the name: unit, noise, what was left out
    rows: tuple[tuple[str, ...], ...]  # texts; the first row names the columns; empty = no indices
    answer: str

    @property
    def head(self) -> str:
        """What its numbers are, by the name that --metric takes."""
        return f"{self.metric}{self.rest}"

    @property
    def titled(self) -> str:
        """The same by its title."""
        return f"{self.title}{self.rest}"


def told(found: pl.DataFrame, manifest: Mapping[str, Any]) -> Iterator[Told]:
    """What to say of each metric of the table of indices."""
    language = words(_LANGUAGE)
    for metric in manifest["metrics"]:
        title = clean(title_of(metric, manifest["scenario"], language))
        yield _of_metric(found.filter(metric=metric["name"]), manifest, title)


def _of_metric(own: pl.DataFrame, manifest: Mapping[str, Any], title: str) -> Told:
    first = own.row(0, named=True)
    method, metric, n = first["method"], first["metric"], manifest["replications"]
    unit = f" [{first['unit']}]" if first["unit"] not in ("", "1") else ""
    main = own.filter(index=MAIN[method])
    rest = unit
    if first["dropped"]:
        of = f"{first['dropped'] + first['blocks']:,} {METHODS[method]['blocks']}"
        rest += f"; {first['dropped']:,} of {of} left out: a run in them failed or has no value"
    if not main.height:
        return Told(metric=metric, title=title, rest=rest, rows=(), answer="Too few runs have a value to say anything.")
    share = own.filter(index="noise_share").row(0, named=True)
    if share["value"] is None:
        same = "It is the same at every point: nothing here matters."
        return Told(metric=metric, title=title, rest=rest, rows=(), answer=same)
    rest += f"; noise of n = {n} replications is {_share(share)} of the variance seen"
    return Told(metric=metric, title=title, rest=rest, rows=tuple(_rows(own, method)), answer=answer(main))


def _rows(own: pl.DataFrame, method: str) -> Iterator[tuple[str, ...]]:
    yield ("", "rank", *(heading for _, heading, _ in _COLUMNS[method]))
    known = {(row["index"], row["factor"]): row for row in own.iter_rows(named=True)}
    for row in ranked(own.filter(index=MAIN[method])):
        cells = (_cell(known[index, row["factor"]], bounds=bounds) for index, _, bounds in _COLUMNS[method])
        yield (brief(row["title"], 44), rank(row), *cells)


def ranked(main: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of the main index, the most important factor first."""
    return sorted(main.iter_rows(named=True), key=lambda row: (row["rank"] or 0, -(row["value"] or 0)))


def rank(row: Mapping[str, Any]) -> str:
    """ "1 (1 to 2)"."""
    if row["rank"] is None:
        return "-"
    low, high = row["rank_low"], row["rank_high"]
    return f"{row['rank']}" if low == high == row["rank"] else f"{row['rank']} ({low} to {high})"


def answer(main: pl.DataFrame) -> str:
    """Which factor matters most, and which cannot be told apart from one without effect."""
    rows = ranked(main)
    if any(row["rank"] is None for row in rows):
        return "Noise is so large that nothing can be ranked; more replications tell more."
    told_, rest = ([row for row in rows if row["matters"] is is_told] for is_told in (True, False))
    if not told_:
        return "None of the factors is told apart from one without effect: more points or replications tell more."
    lead = [row["title"] for row in told_ if row["rank_low"] == 1]
    first = f"{rows[0]['title']} matters most"
    if len(lead) > 1:
        first = f"{rows[0]['title']} leads; {_listed(lead[1:], 'or')} may be first as well"
    if not rest:
        return f"{first}. Every factor makes a difference."
    return f"{first}. Not told from no effect: {_listed([row['title'] for row in rest], 'and')}."


def _listed(names: Sequence[str], word: str) -> str:
    shown = [brief(name, 44) for name in names[:_NAMED]]
    if len(names) > _NAMED:
        return f"{', '.join(shown)} {word} {len(names) - _NAMED} more"
    return f" {word} ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def _share(row: Mapping[str, Any]) -> str:
    value = f"{row['value']:.2g}" if row["low"] is None else f"{100 * row['value']:.2g} %"
    return value if row["low"] is None else f"{value} ({100 * row['low']:.2g} to {100 * row['high']:.2g})"


def _cell(row: Mapping[str, Any], *, bounds: bool) -> str:
    if row["value"] is None:
        return "-"
    value = number(row["value"])
    return f"{value} ({number(row['low'])} to {number(row['high'])})" if bounds and row["low"] is not None else value


def number(value: float) -> str:
    """A number of at most three digits that matter."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value if abs(value) >= 0.005 else 0:.2f}" if abs(value) < 10 else f"{value:.1f}"
