"""A page that another process makes is the page that would be made here."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.public.page_messages import AskedPage, MadePage
from api.public.pages_elsewhere import made_here
from api.public.router import public_router, resolved_pack
from api.public.services import PublicServices
from tests.api.public.visits import services_of
from tests.traceability import one_life
from tests.traceability.one_life import BELLY, LOT, SERIAL
from traceability.life_digests import LifeDigest

PATH = f"/01/{BELLY}/10/{LOT}/21/{SERIAL}"


class Elsewhere:
    """Makes pages as another process would, through the same messages; or makes none."""

    def __init__(self, services: PublicServices, *, answers: bool = True) -> None:
        self.services, self.answers = services, answers
        self.made: list[MadePage] = []

    async def page(self, asked: AskedPage) -> MadePage | None:
        if not self.answers:
            return None
        self.made.append(made_here(self.services, asked, resolved_pack))
        return self.made[-1]


class Counted:
    """What is told to a counter of scans."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str]] = []

    def note(self, thing: str, address: str, *, today: date) -> None:
        assert today == one_life.NOW.date()
        self.noted.append((thing, address))


class NoDigests:
    """Nothing was worked out yet."""

    def current(self, epcs: Collection[str]) -> Mapping[str, LifeDigest]:
        assert epcs
        return {}


def client(services: PublicServices) -> TestClient:
    app = FastAPI()
    app.include_router(public_router(services))
    return TestClient(app, follow_redirects=False)


def told() -> PublicServices:
    return services_of([*one_life.farm_events(), *one_life.house_events()])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (PATH, {}),
        (f"{PATH}?lang=en", {}),
        (f"{PATH}/", {}),
        (f"{PATH}/records?page=1", {}),
        (f"{PATH}?linkType=linkset", {}),
        (f"{PATH}?linkType=gs1:recallStatus", {"Accept-Language": "en"}),
        (PATH, {"Accept": "application/linkset+json"}),
        (f"/01/{BELLY}/21/999999", {}),
        ("/01/123", {}),
        (f"/01/{BELLY}/10/a%2Fb/21/1", {}),
    ],
)
def test_it_is_the_same_answer_with_the_same_headers(method: str, path: str, headers: dict[str, str]) -> None:
    here = told()
    there = replace(here, elsewhere=Elsewhere(here))
    expected = client(here).request(method, path, headers=headers)
    answer = client(there).request(method, path, headers=headers)
    assert (answer.status_code, answer.content) == (expected.status_code, expected.content)
    assert answer.headers.multi_items() == expected.headers.multi_items()


def test_where_nobody_makes_it_it_is_made_and_counted_here() -> None:
    here, counted = told(), Counted()
    there = replace(here, elsewhere=Elsewhere(here, answers=False), counter=counted)
    assert client(there).get(PATH).content == client(here).get(PATH).content
    assert counted.noted == [(f"https://id.gs1.org/01/{BELLY}/21/{SERIAL}", "testclient")]


def test_what_a_page_would_have_noted_is_told_and_not_noted() -> None:
    counted = Counted()
    services = replace(told(), counter=counted, digests=NoDigests())
    asked = AskedPage(method="GET", path=PATH.encode(), query=b"", headers=[], client="192.0.2.7")
    made = made_here(services, asked, resolved_pack)
    assert made.opened == [f"https://id.gs1.org/01/{BELLY}/21/{SERIAL}"]
    assert [one_life.PIG in epc for epc in map(str, made.missed)] == [True]
    assert not counted.noted


def test_a_page_of_no_pack_opens_none() -> None:
    asked = AskedPage(method="GET", path=f"/01/{BELLY}/21/999999".encode(), query=b"", headers=[], client="192.0.2.7")
    made = made_here(told(), asked, resolved_pack)
    assert (made.status, made.opened) == (404, [])
