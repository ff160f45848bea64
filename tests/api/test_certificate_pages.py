"""The console's pages of certificates: made out, split, mixed, taken back and made out again by form."""

from datetime import timedelta

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from observations.identifiers import EarTagNumber, FarmId
from tests.api.world import World, add_pig, field_of
from tests.traceability.compliance.book_in_memory import potatoes
from tests.traceability.one_life import at, event
from traceability.context import TREATING, animal_giai
from traceability.gs1.keys import Gln, check_digit
from traceability.holds import Hold

PIG = EarTagNumber.parse("143018200000147")
OTHERS = "143018200000149"
GLN = Gln.parse("952600010001" + check_digit("952600010001"))
NEW = "/console/certificates/new"
PROMISE = {"issuer_kind": "cooperative", "issuer_name": "流沙河花猪合作社", "contact": "0731-87880000"}
GROUND = {"basis-quality_control": "yes"}
PIGS = {"kind": "live_pigs", "product": "宁乡花猪", "animals": PIG, **PROMISE, **GROUND}
POTATOES = {"kind": "sweet_potatoes", "product": "商薯19", "quantity": "100", "farm": "farm-01", **PROMISE, **GROUND}


def send(client: TestClient, path: str, **entries: str) -> Response:
    token = field_of(client.get(NEW).text, "csrf")
    answer: Response = client.post(path, data={**entries, "csrf": token})
    return answer


def made(world: World, entries: dict[str, str], login: str = "wangbei") -> str:
    """The number of the certificate that the form made."""
    answer = send(world.client(login), NEW, **entries)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


def test_a_pig_gets_one_and_its_page_leads_to_paper_code_and_public_page(world: World) -> None:
    number = made(world, PIGS)
    page = world.client("wangbei").get(f"/console/certificates/{number}").text
    for expected in (
        "宁乡花猪", "宁乡市 流沙河镇", PIG, "质量安全控制",
        f"/api/v1/certificates/{number}/sheet.pdf", f"/certificate/{number}/qr.svg", f"/certificate/{number}",
    ):  # fmt: skip
        assert expected in page
    assert world.certificates.kept[number].quantity == 1, "as many as there are ear tags"
    assert world.certificates.kept[number].issued_by == "wangbei"


def test_several_ear_tags_are_read_however_they_are_divided(world: World) -> None:
    second = add_pig(world, 151, FarmId.parse("farm-01"))
    number = made(world, {**PIGS, "animals": f"{PIG}、\n １４３０１８２０００００１５１;"})
    assert [*world.certificates.kept[number].things] == [animal_giai(each).uri for each in (PIG, second)]


def test_the_next_form_knows_who_promised_last(world: World) -> None:
    made(world, POTATOES)
    page = world.client("wangbei").get(NEW).text
    assert "流沙河花猪合作社" in page
    assert "流沙河花猪合作社" not in world.client("other").get(NEW).text


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"animals": "12"}, "不是 15 位耳标号：12"),
        ({"animals": OTHERS}, f"没有，或不归您看：{OTHERS}"),
        ({"quantity": "2"}, "头数和耳标数要一样"),
        ({"quantity": "NaN"}, "填大于 0 的数"),
        ({"quantity": "-1"}, "填大于 0 的数"),
        ({"kind": ""}, "选一种货"),
        ({"kind": "packed_pork"}, "不开承诺达标合格证"),
        ({"kind": "live_sheep"}, "耳标的畜种和品类不符"),
        ({"product": " "}, "写品名"),
        ({"contact": ""}, "写联系电话"),
        ({"issuer_kind": "friend"}, "选谁开具"),
        ({"basis-quality_control": ""}, "至少选一项承诺依据"),
        ({"lot": "no uri"}, "批次写成网址"),
        ({"animals": ""}, "写数量"),
        ({"animals": "", "quantity": "1"}, "写明是谁家的货"),
        ({"animals": "", "quantity": "1", "farm": "farm-03"}, "没有，或不归您看：farm-03"),
        ({"part-1": "C-none", "part-1-quantity": "1"}, "没有，或不归您看：C-none"),
    ],
)
def test_what_is_wrong_stands_beside_its_entry_and_what_was_typed_stays(
    world: World, entries: dict[str, str], said: str
) -> None:
    answer = send(world.client("wangbei"), NEW, **{**PIGS, "batch": "第 7 批", **entries})
    assert answer.status_code == 422
    assert said in answer.text
    assert "第 7 批" in answer.text
    assert "没开成，您填的还在" in answer.text
    assert world.certificates.kept == {}


