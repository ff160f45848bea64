"""Lives recorded over HTTP, and what others report as done: refused or held, on every way in."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from storage.records.records import Records
from tests.api.lives import PACK, PACK_URI, foreign, lives_records, lives_world, say, say_all
from tests.api.world import World
from tests.storage.records.databases import PlaceRecords
from tests.traceability.one_life import FARM, PIG
from tests.traceability.pig_life import (
    CARCASS,
    LICENCE,
    Record,
    before_slaughter,
    loading,
    packing,
    sale,
    slaughter,
    treatment,
    whole_lot,
)
from tests.traceability.pig_records import HOUSES, PIG_URI
from traceability.lives.kinds import event_fields

WITHIN = treatment("2026-08-20", "2026-08-20")


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


def as_csv(*told: Record) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["kind", *event_fields()])
    writer.writeheader()
    writer.writerows(told)
    return text.getvalue().encode("utf-8-sig")


def by_api(client: TestClient, record: Record) -> tuple[bool, list[str], list[str | None]]:
    answer = say(client, record)
    assert answer.status_code in {201, 409}
    blocks = answer.json()["blocks"]
    return answer.status_code == 201, [each["reason"] for each in blocks], [each["until"] for each in blocks]


def by_file(client: TestClient, record: Record) -> tuple[bool, list[str], list[str | None]]:
    answer = client.post("/api/v1/lifecycle/import", content=as_csv(record), headers={"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["rows"]
    return (
        row["outcome"] == "taken",
        [each["reason"] for each in row["blocks"]],
        [each["until"] for each in row["blocks"]],
    )


@pytest.mark.parametrize("way", [by_api, by_file])
@pytest.mark.parametrize("act", [sale, loading, slaughter])
def test_no_way_in_lets_a_pig_within_its_withdrawal_go_and_each_says_until_when(
    operator: TestClient,
    way: Callable[[TestClient, Record], tuple[bool, list[str], list[str | None]]],
    act: Callable[..., Record],
) -> None:
    say_all(operator, *before_slaughter(), WITHIN)
    assert way(operator, act()) == (False, ["withdrawal"], ["2026-09-17"])


def test_a_capture_of_what_was_forbidden_is_kept_held_alarmed_and_told_on_the_pack_until_a_vet_corrects(
    world: World, operator: TestClient, records: Records
) -> None:
    say_all(operator, *before_slaughter(), WITHIN)
    with capture_logs() as logs:
        slaughtered = foreign(operator)
    assert len(records.events.find(slaughtered)) == 1
    assert [(each["subject"], each["reason"]) for each in logs if each["event"] == "hold_placed"] == [
        (PIG_URI, "withdrawal")
    ]
    page = world.client().get(PACK).text
    state = page.split('role="alert"', 1)[1].split("</section>", 1)[0]
    assert "暂停销售，正在查" in state
    assert "休药期没满" in page
    (hold,) = operator.get("/api/v1/holds").json()
    assert (hold["reason"], hold["cause"], hold["released"]) == ("withdrawal", slaughtered, None)
    assert operator.get("/api/v1/holds/of", params={"epc": PACK_URI}).json()[0]["certain"] is True
    # and nothing more is made or sold of it
    more = say(operator, packing(serials="000009"))
    assert (more.status_code, [each["reason"] for each in more.json()["blocks"]]) == (409, ["withdrawal"])
    shown = world.client("operator").get("/console/holds").text
    assert PIG_URI in shown
    assert "2026-09-17" in shown

    wrong = next(each for each in records.events.about([PIG_URI]) if "2026-08-20" in each.document)
    asked = {"kind": "correction", "time": "2026-10-01T08:00", "place": str(FARM), "event": wrong.event_id}
    assert say(operator, {**asked, "reason": "打错了猪"}).status_code == 422
    say_all(operator, {**asked, "reason": "打错了猪", "vet_licence": LICENCE})
    assert "编码有效" in world.client().get(PACK).text
    assert operator.get("/api/v1/holds").json() == []
    (ended,) = operator.get("/api/v1/holds", params={"ended": True}).json()
    assert ended["release"] == "correction"
    assert say(operator, packing(serials="000009")).status_code == 201


def test_a_single_captured_event_is_judged_like_a_document(operator: TestClient, records: Records) -> None:
    say_all(operator, *before_slaughter(), WITHIN)
    event = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "TransformationEvent",
        "eventTime": "2026-08-30T05:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "bizLocation": {"id": f"https://id.gs1.org/414/{next(iter(HOUSES))}"},
        "inputEPCList": [PIG_URI],
        "outputEPCList": [CARCASS],
    }
    assert operator.post("/epcis/events", json=event).status_code == 201
    assert [held.hold.reason for held in records.holds.of([CARCASS])] == ["withdrawal"]


def test_a_pig_with_all_its_records_becomes_packs_that_are_valid(world: World, operator: TestClient) -> None:
    say_all(operator, *before_slaughter(), sale(), loading(), slaughter(), packing())
    assert "编码有效" in world.client().get(PACK).text
    assert operator.get("/api/v1/holds").json() == []
    again = say(operator, slaughter())
    assert (again.status_code, again.json()["outcome"]) == (200, "there_already")


def test_a_wrong_record_names_each_field_and_rule_in_both_languages(operator: TestClient) -> None:
    answer = say(operator, {"kind": "weighing", "time": "now", "place": str(FARM), "animals": "1", "colour": "black"})
    assert answer.status_code == 422
    problems = {each["field"]: each for each in answer.json()["problems"]}
    assert problems.keys() == {"time", "animals", "weight_kg", "colour"}
    assert all(each["en"] and each["zh"] for each in problems.values())


def test_a_file_is_reported_row_by_row_and_a_dry_run_says_the_same_and_records_nothing(
    operator: TestClient, records: Records
) -> None:
    rows = [*before_slaughter(), WITHIN, {"kind": "weighing"}, slaughter(), *whole_lot()]
    content = as_csv(*rows)
    reports = [
        operator.post("/api/v1/lifecycle/import", content=content, params={"dry_run": dry}).json()
        for dry in (True, False)
    ]
    assert [row["line"] for row in reports[0]["rows"]] == list(range(2, 2 + len(rows)))
    said = [[row["outcome"] for row in report["rows"]] for report in reports]
    assert said[0] == said[1]
    assert [said[0][5], said[0][6]] == ["refused", "refused"]
    assert (reports[1]["taken"], reports[1]["refused"]) == (len(rows) - 2, 2)
    assert reports[1]["rows"][6]["blocks"][0]["until"] == "2026-09-17"
    again = operator.post("/api/v1/lifecycle/import", content=content).json()
    assert (again["taken"], again["there_already"]) == (0, len(rows) - 2)
    assert len(records.events.about([PIG_URI])) == 5


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"colour,time\nblack,1", "no such column: colour"),
        (b"time,place\n1,2", "a column kind"),
        (b"kind,time,time\n1,2,3", "twice"),
        (b'kind,time\n"a,b', "no CSV"),
        (b"", "a column kind"),
    ],
)
def test_a_file_that_is_no_table_of_records_is_refused_whole(operator: TestClient, content: bytes, rule: str) -> None:
    answer = operator.post("/api/v1/lifecycle/import", content=content)
    assert answer.status_code == 400
    assert rule in answer.json()["detail"]


def test_columns_and_kinds_may_be_in_chinese(operator: TestClient) -> None:
    text = f"类型,发生时间,地点（GLN）,耳标号,重量（千克）\n称重,2026-08-02 08:00,{FARM},{PIG},72.4\n"
    report = operator.post("/api/v1/lifecycle/import", content=text.encode()).json()
    assert report["taken"] == 1, report


def test_an_enterprise_records_what_concerns_its_farms_and_others_find_nothing_there(
    world: World, operator: TestClient
) -> None:
    mine, others = world.program("wangbei"), world.program("other")
    for record in (*before_slaughter(), whole_lot()[0], whole_lot()[3]):
        assert say(others, record).status_code == 404, record
        assert say(mine, record).status_code == 201, record
    assert say(others, slaughter()).status_code == 404
    assert say(mine, slaughter()).status_code == 201
    assert say(mine, {**slaughter(), "animals": "143018200000999"}).status_code == 404
    assert say(others, packing()).status_code == 404
    assert say(mine, packing()).status_code == 201
    assert say(mine, packing("https://id.gs1.org/01/09526000100027/21/somebody", serials="000010")).status_code == 404
    assert operator.get("/api/v1/lifecycle/kinds").json()[0]["kind"] == "birth"
    assert world.client().post("/api/v1/lifecycle", json=slaughter()).status_code in {303, 401}


def test_an_enterprise_sees_holds_on_its_own_animals_only(world: World, operator: TestClient) -> None:
    say_all(operator, *before_slaughter(), WITHIN)
    foreign(operator)
    mine, others = world.program("wangbei"), world.program("other")
    assert [each["reason"] for each in mine.get("/api/v1/holds").json()] == ["withdrawal"]
    assert others.get("/api/v1/holds").json() == []
    assert others.get("/api/v1/holds/of", params={"epc": PACK_URI}).status_code == 404
    assert PIG_URI in world.client("wangbei").get("/console/holds").text
    assert PIG_URI not in world.client("other").get("/console/holds").text


def test_what_is_recorded_is_epcis_that_can_be_queried(operator: TestClient) -> None:
    say_all(operator, *before_slaughter())
    found = operator.get("/epcis/events", params={"MATCH_anyEPC": PIG_URI}).json()
    events = found["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert len(events) == 4
    assert json.dumps(events)
