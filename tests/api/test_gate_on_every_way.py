"""Thousands of soils as a laboratory reports them: API, pages, SMS and what-if say no more than the table does."""

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

import pytest
from starlette.testclient import TestClient

from agronomy.advice.plain import advised_in
from agronomy.soil.samples import LandUse
from tests.agronomy import oracle_gb15618 as oracle
from tests.api import fields
from tests.api.world import World

SEED = 15_618
SOILS, PAGES = 1_200, 400
PAGE, API = "/console/fields/field-01", "/api/v1/fields/field-01"
Contents = dict[str, float | None]
Soil = tuple[str, float | None, Contents]

NAMES = {
    "甘薯": "Ipomoea batatas", "水稻": "Oryza sativa", "油菜": "Brassica napus", "玉米": "Zea mays",
    "花生": "Arachis hypogaea", "大豆": "Glycine max", "马铃薯": "Solanum tuberosum", "大蒜": "Allium sativum",
    "苋菜": "Amaranthus tricolor", "茄子": "Solanum melongena", "南瓜": "Cucurbita moschata", "辣椒": "Capsicum annuum",
    "西葫芦": "Cucurbita pepo", "豇豆": "Vigna unguiculata", "黄瓜": "Cucumis sativus", "萝卜": "Raphanus sativus",
}  # fmt: skip
"""What people read, and what the standard's rule is asked about."""
MAY = ("可以种", "暂定")
CROP = re.compile(r'<div class="crop [a-z]+"><p>(.*?)</p>', re.DOTALL)
TAG = re.compile(r"<[^>]+>")


def soils(count: int) -> Iterator[Soil]:
    """Around limits and band edges, with gaps; a third of them clean but for one element."""
    chance = Random(SEED)  # noqa: S311 a seed makes the soils repeatable
    for _ in range(count):
        land_use = chance.choice(oracle.LAND_USES)
        ph = chance.choice((5.5, 6.5, 7.5)) + chance.choice((-1e-9, 0.0, 1e-9, chance.uniform(-2, 1)))
        one = chance.choice(oracle.ELEMENTS)
        contents: Contents = {}
        for element in oracle.ELEMENTS:
            limits = [oracle.screening(land_use, element, ph), oracle.intervention(element, ph)]
            limit = chance.choice([each for each in limits if each is not None])
            near = limit + chance.choice((-1e-9, 0.0, 1e-9))
            contents[element] = near if element == one else limits[0] * chance.uniform(0.05, 0.9)  # type: ignore[operator]  # every element has a screening value
            if chance.random() < 0.04:
                contents[element] = None
        yield land_use, None if chance.random() < 0.04 else ph, contents


def put(world: World, soil: Soil, crop: str) -> None:
    """The field has that soil and nothing else was ever known or told of it."""
    land_use, ph, contents = soil
    fields.know_field(world, land_use=LandUse(land_use), crop=crop)
    for kept in (world.planting.soil.kept_samples, world.planting.advice.given, world.planting.advice.posted):
        kept.clear()
    world.planting.pushes.sent.clear()
    known = {name: value for name, value in {"ph": ph, **contents}.items() if value is not None}
    if known:
        uncertainty, fields.UNCERTAINTY = fields.UNCERTAINTY, {}
        try:
            fields.sample(world, known)
        finally:
            fields.UNCERTAINTY = uncertainty


def refused_among(level: str, crops: Sequence[str]) -> list[str]:
    """Those of them that the table does not allow; on land that refuses all food, all that is not known as no food."""
    if level in {"unknown", "strict"}:
        return [crop for crop in crops if crop not in oracle.NOT_FOOD]
    listed = {*oracle.TESTED, *oracle.OTHER_FOOD, *oracle.NOT_FOOD}
    return [crop for crop in crops if crop in listed and not oracle.allowed(level, crop)]


def named_in(text: str) -> list[str]:
    """The crops that a text names; a potato is no sweet potato."""
    found = text.replace("马铃薯", "#")
    return [NAMES[name] for name in NAMES if name in (text if name == "马铃薯" else found)]


def growing_names(growing: Mapping[str, Any] | None) -> list[str]:
    if growing is None:
        return []
    advised = [one["crop"] for one in growing["crops"] if one["status"] == "advised"]
    return advised + [one["crop"] for one in growing["also_fit"]]


