"""Evidence behind a trace code, for anyone: it verifies, is bounded, and leads to no household."""

import csv
import io
import json
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from api.throttle import FREE_FAILURES
from tests.api.public.visits import visitor
from tests.traceability.one_life import FARM, NOW, PACK_PATH, whole_life
from traceability.evidence_pack.keys import key_of_jwk
from traceability.evidence_pack.verifying import verify


def client() -> TestClient:
    return visitor(whole_life())


def test_the_records_page_leads_to_a_pack_that_the_published_key_verifies() -> None:
    browser = client()
    page = browser.get(f"{PACK_PATH}/records").text
    assert f'href="/evidence{PACK_PATH}.zip"' in page
    answer = browser.get(f"/evidence{PACK_PATH}.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert "set-cookie" not in answer.headers
    (jwk,) = browser.get("/.well-known/tiantou-evidence.json").json()["keys"]
    found = verify(answer.content, expected_key=key_of_jwk(jwk))
    assert found.made_at == NOW.isoformat(timespec="seconds")


def test_its_events_and_days_can_be_had_alone_and_lead_to_no_farm() -> None:
    browser = client()
    events = browser.get(f"/evidence{PACK_PATH}.epcis.json")
    assert events.headers["content-type"] == "application/ld+json"
    assert json.loads(events.text)["type"] == "EPCISDocument"
    days = browser.get(f"/evidence{PACK_PATH}.days.csv")
    assert len([*csv.reader(io.StringIO(days.text))]) > 250
    assert FARM not in events.text + days.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/evidence/01/09526000100010/10/20260831A/21/nothing.zip", 404),
        ("/evidence/01/09526000100010/10/OTHER/21/000037.zip", 404),
        ("/evidence/01/09526000100011/21/000037.zip", 400),
        ("/evidence/01/09526000100010.zip", 404),
        (f"/evidence{PACK_PATH}", 404),
        (f"/evidence{PACK_PATH}.exe", 404),
    ],
)
def test_what_is_no_pack_has_no_evidence(path: str, status: int) -> None:
    assert client().get(path).status_code == status


def test_who_asks_again_and_again_has_to_wait() -> None:
    browser = client()
    path = "/evidence/01/09526000100010/21/nothing.zip"
    answers = [browser.get(path).status_code for _ in range(FREE_FAILURES + 1)]
    assert answers == [404] * FREE_FAILURES + [429]
    assert "retry-after" in browser.get(path).headers
    later = visitor(whole_life(), now=NOW + timedelta(hours=1))
    assert later.get(path).status_code == 404
