"""The passport of a pack: what the records support about it, and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from traceability.digital_link import DigitalLink
from traceability.holds import Held
from traceability.keys import Giai, Gln, Gtin
from traceability.life import Life, life_of
from traceability.lineage import Lineage, lineage_of
from traceability.model import Product, PublicPlace
from traceability.ports import EventRepository, HoldBook, ProductCatalogue, PublicPlaces, RecallBook
from traceability.recalls import RecallNotice
from traceability.recorded import CBV_MASTER_DATA, RecordedEvent, day, master_data, number

SAME_DAY = timedelta(hours=24)
"""An entry made within so long counts as made at once."""


class State(StrEnum):
    """What a person who holds the pack must know first; the worst that holds."""

    RECALLED = "recalled"
    HELD = "held"
    WITHDRAWAL = "withdrawal"
    EXPIRED = "expired"
    VALID = "valid"


class Unknown(StrEnum):
    """Why there is no passport for a link."""

    NO_SERIAL = "no_serial"
    PRODUCT = "product"
    LOT = "lot"
    ITEM = "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slaughter:
    """When and where; carcass_kg: sum over the carcasses, None where one was not weighed."""

    on: date
    place: PublicPlace | None
    carcass_kg: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """The step that made the pack; packed_kg, packs: all that was packed of the same carcasses."""

    on: date
    place: PublicPlace | None
    lot: str
    use_by: date | None
    net_weight_kg: Decimal | None
    packed_kg: float | None
    packs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What can be said of the records themselves.

    longest_lag: between an event and its record. readings, expected: messages of the animals' tags.
    """

    events: int
    at_once: int
    later: int
    longest_lag: timedelta
    readings: int
    expected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """One pack; blocks that the records do not support are None or empty.

    notices, holds: recalls in force and open holds that reach it, whoever made it and whenever.
    """

    link: DigitalLink
    gtin: Gtin
    serial: str
    state: State
    checked_at: datetime
    product: Product | None
    lives: tuple[Life, ...]
    places: Mapping[str, PublicPlace]
    slaughter: Slaughter | None
    packing: Packing | None
    evidence: Evidence
    simulated: bool
    notices: tuple[RecallNotice, ...]
    holds: tuple[Held, ...]
    records: tuple[RecordedEvent, ...]


def build_passport(
    link: DigitalLink,
    *,
    events: EventRepository,
    products: ProductCatalogue,
    places: PublicPlaces,
    recalls: RecallBook,
    holds: HoldBook,
    now: datetime,
) -> Passport | None:
    """The passport of the pack the link names; None where the records know no such pack, or under another lot."""
    gtin, serial = link.gtin, link.serial
    lineage = None if gtin is None or serial is None else lineage_of(link.epc_uri, events)
    if gtin is None or serial is None or lineage is None:
        return None
    known = _places(lineage.events, places)
    product = products.find(gtin)
    packing = _packing(lineage, known, product)
    if link.lot is not None and (packing is None or packing.lot != link.lot):
        return None
    lives, slaughter = _lives(lineage), _slaughter(lineage, known)
    notices, held = recalls.notices([link.epc_uri]), holds.of([link.epc_uri])
    use_by = None if packing is None else packing.use_by
    expired = use_by is not None and use_by < now.astimezone(_zone(packing)).date()
    return Passport(
        link=link,
        gtin=gtin,
        serial=serial,
        state=_state(lineage, lives, slaughter, expired=expired, held=bool(held), notices=notices),
        checked_at=now.astimezone(_zone(packing)),
        product=product,
        lives=lives,
        places=known,
        slaughter=slaughter,
        packing=packing,
        evidence=_evidence(lineage.events, lives),
        simulated=any(place.simulated for place in known.values()),
        notices=tuple(notices),
        holds=tuple(held),
        records=lineage.events,
    )


def why_unknown(link: DigitalLink, *, events: EventRepository, products: ProductCatalogue) -> Unknown:
    """Why `build_passport` found nothing; never what the right code would be."""
    if link.gtin is None or products.find(link.gtin) is None:
        return Unknown.PRODUCT
    if link.serial is None:
        return Unknown.NO_SERIAL
    return Unknown.LOT if events.about([link.epc_uri]) else Unknown.ITEM


