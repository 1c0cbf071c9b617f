"""The pictures of docs/model.md, drawn from runs of small scenarios: python docs/pictures/draw.py"""

from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

import sim
from sim.measure.lives import Lives
from sim.measure.visits import decode
from sim.planning.plan import NEVER

HERE = Path(__file__).parent
HOUR, MINUTE = 3_600_000, 60_000
BLUE, ORANGE, TEAL, PALE = "#08306B", "#D1600F", "#2E8B8B", "#D9DEE5"
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "cuakhau", "font.size": 9, "font.family": "DejaVu Sans"}

CLOSING = """
kind: scenario
format: 1
title: one booth, a break at noon
period: {{start: 2025-01-01, length: 24 h}}
stations:
  gate:
    servers: 1
    hours: "07:00-12:00, 13:00-17:00"
    closing: {rule}
    service: 1 min
routes: {{trucks: [gate]}}
flows: {{trucks: {{listed: trucks.csv}}}}
"""
CLOSING_TRUCKS = "arrived,gate [min]\n2025-01-01 11:00,150\n2025-01-01 11:15,30\n2025-01-01 11:30,20\n"

BLOCKING = """
kind: scenario
format: 1
title: a park, a gate that calls
period: {start: 2025-01-01, length: 3 h}
stations:
  park/yard: {places: 2}
  park/desk: {servers: 1, service: 1 min}
  gate/called: {places: 1}
  gate/inspection: {servers: 1, service: 1 min}
  gate/lane: {servers: 1, service: 1 min, waiting_places: 0}
routes:
  trucks:
    - {in: park/yard, do: [park/desk]}
    - {in: gate/called, do: [{travel: 10 min}]}
    - gate/inspection
    - gate/lane
flows: {trucks: {listed: trucks.csv}}
"""
BLOCKING_TRUCKS = (
    "arrived [min],park/desk [min],gate/inspection [min],gate/lane [min]\n0,5,15,40\n0,5,10,10\n0,5,10,10\n0,5,10,10\n"
)


def run(text: str, trucks: str) -> Lives:
    """The lives of listed trucks in a scenario."""
    with TemporaryDirectory() as folder:
        Path(folder, "trucks.csv").write_text(trucks, encoding="utf-8")
        Path(folder, "scenario.yaml").write_text(text, encoding="utf-8")
        plan = sim.make_plan(sim.load(Path(folder, "scenario.yaml")))
    return decode(plan, sim.simulate(plan, engine="simpy"))


def bar(axes: Axes, row: float, begin: float, end: float, colour: str, words: str = "", hatch: str = "") -> None:
    """One stretch of a truck's time, with a word in it if there is room."""
    axes.barh(row, end - begin, left=begin, height=0.6, color=colour, hatch=hatch, edgecolor="white", linewidth=0.8)
    if words:
        axes.text((begin + end) / 2, row, words, ha="center", va="center", color="white", fontsize=7.5)


def closing() -> None:
    """Three trucks at one booth under the four closing rules, on one time line."""
    figure, panels = plt.subplots(4, 1, figsize=(7.6, 5.6), sharex=True, layout="constrained")
    says = {
        "finish": "the truck in hand is completed; the booth is free when it is",
        "pause": "it stops at 12:00 and goes on at 13:00, before any other",
        "handover": "the old team completes it; a new team starts at 13:00 beside it",
        "fits": "nothing starts that would not end before 12:00",
    }
    for axes, (rule, words) in zip(panels, says.items(), strict=True):
        lives = run(CLOSING.format(rule=rule), CLOSING_TRUCKS)
        for visit in range(3):
            row = 2 - visit
            joined, started, ended = (
                getattr(lives.visits, name)[visit] / HOUR for name in ("joined", "started", "ended")
            )
            bar(axes, row, joined, started, PALE)
            pauses = [(a / HOUR, b / HOUR) for t, _, a, b in lives.trace.paused if t == visit]
            edges = [started, *(edge for pause in pauses for edge in pause), ended]
            for begin, end in zip(edges[::2], edges[1::2], strict=True):
                bar(axes, row, begin, end, BLUE)
            axes.text(ended + 0.04, row, f"{clock(started)} to {clock(ended)}", va="center", fontsize=7.5)
        axes.axvspan(12, 13, color="#F3E3D6", zorder=0)
        axes.set_yticks([2, 1, 0], ["a, 2 h 30", "b, 30 min", "c, 20 min"])
        axes.set_title(f"{rule}: {words}", loc="left", fontsize=9)
        axes.spines[["top", "right"]].set_visible(False)
    panels[-1].set_xlim(10.9, 17.2)
    panels[-1].set_xticks(range(11, 18), [f"{hour}:00" for hour in range(11, 18)])
    panels[0].text(12.5, -0.42, "closed", ha="center", va="bottom", fontsize=7.5, color=ORANGE)
    save(figure, "closing")


