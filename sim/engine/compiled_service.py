"""Compiled engine: services that can be stretched or paused, and teams that hand over."""

from sim.engine.compiled_jit import called, inlined

from sim.engine.compiled_heap import BITS, push
from sim.engine.compiled_state import (
    DEAD, FREE_MEMBER, FREE_SERVICE, MEMBERS, NOW, PAUSES, PENDING, SERIAL, SERVICES, World,
)  # fmt: skip
from sim.planning.plan import FULL_SPEED, NEVER


@called
def start_service(world: World, trucks: int, ends: int, truck: int, server: int, work: int) -> None:
    """A truck begins to be worked on by an elastic server."""
    c = world.cursor
    service = c[FREE_SERVICE]
    if service >= 0:
        c[FREE_SERVICE] = world.after[service]
    else:
        service = c[SERVICES]
        c[SERVICES] += 1
    world.truck[service] = truck
    world.left[service] = work * FULL_SPEED
    world.started[service] = c[SERIAL]
    _serve(world, service, server)
    _run(world, trucks, ends, service, server)


@called
def end_service(world: World, service: int, server: int) -> None:
    """The service is over."""
    _unserve(world, service, server)
    world.after[service] = world.cursor[FREE_SERVICE]
    world.cursor[FREE_SERVICE] = service


@called
def set_speed(world: World, trucks: int, ends: int, server: int, speed: int) -> None:
    """From now on so fast, services in progress included."""
    service = world.first_serving[server]
    while service >= 0:
        _halt(world, service, server)
        service = world.after[service]
    world.speed[server] = speed
    service = world.first_serving[server]
    while service >= 0:
        _run(world, trucks, ends, service, server)
        service = world.after[service]


@called
def pause_beyond_capacity(world: World, server: int) -> None:
    """The services that started last stop, until no more are in progress than there are servers."""
    c = world.cursor
    while world.free[server] < 0 and world.last_serving[server] >= 0:
        service = world.last_serving[server]
        _halt(world, service, server)
        _unserve(world, service, server)
        world.free[server] += 1
        world.paused[server] += 1
        row = 4 * c[PAUSES]
        world.pauses[row], world.pauses[row + 1] = world.truck[service], server
        world.pauses[row + 2], world.pauses[row + 3] = c[NOW], NEVER
        world.pause[service] = c[PAUSES]
        c[PAUSES] += 1
        _stand(world, service, server)


@called
def resume(world: World, trucks: int, ends: int, server: int) -> None:
    """Paused services go on while servers are free, the one that started first before the others."""
    while world.free[server] > 0 and world.first_paused[server] >= 0:
        service = world.first_paused[server]
        world.first_paused[server] = world.after[service]
        world.free[server] -= 1
        world.paused[server] -= 1
        world.pauses[4 * world.pause[service] + 3] = world.cursor[NOW]
        _serve(world, service, server)
        _run(world, trucks, ends, service, server)


@called
def _run(world: World, trucks: int, ends: int, service: int, server: int) -> None:
    c = world.cursor
    world.since[service] = c[NOW]
    due = -(-world.left[service] // world.speed[server])
    key = c[SERIAL] << BITS | (trucks + service)
    c[SERIAL] += 1
    world.key[service] = -1
    if due < ends - c[NOW]:
        world.key[service] = key
        c[PENDING] = push(world.end_time, world.end_key, c[PENDING], c[NOW] + due, key)


@called
def _halt(world: World, service: int, server: int) -> None:
    worked = (world.cursor[NOW] - world.since[service]) * world.speed[server]
    world.left[service] = max(0, world.left[service] - worked)
    if world.key[service] >= 0:
        world.key[service] = -1
        world.cursor[DEAD] += 1


@called
def _serve(world: World, service: int, server: int) -> None:
    """Put it among the services in progress, in order of start: nearly always last."""
    before, behind = world.last_serving[server], -1
    while before >= 0 and world.started[before] > world.started[service]:
        before, behind = world.ahead[before], before
    world.ahead[service], world.after[service] = before, behind
    if before >= 0:
        world.after[before] = service
    else:
        world.first_serving[server] = service
    if behind >= 0:
        world.ahead[behind] = service
    else:
        world.last_serving[server] = service


@called
def _unserve(world: World, service: int, server: int) -> None:
    before, behind = world.ahead[service], world.after[service]
    if before >= 0:
        world.after[before] = behind
    else:
        world.first_serving[server] = behind
    if behind >= 0:
        world.ahead[behind] = before
    else:
        world.last_serving[server] = before


@called
def _stand(world: World, service: int, server: int) -> None:
    """Put it among the paused services, in order of start: nearly always first."""
    before, behind = -1, world.first_paused[server]
    while behind >= 0 and world.started[behind] < world.started[service]:
        before, behind = behind, world.after[behind]
    world.after[service] = behind
    if before >= 0:
        world.after[before] = service
    else:
        world.first_paused[server] = service


@called
def join_team(world: World, truck: int, server: int) -> None:
    """Remember which team of a server the truck was granted."""
    c = world.cursor
    member = c[FREE_MEMBER]
    if member >= 0:
        c[FREE_MEMBER] = world.next_member[member]
    else:
        member = c[MEMBERS]
        c[MEMBERS] += 1
    world.member_of[member] = server
    world.member_team[member] = world.team[server]
    world.next_member[member] = world.member[truck]
    world.member[truck] = member


@called
def leave_team(world: World, truck: int, server: int) -> bool:
    """Whether the truck was granted the team that is on duty now. Forgets it."""
    before, member = -1, world.member[truck]
    while world.member_of[member] != server:
        before, member = member, world.next_member[member]
    if before >= 0:
        world.next_member[before] = world.next_member[member]
    else:
        world.member[truck] = world.next_member[member]
    world.next_member[member] = world.cursor[FREE_MEMBER]
    world.cursor[FREE_MEMBER] = member
    return bool(world.member_team[member] == world.team[server])
