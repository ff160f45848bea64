"""Laboratory results, advice, what-if and pushes over the JSON API."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from agronomy.advice.plain import advised_in
from tests.api.world import World

SAMPLE = {
    "id": "s1",
    "sampled_on": "2026-07-01",
    "top_cm": 0,
    "bottom_cm": 20,
    "laboratory": "Lab",
    "values": {name: {"value": value} for name, value in
               {"ph": 5.7, "cd": 0.15, "hg": 0.08, "arsenic": 9, "pb": 28, "cr": 60}.items()},
}  # fmt: skip
CD = SAMPLE | {"id": "s2", "sampled_on": "2026-07-20", "values": SAMPLE["values"] | {"cd": {"value": 3.0}}}  # type: ignore[operator]


@pytest.fixture
def operator(world: World) -> Iterator[TestClient]:
    with world.program("operator") as client:
        yield client


def path(world: World, rest: str) -> str:
    return f"/api/v1/fields/{next(iter(world.fields.kept))}/{rest}"


def test_a_sample_brings_advice_and_the_next_one_withdraws_it(world: World, operator: TestClient) -> None:
    taken = operator.post(path(world, "samples"), json=SAMPLE)
    assert taken.status_code == 200, taken.text
    first = operator.get(path(world, "advice")).json()
    assert (first["number"], first["withdrawn"]) == (taken.json()["advice"], None)
    assert first["content"]["growing"]["crops"][0]["crop"] == "Ipomoea batatas"
    second = operator.post(path(world, "samples"), json=CD).json()
    assert (second["changed"], second["withdrawn"]) == (True, first["number"])
    void = operator.get(path(world, f"advice/{first['number']}")).json()
    assert void["withdrawn"]["zh"] == "有了新化验，7 月 28 日的建议作废"
    now = operator.get(path(world, "advice")).json()
    assert advised_in(now["content"]) == []
    messages = operator.get(path(world, "pushes")).json()["messages"]
    assert any("作废" in message["sms_zh"] for message in messages)
    assert [each["id"].endswith(("s1", "s2")) for each in operator.get(path(world, "samples")).json()] == [True, True]


def test_the_same_sample_with_other_values_is_a_conflict_and_changes_nothing(
    world: World, operator: TestClient
) -> None:
    operator.post(path(world, "samples"), json=SAMPLE)
    answer = operator.post(path(world, "samples"), json=SAMPLE | {"laboratory": "Another"})
    assert (answer.status_code, answer.json()["code"]) == (409, "sample-differs")
    assert len(operator.get(path(world, "samples")).json()) == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"values": {"cd": {"value": -1}}}, 400),
        ({"values": {"unobtainium": {"value": 1}}}, 400),
        ({"sampled_on": "2999-01-01"}, 400),
        ({"bottom_cm": 0.0}, 422),
        ({"values": {}}, 422),
        ({"top_cm": 20, "bottom_cm": 10}, 400),
    ],
)
def test_a_sample_that_cannot_be_is_refused_in_words(
    world: World, operator: TestClient, change: dict[str, object], status: int
) -> None:
    answer = operator.post(path(world, "samples"), json=SAMPLE | change)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert operator.get(path(world, "samples")).json() == []


def test_a_report_in_csv_is_taken_and_what_cannot_be_read_is_named(world: World, operator: TestClient) -> None:
    text = "采样日期,深度,pH,Cd (mg/kg),Hg (mg/kg)\n2026-07-01,0-20,5.7,0.15,many\n"
    answer = operator.post(
        path(world, "samples/csv?laboratory=Lab"), content=text.encode(), headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["new"] == 1
    assert [(each["row"], each["column"]) for each in answer.json()["problems"]] == [(2, "Hg (mg/kg)")]
    empty = operator.post(path(world, "samples/csv"), content=b"nothing", headers={"Content-Type": "text/csv"})
    assert empty.status_code == 400


def test_an_enterprise_reads_what_it_claimed_and_enters_no_results(world: World, operator: TestClient) -> None:
    operator.post(path(world, "samples"), json=SAMPLE)
    with world.program("wangbei") as enterprise, world.program("other") as stranger:
        assert enterprise.get(path(world, "advice")).status_code == 200
        assert enterprise.get(path(world, "samples")).status_code == 200
        assert enterprise.post(path(world, "samples"), json=CD).status_code == 404
        for route in ("advice", "samples", "crop-tests", "harvests", "pushes", "what-if", "advice/1"):
            assert stranger.get(path(world, route)).status_code == 404, route
    with TestClient(world.app()) as nobody:
        assert nobody.get(path(world, "advice")).status_code == 401


def test_what_if_shows_before_and_after_behind_the_same_gate(world: World, operator: TestClient) -> None:
    refused = operator.get(path(world, "what-if?lime_ph=6.5&irrigated=true&drained=true")).json()
    assert (refused["gate"]["refuses"], refused["before"], refused["after"]) == (True, None, None)
    operator.post(path(world, "samples"), json=SAMPLE)
    found = operator.get(path(world, "what-if?lime_ph=6.5&irrigated=true")).json()
    assert [one["measure"] for one in found["measures"]] == ["lime", "irrigate"]
    assert found["after"]["irrigated"] is True
    assert operator.get(path(world, "what-if?lime_ph=9")).status_code == 400


def test_harvests_and_crop_tests_are_kept_and_read(world: World, operator: TestClient) -> None:
    harvest = {"crop": "Ipomoea batatas", "season": 2025, "harvested_on": "2025-10-28", "area_mu": "2",
               "fresh_kg": "4800", "recorded_by": "li", "confirmed": True}  # fmt: skip
    assert operator.post(path(world, "harvests"), json=harvest).status_code == 201
    assert operator.get(path(world, "harvests")).json()[0]["fresh_kg"] == "4800"
    assert operator.post(path(world, "harvests"), json=harvest | {"area_mu": "0"}).status_code == 400
    test = {"id": "t1", "crop": "Oryza sativa", "element": "cd", "result": {"value": 0.3},
            "sampled_on": "2026-07-01", "laboratory": "Lab"}  # fmt: skip
    assert operator.post(path(world, "crop-tests"), json=test).status_code == 200
    assert operator.get(path(world, "crop-tests")).json()[0]["element"] == "cd"


def test_a_push_that_never_was_cannot_be_acknowledged(world: World, operator: TestClient) -> None:
    assert operator.post(path(world, "pushes/2026-drain-1/acknowledge")).status_code == 404


def test_an_element_that_stands_twice_under_two_names_is_refused(world: World, operator: TestClient) -> None:
    twice = {"Cd": {"value": 9.0}, **SAMPLE["values"]}  # type: ignore[dict-item]  # the sample is plain JSON
    answer = operator.post(path(world, "samples"), json=SAMPLE | {"values": twice})
    assert answer.status_code == 400
    assert "twice" in answer.json()["detail"]
    assert operator.get(path(world, "samples")).json() == []


def test_what_no_soil_can_have_is_refused_of_deep_layers_too(world: World, operator: TestClient) -> None:
    deep = {"id": "deep", "top_cm": 40, "bottom_cm": 60, "values": {"cd": {"value": "nan"}}}
    assert operator.post(path(world, "samples"), json=SAMPLE | deep).status_code == 400
    assert operator.get(path(world, "samples")).json() == []


def test_a_message_that_newer_advice_replaced_is_marked_void(world: World, operator: TestClient) -> None:
    operator.post(path(world, "samples"), json=SAMPLE)
    operator.post(path(world, "samples"), json=CD)
    messages = operator.get(path(world, "pushes")).json()["messages"]
    assert [(one["kind"], one["void"]) for one in messages if one["kind"] == "advice"] == [
        ("advice", False), ("advice", True),
    ]  # fmt: skip
