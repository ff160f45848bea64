import json
from dataclasses import replace
from datetime import timedelta

import pytest

from devices.model import Deployment, Device, DeviceKind
from households.model import Enterprise
from observations.identifiers import DeviceId, FieldId
from observations.quality import Quality
from tests.api.world import NOW, SITE, World, add_household, add_pig, birth, field_of

PIG = "/console/animals/143018200000147"
PAGES = ["/console", "/console/animals", "/console/fields", "/console/devices", PIG, "/console/fields/field-01"]
PAGES += ["/console/devices/tag-00000147", "/console/find?q=1", "/console/find?q=nothing"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_and_loads_nothing_from_elsewhere(world: World, path: str) -> None:
    answer = world.client("wangbei").get(path)
    assert answer.status_code == 200
    page = answer.text
    assert page.count("<h1") == 1
    assert '<html lang="zh-CN">' in page
    assert "演示数据" in page
    assert "https://" not in page.replace("https://id.gs1.org", "")
    assert "http://" not in page
    assert "<script>" not in page
    assert " style=" not in page
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self';" in policy
    assert answer.headers["cache-control"] == "no-store"


def test_the_first_line_says_that_nothing_is_to_do(world: World) -> None:
    page = world.client("wangbei").get("/console").text
    assert "<h1>今天没有要办的" in page
    assert "2 户 · 2 头猪 · 2 块田" in page
    assert "认领 2 户 · 授权到 2027-03-31" in page


def test_the_first_line_counts_what_has_no_data_and_a_gateway_makes_one_card(world: World) -> None:
    farm = add_household(world, 5, "横市镇", "wangbei")
    for serial in (201, 202, 203):
        add_pig(world, serial, farm, gateway="gw-03")
        world.put(f"tag-{serial:08}", {"ear_temperature": 38.4}, age=timedelta(hours=9))
    page = world.client("wangbei").get("/console").text
    assert "<h1>3 台设备没有数据" in page
    assert page.count("网关 gw-03 那边没有数据") == 1
    assert "3 台 · 最后一次 9 小时前" in page
    assert "没有新数据，不等于没有问题" in page


def test_a_herd_shows_its_median_its_age_and_how_many_tags_are_on_time(world: World) -> None:
    farm = add_household(world, 6, "流沙河镇", "wangbei")
    for serial, value, age in ((301, 38.9, 2), (302, 39.3, 3), (303, 45.0, 200)):
        add_pig(world, serial, farm)
        world.put(f"tag-{serial:08}", {"ear_temperature": value}, age=timedelta(minutes=age))
    herds = {herd["name"]: herd for herd in world.program("wangbei").get("/api/v1/herds").json()}
    assert herds["流沙河镇"] == {
        "name": "流沙河镇",
        "households": 2,
        "animals": 4,
        "tagged": 4,
        "on_time": 3,
        "without_data": 0,
        "ear_temperature_median": 38.9,  # of 38.1, 38.9 and 39.3: the value of 200 minutes ago is stale
        "ear_temperature_age_s": 120.0,
        "ear_temperature_mark": "good",
    }
    page = world.client("wangbei").get("/console").text
    assert "3/4" in page
    assert "2 分钟前" in page


def test_an_old_value_is_shown_as_old_with_its_age_in_words(world: World) -> None:
    world.now = NOW + timedelta(hours=3)
    page = world.client("wangbei").get(PIG).text
    assert '<b class="old">38.1</b>' in page
    assert 'aria-label="旧值"' in page
    assert "3 小时 4 分前" in page


def test_an_implausible_value_is_never_shown_as_the_latest_but_on_the_device_page(world: World) -> None:
    world.put("tag-00000147", {"ear_temperature": 61.0}, quality=Quality.OUT_OF_RANGE)
    client = world.client("wangbei")
    assert "61.0" not in client.get(PIG).text
    page = client.get("/console/devices/tag-00000147").text
    assert "61.0 ℃" in page
    assert "越界" in page


def test_a_clock_in_the_year_2999_is_shown_as_sent(world: World) -> None:
    ahead = timedelta(days=-(2999 - 2026) * 365)
    world.put("tag-00000147", {"ear_temperature": 38.0}, age=ahead, quality=Quality.CLOCK_WRONG)
    page = world.client("wangbei").get("/console/devices/tag-00000147").text
    assert "时钟错" in page
    assert f"{int((NOW - ahead).timestamp() * 1000)} ms" in page


def test_what_a_device_sends_cannot_become_part_of_the_page(world: World) -> None:
    page = world.client("wangbei").get("/console/devices/tag-00000147").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\\xff\\xfe" in page


def test_names_with_markup_stay_text(world: World) -> None:
    world.households.add_enterprise(Enterprise(id="wangbei", name='<img src=x onerror="alert(1)">'))
    page = world.client("wangbei").get("/console").text
    assert "<img" not in page
    assert "&lt;img" in page


def test_a_conflict_shows_both_values(world: World) -> None:
    world.put("tag-00000147", {"ear_temperature": 41.9}, age=timedelta(minutes=4))
    page = world.client("wangbei").get("/console/devices/tag-00000147").text
    assert "38.1 ℃" in page
    assert "41.9 ℃" in page
    assert "先到的算数" in page


def test_a_device_that_was_never_heard_says_so(world: World) -> None:
    farm = add_household(world, 7, "沙田乡", "wangbei")
    number = add_pig(world, 401, farm)
    client = world.client("wangbei")
    assert "从没来过" in client.get("/console/devices/tag-00000401").text
    page = client.get(f"/console/animals/{number}").text
    assert "还没有好数据" in page
    assert "服务启动后还没有收到它的消息" in page


def test_ingest_that_is_away_is_said_at_its_hop(world: World) -> None:
    world.monitor.problem = "磁盘快满了"
    assert "磁盘快满了" in world.client("wangbei").get(PIG).text


def test_indicative_nutrients_are_marked_and_apart(world: World) -> None:
    page = world.client("wangbei").get("/console/fields/field-01").text
    assert "只参考，不作依据" in page
    assert 'aria-label="估算"' in page
    assert page.index("20 cm") < page.index("40 cm")


def test_tables_are_sorted_by_links_that_say_their_order(world: World) -> None:
    client = world.client("operator")
    up = client.get("/console/animals?sort=animals.temperature").text
    assert up.index("<b>00000147</b>") < up.index("<b>00000149</b>")
    assert 'aria-sort="ascending"' in up
    assert 'href="?sort=-animals.temperature#animals"' in up
    down = client.get("/console/animals?sort=-animals.temperature").text
    assert down.index("<b>00000149</b>") < down.index("<b>00000147</b>")
    assert client.get("/console/animals?sort=<script>").status_code == 200


def test_the_export_holds_exactly_what_is_shown_in_the_same_order(world: World) -> None:
    client = world.client("operator")
    answer = client.get("/console/export/animals.csv?sort=-animals.temperature&herd=流沙河镇")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = answer.text.removeprefix("\ufeff").splitlines()
    assert lines[0].split(",")[:2] == ["animal", "breed"]
    assert [line.split(",")[0] for line in lines[1:]] == ["143018200000147"]
    assert "38.1,CEL,good,2026-07-28T01:16:00+00:00" in lines[1]
    assert client.get("/console/export/nothing.csv").status_code == 404


def test_a_cell_of_an_export_is_never_a_formula(world: World) -> None:
    world.devices.add(Device(id=DeviceId.parse("d1"), site=SITE, kind=DeviceKind.GATEWAY, label="=cmd|' /C calc'!A0"))
    text = world.client("operator").get("/console/export/devices.csv").text
    assert ",'=cmd|" in text


def test_many_rows_come_in_pages(world: World) -> None:
    farm = add_household(world, 8, "横市镇", "wangbei")
    for serial in range(501, 561):
        add_pig(world, serial, farm)
    client = world.client("wangbei")
    first, last = client.get("/console/animals").text, client.get("/console/animals?at=99").text
    assert first.count('class="tagno"') == 50
    assert last.count('class="tagno"') == 12


def test_the_last_digits_of_a_tag_lead_to_the_animal(world: World) -> None:
    client = world.client("wangbei")
    assert client.get("/console/find?q=1430182 00000147").headers["location"] == PIG
    assert client.get("/console/find?q=大丘1").headers["location"] == "/console/fields/field-01"
    assert "0 个结果" in client.get("/console/find?q=00000149").text


def test_without_claims_the_console_says_why_it_is_empty(empty: World) -> None:
    client = empty.client("wangbei")
    page = client.get("/console").text
    assert "还没有认领农户，所以这里是空的" in page
    assert "系统没有坏" in page
    for path in ("/console/animals", "/console/fields", "/console/devices"):
        assert client.get(path).status_code == 200


def test_the_operator_replays_a_message_and_is_told_what_came_of_it(world: World) -> None:
    world.quarantine.curable.add("not_json")
    client = world.client("operator")
    page = client.get("/console/quarantine").text
    assert "the payload is no JSON" in page
    answer = client.post(f"/console/quarantine/{'1' * 64}/replay", data={"csrf": field_of(page, "csrf")})
    assert "存下了" in client.get(answer.headers["location"]).text
    assert len(world.quarantine.list()) == 2


def test_times_on_pages_are_the_farms(world: World) -> None:
    page = world.client("wangbei").get(PIG).text
    assert "2025-12-20 11:00" in page  # 03:00 UTC in Asia/Shanghai
    assert "2026-07-28 09:16:00" in page


def test_an_unknown_page_is_a_page(world: World) -> None:
    answer = world.client("wangbei").get("/console/animals/143018299999999")
    assert answer.status_code == 404
    assert "<h1>查不到" in answer.text


@pytest.mark.parametrize("path", [f"{PIG}/charts.json", "/console/fields/field-01/charts.json"])
@pytest.mark.parametrize("hours", [24, 72, 8760])
def test_charts_are_documents_for_bokehjs_over_any_span(world: World, path: str, hours: int) -> None:
    item = world.client("wangbei").get(f"{path}?hours={hours}", headers={"Accept": "application/json"}).json()
    assert item["doc"]["roots"]
    assert "CustomJS" not in str(item)


def _models(item: object, name: str) -> list[dict[str, object]]:
    """Every BokehJS model of that name in the document."""
    inner = list(item.values()) if isinstance(item, dict) else item if isinstance(item, list) else []
    mine = [item] if isinstance(item, dict) and item.get("name") == name else []
    return mine + [found for each in inner for found in _models(each, name)]


def test_a_probe_that_also_measures_light_has_no_soil_line_and_no_gap_for_it(world: World) -> None:
    probe, field = DeviceId.parse("probe-0900"), FieldId.parse("field-900")
    farm = world.fields.find(FieldId.parse("field-01"))
    assert farm is not None
    world.fields.add(replace(farm, id=field, name="坡上"))
    world.devices.add(Device(id=probe, site=SITE, kind=DeviceKind.SOIL_PROBE, report_interval_s=3600))
    world.deployments.add(Deployment(device=probe, field=field, since=NOW - timedelta(days=9)))
    for hours in range(72):
        for channel in ("20cm", "40cm"):
            world.put(probe, {"soil_moisture": 31.0}, age=timedelta(hours=hours), channel=channel)
    world.put(probe, {"illuminance": 0.0}, age=timedelta(minutes=6))
    item = world.client("wangbei").get("/console/fields/field-900/charts.json?hours=72").json()
    legends = {str(model["attributes"]) for model in _models(item, "LegendItem")}
    assert len(legends) == 6  # two depths in three panels
    assert not any("探头" in legend for legend in legends)


def test_the_axis_of_ear_temperature_follows_the_animal_and_the_median_not_the_band(world: World) -> None:
    for minutes in range(0, 600, 30):
        world.put("tag-00000147", {"ear_temperature": 38.2}, age=timedelta(minutes=minutes))
    item = world.client("wangbei").get(f"{PIG}/charts.json?hours=72").json()
    ranges = [model["attributes"] for model in _models(item, "DataRange1d")]
    followed = [each["renderers"] for each in ranges if isinstance(each, dict) and "renderers" in each]
    drawn = {model["id"] for model in _models(item, "GlyphRenderer")}
    shown = {each["id"] for renderers in followed for each in renderers}
    areas = [m for m in _models(item, "GlyphRenderer") if "VArea" in str(m["attributes"])]
    assert shown
    assert shown <= drawn
    assert areas
    assert not shown & {area["id"] for area in areas}


def test_devices_on_nothing_are_counted_apart_and_ask_for_nothing(world: World) -> None:
    tag = DeviceId.parse("tag-00000900")
    world.devices.add(Device(id=tag, site=SITE, kind=DeviceKind.EAR_TAG, report_interval_s=1800))
    page = world.client("operator").get("/console").text
    assert "另有 1 台没有装上" in page
    assert "<h1>今天没有要办的" in page
    assert "tag-00000900" in world.client("operator").get("/console/devices").text


def test_an_event_tells_its_weight_or_vaccine(world: World) -> None:
    event = birth("143018200000147")
    mass = {"sensorElementList": [{"sensorReport": [{"type": "Mass", "value": 34.5, "uom": "KGM"}]}]}
    shot = {"tt:vaccine": "猪瘟", "tt:vaccineEn": "Classical swine fever"}
    for number, body in enumerate((mass, shot)):
        world.events.capture([replace(event, event_id=f"urn:uuid:{number}", document=json.dumps(body))])
    page = world.client("wangbei").get(PIG).text
    assert "34.5 kg" in page
    assert "猪瘟 " in page
