import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.yields.intervals import (
    Offsets,
    TooFewResidualsError,
    conformal_offsets,
    normal_half_width,
    residuals_needed,
    widened,
)


def test_nine_tenths_of_a_normal_variable_lie_within_1_645_standard_deviations() -> None:
    assert normal_half_width(1.0, 0.9) == pytest.approx(1.6449, abs=1e-4)


def test_nineteen_residuals_are_needed_for_nine_tenths() -> None:
    assert residuals_needed(0.9) == 19
    with pytest.raises(TooFewResidualsError, match="at least 19") as refused:
        conformal_offsets(np.arange(18.0), 0.9)
    assert refused.value.needed == 19


def test_the_ends_are_the_order_statistics_of_the_formula() -> None:
    assert conformal_offsets(np.arange(1.0, 20.0), 0.9) == Offsets(low=1.0, high=19.0)
    assert conformal_offsets(np.arange(1.0, 100.0), 0.9) == Offsets(low=5.0, high=95.0)


def test_exchangeable_residuals_are_covered_as_often_as_promised() -> None:
    luck = np.random.default_rng(7)
    covered = []
    for _ in range(4000):
        residuals = luck.standard_t(3, size=40)
        ends = conformal_offsets(residuals[:39], 0.9)
        covered.append(ends.low <= residuals[39] <= ends.high)
    assert np.mean(covered) == pytest.approx(0.9, abs=0.015)


@given(st.floats(-2, 2), st.floats(0, 3), st.floats(0, 2))
def test_a_further_uncertainty_never_narrows(low: float, width: float, spread: float) -> None:
    before = Offsets(low=low, high=low + width)
    after = widened(before, spread=spread, coverage=0.9)
    assert after.low <= before.low + 1e-9
    assert after.high >= before.high - 1e-9
