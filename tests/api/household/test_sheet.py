"""The household's sheet: what it says, who may open it, and that it never says more than the gate."""

from dataclasses import replace
from datetime import date

import pytest
from fastapi.testclient import TestClient

from agronomy.soil.samples import LaboratoryValue
from api.household.codes import is_sheet_code, sheet_code
from observations.identifiers import FieldId
from tests.api import fields
from tests.api.world import World

SHEET = "/console/fields/field-01/sheet"
SECRET = b"a secret of the house"


def clean(world: World) -> None:
    fields.know_field(world)
    fields.sample(world, {**fields.CLEAN, **fields.FERTILITY})
    fields.wet_week(world)


def test_the_sheet_says_what_to_do_what_may_be_grown_and_until_when(world: World) -> None:
    clean(world)
    page = world.client("wangbei").get(SHEET)
    assert page.status_code == 200
    assert page.text.index("今天：开沟，把田里的水排走") < page.text.index("追一次钾肥")
    assert "到 2026 年 8 月 27 日有效" in page.text
    assert "甘薯" in page.text.split("可以种")[1]
    assert "演示数据" in page.text
    assert "张秘密" not in page.text
    assert "不是官方定级" in page.text
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert "script" not in page.text


def test_the_sheet_is_whole_in_english_too(world: World) -> None:
    clean(world)
    page = world.client("wangbei").get(f"{SHEET}?lang=en").text
    assert '<html lang="en">' in page
    assert "Today: Open the ditches and drain the field" in page
    assert "not yet calibrated" in page
    assert "May be grown" in page
    assert "vine flush" in page


def test_where_the_gate_refuses_the_sheet_names_no_yield_and_no_fertiliser(world: World) -> None:
    fields.know_field(world)
    fields.sample(world, fields.ABOVE_INTERVENTION)
    page = world.client("wangbei").get(SHEET).text
    assert "这块地不种吃的" in page
    assert "不要种" in page
    assert "yieldbar" not in page
    assert "钾" not in page


def test_without_a_test_the_sheet_says_how_to_get_one(world: World) -> None:
    page = world.client("wangbei").get(SHEET).text
    assert "先送土样去化验" in page
    assert "取一个土样" in page
    assert "12316" in page


def test_withdrawn_advice_prints_void(world: World) -> None:
    clean(world)
    adviser = world.app().state.services.adviser
    field = world.fields.kept[fields.FIELD]
    given = adviser.current(field)
    (known,) = world.planting.soil.samples(fields.FIELD)
    new = replace(known, id="new", sampled_on=date(2026, 7, 20), values={"cd": LaboratoryValue(value=9.0)})
    adviser.take_samples(field, [new], by="operator")
    client = world.client("wangbei")
    void = client.get(f"{SHEET}?number={given.number}").text
    assert "<title>作废" in void
    assert "7 月 28 日的建议作废" in void
    assert 'class="stamp"' in void
    assert 'class="stamp"' not in client.get(SHEET).text
    assert "作废" in client.get("/console/fields/field-01/messages").text


def test_advice_of_another_field_and_other_peoples_fields_are_not_shown(world: World) -> None:
    clean(world)
    other = world.app().state.services.adviser.current(world.fields.kept[FieldId.parse("field-03")])
    client = world.client("wangbei")
    assert client.get(f"{SHEET}?number={other.number}").status_code == 404
    assert client.get("/console/fields/field-03/sheet").status_code == 404
    assert client.get("/console/fields/field-03/messages").status_code == 404


def test_outside_what_is_known_the_sheet_names_no_crop_to_grow(world: World) -> None:
    fields.know_field(world)
    fields.sample(world, {**fields.CLEAN, "ph": 9.9})
    page = world.client("wangbei").get(SHEET).text
    may = page.split('<section class="may">')[1].split("</section>")[0]
    assert "现在没有可以放心种的吃的" in may
    assert "不在核对过的范围，不出建议" in page


def test_an_sms_that_new_advice_replaced_is_no_longer_shown_as_valid(world: World) -> None:
    clean(world)
    field = world.fields.kept[fields.FIELD]
    adviser = world.app().state.services.adviser
    adviser.current(field)
    (known,) = world.planting.soil.samples(fields.FIELD)
    new = replace(known, id="new", sampled_on=date(2026, 7, 20), values={"cd": LaboratoryValue(value=9.0)})
    adviser.take_samples(field, [new], by="operator")
    page = world.client("wangbei").get("/console/fields/field-01/messages").text
    for article in page.split("<article")[1:]:
        assert ("作废，不要照着做" in article) == ("适合种" in article), article


def with_codes(world: World) -> TestClient:
    app = world.app()
    app.state.services = replace(app.state.services, sheet_secret=SECRET)
    return TestClient(app, headers={"Accept": "text/html"})


def test_the_code_on_the_paper_opens_its_field_and_names_no_household(world: World) -> None:
    clean(world)
    page = with_codes(world).get(f"/sheet/field-01/{sheet_code(SECRET, fields.FIELD)}")
    assert page.status_code == 200
    assert "大丘1" in page.text
    assert "1 号户" not in page.text
    assert "/console" not in page.text


@pytest.mark.parametrize("path", ["field-01/aaaa", "field-02/{}", "no-such-field/{}", "%20/{}"])
def test_another_code_opens_nothing(world: World, path: str) -> None:
    code = sheet_code(SECRET, fields.FIELD)
    assert with_codes(world).get(f"/sheet/{path.format(code)}").status_code == 404


def test_a_house_without_a_secret_has_no_codes(world: World) -> None:
    assert not is_sheet_code(b"", fields.FIELD, sheet_code(b"", fields.FIELD))
    assert world.client().get(f"/sheet/field-01/{sheet_code(b'', fields.FIELD)}").status_code == 404


def test_a_field_with_no_messages_says_that_nothing_is_due(world: World) -> None:
    assert "今天没事" in world.client("wangbei").get("/console/fields/field-02/messages").text
