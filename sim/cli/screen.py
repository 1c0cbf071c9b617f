"""The answer of a run in at most twelve lines."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.experiment.run import Results

_MOST = 8  # rows of the table
_MOST_GROWING = 3  # queues named
_COLUMNS = (  # metric, heading, unit shown, divisor
    ("throughput_per_day", "trucks/day", "", 1),
    ("wait_mean", "mean wait", " h", 60),
    ("wait_p90", "90 % wait less than", " h", 60),
    ("backlog_20h_median", "waiting at 20:00", "", 1),
)


def summary_lines(results: "Results") -> list[str]:
    """Title, one row per gate and direction with 95 % intervals, and what was checked."""
    from sim.scenario.faults import shown

    values = {
        (row["metric"], row["gate"], row["direction"]): row
        for row in results.summary.iter_rows(named=True)
        if row["cargo"] == "" and row["place"] == ""
    }
    groups = [key[1:] for key in values if key[0] == "throughput_per_day" and key[1] and key[2]]
    grows = growing(results)
    rows = [("", *(heading for _, heading, _, _ in _COLUMNS))]
    rows += [
        (f"{gate} {direction}{' *' if (gate, direction) in grows else ''}", *_cells(values, gate, direction))
        for gate, direction in groups[:_MOST]
    ]
    lines = [f"{shown(results.scenario.file.title, 70)}: {_count(results)}, seed {results.seed}; 95 % intervals"]
    lines += aligned(rows)
    if len(groups) > _MOST:
        lines[-1] = f"... and {len(groups) - _MOST + 1} more in tables/"
    if grows:
        lines.append(_growth_line(results, grows))
    if results.stopping is not None:
        lines.append(_sentence(results.stopping.sentence()))
    return [*lines, results.law_line]


def growing(results: "Results") -> dict[tuple[str, str], dict[str, Any]]:
    """Rows of the table `growth` by gate and direction whose queue grows, the fastest first."""
    table = results.tables["growth"].filter(grows=1)
    by_gate = table.filter((table["gate"] != "") & (table["direction"] != ""))
    rows = by_gate.sort("mean", "gate", "direction", descending=[True, False, False]).to_dicts()
    return {(row["gate"], row["direction"]): row for row in rows}


def _growth_line(results: "Results", grows: dict[tuple[str, str], dict[str, Any]]) -> str:
    """By how much queues grow, and what their means are worth then."""
    told = [f"{gate} {direction} by {_interval(row, 1, value='mean')}" for (gate, direction), row in grows.items()]
    if len(told) > _MOST_GROWING:
        told[_MOST_GROWING:] = [f"{len(told) - _MOST_GROWING} more in tables/growth.csv"]
    scenario = results.scenario
    days = (scenario.length_ms - scenario.warm_up_ms) / 86_400_000
    whose = "its means are" if len(grows) == 1 else "their means are"
    return (
        f"* the queue grows to the end, {', '.join(told)} trucks a day; {whose} of these {days:g} days, no steady state"
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _count(results: "Results") -> str:
    done = len(results.replications)
    return f"{done} replication{'' if done == 1 else 's'}" + (f" of {results.asked}" if done < results.asked else "")


def _cells(values: dict[tuple[str, str, str], dict[str, Any]], gate: str, direction: str) -> Iterator[str]:
    for metric, _, unit, divisor in _COLUMNS:
        row = values.get((metric, gate, direction))
        yield _interval(row, divisor) + unit if row and row["value"] is not None else "-"


def _interval(row: dict[str, Any], divisor: float, value: str = "value") -> str:
    """ "12.3 (11.8 to 12.8)", or the value alone where there is no interval."""
    shown = _number(row[value] / divisor)
    if row["low"] is None or row["high"] is None:
        return shown
    low = max(0.0, row["low"])  # of few replications an interval may reach where no wait or count can lie
    return f"{shown} ({_number(low / divisor)} to {_number(row['high'] / divisor)})"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}"


def aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
