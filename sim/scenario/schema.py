"""What a scenario file may say. Frozen; unknown keys are refused; every field states unit, default, meaning.

Only shapes and ranges of single values live here. What needs two places of a file at once (a route that
names a station) is checked in checks.py, so that every fault can point at its own line.
"""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from sim.scenario.booking import Booking
from sim.scenario.dated import Country, Feast, Incident, Order, Ramp, Reason, Standing
from sim.scenario.fields import (
    Duration,
    Frozen,
    Instant,
    Key,
    Length,
    Rate,
    Share,
    Span,
    StationKey,
    Windows,
    as_constant,
)
from sim.scenario.laws import Law
from sim.scenario.worth import Load

Service = Annotated[Law, as_constant]
Hours = Annotated[str, Field(description='opening windows such as "07:00-19:00", or the key of a calendar')]
Count = Annotated[int, Field(ge=0, le=10_000)]
Places = Annotated[int, Field(ge=0, le=10_000_000)]


# ---------------------------------------------------------------------------------------------- time


class Period(Frozen):
    """The span of real time that is simulated, and the part of it that is measured."""

    zone: Annotated[str, Field(description="IANA time zone of all local times")] = "Asia/Ho_Chi_Minh"
    start: Annotated[Instant, Field(description="first instant, local date or date and time")]
    end: Annotated[Instant | None, Field(description="first instant no longer simulated; or give length")] = None
    length: Annotated[Duration | None, Field(gt=0, description="end - start; or give end")] = None
    warm_up: Annotated[Span, Field(description="simulated from the start but not measured")] = 0
    end_rule: Annotated[
        Literal["stop", "drain"],
        Field(description="stop: the clock stops at the end; drain: arrivals stop, trucks inside go on"),
    ] = "stop"
    drain_at_most: Annotated[Span, Field(description="drain: the longest time after the end")] = 90 * 86_400_000


class Notice(Frozen):
    """Dated hours instead of the weekly ones of a calendar; of two for one instant the later in the list wins."""

    model_config = Frozen.model_config | {"populate_by_name": True}
    from_: Annotated[Instant, Field(alias="from", description="first instant")]
    to: Annotated[Instant, Field(description="first instant no longer covered")]
    hours: Annotated[Windows, Field(description="hours of each day in it; closed = none")]
    reason: Annotated[Reason, Field(description="why, for the causes of waiting")] = "order"


class Calendar(Frozen):
    """When an actor works. Weekly hours give way to the rule for public holidays, and both to dated notices."""

    actor: Annotated[str | None, Field(max_length=200, description="who keeps these hours; default: the key")] = None
    zone: Annotated[str | None, Field(description="IANA time zone of these hours; default: the period's")] = None
    hours: Annotated[Windows, Field(description="hours of a day")]
    weekly: Annotated[
        dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], Windows],
        Field(description="hours of single weekdays, instead of `hours`"),
    ] = {}
    holidays: Annotated[
        Country | None, Field(description="whose public holidays and make-up workdays it knows; default: none")
    ] = None
    on_holidays: Annotated[
        Windows | dict[Feast, Windows] | None,
        Field(description="hours in runs of days off that hold a public holiday, or by holiday; default: as any day"),
    ] = None
    on_makeup_days: Annotated[
        Windows | None, Field(description="hours on weekend days worked to make up for a holiday; default: `hours`")
    ] = None
    ramps: Annotated[tuple[Ramp, ...], Field(description="other hours before and after holidays, the last wins")] = ()
    notices: Annotated[tuple[Notice, ...], Field(description="dated exceptions, the last wins")] = ()


# ------------------------------------------------------------------------------------------ stations


class Shift(Frozen):
    """Servers during some hours of every day. Each boundary is a change of shift."""

    hours: Annotated[Windows, Field(description="hours of every day")]
    servers: Annotated[Count, Field(description="servers in these hours")]


class Headcount(Frozen):
    """Servers from an instant on, until the next entry."""

    model_config = Frozen.model_config | {"populate_by_name": True}
    from_: Annotated[Instant, Field(alias="from", description="first instant")]
    servers: Annotated[Count, Field(description="servers from then on")]


class Slowdown(Frozen):
    """Slower work for a time."""

    model_config = Frozen.model_config | {"populate_by_name": True}
    from_: Annotated[Instant, Field(alias="from", description="first instant")]
    to: Annotated[Instant, Field(description="first instant no longer slow")]
    speed: Annotated[Share, Field(gt=0, description="speed of work; 50 % makes every service take twice as long")]


