"""A recall over real records and our own ways in: what it holds cannot be packed or sold, and its page says so."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.services import Services
from storage.records.records import Records
from tests.api import test_lifecycle
from tests.api.lives import PACK, PACK_URI, say, say_all
from tests.api.world import World
from tests.traceability.pig_life import Record, before_slaughter, packing, record, slaughter
from tests.traceability.pig_records import HOUSES, PIG_URI

records = test_lifecycle.records


@pytest.fixture
def world(records: Records) -> World:
    """The world of lifecycle records, with recalls over the same records."""
    build: Callable[[Records], World] = test_lifecycle.world.__wrapped__  # type: ignore[attr-defined]  # a fixture
    world = build(records)
    over = world.over

    def with_recalls(services: Services) -> Services:
        return replace(
            over(services),
            recall_goods=records.recall_goods,
            recall_outbox=records.recall_outbox,
            mass_records=records.mass_records,
        )

    world.over = with_recalls
    return world


@pytest.fixture
def operator(world: World) -> TestClient:
    return world.program("operator")


def step(operator: TestClient, recall: str, state: str) -> None:
    digest = operator.get(f"/api/v1/recalls/{recall}/scope").json()["digest"]
    body = {"state": state, "why": "经理批准", "scope_digest": digest}
    answer = operator.post(f"/api/v1/recalls/{recall}/steps", json=body)
    assert answer.status_code == 200, answer.text


def recalled(operator: TestClient) -> str:
    body = {"criterion": "thing", "value": PIG_URI, "reason": "检出异物", "why": "投诉 17 号"}
    recall: str = operator.post("/api/v1/recalls", json=body).json()["id"]
    step(operator, recall, "confirmed")
    return recall


def sold() -> Record:
    return record("retail", "2026-09-02T09:00", next(iter(HOUSES)), things=PACK_URI)


def refusals(answer: Any) -> list[str]:  # noqa: ANN401 a response
    return [block["reason"] for block in answer.json()["blocks"]]


def test_what_a_recall_holds_cannot_be_packed_or_sold_until_it_is_lifted(
    world: World, operator: TestClient, records: Records
) -> None:
    say_all(operator, *before_slaughter(), slaughter(), packing())
    recall = recalled(operator)
    for act in (sold(), packing(serials="000009", total_weight_kg=0.5)):
        answer = say(operator, act)
        assert (answer.status_code, refusals(answer)) == (409, ["recall"])
    assert "请不要吃，已召回" in world.client().get(PACK).text
    page = world.client("operator").get(f"/console/recalls/{recall}").text
    assert "确定涉及" in page
    step(operator, recall, "lifted")
    assert not records.holds.of([PACK_URI])
    assert say(operator, sold()).status_code == 201


def test_the_masses_of_own_records_agree(operator: TestClient) -> None:
    say_all(operator, *before_slaughter(), slaughter(), packing())
    stages = operator.get("/api/v1/trace/balance", params={"epc": PACK_URI}).json()["stages"]
    assert {stage["kind"] for stage in stages} == {"slaughter", "cutting"}
    assert not [finding for stage in stages for finding in stage["findings"] if finding["grave"]]
