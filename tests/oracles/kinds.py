"""The kinds of entries and what converts each."""

from collections.abc import Callable, Mapping

from . import (
    arriving,
    ciw,
    degenerate,
    diversion,
    exact,
    fluid,
    identities,
    intervals,
    numbers_only,
    priority,
    series,
    steady,
    sweeps,
    transient,
)
from .entries import Entry, Row, not_yet
from .lab import Lab

Converter = Callable[[Entry, Lab], list[Row]]

EXACT: Mapping[str, Converter] = {
    "samplepath": exact.samplepath,
    "bas_path": exact.bas_path,
    "ddc_calendar": exact.ddc_calendar,
    "slowdown": exact.slowdown,
    "meter_dd": exact.meter_dd,
    "degenerate": degenerate.degenerate,
    "ciw": ciw.ciw,
}
STEADY: Mapping[str, Converter] = {
    **dict.fromkeys(("mm1", "mmc", "mmck", "erlangb", "mdc", "mg1", "gimc"), steady.one_station),
    **dict.fromkeys(("mg1prio", "mmcprio", "mmcprio2"), priority.classes),
    "sweep": sweeps.sweep,
    "sweep_yard": sweeps.sweep_yard,
}
NETWORKS: Mapping[str, Converter] = {
    **dict.fromkeys(("bas_saturated", "bas_open", "bas_open3"), series.bas),
    "jackson": series.jackson,
    **dict.fromkeys(("divert_split", "divert_threshold", "divert_jsq"), diversion.diversion),
    **dict.fromkeys(("meter_saturated", "meter_zero", "meter_open"), series.metering),
}
CHANGING: Mapping[str, Converter] = {
    **dict.fromkeys(("mtminf", "mtginf"), transient.infinite),
    **dict.fromkeys(("mtmtc", "mtmtc_cal", "mtmtck"), transient.changing),
    **dict.fromkeys(("nhpp", "nhpp_class"), arriving.counts),
}
IDENTITIES: Mapping[str, Converter] = dict.fromkeys(
    ("id_little", "id_conservation", "id_work", "id_monotone", "id_crn"), identities.every_run
)
LIMITS: Mapping[str, Converter] = {
    "fluid": fluid.closure,
    "fluid_prio": fluid.priority,
    "fluid_yard": fluid.yard,
    "stats": intervals.intervals,
    "dist": numbers_only.distribution,
}


def calibration(entry: Entry, lab: Lab) -> list[Row]:
    """Calibration with a known answer; its command does not exist yet."""
    return [not_yet(metric, "needs the calibrate command") for metric in entry.expected]


WAITING: Mapping[str, Converter] = dict.fromkeys(("calib", "calib_fluid"), calibration)
KINDS: Mapping[str, Converter] = {**EXACT, **IDENTITIES, **LIMITS, **STEADY, **NETWORKS, **CHANGING, **WAITING}
