"""Checks of what loads are worth: curves that fall, and turning back that can come about."""

from collections.abc import Iterator
from itertools import pairwise

from sim.scenario.draft import Draft
from sim.scenario.faults import Fault
from sim.scenario.schema import At, Cargo
from sim.scenario.worth import lost_after


def check_worth(draft: Draft) -> Iterator[Fault]:
    """Faults of the money of cargoes."""
    for key, cargo in draft.file.cargoes.items():
        path = f"cargoes.{key}"
        if cargo is not None and not draft.is_spoilt(path):
            yield from _curves(draft, path, cargo)
            yield from _needs(draft, path, cargo)
            yield from _turns_back(draft, path, cargo)


def _curves(draft: Draft, path: str, cargo: Cargo) -> Iterator[Fault]:
    for name in ("decay", "decay_on_plug"):
        curve = getattr(cargo, name)
        if any(later < earlier for earlier, later in pairwise(curve[at] for at in sorted(curve))):
            yield draft.error(
                f"{path}.{name}", "what is lost does not come back: shares must not fall with time", at_key=True
            )


def _needs(draft: Draft, path: str, cargo: Cargo) -> Iterator[Fault]:
    for part, needed in (("decay_on_plug", "decay"), ("on_plug", "decay_on_plug"), ("turns_back", "decay")):
        if draft.is_written(f"{path}.{part}") and not getattr(cargo, needed):
            yield draft.error(f"{path}.{part}", f"needs {needed}", f"{needed}: {{0 h: 0 %, 24 h: 5 %}}", at_key=True)
    for part in ("decay", "home_price"):
        if draft.is_written(f"{path}.{part}") and cargo.worth is None and cargo.turns_back is None:
            yield draft.warning(f"{path}.{part}", "has no effect without worth", "worth: 500 million VND")


def _turns_back(draft: Draft, path: str, cargo: Cargo) -> Iterator[Fault]:
    if cargo.turns_back is None or not cargo.decay:
        return
    share = cargo.turns_back.when_loss_exceeds
    if lost_after(cargo, share) is None:
        yield draft.warning(f"{path}.turns_back", f"has no effect: no more than {share:.0%} is ever lost")
    for at, step in draft.walked:
        if isinstance(step, At) and step.patience is not None and at.startswith("routes."):
            other = draft.line(f"{at}.patience")
            message = f"stands beside the patience of a step ({other}); a truck gives up by one rule"
            yield draft.error(f"{path}.turns_back", message, "give one of them", at_key=True)
            return
