"""Every number of the bundled scenarios is a documented fact or a declared assumption, and never the wrong one."""

import re
from collections import Counter
from fnmatch import fnmatch

import pytest

import sim
from sim.scenario import bundled

ROOT = bundled.scenario_root()
BASELINE = ROOT / "lang-son/baseline.yaml"
OVERLAYS = sorted(ROOT.glob("overlays/*.yaml"))
SCENARIOS = sorted(path for path in ROOT.glob("*/*.yaml") if path.parent.name != "overlays")
GATES = ("huu-nghi", "tan-thanh", "coc-nam", "chi-ma")
FAR_SIDES = ("youyiguan", "puzhai", "longyao", "aidian")
# What frames a file, and dates: nobody can be wrong about them.
FRAME = ("format", "title", "question", "notes", "name", "period.start", "period.end", "period.zone", "*.title",
         "calendars.*.notices*.from", "calendars.*.notices*.to", "flows.*.seasons*.from", "flows.*.seasons*.to",
         "orders.*.from", "orders.*.to", "incidents.*.from", "incidents.*.to")  # fmt: skip

# What is documented for July 2025: the fact, the words of its source, and how the baseline has it.
DOCUMENTED = {
    "gates.huu-nghi.capacity": ("C005", "800", "800 vehicles/day"),
    "gates.tan-thanh.capacity": ("C006", "400", "400 vehicles/day"),
    "cargoes.fruit.home_price": ("E010", "1/4", "25 %"),
    "cargoes.fruit.waiting_cost": ("E002", "1,000,000", "1 million VND"),
    "calendars.huu-nghi.hours": ("H007", "20:00", "07:00-20:00"),
    "calendars.tan-thanh.hours": ("H007", "20:00", "07:00-20:00"),
    "calendars.chi-ma.hours": ("H007", "20:00", "07:00-20:00"),
    "calendars.youyiguan.hours": ("H007", "20:00", "08:00-21:00"),  # by the Chinese clock
    "calendars.puzhai.hours": ("H007", "20:00", "08:00-21:00"),
    "calendars.aidian.hours": ("H007", "20:00", "08:00-21:00"),
    "stations.huu-nghi/yard.places": ("C001", "450", "450"),
    "stations.huu-nghi/overflow.places": ("C002", "800", "800"),
    "stations.tan-thanh/yard.places": ("C003", "1,100", "1100"),
    "stations.huu-nghi/lane.servers": ("C007", "4 ->", "4"),
    "stations.huu-nghi/lane.service": ("C032", "~30 s", "30 s"),
    **{f"stations.{gate}/documents.service": ("C018", "2 / up to 10 min", "uniform 2 min 10 min") for gate in GATES},
    **{f"stations.{far}/acceptance.service": ("C019", "10-15 min", "uniform 10 min 15 min") for far in FAR_SIDES},
    "flows.huu-nghi-import.volume": ("T053", "/ 608 veh", "608 vehicles/day"),
    "flows.tan-thanh-import.volume": ("T054", "/ 438 veh", "438 vehicles/day"),
    "flows.coc-nam-import.volume": ("T055", "/ 33 veh", "33 vehicles/day"),
    "flows.chi-ma-import.volume": ("T056", "/ 189 veh", "189 vehicles/day"),
    "flows.huu-nghi-export.volume": ("T053", "/ 262 /", "262 vehicles/day"),
    "flows.tan-thanh-export.volume": ("T054", "/ 145 /", "145 vehicles/day"),
    "flows.coc-nam-export.volume": ("T055", "/ 43 /", "43 vehicles/day"),
    "flows.chi-ma-export.volume": ("T056", "/ 41 /", "41 vehicles/day"),
    "flows.huu-nghi-export.cargo": ("A025", "62.7;", "62.7 % 37.3 %"),
    "flows.tan-thanh-export.cargo": ("A025", "; 91.6", "91.6 % 8.4 %"),
    "flows.coc-nam-export.cargo": ("A019", "71.3", "71.3 % 28.7 %"),
    "flows.chi-ma-export.cargo": ("A019", "71.3", "71.3 % 28.7 %"),
    "flows.huu-nghi-import.cargo": ("T036", "784 / 220 / 564", "91.1 % 8.9 %"),  # 50 of 564 were new vehicles
}


def numbers(value, path=""):
    """Path and value of every number of a resolved scenario, quantities with units included."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from numbers(part, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for k, part in enumerate(value):
            yield from numbers(part, f"{path}[{k}]")
    elif not isinstance(value, bool) and re.match(r"[-+.]?\d", str(value)):
        yield path, value


def sourced(scenario):
    """Path and source of every number that is no part of the frame."""
    for path, _ in numbers(scenario.resolved):
        if not any(fnmatch(path, pattern) for pattern in FRAME):
            yield path, scenario.source(path)


def written(value):
    """The values of a part of a resolved scenario, one after the other."""
    return " ".join(written(part) for part in value.values()) if isinstance(value, dict) else str(value)


@pytest.mark.parametrize("file", [*SCENARIOS, *OVERLAYS], ids=lambda file: file.stem)
def test_every_number_is_a_fact_or_an_assumption(file):
    scenario = sim.load(BASELINE, overlays=[file]) if file in OVERLAYS else sim.load(file)
    found = dict(sourced(scenario))
    lost = [where for where, source in found.items() if source is None or not (source.fact or source.assumption)]
    assert not lost
    once = {scenario.origins[path]: source for path, source in found.items()}  # an alias repeats what is written once
    kinds = Counter("documented" if source.fact else "assumed" for source in once.values())
    print(f"{file.stem}: {kinds['documented']} numbers documented, {kinds['assumed']} assumed")
    assert kinds["documented"] >= 10


def test_assumptions_of_the_baseline_have_a_reason_and_a_range():
    for path, source in sourced(sim.load(BASELINE)):
        if source.assumption:
            assert source.low is not None, path
            assert source.high is not None, path


def test_what_is_documented_is_no_assumption_and_says_what_its_source_says():
    scenario = sim.load(BASELINE)
    for path, (fact, words, value) in DOCUMENTED.items():
        source, row = scenario.source(path), bundled.facts()[fact]
        assert source is not None, path
        assert source.assumption is None, path
        assert fact in (source.fact or "").split(), path
        assert words in f"{row.value} {row.unit}", path
        section, key, part = path.split(".")
        assert written(scenario.resolved[section][key][part]) == value, path


def test_every_number_said_to_be_documented_stands_in_the_table_above():
    sources = sim.load(BASELINE).sources
    facts = {path: source.fact for path, source in sources.items() if source.fact}
    the_yard_once_more = {path for path, fact in facts.items() if path.endswith(".reaches") and fact == "C001"}
    assert facts.keys() - the_yard_once_more == DOCUMENTED.keys()


def test_the_weekday_pattern_leaves_the_mean_of_the_measured_month_as_documented():
    factors = sim.load(BASELINE).file.flows["huu-nghi-export"].weekdays
    five = ("tue", "wed", "thu")  # 1 July 2025 is a Tuesday, so these come five times in 31 days
    assert sum(f * (5 if day in five else 4) for day, f in factors.items()) == pytest.approx(31)


def test_gates_of_july_2021_add_up_to_the_documented_totals():
    flows = sim.load(ROOT / "lang-son/2021-july.yaml").file.flows
    for gate, fact in (("huu-nghi", "T001"), ("tan-thanh", "T002")):
        total = sum(flow.volume * 24 for flow in flows.values() if flow.gate == gate)
        assert total == pytest.approx(float(bundled.facts()[fact].value.lstrip(">")))
