from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.yields.anchors import priors
from agronomy.yields.level import shrink

PRIOR = log(35_000)


def test_without_harvests_the_level_is_the_prior() -> None:
    level = shrink(mean=PRIOR, spread=0.15, values=np.array([]), townships=(), years=())
    assert (level.mean, level.spread, level.harvests) == (PRIOR, 0.15, 0)
    assert level.field_spread == pytest.approx(priors()["field_spread"])
    expected = sqrt(0.15**2 + sum(priors()[f"{name}_spread"] ** 2 for name in ("township", "year", "field")))
    assert level.total_spread("anywhere") == pytest.approx(expected)


def test_one_harvest_moves_the_level_as_the_formula_says() -> None:
    level = shrink(mean=PRIOR, spread=0.15, values=np.array([PRIOR + 0.3]), townships=("a",), years=(2025,))
    seen = sum(priors()[f"{name}_spread"] ** 2 for name in ("township", "year", "field")) + priors()["year_spread"] ** 2
    weight = (1 / seen) / (1 / seen + 1 / 0.15**2)
    assert level.mean == pytest.approx(PRIOR + 0.3 * weight)
    assert level.spread == pytest.approx(sqrt(1 / (1 / seen + 1 / 0.15**2)))


def test_a_hundred_harvests_of_one_year_never_pass_for_a_sure_level() -> None:
    values = np.full(100, PRIOR + 0.4)
    level = shrink(mean=PRIOR, spread=0.15, values=values, townships=("a", "b") * 50, years=(2025,) * 100)
    least = 1 / (1 / 0.15**2 + 1 / priors()["year_spread"] ** 2)
    assert level.spread >= sqrt(least)


def test_a_township_that_always_harvests_more_is_shifted_up_and_an_unknown_one_is_not() -> None:
    values = np.array([0.2, 0.2, 0.2, -0.2, -0.2, -0.2]) + PRIOR
    level = shrink(mean=PRIOR, spread=0.15, values=values, townships=("a",) * 3 + ("b",) * 3, years=(1, 2, 3) * 2)
    assert level.shift("a") > 0 > level.shift("b")
    assert level.shift("elsewhere") == 0
    assert level.total_spread("a") < level.total_spread("elsewhere")


@given(st.lists(st.floats(8, 12), min_size=1, max_size=20))
def test_the_level_lies_between_prior_and_harvests(values: list[float]) -> None:
    townships = [f"t{number % 4}" for number in range(len(values))]
    years = [2020 + number % 3 for number in range(len(values))]
    level = shrink(mean=PRIOR, spread=0.15, values=np.array(values), townships=townships, years=years)
    assert min(PRIOR, *values) - 1e-9 <= level.mean <= max(PRIOR, *values) + 1e-9
    assert 0 < level.spread <= 0.15
