"""Harvests of invented farms whose truth is known."""

from collections.abc import Callable

import numpy as np
import pytest

from agronomy.yields.fitting import ObservedYield
from agronomy.yields.known_effects import YieldCase

Farms = Callable[..., list[ObservedYield]]


@pytest.fixture(scope="session")
def farms() -> Farms:
    """Makes harvests: townships, years and fields differ as in the priors; `per_ph` is what a unit of pH adds.

    sampled: the fields' soil was sampled, so that there are features.
    """

    def made(
        seed: int,
        *,
        crop: str = "Ipomoea batatas",
        level_kg_ha: float = 33_000,
        townships: int = 8,
        years: int = 4,
        fields: int = 3,
        per_ph: float = 0.0,
        sampled: bool = True,
    ) -> list[ObservedYield]:
        luck = np.random.default_rng(seed)
        of_township, of_year = luck.normal(0, 0.12, townships), luck.normal(0, 0.12, years)

        def harvest(township: int, year: int) -> ObservedYield:
            ph, organic = luck.uniform(4.5, 7.5), luck.uniform(10, 50)
            shift = of_township[township] + of_year[year] + per_ph * (ph - 6) + luck.normal(0, 0.25)
            features = {"ph": ph, "organic_matter_g_kg": organic} if sampled else {}
            case = YieldCase(crop=crop, township=f"t{township}", features=features)
            return ObservedYield(case=case, year=2020 + year, kg_ha=float(level_kg_ha * np.exp(shift)))

        return [
            harvest(township, year) for township in range(townships) for year in range(years) for _ in range(fields)
        ]

    return made
