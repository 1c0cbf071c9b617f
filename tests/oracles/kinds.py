"""The kinds of entries and what converts each."""

from collections.abc import Callable, Mapping

from . import exact
from .entries import Entry, Row
from .lab import Lab

Converter = Callable[[Entry, Lab], list[Row]]

EXACT: Mapping[str, Converter] = {
    "samplepath": exact.samplepath,
    "bas_path": exact.bas_path,
    "ddc_calendar": exact.ddc_calendar,
    "slowdown": exact.slowdown,
    "meter_dd": exact.meter_dd,
    "degenerate": exact.degenerate,
    "ciw": exact.ciw,
}
KINDS: Mapping[str, Converter] = EXACT
