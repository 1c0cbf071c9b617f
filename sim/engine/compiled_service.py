"""Compiled engine: services that can be stretched or paused, and teams that hand over."""

from sim.engine.compiled_heap import BITS, LAST, MASK, push
from sim.engine.compiled_jit import called
from sim.engine.compiled_state import (
    AFTER, AHEAD, DEAD, FIRST_PAUSED, FIRST_SERVING, FREE_MEMBER, FREE_SERVICE, KEY, LAST_SERVING, LEFT, MEMBER_OF,
    MEMBER_TEAM, MEMBERS, NEXT_MEMBER, NOW, PAUSE, PAUSED, PAUSES, PENDING, SERIAL, SERVICES, SINCE, SPEED, STARTED,
    TEAM, TRUCK, Services, Teams,
)  # fmt: skip
from sim.planning.plan import FULL_SPEED, NEVER


@called
def start_service(s: Services, trucks: int, ends: int, truck: int, server: int, work: int) -> None:
    """A truck begins to be worked on by an elastic server."""
    service = s.count[FREE_SERVICE]
    if service >= 0:
        s.count[FREE_SERVICE] = s.services[service, AFTER]
    else:
        service = s.count[SERVICES]
        s.count[SERVICES] += 1
    s.services[service, TRUCK] = truck
    s.services[service, LEFT] = work * FULL_SPEED
    s.services[service, STARTED] = s.count[SERIAL]
    _serve(s, service, server)
    _run(s, trucks, ends, service, server)


@called
def end_service(s: Services, service: int, server: int) -> None:
    """The service is over."""
    _unserve(s, service, server)
    s.services[service, AFTER] = s.count[FREE_SERVICE]
    s.count[FREE_SERVICE] = service


@called
def set_speed(s: Services, trucks: int, ends: int, server: int, speed: int) -> None:
    """From now on so fast, services in progress included."""
    service = s.resources[server, FIRST_SERVING]
    while service >= 0:
        _halt(s, service, server)
        service = s.services[service, AFTER]
    s.resources[server, SPEED] = speed
    service = s.resources[server, FIRST_SERVING]
    while service >= 0:
        _run(s, trucks, ends, service, server)
        service = s.services[service, AFTER]


@called
def pause_beyond_capacity(s: Services, server: int) -> None:
    """The services that started last stop, until no more go on than there are servers; one that ends now is done."""
    beyond = -s.free[server]
    service = s.resources[server, FIRST_SERVING]
    while service >= 0:
        beyond -= _left(s, service, server) == 0
        service = s.services[service, AFTER]
    before = s.resources[server, LAST_SERVING]
    while beyond > 0 and before >= 0:
        service, before = before, s.services[before, AHEAD]
        if _left(s, service, server) == 0:
            continue
        beyond -= 1
        _halt(s, service, server)
        _unserve(s, service, server)
        s.free[server] += 1
        s.resources[server, PAUSED] += 1
        row = s.count[PAUSES]
        s.count[PAUSES] += 1
        s.pauses[row, 0], s.pauses[row, 1] = s.services[service, TRUCK], server
        s.pauses[row, 2], s.pauses[row, 3] = s.count[NOW], NEVER
        s.services[service, PAUSE] = row
        _stand(s, service, server)


@called
def resume(s: Services, trucks: int, ends: int, server: int) -> None:
    """Paused services go on while servers are free, the one that started first before the others."""
    while s.free[server] > 0 and s.resources[server, FIRST_PAUSED] >= 0:
        service = s.resources[server, FIRST_PAUSED]
        s.resources[server, FIRST_PAUSED] = s.services[service, AFTER]
        s.free[server] -= 1
        s.resources[server, PAUSED] -= 1
        s.pauses[s.services[service, PAUSE], 3] = s.count[NOW]
        _serve(s, service, server)
        _run(s, trucks, ends, service, server)


@called
def drop_dead_ends(s: Services, trucks: int) -> None:
    """Forget ends of services that were put off or paused, before they outnumber the live ones."""
    size = s.count[PENDING]
    s.count[PENDING] = s.count[DEAD] = 0
    for k in range(size):
        time, key = s.end_time[k], s.end_key[k]
        s.end_time[k] = LAST
        service = (key & MASK) - trucks
        if service < 0 or s.services[service, KEY] == key:
            s.count[PENDING] = push(s.end_time, s.end_key, s.count[PENDING], time, key)


