"""One pig's life as events, and repositories in memory to keep it in."""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from livestock.distance import distance_walked
from observations.identifiers import EarTagNumber
from traceability.context import CONTEXT, TREATING, VACCINATING, WEANING, animal_giai, device_uri
from traceability.daily_summary import DailySummary, DistanceBand, Statistics, sensor_reporting_event
from traceability.epcis.capture import capture_event, named_id
from traceability.gs1.keys import Gln, Gtin, check_digit
from traceability.model import CapturedEvent, Product, PublicPlace

CHINA = timezone(timedelta(hours=8))
PIG = EarTagNumber.parse("143018200000123")
TAG = "tag-0123"
BORN = date(2025, 11, 3)
TAGGED = BORN + timedelta(days=17)
SLAUGHTERED = BORN + timedelta(days=300)
PACKED = SLAUGHTERED + timedelta(days=1)
USE_BY = PACKED + timedelta(days=7)
NOW = datetime(2026, 9, 3, 1, 20, tzinfo=UTC)
LOT, SERIAL = "20260831A", "000037"


def numbered(stem: str) -> str:
    return stem + check_digit(stem)


FARM, SLAUGHTERHOUSE, PACKING_HOUSE = (Gln.parse(numbered(f"9526000{place}")) for place in ("10007", "90001", "90002"))
CARCASS_GTIN = Gtin.parse(numbered("0952600000001"))
BELLY, RIBS = Gtin.parse("09526000100010"), Gtin.parse(numbered("0952600010003"))
CARCASS = f"{CARCASS_GTIN.uri}/21/{PIG}"
PACK_PATH = f"/01/{BELLY}/10/{LOT}/21/{SERIAL}"
SILENT_DAYS = frozenset({*range(70, 74), 210, 211, 240})
TREATED_DAY = 151


class EventsInMemory:
    """An EventRepository."""

    def __init__(self, events: Sequence[CapturedEvent] = ()) -> None:
        self.events: list[CapturedEvent] = []
        self.capture(events)

    def capture(self, events: Sequence[CapturedEvent]) -> int:
        known = {(event.event_id, event.document) for event in self.events}
        new = [event for event in events if (event.event_id, event.document) not in known]
        self.events.extend(new)
        return len(new)

    def about(self, epcs: Collection[str], *, besides: str = "") -> Sequence[CapturedEvent]:
        wanted = set(epcs)
        found = [
            event for event in self.events if wanted & set(event.epcs) and (not besides or event.biz_step != besides)
        ]
        return sorted(found, key=lambda event: event.event_time)

    def with_ids(self, event_ids: Collection[str]) -> Sequence[CapturedEvent]:
        return [each for each in self.events if each.event_id in event_ids]

    def find(self, event_id: str) -> Sequence[CapturedEvent]:
        found = [event for event in self.events if event.event_id == event_id]
        return sorted(found, key=lambda event: event.record_time)


class ProductsInMemory:
    """A ProductCatalogue."""

    def __init__(self, products: Sequence[Product] = ()) -> None:
        self.products = {product.gtin: product for product in products}

    def add(self, product: Product) -> None:
        self.products[product.gtin] = product

    def find(self, gtin: str) -> Product | None:
        return self.products.get(gtin)


class PlacesInMemory:
    """PublicPlaces."""

    def __init__(self, places: Sequence[PublicPlace] = ()) -> None:
        self.places = {place.gln: place for place in places}

    def find(self, gln: str) -> PublicPlace | None:
        return self.places.get(gln)

    def find_all(self, glns: Collection[str]) -> Mapping[str, PublicPlace]:
        return {gln: self.places[gln] for gln in glns if gln in self.places}


def products() -> ProductsInMemory:
    return ProductsInMemory(
        [
            Product(
                gtin=BELLY,
                name_zh="五花肉",
                name_en="belly",
                net_weight_kg=Decimal("0.5"),
                storage_zh="冷藏 0–4 ℃",
                storage_en="Keep at 0–4 °C",
            )
        ]
    )


def places(*, simulated: bool = True, households: int = 7) -> PlacesInMemory:
    def place(gln: str, name: str, village: str = "") -> PublicPlace:
        return PublicPlace(
            gln=gln,
            name=name,
            county_zh="湖南宁乡",
            county_en="Ningxiang, Hunan",
            township="流沙河镇",
            village=village,
            households=households,
            simulated=simulated,
            timezone="Asia/Shanghai",
        )

    return PlacesInMemory(
        [place(FARM, "", "合金村"), place(SLAUGHTERHOUSE, "宁乡屠宰场"), place(PACKING_HOUSE, "流沙河分割车间")]
    )


def at(day: date, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=CHINA)


def event(
    kind: str, when: datetime, gln: Gln, *, late: timedelta = timedelta(minutes=3), **members: object
) -> CapturedEvent:
    place = {"id": gln.uri}
    document = {
        "@context": CONTEXT,
        "type": kind,
        "eventID": named_id("test", kind, when.isoformat(), json.dumps(members, sort_keys=True)),
        "eventTime": when.isoformat(timespec="milliseconds"),
        "eventTimeZoneOffset": "+08:00",
        "readPoint": place,
        "bizLocation": place,
        **{name.replace("tt_", "tt:"): value for name, value in members.items()},
    }
    return capture_event(json.dumps(document, ensure_ascii=False).encode(), record_time=when + late)


def weight_kg(age_days: int) -> float:
    return 80.35 * math.exp(-4.609 * math.exp(-0.01401 * age_days))