def test_a_pig_in_withdrawal_is_refused_until_its_day_and_the_form_stays(world: World) -> None:
    treated = event(
        "ObjectEvent", at(world.now.date() - timedelta(days=8)), GLN, action="OBSERVE", bizStep=TREATING,
        epcList=[animal_giai(PIG).uri], tt_medicine="土霉素注射液", tt_withdrawalUntil="2026-08-17",
    )  # fmt: skip
    world.events.capture([treated])
    answer = send(world.client("wangbei"), NEW, **PIGS)
    assert answer.status_code == 409
    assert "休药期" in answer.text
    assert "2026-08-17" in answer.text
    assert "流沙河花猪合作社" in answer.text
    assert world.certificates.kept == {}


def test_a_button_pressed_twice_makes_one(world: World) -> None:
    made(world, POTATOES)
    again = send(world.client("wangbei"), NEW, **POTATOES)
    assert again.status_code == 409
    assert "刚开过一张一样的" in again.text
    assert len(world.certificates.kept) == 1
    made(world, {**POTATOES, "again": "yes"})
    assert len(world.certificates.kept) == 2


def test_honest_ones_that_differ_only_in_pig_or_farm_are_not_a_button_pressed_twice(world: World) -> None:
    second = add_pig(world, 151, FarmId.parse("farm-01"))
    made(world, PIGS)
    made(world, {**PIGS, "animals": second})
    made(world, POTATOES)
    made(world, {**POTATOES, "farm": "farm-02"})
    made(world, {**POTATOES, "lot": "https://id.gs1.org/01/09526000100010/10/A"})
    assert len(world.certificates.kept) == 5


def test_one_form_makes_one_however_often_it_is_sent(world: World) -> None:
    client = world.client("wangbei")
    number = field_of(client.get(NEW).text, "number")
    first = made(world, {**POTATOES, "number": number})
    # What two presses at once do: neither has seen the certificate of the other, so the book alone can tell.
    again = send(client, NEW, **{**POTATOES, "number": number, "again": "yes"})
    assert again.status_code == 409
    assert first in again.text
    assert [*world.certificates.kept] == [first]
    fresh = field_of(again.text, "number")
    assert fresh != number
    made(world, {**POTATOES, "number": fresh, "again": "yes"})
    assert len(world.certificates.kept) == 2


def test_the_lot_of_others_is_refused_beside_its_entry(world: World) -> None:
    pig = animal_giai(EarTagNumber.parse(OTHERS)).uri
    answer = send(
        world.client("wangbei"), NEW, **{**PIGS, "animals": "", "quantity": "1", "farm": "farm-01", "lot": pig}
    )
    assert answer.status_code == 422
    assert "批次写成网址" in answer.text
    assert world.certificates.kept == {}


@pytest.mark.parametrize("quantity", ["1E1000001", "1E-1000001", "1000000001", "0.0001"])
@pytest.mark.parametrize("entry", ["quantity", "part-1-quantity"])
def test_a_number_beyond_all_goods_is_refused_beside_its_entry(world: World, entry: str, quantity: str) -> None:
    whole = made(world, POTATOES)
    part = {**POTATOES, "farm": "", "quantity": "", "part-1": whole, "part-1-quantity": "1"}
    answer = send(world.client("wangbei"), NEW, **{**part, entry: quantity})
    assert answer.status_code == 422
    assert "填 0.001 到 1000000000 的数" in answer.text
    assert len(world.certificates.kept) == 1


def test_a_predecessor_that_is_not_there_leaves_the_others_in_the_form(world: World) -> None:
    first, second = (made(world, {**POTATOES, "quantity": quantity}) for quantity in ("100", "50"))
    client = world.client("wangbei")
    mixed = {**POTATOES, "farm": "", "quantity": "", "part-1": first, "part-1-quantity": "80"}
    mixed |= {"part-2": "C-none", "part-2-quantity": "3", "part-3": second, "part-3-quantity": "50"}
    answer = send(client, NEW, **mixed)
    assert answer.status_code == 422
    assert "没有，或不归您看：C-none" in answer.text
    for name in ("part-1", "part-1-quantity", "part-2-quantity", "part-3", "part-3-quantity"):
        assert field_of(answer.text, name) == mixed[name]
    assert 'name="part-2" value="C-none"' in answer.text
    number = made(world, {**mixed, "part-2": ""})
    assert [part.certificate for part in world.certificates.kept[number].parts] == [first, second]