class AgeRule(Frozen):
    """How the priority of a class grows with its wait."""

    head_start: Annotated[Span, Field(description="wait it is credited with when it joins")] = 0
    slope: Annotated[float, Field(ge=0, le=1000, description="how much of its wait counts [-]")] = 1.0


class Ageing(Frozen):
    """The class head with the largest head start + slope x wait goes first; classes not named have 0 and 1."""

    ageing: Annotated[dict[Key, AgeRule], Field(min_length=1, description="by class or cargo")]


class Cycle(Frozen):
    """Classes take turns by a repeating pattern; one without a truck is skipped, those not named come last."""

    cycle: Annotated[
        tuple[Key, ...], Field(min_length=1, max_length=100, description="the pattern, classes or cargoes")
    ]


class Station(Frozen):
    """Servers, places and a discipline; or places alone (a yard, a road), or servers alone."""

    title: Annotated[str | None, Field(max_length=200, description="name for people; default: the key")] = None
    gate: Annotated[Key | None, Field(description="gate it belongs to; default: the place in its key")] = None
    side: Annotated[Literal["near", "far"], Field(description="far: beyond the border line")] = "near"
    servers: Annotated[
        Count | Literal["unlimited"] | tuple[Shift, ...] | tuple[Headcount, ...] | None,
        Field(description="servers: a number, unlimited, shifts of every day, or dated headcounts; none: places only"),
    ] = None
    hours: Annotated[
        Hours | tuple[Hours, ...] | None,
        Field(description="when it works; of several calendars all must be open; default: always"),
    ] = None
    closing: Annotated[
        Literal["finish", "pause", "handover", "fits"] | None,
        Field(description="what becomes of a service when its server goes; required where hours or servers vary"),
    ] = None
    service: Annotated[Service | None, Field(description="law of the service duration, or a fixed duration")] = None
    service_for: Annotated[
        dict[Key, Service],
        Field(description="other laws by flow, cargo, class or direction; the first of these that is named counts"),
    ] = {}
    listed: Annotated[
        str | None, Field(description="column of the listed trucks' file that holds the service durations")
    ] = None
    slowdowns: Annotated[tuple[Slowdown, ...], Field(description="times of slower work, not overlapping")] = ()
    slowdowns_act_on: Annotated[
        Literal["in-progress", "new"] | None,
        Field(description="whether they stretch services in progress; required with slowdowns"),
    ] = None
    places: Annotated[
        Places | Literal["unlimited"] | None,
        Field(description="trucks it holds from entry to leaving, in service or not"),
    ] = None
    waiting_places: Annotated[Places | None, Field(description="trucks it holds waiting, beside those in service")] = (
        None
    )
    length: Annotated[Length | None, Field(description="of a road: places = length x lanes / spacing")] = None
    spacing: Annotated[
        Length | None, Field(description="of a road: length one standing truck takes; required with length")
    ] = None
    lanes: Annotated[int, Field(ge=1, le=20, description="of a road: lanes trucks may stand in")] = 1
    one_file: Annotated[bool, Field(description="of a road: a truck that cannot leave blocks all behind it")] = False
    when_full: Annotated[
        Literal["block", "turn_away", "divert"],
        Field(description="a truck that finds no place waits where it stands, turns back, or takes another route"),
    ] = "block"
    divert_to: Annotated[
        Key | None, Field(description="route taken instead, from its beginning; required with divert")
    ] = None
    entry: Annotated[
        Literal["first-come", "by-class"],
        Field(description="who gets a place that comes free: the truck blocked first, or the first class"),
    ] = "first-come"
    discipline: Annotated[
        Literal["first-come", "earliest-expiry"] | tuple[Key, ...] | Ageing | Cycle,
        Field(
            description="first-come; classes (or cargoes) in order of priority, non-preemptive; ageing; a cycle; "
            "or earliest-expiry, by the shelf life of the cargo"
        ),
    ] = "first-come"
    when_blocked: Annotated[
        Literal["keeps-server", "frees-server"] | None,
        Field(description="a truck served here that cannot go on; default: frees it if it has a place to stand on"),
    ] = None
    reserved: Annotated["Reserved | None", Field(description="servers set apart for classes")] = None


