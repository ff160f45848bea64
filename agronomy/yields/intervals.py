"""Intervals: from a prior's spread, or calibrated on residuals of local harvests."""

from dataclasses import dataclass
from math import ceil, floor
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from agronomy.errors import AgronomyError

Floats = NDArray[np.float64]


class TooFewResidualsError(AgronomyError):
    """There are too few residuals for an interval of that coverage; `needed` says how many it takes."""

    def __init__(self, *, have: int, needed: int, coverage: float) -> None:
        self.have, self.needed = have, needed
        super().__init__(f"{have} residuals cannot bound {coverage:.0%}: at least {needed} are needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offsets:
    """What to add to a predicted logarithm for the interval's ends."""

    low: float
    high: float


def normal_half_width(spread: float, coverage: float) -> float:
    """Half the width of the central interval of a normal variable with that standard deviation."""
    return NormalDist().inv_cdf((1 + coverage) / 2) * spread


def residuals_needed(coverage: float) -> int:
    """The least number of residuals whose order statistics bound that coverage from both sides."""
    return ceil(2 / (1 - coverage) - 1 - 1e-9)


def conformal_offsets(residuals: Floats, coverage: float) -> Offsets:
    """The ends between which a further residual falls with at least that probability, if it is exchangeable with these.

    Split conformal, each tail at (1 - coverage) / 2: the floor((n + 1) a / 2)-th and ceil((n + 1)(1 - a / 2))-th
    smallest (Vovk et al. 2005; Lei et al. 2018). On residuals of models fitted without the residual's own group it is
    the jackknife by groups (Barber et al. 2021), whose coverage is checked by simulation, not guaranteed.
    Raises TooFewResidualsError.
    """
    have, needed = len(residuals), residuals_needed(coverage)
    if have < needed:
        raise TooFewResidualsError(have=have, needed=needed, coverage=coverage)
    ordered = np.sort(residuals)
    tail = (1 - coverage) / 2
    low = floor((have + 1) * tail + 1e-9)
    high = ceil((have + 1) * (1 - tail) - 1e-9)
    return Offsets(low=float(ordered[low - 1]), high=float(ordered[high - 1]))


def widened(offsets: Offsets, *, spread: float, coverage: float) -> Offsets:
    """The ends moved outwards for a further, independent uncertainty (added in squares, as for normal variables)."""
    more = normal_half_width(spread, coverage)
    middle = (offsets.low + offsets.high) / 2
    half = float(np.hypot((offsets.high - offsets.low) / 2, more))
    return Offsets(low=middle - half, high=middle + half)