def weighed(age_days: int, step: str = "inspecting") -> CapturedEvent:
    when = at(BORN + timedelta(days=age_days), 9)
    report = {"type": "Mass", "value": round(weight_kg(age_days), 1), "uom": "KGM"}
    return event(
        "ObjectEvent",
        when,
        FARM,
        action="OBSERVE",
        bizStep=step,
        epcList=[animal_giai(PIG).uri],
        sensorElementList=[{"sensorMetadata": {"time": when.isoformat()}, "sensorReport": [report]}],
    )


def farm_events() -> list[CapturedEvent]:
    pig = animal_giai(PIG).uri
    return [
        event(
            "ObjectEvent",
            at(BORN),
            FARM,
            action="ADD",
            bizStep="commissioning",
            disposition="active",
            epcList=[pig],
            ilmd={"tt:breed": "宁乡花猪", "tt:sex": "FemaleNeuter", "tt:bornOn": BORN.isoformat(), "tt:litterSize": 10},
            sensorElementList=[{"sensorReport": [{"type": "Mass", "value": 0.8, "uom": "KGM"}]}],
        ),
        event(
            "AssociationEvent", at(TAGGED), FARM,
            action="ADD", bizStep="installing", parentID=pig, childEPCs=[device_uri(TAG)],
        ),
        weighed(60, WEANING),
        *(weighed(age) for age in (90, 120, 150, 180, 210, 240, 270, 299)),
        event(
            "ObjectEvent", at(BORN + timedelta(days=62)), FARM, late=timedelta(days=2),
            action="OBSERVE", bizStep=VACCINATING, epcList=[pig],
            tt_vaccine="猪瘟、口蹄疫", tt_vaccineEn="Classical swine fever, foot-and-mouth", tt_batch="B2512-07",
        ),
        event(
            "ObjectEvent", at(BORN + timedelta(days=TREATED_DAY)), FARM, late=timedelta(days=3),
            action="OBSERVE", bizStep=TREATING, epcList=[pig],
            tt_medicine="土霉素注射液", tt_medicineEn="Oxytetracycline injection", tt_reason="耳温高、少动",
            tt_lastDose="2026-04-05", tt_withdrawalDays=28, tt_withdrawalUntil="2026-05-03",
        ),
        event(
            "ObjectEvent", at(SLAUGHTERED - timedelta(days=1), 15), FARM,
            action="OBSERVE", bizStep="inspecting", disposition="conformant", epcList=[pig],
            tt_certificate="动物检疫证明（动物B）", tt_certificateNumber="4301822026-0087", tt_result="合格",
        ),
    ]  # fmt: skip


def house_events(*, packs: int = 84, recalled: bool = False) -> list[CapturedEvent]:
    pig = animal_giai(PIG).uri
    belly = [f"{BELLY.uri}/21/{number:06}" for number in range(1, packs + 1)]
    ribs = [f"{RIBS.uri}/21/{number:06}" for number in range(1, 11)]
    master = {"cbvmda:lotNumber": LOT, "cbvmda:itemExpirationDate": USE_BY.isoformat()}
    events = [
        event(
            "TransformationEvent", at(SLAUGHTERED, 5), SLAUGHTERHOUSE, bizStep="commissioning", disposition="active",
            inputEPCList=[pig], outputEPCList=[CARCASS], ilmd={"tt:carcassWeightKg": 52.5},
        ),
        event(
            "AssociationEvent", at(SLAUGHTERED, 5, 20), SLAUGHTERHOUSE,
            action="DELETE", bizStep="removing", parentID=pig, childEPCs=[device_uri(TAG)],
        ),
        event(
            "TransformationEvent", at(PACKED, 7), PACKING_HOUSE, bizStep="commissioning", disposition="active",
            inputEPCList=[CARCASS], outputEPCList=belly,
            ilmd={**master, "tt:netWeightKg": 0.5, "tt:packedTotalKg": packs * 0.5},
        ),
        event(
            "TransformationEvent", at(PACKED, 7, 40), PACKING_HOUSE, bizStep="commissioning", disposition="active",
            inputEPCList=[CARCASS], outputEPCList=ribs,
            ilmd={**master, "tt:netWeightKg": 0.6, "tt:packedTotalKg": 6.0},
        ),
    ]  # fmt: skip
    if recalled:
        when = at(PACKED + timedelta(days=1))
        events.append(
            event(
                "ObjectEvent",
                when,
                PACKING_HOUSE,
                action="OBSERVE",
                bizStep="inspecting",
                disposition="recalled",
                epcList=belly,
            )
        )
    return events


def summary(age_days: int) -> DailySummary:
    day = BORN + timedelta(days=age_days)
    ill = TREATED_DAY - 1 <= age_days <= TREATED_DAY + 3
    mean = 37.6 + 0.4 * math.sin(age_days / 9) + (2.6 if ill else 0)
    steps = 900 - 500 * abs(age_days - 150) / 150 + 90 * math.sin(age_days)
    walked = distance_walked(steps, age_days=age_days)
    return DailySummary(
        animal=PIG,
        device=TAG,
        gln=FARM,
        day=day,
        since=at(day, 0),
        until=at(day + timedelta(days=1), 0),
        temperature=Statistics(minimum=mean - 0.9, mean=mean, maximum=mean + 0.8, count=140),
        activity=Statistics(minimum=0, mean=22.5, maximum=71, count=140),
        steps=steps,
        distance=DistanceBand(low_m=walked.low_m, middle_m=walked.middle_m, high_m=walked.high_m),
        readings=140 - age_days % 5,
        expected=144,
    )


def daily_events() -> list[CapturedEvent]:
    ages = [age for age in range(17, 300) if age not in SILENT_DAYS]
    return [sensor_reporting_event(summary(age), record_time=at(BORN + timedelta(days=age + 1), 0, 10)) for age in ages]


def whole_life() -> list[CapturedEvent]:
    return [*farm_events(), *daily_events(), *house_events()]