class Reserved(Frozen):
    """Lanes set apart: `servers` of the station's are kept for some classes."""

    servers: Annotated[int, Field(ge=1, le=10_000, description="how many of the station's servers")]
    classes: Annotated[tuple[Key, ...], Field(min_length=1, description="classes (or cargoes) they are kept for")]
    others_when_empty: Annotated[
        bool, Field(description="whether others may use one that is idle while none of these classes waits")
    ] = False


# -------------------------------------------------------------------------------------------- routes


class At(Frozen):
    """Visit a station: get its place if it has places, its server if it has servers, and be served."""

    at: Annotated[StationKey, Field(description="the station")]
    only: Annotated[tuple[Key, ...], Field(description="cargoes or classes that do; default: all")] = ()
    share: Annotated[Share, Field(description="share of trucks that do")] = 1.0
    service: Annotated[Service | None, Field(description="law instead of the station's")] = None
    needs: Annotated[
        tuple[StationKey, ...], Field(description="places granted together with the server, or nothing")
    ] = ()
    crosses: Annotated[
        bool, Field(description="the loaded truck has crossed the border when it leaves this station")
    ] = False
    patience: Annotated[
        Service | None,
        Field(description="law of the wait after which it turns back; counted anew for the place and for the server"),
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        """A bare key of a station stands for visiting it."""
        return {"at": value} if isinstance(value, str) else value


class In(Frozen):
    """Hold a place of a station while doing some steps, until what comes next is granted."""

    in_: Annotated[StationKey, Field(alias="in", description="the station whose place is held")]
    do: Annotated[tuple["Step", ...], Field(description="what is done meanwhile")] = ()
    needs: Annotated[
        tuple[StationKey, ...], Field(description="other places granted together with this one, or nothing")
    ] = ()
    model_config = Frozen.model_config | {"populate_by_name": True}


class Travel(Frozen):
    """Drive, holding what is held."""

    travel: Annotated[Service, Field(description="law of the travel time, or a fixed duration")]


class Some(Frozen):
    """Steps that only a share of trucks does."""

    share: Annotated[Share, Field(description="share of trucks that do")]
    do: Annotated[tuple["Step", ...], Field(min_length=1, description="what they do")]


class Only(Frozen):
    """Steps that only some cargoes or classes do."""

    only: Annotated[tuple[Key, ...], Field(min_length=1, description="cargoes or classes")]
    do: Annotated[tuple["Step", ...], Field(min_length=1, description="what they do")]


class Branch(Frozen):
    """One of several ways on."""

    share: Annotated[Share | None, Field(description="share of trucks that take it (one_of)")] = None
    each: Annotated[
        Span | None, Field(description="wait shown per truck ahead (fewest); default: trucks are compared")
    ] = None
    base: Annotated[
        Span, Field(description="added to the shown wait, such as the longer drive (fewest, with each)")
    ] = 0
    do: Annotated[tuple["Step", ...], Field(description="steps of this way")] = ()


class OneOf(Frozen):
    """Each truck takes one way, drawn by share."""

    one_of: Annotated[tuple[Branch, ...], Field(min_length=1, max_length=20, description="the ways, shares sum to 1")]


class Fewest(Frozen):
    """Each truck takes the way with the fewest trucks on it, or the shortest shown wait, when it decides."""

    complies: Annotated[Share, Field(description="share of trucks that do; the others take the first way")] = 1.0
    fewest: Annotated[tuple[Branch, ...], Field(min_length=2, max_length=20, description="the ways, equals drawn")]


class Threshold(Frozen):
    """Take the way `do` unless a count has reached a threshold; then `otherwise`."""

    unless: Annotated[StationKey, Field(description="station whose trucks (waiting, served and held) are counted")]
    reaches: Annotated[int, Field(ge=0, description="the threshold")]
    until: Annotated[
        int | None,
        Field(ge=0, description="with it the rule, once it applies, applies until the count has fallen to this"),
    ] = None
    complies: Annotated[Share, Field(description="share of trucks that follow the rule; the others take `do`")] = 1.0
    do: Annotated[tuple["Step", ...], Field(description="below the threshold")] = ()
    otherwise: Annotated[tuple["Step", ...], Field(description="at or above it")] = ()


class Repeat(Frozen):
    """Do the steps once, then again with a share each time."""

    repeat: Annotated[Share, Field(lt=1, description="share of trucks sent round again, each time")]
    do: Annotated[tuple["Step", ...], Field(min_length=1, description="what is done once or more")]
    at_most: Annotated[int, Field(ge=1, le=1000, description="rounds")] = 50


class Wander(Frozen):
    """Move among stations by shares until leaving: a Jackson network's routing."""

    start: Annotated[StationKey, Field(description="the first station")]
    routing: Annotated[
        dict[StationKey, dict[StationKey, Share]],
        Field(description="from each station, the share of trucks that goes to each other; the rest goes on"),
    ]
    at_most: Annotated[int, Field(ge=1, le=100_000, description="visits")] = 1000


class Release(Frozen):
    """Give up places early, before the block that holds them ends."""

    release: Annotated[tuple[StationKey, ...], Field(min_length=1, description="stations whose place is given up")]


class Leave(Frozen):
    """End here."""

    leave: Annotated[Literal["crossed", "turned_back", "diverted"], Field(description="outcome")]
    reason: Annotated[str, Field(max_length=100, description="a word or two for the tables")] = ""


_STEPS = {"at": At, "in": In, "travel": Travel, "one_of": OneOf, "fewest": Fewest, "unless": Threshold,
          "repeat": Repeat, "start": Wander, "release": Release, "leave": Leave,
          "share": Some, "only": Only}  # fmt: skip


def _kind_of_step(value: Any) -> str | None:
    """A step is known by its first key word; `share` alone makes it Some."""
    if isinstance(value, str):
        return "at"
    keys = value if isinstance(value, dict) else {("in" if k == "in_" else k) for k in type(value).model_fields}
    return next((name for name in _STEPS if name in keys), None)


Step = Annotated[
    Annotated[At, Tag("at")] | Annotated[In, Tag("in")] | Annotated[Travel, Tag("travel")]
    | Annotated[OneOf, Tag("one_of")] | Annotated[Fewest, Tag("fewest")] | Annotated[Threshold, Tag("unless")]
    | Annotated[Repeat, Tag("repeat")] | Annotated[Wander, Tag("start")] | Annotated[Release, Tag("release")]
    | Annotated[Leave, Tag("leave")] | Annotated[Some, Tag("share")]
    | Annotated[Only, Tag("only")],
    Discriminator(_kind_of_step),
]  # fmt: skip


# -------------------------------------------------------------------------------------------- demand


class Profile(Frozen):
    """How a day's trucks spread over its hours: shares of the day by window, even inside a window."""

    shares: Annotated[dict[Windows, Share], Field(description="share of the day's trucks in each window, sum 1")]


class RateSlot(Frozen):
    """A constant rate in some hours of every day."""

    hours: Annotated[Windows, Field(description="hours of every day")]
    rate: Annotated[Rate, Field(description="arrivals per time")]


class RatePoint(Frozen):
    """A point of a rate that is linear between points and repeats every day."""

    at: Annotated[Duration, Field(description="time of day, as a duration after midnight")]
    rate: Annotated[Rate, Field(description="arrivals per time then")]


class Wave(Frozen):
    """A sinusoid: mean + amplitude x sin(2 pi (t - rises) / period), t after midnight of the first day."""

    mean: Annotated[Rate, Field(description="mean rate")]
    amplitude: Annotated[Rate, Field(description="amplitude, at most the mean")]
    period: Annotated[Duration, Field(gt=0, description="period")]
    rises: Annotated[Duration, Field(description="when it rises through its mean, after midnight of the first day")] = 0


class Burst(Frozen):
    """Many trucks at one instant."""

    at: Annotated[Instant, Field(description="when")]
    trucks: Annotated[int, Field(ge=1, le=100_000_000, description="how many")]


class Season(Frozen):
    """A factor on the volume between two dates."""

    model_config = Frozen.model_config | {"populate_by_name": True}
    from_: Annotated[Instant, Field(alias="from", description="first instant")]
    to: Annotated[Instant, Field(description="first instant no longer covered")]
    factor: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False, description="factor [-]")]