def between(text: str, start: str, end: str) -> str:
    return text.partition(start)[2].partition(end)[0]


def assert_page_within(page: str, level: str) -> None:
    gate = between(page, 'id="gate"', "</section>")
    for words in CROP.findall(gate):
        said = TAG.sub("", words)
        if any(may in said for may in MAY):
            assert not refused_among(level, named_in(said)), said
    fit, yields = (between(page, f'id="{part}"', "</section>") for part in ("fit", "yield"))
    assert not refused_among(level, named_in(TAG.sub("", fit + yields)))
    if level in {"unknown", "strict"}:
        assert not fit
        assert not yields
        assert "斤/亩" not in page
        assert "kg/亩" not in page
        assert "what-if" not in page


def assert_sheet_within(sheet: str, level: str, *, provisional: bool) -> None:
    may = between(sheet, '<section class="may">', "</section>")
    heads = " ".join(re.findall(r"<b>(.*?)</b>", may, re.DOTALL)) + may.partition("还有：")[2]
    assert not refused_among(level, named_in(TAG.sub("", heads)))
    if level in {"unknown", "strict"}:
        assert not named_in(TAG.sub("", may))
        assert "yieldbar" not in sheet
        assert "公斤/亩" not in sheet
    elif provisional:
        assert "可以种（暂定）" in sheet


@pytest.fixture
def operator(world: World) -> Iterator[TestClient]:
    with world.program("operator") as client:
        yield client


def test_the_api_and_its_sms_say_no_more_than_the_table(world: World, operator: TestClient) -> None:
    for number, soil in enumerate(soils(SOILS)):
        put(world, soil, ("红薯", "水稻", "玉米", "")[number % 4])
        level = oracle.level(*soil)
        told = operator.get(f"{API}/advice").json()
        assert told["content"]["gate"]["level"] == level, soil
        assert not refused_among(level, advised_in(told["content"])), soil
        permitted = [name for name, one in told["content"]["gate"]["permissions"].items() if one["allowed"]]
        assert not refused_among(level, permitted), soil
        praised = between(told["sms_zh"], "适合种", "。")
        assert not refused_among(level, named_in(praised)), (soil, told["sms_zh"])
        assert not praised or "暂定" in told["sms_zh"] or not oracle.provisional(soil[2]), told["sms_zh"]
        for message in operator.get(f"{API}/pushes").json()["messages"]:
            assert not refused_among(level, named_in(between(message["sms_zh"], "适合种", "。"))), message


def test_what_if_lets_nothing_through_that_the_table_holds_back(world: World, operator: TestClient) -> None:
    limed = 0
    for soil in soils(PAGES):
        put(world, soil, "水稻")
        level = oracle.level(*soil)
        answer = operator.get(f"{API}/what-if?lime_ph=6.5&irrigated=true&drained=true")
        if answer.status_code == 400:
            assert "arsenic" in answer.text, soil
            continue
        limed += 1
        imagined = answer.json()
        assert imagined["gate"]["level"] == level, soil
        for growing in (imagined["before"], imagined["after"]):
            assert not refused_among(level, growing_names(growing)), soil
            assert growing is None or level not in {"unknown", "strict"}, soil
    assert limed > PAGES / 2


def test_the_page_of_the_field_says_no_more_than_the_table(world: World) -> None:
    client = world.client("wangbei")
    for number, soil in enumerate(soils(PAGES)):
        put(world, soil, ("红薯", "水稻", "")[number % 3])
        page = client.get(f"{PAGE}?lime_ph=6.4&drain=true&irrigate=true" if number % 2 else PAGE)
        assert page.status_code == 200, soil
        assert_page_within(page.text, oracle.level(*soil))


def test_the_sheet_of_the_household_says_no_more_than_the_table(world: World) -> None:
    client = world.client("wangbei")
    for number, soil in enumerate(soils(PAGES)):
        put(world, soil, ("红薯", "水稻", "")[number % 3])
        sheet = client.get(f"{PAGE}/sheet")
        assert sheet.status_code == 200, soil
        assert_sheet_within(sheet.text, oracle.level(*soil), provisional=oracle.provisional(soil[2]))
