"""Who comes when: the trucks of one replication, each the same in every scenario that shares its flow's key.

A flow-day is a sheet of time x height, cut into strips of fixed height. Each strip holds unit Poisson points,
whatever the scenario; a truck is a point, and it exists if its height lies under the rate at its time. So the
counts are Poisson with the rate's integral, exactly, and a higher rate only adds trucks. On a local day that is
not 24 hours long the same points are stretched over its length and the strips are lower in proportion.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import pdtr

from sim.planning.draws import choices, gamma_factors
from sim.planning.keyed import FloatArray, stream, uniforms
from sim.planning.large import compiled_draws_pay
from sim.planning.plan import IntArray
from sim.planning.rates import Daily, FlowRate, flow_rate
from sim.planning.sorting import stable_order
from sim.scenario.scenario import Scenario
from sim.scenario.schema import Flow
from sim.scenario.units import DAY, MS

SmallArray = npt.NDArray[np.int16]

# Half a truck an hour, 12 points a day: of the smallest flow no more than a dozen points are drawn in vain, and
# one draw of a strip's count serves a dozen trucks. Changing it changes every truck of every scenario.
_STRIP_PER_H = 0.5
_POINTS = _STRIP_PER_H * DAY / MS["h"]
# P(63 points or fewer) is 1 to the last of the 53 bits of a draw, so that 6 bits number the points of a strip
_POINT_BITS, _STRIP_BITS, _DAY_BITS, _FLOW_BITS = 6, 18, 16, 23
_COUNTS = pdtr(np.arange(1 << _POINT_BITS), _POINTS)
_DAY_AT = _POINT_BITS + _STRIP_BITS
_FLOW_AT = _DAY_AT + _DAY_BITS
_BURST_AT = 27  # a burst has at most 100 million trucks
_CHUNK = 1 << 13  # strips laid out at a time, about 100,000 points


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """The trucks of one replication by (arrived, flow in the file's order, id; listed ones as listed), shape (n,)."""

    id: IntArray  # unique over all flows
    arrived: IntArray  # [ms]
    flow: SmallArray  # index into the flows, in the file's order
    cargo: SmallArray  # index into cargo_keys
    route: SmallArray  # index into route_keys

    def taken(self, which: IntArray) -> "Arrivals":
        """Some of the trucks, in the order given."""
        return Arrivals(**{name: getattr(self, name)[which] for name in Arrivals.__slots__})


_NONE, _NONE_SMALL = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int16)
_NOBODY = Arrivals(id=_NONE, arrived=_NONE, flow=_NONE_SMALL, cargo=_NONE_SMALL, route=_NONE_SMALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A flow and the key of its chance."""

    scenario: Scenario
    key: str
    flow: Flow
    mark: int  # the flow's hash, in the high bits of its trucks' ids
    seed: int
    replication: int

    def stream(self, name: str) -> int:
        return stream(self.seed, self.replication, name)


def arrivals(scenario: Scenario, *, seed: int, replication: int) -> Arrivals:
    """Every truck that appears in the period, and the listed ones that appeared before it.

    A flow with a volume, a rate or booked slots sends as many trucks as its convoy has at one instant: a volume
    counts trucks, a rate and an interval count convoys.
    """
    marks, cargoes, routes = _marks(tuple(scenario.file.flows)), cargo_keys(scenario), route_keys(scenario)
    parts = [_NOBODY]
    for index, (key, flow) in enumerate(scenario.file.flows.items()):
        source = _Source(scenario=scenario, key=key, flow=flow, mark=marks[index], seed=seed, replication=replication)
        ids, arrived = _trucks(source)
        parts.append(
            Arrivals(
                id=ids,
                arrived=arrived,
                flow=np.full(ids.size, index, dtype=np.int16),
                cargo=_cargo(source, cargoes, ids),
                route=_index(source, "route", flow.route or key, routes, ids),
            )
        )
    return _in_order(parts)


def cargo_keys(scenario: Scenario) -> tuple[str, ...]:
    """Every cargo that is described, carried by a flow or listed, sorted."""
    carried = {key for flow in scenario.file.flows.values() for key in _keys(flow.cargo)}
    listed = {key for trucks in scenario.listed.values() for key in trucks.cargo if key}
    return tuple(sorted(carried | listed | set(scenario.file.cargoes)))


def route_keys(scenario: Scenario) -> tuple[str, ...]:
    """Every route, sorted."""
    return tuple(sorted(scenario.file.routes))


def listed_rows(ids: IntArray) -> IntArray:
    """Of trucks of listed flows: the row of their file each of them is, from 0. shape of ids"""
    return ids & ((1 << _FLOW_AT) - 1)


def rate_integral(scenario: Scenario, flow_key: str, from_ms: int, to_ms: int) -> float:
    """Expected trucks of a flow that appear in [from_ms, to_ms), without surge; of given trucks, how many."""
    flow = scenario.file.flows[flow_key]
    if flow.volume is None and flow.rate is None:
        arrived = _given(scenario, flow, 0, 0)[1]
        return float(np.count_nonzero((arrived >= from_ms) & (arrived < to_ms)))
    starts, ends = max(from_ms, 0), min(to_ms, scenario.length_ms)
    return flow_rate(scenario, flow).trucks(starts, ends) * flow.convoy if starts < ends else 0.0


def _marks(keys: tuple[str, ...]) -> list[int]:
    """High bits of the ids of each flow, from its key alone; two flows that hash to one are refused."""
    marks: dict[int, str] = {}
    for key in keys:
        digest = hashlib.blake2b(key.encode(), digest_size=8, person=b"cuakhau").digest()
        mark = int.from_bytes(digest, "little") >> (64 - _FLOW_BITS) << _FLOW_AT
        if mark in marks:
            raise ValueError(f"flows {marks[mark]} and {key} would have the same trucks' numbers; rename one of them")
        marks[mark] = key
    return list(marks)


def _trucks(source: _Source) -> tuple[IntArray, IntArray]:
    """Ids and times of the trucks of a flow; equal times in the order they are to keep."""
    if source.flow.volume is None and source.flow.rate is None:
        return _given(source.scenario, source.flow, source.mark, _member_bits(source.flow))
    ids, arrived = zip((_NONE, _NONE), *_points(source), strict=True)
    return _convoys(source.flow, np.concatenate(ids), np.concatenate(arrived))


def _given(scenario: Scenario, flow: Flow, mark: int, bits: int) -> tuple[IntArray, IntArray]:
    """The same for a flow whose trucks the file gives one by one: booked slots, bursts or a list."""
    if flow.every is not None:
        first = scenario.instant_ms(flow.first)
        begin, end = (max(0, int(np.ceil((edge - 0.5 - first) / flow.every))) for edge in (0, scenario.length_ms))
        slots = np.arange(begin, end)
        return _convoys(flow, mark | slots << bits, np.floor(first + slots * flow.every + 0.5).astype(np.int64))
    if flow.listed is not None:
        arrived = np.asarray(scenario.listed[flow.listed].arrived, dtype=np.int64)
        kept = np.flatnonzero(arrived < scenario.length_ms)
        return mark | kept, arrived[kept]
    bursts = [(index, scenario.instant_ms(burst.at), burst.trucks) for index, burst in enumerate(flow.bursts)]
    inside = [burst for burst in bursts if 0 <= burst[1] < scenario.length_ms]
    ids = [mark | index << _BURST_AT | np.arange(trucks) for index, _, trucks in inside]
    times = [np.full(trucks, at, dtype=np.int64) for _, at, trucks in inside]
    return np.concatenate([_NONE, *ids]), np.concatenate([_NONE, *times])


def _convoys(flow: Flow, ids: IntArray, arrived: IntArray) -> tuple[IntArray, IntArray]:
    """Each truck followed by the others of its convoy."""
    if flow.convoy == 1:
        return ids, arrived
    return (ids[:, None] | np.arange(flow.convoy)).ravel(), np.repeat(arrived, flow.convoy)


def _member_bits(flow: Flow) -> int:
    """Low bits of an id that number the trucks of a convoy."""
    return (flow.convoy - 1).bit_length()


def _points(source: _Source) -> Iterator[tuple[IntArray, IntArray]]:
    """Ids and times of the points under the rate, by date, strip and number, some thousands of strips at a time."""
    rate = flow_rate(source.scenario, source.flow)
    rate = replace(rate, weekday=rate.weekday * _surges(source, rate.days.number))
    strips = _strips(source, rate)
    upto = np.cumsum(strips)
    for begin in range(0, int(upto[-1]), _CHUNK):
        index = np.arange(begin, min(begin + _CHUNK, int(upto[-1])))
        day = np.searchsorted(upto, index, side="right")
        yield _under_rate(source, rate, day, index - (upto[day] - strips[day]))


def _strips(source: _Source, rate: FlowRate) -> IntArray:
    """How many strips reach under the rate on each day, shape (n_days,)."""
    strips = np.ceil(rate.peaks * rate.days.length / (_STRIP_PER_H * DAY)).astype(np.int64)
    if strips.size > 1 << _DAY_BITS or strips.max() > 1 << (_STRIP_BITS - _member_bits(source.flow)):
        raise ValueError(
            f"flow {source.key} sends {rate.peaks.max() * source.flow.convoy:.4g} trucks/h for {strips.size} days;"
            f" at most {_STRIP_PER_H * (1 << _STRIP_BITS):,.0f} and {1 << _DAY_BITS:,} can be told apart"
        )
    return strips


def _under_rate(source: _Source, rate: FlowRate, day: IntArray, strip: IntArray) -> tuple[IntArray, IntArray]:
    """Ids and times of the points of some strips that lie in the period and under the rate."""
    bits, days = _member_bits(source.flow), rate.days
    number = days.number[day] % (1 << _DAY_BITS)
    strip_id = source.mark | number << _DAY_AT | strip << (_POINT_BITS + bits)
    count = np.searchsorted(_COUNTS, uniforms(source.stream("demand/count"), strip_id))
    points = _Points(strip_id=strip_id, strip=strip, day=day, count=count)
    if isinstance(rate.shape, Daily) and compiled_draws_pay(int(count.sum())):
        return _kept_compiled(source, rate, rate.shape, points)
    return _kept(source, rate, points)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Points:
    """Some strips and how many points each holds, shape (n_strips,)."""

    strip_id: IntArray  # id of its first point
    strip: IntArray
    day: IntArray  # index into the days
    count: IntArray


def _kept(source: _Source, rate: FlowRate, points: _Points) -> tuple[IntArray, IntArray]:
    days, count = rate.days, points.count
    ordinal = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    ids = np.repeat(points.strip_id, count) | ordinal << _member_bits(source.flow)
    day, strip = np.repeat(points.day, count), np.repeat(points.strip, count)
    elapsed = (uniforms(source.stream("demand/time"), ids) * days.length[day]).astype(np.int64)
    arrived = days.begins[day] + elapsed
    level = rate.rates(day, elapsed) * (days.length[day] / (_STRIP_PER_H * DAY))
    kept = (strip < level) & (arrived >= 0) & (arrived < source.scenario.length_ms)
    cut = np.flatnonzero(kept & (strip + 1 > level))  # only of a strip that the rate cuts is the height needed
    kept[cut] = strip[cut] + uniforms(source.stream("demand/height"), ids[cut]) < level[cut]
    return ids[kept], arrived[kept]


def _kept_compiled(source: _Source, rate: FlowRate, shape: Daily, points: _Points) -> tuple[IntArray, IntArray]:
    from sim.planning.compiled import number_points, under_rate  # noqa: PLC0415  needs Numba, which only large runs load

    days = rate.days
    ids, arrived = np.empty((2, int(points.count.sum())), np.int64)
    number_points(points.strip_id, points.count, _member_bits(source.flow), ids)
    n = under_rate(
        points.strip, points.day, points.count, uniforms(source.stream("demand/time"), ids),
        uniforms(source.stream("demand/height"), ids), days.begins, days.length, days.turn, days.ahead,
        days.length / (_STRIP_PER_H * DAY), rate.weekday, shape.at, shape.left, shape.slope, rate.edges, rate.season,
        source.scenario.length_ms, ids, arrived,
    )  # fmt: skip
    return ids[:n], arrived[:n]


def _surges(source: _Source, number: IntArray) -> FloatArray:
    """Factor of each day, the flow's own times its region's [-]; keyed by date. shape of number"""
    factors = gamma_factors(source.flow.surge, stream=source.stream(f"surge/flow/{source.key}"), ids=number)
    if source.flow.region is None:
        return factors
    region = source.scenario.file.regions[source.flow.region]
    return factors * gamma_factors(region.surge, stream=source.stream(f"surge/region/{source.flow.region}"), ids=number)


def _cargo(source: _Source, keys: tuple[str, ...], ids: IntArray) -> SmallArray:
    """What each truck carries: what its list says, else a draw by the flow's shares."""
    drawn = _index(source, "cargo", source.flow.cargo, keys, ids)
    if source.flow.listed is None:
        return drawn
    places = {key: place for place, key in enumerate(keys)}
    named = [places.get(key, -1) for key in source.scenario.listed[source.flow.listed].cargo]
    listed = np.array(named, dtype=np.int16)[listed_rows(ids)]
    return np.where(listed >= 0, listed, drawn)


def _index(
    source: _Source, what: str, shares: str | dict[str, float], keys: tuple[str, ...], ids: IntArray
) -> SmallArray:
    """For each truck the index of one of the keys, drawn by share; in the order of the keys, not of the file."""
    chosen = sorted(_keys(shares))
    places = np.array([keys.index(key) for key in chosen], dtype=np.int16)
    if isinstance(shares, str):
        return np.full(ids.size, places[0])
    return places[choices([shares[key] for key in chosen], stream=source.stream(f"demand/{what}"), ids=ids)]


def _keys(shares: str | dict[str, float]) -> tuple[str, ...]:
    return (shares,) if isinstance(shares, str) else tuple(shares)


def _in_order(parts: list[Arrivals]) -> Arrivals:
    """All trucks by time; equal times keep the order of the parts and, within a part, its own."""
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in Arrivals.__slots__}
    order = stable_order(columns["arrived"])
    return Arrivals(**{name: column[order] for name, column in columns.items()})
