"""Forms of records: one for every kind, by the same tables, rules and guards as the API; nothing typed is lost."""

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from api.console.record_shown import kind_of_record, told_by
from api.console.record_words import kind_groups
from livestock.model import Animal, Sex
from observations.identifiers import EarTagNumber
from storage.records.records import Records
from tests.api.console.conftest import FARM_ID, NOW
from tests.api.console.form_posts import HOME, Shown, hand_in, keep_all
from tests.api.world import World
from tests.traceability.one_life import FARM, PIG, SLAUGHTERHOUSE
from tests.traceability.pig_life import (
    CARCASS,
    LICENCE,
    SPUD,
    before_slaughter,
    birth,
    certificate,
    loading,
    of_pig,
    record,
    sale,
    slaughter,
    tagging,
    treatment,
    whole_lot,
    whole_pig,
)
from tests.traceability.pig_records import PIG_URI
from traceability.lives.kinds import event_kinds, fields_of

SECOND = EarTagNumber.parse("143018200000124")
WITHIN = treatment("2026-08-20", "2026-08-20")
JSON = {"accept": "application/json"}


def test_every_kind_stands_in_one_group_and_has_a_tile(operator: TestClient) -> None:
    grouped = [kind.kind for group in kind_groups() for kind in group.kinds]
    assert sorted(grouped) == sorted(event_kinds())
    page = operator.get(HOME).text
    assert all(f'href="{HOME}/{kind}"' in page for kind in event_kinds())


@pytest.mark.parametrize("kind", event_kinds())
def test_the_form_of_every_kind_has_its_fields_with_labels_and_units(operator: TestClient, kind: str) -> None:
    answer = operator.get(f"{HOME}/{kind}")
    assert answer.status_code == 200
    shown = Shown(answer.text)
    fields = {field.field: field for field in fields_of(kind)}
    assert shown.entries.keys() == {*fields, "csrf", "account", "called"}
    assert {name for name, field in fields.items() if field.is_required_of(kind)} - shown.required <= {
        "animals",
        "things",
        "lots",
    }
    for field in fields.values():
        assert field.words.zh in answer.text
        assert field.words.en.replace("'", "&#39;") in answer.text
        assert field.unit != "KGM" or "千克" in answer.text


def test_a_form_of_every_kind_is_captured_and_shown_as_it_is_kept(operator: TestClient, records: Records) -> None:
    said = [*whole_pig(), *whole_lot()]
    for one in said:
        answer = hand_in(operator, one)
        assert answer.status_code == 303, f"{one}: {answer.text[-3000:]}"
        done = operator.get(answer.headers["location"])
        assert done.status_code == 200
        assert "记下了" in done.text
        assert "记错了，更正" in done.text
    dead = of_pig("death", "2025-11-04T08:00", cause="压死")
    dead["animals"] = str(SECOND)
    gone = {**of_pig("harmless_disposal", "2025-11-04T10:00", method="化制"), "animals": str(SECOND)}
    keep_all(operator, dead, gone)
    assert {one["kind"] for one in said} | {"death", "harmless_disposal", "correction"} == event_kinds().keys()
    assert len(records.events.about([PIG_URI])) > 10


def test_a_record_read_back_from_its_events_is_the_record_that_was_handed_in(
    operator: TestClient, records: Records
) -> None:
    unclear = {"boning", "cutting", "mince", "washing", "starch", "noodles"}
    for one in (*whole_pig(), *whole_lot()):
        said = hand_in(operator, one, **JSON).json()["rows"][0]
        events = [event for each in said["event_ids"] for event in records.events.find(each)]
        kind = event_kinds()[one["kind"]]
        told = told_by(kind, events)
        again = hand_in(operator, {"kind": kind.kind, **told}, **JSON).json()["rows"][0]
        assert again["outcome"] == "there_already", (one, told, again)
        assert kind_of_record(events) == (None if kind.kind in unclear else kind)


def test_what_the_api_refuses_the_form_refuses_beside_the_field_and_keeps_what_was_typed(operator: TestClient) -> None:
    wrong = {"kind": "weighing", "time": "gestern", "place": str(FARM), "animals": "1", "weight_kg": "schwer"}
    answer = hand_in(operator, wrong)
    assert answer.status_code == 422
    shown = Shown(answer.text)
    assert shown.invalid == {"time", "animals", "weight_kg"}
    assert {name: shown.entries[name] for name in ("time", "place", "animals", "weight_kg")} == {
        "time": ["gestern"],
        "place": [str(FARM)],
        "animals": ["1"],
        "weight_kg": ["schwer"],
    }
    api = operator.post("/api/v1/lifecycle", json=wrong, headers={"x-csrf-token": shown.entries["csrf"][0], **JSON})
    assert {each["field"] for each in api.json()["problems"]} == shown.invalid
    assert all(each["zh"] in answer.text for each in api.json()["problems"])


