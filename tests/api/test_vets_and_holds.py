"""Who may end a hold, and on what ground: a veterinarian, by licence number, and nobody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from storage.records.records import Records
from tests.api.lives import PACK, PACK_URI, foreign, lives_records, lives_world, say, say_all
from tests.api.world import World, field_of
from tests.storage.records.databases import PlaceRecords
from tests.traceability.one_life import FARM, SLAUGHTERHOUSE
from tests.traceability.pig_life import (
    CARCASS,
    LICENCE,
    Record,
    before_slaughter,
    packing,
    record,
    slaughter,
    treatment,
)
from tests.traceability.pig_records import PIG_URI, declared_wrong
from traceability.holds import disputed_hold

TEST = "莱克多巴胺"


@pytest.fixture
def records(tmp_path: Path, place_sqlite: PlaceRecords) -> Iterator[Records]:
    """The farm, the slaughterhouse and the packing house in real records."""
    records = lives_records(place_sqlite(tmp_path / "records.sqlite"))
    yield records
    records.close()


@pytest.fixture
def world(records: Records) -> World:
    """Wangbei has claimed the farm with the pig; `other` has nothing."""
    return lives_world(records)


@pytest.fixture
def operator(world: World) -> TestClient:
    return world.program("operator")


def laboratory(result: str, time: str, **fields: Any) -> Record:  # noqa: ANN401 values of any field
    told = {"things": CARCASS, "test": TEST, "result": result, "laboratory": "市检测中心", "report_number": "L-1"}
    return record("laboratory_result", time, str(SLAUGHTERHOUSE), **{**told, **fields})


def correction(event: str, **fields: Any) -> Record:  # noqa: ANN401 values of any field
    return record("correction", "2026-10-01T08:00", str(FARM), event=event, reason="打错了", **fields)


def test_nobody_but_a_vet_takes_back_a_slaughter_and_a_capture_that_does_frees_nothing(
    world: World, operator: TestClient, records: Records
) -> None:
    say_all(operator, *before_slaughter(), treatment("2026-08-20", "2026-08-20"))
    killed = foreign(operator)
    refused = say(operator, correction(killed))
    assert refused.status_code == 422
    assert [problem["field"] for problem in refused.json()["problems"]] == ["vet_licence"]
    (wrong,) = records.events.find(killed)
    answer = operator.post("/epcis/events", content=declared_wrong(wrong).document, headers=JSON)
    assert answer.status_code == 201, answer.text
    (held,) = operator.get("/api/v1/holds/of", params={"epc": PACK_URI}).json()
    assert (held["reason"], held["cause"], held["ends_by"]) == ("declared_error", killed, "correction_of_cause")
    assert "声明错误，待兽医核实" in world.client().get(PACK).text
    assert say(operator, correction(killed, vet_licence="兽医兽医")).status_code == 422
    assert say(operator, correction(killed, vet_licence=LICENCE)).status_code == 201
    assert operator.get("/api/v1/holds/of", params={"epc": PACK_URI}).json() == []
    # the slaughter is none any more: the pig may be recorded on
    assert operator.get("/api/v1/holds").json() == []


def test_what_is_on_hold_is_the_first_thing_of_the_morning_for_those_whose_animal_it_came_of(
    world: World, operator: TestClient
) -> None:
    say_all(operator, *before_slaughter(), slaughter())
    assert "封存待查" not in world.client("operator").get("/console").text
    say_all(operator, laboratory("fail", "2026-08-30T08:00"))
    for login in ("operator", "wangbei"):
        assert "<title>1 件事封存待查" in world.client(login).get("/console").text
    assert "封存待查" not in world.client("other").get("/console").text


def test_a_morning_page_says_where_it_went_through_no_more_holds(
    world: World, operator: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.console.matters.LOOKED_AT", 1)
    say_all(operator, *before_slaughter(), slaughter(), laboratory("fail", "2026-08-30T08:00"))
    assert "1 件以上封存待查" in world.client("operator").get("/console").text


JSON = {"Content-Type": "application/json"}


def test_what_is_not_on_hold_and_no_slaughter_is_corrected_without_a_licence(operator: TestClient) -> None:
    say_all(operator, *before_slaughter(), slaughter())
    packed = say(operator, packing()).json()["event_ids"][0]
    assert say(operator, correction(packed)).status_code == 201


def test_an_unusual_licence_number_is_taken_and_remarked(operator: TestClient) -> None:
    say_all(operator, *before_slaughter())
    event = say(operator, treatment("2026-08-20", "2026-08-20")).json()["event_ids"][0]
    answer = say(operator, correction(event, vet_licence="湘官兽〔2024〕0182"))
    assert answer.status_code == 201
    assert [warning["field"] for warning in answer.json()["warnings"]] == ["vet_licence"]


def test_a_test_passed_later_is_told_beside_the_hold_and_only_a_vet_ends_it(world: World, operator: TestClient) -> None:
    say_all(operator, *before_slaughter(), slaughter(), laboratory("fail", "2026-08-30T08:00"))
    assert "retest" in operator.get("/api/v1/holds").json()[0]
    assert operator.get("/api/v1/holds").json()[0]["retest"] is None
    say_all(operator, laboratory("pass", "2026-08-31T08:00", test="瘦肉精"))
    assert operator.get("/api/v1/holds").json()[0]["retest"] is None
    say_all(operator, laboratory("pass", "2026-09-01T08:00", report_number="L-2"))
    (hold,) = operator.get("/api/v1/holds").json()
    assert (hold["reason"], hold["released"]) == ("failed_test", None)
    assert (hold["retest"]["report_number"], hold["retest"]["day"]) == ("L-2", "2026-09-01")
    assert say(operator, packing()).status_code == 409

    desk = world.client("operator")
    page = desk.get("/console/holds").text
    assert "复检合格" in page
    token, number = field_of(page, "csrf"), hold["number"]
    path = f"/console/holds/{number}/correction"
    empty = desk.post(path, data={"csrf": token, "licence": "", "why": ""})
    assert empty.status_code == 422
    assert "填兽医证号" in empty.text
    junk = desk.post(path, data={"csrf": token, "licence": "没有", "why": "复检 L-2 合格"})
    assert junk.status_code == 422
    assert "复检 L-2 合格" in junk.text
    assert operator.get("/api/v1/holds").json() != []
    done = desk.post(path, data={"csrf": token, "licence": LICENCE, "why": "复检 L-2 合格，\r\n前一次送错样"})
    assert done.status_code == 303
    assert operator.get("/api/v1/holds").json() == []
    assert say(operator, packing()).status_code == 201


def test_a_hold_of_a_withdrawal_has_no_form_and_others_holds_are_not_there(world: World, operator: TestClient) -> None:
    say_all(operator, *before_slaughter(), treatment("2026-08-20", "2026-08-20"))
    foreign(operator)
    number = operator.get("/api/v1/holds").json()[0]["number"]
    for login in ("operator", "other"):
        desk = world.client(login)
        page = desk.get("/console/holds").text
        assert "兽医更正这条记录" not in page
        token = field_of(desk.get("/console/recalls").text, "csrf") if "csrf" in page else ""
        answer = desk.post(f"/console/holds/{number}/correction", data={"csrf": token, "licence": LICENCE, "why": "x"})
        assert answer.status_code in {403, 404}
    assert PIG_URI in world.client("operator").get("/console/holds").text


def test_many_packs_held_for_one_cause_are_one_matter_on_the_page(
    world: World, operator: TestClient, records: Records
) -> None:
    say_all(operator, *before_slaughter(), slaughter(), laboratory("fail", "2026-09-02T08:00"))
    say_all(operator, laboratory("fail", "2026-09-03T08:00", report_number="L-3"))
    killed = next(each for each in records.events.about([PIG_URI]) if each.event_type == "TransformationEvent")
    page = world.client("operator").get("/console/holds").text
    assert page.count("兽医更正这条记录") == 2
    packs = [f"https://id.gs1.org/01/09526000100010/21/{number:06d}" for number in range(1, 41)]
    records.holds.place([disputed_hold(pack, killed.event_id, since=world.now, by="guards") for pack in packs])
    page = world.client("operator").get("/console/holds").text
    assert page.count("兽医更正这条记录") == 3
    assert "另有 39 件" in page
    assert "更早的" not in page
