"""A crop's level on farms: the regional prior, shrunk towards local harvests (normal-normal, on logarithms)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from agronomy.yields.anchors import priors

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What is believed of a crop's log yield per hectare, its known effects taken off.

    mean, spread: of the region's level. townships: shift of each known township against it, and that shift's spread.
    field_spread: between fields of one township and year. harvests: how many spoke.
    """

    mean: float
    spread: float
    field_spread: float
    harvests: int = 0
    townships: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def shift(self, township: str) -> float:
        """The township's shift; 0 where no harvest of it is known."""
        return self.townships.get(township, (0.0, 0.0))[0]

    def total_spread(self, township: str) -> float:
        """Standard deviation of one field's log yield there in a coming year."""
        known = self.townships.get(township)
        between = known[1] if known else priors()["township_spread"]
        return sqrt(self.spread**2 + between**2 + priors()["year_spread"] ** 2 + self.field_spread**2)


def shrink(*, mean: float, spread: float, values: Floats, townships: Sequence[str], years: Sequence[int]) -> Level:
    """The level after local harvests; `values` are log yields with their known effects taken off.

    With T the variance between townships, Y between years, s2 between fields (a mean of its prior, weighing
    `field_spread_weight` harvests, and of what the harvests show within a township and year):

        township t with n_t harvests in y_t years:  v_t = T + Y / y_t + s2 / n_t
        level:      1 / V = 1 / spread**2 + 1 / (1 / sum(1 / v_t) + Y / y),  y = years in all
                    mean' = V (mean / spread**2 + m / (1 / sum(1 / v_t) + Y / y)),  m = sum(mean_t / v_t) / sum(1 / v_t)
        township:   shift_t = B (mean_t - mean'),  B = T / v_t,  variance T (1 - B)

    Years are shared by townships, hence Y / y on top: one good year never passes for a good region.
    """
    field_variance = _field_variance(values, townships, years)
    if not len(values):
        return Level(mean=mean, spread=spread, field_spread=sqrt(field_variance))
    between, yearly = priors()["township_spread"] ** 2, priors()["year_spread"] ** 2
    names = sorted(set(townships))
    rows = {name: [number for number, one in enumerate(townships) if one == name] for name in names}
    means = np.array([values[rows[name]].mean() for name in names])
    variances = np.array([
        between + yearly / len({years[number] for number in rows[name]}) + field_variance / len(rows[name])
        for name in names
    ])  # fmt: skip
    seen = float(np.sum(means / variances) / np.sum(1 / variances))
    seen_variance = float(1 / np.sum(1 / variances)) + yearly / len(set(years))
    precision = 1 / spread**2 + 1 / seen_variance
    level = (mean / spread**2 + seen / seen_variance) / precision
    kept = between / variances
    shifts = {
        name: (float(share * (one - level)), sqrt(between * (1 - share)))
        for name, share, one in zip(names, kept.tolist(), means.tolist(), strict=True)
    }
    return Level(
        mean=level,
        spread=sqrt(1 / precision),
        field_spread=sqrt(field_variance),
        harvests=len(values),
        townships=shifts,
    )


def _field_variance(values: Floats, townships: Sequence[str], years: Sequence[int]) -> float:
    weight, variance = priors()["field_spread_weight"], priors()["field_spread"] ** 2
    groups: dict[tuple[str, int], list[float]] = {}
    for value, township, year in zip(values.tolist(), townships, years, strict=True):
        groups.setdefault((township, year), []).append(value)
    squares = sum(float(np.sum((np.array(group) - np.mean(group)) ** 2)) for group in groups.values())
    freedom = len(values) - len(groups)
    return (weight * variance + squares) / (weight + freedom)
