"""Compiled engine: services that can be stretched or paused, and teams that hand over."""

from sim.engine import compiled_state as m
from sim.engine.compiled_heap import LAST, push
from sim.engine.compiled_state import Services, Teams
from sim.planning.compiled_jit import called
from sim.planning.plan import FULL_SPEED, NEVER


@called
def start_service(s: Services, trucks: int, ends: int, truck: int, server: int, work: int) -> None:
    """A truck begins to be worked on by an elastic server."""
    service = s.counts[m.FREE_SERVICE]
    if service >= 0:
        s.counts[m.FREE_SERVICE] = s.services[service, m.AFTER]
    else:
        service = s.counts[m.SERVICES]
        s.counts[m.SERVICES] += 1
    s.services[service, m.TRUCK] = truck
    s.services[service, m.LEFT] = work * FULL_SPEED
    s.services[service, m.STARTED] = s.counts[m.SERIAL]
    _serve(s, service, server)
    _run(s, trucks, ends, service, server)


@called
def end_service(s: Services, service: int, server: int) -> None:
    """The service is over."""
    _unserve(s, service, server)
    s.services[service, m.AFTER] = s.counts[m.FREE_SERVICE]
    s.counts[m.FREE_SERVICE] = service


@called
def set_speed(s: Services, trucks: int, ends: int, server: int, speed: int) -> None:
    """From now on so fast, services in progress included."""
    service = s.resources[server, m.FIRST_SERVING]
    while service >= 0:
        _halt(s, service, server)
        service = s.services[service, m.AFTER]
    s.resources[server, m.SPEED] = speed
    service = s.resources[server, m.FIRST_SERVING]
    while service >= 0:
        _run(s, trucks, ends, service, server)
        service = s.services[service, m.AFTER]


@called
def pause_beyond_capacity(s: Services, server: int) -> None:
    """The services that started last stop, until no more go on than there are servers; one that ends now is done."""
    beyond = -s.free[server]
    service = s.resources[server, m.FIRST_SERVING]
    while service >= 0:
        beyond -= _left(s, service, server) == 0
        service = s.services[service, m.AFTER]
    before = s.resources[server, m.LAST_SERVING]
    while beyond > 0 and before >= 0:
        service, before = before, s.services[before, m.AHEAD]
        if _left(s, service, server) == 0:
            continue
        beyond -= 1
        _halt(s, service, server)
        _unserve(s, service, server)
        s.free[server] += 1
        s.resources[server, m.PAUSED] += 1
        row = s.counts[m.PAUSES]
        s.counts[m.PAUSES] += 1
        s.pauses[row, 0], s.pauses[row, 1] = s.services[service, m.TRUCK], server
        s.pauses[row, 2], s.pauses[row, 3] = s.counts[m.NOW], NEVER
        s.services[service, m.PAUSE] = row
        _stand(s, service, server)


@called
def resume(s: Services, trucks: int, ends: int, server: int) -> None:
    """Paused services go on while servers are free, the one that started first before the others."""
    while s.free[server] > 0 and s.resources[server, m.FIRST_PAUSED] >= 0:
        service = s.resources[server, m.FIRST_PAUSED]
        s.resources[server, m.FIRST_PAUSED] = s.services[service, m.AFTER]
        s.free[server] -= 1
        s.resources[server, m.PAUSED] -= 1
        s.pauses[s.services[service, m.PAUSE], 3] = s.counts[m.NOW]
        _serve(s, service, server)
        _run(s, trucks, ends, service, server)


@called
def drop_dead_ends(s: Services, trucks: int) -> None:
    """Forget ends of services that were put off or paused, before they outnumber the live ones."""
    size = s.counts[m.PENDING]
    s.counts[m.PENDING] = s.counts[m.DEAD] = 0
    for k in range(size):
        word, who = s.ends[k], s.end_of[k]
        s.ends[k] = LAST
        service = who - trucks
        if service < 0 or s.services[service, m.KEY] == word:
            s.counts[m.PENDING] = push(s.ends, s.end_of, s.counts[m.PENDING], word, who)


