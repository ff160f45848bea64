"""The page of a field: numbered as the decision runs, and silent where its first step refuses."""

from datetime import date
from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from agronomy.advice.plain import advised_in
from tests.api import fields
from tests.api.world import World, field_of

PAGE = "/console/fields/field-01"
REPORT = {
    "sampled_on": "2026-07-01", "depth": "0-20", "laboratory": "中心", "report_number": "7",
    "ph": "6.8±0.1", "cd": "0.12", "arsenic": "9", "hg": "<0.05", "pb": "28", "cr": "55", "available_k": "97",
}  # fmt: skip


def post(client: TestClient, path: str, **entries: str) -> tuple[int, str]:
    token = field_of(client.get(f"{PAGE}/sample").text, "csrf")
    answer = client.post(f"{PAGE}/{path}", data={**entries, "csrf": token})
    return answer.status_code, answer.text


def test_without_a_test_neither_fit_nor_yield_is_drawn_and_the_page_says_how_to_get_one(world: World) -> None:
    page = world.client("wangbei").get(PAGE).text
    assert "缺镉化验，不出食用作物建议，先送检" in page
    assert "怎么取样，到哪里化验" in page
    assert 'id="fit"' not in page
    assert 'id="yield"' not in page
    assert "yieldbar" not in page
    assert "what-if" not in page


def test_on_clean_land_the_page_says_what_fits_how_much_and_what_is_due(world: World) -> None:
    fields.know_field(world)
    fields.sample(world, {**fields.CLEAN, **fields.FERTILITY})
    fields.wet_week(world)
    page = world.client("wangbei").get(PAGE).text
    assert "优先保护类" in page
    assert "不是官方定级" in page
    assert page.index("能不能种吃的") < page.index("合不合适") < page.index("如果……")
    assert 'class="yieldbar"' in page
    assert "尚未校准" in page
    assert page.index("今天：开沟，把田里的水排走") < page.index("这几天：追一次钾肥")
    assert "未核原文" in page
    assert "封垄" in page


def test_above_intervention_everything_to_eat_is_refused_with_the_cited_line(world: World) -> None:
    fields.know_field(world)
    fields.sample(world, fields.ABOVE_INTERVENTION)
    page = world.client("wangbei").get(PAGE).text
    assert "严格管控类" in page
    assert "1.9 ±0.04 mg/kg，筛选值 0.3，管制值 1.5：高于管制值" in page
    assert "这块地不种吃的" in page
    assert "yieldbar" not in page
    assert "硫酸钾" not in page


def test_rice_is_refused_by_its_own_test_while_others_may_be_grown(world: World) -> None:
    fields.know_field(world)
    fields.sample(world, fields.ABOVE_SCREENING)
    fields.crop_test(world, "Oryza sativa", "cd", 0.31)
    page = world.client("wangbei").get(PAGE).text
    assert "水稻Cd 0.31 ± 0.006 mg/kg，高于限量 0.2 mg/kg" in page
    assert "可替代种植" in page


@pytest.mark.parametrize("query", ["lime_ph=6.4&drain=true&irrigate=true", "irrigate=true"])
def test_what_if_leaves_the_gate_as_it_is(world: World, query: str) -> None:
    fields.know_field(world)
    fields.sample(world, fields.ABOVE_SCREENING)
    client = world.client("wangbei")
    before, after = (client.get(f"{PAGE}?{asked}").text for asked in ("", query))
    gates = [page.split('id="gate"')[1].split("</section>")[0] for page in (before, after)]
    assert gates[0] == gates[1]
    assert "→" in after
    assert "不建议的照旧不建议" in after


@pytest.mark.parametrize("typed", ["x", "9", "nan", "1e999"])
def test_a_ph_that_lime_never_reaches_is_said_beside_the_entry(world: World, typed: str) -> None:
    fields.know_field(world)
    fields.sample(world, fields.CLEAN | {"ph": 5.1})
    page = world.client("wangbei").get(f"{PAGE}?lime_ph={typed}")
    assert page.status_code == 200
    assert 'id="lime-problem"' in page.text
    assert f'value="{typed}"' in page.text


def test_a_report_typed_by_an_operator_is_recorded_and_the_page_shows_it(world: World) -> None:
    client = world.client("operator")
    status, _ = post(client, "sample", **REPORT)
    assert status == 303
    (kept,) = world.planting.soil.samples(fields.FIELD)
    assert kept.values["hg"].below_detection
    assert kept.values["ph"].uncertainty == 0.1
    assert "优先保护类" in client.get(PAGE).text


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("cd", "0,42", "逗号"),
        ("cd", "未检出", "请写检出限"),
        ("depth", "deep", "不是深度"),
        ("sampled_on", "2026-08-01", "还没到"),
        ("laboratory", " ", "只认化验室的结果"),
        ("ph", "55", "不在土壤可能的范围里"),
        ("cr", "<script>", "不是数"),
    ],
)
def test_an_entry_that_cannot_be_read_is_named_and_nothing_typed_is_lost(
    world: World, name: str, typed: str, told: str
) -> None:
    status, page = post(world.client("operator"), "sample", **REPORT | {name: typed})
    assert status == 422
    wrong = page.split(f'id="{name}-wrong"')[1].split("</p>")[0]
    assert told in wrong
    assert 'value="0.12"' in page or name == "cd"
    assert 'value="97"' in page
    assert "<script>" not in page
    assert not world.planting.soil.samples(fields.FIELD)


