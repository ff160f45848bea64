"""Questions to the EPCIS 2.0 interface: pages, collections, named queries, and who sees what."""

from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from tests.api.test_epcis import PIG, capture, document, event, ids, listed
from tests.api.world import World


def walk(client: TestClient, url: str) -> list[str]:
    """The ids on every page, by following Link."""
    found: list[str] = []
    while True:
        answer = client.get(url)
        found.extend(ids(answer))
        if "next" not in answer.links:
            return found
        assert answer.headers["gs1-next-page-token-expires"] == "2026-07-29T01:20:00Z"
        url = answer.links["next"]["url"]


@pytest.fixture
def client(empty: World) -> TestClient:
    return empty.program("operator")


def test_pages_are_followed_by_their_links(client: TestClient) -> None:
    everything = [f"urn:x:event:{number}" for number in range(25)]
    capture(client, document(*(event(number) for number in range(25))))
    assert walk(client, "/epcis/events?perPage=4") == everything
    assert walk(client, f"/epcis/epcs/{quote(PIG, safe='')}/events?perPage=7&EQ_action=OBSERVE") == everything
    backwards = walk(client, "/epcis/events?orderBy=eventTime&perPage=6")
    assert backwards == everything[::-1]
    assert len(walk(client, "/epcis/events?eventCountLimit=9&perPage=6")) == 9
    jobs = client.get("/epcis/capture?perPage=1")
    assert "next" not in jobs.links


def test_a_page_token_is_good_for_its_question_only(empty: World) -> None:
    client = empty.program("operator")
    capture(client, document(event(1), event(2), event(3)))
    link = client.get("/epcis/events?perPage=1").links["next"]["url"]
    token = link.partition("nextPageToken=")[2]
    for url in (
        f"/epcis/events?EQ_action=ADD&nextPageToken={token}",
        f"/epcis/epcs?nextPageToken={token}",
        "/epcis/events?nextPageToken=nonsense",
        "/epcis/events?nextPageToken=e30",
        "/epcis/events?nextPageToken=%C3%A4",
    ):
        assert client.get(url).status_code == 400, url
        assert client.get(url).json()["type"] == "epcisException:QueryParameterException"
    assert ids(client.get(f"/epcis/events?perPage=2&nextPageToken={token}")) == ["urn:x:event:2", "urn:x:event:3"]
    empty.now = empty.now.replace(day=30)
    client = empty.program("operator")
    assert "expired" in client.get(link).json()["detail"]


def test_too_many_results_are_refused_where_a_bound_was_asked(client: TestClient) -> None:
    capture(client, document(event(1), event(2), event(3)))
    answer = client.get("/epcis/events?maxEventCount=2")
    assert answer.status_code == 413
    assert answer.json()["type"] == "epcisException:QueryTooLargeException"


