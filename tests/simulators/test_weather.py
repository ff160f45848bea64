import numpy as np
import pytest

from simulators.facts import column
from simulators.weather import Weather

YEARS = np.arange(18_000, 18_000 + 365 * 40)
MONTH = (YEARS % 365.2425 // (365.2425 / 12)).astype(int)


def test_every_month_is_as_warm_as_its_normals() -> None:
    days = Weather(5).days(YEARS)
    for month in range(12):
        here = month == MONTH
        assert days.maximum_c[here].mean() == pytest.approx(column("climate", "tmax_c")[month], abs=0.9)
        assert days.minimum_c[here].mean() == pytest.approx(column("climate", "tmin_c")[month], abs=0.9)


def test_a_year_rains_as_much_and_as_often_as_the_normals() -> None:
    days = Weather(5).days(YEARS)
    assert days.rain_mm.sum() / 40 == pytest.approx(column("climate", "rain_mm").sum(), rel=0.08)
    assert (days.rain_mm > 0).sum() / 40 == pytest.approx(column("climate", "rain_days").sum(), rel=0.05)


def test_a_day_resembles_the_day_before() -> None:
    weather = Weather(5)
    anomaly = weather.days(YEARS).mean_c - (weather.normal("tmax_c", YEARS) + weather.normal("tmin_c", YEARS)) / 2
    assert 0.6 < np.corrcoef(anomaly[1:], anomaly[:-1])[0, 1] < 0.85


def test_air_is_warmest_in_the_afternoon_and_slides_over_midnight() -> None:
    t_s = 1_795_276_800 + np.arange(0, 86_400 * 3, 600)
    air = Weather(5).temperature_c(t_s)
    hours = (t_s + 28_800) % 86_400 / 3_600
    day = (t_s + 28_800) // 86_400
    assert all(12 <= hours[day == number][air[day == number].argmax()] <= 17 for number in np.unique(day)[:3])
    assert np.abs(np.diff(air)).max() < 1.0


def test_rain_by_the_hour_adds_up_to_the_day() -> None:
    weather, days = Weather(5), YEARS[:500]
    assert weather.rain_mm_h(days).sum(axis=1) == pytest.approx(weather.days(days).rain_mm)


def test_it_is_dark_at_night_and_never_brighter_than_the_sun() -> None:
    t_s = 1_780_000_000 + np.arange(0, 86_400, 600)
    light = Weather(5).illuminance_lx(t_s)
    night = ((t_s + 28_800) % 86_400 // 3_600) < 4
    assert light[night].max() == 0
    assert 10_000 < light.max() <= 120_000


def test_evapotranspiration_is_that_of_the_region() -> None:
    demand = Weather(5).reference_evapotranspiration_mm(YEARS)
    assert 0.8 < demand[MONTH == 0].mean() < 1.8
    assert 3.8 < demand[MONTH == 6].mean() < 6.0