class Flow(Frozen):
    """One demand entry: who comes, how many, when, by which route. One of volume, rate, every, bursts, listed."""

    direction: Annotated[Literal["export", "import"], Field(description="loaded direction")] = "export"
    gate: Annotated[Key | None, Field(description="gate it intends to cross")] = None
    cargo: Annotated[Key | dict[Key, Share], Field(description="cargo, or shares of several")] = "goods"
    route: Annotated[
        Key | dict[Key, Share], Field(description="route, or shares of several; default: the flow's key")
    ] = ""
    region: Annotated[Key | None, Field(description="region whose surges of the day it shares")] = None
    volume: Annotated[
        Rate | None, Field(description="mean trucks a day, spread by profile, weekdays, seasons, surges")
    ] = None
    profile: Annotated[Key | None, Field(description="hour-of-day profile; default: even")] = None
    weekdays: Annotated[
        dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], Annotated[float, Field(ge=0, le=20)]],
        Field(description="factor on the volume by weekday [-]; default 1"),
    ] = {}
    seasons: Annotated[tuple[Season, ...], Field(description="dated factors; overlapping ones multiply")] = ()
    surge: Annotated[float, Field(ge=0, le=3, description="cv of the flow's own factor of the day [-]")] = 0.0
    rate: Annotated[
        Rate | tuple[RateSlot, ...] | tuple[RatePoint, ...] | Wave | None,
        Field(description="arrival rate: constant, by hours, linear between points, or a wave"),
    ] = None
    every: Annotated[Span | None, Field(gt=0, description="one truck at each interval (booked slots)")] = None
    first: Annotated[Instant, Field(description="with every: the first one")] = 0
    bursts: Annotated[tuple[Burst, ...], Field(description="many trucks at once")] = ()
    listed: Annotated[str | None, Field(description="CSV file of trucks, beside the scenario; see the reference")] = (
        None
    )
    convoy: Annotated[int, Field(ge=1, le=1000, description="trucks that come together at each arrival")] = 1
    booking: Annotated[
        Booking | None, Field(description="they come by booked slots; the other keys say when they want to")
    ] = None


