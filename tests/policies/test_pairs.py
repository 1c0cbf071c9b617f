"""Every policy with every other on a small crossing: both engines agree, no law is broken, trucks cross."""

from itertools import combinations

import numpy as np
import pytest

from sim.engine import simulate
from sim.measure.laws import check
from sim.measure.stuck import deadlock
from sim.measure.visits import decode
from sim.planning.make import make_plan
from sim.scenario.scenario import Scenario
from sim.scenario.schema import ScenarioFile
from sim.trace import Outcome
from tests.twins.compare import differences

FRUIT = {"shelf_life": {"law": "uniform", "low": "6 h", "high": "30 h"}, "decay": {"0 h": "0 %", "20 h": "100 %"}}
STATIONS = {
    "road": {"length": "1 km", "spacing": "100 m", "one_file": True},
    "park": {"places": 60},
    "called": {"places": 4},
    "yard": {"places": 12},
    "papers": {"servers": "unlimited", "service": {"law": "uniform", "low": "10 min", "high": "50 min"}},
    "desk": {"servers": 3, "service": {"law": "lognormal", "mean": "9 min", "cv": 0.5}, "closing": "finish"},
    "lane": {"servers": 2, "service": {"law": "exponential", "mean": "6 min"}, "closing": "finish"},
    "check": {"servers": 2, "places": 6, "side": "far", "service": {"law": "uniform", "low": "8 min", "high": "12 min"},
              "closing": "finish"},
    "east": {"servers": 2, "service": {"law": "exponential", "mean": "15 min"}},
}  # fmt: skip
INSIDE = [{"travel": "10 min"}, {"in": "yard", "do": [{"at": "desk"}]}]
OUT = [{"at": "lane", "needs": ["check"], "crosses": True}, {"at": "check"}]
EXPORT = [{"in": "road"}, {"in": "park", "do": [{"at": "papers"}]}, {"in": "called", "do": INSIDE}, *OUT]
IMPORT = [{"at": "lane", "crosses": True}, {"at": "desk"}]


def at_queues(**keys):
    return {"stations": dict.fromkeys(("desk", "lane", "check"), keys)}


def shifts(early, late):
    return [{"hours": "06:00-14:00", "servers": early}, {"hours": "14:00-22:00", "servers": late}]


def ways(**step):
    return {"routes": {"export": [{**step}, *OUT]}}


# A policy is what it adds to the scenario; lists replace, mappings are merged.
POLICIES = {
    "priority": at_queues(discipline=["perishable", "general"]),
    "by class at the entry": {"stations": {"called": {"entry": "by-class", "discipline": ["perishable"]}}},
    "reserved lane": {"stations": {"lane": {"reserved": {"servers": 1, "classes": ["perishable"],
                                                         "others_when_empty": True}}}},
    "ageing": at_queues(discipline={"ageing": {"perishable": {"head_start": "2 h"}}}),
    "cycle": at_queues(discipline={"cycle": ["perishable", "perishable", "general"]}),
    "expiry": at_queues(discipline="earliest-expiry"),
    "booking": {"flows": {"export": {"booking": {"slots": "30 min", "quota": 3, "no_show": "10 %", "postpone": "50 %",
                                                "lateness": {"law": "exponential", "mean": "10 min"}}}}},
    "park rule": ways(unless="yard", reaches=8, until=3, complies="80 %", do=[{"in": "yard", "do": [{"at": "desk"}]}],
                      otherwise=EXPORT[1:3]),
    "diversion": ways(complies="50 %", fewest=[{"each": "9 min", "do": EXPORT[:3]},
                                               {"each": "15 min", "base": "20 min", "do": [{"at": "east"}]}]),
    "turning back": {"cargoes": {"fruit": {"turns_back": {"when_loss_exceeds": "15 %"}}}},
    "full yard turns away": {"stations": {"park": {"places": 10, "when_full": "turn_away"}}},
    "staff moved": {"stations": {"desk": {"servers": shifts(3, 1)}, "check": {"servers": shifts(1, 3)}}},
    "hours, paused": {"stations": {"lane": {"hours": "07:00-18:00", "closing": "pause"}}},
    "hours, what fits": {"stations": {"lane": {"hours": "07:00-18:00", "closing": "fits"}}},
    "slow incident": {"incidents": {"rain": {"at": "check", "from": "9 h", "to": "15 h", "speed": "50 %",
                                             "speed_acts_on": "in-progress"}}},
    "closed for fruit": {"orders": {"no-fruit": {"at": "lane", "cargo": "fruit", "from": "10 h", "to": "14 h",
                                                 "closed": True}}},
    "intake stopped": {"orders": {"stop": {"cargo": "fruit", "from": "8 h", "to": "12 h", "intake": "wait"}}},
    "backlog": {"start_with": [{"at": "park", "flow": "export", "trucks": 20, "age": "5 h",
                                "route": "export-by-the-park"}]},
}  # fmt: skip
SAME_KEY = {  # one of the two replaces the other: a queue has one discipline, a route one rule, a lane one closing
    frozenset(pair)
    for group in (
        ("priority", "ageing", "cycle", "expiry"),
        ("park rule", "diversion"),
        ("hours, paused", "hours, what fits"),
    )
    for pair in combinations(group, 2)
}
PAIRS = [pair for pair in combinations(POLICIES, 2) if frozenset(pair) not in SAME_KEY]


def merged(below, above):
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return below | {key: merged(below.get(key), value) for key, value in above.items()}


def scenario(*policies):
    mapping = {
        "kind": "scenario", "format": 1, "title": "a small crossing", "stations": STATIONS,
        "period": {"start": "2025-07-01", "length": "20 h", "zone": "UTC"},
        "cargoes": {"fruit": {"class": "perishable", **FRUIT}, "other": {"class": "general"}},
        "routes": {"export": EXPORT, "export-by-the-park": EXPORT, "import": IMPORT},
        "flows": {"export": {"route": "export", "cargo": {"fruit": "60 %", "other": "40 %"}, "rate": "6/h"},
                  "import": {"route": "import", "cargo": "other", "rate": "3/h", "direction": "import"}},
    }  # fmt: skip
    for policy in policies:
        mapping = merged(mapping, POLICIES[policy])
    return Scenario(file=ScenarioFile.model_validate(mapping), resolved={}, origins={}, sources={})


def story(*policies):
    plan = make_plan(scenario(*policies), seed=3)
    one, other = (simulate(plan, engine=engine) for engine in ("simpy", "compiled"))
    assert differences(plan, one, other) == []
    lives = decode(plan, one)
    check(lives)
    assert deadlock(lives) is None
    crossed = np.count_nonzero(lives.fates.outcome == Outcome.CROSSED)
    print(f"{' + '.join(policies)}: {crossed} of {len(plan.trucks.id)} crossed")
    return plan, one, crossed


@pytest.fixture(name="plain", scope="module")
def without_a_policy():
    return story()


@pytest.mark.parametrize("policy", POLICIES)
def test_alone_it_changes_what_happens(policy, plain):
    plan, trace, crossed = story(policy)
    assert crossed > 30
    same_trucks = np.array_equal(plan.trucks.id, plain[0].trucks.id)
    assert not (same_trucks and np.array_equal(trace.stamps, plain[1].stamps))


@pytest.mark.parametrize("pair", PAIRS, ids=" + ".join)
def test_with_every_other(pair):
    assert story(*pair)[2] > 30
