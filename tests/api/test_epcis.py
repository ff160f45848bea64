"""The EPCIS 2.0 interface as a peer meets it."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest
from httpx2 import Response
from starlette.testclient import TestClient, WebSocketDenialResponse

from tests.api.world import World
from tests.traceability.conformance import FOLDER, documents, needs_conformance

PIG = "https://id.gs1.org/8004/9526000143018200000147"
STANDARD = FOLDER / "epcis/standard"
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def event(number: int, **changes: object) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:x:event:{number}",
        "eventTime": f"2026-07-{1 + number % 28:02}T08:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "epcList": [PIG],
        "action": "OBSERVE",
        "bizStep": "inspecting",
        **changes,
    }


def document(*events: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": [CONTEXT, {"ex": "https://ns.example/"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-07-28T00:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }


def capture(client: TestClient, value: object, behaviour: str = "rollback") -> dict[str, Any]:
    answer = client.post("/epcis/capture", json=value, headers={"GS1-Capture-Error-Behaviour": behaviour})
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = client.get(answer.headers["location"]).json()
    return job


def listed(answer: Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


def ids(answer: Response) -> list[str]:
    return [each["eventID"] for each in listed(answer)]


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


@needs_conformance
def test_every_operation_of_gs1s_openapi_is_there_or_says_that_it_is_not_offered(client: TestClient) -> None:
    capture(client, document(event(1, readPoint={"id": "urn:x:place"}, bizLocation={"id": "urn:x:place"})))
    client.post("/epcis/queries", json={"name": "mine", "query": {}})
    names = {
        "captureID": client.get("/epcis/capture").json()[0]["captureID"],
        "eventID": "urn:x:event:1",
        "eventType": "ObjectEvent",
        "epc": PIG,
        "bizStep": "inspecting",
        "bizLocation": "urn:x:place",
        "readPoint": "urn:x:place",
        "disposition": "active",
        "queryName": "mine",
        "token": "one",
    }
    quoted = {name: quote(value, safe="") for name, value in names.items()}
    openapi = json.loads((STANDARD / "openapi.json").read_text())
    bodies = {"/capture": document(event(2)), "/queries": {"name": "other", "query": {}}}
    bodies["/events"] = {"@context": CONTEXT, **event(3)}
    subscriptions = "/queries/{queryName}/subscriptions"
    bodies[subscriptions] = {"dest": "https://client.example.com/callback", "stream": True}
    created = client.post("/epcis/queries/mine/subscriptions", json=bodies[subscriptions])
    quoted["subscriptionID"] = created.json()["subscriptionID"]
    quoted["queryName"] = "mine"
    methods = ("get", "options", "post", "delete")
    longest_first = sorted(openapi["paths"], key=len, reverse=True)
    asked = [(method, path) for method in methods for path in longest_first if method in openapi["paths"][path]]
    not_offered = set()
    for method, path in asked:
        answer = client.request(method.upper(), "/epcis" + path.format(**quoted), json=bodies.get(path))
        documented = {int(code) for code in openapi["paths"][path][method]["responses"]}
        assert answer.status_code in documented | {501}, (method, path, answer.text)
        assert answer.status_code < 300 or answer.status_code == 501, (method, path, answer.text)
        if answer.status_code == 501:
            not_offered.add((method, path))
            assert answer.json()["type"] == "epcisException:ImplementationException"
    assert len(asked) == 63
    assert not_offered == {("delete", "/nextPageToken/{token}")}


@needs_conformance
@pytest.mark.parametrize("path", documents("epcis/valid"), ids=lambda path: path.stem)
def test_gs1s_valid_documents_are_captured_and_given_back_in_valid_ones(client: TestClient, path: Path) -> None:
    answer = client.post("/epcis/capture", content=path.read_bytes(), headers={"Content-Type": "application/ld+json"})
    assert answer.status_code == 202, answer.text
    job = client.get(answer.headers["location"]).json()
    assert (job["running"], job["success"], job["errors"]) == (False, True, [])
    found = client.get("/epcis/events?perPage=1000")
    validator = jsonschema_rs.Draft7Validator(
        json.loads((STANDARD / "EPCIS-JSON-Schema-2.0.1.json").read_text()), validate_formats=True
    )
    if "TransactionEvent" not in path.stem and "transaction" not in path.stem:
        assert [error.message for error in validator.iter_errors(found.json())] == []
    body = json.loads(path.read_bytes())["epcisBody"]
    sent = (body if "eventList" in body else body["queryResults"]["resultsBody"])["eventList"]
    added = {"@context", "eventID", "recordTime"}
    assert [{name: each[name] for name in each if name not in added} for each in listed(found)] == [
        {name: each[name] for name in each if name not in added} for each in sent
    ]


@needs_conformance
@pytest.mark.parametrize("path", documents("epcis/invalid"), ids=lambda path: path.stem)
def test_the_public_invalid_documents_are_refused_with_the_fault(client: TestClient, path: Path) -> None:
    answer = client.post("/epcis/capture", content=path.read_bytes(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "epcisException:ValidationException"
    assert answer.json()["detail"].startswith("$")
    assert client.get("/epcis/capture").json() == []
    assert listed(client.get("/epcis/events")) == []


def test_one_broken_event_rolls_the_document_back_and_the_job_says_which(client: TestClient) -> None:
    job = capture(client, document(event(1), event(2, action="LOOK"), event(3)))
    assert (job["running"], job["success"], job["captureErrorBehaviour"]) == (False, False, "rollback")
    assert job["errors"][0]["type"] == "epcisException:ValidationException"
    assert job["errors"][0]["detail"].startswith("$.eventList[1].action: ")
    assert listed(client.get("/epcis/events")) == []


def test_a_greedy_capture_takes_what_it_can(client: TestClient) -> None:
    job = capture(client, document(event(1), event(2, action="LOOK"), event(3)), "proceed")
    assert (job["success"], len(job["errors"])) == (False, 1)
    assert ids(client.get("/epcis/events")) == ["urn:x:event:1", "urn:x:event:3"]


def test_the_same_document_again_changes_nothing(client: TestClient) -> None:
    assert capture(client, document(event(1), event(2)))["success"]
    assert capture(client, document(event(2), event(1), event(3)))["success"]
    assert ids(client.get("/epcis/events")) == [f"urn:x:event:{number}" for number in (1, 2, 3)]


def test_a_document_that_was_taken_before_a_crash_is_captured_at_the_next_start(empty: World) -> None:
    client = empty.program("operator")
    client.app.state.capture_runner.drain = lambda: None  # type: ignore[attr-defined] # killed before it began
    job = capture(client, document(event(1)))
    assert (job["running"], job["success"]) == (True, True)
    with TestClient(empty.app(), headers=dict(client.headers)) as restarted:
        pass
    assert restarted.get(f"/epcis/capture/{job['captureID']}").json()["running"] is False
    assert ids(restarted.get("/epcis/events")) == ["urn:x:event:1"]


def test_implausible_events_are_kept_with_their_flags(client: TestClient) -> None:
    future = event(1, eventTime="2999-01-01T00:00:00Z")
    assert capture(client, document(future))["success"]
    (record,) = client.get("/api/v1/events/urn:x:event:1").json()
    assert {flag["rule"] for flag in record["flags"]} == {"in_the_future", "document_before_content"}
    assert all(flag["zh"] and flag["en"] and flag["path"] == "$.eventTime" for flag in record["flags"])
    assert "flags" not in listed(client.get("/epcis/events"))[0]


def test_an_event_without_an_id_is_found_by_its_hash(client: TestClient) -> None:
    nameless = {name: part for name, part in event(1).items() if name != "eventID"}
    assert capture(client, document(nameless))["success"]
    (event_id,) = ids(client.get("/epcis/events"))
    assert event_id.startswith("ni:///sha-256;")
    assert ids(client.get(f"/epcis/events/{quote(event_id, safe='')}")) == [event_id]


def test_an_error_declaration_stands_beside_its_event(client: TestClient) -> None:
    wrong = event(1)
    declared = event(1, errorDeclaration={"declarationTime": "2026-07-20T00:00:00Z", "reason": "incorrect_data"})
    assert capture(client, document(wrong, declared))["success"]
    assert len(listed(client.get("/epcis/events/urn:x:event:1"))) == 2
    assert len(listed(client.get("/epcis/events?EXISTS_errorDeclaration=true"))) == 1


def test_extensions_of_several_documents_keep_their_meaning(client: TestClient) -> None:
    other = {**document(event(2, **{"ex:a": "2"})), "@context": [CONTEXT, {"ex": "https://other.example/"}]}
    capture(client, document(event(1, **{"ex:a": "1"})))
    capture(client, other)
    first, second = listed(client.get("/epcis/events"))
    assert first["@context"][1] == {"ex": "https://ns.example/"}
    assert second["@context"][1] == {"ex": "https://other.example/"}
    found = client.get("/epcis/events?EQ_z:a=1|2", headers={"GS1-Extensions": "z=https://other.example/"})
    assert ids(found) == ["urn:x:event:2"]
    assert client.get("/epcis/events?EQ_z:a=1").json()["type"] == "epcisException:QueryParameterException"


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


def test_versions_and_limits_are_discovered(client: TestClient) -> None:
    answer = client.options("/epcis/capture")
    assert answer.status_code == 204
    assert answer.headers["allow"] == "OPTIONS, GET, POST"
    assert answer.headers["gs1-epcis-min"] == answer.headers["gs1-cbv-max"] == "2.0.0"
    assert answer.headers["gs1-epcis-capture-limit"] == "5000"
    assert answer.headers["gs1-epcis-capture-file-size-limit"] == str(16 * 1024 * 1024)
    assert answer.headers["gs1-capture-error-behaviour"] == "all"
    assert client.options("/epcis/queries/mine").headers["allow"] == "OPTIONS, GET, DELETE"
    assert set(client.get("/epcis").json()["member"]) >= {"capture", "events", "epcs", "queries"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Accept": "application/xml"}, 406),
        ({"Accept": "text/xml;q=1, application/xml"}, 406),
        ({"Accept": "application/xml, application/json;q=0.1"}, 200),
        ({"Accept": "*/*"}, 200),
        ({"Accept": "application/ld+json"}, 200),
        ({"GS1-EPCIS-Version": "1.2.0"}, 406),
        ({"GS1-EPCIS-Version": "2.0"}, 200),
        ({"GS1-EPCIS-Min": "2.1"}, 406),
        ({"GS1-EPCIS-Min": "1.2", "GS1-EPCIS-Max": "2.0.0"}, 200),
        ({"GS1-CBV-Max": "1.2.2"}, 406),
        ({"GS1-CBV-Version": "two"}, 400),
        ({"GS1-EPC-Format": "Always_EPC_URN"}, 406),
        ({"GS1-EPC-Format": "No_Preference"}, 200),
        ({"GS1-EPC-Format": "Whatever"}, 400),
        ({"SOAPAction": "urn:poll"}, 501),
    ],
)
def test_what_is_not_spoken_here_is_refused(client: TestClient, headers: dict[str, str], status: int) -> None:
    answer = client.get("/epcis/events", headers=headers)
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"].startswith("epcisException:")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/xml", 415),
        ("text/xml; charset=utf-8", 415),
        ("text/plain", 415),
        ("application/soap+xml", 501),
        ("application/json; charset=utf-8", 202),
        ("application/ld+json", 202),
    ],
)
def test_bodies_are_json(client: TestClient, content_type: str, status: int) -> None:
    body = json.dumps(document(event(1))).encode()
    answer = client.post("/epcis/capture", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == status, answer.text
    assert client.post("/epcis", content=b"<soap/>").status_code == 501


def test_a_capture_beyond_its_limits_is_refused_with_them(client: TestClient) -> None:
    for body in (json.dumps(document(*(event(number) for number in range(5001)))).encode(), b" " * (16 * 1024**2 + 1)):
        answer = client.post("/epcis/capture", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413, answer.text
        assert answer.json()["type"] == "epcisException:CaptureLimitExceededException"
        assert answer.headers["gs1-epcis-capture-limit"] == "5000"


def test_a_url_that_is_too_long_is_refused(client: TestClient) -> None:
    answer = client.get("/epcis/events?EQ_stringValue=" + "x" * 17_000)
    assert (answer.status_code, answer.json()["type"]) == (414, "epcisException:URITooLongException")


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[]", b"{}", b'{"type": "EPCISDocument"}', b"\xff", b'{"type": 1}', b"[" * 100_000,
     b'{"type":"EPCISDocument","@context":1,"schemaVersion":"2.0","creationDate":"2026-07-01T00:00:00Z","epcisBody":[]}',
     b'{"type":"EPCISDocument","@context":1,"schemaVersion":"1.2","creationDate":"2026-07-01T00:00:00Z"}',
     b'{"type":"EPCISDocument","@context":1,"schemaVersion":"2.0","creationDate":"today"}',
     json.dumps(document() | {"epcisBody": {"eventList": [1]}}).encode()],
)  # fmt: skip
def test_what_is_no_document_is_refused_at_once(client: TestClient, body: bytes) -> None:
    answer = client.post("/epcis/capture", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"] == "epcisException:ValidationException"


def test_an_unknown_error_behaviour_is_refused(client: TestClient) -> None:
    headers = {"GS1-Capture-Error-Behaviour": "maybe"}
    assert client.post("/epcis/capture", json=document(event(1)), headers=headers).status_code == 400


def test_websockets_are_refused_politely(client: TestClient) -> None:
    client.post("/epcis/queries", json={"name": "mine", "query": {}})
    answer = client.get("/epcis/queries/mine/events?stream=true", headers={"Upgrade": "websocket"})
    assert answer.status_code == 501
    assert "/subscriptions" in answer.json()["detail"]
    with pytest.raises(WebSocketDenialResponse) as denied, client.websocket_connect("/epcis/queries/mine/events"):
        pass
    assert denied.value.status_code == 501


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
