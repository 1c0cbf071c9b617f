"""Who is open when, as a table to print and as a picture."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from sim.planning.who_is_open import Days, Row, Spell, by_days, who_is_open
from sim.report.drawing import NAVY, ORANGE, PALE, PLUM, TEAL, Picture, brief, picture
from sim.scenario.faults import shown
from sim.scenario.scenario import Scenario
from sim.scenario.units import DAY

_OF_REASON = {"": NAVY, "hours": PALE, "holiday": PLUM, "incident": ORANGE, "order": TEAL}
_FEWER = 0.45  # opacity of hours with fewer servers than ever
_ROW = 0.3  # [in]


def table(scenario: Scenario) -> str:
    """Lines to print: for each calendar and station the dates, the open hours, and why it is closed in the others."""
    zone = scenario.file.period.zone
    lines = [f"{shown(scenario.file.title, 300)}: who is open when, by the clock of {zone}"]
    for row in who_is_open(scenario):
        lines += ["", _heading(scenario, row), *_aligned(_lines(scenario, by_days(scenario, row.spells)))]
    left_out = [key for key, incident in scenario.file.incidents.items() if incident.lasts is not None]
    if left_out:
        lines += ["", f"not shown, as chance decides when or how long: {', '.join(left_out)}"]
    return "\n".join(lines)


def _heading(scenario: Scenario, row: Row) -> str:
    if not row.is_calendar:
        return f"stations {', '.join(row.names)}"
    actor = scenario.file.calendars[row.names[0]].actor
    said = f", {shown(actor, 200)}" if actor else ""
    return f"calendar {row.names[0]}{said} ({row.zone})"


def _lines(scenario: Scenario, days: Sequence[Days]) -> Iterator[tuple[str, str]]:
    """Dates, and what holds on them."""
    for each in days:
        dates = f"{each.first}" if each.first == each.last else f"{each.first} to {each.last}"
        opened = [f"open {clock}{_fewer(scenario, spell)}" for clock, spell in each.parts if spell.is_open]
        closed: dict[str, list[str]] = {}
        for clock, spell in each.parts:
            if not spell.is_open:
                closed.setdefault(f"{spell.reason} ({_source(scenario, spell)})", []).append(clock)
        else_ = "else closed" if opened else "closed"
        whys = [f"{else_ if len(closed) == 1 else 'closed ' + ', '.join(at)}: {why}" for why, at in closed.items()]
        yield dates, "; ".join([", ".join(opened), *whys] if opened else whys)


def _fewer(scenario: Scenario, spell: Spell) -> str:
    """ " with 1 server: order (orders.night)" while there are fewer than ever."""
    if not spell.reason or spell.servers is None:
        return ""
    servers = f"{spell.servers} server{'' if spell.servers == 1 else 's'}"
    return f" with {servers}: {spell.reason} ({_source(scenario, spell)})"


def _source(scenario: Scenario, spell: Spell) -> str:
    """ "calendars.day.on_holidays, H021"."""
    source = scenario.source(spell.because)
    return f"{spell.because}, {source.fact}" if source is not None and source.fact else spell.because


def _aligned(rows: Iterator[tuple[str, str]]) -> list[str]:
    known = list(rows)
    width = max((len(dates) for dates, _ in known), default=0)
    return [f"  {dates:<{width}}  {text}" for dates, text in known]


# ---------------------------------------------------------------------------------------------- picture


def drawn(scenario: Scenario) -> Picture:
    """The same as a strip for each calendar and group of stations, coloured by the reason it is closed."""
    rows = who_is_open(scenario)
    height = 1.1 + _ROW * len(rows)
    says = (
        "Who is open when",
        f"{len(rows)} calendars and groups of stations; dark is open, other colours say why not",
    )
    return picture("calendar", lambda figure, wide: _draw(figure, scenario, rows, wide), wide=height, narrow=height,
                   says=says)  # fmt: skip


def _draw(figure: Figure, scenario: Scenario, rows: Sequence[Row], wide: bool) -> None:
    axes = figure.subplots()
    for number, row in enumerate(rows):
        for (reason, is_open), spans in _by_colour(row.spells).items():
            strips = np.column_stack([spans[:, 0], spans[:, 1] - spans[:, 0]]) / DAY
            colour = _OF_REASON["" if is_open else reason]
            axes.broken_barh(
                [tuple(strip) for strip in strips], (number - 0.36, 0.72), facecolors=colour,
                alpha=_FEWER if is_open and reason else 1.0, linewidth=0,
            )  # fmt: skip
    names = [_name(row) for row in rows]
    axes.set_yticks(range(len(rows)), [brief(name, 40 if wide else 16) for name in names], fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    days = scenario.length_ms / DAY
    axes.set_xlim(0, days)
    every = max(1, round(days / (10 if wide else 4)))
    ticks = range(0, int(days) + 1, every)
    axes.set_xticks(ticks, [f"{scenario.start + dt.timedelta(days=tick):%d.%m.%y}" for tick in ticks])
    axes.grid(visible=False)
    seen = {reason for row in rows for spell in row.spells for reason in [spell.reason if not spell.is_open else ""]}
    for reason in (reason for reason in _OF_REASON if reason in seen):
        axes.plot([], [], color=_OF_REASON[reason], linewidth=6, label=f"closed: {reason}" if reason else "open")
    figure.legend(loc="outside upper left", ncols=5 if wide else 2)


def _by_colour(spells: Sequence[Spell]) -> dict[tuple[str, bool], np.ndarray[Any, Any]]:
    found: dict[tuple[str, bool], list[tuple[int, int]]] = {}
    for spell in spells:
        found.setdefault((spell.reason, spell.is_open), []).append((spell.begin, spell.end))
    return {kind: np.array(spans) for kind, spans in found.items()}


def _name(row: Row) -> str:
    more = f" and {len(row.names) - 1} more" if len(row.names) > 1 else ""
    return f"{row.names[0]} (calendar)" if row.is_calendar else row.names[0] + more
