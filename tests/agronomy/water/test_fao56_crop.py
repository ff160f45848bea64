"""The worked examples of FAO-56 on crop coefficients, soil water and stress (Examples 23 to 39)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agronomy.water import fao56_crop
from agronomy.water.balance import root_zone_day, topsoil_day
from agronomy.water.crop_water import crop_days, crop_water, crops, in_climate

FILE = Path(__file__).parents[4] / "shared" / "data" / "fao56_water_balance_vectors.json"
needs_vectors = pytest.mark.skipif(not FILE.exists(), reason=f"the worked examples are not at {FILE}")


def example(name: str) -> Any:  # noqa: ANN401 - JSON, each example with its own shape
    vectors = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]
    return next(vector for vector in vectors if vector["example"] == name)


def parts(name: str) -> tuple[Any, Any, Any]:
    found = example(name)
    return found["inputs"], found["expected"], found["tolerance"]


@needs_vectors
def test_kc_ini_lies_between_light_and_heavy_wetting() -> None:
    given, expected, off = parts("Example 25")
    kc = fao56_crop.interpolated_kc_ini(given["I_mm"], given["Kc_ini_Fig29"], given["Kc_ini_Fig30a"])
    assert float(kc) == pytest.approx(expected["Kc_ini"], abs=off["Kc_ini"])
    assert float(kc) * given["ETo_mm_d"] == pytest.approx(expected["ETc_mm_d"], abs=off["ETc_mm_d"])


@needs_vectors
def test_kc_ini_shrinks_with_the_wetted_part() -> None:
    given, expected, off = parts("Example 26")
    wetted = fao56_crop.depth_in_wetted_part(given["I_mm"], given["fw"])
    assert float(wetted) == pytest.approx(expected["Iw_mm"])
    between = fao56_crop.interpolated_kc_ini(wetted, given["Kc_ini_Fig29"], given["Kc_ini_Fig30b"])
    assert float(between) == pytest.approx(expected["Kc_ini_fig"], abs=0.005)
    kc = fao56_crop.partly_wetted_kc_ini(expected["Kc_ini_fig"], given["fw"])
    assert float(kc) == pytest.approx(expected["Kc_ini"], abs=off["Kc_ini"])


@needs_vectors
def test_kc_mid_follows_wind_and_dry_air() -> None:
    given, expected, off = parts("Example 27")
    for place, result in zip(given, expected, strict=True):
        kc = fao56_crop.adjusted_kc(place["Kc_mid_tab"], place["u2"], place["RHmin"], place["h_m"])
        assert float(kc) == pytest.approx(result["Kc_mid"], abs=off["Kc_mid"])


@needs_vectors
def test_kc_mid_of_wheat_by_climate() -> None:
    given, expected, off = parts("Box 14")
    humidity = {"semi-arid to arid": 25, "sub-humid": 45, "humid and very humid": 75}  # Table 16
    for climate, by_wind in expected.items():
        for name, result in by_wind.items():
            wind = float(name.removeprefix("u2="))
            kc = fao56_crop.adjusted_kc(given["Kc_mid_tab"], wind, humidity[climate], given["h_m"])
            assert float(kc) == pytest.approx(result, abs=off["Kc_mid"])


@needs_vectors
def test_small_coefficients_are_not_adjusted() -> None:
    given, expected, off = parts("Box 15")
    both = [given["Kc_mid_tab"], given["Kc_end_tab"]]
    kc = fao56_crop.adjusted_kc(np.array(both), given["u2"], given["RHmin"], given["h_m"])
    assert kc == pytest.approx([expected["Kc_mid"], expected["Kc_end"]], abs=off["Kc_mid"])
    given, expected, off = parts("Example 29")
    kcb = fao56_crop.adjusted_kc(np.array(given["Kcb_tab"]), given["u2"], given["RHmin"], given["h_m"])
    assert kcb == pytest.approx(expected["Kcb"], abs=off["Kcb"])


@needs_vectors
def test_alfalfa_reference_against_grass() -> None:
    given, expected, off = parts("Equation 68")
    ratio = float(fao56_crop.alfalfa_ratio(given["u2"], given["RHmin"]))
    assert ratio == pytest.approx(expected["K_ratio"], abs=off["K_ratio"])


@needs_vectors
@pytest.mark.parametrize(("name", "key"), [("Example 28", "Kc"), ("Example 30", "Kcb")])
def test_coefficients_on_a_day_of_the_season(name: str, key: str) -> None:
    given, expected, off = parts(name)
    values = fao56_crop.coefficient_on(np.array(given["days"], float), tuple(given["L"]), tuple(given[key]))
    assert values == pytest.approx(expected[key], abs=off[key])


@needs_vectors
def test_ten_day_coefficients_of_dry_bean() -> None:
    given, expected, off = parts("Figure 36")
    days = np.array([5, 15, 25, 35, 45, 55, 65, 75, 85, 95], float)
    kc = fao56_crop.coefficient_on(days, tuple(given["L"]), tuple(given["Kc"]))
    kc[2] = (0.15 + (0.15 + 0.36) / 2) / 2  # the book splits the decade in which the stage changes
    assert kc == pytest.approx(expected["Kc"], abs=0.035)
    assert np.array(expected["Kc"]) * given["ETo_mm_d"] == pytest.approx(expected["ETc_mm_d"], abs=off["ETc_mm_d"])


@needs_vectors
def test_bare_soil_dries_in_two_stages() -> None:
    given, expected, off = parts("Example 31")
    depletion = given["De_start_mm"]
    for row in expected:
        day = topsoil_day(
            depletion,
            0.0,
            et0_mm=given["ETo_mm_d"],
            total_mm=given["TEW_mm"],
            readily_mm=given["REW_mm"],
            largest=given["Kc_max"],
            basal=given["Kcb"],
            exposed=given["few"],
        )
        assert float(day.reduction) == pytest.approx(row["Kr"], abs=off["Kr"])
        assert float(day.depletion_mm) == pytest.approx(row["De_end_mm"], abs=off["De_end_mm"])
        etc = float(day.coefficient + given["Kcb"]) * given["ETo_mm_d"]
        assert etc == pytest.approx(row["ETc_mm"], abs=off["ETc_mm"])
        depletion = day.depletion_mm


@needs_vectors
def test_evaporation_under_sprinkler_furrow_and_drip() -> None:
    given, expected, off = parts("Example 32")
    largest = fao56_crop.largest_kc(given["u2"], given["RHmin"], given["h_m"], given["Kcb"])
    assert float(largest) == pytest.approx(expected["Kc_max"], abs=off["any"])
    cover = fao56_crop.ground_cover(given["Kcb"], given["Kc_min"], largest, given["h_m"])
    assert float(cover) == pytest.approx(expected["fc"], abs=off["any"])
    parts_wetted = {"Example 32": 1.0, "Example 33": 0.3, "Example 34": 0.3 * (1 - 2 / 3 * 0.53)}
    for name, wetted in parts_wetted.items():
        expected = example(name)["expected"]
        exposed = fao56_crop.exposed_wetted(0.53, wetted)
        ke = fao56_crop.evaporation_coefficient(1.0, 1.3, 0.9, exposed)
        assert float(exposed) == pytest.approx(expected["few"], abs=off["any"])
        assert float(ke) == pytest.approx(expected["Ke"], abs=off["any"])


@needs_vectors
def test_ten_days_of_the_topsoil() -> None:
    given, expected, off = parts("Example 35")
    total = fao56_crop.total_evaporable(given["theta_FC"], given["theta_WP"], given["Ze_m"])
    assert float(total) == pytest.approx(given["TEW_mm"], abs=0.5)
    depletion: Any = given["De_before_day1_mm"]
    decimals = [5.45, 6.05, 3.77, 2.92, 2.58, 2.59, 4.68, 2.91, 2.29, 2.36]
    for day, row, exact in zip(given["daily"], expected, decimals, strict=True):
        moved = topsoil_day(
            depletion,
            day["P_RO_mm"] + day["I_over_fw_mm"],
            et0_mm=day["ETo_mm"],
            total_mm=given["TEW_mm"],
            readily_mm=given["REW_mm"],
            largest=given["Kc_max"],
            basal=day["Kcb"],
            exposed=min(day["one_minus_fc"], day["fw"]),
        )
        assert float(moved.depletion_mm) == pytest.approx(row["De_end_mm"], abs=off["De_mm"])
        etc = day["Kcb"] * day["ETo_mm"] + float(moved.evaporation_mm)
        assert etc == pytest.approx(row["ETc_mm"], abs=off["ETc_mm"])
        assert etc == pytest.approx(exact, abs=0.03)
        depletion = moved.depletion_mm


@needs_vectors
def test_available_water_by_crop_and_soil() -> None:
    given, expected, off = parts("Example 36")
    for crop in given["crops"]:
        for soil in given["soils"]:
            total = fao56_crop.total_available(soil["theta_FC"], soil["theta_WP"], crop["Zr_m"])
            row = expected[crop["crop"]][soil["soil"]]
            assert float(total) == pytest.approx(row["TAW"], abs=off["mm"])
            assert float(fao56_crop.readily_available(total, crop["p"])) == pytest.approx(row["RAW"], abs=off["mm"])


@needs_vectors
def test_tomato_without_water_for_ten_days() -> None:
    given, expected, off = parts("Example 37")
    depletion: Any = given["Dr_start_mm"]
    for row in expected:
        day = root_zone_day(
            depletion,
            0.0,
            evaporation_mm=0.0,
            crop_et_mm=given["Kc"] * given["ETo_mm_d"],
            total_mm=given["TAW_mm"],
            p=given["p"],
        )
        assert float(day.stress) == pytest.approx(row["Ks"], abs=off["Ks"])
        assert float(day.used_mm) == pytest.approx(row["ETc_adj_mm"], abs=off["ETc_adj_mm"])
        assert float(day.depletion_mm) == pytest.approx(row["Dr_end_mm"], abs=off["Dr_mm"])
        depletion = day.depletion_mm


@needs_vectors
def test_irrigation_schedule_of_ten_days() -> None:
    given, expected, off = parts("Example 38")
    depletion: Any = 23.4
    ends = [5.5, 11.6, 15.6, 18.5, 21.0, 17.7, 22.4, 25.2, 27.4, 6.4]
    for day, row, end in zip(given["daily"], expected, ends, strict=True):
        moved = root_zone_day(
            depletion,
            day["P_RO_mm"] + (78 * day["Zr_m"] if day["day"] == 10 else day["I_mm"]),  # 27 is RAW, 27.3, rounded
            evaporation_mm=day["Ke"] * day["ETo_mm"],
            crop_et_mm=day["Kcb"] * day["ETo_mm"],
            total_mm=130 * day["Zr_m"],
            p=given["p"],
        )
        assert float(moved.depletion_mm) == pytest.approx(row["Dr_end_mm"], abs=off["Dr_mm"])
        assert float(moved.depletion_mm) == pytest.approx(end, abs=0.11)
        assert float(moved.drainage_mm) == pytest.approx(row["DP_mm"], abs=off["DP_mm"])
        assert float(moved.used_mm) == pytest.approx(row["ETc_mm"], abs=off["ETc_mm"])
        depletion = moved.depletion_mm


@needs_vectors
def test_salt_and_drought_stress_of_beans() -> None:
    given, expected, off = parts("Example 39")
    salt = fao56_crop.salinity_stress(given["ECe_dS_m"], given["ECe_threshold"], given["b_pct"], given["Ky"])
    assert float(salt) == pytest.approx(expected["Ks_salinity_only"], abs=off["Ks"])
    dry = fao56_crop.stress_coefficient(np.array(given["Dr_mm"], float), given["TAW_mm"], given["p"])
    assert dry == pytest.approx(expected["Ks_no_salinity"], abs=off["Ks"])
    assert dry * salt == pytest.approx(expected["Ks_with_salinity"], abs=off["Ks"])


def test_p_falls_on_days_of_great_demand() -> None:
    assert fao56_crop.depletion_fraction(np.array([0.5, 0.5, 0.5, 0.7]), np.array([5, 10, 2.5, 0])) == pytest.approx(
        [0.5, 0.3, 0.6, 0.8]
    )


def test_a_crop_is_found_by_every_name_it_goes_by() -> None:
    names = ("红薯", "甘薯", "Sweet Potato", "Ipomoea batatas", "sweet_potato")
    assert {found.crop for name in names if (found := crop_water(name))} == {"sweet_potato"}
    assert crop_water("龙珠果") is None


def test_every_crop_of_the_tables_is_complete_or_says_what_it_lacks() -> None:
    for crop in crops():
        days = crop_days(crop, np.arange(400.0))
        lacking = crop.flooded or crop.stage_days is None or crop.kcb is None or crop.root_m is None or crop.p is None
        assert (days is None) == lacking
        if days is not None:
            assert (days.root_m > 0).all()
            assert (days.root_m <= 2.5).all()
            assert (np.diff(days.height_m) >= 0).all()
        assert crop.source


def test_the_plough_pan_stops_the_roots() -> None:
    crop = crop_water("红薯")
    assert crop is not None
    shallow = crop_days(crop, np.arange(150.0), soil_depth_m=np.array([0.3, 2.0]))
    assert shallow is not None
    assert shallow.root_m.max(axis=0) == pytest.approx([0.3, 1.0])
    dry = in_climate(shallow, wind_2m=3.0, humidity_min=30.0)
    assert (dry.coefficient >= shallow.coefficient).all()
