"""One pig's body as functions of its age in days: weight, walking, body temperature. All vectorised."""

import numpy as np

from simulators.facts import column, fact
from simulators.randomness import Floats

CORE_AGE_D = (0.0, 60.0, 300.0)
PROFILE = column("day_profile", "activity") / column("day_profile", "activity").mean()
"""How active a pig is in each hour of the local day, relative to its mean."""
_WALK_AGE_D, _WALK_FACTOR = column("walking", "age_d"), column("walking", "factor")


def weight_kg(age_d: Floats, *, mature: float = 1.0, pace: float = 1.0) -> Floats:
    """Live weight of the breed's mean pig; `mature` and `pace` scale it to an individual.

    Gompertz: W = 80.35 · exp(−4.609 · exp(−0.01401 · t)).
    """
    rate = fact("gompertz_rate_per_d") * pace
    values: Floats = (
        fact("gompertz_mature_kg") * mature * np.exp(-fact("gompertz_b") * np.exp(-rate * np.asarray(age_d)))
    )
    return values


def stride_m(age_d: Floats) -> Floats:
    """Length of a stride: that of a grown pig, scaled with the cube root of weight (bodies of one shape)."""
    values: Floats = fact("stride_grown_m") * np.cbrt(weight_kg(age_d) / fact("weight_at_300_d_kg"))
    return values


def walked_m_per_d(age_d: Floats) -> Floats:
    """Metres a day that the breed's mean pig walks at that age; about 42 km in 300 d."""
    grid = np.arange(0.5, 300)
    mean = np.interp(grid, _WALK_AGE_D, _WALK_FACTOR).mean()
    values: Floats = fact("walk_m_per_d") * np.interp(age_d, _WALK_AGE_D, _WALK_FACTOR) / mean
    return values


def core_c(age_d: Floats, local_hour: Floats) -> Floats:
    """Body temperature of a healthy pig of that age at that local hour."""
    piglet, grown = fact("core_piglet_c"), fact("core_slaughter_pig_c")
    level = np.interp(age_d, CORE_AGE_D, (piglet, piglet - 0.05, grown))
    phase = 2 * np.pi * (local_hour - fact("circadian_peak_h")) / 24
    values: Floats = level + fact("circadian_half_range_c") * np.cos(phase)
    return values


def ear_c(core: Floats, ambient_c: Floats, loss: Floats) -> Floats:
    """What a tag in the ear feels: body temperature less a share of its distance to the air around."""
    return core - loss * (core - ambient_c)


def barn_c(outdoor_c: Floats) -> Floats:
    """Air at the animals' height in an open pen."""
    return fact("barn_outdoor_share") * outdoor_c + fact("barn_heat_c")
