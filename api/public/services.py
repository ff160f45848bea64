"""What the public pages are given: nothing here leads to a household."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from api.public.page_messages import PagesElsewhere
from traceability.compliance.ports import CertificateBook
from traceability.evidence_pack.pack import Evidence
from traceability.life_digests import LifeDigests
from traceability.photos.ports import PhotoBook
from traceability.ports import (
    EventRepository,
    GuardBook,
    HoldBook,
    LifeWeathers,
    PriceBook,
    ProductCatalogue,
    PublicPlaces,
    RecallBook,
    ScanBook,
)
from traceability.resolver.ports import GivenLinks, NoLinks


class CountsScans(Protocol):
    """From how many networks each thing was opened, a day."""

    def note(self, thing: str, address: str, *, today: date) -> None:
        """The thing was opened from that address, whose network counts once a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicServices:
    """The ports behind the public pages.

    base_url: scheme and host under which consumers reach them. links: what people gave to codes, beside the house's own
    pages. scans: what was counted of scans, counter: what counts them; prices, weathers, photos: None where such are
    not kept. digests: lives worked out before, None where each page reads all events itself. one_view: a block in which
    this thread reads everything in one view of the records. evidence: None where nobody hands out any. elsewhere: other
    processes that make pages, None where all are made here.
    """

    events: EventRepository
    products: ProductCatalogue
    places: PublicPlaces
    recalls: RecallBook
    holds: HoldBook
    guards: GuardBook
    certificates: CertificateBook
    now: Callable[[], datetime]
    base_url: str
    evidence: Evidence | None = None
    links: GivenLinks = field(default_factory=NoLinks)
    scans: ScanBook | None = None
    counter: CountsScans | None = None
    prices: PriceBook | None = None
    weathers: LifeWeathers | None = None
    digests: LifeDigests | None = None
    one_view: Callable[[], AbstractContextManager[None]] = nullcontext
    photos: PhotoBook | None = None
    elsewhere: PagesElsewhere | None = None
