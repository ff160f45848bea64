from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from observations.model import Latest
from observations.quality import Quality
from tests.api.world import NOW, World

PIG = "/api/v1/animals/143018200000147"


def test_latest_carries_unit_quality_age_and_both_times(world: World) -> None:
    answer = world.program("wangbei").get(f"{PIG}/latest").json()
    reading = next(each for each in answer["latest"] if each["observed_property"] == "ear_temperature")
    assert answer["id"] == "143018200000147"
    assert reading == {
        "observed_property": "ear_temperature",
        "value": 38.1,
        "unit": "CEL",
        "symbol": "℃",
        "quality": "good",
        "mark": "good",
        "age_s": 240.0,
        "stale": False,
        "time": "2026-07-28T01:16:00Z",
        "phenomenon_time": "2026-07-28T01:16:00Z",
        "received_time": "2026-07-28T01:16:00Z",
        "device": "tag-00000147",
        "channel": "",
    }


def test_latest_keeps_the_depths_of_a_probe_apart(world: World) -> None:
    latest = world.program("wangbei").get("/api/v1/fields/field-01/latest").json()["latest"]
    moisture = {each["channel"]: each["value"] for each in latest if each["observed_property"] == "soil_moisture"}
    assert moisture == {"20cm": 31.0, "40cm": 35.0}
    (nitrogen,) = [each for each in latest if each["observed_property"] == "soil_nitrogen"]
    assert nitrogen["quality"] == "estimated"
    assert nitrogen["mark"] == "estimated"


def test_a_suspect_value_is_not_the_latest_but_in_the_raw_series_with_its_reason(world: World) -> None:
    world.put("tag-00000147", {"ear_temperature": 61.0}, quality=Quality.OUT_OF_RANGE)
    client = world.program("wangbei")
    latest = client.get(f"{PIG}/latest").json()["latest"]
    assert 61.0 not in [each["value"] for each in latest]
    points = client.get(f"{PIG}/series?property=ear_temperature&bucket=raw").json()["points"]
    assert [(point["value"], point["quality"]) for point in points] == [(38.1, "good"), (61.0, "out_of_range")]


def test_a_day_bucket_is_the_farms_day(world: World) -> None:
    for hours, value in ((2, 40.0), (1, 40.2), (12, 38.0)):
        world.put("tag-00000147", {"ear_temperature": value}, age=timedelta(hours=hours))
    series = world.program("wangbei").get(f"{PIG}/series?property=ear_temperature&bucket=1d").json()
    starts = sorted(bucket["start"] for bucket in series["buckets"])
    assert starts == ["2026-07-26T16:00:00Z", "2026-07-27T16:00:00Z"]
    assert series["unit"] == "CEL"
    assert series["bucket_s"] == 86400


def test_a_series_comes_as_csv_with_unit_quality_and_time_in_columns_of_their_own(world: World) -> None:
    client = world.program("wangbei")
    by_header = client.get(f"{PIG}/series?property=ear_temperature&bucket=raw", headers={"Accept": "text/csv"})
    by_query = client.get(f"{PIG}/series?property=ear_temperature&bucket=raw&format=csv")
    assert by_header.text == by_query.text
    assert by_query.text.splitlines() == [
        "\ufeffid,observed_property,phenomenon_time,value,unit,quality,device,channel",
        "143018200000147,ear_temperature,2026-07-28T01:16:00+00:00,38.1,CEL,good,tag-00000147,",
    ]
    buckets = client.get(f"{PIG}/series?property=ear_temperature&format=csv").text
    assert "143018200000147,ear_temperature,2026-07-28T01:00:00+00:00,38.1,38.1,38.1,38.1,1,1,CEL,good" in buckets


