"""The resolver over events in memory, with links given to codes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.public.resolver import compressed_router
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
    LOT,
    NOW,
    PIG,
    SERIAL,
    EventsInMemory,
    PlacesInMemory,
    numbered,
    places,
    products,
    whole_life,
)
from tests.traceability.pig_records import GuardsInMemory
from traceability.context import animal_giai
from traceability.evidence_pack.keys import EvidenceKey
from traceability.evidence_pack.pack import Evidence
from traceability.gs1.keys import Gtin
from traceability.model import CapturedEvent
from traceability.recalls import Cause, Recall, RecallState, RecallStep
from traceability.resolver.given_links import GivenLink, read_key, read_link

ROOT = "https://trace.example"
VOC = "https://ref.gs1.org/voc/"
PIG_PATH = f"/8004/{animal_giai(PIG)}"
EPC_EVENTS = f"{ROOT}/epcis/epcs/{quote(f'https://id.gs1.org/01/{BELLY}/21/{SERIAL}', safe='')}/events"
OTHER = Gtin.parse(numbered("0952600020001"))
SSCC = numbered("09526000000000001")
DOCUMENT = numbered("952600030001") + "CERT7"


def public_places() -> PlacesInMemory:
    """A farm among seven, and works that belong to no household."""
    works = PlacesInMemory([replace(each, households=0) for each in places().places.values()])
    works.places[FARM] = places().places[FARM]
    return works


def house(
    *links: GivenLink,
    events: Sequence[CapturedEvent] | None = None,
    recalled: str = "",
    known_places: PlacesInMemory | None = None,
) -> TestClient:
    """The public pages with these links given to codes; recalled: a URI of which a recall is in force."""
    kept = EventsInMemory(LIFE if events is None else events)
    recalls, given_links = RecallsInMemory(lambda: kept.events), LinksInMemory()
    for each in links:
        given_links.add(each)
    if recalled:
        steps = tuple(
            RecallStep(state=state, actor="operator", at=NOW, why="复检")
            for state in (RecallState.DRAFT, RecallState.CONFIRMED)
        )
        cause = Cause(criterion="thing", value=recalled)
        recalls.add(Recall(id="R-1", cause=cause, reason="检出<b>克伦特罗</b>", steps=steps))
    services = PublicServices(
        events=kept,
        products=products(),
        places=known_places or public_places(),
        recalls=recalls,
        guards=GuardsInMemory(kept.events),
        holds=HoldsInMemory(GraphInMemory(lambda: kept.events)),
        certificates=CertificatesInMemory(),
        evidence=Evidence(key=EvidenceKey(b"of tests"), readings=SomeReadings(), base_url=ROOT),
        now=lambda: NOW,
        base_url=ROOT,
        links=given_links,
    )
    app = FastAPI()
    app.include_router(public_router(services))
    app.include_router(compressed_router())
    return TestClient(app, follow_redirects=False)


def to(key: str, page: str, link_type: str = "pip", *, default: bool = False, **said: object) -> GivenLink:
    """A link given to that key."""
    words = {"title": f"see {page}", "link_type": link_type, "href": f"https://brand.example/{page}"} | said
    link = read_link(**words)  # type: ignore[arg-type]  # the test's own words
    return GivenLink(key=read_key(key).path, link=link, default=default, by="li.na", at=NOW)


LIFE = whole_life()
GIVEN = (
    to(f"/01/{BELLY}", "recipe", "recipeInfo", languages=["zh"]),
    to(f"/01/{BELLY}", "recipe-en", "recipeInfo", languages=["en"]),
    to(f"/01/{BELLY}/10/{LOT}", "lab.pdf", "certificationInfo", media_type="application/pdf"),
    to(f"/01/{OTHER}", "other", "pip", default=True),
)


def linkset(client: TestClient, path: str) -> list[dict[str, Any]]:
    answer = client.get(path, params={"linkType": "linkset"})
    assert answer.status_code == 200, answer.text
    anchors: list[dict[str, Any]] = answer.json()["linkset"]
    return anchors
