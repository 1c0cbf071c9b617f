"""Who pays for a change, worked out by hand: one desk of 10 minutes, the same trucks in two runs."""

import pytest

from sim.measure.bill import bill, bill_table, ledger

FRUIT = {"worth": "1 million VND", "decay": {"0 h": "0 %", "100 min": "100 %"}, "home_price": "0 %"}
OTHER = {"waiting_cost": "1440000 VND"}  # a thousand a minute


@pytest.fixture(name="ledgers", scope="module")
def two_ledgers(run):
    """First come, and fruit first. Two others at 0 and 1, fruit at 2, all at gate east; a fourth comes too late."""

    def told(**desk):
        found = run(
            stations={"east/desk": {"servers": 1, "service": "10 min", **desk}},
            routes={"way": [{"at": "east/desk"}]},
            flows={
                "others": {"arrived": [0, 1], "route": "way", "gate": "east", "cargo": "other"},
                "fruits": {"arrived": [2, 61], "route": "way", "gate": "east", "cargo": "fruit"},
            },
            cargoes={"fruit": FRUIT, "other": OTHER},
            gates={"east": {}},
            length="1 h",
        )
        return ledger(found.lives, found.scenario)

    return told(), told(discipline=["fruit"])


def test_fruit_is_ten_minutes_earlier_and_one_other_ten_minutes_later(ledgers):
    """Fruit leaves at 20, not 30: 100,000 VND saved. The second other leaves at 30, not 20: 10,000 VND lost."""
    rows = bill_table([bill(*ledgers)])
    of = {(r["direction"], r["cargo"], r["what"]): r["mean"] for r in rows.filter(gate="east").to_dicts()}
    fruit = {what: of["export", "fruit", what] for what in ("trucks", "minutes_gained", "minutes_lost", "vnd_net")}
    other = {what: of["export", "other", what] for what in ("trucks", "minutes_gained", "minutes_lost", "vnd_net")}
    assert fruit == {"trucks": 1, "minutes_gained": 10, "minutes_lost": 0, "vnd_net": 100_000}
    assert other == {"trucks": 2, "minutes_gained": 0, "minutes_lost": 10, "vnd_net": -10_000}
    assert (of["export", "other", "share_later"], of["", "", "minutes_net"]) == (0.5, 0)
    assert (of["", "", "vnd_gained"], of["", "", "vnd_lost"], of["", "", "vnd_net"]) == (100_000, 10_000, 90_000)


def test_the_way_back_costs_what_the_way_there_brought(ledgers):
    there, back = (bill_table([bill(*pair)]) for pair in (ledgers, ledgers[::-1]))
    net = [frame.filter(what="vnd_net", gate="", direction="", cargo="")["mean"].item() for frame in (there, back)]
    assert net == [90_000, -90_000]


def test_a_truck_that_turns_back_counts_in_money_and_not_in_minutes(run):
    """Fruit would be served after 10 minutes; with a patience of 5 it goes home, where nobody buys it."""

    def told(**step):
        found = run(
            stations={"desk": {"servers": 1, "service": "10 min"}},
            routes={"way": [{"at": "desk", **step}]},
            flows={"fruits": {"arrived": [0, 0], "route": "way", "cargo": "fruit"}},
            cargoes={"fruit": FRUIT},
            length="1 h",
        )
        return ledger(found.lives, found.scenario)

    rows = bill_table([bill(told(), told(patience="5 min"))]).filter(gate="", direction="", cargo="")
    of = {row["what"]: row["mean"] for row in rows.to_dicts()}
    assert (of["turned_back_more"], of["turned_back_less"], of["minutes_net"]) == (1, 0, 0)
    assert of["vnd_net"] == 200_000 - 1_000_000  # after 20 minutes a fifth would have been lost