def clock(hours: float) -> str:
    """ "13:30" of hours after midnight."""
    minutes = round(hours * 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


def blocking() -> None:
    """Four trucks through a park with two places, a gate that calls one at a time, and a lane nobody can wait at."""
    lives = run(BLOCKING, BLOCKING_TRUCKS)
    names, visits = lives.plan.network.layout.stations, lives.visits
    figure, axes = plt.subplots(figsize=(7.6, 2.9), layout="constrained")
    for truck in range(4):
        row = 3 - truck
        mine = {names[visits.station[k]]: k for k in np.flatnonzero(visits.truck == truck)}

        def at(station: str, stamp: str, mine: dict[str, int] = mine) -> float:
            value = getattr(visits, stamp)[mine[station]]
            return float(value) / MINUTE if value != NEVER else 0.0

        bar(axes, row, at("park/yard", "joined"), at("park/yard", "entered"), PALE)
        bar(axes, row, at("park/yard", "entered"), at("park/yard", "left"), TEAL, hatch="//")
        bar(axes, row, at("park/desk", "started"), at("park/desk", "ended"), TEAL)
        came = at("gate/inspection", "joined")
        bar(axes, row, at("gate/called", "entered"), came, ORANGE, "drives")
        bar(axes, row, came, at("gate/inspection", "started"), ORANGE, hatch="//")
        bar(axes, row, at("gate/inspection", "started"), at("gate/inspection", "ended"), BLUE, "inspected")
        bar(axes, row, at("gate/inspection", "ended"), at("gate/inspection", "left"), "#6E86A8", hatch="xx")
        bar(axes, row, at("gate/lane", "started"), at("gate/lane", "left"), "#8C1D5A", "lane")
    axes.set_yticks([3, 2, 1, 0], ["a", "b", "c", "d"])
    axes.set_xlabel("minutes after four trucks came together")
    axes.spines[["top", "right"]].set_visible(False)
    shown = [
        (PALE, "", "waits outside"), (TEAL, "", "at the desk"), (TEAL, "//", "keeps its park place"),
        (ORANGE, "//", "called, waits for inspection"), ("#6E86A8", "xx", "inspected, blocks the booth"),
    ]  # fmt: skip
    handles = [plt.Rectangle((0, 0), 1, 1, facecolor=c, hatch=h, edgecolor="white") for c, h, _ in shown]
    figure.legend(handles, [words for *_, words in shown], loc="outside upper left", ncols=3, frameon=False, fontsize=8)
    save(figure, "blocking")


def order() -> None:
    """The ranks of events at one instant."""
    ranks = [
        ("1", "calendar", "capacities and speeds\nchange, services pause\nand resume"),
        ("2", "ends", "of work and of drives,\nin the order in which\nthey began"),
        ("3", "arrivals", "in listed order"),
        ("4", "grants", "marked queues are\nlooked at, in order\nof marking"),
        ("5", "rules", "counts that are\nwatched, patience\nthat ends"),
    ]
    figure, axes = plt.subplots(figsize=(7.6, 1.9), layout="constrained")
    for k, (number, name, words) in enumerate(ranks):
        axes.add_patch(
            FancyBboxPatch((k * 2, 0), 1.66, 1.2, boxstyle="round,pad=0.06", facecolor="#EEF2F7", edgecolor=BLUE)
        )
        axes.text(k * 2 + 0.83, 0.98, f"{number}  {name}", ha="center", va="center", fontweight="bold", color=BLUE)
        axes.text(k * 2 + 0.83, 0.4, words, ha="center", va="center", fontsize=6.4)
        if k:
            axes.annotate("", (k * 2 - 0.07, 0.6), (k * 2 - 0.27, 0.6), arrowprops={"arrowstyle": "->", "color": BLUE})
    arrow = {"arrowstyle": "->", "color": ORANGE, "connectionstyle": "arc3,rad=-0.12"}
    axes.annotate("", (2.83, -0.09), (6.83, -0.09), arrowprops=arrow)
    axes.text(4.83, -0.74, "work of no length ends in the same instant", ha="center", fontsize=7, color=ORANGE)
    axes.set_xlim(-0.15, 9.85)
    axes.set_ylim(-0.95, 1.35)
    axes.axis("off")
    save(figure, "order")


def save(figure: plt.Figure, name: str) -> None:
    """Write a picture without a date, so that drawing it again gives the same bytes."""
    figure.savefig(HERE / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    with mpl.rc_context(STYLE):
        closing()
        blocking()
        order()
