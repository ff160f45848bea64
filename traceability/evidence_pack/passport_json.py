"""A passport as plain JSON: what the scan page says, for programs."""

from collections import Counter
from typing import Any

from traceability.daily_summary import DistanceBand
from traceability.life import Life
from traceability.model import PublicPlace
from traceability.passport import Passport, place_of

Json = dict[str, Any]
MOST = 2**53 - 1
"""Canonical JSON has no larger whole number; no animal sends so many messages."""


def passport_json(passport: Passport) -> Json:
    """The passport; what the records do not support is null or empty, never zero. Masses in kg, distances in m."""
    packing, slaughter, product = passport.packing, passport.slaughter, passport.product
    evidence = passport.evidence
    return {
        "subject": passport.link.epc_uri,
        "gtin": str(passport.gtin),
        "serial": passport.serial,
        "state": str(passport.state),
        "simulated": passport.simulated,
        "product": None if product is None else {"zh": product.name_zh, "en": product.name_en},
        "lives": [_life(passport, life) for life in passport.lives],
        "slaughter": None
        if slaughter is None
        else {
            "on": slaughter.on.isoformat(),
            "place": _place(slaughter.place),
            "carcass_kg": slaughter.carcass_kg,
        },
        "packing": None
        if packing is None
        else {
            "on": packing.on.isoformat(),
            "place": _place(packing.place),
            "lot": packing.lot,
            "use_by": None if packing.use_by is None else packing.use_by.isoformat(),
            "net_weight_kg": None if packing.net_weight_kg is None else str(packing.net_weight_kg),
            "packed_kg": packing.packed_kg,
            "packs": packing.packs,
        },
        "records": {
            "events": evidence.events,
            "recorded_within_a_day": evidence.at_once,
            "recorded_later": evidence.later,
            "longest_lag_s": int(evidence.longest_lag.total_seconds()),
        },
        "completeness": completeness(evidence.readings, evidence.expected),
    }


def completeness(readings: int, expected: int) -> Json:
    """How many of the messages that should have come did; percent is null where none was expected."""
    percent = round(100 * readings / expected, 2) if expected else None
    return {"readings": min(readings, MOST), "expected": min(expected, MOST), "percent": percent}


def _life(passport: Passport, life: Life) -> Json:
    return {
        "animal": life.epc,
        "ear_tag": None if life.ear_tag is None else str(life.ear_tag),
        "place": _place(place_of(passport, life.place)),
        "breed": life.breed,
        "sex": life.sex,
        "born_on": None if life.born_on is None else life.born_on.isoformat(),
        "tagged_on": None if life.tagged_on is None else life.tagged_on.isoformat(),
        "until": life.until.isoformat(),
        "age_days": life.age_days,
        "weights": [{"on": each.on.isoformat(), "kg": each.kg, "occasion": each.occasion} for each in life.weights],
        "vaccinations": [
            {"on": each.on.isoformat(), "zh": each.name_zh, "en": each.name_en, "batch": each.batch}
            for each in life.vaccinations
        ],
        "treatments": [
            {
                "on": each.on.isoformat(),
                "medicine_zh": each.medicine_zh,
                "medicine_en": each.medicine_en,
                "last_dose": each.last_dose.isoformat(),
                "withdrawal_until": None if each.withdrawal_until is None else each.withdrawal_until.isoformat(),
            }
            for each in life.treatments
        ],
        "certificates": [
            {"on": each.on.isoformat(), "name": each.name, "number": each.number, "result": each.result}
            for each in life.certificates
        ],
        "days": dict(sorted(Counter(str(state) for state in life.days).items())),
        "distance": _band(life.distance),
        "distance_days": life.distance_days,
        "completeness": completeness(life.readings, life.expected),
    }


def _band(band: DistanceBand | None) -> Json | None:
    if band is None:
        return None
    return {"low_m": round(band.low_m), "middle_m": round(band.middle_m), "high_m": round(band.high_m)}


def _place(place: PublicPlace | None) -> Json | None:
    """What anyone may be told of it; a farm's location number is not among it."""
    if place is None:
        return None
    shown = {"county_zh": place.county_zh, "county_en": place.county_en, "township": place.township}
    return {**shown, "village": place.village, "name": place.name, "simulated": place.simulated}
