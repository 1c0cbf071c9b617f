"""What waiting costs, worked out by hand: one desk of 10 minutes, trucks at 0, 1 and 2."""

import numpy as np
import pytest

from sim.measure.metrics import measure
from sim.measure.summary import summary
from sim.measure.tables import tables
from sim.scenario.schema import Cargo
from sim.scenario.worth import lost, lost_after

MIN = 60_000
FRUIT = {
    "worth": "1 million VND", "decay": {"0 h": "0 %", "20 min": "20 %"}, "home_price": "25 %",
    "waiting_cost": "1440000 VND",
}  # fmt: skip


def told(desk, **fruit):
    """Values of the table for all trucks, by what they are."""
    flow = {"arrived": [0, 1, 2], "route": "way", "cargo": "fruit"}
    run = desk(cargoes={"fruit": FRUIT | fruit}, flows={"fruit": flow})
    frames = tables([measure(run.lives, run.scenario)])
    rows = frames["money"].filter(gate="", direction="", cargo="").to_dicts()
    assert all(row["n"] == 1 and row["low"] is None for row in rows)
    return {row["what"]: row["mean"] for row in rows}, run


def test_stays_of_10_19_and_28_minutes_lose_10_19_and_20_percent(desk):
    """A thousand VND a minute for waits of 0, 9 and 18 minutes; the curve is flat beyond its last point."""
    found, run = told(desk)
    amounts = {"loss_vnd": 490_000, "waiting_cost_vnd": 27_000, "turned_back_loss_vnd": 0}
    assert found == {"trucks": 3, "waited_hours": 27 / 60} | amounts
    rows = {
        row["metric"]: row["value"]
        for row in summary([measure(run.lives, run.scenario)])
        if row["unit"] == "VND" and not row["cargo"]
    }
    assert rows["loss_vnd"] == 490_000


def test_a_truck_turns_back_when_more_is_lost_than_it_would_lose_at_home(desk):
    """15 % are lost after 15 minutes: the third truck, whose turn would come after 18, goes home for a quarter."""
    found, _ = told(desk, turns_back={"when_loss_exceeds": "15 %"})
    assert found == {
        "trucks": 3, "waited_hours": pytest.approx((9 * MIN + 15 * MIN + 1) / 60 / MIN), "loss_vnd": 290_000,
        "waiting_cost_vnd": 24_000, "turned_back_loss_vnd": 750_000,
    }  # fmt: skip


def test_half_on_a_plug_lose_the_mean_of_both_curves():
    cargo = Cargo.model_validate(
        {"decay": {"10 h": "40 %"}, "decay_on_plug": {"0 h": "10 %", "20 h": "30 %"}, "on_plug": "50 %"}
    )
    shares = lost(cargo, np.array([0, 5, 10, 20, 50]) * 60 * MIN)
    assert shares.tolist() == pytest.approx([0.05, 0.175, 0.3, 0.35, 0.35])
    assert lost_after(cargo, 0.175) == 5 * 60 * MIN + 1
    assert lost_after(cargo, 0.35) is None
    assert lost_after(cargo, 0.0) == 0


def test_a_cargo_without_money_has_no_row(desk):
    found, _ = told(desk, worth=None, waiting_cost=None)
    assert found == {}
