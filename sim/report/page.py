"""The page put together and written."""

import base64
import hashlib
import json
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from sim.experiment.files import write_atomic
from sim.report import backlog, causes, crossings, gates, headline, hours, places, precise, trust, waits, yards
from sim.report.exhibit import Exhibit, csv
from sim.report.folder import Output, read
from sim.report.words import Words, words


def write(folder: Path, *, lang: str) -> Path:
    """Write the figures, then the page; the page's path."""
    output, language = read(folder), words(lang)
    shown = exhibits(output, language)
    (folder / "figures").mkdir(exist_ok=True)
    for exhibit in shown:
        suffix = "" if lang == "en" else f".{lang}"
        write_atomic(folder / "figures" / f"{exhibit.key}{suffix}.svg", exhibit.picture.svg)
        write_atomic(folder / "figures" / f"{exhibit.key}{suffix}.png", exhibit.picture.png)
        write_atomic(folder / "figures" / f"{exhibit.key}.csv", csv(exhibit.data))
    path = folder / ("report.html" if lang == "en" else f"report.{lang}.html")
    write_atomic(path, page(output, shown, language).encode())
    return path


def exhibits(output: Output, words: Words) -> list[Exhibit]:
    """The figures that have something to show, in the order of the page."""
    figures = [
        (backlog.by_hour, True),
        (backlog.by_gate, bool(output.gates)),
        (crossings.throughput, True),
        (waits.by_cargo, True),
        (causes.by_station, bool(causes.stations(output))),
        (causes.by_gate, bool(causes.ranked(output))),
        (places.yard_and_road, bool(yards.yards(output) or yards.roads(output))),
        (places.utilisation, output.tables["utilisation"]["mean"].count() > 0),
        (hours.heat_map, output.days >= 2),
    ]
    return [draw(output, words) for draw, applies in figures if applies]


def page(output: Output, shown: list[Exhibit], words: Words) -> str:
    """The whole report as one HTML text."""
    script = _own("report.js")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    told, glyphs = output.manifest, any(exhibit.picture.lacks_glyphs for exhibit in shown)
    return environment.from_string(_own("report.html.j2")).render(
        words=words, lang=words.language, title=told["title"], question=told.get("question", ""),
        notes=trust.paragraphs(told.get("notes", "")), version=told.get("version", ""), zone=told.get("zone", ""),
        period=words.period(*output.window),
        gates=words.listing([output.gate(gate, whole=True) for gate in output.gates]),
        replications=output.replications, verdict=headline.verdict(output, words), cards=headline.cards(output, words),
        exhibits=shown, summary=gates.summary(output, words), sources=trust.sources(output, words),
        count=trust.counts(output, words), record=trust.record(output, words),
        warnings=trust.warnings(output, lacks_glyphs=glyphs, words=words), policy=_policy(script),
        precise=[*precise.stopped(output, words), precise.answer(output, words), precise.skewed(output, words)],
        precision=precise.grid(output, words),
        hover=_made(_hover(shown)), style=_made(_own("report.css")), script=_made(script),
        drawn=lambda exhibit: _made(exhibit.picture.inline),
    )  # fmt: skip


def _made(text: str) -> Markup:
    """Text that goes into the page as it is: our own files, our own drawings, and JSON that is escaped already."""
    return Markup(text)  # noqa: S704  # nothing of a scenario comes here unescaped


def _hover(shown: list[Exhibit]) -> str:
    """What the script says under the pointer, as JSON in which no text can end the element it stands in."""
    said = {e.picture.key: {"text": e.hover.text, "rows": e.hover.rows} for e in shown if e.hover is not None}
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _policy(script: str) -> str:
    """A content security policy under which only this script runs and nothing is loaded."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _own(name: str) -> str:
    return (files("sim.report") / "web" / name).read_text(encoding="utf-8")
