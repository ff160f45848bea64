"""Traces and recalls over HTTP: operators act, enterprises read what is theirs, others' animals stay hidden."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.world import World, small_world
from traceability.context import CONTEXT
from traceability.epcis.capture import capture_event

NOW = datetime(2026, 7, 28, tzinfo=UTC)
MINE, ALSO_MINE, OTHERS = (f"https://id.gs1.org/8004/95260001430182{number:08}" for number in (147, 148, 149))
PACKS = [f"https://id.gs1.org/01/09526000100010/21/P{number}" for number in range(3)]


def mixed_world() -> World:
    """A pack of one pig of Wangbei's, and mince of another of theirs and one of another enterprise's."""
    world = small_world()
    for minute, (inputs, outputs) in enumerate([([MINE], [PACKS[0]]), ([ALSO_MINE, OTHERS], PACKS[1:])]):
        at = (NOW + timedelta(minutes=minute)).isoformat()
        event = {
            "@context": CONTEXT,
            "type": "TransformationEvent",
            "eventTime": at,
            "eventTimeZoneOffset": "+08:00",
            "inputEPCList": inputs,
            "outputEPCList": outputs,
        }
        world.events.capture([capture_event(json.dumps(event).encode(), record_time=NOW)])
    return world


@pytest.fixture
def world() -> World:
    return mixed_world()


def draft(operator: TestClient, value: str) -> str:
    body = {"criterion": "thing", "value": value, "reason": "检出异物", "why": "投诉 17 号"}
    answer = operator.post("/api/v1/recalls", json=body)
    assert answer.status_code == 201, answer.text
    recall: str = answer.json()["id"]
    return recall


def take(operator: TestClient, recall: str, state: str, **more: str) -> Any:  # noqa: ANN401 a response
    return operator.post(f"/api/v1/recalls/{recall}/steps", json={"state": state, "why": "经理批准", **more})


def uris(answer: dict[str, Any], *, certain: bool) -> set[str]:
    return {thing["uri"] for thing in answer["things"] if thing["certain"] is certain}


def test_back_from_mince_gives_every_animal_as_possible_and_the_links_between(world: World) -> None:
    answer = world.program("operator").get("/api/v1/trace/back", params={"epc": PACKS[1]}).json()
    assert uris(answer, certain=False) == {ALSO_MINE, OTHERS}
    assert answer["counts"] == {"certain": {}, "possible": {"animal": 2}}
    assert {link["kind"] for link in answer["links"]} == {"consumed", "made"}


def test_an_enterprise_sees_its_own_animal_in_mince_and_how_many_others_it_does_not_see(world: World) -> None:
    answer = world.program("wangbei").get("/api/v1/trace/back", params={"epc": PACKS[1]}).json()
    assert uris(answer, certain=False) == {ALSO_MINE}
    assert answer["hidden"] == 1
    assert OTHERS not in json.dumps(answer)


def test_forward_from_an_animal_is_for_its_enterprise_and_answered_as_absent_to_others(world: World) -> None:
    mine = world.program("wangbei").get("/api/v1/trace/forward", params={"epc": MINE})
    assert uris(mine.json(), certain=True) == {PACKS[0]}
    for path in ("back", "forward", "status"):
        assert world.program("other").get(f"/api/v1/trace/{path}", params={"epc": MINE}).status_code == 404
        assert world.program("operator").get(f"/api/v1/trace/{path}", params={"epc": "urn:x:no"}).status_code == 404


def test_a_recall_goes_from_draft_over_the_scope_that_was_shown_to_its_report(world: World) -> None:
    operator = world.program("operator")
    recall = draft(operator, ALSO_MINE)
    scope = operator.get(f"/api/v1/recalls/{recall}/scope").json()
    assert uris(scope, certain=True) == {ALSO_MINE}
    assert uris(scope, certain=False) == {*PACKS[1:]}
    assert take(operator, recall, "confirmed", scope_digest="0" * 64).status_code == 409
    assert take(operator, recall, "holds").json()["code"] == "recall-state"
    for state in ("confirmed", "holds", "notices", "closed"):
        assert take(operator, recall, state, scope_digest=scope["digest"]).status_code == 200
    report = operator.get(f"/api/v1/recalls/{recall}/report").json()
    assert [step["state"] for step in report["recall"]["steps"]] == ["draft", "confirmed", "holds", "notices", "closed"]
    assert report["confirmed"] == report["now"]
    status = operator.get("/api/v1/trace/status", params={"epc": PACKS[2]}).json()
    assert status["status"] == "possibly_recalled"


def test_only_operators_draft_and_carry_a_recall_through(world: World) -> None:
    recall = draft(world.program("operator"), MINE)
    enterprise = world.program("wangbei")
    assert enterprise.post("/api/v1/recalls", json={}).status_code in {404, 422}
    assert take(enterprise, recall, "confirmed").status_code == 404
    assert enterprise.get(f"/api/v1/recalls/{recall}/report").status_code == 404
    assert enterprise.get(f"/api/v1/recalls/{recall}").status_code == 404


def test_an_enterprise_reads_a_recall_in_force_as_far_as_it_is_theirs(world: World) -> None:
    operator = world.program("operator")
    recall = draft(operator, OTHERS)
    digest = operator.get(f"/api/v1/recalls/{recall}/scope").json()["digest"]
    assert take(operator, recall, "confirmed", scope_digest=digest).status_code == 200
    mine = world.program("wangbei")
    scope = mine.get(f"/api/v1/recalls/{recall}/scope").json()
    assert uris(scope, certain=False) == {*PACKS[1:]}
    (seen,) = mine.get("/api/v1/recalls").json()
    assert seen["steps"] == []
    assert seen["in_force"] is True


def test_the_scope_comes_in_pages(world: World) -> None:
    operator = world.program("operator")
    recall = draft(operator, OTHERS)
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = operator.get(f"/api/v1/recalls/{recall}/scope", params={"after": after, "limit": 1}).json()
        found.extend(thing["uri"] for thing in page["things"])
        after = page["next"]
    assert found == [OTHERS, *PACKS[1:]]


def test_a_recall_of_nothing_known_is_not_confirmed(world: World) -> None:
    operator = world.program("operator")
    recall = draft(operator, "https://id.gs1.org/01/09526000100010/21/NONE")
    digest = operator.get(f"/api/v1/recalls/{recall}/scope").json()["digest"]
    answer = take(operator, recall, "confirmed", scope_digest=digest)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-recall")


def test_confirming_holds_and_notices_reach_the_enterprise_that_acknowledges(world: World) -> None:
    operator = world.program("operator")
    recall = draft(operator, ALSO_MINE)
    digest = operator.get(f"/api/v1/recalls/{recall}/scope").json()["digest"]
    for state in ("confirmed", "holds", "notices"):
        assert take(operator, recall, state, scope_digest=digest).status_code == 200
    assert [hold.subject for hold in world.holds.caused_by([recall])] == [ALSO_MINE]
    told = operator.get(f"/api/v1/recalls/{recall}/messages").json()
    assert [(each["kind"], each["recipient"], each["possible"]) for each in told] == [("enterprise", "wangbei", 2)]
    mine = world.program("wangbei")
    (message,) = mine.get(f"/api/v1/recalls/{recall}/messages").json()
    assert "重量没有记录" in message["zh"]
    path = f"/api/v1/recalls/{recall}/messages/{message['number']}/acknowledge"
    assert mine.post(path).json()[0]["acknowledged_by"] == "wangbei"
    other = world.program("other")
    assert other.get(f"/api/v1/recalls/{recall}/messages").json() == []
    assert other.post(path).status_code == 404


def test_the_closing_report_counts_what_was_found_and_what_is_missing(world: World) -> None:
    operator = world.program("operator")
    recall = draft(operator, ALSO_MINE)
    body = {"things": [PACKS[1]], "outcome": "returned", "note": "退货单 7"}
    refused = operator.post(f"/api/v1/recalls/{recall}/recoveries", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "bad-recall")
    digest = operator.get(f"/api/v1/recalls/{recall}/scope").json()["digest"]
    assert take(operator, recall, "confirmed", scope_digest=digest).status_code == 200
    assert operator.post(f"/api/v1/recalls/{recall}/recoveries", json=body).json()["said"] == 1
    wrong = {**body, "things": [PACKS[0]]}
    assert operator.post(f"/api/v1/recalls/{recall}/recoveries", json=wrong).status_code == 422
    closing = operator.get(f"/api/v1/recalls/{recall}/report").json()["closing"]
    assert (closing["outcomes"]["returned"]["count"], closing["outcomes"]["missing"]["count"]) == (1, 1)
    assert (closing["certain"]["count"], closing["possible"]["count"], closing["used_up"]) == (0, 2, 1)
    text = operator.get(f"/api/v1/recalls/{recall}/goods.csv").text
    assert f"{PACKS[1]},False,,KGM,,2026-07-28T00:01:00+00:00,returned" in text


def test_balances_are_not_known_without_weights_and_hide_what_is_others(world: World) -> None:
    operator, mine = world.program("operator"), world.program("wangbei")
    answer = operator.get("/api/v1/trace/balance", params={"epc": PACKS[0]}).json()
    assert [(stage["verdict"], stage["in_kg"], stage["pigs"]) for stage in answer["stages"]] == [("not_known", None, 1)]
    (mixed,) = mine.get("/api/v1/trace/balance", params={"epc": ALSO_MINE}).json()["stages"]
    assert (mixed["inputs"], mixed["input_count"]) == ([ALSO_MINE], 2)
    assert mine.get("/api/v1/trace/balance", params={"epc": OTHERS}).status_code == 404
    assert operator.get("/api/v1/trace/balance", params={"epc": "urn:x:no"}).status_code == 404
    assert operator.get("/api/v1/trace/balance").json()["counts"]["not_known"] == 2
    assert world.program("other").get("/api/v1/trace/balance").json()["counts"]["not_known"] == 1
    backwards = {"since": "2026-07-28T00:00:00Z", "until": "2026-07-27T00:00:00Z"}
    assert operator.get("/api/v1/trace/balance", params=backwards).status_code == 400