@called
def _run(s: Services, trucks: int, ends: int, service: int, server: int) -> None:
    now = s.counts[m.NOW]
    due = -(-s.services[service, m.LEFT] // s.resources[server, m.SPEED])
    word = (now + due) << s.counts[m.BITS] | s.counts[m.SERIAL]
    s.counts[m.SERIAL] += 1
    s.services[service, m.SINCE] = now
    s.services[service, m.KEY] = -1
    if due < ends - now:
        s.services[service, m.KEY] = word
        s.counts[m.PENDING] = push(s.ends, s.end_of, s.counts[m.PENDING], word, trucks + service)


@called
def _halt(s: Services, service: int, server: int) -> None:
    s.services[service, m.LEFT] = _left(s, service, server)
    if s.services[service, m.KEY] != -1:
        s.services[service, m.KEY] = -1
        s.counts[m.DEAD] += 1


@called
def _left(s: Services, service: int, server: int) -> int:
    worked = (s.counts[m.NOW] - s.services[service, m.SINCE]) * s.resources[server, m.SPEED]
    return int(max(0, s.services[service, m.LEFT] - worked))


@called
def _serve(s: Services, service: int, server: int) -> None:
    """Put it among the services in progress, in order of start: nearly always last."""
    before, behind = s.resources[server, m.LAST_SERVING], -1
    while before >= 0 and s.services[before, m.STARTED] > s.services[service, m.STARTED]:
        before, behind = s.services[before, m.AHEAD], before
    s.services[service, m.AHEAD], s.services[service, m.AFTER] = before, behind
    if before >= 0:
        s.services[before, m.AFTER] = service
    else:
        s.resources[server, m.FIRST_SERVING] = service
    if behind >= 0:
        s.services[behind, m.AHEAD] = service
    else:
        s.resources[server, m.LAST_SERVING] = service


@called
def _unserve(s: Services, service: int, server: int) -> None:
    before, behind = s.services[service, m.AHEAD], s.services[service, m.AFTER]
    if before >= 0:
        s.services[before, m.AFTER] = behind
    else:
        s.resources[server, m.FIRST_SERVING] = behind
    if behind >= 0:
        s.services[behind, m.AHEAD] = before
    else:
        s.resources[server, m.LAST_SERVING] = before


@called
def _stand(s: Services, service: int, server: int) -> None:
    """Put it among the paused services, in order of start: nearly always first."""
    before, behind = -1, s.resources[server, m.FIRST_PAUSED]
    while behind >= 0 and s.services[behind, m.STARTED] < s.services[service, m.STARTED]:
        before, behind = behind, s.services[behind, m.AFTER]
    s.services[service, m.AFTER] = behind
    if before >= 0:
        s.services[before, m.AFTER] = service
    else:
        s.resources[server, m.FIRST_PAUSED] = service


@called
def join_team(t: Teams, truck: int, server: int) -> None:
    """Remember which team of a server the truck was granted."""
    member = t.counts[m.FREE_MEMBER]
    if member >= 0:
        t.counts[m.FREE_MEMBER] = t.members[member, m.NEXT_MEMBER]
    else:
        member = t.counts[m.MEMBERS]
        t.counts[m.MEMBERS] += 1
    t.members[member, m.MEMBER_OF], t.members[member, m.MEMBER_TEAM] = server, t.resources[server, m.TEAM]
    t.members[member, m.NEXT_MEMBER] = t.member[truck]
    t.member[truck] = member


@called
def leave_team(t: Teams, truck: int, server: int) -> bool:
    """Whether the truck was granted the team that is on duty now. Forgets it."""
    before, member = -1, t.member[truck]
    while t.members[member, m.MEMBER_OF] != server:
        before, member = member, t.members[member, m.NEXT_MEMBER]
    if before >= 0:
        t.members[before, m.NEXT_MEMBER] = t.members[member, m.NEXT_MEMBER]
    else:
        t.member[truck] = t.members[member, m.NEXT_MEMBER]
    t.members[member, m.NEXT_MEMBER] = t.counts[m.FREE_MEMBER]
    t.counts[m.FREE_MEMBER] = member
    return bool(t.members[member, m.MEMBER_TEAM] == t.resources[server, m.TEAM])
