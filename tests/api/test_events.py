import json
from typing import Any

from tests.api.world import World


def weighing(number: str = "143018200000147", **changes: object) -> dict[str, Any]:
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "eventID": "urn:uuid:7b8a8a6a-5d8d-5b0f-9d0a-000000000147",
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "eventTime": "2026-07-10T08:15:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "bizStep": "inspecting",
        "readPoint": {"id": "https://id.gs1.org/414/9526000100010"},
        "epcList": [f"https://id.gs1.org/8004/9526000{number}"],
        **changes,
    }


def test_an_event_is_captured_once_and_found_at_its_location(world: World) -> None:
    client = world.program("operator")
    document = json.dumps(weighing()).encode()
    first = client.post("/epcis/events", content=document)
    assert first.status_code == 201, first.text
    location = first.headers["location"]
    assert location == "/epcis/events/urn:uuid:7b8a8a6a-5d8d-5b0f-9d0a-000000000147"
    again = client.post("/epcis/events", content=document)
    assert again.status_code == 409
    assert again.headers["location"] == location
    found = client.get(location)
    (event,) = found.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert event["eventID"] == weighing()["eventID"]
    assert event["recordTime"] == "2026-07-28T01:20:00.000Z"
    assert found.headers["gs1-epcis-version"] == "2.0.0"
    (record,) = client.get(location.replace("/epcis", "/api/v1")).json()
    assert (record["document"].encode(), record["flags"]) == (document, [])


def test_an_event_shows_on_the_page_of_its_animal(world: World) -> None:
    world.program("operator").post("/epcis/events", content=json.dumps(weighing()).encode())
    page = world.client("wangbei").get("/console/animals/143018200000147").text
    assert "称重或检查" in page
    assert "2026-07-10 08:15" in page


def test_what_is_no_event_is_refused_with_its_field(world: World) -> None:
    client = world.program("operator")
    for document in (b"", b"{}", b"[]", b"\xff", b'{"type": "ObjectEvent", "eventTime": NaN}', b"nonsense"):
        answer = client.post("/epcis/events", content=document)
        assert answer.status_code == 400, document
        assert answer.json()["code"] == "bad-event"
        assert answer.json()["type"] == "epcisException:ValidationException"


def test_more_than_a_mebibyte_is_refused(world: World) -> None:
    answer = world.program("operator").post("/epcis/events", content=b" " * (1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.json()["code"] == "too-large"


def test_an_enterprises_browser_captures_nothing_but_its_token_may(world: World) -> None:
    document = json.dumps(weighing()).encode()
    browser = world.client("wangbei")
    page = browser.get("/console").text
    token = page.split('name="csrf" value="', 1)[1].split('"', 1)[0]
    assert browser.post("/epcis/events", content=document, headers={"X-CSRF-Token": token}).status_code == 404
    assert world.program("wangbei").post("/epcis/events", content=document).status_code == 201
