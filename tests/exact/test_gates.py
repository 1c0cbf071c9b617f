"""The gate a truck crosses is that of the lane it went through, however it came there."""

import pytest

BODY = """
gates: {{g: {{}}, h: {{}}}}
stations:
  g/yard: {{places: 1, when_full: {full}}}
  g/lane: {{servers: 1, service: 20 min}}
  h/lane: {{servers: 1, service: 5 min}}
routes:
  way: [{step}]
  other: [{{at: h/lane, crosses: true}}]
flows:
  a: {{gate: g, route: way, bursts: [{{at: 0 min, trucks: 1}}]}}
  b: {{gate: g, route: way, bursts: [{{at: 1 min, trucks: 1}}]}}
"""
BY_WAY = {
    "a full yard": ("divert, divert_to: other", "{in: g/yard, do: [{at: g/lane, crosses: true}]}"),
    "a threshold": (
        "block",
        "{unless: g/lane, reaches: 1, do: [{at: g/lane, crosses: true}], otherwise: [{at: h/lane, crosses: true}]}",
    ),
    "the fewest": ("block", "{fewest: [{do: [{at: g/lane, crosses: true}]}, {do: [{at: h/lane, crosses: true}]}]}"),
}


@pytest.mark.parametrize("way", BY_WAY)
def test_a_truck_sent_to_another_gate_crosses_there(tell, way):
    """One takes a lane at 0; the other finds it taken a minute later and goes elsewhere: 20 minutes at g, 5 at h."""
    full, step = BY_WAY[way]
    story = tell(BODY.format(full=full, step=step))
    gates = story.gates()
    assert sorted(gates.values()) == ["g", "h"]
    assert story.outcomes() == {
        "a-1": ("crossed", 20 if gates["a-1"] == "g" else 5),
        "b-1": ("crossed", 6 if gates["b-1"] == "h" else 21),
    }
    if way != "the fewest":  # there equals are drawn
        assert gates["a-1"] == "g"
