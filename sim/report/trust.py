"""How far to trust the report: warnings, where the numbers come from, how to run it again."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sim.report.exhibit import Grid
from sim.report.folder import Output
from sim.report.precise import doubts, study
from sim.report.words import Words


def warnings(output: Output, *, lacks_glyphs: bool, words: Words) -> list[str]:
    """What lowers trust in the numbers, in sentences."""
    found = [_text(entry) for entry in output.manifest.get("warnings", [])]
    asked = output.manifest.get("replications_asked") or output.replications
    if output.replications < asked:
        found.append(words("warn.stopped", n=output.replications, asked=asked))
    if output.replications < 5:
        found.append(words("warn.few", n=output.replications))
    found += doubts(output, words)
    if lacks_glyphs:
        found.append(words("warn.glyphs"))
    return found


def _text(entry: Any) -> str:
    if not isinstance(entry, Mapping):
        return str(entry)
    return ": ".join(str(entry[key]) for key in ("path", "message") if entry.get(key))


def paragraphs(text: str) -> str:
    """The text with the line breaks of its file taken out, but for those between paragraphs and before list items."""
    return re.sub(r"(?<!\n)\n(?!\n|\s*- )\s*", " ", text.strip())


def counts(output: Output, words: Words) -> str:
    """How many values are documented and how many assumed."""
    sources = output.manifest.get("sources", [])
    facts = sum(1 for source in sources if source.get("fact"))
    return words("sources.count", facts=words.number(facts), assumed=words.number(len(sources) - facts))


def sources(output: Output, words: Words) -> list[Grid]:
    """Every value with its fact or its assumption and range, one table for each part of the scenario."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for source in output.manifest.get("sources", []):
        groups.setdefault(str(source["path"]).split(".")[0], []).append(source)
    head = tuple(words(f"head.{key}") for key in ("path", "value", "kind", "source"))
    return [
        Grid(
            caption=words("sources.table" if len(rows) > 1 else "sources.table.one", part=part, n=len(rows)),
            head=head,
            rows=tuple(_source(row, words) for row in rows),
        )
        for part, rows in groups.items()
    ]


def _source(source: Mapping[str, Any], words: Words) -> tuple[str, ...]:
    place = str(source["path"]).partition(".")[2] or str(source["path"])
    value = " ".join(spoken(part) for part in (source.get("value"), source.get("unit")) if part is not None)
    if source.get("fact"):
        return place, value, words("kind.fact"), str(source.get("fact_text") or source["fact"])
    text = str(source.get("assumption") or "–")
    if source.get("low") is not None or source.get("high") is not None:
        text = words("sources.range", text=text, low=source.get("low"), high=source.get("high"))
    return place, value, words("kind.assumption"), text


def spoken(value: Any) -> str:
    """A value of a scenario as a reader would write it: no brackets or quotes of a programming language."""
    if isinstance(value, Mapping):
        pairs = [f"{key} {spoken(part)}" for key, part in value.items() if key != "law"]
        return " ".join([*([str(value["law"])] if "law" in value else []), ", ".join(pairs)]).strip()
    if isinstance(value, list | tuple):
        return ("; " if any(isinstance(part, Mapping) for part in value) else ", ").join(map(spoken, value)) or "–"
    if isinstance(value, bool):
        return str(value).lower()
    return "–" if value is None else str(value)


def record(output: Output, words: Words) -> list[tuple[str, str]]:
    """What it takes to run it again. Engine, machine and time stay in the manifest: no result depends on them."""
    told = output.manifest
    start, end = output.window
    warm_up = words.span((told.get("warm_up_ms") or 0) / 60_000)
    rows: list[tuple[str, str]] = [
        (words("record.version"), str(told.get("version", "–"))),
        (words("record.hash"), str(told.get("hash", "–"))),
        (words("record.seed"), str(told.get("seed", "–"))),
        (words("record.replications"), words.number(output.replications)),
        (
            words("record.window"),
            words(
                "record.window.value",
                start=f"{start:%Y-%m-%d %H:%M}",
                end=f"{end:%Y-%m-%d %H:%M}",
                zone=told.get("zone", ""),
            ),
        ),
        (words("record.warmup"), warm_up),
        (words("record.study"), study(output, words)),
        (words("record.laws"), str(told.get("law_line", "–"))),
    ]
    changes: Sequence[str] = told.get("changes", [])
    return rows + [(words("record.change"), str(change)) for change in changes]
