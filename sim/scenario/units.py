"""Quantities as files write them ("12 min", "800 vehicles/day", "07:00-19:00", "30 %") turned into numbers.

Inside the program a duration is milliseconds, a rate is per hour, a share lies in 0..1, and a time of day
is milliseconds after midnight. Conversion happens here and nowhere else. Every function raises ValueError
with the reason and, where one is known, a hint after a semicolon.
"""

import datetime as dt
import re
from fractions import Fraction

MS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, "week": 604_800_000}
_MS_ALIASES = {"sec": "s", "second": "s", "seconds": "s", "minute": "min", "minutes": "min", "hour": "h",
               "hours": "h", "day": "d", "days": "d", "weeks": "week"}  # fmt: skip
DAY = MS["d"]
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?"
_LARGEST = 10**300  # a number of Python has its end at 1.8e308
_QUANTITY = re.compile(rf"({_NUMBER})\s*([A-Za-z]+)")
_RATE = re.compile(rf"({_NUMBER})\s*([A-Za-z]*)\s*/\s*([A-Za-z]+)")
_COUNTED = {"", "vehicle", "vehicles", "truck", "trucks", "veh", "container", "containers"}
_MANY = {"": 1, "thousand": 10**3, "million": 10**6, "bn": 10**9, "billion": 10**9}
_MONEY = re.compile(rf"({_NUMBER})\s*(?:(thousand|million|bn|billion)\s+)?VND")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


def duration(text: str) -> float:
    """Milliseconds of a duration such as "12 min", "1 h 30 min" or "-2 d". Whole if the text says a whole number."""
    whole = str(text).strip()
    parts = list(_QUANTITY.finditer(whole))
    if not parts or re.sub(r"[\s,]", "", _QUANTITY.sub("", whole)):
        hint = "write for example 12 min" if re.fullmatch(_NUMBER, whole) else "units are ms, s, min, h, d, week"
        raise ValueError(f"must be a duration with its unit; {hint}")
    sign = -1 if parts[0][1].startswith("-") else 1
    total = Fraction(0)
    for part in parts:
        total += abs(Fraction(part[1])) * _unit(part[2])
    return _plain(sign * total)


def _unit(name: str) -> int:
    key = _MS_ALIASES.get(name, name)
    if key not in MS:
        raise ValueError(f'has the unit "{name}"; units are ms, s, min, h, d, week')
    return MS[key]


def _plain(value: Fraction) -> float:
    return int(value) if value.denominator == 1 and abs(value) <= _LARGEST else _float(value)


def _float(value: Fraction) -> float:
    if abs(value) > _LARGEST:
        raise ValueError("is too large")
    return float(value)


def rate_per_hour(text: str) -> float:
    """Vehicles per hour of a rate such as "800 vehicles/day", "10/h" or "0.5 trucks/min"."""
    match = _RATE.fullmatch(str(text).strip())
    if match is None:
        raise ValueError("must be a rate with its unit; write for example 800 vehicles/day or 12 vehicles/h")
    if match[2] not in _COUNTED:
        raise ValueError(f'counts "{match[2]}"; write vehicles or trucks')
    return _float(Fraction(match[1]) * MS["h"] / _unit(match[3]))


def share(text: str | float) -> float:
    """A share in 0..1 of "30 %" or 0.3."""
    raw = str(text).strip()
    percent = raw.endswith("%")
    number = raw[:-1].strip() if percent else raw
    if not re.fullmatch(_NUMBER, number):
        raise ValueError("must be a share; write for example 30 % or 0.3")
    value = Fraction(number) / (100 if percent else 1)
    if not 0 <= value <= 1:
        raise ValueError("must be a share from 0 to 1 (0 % to 100 %)")
    return float(value)


def kilometres(text: str) -> float:
    """Kilometres of a length such as "12 km" or "18 m"."""
    match = _QUANTITY.fullmatch(str(text).strip())
    if match is None or match[2] not in ("km", "m"):
        raise ValueError("must be a length with its unit; write for example 12 km or 18 m")
    return _float(Fraction(match[1]) / (1 if match[2] == "km" else 1000))


def dong(text: str) -> float:
    """VND of an amount such as "500 million VND", "2 bn VND" or "300000 VND"."""
    match = _MONEY.fullmatch(str(text).strip())
    if match is None:
        raise ValueError("must be an amount in VND; write for example 500 million VND")
    return _plain(Fraction(match[1]) * _MANY[match[2] or ""])


def time_of_day(text: str) -> int:
    """Milliseconds after midnight of "07:00"; "24:00" is the end of the day."""
    match = _CLOCK.fullmatch(str(text).strip())
    if match is None:
        raise ValueError("is not a time of day; write for example 07:00")
    hour, minute = int(match[1]), int(match[2])
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        raise ValueError("is not a time of day (00:00-24:00)")
    return (hour * 60 + minute) * MS["min"]


def windows(text: str) -> tuple[tuple[int, int], ...]:
    """Half-open opening windows of "08:00-12:00, 13:00-17:00", in ms after midnight, in order.

    "22:00-06:00" goes over midnight and ends after 24 h; "closed" gives none.
    """
    raw = str(text).strip()
    if raw == "closed":
        return ()
    found = []
    for part in raw.split(","):
        ends = part.split("-")
        if len(ends) != 2:
            raise ValueError("must be opening windows; write for example 07:00-19:00, or closed")
        start, end = time_of_day(ends[0]), time_of_day(ends[1])
        if start == end:
            raise ValueError(f"has a window of zero length, {part.strip()}; write closed, or 00:00-24:00 for always")
        found.append((start, end if end > start else end + DAY))
    found.sort()
    for (_, end), (start, _) in zip(found, [*found[1:], (found[0][0] + DAY, 0)], strict=True):
        if start < end:
            raise ValueError(f"has windows that overlap at {clock(start)}-{clock(end)}")
    return tuple(found)


def clock(ms: int) -> str:
    """ "07:30" of milliseconds after midnight."""
    minutes = ms // MS["min"] % (24 * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def instant(text: str) -> dt.datetime | float:
    """A local date and time, or milliseconds after the scenario's start.

    "2025-07-01" is its midnight, "2025-07-01 07:00" a time of it, "36 h" a duration after the start.
    """
    raw = str(text).strip()
    if re.match(r"\d{4}-", raw):
        try:
            return dt.datetime.fromisoformat(raw)
        except ValueError:
            hint = "write for example 2025-07-01 or 2025-07-01 07:00"
            raise ValueError(f"is not a date of the calendar; {hint}") from None
    try:
        return duration(raw)
    except ValueError:
        raise ValueError("must be a date, a date and time, or a duration after the start") from None
