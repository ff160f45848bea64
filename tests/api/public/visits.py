"""Visits to the public pages over events in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.answers import answer_error
from api.errors import ApiError
from api.public.evidence import evidence_router
from api.public.router import public_router
from api.public.services import PublicServices
from tests.traceability.compliance.book_in_memory import CertificatesInMemory
from tests.traceability.evidence_pack.readings_in_memory import SomeReadings
from tests.traceability.graph_in_memory import GraphInMemory, RecallsInMemory
from tests.traceability.holds_in_memory import HoldsInMemory
from tests.traceability.one_life import (
    BELLY,
    LOT,
    NOW,
    SERIAL,
    EventsInMemory,
    PlacesInMemory,
    places,
    products,
)
from tests.traceability.pig_records import GuardsInMemory
from traceability.errors import TraceabilityError
from traceability.evidence_pack.keys import EvidenceKey
from traceability.evidence_pack.pack import Evidence
from traceability.holds import Hold
from traceability.life_weather import LifeWeather
from traceability.model import CapturedEvent
from traceability.ports import LifeWeathers, PriceBook
from traceability.price_shares import PriceAgreement
from traceability.recalls import Recall
from traceability.scan_watch import ScanCounter, ScanDay

MAXIMUM_PAGE = 30 * 1024


class Scanned:
    """A ScanBook in which every code was opened on so many networks yesterday."""

    def __init__(self, networks: int) -> None:
        self.networks = networks

    def add(self, networks: Mapping[tuple[str, date], int]) -> None:
        raise AssertionError(networks)  # pages never write it

    def days(self, thing: str, since: date) -> Sequence[ScanDay]:
        assert thing.endswith(f"/21/{SERIAL}")
        return [ScanDay(day=since + timedelta(days=6), networks=self.networks)] if self.networks else []

    def forget(self, before: date) -> int:
        raise AssertionError(before)


@dataclass
class Agreed:
    """A PriceBook with one agreement for every lot."""

    agreement: PriceAgreement

    def add(self, agreement: PriceAgreement) -> None:
        self.agreement = agreement

    def find(self, gtin: str, lot: str) -> PriceAgreement | None:
        return replace(self.agreement, gtin=gtin, lot=lot)


@dataclass
class Weathered:
    """LifeWeathers that tell every place the same."""

    weather: LifeWeather

    def during(self, gln: str, first: date, last: date) -> LifeWeather | None:
        assert first < last
        assert gln
        return self.weather


AGREEMENT = PriceAgreement(
    gtin=BELLY,
    lot=LOT,
    price_yuan=Decimal("62.00"),
    paid_yuan=Decimal(2400),
    paid_for_kg=Decimal(48),
    declared_by="流沙河分割车间",
    declared_at=NOW,
    agreed_on=NOW.date(),
)


def visitor(
    events: Sequence[CapturedEvent],
    *,
    now: datetime = NOW,
    known_places: PlacesInMemory | None = None,
    recalled: Recall | None = None,
    held: Sequence[Hold] = (),
    networks: int = 0,
    prices: PriceBook | None = None,
    weathers: LifeWeathers | None = None,
    counter: ScanCounter | None = None,
) -> TestClient:
    services = services_of(
        events,
        now=now,
        known_places=known_places,
        recalled=recalled,
        held=held,
        networks=networks,
        prices=prices,
        weathers=weathers,
        counter=counter,
    )
    app = FastAPI()
    app.include_router(public_router(services))
    app.include_router(evidence_router(services))
    for root in (ApiError, TraceabilityError):
        app.add_exception_handler(root, answer_error)
    return TestClient(app, follow_redirects=False)


def services_of(
    events: Sequence[CapturedEvent],
    *,
    now: datetime = NOW,
    known_places: PlacesInMemory | None = None,
    recalled: Recall | None = None,
    held: Sequence[Hold] = (),
    networks: int = 0,
    prices: PriceBook | None = None,
    weathers: LifeWeathers | None = None,
    counter: ScanCounter | None = None,
) -> PublicServices:
    recalls = RecallsInMemory(lambda: events)
    if recalled is not None:
        recalls.add(recalled)
    holds = HoldsInMemory(GraphInMemory(lambda: events))
    holds.place(held)
    return PublicServices(
        events=EventsInMemory(events),
        products=products(),
        places=known_places or places(),
        recalls=recalls,
        holds=holds,
        guards=GuardsInMemory(events),
        certificates=CertificatesInMemory(),
        evidence=Evidence(key=EvidenceKey(b"of tests"), readings=SomeReadings(), base_url="https://trace.example"),
        now=lambda: now,
        base_url="https://trace.example",
        scans=Scanned(networks),
        prices=prices,
        weathers=weathers,
        counter=counter,
    )
