"""What a GS1 key names, as far as this house knows it and anyone may be told: a pack, a lot, a pig, a place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from traceability.context import SENSOR_REPORTING
from traceability.gs1.digital_link import DigitalLink
from traceability.gs1.keys import Giai, Gln, Gtin, Sscc
from traceability.life import ear_tag
from traceability.model import PublicPlace
from traceability.ports import EventRepository, ProductCatalogue, PublicPlaces
from traceability.recorded import RecordedEvent, master_data, opened, text

PARTY_AI = "417"


class ThingKind(StrEnum):
    """Kinds of things that have links of our own; the words are those of `resolver_links.csv`."""

    ITEM = "item"
    LOT = "lot"
    ANIMAL = "animal"
    PLACE = "place"
    PARTY = "party"
    UNIT = "unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A thing that is known here.

    events: what names it, daily summaries and what was declared in error left out. place: of a place or party itself.
    """

    kind: ThingKind
    link: DigitalLink
    events: tuple[RecordedEvent, ...] = ()
    place: PublicPlace | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """What it has links for: its kind, and that a certificate stands on its own page."""
        certified = self.kind is ThingKind.ANIMAL and any(text(event.body, "tt:certificate") for event in self.events)
        return (self.kind, "certified") if certified else (self.kind,)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownThings:
    """What is known here, from these ports."""

    events: EventRepository
    products: ProductCatalogue
    places: PublicPlaces

    def find(self, link: DigitalLink) -> Thing | None:
        """The thing of that key; None where nothing here names it, or under another lot."""
        ways: Mapping[str, Callable[[DigitalLink], Thing | None]] = {
            Gtin.ai: self._goods,
            Sscc.ai: self._unit,
            Giai.ai: self._animal,
            Gln.ai: self._place,
            PARTY_AI: self._party,
        }
        way = ways.get(link.key_ai)
        return None if way is None else way(link)

    def description(self, link: DigitalLink) -> str:
        """What the key at that level names, in one line for people and programs."""
        product = self.products.find(link.key) if link.key_ai == Gtin.ai else None
        place = self.places.find(link.key) if link.key_ai in {Gln.ai, PARTY_AI} else None
        named = f"({link.key_ai}) {link.key}"
        if product is not None:
            named = f"{product.name_zh} {product.name_en}".strip()
        elif place is not None and self.find(link) is not None:
            named = place.name or f"{place.county_zh}{place.township} {place.county_en}"
        elif link.key_ai == Giai.ai and ear_tag(link.canonical_uri) is not None:
            named = f"猪 Pig {ear_tag(link.canonical_uri)}"
        return " · ".join([named, *(value for _, value in link.qualifiers)])

    def _goods(self, link: DigitalLink) -> Thing | None:
        if link.serial is None and link.lot is None:
            return None
        told = self._told(link)
        if not told:
            return None
        if link.serial is None:
            return Thing(kind=ThingKind.LOT, link=link, events=told)
        lots = {master_data(event, "lotNumber") for event in told if link.epc_uri in event.names("outputEPCList")}
        if link.lot is not None and link.lot not in lots:
            return None
        return Thing(kind=ThingKind.ITEM, link=link, events=told)

    def _unit(self, link: DigitalLink) -> Thing | None:
        told = self._told(link)
        return Thing(kind=ThingKind.UNIT, link=link, events=told) if told else None

    def _animal(self, link: DigitalLink) -> Thing | None:
        """Only an asset that bears an ear-tag number is a pig; a tag's own key leads nowhere."""
        told = self._told(link) if ear_tag(link.canonical_uri) is not None else ()
        return Thing(kind=ThingKind.ANIMAL, link=link, events=told) if told else None

    def _place(self, link: DigitalLink) -> Thing | None:
        place = self.places.find(link.key)
        return None if place is None else Thing(kind=ThingKind.PLACE, link=link, place=place)

    def _party(self, link: DigitalLink) -> Thing | None:
        """Only who has no household: a family is no public party."""
        place = self.places.find(link.key)
        return None if place is None or place.households else Thing(kind=ThingKind.PARTY, link=link, place=place)

    def _told(self, link: DigitalLink) -> tuple[RecordedEvent, ...]:
        return tuple(opened(self.events.about([link.epc_uri], besides=SENSOR_REPORTING)))
