"""The weather of a life in a sentence, and who says so: measured, or what a usual year has."""

from typing import Any

from api.public.words import Words, clipped
from traceability.life import Life
from traceability.life_weather import LifeWeather, WeatherOrigin
from traceability.ports import LifeWeathers


def weather_view(life: Life, weathers: LifeWeathers | None) -> dict[str, Any] | None:
    """The block's variables; None where nothing is known of the place's weather."""
    if weathers is None or life.place is None or life.born_on is None or life.until <= life.born_on:
        return None
    weather = weathers.during(life.place, life.born_on, life.until)
    if weather is None:
        return None
    told = _figures(weather)
    if not told[0]:
        return None
    return {"sentence": told, "source": _source(weather), "measured": weather.origin is WeatherOrigin.MEASURED}


def _figures(weather: LifeWeather) -> Words:
    zh, en = [], []
    if weather.mean_c is not None:
        zh.append(f"平均 {_celsius(weather.mean_c)} ℃")
        en.append(f"{_celsius(weather.mean_c)} °C on average")
    if weather.coldest_c is not None and weather.hottest_c is not None:
        zh.append(f"最冷 {_celsius(weather.coldest_c)} ℃，最热 {_celsius(weather.hottest_c)} ℃")
        en.append(f"from {_celsius(weather.coldest_c)} to {_celsius(weather.hottest_c)} °C")
    if weather.rain_mm is not None:
        days = ("", "") if weather.rain_days is None else (f"{weather.rain_days} 天，", f" on {weather.rain_days} days")
        zh.append(f"下雨 {days[0]}{weather.rain_mm:,.0f} mm")
        en.append(f"{weather.rain_mm:,.0f} mm of rain{days[1]}")
    return "，".join(zh), ", ".join(en)


def _source(weather: LifeWeather) -> Words:
    if weather.origin is WeatherOrigin.MEASURED:
        missing = weather.of_days - weather.days
        gaps = (f"，缺 {missing} 天没有补", f"; {missing} days are missing and stay so") if missing else ("", "")
        return f"当地实测 {weather.days} 天{gaps[0]}。", f"Measured nearby on {weather.days} days{gaps[1]}."
    station_zh, station_en = clipped(weather.station_zh, 30), clipped(weather.station_en, 30)
    return (
        f"没有当时的实测。这是{station_zh}站 {weather.period} 年的常年平均，夜里最冷和白天最热也是平均值。",
        f"Not measured then: what a usual year has ({station_en}, {weather.period}); extremes are averages too.",
    )


def _celsius(degrees: float) -> str:
    """Whole degrees with a true minus sign, and no minus zero."""
    return str(round(degrees)).replace("-", "−")