class Region(Frozen):
    """Flows that surge together."""

    surge: Annotated[float, Field(ge=0, le=3, description="cv of the factor of the day its flows share [-]")] = 0.0


class Cargo(Load):
    """What is carried."""

    shelf_life: Annotated[
        Service | None, Field(description="law of the life left on arrival; default: it does not expire")
    ] = None

    class_: Annotated[
        Key | None, Field(alias="class", description="class a discipline sees; default: the cargo's key")
    ] = None
    title: Annotated[str | None, Field(max_length=200, description="name for people")] = None
    model_config = Load.model_config | {"populate_by_name": True}


class Gate(Frozen):
    """A named crossing."""

    title: Annotated[str | None, Field(max_length=200, description="name for people")] = None
    capacity: Annotated[Rate | None, Field(description="documented capacity, drawn beside the throughput")] = None


# ------------------------------------------------------------------------------------------ scenario


class ScenarioFile(Frozen):
    """A whole scenario, after extends, overlays and --set."""

    kind: Literal["scenario"]
    format: Literal[1]
    title: Annotated[str, Field(min_length=1, max_length=300, description="one line")]
    question: Annotated[str, Field(max_length=1000, description="the question it answers")] = ""
    notes: Annotated[str, Field(max_length=20_000, description="what to know; conflicts between sources")] = ""
    period: Period
    gates: Annotated[dict[Key, Gate], Field(description="the crossings")] = {}
    cargoes: Annotated[dict[Key, Cargo], Field(description="what is carried")] = {}
    calendars: Annotated[dict[Key, Calendar], Field(description="hours by name")] = {}
    profiles: Annotated[dict[Key, Profile], Field(description="hour-of-day profiles by name")] = {}
    regions: Annotated[dict[Key, Region], Field(description="flows that surge together")] = {}
    stations: Annotated[
        dict[StationKey, Station], Field(min_length=1, max_length=1000, description="servers and places")
    ]
    routes: Annotated[dict[Key, tuple[Step, ...]], Field(description="what trucks do, in order")]
    flows: Annotated[dict[Key, Flow], Field(description="demand")]
    incidents: Annotated[dict[Key, Incident], Field(description="what happens, by name")] = {}
    orders: Annotated[dict[Key, Order], Field(description="what a board decides for some time, by name")] = {}
    start_with: Annotated[tuple[Standing, ...], Field(description="trucks that are there at the first instant")] = ()


for _model in (Station, In, Some, Only, Branch, OneOf, Fewest, Threshold, Repeat, ScenarioFile):
    _model.model_rebuild()
