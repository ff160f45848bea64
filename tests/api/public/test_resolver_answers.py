"""What the resolver answers beyond GS1's list: later clauses, and what is ours."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from tests.api.public.resolving import (
    DOCUMENT,
    GIVEN,
    LIFE,
    OTHER,
    PIG_PATH,
    ROOT,
    SSCC,
    VOC,
    house,
    linkset,
    to,
)
from tests.traceability.one_life import (
    BELLY,
    FARM,
    NOW,
    PACK_PATH,
    PACKING_HOUSE,
    PIG,
    SERIAL,
    SLAUGHTERHOUSE,
    TAG,
    at,
    event,
    farm_events,
    house_events,
    numbered,
    places,
)
from traceability.context import animal_giai, device_uri
from traceability.model import CapturedEvent


@pytest.fixture(scope="module")
def client() -> TestClient:
    return house(*GIVEN)


# What the later list (GS1-Conformant Resolver 1.0 and on) adds --------------------------------------------------------


def test_a_type_that_is_not_there_is_404_with_those_that_are(client: TestClient) -> None:
    answer = client.get(PACK_PATH + "?linkType=gs1:jws")
    assert answer.status_code == 404
    assert "gs1:recallStatus" in answer.text
    assert client.get(f"/01/{BELLY}?linkType=gs1:pip").status_code == 404


@pytest.mark.parametrize(
    ("language", "target"),
    [("en", "recipe-en"), ("en-GB;q=0.4,fr", "recipe-en"), ("zh-CN", "recipe"), ("fr", "recipe")],
)
def test_language_decides_between_links_of_one_type(client: TestClient, language: str, target: str) -> None:
    answer = client.get(PACK_PATH + "?linkType=gs1:recipeInfo", headers={"Accept-Language": language})
    assert answer.headers["location"].partition("?")[0] == f"https://brand.example/{target}"
    assert "Accept-Language" in answer.headers["vary"]


def test_our_own_pages_are_led_to_in_the_readers_language(client: TestClient) -> None:
    answer = client.get(PACK_PATH + "?linkType=gs1:pip&foo=1", headers={"Accept-Language": "en"})
    assert answer.headers["location"] == f"{ROOT}{PACK_PATH}?lang=en&foo=1"


def test_media_type_and_context_decide_too() -> None:
    key = f"/01/{OTHER}"
    client = house(
        to(key, "page", "masterData", media_type="text/html"),
        to(key, "data", "masterData", media_type="application/json"),
        to(key, "trade", "masterData", contexts=["wholesale"]),
    )
    asked = key + "?linkType=gs1:masterData"
    as_json = client.get(asked, headers={"Accept": "application/json"})
    assert as_json.headers["location"].startswith("https://brand.example/data")
    trade = client.get(asked + "&context=wholesale", headers={"Accept": "text/html"})
    assert trade.headers["location"].startswith("https://brand.example/trade")


@pytest.mark.parametrize("accept", ["application/json", "application/ld+json"])
def test_the_linkset_comes_as_plain_json_or_json_ld_where_that_is_wanted(client: TestClient, accept: str) -> None:
    answer = client.get(PACK_PATH + "?linkType=all", headers={"Accept": accept})
    assert answer.headers["content-type"] == accept
    assert ("@context" in answer.json()) is (accept == "application/ld+json")


def test_several_default_links_are_told_apart_by_language() -> None:
    key = f"/01/{OTHER}"
    client = house(to(key, "any", default=True), to(key, "english", "defaultLinkMulti", languages=["en"]))
    assert client.get(key, headers={"Accept-Language": "en"}).headers["location"] == "https://brand.example/english"
    assert client.get(key, headers={"Accept-Language": "fr"}).headers["location"] == "https://brand.example/any"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        (f"/01/{OTHER}/22/V1/10/A/21/7", "https://brand.example/other"),
        (f"/01/{OTHER}/10/A", "https://brand.example/lot-a"),
        (f"/01/{OTHER}/22/V1/10/A", "https://brand.example/lot-a"),
        (f"/01/{OTHER}/10/A/21/9", "https://brand.example/lot-a"),
        (f"/253/{DOCUMENT}", "https://brand.example/cert.pdf"),
        ("/414/9526000900047/254/field-7", "https://brand.example/farm"),
        (f"/00/{SSCC}", "https://brand.example/pallet"),
    ],
)
def test_where_nothing_is_known_of_a_code_its_coarser_levels_are_asked(path: str, target: str) -> None:
    client = house(
        GIVEN[-1],
        to(f"/01/{OTHER}/10/A", "lot-a"),
        to(f"/253/{DOCUMENT}", "cert.pdf", "certificationInfo"),
        to(f"/414/{numbered('952600090004')}", "farm", "locationInfo"),
        to(f"/00/{SSCC}", "pallet", "traceability"),
    )
    answer = client.get(path if "254" not in path else path.replace("9526000900047", numbered("952600090004")))
    expected = target if "V1/10/A/21" not in path else "https://brand.example/lot-a"
    assert (answer.status_code, answer.headers.get("location")) == (307, expected)


# What is ours ---------------------------------------------------------------------------------------------------------


def test_a_pack_nobody_packed_is_never_led_to_the_brands_page(client: TestClient) -> None:
    known = house(to(f"/01/{BELLY}", "brand", default=True))
    for path in (f"/01/{BELLY}/21/nobody", f"/01/{BELLY}/10/WRONG/21/{SERIAL}"):
        answer = known.get(path)
        assert answer.status_code == 404
        assert "查不到，不等于假，也不等于真" in answer.text
    assert known.get(f"/01/{BELLY}").headers["location"] == "https://brand.example/brand"
    assert known.get(PACK_PATH).status_code == 200
    assert client.get(f"/01/{BELLY}/10/WRONG/21/{SERIAL}?linkType=gs1:epcis").status_code == 404


def lot_events() -> list[CapturedEvent]:
    mince = {"epcClass": f"https://id.gs1.org/01/{OTHER}/10/M1", "quantity": 12.5, "uom": "KGM"}
    pig = animal_giai(PIG).uri
    return [
        *farm_events(),
        event(
            "TransformationEvent", at(NOW.date()), PACKING_HOUSE,
            bizStep="commissioning", inputEPCList=[pig], outputQuantityList=[mince],
        ),
    ]  # fmt: skip


def test_a_lot_leads_to_its_status_where_nobody_gave_it_a_page_and_when_it_is_recalled() -> None:
    path = f"/01/{OTHER}/10/M1"
    status = f"{ROOT}/recall-status{path}"
    assert house(events=lot_events()).get(path).headers["location"] == status
    shop = to(f"/01/{OTHER}", "shop", default=True)
    assert house(shop, events=lot_events()).get(path).headers["location"] == "https://brand.example/shop"
    assert house(shop, events=lot_events(), recalled=animal_giai(PIG).uri).get(path).headers["location"] == status


@pytest.mark.parametrize("path", [PACK_PATH, PIG_PATH])
def test_the_recall_status_is_json_for_programs_and_a_page_for_people(path: str) -> None:
    client = house(recalled=animal_giai(PIG).uri)
    answer = client.get(f"/recall-status{path}", headers={"Accept": "application/json"})
    assert answer.json()["status"] == "recalled"
    assert answer.json()["recalls"][0]["reason"] == "检出<b>克伦特罗</b>"
    assert "actor" not in answer.text
    page = client.get(f"/recall-status{path}", headers={"Accept": "text/html"}).text
    assert "已召回，请不要吃" in page
    assert "检出&lt;b&gt;克伦特罗&lt;/b&gt;" in page
    assert "operator" not in page
    fine = house().get(f"/recall-status{path}").json()
    assert (fine["status"], fine["recalls"]) == ("none", [])
    assert fine["uri"] == f"https://id.gs1.org{path}"


def test_an_item_that_an_event_calls_recalled_has_that_status() -> None:
    client = house(events=[*farm_events(), *house_events(recalled=True)])
    assert client.get(f"/recall-status{PACK_PATH}").json()["status"] == "recalled"


def test_nothing_is_told_of_the_status_of_what_is_not_known(client: TestClient) -> None:
    path = f"/recall-status/01/{BELLY}/21/nobody"
    assert client.get(path).status_code == 404
    assert client.get(path).json()["status"] == "unknown"
    assert "查不到这个编码" in client.get(path, headers={"Accept": "text/html"}).text
    assert client.get("/recall-status/01/1").status_code == 400


def test_a_pig_has_a_page_of_what_a_consumer_may_know(client: TestClient) -> None:
    text = client.get(PIG_PATH).text
    for told in ("一头宁乡花猪", "没有召回记录", "2025 年 11 月 3 日", "湖南宁乡流沙河镇合金村", "7 户合作",
                 "免疫：猪瘟、口蹄疫", "用药：土霉素注射液", "休药期到 2026 年 5 月 3 日", "屠宰", "演示"):  # fmt: skip
        assert told in text
    assert FARM not in text
    assert "One Ningxiang flower pig" in client.get(PIG_PATH + "?lang=en").text


def test_a_pigs_quarantine_certificate_is_linked_where_there_is_one(client: TestClient) -> None:
    asked = PIG_PATH + "?linkType=gs1:certificationInfo"
    assert client.get(asked).headers["location"] == ROOT + PIG_PATH
    assert "动物检疫证明（动物B），合格" in client.get(PIG_PATH).text
    young = house(events=farm_events()[:2])
    assert young.get(PIG_PATH).status_code == 200
    assert young.get(asked).status_code == 404


def test_a_farms_page_names_no_village_and_no_number_below_five_households() -> None:
    few = house(known_places=places(households=4))
    for path in (f"/414/{FARM}", PIG_PATH):
        assert "4 户" not in few.get(path).text
    text = house().get(f"/414/{FARM}").text
    assert "合作养殖点" in text
    assert "流沙河镇" in text


def test_a_slaughterhouse_is_a_party_and_a_farm_of_a_household_is_none() -> None:
    assert "宁乡屠宰场" in house().get(f"/417/{SLAUGHTERHOUSE}").text
    family = house(known_places=places(households=1))
    assert family.get(f"/417/{FARM}").status_code == 404
    assert family.get(f"/417/{FARM}?linkType=all").status_code == 404


def test_a_field_of_a_farm_is_told_like_the_farm(client: TestClient) -> None:
    assert client.get(f"/414/{FARM}/254/field-7").status_code == 200


def test_a_tag_has_no_page(client: TestClient) -> None:
    assert client.get(device_uri(TAG).removeprefix("https://id.gs1.org")).status_code == 404


def test_a_logistic_unit_tells_how_much_is_recorded_of_it_and_no_more() -> None:
    packed = event(
        "AggregationEvent", at(NOW.date()), PACKING_HOUSE, action="ADD", bizStep="packing",
        parentID=f"https://id.gs1.org/00/{SSCC}", childEPCs=[f"https://id.gs1.org/01/{BELLY}/21/{SERIAL}"],
    )  # fmt: skip
    client = house(events=[*LIFE, packed])
    text = client.get(f"/00/{SSCC}").text
    assert "1 条记录" in text
    assert SERIAL not in text
    types = {name.removeprefix(VOC) for name in linkset(client, f"/00/{SSCC}")[0] if name.startswith(VOC)}
    assert types == {"traceability", "recallStatus", "epcis", "defaultLink"}


def test_a_link_that_leads_back_to_its_own_code_ends_at_once() -> None:
    circle = to(f"/01/{OTHER}", "", default=True, href=f"{ROOT}/01/{OTHER}")
    client = house(circle)
    assert client.get(f"/01/{OTHER}").status_code == 404
    assert client.get(f"/01/{OTHER}?a=1").status_code == 404
    first = client.get(f"/01/{OTHER}?linkType=gs1:pip")
    assert first.headers["location"] == f"{ROOT}/01/{OTHER}"


def test_what_an_erroneous_record_says_is_not_told() -> None:
    (birth, *rest) = farm_events()
    document = json.loads(birth.document)
    document["errorDeclaration"] = {"declarationTime": NOW.isoformat(), "reason": "incorrect_data"}
    error = replace(birth, document=json.dumps(document), record_time=NOW + timedelta(hours=1))
    text = house(events=[birth, error, *rest]).get(PIG_PATH).text
    assert "2025 年 11 月 3 日" not in text


PAIRS = st.tuples(st.sampled_from(["01", "414", "417", "00", "253", "8004"]), st.text(max_size=30))


@given(pair=PAIRS, query=st.text(max_size=30), accept=st.text(alphabet="abclinkset+json/*;q=.,", max_size=40))
def test_whatever_is_asked_the_answer_is_a_page_a_redirect_or_a_refusal(
    pair: tuple[str, str], query: str, accept: str
) -> None:
    path = f"/{pair[0]}/{quote(pair[1], safe='')}?{quote(query, safe='=&:')}"
    answer = CLIENT.get(path, headers={"Accept": accept})
    assert answer.status_code in {200, 307, 400, 404}
    assert answer.headers["access-control-allow-origin"] == "*"


CLIENT = house(*GIVEN)