def test_all_readings_come_as_one_table_with_units_in_its_header(world: World) -> None:
    client = world.program("wangbei")
    answer = client.get(f"{PIG}/readings.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="143018200000147-readings.csv"' in answer.headers["content-disposition"]
    head, *rows = answer.text.splitlines()
    assert head.startswith("\ufefflocal_time,utc_time,device,channel,ear_temperature [CEL],ear_temperature quality")
    assert any(
        row.startswith("2026-07-28T09:16:00+08:00,2026-07-28T01:16:00+00:00,tag-00000147,,38.1,good") for row in rows
    )
    assert client.get(f"{PIG}/readings.csv?until=2020-01-01T00:00:00Z").text.splitlines() == [head]
    assert client.get(f"{PIG}/readings.csv?until=0001-01-01T00:00:00Z").status_code == 400


def test_readings_of_another_household_are_not_there(world: World) -> None:
    assert world.program("other").get(f"{PIG}/readings.csv").status_code == 404
    assert world.program("wangbei").get("/api/v1/fields/nowhere/readings.csv").status_code == 404


@pytest.mark.parametrize(
    ("query", "status", "code", "told"),
    [
        ("property=colour", 400, "unknown-property", "'colour'"),
        ("property=activity&bucket=0h", 400, "bad-query", "15m, 1h, 1d"),
        ("property=activity&bucket=1m&since=2020-01-01T00:00:00Z", 400, "bad-query", "wider bucket"),
        ("property=activity&since=2027-01-01T00:00:00Z&until=2026-01-01T00:00:00Z", 400, "bad-query", "until"),
        ("property=activity&since=2026-01-01T00:00:00", 422, "invalid", "query.since"),
        ("bucket=1h", 422, "invalid", "query.property"),
        ("property=activity&format=xml", 422, "invalid", "query.format"),
    ],
)
def test_a_bad_query_gets_a_problem_that_says_what_and_where(
    world: World, query: str, status: int, code: str, told: str
) -> None:
    answer = world.program("wangbei").get(f"{PIG}/series?{query}")
    problem: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:tiantou:problem:{code}"
    assert told in problem["detail"]


def test_a_device_answers_why_nothing_arrives(world: World) -> None:
    world.put("tag-00000147", {"ear_temperature": 41.9}, age=timedelta(minutes=4))
    report = world.program("wangbei").get("/api/v1/devices/tag-00000147").json()
    assert report["state"] == "on_time"
    assert report["late_after_s"] == 5400
    assert report["silent_after_s"] == 21600
    assert report["conflict_count"] == 1
    assert report["conflicts"][0]["stored_value"] == 38.1
    assert report["conflicts"][0]["refused_value"] == 41.9
    assert report["quarantined"] == 1
    assert report["heard"]["payload"].endswith("\\xff\\xfe")


@pytest.mark.parametrize(("hours", "state"), [(1, "on_time"), (2, "late"), (7, "silent")])
def test_a_device_is_late_after_three_missed_intervals_and_silent_after_twelve(
    world: World, hours: int, state: str
) -> None:
    world.now = NOW + timedelta(hours=hours)
    assert world.program("wangbei").get("/api/v1/devices/tag-00000147").json()["state"] == state


def test_a_device_that_reports_every_ten_minutes_is_late_after_half_an_hour_and_silent_after_six(world: World) -> None:
    tag = world.devices.kept["tag-00000147"]
    world.devices.add(replace(tag, report_interval_s=600))
    report = world.program("wangbei").get("/api/v1/devices/tag-00000147").json()
    assert (report["late_after_s"], report["silent_after_s"]) == (1800, 21600)


def test_an_operator_lists_and_replays_what_is_in_quarantine(world: World) -> None:
    client = world.program("operator")
    world.quarantine.gave_way["tag-00000147"] = 7
    listed = client.get("/api/v1/quarantine?device=tag-00000147").json()
    assert listed["counts"] == {"not_json": 1}
    assert listed["dropped"] == {"tag-00000147": 7}
    (message,) = listed["messages"]
    replay = f"/api/v1/quarantine/{message['digest'][:8]}/replay"
    assert client.post(replay).json() == {"stored": False, "reason": "the payload is no JSON"}
    world.quarantine.curable.add("not_json")
    assert client.post(replay).json() == {"stored": True, "reason": ""}
    assert client.post("/api/v1/quarantine/1/replay").status_code == 404


def test_the_api_describes_itself_and_its_units(world: World) -> None:
    document = world.client().get("/api/v1/openapi.json").json()
    paths = set(document["paths"])
    assert {"/api/v1/animals/{animal_id}/latest", "/epcis/events", "/api/v1/quarantine/{digest}/replay"} <= paths
    assert not [path for path in paths if path.startswith("/console")]
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["summary"]
    properties = world.program("wangbei").get("/api/v1/properties").json()
    assert {"name": "ear_temperature", "unit": "CEL"}.items() <= properties[0].items()


def test_the_fields_and_animals_are_those_of_the_claimed_farms(world: World) -> None:
    client = world.program("wangbei")
    assert [each["id"] for each in client.get("/api/v1/animals").json()] == ["143018200000147", "143018200000148"]
    assert client.get(PIG).json()["device"] == "tag-00000147"
    field = client.get("/api/v1/fields/field-01").json()
    assert (field["area_mu"], field["devices"]) == ("2.4", ["probe-0001"])


@pytest.mark.parametrize(
    "query", ["until=0001-01-01T00:00:00Z", "until=9999-12-31T23:59:59Z", "since=0001-01-01T00:00:00Z"]
)
def test_a_moment_at_the_edge_of_the_calendar_is_refused_in_words(world: World, query: str) -> None:
    answer = world.program("wangbei").get(f"{PIG}/series?property=ear_temperature&bucket=9999d&{query}")
    assert answer.status_code == 400
    assert "use a year from" in answer.json()["detail"]


def test_a_device_whose_clock_is_ahead_does_not_stay_fresh_after_it_fell_silent(world: World) -> None:
    world.put("tag-00000147", {"ear_temperature": 38.9}, age=-timedelta(hours=8))
    arrived = world.store.newest["tag-00000147", "", "ear_temperature"]
    seen = replace(arrived.arrived, received_time=NOW)
    world.store.newest["tag-00000147", "", "ear_temperature"] = Latest(good=seen, arrived=seen)
    world.now = NOW + timedelta(hours=7)
    client = world.program("wangbei")
    (ear,) = [each for each in client.get(f"{PIG}/latest").json()["latest"] if each["value"] == 38.9]
    assert (ear["age_s"], ear["stale"]) == (7 * 3600, True)
    device = client.get("/api/v1/devices/tag-00000147").json()
    assert (device["age_s"], device["state"]) == (7 * 3600, "silent")
