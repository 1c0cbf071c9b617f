"""Trucks that get through, against what the gates are documented to do."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.drawing import INK, OF_DIRECTION, PLUM, picture, plain_numbers, row_names
from sim.report.exhibit import Exhibit, Grid
from sim.report.folder import Output
from sim.report.words import Words
from sim.scenario.units import rate_per_hour


def per_day(output: Output, gate: str = "", direction: str = "", cargo: str = "") -> Mapping[str, Any]:
    """Trucks that crossed per day: mean, low, high, n; empty where nothing is known."""
    rows = output.tables["throughput_mean"].filter(gate=gate, direction=direction, cargo=cargo).to_dicts()
    return rows[0] if rows else {}


def capacity(output: Output, gate: str) -> float | None:
    """Documented capacity of the gate, trucks per day in both directions."""
    entry = output.manifest["gates"].get(gate) or {}
    value = entry.get("capacity")
    return None if value is None else float(value)


def documented(output: Output, gate: str, direction: str = "") -> float | None:
    """Documented trucks per day of the gate (and direction): the volumes of its flows, if each of them is a fact.

    They are what the model is given, so that agreement with them is no validation.
    """
    facts = {source["path"] for source in output.manifest.get("sources", []) if source.get("fact")}
    total = 0.0
    for key, flow in output.manifest["scenario"].get("flows", {}).items():
        if flow.get("gate") == gate and direction in ("", flow.get("direction", "export")):
            if f"flows.{key}.volume" not in facts:
                return None
            total += 24 * rate_per_hour(flow["volume"])
    return total or None


def gate_name(output: Output, gate: str, words: Words) -> str:
    """The gate's short name; of "" that of all of them."""
    return output.gate(gate) if gate else words("all.gates")


def throughput(output: Output, words: Words) -> Exhibit:
    """Trucks through per day by gate and direction, with capacity and documented mean."""
    gates = output.gates or [""]
    frame = output.tables["throughput_mean"].filter(cargo="")

    def draw(figure: Figure, wide: bool) -> None:
        axes = figure.add_subplot()
        row_names(axes, [gate_name(output, gate, words) for gate in gates], wide=wide)
        for row, gate in enumerate(gates):
            _stacked(axes, row, output, gate, words)
            _marks(axes, row, output, gate)
        _legend(figure, axes, output, gates, words)
        axes.set_xlabel(words("through.axis"))
        axes.set_xlim(left=0)
        plain_numbers(axes.xaxis, words)

    question, answer = words("through.question"), _answer(output, gates, words)
    height = 0.9 + 0.55 * len(gates)
    return Exhibit(
        key="F3-trucks-through", question=question, answer=answer, data=frame, grid=_grid(output, gates, words),
        picture=picture("f3", draw, wide=height, narrow=height + 0.6, says=(question, answer)),
    )  # fmt: skip


def _stacked(axes: Axes, row: int, output: Output, gate: str, words: Words) -> None:
    """Exports and imports end to end, with the interval of their sum."""
    left = 0.0
    for direction, colour in OF_DIRECTION.items():
        value = float(per_day(output, gate, direction).get("mean") or 0)
        axes.barh(row, value, 0.5, left=left, color=colour, edgecolor="white", lw=0.8)
        if value > 0.08 * _widest(output):
            axes.annotate(
                words.number(value), (left, row), (6, 0), textcoords="offset points", va="center", color="white"
            )
        left += value
    total = per_day(output, gate)
    if total.get("low") is not None:
        for colour, width in (("white", 3.4), (INK, 1.4)):  # seen on a dark bar too
            axes.plot([total["low"], total["high"]], [row, row], color=colour, lw=width, solid_capstyle="butt")


def _marks(axes: Axes, row: int, output: Output, gate: str) -> None:
    limit, mean = capacity(output, gate), documented(output, gate)
    if limit is not None:
        for colour, width in (("white", 5), (INK, 2)):
            axes.plot([limit, limit], [row - 0.36, row + 0.36], color=colour, lw=width, solid_capstyle="butt")
    if mean is not None:
        axes.plot([mean], [row], "D", color="white", mec=PLUM, mew=1.8, ms=6)


