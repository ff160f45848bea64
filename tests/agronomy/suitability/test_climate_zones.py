import pytest

from agronomy.soil.samples import Soil
from agronomy.suitability.climate_zones import aridity_index, thornthwaite_mm, zone_likeness, zone_of
from agronomy.suitability.known_range import outside_knowledge
from tests.agronomy.known_climates import CHANGDE, CHANGSHA, DESERT


def test_hunan_is_subtropical_humid_and_a_desert_is_one() -> None:
    assert [zone_of(climate) for climate in (CHANGDE, CHANGSHA, DESERT)] == ["Cf", "Cf", "Bw"]


def test_hunan_has_more_rain_than_can_evaporate() -> None:
    assert thornthwaite_mm(CHANGDE) == pytest.approx(935, abs=5)
    assert aridity_index(CHANGDE) > 1.2
    assert aridity_index(DESERT) < 0.05


def test_a_zone_is_most_like_itself() -> None:
    likeness = zone_likeness()
    for (here, home), value in likeness.items():
        assert 0 < value <= 1
        assert (value == 1) == (here == home or value == 1)
    assert likeness["Cf", "Cw"] > likeness["Cf", "Cs"] > likeness["Cf", "Bw"]


def test_knowledge_ends_where_nothing_was_checked() -> None:
    assert outside_knowledge(CHANGDE, Soil(ph=6.0)) == []
    assert outside_knowledge(CHANGSHA, Soil(ph=5.0)) == []
    assert len(outside_knowledge(DESERT, Soil(ph=6.0))) >= 3
    assert any("pH" in reason for reason in outside_knowledge(CHANGDE, Soil()))
    assert any("pH" in reason for reason in outside_knowledge(CHANGDE, Soil(ph=9.5)))
    assert any("pH" in reason for reason in outside_knowledge(CHANGDE, None))
