"""The resolver as a client meets it: a test for each clause of GS1's list, in its order."""

import json
import re

import jsonschema_rs
import pytest
from fastapi.testclient import TestClient

from tests.api.public.resolving import (
    EPC_EVENTS,
    GIVEN,
    OTHER,
    PIG_PATH,
    ROOT,
    VOC,
    house,
    linkset,
)
from tests.traceability.conformance import FOLDER, documents, needs_conformance
from tests.traceability.one_life import (
    BELLY,
    FARM,
    LOT,
    PACK_PATH,
    PACKING_HOUSE,
    SERIAL,
)


@pytest.fixture(scope="module")
def client() -> TestClient:
    return house(*GIVEN)


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
