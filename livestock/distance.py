"""Distance walked, from the steps that an ear tag counts: always a band, never one figure."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

METHOD_ZH = "耳标数出的步数 × 按日龄估的步幅（成年 0.3–0.5 米）；步幅有多不准，里程就有多不准。"
METHOD_EN = (
    "Steps counted by the ear tag × stride by age (0.3–0.5 m when grown); the band is what the stride leaves open."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """Metres walked: the likely value between the two that short and long strides would give."""

    low_m: float
    middle_m: float
    high_m: float


def distance_walked(steps: float, *, age_days: int) -> Distance:
    """What so many steps come to at that age, stride by stride from the table, interpolated between its ages.

    The band is an error of the stride, which one animal keeps all its life: to add up days, add low to low and
    high to high. Raises ValueError for negative steps or age.
    """
    if steps < 0 or age_days < 0:
        msg = f"steps ({steps}) and age ({age_days} days) cannot be negative"
        raise ValueError(msg)
    ages, strides = _strides()
    low, middle, high = (float(np.interp(age_days, ages, column)) * steps for column in strides)
    return Distance(low_m=low, middle_m=middle, high_m=high)


@cache
def _strides() -> tuple[NDArray[np.float64], tuple[NDArray[np.float64], ...]]:
    text = files("livestock").joinpath("stride_lengths.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    names = ("age_days", "low_m", "middle_m", "high_m")
    ages, *strides = (np.array([float(row[name]) for row in rows]) for name in names)
    return ages, tuple(strides)
