"""The EPCIS 2.0 interface as a peer meets it: documents in, and out again."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

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


@pytest.fixture
def client(empty: World) -> TestClient:
    return empty.program("operator")


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
    empty.restart()
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
