"""What traceability needs kept."""

from collections.abc import Collection, Sequence
from typing import Protocol

from traceability.model import CapturedEvent, Product, PublicPlace


class EventRepository(Protocol):
    """EPCIS events, stored as captured, never changed."""

    def capture(self, events: Sequence[CapturedEvent]) -> int:
        """How many were new; all are durable when this returns, or none.

        An event captured before (same eventID, same document) is passed over.
        """

    def about(self, epcs: Collection[str]) -> Sequence[CapturedEvent]:
        """Every event that names one of these EPCs, by event time."""

    def find(self, event_id: str) -> Sequence[CapturedEvent]:
        """The event of that id and its error declarations, by record time."""


class ProductCatalogue(Protocol):
    """The trade items."""

    def add(self, product: Product) -> None:
        """The product is known."""

    def find(self, gtin: str) -> Product | None:
        """The product of that GTIN-14."""


class PublicPlaces(Protocol):
    """Places as the public may know them."""

    def find(self, gln: str) -> PublicPlace | None:
        """The place of that GLN."""