def test_a_part_is_split_off_and_never_more_than_is_left(world: World) -> None:
    whole = made(world, POTATOES)
    client = world.client("wangbei")
    page = client.get(f"{NEW}?part={whole}").text
    assert field_of(page, "part-1-quantity") == "100"
    part = {**POTATOES, "farm": "", "quantity": "", "part-1": whole, "part-1-quantity": "60.5"}
    number = made(world, part)
    assert world.certificates.kept[number].parts[0].certificate == whole
    assert str(world.certificates.kept[number].quantity) == "60.5"
    assert "还剩 <b>39.5</b>" in client.get(f"/console/certificates/{whole}").text
    more = send(client, NEW, **{**part, "part-1-quantity": "40"})
    assert more.status_code == 409
    assert "39.5 KGM left" in more.text


def test_live_animals_are_split_by_naming_their_ear_tags(world: World) -> None:
    second = add_pig(world, 151, FarmId.parse("farm-01"))
    whole = made(world, {**PIGS, "animals": f"{PIG} {second}"})
    client = world.client("wangbei")
    page = client.get(f"{NEW}?part={whole}").text
    assert PIG in page
    assert second in page
    number = made(world, {**PIGS, "animals": second, "part-1": whole, "part-1-quantity": ""})
    (part,) = world.certificates.kept[number].parts
    assert part.certificate == whole
    assert part.quantity == 1
    assert PIG in client.get(f"{NEW}?part={whole}").text
    assert f"{second}</textarea>" not in client.get(f"{NEW}?part={whole}").text


def test_several_are_mixed_into_one(world: World) -> None:
    first, second = (made(world, {**POTATOES, "quantity": quantity}) for quantity in ("100", "50"))
    client = world.client("wangbei")
    page = client.get(f"{NEW}?part={first}&part={second}").text
    assert "混装" in page
    mixed = {**POTATOES, "farm": "", "quantity": "", "part-1": first, "part-1-quantity": "80"}
    number = made(world, {**mixed, "part-2": second, "part-2-quantity": "50"})
    assert world.certificates.kept[number].quantity == 130
    page = client.get(f"/console/certificates/{number}").text
    assert f"/console/certificates/{first}" in page
    assert "分完了" in client.get(f"/console/certificates/{second}").text
    neither = send(client, NEW, **{**mixed, "part-1-quantity": "", "part-2": second})
    assert neither.status_code == 422
    assert "写明每张取多少" in neither.text


def test_one_is_taken_back_and_made_out_again_as_it_was(world: World) -> None:
    number = made(world, {**POTATOES, "batch": "第 7 批"})
    client = world.client("wangbei")
    path = f"/console/certificates/{number}"
    silent = send(client, f"{path}/withdraw", why=" ")
    assert silent.status_code == 422
    assert "写明为什么作废" in silent.text
    taken = send(client, f"{path}/withdraw", why="数量写错", anew="yes")
    assert taken.headers["location"] == f"{NEW}?again={number}"
    page = client.get(taken.headers["location"]).text
    assert 'name="batch" type="text" value="第 7 批"' in page
    assert 'name="quantity" type="text" value="100"' in page
    assert "数量写错" in client.get(path).text
    twice = send(client, f"{path}/withdraw", why="再来")
    assert twice.status_code == 409
    assert "它已经作废" in twice.text
    made(world, {**POTATOES, "batch": "第 7 批", "quantity": "90"})


def test_the_whole_cannot_be_taken_back_while_a_part_stands(world: World) -> None:
    whole = made(world, POTATOES)
    made(world, {**POTATOES, "farm": "", "quantity": "", "part-1": whole, "part-1-quantity": "1"})
    answer = send(world.client("wangbei"), f"/console/certificates/{whole}/withdraw", why="x")
    assert answer.status_code == 409
    assert "先作废那一张" in answer.text
    assert world.certificates.kept[whole].withdrawal is None


