"""Generated scenarios of listed trucks: small networks on a coarse grid of minutes, so that ties are everywhere."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import strategies as st

from sim.engine import simulate
from sim.measure.visits import Lives, decode
from sim.planning.demand import listed_rows
from sim.planning.make import make_plan
from sim.scenario.load import load

STATIONS = ("desk", "yard", "gate", "lane")
WORKED = ("desk", "gate", "lane")


@dataclass(frozen=True)
class Truck:
    """One line of the list, in minutes."""

    arrived: int
    fruit: bool
    works: tuple[int, int, int]  # at WORKED


@dataclass(frozen=True)
class Network:
    """A scenario; its text is made from these."""

    stations: dict[str, str]  # the words of each station
    trucks: tuple[Truck, ...]
    route: str
    start: str = "2025-03-03 08:00"
    names: dict[str, str] = field(default_factory=dict)  # other names of stations
    split: bool = False  # every second truck belongs to a second flow

    def called(self, station: str) -> str:
        return self.names.get(station, station)

    def write(self, folder: Path) -> Path:
        """The scenario file, its lists beside it."""
        flows = {"one": self.trucks[::2], "two": self.trucks[1::2]} if self.split else {"one": self.trucks}
        columns = ["arrived [min]", "cargo", *(f"{self.called(s)} [min]" for s in WORKED)]
        for flow, trucks in flows.items():
            rows = [f"{t.arrived},{'fruit' if t.fruit else 'other'},{','.join(map(str, t.works))}" for t in trucks]
            (folder / f"{flow}.csv").write_text("\n".join([",".join(columns), *rows]) + "\n")
        route = self.route
        for station in STATIONS:
            route = route.replace(f"<{station}>", self.called(station))
        lines = [
            "kind: scenario",
            "format: 1",
            "title: generated",
            f'period: {{zone: UTC, start: "{self.start}", length: 20 d}}',
            "cargoes: {fruit: {}, other: {}}",
            "stations:",
            *(f"  {self.called(s)}: {{{words}}}" for s, words in self.stations.items()),
            f"routes: {{way: [{route}]}}",
            "flows:",
            *(
                f"  {flow}: {{listed: {flow}.csv, route: way, cargo: other}}"
                for flow, trucks in flows.items()
                if trucks
            ),
        ]
        path = folder / "generated.yaml"
        path.write_text("\n".join(lines) + "\n")
        return path


def lived(network: Network, engine: str, folder: Path) -> Lives:
    """The lives of its trucks in one of the engines."""
    plan = make_plan(load(network.write(folder)))
    return decode(plan, simulate(plan, engine=engine))


def stamps(lives: Lives, network: Network) -> dict[int, list[tuple[int, ...]]]:
    """By line of the list, (station, joined, entered, started, ended, left) of each visit; stations by their order."""
    plan, visits = lives.plan, lives.visits
    flows = [plan.network.layout.flows[f] for f in plan.trucks.flow]
    rows = [int(row) for row in listed_rows(plan.trucks.id)]
    lines = [2 * row + (flow == "two") if network.split else row for row, flow in zip(rows, flows, strict=True)]
    found: dict[int, list[tuple[int, ...]]] = {line: [] for line in lines}
    columns = [visits.station, visits.joined, visits.entered, visits.started, visits.ended, visits.left]
    for truck, *values in zip(visits.truck, *columns, strict=True):
        found[lines[truck]].append(tuple(int(v) for v in values))
    return found


_HOURS = st.sampled_from(
    ["", ', hours: "08:00-10:00, 11:00-18:00"', ', hours: "22:00-06:00"', ', hours: "09:00-09:30"']
)
_CLOSING = st.sampled_from(["finish", "pause", "handover"])


@st.composite
def _served(draw: st.DrawFn, waiting: st.SearchStrategy[str]) -> str:
    hours = draw(_HOURS)
    closing = f", closing: {draw(_CLOSING)}" if hours else ""
    discipline = draw(st.sampled_from(["", ", discipline: [fruit, other]"]))
    return f"servers: {draw(st.integers(1, 3))}{hours}{closing}{discipline}{draw(waiting)}"


@st.composite
def networks(draw: st.DrawFn, *, distinct: bool = False, only_first_come: bool = False) -> Network:
    """A desk, a yard held on the way to a gate, and a lane; `distinct` arrivals come at different minutes."""
    anywhere, nowhere = st.just(""), st.sampled_from([", waiting_places: 0", ", waiting_places: 2", ""])
    stations = {
        "desk": draw(_served(anywhere)),
        "yard": f"places: {draw(st.integers(1, 4))}",
        "gate": draw(_served(nowhere)),
        "lane": draw(_served(nowhere)),
    }
    if only_first_come:
        stations = {name: f"servers: {draw(st.integers(1, 3)) if name == 'desk' else 1}" for name in WORKED}
    held = "{in: <yard>, do: [{travel: 10 min}, {at: <gate>}]}"
    way = "{at: <desk>}, {at: <gate>}, {at: <lane>}" if only_first_come else f"{{at: <desk>}}, {held}, {{at: <lane>}}"
    minutes = st.integers(0, 40).map(lambda k: 5 * k)
    times = draw(st.lists(minutes, min_size=1, max_size=14, unique=distinct))
    work = st.integers(0, 6).map(lambda k: 5 * k)
    trucks = tuple(Truck(at, draw(st.booleans()), draw(st.tuples(work, work, work))) for at in sorted(times))
    return Network(stations=stations, trucks=trucks, route=way)


def changed(network: Network, **parts: object) -> Network:
    """The same with other parts."""
    return replace(network, **parts)  # type: ignore[arg-type]
