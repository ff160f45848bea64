"""Whatever the soil, no advice, as plain data or as an SMS, says more than the standard's own table allows."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from random import Random

import pytest

from agronomy.advice.case import FieldCase
from agronomy.advice.plain import advice_plain, advised_in
from agronomy.advice.sms import advice_sms
from agronomy.advice.whole import advise
from agronomy.gate.soil_limits import SCREENING, bands_of, strictest
from agronomy.model import Field
from agronomy.pushes.texts import SMS_PART
from agronomy.soil.samples import LaboratoryValue, LandUse, SoilSample
from agronomy.weather.climatology import climate_of
from agronomy.yields.fitting import fit
from observations.identifiers import FarmId, FieldId
from tests.agronomy import oracle_gb15618 as oracle

MODEL = fit([])
CLIMATE = climate_of("changsha")
FOOD_WORDS = {
    "甘薯": "Ipomoea batatas",
    "水稻": "Oryza sativa",
    "马铃薯": "Solanum tuberosum",
    "花生": "Arachis hypogaea",
    "玉米": "Zea mays",
}
CLEAN = {"hg": 0.05, "arsenic": 5.0, "pb": 20.0, "cr": 40.0, "cu": 15.0, "ni": 15.0, "zn": 50.0, "cd": 0.1}


def case_of(land_use: str, ph: float | None, contents: dict[str, float | None], crop: str = "红薯") -> FieldCase:
    field = Field(
        id=FieldId.parse("field-1"),
        farm=FarmId.parse("farm-1"),
        name="田",
        area_mu=Decimal(1),
        crop=crop,
        planted_on=date(2026, 5, 20),
        land_use=LandUse(land_use),
        drainage="well",
    )
    known = {name: value for name, value in {"ph": ph, **contents}.items() if value is not None}
    sample = SoilSample(
        id="s",
        field=field.id,
        sampled_on=date(2026, 7, 1),
        depth_cm=(0, 20),
        laboratory="Lab",
        values={name: LaboratoryValue(value=value) for name, value in known.items()},
    )
    now = datetime(2026, 7, 28, tzinfo=UTC)
    samples = [sample] if known else []
    return FieldCase(field=field, today=now.date(), now=now, model=MODEL, samples=samples, climate=CLIMATE)


def assert_within_the_oracle(land_use: str, ph: float | None, contents: dict[str, float | None], crop: str) -> None:
    content = advice_plain(advise(case_of(land_use, ph, contents, crop)))
    level = oracle.level(land_use, ph, contents)
    told = (land_use, ph, contents, content["gate"]["level"])
    assert content["gate"]["level"] == level, told
    advised = advised_in(content)
    for name in advised:
        if name in (*oracle.TESTED, *oracle.OTHER_FOOD, *oracle.NOT_FOOD):
            assert oracle.allowed(level, name), (name, told)
    sms = advice_sms(content)
    assert len(sms) <= SMS_PART, sms
    praised = sms.partition("适合种")[2].partition("，")[0]
    if level in {"unknown", "strict"}:
        assert set(advised) <= set(oracle.NOT_FOOD), told
        assert content["growing"] is None, told
        assert not praised, sms
    for words, name in FOOD_WORDS.items():
        assert words not in praised or oracle.allowed(level, name), (sms, told)
    if oracle.provisional(contents) and praised:
        assert "暂定" in sms, sms


@pytest.mark.parametrize("land_use", oracle.LAND_USES)
@pytest.mark.parametrize("element", oracle.ELEMENTS)
def test_a_hair_around_every_edge_advice_follows_the_table(land_use: str, element: str) -> None:
    for edge, hair in product((5.5, 6.5, 7.5), (-1e-9, 0.0, 1e-9)):
        ph = edge + hair
        limits = [oracle.screening(land_use, element, ph), oracle.intervention(element, ph)]
        for limit, step in product([each for each in limits if each is not None], (-1e-9, 0.0, 1e-9)):
            assert_within_the_oracle(land_use, ph, {**CLEAN, element: limit + step}, "水稻")


def test_whatever_is_missing_advice_follows_the_table() -> None:
    for gaps in product((False, True), repeat=9):
        missing = dict(zip(("ph", *CLEAN), gaps, strict=True))
        contents = {name: None if missing[name] else value for name, value in CLEAN.items()}
        assert_within_the_oracle("paddy", None if missing["ph"] else 6.0, contents, "红薯")


def test_of_random_soils_none_gets_advice_against_the_table() -> None:
    chance = Random(15618)  # noqa: S311 a seed makes the soils repeatable
    for _ in range(800):
        contents: dict[str, float | None] = {
            name: None if chance.random() < 0.1 else value * chance.lognormvariate(0.3, 1.0)
            for name, value in CLEAN.items()
        }
        ph = None if chance.random() < 0.05 else chance.uniform(3.5, 9.0)
        crop = chance.choice(["红薯", "水稻", "玉米", "苎麻", "", "没有的作物"])
        assert_within_the_oracle(chance.choice(oracle.LAND_USES), ph, contents, crop)


def test_more_cadmium_never_widens_advice() -> None:
    before: set[str] | None = None
    for cd in (0.05, 0.2, 0.3, 0.300001, 0.39, 0.4, 0.41, 0.9, 1.9, 2.0, 2.1, 40.0):
        content = advice_plain(advise(case_of("paddy", 6.0, {**CLEAN, "cd": cd})))
        allowed = {name for name, one in content["gate"]["permissions"].items() if one["allowed"]}
        assert before is None or allowed <= before
        before = allowed


def test_where_nobody_says_how_the_land_is_used_no_land_use_would_be_stricter() -> None:
    for element, ph, use in product(oracle.ELEMENTS, (5.0, 6.0, 7.0, 8.0), LandUse):
        strict = strictest(SCREENING, element, LandUse.ROTATION, bands_of(ph, ph))
        other = strictest(SCREENING, element, use, bands_of(ph, ph))
        assert strict is not None
        assert other is not None
        assert strict.mg_kg <= other.mg_kg


def test_the_same_field_moved_to_a_desert_climate_is_refused() -> None:
    here = case_of("paddy", 6.0, dict(CLEAN))
    dry = replace(CLIMATE.climate, rain_mm=(2.0,) * 12, place="desert")
    moved = advise(replace(here, climate=replace(CLIMATE, climate=dry)))
    assert moved.growing is not None
    assert moved.growing.outside
    assert moved.growing.best == ()
    assert "不出建议" in advice_sms(advice_plain(moved))


def test_a_value_that_only_may_lie_above_intervention_is_not_said_to_lie_above() -> None:
    case = case_of("paddy", 5.0, {**CLEAN, "cd": 1.45})
    (known,) = case.samples
    doubtful = {**known.values, "cd": LaboratoryValue(value=1.45, uncertainty=0.1)}
    sms = advice_sms(advice_plain(advise(replace(case, samples=[replace(known, values=doubtful)]))))
    assert "镉 1.45±0.1 mg/kg，可能超过管制值 1.5，不要种吃的" in sms