def listed(client: TestClient, query: str) -> str:
    """The table of the list."""
    text: str = client.get(f"/console/certificates?{query}").text
    return text.partition('id="certificates"')[2]


def test_the_list_is_searched_filtered_sorted_and_exported(world: World) -> None:
    pigs, heavy = made(world, PIGS), made(world, {**POTATOES, "batch": "秋 3"})
    light = made(world, {**POTATOES, "quantity": "5"})
    client = world.client("wangbei")
    send(client, f"/console/certificates/{light}/withdraw", why="写错")
    for query, found in (
        ("", {pigs, heavy, light}), (f"q={pigs.lower()}", {pigs}), (f"q={PIG}", {pigs}), ("q=%E7%A7%8B+3", {heavy}),
        ("q=flower", set()), ("state=withdrawn", {light}), ("state=stands", {pigs, heavy}),
        ("state=x", {pigs, heavy, light}),
    ):  # fmt: skip
        shown = listed(client, query)
        assert {each for each in (pigs, heavy, light) if each in shown} == found, query
    rising, falling = (listed(client, f"sort={sign}certificates.quantity") for sign in ("", "-"))
    assert rising.index(pigs) < rising.index(light) < rising.index(heavy)
    assert falling.index(heavy) < falling.index(light)
    rows = client.get("/console/certificates.csv?state=stands").text.splitlines()
    assert rows[0].lstrip("\ufeff").startswith("number,kind,product,batch,quantity,left,unit")
    assert len(rows) == 3


def test_an_old_one_is_found_by_its_number_or_ear_tag(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.console.certificate_list.NEWEST", 1)
    old = made(world, PIGS)
    world.now += timedelta(days=1)
    new = made(world, POTATOES)
    client = world.client("wangbei")
    assert old not in listed(client, "")
    assert new in listed(client, "")
    for text in (old, PIG):
        assert old in listed(client, f"q={text}")


def test_others_certificates_are_not_there_in_any_way(world: World) -> None:
    world.certificates.issue(potatoes("C-3", "5", farms=("farm-03",)))
    client = world.client("wangbei")
    assert "C-3" not in listed(client, "")
    assert "/console/certificates/C-3" not in client.get("/console/certificates?q=C-3").text
    for path in ("/console/certificates/C-3", f"{NEW}?part=C-3", f"{NEW}?again=C-3"):
        assert client.get(path).status_code == 404
    assert send(client, "/console/certificates/C-3/withdraw", why="x").status_code == 404


def test_a_households_name_is_for_whoever_wrote_it_and_for_operators(world: World) -> None:
    household = {"issuer_kind": "household", "issuer_name": "张秘密1", "contact": "13800000000"}
    number = made(world, {**POTATOES, **household}, "operator")
    for login, shown in (("operator", True), ("wangbei", False)):
        client = world.client(login)
        for path in (f"/console/certificates/{number}", "/console/certificates", f"{NEW}?again={number}"):
            assert ("张秘密" in client.get(path).text) is shown, (login, path)
        assert (number in listed(client, "q=%E5%BC%A0%E7%A7%98%E5%AF%86")) is shown


def test_without_the_forms_token_nothing_happens(world: World) -> None:
    answer = world.client("wangbei").post(NEW, data=POTATOES)
    assert answer.status_code == 403
    assert world.certificates.kept == {}


def test_what_speaks_against_it_now_is_said_on_its_page(world: World) -> None:
    number = made(world, PIGS)
    hold = Hold(
        subject=animal_giai(PIG).uri, reason="by_hand", cause="x", since=world.now, detail_zh="", detail_en="", by="op"
    )
    world.holds.place([hold])
    page = world.client("wangbei").get(f"/console/certificates/{number}").text
    assert "现在不能卖" in page
    assert "人工封存待查" in page


@pytest.mark.parametrize("login", ["wangbei", "operator"])
def test_the_menu_groups_its_ways_and_marks_the_one_that_is_shown(world: World, login: str) -> None:
    page = world.client(login).get("/console/certificates").text
    for group in ("每天看", "来历与安全", "文书"):
        assert group in page
    assert page.count('href="/console/certificates" aria-current="page"') == 2, "the side's, and the phone's"
    assert ("/console/quarantine" in page) is (login == "operator")
