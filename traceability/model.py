"""What traceability keeps: events as captured, products, and the places that may be named in public."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedEvent:
    """One EPCIS 2.0 event as it was captured.

    event_id: its eventID (a URI). An error declaration repeats it, so it is not unique by itself.
    epcs: every EPC URI the event names, in whatever role (object, parent, child, input, output).
    document: the event's JSON as captured, byte for byte.
    """

    event_id: str
    event_type: str
    event_time: datetime
    record_time: datetime
    biz_step: str
    epcs: tuple[str, ...]
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A trade item. net_weight_kg: declared net weight of one pack."""

    gtin: str
    name_zh: str
    name_en: str
    net_weight_kg: Decimal
    storage_zh: str = ""
    storage_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPlace:
    """What anyone may be told of a location (a GLN): nothing that leads to one household.

    name: the agreed public name, "" where none is agreed. village: "" where fewer than five households take part.
    households: how many take part in the place that is named. simulated: the site is a simulation.
    """

    gln: str
    name: str
    county_zh: str
    county_en: str
    township: str
    village: str
    households: int
    simulated: bool
    timezone: str
