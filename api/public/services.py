"""What the public pages are given: nothing here leads to a household."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from traceability.compliance.ports import CertificateBook
from traceability.evidence_pack.pack import Evidence
from traceability.ports import EventRepository, GuardBook, HoldBook, ProductCatalogue, PublicPlaces, RecallBook


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicServices:
    """The ports behind the public pages; base_url: scheme and host under which consumers reach them."""

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
