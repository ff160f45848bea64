"""What the first page begins with: recalls that run, and what is on hold, of those who must see to it."""

import json
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from tests.api.test_trace import MINE, NOW, OTHERS, PACKS, draft, mixed_world
from tests.api.world import World
from traceability.context import CONTEXT
from traceability.epcis.capture import capture_event
from traceability.holds import Hold
from traceability.recalls import RECALL_REASON

NOTHING = "今天没有要办的"


@pytest.fixture
def world() -> World:
    """Wangbei's and other's pigs, and packs made of both."""
    return mixed_world()


def title(world: World, login: str) -> str:
    text = world.client(login).get("/console").text
    return text.partition("<title>")[2].partition(" · ")[0]


def hold(subject: str, cause: str = "urn:x:test", reason: str = "by_hand") -> Hold:
    return Hold(subject=subject, reason=reason, cause=cause, since=NOW, detail_zh="查", detail_en="look", by="operator")


def take(operator: TestClient, recall: str, *states: str) -> None:
    digest = operator.get(f"/api/v1/recalls/{recall}/scope").json()["digest"]
    for state in states:
        body = {"state": state, "why": "批准", "scope_digest": digest}
        assert operator.post(f"/api/v1/recalls/{recall}/steps", json=body).status_code == 200


def received(world: World, pack: str, gln: str, minute: int) -> None:
    event = {
        "@context": CONTEXT,
        "type": "ObjectEvent",
        "eventTime": (NOW + timedelta(minutes=minute)).isoformat(),
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "receiving",
        "epcList": [pack],
        "bizLocation": {"id": f"https://id.gs1.org/414/{gln}"},
    }
    world.events.capture([capture_event(json.dumps(event).encode(), record_time=NOW)])


def test_a_recall_comes_first_until_it_is_closed_and_before_the_notices_its_holds_do(world: World) -> None:
    operator = world.program("operator")
    recall = draft(operator, MINE)
    assert "召回在办" not in title(world, "operator")
    for state in ("confirmed", "holds", "notices"):
        take(operator, recall, state)
        assert title(world, "operator") == "1 个召回在办"
        assert title(world, "wangbei") == ("1 个召回在办" if state == "notices" else "1 件事封存待查")
        assert "封存待查" not in world.client("operator").get("/console").text  # they are told as the recall
        assert recall not in world.client("other").get("/console").text
    for login in ("operator", "wangbei"):
        page = world.client(login).get("/console").text
        assert f'href="/console/recalls/{recall}"' in page
    assert f'href="/console/recalls/{recall}"' in world.client("operator").get("/console/holds").text
    take(operator, recall, "closed")
    assert not {title(world, login) for login in ("operator", "wangbei")} & {"1 个召回在办", "1 件事封存待查"}


def test_who_was_told_of_a_recall_can_read_it_though_the_goods_are_elsewhere_by_now(world: World) -> None:
    farm = next(farm for farm in world.households.farms() if farm.household == "h-03")
    received(world, PACKS[0], farm.gln, 20)
    operator = world.program("operator")
    recall = draft(operator, MINE)
    take(operator, recall, "confirmed", "holds", "notices")
    received(world, PACKS[0], "9526000100096", 30)
    assert title(world, "other") == "1 个召回在办"
    page = world.client("other").get(f"/console/recalls/{recall}")
    assert page.status_code == 200
    assert PACKS[0] not in page.text
    assert "143018200000147" not in page.text


def test_a_matter_counts_for_each_whose_animal_is_in_it(world: World) -> None:
    world.holds.place([hold(MINE), hold(OTHERS)])
    assert [title(world, login) for login in ("operator", "wangbei", "other")] == ["1 件事封存待查"] * 3


def test_neither_recalls_nor_what_others_have_on_hold_crowds_a_matter_out(world: World) -> None:
    world.holds.place([hold(MINE)])
    world.holds.place([hold(OTHERS, cause=f"urn:x:{number}") for number in range(99)])
    assert title(world, "operator") == "100 件以上封存待查"
    assert title(world, "wangbei") == "1 件事封存待查"
    operator = world.program("operator")
    recall = draft(operator, OTHERS)
    take(operator, recall, "confirmed", "holds", "notices", "closed")
    many = [f"https://id.gs1.org/01/09526000100010/21/X{number}" for number in range(600)]
    world.holds.place([hold(each, recall, RECALL_REASON) for each in many])
    assert title(world, "operator") == "100 件以上封存待查"
    assert title(world, "wangbei") == "1 件事封存待查"


def test_who_has_nothing_on_hold_has_nothing_to_do(world: World) -> None:
    world.holds.place([hold(OTHERS)])
    assert title(world, "wangbei") == NOTHING