def test_an_empty_report_and_one_recorded_with_other_values_are_refused(world: World) -> None:
    client = world.client("operator")
    bare = {name: REPORT[name] for name in ("sampled_on", "depth", "laboratory")}
    assert post(client, "sample", **bare)[0] == 422
    post(client, "sample", **REPORT)
    status, page = post(client, "sample", **REPORT | {"cd": "0.5"})
    assert status == 422
    assert "没存上，您填的还在" in page
    assert world.planting.soil.samples(fields.FIELD)[0].values["cd"].value == 0.12


def test_an_uploaded_table_is_taken_row_by_row(world: World) -> None:
    client = world.client("operator")
    token = field_of(client.get(f"{PAGE}/sample").text, "csrf")
    table = "采样日期,深度,化验单位,pH,镉(mg/kg)\n2026-07-01,0-20,中心,6.8,0.12\n2026-07-02,deep,中心,6.8,0.11\n"
    sent = {"file": ("report.csv", table.encode(), "text/csv")}
    answer = client.post(f"{PAGE}/samples.csv", data={"csrf": token, "laboratory": ""}, files=sent)
    assert answer.status_code == 200
    assert "读到 1 个样品，新记下 1 个" in answer.text
    assert "第 3 行" in answer.text
    assert len(world.planting.soil.samples(fields.FIELD)) == 1


def test_a_table_that_nobody_can_read_changes_nothing(world: World) -> None:
    client = world.client("operator")
    token = field_of(client.get(f"{PAGE}/sample").text, "csrf")
    answer = client.post(
        f"{PAGE}/samples.csv", data={"csrf": token}, files={"file": ("x.csv", b"\xff\xfe\x00", "text/csv")}
    )
    assert answer.status_code == 422
    assert "一个样品也没存" in answer.text


def test_a_crop_test_and_a_harvest_are_recorded(world: World) -> None:
    client = world.client("operator")
    test = {"crop": "Oryza sativa", "element": "cd", "value": "0.31±0.04", "sampled_on": "2025-09-28"}
    assert post(client, "crop-test", **test, laboratory="中心")[0] == 303
    assert world.planting.soil.crop_tests(fields.FIELD)[0].value.uncertainty == 0.04
    harvest = {"crop": "Ipomoea batatas", "harvested_on": "2026-07-01", "area_mu": "2.4", "fresh_jin": "10000"}
    assert post(client, "harvest", **harvest, confirmed="yes")[0] == 303
    (kept,) = world.planting.harvests.of_field(fields.FIELD)
    assert (kept.fresh_kg, kept.confirmed, kept.recorded_by) == (Decimal(5000), True, "operator")


@pytest.mark.parametrize(
    ("path", "entries", "wrong"),
    [
        ("crop-test", {"crop": "Stone", "element": "cd", "value": "1", "sampled_on": "2025-09-28"}, "crop"),
        ("crop-test", {"crop": "Oryza sativa", "element": "au", "value": "1", "sampled_on": "2025-09-28"}, "element"),
        ("crop-test", {"crop": "Oryza sativa", "element": "cd", "value": "", "sampled_on": "2025-09-28"}, "value"),
        ("harvest", {"crop": "Oryza sativa", "harvested_on": "2026-07-01", "area_mu": "0"}, "area_mu"),
        ("harvest", {"crop": "Oryza sativa", "harvested_on": "2026-07-01", "area_mu": "NaN"}, "area_mu"),
        ("harvest", {"crop": "Oryza sativa", "harvested_on": "7/1", "area_mu": "2", "fresh_jin": "9"}, "harvested_on"),
    ],
)
def test_what_no_harvest_can_be_is_named(world: World, path: str, entries: dict[str, str], wrong: str) -> None:
    status, page = post(world.client("operator"), path, laboratory="中心", **entries)
    assert status == 422
    assert f'id="{wrong}-wrong"' in page


@pytest.mark.parametrize("path", ["sample", "crop-test", "harvest"])
def test_only_operators_are_offered_and_let_into_the_forms(world: World, path: str) -> None:
    client = world.client("wangbei")
    assert "录化验单</a>" not in client.get(PAGE).text
    assert client.get(f"{PAGE}/{path}").status_code == 404


def test_a_push_is_acknowledged_by_whoever_sees_the_field(world: World) -> None:
    field = fields.know_field(world)
    fields.sample(world, fields.CLEAN)
    fields.wet_week(world)
    app = world.app()
    app.state.services.adviser.push(field)
    client = world.client("wangbei")
    page = client.get(PAGE).text
    assert "written, no answer yet" in page
    push, token = field_of(page, "push"), field_of(page, "csrf")
    answer = client.post(f"{PAGE}/pushes", data={"push": push, "csrf": token})
    assert answer.headers["location"].endswith("#calendar")
    assert "由 wangbei 记下" in client.get(PAGE).text
    assert world.client("other").post(f"{PAGE}/pushes", data={"push": push}).status_code in {403, 404}


def test_a_new_sample_withdraws_what_was_told_and_the_page_says_so(world: World) -> None:
    field = fields.know_field(world)
    fields.sample(world, fields.CLEAN)
    client = world.client("operator")
    adviser = world.app().state.services.adviser
    assert advised_in(adviser.current(field).content)
    post(client, "sample", **REPORT | {"cd": "9.0", "sampled_on": date(2026, 7, 20).isoformat()})
    page = client.get(PAGE).text
    assert "7 月 28 日的建议作废" in page
    assert "严格管控类" in page
