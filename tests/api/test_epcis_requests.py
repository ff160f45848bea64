"""What the EPCIS 2.0 interface says of itself, and which requests it refuses."""

import json
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse

from tests.api.test_epcis import CONTEXT, PIG, STANDARD, capture, document, event
from tests.api.world import World
from tests.traceability.conformance import needs_conformance


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
