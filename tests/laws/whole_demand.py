"""Random demand: every way in which a flow may come."""

from random import Random
from typing import Any

from .whole_laws import law, some

Json = dict[str, Any]
CARGOES = ("fruit", "cloth", "none")


def demand(random: Random, routes: tuple[str, ...]) -> Json:
    """A flow of some tens of trucks a day."""
    route: Any = random.choice((*routes, {routes[0]: 0.5, routes[1]: "50 %"}))
    cargo: Any = random.choice((*CARGOES, {"fruit": 0.5, "cloth": "30 %", "none": 0.2}))
    given = random.choice((_volume, _volume, _rate, _regular, _bursts, _listed))(random)
    found = {"direction": random.choice(("export", "import")), "gate": random.choice(("north", "south")),
             "cargo": cargo, "route": route} | given  # fmt: skip
    if "listed" not in given and random.random() < 0.3:
        found["convoy"] = 2
    if "listed" not in given and random.random() < 0.3:
        found["booking"] = _booking(random)
    return found


def listed(random: Random) -> str:
    """A list of trucks; some cells are empty."""
    lines = ["arrived [min],truck,cargo,desk [min]"]
    for k, minute in enumerate(sorted(random.choice(range(-60, 600, 5)) for _ in range(12))):
        lines.append(f"{minute},t{k},{random.choice(CARGOES)},{random.choice(('', 5, 10))}")
    return "\n".join(lines) + "\n"


def _volume(random: Random) -> Json:
    optional: Json = {
        "profile": "day", "weekdays": {"sat": 0.5, "sun": 0}, "region": "hills", "surge": 0.2,
        "seasons": [{"from": "6 h", "to": "30 h", "factor": 2}],
    }  # fmt: skip
    return {"volume": f"{random.choice((20, 60))} vehicles/day"} | some(random, optional)


def _rate(random: Random) -> Json:
    return {"rate": random.choice((
        "3/h",
        [{"hours": "00:00-06:00", "rate": "1/h"}, {"hours": "06:00-20:00", "rate": "4/h"}],
        [{"at": "0 h", "rate": "1/h"}, {"at": "9 h", "rate": "6/h"}],
        {"mean": "3/h", "amplitude": "2/h", "period": "24 h", "rises": "6 h"},
    ))}  # fmt: skip


def _regular(random: Random) -> Json:
    return {"every": random.choice(("20 min", "1 h"))} | random.choice(({}, {"first": "90 min"}))


def _bursts(random: Random) -> Json:
    return {"bursts": [{"at": f"{random.randint(0, 20)} h", "trucks": random.randint(1, 12)} for _ in range(2)]}


def _listed(random: Random) -> Json:
    return {"listed": "log.csv"}


def _booking(random: Random) -> Json:
    optional: Json = {"hours": "06:00-20:00", "no_show": 0.2, "lateness": law(random)}
    found = {"slots": random.choice(("30 min", "1 h")), "quota": random.choice((3, "60/day"))} | some(random, optional)
    return found | ({"postpone": 0.5, "postpone_by": "6 h"} if "no_show" in found else {})
