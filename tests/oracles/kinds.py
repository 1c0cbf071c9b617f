"""The kinds of entries and what converts each."""

from collections.abc import Callable, Mapping

from . import exact, series, steady, transient
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
STEADY: Mapping[str, Converter] = {
    **dict.fromkeys(("mm1", "mmc", "mmck", "erlangb", "mdc", "mg1", "gimc"), steady.one_station),
    **dict.fromkeys(("mg1prio", "mmcprio", "mmcprio2"), steady.classes),
    "sweep": steady.sweep,
    "sweep_yard": steady.sweep_yard,
}
NETWORKS: Mapping[str, Converter] = {
    **dict.fromkeys(("bas_saturated", "bas_open", "bas_open3"), series.bas),
    "jackson": series.jackson,
    **dict.fromkeys(("divert_split", "divert_threshold", "divert_jsq"), series.diversion),
    **dict.fromkeys(("meter_saturated", "meter_zero", "meter_open"), series.metering),
}
CHANGING: Mapping[str, Converter] = {
    **dict.fromkeys(("mtminf", "mtginf"), transient.infinite),
    **dict.fromkeys(("mtmtc", "mtmtc_cal", "mtmtck"), transient.changing),
    **dict.fromkeys(("nhpp", "nhpp_class"), transient.counts),
}
KINDS: Mapping[str, Converter] = {**EXACT, **STEADY, **NETWORKS, **CHANGING}
