"""The resolver as a client meets it; the first tests are one for each clause of GS1's list, in its order."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.public.resolver import compressed_router
from api.public.router import public_router
from api.public.services import PublicServices
from tests.traceability.compliance.book_in_memory import CertificatesInMemory
from tests.traceability.conformance import FOLDER, documents, needs_conformance
from tests.traceability.evidence_pack.readings_in_memory import SomeReadings
from tests.traceability.graph_in_memory import GraphInMemory, RecallsInMemory
from tests.traceability.holds_in_memory import HoldsInMemory
from tests.traceability.links_in_memory import LinksInMemory
from tests.traceability.one_life import (
    BELLY,
    FARM,
    LOT,
    NOW,
    PACK_PATH,
    PACKING_HOUSE,
    PIG,
    SERIAL,
    SLAUGHTERHOUSE,
    TAG,
    EventsInMemory,
    PlacesInMemory,
    at,
    event,
    farm_events,
    house_events,
    numbered,
    places,
    products,
    whole_life,
)
from tests.traceability.pig_records import GuardsInMemory
from traceability.context import animal_giai, device_uri
from traceability.evidence_pack.keys import EvidenceKey
from traceability.evidence_pack.pack import Evidence
from traceability.given_links import GivenLink, read_key, read_link
from traceability.keys import Gtin
from traceability.model import CapturedEvent
from traceability.recalls import Cause, Recall, RecallState, RecallStep

ROOT = "https://trace.example"
VOC = "https://ref.gs1.org/voc/"
PIG_PATH = f"/8004/{animal_giai(PIG)}"
EPC_EVENTS = f"{ROOT}/epcis/epcs/{quote(f'https://id.gs1.org/01/{BELLY}/21/{SERIAL}', safe='')}/events"
OTHER = Gtin.parse(numbered("0952600020001"))
SSCC = numbered("09526000000000001")
DOCUMENT = numbered("952600030001") + "CERT7"


def public_places() -> PlacesInMemory:
    """A farm among seven, and works that belong to no household."""
    works = PlacesInMemory([replace(each, households=0) for each in places().places.values()])
    works.places[FARM] = places().places[FARM]
    return works


def house(
    *links: GivenLink,
    events: Sequence[CapturedEvent] | None = None,
    recalled: str = "",
    known_places: PlacesInMemory | None = None,
) -> TestClient:
    """The public pages with these links given to codes; recalled: a URI of which a recall is in force."""
    kept = EventsInMemory(LIFE if events is None else events)
    recalls, given_links = RecallsInMemory(lambda: kept.events), LinksInMemory()
    for each in links:
        given_links.add(each)
    if recalled:
        steps = tuple(
            RecallStep(state=state, actor="operator", at=NOW, why="复检")
            for state in (RecallState.DRAFT, RecallState.CONFIRMED)
        )
        cause = Cause(criterion="thing", value=recalled)
        recalls.add(Recall(id="R-1", cause=cause, reason="检出<b>克伦特罗</b>", steps=steps))
    services = PublicServices(
        events=kept,
        products=products(),
        places=known_places or public_places(),
        recalls=recalls,
        guards=GuardsInMemory(kept.events),
        holds=HoldsInMemory(GraphInMemory(lambda: kept.events)),
        certificates=CertificatesInMemory(),
        evidence=Evidence(key=EvidenceKey(b"of tests"), readings=SomeReadings(), base_url=ROOT),
        now=lambda: NOW,
        base_url=ROOT,
        links=given_links,
    )
    app = FastAPI()
    app.include_router(public_router(services))
    app.include_router(compressed_router())
    return TestClient(app, follow_redirects=False)


def to(key: str, page: str, link_type: str = "pip", *, default: bool = False, **said: object) -> GivenLink:
    """A link given to that key."""
    words = {"title": f"see {page}", "link_type": link_type, "href": f"https://brand.example/{page}"} | said
    link = read_link(**words)  # type: ignore[arg-type]  # the test's own words
    return GivenLink(key=read_key(key).path, link=link, default=default, by="li.na", at=NOW)


LIFE = whole_life()
GIVEN = (
    to(f"/01/{BELLY}", "recipe", "recipeInfo", languages=["zh"]),
    to(f"/01/{BELLY}", "recipe-en", "recipeInfo", languages=["en"]),
    to(f"/01/{BELLY}/10/{LOT}", "lab.pdf", "certificationInfo", media_type="application/pdf"),
    to(f"/01/{OTHER}", "other", "pip", default=True),
)


@pytest.fixture(scope="module")
def client() -> TestClient:
    return house(*GIVEN)


def linkset(client: TestClient, path: str) -> list[dict[str, Any]]:
    answer = client.get(path, params={"linkType": "linkset"})
    assert answer.status_code == 200, answer.text
    anchors: list[dict[str, Any]] = answer.json()["linkset"]
    return anchors


# The 18 clauses of Conformance1_2.txt ---------------------------------------------------------------------------------


@needs_conformance
def test_clause_0_the_list_that_is_followed_here_has_eighteen_clauses() -> None:
    (text,) = documents("digital_link/resolver", "Conformance1_2.txt")
    assert len(text.read_text(encoding="utf-8").strip().splitlines()) == 18


@pytest.mark.parametrize("path", [PACK_PATH, PIG_PATH, f"/414/{FARM}", f"/01/{OTHER}", "/.well-known/gs1resolver"])
def test_clause_1_get_head_and_options_are_answered(client: TestClient, path: str) -> None:
    got, head, options = client.get(path), client.head(path), client.options(path)
    assert got.status_code in {200, 307}
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers.get("location") == got.headers.get("location")
    assert options.status_code == 204
    assert options.headers["allow"] == "GET, HEAD, OPTIONS"


def test_clause_2_behind_tls_every_address_it_gives_is_https(client: TestClient) -> None:
    anchors = linkset(client, PACK_PATH)
    told = json.dumps(anchors) + client.get(PACK_PATH).headers["link"] + client.get("/.well-known/gs1resolver").text
    assert re.findall(r"http://(?!www\.w3\.org/ns/)", told) == []


@pytest.mark.parametrize(
    "path", [PACK_PATH, f"/01/{BELLY}/21/nobody", "/01/1", f"/01/{OTHER}", PACK_PATH + "?linkType=all", PIG_PATH]
)
def test_clause_3_any_page_may_ask_and_read_the_answer(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Link" in answer.headers["access-control-expose-headers"]
    preflight = client.options(path.partition("?")[0], headers={"Access-Control-Request-Method": "GET"})
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


def test_clause_4_a_compressed_link_is_refused_with_what_to_write_instead(client: TestClient) -> None:
    answer = client.get("/ARHKVAdpQgWdsJ")
    assert answer.status_code == 501
    assert "/01/{GTIN}/10/{lot}/21/{serial}" in client.get("/ARHKVAdpQgWdsJ?lang=en").text
    assert client.get("/ordinary-word").status_code == 404
    assert client.get(f"/01/{BELLY}/ARHKVAdpQgWdsJ").status_code == 400


def test_clause_5_what_is_not_uncompressed_claims_no_uncompressed_form(client: TestClient) -> None:
    assert "sameAs" not in client.get("/ARHKVAdpQgWdsJ").headers.get("link", "")
    assert "supportsCompression" not in client.get("/.well-known/gs1resolver").text


MALFORMED = [
    f"/01/{BELLY[:-1]}1",
    f"/01/{BELLY}/foo",
    f"{PACK_PATH}/foo",
    f"/01/{BELLY}/21/1/10/A",
    "/01/9526000100010",
    f"/01/{BELLY}/21/%FF",
    f"/01/{BELLY}/10//21/1",
    "/414/9526000100011",
    "/417/123",
    "/00/095260000000000019",
    "/8004/abc",
    "/253/9526000300011X",
    "/8004/",
    f"/01/{BELLY}?01={BELLY}",
    f"/01/{BELLY}?17=991399",
    f"/01/{BELLY}/21/7?10=A",
]


@pytest.mark.parametrize("path", MALFORMED)
def test_clause_6_a_malformed_uri_is_answered_400_with_the_rule(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert "哪条不对" in answer.text


@pytest.mark.parametrize("path", [*MALFORMED, f"/01/{BELLY}/21/nobody", f"/01/{BELLY}", "/8004/9526000nobody"])
@pytest.mark.parametrize("asking", ["", "linkType=all", "linkType=gs1:jws", "linkType=gs1:pip"])
def test_clause_7_no_error_is_told_with_200(path: str, asking: str) -> None:
    bare = house()
    joint = "&" if "?" in path else "?"
    answer = bare.get(f"{path}{joint}{asking}")
    assert answer.status_code in {400, 404}
    assert bare.head(f"{path}{joint}{asking}").status_code == answer.status_code


@needs_conformance
@pytest.mark.parametrize("path", [PACK_PATH, PIG_PATH, f"/414/{FARM}", f"/417/{PACKING_HOUSE}", f"/01/{OTHER}/21/5"])
@pytest.mark.parametrize(
    ("query", "accept"),
    [("?linkType=all", "*/*"), ("?linkType=linkset", "text/html"), ("", "application/linkset+json")],
)
def test_clause_8_all_links_come_as_a_linkset_of_gs1s_schema(
    client: TestClient, path: str, query: str, accept: str
) -> None:
    answer = client.get(path + query, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/linkset+json"
    schema = json.loads((FOLDER / "digital_link/resolver/gs1-linkset-schema.json").read_text(encoding="utf-8"))
    jsonschema_rs.validator_for(schema).validate(answer.json())
    assert "http://www.w3.org/ns/json-ld#context" in answer.headers["link"]


def test_clause_8_every_level_up_to_the_key_is_in_it(client: TestClient) -> None:
    anchors = linkset(client, PACK_PATH)
    assert [each["anchor"] for each in anchors] == [
        f"{ROOT}{PACK_PATH}",
        f"{ROOT}/01/{BELLY}/10/{LOT}",
        f"{ROOT}/01/{BELLY}",
    ]
    assert [each["itemDescription"] for each in anchors] == [
        f"五花肉 belly · {LOT} · {SERIAL}",
        f"五花肉 belly · {LOT}",
        "五花肉 belly",
    ]
    assert VOC + "recipeInfo" in anchors[2]


@pytest.mark.parametrize("path", [PACK_PATH, f"/01/{OTHER}", PACK_PATH + "?linkType=gs1:recipeInfo", PIG_PATH])
def test_clause_9_a_header_leads_to_the_linkset_even_on_redirects(client: TestClient, path: str) -> None:
    header = client.get(path).headers["link"]
    target = re.match(r'<https://trace\.example([^>]+)>; rel="linkset"; type="application/linkset\+json"', header)
    assert target
    assert client.get(target[1]).json()["linkset"]


@pytest.mark.parametrize("path", [PACK_PATH, PIG_PATH, f"/414/{FARM}", f"/01/{OTHER}", f"/01/{OTHER}/10/A/21/5"])
def test_clause_10_one_link_is_the_default_and_is_described_by_a_type_of_its_own_too(
    client: TestClient, path: str
) -> None:
    anchors = linkset(client, path)
    defaults = [link for anchor in anchors for link in anchor.get(VOC + "defaultLink", [])]
    assert len(defaults) == 1
    assert set(defaults[0]) == {"href", "title"}
    typed = [
        link
        for anchor in anchors
        for name, links in anchor.items()
        if name.startswith(VOC) and name != VOC + "defaultLink"
        for link in links
    ]
    assert defaults[0]["href"] in {link["href"] for link in typed}


@pytest.mark.parametrize("path", [PACK_PATH, PIG_PATH, f"/414/{FARM}", f"/417/{PACKING_HOUSE}", f"/01/{OTHER}"])
def test_clause_11_every_link_has_target_type_and_title(client: TestClient, path: str) -> None:
    for anchor in linkset(client, path):
        for name, links in anchor.items():
            if name.startswith("http"):
                assert all(link["title"] and str(link["href"]).startswith("https://") for link in links)
    header = client.get(path, params={"linkType": "all"}).headers["link"]
    assert header.count("rel=") == header.count(" title=") == 2


def test_clause_12_without_a_better_match_the_default_is_followed(client: TestClient) -> None:
    answer = client.get(f"/01/{OTHER}")
    assert (answer.status_code, answer.headers["location"]) == (307, "https://brand.example/other")
    page = client.get(PACK_PATH, headers={"Accept-Language": "en"})
    assert page.status_code == 200
    assert "一头宁乡花猪的 300 天" in page.text


@pytest.mark.parametrize("spelling", ["gs1:{}", "{}", VOC + "{}", "https://gs1.org/voc/{}"])
@pytest.mark.parametrize(
    ("link_type", "target"),
    [
        ("pip", f"{ROOT}{PACK_PATH}"),
        ("traceability", f"{ROOT}{PACK_PATH}/records"),
        ("recallStatus", f"{ROOT}/recall-status{PACK_PATH}"),
        ("epcis", EPC_EVENTS),
        ("certificationInfo", "https://brand.example/lab.pdf"),
        ("recipeInfo", "https://brand.example/recipe"),
    ],
)
def test_clause_13_a_requested_type_is_redirected_to(
    client: TestClient, spelling: str, link_type: str, target: str
) -> None:
    answer = client.get(PACK_PATH, params={"linkType": spelling.format(link_type)})
    assert answer.status_code == 307
    assert answer.headers["location"].partition("?")[0] == target


@pytest.mark.parametrize("query", ["foo=bar", "17=260907&foo=a%20b&foo=2", "a&b="])
def test_clause_14_the_query_goes_along(client: TestClient, query: str) -> None:
    assert client.get(f"/01/{OTHER}?{query}").headers["location"] == f"https://brand.example/other?{query}"
    answer = client.get(f"{PACK_PATH}?{query}&linkType=gs1:traceability")
    assert answer.headers["location"] == f"{ROOT}{PACK_PATH}/records?{query}"


def test_clause_15_the_resolver_describes_itself(client: TestClient) -> None:
    answer = client.get("/.well-known/gs1resolver")
    assert answer.headers["content-type"] == "application/json"
    description = answer.json()
    assert description["resolverRoot"] == ROOT
    assert {"00", "01", "253", "414", "417", "8004"} <= set(description["supportedPrimaryKeys"])
    assert description["linkTypeDefaultCanBeLinkset"] is False


def test_clause_16_gs1s_vocabulary_is_recognised(client: TestClient) -> None:
    known = client.get("/.well-known/gs1resolver").json()["supportedLinkType"]
    assert known == [{"namespace": VOC, "prefix": "gs1:"}]


def test_clause_17_no_whole_prefix_is_handed_on_so_none_is_annotated_as_handled_by_another(client: TestClient) -> None:
    assert "handledBy" not in json.dumps(linkset(client, PACK_PATH))
    assert client.get("/01/09506000134369").status_code == 404


@pytest.mark.parametrize(
    "path", [PACK_PATH, PIG_PATH, f"/414/{FARM}", f"/01/{OTHER}", f"/01/{OTHER}/21/5", f"/recall-status{PACK_PATH}"]
)
def test_clause_18_one_slash_more_makes_no_difference(client: TestClient, path: str) -> None:
    plain, slashed = client.get(path), client.get(path + "/")
    assert (slashed.status_code, slashed.headers.get("location")) == (plain.status_code, plain.headers.get("location"))
    assert slashed.headers.get("link") == plain.headers.get("link")


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
