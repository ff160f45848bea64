import json
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from tests.api.public.mince import mince_events
from tests.api.public.visits import AGREEMENT, MAXIMUM_PAGE, Agreed, Weathered, visitor
from tests.traceability.one_life import (
    BELLY,
    FARM,
    NOW,
    PACK_PATH,
    house_events,
    places,
    whole_life,
)
from traceability.epcis.capture import capture_event
from traceability.life_weather import LifeWeather, WeatherOrigin
from traceability.model import CapturedEvent


class Balance(HTMLParser):
    """Notes tags that are closed by another's end tag."""

    VOID = frozenset({"meta", "br", "input", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 the base class gives them
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


@pytest.mark.parametrize("language", ["", "?lang=en"])
def test_the_page_is_whole_within_30_kb_without_script_cookie_or_another_host(
    client: TestClient, language: str
) -> None:
    answer = client.get(PACK_PATH + language)
    assert answer.status_code == 200
    assert len(answer.content) <= MAXIMUM_PAGE
    assert "<script" not in answer.text
    assert "set-cookie" not in answer.headers
    assert set(re.findall(r'(?:src|href|action)="((?:https?:)?//[^/"]*)', answer.text)) == {"https://trace.example"}
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path", [PACK_PATH, PACK_PATH + "/records", "/", f"/01/{BELLY}/21/0O0037", "/01/1", PACK_PATH + "?lang=en"]
)
def test_every_page_closes_what_it_opens_and_has_one_heading(client: TestClient, path: str) -> None:
    text = client.get(path).text
    balance = Balance()
    balance.feed(text)
    assert balance.faults == []
    assert balance.open == []
    assert text.count("<h1") == 1


def test_the_page_tells_the_story_and_what_can_be_proven(client: TestClient) -> None:
    text = client.get(PACK_PATH).text
    for told in (
        "编码有效，没有召回记录",
        "一头宁乡花猪的 300 天",
        "五花肉 500 g",
        "流沙河镇 · 7 户合作",
        "58</b> <span>± 15 km",
        "用药：土霉素注射液",
        "休药期 28 天，到 5 月 3 日",
        "动物检疫证明（动物B） 合格",
        "体温平稳 271 天",
        "装盒合计 48 kg，胴体 52.5 kg",
        "完整 93.4%",
        "2 条事后补记，最长晚 3 天",
        "演示数据，不是真的肉",
        "12315",
    ):
        assert told in text


def test_days_are_counted_alike_in_title_hill_and_life_line(client: TestClient) -> None:
    text = client.get(PACK_PATH).text
    assert "一头宁乡花猪的 300 天" in text
    assert re.search(r"第 0 天</span>.*?<b>出生", text)
    assert re.search(r"第 300 天</span>.*?<b>屠宰", text)


def test_the_last_day_to_eat_it_is_told_with_its_year(client: TestClient) -> None:
    assert re.search(r"请在 20\d\d 年 \d+ 月 \d+ 日前吃", client.get(PACK_PATH).text)
    assert re.search(r"Use by \d+ \w{3} 20\d\d", client.get(PACK_PATH + "?lang=en").text)


def test_records_that_all_came_later_are_told_without_a_zero_and_with_the_reason() -> None:
    late = [replace(event, record_time=event.event_time + timedelta(days=40)) for event in whole_life()]
    text = visitor(late, now=NOW + timedelta(days=40)).get(PACK_PATH).text
    assert re.search(r"\d+ 条都是事后补记，最长晚 40 天", text)
    assert "演示的过去是一次装入的" in text
    assert "0 条" not in text


def test_english_comes_first_on_demand_with_a_link_back(client: TestClient) -> None:
    text = client.get(PACK_PATH + "?lang=en").text
    assert '<html lang="en">' in text
    assert "300 days of one Ningxiang flower pig" in text
    assert f'class="lang" href="{PACK_PATH}"' in text
    assert f'class="lang" href="{PACK_PATH}?lang=en"' in client.get(PACK_PATH).text


def test_no_page_names_the_farms_location_number(client: TestClient) -> None:
    for path in (PACK_PATH, PACK_PATH + "/records"):
        assert FARM not in client.get(path).text


@pytest.mark.parametrize(("households", "shown"), [(5, True), (4, False)])
def test_the_village_and_the_count_are_told_from_five_households_on(*, households: int, shown: bool) -> None:
    text = visitor(whole_life(), known_places=places(households=households)).get(PACK_PATH).text
    assert ("合金村" in text) is shown
    assert (f"{households} 户" in text) is shown


def test_a_real_site_is_not_called_simulated() -> None:
    assert "演示数据" not in visitor(whole_life(), known_places=places(simulated=False)).get(PACK_PATH).text


def test_blocks_that_no_record_supports_are_absent() -> None:
    text = visitor(house_events()).get(PACK_PATH).text
    for absent in ("走了多远", "每一天", "户合作", "没有用药记录", "完整 "):
        assert absent not in text


def test_a_pack_without_any_animal_still_has_its_page() -> None:
    answer = visitor([event for event in house_events() if "packedTotal" in event.document]).get(PACK_PATH)
    assert answer.status_code == 200
    assert "五花肉" in answer.text


def test_all_records_are_listed_with_their_delay(client: TestClient) -> None:
    text = client.get(PACK_PATH + "/records").text
    assert text.count('class="r"') == 294
    assert "补记：晚 3 天" in text


def test_head_is_answered_like_get_without_a_body(client: TestClient) -> None:
    answer = client.head(PACK_PATH)
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.head("/01/1").status_code == 400


def test_the_qr_code_is_an_svg_of_the_packs_own_address(client: TestClient) -> None:
    answer = client.get(f"/qr{PACK_PATH}.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert f"<title>https://trace.example{PACK_PATH}</title>" in answer.text
    assert client.get(f"/qr/01/{BELLY}/21/nobody.svg").status_code == 404
    assert client.get("/qr/01/1.svg").status_code == 400


def test_start_explains_scanning_and_typing(client: TestClient) -> None:
    text = client.get("/").text
    assert 'action="/find"' in text
    assert "扫一扫" in text


def test_a_sow_of_five_years_still_fits_on_the_page() -> None:
    birth, *rest = whole_life()
    early = birth.event_time - timedelta(days=1500)
    document = birth.document.replace("2025-11-03", "2021-09-25")
    text = visitor([replace(birth, event_time=early, document=document), *rest]).get(PACK_PATH)
    assert "1800 天" in text.text
    assert len(text.content) <= MAXIMUM_PAGE


def test_the_share_is_told_only_where_it_was_agreed_and_is_nobodys_own_income() -> None:
    text = visitor(whole_life(), prices=Agreed(AGREEMENT)).get(PACK_PATH).text
    assert "售价 ¥62.00，其中 ¥25.00 归养殖户" in text
    assert "¥2,400.00 ÷ 装盒 48 kg × 本盒 0.5 kg" in text
    assert "流沙河分割车间申报" in text
    silent = [
        visitor(whole_life()),
        visitor(whole_life(), prices=Agreed(replace(AGREEMENT, agreed_on=None))),
        visitor(whole_life(), prices=Agreed(replace(AGREEMENT, withdrawn_on=NOW.date()))),
        visitor(whole_life(), prices=Agreed(replace(AGREEMENT, paid_yuan=Decimal(24000)))),
        visitor(whole_life(), prices=Agreed(AGREEMENT), known_places=places(households=4)),
    ]
    assert all("归养殖户" not in client.get(PACK_PATH).text for client in silent)


def test_weather_says_whether_it_was_measured_or_is_what_a_usual_year_has() -> None:
    measured = LifeWeather(
        origin=WeatherOrigin.MEASURED, days=291, of_days=300, mean_c=18.2, coldest_c=-2.1, hottest_c=37.4,
        rain_mm=1180.0, rain_days=131,
    )  # fmt: skip
    text = visitor(whole_life(), weathers=Weathered(measured)).get(PACK_PATH).text
    assert "平均 18 ℃，最冷 −2 ℃，最热 37 ℃，下雨 131 天，1,180 mm" in text
    assert "缺 9 天没有补" in text
    usual = replace(
        measured, origin=WeatherOrigin.USUAL, days=300, rain_days=None, station_zh="长沙", period="1991-2020"
    )
    assert "没有当时的实测。这是长沙站 1991-2020 年的常年平均" in (
        visitor(whole_life(), weathers=Weathered(usual)).get(PACK_PATH).text
    )
    assert "天气" not in visitor(whole_life()).get(PACK_PATH).text


def test_mince_of_136_pigs_is_told_in_medians_and_its_pigs_behind_a_link() -> None:
    client = visitor(mince_events(136))
    answer = client.get(PACK_PATH)
    assert len(answer.content) <= MAXIMUM_PAGE
    for told in ("136 头猪的肉", "136 头的中间值", "流沙河镇 136 头", "动物检疫证明 136 份", "136 头用过药，共 136 次"):
        assert told in answer.text
    assert answer.text.count("<h1") == 1
    first, second = (client.get(f"{PACK_PATH}/animals?page={page}").text for page in (1, 2))
    assert first.count("143018200") == 100
    assert second.count("143018200") == 36
    assert 'rel="next"' in first
    assert 'rel="prev"' in second
    assert "这盒是混在一起的" in first


def test_records_come_in_pages_and_every_one_of_them_once() -> None:
    client = visitor(mince_events(40))
    pages = [client.get(f"{PACK_PATH}/records?page={page}").text for page in (1, 2)]
    total = int(re.search(r"全部 (\d+) 条记录", pages[0])[1])  # type: ignore[index]  # it is there
    assert sum(page.count('class="r"') for page in pages) == total
    assert pages[0].count('class="r"') == 400
    for page in ("0", "99", "-1", "x", "9" * 30, "²"):
        assert client.get(f"{PACK_PATH}/records", params={"page": page}).status_code == 200


def hostile_life() -> list[CapturedEvent]:
    """A life in which every text is as long as a page, every day has a weight and each week three medicines."""
    long = "很长" * 3000
    changed = []
    for each in whole_life():
        body = json.loads(each.document)
        for name in body:
            if name.startswith("tt:") and isinstance(body[name], str) and name not in {"tt:day", "tt:withdrawalUntil"}:
                body[name] = long if name != "tt:lastDose" else body[name]
        if "tt:breed" in body.get("ilmd", {}):
            body["ilmd"]["tt:breed"] = long
        changed.append(capture_event(json.dumps(body).encode(), record_time=each.record_time))
    template = next(each for each in changed if "treating" in each.biz_step)
    weighing = next(each for each in changed if each.biz_step == "inspecting" and "Mass" in each.document)
    for number in range(120):
        for kind, place in ((template, 0), (weighing, 1)):
            body = json.loads(kind.document)
            when = kind.event_time + timedelta(days=number % 90, minutes=number)
            body |= {"eventID": f"urn:x:{place}:{number}", "eventTime": when.isoformat()}
            changed.append(capture_event(json.dumps(body).encode(), record_time=when))
    return changed


@pytest.mark.parametrize("language", ["", "?lang=en"])
def test_whatever_events_say_the_first_page_stays_small(language: str) -> None:
    answer = visitor(hostile_life(), prices=Agreed(replace(AGREEMENT, declared_by="很长" * 500))).get(
        PACK_PATH + language
    )
    assert answer.status_code == 200
    assert len(answer.content) <= MAXIMUM_PAGE
    assert "很长" * 200 not in answer.text


def test_the_proof_says_who_recorded() -> None:
    assert "耳标自动 276 条，养殖场 14 条，屠宰和分割 4 条" in visitor(whole_life()).get(PACK_PATH).text


def test_a_search_engine_is_told_what_the_page_is_and_where_it_lives(client: TestClient) -> None:
    text = client.get(PACK_PATH + "?lang=en").text
    assert f'<link rel="canonical" href="https://trace.example{PACK_PATH}">' in text
    description = re.search(r'<meta name="description" content="([^"]*)"', text)
    assert description is not None
    assert 50 < len(description[1]) < 300
    assert "Disallow: /console" in client.get("/robots.txt").text
