"""What the public pages are given: nothing here leads to a household."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime

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
from traceability.scan_watch import ScanCounter


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicServices:
    """The ports behind the public pages.

    base_url: scheme and host under which consumers reach them. links: what people gave to codes, beside the house's own
    pages. scans: what was counted of scans, counter: what counts them; prices, weathers, photos: None where such are
    not kept. digests: lives worked out before, None where each page reads all events itself. one_view: a block in which
    this thread reads everything in one view of the records.
    """

    events: EventRepository
    products: ProductCatalogue
    places: PublicPlaces
    recalls: RecallBook
    holds: HoldBook
    guards: GuardBook
    certificates: CertificateBook
    evidence: Evidence
    now: Callable[[], datetime]
    base_url: str
    links: GivenLinks = field(default_factory=NoLinks)
    scans: ScanBook | None = None
    counter: ScanCounter | None = None
    prices: PriceBook | None = None
    weathers: LifeWeathers | None = None
    digests: LifeDigests | None = None
    one_view: Callable[[], AbstractContextManager[None]] = nullcontext
    photos: PhotoBook | None = None
