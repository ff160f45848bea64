"""What speaks against a thing is said by its status and on its page; names that look like pages are names."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.public.further import FURTHER, further_of
from api.public.router import public_router
from api.public.services import PublicServices
from tests.traceability.compliance.book_in_memory import CertificatesInMemory
from tests.traceability.evidence_pack.readings_in_memory import SomeReadings
from tests.traceability.graph_in_memory import GraphInMemory, RecallsInMemory
from tests.traceability.holds_in_memory import HoldsInMemory
from tests.traceability.links_in_memory import LinksInMemory
from tests.traceability.one_life import (
    BELLY,
    FARM,
    NOW,
    PACK_PATH,
    PACKING_HOUSE,
    PIG,
    EventsInMemory,
    at,
    event,
    farm_events,
    places,
    products,
    whole_life,
)
from tests.traceability.pig_records import GuardsInMemory
from traceability.context import animal_giai
from traceability.evidence_pack.keys import EvidenceKey
from traceability.evidence_pack.pack import Evidence
from traceability.holds import Hold
from traceability.model import CapturedEvent
from traceability.resolver.given_links import GivenLink, read_key, read_link

ROOT = "https://trace.example"
PIG_URI = animal_giai(PIG).uri
PIG_PATH = f"/8004/{animal_giai(PIG)}"
HTML = {"Accept": "text/html"}
HELD = "封存待查，先不要买卖，也不要吃"


def house(events: Sequence[CapturedEvent], *, held: str = "", link: GivenLink | None = None) -> TestClient:
    """The public pages; held: what a hold was placed on."""
    kept, links = EventsInMemory(events), LinksInMemory()
    holds = HoldsInMemory(GraphInMemory(lambda: kept.events))
    if held:
        hold = Hold(
            subject=held,
            reason="no_certificate",
            cause="urn:x",
            since=NOW,
            by="guards",
            detail_zh="第 7 号车",
            detail_en="lorry 7",
        )
        holds.place([hold])
    if link is not None:
        links.add(link)
    services = PublicServices(
        events=kept,
        products=products(),
        places=places(),
        recalls=RecallsInMemory(lambda: kept.events),
        guards=GuardsInMemory(kept.events),
        holds=holds,
        certificates=CertificatesInMemory(),
        evidence=Evidence(key=EvidenceKey(b"of tests"), readings=SomeReadings(), base_url=ROOT),
        now=lambda: NOW,
        base_url=ROOT,
        links=links,
    )
    app = FastAPI()
    app.include_router(public_router(services))
    return TestClient(app, follow_redirects=False)


def treated(medicine: str, days_ago: int) -> CapturedEvent:
    return event(
        "ObjectEvent", at(NOW.date() - timedelta(days=days_ago)), FARM,
        action="OBSERVE", bizStep="https://ns.tiantou.example/epcis/treating", epcList=[PIG_URI],
        tt_medicine=medicine, tt_withdrawalDays=28,
    )  # fmt: skip


@pytest.mark.parametrize("path", [PACK_PATH, PIG_PATH])
def test_a_hold_is_part_of_the_status_of_everything_it_reaches(path: str) -> None:
    client = house(whole_life(), held=PIG_URI)
    said = client.get(f"/recall-status{path}").json()
    assert (said["status"], said["onHold"]) == ("none", True)
    assert [each["reason"] for each in said["holds"]] == ["no_certificate"]
    assert said["title_zh"] == HELD
    page = client.get(f"/recall-status{path}", headers=HTML).text
    assert HELD in page
    assert "没有动物检疫证明" in page
    assert "7 号车" not in page, "what was written for the console stays there"


def test_without_a_hold_nothing_is_said_of_one() -> None:
    said = house(whole_life()).get(f"/recall-status{PACK_PATH}").json()
    assert (said["onHold"], said["holds"], said["notForSlaughter"]) == (False, [], [])


def test_a_living_pig_on_hold_says_so_on_its_page() -> None:
    assert HELD in house(farm_events(), held=PIG_URI).get(PIG_PATH).text
    assert "On hold while it is checked" in house(farm_events(), held=PIG_URI).get(PIG_PATH + "?lang=en").text


def test_a_living_pig_within_a_withdrawal_period_says_until_when() -> None:
    client = house([*farm_events(), treated("土霉素注射液", 3)])
    until = NOW.date() + timedelta(days=25)
    assert f"休药期到 {until.year} 年 {until.month} 月 {until.day} 日，现在不能出栏" in client.get(PIG_PATH).text
    said = client.get(f"/recall-status{PIG_PATH}").json()
    assert said["notForSlaughter"] == [{"reason": "withdrawal", "until": until.isoformat()}]
    assert said["status"] == "none"


def test_a_pig_given_what_is_banned_has_no_day_on_which_it_is_over() -> None:
    client = house([*farm_events(), treated("盐酸克伦特罗", 3)])
    assert "现在不能出栏" in client.get(PIG_PATH).text
    assert client.get(f"/recall-status{PIG_PATH}").json()["notForSlaughter"][0]["until"] is None


def test_a_withdrawal_period_is_no_matter_of_a_pig_that_is_slaughtered() -> None:
    assert "现在不能出栏" not in house([*whole_life(), treated("土霉素注射液", 3)]).get(PIG_PATH).text


def test_goods_on_hold_lead_to_their_status_and_not_to_an_advertisement() -> None:
    lot = {"epcClass": f"https://id.gs1.org/01/{BELLY}/10/M1", "quantity": 12.5, "uom": "KGM"}
    packed = event(
        "TransformationEvent", at(NOW.date()), PACKING_HOUSE,
        bizStep="commissioning", inputEPCList=[PIG_URI], outputQuantityList=[lot],
    )  # fmt: skip
    said = read_link(title="shop", link_type="pip", href="https://brand.example/shop")
    shop = GivenLink(key=read_key(f"/01/{BELLY}").path, link=said, default=True, by="li.na", at=NOW)
    events = [*farm_events(), packed]
    free, held = (house(events, held=on, link=shop).get(f"/01/{BELLY}/10/M1") for on in ("", PIG_URI))
    assert free.headers["location"] == "https://brand.example/shop"
    assert held.headers["location"] == f"{ROOT}/recall-status/01/{BELLY}/10/M1"


@pytest.mark.parametrize("name", ["records", "animals"])
def test_a_serial_or_a_lot_may_be_called_like_a_page(name: str) -> None:
    assert further_of(f"/01/{BELLY}/21/{name}") == ""
    assert further_of(f"/01/{BELLY}/10/{name}") == ""
    assert further_of(f"/01/{BELLY}/10/{name}/21/{name}") == ""
    assert further_of(f"/01/{BELLY}/10/{name}/21/{name}/{name}") == f"/{name}"
    client = house(whole_life())
    answer = client.get(f"/01/{BELLY}/21/{name}")
    assert answer.status_code == 404, "no such pack, and no malformed code"
    assert client.get(f"{PACK_PATH}/{name}").status_code == 200


PARTS = st.text(alphabet="abc/019%", max_size=12)


@given(path=PARTS, page=st.sampled_from(["", *FURTHER]))
def test_a_page_is_only_ever_what_the_path_ends_with(path: str, page: str) -> None:
    asked = further_of("/01/" + path + page)
    assert asked in {"", page}
