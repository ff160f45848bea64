"""A pack's page shows the photos that were agreed to, loaded late, and no others."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.public.photos import MOST_SHOWN, photo_router
from api.public.router import public_router
from api.public.services import PublicServices
from tests.traceability.compliance.book_in_memory import CertificatesInMemory
from tests.traceability.evidence_pack.readings_in_memory import SomeReadings
from tests.traceability.graph_in_memory import GraphInMemory, RecallsInMemory
from tests.traceability.holds_in_memory import HoldsInMemory
from tests.traceability.one_life import FARM, NOW, PACK_PATH, PIG, EventsInMemory, places, products, whole_life
from tests.traceability.photos.photos_in_memory import IMAGES, PhotosInMemory, photo
from tests.traceability.pig_records import GuardsInMemory
from traceability.context import animal_giai
from traceability.evidence_pack.keys import EvidenceKey
from traceability.evidence_pack.pack import Evidence
from traceability.life_digests import LifeDigest, digest_of

PIG_URI = animal_giai(PIG).uri
AGREED = {"public": True, "consent": "张秘密 2026-07-01 签字"}


class DigestsInMemory:
    """Every animal has a current digest."""

    def __init__(self, kept: EventsInMemory) -> None:
        self._kept = kept

    def current(self, epcs: Collection[str]) -> Mapping[str, LifeDigest]:
        made = {epc: digest_of(epc, self._kept.about([epc])) for epc in epcs}
        return {epc: digest for epc, digest in made.items() if digest is not None}


def house(book: PhotosInMemory | None, *, digested: bool = False) -> TestClient:
    kept = EventsInMemory(whole_life())
    services = PublicServices(
        events=kept,
        products=products(),
        places=places(),
        recalls=RecallsInMemory(lambda: kept.events),
        guards=GuardsInMemory(kept.events),
        holds=HoldsInMemory(GraphInMemory(lambda: kept.events)),
        certificates=CertificatesInMemory(),
        evidence=Evidence(key=EvidenceKey(b"of tests"), readings=SomeReadings(), base_url="https://trace.example"),
        now=lambda: NOW,
        base_url="https://trace.example",
        photos=book,
        digests=DigestsInMemory(kept) if digested else None,
    )
    app = FastAPI()
    app.include_router(public_router(services))
    app.include_router(photo_router(services))
    return TestClient(app)


@pytest.mark.parametrize("digested", [False, True])
def test_photos_of_the_pig_its_farm_and_its_steps_are_shown_where_agreed(*, digested: bool) -> None:
    book = PhotosInMemory()
    step = whole_life()[2].event_id
    subjects = {"a": PIG_URI, "b": f"https://id.gs1.org/414/{FARM}", "c": step}
    for name, subject in subjects.items():
        book.add(photo(subject=subject, digest=name * 64, caption=f"照片 {name}", **AGREED), IMAGES)
    book.add(photo(subject=PIG_URI, digest="e" * 64, caption="不公开"), IMAGES)
    book.add(photo(subject=PIG_URI + "9", digest="f" * 64, caption="别的猪", **AGREED), IMAGES)
    page = house(book, digested=digested).get(PACK_PATH).text
    for name in subjects:
        assert f'src="/photo/{name * 64}/small.jpg" width="4" height="3" loading="lazy"' in page
        assert f"照片 {name}" in page
    for hidden in ("不公开", "别的猪", "张秘密", "farm-1"):
        assert hidden not in page
    assert house(book).get(f"/photo/{'a' * 64}/small.jpg").content == b"small"


def test_a_page_shows_a_few_and_stays_small() -> None:
    book = PhotosInMemory()
    for number in range(20):
        book.add(photo(subject=PIG_URI, digest=f"{number:064}", caption="字" * 200, **AGREED), IMAGES)
    page = house(book).get(PACK_PATH)
    assert page.text.count('loading="lazy"') == MOST_SHOWN
    assert len(page.content) <= 30 * 1024


def test_without_photos_the_page_has_no_word_of_them() -> None:
    for book in (None, PhotosInMemory()):
        assert "/photo/" not in house(book).get(PACK_PATH).text


def test_a_photo_hidden_again_is_gone_for_the_next_reader() -> None:
    book = PhotosInMemory()
    kept = book.add(photo(subject=PIG_URI, **AGREED), IMAGES)
    client = house(book)
    path = f"/photo/{kept.digest}/large.jpg"
    assert client.get(path).status_code == 200
    book.change(replace(kept, public=False))
    assert client.get(path).status_code == 404
    assert client.get("/photo/../large.jpg").status_code == 404