@pytest.mark.parametrize("act", [sale(), loading(), slaughter()], ids=lambda act: act["kind"])
def test_a_guard_refuses_by_form_until_when_and_why(operator: TestClient, act: dict[str, str]) -> None:
    keep_all(operator, *before_slaughter(), WITHIN)
    answer = hand_in(operator, act)
    assert answer.status_code == 409
    assert "2026-09-17 起可以" in answer.text
    assert "没有例外" in answer.text
    assert Shown(answer.text).entries["destination" if act["kind"] != "slaughter" else "tag"] != [""]


def test_a_form_sent_twice_records_once_and_says_so(operator: TestClient, records: Records) -> None:
    keep_all(operator, birth())
    first = hand_in(operator, treatment())
    again = hand_in(operator, treatment())
    assert "again" not in first.headers["location"]
    assert "没有重复记" in operator.get(again.headers["location"]).text
    told = hand_in(operator, treatment(), **JSON)
    assert (told.status_code, told.json()["outcome"]) == (200, "taken")
    assert len(records.events.about([PIG_URI])) == 2


def test_a_group_becomes_a_record_each_and_who_may_not_go_keeps_nobody_back(
    world: World, operator: TestClient, records: Records
) -> None:
    world.animals.add(Animal(id=SECOND, farm=FARM_ID, breed="宁乡花猪", sex=Sex.MALE, born_on=NOW.date()))
    group = {"animals": [f"{PIG} 143018200000999", str(SECOND)]}
    dead = {**of_pig("death", "2026-02-01T08:00", cause="腹泻"), "animals": str(SECOND)}
    keep_all(operator, birth(), dead)
    shot = {**of_pig("vaccination", "2026-03-01T08:00", vaccine="猪瘟", batch="V1"), **group}
    answer = hand_in(operator, shot)
    assert answer.status_code == 200
    assert "2 头记下了，1 头没记" in answer.text
    assert "已经死亡或屠宰" in answer.text
    left = Shown(answer.text).entries["animals"]
    assert [value for value in left if value] == [str(SECOND)]
    told = hand_in(operator, shot, **JSON).json()
    assert (told["outcome"], told["left"]) == ("some", [str(SECOND)])
    assert [row["outcome"] for row in told["rows"]] == ["there_already", "there_already", "refused"]
    assert len(records.events.about([PIG_URI])) == 2
    later = {**shot, "animals": [str(PIG), "143018200000999"], "time": "2026-03-02T08:00"}
    assert "2 头都记下了" in hand_in(operator, later).text
    assert "2 头以前都记过，没有重复记" in hand_in(operator, later).text


def test_one_weight_for_several_animals_is_refused_whole_as_by_the_api(operator: TestClient, records: Records) -> None:
    weaned = {**of_pig("weaning", "2026-01-02T08:00", weight_kg="11"), "animals": [str(PIG), str(SECOND)]}
    answer = hand_in(operator, weaned)
    assert answer.status_code == 422
    assert "一条记录只写一头猪" in answer.text
    assert not records.events.about([PIG_URI])


