"""The gate summary: one row a gate."""

import polars as pl

from sim.report.crossings import capacity, load, per_day
from sim.report.exhibit import Grid
from sim.report.folder import Output
from sim.report.peaks import backlog, peak
from sim.report.precise import is_growing
from sim.report.waits import stay
from sim.report.words import Words


def summary(output: Output, words: Words) -> Grid:
    """How each gate does: through, load, waits, backlog, turned back, still inside."""
    keys = (
        "gate",
        "exports",
        "imports",
        "capacity",
        "load",
        "median.export",
        "p90.export",
        "at20",
        "peak80",
        "turned",
        "inside",
    )
    return Grid(
        caption=words(
            "summary.caption",
            direction=words.named("direction", output.direction),
            n=output.replications,
            days=words.number(output.days),
        ),
        head=tuple(words(f"head.{key}") for key in keys),
        rows=tuple(_row(output, gate, words) for gate in [*output.gates, ""]),
    )


def _row(output: Output, gate: str, words: Words) -> tuple[str, ...]:
    wait, worst = stay(output, gate, output.direction), peak(output, backlog(output), gate) or {}
    name = output.gate(gate, whole=True) if gate else words("all.gates")
    return (
        words("summary.grows", gate=name) if is_growing(output, gate, output.direction) else name,
        _with_interval(output, gate, "export", words),
        _with_interval(output, gate, "import", words),
        words.number(capacity(output, gate)) if gate else "–",
        words.share(load(output, gate)) if gate else "–",
        words.span(wait.get("median")),
        words.span(wait.get("p90")),
        words.number(_evening_median(output, gate)),
        f"{words.number(worst.get('median'))}\n{words.range(worst.get('low'), worst.get('high'))}",
        words.number(_total(output.tables["outcomes"].filter(outcome="turned_back"), gate)),
        words.number(_total(output.tables["inside_at_end"].filter(station=""), gate)),
    )


def _with_interval(output: Output, gate: str, direction: str, words: Words) -> str:
    row = per_day(output, gate, direction)
    return f"{words.number(row.get('mean'))}\n{words.range(row.get('low'), row.get('high'))}"


def _evening_median(output: Output, gate: str) -> float | None:
    """Median over days of the 20:00 backlog of exports, mean over runs."""
    days = output.tables["backlog_20h"].filter(gate=gate, direction=output.direction)
    return days["median"].median()  # type: ignore[return-value]


def _total(table: pl.DataFrame, gate: str) -> float:
    """Trucks of both directions, mean over runs."""
    return float(table.filter(gate=gate, direction="", cargo="")["mean"].sum())