def _widest(output: Output) -> float:
    """Length of the longest bar or mark, trucks per day."""
    limits = [capacity(output, gate) or 0.0 for gate in output.gates]
    return max([1.0, *limits, *(float(per_day(output, gate).get("mean") or 0) for gate in output.gates)])


def _legend(figure: Figure, axes: Axes, output: Output, gates: list[str], words: Words) -> None:
    for direction, colour in OF_DIRECTION.items():
        axes.plot([], [], "s", color=colour, ms=8, label=words.named("direction", direction))
    axes.plot([], [], color=INK, lw=1.4, label=words("through.interval"))
    if any(capacity(output, gate) is not None for gate in gates):
        axes.plot([], [], color=INK, lw=0, marker="|", ms=11, mew=2, label=words("through.capacity"))
    if any(documented(output, gate) is not None for gate in gates):
        axes.plot([], [], "D", color="white", mec=PLUM, mew=1.8, ms=6, label=words("through.documented"))
    figure.legend(loc="outside upper left", ncols=5 if figure.get_figwidth() > 6 else 2, handlelength=1.2, borderpad=0)


def _answer(output: Output, gates: list[str], words: Words) -> str:
    total, own = per_day(output), per_day(output, direction=output.direction)
    parts = [
        words(
            "through.answer",
            total=words.number(total.get("mean")),
            own=words.number(own.get("mean")),
            direction=words.named("direction", output.direction),
            range=words.range(total.get("low"), total.get("high")),
            n=output.replications,
            days=words.number(output.days),
        )
    ]
    for gate in gates:
        limit, mean = capacity(output, gate), per_day(output, gate).get("mean")
        if limit and mean is not None and mean >= 0.9 * limit:
            share = words.share(mean / limit)
            parts.append(words("through.full", gate=output.gate(gate), share=share, capacity=words.number(limit)))
    parts += [_against_documents(output, gates, words)]
    return " ".join(part for part in parts if part)


def _against_documents(output: Output, gates: list[str], words: Words) -> str:
    """How far the simulated means are from the documented demand, at worst; "" where none is given."""
    gaps = []
    for gate in gates:
        for direction in OF_DIRECTION:
            told, mean = documented(output, gate, direction), per_day(output, gate, direction).get("mean")
            if told and mean is not None:
                place = words("of", what=words.named("direction", direction), place=output.gate(gate))
                gaps.append((abs(mean / told - 1), place))
    if not gaps:
        return ""
    worst, place = max(gaps)
    return words("through.gap", share=words.share(worst, 1), place=place)


def _grid(output: Output, gates: list[str], words: Words) -> Grid:
    rows = []
    for gate in [*(gate for gate in gates if gate), ""]:
        for direction in (*OF_DIRECTION, ""):
            row, both = per_day(output, gate, direction), direction == ""
            name = words(
                "of",
                what=words.named("direction", direction or "both"),
                place=gate_name(output, gate, words),
            )
            limit = words.number(capacity(output, gate)) if gate and both else "–"
            told = words.number(documented(output, gate, direction)) if gate else "–"
            rows.append(
                (name, words.number(row.get("mean"), 1), words.range(row.get("low"), row.get("high"), 1), limit, told)
            )
    head = (
        words("head.gate"),
        words("head.perday"),
        words("head.interval"),
        words("head.capacity"),
        words("head.documented"),
    )
    return Grid(caption=words("through.table", n=output.replications), head=head, rows=tuple(rows))


def load(output: Output, gate: str) -> float | None:
    """Trucks through per day as a share of the documented capacity [-]."""
    limit, mean = capacity(output, gate), per_day(output, gate).get("mean")
    return float(mean) / limit if limit and mean is not None else None


def arrivals_per_day(output: Output, direction: str) -> float | None:
    """Trucks that came per day: all outcomes together, mean over runs."""
    rows = output.tables["outcomes"].filter(pl.col("outcome") != "", gate="", direction=direction, cargo="")
    return None if rows.is_empty() or not output.days else float(rows["mean"].sum()) / output.days