def _places(events: Iterable[RecordedEvent], places: PublicPlaces) -> dict[str, PublicPlace]:
    glns = dict.fromkeys(gln for event in events if (gln := event.place) is not None)
    found = {gln: places.find(gln) for gln in glns}
    return {gln: place for gln, place in found.items() if place is not None}


def _at(event: RecordedEvent, known: Mapping[str, PublicPlace]) -> PublicPlace | None:
    return None if event.place is None else known.get(event.place)


def _zone(packing: Packing | None) -> ZoneInfo:
    return ZoneInfo(packing.place.timezone if packing is not None and packing.place is not None else "Asia/Shanghai")


def _packing(lineage: Lineage, known: Mapping[str, PublicPlace], product: Product | None) -> Packing | None:
    step = next((step for step in lineage.steps if lineage.item in step.names("outputEPCList")), None)
    if step is None:
        return None
    inputs = step.names("inputEPCList")
    siblings = [event for event in lineage.events if event.names("inputEPCList") & inputs]
    totals = [number(event.ilmd, "tt:packedTotalKg") for event in siblings]
    net = number(step.ilmd, "tt:netWeightKg")
    return Packing(
        on=step.day,
        place=_at(step, known),
        lot=master_data(step, "lotNumber"),
        use_by=day(step.ilmd, "cbvmda:itemExpirationDate") or day(step.ilmd, CBV_MASTER_DATA + "itemExpirationDate"),
        net_weight_kg=Decimal(str(net)) if net is not None else product.net_weight_kg if product is not None else None,
        packed_kg=None if None in totals else sum(total for total in totals if total is not None),
        packs=sum(len(event.names("outputEPCList")) for event in siblings),
    )


def _slaughters(lineage: Lineage) -> list[RecordedEvent]:
    animals = set(lineage.origins)
    return [step for step in lineage.steps if step.names("inputEPCList") & animals]


def _slaughter(lineage: Lineage, known: Mapping[str, PublicPlace]) -> Slaughter | None:
    steps = [step for step in _slaughters(lineage) if lineage.item not in step.names("outputEPCList")]
    if not steps:
        return None
    weights = [number(step.ilmd, "tt:carcassWeightKg") for step in steps]
    return Slaughter(
        on=max(step.day for step in steps),
        place=_at(steps[0], known),
        carcass_kg=None if None in weights else sum(weight for weight in weights if weight is not None),
    )


def _lives(lineage: Lineage) -> tuple[Life, ...]:
    ended = {epc: step.day for step in _slaughters(lineage) for epc in step.names("inputEPCList")}
    by_animal: dict[str, list[RecordedEvent]] = {
        epc: [] for epc in lineage.origins if f"/{Giai.ai}/" in epc and epc != lineage.item
    }
    for event in lineage.events:
        for epc in event.captured.epcs:
            if epc in by_animal:
                by_animal[epc].append(event)
    return tuple(life_of(epc, told, until=ended.get(epc)) for epc, told in by_animal.items() if told)


def _state(
    lineage: Lineage,
    lives: Sequence[Life],
    slaughter: Slaughter | None,
    *,
    expired: bool,
    held: bool,
    notices: Sequence[RecallNotice],
) -> State:
    if notices or any("recalled" in event.dispositions for event in lineage.events):
        return State.RECALLED
    if held:
        return State.HELD
    if slaughter is not None and any(_too_early(life) for life in lives):
        return State.WITHDRAWAL
    return State.EXPIRED if expired else State.VALID


def _too_early(life: Life) -> bool:
    return any(
        treatment.withdrawal_until is not None and life.until < treatment.withdrawal_until
        for treatment in life.treatments
    )


def _evidence(events: Sequence[RecordedEvent], lives: Sequence[Life]) -> Evidence:
    lags = [event.recorded_after for event in events]
    at_once = sum(lag <= SAME_DAY for lag in lags)
    return Evidence(
        events=len(events),
        at_once=at_once,
        later=len(events) - at_once,
        longest_lag=max(lags, default=timedelta()),
        readings=sum(life.readings for life in lives),
        expected=sum(life.expected for life in lives),
    )


def place_of(passport: Passport, gln: Gln | None) -> PublicPlace | None:
    """The public place of that number."""
    return None if gln is None else passport.places.get(gln)