def test_a_wrong_record_is_taken_back_by_form_a_medicine_only_with_a_licence(
    operator: TestClient, records: Records
) -> None:
    keep_all(operator, *before_slaughter(), WITHIN)
    page = operator.get(HOME).text
    link = page.split("用药", 2)[2].split('class="mend" href="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    form = operator.get(link)
    assert "要更正的是" in form.text
    assert str(PIG) in form.text
    shown = Shown(form.text)
    wrong = next(each for each in records.events.about([PIG_URI]) if "2026-08-20" in each.document)
    assert shown.entries["event"] == [wrong.event_id]
    asked = {"kind": "correction", "time": "2026-10-01T08:00", "place": str(FARM), "event": wrong.event_id}
    asked["reason"] = "打错了猪"
    refused = hand_in(operator, asked)
    assert refused.status_code == 422
    assert Shown(refused.text).invalid == {"vet_licence"}
    taken = hand_in(operator, {**asked, "vet_licence": LICENCE})
    done = operator.get(taken.headers["location"]).text
    assert "不再算数" in done
    assert f"{HOME}/treatment?" in done
    again = operator.get(done.split('class="button" href="', 1)[1].split('"', 1)[0].replace("&amp;", "&"))
    refilled = Shown(again.text).entries
    assert (refilled["medicine"], refilled["batch"], refilled["time"]) == (
        ["土霉素注射液"],
        ["B1"],
        ["2026-08-20T09:00"],
    )
    assert hand_in(operator, sale()).status_code == 303


def test_an_enterprise_records_what_concerns_its_farms_and_others_find_nothing_there(
    world: World, wangbei: TestClient
) -> None:
    others = world.client("other")
    for one in (birth(), tagging(), treatment(), certificate(), slaughter()):
        refused = hand_in(others, one)
        assert refused.status_code == 404, one
        assert "查不到" in refused.text
        answer = hand_in(wangbei, one)
        assert answer.status_code == 303, one
        assert wangbei.get(answer.headers["location"]).status_code == 200
        assert others.get(answer.headers["location"]).status_code == 404
    strange = hand_in(wangbei, {**treatment(), "animals": "143018200000999"})
    assert strange.status_code == 404
    assert Shown(strange.text).entries["animals"] == ["143018200000999"]
    assert "最近登记" in wangbei.get(HOME).text
    assert str(PIG) not in others.get(HOME).text
    assert str(PIG) not in others.get(f"{HOME}/vaccination").text
    assert str(FARM) not in others.get(f"{HOME}/vaccination").text


def test_choices_are_the_viewers_own_and_in_both_languages(wangbei: TestClient) -> None:
    page = wangbei.get(f"{HOME}/vaccination").text
    assert f'value="{PIG}"' in page
    assert "张秘密" not in page
    assert f'<option value="{FARM}"' in page
    assert "宁乡屠宰场" in wangbei.get(f"{HOME}/slaughter").text
    assert "Female" not in wangbei.get(f"{HOME}/sale").text
    assert "母猪 female" in wangbei.get(f"{HOME}/birth").text
    assert str(SLAUGHTERHOUSE) in wangbei.get(f"{HOME}/loading").text


def test_what_was_made_or_planted_lately_can_be_ticked_by_those_whose_it_is(
    world: World, operator: TestClient, wangbei: TestClient
) -> None:
    world.now = datetime(2026, 9, 20, tzinfo=UTC)
    keep_all(operator, *before_slaughter(), slaughter(), whole_lot()[0])
    others = world.client("other")
    for client in (operator, wangbei):
        chilling = client.get(f"{HOME}/chilling").text
        assert f'type="checkbox" name="things" value="{CARCASS}"' in chilling
        assert f'type="checkbox" name="lots" value="{SPUD}"' in client.get(f"{HOME}/harvest").text
    assert CARCASS not in others.get(f"{HOME}/chilling").text
    assert SPUD not in others.get(f"{HOME}/harvest").text
    ticked_and_typed = [SPUD, f"{SPUD}=5000"]
    for minute, lots in enumerate((ticked_and_typed, [*reversed(ticked_and_typed)])):
        dug = {**whole_lot()[3], "time": f"2026-09-19T08:{minute:02}", "lots": lots}
        done = operator.get(hand_in(operator, dug).headers["location"]).text
        assert f"<dd>{SPUD}=5000</dd>" in done
    chilled = record("chilling", "2026-09-01T07:00", SLAUGHTERHOUSE, things=["", CARCASS], weight_kg="51.9")
    assert hand_in(wangbei, chilled).status_code == 303


def test_forms_want_a_session_and_its_token(world: World, operator: TestClient) -> None:
    stranger = world.client()
    assert stranger.get(HOME).status_code == 303
    assert stranger.get(f"{HOME}/session", headers=JSON).status_code == 401
    assert operator.post(f"{HOME}/weighing", data={"time": "x"}).status_code == 403
    assert operator.get(f"{HOME}/dancing").status_code == 404
    assert operator.get(f"{HOME}/weighing/done?event=urn:none").status_code == 404


def test_a_herd_that_was_ticked_comes_in_whole(operator: TestClient) -> None:
    many = [f"1430182{number:08}" for number in range(200, 500)]
    record_of_many = {**record("vaccination", "2026-03-01T08:00", vaccine="猪瘟", batch="V1"), "animals": many}
    answer = hand_in(operator, record_of_many)
    assert "300 头都记下了" in answer.text


def test_the_session_tells_the_account_apart_without_naming_it_and_which_pages_may_be_kept(
    operator: TestClient, wangbei: TestClient
) -> None:
    told = [client.get(f"{HOME}/session", headers=JSON).json() for client in (operator, wangbei)]
    assert told[0]["account"] != told[1]["account"]
    assert "wangbei" not in str(told)
    assert {f"{HOME}/{kind}" for kind in event_kinds()} < set(told[0]["pages"])
    for path in (*told[0]["files"], *told[0]["pages"]):
        assert operator.get(path).status_code == 200, path


def test_the_service_worker_reaches_no_further_than_the_forms(world: World) -> None:
    answer = world.client().get(f"{HOME}/sw.js")
    assert answer.headers["service-worker-allowed"] == HOME
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
