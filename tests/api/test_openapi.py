"""Every operation of an OpenAPI description, called with whatever fits it and much that does not."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from httpx2 import Response
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from tests.api.test_epcis import STANDARD, capture, document, event
from tests.api.world import World
from tests.traceability.conformance import needs_conformance

EACH = 25
"""Calls of every operation: half a minute for both documents together."""
LONGEST_S = 30.0
"""An answer that takes longer does not come to an end; a busy machine took 5 s for an archive as PDF, the first one."""
SENT = ("params", "json", "content", "data", "files")
OFFERED = 501
KNOWN = {
    "animal_id": "143018200000147",
    "field_id": "field-01",
    "device_id": "tag-00000147",
    "query_name": "mine",
    "queryName": "mine",
    "epc": "https://id.gs1.org/8004/9526000143018200000147",
    "bizStep": "inspecting",
    "eventType": "ObjectEvent",
    "disposition": "active",
    "event_id": "urn:x:event:1",
    "eventID": "urn:x:event:1",
}
"""Made up names are nearly always unknown ones; these are there."""
UNSATISFIABLE = "dispositions/{disposition}"
"""GS1 gives this parameter two patterns that no text meets."""


@pytest.fixture
def client(world: World) -> TestClient:
    client = world.program("operator")
    capture(client, document(event(1), event(2, bizStep="shipping")))
    assert client.post("/epcis/queries", json={"name": "mine", "query": {}}).status_code == 201
    subscription = {"dest": "https://client.example.com/in", "stream": True}
    assert client.post("/epcis/queries/mine/subscriptions", json=subscription).status_code == 201
    return client


def operations(raw: Mapping[str, Any]) -> Iterator[Any]:
    for found in schemathesis.openapi.from_dict(dict(raw)).get_all_operations():
        assert isinstance(found, Ok), found
        yield found.ok()


def calls(operation: Any, client: TestClient, prefix: str) -> Iterator[tuple[Any, Response]]:  # noqa: ANN401 the library's own
    """Cases of the operation with their answers, always the same ones."""
    made: list[tuple[Any, Response]] = []

    @settings(
        max_examples=EACH,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), known=st.booleans())
    def call(case: Any, known: bool) -> None:  # noqa: ANN401, FBT001 hypothesis gives them
        if known:
            case.path_parameters.update({name: KNOWN[name] for name in case.path_parameters if name in KNOWN})
        request = case.as_transport_kwargs(base_url=f"http://testserver{prefix}")
        sent = {name: value for name, value in request.items() if name in SENT}
        if isinstance(sent.get("data"), bytes | str):
            sent["content"] = sent.pop("data")
        headers = {name: value for name, value in request["headers"].items() if value is not None}
        made.append((case, client.request(request["method"], request["url"], headers=headers, **sent)))

    call()
    yield from made


def test_our_openapi_holds_for_whatever_is_sent(client: TestClient) -> None:
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    wrong: list[str] = []
    for operation in operations(client.get("/api/v1/openapi.json").json()):
        for case, answer in calls(operation, client, ""):
            if answer.elapsed.total_seconds() > LONGEST_S:
                wrong.append(f"{operation.label}: {answer.elapsed}")
            try:
                case.validate_response(answer, checks=checks)
            except FailureGroup as found:
                wrong.extend(f"{operation.label}: {each}" for each in found.exceptions)
    assert not wrong, "\n".join(sorted(set(wrong)))


@needs_conformance
def test_gs1s_openapi_meets_no_failure_of_ours(client: TestClient) -> None:
    raw = json.loads((STANDARD / "openapi.json").read_text())
    wrong: list[str] = []
    for operation in operations({**raw, "servers": [{"url": "/epcis"}]}):
        if UNSATISFIABLE in operation.path:
            continue
        for _, answer in calls(operation, client, "/epcis"):
            if answer.status_code >= 500 and answer.status_code != OFFERED:
                wrong.append(f"{operation.label}: {answer.status_code} {answer.text[:300]}")
            if answer.elapsed.total_seconds() > LONGEST_S:
                wrong.append(f"{operation.label}: {answer.elapsed}")
            if answer.status_code >= 400 and answer.content:
                problem = answer.json()
                assert problem["type"].startswith("epcisException:"), (operation.label, problem)
                assert problem["status"] == answer.status_code
    assert not wrong, "\n".join(sorted(set(wrong)))
