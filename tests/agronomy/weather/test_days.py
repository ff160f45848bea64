import math
import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.weather.climatology import (
    NoClimateError,
    climate_of,
    climate_stations,
    distance_km,
    nearest_climate,
    usual_days,
)
from agronomy.weather.days import (
    KnownWeather,
    Origin,
    WeatherDay,
    WeatherError,
    WeatherSource,
    filled_days,
    station_day,
)
from agronomy.weather.reference_et import EtMethod, reference_et
from agronomy.weather.weather_csv import WeatherFileError, weather_of_csv

DAY = date(2026, 7, 28)
CELLS = st.text(alphabet=string.digits + ".-/年月日 ,;\t\"'\n\r一二缺NaNinf%", max_size=20)
HEADERS = st.sampled_from(
    ["日期", "date", "降水量(mm)", "rain", "最低气温（℃）", "tmax", "太阳辐射", "wind (km/h)", "x", ""]
)


def test_a_chinese_file_with_units_is_read() -> None:
    text = "日期,最高气温(0.1℃),最低气温(0.1℃),降水量（毫米）,平均风速(m/s),备注\n"
    text += "2026年7月28日,334,251,12.5,3.0,晴\n2026/7/29,340,32766,,缺测,\n"
    read = weather_of_csv(text, wind_height_m=10)
    first, second = read.days
    assert (first.day, first.tmax_c, first.rain_mm) == (DAY, 33.4, 12.5)
    assert first.tmin_c == pytest.approx(25.1)
    assert first.wind_m_s == pytest.approx(2.24, abs=0.01)  # FAO-56 eq. 47
    assert (second.tmin_c, second.rain_mm, second.wind_m_s) == (None, None, None)
    assert (read.errors, read.ignored_columns) == ((), ("备注",))


def test_an_english_file_in_fahrenheit_and_inches_is_read() -> None:
    read = weather_of_csv("Date;Tmax (°F);Precipitation (in)\n20260728;86;0.5\n")
    assert read.days[0].tmax_c == pytest.approx(30)
    assert read.days[0].rain_mm == pytest.approx(12.7)


