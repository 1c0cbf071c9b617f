"""Numbers, times and sentences in the reader's language. One flat catalogue a language, in texts/."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

DAY = 1440  # [min]
ENOUGH_RUNS = 10  # of fewer runs, 10 % and 90 % lie between two of them: nobody saw such a run


class LanguageFault(Exception):
    """No catalogue in this language; the text names those there are."""


@dataclass(frozen=True, slots=True)
class Words:
    """A catalogue of sentences with {fields}, and how its language writes numbers and dates."""

    language: str
    catalogue: Mapping[str, str]

    def __call__(self, key: str, /, **fields: object) -> str:
        """The sentence of that key with its fields filled in."""
        return self.catalogue[key].format(**fields)

    def named(self, kind: str, key: str) -> str:
        """The catalogue's name of a value of a table (a cause, an outcome), else the value itself."""
        return self.catalogue.get(f"{kind}.{key}", key)

    def number(self, value: float | None, digits: int = 0) -> str:
        """A number with thousands marked; a dash where there is none."""
        if value is None:
            return "–"
        written = f"{value:,.{digits}f}".replace("-", "−")
        marks = {",": self.catalogue["thousands"], ".": self.catalogue["decimal"]}
        return "".join(marks.get(c, c) for c in written)

    def share(self, value: float | None, digits: int = 0) -> str:
        """A share [-] in percent."""
        return "–" if value is None else self("percent", n=self.number(100 * value, digits))

    def span(self, minutes: float | None) -> str:
        """A duration [min] in the unit one would say it in."""
        if minutes is None:
            return "–"
        if minutes < 90:
            return self("span.minutes", n=self.number(minutes))
        if minutes < 2 * DAY:
            return self("span.hours", n=self.number(minutes / 60, 1))
        return self("span.days", n=self.number(minutes / DAY, 1))

    def span_range(self, low: float | None, high: float | None) -> str:
        """Two durations [min] as a range; the unit stands once if both have it."""
        first, last = self.span(low), self.span(high)
        unit = last.lstrip("–0123456789.,")
        return f"{first.removesuffix(unit)}–{last}" if unit and first.endswith(unit) else f"{first}–{last}"

    def range(self, low: float | None, high: float | None, digits: int = 0) -> str:
        """Two numbers as a range."""
        return f"{self.number(low, digits)}–{self.number(high, digits)}"

    def date(self, day: dt.date) -> str:
        """A date with its year."""
        return self("date", day=day.day, month=self.month(day), year=day.year)

    def short_date(self, day: dt.date) -> str:
        """A date without its year."""
        return self("date.short", day=day.day, month=self.month(day))

    def month(self, day: dt.date) -> str:
        """The name of the month."""
        return self.catalogue["months"].split()[day.month - 1]

    def period(self, start: dt.datetime, end: dt.datetime) -> str:
        """From the first to the last day of [start, end)."""
        last = end - dt.timedelta(microseconds=1)
        if start.date() == last.date():
            return self.date(start)
        same_month = (start.year, start.month) == (last.year, last.month)
        first = str(start.day) if same_month else self.date(start)
        return self("period", first=first, last=self.date(last))

    def runs(self, n: int) -> str:
        """Which of n runs a range holds: 8 of 10 where there are as many, else all of them."""
        if n < 2:
            return self("runs.one")
        return self("runs.most") if n >= ENOUGH_RUNS else self("runs.all", n=n)

    def listing(self, parts: Sequence[str]) -> str:
        """a, b and c."""
        if len(parts) < 2:
            return "".join(parts)
        return self("listing", first=", ".join(parts[:-1]), last=parts[-1])


def languages() -> list[str]:
    """Languages that have a catalogue."""
    found = (files("sim.report") / "texts").iterdir()
    return sorted(entry.name.removesuffix(".json") for entry in found if entry.name.endswith(".json"))


def words(language: str) -> Words:
    """The catalogue of a language."""
    if language not in languages():
        raise LanguageFault(f"no report texts in {language!r}; there are: {', '.join(languages())}")
    text = (files("sim.report") / "texts" / f"{language}.json").read_text(encoding="utf-8")
    return Words(language, json.loads(text))
