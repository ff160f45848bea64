"""The console's pages of traces, balances and recalls: what may be seen, and each step by its form."""

import json
from datetime import timedelta

import pytest

from tests.api.test_trace import ALSO_MINE, MINE, NOW, OTHERS, PACKS, draft, mixed_world
from tests.api.world import World, field_of
from traceability.context import CONTEXT
from traceability.epcis.capture import capture_event

BOXED = "https://id.gs1.org/00/095260000000000075"


@pytest.fixture
def world() -> World:
    return mixed_world()


def boxed(world: World) -> None:
    event = {
        "@context": CONTEXT,
        "type": "AggregationEvent",
        "eventTime": (NOW + timedelta(minutes=9)).isoformat(),
        "eventTimeZoneOffset": "+08:00",
        "action": "ADD",
        "parentID": BOXED,
        "childEPCs": PACKS[1:],
        "tt:linkMethod": "by_hand",
    }
    world.events.capture([capture_event(json.dumps(event).encode(), record_time=NOW)])


def test_a_trace_is_drawn_and_listed_with_how_sure_each_is(world: World) -> None:
    boxed(world)
    page = world.client("operator").get("/console/trace", params={"code": "143018200000148"})
    assert page.status_code == 200
    assert '<svg class="trace"' in page.text
    assert 'class="possible"' in page.text
    assert "屠宰" in page.text
    assert "手工登记" not in page.text
    assert page.text.count('<span class="badge watch">') >= 2


def test_an_enterprise_traces_its_own_and_never_sees_others_animals(world: World) -> None:
    client = world.client("wangbei")
    page = client.get("/console/trace", params={"code": PACKS[1]})
    assert "143018200000148" in page.text
    assert "143018200000149" not in page.text
    assert "另有 1 个不归您看" in page.text
    assert client.get("/console/trace", params={"code": OTHERS}).status_code == 404
    assert client.get("/console/trace.csv", params={"code": OTHERS}).status_code == 404
    assert "起草召回" not in page.text


@pytest.mark.parametrize("code", ["", "14301820000015", "<script>", "(01)123(10)L"])
def test_a_code_that_cannot_be_read_comes_back_with_its_rule(world: World, code: str) -> None:
    page = world.client("operator").get("/console/trace", params={"code": code})
    assert page.status_code == (422 if code else 200)
    assert "<script>" not in page.text
    assert ("这个码读不懂" in page.text) is bool(code)


def test_the_lists_of_a_trace_come_as_csv(world: World) -> None:
    text = world.client("wangbei").get("/console/trace.csv", params={"code": PACKS[1]}).text
    assert text.splitlines()[1:] == [f"back,{ALSO_MINE},animal,False"]


def test_balances_stand_with_the_worst_first(world: World) -> None:
    page = world.client("operator").get("/console/balance").text
    assert "没有对不上的" in page
    assert page.count("件没有重量记录") == 2
    assert world.client("wangbei").get("/console/balance?days=400").status_code == 422


def test_a_recall_goes_through_its_forms_to_the_report(world: World) -> None:
    client = world.client("operator")
    page = client.get("/console/recalls")
    csrf = field_of(page.text, "csrf")
    typed = {"csrf": csrf, "criterion": "thing", "value": "143018200000148", "reason": "检出异物", "why": "投诉 17 号"}
    refused = client.post("/console/recalls", data={**typed, "reason": ""})
    assert refused.status_code == 422
    assert "投诉 17 号" in refused.text
    answer = client.post("/console/recalls", data=typed)
    assert answer.status_code == 303, answer.text
    place = answer.headers["location"]
    page = client.get(place)
    assert "可能 2" in page.text
    for state in ("confirmed", "holds", "notices", "closed"):
        digest = field_of(page.text, "digest")
        step = {"csrf": csrf, "state": state, "digest": digest}
        silent = client.post(f"{place}/steps", data=step)
        assert silent.status_code == 422
        assert "写明为什么" in silent.text
        taken = client.post(f"{place}/steps", data={**step, "why": "经理批准"})
        assert taken.status_code == 303, taken.text
        page = client.get(place)
    assert "望北食品" in page.text
    assert world.holds.of([PACKS[1]])
    said = {"csrf": csrf, "things": f"{PACKS[1]}\n\n", "outcome": "destroyed", "note": "焚烧单 3"}
    assert client.post(f"{place}/recoveries", data=said).status_code == 303
    report = client.get(f"{place}/report")
    assert "已销毁" in report.text
    assert "outcome,destroyed,1,0.0,KGM,1" in client.get(f"{place}/report.csv").text
    assert f"{PACKS[1]},False,,KGM,,2026-07-28T00:01:00+00:00,destroyed" in client.get(f"{place}/goods.csv").text


def test_a_scope_that_changed_is_shown_anew_and_nothing_is_recalled(world: World) -> None:
    client = world.client("operator")
    place = f"/console/recalls/{draft(world.program('operator'), ALSO_MINE)}"
    page = client.get(place)
    boxed(world)
    step = {"csrf": field_of(page.text, "csrf"), "state": "confirmed", "why": "经理批准"}
    answer = client.post(f"{place}/steps", data={**step, "digest": field_of(page.text, "digest")})
    assert answer.status_code == 409
    assert "范围变了" in answer.text
    assert not world.holds.of([PACKS[1]])
    dropped = client.post(f"{place}/steps", data={**step, "state": "withdrawn"})
    assert dropped.status_code == 303
    again = client.post(f"{place}/steps", data={**step, "state": "confirmed"})
    assert again.status_code == 409


