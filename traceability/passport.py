"""The passport of a pack: what the records support about it, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from traceability.epcis.event_terms import bare_word
from traceability.gs1.digital_link import DigitalLink
from traceability.gs1.keys import Gln, Gtin
from traceability.holds import Held
from traceability.life import Life, life_of
from traceability.life_digests import LIVING, LifeDigests, acts_of
from traceability.lineage import Lineage, lineage_of
from traceability.model import Product, PublicPlace
from traceability.ports import EventRepository, HoldBook, ProductCatalogue, PublicPlaces, RecallBook, ScanBook
from traceability.recalls import RecallNotice
from traceability.recorded import CBV_MASTER_DATA, RecordedEvent, day, master_data, number
from traceability.scan_watch import ScanFinding, days_watched, judged_scans
from traceability.tally import Tally, added_up, note_of, tally_of

SELLING, SOLD = "retail_selling", "retail_sold"


class State(StrEnum):
    """What a person who holds the pack must know first; the worst that holds."""

    RECALLED = "recalled"
    HELD = "held"
    WITHDRAWAL = "withdrawal"
    EXPIRED = "expired"
    CHECK = "check"
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
    by_tag: daily summaries of those tags; by_place: all other events, by the GLN they happened at ("": none).
    """

    events: int
    at_once: int
    later: int
    longest_lag: timedelta
    readings: int
    expected: int
    by_tag: int
    by_place: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """One pack; blocks that the records do not support are None or empty.

    notices, holds: recalls in force and open holds that reach it, whoever made it and whenever.
    sold_on: the UTC day of its sale to a consumer. scans: why the seller should be asked.
    records: every event; none where a life was told from its digest, and that life has no daily records either.
    acts: ids of every event but sensors' summaries, however a life was told.
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
    acts: frozenset[str] = frozenset()
    sold_on: date | None = None
    scans: ScanFinding | None = None


def build_passport(
    link: DigitalLink,
    *,
    events: EventRepository,
    products: ProductCatalogue,
    places: PublicPlaces,
    recalls: RecallBook,
    holds: HoldBook,
    now: datetime,
    scans: ScanBook | None = None,
    digests: LifeDigests | None = None,
) -> Passport | None:
    """The passport of the pack the link names; None where the records know no such pack, or under another lot.

    scans: None where nobody counts how often codes are opened. digests: None where every record is wanted.
    """
    gtin, serial = link.gtin, link.serial
    lineage = None if gtin is None or serial is None else lineage_of(link.epc_uri, events, digests)
    if gtin is None or serial is None or lineage is None:
        return None
    tally = _tally(lineage)
    known = places.find_all(sorted(tally.places))
    product = products.find(gtin)
    packing = _packing(lineage, known, product)
    if link.lot is not None and (packing is None or packing.lot != link.lot):
        return None
    lives, slaughter = _lives(lineage), _slaughter(lineage, known)
    notices, held = recalls.notices([link.epc_uri]), holds.of([link.epc_uri])
    use_by = None if packing is None else packing.use_by
    expired = use_by is not None and use_by < now.astimezone(_zone(packing)).date()
    sold_on = _sold_on(lineage)
    opened_often = _scans(link, scans, now, sold_on=sold_on, notices=notices)
    return Passport(
        link=link,
        gtin=gtin,
        serial=serial,
        state=_state(
            lives,
            slaughter,
            recalled=bool(notices) or tally.recalls,
            expired=expired,
            held=bool(held),
            check=opened_often is not None,
        ),
        checked_at=now.astimezone(_zone(packing)),
        product=product,
        lives=lives,
        places=known,
        slaughter=slaughter,
        packing=packing,
        evidence=_evidence(tally, lives),
        simulated=any(place.simulated for place in known.values()),
        notices=tuple(notices),
        holds=tuple(held),
        records=() if lineage.digests else lineage.events,
        acts=acts_of(lineage.events).union(*(digest.acts for digest in lineage.digests.values())),
        sold_on=sold_on,
        scans=opened_often,
    )


def why_unknown(link: DigitalLink, *, events: EventRepository, products: ProductCatalogue) -> Unknown:
    """Why `build_passport` found nothing; never what the right code would be."""
    if link.gtin is None or products.find(link.gtin) is None:
        return Unknown.PRODUCT
    if link.serial is None:
        return Unknown.NO_SERIAL
    return Unknown.LOT if events.about([link.epc_uri]) else Unknown.ITEM


def _tally(lineage: Lineage) -> Tally:
    """Every event of the lineage, counted once, whether it was read or is told of by a digest."""
    digests = lineage.digests.values()
    notes = {note.key: note for digest in digests for note in digest.shared}
    notes.update({note.key: note for note in map(note_of, lineage.events)})
    return added_up([tally_of(notes.values()), *(digest.alone for digest in digests)])


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
    ends = lineage.ends()
    animals = [epc for epc in lineage.origins if LIVING in epc and epc != lineage.item]
    told: dict[str, list[RecordedEvent]] = {epc: [] for epc in animals if epc not in lineage.digests}
    for event in lineage.events:
        for epc in event.captured.epcs:
            if epc in told:
                told[epc].append(event)
    lives = {epc: digest.life for epc, digest in lineage.digests.items()}
    for epc, events in told.items():
        if events:
            lives[epc] = life_of(epc, events, until=ends[epc].day if epc in ends else None)
    return tuple(lives[epc] for epc in animals if epc in lives)


def _state(
    lives: Sequence[Life],
    slaughter: Slaughter | None,
    *,
    recalled: bool,
    expired: bool,
    held: bool,
    check: bool,
) -> State:
    if recalled:
        return State.RECALLED
    if held:
        return State.HELD
    if slaughter is not None and any(_too_early(life) for life in lives):
        return State.WITHDRAWAL
    if expired:
        return State.EXPIRED
    return State.CHECK if check else State.VALID


def _sold_on(lineage: Lineage) -> date | None:
    """When the item itself was sold to a consumer (CBV 2.0: retail_selling, retail_sold)."""
    sales = [
        event.captured.event_time
        for event in lineage.events
        if lineage.item in event.captured.epcs
        and (bare_word(event.captured.biz_step, "bizStep") == SELLING or SOLD in event.dispositions)
    ]
    return min(sales).astimezone(UTC).date() if sales else None


def _scans(
    link: DigitalLink,
    scans: ScanBook | None,
    now: datetime,
    *,
    sold_on: date | None,
    notices: Sequence[RecallNotice],
) -> ScanFinding | None:
    if scans is None:
        return None
    today = now.astimezone(UTC).date()
    recalled_on = min((notice.since.astimezone(UTC).date() for notice in notices), default=None)
    days = scans.days(link.epc_uri, today - timedelta(days=days_watched()))
    return judged_scans(days, today=today, sold_on=sold_on, recalled_on=recalled_on)


def _too_early(life: Life) -> bool:
    return any(
        treatment.withdrawal_until is not None and life.until < treatment.withdrawal_until
        for treatment in life.treatments
    )


def _evidence(tally: Tally, lives: Sequence[Life]) -> Evidence:
    return Evidence(
        events=tally.events,
        at_once=tally.at_once,
        later=tally.events - tally.at_once,
        longest_lag=tally.longest_lag or timedelta(),
        readings=sum(life.readings for life in lives),
        expected=sum(life.expected for life in lives),
        by_tag=tally.by_tag,
        by_place=tally.by_place,
    )


def place_of(passport: Passport, gln: Gln | None) -> PublicPlace | None:
    """The public place of that number."""
    return None if gln is None else passport.places.get(gln)
