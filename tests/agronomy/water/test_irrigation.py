from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.pushes.texts import irrigation_text
from agronomy.water.crop_water import CropWater, crop_water
from agronomy.water.irrigation import (
    IrrigationAdvice,
    MoistureAt,
    WaterNeed,
    WaterPlace,
    irrigation_advice,
    irrigation_methods,
    root_zone_depletion,
)
from agronomy.water.soil_water import UnknownTextureError, measured_soil, share_of_capacity, soil_waters
from agronomy.weather.climatology import climate_of, usual_days

TODAY, PLANTED = date(2026, 7, 28), date(2026, 5, 22)
EXPECTED = usual_days(climate_of("常德").climate, TODAY, date(2026, 8, 20))


def crop(name: str = "红薯") -> CropWater:
    found = crop_water(name)
    assert found is not None
    return found


def advice(moisture: float | None, *, texture: str | None = "silt loam", depth: float | None = 0.4) -> IrrigationAdvice:
    probes = [] if moisture is None else [MoistureAt(depth_cm=each, moisture_percent=moisture) for each in (20, 40)]
    place = WaterPlace(latitude_deg=28.27, altitude_m=80, soils=soil_waters(texture), soil_depth_m=depth)
    return irrigation_advice(crop(), place, planted_on=PLANTED, today=TODAY, probes=probes, expected=EXPECTED)


def test_a_dry_field_is_watered_now_and_a_wet_one_is_not() -> None:
    dry, wet = advice(17), advice(29)
    assert (dry.need, wet.need) == (WaterNeed.NOW, WaterNeed.ENOUGH)
    assert dry.net_mm is not None
    assert dry.net_mm.low == pytest.approx(48, abs=0.1)  # (0.29 - 0.17) x 400 mm
    assert dry.gross_m3_per_mu is not None
    assert dry.gross_m3_per_mu.low == pytest.approx(48 * 10 / 15 / 0.6, abs=0.1)
    zh, en = irrigation_text(dry, today=TODAY)
    assert (zh, en) == ("浇水：每亩约 53 方水（48 mm）", "Water now: about 53 m³ a mu (48 mm)")
    assert irrigation_text(wet, today=TODAY)[0] == "两周里不用浇水"


def test_between_them_the_day_is_named() -> None:
    later = advice(22)
    assert later.need is WaterNeed.LATER
    assert later.due is not None
    assert TODAY < later.due[0] < date(2026, 8, 11)
    assert irrigation_text(later, today=TODAY)[0].startswith("8 月 ")


def test_an_unknown_soil_gives_an_interval_and_says_what_would_narrow_it() -> None:
    unsure = advice(20, texture=None, depth=None)
    assert (unsure.need, unsure.unknown) == (WaterNeed.UNDECIDED, ("texture", "soil_depth"))
    sure = advice(20)
    assert unsure.depletion_mm is not None
    assert sure.depletion_mm is not None
    assert unsure.depletion_mm.low <= sure.depletion_mm.low <= sure.depletion_mm.high <= unsure.depletion_mm.high
    assert "土壤质地" in irrigation_text(unsure, today=TODAY)[0]


def test_what_is_missing_is_named() -> None:
    assert advice(None).unknown == ("soil_moisture",)
    place = WaterPlace(latitude_deg=28.27, altitude_m=80, soils=soil_waters("loam"), soil_depth_m=0.4)
    probes = [MoistureAt(depth_cm=20, moisture_percent=20)]
    for name, planted, days, missing in (
        ("水稻", PLANTED, EXPECTED, "crop_water_data"),
        ("油菜", PLANTED, EXPECTED, "crop_water_data"),
        ("红薯", date(2025, 5, 22), EXPECTED, "season"),
        ("红薯", PLANTED, (), "weather"),
    ):
        told = irrigation_advice(crop(name), place, planted_on=planted, today=TODAY, probes=probes, expected=days)
        assert told.need is WaterNeed.UNKNOWN
        assert missing in told.unknown
        assert "缺" in irrigation_text(told, today=TODAY)[0]


@given(st.floats(2, 60), st.floats(0, 20), st.sampled_from([None, "loam", "clay loam", "砂土"]))
def test_a_wetter_soil_never_needs_more_water(moisture: float, more: float, texture: str | None) -> None:
    dry, wet = advice(moisture, texture=texture), advice(moisture + more, texture=texture)
    assert dry.depletion_mm is not None
    assert wet.depletion_mm is not None
    assert wet.depletion_mm.high <= dry.depletion_mm.high + 1e-9
    assert wet.depletion_mm.low >= 0


def test_each_probe_speaks_for_its_own_layer() -> None:
    probes = [MoistureAt(depth_cm=40, moisture_percent=30), MoistureAt(depth_cm=20, moisture_percent=20)]
    lacking = root_zone_depletion(probes, np.array([0.3, 0.3]), np.array([0.3, 0.6]))
    assert lacking == pytest.approx([30.0, 30.0])  # the upper 30 cm lack a tenth, the lower soil nothing


def test_every_texture_of_the_triangle_has_its_water() -> None:
    assert [soil.texture for soil in soil_waters("silt_loam")] == ["silt loam"]
    assert [soil.texture for soil in soil_waters("黏壤土")] == ["loam", "silty clay loam", "clay"]
    assert len(soil_waters(None)) == 9
    assert share_of_capacity(26, soil_waters("silt loam")) == pytest.approx((89.7, 89.7), abs=0.1)
    with pytest.raises(UnknownTextureError, match="leave it out"):
        soil_waters("marzipan")
    assert measured_soil(field_capacity=0.3, wilting_point=0.14).measured
    assert irrigation_methods()["drip"].efficiency == 0.9
