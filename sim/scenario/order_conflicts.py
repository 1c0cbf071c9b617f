"""Two orders that hold at one time, place and truck, and say different things."""

from typing import Any

from sim.scenario.dated import Order
from sim.scenario.draft import Draft
from sim.scenario.faults import Fault
from sim.scenario.spans import listed_names, spans, stations_at

_SINGLE = ("servers", "staff", "hours", "speed", "service_factor", "intake", "reroute")
_PAIRS = (("closed", "servers"), ("closed", "staff"), ("closed", "hours"), ("servers", "staff"), ("intake", "reroute"))
_ON_TRUCKS = ("intake", "reroute")


def conflicts(draft: Draft, first: str, second: str) -> Fault | None:
    """A fault that names both orders if they contradict each other somewhere, at the later one in the file."""
    a, b = draft.file.orders[first], draft.file.orders[second]
    pair = _said(a, b)
    if pair is None or not _same_trucks(draft, a, b):
        return None
    where = _same_place(draft, a, b, on_trucks=pair[0] in _ON_TRUCKS)
    if where is None or not _same_time(draft, a, b):
        return None
    message = f"contradicts orders.{first}.{pair[0]} at {draft.line(f'orders.{first}.{pair[0]}')}"
    message += f": both hold {where} at the same time"
    hint = "let one end before the other begins, or mean other stations or trucks"
    return draft.error(f"orders.{second}.{pair[1]}", message, hint, at_key=True)


def _said(a: Order, b: Order) -> tuple[str, str] | None:
    """What of the one cannot be together with what of the other."""

    def says(order: Order, effect: str) -> Any:
        value = getattr(order, effect)
        partial = order.direction is not None or bool(order.cargo)
        return None if value is False or (effect == "closed" and partial) else value

    for effect in _SINGLE:
        if says(a, effect) is not None and says(b, effect) is not None and says(a, effect) != says(b, effect):
            return effect, effect
    for one, other in _PAIRS:
        for x, y in ((one, other), (other, one)):
            if says(a, x) is not None and says(b, y) is not None:
                return x, y
    return None


def _same_trucks(draft: Draft, a: Order, b: Order) -> bool:
    if a.direction is not None and b.direction is not None and a.direction != b.direction:
        return False
    cargo = [_cargoes(draft, order) for order in (a, b)]
    return not all(listed_names(o.cargo) for o in (a, b)) or bool(cargo[0] & cargo[1])


def _cargoes(draft: Draft, order: Order) -> set[str]:
    """The cargoes an order means, its classes spelled out."""
    names, declared = set(listed_names(order.cargo)), draft.file.cargoes
    classes = {c: (declared[c].class_ if declared.get(c) else None) or c for c in draft.cargoes}
    return {cargo for cargo, its_class in classes.items() if cargo in names or its_class in names}


def _same_place(draft: Draft, a: Order, b: Order, *, on_trucks: bool) -> str | None:
    """Where both hold, in words; None = nowhere."""
    if on_trucks:
        routes = set(a.routes) & set(b.routes) if a.routes and b.routes else None
        gates = set(listed_names(a.at)) & set(listed_names(b.at)) if a.at and b.at else None
        if routes == set() or gates == set():
            return None
        return f"for {min(gates)}" if gates else "for some trucks"
    here = [at for at in stations_at(a.at, draft.stations) if at in stations_at(b.at, draft.stations)]
    return f"for {here[0]}" if here else None


def _same_time(draft: Draft, a: Order, b: Order) -> bool:
    assert draft.start is not None  # the caller has seen to it
    assert draft.length_ms is not None
    held = [spans(order, draft.start, draft.zone, draft.length_ms) for order in (a, b)]
    return any(x < v and u < y for x, y in held[0] for u, v in held[1])