@pytest.mark.parametrize(
    "query",
    [
        "EQ_nonsense=1", "GE_eventTime=yesterday", "perPage=0", "perPage=ten", "orderBy=colour", "orderDirection=ASC",
        "eventCountLimit=1&maxEventCount=1", "eventCountLimit=0", "GE_quantity=many", "EXISTS_errorDeclaration=perhaps",
        "HASATTR_x=1", "orderBy=eventTime&orderDirection=UP", "GE_quantity=1e999", "perPage=-1",
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_read_is_named(client: TestClient, query: str) -> None:
    answer = client.get(f"/epcis/events?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"] == "epcisException:QueryParameterException"
    assert answer.json()["detail"].partition("=")[0].partition(":")[0] in query


def test_collections_list_the_standard_and_what_events_name(client: TestClient) -> None:
    own = "https://ns.example/step/weaning"
    place = "urn:epc:id:sgln:9526000.10001.0"
    capture(client, document(event(1, bizStep=own, readPoint={"id": place}), event(2, epcList=["urn:x:a"])))
    steps = client.get("/epcis/bizSteps?perPage=100").json()
    assert (steps["type"], len(steps["member"])) == ("Collection", 42)
    assert steps["member"][-1] == own
    assert len(client.get("/epcis/dispositions?perPage=100").json()["member"]) == 33
    assert len(client.get("/epcis/eventTypes").json()["member"]) == 5
    assert client.get("/epcis/epcs").json()["member"] == [PIG, "urn:x:a"]
    assert client.get("/epcis/readPoints").json()["member"] == [place]
    assert client.get("/epcis/bizLocations").json()["member"] == []
    quoted = quote("https://id.gs1.org/414/9526000100010", safe="")
    assert ids(client.get(f"/epcis/readPoints/{quoted}/events")) == ["urn:x:event:1"]
    assert ids(client.get(f"/epcis/bizSteps/{quote(own, safe='')}/events")) == ["urn:x:event:1"]
    assert ids(client.get("/epcis/bizSteps/inspecting/events")) == ["urn:x:event:2"]
    assert listed(client.get("/epcis/bizSteps/packing/events")) == []
    for nowhere in ("bizSteps/dancing", "epcs/urn:x:b", "epcs/urn:x:b/events", "eventTypes/X", "events/urn:x:none"):
        answer = client.get(f"/epcis/{nowhere}")
        assert (answer.status_code, answer.json()["type"]) == (404, "epcisException:NoSuchNameException")


@pytest.mark.parametrize("size", [1, 7, 20, 41, 42, 43])
def test_a_collection_is_the_same_in_pages_of_any_size(client: TestClient, size: int) -> None:
    steps = [f"https://ns.example/step/{number}" for number in range(3)]
    capture(client, document(*(event(number, bizStep=step) for number, step in enumerate(steps)), event(9)))
    found: list[str] = []
    url = f"/epcis/bizSteps?perPage={size}"
    while True:
        answer = client.get(url)
        found.extend(answer.json()["member"])
        if "next" not in answer.links:
            break
        url = answer.links["next"]["url"]
    assert found == [*sorted(found[:41]), *steps]


def test_an_epc_that_ends_in_events_is_told_from_the_events_of_an_epc(client: TestClient) -> None:
    odd = "https://id.gs1.org/01/09526000100010/21/events"
    capture(client, document(event(1, epcList=[odd])))
    assert client.get(f"/epcis/epcs/{quote(odd, safe='')}").json()["member"] == ["events"]
    assert ids(client.get(f"/epcis/epcs/{quote(odd, safe='')}/events")) == ["urn:x:event:1"]


def test_named_queries_are_kept_asked_and_removed(empty: World) -> None:
    client, other = empty.program("operator"), empty.program("wangbei")
    capture(client, document(event(1), event(2, bizStep="packing")))
    query = {"EQ_bizStep": ["packing"], "@context": {"ex": "https://ns.example/"}, "EXISTS_ex:a": False}
    created = client.post("/epcis/queries", json={"name": "打包", "query": query})
    assert created.status_code == 201
    location = created.headers["location"]
    assert client.get(location).json() == {"name": "打包", "query": query}
    assert client.get("/epcis/queries").json() == [{"name": "打包", "query": query}]
    found = client.get(location + "/events")
    assert ids(found) == ["urn:x:event:2"]
    assert found.json()["epcisBody"]["queryResults"]["queryName"] == "打包"
    assert client.post("/epcis/queries", json={"name": "打包", "query": {}}).status_code == 409
    assert client.get(location + "/events?EQ_action=ADD").status_code == 400
    assert other.get(location).status_code == 404
    assert other.get("/epcis/queries").json() == []
    assert other.delete(location).status_code == 404
    assert client.delete(location).status_code == 204
    assert client.get(location).status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"name": "a/b", "query": {}}', b'{"name": "a"}', b'{"name": "a", "query": {"EQ_x": [1]}}',
     b'{"name": "a", "query": {"EQ_bizStep": [{}]}}', b'{"name": "", "query": {}}'],
)  # fmt: skip
def test_a_query_that_cannot_be_asked_is_not_kept(client: TestClient, body: bytes) -> None:
    answer = client.post("/epcis/queries", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert client.get("/epcis/queries").json() == []


def test_an_enterprise_sees_events_about_its_animals_only(world: World) -> None:
    operator, wangbei = world.program("operator"), world.program("wangbei")
    theirs = "https://id.gs1.org/8004/9526000143018200000149"
    capture(operator, document(event(1), event(2, epcList=[theirs], readPoint={"id": "urn:x:secret"})))
    capture(wangbei, document(event(3)))
    assert {"urn:x:event:1", "urn:x:event:2", "urn:x:event:3"} <= set(ids(operator.get("/epcis/events")))
    text = wangbei.get("/epcis/events").text
    assert "urn:x:event:1" in text
    assert "149" not in text
    assert theirs not in wangbei.get("/epcis/epcs").json()["member"]
    assert wangbei.get("/epcis/readPoints").json()["member"] == []
    assert wangbei.get(f"/epcis/epcs/{quote(theirs, safe='')}").status_code == 404
    assert listed(wangbei.get(f"/epcis/events?MATCH_anyEPC={quote(theirs)}")) == []
    assert len(operator.get("/epcis/capture").json()) == 2
    assert len(wangbei.get("/epcis/capture").json()) == 1
