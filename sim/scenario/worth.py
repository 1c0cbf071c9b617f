"""What a load is worth, how it loses worth at the border, and when turning back pays."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from sim.scenario.fields import Frozen, Money, Share, Span

Curve = Mapping[float, float]  # [ms] since arrival -> share of the worth that is lost by then
_DAY = 86_400_000
_ROUNDING = 1e-6  # [ms] far more than what decimal shares lose as binary fractions


class TurnsBack(Frozen):
    """A truck turns back before the crossing once too much of its load is lost, counted from its arrival."""

    when_loss_exceeds: Annotated[
        Share, Field(description="share of the worth: what selling at home costs against selling beyond the border")
    ]


class Load(Frozen):
    """What a truck carries in money. Nothing here has an effect on who goes first."""

    worth: Annotated[Money | None, Field(ge=0, description="of a truck load where it is sold, in VND")] = None
    decay: Annotated[
        dict[Span, Share],
        Field(description="share of the worth lost by hours since arrival, linear between; no plug"),
    ] = {}
    decay_on_plug: Annotated[dict[Span, Share], Field(description="the same for a load that is kept cool")] = {}
    on_plug: Annotated[Share, Field(description="share of trucks on a plug; all lose the mean of both curves")] = 0.0
    home_price: Annotated[
        Share | None, Field(description="what it fetches at home if turned back, share of the worth")
    ] = None
    waiting_cost: Annotated[Money | None, Field(ge=0, description="of a truck and day of waiting, in VND")] = None
    turns_back: Annotated[TurnsBack | None, Field(description="when it turns back by economics; default: never")] = None


def lost(load: Load, stay: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Share of the worth that is lost after each stay [ms]. shape of stay"""
    at, share = _points(load)
    return np.interp(stay, at, share)


def lost_after(load: Load, share: float) -> int | None:
    """The first millisecond after arrival at which more than a share of the worth is lost. None = never. [ms]"""
    at, lost_at = _points(load)
    above = np.flatnonzero(lost_at > share)
    if not above.size:
        return None
    k = int(above[0])
    if k == 0:
        return 0
    rise = (share - lost_at[k - 1]) / (lost_at[k] - lost_at[k - 1])
    return int(at[k - 1] + rise * (at[k] - at[k - 1]) + _ROUNDING) + 1


def _points(load: Load) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Times [ms] and shares lost, on the mean of both curves. Nothing is lost at arrival unless the file says so."""
    bare, cool = ({0.0: 0.0} | dict(curve) for curve in (load.decay, load.decay_on_plug or load.decay))
    at = np.array(sorted({*bare, *cool}), np.float64)
    parts = [np.interp(at, sorted(curve), [curve[t] for t in sorted(curve)]) for curve in (bare, cool)]
    return at, parts[0] * (1 - load.on_plug) + parts[1] * load.on_plug


def cost(load: Load, waited: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """What each wait [ms] costs. [VND], whole, shape of waited"""
    return np.round(waited / _DAY * (load.waiting_cost or 0)).astype(np.int64)
