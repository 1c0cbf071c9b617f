"""Two scenarios compared in words: what a planner would say changed."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.scenario import laws, units
from sim.scenario.faults import shown
from sim.scenario.scenario import Scenario
from sim.scenario.schema import Calendar, ScenarioFile

_NOUNS = {"stations": "station", "flows": "flow", "routes": "route", "calendars": "calendar", "gates": "gate",
          "cargoes": "cargo", "profiles": "profile", "regions": "region"}  # fmt: skip
_HEAD = ("kind", "format", "title", "question", "notes")


def diff(a: Scenario, b: Scenario) -> str:
    """Sentences to print, one a line: how `b` differs from `a`."""
    return "\n".join(differences(a, b)) or "No difference."


def differences(a: Scenario, b: Scenario) -> tuple[str, ...]:
    """Sentences saying how `b` differs from `a`, by section of the file."""
    sections = [name for name in b.resolved if name not in _HEAD]
    sections += [name for name in a.resolved if name not in (*_HEAD, *sections)]
    return tuple(sentence for name in sections for sentence in _section(a, b, name))


def _section(a: Scenario, b: Scenario, name: str) -> Iterator[str]:
    old, new = a.resolved.get(name, {}), b.resolved.get(name, {})
    if name not in _NOUNS:
        old, new = _without_defaults(old, new, getattr(a.file, name, None), getattr(b.file, name, None))
        yield from _values(name.capitalize(), "", old, new)
        return
    for key in [*old, *(k for k in new if k not in old)]:
        title = _capital(called(b.file if key in new else a.file, name, key))
        if key not in new:
            yield f"{title} is gone."
        elif key not in old:
            yield f"{title} is new."
        elif old[key] != new[key]:
            yield from _thing(a, b, name, key)


def called(file: ScenarioFile, section: str, key: str) -> str:
    """The name for people of a thing, or what it is and its key."""
    things = getattr(file, section)
    title = getattr(things.get(key), "title", None)
    if title is None:
        return f"{_NOUNS[section]} {key}"
    is_shared = sum(getattr(thing, "title", None) == title for thing in things.values()) > 1
    return f"{title} ({key})" if is_shared else title


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _thing(a: Scenario, b: Scenario, section: str, key: str) -> Iterator[str]:
    old, new = a.resolved[section][key], b.resolved[section][key]
    title = called(b.file, section, key)
    old, new = _without_defaults(old, new, getattr(a.file, section)[key], getattr(b.file, section)[key])
    told: set[str] = set()
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for part in [*old, *(k for k in new if k not in old)]:
            sentence = _sentence(a.file, b.file, section, key, part, title) if old.get(part) != new.get(part) else None
            if sentence:
                told.add(part)
                yield _capital(sentence)
        old = {k: v for k, v in old.items() if k not in told}
        new = {k: v for k, v in new.items() if k not in told}
    yield from _values(_capital(title), "", old, new)


def _without_defaults(old: Any, new: Any, before: Any, after: Any) -> tuple[Any, Any]:
    """Both values as written, without what only one of them writes though both models hold the same."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return old, new
    both = {key for key in old.keys() ^ new.keys() if hasattr(before, key) and hasattr(after, key)}
    same = {key for key in both if getattr(before, key) == getattr(after, key)}
    return {k: v for k, v in old.items() if k not in same}, {k: v for k, v in new.items() if k not in same}


