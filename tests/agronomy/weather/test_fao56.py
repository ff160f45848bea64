"""The worked examples of FAO-56 on reference evapotranspiration, and an independent implementation."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # no stubs among the test dependencies
import pyet  # type: ignore[import-untyped]  # untyped
import pytest

from agronomy.weather import fao56

VECTORS = Path(__file__).parents[4] / "shared" / "data" / "fao56_vectors.json"
Inputs = Mapping[str, float]
Value = float | fao56.Floats


def vectors() -> list[dict[str, Any]]:
    if not VECTORS.exists():
        return []
    loaded: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
    return loaded


def extraterrestrial(i: Inputs) -> Value:
    return fao56.extraterrestrial_radiation(i["lat"], i["doy"])


def daylight(i: Inputs) -> Value:
    return fao56.daylight_hours(i["lat"], i["doy"])


def vapour(i: Inputs) -> Value:
    if "ea" in i:
        return i["ea"]
    return fao56.vapour_pressure_of_humidity(i["tmin"], i["tmax"], i["rhmin"], i["rhmax"])


def radiation(i: Inputs) -> Value:
    return i.get("rs", None) or fao56.radiation_of_sunshine(i["n"], daylight(i), extraterrestrial(i))


def clear_sky(i: Inputs) -> Value:
    return i.get("rso", None) or fao56.clear_sky_radiation(i["z"], extraterrestrial(i))


def longwave(i: Inputs) -> Value:
    return i.get("rnl", None) or fao56.net_longwave(i["tmin"], i["tmax"], vapour(i), radiation(i), clear_sky(i))


def net(i: Inputs) -> Value:
    return fao56.net_radiation(fao56.net_shortwave(radiation(i)), longwave(i))


def wind(i: Inputs) -> Value:
    if "u10_kmh" in i:
        return fao56.wind_at_2_m(i["u10_kmh"] / 3.6, 10)
    return i["u2"] if "u2" in i else fao56.wind_at_2_m(i["u"], i["z"])


def psychrometric(i: Inputs) -> Value:
    return fao56.psychrometric_constant(fao56.atmospheric_pressure(i["z"]))


def et0(i: Inputs) -> Value:
    monthly = "tmean_prev" in i
    return fao56.penman_monteith(
        temperature_c=i.get("tmean", (i["tmin"] + i["tmax"]) / 2),
        net_radiation_mj=net(i),
        wind_2m=wind(i),
        saturation_kpa=fao56.mean_saturation_pressure(i["tmin"], i["tmax"]),
        vapour_kpa=vapour(i),
        psychrometric=psychrometric(i),
        soil_heat_mj=fao56.soil_heat_flux(i["tmean_prev"], i["tmean"], 0.14) if monthly else 0.0,
    )


def et0_of_temperatures(i: Inputs) -> Value:
    rs = fao56.radiation_of_temperature(i["tmin"], i["tmax"], extraterrestrial(i), 0.16)
    return et0({**i, "rs": float(rs), "ea": float(fao56.vapour_pressure_of_dew_point(i["tmin"]))})


CALCULATED: dict[str, Callable[[Inputs], Value]] = {
    "P_kPa": lambda i: fao56.atmospheric_pressure(i["z"]),
    "gamma": psychrometric,
    "es_kPa": lambda i: fao56.mean_saturation_pressure(i["tmin"], i["tmax"]),
    "ea_kPa_psychrometer": lambda i: fao56.vapour_pressure_of_psychrometer(
        i["tdry"], i["twet"], fao56.atmospheric_pressure(i["z"]), i["a"]
    ),
    "ea_kPa_RH": vapour,
    "ea_kPa": vapour,
    "VPD_kPa": lambda i: fao56.mean_saturation_pressure(i["tmin"], i["tmax"]) - vapour(i),
    "Ra_MJ": extraterrestrial,
    "N_h": daylight,
    "Rs_MJ": radiation,
    "Rs_MJ_kRs0.16": lambda i: fao56.radiation_of_temperature(i["tmin"], i["tmax"], extraterrestrial(i), 0.16),
    "Rso_MJ": clear_sky,
    "Rnl_MJ": longwave,
    "Rn_MJ": net,
    "G_MJ": lambda i: fao56.soil_heat_flux(i["t_prev"], i["t_next"], 0.07),
    "u2": wind,
    "ETo_mm": et0,
    "ETo_mm_missing_data": et0_of_temperatures,
    "ETo_Hargreaves_mm": lambda i: fao56.hargreaves(i["tmin"], i["tmax"], extraterrestrial(i)),
}


@pytest.mark.skipif(not VECTORS.exists(), reason=f"the worked examples are not at {VECTORS}")
def test_there_are_35_worked_examples() -> None:
    assert len(vectors()) == 35


@pytest.mark.parametrize("vector", vectors(), ids=lambda v: f"example {v['example']}: {v['quantity']}")
def test_the_worked_examples_of_the_book_come_out(vector: dict[str, Any]) -> None:
    value = float(CALCULATED[vector["quantity"]](vector["inputs"]))
    assert value == pytest.approx(vector["book"], abs=vector["tol"])


def test_example_18_comes_out_without_the_vectors() -> None:
    day = {"lat": 50.8, "doy": 187, "z": 100, "tmax": 21.5, "tmin": 12.3, "rhmax": 84, "rhmin": 63, "u10_kmh": 10}
    assert float(et0({**day, "n": 9.25})) == pytest.approx(3.88, abs=0.01)  # FAO-56 p. 72


def test_a_year_agrees_with_pyet() -> None:
    random = np.random.default_rng(7)
    dates = pd.date_range("2025-01-01", "2025-12-31")
    tmin = random.uniform(-5, 25, len(dates))
    tmax = tmin + random.uniform(1, 15, len(dates))
    speed, sun = random.uniform(0.3, 5, len(dates)), random.uniform(0, 1, len(dates))
    low, high = random.uniform(30, 60, len(dates)), random.uniform(60, 100, len(dates))
    latitude, altitude = 28.27, 80.0
    doy = dates.dayofyear.to_numpy().astype(float)
    ra = fao56.extraterrestrial_radiation(latitude, doy)
    rs = fao56.radiation_of_sunshine(sun * fao56.daylight_hours(latitude, doy), fao56.daylight_hours(latitude, doy), ra)
    vapour_kpa = fao56.vapour_pressure_of_humidity(tmin, tmax, low, high)
    rn = fao56.net_radiation(
        fao56.net_shortwave(rs),
        fao56.net_longwave(tmin, tmax, vapour_kpa, rs, fao56.clear_sky_radiation(altitude, ra)),
    )
    ours = fao56.penman_monteith(
        temperature_c=(tmin + tmax) / 2,
        net_radiation_mj=rn,
        wind_2m=speed,
        saturation_kpa=fao56.mean_saturation_pressure(tmin, tmax),
        vapour_kpa=vapour_kpa,
        psychrometric=fao56.psychrometric_constant(fao56.atmospheric_pressure(altitude)),
    )
    columns = {"tmax": tmax, "tmin": tmin, "rhmax": high, "rhmin": low, "rs": rs}
    theirs = pyet.pm_fao56(
        pd.Series((tmin + tmax) / 2, dates),
        pd.Series(speed, dates),
        elevation=altitude,
        lat=np.radians(latitude),
        **{name: pd.Series(values, dates) for name, values in columns.items()},
    )
    assert ours == pytest.approx(theirs.to_numpy(), abs=0.02)


def test_nothing_evaporates_in_polar_night_and_nothing_is_divided_by_it() -> None:
    night = fao56.extraterrestrial_radiation(80.0, 355)
    assert float(night) == pytest.approx(0)
    assert np.isfinite(fao56.net_longwave(-30.0, -20.0, 0.05, night, night))