@called
def _run(s: Services, trucks: int, ends: int, service: int, server: int) -> None:
    now = s.count[NOW]
    due = -(-s.services[service, LEFT] // s.resources[server, SPEED])
    key = s.count[SERIAL] << BITS | (trucks + service)
    s.count[SERIAL] += 1
    s.services[service, SINCE] = now
    s.services[service, KEY] = -1
    if due < ends - now:
        s.services[service, KEY] = key
        s.count[PENDING] = push(s.end_time, s.end_key, s.count[PENDING], now + due, key)


@called
def _halt(s: Services, service: int, server: int) -> None:
    s.services[service, LEFT] = _left(s, service, server)
    if s.services[service, KEY] >= 0:
        s.services[service, KEY] = -1
        s.count[DEAD] += 1


@called
def _left(s: Services, service: int, server: int) -> int:
    worked = (s.count[NOW] - s.services[service, SINCE]) * s.resources[server, SPEED]
    return max(0, s.services[service, LEFT] - worked)


@called
def _serve(s: Services, service: int, server: int) -> None:
    """Put it among the services in progress, in order of start: nearly always last."""
    before, behind = s.resources[server, LAST_SERVING], -1
    while before >= 0 and s.services[before, STARTED] > s.services[service, STARTED]:
        before, behind = s.services[before, AHEAD], before
    s.services[service, AHEAD], s.services[service, AFTER] = before, behind
    if before >= 0:
        s.services[before, AFTER] = service
    else:
        s.resources[server, FIRST_SERVING] = service
    if behind >= 0:
        s.services[behind, AHEAD] = service
    else:
        s.resources[server, LAST_SERVING] = service


@called
def _unserve(s: Services, service: int, server: int) -> None:
    before, behind = s.services[service, AHEAD], s.services[service, AFTER]
    if before >= 0:
        s.services[before, AFTER] = behind
    else:
        s.resources[server, FIRST_SERVING] = behind
    if behind >= 0:
        s.services[behind, AHEAD] = before
    else:
        s.resources[server, LAST_SERVING] = before


@called
def _stand(s: Services, service: int, server: int) -> None:
    """Put it among the paused services, in order of start: nearly always first."""
    before, behind = -1, s.resources[server, FIRST_PAUSED]
    while behind >= 0 and s.services[behind, STARTED] < s.services[service, STARTED]:
        before, behind = behind, s.services[behind, AFTER]
    s.services[service, AFTER] = behind
    if before >= 0:
        s.services[before, AFTER] = service
    else:
        s.resources[server, FIRST_PAUSED] = service


@called
def join_team(t: Teams, truck: int, server: int) -> None:
    """Remember which team of a server the truck was granted."""
    member = t.count[FREE_MEMBER]
    if member >= 0:
        t.count[FREE_MEMBER] = t.members[member, NEXT_MEMBER]
    else:
        member = t.count[MEMBERS]
        t.count[MEMBERS] += 1
    t.members[member, MEMBER_OF], t.members[member, MEMBER_TEAM] = server, t.resources[server, TEAM]
    t.members[member, NEXT_MEMBER] = t.member[truck]
    t.member[truck] = member


@called
def leave_team(t: Teams, truck: int, server: int) -> bool:
    """Whether the truck was granted the team that is on duty now. Forgets it."""
    before, member = -1, t.member[truck]
    while t.members[member, MEMBER_OF] != server:
        before, member = member, t.members[member, NEXT_MEMBER]
    if before >= 0:
        t.members[before, NEXT_MEMBER] = t.members[member, NEXT_MEMBER]
    else:
        t.member[truck] = t.members[member, NEXT_MEMBER]
    t.members[member, NEXT_MEMBER] = t.count[FREE_MEMBER]
    t.count[FREE_MEMBER] = member
    return bool(t.members[member, MEMBER_TEAM] == t.resources[server, TEAM])
