"""Certificates over HTTP: made out, refused, split, printed, looked up by anyone; a household's name stays on paper."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from httpx2 import Response
from pypdf import PdfReader

from livestock.model import AnimalStatus
from observations.identifiers import EarTagNumber, FarmId
from tests.api.world import World, small_world
from tests.traceability.one_life import at, event
from traceability.context import TREATING, animal_giai
from traceability.gs1.keys import Gln, check_digit
from traceability.holds import Hold, hold_reasons
from traceability.model import CapturedEvent

PIG = EarTagNumber.parse("143018200000147")
OTHERS = "143018200000149"
GLN = Gln.parse("952600010001" + check_digit("952600010001"))
COOPERATIVE = {"kind": "cooperative", "name": "流沙河花猪合作社", "contact": "0731-87880000"}
HOUSEHOLD = {"kind": "household", "name": "张秘密1", "contact": "13800000000"}
PIGS = {
    "kind": "live_pigs", "product": "宁乡花猪", "quantity": "1", "issuer": COOPERATIVE,
    "basis": ["quality_control"], "animals": [PIG],
}  # fmt: skip
POTATOES = {
    "kind": "sweet_potatoes", "product": "商薯19", "quantity": "100", "issuer": COOPERATIVE,
    "basis": ["own_test"], "farm": "farm-01",
}  # fmt: skip


@pytest.fixture
def world() -> World:
    return small_world()


def made(world: World, asked: dict[str, Any], login: str = "wangbei") -> Response:
    answer: Response = world.program(login).post("/api/v1/certificates", json=asked)
    return answer


def test_an_enterprise_makes_one_out_for_a_pig_it_looks_after(world: World) -> None:
    answer = made(world, PIGS)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["origin"] == "宁乡市 流沙河镇"
    assert told["kept_until"] == "2027-01-28"
    assert told["things"] == [animal_giai(PIG).uri]
    assert (told["left"], told["unit"], told["blocked"]) == ("1", "HEA", [])
    listed = world.program("wangbei").get("/api/v1/certificates").json()
    assert [each["id"] for each in listed] == [told["id"]]


@pytest.mark.parametrize("kind", ["packed_pork", "noodles"])
def test_packed_pork_and_noodles_get_none_and_are_told_why(world: World, kind: str) -> None:
    answer = made(world, {**POTATOES, "kind": kind})
    assert answer.status_code == 422
    assert "不开承诺达标合格证" in answer.json()["detail"]


def test_a_pig_within_a_withdrawal_period_gets_none_until_its_day(world: World) -> None:
    treated = event(
        "ObjectEvent", at(date(2026, 7, 20)), GLN, action="OBSERVE", bizStep=TREATING,
        epcList=[animal_giai(PIG).uri], tt_medicine="土霉素注射液", tt_withdrawalUntil="2026-08-17",
    )  # fmt: skip
    world.events.capture([treated])
    answer = made(world, PIGS)
    assert answer.status_code == 409
    assert "2026-08-17" in answer.json()["detail"]
    assert "休药期" in answer.json()["detail"]
    assert world.certificates.kept == {}


def hold(world: World) -> Hold:
    reason = next(iter(hold_reasons()))
    return Hold(
        subject=animal_giai(PIG).uri,
        reason=reason,
        cause="x",
        since=world.now,
        detail_zh="",
        detail_en="",
        by="operator",
    )


def test_a_pig_on_hold_gets_none_and_one_put_on_hold_later_shows_it(world: World) -> None:
    told = made(world, PIGS).json()
    world.holds.place([hold(world)])
    shown = world.program("wangbei").get(f"/api/v1/certificates/{told['id']}").json()
    assert "on hold" in shown["blocked"][0]
    page = world.client().get(f"/certificate/{told['id']}")
    assert "先不要买卖" in page.text
    world.certificates.kept.clear()
    assert made(world, PIGS).status_code == 409


def test_others_animals_and_farms_are_not_there(world: World) -> None:
    assert made(world, {**PIGS, "animals": [OTHERS]}).status_code == 404
    assert made(world, {**POTATOES, "farm": "farm-03"}).status_code == 404
    told = made(world, POTATOES).json()
    other = world.program("other")
    assert other.get(f"/api/v1/certificates/{told['id']}").status_code == 404
    assert other.get(f"/api/v1/certificates/{told['id']}/sheet.pdf").status_code == 404
    assert other.post(f"/api/v1/certificates/{told['id']}/withdraw", json={"why": "x"}).status_code == 404
    assert other.get("/api/v1/certificates").json() == []
    part = {"certificate": told["id"], "quantity": "1"}
    assert made(world, {**POTATOES, "farm": "", "quantity": "1", "parts": [part]}, "other").status_code == 404


NEIGHBOURS_PIG = animal_giai(EarTagNumber.parse(OTHERS)).uri
LOT = "https://id.gs1.org/01/09526000100010/10/20260720A"


def harvested(lot: str) -> CapturedEvent:
    """Somebody at GLN brought the lot in."""
    return event(
        "ObjectEvent", at(date(2026, 7, 20)), GLN, action="ADD", bizStep="commissioning",
        quantityList=[{"epcClass": lot, "quantity": 100, "uom": "KGM"}],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({**PIGS, "animals": [], "farm": "farm-01", "lot": NEIGHBOURS_PIG}, "URI of a lot"),
        ({**PIGS, "animals": [], "farm": "farm-01", "lot": LOT}, "ear tags"),
        ({**POTATOES, "lot": NEIGHBOURS_PIG}, "URI of a lot"),
        ({**POTATOES, "lot": "https://id.gs1.org/01/09526000100010"}, "URI of a lot"),
        ({**POTATOES, "lot": f"{LOT}/21/7"}, "URI of a lot"),
    ],
    ids=["another's pig", "a lot of pigs", "potatoes that are a pig", "a product", "a piece"],
)
@pytest.mark.parametrize("login", ["wangbei", "operator"])
def test_what_stands_for_a_lot_is_one(world: World, asked: dict[str, Any], said: str, login: str) -> None:
    answer = made(world, asked, login)
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["detail"]
    assert world.certificates.kept == {}


def test_the_lot_of_others_gets_none_and_ones_own_or_a_new_one_does(world: World) -> None:
    assert made(world, {**POTATOES, "lot": f"{LOT}-NEW"}).status_code == 201
    world.events.capture([harvested(LOT)])
    assert made(world, {**POTATOES, "lot": LOT}).status_code == 404
    farms = world.households.kept_farms
    farms[FarmId.parse("farm-01")] = replace(farms[FarmId.parse("farm-01")], gln=GLN)
    told = made(world, {**POTATOES, "lot": "urn:epc:class:lgtin:9526000.010001.20260720A"})
    assert told.status_code == 201, told.text
    assert told.json()["things"] == [LOT], "however the lot is written it is the same"
    assert made(world, {**POTATOES, "lot": LOT}).status_code == 409


def test_a_batch_is_split_and_each_part_leads_to_the_whole(world: World) -> None:
    whole = made(world, POTATOES).json()
    part = {**POTATOES, "farm": "", "quantity": "60.5", "parts": [{"certificate": whole["id"], "quantity": "60.5"}]}
    told = made(world, part).json()
    assert told["farms"] == ["farm-01"]
    again = made(world, part)
    assert again.status_code == 409
    assert "39.5 KGM left" in again.json()["detail"]
    page = world.client().get(f"/certificate/{told['id']}").text
    assert f"/certificate/{whole['id']}" in page
    assert "还剩 39.5" in world.client().get(f"/certificate/{whole['id']}").text


def test_what_was_taken_back_says_so(world: World) -> None:
    told = made(world, POTATOES).json()
    client = world.program("wangbei")
    taken = client.post(f"/api/v1/certificates/{told['id']}/withdraw", json={"why": "数量写错"})
    assert taken.json()["withdrawn"] == "数量写错"
    assert client.post(f"/api/v1/certificates/{told['id']}/withdraw", json={"why": "再来"}).status_code == 409
    assert "已作废" in world.client().get(f"/certificate/{told['id']}").text


def test_the_public_page_shows_the_cooperatives_contact(world: World) -> None:
    told = made(world, PIGS).json()
    page = world.client().get(f"/certificate/{told['id']}")
    for expected in ("承诺达标合格证", "宁乡花猪", "宁乡市 流沙河镇", "0731-87880000", PIG, "质量安全控制"):
        assert expected in page.text
    assert "set-cookie" not in page.headers
    assert "演示数据" in page.text
    english = world.client().get(f"/certificate/{told['id']}?lang=en").text
    assert "Certificate of promised compliance" in english
    code = world.client().get(f"/certificate/{told['id']}/qr.svg")
    assert f"http://testserver/certificate/{told['id']}" in code.text


def test_a_households_name_and_phone_are_on_paper_only(world: World) -> None:
    told = made(world, {**POTATOES, "issuer": HOUSEHOLD}).json()
    page = world.client().get(f"/certificate/{told['id']}").text
    assert "张秘密" not in page
    assert "13800000000" not in page
    assert "写在纸质合格证上" in page
    sheet = world.program("wangbei").get(f"/api/v1/certificates/{told['id']}/sheet.pdf")
    text = "".join(each.extract_text() for each in PdfReader(io.BytesIO(sheet.content)).pages)
    for expected in ("承诺达标合格证", "张秘密1", "13800000000", told["id"], "100"):
        assert expected in text


def test_no_such_certificate_says_neither_fake_nor_genuine(world: World) -> None:
    page = world.client().get("/certificate/20260728-NOTHING")
    assert page.status_code == 404
    assert "不等于假" in page.text
    assert world.client().get("/certificate/x/qr.svg").status_code == 404


def test_a_sale_without_a_certificate_is_shown_as_missing(world: World) -> None:
    sold = date(2026, 7, 1)
    world.animals.change_status(PIG, AnimalStatus.OFF_FARM, sold)
    missing = world.program("wangbei").get("/api/v1/certificates/missing").json()
    assert [(each["animal"], each["sold_on"], each["mandatory"]) for each in missing] == [(PIG, "2026-07-01", True)]
    assert world.program("other").get("/api/v1/certificates/missing").json() == []
    assert made(world, PIGS).status_code == 201
    assert world.program("wangbei").get("/api/v1/certificates/missing").json() == []


def test_the_sale_of_a_household_that_nobody_looks_after_needs_none(world: World) -> None:
    world.animals.change_status(PIG, AnimalStatus.OFF_FARM, date(2026, 7, 1))
    world.households.kept_claims = [
        replace(claim, since=claim.since.replace(month=7, day=10)) for claim in world.households.kept_claims
    ]
    (missing,) = world.program("wangbei").get("/api/v1/certificates/missing").json()
    assert not missing["mandatory"]


def test_the_table_of_kinds_says_for_what_there_is_none(world: World) -> None:
    kinds = {each["kind"]: each for each in world.program("wangbei").get("/api/v1/certificates/kinds").json()}
    assert kinds["live_pigs"]["allowed"]
    assert kinds["noodles"]["reason_zh"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"quantity": "-1"}, 422),
        ({"quantity": "1.5"}, 422),
        ({"quantity": "NaN"}, 422),
        ({"animals": ["12"]}, 400),
        ({"animals": ["243018200000147"]}, 404),
        ({"kind": "live_sheep"}, 422),
        ({"basis": []}, 422),
        ({"lot": "no uri"}, 422),
        ({"issuer": {**COOPERATIVE, "contact": " "}}, 422),
        ({"farm": "farm-99"}, 404),
        ({"parts": [{"certificate": "none", "quantity": "1"}]}, 404),
    ],
)
def test_what_cannot_be_certified_is_refused(world: World, change: dict[str, Any], status: int) -> None:
    answer = made(world, {**PIGS, **change})
    assert answer.status_code == status, answer.text
    assert world.certificates.kept == {}


def test_the_farm_of_the_pig_is_found_by_itself(world: World) -> None:
    assert FarmId.parse("farm-01") in made(world, PIGS).json()["farms"]
