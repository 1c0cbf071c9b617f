"""When and with how many: staff moved, tidal lanes, longer hours, relay drivers. Minutes after 08:00."""


def test_staff_moves_from_one_gate_to_the_other(tell):
    """Two teams in the west until 09:00, then one in each gate. Services of 40 minutes are finished.

    West: a and b 0-40, c and d 40-80, as two teams are there at 40; from 60 on one counts, so e starts at 80 and f at
    120. East: its team comes at 60.
    """
    body = """
stations:
  west:
    service: 40 min
    closing: finish
    servers: [{hours: "08:00-09:00", servers: 2}, {hours: "09:00-24:00", servers: 1}]
  east: {service: 40 min, closing: finish, servers: [{hours: "09:00-24:00", servers: 1}]}
routes: {westward: [west], eastward: [east]}
"""
    westward = "a other 0\n b other 0\n c other 0\n d other 0\n e other 50\n f other 51"
    story = tell(body, westward=westward, eastward="g other 0")
    assert story.stamps("west") == {"a": 0, "b": 0, "c": 40, "d": 40, "e": 80, "f": 120}
    assert story.stamps("east") == {"g": 60}


def test_a_tidal_lane_serves_imports_first_and_exports_later(tell):
    """One lane: imports until 09:00, exports until 10:00, nothing begun that would not be done. 25 minutes each."""
    body = """
stations:
  lane/in: {service: 25 min, closing: fits, servers: [{hours: "08:00-09:00", servers: 1}]}
  lane/out: {service: 25 min, closing: fits, servers: [{hours: "09:00-10:00", servers: 1}]}
routes: {imports: [lane/in], exports: [lane/out]}
"""
    day = 24 * 60
    story = tell(body, imports="a other 0\n b other 0\n c other 0", exports="d other 0\n e other 0\n f other 0")
    assert story.stamps("lane/in") == {"a": 0, "b": 25, "c": day}  # 50 + 25 would end after 60
    assert story.stamps("lane/out") == {"d": 60, "e": 85, "f": day + 60}


def test_a_lane_shared_by_both_directions_and_the_empties(tell):
    """One lane, first come: loaded a 0-10, import b 10-20, c 25-35, and a again, empty, which unloaded until 30."""
    body = """
stations: {lane: {servers: 1, service: 10 min}, unloading: {servers: unlimited, service: 20 min}}
routes:
  exports: [{at: lane, crosses: true}, unloading, lane]
  imports: [{at: lane, crosses: true}]
"""
    story = tell(body, exports="a other 0", imports="b other 1\n c other 25")
    assert story.stamps("lane") == {"a": [0, 35], "b": 10, "c": 25}
    assert story.outcomes() == {"a": ("crossed", 10), "b": ("crossed", 20), "c": ("crossed", 35)}


def test_an_hour_more_by_notice_or_by_order(tell):
    """Open 08:00-09:00, 40 minutes each: a 0, b 40 (and finished), c the next day, or at 80 with an hour more."""
    body = """
calendars: {gate: {hours: "08:00-09:00"%s}}
stations: {gate: {servers: 1, service: 40 min, hours: gate, closing: finish}}
routes: {trucks: [gate]}
"""
    trucks = "a other 0\n b other 0\n c other 0"
    notice = ", notices: [{from: 2025-03-03, to: 2025-03-04, hours: 08:00-10:00}]"
    order = "orders: {longer: {at: gate, to: 2025-03-04, hours: 08:00-10:00}}\n"
    assert tell(body % "", trucks=trucks).stamps("gate") == {"a": 0, "b": 40, "c": 24 * 60}
    assert tell(body % notice, trucks=trucks).stamps("gate") == {"a": 0, "b": 40, "c": 80}
    assert tell(body % "" + order, trucks=trucks).stamps("gate") == {"a": 0, "b": 40, "c": 80}


def test_relay_drivers_are_what_trucks_wait_for(tell):
    """Two drivers; a swap is the lane (10 minutes), and 30 until the driver is back: c gets one at 40."""
    body = """
stations: {lane: {servers: 1, service: 10 min}, drivers: {places: 2}}
routes: {trucks: [{in: drivers, do: [{at: lane, crosses: true}, {travel: 30 min}]}]}
"""
    story = tell(body, trucks="a other 0\n b other 0\n c other 0\n d other 0")
    assert story.stamps("lane") == {"a": 0, "b": 10, "c": 40, "d": 50}


def test_slow_hours_and_a_lane_out_of_order(tell):
    """Half speed from 5 to 20: a ends at 15. Two lanes, one of them lost from 20 to 60: c follows b, d finds both."""
    body = """
stations: {gate: {servers: 2, service: 10 min, closing: finish}}
routes: {trucks: [gate]}
incidents:
  rain: {at: gate, from: 5 min, to: 20 min, speed: 50 %, speed_acts_on: in-progress}
  broken: {at: gate, from: 20 min, to: 60 min, loses: 1}
"""
    story = tell(body, trucks="a other 0\n b other 30\n c other 30\n d other 61")
    assert story.stamps("gate", "ended") == {"a": 15, "b": 40, "c": 50, "d": 71}
