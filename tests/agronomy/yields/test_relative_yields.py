from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.table_rows import table_rows
from agronomy.weather.climate import Climate
from agronomy.yields.relative_yields import (
    Growing,
    RelativeYieldError,
    Surface,
    anomaly,
    day_of_year,
    effects,
    surface_effects,
    surface_from,
    surfaces,
)

SWEET_POTATO = "Ipomoea batatas"
TEXTURES = sorted({row["texture"] for row in table_rows("texture_water")})


@pytest.fixture
def surface() -> Surface:
    """A made-up table whose logarithms are sums of what its axes say."""
    water_of = {"irrigated": 0.2, "sand": -0.3, "silt loam": 0.0}
    rows = [
        {
            "crop": "Invented",
            "water": water,
            "sowing_day": str(day % 365),
            "warmer_c": str(warmer),
            "rain_ratio": str(rain),
            "relative_yield": repr(float(np.exp(wet + (day - 360) / 100 - warmer / 10 + np.log(rain) / 5))),
            "reference": "yes" if (water, day, warmer, rain) == ("silt loam", 360, 0, 1) else "no",
        }
        for water, wet in water_of.items()
        for day in (340, 360, 375)
        for warmer in (-2, 0, 2)
        for rain in (0.5, 1, 1.5)
    ]
    return replace(surface_from(rows), climate_weight=1.0, date_weight=1.0)


def log_relative(surface: Surface, growing: Growing) -> float:
    return float(surface_effects(surface, [growing]).log_relative[0])


def test_between_the_cells_the_logarithm_is_interpolated(surface: Surface) -> None:
    growing = Growing(texture="silt loam", sowing_day=350, warmer_c=1.0, rain_ratio=1.0)
    assert log_relative(surface, growing) == pytest.approx(-0.1 - 0.1)


def test_a_season_across_new_year_is_one_season(surface: Surface) -> None:
    assert surface.days.tolist() == [340, 360, 375]
    assert log_relative(surface, Growing(texture="silt loam", sowing_day=10)) == pytest.approx(0.15)
    assert not surface_effects(surface, [Growing(sowing_day=10)]).outside[0]
    assert surface_effects(surface, [Growing(sowing_day=100)]).outside[0]


def test_the_usual_case_is_the_reference(surface: Surface) -> None:
    assert log_relative(surface, Growing(texture="silt loam")) == pytest.approx(0)


def test_an_unknown_texture_is_the_mean_of_the_rainfed_ones_with_their_spread(surface: Surface) -> None:
    found = surface_effects(surface, [Growing(), Growing(texture="sand"), Growing(irrigated=True)])
    assert found.log_relative.tolist() == pytest.approx([-0.15, -0.3, 0.2])
    assert found.spread.tolist() == pytest.approx([0.15, 0, 0])


def test_a_date_that_is_not_believed_changes_nothing(surface: Surface) -> None:
    deaf = replace(surface, date_weight=0.0)
    early, late = (Growing(texture="sand", sowing_day=day, warmer_c=1) for day in (340, 370))
    assert log_relative(deaf, early) == pytest.approx(log_relative(deaf, late))


def test_beyond_the_table_its_edge_is_read_and_said(surface: Surface) -> None:
    found = surface_effects(surface, [Growing(texture="sand", warmer_c=9), Growing(texture="sand", warmer_c=2)])
    assert found.log_relative[0] == found.log_relative[1]
    assert found.outside.tolist() == [True, False]


def test_a_table_with_a_missing_cell_is_refused() -> None:
    rows = [row for row in table_rows("wofost_relative_yields") if row["crop"] == SWEET_POTATO]
    with pytest.raises(RelativeYieldError, match="make the table again"):
        surface_from(rows[:-1])


def test_an_unknown_texture_name_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(RelativeYieldError, match="silt loam"):
        effects(SWEET_POTATO, [Growing(texture="mud")])


def test_a_crop_that_was_never_run_has_no_effects() -> None:
    assert effects("Camellia sinensis", [Growing()]) is None


def test_every_row_of_the_table_says_how_it_was_made() -> None:
    rows = table_rows("wofost_relative_yields")
    assert {row["version"] for row in rows} == {"1"}
    assert len({(row["inputs"], row["pcse"], row["years"]) for row in rows}) == 1
    for crop in surfaces():
        (reference,) = [row for row in rows if row["crop"] == crop and row["reference"] == "yes"]
        assert float(reference["relative_yield"]) == 1


@pytest.mark.parametrize("crop", [row["crop"] for row in table_rows("wofost_crops")])
def test_water_never_harms_in_the_table_and_its_lack_does(crop: str) -> None:
    surface = surfaces()[crop]
    logs = dict(zip(surface.waters, surface.log_relative, strict=True))
    assert (logs["irrigated"] >= logs["silt loam"] - 0.02).all()
    assert logs["silt loam"].mean() >= logs["sandy loam"].mean() >= logs["sand"].mean()


@given(
    crop=st.sampled_from([row["crop"] for row in table_rows("wofost_crops")]),
    texture=st.sampled_from([None, *TEXTURES]),
    irrigated=st.booleans(),
    day=st.none() | st.integers(1, 365),
    warmer=st.floats(-30, 30),
    rain=st.floats(0, 20),
)
def test_any_question_gets_a_finite_effect(
    crop: str, texture: str | None, *, irrigated: bool, day: int | None, warmer: float, rain: float
) -> None:
    growing = Growing(texture=texture, irrigated=irrigated, sowing_day=day, warmer_c=warmer, rain_ratio=rain)
    found = effects(crop, [growing])
    assert found is not None
    assert np.isfinite(found.log_relative).all()
    assert (found.spread >= 0).all()


def climate(*, warmer_c: float = 0.0, rain_ratio: float = 1.0) -> Climate:
    normals = table_rows("wofost_normals")
    tmin, tmax, rain = (tuple(float(row[name]) for row in normals) for name in ("tmin_c", "tmax_c", "rain_mm"))
    mean = tuple((low + high) / 2 + warmer_c for low, high in zip(tmin, tmax, strict=True))
    wet = tuple(month * rain_ratio for month in rain)
    return Climate(place="here", latitude_deg=28, altitude_m=60, tmin_c=tmin, tmean_c=mean, tmax_c=tmax, rain_mm=wet)


@pytest.mark.parametrize("crop", [SWEET_POTATO, "Brassica napus"])
def test_an_anomaly_is_what_a_climate_differs_by_in_the_crops_season(crop: str) -> None:
    assert anomaly(crop, climate()) == pytest.approx((0, 1))
    assert anomaly(crop, climate(warmer_c=1.5, rain_ratio=0.7)) == pytest.approx((1.5, 0.7))


def test_a_crop_without_a_season_has_no_anomaly() -> None:
    with pytest.raises(RelativeYieldError, match="Camellia"):
        anomaly("Camellia sinensis", climate())


def test_a_day_has_one_number_in_every_year() -> None:
    assert day_of_year(date(2024, 3, 1)) == day_of_year(date(2025, 3, 1)) == 60
    assert day_of_year(date(2024, 2, 29)) == 59
