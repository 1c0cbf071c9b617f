"""What a file may say about dated things: public holidays, incidents, orders, and trucks there at the start."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.fields import Frozen, Instant, Key, Rate, Share, StationKey, Windows, as_constant
from sim.scenario.laws import Law

Country = Literal["VN", "CN"]
Feast = Literal[
    "new-year", "tet", "spring-festival", "hung-kings", "qingming", "reunification-day", "labour-day", "dragon-boat",
    "mid-autumn", "national-day", "culture-day",
]  # fmt: skip
Reason = Literal["hours", "holiday", "incident", "order"]
Direction = Literal["export", "import"]
_Days = Annotated[int, Field(ge=0, le=60)]


class Ramp(Frozen):
    """Other hours on some days before or after public holidays."""

    before: Annotated[_Days, Field(description="days before the first day off")] = 0
    after: Annotated[_Days, Field(description="days after the last day off")] = 0
    hours: Annotated[Windows, Field(description="hours of these days; closed = none")]
    only: Annotated[tuple[Feast, ...], Field(description="holidays meant; default: all of the calendar's")] = ()


class Around(Frozen):
    """The days of public holidays and around them. A holiday is the whole run of days off, its weekends included."""

    holidays: Annotated[Country, Field(description="whose holidays")]
    only: Annotated[tuple[Feast, ...], Field(description="holidays meant; default: all")] = ()
    before: Annotated[_Days, Field(description="days before the first day off")] = 0
    after: Annotated[_Days, Field(description="days after the last day off")] = 0
    during: Annotated[bool, Field(description="whether the days off themselves are meant")] = True


class Measure(Frozen):
    """Something dated that changes how stations work: when, where, for whom, and what."""

    model_config = Frozen.model_config | {"populate_by_name": True}
    title: Annotated[str | None, Field(max_length=200, description="name for people; default: the key")] = None
    from_: Annotated[Instant | None, Field(alias="from", description="first instant; default: the beginning")] = None
    to: Annotated[Instant | None, Field(description="first instant no longer covered; default: the end")] = None
    around: Annotated[Around | None, Field(description="days around public holidays, instead of from and to")] = None
    at: Annotated[
        StationKey | tuple[StationKey, ...],
        Field(description="stations, or gates: all stations with servers that belong to them"),
    ] = ()
    direction: Annotated[Direction | None, Field(description="trucks meant; default: both")] = None
    cargo: Annotated[Key | tuple[Key, ...], Field(description="cargoes or classes meant; default: all")] = ()
    closed: Annotated[
        bool,
        Field(description="nothing is begun; at a station without servers nobody enters. May be for some trucks"),
    ] = False
    servers: Annotated[int | None, Field(ge=0, le=10_000, description="servers meanwhile; of an incident: at most")] = (
        None
    )
    staff: Annotated[Share | None, Field(gt=0, description="share of the servers that work, rounded, at least one")] = (
        None
    )
    hours: Annotated[
        Windows | None,
        Field(description="hours of each day meanwhile, whatever calendars say; clock of the period"),
    ] = None
    speed: Annotated[
        Share | None, Field(gt=0, description="speed of work; 50 % makes every service take twice as long")
    ] = None
    speed_acts_on: Annotated[
        Literal["in-progress", "new"] | None,
        Field(description="whether services in progress are stretched as well; required with speed"),
    ] = None
    service_factor: Annotated[
        float | None,
        Field(gt=0, le=100, allow_inf_nan=False, description="factor on the services of trucks that appear in it [-]"),
    ] = None
    reason: Annotated[
        Reason | None,
        Field(description="why, for the causes of waiting; default: with around holiday, else as its section"),
    ] = None


class Incident(Measure):
    """Something that happens: an outage, a breakdown. It may be of random length, and come at random."""

    lasts: Annotated[
        Annotated[Law, as_constant] | None, Field(description="law of its length, or a fixed one, instead of to")
    ] = None
    rate: Annotated[Rate | None, Field(gt=0, description="how often it happens, at random, between from and to")] = None
    separately: Annotated[
        Literal["station", "server"] | None,
        Field(description="each station, or each of its servers, has incidents of its own; default: one for all"),
    ] = None
    loses: Annotated[
        int, Field(ge=0, le=10_000, description="servers lost meanwhile; several incidents at once add up")
    ] = 0


class Order(Measure):
    """Something a board decides. Two orders for the same trucks and station must not contradict each other."""

    intake: Annotated[
        Literal["turn-back", "wait"] | None,
        Field(description="trucks that appear meanwhile turn back at once, or wait where they come from until it ends"),
    ] = None
    reroute: Annotated[Key | None, Field(description="route that trucks take which appear meanwhile")] = None
    routes: Annotated[
        tuple[Key, ...], Field(description="intake and reroute: only trucks that would take these routes; default: all")
    ] = ()
    complies: Annotated[Share, Field(description="turn-back and reroute: share of trucks that do")] = 1.0


class Standing(Frozen):
    """Trucks that are there at the first instant, as a bulletin counts them. The rest of their way lies before them."""

    at: Annotated[StationKey, Field(description="station or site they stand at")]
    flow: Annotated[Key, Field(description="flow they came with")]
    trucks: Annotated[int, Field(ge=1, le=1_000_000, description="how many")]
    cargo: Annotated[Key | None, Field(description="what they carry; default: drawn by the flow's shares")] = None
    age: Annotated[
        Annotated[Law, as_constant] | None,
        Field(description="how long ago they came: a duration or a law; default: just now"),
    ] = None
    route: Annotated[Key | None, Field(description="route they are on; default: the flow's first that visits it")] = (
        None
    )
