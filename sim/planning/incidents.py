"""When orders and incidents hold, chance included, and what they do to each station.

An incident of random length, or one that comes at random, draws from streams named by the incident and by what
has it (everything together, each station, each server), with the date as the number of the draw. So an incident
of one date is the same whatever the period, the demand or the other incidents are.
"""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.special import pdtr

from sim.planning import draws
from sim.planning.days import local_days
from sim.planning.hours import merged
from sim.planning.interventions import Intervention
from sim.planning.keyed import uniforms
from sim.planning.plan import IntArray
from sim.scenario.dated import Incident, Measure, Order, Reason
from sim.scenario.scenario import Scenario
from sim.scenario.schema import Station
from sim.scenario.spans import has_servers, listed_names, spans, stations_at
from sim.scenario.units import MS

Stream = Callable[[str], int]  # key of the named stream
_BEFORE = 30  # days before the run from which incidents may still last
_MOST_A_DAY = 64  # incidents of one object that begin on one date


def measures(scenario: Scenario) -> Iterator[tuple[str, Measure]]:
    """Every order, then every incident, with its key."""
    yield from scenario.file.orders.items()
    yield from scenario.file.incidents.items()


def is_partial(measure: Measure) -> bool:
    """Whether it is for some trucks only."""
    return measure.direction is not None or bool(measure.cargo)


def reason_of(measure: Measure) -> Reason:
    """What the causes of waiting call it."""
    if measure.reason is not None:
        return measure.reason
    return "holiday" if measure.around is not None else "order" if isinstance(measure, Order) else "incident"


def interventions(
    scenario: Scenario, name: Stream | None, *, starts: int, ends: int
) -> dict[str, tuple[Intervention, ...]]:
    """What holds at each station with servers for all its trucks. Without streams: only what is no chance."""
    found: dict[str, list[Intervention]] = {}
    for key, measure in measures(scenario):
        if _acts_on_servers(measure) and not is_partial(measure):
            for at in stations_at(measure.at, scenario.file.stations):
                if has_servers(scenario.file.stations[at]):
                    found.setdefault(at, []).extend(_at(scenario, key, measure, at, name, starts, ends))
    for key, order in scenario.file.orders.items():
        if order.intake == "wait":
            stated = spans(order, scenario.start, scenario.zone, scenario.length_ms)
            found[outside(key)] = [
                Intervention(begin=begin, end=end, reason=reason_of(order), is_planned=True, closed=True)
                for begin, end in stated
            ]
    return {at: tuple(each) for at, each in found.items()}


def outside(order: str) -> str:
    """The station at which trucks wait that an order holds back."""
    return f"outside/{order}"


def _acts_on_servers(measure: Measure) -> bool:
    loses = isinstance(measure, Incident) and (measure.loses or measure.separately == "server")
    return bool(measure.closed or loses) or any(v is not None for v in (measure.servers, measure.staff, measure.hours))


def _at(
    scenario: Scenario, key: str, measure: Measure, at: str, name: Stream | None, starts: int, ends: int
) -> Iterator[Intervention]:
    """One measure at one station, each time it holds."""
    by_server = isinstance(measure, Incident) and measure.separately == "server"
    objects = [f"{at}/{n}" for n in range(_most(scenario.file.stations[at]))] if by_server else [at]
    for each in objects:
        for begin, end in occurrences(scenario, key, measure, each, name, starts=starts, ends=ends):
            yield Intervention(
                begin=begin,
                end=end,
                reason=reason_of(measure),
                is_planned=isinstance(measure, Order),
                closed=measure.closed,
                hours=measure.hours,
                servers=measure.servers,
                at_most=isinstance(measure, Incident),
                staff=1.0 if measure.staff is None else measure.staff,
                loses=1 if by_server else measure.loses if isinstance(measure, Incident) else 0,
                path=f"{'orders' if isinstance(measure, Order) else 'incidents'}.{key}",
            )


def _most(station: Station) -> int:
    """The most servers it has by its staff."""
    if isinstance(station.servers, tuple):
        return max((entry.servers for entry in station.servers), default=0)
    return station.servers if isinstance(station.servers, int) else 0


def occurrences(
    scenario: Scenario, key: str, measure: Measure, at: str, name: Stream | None, *, starts: int, ends: int
) -> tuple[tuple[int, int], ...]:
    """From and to of each time a measure holds at a station, or at one of its servers ("STATION/0"). [ms]"""
    stated = spans(measure, scenario.start, scenario.zone, scenario.length_ms)
    if not isinstance(measure, Incident) or measure.lasts is None:
        return stated
    if name is None:
        return ()
    own = f"incident {key}" if measure.separately is None else f"incident {key} at {at}"
    days = local_days(scenario.file.period.zone, scenario.start, starts=starts, ends=ends, before=_BEFORE)
    if measure.rate is None:
        begins = np.array([begin for begin, _ in stated], dtype=np.int64)
        ids = (days.number[0] + np.searchsorted(days.begins, begins, side="right") - 1) * _MOST_A_DAY
    else:
        ids = _numbers(measure.rate, name(f"{own} count"), days.number, days.length)
        day = ids // _MOST_A_DAY - days.number[0]
        begins = days.begins[day] + (uniforms(name(f"{own} time"), ids) * days.length[day]).astype(np.int64)
        kept = np.any([(begin <= begins) & (begins < end) for begin, end in stated], axis=0)
        ids, begins = ids[kept], begins[kept]
    lengths = draws.durations(measure.lasts, stream=name(f"{own} length"), ids=ids)
    found = np.column_stack([begins, begins + lengths])
    found = found[np.argsort(begins, kind="stable")]
    apart = found if measure.separately != "server" else merged(found)  # what is broken cannot break
    return tuple((begin, end) for begin, end in apart.tolist() if begin < end)


def _numbers(per_h: float, stream: int, days: IntArray, length: IntArray) -> IntArray:
    """A number for each incident that begins on one of the days: Poisson, the same for the same date."""
    found = []
    for hours in np.unique(length).tolist():
        own = days[length == hours]
        upto = pdtr(np.arange(_MOST_A_DAY - 1), per_h * hours / MS["h"])
        count = np.searchsorted(upto, uniforms(stream, own))
        ordinal = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        found.append(np.repeat(own * _MOST_A_DAY, count) + ordinal)
    return np.concatenate(found)


def is_for(measure: Measure, *, cargo: str, cargo_class: str, direction: str) -> bool:
    """Whether a measure means trucks of a cargo, its class and a direction."""
    names = listed_names(measure.cargo)
    return (not names or cargo in names or cargo_class in names) and measure.direction in (None, direction)
