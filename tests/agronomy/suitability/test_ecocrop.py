import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.suitability.ecocrop import EcocropError, dismo, recocrop, trapezoid

ORACLE = Path(__file__).parents[4] / "shared/conformance/agronomy/ecocrop_oracle_1000cases.csv"
COLUMNS = (
    "GMIN", "GMAX", "KTMP", "TMIN", "TOPMN", "TOPMX", "TMAX", "RMIN", "ROPMN", "ROPMX", "RMAX",
    "PHMIN", "PHOPMN", "PHOPMX", "PHMAX",
)  # fmt: skip
SWEET_POTATO: dict[str, float | None] = dict(
    zip(COLUMNS, (80, 170, None, 10, 18, 28, 38, 350, 750, 2000, 5000, 4, 5, 7, 8.7), strict=True)
)
WARM, WET = [25.0] * 12, [250.0] * 12


def columns(row: dict[str, str], name: str, count: int = 12) -> list[float]:
    return [float(row[f"{name}{i}"]) for i in range(1, count + 1)]


@pytest.mark.skipif(not ORACLE.exists(), reason=f"{ORACLE} is not there")
def test_a_thousand_published_cases_come_out_as_both_programs_have_them() -> None:
    with ORACLE.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            parameters = {name: float(row[name]) for name in COLUMNS}
            tmin, tmean, rain = columns(row, "tmin"), columns(row, "tavg"), columns(row, "prec")
            ours = recocrop(parameters, tmin, tmean, rain, float(row["ph"]))
            assert np.allclose(ours, columns(row, "reco", 24), rtol=0, atol=1e-6)
            assert np.allclose(dismo(parameters, tmin, tmean, rain), columns(row, "dismo"), rtol=0, atol=1e-6)


def test_a_warm_wet_year_suits_sweet_potato_all_year() -> None:
    assert recocrop(SWEET_POTATO, WARM, WARM, WET, 6.0) == [1.0] * 24
    assert dismo(SWEET_POTATO, WARM, WARM, [150.0] * 12) == [1.0] * 12


def test_dismo_leaves_rain_out_where_the_field_is_irrigated() -> None:
    assert max(dismo(SWEET_POTATO, WARM, WARM, [0.0] * 12)) == 0
    assert dismo(SWEET_POTATO, WARM, WARM, [0.0] * 12, rainfed=False) == [1.0] * 12


def test_a_blank_limit_is_an_error_that_names_the_column() -> None:
    with pytest.raises(EcocropError, match="TMAX"):
        dismo({**SWEET_POTATO, "TMAX": None}, WARM, WARM, WET)
    with pytest.raises(EcocropError, match="TMAX"):
        recocrop({**SWEET_POTATO, "TMAX": math.nan}, WARM, WARM, WET)


def test_eleven_months_are_an_error_that_names_the_argument() -> None:
    with pytest.raises(EcocropError, match="rain_mm"):
        recocrop(SWEET_POTATO, WARM, WARM, WET[:11])


def test_a_cycle_too_short_for_the_model_is_an_error() -> None:
    with pytest.raises(EcocropError, match="GMIN"):
        recocrop({**SWEET_POTATO, "GMIN": 0.0, "GMAX": 20.0}, WARM, WARM, WET)


@given(
    st.lists(st.floats(-40, 50), min_size=12, max_size=12),
    st.lists(st.floats(0, 2000), min_size=12, max_size=12),
    st.floats(0, 14),
)
def test_scores_stay_between_0_and_1(mean: list[float], rain: list[float], ph: float) -> None:
    scores = recocrop(SWEET_POTATO, mean, mean, rain, ph) + dismo(SWEET_POTATO, mean, mean, rain)
    assert all(0 <= score <= 1 for score in scores)


def test_equal_limits_make_a_step() -> None:
    assert trapezoid([4.9, 5.0, 7.0, 7.1], (5, 5, 7, 7)).tolist() == [0, 1, 1, 0]