def test_what_is_said_of_goods_must_be_readable_and_in_the_recall(world: World) -> None:
    operator = world.program("operator")
    recall = draft(operator, ALSO_MINE)
    client = world.client("operator")
    place = f"/console/recalls/{recall}"
    page = client.get(place)
    csrf = field_of(page.text, "csrf")
    early = {"csrf": csrf, "things": PACKS[1], "outcome": "found"}
    assert client.post(f"{place}/recoveries", data=early).status_code == 422
    step = {"csrf": csrf, "state": "confirmed", "why": "批准", "digest": field_of(page.text, "digest")}
    assert client.post(f"{place}/steps", data=step).status_code == 303
    for things, outcome in (("<b>", "found"), (PACKS[0], "found"), ("", "found"), (PACKS[1], "eaten")):
        answer = client.post(f"{place}/recoveries", data={"csrf": csrf, "things": things, "outcome": outcome})
        assert answer.status_code == 422, (things, outcome)
        assert "<b>" not in answer.text.replace("<b>", "", 0) or things != "<b>" or "&lt;b&gt;" in answer.text


def test_an_enterprise_reads_and_acknowledges_its_recall_and_drafts_none(world: World) -> None:
    operator = world.program("operator")
    recall = draft(operator, MINE)
    client = world.client("wangbei")
    place = f"/console/recalls/{recall}"
    assert client.get(place).status_code == 404
    digest = operator.get(f"/api/v1/recalls/{recall}/scope").json()["digest"]
    for state in ("confirmed", "holds", "notices"):
        body = {"state": state, "why": "批准", "scope_digest": digest}
        assert operator.post(f"/api/v1/recalls/{recall}/steps", json=body).status_code == 200
    page = client.get(place)
    assert "知道了" in page.text
    assert "经过" not in page.text
    csrf = field_of(page.text, "csrf")
    number = operator.get(f"/api/v1/recalls/{recall}/messages").json()[0]["number"]
    assert client.post(f"{place}/messages/{number}/acknowledge", data={"csrf": csrf}).status_code == 303
    assert "已知道" in client.get(place).text
    assert client.get(f"{place}/report").status_code == 404
    assert client.post("/console/recalls", data={"csrf": csrf, "criterion": "thing", "value": MINE}).status_code == 404
    assert world.client("other").get(place).status_code == 404
    assert "没有召回" in world.client("other").get("/console/recalls").text


def test_who_only_has_recalled_goods_sees_those_and_what_to_do_and_nothing_of_others(world: World) -> None:
    farm = next(farm for farm in world.households.farms() if farm.household == "h-03")
    event = {
        "@context": CONTEXT,
        "type": "ObjectEvent",
        "eventTime": (NOW + timedelta(minutes=20)).isoformat(),
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "receiving",
        "epcList": [PACKS[0]],
        "bizLocation": {"id": f"https://id.gs1.org/414/{farm.gln}"},
    }
    world.events.capture([capture_event(json.dumps(event).encode(), record_time=NOW)])
    operator, other = world.program("operator"), world.program("other")
    recall = draft(operator, MINE)
    path = f"/api/v1/recalls/{recall}"
    assert other.get(path).status_code == 404
    digest = operator.get(f"{path}/scope").json()["digest"]
    answer = operator.post(f"{path}/steps", json={"state": "confirmed", "why": "批准", "scope_digest": digest})
    assert answer.status_code == 200
    seen = other.get(path).json()
    assert (seen["id"], seen["cause"]["value"], seen["steps"]) == (recall, "", [])
    assert "确定涉及 1 件" in seen["to_do_zh"]
    assert "put them aside" in seen["to_do_en"]
    assert operator.get(path).json()["to_do_zh"] is None
    assert [each["id"] for each in other.get("/api/v1/recalls").json()] == [recall]
    scope = other.get(f"{path}/scope").json()
    assert [thing["uri"] for thing in scope["things"]] == [PACKS[0]]
    assert [good["uri"] for good in other.get(f"{path}/goods").json()["goods"]] == [PACKS[0]]
    page = other_page(world, recall)
    assert "您要做的" in page
    assert "请立即停止销售" in page
    assert "143018200000147" not in page
    assert PACKS[1] not in page
    said = other.post(f"{path}/recoveries", json={"things": [PACKS[0]], "outcome": "found", "note": "在冷柜"})
    assert said.json()["said"] == 1
    assert (
        other.post(f"{path}/recoveries", json={"things": [PACKS[1]], "outcome": "found", "note": ""}).status_code == 422
    )


def other_page(world: World, recall: str) -> str:
    desk = world.client("other")
    assert recall in desk.get("/console/recalls").text
    return desk.get(f"/console/recalls/{recall}").text


def test_a_lot_says_what_was_made_and_what_is_left(world: World) -> None:
    lot = "https://id.gs1.org/01/09526000100010/10/L-1"
    made = {"epcClass": lot, "quantity": 4.5, "uom": "KGM"}
    event = {
        "@context": CONTEXT,
        "type": "TransformationEvent",
        "eventTime": NOW.isoformat(),
        "eventTimeZoneOffset": "+08:00",
        "inputEPCList": [MINE],
        "outputQuantityList": [made],
    }
    world.events.capture([capture_event(json.dumps(event).encode(), record_time=NOW)])
    page = world.client("operator").get("/console/trace", params={"code": "(01)09526000100010(10)L-1"}).text
    assert "4.5 kg" in page
    assert "没有盘点记录" in page
