"""The site's EPCIS 2.0 events, each bare and with its context, as an outside firm would send them."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from simulators.calendar_days import ZONE, local_day
from simulators.facts import fact
from simulators.gs1 import giai_uri, gln_uri, sgtin_uri
from simulators.illness import Illnesses
from simulators.life import Happening, Weights, happenings
from simulators.model import Life, Pack, SitePlan
from simulators.plan import BREED

CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"tt": "https://ns.tiantou.example/epcis/"},
]
OWN_STEPS = "https://ns.tiantou.example/voc/bizstep/"
TAG_COLLECTED_AFTER = timedelta(minutes=25)
CARCASS_WEIGHED_AFTER = timedelta(minutes=40)

Content = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedEvent:
    """One event as it will be sent; `document` is its JSON."""

    at: datetime
    event_id: str
    document: bytes


def site_events(plan: SitePlan, illnesses: Illnesses, until: datetime) -> list[DatedEvent]:
    """Every event of the site up to `until`, by time; the same bytes each time."""
    weights = Weights(plan.seed)
    events = [_observed(plan, happening) for happening in happenings(plan, illnesses, until)]
    for life in plan.lives:
        events += [_born(life, weights), _tagged(life)]
        if life.slaughtered_at is not None:
            events += _slaughtered(plan, life, weights, life.slaughtered_at)
    due = [event for event in events if event.at <= until]
    return sorted(due, key=lambda event: (event.at, event.event_id))


def _event(kind: str, at: datetime, gln: str, about: str, content: Content) -> DatedEvent:
    # The identity is made of what the event says it is about, so that a repeat is the same event.
    stamp = at.astimezone(ZONE).isoformat(timespec="milliseconds")
    event_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{about}|{kind}|{content['bizStep']}|{stamp}").urn
    document = {
        "@context": CONTEXT,
        "type": kind,
        "eventID": event_id,
        "eventTime": stamp,
        "eventTimeZoneOffset": "+08:00",
        "readPoint": {"id": gln_uri(gln)},
        "bizLocation": {"id": gln_uri(gln)},
        **content,
    }
    return DatedEvent(at=at, event_id=event_id, document=msgspec.json.encode(document))


def _mass(at: datetime, value_kg: float) -> list[Content]:
    stamp = at.astimezone(ZONE).isoformat(timespec="milliseconds")
    report = [{"type": "Mass", "value": value_kg, "uom": "KGM"}]
    return [{"sensorMetadata": {"time": stamp}, "sensorReport": report}]


def _born(life: Life, weights: Weights) -> DatedEvent:
    pig = giai_uri(life.animal)
    return _event(
        "ObjectEvent",
        life.born_at,
        life.gln,
        pig,
        {
            "action": "ADD",
            "bizStep": "commissioning",
            "disposition": "active",
            "epcList": [pig],
            "sensorElementList": _mass(life.born_at, weights.birth_kg(life)),
            "ilmd": {
                "tt:breed": BREED,
                "tt:sex": life.sex,
                "tt:bornOn": local_day(life.born_at).isoformat(),
                "tt:litterSize": life.litter_size,
                "tt:teats": life.teats,
                "tt:coat": life.coat,
            },
        },
    )


def _tagged(life: Life) -> DatedEvent:
    return _association(life, life.tagged_at, life.gln, "ADD", "installing")


def _association(life: Life, at: datetime, gln: str, action: str, step: str) -> DatedEvent:
    pig, tag = giai_uri(life.animal), giai_uri(f"T{life.tag}")
    content: Content = {"action": action, "bizStep": step, "parentID": pig, "childEPCs": [tag]}
    return _event("AssociationEvent", at, gln, pig, content)


def _observed(plan: SitePlan, happening: Happening) -> DatedEvent:
    life = happening.life
    content: Content = {"action": "OBSERVE", "epcList": [giai_uri(life.animal)], **_OBSERVED[happening.what](happening)}
    if happening.what == "certified":
        content["tt:destination"] = gln_uri(plan.slaughterhouse.gln)
    return _event("ObjectEvent", happening.at, life.gln, f"{giai_uri(life.animal)}|{happening.what}", content)


def _weighed(happening: Happening) -> Content:
    own = f"{OWN_STEPS}weaning" if happening.what == "weaned" else "inspecting"
    if happening.weight_kg is None:
        return {"bizStep": own}
    return {"bizStep": own, "sensorElementList": _mass(happening.at, happening.weight_kg)}


def _vaccinated(happening: Happening) -> Content:
    row = happening.row or {}
    day = local_day(happening.at)
    return {
        "bizStep": f"{OWN_STEPS}vaccinating",
        "tt:vaccine": row["zh"],
        "tt:vaccineEn": row["en"],
        "tt:batch": f"SIM{day:%y%m}{day.day // 11 + 1}",
    }


def _treated(happening: Happening) -> Content:
    row, last = happening.row or {}, happening.last_dose or local_day(happening.at)
    days = int(row["withdrawal_d"])
    return {
        "bizStep": f"{OWN_STEPS}treating",
        "tt:medicine": row["zh"],
        "tt:medicineEn": row["en"],
        "tt:reason": row["reason"],
        "tt:reasonEn": row["reason_en"],
        "tt:lastDose": last.isoformat(),
        "tt:withdrawalDays": days,
        "tt:withdrawalUntil": (last + timedelta(days=days)).isoformat(),
    }


def _certified(happening: Happening) -> Content:
    return {
        "bizStep": "inspecting",
        "disposition": "conformant",
        "tt:certificate": "动物检疫证明（动物B）",
        "tt:certificateEn": "Animal quarantine certificate (animal B)",
        "tt:certificateNumber": f"SIM-{local_day(happening.at):%Y%m%d}-{happening.life.animal.serial[-4:]}",
        "tt:result": "合格",
        "tt:headCount": 1,
    }


_OBSERVED: dict[str, Callable[[Happening], Content]] = {
    "weaned": _weighed,
    "weighed": _weighed,
    "vaccinated": _vaccinated,
    "treated": _treated,
    "certified": _certified,
}


def _slaughtered(plan: SitePlan, life: Life, weights: Weights, at: datetime) -> list[DatedEvent]:
    carcass = sgtin_uri(plan.carcass.gtin, life.animal)
    house = plan.slaughterhouse.gln
    weighed = at + CARCASS_WEIGHED_AFTER
    live_kg = weights.weight_kg(life, at - timedelta(hours=14))
    slaughter = _event(
        "TransformationEvent",
        weighed,
        house,
        carcass,
        {
            "inputEPCList": [giai_uri(life.animal)],
            "outputEPCList": [carcass],
            "bizStep": "commissioning",
            "disposition": "active",
            "ilmd": {"tt:carcassWeightKg": round(live_kg * fact("dressing_fraction"), 1)},
        },
    )
    collected = _association(life, at + TAG_COLLECTED_AFTER, house, "DELETE", "removing")
    by_gtin: dict[str, list[Pack]] = {}
    for pack in plan.packs:
        if pack.animal == life.animal:
            by_gtin.setdefault(pack.gtin, []).append(pack)
    return [slaughter, collected, *(_packed(plan, carcass, packs) for packs in by_gtin.values())]


def _packed(plan: SitePlan, carcass: str, packs: list[Pack]) -> DatedEvent:
    first = packs[0]
    net_kg = next(product.net_weight_kg for product in plan.products if product.gtin == first.gtin)
    return _event(
        "TransformationEvent",
        first.packed_at,
        plan.packing_house.gln,
        f"{carcass}|{first.gtin}",
        {
            "inputEPCList": [carcass],
            "outputEPCList": [sgtin_uri(pack.gtin, pack.serial) for pack in packs],
            "bizStep": "commissioning",
            "disposition": "active",
            "ilmd": {
                "cbvmda:lotNumber": first.lot,
                "cbvmda:itemExpirationDate": first.use_by.isoformat(),
                "tt:netWeightKg": float(net_kg),
                "tt:packedTotalKg": float(net_kg * Decimal(len(packs))),
            },
        },
    )
