"""What was learned from the residuals of local harvests, as plain numbers, and where it may be used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Features = Mapping[str, float]

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Why a case is none that harvests have shown: a feature beyond its range, missing, or an unseen combination.

    feature: its name; "" for the combination. value: None where missing. low, high: the range seen.
    """

    feature: str
    value: float | None
    low: float | None
    high: float | None

    def told_zh(self) -> str:
        """The reason in Chinese."""
        if not self.feature:
            return "各项条件的组合是本地收获里没有过的"
        if self.value is None:
            return f"缺少{self.feature}"
        return f"{self.feature}为{self.value:g}，本地收获只有{self.low:g}到{self.high:g}"

    def told_en(self) -> str:
        """The reason in English."""
        if not self.feature:
            return "this combination of conditions was in no local harvest"
        if self.value is None:
            return f"{self.feature} is missing"
        return f"{self.feature} is {self.value:g}, local harvests had {self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What local harvests have shown: mean, scale and range, one entry a feature.

    inverse: of the correlation matrix, row by row. farthest: the greatest squared Mahalanobis distance of a harvest
    from the others.
    """

    features: tuple[str, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    inverse: tuple[tuple[float, ...], ...]
    farthest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A polynomial in the standardised features, added to the predicted log yield.

    degree: 0 nothing, 1 linear, 2 with squares. coefficients: first of the features, then of their squares.
    error_before, error_after: mean absolute log error on left-out groups without and with it. why: how it was decided.
    """

    degree: int
    features: tuple[str, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float
    error_before: float | None
    error_after: float | None
    why: str


NO_CORRECTION = Correction(
    degree=0, features=(), centre=(), scale=(), coefficients=(), intercept=0.0,
    error_before=None, error_after=None, why="no local harvests",
)  # fmt: skip


def matrix(features: tuple[str, ...], cases: Sequence[Features]) -> Floats:
    """A row a case, a column a feature; NaN where a case lacks it."""
    rows = [[case.get(name, np.nan) for name in features] for case in cases]
    return np.array(rows, dtype=float).reshape(len(cases), len(features))


def design(standardised: Floats, degree: int) -> Floats:
    """The columns that coefficients belong to."""
    return np.hstack([standardised**power for power in range(1, degree + 1)] or [standardised[:, :0]])


def corrections(correction: Correction, cases: Sequence[Features]) -> Floats:
    """What to add to every case's log yield; NaN where a feature it needs is missing."""
    if correction.degree == 0:
        return np.zeros(len(cases))
    standard = (matrix(correction.features, cases) - correction.centre) / correction.scale
    return np.asarray(design(standard, correction.degree) @ np.array(correction.coefficients) + correction.intercept)


def what_was_seen(cases: Sequence[Features]) -> Seen | None:
    """What the cases have shown of the features that all of them have and that vary; None without such."""
    shared = sorted(set.intersection(*(set(case) for case in cases))) if cases else []
    values = matrix(tuple(shared), cases)
    usable = [number for number in range(len(shared)) if np.ptp(values[:, number]) > TOLERANCE]
    if not usable:
        return None
    values = values[:, usable]
    centre, scale = values.mean(axis=0), values.std(axis=0)
    standard = (values - centre) / scale
    inverse = np.linalg.pinv(
        np.cov(standard, rowvar=False, bias=True).reshape(len(usable), len(usable)), hermitian=True
    )
    inside = np.einsum("nf,fg,ng->n", standard, inverse, standard)
    # A harvest pulls the mean and covariance towards itself: what it would be if the others alone had set them
    # (leverage h = inside / n; Cook & Weisberg 1982, h / (1 - h)).
    leverage = np.minimum((inside + 1) / len(cases), 1 - TOLERANCE)
    return Seen(
        features=tuple(shared[number] for number in usable),
        centre=tuple(centre.tolist()),
        scale=tuple(scale.tolist()),
        low=tuple(values.min(axis=0).tolist()),
        high=tuple(values.max(axis=0).tolist()),
        inverse=tuple(tuple(row) for row in inverse.tolist()),
        farthest=float(np.max(leverage / (1 - leverage)) * len(cases)),
    )


def distances(seen: Seen, cases: Sequence[Features]) -> Floats:
    """Squared Mahalanobis distance of every case from what was seen; NaN where a feature is missing."""
    standard = (matrix(seen.features, cases) - seen.centre) / seen.scale
    return np.asarray(np.einsum("nf,fg,ng->n", standard, np.array(seen.inverse), standard))


def outside(seen: Seen, cases: Sequence[Features]) -> list[tuple[Outside, ...]]:
    """Why each case is none that was seen; empty where it is one."""
    values = matrix(seen.features, cases)
    low, high = np.array(seen.low) - TOLERANCE, np.array(seen.high) + TOLERANCE
    strange = ~((values >= low) & (values <= high))
    far = distances(seen, cases) > seen.farthest
    nothing: tuple[Outside, ...] = ()
    reasons = [nothing] * len(cases)
    for number in np.flatnonzero(strange.any(axis=1) | far):
        found = [_outside(seen, int(column), values[number, column]) for column in np.flatnonzero(strange[number])]
        reasons[number] = tuple(found) or (Outside(feature="", value=None, low=None, high=None),)
    return reasons


def _outside(seen: Seen, column: int, value: float) -> Outside:
    known = None if np.isnan(value) else float(value)
    return Outside(feature=seen.features[column], value=known, low=seen.low[column], high=seen.high[column])