def _values(title: str, label: str, old: Any, new: Any) -> Iterator[str]:
    """Value by value, for what has no sentence of its own."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in [*old, *(k for k in new if k not in old)]:
            word = f"{label} {key}".strip().replace("_", " ")
            if key not in new:
                yield f"{title}: {word} {_short(old[key])} is gone."
            elif key not in old:
                yield f"{title}: {word} {_short(new[key])} is new."
            else:
                yield from _values(title, word, old[key], new[key])
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (before, after) in enumerate(zip(old, new, strict=True), 1):
            yield from _values(title, f"{label} {number}".strip(), before, after)
    elif old != new:
        yield f"{title}: {label} {_short(new)} instead of {_short(old)}."


def _short(value: Any) -> str:
    """A value on one line, cut if it is long."""
    if isinstance(value, Mapping):
        text = "{" + ", ".join(f"{k}: {_short(v)}" for k, v in value.items()) + "}"
    elif isinstance(value, list):
        text = "[" + ", ".join(_short(v) for v in value) + "]"
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    return shown(text)


def _sentence(a: ScenarioFile, b: ScenarioFile, section: str, key: str, part: str, title: str) -> str | None:
    """A sentence for the parts people talk about: servers, hours, service, volume, places, capacity."""
    old, new = (getattr(getattr(file, section)[key], part, None) for file in (a, b))
    if old is None or new is None:
        return None
    match part:
        case "servers" if isinstance(old, int) and isinstance(new, int):
            return f"{title} has {new} server{'' if new == 1 else 's'} instead of {old}."
        case "servers":
            return f"{title}: servers {_servers(new)} instead of {_servers(old)}."
        case "places" | "waiting_places" if isinstance(old, int) and isinstance(new, int):
            return f"{title} has {new} {part.replace('_', ' ')} instead of {old}."
        case "hours":
            return _hours(title, old, new)
        case "service":
            return _service(title, old, new)
        case "volume" | "rate" | "capacity" if isinstance(old, float | int) and isinstance(new, float | int):
            noun = f"capacity at {title}" if part == "capacity" else f"trucks of {title}"
            return f"{_more(old, new)} {noun}: {_rate(new)} instead of {_rate(old)}."
    return None


def _servers(entries: Any) -> str:
    """ "6 (07:00-13:00), 8 (13:00-19:00)", or the one number."""
    if not isinstance(entries, tuple):
        return str(entries)
    words = [f"{e.servers} ({_windows(e.hours) if hasattr(e, 'hours') else f'from {e.from_}'})" for e in entries]
    return ", ".join(words)


def _windows(windows: tuple[tuple[int, int], ...]) -> str:
    return (
        ", ".join(f"{units.clock(s)}-{'24:00' if e == units.DAY else units.clock(e)}" for s, e in windows) or "closed"
    )


def _hours(title: str, old: Any, new: Any) -> str | None:
    """Opening and closing times, where there is one window a day; else the windows."""
    before, after = _parsed(old), _parsed(new)
    if before is None or after is None:
        return f"{title} keeps {_words(new)} instead of {_words(old)}."
    if len(before) == len(after) == 1:
        (opened, closed), (opens, closes) = before[0], after[0]
        said = [f"{verb} {_at(now)} instead of {_at(then)}" for verb, now, then in
                (("opens", opens, opened), ("closes", closes, closed)) if now != then]  # fmt: skip
        return f"{title} {' and '.join(said)}."
    return f"{title} is open {_windows(after)} instead of {_windows(before)}."


def _at(ms: int) -> str:
    return "24:00" if ms == units.DAY else units.clock(ms)


def _parsed(hours: Any) -> tuple[tuple[int, int], ...] | None:
    if isinstance(hours, Calendar):
        return hours.hours
    if isinstance(hours, str):
        try:
            return units.windows(hours)
        except ValueError:
            return None
    return hours if all(isinstance(w, tuple) for w in hours) else None


def _words(hours: Any) -> str:
    return hours if isinstance(hours, str) else " and ".join(hours)


def _service(title: str, old: Any, new: Any) -> str | None:
    before, after = laws.mean(old), laws.mean(new)
    if before == after or not before:
        return None
    longer = "longer" if after > before else "shorter"
    change = f"{abs(after / before - 1):.0%}".replace("%", " %")
    return f"Service at {title} takes {change} {longer} on average: {_span(after)} instead of {_span(before)}."


def _span(ms: float) -> str:
    return f"{ms / units.MS['h']:.3g} h" if ms >= 2 * units.MS["h"] else f"{ms / units.MS['min']:.3g} min"


def _more(old: float, new: float) -> str:
    """ "12 % more", "20 % fewer", or plain words where a percentage says nothing."""
    if not old:
        return "Now"
    change = new / old - 1
    return f"{abs(change):.0%}".replace("%", " %") + (" more" if change > 0 else " fewer")


def _rate(per_hour: float) -> str:
    return f"{per_hour * 24:.4g} a day"
