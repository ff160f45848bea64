from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from agronomy.weather.days import WeatherDay
from bootstrap.life_weathers import RegisteredWeathers
from traceability.life_weather import WeatherOrigin

NOW = datetime(2026, 9, 3, 1, 20, tzinfo=UTC)
FIRST, LAST = date(2026, 1, 1), date(2026, 1, 10)
FARM = "9526000100076"


class Farms:
    """One farm in Ningxiang, and one in a county nobody knows."""

    def site_and_county(self, gln: str) -> tuple[str, str] | None:
        return {FARM: ("s1", "430182"), "9526000100083": ("s1", "000000")}.get(gln)


class Book:
    """A WeatherBook with so many measured days."""

    def __init__(self, days: int) -> None:
        self.kept = days
        self.asked = 0

    def add(self, place: str, days: Iterable[WeatherDay], *, source: str, at: datetime) -> int:
        raise AssertionError(place, days, source, at)

    def days(self, place: str, first: date, last: date) -> Sequence[WeatherDay]:
        assert place == "s1"
        assert first <= last
        self.asked += 1
        days = [first + timedelta(days=number) for number in range(min(self.kept, (last - first).days + 1))]
        return [WeatherDay(day=day, tmin_c=-2.0, tmax_c=8.0, rain_mm=1.5 if day.day % 2 else 0.0) for day in days]


def weathers(days: int) -> RegisteredWeathers:
    return RegisteredWeathers(Farms(), Book(days), now=lambda: NOW)


def test_measured_days_are_summed_up_and_gaps_are_counted() -> None:
    found = weathers(8).during(FARM, FIRST, LAST)
    assert found is not None
    assert found.origin is WeatherOrigin.MEASURED
    assert (found.days, found.of_days) == (8, 10)
    assert (found.mean_c, found.coldest_c, found.hottest_c) == (3.0, -2.0, 8.0)
    assert (found.rain_mm, found.rain_days) == (6.0, 4)


def test_without_enough_of_them_a_usual_year_is_told_as_such() -> None:
    found = weathers(2).during(FARM, FIRST, LAST)
    assert found is not None
    assert found.origin is WeatherOrigin.USUAL
    assert found.station_zh
    assert found.period
    assert found.rain_days is None
    assert found.mean_c is not None


def test_where_nothing_is_known_nothing_is_told() -> None:
    assert weathers(0).during("9526000100083", FIRST, LAST) is None
    assert weathers(9).during("9526000900016", FIRST, LAST) is None


def test_the_same_life_is_looked_up_once_an_hour() -> None:
    book = Book(9)
    told = RegisteredWeathers(Farms(), book, now=lambda: NOW)
    assert told.during(FARM, FIRST, LAST) == told.during(FARM, FIRST, LAST)
    assert book.asked == 1


def test_lives_of_one_site_share_the_months_they_were_looked_up_by() -> None:
    book = Book(31)
    told = RegisteredWeathers(Farms(), book, now=lambda: NOW)
    for shift in range(20):
        first, last = date(2025, 11, 3) + timedelta(days=shift), date(2026, 2, 10) + timedelta(days=shift)
        found = told.during(FARM, first, last)
        assert found is not None
        assert (found.days, found.of_days) == (100, 100)
    assert book.asked == 5