def test_a_bad_row_is_reported_with_its_line_and_the_rest_is_kept() -> None:
    text = "date,tmin,tmax,rain\n2026-07-27,25,33,0\nyesterday,1,2,3\n2026-07-28,abc,33,5\n"
    text += "2026-07-29,30,20,1\n2026-07-27,1,2,3\n"
    read = weather_of_csv(text)
    assert [day.day.day for day in read.days] == [27, 28, 29]
    assert [(error.line, error.column) for error in read.errors] == [(3, "date"), (4, "tmin"), (5, "tmin_c"), (6, "")]
    assert "write it as 2026-07-28" in read.errors[0].message
    assert "swapped" in read.errors[2].message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("rain,tmax\n1,2\n", "no date column"),
        ("date,colour\n2026-07-28,red\n", "no column of weather"),
        ("date,太阳辐射\n2026-07-28,18\n", "write one of (mj/m2, w/m2, kwh/m2)"),
        ("date,rain (bucket)\n2026-07-28,18\n", "'bucket' is not understood"),
        ("date,rain,降水量\n2026-07-28,1,2\n", "a second time"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_is_missing(text: str, told: str) -> None:
    with pytest.raises(WeatherFileError, match=told.replace("(", r"\(").replace(")", r"\)")):
        weather_of_csv(text)


@given(st.one_of(st.text(), st.lists(st.lists(st.one_of(HEADERS, CELLS), max_size=5), max_size=6)))
def test_any_text_gives_days_or_the_one_error(told: str | list[list[str]]) -> None:
    text = told if isinstance(told, str) else "日期,降水量,tmin,tmax\n" + "\n".join(",".join(row) for row in told)
    try:
        read = weather_of_csv(text)
    except WeatherFileError:
        return
    assert [day.day for day in read.days] == sorted({day.day for day in read.days})
    assert all(error.line >= 2 and error.message for error in read.errors)


def test_a_day_that_cannot_be_is_refused_with_unit_and_range() -> None:
    with pytest.raises(WeatherError, match="outside 0 to 1200 mm"):
        WeatherDay(day=DAY, rain_mm=-1)
    with pytest.raises(WeatherError, match="swapped"):
        WeatherDay(day=DAY, tmin_c=30, tmax_c=20)


def test_each_value_comes_from_the_nearest_who_knows_it_and_says_so() -> None:
    station = [WeatherDay(day=DAY, rain_mm=3.0, tmax_c=34.0)]
    imported = [WeatherDay(day=DAY, rain_mm=5.0, tmin_c=24.0, tmax_c=31.0)]
    usual = usual_days(climate_of("常德").climate, DAY, date(2026, 7, 29))
    first, second = filled_days(
        DAY,
        date(2026, 7, 29),
        [(Origin.STATION, station), (Origin.IMPORTED, imported), (Origin.CLIMATOLOGY, usual)],
    )
    assert (first.weather.rain_mm, first.origins["rain_mm"]) == (3.0, Origin.STATION)
    assert (first.weather.tmax_c, first.origins["tmax_c"]) == (31.0, Origin.IMPORTED)
    assert first.origins["sunshine_h"] is Origin.CLIMATOLOGY
    assert set(second.origins.values()) == {Origin.CLIMATOLOGY}
    (lonely,) = filled_days(DAY, DAY, [(Origin.STATION, station)])
    assert lonely.weather.tmax_c is None


def test_the_farms_own_station_is_a_day_of_weather() -> None:
    day = station_day(
        DAY,
        {
            ("air_temperature", "minimum"): 24.0,
            ("air_temperature", "maximum"): 33.0,
            ("rainfall", "total"): 12.0,
            ("solar_radiation", "mean"): 250.0,
            ("wind_speed", "mean"): 2.0,
            ("ear_temperature", "mean"): 38.5,
        },
        wind_factor=0.75,
    )
    assert (day.tmin_c, day.tmax_c, day.rain_mm, day.wind_m_s) == (24.0, 33.0, 12.0, 1.5)
    assert day.radiation_mj == pytest.approx(21.6)


def test_every_stored_climate_is_whole_and_names_its_source() -> None:
    assert {station.place for station in climate_stations()} == {"changde", "changsha"}
    for station in climate_stations():
        climate = station.climate
        assert climate.source
        assert climate.sunshine_h is not None
        assert all(
            low < mean < high for low, mean, high in zip(climate.tmin_c, climate.tmean_c, climate.tmax_c, strict=True)
        )
    assert climate_of("常德").period == "1981-2010"
    with pytest.raises(NoClimateError, match="known are changde, changsha"):
        climate_of("Atlantis")


def test_the_nearest_climate_of_ningxiang_is_changsha() -> None:
    station, km = nearest_climate(28.27, 112.55, 80)
    assert (station.place, round(km)) == ("changsha", 29)
    assert distance_km(0, 0, 0, 180) == pytest.approx(20015, abs=1)


def test_usual_days_keep_the_months_they_come_from() -> None:
    climate = climate_of("常德").climate
    days = usual_days(climate, date(2026, 1, 1), date(2026, 12, 31))
    assert sum(day.rain_mm or 0 for day in days) == pytest.approx(sum(climate.rain_mm), rel=0.01)
    for month in range(1, 13):
        means = [day.tmean_c for day in days if day.day.month == month and day.tmean_c is not None]
        assert sum(means) / len(means) == pytest.approx(climate.tmean_c[month - 1], abs=0.8)


def test_reference_et_says_how_it_was_computed() -> None:
    whole = WeatherDay(day=DAY, tmin_c=25, tmax_c=34, humidity_percent=75, wind_m_s=2, sunshine_h=9)
    days = [
        whole,
        WeatherDay(day=DAY, tmin_c=25, tmax_c=34, sunshine_h=9),
        WeatherDay(day=DAY, tmin_c=25, tmax_c=34),
        WeatherDay(day=DAY, rain_mm=3),
    ]
    et = reference_et(days, latitude_deg=28.3, altitude_m=80)
    assert et.methods == (
        EtMethod.PENMAN_MONTEITH, EtMethod.PENMAN_MONTEITH_ESTIMATED, EtMethod.HARGREAVES, EtMethod.UNKNOWN,
    )  # fmt: skip
    assert et.et0_mm[:3] == pytest.approx([5.5, 5.5, 5.5], abs=1.0)
    assert math.isnan(et.et0_mm[3])


@given(st.floats(-20, 35), st.floats(0, 20), st.floats(0, 90), st.integers(1, 365))
def test_reference_et_is_never_negative_nor_undefined(tmin: float, swing: float, latitude: float, doy: int) -> None:
    day = WeatherDay(day=date.fromordinal(date(2025, 1, 1).toordinal() + doy - 1), tmin_c=tmin, tmax_c=tmin + swing)
    sunny = WeatherDay(day=day.day, tmin_c=tmin, tmax_c=tmin + swing, sunshine_h=10, humidity_percent=90, wind_m_s=1)
    et = reference_et([day, sunny], latitude_deg=latitude, altitude_m=100)
    assert ((et.et0_mm >= 0) & (et.et0_mm < 30)).all()


def test_known_days_are_a_source_of_weather() -> None:
    days = [WeatherDay(day=date(2026, 7, each), rain_mm=float(each)) for each in (30, 28, 29)]
    source: WeatherSource = KnownWeather(days={"宁乡": days})
    assert [day.day.day for day in source.observed("宁乡", DAY, date(2026, 7, 29))] == [28, 29]
    assert source.observed("elsewhere", DAY, DAY) == []
    assert source.forecast("宁乡") is None
