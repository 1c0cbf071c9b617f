"""Numbers, durations, dates and the catalogue."""

import re
import string
from datetime import date, datetime
from pathlib import Path

import pytest

import sim.report
from sim.report.words import languages, words

EN = words("en")


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (None, 0, "–"),
        (0, 0, "0"),
        (1234.5, 1, "1,234.5"),
        (-1234567, 0, "−1,234,567"),
        (0.05, 1, "0.1"),
        (999.6, 0, "1,000"),
    ],
)
def test_numbers_have_marked_thousands_and_a_true_minus(value, digits, written):
    assert EN.number(value, digits) == written


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (None, "–"),
        (0, "0 min"),
        (89.4, "89 min"),
        (90, "1.5 h"),
        (2879, "48.0 h"),
        (2880, "2.0 days"),
        (14400, "10.0 days"),
    ],
)
def test_durations_are_said_in_the_unit_one_would_use(minutes, said):
    assert EN.span(minutes) == said


def test_a_range_of_durations_names_its_unit_once():
    assert EN.span_range(468, 546) == "7.8–9.1 h"
    assert EN.span_range(60, 120) == "60 min–2.0 h"
    assert EN.span_range(None, None) == "–––"


def test_a_period_ends_on_its_last_day():
    assert EN.period(datetime(2025, 7, 1), datetime(2025, 8, 1)) == "1 – 31 July 2025"  # noqa: DTZ001
    assert EN.period(datetime(2025, 12, 20), datetime(2026, 1, 3)) == "20 December 2025 – 2 January 2026"  # noqa: DTZ001
    assert EN.period(datetime(2025, 7, 1), datetime(2025, 7, 2)) == "1 July 2025"  # noqa: DTZ001
    assert EN.short_date(date(2025, 3, 14)) == "14 March"


def test_lists_are_joined_as_one_says_them():
    assert [EN.listing(list("abc"[:n])) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


SOURCE = "".join(
    path.read_text(encoding="utf-8")
    for path in Path(sim.report.__file__).parent.rglob("*")
    if path.suffix in {".py", ".j2"}
)
# Keys put together while running, such as cause.X, and what words.py reads.
KINDS = "cause|because|level|direction|head|trucks|metric|unit|role|apart|interval"
PUT_TOGETHER = re.compile(rf"({KINDS})\.|thousands$|decimal$|months$")


def test_no_sentence_of_the_catalogue_is_unused():
    used = set(re.findall(r'"([a-z0-9]+(?:\.[a-z0-9 ]+)*)"', SOURCE))
    assert [key for key in EN.catalogue if key not in used and not PUT_TOGETHER.match(key)] == []


def test_every_sentence_asked_for_is_in_the_catalogue():
    asked = set(re.findall(r'words\(\s*"([^"{]+)"', SOURCE))
    assert sorted(asked - set(EN.catalogue)) == []
    assert len(asked) > 80


@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_same_sentences_with_the_same_fields(language):
    other = words(language).catalogue
    fields = {key: {name for _, name, _, _ in string.Formatter().parse(text) if name} for key, text in other.items()}
    english = {key: {n for _, n, _, _ in string.Formatter().parse(text) if n} for key, text in EN.catalogue.items()}
    assert fields == english
